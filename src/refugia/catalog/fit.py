"""Whether the parts of a case fit together, and each number its field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import inf

from refugia.catalog import schema
from refugia.catalog.place import Place, suggestion
from refugia.subject import MECHANISMS
from refugia.terms import Parameter

MERITS = ("control", "progression")

_SHARES = {
    "Alteration.cost", "Alteration.rate", "Alteration.standing", "Tolerance.share", "Heterogeneity.inert", "Perfusion.open",
    "Matrix.collagen", "Vessels.reflection", "Solute.reflection", "Kinetics.available", "Drug.unbound",
    "Pore.area", "Slow.room",
}  # fmt: skip
_PH = {"Acid.rim", "Acid.core", "Acid.blood", "Drug.inside", "Drug.outside"}
_FREE = {"Drug.base"}
_ABOVE = {"Matrix.tortuosity": 1.0, "Question.ratio": 1.0, "Wall.leak": 1.0, "Wall.intact": 1.0, "Tolerance.induction": 1.0,
          "Radiation.enhancement": 1.0}  # fmt: skip
_POSITIVE = {
    "Heterogeneity.birth", "Heterogeneity.net", "Heterogeneity.density", "Heterogeneity.oxygen_half", "Site.diameter",
    "Site.detection", "Perfusion.open", "Perfusion.stress_half", "Perfusion.steepness", "Perfusion.stress_length",
    "Vessels.surface", "Vessels.conductivity", "Matrix.fibre", "Matrix.hydraulic", "Oxygen.diffusivity", "Oxygen.consumption",
    "Oxygen.half", "Oxygen.vessel", "Oxygen.exchange", "Solute.radius", "Solute.diffusivity", "Solute.permeability",
    "Kinetics.clearance", "Kinetics.central", "Kinetics.peripheral", "Kinetics.absorption", "Kinetics.available",
    "Drug.unbound", "Drug.molar_mass", "Drug.shrink", "Curve.ec50", "Curve.hill",
    "Delivery.perfusion", "Delivery.pressure", "Nourishment.perfusion", "Loosening.hydraulic", "Decompression.stress_half",
    "Permeation.radius", "Permeation.area", "Onset.rise", "Onset.fall", "Radiation.linear",
    "Radiation.ratio", "Radiation.half",
    "Pore.radius", "Pore.area", "Pores.wall", "Pores.viscosity", "Pores.thermal", "Slow.room",
}  # fmt: skip


_LARGEST = 300.0  # mm: a sphere that no body holds, and of more cells than the samplers of chance were tested for
_SMALLEST = 0.05  # mm: a few dozen cells
HEAVIEST = 1e5  # mg in one dose


def within(description: type, field: str, parameter: Parameter, place: Place, raw: object) -> Parameter:
    """The parameter with the bounds of what its field means, at which draws are truncated.

    Raises InputError where the number, or the interval around it, lies outside them.
    """
    name = f"{description.__name__}.{field}"
    if name in _FREE:
        return parameter
    low = _ABOVE.get(name, 0.0)
    high = 1.0 if name in _SHARES else 14.0 if name in _PH else inf
    reach = [parameter.value, *((parameter.interval.low, parameter.interval.high) if parameter.interval else ())]
    for value in reach:
        shown = raw if isinstance(raw, str) else value
        if name in _POSITIVE and value <= 0.0:
            raise place.refusal(shown, "is not above zero", f"Write a {field} above zero.")
        if name == "Site.diameter" and not _SMALLEST <= value <= _LARGEST:
            raise place.refusal(shown, "is no size of a tumour", f"Write a diameter from {_SMALLEST:g} mm to {_LARGEST:g} mm.")
        if value < low:
            raise place.refusal(shown, "is negative" if low == 0.0 else f"is below {low:g}", f"Write a {field} of {low:g} or more.")
        if value > high:
            reason = f"reaches {value:g}, but {'a share' if high == 1.0 else 'a pH'} ends at {high:g}"
            raise place.refusal(shown, reason, f"Write a {field} from {low:g} to {high:g}.")
    return replace(parameter, least=low, most=high)


def check_tables(read: schema.CaseFile, place: Place) -> None:
    """Raises InputError where the tables of a case name things that are not there, or name them twice."""
    for key, tables in (("sites", read.sites), ("alterations", read.alterations), ("clones", read.clones), ("drugs", read.drugs),
                        ("levers", read.levers)):  # fmt: skip
        _once([table.name for table in tables], place.at(key), "name")
    _known(read.reference, [site.name for site in read.sites], place.at("reference"), "site")
    _mechanisms(read.mechanisms, place.at("mechanisms"))
    _merits(read.question.merits, place.at("question").at("merits"))
    _clones(read, place)
    _drugs(read, place)
    _levers(read, place)


def _once(names: Sequence[str], place: Place, key: str) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise place.at(index).at(key).refusal(name, "is there twice", "Give each one a name of its own.")


def _known(name: str, known: Iterable[str], place: Place, kind: str) -> None:
    names = list(known)
    if name not in names:
        raise place.refusal(name, f"is no {kind} of this case", suggestion(name, names, kind))


def _mechanisms(names: Sequence[str], place: Place) -> None:
    parts = {mechanism.name: mechanism.part_of for mechanism in MECHANISMS}
    joint = {one: (mechanism.name, mechanism.joins) for mechanism in MECHANISMS for one in mechanism.joins}
    if not names:
        raise place.refusal([], "is empty", "Name at least one way out of therapy.")
    for index, name in enumerate(names):
        here = place.at(index)
        if name not in parts:
            wholes = [known for known, whole in parts.items() if whole is None]
            raise here.refusal(name, "is no mechanism", suggestion(name, wholes, "mechanism"))
        if parts[name] is not None:
            raise here.refusal(name, f'is a part of "{parts[name]}" and comes along with it', f'Write "{parts[name]}".')
        if name in names[:index]:
            raise here.refusal(name, "is there twice", "Leave one of the two out.")
        if name in joint and joint[name][0] in names:
            whole, apart = joint[name]
            written = " and ".join(f'"{one}"' for one in apart)
            way_out = f'Write "{whole}" alone, or {written} without it.'
            raise here.refusal(name, f'is lifted with "{whole}", which is listed as well', way_out)


def _merits(names: Sequence[str], place: Place) -> None:
    if not names:
        raise place.refusal([], "is empty", 'Write ["control", "progression"].')
    for index, name in enumerate(names):
        if name not in MERITS:
            raise place.at(index).refusal(name, "is no figure of merit", suggestion(name, MERITS, "figure of merit"))
        if name in names[:index]:
            raise place.at(index).refusal(name, "is there twice", "Leave one of the two out.")


def _clones(read: schema.CaseFile, place: Place) -> None:
    """The first clone is sensitive; each is its own mixture of known alterations; a tolerant one has a genotype to come from."""
    known = [alteration.name for alteration in read.alterations]
    seen: list[tuple[frozenset[str], bool]] = []
    for index, clone in enumerate(read.clones):
        here = place.at("clones").at(index)
        for nth, name in enumerate(clone.alterations):
            _known(name, known, here.at("alterations").at(nth), "alteration")
        state = (frozenset(clone.alterations), clone.tolerant)
        if len(state[0]) < len(clone.alterations) or state in seen:
            raise here.refusal(clone.name, "has the same alterations and tolerance as another, or one twice", "Leave one out.")
        if index == 0 and (clone.alterations or clone.tolerant):
            raise here.refusal(clone.name, "comes first but is not the sensitive clone", "Put the clone without alterations first.")
        if clone.tolerant and (state[0], False) not in seen:
            raise here.refusal(clone.name, "tolerates the drug but its genotype is not listed before it", "List that clone first.")
        seen.append(state)


def _drugs(read: schema.CaseFile, place: Place) -> None:
    """Every drug of the plan is described, in every environment and wall as well; no clone has two curves."""
    names, clones = [drug.name for drug in read.drugs], [clone.name for clone in read.clones]
    for line, here in _lines(read, place):
        _known(line.drug, names, here.at("drug"), "drug")
        if line.route == "oral" and read.drugs[names.index(line.drug)].kinetics.absorption is None:
            way_out = f"Add absorption = ... to the kinetics of {line.drug}."
            raise here.at("route").refusal(line.route, "needs an absorption rate", way_out)
    for index, drug in enumerate(read.drugs):
        felt: list[str] = []
        for nth, curve in enumerate(drug.curves):
            here = place.at("drugs").at(index).at("curves").at(nth).at("clones")
            if not curve.clones:
                raise here.refusal([], "is empty", "Name the clones that respond along this curve.")
            for one, name in enumerate(curve.clones):
                _known(name, clones, here.at(one), "clone")
                if name in felt:
                    raise here.at(one).refusal(name, f"has two curves for {drug.name}", "Leave one of the two out.")
                felt.append(name)
    for key, environment in read.environments.items():
        _covered([s.drug for s in environment.solutes], names, place.at("environments").at(key).at("solutes"))
    for key, wall in read.walls.items():
        _covered([e.drug for e in wall.effluxes], names, place.at("walls").at(key).at("effluxes"))


def _lines(read: schema.CaseFile, place: Place) -> Iterator[tuple[schema.Line, Place]]:
    """Every line by which a drug is given, in the plan and in the levers, and where it stands."""
    for index, line in enumerate(read.plan):
        yield line, place.at("plan").at(index)
    for index, lever in enumerate(read.levers):
        for nth, line in enumerate(lever.gives):
            yield line, place.at("levers").at(index).at("gives").at(nth)


def _levers(read: schema.CaseFile, place: Place) -> None:
    """Levers act at sites, and stop drugs, that are there."""
    sites, drugs = [site.name for site in read.sites], [drug.name for drug in read.drugs]
    for index, lever in enumerate(read.levers):
        here = place.at("levers").at(index)
        for key, named, known, kind in (("sites", lever.sites, sites, "site"), ("stops", lever.stops, drugs, "drug")):
            for nth, name in enumerate(named):
                _known(name, known, here.at(key).at(nth), kind)


def _covered(listed: Sequence[str], drugs: Sequence[str], place: Place) -> None:
    """Each drug is listed once, and nothing else."""
    for index, name in enumerate(listed):
        _known(name, drugs, place.at(index).at("drug"), "drug")
    _once(listed, place, "drug")
    for name in drugs:
        if name not in listed:
            raise place.refusal(name, "is missing", f'Add an entry with drug = "{name}".')
