"""The papers behind the numbers of a result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from refugia.catalog.reader import parameters_of
from refugia.catalog.study import Study
from refugia.course.case import Case
from refugia.course.result import Course
from refugia.dissection.dissect import Dissection
from refugia.terms import Basis, Parameter


def cite(result: Case | Course | Dissection) -> str:
    """The papers behind the numbers of a case, or of a result of one."""
    return citations(parameters_of(result if isinstance(result, Case) else result.case))


def study_citation(study: Study) -> str:
    """The paper that a study is of, with the study that rests on it."""
    return f"{study.cite}\n    study {study.id}: {study.title}"


def citations(parameters: Sequence[Parameter]) -> str:
    """One paragraph a paper, in the order of its key, with the numbers that rest on it."""
    behind: dict[str, list[Parameter]] = defaultdict(list)
    for parameter in parameters:
        behind[parameter.cite.key].append(parameter)
    found = []
    for numbers in sorted(behind.values(), key=lambda numbers: str(numbers[0].cite)):
        found.append(f"{numbers[0].cite}\n    {', '.join(sorted(map(_named, numbers)))}")
    return "\n\n".join(found)


def _named(number: Parameter) -> str:
    """The id of a number, with a mark where its paper did not print it."""
    if number.basis in (Basis.PUBLISHED, Basis.PUBLIC) or number.cite.key in ("assumed", "definition"):
        return number.id
    return f"{number.id} ({number.basis.value} from this)"
