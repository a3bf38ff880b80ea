"""Whatever is done to the table of a case, it is read, or refused as an InputError: no other error ever reaches the user."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mutations import MANY, knocked, told


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
def test_a_value_replaced_or_retyped_is_read_or_refused(data: st.DataObject) -> None:
    knocked(data, ("replaced", "retyped", "nested"), 2)


@MANY
@given(st.data())
def test_a_part_taken_out_added_repeated_or_renamed_is_read_or_refused(data: st.DataObject) -> None:
    knocked(data, ("deleted", "added", "repeated", "renamed"), 3)
