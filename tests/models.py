"""Tiny models made on the spot."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from cuoshi.measures import Measure
from cuoshi.modeldir import Manifest, save_manifest
from cuoshi.models.lexicon import FILE
from cuoshi.models.linear import VOCABULARY, WEIGHTS

MEASURES = (
    Measure("red", "红", "red", "Red things.", "red"),
    Measure("blue", "蓝", "blue", "Blue things.", "blue"),
)


def manifest(kind: str, **options: object) -> Manifest:
    return Manifest("tiny", "1", kind, MEASURES, {"red": 0.5, "blue": 0.5}, options=options)


def lexicon(directory: Path) -> Path:
    directory.mkdir()
    patterns = {
        "red": {"match": ["红(?:花|旗)"], "unless": ["红花油"]},
        "blue": {"match": ["蓝天"], "unless": []},
    }
    (directory / FILE).write_text(json.dumps(patterns), encoding="utf-8")
    save_manifest(directory, manifest("lexicon"))
    return directory


def linear(directory: Path) -> Path:
    directory.mkdir()
    (directory / VOCABULARY).write_text(json.dumps(["红", "红花", "蓝"]), encoding="utf-8")
    np.savez(
        directory / WEIGHTS,
        idf=np.ones(3),
        weights=np.array([[1.0, 7.0, -4.0], [-4.0, -4.0, 8.0]]),
        bias=np.array([-2.0, -2.0]),
    )
    save_manifest(directory, manifest("linear", longest=2, least=1))
    return directory


def encoder(directory: Path, characters: str) -> Path:
    """A BERT of four tiny layers with random weights, a word for each character."""
    import torch
    from tokenizers import Tokenizer, pre_tokenizers, processors
    from tokenizers.models import WordLevel
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    vocabulary = {word: i for i, word in enumerate([*special, *sorted(set(characters))])}
    words = Tokenizer(WordLevel(vocabulary, "[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
        pad_token_id=0,
    )
    torch.manual_seed(1)
    BertModel(config, add_pooling_layer=False).save_pretrained(directory)
    PreTrainedTokenizerFast(
        tokenizer_object=words,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    ).save_pretrained(directory)
    return directory
