"""Spheroids with inner radii: tables are read or refused by row and field, laws are found again, forecasts are scored fairly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from refugia.barriers.spheroid import SpheroidLaw
from refugia.inference.spheroids.fit import LAW, fit
from refugia.inference.spheroids.forecast import experiment, forecast, held_back
from refugia.inference.spheroids.groups import grouped, resampled
from refugia.inference.spheroids.table import Spheroids, chosen, read_spheroids
from refugia.terms import InputError, RefugiaError

DATA = Path(__file__).parents[3] / "shared" / "data" / "spheroids" / "confocal_983b.csv"
needs_data = pytest.mark.skipif(not DATA.is_file(), reason="the measured spheroids (../shared/data/spheroids) are not here")

TRUE = SpheroidLaw(*(np.array([one]) for one in (0.2, 0.8, 0.35, 1.5)))
DAYS = np.array([3.0, 4.0, 6.0, 8.0, 11.0, 14.0, 18.0, 21.0])
HEAD = "initial_cells,day,radius_um,phi_inhibited,eta_necrotic\n"


def made(scatter: float = 0.006, count: int = 10) -> Spheroids:
    """Three seedings of a known law."""
    return experiment(TRUE, [(1000, 0.12), (3000, 0.16), (9000, 0.21)], DAYS, count, scatter, seed=3)


def test_a_law_is_found_again() -> None:
    """From exact radii to 0.2 %."""
    exact = fit(grouped(made(0.0, 1)))
    for name, true in zip(LAW, TRUE, strict=True):
        assert getattr(exact.law, name)[0] == pytest.approx(true[0], rel=2e-3)
    assert exact.start[0] == pytest.approx([0.12, 0.16, 0.21], rel=2e-3)


@pytest.mark.slow
def test_intervals_hold_the_law() -> None:
    """From scattered radii it lies in its intervals (of forty samples, with 2 % for that), no wider than a quarter of it."""
    found = forecast(made(), 14.0, samples=40, seed=1)
    for name, true in zip(LAW, TRUE, strict=True):
        value, low, high = found.law[name]
        assert low <= value <= high
        assert 0.98 * low < true[0] < 1.02 * high
        assert (high - low) / value < 0.25
    assert (found.score["law"] < 1.1 * found.score["floor"]).all()
    assert (found.score["law"] < 0.5 * found.score["persistence"]).all()


@pytest.mark.slow
def test_a_seeding_that_was_held_back_follows_from_the_others() -> None:
    """From its first outer radius alone it comes out at the scatter, where the mean of its neighbours does not."""
    found = held_back(made(), 9000, samples=4, seed=1)
    assert (found.score["law"] < 1.3 * found.score["floor"]).all()
    assert (found.score["law"] < found.score["neighbours"]).all()
    assert set(found.rival) == {"persistence", "neighbours"} and found.seeded.tolist() == [9000]


def test_samples_are_keyed_and_keep_each_group() -> None:
    """The same seed gives the same bits, in whatever number; each seeding and day keeps its size."""
    some = made()
    weight = resampled(some, 5, seed=2)
    assert (weight == resampled(some, 9, seed=2)[:5]).all()
    assert (grouped(some, weight).number == 10.0).all()
    assert (weight != resampled(some, 5, seed=3)).any()
    one, other = (forecast(some, 11.0, samples=3, seed=4) for _ in range(2))
    assert (one.low == other.low).all() and one.law == other.law


def test_what_cannot_be_told_is_refused() -> None:
    some = made()
    with pytest.raises(InputError, match=r"last: 21\.0 does not part each seeding into early days"):
        forecast(some, 21.0, samples=2, seed=1)
    with pytest.raises(InputError, match=r"seeding: 77 cannot be held back\. .*1000, 3000, 9000"):
        held_back(some, 77, samples=2, seed=1)
    with pytest.raises(RefugiaError, match="needs two days or more"):
        fit(grouped(chosen(some, some.day == 3.0)))


def test_a_table_is_read_in_mm(tmp_path: Path) -> None:
    """Shares become radii; other columns, blank lines and a byte order mark do not matter; of two lines one is asked for."""
    file = tmp_path / "some.csv"
    file.write_text("\ufeffcell_line," + HEAD + "a,500,3,200,0.5,0.25\n\nb,900,4.5,100,0,0\n", encoding="utf-8")
    found = read_spheroids(file, "a")
    assert (found.seeded.tolist(), found.day.tolist()) == ([500], [3.0])
    assert found.radii[0] == pytest.approx([0.2, 0.1, 0.05])
    assert read_spheroids(file, "b").radii.tolist() == [[0.1, 0.0, 0.0]]
    with pytest.raises(InputError, match=r'some\.csv, cell_line: "a, b" are several lines'):
        read_spheroids(file)
    with pytest.raises(InputError, match=r'"c" is no line of the table\. It has: a, b'):
        read_spheroids(file, "c")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day,radius_um\n", r'row 1: "initial_cells" is no column'),
        (HEAD, "has no row"),
        (HEAD + "500,3,200,0.5\n", "row 2: 4 fields stand under a header of 5"),
        (HEAD + "500,3,200,1.5,0\n", r'row 2, phi_inhibited: "1\.5" is no share'),
        (HEAD + "500,3,200,0.5,\n", r'row 2, eta_necrotic: "" is missing'),
        (HEAD + "500,3,0,0.5,0\n", r'row 2, radius_um: "0" lies outside'),
        (HEAD + "500,3,200,0,0\n500,-1,200,0.5,0\n", r'row 3, day: "-1" lies outside'),
        (HEAD + "50.5,3,200,0.5,0\n", r'row 2, initial_cells: "50\.5" is no whole number'),
        (HEAD + "500,3,nan,0.5,0\n", "row 2, radius_um"),
        ("\0", "zero bytes"),
    ],
)
def test_a_table_that_is_none_is_refused_by_row_and_field(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "some.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_spheroids(file)
    with pytest.raises(InputError, match="cannot be read"):
        read_spheroids(tmp_path / "none.csv")


@needs_data
def test_measured_spheroids_are_forecast_better_than_by_persistence() -> None:
    """983b from days 3 to 10: root mean squares of days 12 to 21 in um. What the law misses beyond scatter is said."""
    found = forecast(read_spheroids(DATA), 10.0, samples=2, seed=1)
    scores = {name: 1e3 * score for name, score in found.score.items()}
    assert scores["persistence"] == pytest.approx([44.3, 55.4, 100.8], abs=0.1)
    assert scores["floor"] == pytest.approx([19.8, 22.1, 25.4], abs=0.1)
    assert scores["law"] == pytest.approx([29.5, 38.2, 54.2], abs=1.0)
    assert (scores["law"] < 0.75 * scores["persistence"]).all()
