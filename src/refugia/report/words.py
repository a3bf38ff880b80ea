"""The answer in plain words: which site fails first and when, through which ways out, what would help most, how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from refugia.course.result import Course, Timing
from refugia.dissection.attribution import Share
from refugia.dissection.bootstrap import FEW
from refugia.dissection.dissect import Dissection
from refugia.dissection.rescue import Rescue, best, disputed
from refugia.report.phrases import amount, day, glossed, joined, named, reach_of, size, the, worth
from refugia.subject import Presence

MOST = 0.45  # of the patients: where about half do not progress, the median has said so
MATTERS = 0.2
"""A way out is named beside the largest where its share is at least this part of it."""


def paragraph(result: Dissection, course: Course) -> str:
    """The first paragraph of a report: the whole answer in plain words."""
    said = [when(result.body, result.case.question.watched, result.replicates), first(result, first_sites(course))]
    said += [ways(result, merit) for merit in _ordered(result)]
    said += [disagreement(result), signs(result)]
    rows = [row for row in result.rescue if result.body.censored < 1.0 or row.merit != "progression"]
    said.append(helps(rows, result.replicates) if rows else "" if result.rescue else no_levers(result))
    return " ".join(sentence for sentence in said if sentence)


def second_paragraph(result: Dissection) -> str:
    """What else a reader should know of the answer: harm, pairs, what the merits dispute, and what the brackets hold."""
    said = [harms(result, merit) for merit in _ordered(result)]
    said += [pairs(result.rescue), disputes(result.rescue), trust(result)]
    return " ".join(sentence for sentence in said if sentence)


def course_paragraph(course: Course) -> str:
    """The first paragraph of the report of a run: when, where, and how far the tumour shrinks before."""
    watched, found, patients = course.case.question.watched, course.timings(), int(course.volume.shape[0])
    said = [when(found["body"], watched, patients)]
    sites = {name: timing for name, timing in found.items() if name != "body"}
    said.append(_first(sites, first_sites(course), watched, patients))
    if np.isfinite(course.best).all():
        change = 100.0 * (float(np.median(course.best)) - 1.0)
        moved = "shrinks" if change < 0 else "grows"
        said.append(f"At best, up to progression, the sum of diameters {moved} by {abs(change):.0f} % in the median.")
    return " ".join(sentence for sentence in said if sentence)


def _ordered(result: Dissection) -> list[str]:
    """The merits, days first where anybody progresses."""
    merits = list(result.case.question.merits)
    return sorted(merits, key=lambda merit: merit != "progression") if result.body.censored < 1.0 else merits


def when(body: Timing, watched: float, patients: int) -> str:
    """When the disease progresses: median and 80 % interval over patients.

    >>> when(Timing(None, None, None, 1.0), 42.0, 16)
    'None of the 16 virtual patients progresses within 42 days.'
    """
    if patients == 1:
        verb = "does not progress within" if body.median is None else "progresses on"
        return f"The one virtual patient {verb} {f'{watched:.0f} days' if body.median is None else day(body.median, watched)}."
    if body.censored == 1.0:
        return f"None of the {patients} virtual patients progresses within {watched:.0f} days."
    reach = f"80 % interval: {reach_of(body, watched)}"
    if body.median is None:
        called = f"{100 * (1 - body.censored):.0f} %"
        return f"Fewer than half of the {patients} virtual patients ({called}) progress within {watched:.0f} days ({reach})."
    if 0.0 < body.censored < MOST:
        reach += f"; {100 * body.censored:.0f} % do not progress within {watched:.0f} days"
    head, _, month = day(body.median, watched).removesuffix(")").partition(" (")
    within = f"{month}; {reach}" if month else reach
    return f"Half of the {patients} virtual patients have progressed by {head} ({within})."


def first_sites(course: Course) -> dict[str, int]:
    """In how many patients each site is the first to progress; where sites tie, at a scan, each of them counts."""
    days, watched = course.progression.sites, course.case.question.watched
    soonest = days.min(axis=1, keepdims=True) if days.shape[1] else days
    hit = (days == soonest) & (days <= watched)
    return {site.name: int(hit[:, s].sum()) for s, site in enumerate(course.case.subject.sites)}


def first(result: Dissection, counts: Mapping[str, int]) -> str:
    """Which site fails first, and when; with the site that is the worst most of the time."""
    return _first(result.sites, counts, result.case.question.watched, result.replicates)


def _first(sites: Mapping[str, Timing], counts: Mapping[str, int], watched: float, patients: int) -> str:
    if len(sites) < 2:
        return ""
    top = max(counts.values(), default=0)
    if top == 0:
        return "No single site passes the progression limit by itself."
    names = [name for name, count in counts.items() if count == top]
    if patients == 1:
        return f"The site that fails first is {the(names)}."
    if len(names) > 1:
        often = f"equally often ({top} of {patients} patients each)"
        return f"No one site stands out as the first to fail: {the(names)} lead {often}."
    found = sites[names[0]]
    others = sorted((name for name in counts if name != names[0] and counts[name]), key=lambda name: -counts[name])
    after = f", {the(others[:1])} next (in {counts[others[0]]})" if others else ""
    half = f"by {day(found.median, watched)} in half of all patients"
    if found.median is None:
        half = f"in {100 * (1 - found.censored):.0f} % of all patients within {watched:.0f} days"
    return (f"{the(names).capitalize()} is most often the first site to fail (in {top} of {patients} patients){after}; "
            f"it fails {half} (80 % interval: {reach_of(found, watched)}).")  # fmt: skip


def ways(result: Dissection, merit: str) -> str:
    """Through which ways out it fails on a merit, and how sure that is."""
    if merit == "progression" and result.body.censored == 1.0:
        return "Gains in days cannot show here, since nobody progresses."
    clear = [row for row in result.rows(merit) if row.part_of is None and row.low > 0.0]
    if clear:
        return _way(result, clear)
    if merit == "progression":
        return "No way out is clearly behind the day of progression: the interval of every share includes zero."
    return f"{_worst(result)}; no way out is clearly behind it: the interval of every share includes zero."


def _way(result: Dissection, clear: Sequence[Share]) -> str:
    """The ways out whose share is above zero beyond its interval, the largest first."""
    top, patients, total = clear[0], result.replicates, result.total(clear[0].merit)
    joint, fair = total > top.share and len(clear) > 1, worth(top, top.share, patients)
    if top.merit == "progression":
        said = f"Progression comes most of all through {glossed(top.mechanism)}: its fair share is {fair}"
        said += f" of the {total:.0f} that lifting every way out would gain" if joint else ""
    else:
        said = f"{_worst(result)}, most of all because of {glossed(top.mechanism)}: its fair share is a volume {fair}, on average "
        said += "through time"
    near = [row for row in clear[1:] if row.share >= MATTERS * top.share][:3]
    close = [f"{named(row.mechanism)} ({amount(row.merit, row.share)})" for row in near if row.high > top.low]
    less = [f"{named(row.mechanism)} ({amount(row.merit, row.share)})" for row in near if row.high <= top.low]
    said += f"; {joined(close)} may matter as much" if close else ""
    return said + (f"; less so {joined(less)}." if less else ".")


def harms(result: Dissection, merit: str) -> str:
    """Ways out whose lifting would clearly make things worse, as far as that matters beside the largest gain."""
    rows = [row for row in result.rows(merit) if row.part_of is None]
    least = MATTERS * max((row.share for row in rows), default=0.0)
    found = [row for row in rows if row.high < 0.0 and -row.share >= least and (merit == "control" or -row.share >= 1.0)]
    if not found:
        return ""
    found.sort(key=lambda row: row.share)
    names, most = " or ".join(named(row.mechanism) for row in found), "up to " if len(found) > 1 else ""
    if merit == "control":
        return f"To lift {names} would make the tumour {most}{size(found[0].share)}."
    return f"To lift {names} would bring progression {most}{amount(merit, -found[0].share)} forward."


def _worst(result: Dissection) -> str:
    """Which site is the worst most of the time, as the beginning of a sentence."""
    shares = {site: share for site, share in result.worst.items() if share > 0.0}
    if len(result.sites) < 2 or not shares:
        return "Judged by size, the tumour is as large as it is"
    top = max(shares, key=lambda site: shares[site])
    return f"Judged by size, {the([top])} is the worst site {100 * shares[top]:.0f} % of the time"


def _tops(result: Dissection) -> dict[str, str]:
    """The way out that is clearly the largest on each merit, where one is."""
    found = {}
    for merit in result.case.question.merits:
        clear = [row for row in result.rows(merit) if row.part_of is None and row.low > 0.0]
        if clear:
            found[merit] = clear[0].mechanism
    return found


def disagreement(result: Dissection) -> str:
    """Where the merits disagree on the main way out."""
    tops = _tops(result)
    if len(set(tops.values())) < 2 or result.body.censored == 1.0:
        return ""
    return (f"So the two measures disagree: {named(tops['control'])} decides how large the tumour grows, "
            f"{named(tops['progression'])} when it counts as progressed.")  # fmt: skip


def signs(result: Dissection) -> str:
    """Ways out on which the merits disagree in sign, both beyond their intervals."""
    found = []
    for name in result.case.mechanisms:
        rows = [row for row in result.shares if row.mechanism == name and (row.low > 0.0 or row.high < 0.0)]
        if len({row.share > 0.0 for row in rows}) > 1:
            found.append(name)
    if not found:
        return ""
    why = "a deeper response lowers the size from which RECIST counts"
    return f"On {joined([named(one) for one in found])} the two measures disagree even in sign, since {why}."


def no_levers(result: Dissection) -> str:
    """What is said where the case lists no interventions."""
    merit = _ordered(result)[0]
    gain = result.total(merit)
    nothing = gain <= 0.0 or (merit == "control" and size(gain) == "no smaller")
    worth = "gain nothing" if nothing else (
        f"gain {amount(merit, gain)}" if merit == "progression" else f"leave the worst site {amount(merit, gain)}")  # fmt: skip
    return f"What would help is not asked: the case lists no interventions. Lifting every way out at once would {worth}."


AGAINST = {"progression": "to put progression off,", "control": "to keep the tumour small,"}


def _merits(rows: Sequence[Rescue]) -> list[str]:
    return sorted(dict.fromkeys(row.merit for row in rows), key=lambda merit: merit != "progression")


def helps(rows: Sequence[Rescue], patients: int) -> str:
    """What would help most on each merit: the best intervention alone, and how sure its lead is."""
    alone = [row for row in rows if len(row.levers) == 1]
    tried = len({row.levers for row in alone})
    if not any(row.low > 0.0 for row in alone):
        return f"{'The one intervention' if tried == 1 else f'None of the {tried} interventions'} tried " + (
            "does not help for certain." if tried == 1 else "helps for certain.")  # fmt: skip
    said = [_help(best(tuple(alone), merit), patients) for merit in _merits(rows)]
    head = f"What would help most, of {tried} interventions tried:" if tried > 1 else "What would help:"
    return f"{head} {'; '.join(said)}."


def _help(ordered: Sequence[Rescue], patients: int) -> str:
    """The best lever of one merit, alone."""
    clear = [row for row in ordered if row.low > 0.0]
    against = AGAINST[ordered[0].merit]
    if not clear:
        return f"{against} none for certain"
    top = clear[0]
    said = f"{against} “{top.levers[0]}” ({worth(top, top.gain, patients, '; ')})"
    close = [f"“{row.levers[0]}”" for row in clear[1:] if row.high > top.low]
    if close:
        others = joined(close) if len(close) < 3 else f"{close[0]} and {len(close) - 1} others"
        said += f", though {others} {'is' if len(close) == 1 else 'are'} not clearly behind"
    more = [row for row in ordered if row.gain > top.gain and row.low <= 0.0]
    return said + (f"; “{more[0].levers[0]}” may do more ({amount(top.merit, more[0].gain)}), but not for certain" if more else "")


def pairs(rows: Sequence[Rescue]) -> str:
    """The best pair of each merit, where it gains more than any lever alone."""
    said = [text for text in (_pair(best(tuple(rows), merit)) for merit in _merits(rows)) if text]
    return f"The best pairs, beside the ideal of lifting every way out: {'; '.join(said)}." if said else ""


def _pair(ordered: Sequence[Rescue]) -> str:
    alone = max((row.gain for row in ordered if len(row.levers) == 1), default=0.0)
    both = [row for row in ordered if len(row.levers) > 1 and row.low > 0.0 and row.gain > alone]
    if not both:
        return ""
    top = both[0]
    part = "" if top.fraction_of_ideal is None else f", {100 * top.fraction_of_ideal:.0f} % of the ideal"
    return f"{AGAINST[top.merit]} “{top.levers[0]}” with “{top.levers[1]}” ({amount(top.merit, top.gain)}{part})"


def disputes(rows: Sequence[Rescue]) -> str:
    """Interventions about which the merits disagree."""
    names = [f"“{levers[0]}”" for levers in disputed(tuple(rows))]
    if not names:
        return ""
    gain, lose = ("gains", "loses") if len(names) == 1 else ("gain", "lose")
    return f"{joined(names)} {gain} on one measure and {lose} on the other."


def trust(result: Dissection) -> str:
    """What the brackets hold, and how far they can be trusted."""
    if result.replicates == 1:
        return "With one patient there are no intervals: nothing here can be called certain."
    if result.replicates < FEW:
        return f"Brackets hold 95 % intervals; over {result.replicates} patients they are only a hint."
    return "Brackets hold 95 % intervals over the patients."


def uncalibrated(calibrated: bool) -> str:
    """What stands near the top where the case is uncalibrated."""
    if calibrated:
        return ""
    return ("Uncalibrated: the free numbers of this case are assumed, not fitted to patients. Read which way out comes first "
            "rather than the days.")  # fmt: skip


def seen(course: Course) -> bool:
    """Whether any site was seen at day 0."""
    return any(site.presence is Presence.SEEN for site in course.case.subject.sites)
