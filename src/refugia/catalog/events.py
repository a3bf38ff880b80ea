"""Doses by file: a table of events beside the case, a row each, with the columns that NONMEM gives them.

TIME and AMT (their units in brackets behind the name, or stated in the case); RATE, II with ADDL, EVID, ROUTE or CMT, DRUG where
they are needed. ID, DV, MDV and C may stand there and are not used, but a case is one patient.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

from refugia import treatment
from refugia.catalog.event_files import MOST_ROWS, NOTHING, Asked, Table, count, number, path_of, row_place, table_of, text_of
from refugia.catalog.faults import FAULTY, AlreadyRefusedError
from refugia.catalog.fit import HEAVIEST
from refugia.catalog.place import Place, suggestion
from refugia.catalog.schedule import ROUTES

_LONGEST = 36_525.0  # days: a century
_NEAR = 1e-9  # days: rounding
_EVENTS = {
    2: "is another event, such as a change of a covariate", 3: "empties the body, which no plan can do",
}  # fmt: skip


def events(asked: Asked, place: Place) -> tuple[treatment.Regimen, ...]:
    """The regimens of a file of doses. Raises InputError where it cannot be read, with the line and the column."""
    here = place.at("events")
    path = path_of(asked, here)
    table = table_of(text_of(path, asked.entry.events, here), asked, str(path), here)
    read: list[treatment.Regimen | None] = []
    before, dosed, sound = -inf, False, True
    for line, row in table.rows:
        at = row_place(here, str(path), line)
        read.append(at.part(_event, asked, table, row, at))
        day = at.part(_sorted, table, row, before, at)
        at.part(_reset, row, dosed, at)
        dosed = dosed or read[-1] is not None
        sound = sound and read[-1] is not FAULTY and day is not FAULTY
        before = before if day is FAULTY else day
    if not sound:
        raise AlreadyRefusedError
    found = [one for one in read if one is not None]
    if not found:
        raise here.refusal(asked.entry.events, "gives no dose", "Add a row with TIME, and AMT above zero.")
    return _joined(found)


def _sorted(table: Table, row: Mapping[str, str], before: float, place: Place) -> float:
    """The day of a row, which is not before the row above it."""
    day = number(table, row, "TIME", "day", place)
    if day < before:
        place.at("TIME").refuse(row["TIME"], "is before the row above it", "Sort the rows by TIME.")
    return max(day, before)


def _event(asked: Asked, table: Table, row: Mapping[str, str], place: Place) -> treatment.Regimen | None:
    """The regimen of a row, None where it gives no dose. Raises InputError where it does not fit."""
    dose = place.part(number, table, row, "AMT", "mg", place, HEAVIEST)
    start = place.part(number, table, row, "TIME", "day", place, _LONGEST)
    place.part(_patient, table, row, place)
    if not place.part(_given, row, dose, place):
        return None
    drug = place.part(_drug, asked, row, place)
    route = place.part(_route, asked, drug, row, place)
    rate = place.part(number, table, row, "RATE", "mg/day", place)
    every = place.part(number, table, row, "II", "day", place, _LONGEST)
    more = place.part(count, row, "ADDL", place, MOST_ROWS)
    infusion = dose / rate if rate else 0.0
    if infusion and route is treatment.Route.ORAL:
        raise place.at("RATE").refusal(row["RATE"], "is an infusion by mouth", "Write 0, or another ROUTE.")
    if infusion > _LONGEST:
        raise place.at("RATE").refusal(row["RATE"], "makes an infusion longer than a century", "Check the unit of the column.")
    if more and not every:
        raise place.at("II").refusal(row.get("II", ""), "is no interval between additional doses", "Write one above zero.")
    if not more:
        return treatment.Regimen(drug, route, dose, start, inf, inf, infusion)
    if infusion > every:
        raise place.at("RATE").refusal(row["RATE"], "makes infusions longer than II", "Write a faster RATE or a longer II.")
    return treatment.Regimen(drug, route, dose, start, every, start + (more + 1) * every, infusion)


def _patient(table: Table, row: Mapping[str, str], place: Place) -> None:
    """Raises InputError where a row is of another patient, or asks for a steady state."""
    first = table.rows[0][1].get("ID", "")
    if row.get("ID", "") != first:
        place.at("ID").refuse(row.get("ID", ""), f'is not "{first}" as above', "A case is one patient: keep the rows of one ID.")
    if row.get("SS", "") not in (*NOTHING, "0"):
        place.at("SS").refuse(row["SS"], "asks for a steady state", "Write 0, and the doses that lead there.")


def _reset(row: Mapping[str, str], later: bool, place: Place) -> None:
    """Raises InputError where a row empties a body that holds drug."""
    if later and row.get("EVID", "").split(".")[0] == "4":
        way_out = "Write 1, if what was given before is still there."
        place.at("EVID").refuse("4", "empties the body before this dose, which no plan can do", way_out)


def _given(row: Mapping[str, str], dose: float, place: Place) -> bool:
    """Whether a row gives a dose; without EVID, it does where AMT is above zero."""
    if row.get("EVID", "") in NOTHING:
        return dose > 0.0
    kind, here = count(row, "EVID", place), place.at("EVID")
    if kind in (1, 4) and dose == 0.0:
        raise place.at("AMT").refusal(row.get("AMT", ""), f"is no dose, though EVID is {kind}", "Write one above zero, or EVID 0.")
    if kind == 0 and dose > 0.0:
        raise here.refusal(row["EVID"], "is an observation, but AMT is a dose", "Write EVID 1, or AMT 0.")
    if kind not in (0, 1, 4):
        reason = _EVENTS.get(kind, "is no kind of event")
        raise here.refusal(row["EVID"], reason, "Leave the row out, or write 0 (no dose), 1 (a dose) or 4 (a first dose).")
    return kind != 0


def _drug(asked: Asked, row: Mapping[str, str], place: Place) -> str:
    """The drug of a row, from its cell or from the key in the case."""
    cell = row.get("DRUG", "")
    name = asked.entry.drug if cell in NOTHING else cell
    if name is None:
        raise place.at("DRUG").refusal(cell, "names no drug", "Add a column DRUG, or drug = ... in the case.")
    if name not in asked.absorbed:
        raise place.at("DRUG").refusal(name, "is no drug of this case", suggestion(name, asked.absorbed, "drug"))
    return name


def _route(asked: Asked, drug: str, row: Mapping[str, str], place: Place) -> treatment.Route:
    """The route of a row: ROUTE, or the key in the case, or else CMT, where 1 is the depot of a drug that is absorbed."""
    cell, compartment, absorbed = row.get("ROUTE", ""), row.get("CMT", ""), asked.absorbed[drug]
    if cell not in NOTHING:
        word = ROUTES.get(cell.lower())
        if word is None:
            raise place.at("ROUTE").refusal(cell, "is no route", 'Write "oral" or "intravenous".')
    elif asked.entry.route is not None:
        word = asked.entry.route
    elif compartment in NOTHING:
        raise place.at("ROUTE").refusal(cell, "names no route", "Add a column ROUTE or CMT, or route = ... in the case.")
    else:
        meant = {"1": "oral", "2": "intravenous"} if absorbed else {"1": "intravenous"}
        word = meant.get(compartment)
        if word is None:
            listed = "1 is its depot (oral), 2 its central compartment" if absorbed else "1 is its central compartment"
            reason = f"is no compartment of {drug} that takes doses"
            raise place.at("CMT").refusal(compartment, reason, f"Write the one meant: {listed}; or add a column ROUTE.")
    if word == "oral" and not absorbed:
        way_out = f"Add absorption = ... to the kinetics of {drug}."
        raise place.at("ROUTE").refusal(word, "needs an absorption rate", way_out)
    return treatment.Route(word)


def _joined(rows: Sequence[treatment.Regimen]) -> tuple[treatment.Regimen, ...]:
    """The same doses in fewer lines: three or more single doses that follow each other evenly are one line that repeats."""
    kinds: dict[tuple[object, ...], list[treatment.Regimen]] = {}
    for row in rows:
        kinds.setdefault((row.drug, row.route, row.dose, row.infusion, row.every == inf), []).append(row)
    found: list[treatment.Regimen] = []
    for (*_, single), same in kinds.items():
        while same:
            run = _even(same) if single else 1
            found.append(_run(same[:run]) if run > 1 else same[0])
            same = same[run:]
    return tuple(sorted(found, key=lambda one: one.start))


def _even(rows: Sequence[treatment.Regimen]) -> int:
    """How many of the first rows follow each other evenly, infusions one after the other; 1 where it is fewer than three."""
    if len(rows) < 3 or (every := rows[1].start - rows[0].start) <= max(rows[0].infusion, _NEAR):
        return 1
    run = 2
    while run < len(rows) and abs(rows[run].start - rows[0].start - run * every) <= _NEAR:
        run += 1
    return run if run > 2 else 1


def _run(rows: Sequence[treatment.Regimen]) -> treatment.Regimen:
    first, every = rows[0], rows[1].start - rows[0].start
    return treatment.Regimen(
        first.drug, first.route, first.dose, first.start, every, first.start + len(rows) * every, first.infusion
    )
