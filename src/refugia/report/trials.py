"""A trial run on virtual patients as JSON and on the screen, beside what was printed and the naive forecast."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, log
from typing import TYPE_CHECKING, Any

from refugia.cohort.model import Arm, Published, Trial
from refugia.cohort.summaries import SAYS
from refugia.cohort.survival import Estimate, curve
from refugia.cohort.trial import TrialRun, drugs_of, naive
from refugia.report.screen import ADVICE, table_of

if TYPE_CHECKING:
    from rich.console import Console


SHORT = {
    "pfs": "PFS", "orr": "response", "dor": "DOR", "change": "change", "t790m": "T790M", "cns": "CNS", "new": "new",
}  # fmt: skip
"""What each summary is called in a table of 80 columns."""


NONE = "-"


def _number(value: float) -> float | None:
    """JSON knows no infinity: what is not reached is null."""
    return float(value) if isfinite(value) else None


def _estimate(found: Estimate) -> dict[str, float | None]:
    return {"value": _number(found.value), "low": _number(found.low), "high": _number(found.high)}


def _printed(one: Published | None) -> dict[str, Any] | None:
    return None if one is None else {"value": one.value, "low": one.low, "high": one.high, "evidence": one.evidence}


def _of(published: Sequence[Published], summary: str) -> Published | None:
    return next((one for one in published if one.summary == summary), None)


def verdict(published: Published, value: float) -> str:
    """The verdict of the case sheet: inside the published interval; else off by at most 12 %, or 0.15 of a log hazard ratio."""
    if published.low is not None and published.high is not None and published.low <= value <= published.high:
        return "inside"
    allowed = 0.15 if published.summary == "hr" else log(1.12)
    return "near" if value > 0.0 and abs(log(value / published.value)) <= allowed else "MISS"


def _verdict(published: Published | None, value: float) -> str | None:
    return None if published is None or not isfinite(value) else verdict(published, value)


def _arm(found: TrialRun, index: int, arm: Arm, trials: Sequence[Trial]) -> dict[str, Any]:
    outcomes, smooth = found.outcomes[index], found.smoothed(index)
    line = curve(outcomes.progression, outcomes.until)
    return {
        "name": arm.name,
        "drugs": dict(drugs_of(arm, found.cohort)),
        "summaries": {
            key: {
                "says": SAYS[key],
                **_estimate(estimate),
                "between_scans": _number(smooth[key]) if key in ("pfs", "dor") else None,
                "published": _printed(_of(arm.published, key)),
                "naive": naive(trials, found.trial, arm, key),
                "verdict": _verdict(_of(arm.published, key), smooth[key]),
            }
            for key, estimate in found.estimates(index).items()
        },
        "curve": {name: [float(part) for part in getattr(line, name)] for name in line._fields},
    }


def trial_summary(found: TrialRun, trials: Sequence[Trial]) -> dict[str, Any]:
    """A trial run as one JSON object; times in months, the curve in days."""
    ratio, printed = None, _of(found.trial.comparison, "hr")
    if found.ratio is not None:
        ratio = {**_estimate(found.ratio), "published": _printed(printed), "verdict": _verdict(printed, found.ratio.value)}
    return {
        "trial": found.trial.id,
        "title": found.trial.title,
        "cohort": found.cohort.id,
        "calibrated": found.cohort.calibrated,
        "role": found.trial.role,
        "n": found.size,
        "seed": found.seed,
        "arms": [_arm(found, index, arm, trials) for index, arm in enumerate(found.trial.arms)],
        "hazard_ratio": ratio,
        "note": found.trial.note,
    }


def _shown(value: float | None, low: float | None = None, high: float | None = None) -> str:
    if value is None:
        return NONE
    if low is None and high is None:
        return f"{value:.3g}"
    ends = (NONE if end is None else f"{end:.3g}" for end in (low, high))
    return f"{value:.3g} ({' to '.join(ends)})"


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    """A line of the table: simulated, between scans, published, naive, verdict."""
    printed = row["published"] or {"value": None, "low": None, "high": None}
    simulated, published = (_shown(one["value"], one["low"], one["high"]) for one in (row, printed))
    return simulated, _shown(row["between_scans"]), published, _shown(row["naive"]), row["verdict"] or NONE


def show_trial(console: Console, content: dict[str, Any]) -> None:
    """The tables of a trial run."""
    console.print(f"[bold]{content['title']}[/bold]", highlight=False)
    console.print(f"[dim]{ADVICE}[/dim]")
    state = "calibrated" if content["calibrated"] else "uncalibrated"
    console.print(f"{content['n']} virtual patients an arm of cohort {content['cohort']} ({state}), seed {content['seed']}.")
    for arm in content["arms"]:
        mix = ", ".join(f"{100 * share:.0f} % {drug}" for drug, share in arm["drugs"].items())
        title = arm["name"] if len(arm["drugs"]) == 1 else f"{arm['name']}: {mix}"
        rows = [(SHORT[key], *_cells(row)) for key, row in arm["summaries"].items()]
        heads = ("", "simulated", "smooth", "published", "naive", "verdict")
        told = [place for place in range(len(heads)) if place == 0 or any(row[place] != NONE for row in rows)]
        table = table_of(title, *(heads[place] for place in told))
        for row in rows:
            table.add_row(*(row[place] for place in told))
        console.print(table)
    ratio = content["hazard_ratio"]
    if ratio is not None:
        printed = ratio["published"] or {"value": None, "low": None, "high": None}
        console.print(f"{SAYS['hr']}: {_shown(ratio['value'], ratio['low'], ratio['high'])}; "
                      f"published {_shown(printed['value'], printed['low'], printed['high'])}"
                      f"{': ' + ratio['verdict'] if ratio['verdict'] else ''}.", highlight=False)  # fmt: skip
    for key in content["arms"][0]["summaries"]:
        console.print(f"  [bold]{SHORT[key]}[/bold]: {SAYS[key]}.", highlight=False)
    console.print("In brackets 95 % intervals. Medians are Kaplan-Meier's at the scans, which all virtual patients share; "
                  "smooth: between scans, which undoes that.", highlight=False)  # fmt: skip
    console.print("Naive: the median of what other trials of the same drug printed. Verdict: inside the published interval; near, "
                  "within 12 % (0.15 of a log hazard ratio); else MISS.", highlight=False)  # fmt: skip
    if content["note"]:
        console.print(f"Note: {content['note']}", highlight=False)
