"""Whatever is done to the table of a case, it is read, or refused as an InputError: no other error ever reaches the user."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refugia.catalog.reader import case_of
from tests.unit.mutations import KINDS, MANY, NAMES, NIGHT, TABLES, lives, met, places, told


@pytest.fixture(scope="module", autouse=True)
def nothing_is_written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Reading leaves the working directory as it was; what was survived is printed (`pytest -s`)."""
    folder = tmp_path_factory.mktemp("knocks")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield
    assert not list(Path(folder).iterdir())
    print(f"\n{told()}")


def knocked(data: st.DataObject, kinds: tuple[str, ...], most: int) -> None:
    """Some knocks of these kinds at a case; what is read is run as well, each time in the night, else now and then."""
    table = deepcopy(TABLES[data.draw(st.sampled_from(NAMES))])
    kind = data.draw(st.sampled_from(kinds))
    for _ in range(data.draw(st.integers(1, most))):
        found = places(table)
        if found:
            KINDS[kind](data.draw, *data.draw(st.sampled_from(found)))
    tried = data.draw(st.integers(0, 4 if NIGHT else 19)) == 0
    case = met(kind, lambda: case_of(table, "my.toml"))
    if case is not None and tried:
        lives(case, kind)


@MANY
@given(st.data())
def test_a_value_replaced_or_retyped_is_read_or_refused(data: st.DataObject) -> None:
    knocked(data, ("replaced", "retyped", "nested"), 2)


@MANY
@given(st.data())
def test_a_part_taken_out_added_repeated_or_renamed_is_read_or_refused(data: st.DataObject) -> None:
    knocked(data, ("deleted", "added", "repeated", "renamed"), 3)


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
