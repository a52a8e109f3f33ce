"""A sentence classifier with a second head that marks the evidence, token by token."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from cuoshi.errors import ModelError
from cuoshi.measures import Measure
from cuoshi_train.encoders import E5_SMALL_ZH, encoder_path

EVIDENCE = "evidence.safetensors"
SETTINGS = "cuoshi.json"
STATE_SCALE = 8.0
"""The last states of `e5-small-zh` vary by 0.1; times this they vary as those of other encoders,
and new heads learn from them. Its direction, which is what the encoder means, stays."""

ATTENTION_DROPOUT = 0.0
"""Of attention weights in training. Drawing its numbers is an eighth of a step on a processor."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What the network says of a batch.

    Attributes:
        sentence: logits, shape (batch, labels).
        tokens: logits of being evidence, shape (batch, length, labels).
        states: of the last layer, shape (batch, length, hidden).
    """

    sentence: Tensor
    tokens: Tensor
    states: Tensor


class EvidenceClassifier(nn.Module):
    """`AutoModelForSequenceClassification` and a linear layer over its token states.

    Args:
        classifier: with ``problem_type="multi_label_classification"``.
    """

    def __init__(self, classifier: Any) -> None:
        super().__init__()
        self.classifier = classifier
        config = classifier.config
        self.evidence = nn.Linear(config.hidden_size, config.num_labels)
        nn.init.normal_(self.evidence.weight, std=0.02)
        nn.init.zeros_(self.evidence.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """Logits of the sentences and of their tokens, and the last states, as a dict."""
        found = self.classifier(
            input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True
        )
        states = found.hidden_states[-1]
        return {"sentence": found.logits, "tokens": self.evidence(states), "states": states}

    def score(self, input_ids: Tensor, attention_mask: Tensor) -> Scored:
        """The same as `forward`, by name."""
        return Scored(**self(input_ids, attention_mask))

    def start_at(self, sentence: Tensor, tokens: Tensor) -> None:
        """Let the heads begin at the labels' frequencies.

        Labels are rare. From even odds the whole network would first be pushed, every token
        alike, towards saying no, and its token states fall together.

        Args:
            sentence: share of sentences with each label, shape (labels,).
            tokens: share of tokens that are evidence of each, shape (labels,).
        """
        last = [m for m in self.classifier.modules() if isinstance(m, nn.Linear)][-1]
        with torch.no_grad():
            last.bias.copy_(torch.logit(sentence, eps=1e-4))
            self.evidence.bias.copy_(torch.logit(tokens, eps=1e-4))

    def save(self, directory: Path, tokenizer: Any) -> None:
        """Write an ordinary Hugging Face directory with the evidence head beside it."""
        self.classifier.save_pretrained(directory)
        tokenizer.save_pretrained(directory)
        head = {name: value.contiguous() for name, value in self.evidence.state_dict().items()}
        save_file(head, str(directory / EVIDENCE))


def fresh(encoder: str, measures: Sequence[Measure], seed: int) -> tuple[EvidenceClassifier, Any]:
    """A network to train on an encoder, and its tokenizer.

    Raises:
        ModelError: the encoder cannot be had.
    """
    torch.manual_seed(seed)
    with hub_errors(encoder):
        path = encoder_path(encoder)
        classifier = AutoModelForSequenceClassification.from_pretrained(
            path,
            num_labels=len(measures),
            problem_type="multi_label_classification",
            id2label={i: measure.id for i, measure in enumerate(measures)},
            label2id={measure.id: i for i, measure in enumerate(measures)},
            dtype=torch.float32,
            attn_implementation="eager",
        )
        tokenizer = AutoTokenizer.from_pretrained(path)
    scale_states(classifier, encoder)
    set_dropout(classifier, ATTENTION_DROPOUT, attention=True)
    return EvidenceClassifier(classifier), tokenizer


@contextmanager
def hub_errors(encoder: str) -> Iterator[None]:
    """An encoder that cannot be had is one line that says what to do.

    Raises:
        ModelError: in place of the library's error.
    """
    try:
        yield
    except (OSError, ValueError) as error:
        raise ModelError(
            f"encoder {encoder!r} cannot be loaded: {str(error).splitlines()[0]} "
            "(HF_ENDPOINT names a mirror of the hub; e5-small-zh needs none)"
        ) from error


def scale_states(network: nn.Module, encoder: str) -> None:
    """Bring the last states of `e5-small-zh` to the variance of other encoders."""
    if encoder != E5_SMALL_ZH:
        return
    norm = [m for m in network.modules() if isinstance(m, nn.LayerNorm)][-1]
    with torch.no_grad():
        norm.weight.mul_(STATE_SCALE)
        norm.bias.mul_(STATE_SCALE)


def set_dropout(network: nn.Module, share: float, *, attention: bool = False) -> None:
    """Set the share that training drops, everywhere or of attention weights alone."""
    for name, module in network.named_modules():
        if isinstance(module, nn.Dropout) and (not attention or name.endswith(".self.dropout")):
            module.p = share


def load(directory: Path) -> tuple[EvidenceClassifier, Any]:
    """A trained network and its tokenizer.

    Raises:
        ModelError: the directory holds none.
    """
    try:
        classifier = AutoModelForSequenceClassification.from_pretrained(
            directory, dtype=torch.float32, attn_implementation="eager", local_files_only=True
        )
        network = EvidenceClassifier(classifier)
        network.evidence.load_state_dict(load_file(str(directory / EVIDENCE)))
        tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"{directory}: not a trained network ({reason})") from error
    return network.eval(), tokenizer


def settings(directory: Path) -> dict[str, Any]:
    """What training wrote beside the network: thresholds, temperature, data digest, scores."""
    try:
        found = json.loads((directory / SETTINGS).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{directory / SETTINGS}: {error}") from error
    return dict(found)
