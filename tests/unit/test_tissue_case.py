"""Sites in voxels in a case file: what they become, every refusal with its place and way out, and what is done to masks."""

from __future__ import annotations

import io
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from refugia.catalog.masks import mask_of
from refugia.catalog.place import Place
from refugia.catalog.reader import case_of, faults_of, parse_case, read_case
from refugia.cohort.run import run_cohort
from refugia.course.tissue import memory
from refugia.course.tissue.memory import check_tissue, tissue_bytes
from refugia.course.tissue.space import SpaceError, frame_days, grid_of, inside_at_start
from refugia.dissection.dissect import dissect
from refugia.dissection.rescue import rescue
from refugia.dissection.sensitivity import sensitivity
from refugia.engine.voxels.grid import Grid
from refugia.subject import SPHERE, Geometry
from refugia.terms import InputError, RefugiaError
from tests.unit.mutations import TABLES

HEAD = 'like = "egfr-lung"\n[meta]\nid = "mine"\ntitle = "mine"\ncalibrated = false\n'
LUNG = f"{HEAD}[sites.lung]\n"


def test_a_geometry_alone_is_enough() -> None:
    case = parse_case(LUNG + 'geometry = "box"', "my.toml")
    lung, *others = case.subject.sites
    assert lung.geometry == Geometry("box") and lung.geometry.voxels
    assert all(site.geometry is SPHERE for site in others)
    grid = grid_of(lung, 40.0)
    assert grid.shape == (72, 72, 72) and grid.spacing == pytest.approx(40.0 / 24.0)
    assert case.settings.output is None
    assert frame_days(case)[:3].tolist() == [0.0, 14.0, 28.0] and frame_days(case)[-1] == 720.0


def test_the_shipped_case_is_one_of_the_lung_alone() -> None:
    case = read_case("egfr-lung-tissue")
    like = read_case("egfr-lung")
    assert [site.geometry.kind for site in case.subject.sites] == ["box", "sphere", "sphere", "sphere"]
    assert replace(case.subject.sites[0], geometry=SPHERE) == like.subject.sites[0]
    assert case.subject.sites[1:] == like.subject.sites[1:]
    assert grid_of(case.subject.sites[0], 40.0).shape == (68, 68, 68)


@pytest.mark.parametrize(
    ("kind", "shape"), [("slab", (1, 1, 80)), ("plane", (1, 80, 80)), ("box", (80, 80, 80))],
)  # fmt: skip
def test_what_is_written_is_what_becomes(kind: str, shape: tuple[int, int, int]) -> None:
    text = f'geometry = "{kind}"\nvoxel = "500 um"\nextent = "4 cm"\ndiameter = {{ value = "20 mm", cite = "assumed", '
    text += 'where = "here", basis = "assumed" }\n[settings]\noutput = "4 weeks"\nstep = "7 d"\nmoved = 0.1'
    case = parse_case(LUNG + text, "my.toml")
    lung = case.subject.sites[0]
    assert (lung.geometry.kind, lung.geometry.voxel, lung.geometry.extent) == (kind, pytest.approx(0.5), pytest.approx(40.0))
    assert grid_of(lung, 20.0).shape == shape
    assert (case.settings.output, case.settings.moved, case.settings.shells) == (28.0, 0.1, 8)
    assert np.diff(frame_days(case)).tolist() == [28.0] * 25 + [20.0]


