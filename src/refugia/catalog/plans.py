"""From the lines of a plan, key by key, in words or by file, to regimens."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, inf, isinf
from pathlib import Path
from typing import Protocol

from refugia import treatment
from refugia.catalog import schema
from refugia.catalog.event_files import Asked
from refugia.catalog.events import events
from refugia.catalog.fit import HEAVIEST
from refugia.catalog.place import Place, suggestion
from refugia.catalog.schedule import EXAMPLE, Sentence, SentenceError, sentence

LONGEST = 36_525.0  # days: a century
MOST_DOSES = 10_000
_NEAR = 1e-9  # of an interval: less is rounding


class Quantities(Protocol):
    """What reading a plan needs of the builder of a case."""

    @property
    def file(self) -> schema.CaseFile:
        """The file as it was read."""

    @property
    def place(self) -> Place:
        """Where it stands."""

    @property
    def folder(self) -> Path | None:
        """The directory in which files of doses lie, None where there is none."""

    def quantity(self, raw: object, unit: str, place: Place, need: str = "", most: float = inf) -> float:
        """A quantity of zero or more."""

    def positive(self, raw: object, unit: str, place: Place, need: str = "", most: float = inf) -> float:
        """A quantity above zero."""


Entry = str | schema.Words | schema.Doses | schema.Line


def planned(builder: Quantities, entry: Entry, place: Place) -> tuple[treatment.Regimen, ...]:
    """An entry of the plan itself, which begins before the horizon."""
    lines, horizon = given(builder, entry, place), builder.file.question.horizon
    if 0.0 < _horizon(builder) <= lines[0].start:
        here = place.at("from") if isinstance(entry, schema.Line) else place
        here.refuse(_start(entry, lines[0]), "is not before the horizon", f"Write a day before {horizon}.")
    return lines


def given(builder: Quantities, entry: Entry, place: Place, start: object = None) -> tuple[treatment.Regimen, ...]:
    """The regimens of an entry; words that name no first day begin on `start`. Raises InputError where it does not fit."""
    if isinstance(entry, schema.Line):
        _drug(builder, entry.drug, entry.route, place)
        return (line(builder, entry, place),)
    if isinstance(entry, schema.Doses):
        absorbed = {drug.name: drug.kinetics.absorption is not None for drug in builder.file.drugs}
        lines = events(Asked(entry, absorbed, builder.folder), place)
        if sum(max((min(one.until, _horizon(builder)) - one.start) / one.every, 0.0) for one in lines) > MOST_DOSES:
            raise place.at("events").refusal(entry.events, f"makes more than {MOST_DOSES} doses", "Give fewer before the horizon.")
        return lines
    words = schema.Words.model_construct(given=entry) if isinstance(entry, str) else entry
    return _spoken(builder, words, start, place if isinstance(entry, str) else place.at("given"))


def _start(entry: Entry, first: treatment.Regimen) -> object:
    return entry.start if isinstance(entry, schema.Line) else f"day {first.start:g}"


def _horizon(builder: Quantities) -> float:
    return builder.positive(builder.file.question.horizon, "day", builder.place.at("question").at("horizon"), most=LONGEST)


def _drug(builder: Quantities, name: str, route: str, place: Place) -> None:
    """Raises InputError where there is no such drug, or it cannot be given by that route."""
    drugs = {drug.name: drug for drug in builder.file.drugs}
    if name not in drugs:
        raise place.at("drug").refusal(name, "is no drug of this case", suggestion(name, drugs, "drug"))
    if route == "oral" and drugs[name].kinetics.absorption is None:
        place.at("route").refuse(route, "needs an absorption rate", f"Add absorption = ... to the kinetics of {name}.")


def _spoken(builder: Quantities, words: schema.Words, start: object, place: Place) -> tuple[treatment.Regimen, ...]:
    """A line in words."""
    here, drugs = place.whole(), [drug.name for drug in builder.file.drugs]
    if not isinstance(words.given, str):
        raise here.refusal(words.given, "is not a text", f'Write it like "{EXAMPLE}".')
    try:
        read = sentence(words.given, drugs)
    except SentenceError as trouble:
        raise here.refusal(trouble.value, trouble.reason, trouble.way_out) from None
    drug, route = _one(read.drug, words.drug, "drug", here), _one(read.route, words.route, "route", here)
    if read.start is None and start is None:
        raise here.refusal(words.given, "says no first day", 'Add "from day 0".')
    first = start if read.start is None else read.start
    _drug(builder, drug, route, here)
    spoken = schema.Line.model_construct(
        drug=drug, route=route, dose=read.dose, start=first, every=read.every, until=read.until, infusion=read.infusion
    )
    return _repeated(builder, read, line(builder, spoken, here), here)


def _one(said: str | None, key: str | None, kind: str, place: Place) -> str:
    """The drug or route that a line names, in its words or by its key."""
    if said is not None and key is not None:
        place.refuse(said, f"is a {kind}, and {kind} = ... says it as well", "Leave one of the two out.")
    if said is None and key is None:
        way_out = 'Write "oral" or "intravenous" after the dose.' if kind == "route" else "Begin with its name."
        raise place.refusal(kind, "is missing", way_out)
    return said or key or ""


def _repeated(builder: Quantities, read: Sentence, once: treatment.Regimen, place: Place) -> tuple[treatment.Regimen, ...]:
    """A line in words with its end, as many days on and off as there are before it."""
    if read.doses is not None:
        if read.doses > MOST_DOSES:
            place.refuse(read.doses, f"is more than {MOST_DOSES} doses", "Give fewer.")
        return (replace(once, until=once.start + read.doses * once.every),)
    if read.length is not None:
        length = builder.positive(read.length, "day", place, most=LONGEST)
        once = _ended(replace(once, until=once.start + length))
    if read.on is None:
        return (once,)
    on, off = (builder.positive(days, "day", place, most=LONGEST) for days in (read.on, read.off))
    if once.every > on + _NEAR:
        raise place.refusal(read.every, f"is longer than the {read.on} on", "Write a shorter interval, or more days on.")
    if abs(once.every - on) <= _NEAR:
        return (_ended(replace(once, every=on + off)),)
    end, blocks = min(once.until, _horizon(builder)), list[treatment.Regimen]()
    if (end - once.start) / (on + off) > MOST_DOSES:
        raise place.refusal(read.on, f"on makes more than {MOST_DOSES} blocks", "Write more days.")
    while (start := once.start + len(blocks) * (on + off)) < end:
        blocks.append(_ended(replace(once, start=start, until=min(start + on, once.until))))
    return tuple(blocks)


def line(builder: Quantities, entry: schema.Line, place: Place) -> treatment.Regimen:
    """One line of a plan. Raises InputError where its quantities do not fit."""
    dose = place.part(builder.positive, entry.dose, "mg", place.at("dose"), f"{entry.drug} is dosed by mass", most=HEAVIEST)
    start = place.part(builder.quantity, entry.start, "day", place.at("from"), most=LONGEST)
    until = inf if entry.until is None else place.part(builder.quantity, entry.until, "day", place.at("until"), most=LONGEST)
    every = inf if entry.every is None else place.part(builder.positive, entry.every, "day", place.at("every"))
    infusion = 0.0
    if entry.infusion is not None:
        infusion = place.part(builder.quantity, entry.infusion, "day", place.at("infusion"), most=LONGEST)
    route = treatment.Route(entry.route)
    regimen = treatment.Regimen(entry.drug, route, dose, start, every, until, infusion)
    place.part(_timed, builder, entry, regimen, place)
    place.part(_infused, entry, regimen, place)
    return _ended(regimen)


def _timed(builder: Quantities, entry: schema.Line, read: treatment.Regimen, place: Place) -> None:
    """Raises InputError where the days of a line do not fit."""
    if read.until <= read.start:
        raise place.at("until").refusal(entry.until, "is not after the first dose", f"Write a day after {entry.start}.")
    if (min(read.until, _horizon(builder)) - read.start) / read.every > MOST_DOSES:
        raise place.at("every").refusal(entry.every, f"makes more than {MOST_DOSES} doses", "Write a longer interval.")


def _infused(entry: schema.Line, read: treatment.Regimen, place: Place) -> None:
    """Raises InputError where an infusion does not fit."""
    if read.infusion and read.route is treatment.Route.ORAL:
        route = 'route = "intravenous"' if place.parts else "intravenous"
        way_out = f"Leave it out, or write {route}."
        place.at("infusion").refuse(entry.infusion, "is an infusion by mouth", way_out)
    elif read.infusion > read.every:
        place.at("infusion").refuse(entry.infusion, "lasts longer than the time between doses", "Shorten it.")


def _ended(read: treatment.Regimen) -> treatment.Regimen:
    """The same line without a last dose that only rounding puts before its end: every 8 h until day 5 is 15 doses."""
    if isinf(read.until) or isinf(read.every):
        return read
    count = max(ceil((read.until - read.start) / read.every - _NEAR), 1)
    extra = read.start + count * read.every
    return replace(read, until=extra) if extra < read.until else read
