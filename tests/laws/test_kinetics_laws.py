"""Kinetics against closed forms, the matrix exponential, and half-lives and steady averages computed from published parameters."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from math import inf

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import expm

from refugia.treatment import Drug, Kinetics, Regimen, Route
from refugia.treatment.kinetics import Amounts, advance, concentration, half_life, rates
from refugia.treatment.lower import exposure_mean, lower, steady

HOURS = 24.0


def one(number):
    return np.full(1, float(number))


def kinetics(clearance, central, exchange=0.0, peripheral=0.0, absorption=1.0, lag=0.0):
    return Kinetics(clearance, central, exchange, peripheral, absorption, lag, 1.0)


def bolus(dose, start=0.0, every=inf, until=inf):
    return Regimen("d", Route.INTRAVENOUS, dose, start, every, until, 0.0)


def infusion(dose, length, start=0.0, every=inf, until=inf):
    return Regimen("d", Route.INTRAVENOUS, dose, start, every, until, length)


def pill(dose, start=0.0, every=inf, until=inf):
    return Regimen("d", Route.ORAL, dose, start, every, until, 0.0)


def drug(body, unbound=1.0, mass=1000.0):
    return Drug("d", body, (), unbound, mass, -inf, 7.2, 7.4, 0.03)


# Clearances and volumes per hour as printed in the sources named; half-lives computed from them (tolerance 0.5 %, as tabulated).
HALF_LIVES = [
    pytest.param(kinetics(0.0086, 2.678, 0.0186, 2.423), 19.1 * HOURS, id="bevacizumab, Han 2016 10.1007/s00280-016-3079-6"),
    pytest.param(kinetics(0.22 / 24, 3.48, 0.795 / 24, 4.06), 25.8 * HOURS, id="pembrolizumab, Ahamadi 2017 10.1002/psp4.12139"),
    pytest.param(kinetics(0.111 / 24, 2.91, 0.445 / 24, 3.06), 39.9 * HOURS, id="trastuzumab, 10.1007/s00280-015-2922-5"),
    pytest.param(kinetics(162, 15, 42, 15), 19.6 / 60, id="gemcitabine, Jiang 2008 10.1111/j.1365-2125.2007.03040.x"),
    pytest.param(kinetics(58.3, 1580), 18.8, id="palbociclib, Royer 2021 10.3390/ph14030181"),
    pytest.param(kinetics(3.95, 233), 40.9, id="erlotinib, Lu 2006 PMID 16890575"),
    pytest.param(kinetics(14.3, 347), 16.8, id="imatinib, Widmer 2006 10.1111/j.1365-2125.2006.02719.x"),
    pytest.param(kinetics(1.35, 91), 46.7, id="vemurafenib, Swiss product information 62139"),
    pytest.param(kinetics(10, 30.3), 2.10, id="temozolomide, Ostermann 2004 Clin Cancer Res 10:3728"),
    pytest.param(kinetics(0.0094 * np.exp(-0.295), 3.63, 0.0321, 2.78), 27.6 * HOURS, id="nivolumab, 10.1002/psp4.12143"),
]


@pytest.mark.parametrize(("body", "expected"), HALF_LIVES)
def test_terminal_half_lives(body, expected):
    """The slope long after a bolus is the smaller eigenvalue, and its half-life is the tabulated one."""
    half = half_life(body, one)[0]
    assert half == pytest.approx(expected, rel=5e-3)
    late = concentration(body, [bolus(1.0)], one, np.array([30.0, 31.0]) * half)[0]
    assert late[1] / late[0] == pytest.approx(0.5, rel=1e-9)


# per hour; dose in mg, interval in hours, steady average in mg/L
STEADY = [
    pytest.param(kinetics(0.0086, 2.678, 0.0186, 2.423), infusion(350.0, 1.5, every=336.0), 121.0, id="bevacizumab"),
    pytest.param(kinetics(58.3, 1580, absorption=0.187, lag=0.658), pill(125.0, every=24.0), 0.0893, id="palbociclib 125 mg daily"),
    pytest.param(kinetics(3.95, 233, absorption=0.95), pill(150.0, every=24.0), 1.58, id="erlotinib 150 mg daily"),
    pytest.param(kinetics(14.3, 347, absorption=0.6), pill(400.0, every=24.0), 1.17, id="imatinib 400 mg daily"),
    pytest.param(kinetics(1.35, 91, absorption=0.6), pill(960.0, every=12.0), 59.3, id="vemurafenib 960 mg twice daily"),
]


@pytest.mark.parametrize(("body", "line", "expected"), STEADY)
def test_steady_averages(body, line, expected):
    """The mean over an interval at steady state is dose / (CL tau), whatever the absorption; the long run ends there too."""
    mean = steady(drug(body), line, one, 512).mean()
    assert mean == pytest.approx(line.dose / (body.clearance * line.every), rel=1e-4)
    assert mean == pytest.approx(expected, rel=5e-3)
    long = replace(line, until=80.0 * line.every)
    edges = np.array([79.0, 80.0]) * line.every
    table = lower((drug(body),), (long,), (), edges, 256, one)
    assert exposure_mean(table)[0, 0, 0] == pytest.approx(mean, rel=1e-3)


def test_steady_state_is_the_limit_of_the_long_run_node_by_node():
    """Two compartments, oral and infused: the geometric sum meets the brute run after forty half-lives."""
    body = kinetics(3.0, 4.0, 2.0, 5.0, absorption=6.0)
    for line in (pill(10.0, every=1.0), infusion(10.0, 0.3, every=1.0), infusion(10.0, 1.0, every=1.0), bolus(10.0, every=1.0)):
        table = lower((drug(body),), (replace(line, until=500.0),), (), np.array([200.0, 201.0]), 16, one)
        np.testing.assert_allclose(steady(drug(body), line, one, 16)[0], table.plasma[0, 0, 0], rtol=1e-10)


def test_a_lag_only_shifts_the_steady_course():
    """The levels of an interval are the same with and without a lag."""
    body, line = kinetics(3.0, 4.0, absorption=6.0), pill(10.0, every=1.0)
    np.testing.assert_array_equal(
        steady(drug(body), line, one, 16), steady(drug(replace(body, lag=0.3)), line, one, 16)
    )


def test_one_compartment_closed_forms():
    """Bolus, infusion and first-order absorption with lag, against the textbook expressions."""
    clearance, volume, absorption, lag, dose = 2.0, 5.0, 3.0, 0.25, 40.0
    body, out = kinetics(clearance, volume, absorption=absorption, lag=lag), clearance / volume
    days = np.linspace(0.0, 20.0, 81)
    np.testing.assert_allclose(concentration(body, [bolus(dose)], one, days)[0], dose / volume * np.exp(-out * days), rtol=1e-13)
    since = np.maximum(days - lag, 0.0)
    bateman = dose * absorption / (volume * (absorption - out)) * (np.exp(-out * since) - np.exp(-absorption * since))
    np.testing.assert_allclose(concentration(body, [pill(dose)], one, days)[0], bateman, rtol=1e-12, atol=1e-15)
    run = 1.5
    level = dose / run / clearance * (1.0 - np.exp(-out * np.minimum(days, run))) * np.exp(-out * np.maximum(days - run, 0.0))
    np.testing.assert_allclose(concentration(body, [infusion(dose, run)], one, days)[0], level, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e3])
def test_the_passage_is_the_matrix_exponential(scale):
    """Gut, centre, periphery and a running infusion, against a dense matrix exponential, for slow and fast exchange."""
    body = kinetics(3.0, 4.0, 2.0 * scale, 5.0, absorption=1.7)
    found, k10, k12, k21 = rates(body, one), 3.0 / 4.0, 2.0 * scale / 4.0, 2.0 * scale / 5.0
    system = np.zeros((4, 4))
    system[0, 0], system[1, 0] = -1.7, 1.7
    system[1, 1:] = -(k10 + k12), k21, 1.0
    system[2, 1:3] = k12, -k21
    for span in (1e-3, 0.3, 5.0):
        exact = expm(system * span) @ np.array([10.0, 3.0, 2.0, 4.0])
        got = advance(found, Amounts(one(10.0), one(3.0), one(2.0)), one(4.0), one(span))
        np.testing.assert_allclose(np.concatenate(got), exact[:3], rtol=1e-11)


def test_mass_balance():
    """What was given is still there or has left through the clearance."""
    body = kinetics(3.0, 4.0, 2.0, 5.0, absorption=1.7)
    lines = [pill(10.0), infusion(6.0, 0.5, start=0.2), bolus(2.0, start=0.9)]
    ends = (0.0, 0.2, 0.7, 0.9, 2.0)
    area = sum(
        quad(lambda t: concentration(body, lines, one, np.array([t]))[0, 0], a, b, epsabs=0, epsrel=1e-10)[0]
        for a, b in pairwise(ends)
    )
    k10, k12, k21 = 0.75, 0.5, 0.4
    system = np.array([[-1.7, 0.0, 0.0], [1.7, -(k10 + k12), k21], [0.0, k12, -k21]])
    left = expm(system * 2.0) @ np.array([10.0, 0.0, 0.0]) + expm(system * 1.1) @ np.array([0.0, 2.0, 0.0])
    poured = np.zeros((4, 4))
    poured[:3, :3], poured[1, 3] = system, 12.0
    left += expm(system * 1.3) @ (expm(poured * 0.5) @ np.array([0.0, 0.0, 0.0, 1.0]))[:3]
    assert left.sum() + 3.0 * area == pytest.approx(18.0, rel=1e-9)


def test_area_under_an_oral_dose():
    """Dose times availability over clearance, with and without a peripheral compartment."""
    for exchange in (0.0, 2.0):
        body = replace(kinetics(3.0, 4.0, exchange, 5.0, absorption=1.7), available=0.4)
        level = partial(concentration, body, [pill(10.0)], one)
        area = quad(lambda t, level=level: level(np.array([t]))[0, 0], 0.0, 120.0, limit=400, epsabs=1e-11)[0]
        assert area == pytest.approx(0.4 * 10.0 / 3.0, rel=1e-8)


def test_superposition():
    """The course of a mixed plan is the sum of the courses of its doses."""
    body = kinetics(3.0, 4.0, 2.0, 5.0, absorption=1.7, lag=0.1)
    lines = [pill(10.0, every=0.7, until=5.0), infusion(6.0, 2.5, start=0.2, every=1.1, until=4.0), bolus(2.0, start=0.9)]
    days = np.linspace(0.0, 9.0, 73)
    singles = [replace(line, start=day, every=inf, until=inf) for line in lines for day in line.days(10.0)]
    apart = sum(concentration(body, [single], one, days) for single in singles)
    np.testing.assert_allclose(concentration(body, lines, one, days), apart, rtol=1e-11, atol=1e-13)


def test_absorption_equal_to_an_eigenvalue_is_no_special_case():
    """Through each eigenvalue the course is smooth in the absorption rate: t exp(-k t) where they meet."""
    body, days = kinetics(2.0, 5.0), np.linspace(0.1, 10.0, 30)
    equal = concentration(replace(body, absorption=0.4), [pill(5.0)], one, days)[0]
    np.testing.assert_allclose(equal, 0.4 * days * np.exp(-0.4 * days), rtol=1e-13)
    body = kinetics(3.0, 4.0, 2.0, 5.0)
    found = rates(body, one)
    for eigenvalue in (found.fast[0], found.slow[0]):
        centre = concentration(replace(body, absorption=eigenvalue), [pill(5.0)], one, days)[0]
        for near in (1e-13, 1e-9, 1e-5):
            sides = [
                concentration(replace(body, absorption=eigenvalue * (1.0 + sign * near)), [pill(5.0)], one, days)[0]
                for sign in (-1.0, 1.0)
            ]
            np.testing.assert_allclose(0.5 * (sides[0] + sides[1]), centre, rtol=max(1e-12, 50.0 * near**2))
            np.testing.assert_allclose(sides[1], centre, rtol=max(1e-12, 20.0 * near))


def test_a_short_infusion_becomes_a_bolus():
    """The difference falls in proportion to the length of the infusion."""
    body, days = kinetics(3.0, 4.0, 2.0, 5.0), np.array([1.0, 3.0])
    target = concentration(body, [bolus(5.0)], one, days)
    errors = [np.abs(concentration(body, [infusion(5.0, length)], one, days) - target).max() for length in (1e-2, 1e-3, 1e-4)]
    np.testing.assert_allclose(np.array(errors[:2]) / np.array(errors[1:]), 10.0, rtol=0.02)


def test_no_exchange_is_one_compartment():
    """Exchange 0 gives the one-compartment course whatever the peripheral volume, and a small exchange comes close to it."""
    days, lines = np.linspace(0.0, 5.0, 21), [pill(10.0, every=1.0, until=4.0), infusion(3.0, 0.5, start=2.0), bolus(1.0)]
    single = concentration(kinetics(3.0, 4.0), lines, one, days)
    np.testing.assert_array_equal(concentration(kinetics(3.0, 4.0, 0.0, 7.0), lines, one, days), single)
    np.testing.assert_allclose(concentration(kinetics(3.0, 4.0, 1e-9, 7.0), lines, one, days), single, rtol=1e-8)


def test_two_years_of_pills_and_a_long_washout_keep_relative_accuracy():
    """After the last of 720 doses the course falls by the exact exponential through fifty decades."""
    body = kinetics(758.4, 2190.0, absorption=19.2)
    level = concentration(body, [pill(250.0, every=1.0, until=720.0)], one, np.array([730.0, 1000.0]))[0]
    assert np.log(level[0] / level[1]) == pytest.approx(270.0 * 758.4 / 2190.0, rel=1e-12)


def test_patients_do_not_meet():
    """A patient's levels have the same bits alone and among others."""
    spread = np.array([0.5, 1.0, 2.0, 3.0, 0.7])
    body = replace(kinetics(3.0, 4.0, 2.0, 5.0, absorption=1.7), lag=0.05)
    line, edges = pill(10.0, every=1.0, until=20.0), np.arange(0.0, 22.0, 7.0)
    together = lower((drug(body),), (line,), (), edges, 8, lambda number: spread * float(number)).plasma
    for patient, factor in enumerate(spread):
        alone = lower((drug(body),), (line,), (), edges, 8, lambda number, f=factor: np.full(1, f * float(number))).plasma
        np.testing.assert_array_equal(together[patient], alone[0])
