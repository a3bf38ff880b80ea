"""The one border at which units are read: pint on this side, bare numbers in internal units on the other.

Inside refugia lengths are mm, times days, concentrations uM, pressures mmHg, masses mg, counts cells. The vocabulary is closed and
holds scales only: no unit with an offset (such as a temperature) exists, so a conversion is one factor.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from math import isfinite
from typing import Any

from refugia.terms.parameter import Law, Parameter, Spread

_VOCABULARY = """
giga- = 1e9 = G-; mega- = 1e6 = M-; kilo- = 1e3 = k-; centi- = 1e-2 = c-; milli- = 1e-3 = m-; micro- = 1e-6 = u- = µ-
nano- = 1e-9 = n-; pico- = 1e-12 = p-
meter = [length] = m; gram = [mass] = g; second = [time] = s; mole = [substance] = mol; cell = [cells] = _ = cells
microgram = 1e-6 * gram = mcg
minute = 60 * second = min; hour = 60 * minute = h = hours; day = 24 * hour = d = days; week = 7 * day = weeks
month = 30.4375 * day = months; year = 365.25 * day = years
liter = 1e-3 * meter ** 3 = L = l; molar = mole / liter = M; percent = 0.01 = %
pascal = kilogram / meter / second ** 2 = Pa; mmHg = 133.322387415 * pascal; gray = meter ** 2 / second ** 2 = Gy
"""
_UNIT = r"[A-Za-zµ%]+(?:(?:\*\*|\^)?-?[1-9])?"
_UNITS = re.compile(rf"(?:1|{_UNIT})(?:\s*[*/]\s*{_UNIT}){{0,7}}")
_POWER = re.compile(r"(?<=[A-Za-zµ%])(-?[1-9])")
_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?)\s*(.*?)\s*")

_WORDS = {
    "1": ("a bare number", ""), "mm": ("a length", "mm"), "mm**2": ("an area", "mm**2"), "L": ("a volume", "mL"),
    "day": ("a time", "d"), "1/day": ("a rate", "1/day"), "mg": ("a mass", "mg"), "mol": ("an amount", "umol"),
    "uM": ("a molar concentration", "uM"), "g/mol": ("a molar mass", "g/mol"), "mg/L": ("a mass concentration", "ng/mL"),
    "mmHg": ("a pressure", "mmHg"), "mmHg/day": ("a pressure per time", "mmHg/s"), "1/mm": ("a surface per volume", "1/cm"),
    "L/day": ("a clearance", "L/h"), "mm**2/day": ("a diffusivity", "um**2/s"), "mm/day": ("a speed or permeability", "cm/s"),
    "mm/mmHg/day": ("a wall conductivity", "cm/mmHg/s"), "mm**2/mmHg/day": ("a tissue conductivity", "cm**2/mmHg/s"),
    "cell": ("a count of cells", "cell"), "cell/mm**3": ("a cell density", "cell/cm**3"), "Gy": ("a radiation dose", "Gy"),
}  # fmt: skip


class UnitError(ValueError):
    """A number or unit that cannot be read: the reason and the way out, ready to become an `InputError`."""

    def __init__(self, reason: str, way_out: str) -> None:
        self.reason, self.way_out = reason, way_out
        super().__init__(f"{reason}. {way_out}")


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry(None)
    for line in _VOCABULARY.replace("\n", ";").split(";"):
        if line.strip():
            registry.define(line.strip())
    return registry


@lru_cache(maxsize=1024)
def _parsed(unit: str) -> Any:
    """The pint unit of a text such as "cm**2/s" or, as papers print it, "cm2/s"; "", "-" and "1" are the bare number."""
    text = unit.strip()
    if text in ("", "-", "1"):
        return _registry().dimensionless
    if len(text) > 60 or not _UNITS.fullmatch(text):
        raise UnitError(f'has the unit "{text[:60]}", which cannot be read', 'Write units like "mm", "1/day" or "cm**2/mmHg/s".')
    import pint

    try:
        return _registry().parse_units(_POWER.sub(r"**\1", text))
    except (pint.PintError, ValueError, AttributeError) as trouble:
        way_out = "Use m, g, L, mol, M, s, min, h, d, week, month, year, mmHg, Pa, Gy, cell or %, with n, u, m, c or k in front."
        raise UnitError(f'has the unit "{unit}", which is not known', way_out) from trouble


@lru_cache(maxsize=256)
def _word(unit: str) -> tuple[str, str]:
    """What a unit measures, in words, and the unit a reader would expect."""
    wanted = _parsed(unit).dimensionality
    for known, words in _WORDS.items():
        if _parsed(known).dimensionality == wanted:
            return words
    return f'a quantity in "{unit}"', unit


def dimension(unit: str) -> str:
    """What a unit measures, in words. Raises UnitError where the unit is unknown.

    >>> dimension("mL"), dimension("1/h"), dimension("")
    ('a volume', 'a rate', 'a bare number')
    """
    return _word(unit)[0]


def convert(value: float, unit_from: str, unit_to: str) -> float:
    """The value in another unit of the same dimension, to 15 significant digits. Raises UnitError where dimensions differ.

    >>> convert(24.0, "h", "day"), convert(96.0, "nM", "uM")
    (1.0, 0.096)
    """
    source, target = _parsed(unit_from), _parsed(unit_to)
    if source.dimensionality != target.dimensionality:
        expected, usual = _word(unit_to)
        raise UnitError(f"is {dimension(unit_from)}, but {expected} is needed here", f"Write it as {_example(value, usual)}.")
    result = float(f"{value * _factor(unit_from, unit_to):.15g}")
    if not isfinite(result):
        raise UnitError("is not a finite number", "Write a number that is neither infinite nor undefined.")
    return result


@lru_cache(maxsize=1024)
def _factor(unit_from: str, unit_to: str) -> float:
    return float(_registry().convert(1.0, _parsed(unit_from), _parsed(unit_to)))


def _example(value: float, unit: str) -> str:
    return f'"{value:g} {unit}"' if unit else f"{value:g}"


def split(text: str) -> tuple[float, str]:
    """The number and the unit of a quantity as written. Raises UnitError where it is not a finite number and a unit.

    >>> split("250 mg")
    (250.0, 'mg')
    """
    found = _QUANTITY.fullmatch(text) if len(text) <= 100 else None
    if found is None:
        raise UnitError("is not a number with a unit", 'Write it like "12 mm" or "250 mg".')
    value = float(found[1])
    if not isfinite(value):
        raise UnitError("is not a finite number", "Write a number that is neither infinite nor undefined.")
    _parsed(found[2])
    return value, found[2]


def quantity(text: str, unit_to: str, need: str = "") -> float:
    """The number a text such as "12 mm" stands for, in the given unit; `need` says in words what the place asks for.

    Raises UnitError where the text is no quantity, its unit is unknown or measures something else.

    >>> quantity("1.2 cm", "mm"), quantity("8 h", "day")
    (12.0, 0.333333333333333)
    >>> quantity("250 mL", "mg", "gefitinib is dosed by mass")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    refugia.terms.units.UnitError: is a volume, but gefitinib is dosed by mass. Write it as "250 mg".
    """
    value, unit = split(text)
    if need and _parsed(unit).dimensionality != _parsed(unit_to).dimensionality:
        raise UnitError(f"is {dimension(unit)}, but {need}", f"Write it as {_example(value, _word(unit_to)[1])}.")
    return convert(value, unit, unit_to)


def into(parameter: Parameter, unit: str) -> Parameter:
    """The same parameter in another unit: value, interval and cuts scale, and so does the width of a normal spread.

    The width of a lognormal or log10-normal spread has no dimension and stays. Raises UnitError where dimensions differ.
    """

    def scaled(value: float) -> float:
        return convert(value, parameter.unit, unit)

    def cut(bound: float | None) -> float | None:
        return None if bound is None else scaled(bound)

    interval, spread = parameter.interval, parameter.spread
    if interval is not None:
        interval = replace(interval, low=scaled(interval.low), high=scaled(interval.high))
    if spread is not None:
        width = spread.width if spread.law in (Law.LOGNORMAL, Law.LOG10NORMAL) else scaled(spread.width)
        spread = Spread(spread.law, width, cut(spread.low), cut(spread.high), spread.per)
    return replace(parameter, value=scaled(parameter.value), unit=unit, interval=interval, spread=spread)
