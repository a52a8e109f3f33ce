"""Encoders to start from: a hub name, a local directory, or the built-in `e5-small-zh`."""

from __future__ import annotations

from cuoshi_train.encoders.build import E5_SMALL_ZH, build_e5_small_zh, encoder_path

__all__ = ["E5_SMALL_ZH", "build_e5_small_zh", "encoder_path"]
