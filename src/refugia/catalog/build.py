"""From the tables of a case file to the frozen descriptions of the floors below, every number in its internal unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from refugia import barriers, clones, havens, treatment
from refugia.catalog import schema
from refugia.catalog.fit import HEAVIEST, within
from refugia.catalog.levers import LONGEST, levers_of
from refugia.catalog.numbers import Numbers
from refugia.catalog.place import Place, suggestion
from refugia.catalog.walls import Walls, pores
from refugia.course.case import Case, Question, Settings
from refugia.subject import Presence, Site, Subject
from refugia.terms import Number, Parameter, number_units
from refugia.terms.units import UnitError
from refugia.terms.units import quantity as read_quantity

_LEFT_OUT: dict[str, Number] = {"exchange": 0.0, "peripheral": 1.0, "absorption": 0.0, "lag": 0.0, "available": 1.0}
_UNCHARGED = -inf  # pKa of a drug that does not ionise
_MOST_DOSES, _MOST_STEPS, _MOST_SHELLS = 10_000, 10_000, 64


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds the parts of one case; `place` is the file they stand in."""

    file: schema.CaseFile
    numbers: Numbers
    place: Place

    def case(self, path: str) -> Case:
        """The whole case. Raises InputError at the first number or quantity that does not fit."""
        read = self.file
        drugs = tuple(self._drug(drug, self.place.at("drugs").at(i)) for i, drug in enumerate(read.drugs))
        plan = tuple(self._planned(line, self.place.at("plan").at(i)) for i, line in enumerate(read.plan))
        source = self._source()
        sites = tuple(self._site(site, source, self.place.at("sites").at(i)) for i, site in enumerate(read.sites))
        subject = Subject(sites, drugs, plan, read.reference)
        question = self._question()
        settings = self._settings(question.horizon)
        return Case(
            read.meta.id, read.meta.title, path, read.meta.calibrated, subject, tuple(read.mechanisms), question, settings,
            levers_of(self), read.meta.disease or "",
        )  # fmt: skip

    def fill(self, description: type, table: Any, place: Place, name: str) -> dict[str, Parameter]:
        """The number fields of a description that the table gives."""
        found = {}
        for field, unit in number_units(description).items():
            raw = getattr(table, field)
            if raw is not None:
                parameter = self.numbers.number(raw, unit, place.at(field), f"{name}.{field}")
                found[field] = within(description, field, parameter, place.at(field), raw)
        return found

    def _source(self) -> clones.Heterogeneity:
        read, place = self.file, self.place
        alterations = tuple(
            clones.Alteration(
                a.name, profile=a.profile or "",
                **self.fill(clones.Alteration, a, place.at("alterations").at(i), f"alterations.{a.name}"),
            )
            for i, a in enumerate(read.alterations)
        )  # fmt: skip
        genotypes = tuple(clones.Clone(c.name, tuple(c.alterations), c.tolerant) for c in read.clones)
        tolerance = clones.Tolerance(**self.fill(clones.Tolerance, read.tolerance, place.at("tolerance"), "tolerance"))
        growth = self.fill(clones.Heterogeneity, read.growth, place.at("growth"), "growth")
        return clones.Heterogeneity(genotypes, alterations, tolerance, **growth)

    def _site(self, site: schema.Site, source: clones.Heterogeneity, place: Place) -> Site:
        name = f"sites.{site.name}"
        wall = None if site.wall is None else self._wall(site.wall, place.at("wall"))
        ground = self._ground(site, place, name)
        found = self.fill(Site, site, place, name)
        return Site(
            name=site.name, organ=site.organ, presence=Presence(site.presence), source=source, ground=ground, haven=wall,
            diameter=found["diameter"], detection=found["detection"],
        )  # fmt: skip

    def _ground(self, site: schema.Site, place: Place, name: str) -> barriers.Microenvironment:
        """The environment the site names, with the surface pressure of its own if it gives one."""
        known = self.file.environments
        if site.environment not in known:
            way_out = suggestion(site.environment, known, "environment")
            raise place.at("environment").refusal(site.environment, "is no environment of this case", way_out)
        table, at = known[site.environment], self.place.at("environments").at(site.environment)
        prefix = f"environments.{site.environment}"

        walls = Walls(self.fill, pores(table.pores, self.fill, at.at("pores"), f"{prefix}.pores"))

        def part(description: type, key: str) -> Any:
            return description(**walls.fill(description, getattr(table, key), at.at(key), f"{prefix}.{key}"))

        solutes = tuple(
            barriers.Solute(s.drug, **walls.fill(barriers.Solute, s, at.at("solutes").at(i), f"{prefix}.solutes.{s.drug}"))
            for i, s in enumerate(table.solutes)
        )
        slow = tuple(walls.slow(s, solutes, at.at("slow").at(i), f"{prefix}.slow") for i, s in enumerate(table.slow))
        owner, where, who = (table, at, prefix) if site.surface_pressure is None else (site, place, name)
        perfusion = part(barriers.Perfusion, "perfusion")
        return barriers.Microenvironment(
            part(barriers.Vessels, "vessels"), perfusion, perfusion, part(barriers.Matrix, "matrix"),
            part(barriers.Oxygen, "oxygen"), part(barriers.Acid, "acid"), solutes,
            surface_pressure=self.fill(barriers.Microenvironment, owner, where, who)["surface_pressure"], slow=slow,
        )  # fmt: skip

    def _wall(self, name: str, place: Place) -> havens.Wall:
        known = self.file.walls
        if name not in known:
            raise place.refusal(name, "is no wall of this case", suggestion(name, known, "wall"))
        table, at = known[name], self.place.at("walls").at(name)
        effluxes = tuple(
            havens.Efflux(e.drug, **self.fill(havens.Efflux, e, at.at("effluxes").at(i), f"walls.{name}.effluxes.{e.drug}"))
            for i, e in enumerate(table.effluxes)
        )
        return havens.Wall(**self.fill(havens.Wall, table, at, f"walls.{name}"), effluxes=effluxes)

    def _drug(self, drug: schema.Drug, place: Place) -> treatment.Drug:
        name = f"drugs.{drug.name}"
        given = self.fill(treatment.Kinetics, drug.kinetics, place.at("kinetics"), f"{name}.kinetics")
        if ("exchange" in given) != ("peripheral" in given):
            reason = "has one half of a second compartment"
            raise place.at("kinetics").refusal(drug.name, reason, "Give both exchange and peripheral, or neither.")
        curves = tuple(
            treatment.Curve(tuple(c.clones), **self.fill(treatment.Curve, c, place.at("curves").at(i), f"{name}.curves[{i}]"))
            for i, c in enumerate(drug.curves)
        )
        if drug.base == "none":
            drug = drug.model_copy(update={"base": None})
        own: dict[str, Number] = {"base": _UNCHARGED, **self.fill(treatment.Drug, drug, place, name)}
        return treatment.Drug(drug.name, treatment.Kinetics(**{**_LEFT_OUT, **given}), curves, **own)

    def quantity(self, raw: object, unit: str, place: Place, need: str = "", most: float = inf) -> float:
        """A quantity such as "250 mg", from zero to a bound. Raises InputError where it is something else."""
        if not isinstance(raw, str):
            raise place.refusal(raw, "has no unit", f'Write a text with the unit, like "{"250 mg" if unit == "mg" else "7 d"}".')
        try:
            value = read_quantity(raw, unit, need)
        except UnitError as trouble:
            raise place.refusal(raw, trouble.reason, trouble.way_out) from None
        if value < 0.0:
            raise place.refusal(raw, "is negative", f"Write one of 0 {unit} or more.")
        if value > most:
            raise place.refusal(raw, f"is more than {most:g} {unit}", f"Write one from 0 to {most:g} {unit}.")
        return value

    def positive(self, raw: object, unit: str, place: Place, need: str = "", most: float = inf) -> float:
        """A quantity above zero. Raises InputError where it is something else."""
        value = self.quantity(raw, unit, place, need, most=most)
        if value == 0.0:
            raise place.refusal(raw, "is zero", f"Write one above 0 {unit}.")
        return value

    def _planned(self, line: schema.Line, place: Place) -> treatment.Regimen:
        """A line of the plan itself, which begins before the horizon."""
        regimen, horizon = self.line(line, place), self.file.question.horizon
        if 0.0 < self.quantity(horizon, "day", self.place.at("question").at("horizon"), most=LONGEST) <= regimen.start:
            raise place.at("from").refusal(line.start, "is not before the horizon", f"Write a day before {horizon}.")
        return regimen

    def line(self, line: schema.Line, place: Place) -> treatment.Regimen:
        """One line of a plan. Raises InputError where its quantities do not fit."""
        route = treatment.Route(line.route)
        dose = self.positive(line.dose, "mg", place.at("dose"), f"{line.drug} is dosed by mass", most=HEAVIEST)
        start = self.quantity(line.start, "day", place.at("from"), most=LONGEST)
        until = inf if line.until is None else self.quantity(line.until, "day", place.at("until"), most=LONGEST)
        every = inf if line.every is None else self.positive(line.every, "day", place.at("every"))
        infusion = 0.0 if line.infusion is None else self.quantity(line.infusion, "day", place.at("infusion"), most=LONGEST)
        if until <= start:
            raise place.at("until").refusal(line.until, "is not after the first dose", f"Write a day after {line.start}.")
        if infusion and route is treatment.Route.ORAL:
            way_out = 'Leave it out, or write route = "intravenous".'
            raise place.at("infusion").refusal(line.infusion, "is an infusion by mouth", way_out)
        if infusion > every:
            raise place.at("infusion").refusal(line.infusion, "lasts longer than the time between doses", "Shorten it.")
        horizon = self.quantity(self.file.question.horizon, "day", self.place.at("question").at("horizon"), most=LONGEST)
        if (min(until, horizon) - start) / every > _MOST_DOSES:
            raise place.at("every").refusal(line.every, f"makes more than {_MOST_DOSES} doses", "Write a longer interval.")
        return treatment.Regimen(line.drug, route, dose, start, every, until, infusion)

    def _question(self) -> Question:
        read, place = self.file.question, self.place.at("question")
        horizon = self.positive(read.horizon, "day", place.at("horizon"), most=LONGEST)
        scans = None if read.scans is None else self._scans(read.scans, place.at("scans"), horizon)
        return Question(horizon, tuple(read.merits), scans, **self.fill(Question, read, place, "question"))

    def _scans(self, raw: Sequence[object], place: Place, horizon: float) -> tuple[float, ...]:
        days = tuple(self.positive(day, "day", place.at(i), most=horizon) for i, day in enumerate(raw))
        for i in range(1, len(days)):
            if days[i] <= days[i - 1]:
                raise place.at(i).refusal(raw[i], "is not after the scan before it", "Put the scans in order.")
        if not days:
            raise place.refusal([], "is empty", "Leave scans out to time progression continuously.")
        return days

    def _settings(self, horizon: float) -> Settings:
        read, place = self.file.settings, self.place.at("settings")
        step = self.positive(read.step, "day", place.at("step"), most=LONGEST)
        if horizon / step > _MOST_STEPS:
            raise place.at("step").refusal(read.step, f"makes more than {_MOST_STEPS} steps", "Write a longer step.")
        for key, value in (("shells", read.shells), ("nodes", read.nodes)):
            if not 1 <= value <= _MOST_SHELLS:
                raise place.at(key).refusal(value, f"is not between 1 and {_MOST_SHELLS}", "Write a whole number in between.")
        if not 0.0 < read.moved <= 1.0:
            raise place.at("moved").refusal(read.moved, "is not a share between 0 and 1", "Write a share such as 0.05.")
        return Settings(step, read.shells, read.nodes, read.moved)
