"""The face of the package: its names are there, and importing it loads nothing heavy (no clock: what is loaded is what counts)."""

from __future__ import annotations

import json
from importlib import import_module

import pytest

from tests.shape.sources import python

HEAVY = ("numba", "numpy", "scipy", "pandas", "xarray", "zarr", "pint", "pydantic", "pybtex", "rich", "typer", "plotly", "jinja2")
UNNEEDED = ("numba", "scipy", "pandas", "xarray", "zarr", "pint", "pydantic", "pybtex", "plotly", "jinja2")
"""What a command line that only prints its help has no use for."""


def loaded(statement: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after the statement."""
    ask = "import json, sys; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    answer = python("-c", f"{statement}\n{ask}")
    assert answer.returncode == 0, answer.stderr
    return set(json.loads(answer.stdout.splitlines()[-1]))


def test_importing_the_package_loads_nothing_heavy() -> None:
    """`import refugia` hands its names on lazily."""
    assert not loaded("import refugia").intersection(HEAVY)


def test_a_loaded_package_is_seen() -> None:
    """The check convicts: numpy is found once it is imported."""
    assert "numpy" in loaded("import refugia, numpy")


def test_the_command_line_starts_light() -> None:
    """`refugia --help` needs no array library and no compiler."""
    assert not loaded("import refugia.cli").intersection(UNNEEDED)


@pytest.mark.parametrize("name", ["case", "read_case", "simulate", "dissect", "cite"])
def test_the_face_has_the_names_of_the_readme(name: str) -> None:
    """The verbs a user meets first."""
    face = import_module("refugia")
    assert name in face.__all__
    assert callable(getattr(face, name))


def test_every_name_of_the_face_is_there() -> None:
    """Each name that is promised can be had and says what it is; about 25 are enough."""
    face = import_module("refugia")
    assert [name for name in face.__all__ if getattr(face, name, None) is None] == []
    assert set(face.__all__) <= set(dir(face))
    assert len(face.__all__) <= 30
