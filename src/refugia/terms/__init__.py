"""Words without numbers: what every floor above may say."""

from refugia.terms.citation import Citation
from refugia.terms.errors import InputError, RefugiaError
from refugia.terms.fields import number, number_units
from refugia.terms.outcome import Outcome
from refugia.terms.parameter import Basis, FloatArray, Interval, Law, Number, Parameter, Per, Spread, Value
from refugia.terms.protocols import Assay, Lever, Mechanism, Policy

__all__ = [
    "Assay",
    "Basis",
    "Citation",
    "FloatArray",
    "InputError",
    "Interval",
    "Law",
    "Lever",
    "Mechanism",
    "Number",
    "Outcome",
    "Parameter",
    "Per",
    "Policy",
    "RefugiaError",
    "Spread",
    "Value",
    "number",
    "number_units",
]
