"""The versions of what made a model, kept with it."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version


def versions(*packages: str) -> dict[str, str]:
    """Versions of Python, cuoshi and the packages named."""
    found = {"python": platform.python_version()}
    for name in ("cuoshi", *packages):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # run from a checkout that is not installed
            found[name] = "uninstalled"
    return found
