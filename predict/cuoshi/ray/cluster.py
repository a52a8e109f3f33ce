"""A connection to Ray."""

from __future__ import annotations

import importlib
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cuoshi.errors import CuoshiError

SETTINGS = {
    "RAY_raylet_start_wait_time_s": "300",  # a busy machine needs longer than Ray's 60
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_DATA_LOG_LEVEL": "CRITICAL",
}
"""Standard error is for what could not be tagged: whoever sets these hears more of Ray."""


@contextmanager
def cluster(address: str | None = None) -> Iterator[None]:
    """A connection to Ray; one that is there already is used, and left as it is.

    Args:
        address: of a cluster (`auto`: the one this machine is part of); without it one is started
            here, with a worker for each processor, and ended afterwards.

    Raises:
        CuoshiError: there is no cluster, or the extra is not installed.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    ray = library()
    if ray.is_initialized():
        yield
        return
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    if address:
        _reach(address)
    local = {} if address else {"include_dashboard": False}
    try:
        with _silent():
            ray.init(
                address or "local", log_to_driver=False, logging_level=logging.CRITICAL, **local
            )
    except Exception as error:  # Ray raises many kinds, a bare one among them
        raise CuoshiError(
            f"ray: no cluster at {address or 'local'} ({first_line(error)})"
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _reach(address: str) -> None:
    """Try the port first: Ray itself goes on trying for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        try:
            socket.create_connection((host, int(port)), 10).close()
        except (OSError, OverflowError) as error:
            raise CuoshiError(f"ray: no cluster at {address} ({error})") from error


@contextmanager
def _silent() -> Iterator[None]:
    """Without what Ray's C++ writes to standard error, even that it is to write nothing."""
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def library() -> Any:
    """The package, or a line that says how to get it."""
    try:
        ray = importlib.import_module("ray")
        importlib.import_module("ray.data")
    except ImportError as error:
        raise CuoshiError("ray is missing: pip install 'cuoshi[ray]'") from error
    return ray


def first_line(error: BaseException) -> str:
    """What an error says in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
