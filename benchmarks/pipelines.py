"""The same network, and one of the size of bert-base, through `transformers.pipeline`."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.rates import Contender, Run, SkippedError

BATCH = 32
LONGEST = 128
VOCABULARY = 21_128
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


def network_contenders(network: Path | None) -> list[Contender]:
    """A trained network's directory, its sentences in batches as they come and by length."""

    def make(threads: int, by_length: bool) -> Run:
        if network is None:
            raise SkippedError("no --network, a directory of `cuoshi train distil`")
        if not (network / "config.json").is_file():
            raise SkippedError(f"{network}: no network")
        return _run(_loaded(network), threads, by_length)

    name = "same network, transformers.pipeline"
    return [
        Contender(name, lambda threads: make(threads, False)),
        Contender(f"{name}, by length", lambda threads: make(threads, True)),
    ]


def base_contenders(sentences: Sequence[str], layers: int = 12) -> list[Contender]:
    """A BERT of 12 layers of 768 with random weights, a word for each character."""
    characters = frozenset("".join(sentences))

    def make(threads: int, by_length: bool) -> Run:
        return _run(_random(characters, layers), threads, by_length)

    name = "bert-base size, transformers.pipeline"
    return [
        Contender(name, lambda threads: make(threads, False), few=True),
        Contender(f"{name}, by length", lambda threads: make(threads, True), few=True),
    ]


def _run(pipe: Any, threads: int, by_length: bool) -> Run:
    def run(sentences: Sequence[str]) -> None:
        texts = sorted(sentences, key=len) if by_length else list(sentences)
        with _threads(threads):
            pipe(texts, batch_size=BATCH, truncation=True, max_length=LONGEST)

    return run


@contextlib.contextmanager
def _threads(count: int) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _pipeline(model: Any, tokenizer: Any) -> Any:
    return _transformers().pipeline(
        "text-classification",
        model=model,
        tokenizer=tokenizer,
        device="cpu",
        top_k=None,
        function_to_apply="sigmoid",
    )


@cache
def _loaded(network: Path) -> Any:
    return _pipeline(str(network), str(network))


@cache
def _random(characters: frozenset[str], layers: int) -> Any:
    library = _transformers()
    config = library.BertConfig(vocab_size=VOCABULARY, num_hidden_layers=layers, num_labels=4)
    with tempfile.TemporaryDirectory() as folder:
        _words(characters).save_pretrained(folder)
        tokenizer = library.AutoTokenizer.from_pretrained(folder)
    return _pipeline(library.BertForSequenceClassification(config).eval(), tokenizer)


def _words(characters: Iterable[str]) -> Any:
    from tokenizers import Tokenizer, pre_tokenizers, processors
    from tokenizers.models import WordLevel

    known = [*SPECIAL, *sorted(characters)][:VOCABULARY]
    words = Tokenizer(WordLevel({word: i for i, word in enumerate(known)}, "[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return _transformers().PreTrainedTokenizerFast(
        tokenizer_object=words,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    )


def _transformers() -> Any:
    """The library, which says nothing.

    Raises:
        SkippedError: it is not installed, or torch is not.
    """
    try:
        import_module("torch")
        library: Any = import_module("transformers")
    except ImportError as error:
        raise SkippedError(f"{error.name} is missing: pip install 'cuoshi[train]'") from error
    library.logging.set_verbosity_error()
    library.logging.disable_progress_bar()
    return library
