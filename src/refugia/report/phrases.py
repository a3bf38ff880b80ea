"""The phrases of the plain words: days, sizes, gains with their intervals, and what each way out is."""

from __future__ import annotations

from collections.abc import Sequence

from refugia.course.result import Timing
from refugia.dissection.attribution import Share
from refugia.dissection.rescue import Rescue

MONTH = 30.4375  # days

GLOSS = {
    "standing resistance": "resistant clones that were there before therapy",
    "new mutation": "resistance that arises under therapy",
    "tolerance": "cells that sit the drug out without a mutation",
    "perfusion and pressure": "vessels that carry no blood, and fluid pressure that keeps the drug out",
    "perfusion": "vessels that carry no blood",
    "pressure": "fluid pressure that keeps the drug out",
    "matrix": "dense fibres that slow the drug down",
    "oxygen and acid": "acidity that keeps the drug from its target",
    "wall": "the blood-brain barrier and its pumps",
    "occult lesions": "deposits that nobody had seen",
}
"""What a mechanism is, in the words of a colleague."""


def day(value: float | None, watched: float) -> str:
    """A day in words, with months where it lies far off.

    >>> day(366.9, 720.0), day(21.2, 42.0), day(None, 720.0)
    ('day 367 (month 12)', 'day 21', 'later than day 720')
    """
    if value is None:
        return f"later than day {watched:.0f}"
    return f"day {value:.0f}" + (f" (month {value / MONTH:.0f})" if value >= 3 * MONTH else "")


def reach_of(found: Timing, watched: float) -> str:
    """The 80 % interval of a day of progression.

    >>> reach_of(Timing(367.0, 64.0, None, 0.3), 720.0), reach_of(Timing(367.0, 64.0, 500.0, 0.0), 720.0)
    ('day 64 to later than day 720', 'day 64 to 500')
    """
    if found.q10 is None:
        return f"all of it later than day {watched:.0f}"
    return f"day {found.q10:.0f} to " + (f"later than day {watched:.0f}" if found.q90 is None else f"{found.q90:.0f}")


def size(decades: float) -> str:
    """A gain in control as a size: how much smaller the worst site is, on average through time.

    >>> size(0.69), size(0.03), size(-0.03), size(0.0)
    ('4.9 times smaller', '7 % smaller', '7 % larger', 'no smaller')
    """
    ratio = 10.0 ** min(abs(decades), 300.0)
    if ratio < 1.005:
        return "no smaller"
    word = "smaller" if decades > 0.0 else "larger"
    if ratio >= 1.5:
        return f"{two(ratio)} times {word}"
    return f"{100.0 * (1.0 - 1.0 / ratio if decades > 0.0 else ratio - 1.0):.0f} % {word}"


def two(value: float) -> str:
    """A number with two significant digits, without an exponent below a million.

    >>> two(4.93), two(123.4), two(3.2e8)
    ('4.9', '120', '3.2e+08')
    """
    rounded = float(f"{value:.2g}")
    return f"{rounded:.2g}" if rounded < 100.0 or rounded >= 1e6 else f"{rounded:.0f}"


def amount(merit: str, gain: float) -> str:
    """A gain in plain words.

    >>> amount("progression", 62.7), amount("progression", 1.2), amount("control", 0.69)
    ('63 days', '1 day', '4.9 times smaller')
    """
    return size(gain) if merit == "control" else f"{gain + 0.0:.0f} day" + ("" if f"{abs(gain):.0f}" == "1" else "s")


def interval(merit: str, low: float, high: float) -> str:
    """A 95 % interval in plain words.

    >>> interval("progression", 18.0, 115.2), interval("control", -0.03, 0.69), interval("control", 0.3, 0.69)
    ('18 to 115', '7 % larger to 4.9 times smaller', '2 to 4.9 times smaller')
    >>> interval("control", 0.1, 0.2)
    '21 % to 1.6 times smaller'
    """
    if merit != "control":
        return f"{round(low)} to {round(high)}"
    a, b = (size(end) for end in ((high, low) if high < 0.0 else (low, high)))
    (first, *rest), (_, *unit) = a.split(), b.split()
    if rest == unit and len(unit) == 2:
        return f"{first} to {b}"
    return f"{a.removesuffix(' ' + unit[-1])} to {b}" if rest[-1:] == unit[-1:] else f"{a} to {b}"


def worth(row: Share | Rescue, gain: float, patients: int, between: str = " (") -> str:
    """A gain with its interval behind it, in brackets or after a comma; one patient has no interval."""
    said = amount(row.merit, gain)
    reach = interval(row.merit, row.low, row.high)
    unit = said.partition(" ")[2]
    bare = reach.removesuffix(f" {unit}") if reach.count(unit) == 1 else reach
    return said if patients == 1 else f"{said}{between}{bare}" + (")" if "(" in between else "")


def named(mechanism: str) -> str:
    """A mechanism as it stands in a sentence.

    >>> named("wall"), named("tolerance"), named("oxygen and acid")
    ('the wall', 'tolerance', '“oxygen and acid”')
    """
    return f"the {mechanism}" if mechanism in ("wall", "matrix") else f"“{mechanism}”" if " and " in mechanism else mechanism


def glossed(mechanism: str) -> str:
    """A mechanism with what it is.

    >>> glossed("new mutation"), glossed("a spell")
    ('new mutation (resistance that arises under therapy)', 'a spell')
    """
    return named(mechanism) + (f" ({GLOSS[mechanism]})" if mechanism in GLOSS else "")


def joined(words: Sequence[str]) -> str:
    """Words in a row, with an and before the last.

    >>> joined(["a", "b", "c"])
    'a, b and c'
    """
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def the(names: Sequence[str]) -> str:
    """Sites as they stand in a sentence.

    >>> the(["lung", "liver"])
    'the lung and the liver'
    """
    return joined([f"the {name}" for name in names])
