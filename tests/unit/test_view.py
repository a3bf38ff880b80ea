"""The page of a tissue and its moving picture: what they hold, what they leave out and say so, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from refugia.cli import app
from refugia.report.figures.look import colour
from refugia.report.tissue_store import Tissue, open_tissue
from refugia.report.viewer import movie
from refugia.report.viewer.data import Kinds, kinds_of, packed, plane, site_of, values_of
from refugia.report.viewer.page import view_page
from refugia.terms import InputError, RefugiaError
from tests.unit import tissue_made as made


@pytest.fixture(scope="module")
def tissue(tmp_path_factory: pytest.TempPathFactory) -> Tissue:
    """A box with five frames."""
    return open_tissue(made.written(tmp_path_factory.mktemp("run") / "result"))


def data_of(page: str) -> dict[str, Any]:
    """The data in a page."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    content: dict[str, Any] = json.loads(found[1])
    return content


def inflated(text: str) -> np.ndarray[Any, Any]:
    """A field as the page's script finds it."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)


def test_fields_are_rounded_to_a_part_of_their_range(tissue: Tissue) -> None:
    """Each byte gives back the value within half a step of its frame's range; no cell is no value."""
    site, kinds = site_of(tissue).content, kinds_of(tissue)
    assert (site["shape"], site["middles"][2][0], site["days"]) == ([6, 7, 8], -1.75, made.DAYS.tolist())
    for frame in range(5):
        values = values_of(tissue, frame, kinds)
        for field in site["fields"]:
            found, due = inflated(field["frames"][frame]), values[field["key"]].ravel()
            if field["scale"] == "kind":
                assert np.array_equal(found, due)
                continue
            low, high = field["lows"][frame], field["highs"][frame]
            level = np.log10(due) if field["scale"] == "log" else due
            assert np.array_equal(found == 0, np.isnan(due))
            seen = found > 0
            assert np.abs(low + (found[seen] - 1.0) / 254 * (high - low) - level[seen]).max() <= (high - low) / 508 + 1e-5


def test_a_voxel_has_the_colour_of_its_most_frequent_genotype(tissue: Tissue) -> None:
    """By the store's own counts; colours are those of the report's figures, rare genotypes go together."""
    kinds = kinds_of(tissue)
    assert kinds == Kinds((made.GENOTYPES[0], made.GENOTYPES[1], made.GENOTYPES[2]), (0, 1, 2))
    assert kinds.colours == tuple(map(colour, range(3)))
    cells = tissue.field("cells", 4)
    assert np.array_equal(values_of(tissue, 4, kinds)["clones"], np.where(cells.sum(axis=0) > 0, cells.argmax(axis=0) + 1, 0))
    joined = values_of(tissue, 4, Kinds(("one", "others"), (0, 1, 1)))["clones"]
    assert set(np.unique(joined)) == {0, 1, 2}


def test_a_field_of_one_value_and_one_of_none() -> None:
    """Neither divides by nothing."""
    assert plane(np.full((2, 2), 3.0), "linear").data.tolist() == [[1, 1], [1, 1]]
    assert plane(np.full((2, 2), np.nan), "log") == (pytest.approx(np.zeros((2, 2))), 0.0, 0.0)


def test_the_page_is_whole_and_fetches_nothing(tissue: Tissue) -> None:
    """One script whose sum the policy names, nothing to load, what a user named is escaped, the same bytes again."""
    page = view_page([tissue])
    assert page == view_page([tissue])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    sums = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert len(sums) == 1
    assert f"&#39;sha256-{sums[0]}&#39;" in policy[1]
    assert "default-src &#39;none&#39;" in policy[1]
    assert not re.findall(r"https?://|<link|<img|@import|url\(", page)
    assert "<b>" not in page
    assert "T790M &lt;b&gt;" in page
    assert data_of(page)["sites"][0]["names"][1] == "T790M <b>"


def test_a_table_stands_for_the_pictures(tissue: Tissue) -> None:
    """A row a frame: cells of each genotype, means over the voxels with cells, at full resolution."""
    rows = site_of(tissue).rows
    held = tissue.field("cells", 3).sum(axis=0) > 0
    assert rows[3].cells == tuple(tissue.field("cells", 3).sum(axis=(1, 2, 3)))
    assert rows[3].means[0] == pytest.approx(tissue.field("oxygen", 3)[held].mean())
    assert len(rows[3].means) == 4 + len(made.DRUGS)
    page = view_page([tissue])
    assert f"{rows[3].volume:.4g}" in page
    assert "exposure to gefitinib, µM, mean" in page


