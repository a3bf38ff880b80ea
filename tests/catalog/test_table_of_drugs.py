"""The kinetics of drugs against the table of facts, row by row: what it does not print, or has from memory alone, is assumed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from refugia.catalog.numbers import load_parameters
from refugia.terms import Basis
from refugia.terms.units import convert

TABLE = Path(__file__).parents[3] / "shared" / "facts" / "drugs.csv"
pytestmark = pytest.mark.skipif(not TABLE.is_file(), reason="the table of drugs (../shared/facts) is not here")
FIELDS = {
    "clearance": ("CL_L_per_h", "L/h"), "central": ("V1_L", "L"), "exchange": ("Q_L_per_h", "L/h"), "peripheral": ("V2_L", "L"),
    "absorption": ("ka_per_h", "1/h"), "lag": ("tlag_h", "h"), "unbound": ("fu_plasma", ""), "base": ("pKa", ""),
    "molar_mass": ("MW_g_per_mol", "g/mol"),
}  # fmt: skip
CALLED = {"liposomal_doxorubicin": "liposomal doxorubicin (human, pegylated)", "emtansine": "trastuzumab emtansine"}
LUMPED = {"doxorubicin"}
"""Drugs whose kinetics the catalogue holds with fewer compartments than the table."""


def _rows() -> dict[str, dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["drug"]: row for row in csv.DictReader(file)}


def test_what_the_table_prints_is_what_the_catalogue_holds() -> None:
    rows, compared, said = _rows(), 0, []
    for name, number in load_parameters().items():
        drug, _, field = name.rpartition(".")
        row = rows.get(CALLED.get(drug, drug))
        if row is None or field not in FIELDS:
            continue
        column, unit = FIELDS[field]
        printed = row[column]
        if (not printed or column in row["memory_fields"].split(";")) and number.basis is not Basis.ASSUMED:
            said.append(f"{name}: {number.basis}, and the table has nothing but memory")
        if printed and drug not in LUMPED:
            compared += 1
            if convert(number.value, number.unit, unit) != pytest.approx(float(printed), rel=2e-3):
                said.append(f"{name}: {number.value} {number.unit}, and the table has {printed} {unit}")
    assert said == []
    assert compared > 40
