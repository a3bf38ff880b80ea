"""An emulator of simulated summaries: polynomial ridge regression (scikit-learn) with its cross-validated error stated."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.cohort.survival import library
from refugia.terms import FloatArray

IntArray = NDArray[np.int64]

DEGREES = (1, 2, 3)
PENALTIES = tuple(10.0**power for power in range(-4, 3))
FOLDS = 10
SLAB = 50_000  # points predicted at once, to bound the memory
LEAST = 4  # simulations for each term of the polynomial


class Emulator(NamedTuple):
    """One fitted regression for each summary, and how far its mean is off at points that it has not seen (root mean square)."""

    models: tuple[Any, ...]
    degree: tuple[int, ...]
    error: FloatArray  # (summary,)

    def predict(self, points: FloatArray) -> FloatArray:
        """Summaries (m, summary) at points (m, free)."""
        slabs = [points[start : start + SLAB] for start in range(0, len(points), SLAB)]
        return np.concatenate([np.stack([model.predict(slab) for model in self.models], axis=1) for slab in slabs])


def fit(points: FloatArray, values: FloatArray, noise: FloatArray | float = 0.0) -> Emulator:
    """Fit summaries (n, summary) over points (n, free), both on scales on which they are roughly normal.

    For each summary the degree of the polynomial is the one with the smallest error in ten-fold cross-validation, in which points
    that were simulated more than once stay together. From that error the `noise` (summary,) of one simulation is taken out: it says
    how far off the mean is, but never less than the noise that so many simulations leave in so many coefficients. A degree that has
    fewer than four simulations a term is not tried.

    >>> points = np.random.default_rng(1).normal(size=(60, 2))
    >>> found = fit(points, (points[:, :1] ** 2 + points[:, 1:]))
    >>> found.degree, bool(found.error[0] < 0.05)
    ((2,), True)
    """
    _, place = np.unique(points, axis=0, return_inverse=True)
    levels = np.broadcast_to(noise, values.shape[1:])
    chosen = [_best(points, column, place.ravel(), float(level)) for column, level in zip(values.T, levels, strict=True)]
    return Emulator(tuple(one[0] for one in chosen), tuple(one[1] for one in chosen), np.array([one[2] for one in chosen]))


def _best(points: FloatArray, column: FloatArray, place: IntArray, noise: float) -> tuple[Any, int, float]:
    selection = library("sklearn.model_selection", "calibrate")
    folds = selection.GroupKFold(FOLDS)
    tried = []
    for degree in DEGREES:
        model = _model(degree)
        terms = model[0].fit(points[:1]).n_output_features_ + 1
        if degree > DEGREES[0] and terms * LEAST > len(points):
            break
        missed = selection.cross_val_predict(model, points, column, groups=place, cv=folds) - column
        tried.append((float(np.mean(missed**2)), degree, terms))
    squared, degree, terms = min(tried)
    error = np.sqrt(max(squared - noise**2, noise**2 * terms / len(points)))
    return _model(degree).fit(points, column), degree, float(error)


def _model(degree: int) -> Any:
    """Polynomial terms, scaled, with a penalty chosen by leave-one-out."""
    make = library("sklearn.pipeline", "calibrate").make_pipeline
    preprocessing = library("sklearn.preprocessing", "calibrate")
    ridge = library("sklearn.linear_model", "calibrate").RidgeCV(PENALTIES)
    return make(preprocessing.PolynomialFeatures(degree, include_bias=False), preprocessing.StandardScaler(), ridge)
