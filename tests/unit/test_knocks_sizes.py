"""Whatever size the numbers of a case have, and wherever its parts stand: it is read and runs, or is refused."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refugia.catalog.reader import case_of
from tests.unit.mutations import MANY, NAMES, NIGHT, TABLES, knocked, lives, met, places, told


@pytest.fixture(scope="module", autouse=True)
def nothing_is_written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Reading leaves the working directory as it was; what was survived is printed (`pytest -s`)."""
    folder = tmp_path_factory.mktemp("knocks")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield
    assert not list(Path(folder).iterdir())
    print(f"\n{told()}")


@MANY
@given(st.data())
def test_a_number_of_another_size_is_read_or_refused_and_what_is_read_runs(data: st.DataObject) -> None:
    knocked(data, ("scaled",), 3)


@MANY
@given(st.data())
def test_parts_that_have_changed_places_are_read_or_refused(data: st.DataObject) -> None:
    table = deepcopy(TABLES[data.draw(st.sampled_from(NAMES))])
    found = places(table)
    (here, key), (there, other) = data.draw(st.sampled_from(found)), data.draw(st.sampled_from(found))
    here[key], there[other] = deepcopy(there[other]), deepcopy(here[key])
    tried = data.draw(st.integers(0, 4 if NIGHT else 19)) == 0
    case = met("exchanged", lambda: case_of(table, "my.toml"))
    if case is not None and tried:
        lives(case, "exchanged")
