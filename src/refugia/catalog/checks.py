"""Runs the checks of the studies: what the solvers of this package give on a paper's inputs, beside what they must give."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypedDict

from refugia.catalog import computations
from refugia.catalog.study import Amount, Check, Study, read_study, status, study_ids
from refugia.terms import RefugiaError


class Row(TypedDict):
    """One check as it is printed."""

    study: str
    says: str
    expected: float
    computed: float
    within: float
    unit: str
    ok: bool
    basis: str
    status: str


def check(ids: Iterable[str] = ()) -> list[Row]:
    """Every check of the studies of those ids (all studies where none is named), in the order of their files.

    Raises RefugiaError where a study, its computation or one of its results does not exist.

    >>> all(row["ok"] for row in check(["grimes2014_oxygen"]))
    True
    """
    return [row for study in asked(ids) for row in checked(study)]


def asked(ids: Iterable[str] = ()) -> tuple[Study, ...]:
    """The studies of those ids, or all of them where none is named. Raises InputError where one does not exist.

    >>> [study.id for study in asked(["grimes2014_oxygen"])]
    ['grimes2014_oxygen']
    """
    return tuple(map(read_study, tuple(ids) or study_ids()))


def checked(study: Study, progress: Callable[[int, int], None] = lambda done, total: None) -> list[Row]:
    """Every check of one study; `progress` is told how many are done, and of how many, before each and at the end.

    Raises RefugiaError where its computation or one of its results does not exist.
    """
    standing = str(status(study))
    results: dict[tuple[tuple[str, Amount], ...], dict[str, float]] = {}
    rows: list[Row] = []
    for one in study.checks:
        progress(len(rows), len(study.checks))
        inputs = tuple(one.inputs.items())
        if inputs not in results:
            results[inputs] = _computed(study, one)
        if one.key not in results[inputs]:
            known = ", ".join(results[inputs])
            raise RefugiaError(f'{study.id}: "{one.key}" is no result of {study.computes}. Known: {known}.')
        computed = results[inputs][one.key]
        ok = abs(computed - one.expected) <= one.within
        rows.append(Row(study=study.id, says=one.says, expected=one.expected, computed=computed, within=one.within, unit=one.unit,
                        ok=ok, basis=str(one.basis), status=standing))  # fmt: skip
    progress(len(rows), len(rows))
    return rows


def _computed(study: Study, one: Check) -> dict[str, float]:
    """The results of the study's computation on the inputs of one check."""
    function = getattr(computations, study.computes, None)
    if function is None or not getattr(function, "__module__", "").startswith("refugia.catalog."):
        raise RefugiaError(f'{study.id}: there is no computation "{study.computes}".')
    try:
        found: dict[str, float] = function(**one.inputs)
    except TypeError as trouble:
        raise RefugiaError(f"{study.id}: its inputs do not fit {study.computes} ({trouble}).") from trouble
    return found
