"""The shape of a case file: which tables and keys it has. What the numbers mean is checked afterwards.

A number of the world (`Num`) is "param:ID" or an inline table; a quantity (`Quantity`) is a text such as "250 mg".
"""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from refugia.catalog.place import Place, suggestion
from refugia.terms import InputError

Num = Any
Quantity = Any
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 +_.\-]{0,39}$")]
Text = Annotated[str, StringConstraints(max_length=1000)]

Model = TypeVar("Model", bound=BaseModel)
MOST_SITES, MOST_CLONES, MOST_LINES = 64, 32, 64


class Table(BaseModel):
    """A table of a file: nothing unknown in it, nothing converted behind the back."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Interval(Table):
    """What is known of a number: its law and 95 % range, or bounds."""

    law: Literal["normal", "lognormal", "log10normal", "uniform", "loguniform"]
    low: float
    high: float


class Spread(Table):
    """How patients or lesions differ: law, width and cuts."""

    law: Literal["normal", "lognormal", "log10normal"]
    width: float
    low: float | None = None
    high: float | None = None
    per: Literal["patient", "lesion"] = "patient"


class Inline(Table):
    """A number with its source, written where it is used; interval and cuts are in the unit of the value."""

    value: Any
    cite: Text
    where: Text
    basis: Literal["published", "public data or code", "computed", "assumed"]
    says: Text = ""
    interval: Interval | None = None
    spread: Spread | None = None


class Entry(Inline):
    """A number of the catalogue: the same, with its unit apart."""

    says: Text
    value: float
    unit: Text


class Source(Table):
    """A source of the user's own, beside those of the bibliography."""

    key: Name
    authors: Text
    title: Text
    venue: Text = ""
    year: int
    link: Text = ""


class Meta(Table):
    """Which case it is, and whether its free numbers were calibrated."""

    id: Name
    title: Text
    calibrated: bool
    note: Text = ""


class Question(Table):
    """How far to look, by which merits, and what counts as progression."""

    horizon: Quantity
    merits: list[str]
    scans: Annotated[list[Quantity], Field(max_length=1000)] | None = None
    ratio: Num
    increase: Num
    reading_error: Num


class Settings(Table):
    """How finely the case is computed."""

    step: Quantity
    shells: int
    nodes: int
    moved: float


class Site(Table):
    """One tumour-bearing place; environment and wall are named."""

    name: Name
    organ: Name
    presence: Literal["seen", "occult"]
    diameter: Num
    detection: Num
    environment: str
    wall: str | None = None
    surface_pressure: Num = None


class Growth(Table):
    """Turnover of untreated tumour."""

    birth: Num
    net: Num
    density: Num
    inert: Num
    mobility: Num
    oxygen_half: Num


class Tolerance(Table):
    """The reversible state in which the drug does nothing."""

    share: Num
    growth: Num
    entry: Num
    induction: Num
    exit: Num


class Alteration(Table):
    """A resistance alteration."""

    name: Name
    cost: Num
    rate: Num
    standing: Num


class Clone(Table):
    """A genotype, tolerant or not."""

    name: Name
    alterations: list[str]
    tolerant: bool = False


class Vessels(Table):
    """Exchange surface and leak of the vessels."""

    surface: Num
    conductivity: Num
    pressure: Num
    reflection: Num
    osmotic_blood: Num
    osmotic_tissue: Num


class Perfusion(Table):
    """The share of vessels that carry blood, by depth."""

    open: Num
    stress_half: Num
    steepness: Num
    stress_length: Num


class Matrix(Table):
    """Collagen, and the conductivity of the tissue."""

    collagen: Num
    fibre: Num
    tortuosity: Num
    hydraulic: Num


class Oxygen(Table):
    """Supply and consumption of oxygen."""

    diffusivity: Num
    consumption: Num
    half: Num
    vessel: Num
    exchange: Num


class Acid(Table):
    """Extracellular pH from rim to core."""

    rim: Num
    core: Num
    blood: Num


class Solute(Table):
    """How a drug leaves the vessel and moves through tissue."""

    drug: str
    radius: Num
    diffusivity: Num
    permeability: Num
    reflection: Num
    sink: Num


class Environment(Table):
    """A breeding ground that sites share by name."""

    surface_pressure: Num
    vessels: Vessels
    perfusion: Perfusion
    matrix: Matrix
    oxygen: Oxygen
    acid: Acid
    solutes: Annotated[list[Solute], Field(max_length=MOST_LINES)]
    pores: Any = None  # the two are checked where they are built, in `catalog.walls`
    slow: Annotated[list[Any], Field(max_length=MOST_LINES)] = Field(default_factory=list)


class Efflux(Table):
    """What a wall does to one drug."""

    drug: str
    pgp: Num
    bcrp: Num
    bulk: Num


