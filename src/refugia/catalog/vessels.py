"""New vessels of an environment of a case file: the table."""

from __future__ import annotations

from refugia.catalog.tables import Num, Table


class Angiogenesis(Table):
    """New vessels of sites in voxels, sprout by sprout."""

    resident: Num
    parents: Num
    apart: Num
    radius: Num
    signal_diffusivity: Num
    signal_decay: Num
    secretion: Num
    hypoxia_half: Num
    motility: Num
    chemotaxis: Num
    saturation: Num
    haptotaxis: Num
    matrix: Num
    matrix_reach: Num
    matrix_made: Num
    matrix_lost: Num
    uptake: Num
    branching: Num
    branching_half: Num
    maturity: Num
    pruning: Num
    survival: Num
