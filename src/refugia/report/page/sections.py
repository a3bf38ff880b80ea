"""The sections of the page of a dissection, and of the smaller one of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from refugia.course.result import Course
from refugia.dissection.dissect import Dissection
from refugia.dissection.rescue import Rescue
from refugia.dissection.sensitivity import Sensitivity
from refugia.report.figures import clones, depth, interactions, progression, scans, sensitivity, shares
from refugia.report.figures import rescue as levers
from refugia.report.figures.look import Table
from refugia.report.page.parts import Grid, Link, Plate, Section, listed, plate, unit_words
from refugia.report.phrases import two
from refugia.report.screen import MERITS, signed
from refugia.report.sensitivity import SAYS as SENSITIVITY_SAYS
from refugia.report.words import seen
from refugia.subject import Presence
from refugia.terms import Basis, Parameter


def _sites(course: Course) -> list[str]:
    """The sites that are there."""
    return [site.name for site in course.case.subject.sites if site.presence is not Presence.ABSENT]


def when(course: Course, result: Dissection | None = None) -> Section:
    """When it fails: each site and the body."""
    made = (progression.progression_figure, progression.progression_says, progression.progression_table)
    shown = plate("progression", "Patients without progression", made, course)
    says = ["A site by itself progresses by the rule of RECIST 1.1 on its own diameter, an occult one once it can be seen."]
    spread = {row.source: row.sd for row in result.scatter if row.merit == "progression"} if result is not None else {}
    if any(spread.values()):
        says.append("One source of variation at a time moves the day of progression by (standard deviation): chance alone "
                    f"{two(spread['chance'])} days, differences between patients {two(spread['patients'])} days, what is not known "
                    f"of the numbers {two(spread['parameters'])} days.")  # fmt: skip
    return Section("when", "When it fails", tuple(says), (shown._replace(opened=True),))


def ways(result: Dissection) -> Section:
    """Through which ways out: shares on every merit, and what lifting means."""
    made = (shares.shares_figure, shares.shares_says, shares.shares_table)
    plates = tuple(plate(f"shares-{merit}", MERITS[merit][0], made, result, merit) for merit in result.case.question.merits)
    says = (
        "Each way out is idealised away (lifted), alone and together with the others, in the same patients under the same "
        "luck. Its "
        "share (Shapley value) is its fair part of what lifting all of them gains: the shares add up. Circles show what it "
        "gains when "
        "it alone is lifted, diamonds what it gains when it is lifted last, after all others; where they lie far apart, others "
        "stand "
        "behind it.",
        "Control is the mean over the horizon of log10 of the worst site's volume over its start: 1 decade is a tumour ten times "
        "smaller. Time to progression follows RECIST 1.1 and is cut at the last day watched.",
    )
    caption = "What lifted means: every share is conditional on these ideals"
    ideals = Table(caption, ("way out", "lifted means"), tuple(result.ideals.items()))
    return Section("ways", "Through which ways out", says, plates, (Grid("ideals", ideals),))


def pairs(result: Dissection) -> Section | None:
    """Ways out in pairs; none where there is only one."""
    if not result.interactions:
        return None
    made = (interactions.interactions_figure, interactions.interactions_says, interactions.interactions_table)
    plates = tuple(
        plate(f"interactions-{merit}", f"Interactions: {MERITS[merit][0].lower()}", made, result, merit)
        for merit in result.case.question.merits
    )
    says = ("Above zero, two ways out lifted together gain more than apart: each hides behind the other. Below zero, to lift one "
            "makes up in part for the other. Numbers in brackets have an interval that includes zero; small ones are left out.",
            )  # fmt: skip
    return Section("pairs", "How the ways out work together", says, plates)


def helps(rows: Sequence[Rescue]) -> Section:
    """What would help: the rescue table."""
    title = "What would help"
    if not rows:
        said = ("This case lists no interventions, so nothing is said of what would help. They are written as [[levers]] in the "
                "case file: another plan, another dose, radiotherapy, surgery, what opens vessels or blocks pumps.")  # fmt: skip
        return Section("help", title, (said,))
    made = (levers.rescue_figure, levers.rescue_says, _one_merit)
    merits = list(dict.fromkeys(row.merit for row in rows))
    plates = tuple(plate(f"rescue-{merit}", MERITS[merit][0], made, rows, merit) for merit in merits)
    table = levers.rescue_table(rows)
    kinds = tuple("alone" if row[1] == 1 else "in pairs" for row in table.rows)
    slim = Table(table.caption, (table.heads[0], *table.heads[2:]), tuple((row[0], *row[2:]) for row in table.rows))
    says = ("Every intervention of the case, alone and in pairs, from its own day on, in the same patients under the same "
            "luck; all "
            "ways out stay as they are. The dotted line is what lifting every way out would gain. The figures show each "
            "intervention "
            f"alone and the {levers.PAIRS} best pairs, the table has them all.",)  # fmt: skip
    grids = (Grid("rescue", slim, kinds, filtered=True), Grid("levers", _prices(rows)), Grid("lever-sites", _sites_table(rows)))
    return Section("help", title, says, plates, grids)


def _one_merit(rows: Sequence[Rescue], merit: str) -> Table:
    return levers.rescue_table(levers.shown(rows, merit))


def _alone(rows: Sequence[Rescue]) -> list[Rescue]:
    return [row for row in rows if row.merit == rows[0].merit and len(row.levers) == 1]


def _prices(rows: Sequence[Rescue]) -> Table:
    """Dose, price and evidence of every lever."""
    lines = tuple((row.levers[0], row.doses[0], row.prices[0], row.evidence[0]) for row in _alone(rows))
    return Table("Dose, price and evidence of each intervention", ("intervention", "dose", "price (toxicity)", "evidence"), lines)


def _sites_table(rows: Sequence[Rescue]) -> Table:
    """What every lever alone does to each site."""
    sites = list(_alone(rows)[0].sites)
    lines = []
    for row in _alone(rows):
        cells = []
        for site in sites:
            effect = row.sites.get(site)
            days = "" if effect is None or effect.days is None else f" ({signed(effect.days, 0)} d)"
            cells.append("" if effect is None else f"{signed(effect.log10_volume, 2)}{days}")
        lines.append((row.levers[0], *cells))
    caption = ("What each intervention does to each site: change of mean log10 volume (below zero: smaller), and of the median day "
               "of progression where both fall before the horizon")  # fmt: skip
    return Table(caption, ("intervention", *sites), tuple(lines))


def stacked(course: Course) -> Section:
    """Each site's clones through time."""
    made = (clones.clones_figure, clones.clones_says, clones.clones_table)
    plates = tuple(plate(f"clones-{n}", site, made, course, site) for n, site in enumerate(_sites(course)))
    says = ("Above: cells of the site, the median and the middle 80 % of the patients. Below: which clones they belong to, "
            "mean over "
            "patients; whiskers show between which heights a border lies in 80 % of the patients.",)  # fmt: skip
    return Section("clones", "The clones of each site", says, plates)


