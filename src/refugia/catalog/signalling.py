"""A network of signalling in which blocking one receptor brings up another: EGFR, PYK2, STAT3 and Met (Shin and others 2018)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.integrate import solve_ivp

from refugia.terms import FloatArray

SPECIES = ("pE", "Eu", "Pm", "P", "pP", "pS", "Mm", "M", "pM", "pB", "aT", "pK")
"""Active EGFR, ubiquitinated EGFR, messenger of PYK2, PYK2 and its active form, active STAT3, messenger of Met, Met and its active
form, active Cbl, phosphatase and ERK."""
TOLERANCE = 1e-8
Numbers = Mapping[str, float]
Drugs = tuple[float, float]
"""Levels of gefitinib and of an inhibitor of Met."""


def _receptor(y: Numbers, free: Numbers, k: Numbers, gefitinib: float) -> tuple[float, float, float, float]:
    """v1 to v4: EGFR is activated, made inactive, ubiquitinated and set free again."""
    pyk = k["Ki3a"] / (k["Ki3a"] + y["P"] + y["pP"])
    v1 = k["kc1"] * (k["EGF"] / (1.0 + gefitinib / k["Ki1"]) + k["caEGF"]) * free["E"] / (k["Km1"] + free["E"])
    v2 = (k["Vmax2"] + k["kc2"] * y["aT"]) * y["pE"] / (k["Km2"] + y["pE"])
    v3 = (k["Vmax3"] + k["kc3"] * y["pB"]) * free["E"] / (k["Km3"] + free["E"]) * pyk
    v4 = k["Vmax4"] * y["Eu"] / (k["Km4"] + y["Eu"])
    return v1, v2, v3, v4


def _pyk(y: Numbers, k: Numbers, blocker: float) -> tuple[float, ...]:
    """v5 to v10: the messenger of PYK2, PYK2 itself, and its activation by EGFR and Met."""
    v5 = k["Vs5"] + k["Vmax5"] * y["pS"] / (k["Km5"] + y["pS"])
    v6, v7, v8 = k["kdeg6"] * y["Pm"], k["Vmax7"] * y["Pm"] / (k["Km7"] + y["Pm"]), k["kdeg8"] * y["P"]
    v9 = (k["kc9a"] * y["pE"] + k["kc9b"] * y["pM"] / (1.0 + blocker / k["Ki9"])) * y["P"] / (k["Km9"] + y["P"])
    v10 = (k["Vmax10"] + k["kc10"] * y["aT"]) * y["pP"] / (k["Km10"] + y["pP"])
    return v5, v6, v7, v8, v9, v10


def _met(y: Numbers, free: Numbers, k: Numbers) -> tuple[float, ...]:
    """v11 to v18: STAT3, the messenger of Met, and Met."""
    v11 = k["kc11"] * y["pP"] * free["S"] / (k["Km11"] + free["S"])
    v12 = (k["Vmax12"] + k["kc12"] * y["aT"]) * y["pS"] / (k["Km12"] + y["pS"])
    v13 = k["Vs13"] + k["Vmax13"] * y["pS"] / (k["Km13"] + y["pS"])
    v14, v15 = k["kdeg14"] * y["Mm"], k["Vmax15"] * y["Mm"] / (k["Km15"] + y["Mm"])
    v16 = (k["kdeg16"] + k["kc16"] * y["pB"]) * y["M"] / (k["Km16"] + y["M"])
    v17 = (k["kc17"] * k["HGF"] + k["caHGF"]) * y["M"] / (k["Km17"] + y["M"])
    v18 = k["Vmax18"] * y["pM"] / (k["Km18"] + y["pM"])
    return v11, v12, v13, v14, v15, v16, v17, v18


def _output(y: Numbers, free: Numbers, k: Numbers, blocker: float) -> tuple[float, ...]:
    """v19 to v24: Cbl, the phosphatase, and ERK."""
    v19 = k["kc19"] * y["pE"] * free["B"] / (k["Km19"] + free["B"])
    v20 = (k["Vmax20"] + k["kc20"] * y["aT"]) * y["pB"] / (k["Km20"] + y["pB"])
    v21, v22 = k["kc21"] * y["pE"] * free["T"] / (k["Km21"] + free["T"]), k["Vmax22"] * y["aT"] / (k["Km22"] + y["aT"])
    met = k["kc23a"] * y["pM"] / (1.0 + blocker / k["Ki23"])
    v23 = (met + k["kc23b"] * y["pE"]) * free["K"] / (k["Km23"] + free["K"])
    v24 = k["Vmax24"] * y["pK"] / (k["Km24"] + y["pK"])
    return v19, v20, v21, v22, v23, v24


def slope(levels: FloatArray, k: Numbers, drugs: Drugs) -> list[float]:
    """The change of all species (12,) per unit of time. The inhibitors of PYK2 and STAT3 are left out."""
    y = dict(zip(SPECIES, levels.tolist(), strict=True))
    free = {"E": k["EGFR"] - y["pE"] - y["Eu"], "S": k["STAT3"] - y["pS"], "B": k["Cbl"] - y["pB"], "T": k["PTP"] - y["aT"],
            "K": k["ERK"] - y["pK"]}  # fmt: skip
    v1, v2, v3, v4 = _receptor(y, free, k, drugs[0])
    v5, v6, v7, v8, v9, v10 = _pyk(y, k, drugs[1])
    v11, v12, v13, v14, v15, v16, v17, v18 = _met(y, free, k)
    v19, v20, v21, v22, v23, v24 = _output(y, free, k, drugs[1])
    return [
        v1 - v2, v3 - v4, v5 - v6, v7 - v8 - v9 + v10, v9 - v10, v11 - v12, v13 - v14, v15 - v16 - v17 + v18, v17 - v18, v19 - v20,
        v21 - v22, v23 - v24,
    ]  # fmt: skip


def _until(law: Callable[[float, FloatArray], list[float]], start: FloatArray, times: list[float]) -> FloatArray:
    """The levels (12, times) at some times, by an implicit method: v23 and v24 are stiff."""
    run = solve_ivp(law, (0.0, times[-1]), start, method="BDF", rtol=TOLERANCE, atol=TOLERANCE * 1e-2, t_eval=times)
    return np.asarray(run.y)


def shin2018_bypass(**constants: float | list[float]) -> dict[str, float]:
    """The network at rest, and after a drug on EGFR alone or on EGFR and Met (Shin and others 2018), integrated implicitly.

    Inputs: the constants of v1 to v24 by their names; the totals EGFR, STAT3, Cbl, PTP and ERK; the start of the twelve species,
    each as `start_NAME`; `rest` the time until the drugs come, `gefitinib` and `blocker` (of Met) their levels, `time` that after.

    Outputs: `pEGFR`, `Met`, `pSTAT3` and `pERK`, each at rest as `rest_NAME` and at the time after the drugs; `peak_Met` up to
    then; `risen_Met` and `kept_pERK`, the levels over those at rest.
    """
    k = {name: float(value) for name, value in constants.items() if not isinstance(value, list)}
    start = np.array([k[f"start_{name}"] for name in SPECIES])
    at_rest = _until(lambda _, y: slope(y, k, (0.0, 0.0)), start, [k["rest"]])[:, -1]
    times = np.linspace(0.0, k["time"], 201).tolist()
    later = _until(lambda _, y: slope(y, k, (k["gefitinib"], k["blocker"])), at_rest, times)
    told = {"pEGFR": 0, "Met": SPECIES.index("M"), "pSTAT3": SPECIES.index("pS"), "pERK": SPECIES.index("pK")}
    found = {f"rest_{name}": float(at_rest[place]) for name, place in told.items()}
    found |= {name: float(later[place, -1]) for name, place in told.items()}
    ratios = {"risen_Met": found["Met"] / found["rest_Met"], "kept_pERK": found["pERK"] / found["rest_pERK"]}
    return found | ratios | {"peak_Met": float(later[told["Met"]].max())}
