"""The units border: what is converted, and how a wrong unit is refused."""

from __future__ import annotations

import subprocess
import sys

import pytest

from refugia.terms import Basis, Citation, Interval, Law, Parameter, Per, Spread
from refugia.terms.units import UnitError, convert, dimension, into, quantity, split

PAPER = Citation("one2000", "One", "Title", "Venue", 2000, "")


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (24.0, "h", "day", 1.0),
        (96.0, "nM", "uM", 0.096),
        (2.8e-7, "cm/mmHg/s", "mm/mmHg/day", 2.8e-7 * 10 * 86400),
        (4.13e-8, "cm**2/mmHg/s", "mm**2/mmHg/day", 4.13e-8 * 100 * 86400),
        (2e-9, "m**2/s", "mm**2/day", 2e-9 * 1e6 * 86400),
        (1e9, "cell/cm**3", "cell/mm**3", 1e6),
        (31.6, "L/h", "L/day", 31.6 * 24),
        (200.0, "1/cm", "1/mm", 20.0),
        (12.0, "%", "", 0.12),
        (133.322387415, "Pa", "mmHg", 1.0),
        (3.5, "µm", "um", 3.5),
        (2.0, "weeks", "day", 14.0),
        (250.0, "mcg", "mg", 0.25),
        (4.13e-8, "cm2/mmHg/s", "cm**2/mmHg/s", 4.13e-8),
        (1.0, "cm-2", "1/cm**2", 1.0),
        (0.5, "-", "", 0.5),
    ],
)  # fmt: skip
def test_units_of_the_field_are_converted(value: float, source: str, target: str, expected: float) -> None:
    assert convert(value, source, target) == pytest.approx(expected, rel=1e-14)


def test_a_unit_and_back_gives_the_same_number() -> None:
    for value in (0.1, 1 / 3, 7.0, 1e-9, 123456.789):
        assert convert(convert(value, "day", "s"), "s", "day") == pytest.approx(value, rel=2e-15)


@pytest.mark.parametrize(
    ("text", "unit", "need", "sentence"),
    [
        ("250 mL", "mg", "gefitinib is dosed by mass", 'is a volume, but gefitinib is dosed by mass. Write it as "250 mg".'),
        ("250 mL", "mg", "", 'is a volume, but a mass is needed here. Write it as "250 mg".'),
        ("5 mmHg", "mm", "", 'is a pressure, but a length is needed here. Write it as "5 mm".'),
        ("12", "mm", "", 'is a bare number, but a length is needed here. Write it as "12 mm".'),
        ("3 d", "", "", "is a time, but a bare number is needed here. Write it as 3."),
        ("twelve mm", "mm", "", 'is not a number with a unit. Write it like "12 mm" or "250 mg".'),
        ("nan mm", "mm", "", 'is not a number with a unit. Write it like "12 mm" or "250 mg".'),
        ("1e999 mm", "mm", "", "is not a finite number. Write a number that is neither infinite nor undefined."),
        ("1e308 cm", "mm", "", "is not a finite number. Write a number that is neither infinite nor undefined."),
        ("2 m**9**9", "mm", "", 'has the unit "m**9**9", which cannot be read.'),
        ("2 __import__", "mm", "", 'has the unit "__import__", which cannot be read.'),
        ("37 degC", "mm", "", 'has the unit "degC", which is not known. Use m, g, L, mol,'),
        ("1 " + "m*" * 40 + "m", "mm", "", "which cannot be read."),
    ],
)  # fmt: skip
def test_a_wrong_quantity_is_refused_in_words(text: str, unit: str, need: str, sentence: str) -> None:
    with pytest.raises(UnitError) as trouble:
        quantity(text, unit, need)
    assert sentence in str(trouble.value)


def test_a_quantity_is_split_as_written() -> None:
    assert split(" 2.5e-3 cm**2/mmHg/s ") == (2.5e-3, "cm**2/mmHg/s")
    assert split("7") == (7.0, "")


def test_every_internal_unit_has_a_word() -> None:
    for unit in (
        "day",
        "mm",
        "uM",
        "mmHg",
        "mg",
        "cell",
        "L",
        "1/day",
        "mm**2/day",
        "cell/mm**3",
        "L/day",
        "mm/day",
        "g/mol",
        "nm",
    ):
        assert not dimension(unit).startswith("a quantity in")


def _parameter(interval: Interval | None, spread: Spread | None, unit: str = "cm") -> Parameter:
    return Parameter("a.b", "something", 2.0, unit, PAPER, "Table 1", Basis.PUBLISHED, interval, spread)


def test_a_parameter_is_converted_with_all_it_carries() -> None:
    """Interval, cuts and the width of a normal spread scale; the width of a lognormal spread has no dimension."""
    there = into(_parameter(Interval(Law.UNIFORM, 1.0, 3.0), Spread(Law.NORMAL, 0.5, 0.5, 4.0, Per.LESION)), "mm")
    assert (there.value, there.unit) == (20.0, "mm")
    assert there.interval == Interval(Law.UNIFORM, 10.0, 30.0)
    assert there.spread == Spread(Law.NORMAL, 5.0, 5.0, 40.0, Per.LESION)
    for law in (Law.LOGNORMAL, Law.LOG10NORMAL):
        kept = into(_parameter(None, Spread(law, 0.5, None, 4.0)), "mm")
        assert kept.spread == Spread(law, 0.5, None, 40.0)


def test_a_parameter_of_another_dimension_is_refused() -> None:
    with pytest.raises(UnitError, match="is a length, but a time is needed here"):
        into(_parameter(None, None), "day")


def test_pint_is_loaded_only_when_a_unit_is_read() -> None:
    code = "import sys, refugia.terms.units; assert 'pint' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env={"PYTHONPATH": ":".join(sys.path)})
