"""A calibration on disk: posterior, correlations, misses and predictions as tables, as parameters, and as a page to read."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from refugia.catalog.numbers import load_parameters
from refugia.catalog.reader import parameters_of
from refugia.cohort.calibration import SAME, Calibration
from refugia.cohort.model import Trial
from refugia.cohort.trial import PREDICTED, Prediction, checks, drawn, naive, predictions
from refugia.course.ensemble import Executor
from refugia.report.files import write_json, write_table
from refugia.report.provenance import provenance
from refugia.report.trials import verdict
from refugia.terms import Parameter

POSTERIOR = ("number", "prior_median", "prior_low", "prior_high", "median", "low", "high", "width_over_prior", "identified")
TARGETS = ("summary", "published", "published_low", "published_high", "simulated", "low", "high", "emulator_error", "miss")
PREDICTIONS = ("trial", "arm", "summary", "published", "published_low", "published_high", "evidence", "predicted", "low", "high",
               "with_all_low", "with_all_high", "naive", "off_by", "verdict")  # fmt: skip

Rows = list[tuple[object, ...]]


class Findings(NamedTuple):
    """A calibration with what follows from it: checks of the targets and predictions, the second ones with all numbers drawn."""

    calibration: Calibration
    checks: dict[str, tuple[float, float, float]]  # summary of the calibration arm -> median and 95 % range
    predictions: Sequence[Prediction]
    wide: Sequence[Prediction]
    trials: Sequence[Trial]


def find(found: Calibration, trials: Sequence[Trial], draws: int, *, threads: int = 0,
         executor: Executor | None = None) -> Findings:  # fmt: skip
    """Simulate the calibration arm and the trials of its cohort at some draws of the posterior."""
    mine = [trial for trial in trials if trial.cohort == found.cohort.id]
    narrow, wide = (
        predictions(mine, found.cohort, drawn(found, draws, all_numbers=everything), found.seed, threads=threads, executor=executor)
        for everything in (False, True)
    )
    return Findings(found, checks(found, draws, threads=threads, executor=executor), narrow, wide, mine)


def digest(found: Calibration) -> str:
    """SHA-256 of the cohort's file, of every number of its cases, and of all that was simulated."""
    hashed = sha256(found.cohort.source.encode())
    for case in found.cohort.cases.values():
        hashed.update("\n".join(map(repr, parameters_of(case))).encode())
    for array in (found.design, found.simulated, found.draws):
        hashed.update(np.round(array, 9).tobytes())
    return hashed.hexdigest()


def posterior_rows(found: Calibration) -> Rows:
    """One row a free number, columns as in POSTERIOR."""
    rows: Rows = []
    ranges, widths = found.ranges().tolist(), found.narrowing().tolist()
    for free, (low, median, high), width in zip(found.cohort.free, ranges, widths, strict=True):
        prior = (free.value, free.interval.low, free.interval.high)
        rows.append((free.label, *prior, median, low, high, width, "no" if width > SAME else "yes"))
    return rows


def target_rows(findings: Findings) -> Rows:
    """One row a target, columns as in TARGETS: a miss is a median outside the published interval."""
    rows: Rows = []
    for target, error in zip(findings.calibration.cohort.targets, findings.calibration.emulator.error.tolist(), strict=True):
        median, low, high = findings.checks[target.summary]
        miss = "" if target.low <= median <= target.high else "MISS"
        rows.append((target.summary, target.value, target.low, target.high, median, low, high, error, miss))
    return rows


