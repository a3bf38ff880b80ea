"""An EGFR-mutant lung cancer of which reads of three samples are at hand: which clones stand in it, and does it matter?

The reads are made, not measured: `table(made())` is the file beside the case. Run it with `python examples/lung_with_reads.py`; the
test suite runs it too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import refugia as rf
from refugia.inference.generator import Plan, generate
from refugia.inference.reads.table import Reads

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

FOLDER = Path(__file__).parent / "reads"
SAMPLES = ("lung_core", "lung_rim", "brain")
NAMES = {"m3": "EGFR:T790M"}  # the first mutation of the last clone


def made() -> Reads:
    """Four clones in three samples of 60 to 90 % purity, 24 mutations, 300 reads deep; the last clone is not in the brain."""
    return generate(Plan(clones=4, samples=3, mutations=24, depth=300, purity=(0.6, 0.9)), seed=11)[0]


def table(reads: Reads) -> str:
    """Reads as the long table that refugia takes."""
    lines = ["mutation_id\tsample_id\tref_counts\talt_counts\tmajor_cn\tminor_cn\tnormal_cn\ttumour_content"]
    for i, mutation in enumerate(reads.mutations):
        for s, sample in enumerate(SAMPLES):
            place, alt = reads.places[reads.kinds[i, s]], reads.alt[i, s]
            counts = f"{reads.depth[i, s] - alt}\t{alt}\t{place.major}\t{place.minor}\t{place.normal}\t{place.purity:.3f}"
            lines.append(f"{NAMES.get(mutation, mutation)}\t{sample}\t{counts}")
    return "\n".join(lines) + "\n"


def main() -> rf.Course:
    """Run the case with its reads and say what stands in each site before therapy."""
    assert (FOLDER / "reads.tsv").read_text(encoding="utf-8") == table(made()), "the reads are no longer what the generator makes"
    case = rf.read_case(FOLDER / "lung-with-reads.toml")
    course = rf.simulate(case, 8, seed=7)
    for s, site in enumerate(case.subject.sites):
        share = (course.cells[:, s, 0] / course.cells[:, s, 0].sum(axis=-1, keepdims=True)).mean(axis=0)
        held = {name: part for name, part in zip(course.clones, share.tolist(), strict=True) if part > 1e-4}
        print(site.name, {name: round(part, 4) for name, part in held.items()})
    resists = [n for n, name in enumerate(course.clones) if "T790M" in name]
    share = course.cells[:, :, 0, resists].sum(axis=-1) / course.cells[:, :, 0].sum(axis=-1)
    assert share[:, 0].min() > 0.05, "the reads of the lung hold a clone with T790M"
    assert share[:, 2].max() < 0.03, "those of the brain hold none, and 300 reads would have shown one of 3 % of the cells"
    return course


def picture(course: rf.Course) -> Figure:
    """Cells of the lung lesion and the clones they belong to, through time."""
    return course.plot("lung")


if __name__ == "__main__":
    main()