def test_what_does_not_fit_is_left_out_and_said(tissue: Tissue, monkeypatch: pytest.MonkeyPatch) -> None:
    """First frames, the last one staying, then voxels; at last it is refused."""
    monkeypatch.setattr("refugia.report.viewer.data.FEW", 2)
    whole = sum(len(text) for field in site_of(tissue).content["fields"] for text in field["frames"])
    half = site_of(tissue, whole // 2)
    assert half.content["days"] in ([0.0, 60.0, 120.0], [0.0, 120.0])
    assert "of 5 frames" in half.left_out
    assert half.left_out in view_page([tissue], whole // 2)
    few = site_of(tissue, whole // 8)
    assert max(few.content["shape"]) < 8
    assert few.content["spacing"] > 0.5
    assert "voxel along each axis" in few.left_out
    step = round(few.content["spacing"] / 0.5)
    assert set(few.content["middles"][2]) <= set(tissue.grid.middles(2))
    assert len(few.content["middles"][2]) == few.content["shape"][2] == len(range(step // 2, 8, step))
    with pytest.raises(InputError, match="do not fit a page"):
        site_of(tissue, 10)


def test_several_sites_a_plane_and_walls(tissue: Tissue, tmp_path: Path) -> None:
    """Each has its data, its table and its walls."""
    plain = open_tissue(made.written(tmp_path, 2, made.layout((1, 5, 6), (), "liver")))
    page = view_page([tissue, plain])
    first, second = data_of(page)["sites"]
    assert (first["site"], second["site"], second["shape"]) == ("lung", "liver", [1, 5, 6])
    assert inflated(first["wall"]).sum() == 1
    assert "liver in numbers" in page
    assert packed(np.zeros(3, np.uint8)) == packed(np.zeros(3, np.uint8))


@pytest.mark.parametrize(("kind", "field"), [("webp", "clones"), ("gif", "exposure to osimertinib"), ("webp", "cells")])
def test_a_moving_picture_has_all_frames(kind: str, field: str, tissue: Tissue, tmp_path: Path) -> None:
    """Pillow opens it again; the last frame stands for longer; it has no date."""
    images = pytest.importorskip("PIL.Image")
    for name in ("one", "two"):
        movie.write_movie(tmp_path / f"{name}.{kind}", tissue, field)
    assert (tmp_path / f"one.{kind}").read_bytes() == (tmp_path / f"two.{kind}").read_bytes()
    with images.open(io.BytesIO((tmp_path / f"one.{kind}").read_bytes())) as picture:
        assert picture.n_frames == 5
        assert all(side % 2 == 0 for side in picture.size)
        picture.seek(4)
        shown = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    if kind == "webp" and field == "clones":
        due = {movie._rgb(one) for one in kinds_of(tissue).colours[:2]}
        assert due <= set(map(tuple, shown.tolist()))


def test_an_mp4(tissue: Tissue, tmp_path: Path) -> None:
    """Where the library is there, ffmpeg finds the frames in it."""
    library = pytest.importorskip("imageio_ffmpeg")
    movie.write_movie(tmp_path / "one.mp4", tissue, "oxygen")
    frames, _ = library.count_frames_and_secs(str(tmp_path / "one.mp4"))
    assert frames == 5 + movie.HOLD // movie.PACE


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """And how it is installed."""

    def missing(name: str) -> object:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("refugia.report.genealogy.extras.import_module", missing)
    with pytest.raises(RefugiaError, match=r'pip install "refugia\[movie\]"'):
        movie.ready("webp")


def view(*words: object) -> tuple[int, str, BaseException | None]:
    """The command's exit code, what it said, and what it raised."""
    result = CliRunner().invoke(app, ["view", *map(str, words)])
    return result.exit_code, result.output, result.exception


def test_the_command_writes_beside_the_result(tissue: Tissue, tmp_path: Path) -> None:
    """Never into it; a page of ours is replaced, another file is not."""
    folder = tissue.path.parent
    before = sorted(folder.iterdir())
    for _ in range(2):
        code, said, _ = view(folder, "--movie", "gif", "--field", "oxygen")
        assert code == 0
    assert "result-view.html" in said
    page = folder.parent / "result-view.html"
    assert page.read_text(encoding="utf-8") == view_page([tissue])
    assert page.with_suffix(".gif").read_bytes()[:4] == b"GIF8"
    assert sorted(folder.iterdir()) == before
    assert sorted(entry.name for entry in folder.parent.iterdir()) == ["result", "result-view.gif", "result-view.html"]
    mine = tmp_path / "mine.html"
    mine.write_text("mine")
    _, _, trouble = view(tissue.path, "--out", mine)
    assert isinstance(trouble, InputError)
    assert "was not written by this command" in str(trouble)
    assert mine.read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "says"),
    [(("--movie", "avi"), "Take one of mp4, webp, gif"), (("--movie", "gif", "--field", "sugar"), 'Known: "clones"'),
     (("--out", "none/at/all.html"), "lies in no directory")],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_written(
    words: tuple[str, ...], says: str, tissue: Tissue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the way out."""
    monkeypatch.chdir(tmp_path)
    given = words if "--out" in words else (*words, "--out", "page.html")
    _, _, trouble = view(tissue.path, *given)
    assert isinstance(trouble, InputError)
    assert says in str(trouble)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_tissue_is_refused(tmp_path: Path) -> None:
    """So is one that is not there, and a store without a frame."""
    for folder, says in ((tmp_path, "holds no tissue"), (tmp_path / "none", "is no directory")):
        assert says in str(view(folder)[2])
    assert "leaves nothing to show" in str(view(made.written(tmp_path, 0), "--out", tmp_path / "page.html")[2])
    assert not (tmp_path / "page.html").exists()
