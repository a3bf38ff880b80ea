"""What a run would hold in memory, told before any of it is taken: a run that cannot fit is refused, and not killed half-way."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from math import ceil, floor, inf
from pathlib import Path

from refugia.course.case import Case
from refugia.subject import Subject
from refugia.terms import RefugiaError
from refugia.treatment import Regimen
from refugia.treatment.lower import BLOCK

WORD = 8  # bytes of a number
_POINT, _SLOT, _LEVEL, _LAID = 24, 12, 5, 3
"""How many numbers are held at once for each point of a plasma course, each slot of a block of them, each level of a table of
plasma and each volume laid out body by body: counted in the code of lowering, and checked against what runs were seen to take."""


def room() -> float:
    """Bytes of memory that this process may have: those of the machine, or fewer where it is held to less; inf where unknown."""
    found = [inf]
    with suppress(AttributeError, OSError, ValueError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(OSError, ValueError):  # no such group, or no limit in it
        found.append(int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    with suppress(ImportError, OSError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        found.append(limit if limit != resource.RLIM_INFINITY else inf)
    return min(found)


def doses_of(line: Regimen, horizon: float) -> int:
    """How many doses of a line fall before the horizon."""
    span = min(line.until, horizon) - line.start
    return 0 if span <= 0.0 else 1 if line.every == inf else floor(span / line.every) + 1


def plasma_of(case: Case, bodies: Sequence[Subject], patients: int, steps: int) -> int:
    """Bytes that the plasma of every distinct plan takes, and the making of it."""
    plans, nodes, horizon = {body.plan for body in bodies}, case.settings.nodes, case.question.horizon
    drugs = {drug for body in bodies for drug in body.given}
    levels = _LEVEL * len(plans) * patients * steps * max(len(drugs), 1) * nodes
    making = 0
    for plan in plans:
        for drug in drugs:
            lines = [line for line in plan if line.drug == drug]
            points = sum(2 * doses_of(line, horizon) for line in lines) + steps
            within = min(points, 2 + sum(ceil(min(case.settings.step / line.every, points)) + 1 for line in lines))
            making = max(making, _POINT * points * patients + _SLOT * min(BLOCK, patients) * steps * within * nodes)
    return WORD * (levels + making)


def check_plasma(case: Case, bodies: Sequence[Subject], patients: int, steps: int) -> None:
    """Raises RefugiaError where the tables of plasma would not fit into the memory of this machine."""
    _check(plasma_of(case, bodies, patients, steps), f"plasma of {patients} patients through {steps} steps")
    check_courses((len(bodies), patients, len(case.subject.sites)), 0, steps, 0)


def check_courses(shape: tuple[int, ...], rows: int, steps: int, kept: int) -> None:
    """Raises RefugiaError where what is kept of courses would not fit.

    `shape` is (bodies, patients, sites); `rows` site-courses are run, and a recorder keeps `kept` bytes of each.
    """
    bodies, patients, sites = shape
    volumes = WORD * (steps + 1) * (2 * rows + _LAID * bodies * patients * sites)
    said = f"courses of {sites} sites in {patients} patients and {bodies} bodies through {steps} steps"
    _check(volumes + 3 * rows * kept, said)


def _check(need: int, of: str) -> None:
    there = room()
    if need > there:
        raise RefugiaError(
            f"This run needs about {_said(need)} of memory, for the {of}, and there are {_said(there)}. Nothing was begun. Ask for "
            "fewer patients, a longer step, a nearer horizon, or fewer shells and nodes."
        )


def _said(size: float) -> str:
    """Bytes as they are read.

    >>> _said(3.2e9), _said(1.5e13)
    ('3.2 GB', '15000 GB')
    """
    return f"{size / 1e9:.2g} GB" if size < 1e11 else f"{size / 1e9:.0f} GB"
