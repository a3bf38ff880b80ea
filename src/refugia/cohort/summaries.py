"""The figures by which a cohort is compared with a trial."""

from __future__ import annotations

import numpy as np

from refugia.cohort.model import Cohort
from refugia.cohort.outcomes import Outcomes
from refugia.cohort.survival import MONTH, Estimate, Group, median, proportion, smooth_median
from refugia.terms import FloatArray

SAYS = {
    "pfs": "median progression-free survival, months",
    "orr": "confirmed response rate",
    "dor": "median duration of response, months",
    "change": "mean change of the sum of diameters at six weeks, without progressors",
    "t790m": "share of progressions with T790M",
    "cns": "progression in the brain among those with lesions there",
    "new": "share of progressions by a lesion not seen at baseline",
    "hr": "hazard ratio of progression",
}
"""What each summary is."""


def resistant(found: Outcomes, share: float) -> tuple[int, int]:
    """How many progressing lesions carry the alteration in at least a share of their cells, and how many progressed."""
    progressed = found.resistant[np.isfinite(found.progression)]
    return int((progressed >= share).sum()), progressed.size


def durations(found: Outcomes) -> Group:
    """Days (responders,) from the first sight of a response to progression, and to the last look."""
    start = found.response[found.responded]
    return Group(found.progression[found.responded] - start, found.until[found.responded] - start)


def organ_events(found: Outcomes, window: float) -> tuple[int, int]:
    """How many of those with a lesion in the organ progressed there within the window, and how many there are."""
    return int((found.organ[found.watched] <= window).sum()), int(found.watched.sum())


def first_change(found: Outcomes) -> FloatArray:
    """Changes (patients,) of the sum of diameters at the first scan, without those who progressed at it."""
    return np.asarray(found.first_change[found.progression > found.scans[1]])


def _share(cohort: Cohort) -> float:
    share = cohort.rules.share
    return share if isinstance(share, float) else share.value


def summaries(found: Outcomes, cohort: Cohort) -> dict[str, float]:
    """Every summary of a run, by its key; times in months, medians between scans."""
    share = _share(cohort)
    hits, progressed = resistant(found, share)
    events, watched = organ_events(found, cohort.rules.window)
    return {
        "pfs": smooth_median(found.progression, found.until) / MONTH,
        "orr": float(found.responded.mean()),
        "dor": smooth_median(*durations(found)) / MONTH,
        "change": float(first_change(found).mean()),
        "t790m": hits / progressed if progressed else float("nan"),
        "cns": events / watched if watched else float("nan"),
        "new": int(found.new_lesion.sum()) / progressed if progressed else float("nan"),
    }


def estimates(found: Outcomes, cohort: Cohort) -> dict[str, Estimate]:
    """Every summary of one run with the interval that its number of patients leaves; Kaplan-Meier medians at the scans."""
    share = _share(cohort)
    changes = first_change(found)
    half = 1.96 * float(changes.std(ddof=1)) / np.sqrt(changes.size) if changes.size > 1 else float("inf")
    middle = float(changes.mean()) if changes.size else float("nan")
    times = {"pfs": median(found.progression, found.until)}
    lasting = durations(found)
    if lasting.days.size:
        times["dor"] = median(*lasting)
    return {
        **{key: Estimate(*(part / MONTH for part in time)) for key, time in times.items()},
        "orr": proportion(int(found.responded.sum()), found.responded.size),
        "change": Estimate(middle, middle - half, middle + half),
        "t790m": proportion(*resistant(found, share)),
        "cns": proportion(*organ_events(found, cohort.rules.window)),
        "new": proportion(int(found.new_lesion.sum()), resistant(found, share)[1]),
    }
