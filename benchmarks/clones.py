"""Clone reconstruction on sets with known truth, one row a set: clones.py FOLDER [part of a name]. FOLDER holds the pairtree sets.

Beside each score stands what the truth itself would score: mutations put to the cluster that explains them best (the true fractions
and sizes given, clusters that the reads cannot tell apart merged where that helps).
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import numpy as np

from refugia.inference.clusters import Clustering
from refugia.inference.reads.opening import read
from refugia.inference.reads.table import Reads
from refugia.inference.reconstruct import Reconstruction, reconstruct
from refugia.inference.scores import (
    fraction_error,
    rand_index,
    relation_loss,
    relations_of_mutations,
    v_measure,
    vaf_loss,
)
from refugia.inference.trees import relations_of

PUBLISHED = {
    "sim_K3_S3_T200_M30_G0_run1": "Pairtree RRL 0.0885, VAF -0.0386, 168 s; PyClone-VI V 1.000, ARI 1.000, error 0.0033, 7.7 s",
    "sim_K10_S10_T200_M100_G0_run1": "Pairtree RRL 0.0479, VAF -0.0428, 184 s; PyClone-VI V 0.936, ARI 0.863, error 0.0090, 11.3 s",
}


def oracle(reads: Reads, phi: np.ndarray, pops: np.ndarray) -> float:
    """The best V-measure found with the truth in hand: true fractions and sizes, alike clusters merged step by step."""
    p = np.clip(0.5 * phi[1:], 1e-5, 1 - 1e-5)
    logs = (reads.alt[:, None] * np.log(p) + (reads.depth - reads.alt)[:, None] * np.log1p(-p)).sum(axis=2)
    logs += np.log(np.bincount(pops, minlength=phi.shape[0])[1:])
    names, best = np.arange(phi.shape[0] - 1), 0.0
    while True:
        merged = np.stack([np.logaddexp.reduce(logs[:, names == name], axis=1) for name in np.unique(names)], axis=1)
        best = max(best, v_measure(pops, merged.argmax(axis=1)))
        if merged.shape[1] == 1:
            return best
        centres = np.stack([np.sqrt(phi[1:][names == name]).mean(axis=0) for name in np.unique(names)])
        gaps = np.abs(centres[:, None] - centres[None]).sum(axis=2) + 1e9 * np.eye(len(centres))
        a, b = (np.unique(names)[int(i)] for i in np.unravel_index(int(gaps.argmin()), gaps.shape))
        names = np.where(names == b, a, names)


def losses(result: Reconstruction, truth: tuple[np.ndarray, np.ndarray, np.ndarray]) -> tuple[float, float]:
    """Relationship loss and VAF loss of a reconstruction against the one true tree and the true fractions."""
    parents, phi, pops = truth
    wanted = relations_of_mutations(pops - 1, relations_of(parents))
    up = np.zeros((result.clusters.mean.shape[0],) * 2)
    up[np.ix_(result.fitting, result.fitting)] = result.trees.relations[:, :, 0]
    found = relations_of_mutations(result.clusters.shares, up)
    ratio = np.full(result.reads.alt.shape, 0.5)
    data = result.reads.alt, result.reads.depth, ratio
    loss = vaf_loss(*data, [(1.0, result.fractions()[result.clusters.group])]) - vaf_loss(*data, [(1.0, phi[pops])])
    return relation_loss(wanted, found), loss


def row(path: Path) -> tuple[str, dict[str, float]]:
    """Scores of one set, and its line in the table."""
    reads = read(path)
    truth = np.load(path.with_suffix(".truth.npz"), allow_pickle=False)
    parents, phi, pops = truth["structure"], truth["phi"], truth["ssm_pops"]
    start = time.process_time()
    result = reconstruct(reads)
    seconds = time.process_time() - start
    start = time.process_time()
    given = reconstruct(reads, given=True)
    given_seconds = time.process_time() - start
    clusters: Clustering = result.clusters
    scores = {
        "v": v_measure(pops, clusters.group), "oracle": oracle(reads, phi, pops), "ari": rand_index(pops, clusters.group),
        "error": fraction_error(phi[pops], result.fractions()[clusters.group]), "seconds": seconds,
    }  # fmt: skip
    scores["rrl"], scores["vaf"] = losses(result, (parents, phi, pops))
    scores["rrl given"], scores["vaf given"] = losses(given, (parents, phi, pops))
    scores["given seconds"] = given_seconds
    best = (given.trees.parents[0] == parents).all()
    truth_weight = given.trees.weights[(given.trees.parents == parents).all(axis=1)].sum()
    line = (
        f"{path.stem[4:]:27s} K {len(clusters.size):2d}/{len(parents):2d} V {scores['v']:.3f} (oracle {scores['oracle']:.3f}) "
        f"ARI {scores['ari']:.3f} error {scores['error']:.4f} RRL {scores['rrl']:.4f} VAF {scores['vaf']:+.4f} {seconds:5.1f} s"
        f" | clusters given: RRL {scores['rrl given']:.4f} VAF {scores['vaf given']:+.4f} {given_seconds:5.1f} s, "
        f"truth {'is' if best else 'is not'} the best tree, p {truth_weight:.2f}"
    )
    return line, scores


def main(folder: str, part: str = "") -> None:
    """Print the table and its means."""
    paths = sorted(path for path in Path(folder).glob("*.ssm") if part in path.name)
    reconstruct(read(paths[0]))
    rows = {}
    for path in paths:
        line, rows[path.stem] = row(path)
        print(line, flush=True)
        if path.stem in PUBLISHED:
            print(f"    {PUBLISHED[path.stem]}")
    for name, wanted in (("all", ""), ("K10, S >= 3", "K10_S[31]"), ("K10, S 10", "K10_S10"), ("K3", "K3_")):
        import re

        chosen = [
            scores for stem, scores in rows.items() if re.search(wanted, stem) and not (name == "K10, S >= 3" and "_S1_" in stem)
        ]
        if chosen:
            print(f"mean {name:12s}", {key: round(float(np.mean([scores[key] for scores in chosen])), 4) for key in chosen[0]})
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2:.2f} GB; times are processor seconds")


if __name__ == "__main__":
    main(*sys.argv[1:])
