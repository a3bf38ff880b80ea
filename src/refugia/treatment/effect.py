"""What a level of drug does to cells: uptake of a weak base, the kill slope, and how the drugs of a plan add up."""

from __future__ import annotations

import numpy as np

from refugia.terms import FloatArray, RefugiaError

LEAST = 1e-6  # share of the largest effect below which no kill slope can be derived


def uptake(acidity: FloatArray, base: FloatArray, inside: FloatArray) -> FloatArray:
    """Concentration of a weak base inside cells over outside, where only its neutral form crosses the membrane.

    Ci/Ce = (1 + 10^(pKa - pHi)) / (1 + 10^(pKa - pHe)): Gerweck and Seetharaman 1996, Cancer Res 56:1194. Arrays broadcast;
    `acidity` is the pH outside; a base of -inf does not ionise and gives exactly 1.

    >>> float(uptake(np.array(7.0), np.array(8.3), np.array(7.2)).round(3))
    0.649
    """
    ratio: FloatArray = (1.0 + 10.0 ** (base - inside)) / (1.0 + 10.0 ** (base - acidity))
    return ratio


def trapping(acidity: FloatArray, base: FloatArray, inside: FloatArray, outside: FloatArray) -> FloatArray:
    """Uptake at the local pH over uptake where the response was measured, (B, P) from acidity (B, P) and three (B,).

    Exactly 1 where the acidity equals `outside`. The pH inside cells, held the same in both, cancels.

    >>> float(trapping(np.array([[6.8]]), np.array([7.2]), np.array([7.2]), np.array([7.4]))[0, 0].round(3))
    0.464
    """
    pka, core = base[:, None], inside[:, None]
    return uptake(acidity, pka, core) / uptake(outside[:, None], pka, core)


def kill_slope(shrink: FloatArray, net: FloatArray, share: FloatArray, drug: str) -> FloatArray:
    """The kill slope k at full effect, (patients,) in 1/day, that gives the observed shrink slope at a reference effect share.

    (k + net) share - net = shrink, with `shrink` and `net` in 1/day and `share` the mean effect share at the patient's typical
    exposure. Raises RefugiaError where a patient's share is below 1e-6.

    >>> kill_slope(np.array([0.031]), np.array([0.0035]), np.array([0.386]), "gefitinib").round(3).tolist()
    [0.086]
    """
    if not np.all(share >= LEAST):
        weakest = float(np.min(share)) if not np.any(np.isnan(share)) else float("nan")
        raise RefugiaError(
            f'Drug "{drug}": its typical exposure reaches {weakest:.1e} of the largest effect, too little for the shrinkage seen. '
            "Give a lower ec50, a higher dose, or a larger unbound share."
        )
    return (shrink + net) / share - net


def loss(shares: FloatArray, kill: FloatArray, net: FloatArray) -> FloatArray:
    """Net growth lost to all drugs together, (B, P) in 1/day, under Bliss independence.

    A drug alone lowers net growth by (k_d + net) share_d, so that full effect turns net growth into -k_d. Independent action means
    that surviving fractions multiply (Bliss 1939, Ann Appl Biol 26:585), hence the lost rates add. shares (B, P, D); kill (B, D)
    and net (B,) in 1/day.

    >>> loss(np.array([[[1.0, 0.5]]]), np.array([[0.03, 0.02]]), np.array([0.01])).round(6).tolist()
    [[0.055]]
    """
    lost = np.zeros(shares.shape[:2])
    for number in range(shares.shape[2]):
        lost += (kill[:, number] + net)[:, None] * shares[:, :, number]
    return lost


def split(birth: FloatArray, death: FloatArray, lost: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Birth and death under drug: the loss is taken from birth first, the rest is added to death. Any arrays that broadcast, 1/day.

    >>> [float(rate) for rate in split(np.array(0.25), np.array(0.125), np.array(0.5))]
    [0.0, 0.375]
    """
    return np.maximum(birth - lost, 0.0), death + np.maximum(lost - birth, 0.0)
