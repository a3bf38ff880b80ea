"""Whether the kernels have been compiled on this machine before."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def compiled() -> bool:
    """Whether a compiled form of the cell kernel lies in the kernel cache."""
    from refugia.engine.step import advance

    return cache_folder(advance) is not None


def any_compiled() -> bool:
    """Whether any kernel lies in the kernel cache, be it that of cells or another one that stands beside it."""
    from refugia.engine.step import advance

    return any(Path(advance.stats.cache_path or ".").glob("*.nbi"))


def cache_folder(kernel: Any) -> Path | None:
    """Where the compiled form of a kernel lies, or None where there is none."""
    folder = Path(kernel.stats.cache_path or ".")
    module = kernel.py_func.__module__.rpartition(".")[2]
    found = next(folder.glob(f"{module}.{kernel.__name__}-*.nbi"), None) if folder.is_dir() else None
    return folder if found is not None else None
