"""Where the default model's time goes, and how near its products come to what the machine can."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

from benchmarks.contenders import bert_model
from benchmarks.rates import Row, best
from cuoshi.articles import CleanArticle, clean_article
from cuoshi.modeldir import find
from cuoshi.models.bert import GRAPH, TOKENIZER
from cuoshi.reading import Article, read_articles
from cuoshi.tagger import Tagger
from cuoshi.writing import make_writer

PRODUCTS = {"MatMulInteger", "MatMulIntegerToFloat", "DynamicQuantizeMatMul"}


def stage_rows(pages: Path, model: str, threads: int, rounds: int) -> list[Row]:
    """Each stage's share of their sum, each timed alone on the same pages.

    Args:
        pages: JSONL of articles.
        model: a BERT.
        threads: sentences side by side.
        rounds: times over; the best counts.
    """
    articles: list[Article] = []
    cleaned: list[CleanArticle] = []
    texts: list[str] = []

    def read() -> None:
        articles[:] = [a for a in read_articles(str(pages)) if isinstance(a, Article)]

    def clean() -> None:
        cleaned[:] = map(clean_article, articles)

    def split() -> None:
        kept = (s for article in cleaned for s in article.sentences() if s.dropped is None)
        texts[:] = [sentence.text.string for sentence in kept]

    times = {stage.__name__: best(stage, rounds) for stage in (read, clean, split)}
    tokenizer = Tokenizer.from_file(str(find(model) / TOKENIZER))
    bert = bert_model(model, threads)

    def score() -> None:
        bert.forget()
        bert.score(texts)

    times["tokenise"] = best(lambda: tokenizer.encode_batch(list(dict.fromkeys(texts))), rounds)
    times["model"] = best(score, rounds) - times["tokenise"]
    tagger = Tagger(model)
    tagged = list(tagger.tag_articles(articles))

    def write() -> None:
        writer = make_writer("jsonl", io.StringIO(), tagger.measures)
        for article in tagged:
            writer.write(article)

    times["write"] = best(write, rounds)
    whole = sum(times.values())
    return [
        Row(f"share of time: {name}", "%", None, 100 * taken / whole)
        for name, taken in times.items()
    ]


def ceiling_rows(
    model: str, sentences: Sequence[str], rate: Row, threads: int, size: int, rounds: int
) -> list[Row]:
    """The machine's int8 products, and the share of them that the model's reach.

    Args:
        model: a BERT with int8 weights.
        sentences: those of the rate.
        rate: the model's, without cache and cascade.
        threads: how many all are.
        size: of the square matrices whose product is the ceiling.
        rounds: times over; the best counts.
    """
    one, every = (ceiling(count, size, rounds) for count in (1, threads))
    work = operations(find(model) / GRAPH) * tokens(model, sentences)
    shares = [
        None if speed is None else 100 * speed * work / most
        for speed, most in ((rate.one, one), (rate.every, every))
    ]
    note = f"{work / 1e9:.2f} billion int8 operations a sentence"
    return [
        Row(f"int8 ceiling, MatMulInteger of {size}", "Gop/s", one / 1e9, every / 1e9),
        Row("share of the int8 ceiling", "%", shares[0], shares[1], note=note),
    ]


def ceiling(threads: int, size: int, rounds: int) -> float:
    """int8 operations a second in the product of two large square matrices."""
    rng = np.random.default_rng(1)
    right = rng.integers(-64, 64, (size, size)).astype(np.int8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["left", "right"], ["product"])],
        "ceiling",
        [helper.make_tensor_value_info("left", TensorProto.UINT8, [size, size])],
        [helper.make_tensor_value_info("product", TensorProto.INT32, [size, size])],
        [numpy_helper.from_array(right, "right")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        made.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    left = {"left": rng.integers(0, 255, (size, size)).astype(np.uint8)}
    session.run(None, left)
    return float(2 * size**3 / best(lambda: session.run(None, left), max(rounds, 2)))


def operations(graph: Path) -> int:
    """int8 operations for a token: two for each weight that it is multiplied by."""
    loaded = onnx.load(str(graph)).graph
    shapes = {item.name: list(item.dims) for item in loaded.initializer}
    return sum(
        2 * int(np.prod(shapes[node.input[1]]))
        for node in loaded.node
        if node.op_type in PRODUCTS and node.input[1] in shapes
    )


def tokens(model: str, sentences: Sequence[str]) -> float:
    """Tokens of a sentence, special ones among them, on average."""
    tokenizer = Tokenizer.from_file(str(find(model) / TOKENIZER))
    return float(np.mean([len(found.ids) for found in tokenizer.encode_batch(list(sentences))]))
