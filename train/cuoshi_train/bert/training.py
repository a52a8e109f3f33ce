"""Training by the transformers Trainer: sentence and evidence labels in one forward pass."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.utils.data import Sampler
from transformers import EarlyStoppingCallback, Trainer, TrainingArguments

from cuoshi_train.bert.calibration import best_macro_f1
from cuoshi_train.bert.features import Batch, Collator
from cuoshi_train.bert.network import EvidenceClassifier, Scored
from cuoshi_train.bert.scoring import logits, token_f1

Loss = Callable[[Scored, Batch], Tensor]
SCORE = "eval_macro_f1"


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast.

    Attributes:
        rate: highest learning rate.
        epochs, batch: passes over the data; sentences in a step.
        warmup: share of the steps.
        decay: of the weights.
        checks: how often validation is looked at, and the run kept on disk.
        patience: checks without a better macro-F1 before it stops.
        seed: of order and dropout.
        steps: at most so many, 0 for no limit.
    """

    rate: float
    epochs: float
    batch: int
    warmup: float
    decay: float
    checks: int
    patience: int
    seed: int
    steps: int = 0


def known_loss(found: Tensor, wanted: Tensor) -> Tensor:
    """Mean binary cross-entropy over the labels that are known (not negative)."""
    known = wanted >= 0
    if not bool(known.any()):
        return found.sum() * 0
    return binary_cross_entropy_with_logits(found[known], wanted[known])


def labelled_loss(evidence_weight: float) -> Loss:
    """Sentence loss plus the weighted loss on the evidence tokens."""

    def loss(found: Scored, batch: Batch) -> Tensor:
        sentence = known_loss(found.sentence, batch["labels"])
        return sentence + evidence_weight * known_loss(found.tokens, batch["evidence"])

    return loss


def has_bfloat16() -> bool:
    """Whether the device computes fast in bfloat16 (without it that is many times slower)."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    if torch.backends.mps.is_available():
        return False
    return bool(torch.cpu._is_avx512_bf16_supported())


def keep_memory() -> None:
    """Have glibc keep freed memory for the next step: a fifth faster on a processor."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt:
            trim_threshold, top_pad, mmap_max = -1, -2, -4
            mallopt(mmap_max, 0)
            mallopt(trim_threshold, 2**31 - 1)
            mallopt(top_pad, 2**28)


def arguments(pace: Any, rows: int, saves: int, directory: Path, **more: Any) -> TrainingArguments:
    """What a run asks of the Trainer.

    Args:
        pace: a `Schedule`, or a configuration with its rate, epochs, batch, warmup, decay, seed
            and steps.
        rows: sentences in a pass.
        saves: how often the run is kept on disk, and looked at where ``more`` says so.
        directory: its checkpoints go there.
        more: options of this run alone.
    """
    total = -(-rows // pace.batch) * pace.epochs
    total = min(total, pace.steps) if pace.steps else total
    every = max(1, int(total // max(saves, 1)))
    accelerated = torch.cuda.is_available() or torch.backends.mps.is_available()
    return TrainingArguments(
        output_dir=str(directory / "checkpoints"),
        per_device_train_batch_size=pace.batch,
        num_train_epochs=pace.epochs,
        max_steps=pace.steps or -1,
        learning_rate=pace.rate,
        warmup_steps=pace.warmup,
        weight_decay=pace.decay,
        optim="adamw_torch_fused",
        train_sampling_strategy="group_by_length",
        length_column_name="length",
        remove_unused_columns=False,
        save_strategy="steps",
        save_steps=every,
        eval_steps=every,
        logging_steps=max(1, every // 4),
        bf16=has_bfloat16(),
        use_cpu=not accelerated,  # else bfloat16 is refused where there is no GPU
        seed=pace.seed,
        report_to=[],
        dataloader_pin_memory=torch.cuda.is_available(),
        **more,
    )


def run(trainer: Trainer, directory: Path) -> list[dict[str, float]]:
    """Train, from the last checkpoint in ``directory`` where there is one; the run's log."""
    interrupted = any((directory / "checkpoints").glob("checkpoint-*"))
    with redirect_stdout(sys.stderr):  # the log's lines; results alone go to standard output
        trainer.train(resume_from_checkpoint=interrupted)
    return list(trainer.state.log_history)


class ShuffledBatches(Sampler[int]):
    """The batches of another sampler, each as it is, in random order.

    Length-grouped batches come from the longest to the shortest, fifty after fifty. Long
    sentences carry most of the labels, so that the network would be drawn back and forth.

    Args:
        rows: places of rows, batch after batch.
        size: of a batch.
    """

    def __init__(self, rows: Sampler[int], size: int) -> None:
        self.rows = rows
        self.size = size

    def __len__(self) -> int:
        return len(self.rows)  # type: ignore[arg-type]  # all of ours have a length

    def __iter__(self) -> Iterator[int]:
        rows = list(self.rows)
        full = len(rows) // self.size
        for i in torch.randperm(full).tolist():
            yield from rows[i * self.size : (i + 1) * self.size]
        yield from rows[full * self.size :]


class GroupedTrainer(Trainer):
    """The Trainer with batches of like length in random order."""

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        rows: Any = super()._get_train_sampler(train_dataset)  # None only where rows are endless
        return ShuffledBatches(rows, self.args.train_batch_size)


class _Trainer(GroupedTrainer):
    """With our loss, and validation by macro-F1."""

    def __init__(
        self,
        network: EvidenceClassifier,
        loss: Loss,
        collator: Collator,
        held: Dataset,
        **options: Any,
    ) -> None:
        super().__init__(model=network, data_collator=collator, eval_dataset=held, **options)
        self._network = network
        self._loss = loss
        self._collator = collator
        self._held = held

    def compute_loss(  # type: ignore[override]  # the rest of its arguments is of no use here
        self, model: Any, inputs: Batch, return_outputs: bool = False, **_: Any
    ) -> Any:
        scored = Scored(**model(inputs["input_ids"], inputs["attention_mask"]))
        loss = self._loss(scored, inputs)
        return (loss, scored) if return_outputs else loss

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        sentence, tokens = logits(self._network, self._held, self._collator)
        truth = np.array(self._held["labels"], dtype=np.int64)
        metrics = {
            SCORE: best_macro_f1(truth, sentence),
            "eval_evidence_f1": token_f1(tokens, self._held),
        }
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics


def fit(
    network: EvidenceClassifier,
    loss: Loss,
    rows: Dataset,
    held: Dataset,
    collator: Collator,
    schedule: Schedule,
    directory: Path,
) -> list[dict[str, float]]:
    """Train the network in place; the run's log.

    A run that was interrupted goes on from its last checkpoint in ``directory``.
    """
    keep_memory()
    trainer = _Trainer(
        network,
        loss=loss,
        collator=collator,
        held=held,
        args=arguments(
            schedule,
            len(rows),
            schedule.checks,
            directory,
            eval_strategy="steps",
            save_total_limit=2,
            load_best_model_at_end=True,
            metric_for_best_model=SCORE,
            greater_is_better=True,
        ),
        train_dataset=rows,
        callbacks=[EarlyStoppingCallback(schedule.patience)],
    )
    return run(trainer, directory)
