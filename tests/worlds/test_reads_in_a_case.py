"""A case with reads: what stands before therapy is what was reconstructed, and all that the reads do not touch keeps its bits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from refugia.catalog.reader import read_case
from refugia.clones.census import Census
from refugia.clones.lower import edges, genealogy
from refugia.course.case import Case
from refugia.course.ensemble import run_bodies
from refugia.course.lower import lower
from refugia.course.patients import Patients
from refugia.course.result import simulate
from refugia.subject import mechanism
from tests.unit.test_case_reads import EXAMPLE, written
from tests.worlds.conftest import small

PATIENTS = Patients(6, seed=11)
FLAT = [(f"m{n}", sample, 100, 100) for n in range(3) for sample in "ab"]
"""One clone that is all cells and names nothing."""
BRANCHED = [*FLAT, *((f"b{n}", "a", 150, 50) for n in range(4)), *((f"b{n}", "b", 170, 30) for n in range(4))]


def standing(case: Case, patients: Patients = PATIENTS) -> NDArray[np.int64]:
    """Cells (patient, site, clone) before therapy, of the sites that everybody has."""
    table = lower(case, [case.subject], patients)
    rows = table.index[0]
    assert (rows >= 0).all()
    found: NDArray[np.int64] = table.stock.cells[table.rows.source[rows]].sum(axis=2)
    return found


def volumes(case: Case) -> NDArray[np.float64]:
    found: NDArray[np.float64] = run_bodies(case, [case.subject], PATIENTS, 1).volumes()
    return found


def census(case: Case, site: int) -> Census:
    found = case.subject.sites[site].source.census
    assert found is not None
    return found


def nothing_assumed(case: Case) -> Case:
    """The case with no standing share of its own."""

    def change(site):  # type: ignore[no-untyped-def]
        alterations = tuple(replace(alteration, standing=0.0) for alteration in site.source.alterations)
        return replace(site, source=replace(site.source, alterations=alterations))

    return replace(case, subject=replace(case.subject, sites=tuple(change(site) for site in case.subject.sites)))


@pytest.fixture(scope="module")
def example() -> Case:
    return small(read_case(EXAMPLE))


def test_one_clone_that_carries_nothing_changes_no_bit(case: Case, tmp_path: Path) -> None:
    """The founding clone is the case's first clone: only the list of numbers knows of the reads."""
    plain = small(read_case(written(tmp_path, rows=FLAT)))
    assert plain.subject.sites[0].source.clones == case.subject.sites[0].source.clones
    assert np.array_equal(simulate(plain, 2, 5).cells, simulate(case, 2, 5).cells)


def test_clones_that_carry_nothing_are_no_way_out(tmp_path: Path) -> None:
    """With no share assumed, lifting standing resistance changes no bit: nothing that stands resists."""
    case = nothing_assumed(small(read_case(written(tmp_path, rows=BRANCHED))))
    assert any(clone.cluster for clone in case.subject.sites[0].source.clones)
    lifted = replace(case, subject=case.subject.lifted(mechanism("standing resistance")))
    assert np.array_equal(volumes(lifted), volumes(case))


def test_tracked_clones_leave_what_mutation_left_alone(case: Case, tmp_path: Path) -> None:
    """Resistant cells that stand by the assumed law are the same cells, and so is the burden, with tracked clones or without."""
    plain, tracked = standing(case), standing(small(read_case(written(tmp_path, rows=BRANCHED))))
    assert np.array_equal(tracked[:, :, 2:6], plain[:, :, 2:6])
    assert np.array_equal(tracked.sum(axis=2), plain.sum(axis=2))
    assert tracked[:, :, 6:].any()


def test_each_patient_has_a_draw_of_the_posterior(example: Case) -> None:
    """The parts are those of one draw, the same for all sites of a patient; patients spread evenly over the draws."""
    cells, clones = standing(example), example.subject.sites[0].source.clones
    met = []
    for patient in range(PATIENTS.count):
        fits = np.ones(len(census(example, 0).shares), bool)
        for site in (0, 2):
            left = cells[patient, site].sum() - cells[patient, site, 2:6].sum()
            for cluster in {clone.cluster for clone in clones if clone.cluster}:
                columns = [n for n, clone in enumerate(clones) if clone.cluster == cluster]
                part = cells[patient, site, columns].sum() / left
                fits &= np.abs(np.array(census(example, site).shares)[:, columns].sum(axis=1) - part) < 1e-4
        assert fits.any()
        met.append(int(np.flatnonzero(fits)[0] * PATIENTS.count / fits.size))
    assert len(set(met)) >= PATIENTS.count - 1  # one in each stratum (draws may be equal)