def by_depth(course: Course) -> Section:
    """Exposure, oxygen and pressure by depth."""
    made = (depth.depth_figure, depth.depth_says, depth.depth_table)
    plates = tuple(plate(f"depth-{n}", site, made, course, site) for n, site in enumerate(_sites(course)))
    says = ("From the surface (left) to the centre (right): unbound drug in the tissue, a mean over one step; oxygen; interstitial "
            "fluid pressure. Lines are medians; the band holds the middle 80 % of the patients on the first of the "
            "days.",)  # fmt: skip
    return Section("depth", "Drug, oxygen and pressure by depth", says, plates)


def at_scans(course: Course) -> Section:
    """What one would see at scans."""
    title, scheduled = "What one would see at scans", course.case.question.scans
    if not seen(course):
        return Section("scans", title, ("No site is seen at day 0, so that there is no sum of diameters to follow.",))
    said = ('The case states no scans: progression is timed continuously, and diameters are the true ones. Scans are asked for by '
            'scans = ["42 d", "84 d"] under [question] in the case file.')  # fmt: skip
    if scheduled is not None:
        said = f"The case is scanned on {len(scheduled)} days; readings carry the reading error of a diameter."
    plates = (
        plate("sums", "Sum of diameters", (scans.scans_figure, scans.scans_says, scans.scans_table), course),
        plate("response", "Best response", (scans.response_figure, scans.response_says, scans.response_table), course),
    )
    return Section("scans", title, (said,), plates)