def prediction_rows(findings: Findings) -> Rows:
    """One row a printed result, columns as in PREDICTIONS; the calibration arm is left out."""
    made = {(p.trial, p.arm, p.summary): p for p in findings.predictions}
    wide = {(p.trial, p.arm, p.summary): p for p in findings.wide}
    rows: Rows = []
    for trial in findings.trials:
        printed = [(arm.name, arm, one) for arm in trial.arms if arm.drugs for one in arm.published if one.summary in PREDICTED]
        for name, arm, one in [*printed, *(("", None, one) for one in trial.comparison)]:
            key = (trial.id, name, one.summary)
            other = None if arm is None else naive(findings.trials, trial, arm, one.summary)
            off = made[key].value / one.value - 1.0
            rows.append((trial.id, name or "both", one.summary, one.value, one.low, one.high, one.evidence, *made[key][3:],
                         *(wide[key][4:]), other, off, verdict(one, made[key].value)))  # fmt: skip
    return rows


def posterior_toml(found: Calibration) -> str:
    """The posterior as computed parameters of the catalogue, with their 95 % intervals and where they come from."""
    free, ranges = found.cohort.free, found.ranges()
    said = f"{len(found.design)} simulated cohorts of {found.patients} patients, seed {found.seed}, sha256 {digest(found)}"
    widths = {one.name: ranges[k] for k, one in enumerate(free) if one.of_spread}
    joint = _along(found)
    lines = [f"# Posterior of the calibration of the cohort {found.cohort.id}: {said}.", "# Written by `refugia calibrate`."]
    for one, (low, median, high) in zip(free, ranges.tolist(), strict=True):
        if one.of_spread:
            continue
        printed = load_parameters()[one.name]
        where = f"posterior median and 95 % interval, cohort {found.cohort.id}: {said}"
        if one.name in widths:
            where += f"; the width of the spread is calibrated too: {_three(widths[one.name])}"
        law = "log10normal" if one.interval.law.value == "log10normal" else "lognormal"
        interval = f'{{ law = "{law}", low = {low:.6g}, high = {high:.6g}, along = {{ {joint[one.name]} }} }}'
        lines += ["", f"[{found.cohort.prefix}.{one.name}]", f'says = "{printed.says}, calibrated"']
        lines += [f"value = {median:.6g}", f'unit = "{printed.unit}"', 'cite = "soria2018"', f'where = "{where}"']
        lines += ['basis = "computed"', f"interval = {interval}", *_spread(printed, widths)]
    return "\n".join(lines) + "\n"


def _along(found: Calibration) -> dict[str, str]:
    """How the values of the free numbers go together in the posterior: for each the weights of the scores of those before it."""
    places = [k for k, one in enumerate(found.cohort.free) if not one.of_spread]
    ids = [f"{found.cohort.prefix}.{found.cohort.free[k].name}" for k in places]
    factor = np.linalg.cholesky(found.scores(places))
    lines = [", ".join(f'"{name}" = {weight:.6g}' for name, weight in zip(ids, row, strict=False)) for row in map(_until, factor)]
    return dict(zip((found.cohort.free[k].name for k in places), lines, strict=True))


def _until(row: Any) -> list[float]:
    """The entries of a row of a triangular matrix up to its diagonal."""
    return [float(weight) for weight in row[: int(np.flatnonzero(row)[-1]) + 1]]


def _three(numbers: Any) -> str:
    low, median, high = numbers
    return f"{median:.3g} ({low:.3g} to {high:.3g})"


