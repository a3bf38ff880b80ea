"""A line of a plan in words: "gefitinib 250 mg oral every 24 h from day 0 until day 720".

First the drug and the dose; then, in any order and each at most once: the route (oral, intravenous), `over` how long an
infusion runs, `every` so often or `once`, `5 days on 2 days off`, `from` or `on` a day, `until` (or `to`) a day,
`for` so many doses or so long. A dose falls on the first day and before the last:
until day 5 is days 0 to 4. Times are durations such as "6 weeks", or "day 42".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

EXAMPLE = "gefitinib 250 mg oral every 24 h from day 0 until day 720"
ROUTES = {
    "oral": "oral", "orally": "oral", "by mouth": "oral", "po": "oral", "p.o.": "oral",
    "intravenous": "intravenous", "intravenously": "intravenous", "iv": "intravenous", "i.v.": "intravenous",
}  # fmt: skip
"""The words for a route, and the route each means."""

_OFTEN = {
    "once daily": "24 h", "once a day": "24 h", "twice daily": "12 h", "twice a day": "12 h", "three times daily": "8 h",
    "three times a day": "8 h", "once weekly": "7 d", "once a week": "7 d", "daily": "24 h", "weekly": "7 d", "every day": "24 h",
    "every hour": "1 h", "every week": "7 d", "qd": "24 h", "bid": "12 h", "tid": "8 h",
}  # fmt: skip
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?"
_SPAN = rf"(?:{_NUMBER}\s*[A-Za-z]+)"
_DAY = rf"(?:day\s+{_NUMBER}|{_SPAN})"
_END = r"(?![\w.])"
_DOSE = re.compile(rf"({_NUMBER})\s*([A-Za-zµ%][A-Za-zµ%0-9/*^-]*){_END}")
_CLAUSES = {
    "route": re.compile(rf"({'|'.join(re.escape(word) for word in sorted(ROUTES, key=len, reverse=True))}){_END}", re.I),
    "cycle": re.compile(rf"({_SPAN})\s+on,?\s+(?:and\s+)?({_SPAN})\s+off{_END}", re.I),
    "infusion": re.compile(rf"(?:infused\s+)?over\s+({_SPAN}){_END}", re.I),
    "often": re.compile(rf"({'|'.join(sorted(_OFTEN, key=len, reverse=True))}){_END}", re.I),
    "every": re.compile(rf"every\s+({_SPAN}){_END}", re.I),
    "short": re.compile(rf"q(\d+)\s*([hdw]){_END}", re.I),
    "once": re.compile(rf"once{_END}", re.I),
    "start": re.compile(rf"from\s+({_DAY}){_END}", re.I),
    "day": re.compile(rf"on\s+({_DAY}){_END}", re.I),
    "until": re.compile(rf"(?:until|till|to)\s+({_DAY}){_END}", re.I),
    "count": re.compile(rf"for\s+(\d{{1,6}})\s+doses?{_END}", re.I),
    "length": re.compile(rf"for\s+({_SPAN}){_END}", re.I),
}
_PARTS = {
    "often": "every", "short": "every", "once": "every", "day": "start", "count": "until", "length": "until",
}  # fmt: skip
_SAID = {
    "route": "a route", "cycle": "days on and off", "infusion": "how long it runs", "every": "how often", "start": "a first day",
    "until": "an end",
}  # fmt: skip
_LETTERS = {"h": "h", "d": "d", "w": "weeks"}
_WORDS = ("oral", "intravenous", "over", "every", "once", "daily", "weekly", "from", "until", "for", "doses", "on", "off", "day")
_FORM = f'Write it like "{EXAMPLE}".'


class SentenceError(ValueError):
    """A line in words that cannot be read: the words, the reason and the way out."""

    def __init__(self, value: str, reason: str, way_out: str = _FORM) -> None:
        self.value, self.reason, self.way_out = value, reason, way_out
        super().__init__(f'"{value}" {reason}. {way_out}')


class Sentence(NamedTuple):
    """What a line in words says, its quantities as they are written; None where it says nothing of the kind."""

    drug: str | None
    dose: str
    route: str | None = None
    infusion: str | None = None
    every: str | None = None
    on: str | None = None
    off: str | None = None
    start: str | None = None
    until: str | None = None
    doses: int | None = None
    length: str | None = None


def sentence(text: str, drugs: Sequence[str]) -> Sentence:
    """What a line says; `drugs` are the names it may begin with. Raises SentenceError where it cannot be read.

    >>> sentence("gefitinib 250 mg oral every 24 h from day 0 until day 720", ["gefitinib"])[:3]
    ('gefitinib', '250 mg', 'oral')
    >>> sentence("500 mg iv over 2 h on day 3", []).start
    '3 d'
    """
    rest = text.strip()
    drug = _named(rest, drugs)
    rest = rest[len(drug or "") :].lstrip()
    dose = _DOSE.match(rest)
    if dose is None:
        raise _doseless(text, rest, drug)
    if re.search(r"/(?:kg|m\*{0,2}\^?2)$", dose[2]):
        way_out = "A plan gives one patient the mass of each dose: multiply by this patient's weight or surface."
        raise SentenceError(dose[0], "is a dose by weight or surface", way_out)
    found: dict[str, re.Match[str]] = {}
    clauses = rest[dose.end() :]
    while clauses := clauses.lstrip(" \t,;"):
        name, match = _clause(clauses, text)
        part = _PARTS.get(name, name)
        if any(_PARTS.get(other, other) == part for other in found):
            raise SentenceError(match[0], f"says {_SAID[part]} a second time", "Leave one of the two out.")
        found[name] = match
        clauses = clauses[match.end() :]
    read = _read(drug, f"{dose[1]} {dose[2]}", found)
    _whole(text, read, found)
    return read


def _doseless(text: str, rest: str, drug: str | None) -> SentenceError:
    """Why no dose stands where one is expected: there is none, it is below zero, or it comes too late."""
    if re.match(rf"-\s*{_NUMBER}", rest):
        return SentenceError(text, "gives a dose below zero", "Write the mass of one dose, such as 250 mg.")
    words = re.search(rf"(?<![\w.])({_NUMBER})\s*(?:[kmunµ]|mc)?g{_END}", rest)
    if words is not None:
        after = f"right after {drug}" if drug else "first, or right after the drug"
        return SentenceError(text, f"does not give its dose, {words[0]}, {after}", _FORM)
    return SentenceError(text, "gives no dose" if drug else "begins with no dose")


def _named(text: str, drugs: Sequence[str]) -> str | None:
    """The drug a line begins with, None where it begins with its dose."""
    for name in sorted(drugs, key=len, reverse=True):
        if text.startswith(f"{name} "):
            return name
    if _DOSE.match(text) or not text:
        return None
    strange = re.split(rf"\s+(?=-?{_NUMBER}\s*[A-Za-zµ%])", text)[0]
    if strange == text or strange.split()[0].lower() in _WORDS:
        raise _doseless(text, text, text if text in drugs else None)
    near = get_close_matches(strange, drugs, n=1)
    listed = f"Known: {', '.join(f'{name!r}' for name in drugs[:12])}.".replace("'", '"') if drugs else _FORM
    raise SentenceError(strange, "is no drug of this case", f'Did you mean "{near[0]}"?' if near else listed)


def _clause(text: str, whole: str) -> tuple[str, re.Match[str]]:
    """The clause a text begins with."""
    for name, pattern in _CLAUSES.items():
        if match := pattern.match(text):
            return name, match
    if re.match(r"(?:and|on)\s+days?\b", text):
        raise SentenceError(text, "is not understood here", "Write a line for each day, or how often and for how many doses.")
    word = text.split()[0].strip(",;")
    near = get_close_matches(word.lower(), [known for known in _WORDS if known != word.lower()], n=1, cutoff=0.7)
    raise SentenceError(text, "is not understood here", f'Did you mean "{near[0]}"? {_FORM}' if near else _FORM)


def _read(drug: str | None, dose: str, found: dict[str, re.Match[str]]) -> Sentence:
    """The parts of the clauses."""
    every = None
    if "often" in found:
        every = _OFTEN[" ".join(found["often"][1].lower().split())]
    elif "short" in found:
        every = f"{found['short'][1]} {_LETTERS[found['short'][2].lower()]}"
    elif "every" in found:
        every = found["every"][1]
    start = found.get("start") or found.get("day")
    return Sentence(
        drug, dose, every=every,
        route=ROUTES[found["route"][1].lower()] if "route" in found else None,
        infusion=found["infusion"][1] if "infusion" in found else None,
        on=found["cycle"][1] if "cycle" in found else None, off=found["cycle"][2] if "cycle" in found else None,
        start=_time(start[1]) if start else None,
        until=_time(found["until"][1]) if "until" in found else None,
        doses=int(found["count"][1]) if "count" in found else None,
        length=found["length"][1] if "length" in found else None,
    )  # fmt: skip


def _time(text: str) -> str:
    """A day as a quantity."""
    return f"{text.split()[1]} d" if text.lower().startswith("day") else text


def _whole(text: str, read: Sentence, found: dict[str, re.Match[str]]) -> None:
    """Raises SentenceError where the parts of a line do not go together."""
    ends = read.until or read.doses is not None or read.length
    if "once" in found and (ends or read.on):
        raise SentenceError(text, "is given once and yet goes on", 'Leave "once" out, or the rest.')
    if read.every is None and "once" not in found and (ends or read.on or "day" not in found):
        raise SentenceError(text, "does not say how often", 'Add "every 24 h", or "once".')
    if read.doses == 0:
        raise SentenceError(found["count"][0], "is no dose", "Write for 1 dose or more.")
    if read.on and read.doses is not None:
        raise SentenceError(text, "counts doses and days on and off", 'Say "until day ..." in place of the doses.')


def said(line: Sentence) -> str:
    """The line in words, which `sentence` reads back.

    >>> said(Sentence("cisplatin", "130 mg", "intravenous", "1 h", "3 weeks", start="0 d", doses=4))
    'cisplatin 130 mg intravenous over 1 h every 3 weeks from day 0 for 4 doses'
    """
    single = line.every is None
    parts = [
        line.drug, line.dose, line.route, line.infusion and f"over {line.infusion}", "once" if single else f"every {line.every}",
        line.on and f"{line.on} on {line.off} off", line.start and f"{'on' if single else 'from'} {_day(line.start)}",
        line.until and f"until {_day(line.until)}", line.doses and f"for {line.doses} {'dose' if line.doses == 1 else 'doses'}",
        line.length and f"for {line.length}",
    ]  # fmt: skip
    return " ".join(part for part in parts if part)


def _day(text: str) -> str:
    found = re.fullmatch(rf"({_NUMBER})\s*d", text)
    return f"day {found[1]}" if found else text