SENTENCES = [
    ('voxel = "1 mm"', 'sites.lung.voxel: "1 mm" means nothing to a sphere. Leave voxel out, or write geometry = "box".'),
    ('extent = "90 mm"', 'sites.lung.extent: "90 mm" means nothing to a sphere. Leave extent out'),
    ('mask = "a.npy"', 'sites.lung.mask: "a.npy" means nothing to a sphere. Leave mask out'),
    ('geometry = "cube"', "sites.lung.geometry: \"cube\" is not one of the words known here. Write 'sphere', 'slab', 'plane' or"),
    ('geometry = "box"\nvoxel = "0.02 mm"', 'sites.lung.voxel: "0.02 mm" makes 2.16e+11 voxels of 0.02 mm, and they are numbered'),
    ('geometry = "box"\nvoxel = "0.02 mm"\nextent = "60 mm"', 'sites.lung.extent: "60 mm" makes 2.7e+10 voxels of 0.02 mm'),
    ('geometry = "box"\nvoxel = "12 mm"', 'sites.lung.voxel: "12 mm" is more than a quarter of the lesion of 40 mm. Write one of'),
    ('geometry = "box"\nextent = "20 mm"', 'sites.lung.extent: "20 mm" is smaller than the lesion of 40 mm. Write 120 mm, so that'),
    ('geometry = "box"\nvoxel = "1 kg"', 'sites.lung.voxel: "1 kg" is a mass, but a length is needed here.'),
    ('geometry = "box"\nvoxel = 1', "sites.lung.voxel: 1 has no unit."),
    ('geometry = "box"\nvoxel = "0 mm"', 'sites.lung.voxel: "0 mm" is zero. Write one above 0 mm.'),
    ('geometry = "box"\nvoxel = "-1 mm"', 'sites.lung.voxel: "-1 mm" is negative. Write one above 0 mm.'),
    ('geometry = "box"\nextent = ["80 mm", "60 mm"]', 'sites.lung.extent: "a list of 2" is several lengths, and a grid has one'),
    ('geometry = "box"\n[settings]\noutput = "10 d"',
     'settings.output: "10 d" is no whole number of steps of 7 d. Write "7 d" or "14 d", or another step.'),
    ('geometry = "box"\nvoxel = "2 nm"', 'sites.lung.voxel: "2 nm" is less than 0.001 mm, and a cell is larger. Check the unit'),
    ('geometry = "box"\nextent = "2 km"', 'sites.lung.extent: "2 km" is more than 1000 mm.'),
    ('geometry = "box"\nmask = "a.npy"', 'sites.lung.mask: "a.npy" says nowhere how large its voxels are. Add voxel = "0.5 mm"'),
    ('geometry = "box"\nvoxel = "1 mm"\nextent = "60 mm"\nmask = "a.npy"',
     'sites.lung.extent: "60 mm" is said by the shape of the mask as well. Leave extent out.'),
    ('geometry = "box"\nvoxel = "1 mm"\nmask = "a.npy"', 'sites.lung.mask: "a.npy" cannot be looked up: this case is no file.'),
    ('geometry = "sphere"\n[settings]\noutput = "28 d"', 'settings.output: "28 d" means nothing: no site of this case is laid out'),
    ('geometry = "box"\n[settings]\noutput = "1 d"', 'settings.output: "1 d" is shorter than a step of 7 d. Write as much or more'),
    ('geometry = "box"\n[settings]\noutput = "0 d"', 'settings.output: "0 d" is zero.'),
    ('geometry = "box"\n[sites.bone]', 'sites: "bone" is no site of "egfr-lung". Known: "lung", "liver", "brain", "occult brain".'),
    ('name = "x"', 'sites.lung: "name" is not known here.'),
    ("resolved = true", 'sites.lung.resolved: "true" means nothing to a sphere. Leave resolved out, or write geometry = "box".'),
    ('geometry = "plane"\nresolved = "yes"', 'sites.lung.resolved: "yes" is neither true nor false.'),
    ('geometry = "box"\nresolved = true\nvoxel = "1 mm"',
     'sites.lung.voxel: "1 mm" is said by the density of the cells as well: each voxel holds one. Leave voxel out, or resolved.'),
    ('geometry = "slab"\nresolved = true', 'sites.lung.geometry: "slab" is one voxel wide: with one cell a voxel it is a'),
    ('geometry = "box"\nresolved = true',
     'sites.lung.resolved: "0.01 mm" makes 1.73e+12 voxels of 0.01 mm, and they are numbered up to 2147483647. '
     "Leave resolved out, or take a smaller extent, a plane, or a smaller lesion: a ball 100 cells across has half a"),
    ('geometry = "box"\nresolved = true\nextent = "100 mm"', 'sites.lung.extent: "100 mm" makes 1e+12 voxels of 0.01 mm, and'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), SENTENCES, ids=[f"{i}" for i in range(len(SENTENCES))])
def test_a_refusal_names_place_value_and_way_out(text: str, sentence: str) -> None:
    with pytest.raises(InputError) as refusal:
        parse_case(LUNG + text, "my.toml")
    assert re.sub(r", line \d+", "", str(refusal.value)).startswith(f"my.toml, {sentence}")


