"""A moving picture of a tissue, for a talk: one field through time, in a slice through the middle.

WebP and GIF are written by Pillow (extra `movie`), MP4 by the ffmpeg that imageio-ffmpeg brings along (extra `mp4`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refugia.report.figures.look import LIGHT
from refugia.report.genealogy.extras import extra
from refugia.report.page.parts import unit_words
from refugia.report.tissue_store import Tissue
from refugia.report.viewer.data import Kinds, Plane, Shown, fields_of, kinds_of, plane, values_of
from refugia.report.viewer.page import RAMP
from refugia.terms import InputError

KINDS = ("mp4", "webp", "gif")
PACE = 200
"""ms a frame."""
HOLD = 1500
"""ms for which the last frame stands."""
SIDE, THIN = 720, 96
"""px: the longer side of a slice, about, and the least height of one."""
EDGE, LINE, LETTER = 24, 30, 18
"""px: the margin, a line of text, its letters."""
EVEN = 2
"""Both sides of a picture are a multiple of it, which MP4 needs."""

Image = Any
Colours = NDArray[np.uint8]


class Show(NamedTuple):
    """What is drawn in every frame alike: the field, its smallest and largest value of all frames, and the genotypes."""

    field: Shown
    low: float
    high: float
    kinds: Kinds


def ready(kind: str) -> None:
    """Raises InputError where there is no such kind of picture, RefugiaError where the library that writes it is missing."""
    if kind not in KINDS:
        raise InputError("", "--movie", kind, "is no kind of moving picture", f"Take one of {', '.join(KINDS)}.")
    extra("PIL.Image", "movie")
    if kind == "mp4":
        extra("imageio_ffmpeg", "mp4")


def field_of(tissue: Tissue, name: str) -> Shown:
    """The field that a user named: its key, or its title. Raises InputError where there is none."""
    known = fields_of(tissue)
    for field in known:
        if name in (field.key, field.title):
            return field
    titles = ", ".join(f'"{field.title}"' for field in known)
    raise InputError("", "--field", name, "is none of this tissue", f"Known: {titles}.")


def write_movie(path: Path, tissue: Tissue, name: str = "clones") -> None:
    """Write the field of that name through time; the kind of picture is the ending of the file.

    Raises InputError where the field or the kind is unknown, RefugiaError where a library is missing.
    """
    kind = path.suffix.removeprefix(".")
    ready(kind)
    field, kinds = field_of(tissue, name), kinds_of(tissue)
    planes = [plane(_middle(values_of(tissue, frame, kinds)[field.key]), field.scale) for frame in range(tissue.frames)]
    known = [one for one in planes if one.data.any()] or planes
    show = Show(field, min(one.low for one in known), max(one.high for one in known), kinds)
    pictures = [_picture(tissue, show, one, frame) for frame, one in enumerate(planes)]
    if kind == "mp4":
        _mp4(path, pictures)
        return
    pace = [PACE] * (len(pictures) - 1) + [HOLD]
    more = {"lossless": True} if kind == "webp" else {"optimize": False}
    pictures[0].save(path, format=kind.upper(), save_all=True, append_images=pictures[1:], duration=pace, loop=0, **more)


def _middle(values: NDArray[Any]) -> NDArray[Any]:
    """The slice through the middle, its first axis upward: across z where there are three, else the plane itself."""
    plain: NDArray[Any] = values[(values.shape[0] - 1) // 2] if min(values.shape) > 1 else values.reshape(_flat(values.shape))
    return plain[::-1]


def _flat(shape: Sequence[int]) -> tuple[int, int]:
    """Rows and columns of a grid of which an axis has one voxel."""
    wide = [count for count in shape if count > 1]
    return (wide[0], wide[1]) if len(wide) == 2 else (1, wide[0] if wide else 1)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def ramp(share: NDArray[Any]) -> Colours:
    """Colours (..., 3) of shares from 0 to 1.

    >>> ramp(np.array([0.0, 1.0])).tolist()
    [[68, 1, 84], [253, 231, 37]]
    """
    stops = np.array([_rgb(colour) for colour in RAMP], np.float64)
    place = np.clip(share, 0.0, 1.0) * (len(stops) - 1)
    parts = [np.interp(place, np.arange(len(stops)), stops[:, part]) for part in range(3)]
    found: Colours = np.rint(np.stack(parts, axis=-1)).astype(np.uint8)
    return found


def _coloured(show: Show, one: Plane) -> Colours:
    """A slice in colours, (rows, columns, 3); no value is the colour of the ground."""
    if show.field.scale == "kind":
        table = np.array([_rgb(LIGHT.ground), *map(_rgb, show.kinds.colours)], np.uint8)
        found: Colours = table[one.data]
        return found
    span = show.high - show.low
    level = one.low + (np.arange(256) - 1) / 254.0 * (one.high - one.low)
    table = ramp((level - show.low) / span if span else np.full(256, 0.5))
    table[0] = _rgb(LIGHT.ground)
    coloured: Colours = table[one.data]
    return coloured


def _picture(tissue: Tissue, show: Show, one: Plane, frame: int) -> Image:
    """A frame: a title, the slice, and what the colours mean."""
    images, drawing = extra("PIL.Image", "movie"), extra("PIL.ImageDraw", "movie")
    rows, columns = one.data.shape
    size = max(1, SIDE // max(rows, columns))
    wide, tall = columns * size, max(rows * size, THIN)
    legend = len(show.kinds.names) if show.field.scale == "kind" else 2
    whole = (_even(max(wide, SIDE) + 2 * EDGE), _even(tall + 2 * EDGE + LINE * (legend + 1)))
    picture = images.new("RGB", whole, LIGHT.ground)
    pen = drawing.Draw(picture)
    letters = extra("PIL.ImageFont", "movie").load_default(LETTER)
    pen.text((EDGE, EDGE // 2), f"{tissue.site}: {show.field.title}, day {tissue.days[frame]:.6g}", LIGHT.ink, letters)
    colours = _coloured(show, one)
    colours[_middle(tissue.mask) != 0] = _rgb(LIGHT.line)
    slice_ = images.fromarray(colours).resize((wide, tall), images.Resampling.NEAREST)
    left, top = (whole[0] - wide) // 2, EDGE // 2 + LINE
    picture.paste(slice_, (left, top))
    pen.rectangle((left - 1, top - 1, left + wide, top + tall), outline=LIGHT.line)
    (_names if show.field.scale == "kind" else _bar)(pen, letters, show, (EDGE, top + tall + EDGE // 2))
    return picture


def _even(count: int) -> int:
    return count + count % EVEN


def _names(pen: Any, letters: Any, show: Show, corner: tuple[int, int]) -> None:
    """The legend of the clones."""
    for place, (name, colour) in enumerate(zip(show.kinds.names, show.kinds.colours, strict=True)):
        x, y = corner[0], corner[1] + place * LINE
        pen.rectangle((x, y, x + LETTER, y + LETTER), fill=colour, outline=LIGHT.line)
        pen.text((x + LINE, y), name, LIGHT.ink, letters)


def _bar(pen: Any, letters: Any, show: Show, corner: tuple[int, int]) -> None:
    """The colour bar of a field: its two ends, its unit."""
    x, y = corner
    for place, colour in enumerate(ramp(np.linspace(0.0, 1.0, SIDE) if show.high > show.low else np.full(SIDE, 0.5)).tolist()):
        pen.line((x + place, y, x + place, y + LETTER), fill=tuple(colour))
    ends = [10.0**end if show.field.scale == "log" else end for end in (show.low, show.high)]
    unit = unit_words(show.field.unit)
    pen.text((x, y + LINE), _number(ends[0]), LIGHT.ink, letters)
    pen.text((x + SIDE, y + LINE), f"{_number(ends[1])} {unit}".strip(), LIGHT.ink, letters, anchor="ra")


def _number(value: float) -> str:
    """A number with three digits.

    >>> _number(11712.3), _number(0.00012)
    ('11700', '0.00012')
    """
    return f"{float(f'{value:.3g}'):g}"


def _mp4(path: Path, pictures: Sequence[Image]) -> None:
    """Frames through ffmpeg; the last one stands for a while."""
    library = extra("imageio_ffmpeg", "mp4")
    rate = 1000 // PACE
    writer = library.write_frames(str(path), pictures[0].size, fps=rate, macro_block_size=EVEN, ffmpeg_log_level="error")
    writer.send(None)
    try:
        for picture in (*pictures, *[pictures[-1]] * (HOLD // PACE)):
            writer.send(picture.tobytes())
    finally:
        writer.close()
