"""The libraries of the extras `trees` and `anndata`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from refugia.terms import RefugiaError


def extra(library: str, name: str) -> Any:
    """A library of an extra. Raises RefugiaError where it is not installed."""
    try:
        return import_module(library)
    except ModuleNotFoundError:
        raise RefugiaError(f'This needs the library {library}. Install it with: pip install "refugia[{name}]".') from None
