"""Words without numbers: what every floor above may say."""

from refugia.terms.citation import Citation
from refugia.terms.errors import FaultsError, InputError, RefugiaError, legible
from refugia.terms.fields import number, number_units, optional
from refugia.terms.lever import Label, Lever, Moved, Onset, moved, resolving
from refugia.terms.outcome import Outcome
from refugia.terms.parameter import Basis, FloatArray, Interval, Law, Number, Parameter, Per, Spread, Value
from refugia.terms.protocols import Assay, Mechanism, Policy
from refugia.terms.shown import Rows, Shown

__all__ = [
    "Assay",
    "Basis",
    "Citation",
    "FaultsError",
    "FloatArray",
    "InputError",
    "Interval",
    "Label",
    "Law",
    "Lever",
    "Mechanism",
    "Moved",
    "Number",
    "Onset",
    "Outcome",
    "Parameter",
    "Per",
    "Policy",
    "RefugiaError",
    "Rows",
    "Shown",
    "Spread",
    "Value",
    "legible",
    "moved",
    "number",
    "number_units",
    "optional",
    "resolving",
]