def _spread(printed: Parameter, widths: dict[str, Any]) -> list[str]:
    spread = printed.spread
    if spread is None:
        return []
    width = widths[printed.id][1] if printed.id in widths else spread.width
    cuts = "".join(f", {side} = {cut:g}" for side, cut in (("low", spread.low), ("high", spread.high)) if cut is not None)
    return [f'spread = {{ law = "{spread.law.value}", width = {width:.6g}{cuts}, per = "{spread.per.value}" }}']


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table of a page; floats with three digits."""

    def shown(value: object) -> str:
        return f"{value:.3g}" if isinstance(value, float) else "" if value is None else str(value)

    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(map(shown, row)) + " |" for row in rows)])


def page(findings: Findings) -> str:
    """The report of a calibration, in Markdown."""
    found = findings.calibration
    labels = [one.label for one in found.cohort.free]
    correlations = [(name, *row) for name, row in zip(labels, found.correlations().tolist(), strict=True)]
    kept = [str(row[0]) for row in posterior_rows(found) if row[-1] == "no"]
    rows = prediction_rows(findings)
    misses = [f"{row[2]} of {row[0]} ({row[1]})" for row in rows if row[-1] == "MISS"]
    missed = [str(row[0]) for row in target_rows(findings) if row[-1]]
    parts = [
        f"# Calibration of {found.cohort.id}",
        "Research software: it recommends nothing for an individual patient.",
        f"{len(found.design)} simulated cohorts of {found.patients} patients, seed {found.seed}; {found.effective:.0f} effective "
        f"draws. Emulator: polynomials of degree {', '.join(map(str, found.emulator.degree))}, ridge regression; the "
        "cross-validated error of its mean stands beside each target on the scale of comparison.",
        "## Posterior", _table(POSTERIOR, posterior_rows(found)),
        "Not identified (at least 80 % of the prior's width is left): " + (", ".join(kept) or "none") + ".",
        "## Rank correlations", _table(["", *labels], correlations),
        "## Targets", "Simulated directly over draws of the posterior (median and 95 % range, patients' chance included).",
        _table(TARGETS, target_rows(findings)), "Missed targets: " + (", ".join(missed) or "none") + ".",
        "Not a target, printed as a check: progressions by a lesion not seen at baseline, "
        f"{findings.checks['new'][1]:.2f} to {findings.checks['new'][2]:.2f}.",
        "## Predictions",
        "Nothing was fitted to these. Interval: draws of the posterior, and patients as many as were treated; with_all: numbers "
        "that are not free drawn from their intervals as well. Naive: median of what other trials of the same drug printed. "
        "Verdict: inside the published interval; near, within 12 % or 0.15 of a log hazard ratio; else MISS.",
        _table(PREDICTIONS, rows), "Misses: " + (", ".join(misses) or "none") + ".",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def calibration_summary(findings: Findings) -> dict[str, Any]:
    """The calibration as one JSON object."""

    def named(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[dict[str, object]]:
        return [dict(zip(head, row, strict=True)) for row in rows]

    found = findings.calibration
    return {
        "cohort": found.cohort.id,
        "seed": found.seed,
        "simulations": len(found.design),
        "patients": found.patients,
        "effective_draws": found.effective,
        "sha256": digest(found),
        "posterior": named(POSTERIOR, posterior_rows(found)),
        "correlations": found.correlations().tolist(),
        "targets": named(TARGETS, target_rows(findings)),
        "checks": {key: list(value) for key, value in findings.checks.items()},
        "predictions": named(PREDICTIONS, prediction_rows(findings)),
    }


def write_calibration(folder: Path, findings: Findings) -> None:
    """Write posterior.toml, the tables, the page, the draws and the provenance into a folder."""
    found = findings.calibration
    labels = [one.label for one in found.cohort.free]
    (folder / "posterior.toml").write_text(posterior_toml(found), encoding="utf-8")
    (folder / "calibration.md").write_text(page(findings), encoding="utf-8")
    write_table(folder / "posterior.csv", POSTERIOR, posterior_rows(found))
    write_table(folder / "correlations.csv", ["", *labels],
                [(name, *row) for name, row in zip(labels, found.correlations().tolist(), strict=True)])  # fmt: skip
    write_table(folder / "draws.csv", labels, found.draws.tolist())
    write_table(folder / "simulations.csv", [*labels, *(target.summary for target in found.cohort.targets)],
                np.hstack([found.design, found.simulated]).tolist())  # fmt: skip
    write_table(folder / "targets.csv", TARGETS, target_rows(findings))
    write_table(folder / "predictions.csv", PREDICTIONS, prediction_rows(findings))
    write_json(folder / "summary.json", calibration_summary(findings))
    case = next(iter(found.cohort.cases.values()))
    origin = provenance(case, parameters_of(case), found.seed, found.patients)
    write_json(folder / "provenance.json", {**origin, "sha256": digest(found)})
