"""From the tables of a case file to the frozen descriptions of the floors below, every number in its internal unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil, floor, inf
from pathlib import Path
from typing import Any, TypeVar

from refugia import barriers, clones, havens, treatment
from refugia.catalog import plans, schema
from refugia.catalog.census import counted, responding
from refugia.catalog.clone_tables import Reads
from refugia.catalog.faults import FAULTY
from refugia.catalog.fit import check_numbers, within
from refugia.catalog.levers import levers_of
from refugia.catalog.numbers import Numbers
from refugia.catalog.place import Place, suggestion
from refugia.catalog.plans import LONGEST
from refugia.catalog.read_files import read_of
from refugia.catalog.site_tables import Site as SiteTable
from refugia.catalog.voxels import check_room, geometry_of
from refugia.catalog.walls import Walls, pores
from refugia.course.case import Case, Question, Settings
from refugia.subject import Presence, Site, Subject
from refugia.terms import Number, Parameter, number_units
from refugia.terms.units import UnitError
from refugia.terms.units import quantity as read_quantity

_LEFT_OUT: dict[str, Number] = {"exchange": 0.0, "peripheral": 1.0, "absorption": 0.0, "lag": 0.0, "available": 1.0}
_UNCHARGED = -inf  # pKa of a drug that does not ionise
_WHOLE = 1e-9  # of a step: a time that misses whole steps by no more is one
_MOST_STEPS, _MOST_SHELLS = 10_000, 64
Told = TypeVar("Told")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds the parts of one case; `place` is the file they stand in."""

    file: schema.CaseFile
    numbers: Numbers
    place: Place
    folder: Path | None = None  # in which files of doses lie

    def case(self, path: str) -> Case:
        """The whole case. Raises InputError at the first number or quantity that does not fit."""
        read, place, part = self.file, self.place, self.place.part
        drugs = part(self._each, read.drugs, self._drug, place.at("drugs"))
        plan = part(self._each, read.plan, self._planned, place.at("plan"))
        source = part(self._source)
        sources = part(self._sources, source)
        drugs = part(responding, drugs, sources)
        sites = part(self._each, read.sites, partial(self._site, sources=sources), place.at("sites"))
        part(check_numbers, source, sites, place)
        part(self._each, list(zip(sites, read.sites, strict=True)), check_room, place.at("sites"))
        part(self._unused)
        horizon = part(self._horizon)
        question = part(self._question, horizon)
        settings = part(self._settings, horizon)
        levers = part(levers_of, self)
        subject = Subject(sites, drugs, tuple(line for lines in plan for line in lines), read.reference)
        return Case(
            read.meta.id, read.meta.title, path, read.meta.calibrated, subject, tuple(read.mechanisms), question, settings, levers,
            read.meta.disease or "", read.meta.note,
        )  # fmt: skip

    def _each(self, tables: Sequence[Told], read: Callable[[Told, Place], Made], place: Place) -> tuple[Made, ...]:
        """What a reader makes of every table of a list."""
        return tuple(place.part(read, table, place.at(i)) for i, table in enumerate(tables))

    def _planned(self, entry: plans.Entry, place: Place) -> tuple[treatment.Regimen, ...]:
        return plans.planned(self, entry, place)

    def given(self, entry: plans.Entry, place: Place, start: object) -> tuple[treatment.Regimen, ...]:
        """The regimens of a line of a lever; words that name no first day begin on `start`."""
        return plans.given(self, entry, place, start)

    def fill(self, description: type, table: Any, place: Place, name: str) -> dict[str, Parameter]:
        """The number fields of a description that the table gives."""
        found = {}
        for field, unit in number_units(description).items():
            raw = getattr(table, field)
            if raw is not None:
                found[field] = place.part(self._number, description, field, raw, (unit, f"{name}.{field}"), place.at(field))
        return found

    def _number(self, description: type, field: str, raw: object, kept: tuple[str, str], place: Place) -> Parameter:
        """One number field, kept in a unit and named."""
        return within(description, field, self.numbers.number(raw, kept[0], place, kept[1]), place, raw)

    def _unused(self) -> None:
        """Read the environments and walls that no site names, too: what stands in the file is checked."""
        read, part = self.file, self.place.part
        named = {site.environment for site in read.sites}, {site.wall for site in read.sites}
        for name, table in read.environments.items():
            if name not in named[0]:
                part(self._around, name, (table, self.place.at("environments").at(name), f"environments.{name}"))
        for name in read.walls:
            if name not in named[1]:
                part(self._wall, name, self.place.at("walls").at(name))

    def _source(self) -> clones.Heterogeneity:
        read, place = self.file, self.place
        growth: Any = place.part(self.fill, clones.Heterogeneity, read.growth, place.at("growth"), "growth")
        tolerance = place.part(self.fill, clones.Tolerance, read.tolerance, place.at("tolerance"), "tolerance")
        alterations = self._each(read.alterations, self._alteration, place.at("alterations"))
        states = self._each(read.states, self._state, place.at("states"))
        switches = self._each(read.switches, self._switch, place.at("switches"))
        genotypes = tuple(clones.Clone(c.name, tuple(c.alterations), c.tolerant, c.state) for c in read.genotypes(place)[0])
        return clones.Heterogeneity(
            genotypes, alterations, clones.Tolerance(**tolerance), **growth, states=states, switches=switches
        )

    def _state(self, read: schema.State, place: Place) -> clones.State:
        return clones.State(read.name, read.kind, **self.fill(clones.State, read, place, f"states.{read.name}"))

    def _switch(self, read: schema.Switch, place: Place) -> clones.Switch:
        numbers = self.fill(clones.Switch, read, place, f"switches.{read.start}-{read.end}")
        return clones.Switch(read.start, read.end, tuple(read.drugs), **numbers)

    def _sources(self, source: clones.Heterogeneity) -> dict[str, clones.Heterogeneity]:
        """The source of every site: the same in all of them, unless reads say which clones stand in each."""
        names, table, place = [site.name for site in self.file.sites], self.file.clones, self.place.at("clones")
        if not isinstance(table, Reads):
            return dict.fromkeys(names, source)
        read = read_of(table, self.file, self.folder, self.numbers.own, place)
        return counted(read, source, names, place)

    def _alteration(self, read: schema.Alteration, place: Place) -> clones.Alteration:
        numbers = self.fill(clones.Alteration, read, place, f"alterations.{read.name}")
        return clones.Alteration(read.name, **numbers, profile=read.profile or "", kind=read.kind)

    def _site(self, site: SiteTable, place: Place, sources: dict[str, clones.Heterogeneity]) -> Site:
        name = f"sites.{site.name}"
        found = self.fill(Site, site, place, name)
        wall = None if site.wall is None else place.part(self._wall, site.wall, place.at("wall"))
        ground = place.part(self._ground, site, place, name)
        return Site(
            name=site.name, organ=site.organ, presence=Presence(site.presence), source=sources[site.name], ground=ground,
            haven=wall, diameter=found["diameter"], detection=found["detection"],
            geometry=place.part(geometry_of, self, site, place),
        )  # fmt: skip

    def _ground(self, site: SiteTable, place: Place, name: str) -> barriers.Microenvironment:
        """The environment the site names, with the surface pressure of its own if it gives one."""
        known, key = self.file.environments, site.environment
        if key not in known:
            raise place.at("environment").refusal(key, "is no environment of this case", suggestion(key, known, "environment"))
        own = (known[key], self.place.at("environments").at(key), f"environments.{key}")
        return self._around(key, own if site.surface_pressure is None else (site, place, name))

    def _around(self, key: str, owner: tuple[Any, Place, str]) -> barriers.Microenvironment:
        """An environment, with the surface pressure of its owner: the table, its place and its name."""
        table, at, prefix = self.file.environments[key], self.place.at("environments").at(key), f"environments.{key}"
        walls = Walls(self.fill, at.part(pores, table.pores, self.fill, at.at("pores"), f"{prefix}.pores"))

        def one(description: type, key: str) -> Any:
            return description(**walls.fill(description, getattr(table, key), at.at(key), f"{prefix}.{key}"))

        def solute(read: schema.Solute, place: Place) -> barriers.Solute:
            return barriers.Solute(read.drug, **walls.fill(barriers.Solute, read, place, f"{prefix}.solutes.{read.drug}"))

        pressure = at.part(self.fill, barriers.Microenvironment, *owner)
        parts = {
            key: at.part(one, description, key)
            for description, key in (
                (barriers.Vessels, "vessels"), (barriers.Perfusion, "perfusion"), (barriers.Matrix, "matrix"),
                (barriers.Oxygen, "oxygen"), (barriers.Acid, "acid"),
            )
        }  # fmt: skip
        solutes = at.part(self._each, table.solutes, solute, at.at("solutes"))
        slow = tuple(at.part(walls.slow, s, solutes, at.at("slow").at(i), f"{prefix}.slow") for i, s in enumerate(table.slow))
        new = None if table.angiogenesis is None else at.part(one, barriers.Angiogenesis, "angiogenesis")
        return barriers.Microenvironment(
            parts["vessels"], parts["perfusion"], parts["perfusion"], parts["matrix"], parts["oxygen"], parts["acid"], solutes,
            surface_pressure=pressure["surface_pressure"], slow=slow, angiogenesis=new,
        )  # fmt: skip

    def _wall(self, name: str, place: Place) -> havens.Wall:
        known = self.file.walls
        if name not in known:
            raise place.refusal(name, "is no wall of this case", suggestion(name, known, "wall"))
        table, at = known[name], self.place.at("walls").at(name)
        found = at.part(self.fill, havens.Wall, table, at, f"walls.{name}")

        def efflux(read: schema.Efflux, place: Place) -> havens.Efflux:
            return havens.Efflux(read.drug, **self.fill(havens.Efflux, read, place, f"walls.{name}.effluxes.{read.drug}"))

        effluxes = at.part(self._each, table.effluxes, efflux, at.at("effluxes"))
        return havens.Wall(**found, effluxes=effluxes)

    def _drug(self, drug: schema.Drug, place: Place) -> treatment.Drug:
        name = f"drugs.{drug.name}"
        given = place.part(self.fill, treatment.Kinetics, drug.kinetics, place.at("kinetics"), f"{name}.kinetics")
        curves = place.part(self._each, drug.curves, partial(self._curve, name=name), place.at("curves"))
        base = drug.model_copy(update={"base": None}) if drug.base == "none" else drug
        own: dict[str, Number] = {"base": _UNCHARGED, **self.fill(treatment.Drug, base, place, name)}
        if ("exchange" in given) != ("peripheral" in given):
            reason = "has one half of a second compartment"
            place.at("kinetics").refuse(drug.name, reason, "Give both exchange and peripheral, or neither.")
        return treatment.Drug(drug.name, treatment.Kinetics(**{**_LEFT_OUT, **given}), curves, **own)

    def _curve(self, read: schema.Curve, place: Place, name: str) -> treatment.Curve:
        index = place.path[place.path.rindex("[") :]
        return treatment.Curve(tuple(read.clones), **self.fill(treatment.Curve, read, place, f"{name}.curves{index}"))

    def quantity(self, raw: object, unit: str, place: Place, need: str = "", most: float = inf, *, zero: bool = True) -> float:
        """A quantity such as "250 mg", from zero to a bound; `zero` says whether it may be that. Raises InputError elsewhere."""
        if not isinstance(raw, str):
            raise place.refusal(raw, "has no unit", f'Write a text with the unit, like "{"250 mg" if unit == "mg" else "7 d"}".')
        try:
            value = read_quantity(raw, unit, need)
        except UnitError as trouble:
            raise place.refusal(raw, trouble.reason, trouble.way_out) from None
        if value < 0.0:
            raise place.refusal(raw, "is negative", f"Write one of 0 {unit} or more." if zero else f"Write one above 0 {unit}.")
        if value > most:
            span = f"from 0 to {most:g}" if zero else f"above 0 and up to {most:g}"
            raise place.refusal(raw, f"is more than {most:g} {unit}", f"Write one {span} {unit}.")
        return value

    def positive(self, raw: object, unit: str, place: Place, need: str = "", most: float = inf) -> float:
        """A quantity above zero. Raises InputError where it is something else."""
        value = self.quantity(raw, unit, place, need, most=most, zero=False)
        if value == 0.0:
            raise place.refusal(raw, "is zero", f"Write one above 0 {unit}.")
        return value

    def _horizon(self) -> float:
        return self.positive(self.file.question.horizon, "day", self.place.at("question").at("horizon"), most=LONGEST)

    def _question(self, horizon: float) -> Question:
        read, place = self.file.question, self.place.at("question")
        found = self.fill(Question, read, place, "question")
        scans = None if read.scans is None else place.part(self._scans, read.scans, place.at("scans"), horizon)
        return Question(horizon, tuple(read.merits), scans, **found)

    def _scans(self, raw: Sequence[object], place: Place, horizon: float) -> tuple[float, ...]:
        days = tuple(place.part(self.positive, day, "day", place.at(i), most=horizon) for i, day in enumerate(raw))
        for i in range(1, len(days)):
            if days[i] <= days[i - 1]:
                place.at(i).refuse(raw[i], "is not after the scan before it", "Put the scans in order.")
        if not days:
            raise place.refusal([], "is empty", "Leave scans out to time progression continuously.")
        return days

    def _step(self, horizon: float) -> float:
        raw, place = self.file.settings.step, self.place.at("settings").at("step")
        step = self.positive(raw, "day", place, most=LONGEST)
        if horizon / step > _MOST_STEPS:
            raise place.refusal(raw, f"makes more than {_MOST_STEPS} steps", "Write a longer step.")
        return step

    def _settings(self, horizon: float) -> Settings:
        read, place = self.file.settings, self.place.at("settings")
        step = place.part(self._step, horizon)
        for key, value in (("shells", read.shells), ("nodes", read.nodes)):
            if value is not FAULTY and not 1 <= value <= _MOST_SHELLS:
                place.at(key).refuse(value, f"is not between 1 and {_MOST_SHELLS}", "Write a whole number in between.")
        if not 0.0 < read.moved <= 1.0:
            place.at("moved").refuse(read.moved, "is not a share between 0 and 1", "Write a share such as 0.05.")
        output = None if read.output is None else place.part(self._output, step, horizon)
        return Settings(step, read.shells, read.nodes, read.moved, output)

    def _output(self, step: float, horizon: float) -> float:
        """The days between the frames of a site in voxels."""
        raw, place = self.file.settings.output, self.place.at("settings").at("output")
        days = self.positive(raw, "day", place, most=horizon)
        if days < step:
            raise place.refusal(raw, f"is shorter than a step of {step:g} d", "Write as much or more, or a shorter step.")
        steps = days / step
        if abs(steps - round(steps)) > _WHOLE:
            near = " or ".join(f'"{count * step:g} d"' for count in (floor(steps), ceil(steps)))
            raise place.refusal(raw, f"is no whole number of steps of {step:g} d", f"Write {near}, or another step.")
        return days