def test_the_same_seed_draws_the_same_and_another_another(example: Case) -> None:
    once, again, other = (standing(example, Patients(3, seed)) for seed in (5, 5, 6))
    assert np.array_equal(once, again) and not np.array_equal(once, other)


def test_what_is_known_is_one_draw_of_the_best_tree(example: Case) -> None:
    cells = standing(example, Patients(3, 5, knowledge=False, people=False, chance=False))
    assert (cells == cells[0]).all()


def test_lifted_they_are_sensitive_at_the_same_burden(example: Case) -> None:
    lifted = replace(example, subject=example.subject.lifted(mechanism("standing resistance")))
    before, after = standing(example), standing(lifted)
    clones = example.subject.sites[0].source.clones
    resistant = [n for n, clone in enumerate(clones) if clone.alterations]
    assert before[:, 0, resistant].sum() > 0 and not after[:, :, resistant].any()
    assert np.array_equal(before.sum(axis=2), after.sum(axis=2))
    assert mechanism("standing resistance").lift(lifted.subject.sites[0].source).census == lifted.subject.sites[0].source.census


def test_what_was_looked_for_and_not_seen_stays_below_its_limit(example: Case) -> None:
    """The assumed law goes on there, cut at the limit; where the alteration was seen, the reads stand instead of it."""
    many = Patients(200, 3)
    cells, clones = standing(example, many), example.subject.sites[0].source.clones
    own, carriers = 2, [n for n, clone in enumerate(clones) if clone.cluster and clone.alterations == ("T790M",)]
    assert clones[own].name == "T790M"
    assert not cells[:, 0, own].any() and cells[:, 0, carriers].sum(axis=1).min() > 0
    ((_, limit),) = census(example, 2).limits
    share = cells[:, 2, own] / cells[:, 2].sum(axis=1)
    assert not cells[:, 2, carriers].any() and 0.0 < share.max() <= limit * 1.001
    assert cells[:, 2, 3].any()  # MET was not looked for


def test_no_mutant_joins_a_clone_of_the_reads(example: Case) -> None:
    """A mutant joins the case's own genotype; a clone of the reads mutates as its genotype does, and has a tolerant state."""
    clones = example.subject.sites[0].source.clones
    found = edges(clones)
    assert not any(clones[child].cluster for _, child, _ in found)
    own = {(clones[parent].alterations, clones[parent].tolerant): sorted(child for p, child, _ in found if p == parent)
           for parent in range(6)}  # fmt: skip
    for parent, clone in enumerate(clones):
        assert sorted(child for p, child, _ in found if p == parent) == own[clone.alterations, clone.tolerant]
    partner = genealogy(example.subject.sites[0].source).partner
    for n, other in enumerate(partner.tolist()):
        assert other < 0 or (clones[other].cluster == clones[n].cluster and partner[other] == n)


def test_another_site_and_an_older_clone_shift_nobody(example: Case) -> None:
    first, *others = example.subject.sites
    more = replace(example, subject=replace(example.subject, sites=(replace(first, name="adrenal"), first, *others)))
    assert np.array_equal(standing(more)[:, 1:], standing(example))


def test_clones_of_reads_have_every_state_of_their_genotype(tmp_path: Path) -> None:
    """Their basal cells are parted among the states as those of the case's own clones are; switches stay within a cluster."""
    text = written(tmp_path, rows=BRANCHED).read_text(encoding="utf-8").replace('"egfr-lung"', '"egfr-lung-states"')
    (tmp_path / "states.toml").write_text(text, encoding="utf-8")
    case = small(read_case(tmp_path / "states.toml"))
    source = case.subject.sites[0].source
    own = [clone for clone in source.clones if not clone.cluster and not clone.alterations]
    found = [clone for clone in source.clones if clone.cluster]
    assert [(clone.tolerant, clone.state) for clone in found] == [(clone.tolerant, clone.state) for clone in own] and len(own) > 2
    ways = genealogy(source)
    assert all(source.clones[a].cluster == source.clones[b].cluster for a, b in ways.link.tolist())
    assert all(basis < 0 or source.clones[basis].cluster == source.clones[n].cluster for n, basis in enumerate(ways.basis.tolist()))
    assert not any(source.clones[child].cluster for child in ways.child.tolist())
    assert standing(case)[:, 0].min(axis=0)[[source.clones.index(clone) for clone in found]].max() > 0
