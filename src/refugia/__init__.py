"""refugia: by which ways out does a tumour escape its therapy, and what would close each of them?

Ten lines to an answer:

    import refugia as rf
    case = rf.case("egfr-lung")
    course = rf.simulate(case, seed=7)
    why = rf.dissect(case, replicates=16, seed=7)
    print(why.shares)
    print(rf.cite(why))
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_FACE = {
    "Case": "refugia.course.case",
    "Citation": "refugia.terms",
    "Course": "refugia.course.result",
    "Dissection": "refugia.dissection.dissect",
    "InputError": "refugia.terms",
    "Interaction": "refugia.dissection.attribution",
    "Interval": "refugia.terms",
    "Mechanism": "refugia.terms",
    "Outcome": "refugia.terms",
    "Parameter": "refugia.terms",
    "Patients": "refugia.course.patients",
    "RefugiaError": "refugia.terms",
    "Share": "refugia.dissection.attribution",
    "Spread": "refugia.terms",
    "Subject": "refugia.subject",
    "case": "refugia.catalog.face",
    "cases": "refugia.catalog.face",
    "check_studies": "refugia.catalog.face",
    "cite": "refugia.report.citations",
    "dataset": "refugia.report.dataset",
    "dissect": "refugia.dissection.dissect",
    "html": "refugia.report.notebook",
    "parameters": "refugia.catalog.face",
    "plot": "refugia.report.notebook",
    "read_case": "refugia.catalog.reader",
    "rescue": "refugia.dissection.rescue",
    "simulate": "refugia.course.result",
}

__all__ = [
    "Case",
    "Citation",
    "Course",
    "Dissection",
    "InputError",
    "Interaction",
    "Interval",
    "Mechanism",
    "Outcome",
    "Parameter",
    "Patients",
    "RefugiaError",
    "Share",
    "Spread",
    "Subject",
    "__version__",
    "case",
    "cases",
    "check_studies",
    "cite",
    "dataset",
    "dissect",
    "html",
    "parameters",
    "plot",
    "read_case",
    "rescue",
    "simulate",
]

if TYPE_CHECKING:
    from refugia.catalog.face import case, cases, check_studies, parameters
    from refugia.catalog.reader import read_case
    from refugia.course.case import Case
    from refugia.course.patients import Patients
    from refugia.course.result import Course, simulate
    from refugia.dissection.attribution import Interaction, Share
    from refugia.dissection.dissect import Dissection, dissect
    from refugia.dissection.rescue import rescue
    from refugia.report.citations import cite
    from refugia.report.dataset import dataset
    from refugia.report.notebook import html, plot
    from refugia.subject import Subject
    from refugia.terms import Citation, InputError, Interval, Mechanism, Outcome, Parameter, RefugiaError, Spread


def __getattr__(name: str) -> Any:
    """Hand on a name of the face when it is first asked for."""
    if name not in _FACE:
        raise AttributeError(f"module 'refugia' has no attribute {name!r}")
    return getattr(import_module(_FACE[name]), name)


def __dir__() -> list[str]:
    """The names of the face."""
    return sorted(__all__)