class Wall(Table):
    """A safe haven that sites share by name."""

    leak: Num
    intact: Num
    rim: Num
    effluxes: Annotated[list[Efflux], Field(max_length=MOST_LINES)]


class Kinetics(Table):
    """What is left out: no second compartment, no lag, apparent values, no absorption."""

    clearance: Num
    central: Num
    exchange: Num = None
    peripheral: Num = None
    absorption: Num = None
    lag: Num = None
    available: Num = None


class Curve(Table):
    """The concentration response of some clones."""

    clones: list[str]
    ec50: Num
    hill: Num


class Drug(Table):
    """A drug; base = "none" where it does not ionise."""

    name: Name
    unbound: Num
    molar_mass: Num
    base: Num
    inside: Num
    outside: Num
    shrink: Num
    kinetics: Kinetics
    curves: Annotated[list[Curve], Field(max_length=MOST_LINES)]


class Line(Table):
    """One line of the plan; without every it is a single dose, without until it goes on."""

    drug: str
    route: Literal["oral", "intravenous"]
    dose: Quantity
    start: Quantity = Field(alias="from")
    every: Quantity = None
    until: Quantity = None
    infusion: Quantity = None


class CaseFile(Table):
    """A whole case file."""

    reference: str
    mechanisms: Annotated[list[str], Field(max_length=MOST_LINES)]
    meta: Meta
    question: Question
    settings: Settings
    sites: Annotated[list[Site], Field(min_length=1, max_length=MOST_SITES)]
    growth: Growth
    tolerance: Tolerance
    alterations: Annotated[list[Alteration], Field(max_length=MOST_CLONES)]
    clones: Annotated[list[Clone], Field(min_length=1, max_length=MOST_CLONES)]
    environments: dict[str, Environment]
    walls: dict[str, Wall] = Field(default_factory=dict)
    drugs: Annotated[list[Drug], Field(min_length=1, max_length=MOST_LINES)]
    plan: Annotated[list[Line], Field(min_length=1, max_length=MOST_LINES)]
    citations: Annotated[list[Source], Field(max_length=1000)] = Field(default_factory=list)


_TYPES = {
    "string_type": ("is not a text", 'Put it in quotes, like "lung".'),
    "bool_type": ("is neither true nor false", "Write true or false, without quotes."),
    "int_type": ("is not a whole number", "Write a whole number, without quotes or a point."),
    "float_type": ("is not a number", "Write a number, without quotes."),
    "finite_number": ("is not a finite number", "Write a number that is neither infinite nor undefined."),
    "list_type": ("is not a list", "Write it as [ ... ], or as tables with double brackets."),
    "dict_type": ("is not a table", "Write it as a table of keys and values."),
    "model_type": ("is not a table", "Write it as a table of keys and values."),
    "string_pattern_mismatch": ("is no name", "Use up to 40 letters, digits, blanks, +, -, _ and points."),
    "string_too_long": ("is too long", "Say it in fewer words."),
}  # fmt: skip


def checked(model: type[Model], table: object, place: Place) -> Model:
    """The table as that model. Raises InputError at the first thing that does not fit."""
    try:
        return model.model_validate(table)
    except ValidationError as trouble:
        first = trouble.errors(include_url=False)[0]
        raise _refusal(model, dict(first), place) from None


def _refusal(model: type[BaseModel], error: dict[str, Any], place: Place) -> InputError:
    """One pydantic error as a sentence."""
    *outer, last = error["loc"] or ("",)
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    parent = place
    for step in outer:
        parent = parent.at(step)
    if kind == "missing":
        return parent.refusal(last, "is missing", f"Add {last} = ... there.")
    if kind == "extra_forbidden":
        return parent.refusal(last, "is not known here", suggestion(str(last), _keys(model, outer), "key"))
    here = parent.at(last) if last != "" else parent
    if kind == "literal_error":
        return here.refusal(value, "is not one of the words known here", f"Write {context['expected']}.")
    if kind == "too_long":
        return here.refusal(value, f"is longer than the {context['max_length']} allowed", "Leave some out.")
    if kind == "too_short":
        return here.refusal(value, "is empty", "Describe at least one.")
    reason, way_out = _TYPES.get(kind, (f"was refused ({error['msg']})", "See the example case in the catalogue."))
    return here.refusal(value, reason, way_out)


def _keys(model: type[BaseModel], steps: list[str | int]) -> list[str]:
    """The keys that the table at the end of the steps may have."""
    kind: Any = model
    for step in steps:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            named = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
            kind = _inner(named.get(str(step)))
        else:
            kind = _inner(get_args(kind)[-1] if get_args(kind) else None)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [field.alias or name for name, field in kind.model_fields.items()]
    return []


def _inner(kind: Any) -> Any:
    """The annotation without `Annotated` and without `| None`."""
    if get_origin(kind) is Annotated:
        return _inner(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return _inner(next(part for part in get_args(kind) if part is not type(None)))
    return kind
