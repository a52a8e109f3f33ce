"""An exported graph made smaller and faster: what exporter and runtime leave undone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import NodeProto, helper, numpy_helper

EMBEDDINGS = "word_embeddings.weight"


def small_embeddings(model: onnx.ModelProto) -> onnx.ModelProto:
    """Word embeddings as int8 with a scale for each row."""
    graph = model.graph
    table = next(item for item in graph.initializer if item.name.endswith(EMBEDDINGS))
    gather = next(node for node in graph.node if table.name in node.input)
    weights = numpy_helper.to_array(table)
    scale = np.maximum(np.abs(weights).max(axis=1, keepdims=True) / 127, 1e-12)
    graph.initializer.remove(table)
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.round(weights / scale).astype(np.int8), "words"),
            numpy_helper.from_array(scale.astype(np.float32), "word_scales"),
        ]
    )
    ids, made = gather.input[1], gather.output[0]
    nodes = [
        helper.make_node("Gather", ["words", ids], ["word_steps"]),
        helper.make_node("Cast", ["word_steps"], ["word_values"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Gather", ["word_scales", ids], ["word_scale"]),
        helper.make_node("Mul", ["word_values", "word_scale"], [made]),
    ]
    place = list(graph.node).index(gather)
    graph.node.remove(gather)
    for node in reversed(nodes):
        graph.node.insert(place, node)
    return model


@dataclass(frozen=True, slots=True)
class _Projection:
    """``MatMul``, ``Add``, ``Reshape``, ``Transpose``: what a head's queries, say, are made by."""

    nodes: tuple[NodeProto, ...]
    source: str
    weight: str
    bias: str


def merge_attention(model: onnx.ModelProto, heads: int) -> onnx.ModelProto:
    """Queries, keys and values by one product, and attention without transposing or a mask.

    An attention that is built another way, or whose parts are used elsewhere, stays as it is.

    Args:
        model: float32, of one unpadded sentence: a mask hides nothing in it, and is left out.
        heads: of each attention.
    """
    graph = model.graph
    known = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    users = {name: node for node in graph.node for name in node.input}
    uses = Counter(name for node in graph.node for name in node.input)
    uses.update(item.name for item in graph.output)
    for attention in [node for node in graph.node if node.op_type == "Attention"]:
        parts = [_projection(makers, known, name) for name in attention.input[:3]]
        after = users.get(attention.output[0])
        last = users.get(after.output[0]) if after is not None else None
        if last is None or after is None or (after.op_type, last.op_type) != _BEHIND:
            continue
        found = [part for part in parts if part is not None]
        if len(found) < 3 or len({part.source for part in found}) > 1:
            continue
        inner = [*(node for part in found for node in part.nodes), attention, after]
        special = any(a.name != "scale" and (a.i or a.f) for a in attention.attribute)
        if special or any(attention.input[4:]) or _order(after) != _HEADS_FIRST:
            continue
        if any(uses[node.output[0]] != 1 for node in inner):
            continue
        name = attention.output[0]
        values = {
            f"{name}.weight": np.concatenate([known[part.weight] for part in found], axis=1),
            f"{name}.bias": np.concatenate([known[part.bias] for part in found]),
            f"{name}.sizes": np.array([len(known[p.bias]) for p in found], np.int64),
        }
        graph.initializer.extend(numpy_helper.from_array(v, key) for key, v in values.items())
        scale = {a.name: a.f for a in attention.attribute if a.name == "scale"}
        merged, split = f"{name}.merged", [f"{name}.{part}" for part in "qkv"]
        nodes = [
            helper.make_node("MatMul", [found[0].source, f"{name}.weight"], [f"{name}.product"]),
            helper.make_node("Add", [f"{name}.product", f"{name}.bias"], [merged]),
            helper.make_node("Split", [merged, f"{name}.sizes"], split, axis=-1),
            helper.make_node(
                "Attention",
                split,
                [last.output[0]],
                q_num_heads=heads,
                kv_num_heads=heads,
                **scale,
            ),
        ]
        place = list(graph.node).index(attention)
        for node in reversed(nodes):
            graph.node.insert(place, node)
        for node in [*inner, last]:
            graph.node.remove(node)
    return _pruned(model)


_BEHIND = ("Transpose", "Reshape")
_HEADS_FIRST = [0, 2, 1, 3]


def _order(transpose: NodeProto) -> list[int]:
    return next((list(a.ints) for a in transpose.attribute if a.name == "perm"), [])


def _projection(
    makers: dict[str, NodeProto], known: dict[str, npt.NDArray[Any]], name: str
) -> _Projection | None:
    nodes: list[NodeProto] = []
    for kind in ("Transpose", "Reshape", "Add", "MatMul"):
        node = makers.get(name)
        if node is None or node.op_type != kind:
            return None
        if kind == "Transpose" and _order(node) != _HEADS_FIRST:
            return None
        nodes.append(node)
        name = node.input[0]
    weight, bias = nodes[3].input[1], nodes[2].input[1]
    if weight not in known or bias not in known:
        return None
    return _Projection(tuple(nodes), name, weight, bias)


def _pruned(model: onnx.ModelProto) -> onnx.ModelProto:
    """Without nodes and weights that nothing uses (graphs inside nodes are not looked at)."""
    graph = model.graph
    wanted = {item.name for item in graph.output}
    kept: list[NodeProto] = []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            kept.append(node)
            wanted.update(node.input)
    weights = [item for item in graph.initializer if item.name in wanted]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(reversed(kept))
    graph.initializer.extend(weights)
    return model
