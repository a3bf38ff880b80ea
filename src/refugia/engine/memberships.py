"""What a finished mixture says of each row, and of the law of its counts."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from refugia.engine.curves import log_beta_ratio, probability
from refugia.engine.mixture import marginal_of, predictive


@njit(cache=True, nogil=True, error_model="numpy")
def belong(mixture, shares):
    """Fill shares (row, slot): the posterior of each row's group, all other rows as they are."""
    groups = mixture.groups[0]
    values = np.empty(groups)
    for i in range(mixture.curves.shape[0]):
        own = mixture.group[i]
        for k in range(groups):
            if k != own:
                values[k] = math.log(mixture.size[k] + 1.0) + predictive(mixture, i, k, -np.inf)
                continue
            rest = marginal_of(mixture.total[k] - mixture.curves[i], mixture.lumps) if mixture.size[k] > 1 else 0.0
            fresh = 0.0 if mixture.size[k] > 1 else math.log(groups * max(groups - 1.0, 1.0) / (mixture.group.size + groups - 1.0))
            values[k] = math.log(float(mixture.size[k])) + mixture.marginal[k] - rest + fresh
        top = values.max()
        total = 0.0
        for k in range(groups):
            shares[i, k] = math.exp(values[k] - top)
            total += shares[i, k]
        shares[i, :groups] /= total


@njit(cache=True, nogil=True, error_model="numpy")
def seat_others(mixture, curves, shares):
    """Fill shares (row, slot) for rows that are not in the mixture, from their curves (row, column, grid): the groups
    stay as they are."""
    groups = mixture.groups[0]
    for i in range(curves.shape[0]):
        top = -np.inf
        for k in range(groups):
            value = math.log(mixture.size[k] + 1.0)
            for s in range(curves.shape[1]):
                value += math.log(max(_mean(mixture, k, s, curves[i, s]), 1e-300))
            shares[i, k] = value
            top = max(top, value)
        total = 0.0
        for k in range(groups):
            shares[i, k] = math.exp(shares[i, k] - top)
            total += shares[i, k]
        shares[i, :groups] /= total


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _mean(mixture, k, s, curve):
    """Likelihood of a curve under the posterior of group k, on the nearest grid points."""
    value = 0.0
    for j in range(mixture.filled[k, s]):
        value += mixture.weight[k, s, j] * math.exp(curve[int(mixture.place[k, s, j] + 0.5)])
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def form_weights(data, forms, law, shares, out):
    """Posterior of the forms of each place at given shares (row, column): fills out (row, column, form).

    data: counts, depths and kinds (row, column); law (precision, least probability).
    Returns the log likelihood of all counts, binomial coefficients left out.
    """
    counts, depths, kinds = data
    sum_ = 0.0
    for i in range(counts.shape[0]):
        for s in range(counts.shape[1]):
            n, first = depths[i, s], forms.start[kinds[i, s]]
            last = forms.start[kinds[i, s] + 1]
            top, total = -np.inf, 0.0
            for form in range(first, last):
                out[i, s, form - first] = forms.log_weight[form]
                if n > 0:
                    p = probability(forms, form, shares[i, s], law[1])
                    out[i, s, form - first] += log_beta_ratio(counts[i, s], n - counts[i, s], p, law[0])
                top = max(top, out[i, s, form - first])
            for form in range(last - first):
                out[i, s, form] = math.exp(out[i, s, form] - top)
                total += out[i, s, form]
            for form in range(last - first):
                out[i, s, form] /= total
            sum_ += top + math.log(total)
    return sum_


@njit(cache=True, nogil=True, error_model="numpy")
def draw_members(mixture, chance, out):
    """Draws of the shares of every row from the posterior of its group: chance (slot, column, draw), out (row, column, draw)."""
    columns, draws = out.shape[1], out.shape[2]
    last = mixture.total.shape[2] - 1
    value = np.empty((mixture.groups[0], columns, draws))
    for k in range(mixture.groups[0]):
        for s in range(columns):
            whole = mixture.weight[k, s, : mixture.filled[k, s]].sum()
            for d in range(draws):
                left = chance[k, s, d] * whole
                at = 0
                while at < mixture.filled[k, s] - 1 and left > mixture.weight[k, s, at]:
                    left -= mixture.weight[k, s, at]
                    at += 1
                value[k, s, d] = (mixture.place[k, s, at] / last) ** 2
    for i in range(out.shape[0]):
        out[i] = value[mixture.group[i]]
