"""Whether the parts of a case fit together, and each number its field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import inf

from refugia.catalog import schema
from refugia.catalog.evidence.profiles import profile
from refugia.catalog.place import Place, suggestion
from refugia.catalog.site_tables import Site as SiteTable
from refugia.catalog.states import check_states
from refugia.catalog.voxels import check_voxels
from refugia.clones import BASAL, Heterogeneity
from refugia.subject import MECHANISMS, Presence, Site
from refugia.terms import Number, Parameter

MERITS = ("control", "progression")

_SHARES = {
    "Alteration.cost", "Alteration.rate", "Alteration.standing", "Tolerance.share", "Heterogeneity.inert", "Perfusion.open",
    "Matrix.collagen", "Vessels.reflection", "Solute.reflection", "Kinetics.available", "Drug.unbound",
    "Pore.area", "Slow.room", "Alteration.loss", "State.share", "State.spared", "Switch.daughters", "Closure.entry",
}  # fmt: skip
_SIGNED = {"Switch.effect", "Switch.dose", "Switch.hypoxia"}
_PH = {"Acid.rim", "Acid.core", "Acid.blood", "Drug.inside", "Drug.outside"}
_PKA = {"Drug.base"}
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
    "State.linear", "State.ratio", "Switch.hypoxia_half", "Switch.steepness",
    "Angiogenesis.parents", "Angiogenesis.apart", "Angiogenesis.radius", "Angiogenesis.signal_diffusivity",
    "Angiogenesis.signal_decay", "Angiogenesis.hypoxia_half", "Angiogenesis.matrix_reach", "Angiogenesis.branching_half",
    "Angiogenesis.survival",
}  # fmt: skip


_LARGEST = 300.0  # mm: a sphere that no body holds, and of more cells than the samplers of chance were tested for
_SMALLEST = 0.05  # mm: a few dozen cells
_LOWEST, _HIGHEST = -20.0, 40.0  # pKa: beyond any acid and any base
HEAVIEST = 1e5  # mg in one dose


def within(description: type, field: str, parameter: Parameter, place: Place, raw: object) -> Parameter:
    """The parameter with the bounds of what its field means, at which draws are truncated.

    Raises InputError where the number, or the interval around it, lies outside them.
    """
    name = f"{description.__name__}.{field}"
    low = _LOWEST if name in _PKA else -inf if name in _SIGNED else _ABOVE.get(name, 0.0)
    high = 1.0 if name in _SHARES else 14.0 if name in _PH else _HIGHEST if name in _PKA else inf
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
            reason = f"reaches {value:g}, but {'a share' if high == 1.0 else 'a pH' if name in _PH else 'a pKa'} ends at {high:g}"
            raise place.refusal(shown, reason, f"Write a {field} from {low:g} to {high:g}.")
    return replace(parameter, least=low, most=high)


def check_tables(read: schema.CaseFile, place: Place) -> None:
    """Raises InputError where the tables of a case name things that are not there, or name them twice."""
    place.part(_genotypes_once, read, place)
    for key in ("sites", "alterations", "drugs", "levers"):
        place.part(_names_once, read, key, place.at(key))
    place.part(_reference, read, place.at("reference"))
    place.part(_mechanisms, read.mechanisms, place.at("mechanisms"))
    place.part(_merits, read, place.at("question").at("merits"))
    place.part(_profiles, read, place.at("alterations"))
    place.part(_clones, read, place)
    place.part(check_states, read, place)
    place.part(check_voxels, read, place)
    place.part(_drugs, read, place)
    place.part(_levers, read, place)


def _names_once(read: schema.CaseFile, key: str, place: Place) -> None:
    _once([table.name for table in getattr(read, key)], place, "name")


def _genotypes_once(read: schema.CaseFile, place: Place) -> None:
    genotypes, here = read.genotypes(place)
    _once([clone.name for clone in genotypes], here, "name")


def _reference(read: schema.CaseFile, place: Place) -> None:
    _known(read.reference, [site.name for site in read.sites], place, "site")


def _once(names: Sequence[str], place: Place, key: str) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            place.at(index).at(key).refuse(name, "is there twice", "Give each one a name of its own.")


def _known(name: str, known: Iterable[str], place: Place, kind: str) -> None:
    names = list(known)
    if name not in names:
        place.refuse(name, f"is no {kind} of this case", suggestion(name, names, kind))


def _mechanisms(names: Sequence[str], place: Place) -> None:
    parts = {mechanism.name: mechanism.part_of for mechanism in MECHANISMS}
    joint = {one: (mechanism.name, mechanism.joins) for mechanism in MECHANISMS for one in mechanism.joins}
    if not names:
        raise place.refusal([], "is empty", "Name at least one way out of therapy.")
    for index, name in enumerate(names):
        here = place.at(index)
        if name not in parts:
            wholes = [known for known, whole in parts.items() if whole is None]
            here.refuse(name, "is no mechanism", suggestion(name, wholes, "mechanism"))
        elif parts[name] is not None:
            here.refuse(name, f'is a part of "{parts[name]}" and comes along with it', f'Write "{parts[name]}".')
        elif name in names[:index]:
            here.refuse(name, "is there twice", "Leave one of the two out.")
        elif name in joint and joint[name][0] in names:
            whole, apart = joint[name]
            written = " and ".join(f'"{one}"' for one in apart)
            way_out = f'Write "{whole}" alone, or {written} without it.'
            here.refuse(name, f'is lifted with "{whole}", which is listed as well', way_out)


def _merits(read: schema.CaseFile, place: Place) -> None:
    names = read.question.merits
    if not names:
        raise place.refusal([], "is empty", 'Write ["control", "progression"].')
    for index, name in enumerate(names):
        if name not in MERITS:
            place.at(index).refuse(name, "is no figure of merit", suggestion(name, MERITS, "figure of merit"))
        elif name in names[:index]:
            place.at(index).refuse(name, "is there twice", "Leave one of the two out.")


def _profiles(read: schema.CaseFile, place: Place) -> None:
    """An alteration is one of one gene: a combination is a clone that carries several."""
    for index, alteration in enumerate(read.alterations):
        if alteration.profile is not None and profile(alteration.profile).combined:
            way_out = 'Name one gene and its alteration, such as "EGFR T790M"; a clone may carry several.'
            place.at(index).at("profile").refuse(alteration.profile, "is a combination of alterations", way_out)


def _clones(read: schema.CaseFile, place: Place) -> None:
    """The first clone is sensitive; each is its own mixture of known alterations; a tolerant one has a genotype to come from."""
    known = [alteration.name for alteration in read.alterations]
    seen: list[tuple[frozenset[str], bool, str]] = []
    genotypes, listed = read.genotypes(place)
    for index, clone in enumerate(genotypes):
        here = listed.at(index)
        for nth, name in enumerate(clone.alterations):
            place.part(_known, name, known, here.at("alterations").at(nth), "alteration")
        state = (frozenset(clone.alterations), clone.tolerant, clone.state)
        if len(state[0]) < len(clone.alterations) or state in seen:
            here.refuse(clone.name, "has the same alterations and tolerance as another, or one twice", "Leave one out.")
        elif index == 0 and (clone.alterations or clone.tolerant or clone.state != BASAL):
            here.refuse(clone.name, "comes first but is not the sensitive clone", "Put the clone without alterations first.")
        elif clone.tolerant and (state[0], False, BASAL) not in seen:
            here.refuse(clone.name, "tolerates the drug but its genotype is not listed before it", "List that clone first.")
        seen.append(state)


def _drugs(read: schema.CaseFile, place: Place) -> None:
    """Every drug is described, in every environment and wall as well; no clone has two curves."""
    for index, drug in enumerate(read.drugs):
        place.part(_curves, read, drug, place.at("drugs").at(index).at("curves"))
    for key, environment in read.environments.items():
        place.part(_listed, read, environment, "solutes", place.at("environments").at(key))
    for key, wall in read.walls.items():
        place.part(_listed, read, wall, "effluxes", place.at("walls").at(key))


def _curves(read: schema.CaseFile, drug: schema.Drug, place: Place) -> None:
    clones, felt = [clone.name for clone in read.genotypes(place)[0]], list[str]()
    for nth, curve in enumerate(drug.curves):
        here = place.at(nth).at("clones")
        if not curve.clones:
            here.refuse([], "is empty", "Name the clones that respond along this curve.")
        for one, name in enumerate(curve.clones):
            place.part(_known, name, clones, here.at(one), "clone")
            if name in felt:
                here.at(one).refuse(name, f"has two curves for {drug.name}", "Leave one of the two out.")
            felt.append(name)


def _listed(read: schema.CaseFile, table: schema.Environment | schema.Wall, key: str, place: Place) -> None:
    _covered([one.drug for one in getattr(table, key)], [drug.name for drug in read.drugs], place.at(key))


def _levers(read: schema.CaseFile, place: Place) -> None:
    """Levers act at sites, stop drugs and close states that are there."""
    for index, lever in enumerate(read.levers):
        here = place.at("levers").at(index)
        for key, kind in (("sites", "site"), ("stops", "drug"), ("closes", "state")):
            place.part(_acts, read, getattr(lever, key) or (), kind, here.at(key))


def _acts(read: schema.CaseFile, named: Sequence[str], kind: str, place: Place) -> None:
    tables: dict[str, Sequence[SiteTable | schema.Drug | schema.State]]
    tables = {"site": read.sites, "drug": read.drugs, "state": read.states}
    known = [one.name for one in tables[kind]]
    for nth, name in enumerate(named):
        _known(name, known, place.at(nth), kind)


def _covered(listed: Sequence[str], drugs: Sequence[str], place: Place) -> None:
    """Each drug is listed once, and nothing else."""
    for index, name in enumerate(listed):
        _known(name, drugs, place.at(index).at("drug"), "drug")
    _once(listed, place, "drug")
    for name in drugs:
        if name not in listed:
            place.refuse(name, "is missing", f'Add an entry with drug = "{name}".')


def check_numbers(source: Heterogeneity, sites: Sequence[Site], place: Place) -> None:
    """Raises InputError where numbers of the case contradict each other at their medians."""
    place.part(_growing, source, place.at("growth").at("net"))
    place.part(_standing, source, place.at("alterations"))
    for index, site in enumerate(sites):
        place.part(_hidden, site, place.at("sites").at(index).at("diameter"))


def _growing(source: Heterogeneity, place: Place) -> None:
    if _median(source.net) >= _median(source.birth):
        shown = f"{_median(source.net):g} 1/day"
        place.refuse(shown, "is not below the birth rate", "Deaths cannot be negative: lower it.")


def _standing(source: Heterogeneity, place: Place) -> None:
    standing = _median(source.tolerance.share) + sum(_median(alteration.standing) for alteration in source.alterations)
    standing += sum(_median(state.share) for state in source.states)
    if standing >= 1.0:
        reason = "is the share of cells that resist before therapy, no less than all"
        place.refuse(standing, reason, "Lower a standing share.")


def _hidden(site: Site, place: Place) -> None:
    if site.presence is Presence.OCCULT and _median(site.diameter) >= _median(site.detection):
        way_out = 'Write presence = "seen", or make it smaller.'
        place.refuse(f"{_median(site.diameter):g} mm", "would be seen, yet the site is occult", way_out)


def _median(number: Number) -> float:
    return number.value if isinstance(number, Parameter) else number