def moves(found: Sensitivity | None) -> Section:
    """How the answer moves with the numbers that matter most."""
    title = "How the answer moves with the numbers"
    if found is None:
        said = ("It was not asked how the answer moves with the assumed numbers. Ask with: refugia dissect CASE --sensitivity. It "
                'takes minutes, and needs pip install "refugia[sensitivity]".')  # fmt: skip
        return Section("moves", title, (said,))
    made = (sensitivity.sensitivity_figure, sensitivity.sensitivity_says, sensitivity.sensitivity_table)
    plates = tuple(plate(f"moves-{merit}", MERITS[merit][0], made, found, merit) for merit in found.total)
    run = (f"{len(found.parameters)} assumed numbers were moved through their 95 % ranges ({found.trajectories} trajectories, "
           f"{found.runs} dissections of {found.patients} patients); {len(found.held)} have no interval and were held. A sign "
           "stands "
           "where a share moved one way only.")  # fmt: skip
    return Section("moves", title, (run, SENSITIVITY_SAYS), plates)


def numbers(parameters: Sequence[Parameter]) -> Section:
    """Every number with value, unit, interval, spread, basis and citation."""
    rows, keys = [], _papers(parameters)
    for p in parameters:
        reach = f"{p.interval.low:.3g} to {p.interval.high:.3g} ({p.interval.law.value})" if p.interval else ""
        spread = f"{p.spread.law.value}, width {p.spread.width:.3g}, per {p.spread.per.value}" if p.spread else ""
        where = f": {p.where}" if p.where else ""
        source = Link(p.cite.short, f"paper-{keys.index(p.cite.key)}", where)
        rows.append((f"{p.says} [{p.id}]", f"{p.value:.3g}", unit_words(p.unit), reach, spread, p.basis.value, source))
    heads = ("number", "value", "unit", "95 % range", "between patients", "basis", "source")
    few = sum(p.basis is Basis.ASSUMED for p in parameters)
    grid = Grid("parameters", Table("Every number this case uses", heads, tuple(rows)), tuple(p.basis.value for p in parameters),
                Basis.ASSUMED.value, filtered=True)  # fmt: skip
    says = f"{len(parameters)} numbers, {few} of them assumed: nobody has measured those, or not for this purpose."
    return Section("numbers", "Every number", (says,), (), (grid,))


def origin(said: Mapping[str, Any], parameters: Sequence[Parameter]) -> Section:
    """Provenance, and the papers behind the numbers."""
    skip = ("notes", "title", "note", "files")
    facts = tuple((key.replace("_", " "), _fact(value)) for key, value in said.items() if key not in skip)
    cited = {p.cite.key: p.cite for p in parameters}
    papers = tuple(
        (f"paper-{n}", str(cited[key]).removesuffix(cited[key].link).strip(), cited[key].link)
        for n, key in enumerate(_papers(parameters))
    )
    says = ("The same case, seed, number of patients and versions give the same bits.",)
    return Section("origin", "Where it comes from", says, (), (), facts, papers)


def _papers(parameters: Sequence[Parameter]) -> list[str]:
    """The keys of what is cited, in the order of the list."""
    cited = {p.cite.key: p.cite for p in parameters}
    return sorted(cited, key=lambda key: str(cited[key]))


def _fact(value: Any) -> str:
    if isinstance(value, dict):
        return listed([f"{key.replace('_', ' ')} {_fact(inner)}" for key, inner in value.items()])
    if isinstance(value, list | tuple):
        return listed([_fact(one) for one in value]) or "none"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def plates_of(sections: Sequence[Section]) -> list[Plate]:
    """All figures of a page, in its order."""
    return [shown for section in sections for shown in section.plates]
