"""Who stands on whom: the import contracts hold, and each of them convicts a door broken into a copy of the house."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.shape.sources import PACKAGE, ROOT, python

LINT = ("-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-logo", "--no-cache")
DOORS = {
    "floor": ("barriers/model.py", "from refugia import havens", "Floors"),
    "ceiling": ("clones/model.py", "from refugia import subject", "Floors"),
    "stranger": ("cellar.py", "", "Floors"),
    "cells": ("clones/model.py", "from refugia.engine import step", "The five rooms"),
    "units": ("engine/step.py", "import pint", "The engine"),
    "arrays": ("engine/step.py", "import xarray", "The engine"),
}


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    """The contracts, checked on the house whose root this is."""
    return python(*LINT, path=house / "src", cwd=house)


def test_the_import_contracts_hold() -> None:
    """Three contracts: floors, rooms that move no cells, an engine without units."""
    answer = lint(ROOT)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "3 kept, 0 broken" in answer.stdout


@pytest.mark.parametrize("door", DOORS)
def test_a_broken_in_door_is_seen(door: str, tmp_path: Path) -> None:
    """One forbidden import, or one room that stands on no floor, breaks the contract it should."""
    shutil.copytree(PACKAGE, tmp_path / "src" / "refugia", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file, line, contract = DOORS[door]
    broken = tmp_path / "src" / "refugia" / file
    broken.write_text((broken.read_text(encoding="utf-8") if broken.exists() else "") + f"\n{line}\n", encoding="utf-8")
    answer = lint(tmp_path)
    assert answer.returncode == 1
    verdicts = [line for line in answer.stdout.splitlines() if line.endswith("BROKEN")]
    assert [verdict.startswith(contract) for verdict in verdicts] == [True], answer.stdout + answer.stderr
