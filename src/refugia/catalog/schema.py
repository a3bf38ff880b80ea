"""The shape of a case file: which tables and keys it has. What the numbers mean is checked afterwards."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, WithJsonSchema

from refugia.catalog.clone_tables import Clone, Clones, Reads
from refugia.catalog.place import Place
from refugia.catalog.site_tables import Site
from refugia.catalog.tables import (
    MARK,
    MOST_CLONES,
    MOST_LEVERS,
    MOST_LINES,
    MOST_SITES,
    Name,
    Num,
    Profile,
    Quantity,
    Route,
    Source,
    Table,
    Text,
)
from refugia.catalog.vessels import Angiogenesis


class Meta(Table):
    """Which case it is, and whether its free numbers were calibrated."""

    id: Name
    title: Text
    calibrated: bool
    note: Text = ""
    disease: Name | None = None  # as evidence names it


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
    output: Quantity = Field(None, description="days between the frames of sites in voxels; without it a fiftieth of the horizon")


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
    profile: Profile | None = None  # gene and alteration as evidence names them, such as "EGFR T790M"
    kind: Literal["mutation", "amplification"] = "mutation"
    loss: Num = None


class State(Table):
    """A reversible state of a cell, whatever its genotype; kind says which way out it belongs to."""

    name: Name
    kind: Literal["tolerance", "metabolism", "bypass", "stemness"]
    share: Num
    growth: Num
    spared: Num
    oxygen_half: Num = None
    linear: Num = None
    ratio: Num = None


class Switch(Table):
    """How cells go from one state to another; what is left out adds nothing."""

    start: Name = Field(alias="from")
    end: Name = Field(alias="to")
    drugs: Annotated[list[str], Field(max_length=MOST_LINES)] = Field(default_factory=list)
    rate: Num
    effect: Num = None
    dose: Num = None
    hypoxia: Num = None
    hypoxia_half: Num = None
    steepness: Num = None
    daughters: Num = None
    fraction: Num = None


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


Carried = Annotated[Any, WithJsonSchema({MARK: "slow"})]


class Environment(Table):
    """A breeding ground that sites share by name."""

    surface_pressure: Num
    vessels: Vessels
    perfusion: Perfusion
    matrix: Matrix
    oxygen: Oxygen
    acid: Acid
    solutes: Annotated[list[Solute], Field(max_length=MOST_LINES)]
    pores: Annotated[Any, WithJsonSchema({MARK: "pores"})] = None  # the two are checked where they are built, in `catalog.walls`
    slow: Annotated[list[Carried], Field(max_length=MOST_LINES)] = Field(default_factory=list)
    angiogenesis: Angiogenesis | None = None


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
    """One line of the plan, key by key; without every it is a single dose, without until it goes on."""

    drug: str
    route: Route
    dose: Quantity
    start: Quantity = Field(alias="from")
    every: Quantity = None
    until: Quantity = None
    infusion: Quantity = None


class Words(Table):
    """One line of the plan in words, such as "250 mg oral every 24 h from day 0"; drug and route may stand apart."""

    given: Text
    drug: str | None = None
    route: Route | None = None


class Doses(Table):
    """Doses by a file beside the case: a table of events with TIME and AMT, as NONMEM reads it."""

    events: Text
    drug: str | None = None
    route: Route | None = None
    time: Literal["min", "h", "d"] | None = None
    amount: Literal["ug", "mg", "g"] | None = None


def _form(raw: object) -> str:
    """In which form a line of a plan is written."""
    if not isinstance(raw, dict):
        return "as text"
    return "in words" if "given" in raw else "by file" if "events" in raw else "as keys"


Entries = Annotated[
    list[
        Annotated[
            Annotated[Text, Tag("as text")] | Annotated[Words, Tag("in words")] | Annotated[Doses, Tag("by file")]
            | Annotated[Line, Tag("as keys")],
            Discriminator(_form),
        ]
    ],
    Field(max_length=MOST_LINES),
]  # fmt: skip


class Onset(Table):
    """How the strength of a lever comes and goes."""

    lag: Num
    rise: Num
    fall: Num


class Deed(Table):
    """One of the things that an agent does; which of these keys it needs depends on its kind."""

    kind: Literal["delivery", "nourishment", "matrix", "stress", "pores"]
    perfusion: Num = None
    pressure: Num = None
    collagen: Num = None
    hydraulic: Num = None
    stress_half: Num = None
    radius: Num = None
    area: Num = None


class Lever(Table):
    """A real intervention; which of these keys it needs depends on its kind."""

    name: Name
    kind: Literal["plan", "delivery", "nourishment", "matrix", "stress", "pores", "agent", "pumps", "state", "radiation", "surgery"]
    price: Text
    evidence: Text
    rivals: str = ""
    sites: Annotated[list[str], Field(max_length=MOST_SITES)] = Field(default_factory=list)
    dose: Text = ""
    route: Text = ""
    start: Quantity = Field(default=None, alias="from")
    until: Quantity = None
    stops: Annotated[list[str], Field(max_length=MOST_LINES)] = Field(default_factory=list)
    gives: Entries = Field(default_factory=list)
    onset: Onset | None = None
    perfusion: Num = None
    pressure: Num = None
    collagen: Num = None
    hydraulic: Num = None
    stress_half: Num = None
    radius: Num = None
    area: Num = None
    does: Annotated[list[Deed], Field(min_length=1, max_length=MOST_LEVERS)] | None = None
    shares: Annotated[list[float], Field(min_length=1, max_length=MOST_LEVERS)] | None = None
    blocked: Annotated[list[float], Field(min_length=1, max_length=MOST_LEVERS)] | None = None
    closes: Annotated[list[str], Field(min_length=1, max_length=MOST_CLONES)] | None = None
    entry: Num = None
    exit: Num = None
    spared: Num = None
    days: Annotated[list[Quantity], Field(min_length=1, max_length=1000)] | None = None
    fraction: Quantity = None
    linear: Num = None
    ratio: Num = None
    enhancement: Num = None
    half: Num = None


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
    clones: Clones
    states: Annotated[list[State], Field(max_length=MOST_CLONES)] = Field(default_factory=list)
    switches: Annotated[list[Switch], Field(max_length=MOST_LINES)] = Field(default_factory=list)
    environments: dict[Name, Environment]
    walls: dict[Name, Wall] = Field(default_factory=dict)
    drugs: Annotated[list[Drug], Field(min_length=1, max_length=MOST_LINES)]
    plan: Annotated[Entries, Field(min_length=1)]
    levers: Annotated[list[Lever], Field(max_length=MOST_LEVERS)] = Field(default_factory=list)
    citations: Annotated[list[Source], Field(max_length=1000)] = Field(default_factory=list)

    def genotypes(self, place: Place) -> tuple[list[Clone], Place]:
        """The clones that the case itself describes, and where in the file they stand."""
        here = place.at("clones")
        return (self.clones.genotypes, here.at("genotypes")) if isinstance(self.clones, Reads) else (self.clones, here)
