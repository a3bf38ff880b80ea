"""A site in voxels that grows new vessels: they feed it, and its bits hang on neither threads nor a stop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from refugia.barriers import Angiogenesis
from refugia.barriers.angiogenesis import packed
from refugia.catalog.numbers import load_parameters
from refugia.course.case import Case
from refugia.course.patients import Patients
from refugia.course.tissue.checkpoint import Checkpoint
from refugia.course.tissue.loop import take
from refugia.course.tissue.state import Tissue, begun, scene_of
from refugia.subject import Geometry
from refugia.terms import Parameter, number_units
from refugia.terms.units import into
from tests.worlds.conftest import small

SITE, STEPS = "occult brain", 3


@pytest.fixture(scope="module")
def growing(case: Case) -> Case:
    """The small case whose occult lesion, 1 mm wide, lies on a plane and grows new vessels."""
    known = {name: into(load_parameters()[f"angiogenesis.{name}"], unit) for name, unit in number_units(Angiogenesis).items()}
    short = replace(small(case, 42.0), settings=replace(small(case).settings, step=7.0))

    def told(parameter: object) -> object:
        return replace(parameter, value=1.0, interval=None, spread=None) if isinstance(parameter, Parameter) else parameter

    sites = tuple(
        replace(one, geometry=Geometry("plane", voxel=0.1), diameter=told(one.diameter),
                ground=replace(one.ground, angiogenesis=Angiogenesis(**known)))
        if one.name == SITE else one for one in short.subject.sites
    )  # fmt: skip
    return replace(short, subject=replace(short.subject, sites=sites))


def ran(case: Case, steps: int = STEPS, tissue: Tissue | None = None, threads: int = 1) -> Tissue:
    """The tissue after some steps."""
    tissue = tissue or begun(scene_of(case, SITE, Patients(2, 5), 0, threads))
    for _ in range(steps):
        take(tissue)
    return tissue


def test_new_vessels_bring_oxygen_to_a_site_in_voxels(growing: Case) -> None:
    tissue = ran(growing, 1)
    assert tissue.vessels is not None and tissue.vessels.sprouts.end.size > 0
    first = tissue.fields.oxygen.mean()
    ran(growing, STEPS - 1, tissue)
    assert tissue.vessels.blood.any()
    assert tissue.fields.oxygen.mean() > first


def test_its_bits_hang_on_neither_threads_nor_a_stop(growing: Case, tmp_path: Path) -> None:
    whole, other = ran(growing), ran(growing, threads=2)
    stopped = ran(growing, 2)
    checkpoint = Checkpoint(tmp_path / "tissue.npz")
    checkpoint.save(stopped)
    again = ran(growing, STEPS - 2, checkpoint.load(stopped.scene))
    assert whole.vessels is not None
    for one in (other, again):
        assert one.vessels is not None
        for name, array in packed(whole.vessels).items():
            np.testing.assert_array_equal(array, packed(one.vessels)[name])
        np.testing.assert_array_equal(whole.rows.count, one.rows.count)
        np.testing.assert_array_equal(whole.fields.oxygen, one.fields.oxygen)
