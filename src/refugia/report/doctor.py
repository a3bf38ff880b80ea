"""Whether an installation is fit to run."""

from __future__ import annotations

from collections.abc import Iterator


def examine() -> Iterator[tuple[str, bool, str]]:
    """Checks as (name, sound, what was found)."""
    from refugia.engine.voxels.tiles import default_threads
    from refugia.report.provenance import versions

    yield "versions", True, ", ".join(f"{name} {number}" for name, number in versions().items())
    yield "threads", True, f"{default_threads()} processors may be used"
    yield _chance()
    yield _kernels()
    yield _catalogue()


def _chance() -> tuple[str, bool, str]:
    """The known answer of Philox4x32-10 for zero key and counter."""
    import numpy as np

    from refugia.engine.philox import philox

    zero = np.uint32(0)
    words = [int(word) for word in philox(zero, zero, zero, zero, zero, zero)]
    good = words == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    return "chance", good, "the generator gives its known answer" if good else f"the generator gives {words}: reinstall numba"


def _kernels() -> tuple[str, bool, str]:
    from refugia.engine.compiled import cache_folder
    from refugia.engine.step import advance

    folder = cache_folder(advance)
    return (
        "kernels",
        True,
        f"compiled, in {folder}" if folder else "not compiled yet: the first run takes about half a minute longer",
    )


def _catalogue() -> tuple[str, bool, str]:
    from refugia.catalog.numbers import load_parameters
    from refugia.catalog.reader import case_ids, read_case

    names = case_ids()
    for name in names:
        read_case(name)
    return "catalogue", True, f"{len(names)} case(s) and {len(load_parameters())} numbers read"