def test_every_fault_stands_on_its_line(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text(LUNG + 'geometry = "box"\nvoxel = "x"\nextent = 3\n[settings]\noutput = "y"\n')
    assert [fault.line for fault in faults_of(file)] == [8, 9, 11]


def test_what_voxels_cannot_do_is_refused_with_a_way_out() -> None:
    states: Any = TABLES["egfr-lung-states"] | {"sites": [TABLES["egfr-lung-states"]["sites"][0] | {"geometry": "box"}]}
    with pytest.raises(InputError, match=r'"box" knows no state of a cell but tolerance, and .* in the state "glycolytic"\. Write'):
        case_of(states, "my.toml")
    slow: Any = TABLES["desmoplastic-mammary"]
    slow = slow | {"sites": [site | {"geometry": "plane"} for site in slow["sites"]]}
    with pytest.raises(InputError, match=r'"plane" cannot follow a drug that the tissue holds back, .* Write geometry = "sphere"'):
        case_of(slow, "my.toml")


def test_what_runs_many_courses_asks_for_spheres() -> None:
    case = read_case("egfr-lung-tissue")
    said = r'egfr-lung-tissue.toml: the site "lung" is laid out in voxels \(geometry = "box"\), and .* Write geometry = "sphere"'
    for asked in (dissect, rescue, sensitivity):
        with pytest.raises(RefugiaError, match=said):
            asked(case)  # type: ignore[operator]
    from refugia.catalog.cohorts import read_cohort
    from refugia.cohort.calibration import protocol

    cohort = read_cohort("flaura-comparator")
    drugs = dict.fromkeys(cohort.cases, case)
    with pytest.raises(RefugiaError, match=said):
        run_cohort(replace(cohort, cases=drugs), protocol(cohort), 4, 1)


def test_a_grid_too_large_for_memory_is_refused_before_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = Grid((1000, 1000, 1000), 0.04)
    monkeypatch.setattr(memory, "room", lambda: 16e9)
    with pytest.raises(RefugiaError) as refusal:
        check_tissue("lung", grid, 13.0, 6, 1)
    assert re.fullmatch(
        r'The site "lung": its voxel of 0\.04 mm makes 1000 x 1000 x 1000 voxels, which need about 20\d GB of memory, and there '
        r"are 16 GB\. Write a voxel of about 0\.1\d? mm, or a smaller extent\.", str(refusal.value),
    )  # fmt: skip
    check_tissue("lung", Grid((72, 72, 72), 0.5), 12.0, 6, 1)
    with pytest.raises(RefugiaError, match=r"there are 16 GB\. Leave resolved out, or take a smaller extent"):
        check_tissue("lung", grid, 13.0, 6, 1, resolved=True)
    assert tissue_bytes(grid, 0.0, 6, 1) > 160 * 1e9


# Masks beside a case.


def beside(folder: Path, array: Any, geometry: str = "box", name: str = "wall.npy") -> str:
    """Save an array, and name it in a case; the text of that case."""
    if isinstance(array, bytes):
        (folder / name).write_bytes(array)
    elif array is not None:
        np.save(folder / name, array, allow_pickle=True)
    return LUNG + f'geometry = "{geometry}"\nvoxel = "1 mm"\nmask = "{name}"'


def shell(side: int, dtype: Any = np.int16) -> Any:
    """A cube with a wall around."""
    mask = np.full((side, side, side), 7, dtype)
    mask[1:-1, 1:-1, 1:-1] = 0
    return mask


def test_a_mask_is_read_as_it_lies_there(tmp_path: Path) -> None:
    mask = shell(60)
    text = beside(tmp_path, mask)
    site = parse_case(text, "my.toml", tmp_path).subject.sites[0]
    assert site.geometry.mask is not None and site.geometry.mask.dtype == np.int8
    assert (site.geometry.mask == mask).all()
    assert parse_case(text, "my.toml", tmp_path).subject.sites[0] == site
    np.save(tmp_path / "wall.npy", np.asfortranarray(mask.astype(">u4")))
    assert parse_case(text, "my.toml", tmp_path).subject.sites[0] == site
    np.save(tmp_path / "wall.npy", shell(62))
    assert parse_case(text, "my.toml", tmp_path).subject.sites[0] != site
    grid = grid_of(site, 40.0)
    assert grid == Grid((60, 60, 60), 1.0)
    assert not inside_at_start(site, grid, 40.0)[mask > 0].any()


def blocked() -> Any:
    mask = shell(60)
    mask[28:32, 28:32, 28:32] = 1
    return mask


def cave() -> Any:
    mask = np.ones((60, 60, 60), np.uint8)
    mask[20:40, 20:40, 20:40] = 0
    return mask


def zipped() -> bytes:
    held = io.BytesIO()
    np.savez(held, a=shell(4), b=shell(4))
    return held.getvalue()


def bytes_of(array: Any) -> bytes:
    held = io.BytesIO()
    np.save(held, array, allow_pickle=True)
    return held.getvalue()


MASKS = [
    (None, "box", "is not there. Put it beside the case"),
    (shell(60, np.float64), "box", 'holds float64, not whole numbers. Save mask.astype("int8"), 0 where cells may be.'),
    (shell(60, np.bool_), "box", "holds bool, not whole numbers."),
    (np.array([shell, "x"], object), "box", "is no array of numbers in the format of NumPy, or is cut short. Save it with"),
    (np.zeros((60, 60), np.int8), "plane", "has 2 axes (60x60), not three. Save it with three axes, (1, Y, X) for a plane"),
    (np.zeros((), np.int8), "box", "has 0 axes (no axis), not three."),
    (np.zeros((60, 60, 60), np.int8), "plane", "has the shape 60x60x60. A mask is (1, Y, X) for a plane"),
    (np.zeros((1, 60, 60), np.int8), "box", "has the shape 1x60x60. A mask is (Z, Y, X) for a box"),
    (np.zeros((1, 1, 60), np.int8), "box", "has the shape 1x1x60."),
    (np.zeros((0, 60, 60), np.int8), "box", "has the shape 0x60x60."),
    (shell(60) * 1000, "box", "has the number 7000. Write 0 where cells may be, and walls as numbers from 1 to 127."),
    (-shell(60), "box", "has the number -7."),
    (blocked(), "box", '"wall.npy" has a wall in its middle, where the lesion lies. Cut it so'),
    (shell(30), "box", '"wall.npy" is 30 mm wide, less than the lesion of 40 mm. Save one of 120 voxels along each edge'),
    (cave(), "box", "joins 8000 free voxels around its middle, and the lesion fills 33510. Leave the lesion more room"),
    (zipped(), "box", "holds several arrays."),
    (bytes_of(shell(60))[:-5], "box", "is no array of numbers in the format of NumPy, or is cut short."),
    (b"", "box", "is no array"),
    (b"x,y\n1,2\n", "box", "is no array"),
]  # fmt: skip


@pytest.mark.parametrize(("array", "geometry", "sentence"), MASKS, ids=[f"{i}" for i in range(len(MASKS))])
def test_a_mask_that_will_not_do_is_refused(tmp_path: Path, array: Any, geometry: str, sentence: str) -> None:
    with pytest.raises(InputError) as refusal:
        parse_case(beside(tmp_path, array, geometry), "my.toml", tmp_path)
    assert sentence in str(refusal.value) and "sites.lung.mask" in str(refusal.value)


def test_a_mask_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """A file without content, as long as it says: 64 GB of zeros that no disk holds."""
    with (tmp_path / "wall.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<i8", "fortran_order": False, "shape": (2000, 2000, 2000)})
        file.truncate(128 + 8 * 2000**3)
    with pytest.raises(InputError, match=r"has 8000000000 voxels, more than 134217728. Save a coarser one"):
        parse_case(beside(tmp_path, None), "my.toml", tmp_path)


