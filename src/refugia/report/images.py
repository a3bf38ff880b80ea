"""The figures of a page as PNG and SVG, for a paper: Plotly by way of Kaleido and a Chrome of the user's own."""

from __future__ import annotations

from pathlib import Path

from refugia.report.page.render import Page
from refugia.report.page.sections import plates_of
from refugia.terms import RefugiaError

FOLDER = "figures"
WIDTH = 700  # px; a figure in a column of text
FINE = 3  # pixels of the PNG a px


def ready() -> None:
    """Draw an empty figure, so that what is missing is told before anything is run.

    Raises RefugiaError where Kaleido is not installed, or finds no browser.
    """
    from importlib.util import find_spec

    if find_spec("kaleido") is None:
        raise RefugiaError('--figures needs Kaleido, which draws them. Install it: pip install "refugia[figures]".')
    from plotly.graph_objects import Figure

    try:
        Figure().to_image(format="svg")
    except Exception as trouble:  # Kaleido has a class of its own for each release
        raise RefugiaError(
            f"--figures needs a Chrome or Chromium that Kaleido can start ({_first_line(trouble)}). Install one (Debian: apt-get "
            "install chromium), run plotly_get_chrome, or name yours in BROWSER_PATH."
        ) from trouble


def _first_line(trouble: Exception) -> str:
    """What went wrong, in a line."""
    lines = [line.strip() for line in str(trouble).splitlines() if line.strip()]
    return (lines[0] if lines else type(trouble).__name__).rstrip(".")


def write_images(folder: Path, page: Page) -> None:
    """Write every figure of a page as PNG and SVG into `figures/` of a folder, named as on the page."""
    from plotly.io import write_images as write

    place = folder / FOLDER
    place.mkdir()
    shown = plates_of(page.sections)
    both = [plate.figure for plate in shown] * 2
    names = [place / f"{plate.name}.{kind}" for kind in ("png", "svg") for plate in shown]
    write(fig=both, file=names, width=WIDTH, scale=FINE)
