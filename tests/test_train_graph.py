from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from cuoshi.models.bert import open_session
from cuoshi_train.bert.graph import merge_attention

HEADS, WIDTH = 2, 8
RNG = np.random.default_rng(1)


def attention_graph(keys_from: str = "x", order: tuple[int, ...] = (0, 2, 1, 3)) -> onnx.ModelProto:
    """An attention as the exporter writes it, of which the keys may come from elsewhere."""
    nodes, weights = [], {"shape": np.array([1, -1, HEADS, WIDTH // HEADS])}
    weights["flat"] = np.array([1, -1, WIDTH])
    for name in "qkv":
        weights[f"{name}.w"] = RNG.normal(size=(WIDTH, WIDTH)).astype(np.float32)
        weights[f"{name}.b"] = RNG.normal(size=WIDTH).astype(np.float32)
        source = keys_from if name == "k" else "x"
        nodes += [
            helper.make_node("MatMul", [source, f"{name}.w"], [f"{name}1"]),
            helper.make_node("Add", [f"{name}1", f"{name}.b"], [f"{name}2"]),
            helper.make_node("Reshape", [f"{name}2", "shape"], [f"{name}3"]),
            helper.make_node("Transpose", [f"{name}3"], [name], perm=order),
        ]
    nodes += [
        helper.make_node("Attention", ["q", "k", "v"], ["a"], scale=0.3),
        helper.make_node("Transpose", ["a"], ["b"], perm=(0, 2, 1, 3)),
        helper.make_node("Reshape", ["b", "flat"], ["out"]),
    ]
    sides = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "length", WIDTH])
        for name in ("x", "y", "out")
    ]
    graph = helper.make_graph(
        nodes,
        "attention",
        sides[:2],
        sides[2:],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=10)


def run(model: onnx.ModelProto, path: Path) -> np.ndarray:
    onnx.save(model, str(path))
    rng = np.random.default_rng(2)
    sides = {name: rng.normal(size=(1, 5, WIDTH)).astype(np.float32) for name in "xy"}
    return np.asarray(open_session(path).run(None, sides)[0])


def kinds(model: onnx.ModelProto) -> list[str]:
    return [node.op_type for node in model.graph.node]


def test_a_merged_attention_is_shorter_and_says_the_same(tmp_path: Path) -> None:
    plain = attention_graph()
    wanted = run(plain, tmp_path / "plain.onnx")
    merged = merge_attention(plain, HEADS)
    assert kinds(merged) == ["MatMul", "Add", "Split", "Attention"]
    assert np.allclose(run(merged, tmp_path / "merged.onnx"), wanted, atol=1e-5)
    assert {item.name for item in merged.graph.initializer}.isdisjoint({"q.w", "shape", "flat"})


@pytest.mark.parametrize(("keys_from", "order"), [("y", (0, 2, 1, 3)), ("x", (0, 2, 3, 1))])
def test_an_attention_of_another_kind_stays(keys_from: str, order: tuple[int, ...]) -> None:
    plain = attention_graph(keys_from, order)
    before = plain.SerializeToString()
    assert merge_attention(plain, HEADS).SerializeToString() == before


@pytest.mark.parametrize("change", ["causal", "used elsewhere", "other order behind"])
def test_an_attention_that_does_more_stays(change: str) -> None:
    plain = attention_graph()
    nodes = {node.output[0]: node for node in plain.graph.node}
    if change == "causal":
        nodes["a"].attribute.append(helper.make_attribute("is_causal", 1))
    elif change == "used elsewhere":
        plain.graph.output.append(helper.make_tensor_value_info("q2", TensorProto.FLOAT, None))
    else:
        nodes["b"].attribute[0].ints[:] = [0, 1, 2, 3]
    before = kinds(plain)
    assert kinds(merge_attention(plain, HEADS)) == before
