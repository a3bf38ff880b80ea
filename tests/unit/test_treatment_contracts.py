"""Contracts and error sentences of the treatment and biopsy rooms."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from math import inf

import numpy as np
import pytest

from refugia.biopsy import SumOfDiameters, diameter, reading, share_of, volume
from refugia.terms import Assay, RefugiaError
from refugia.treatment import Curve, Drug, Kinetics, Regimen, Route
from refugia.treatment.effect import kill_slope
from refugia.treatment.kinetics import concentration, doses
from refugia.treatment.lower import lower, steady

EDGES = np.array([0.0, 7.0, 14.0, 20.0])


def three(number):
    return np.full(3, float(number))


def drug(name="alpha", curves=()):
    body = Kinetics(2.0, 5.0, 0.0, 0.0, 3.0, 0.1, 0.5)
    return Drug(name, body, curves, 0.1, 400.0, 7.2, 7.1, 7.4, 0.03)


def pill(name="alpha", **changes):
    return replace(Regimen(name, Route.ORAL, 100.0, 0.0, 1.0, 10.0, 0.0), **changes)


def test_days_of_a_regimen():
    """From the start, every so often, before `until` and before the horizon, both exclusive; inf gives one dose."""
    assert pill(start=2.0, every=3.0, until=11.0).days(100.0) == (2.0, 5.0, 8.0)
    assert pill(start=2.0, every=3.0, until=inf).days(8.0) == (2.0, 5.0)
    assert pill(start=2.0, every=inf, until=inf).days(100.0) == (2.0,)
    assert pill(start=0.0, every=inf, until=5.0).days(100.0) == (0.0,)
    assert pill(start=9.0, until=9.0).days(100.0) == ()
    assert pill(start=9.0, until=20.0).days(9.0) == ()
    assert len(pill(every=1.0, until=inf).days(720.0)) == 720
    assert pill(every=0.1, until=1.0).days(1.0)[3] == 3 * 0.1  # multiples, no running sum


def test_shapes_and_types_of_the_table():
    """Drugs in the order given, curves drug by drug, the leading axis patients."""
    alpha = drug("alpha", (Curve(("s", "c"), 0.1, 1.8), Curve(("t",), 60.0, 1.0)))
    beta = drug("beta", (Curve(("t", "elsewhere"), 0.02, 1.2),))
    table = lower((alpha, beta, drug("gamma")), (pill("beta"),), ("s", "t", "c", "m"), EDGES, 4, three)
    assert table.plasma.shape == (3, 3, 3, 4)
    assert table.plasma.dtype == np.float64
    assert table.ec50.tolist() == [[0.1, 60.0, 0.02]] * 3
    assert table.hill.shape == (3, 3)
    assert table.drug_of.tolist() == [0, 0, 1]
    assert table.drug_of.dtype == np.int64
    assert table.curve.tolist() == [[0, 1, 0, -1], [-1, 2, -1, -1], [-1, -1, -1, -1]]
    assert table.curve.dtype == np.int64
    assert table.base.shape == table.inside.shape == table.outside.shape == table.shrink.shape == (3, 3)
    assert (table.plasma[:, :, [0, 2]] == 0.0).all()
    assert (table.plasma[:, :, 1] > 0.0).any()


def test_without_drugs_the_table_is_empty_but_whole():
    table = lower((), (), ("s",), EDGES, 4, three)
    assert table.plasma.shape == (3, 3, 0, 4)
    assert table.ec50.shape == (3, 0)
    assert table.curve.shape == (0, 1)


def test_a_step_ahead_of_the_first_dose_is_exactly_zero():
    table = lower((drug(),), (pill(start=7.0, until=14.0),), (), EDGES, 4, three)
    assert (table.plasma[:, 0] == 0.0).all()
    assert (table.plasma[:, 1:] > 0.0).any(axis=-1).all()


def test_doses_before_the_first_edge_count():
    """A steady state can be started ahead of day 0."""
    table = lower((drug(),), (pill(start=-30.0, until=20.0),), (), EDGES, 8, three)
    np.testing.assert_allclose(table.plasma[:, 0].mean(), steady(drug(), pill(), three, 64).mean(), rtol=5e-3)


def test_an_oral_dose_waits_for_its_lag_and_loses_what_does_not_arrive():
    given = doses(drug().kinetics, [pill(until=2.0)], 20.0, three)
    assert given.day.tolist() == [[0.1] * 3, [1.1] * 3]
    assert given.gut.tolist() == [[50.0] * 3] * 2
    assert concentration(drug().kinetics, [pill()], three, np.array([0.05])).tolist() == [[0.0]] * 3


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (pill(dose=-1.0), 'Plan, drug "alpha", dose: -1.0 mg is below zero. Give the mass of one dose.'),
        (pill(every=0.0), 'Plan, drug "alpha", every: 0.0 days is not above zero. Give the days between doses, or inf.'),
        (pill(infusion=0.5), 'Plan, drug "alpha", infusion: an oral dose does not run for 0.5 days. Give 0.'),
        (pill(infusion=-0.5), 'Plan, drug "alpha", infusion: -0.5 days is below zero. Give 0 for a bolus.'),
        (pill("omega"), 'Plan: there is no drug "omega". Known: alpha.'),
    ],
)
def test_a_plan_that_cannot_be_given_is_refused(line, says):
    with pytest.raises(RefugiaError) as refused:
        lower((drug(),), (line,), (), EDGES, 4, three)
    assert str(refused.value) == says


def test_a_body_that_cannot_be_is_refused():
    for changes, words in (({"central": 0.0}, "central: 0.0 is not above zero"), ({"absorption": 0.0}, "absorbs no oral dose")):
        ill = replace(drug(), kinetics=replace(drug().kinetics, **changes))
        with pytest.raises(RefugiaError, match=words):
            lower((ill,), (pill(),), (), EDGES, 4, three)


def test_two_curves_for_one_clone_are_refused():
    twice = drug(curves=(Curve(("s",), 0.1, 1.0), Curve(("t", "s"), 0.2, 1.0)))
    with pytest.raises(RefugiaError, match='Drug "alpha": two curves name the clone "s"'):
        lower((twice,), (pill(),), ("s", "t"), EDGES, 4, three)


def test_steady_state_needs_repetition():
    with pytest.raises(RefugiaError, match="a single dose has no steady state"):
        steady(drug(), pill(every=inf), three, 4)
    with pytest.raises(RefugiaError, match="outlasts its interval"):
        steady(drug(), pill(route=Route.INTRAVENOUS, infusion=2.0), three, 4)


def test_a_drug_that_reaches_nothing_has_no_kill_slope():
    with pytest.raises(RefugiaError, match=r'Drug "alpha": its typical exposure reaches 1\.0e-09'):
        kill_slope(np.array([0.03, 0.03]), np.zeros(2), np.array([0.5, 1e-9]), "alpha")
    with pytest.raises(RefugiaError, match="alpha"):
        kill_slope(np.array([0.03]), np.zeros(1), np.array([np.nan]), "alpha")


def test_the_room_opens_without_its_machinery():
    """Importing the descriptions loads neither the kinetics nor a compiler."""
    code = "import sys, refugia.treatment; print([m for m in sys.modules if m.startswith(('refugia.treatment.', 'numba'))])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "['refugia.treatment.model']"


def test_spheres():
    """40, 20 and 12 mm are 33.5, 4.19 and 0.905 cm3, and back."""
    across = np.array([40.0, 20.0, 12.0])
    np.testing.assert_allclose(volume(across) / 1000.0, [33.5, 4.19, 0.905], rtol=1e-3)
    np.testing.assert_allclose(diameter(volume(across)), across, rtol=1e-14)


def test_readings():
    """No error reads the truth; the median of the readings is the truth; the log spread is the one asked for."""
    normals = np.random.default_rng(1).standard_normal(20_001)
    read = reading(np.full(normals.size, 30.0), 0.07, normals)
    assert np.median(np.log(read / 30.0)) == pytest.approx(0.07 * np.median(normals), abs=1e-12)
    assert np.log(read / 30.0).std() == pytest.approx(0.07 * normals.std(), rel=1e-9)
    np.testing.assert_array_equal(reading(np.array([30.0, 0.0]), 0.0, np.array([1.0, -1.0])), [30.0, 0.0])


def test_the_sum_of_diameters_is_an_assay():
    assay: Assay = SumOfDiameters(targets=(0, 1))
    assert (assay.name, assay.unit) == ("sum of diameters", "mm")
    np.testing.assert_allclose(assay.read(volume(np.array([[40.0, 20.0, 2.0], [10.0, 0.0, 2.0]]))), [60.0, 10.0], rtol=1e-14)


def test_share_of_a_sample():
    """Over all places of a sample, for any leading axes; not a number where there is no cell."""
    cells = np.zeros((2, 3, 2, 3), dtype=np.int64)
    cells[0, 0] = [[90, 5, 0], [95, 5, 5]]
    share = share_of(cells, (1, 2))
    assert share.shape == (2, 3)
    assert share[0, 0] == 15 / 200
    assert np.isnan(share[1, 2])
    assert (share_of(cells, (1,)) >= 0.01).tolist() == [[True, False, False], [False, False, False]]
