"""Every example runs as it stands; the snippets of the pages and of the README: tests/unit/test_site.py."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_and_its_assertions_hold(example: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run as a script, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    run_path(str(example), run_name="__main__")