@pytest.mark.parametrize("name", ["../wall.npy", "/etc/hostname", "", "wall\\u0000.npy", "down", "link.npy"])
def test_a_mask_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "case"
    (folder / "down").mkdir(parents=True)
    np.save(tmp_path / "wall.npy", shell(60))
    os.symlink(tmp_path / "wall.npy", folder / "link.npy")
    with pytest.raises(InputError):
        parse_case(beside(folder, None, name=name), "my.toml", folder)


QUICK = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@QUICK
@given(st.data())
def test_whatever_is_done_to_a_mask_it_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Bytes changed, cut out or put in: an array of the right kind, or an InputError, and nothing is run."""
    folder = tmp_path_factory.getbasetemp()
    dtype = data.draw(st.sampled_from(["i1", "u2", "<i8", ">i4", "f4", "?", "S3", "M8[s]", "c16"]))
    shape = data.draw(st.lists(st.integers(0, 5), min_size=0, max_size=4))
    whole = bytearray(bytes_of(np.zeros(shape, dtype)))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, max(len(whole) - 1, 0)))
        whole[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4) | st.sampled_from([b"O", b"(", b"9" * 30]))
    (folder / "fuzz.npy").write_bytes(bytes(whole))
    try:
        found = mask_of("fuzz.npy", 3, folder, Place("my.toml", "sites[0].mask"))
    except InputError as refusal:
        assert refusal.field == "sites[0].mask" and refusal.way_out and str(refusal).isprintable()
        return
    assert found.dtype == np.int8 and found.ndim == 3 and min(found.shape) > 1


@QUICK
@given(st.integers(1, 3), st.integers(5, 9), st.integers(0, 2**32 - 1))
def test_a_mask_comes_back_as_it_was_saved(tmp_path_factory: pytest.TempPathFactory, axes: int, side: int, seed: int) -> None:
    folder = tmp_path_factory.getbasetemp()
    mask = np.random.default_rng(seed).integers(0, 128, tuple(side if axis >= 3 - axes else 1 for axis in range(3)))
    np.save(folder / "kept.npy", mask)
    assert (mask_of("kept.npy", axes, folder, Place("my.toml")) == mask).all()


def test_a_patient_whose_lesion_does_not_fit_is_told() -> None:
    site = replace(read_case("egfr-lung").subject.sites[0], geometry=Geometry("box", voxel=2.0))
    with pytest.raises(SpaceError, match='The site "lung": its voxel of 2 mm is more than a quarter of the lesion of 6 mm'):
        grid_of(site, 6.0)
