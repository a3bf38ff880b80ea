"""Where a result comes from: seed, versions, settings, and hashes of all that went in."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from refugia.course.case import Case
from refugia.terms import Parameter

LIBRARIES = ("refugia", "numba", "llvmlite", "numpy", "scipy", "xarray", "zarr")


def digest(content: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(content.encode()).hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that can move a bit."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def provenance(case: Case, parameters: Sequence[Parameter], seed: int, replicates: int) -> dict[str, Any]:
    """All that decides the bits of a result. Threads do not: they are left out."""
    return {
        "case": case.id,
        "title": case.title,
        "file": case.file,
        "calibrated": case.calibrated,
        "seed": seed,
        "replicates": replicates,
        "settings": {
            "step_days": case.settings.step,
            "shells": case.settings.shells,
            "nodes": case.settings.nodes,
            "moved": case.settings.moved,
        },
        "mechanisms": list(case.mechanisms),
        "levers": [lever.label.name for lever in case.levers],
        "horizon_days": case.question.horizon,
        "scan_days": None if case.question.scans is None else list(case.question.scans),
        "versions": versions(),
        "machine": f"{platform.system()} {platform.machine()}",
        "case_sha256": digest(repr(case.subject) + repr(case.question) + repr(case.mechanisms) + repr(case.levers)),
        "parameters_sha256": digest("\n".join(repr(parameter) for parameter in parameters)),
        "note": "Research software. It recommends nothing for an individual patient.",
    }
