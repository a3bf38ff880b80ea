"""A sequencing study as it is described: what a cell line gathers on its way, and what the reads make of it."""

from __future__ import annotations

from dataclasses import dataclass

from refugia.terms import Number, Parameter, number


@dataclass(frozen=True, slots=True)
class Sequencing:
    """The numbers of a multi-region study of one tumour.

    Mutations and copy-number changes come along the branches of the genealogy by Poisson laws, in proportion to the divisions of a
    branch; reads are beta-binomial, and their depth differs from place to place of the genome.
    """

    rate: Number = number("")  # point mutations per base and division, -
    division: Number = number("1/day")  # divisions of a cell
    bases: Number = number("")  # bases that are looked at, both haplotypes together, -
    clonal: Number = number("")  # mean number of mutations that all cells share, -
    age: Number = number("day")  # from the first cell of all to the day on which the tissue begins: branch of what stood then
    arms: Number = number("")  # parts of the genome that change their copies as a whole, -
    clonal_changes: Number = number("")  # mean number of copy-number changes that all cells share, -
    changes: Number = number("")  # copy-number changes per division, -
    losses: Number = number("")  # share of the changes that are losses, -
    unevenness: Number = number("")  # of depth over the genome: its standard deviation over its mean, -
    correlation: Number = number("")  # of the reads of a place: 1 / (1 + a + b) of a beta-binomial law, -
    called: Number = number("")  # mutated reads that a mutation needs in one region at least, -
    floor: Number = number("")  # share of mutated reads that it needs there, -
    resolved: Number = number("")  # share of the cancer cells from which on other copy numbers are told, -


def plain(number: Number) -> float:
    """The value of a number: a study is drawn once, with no patient of its own.

    >>> plain(0.5)
    0.5
    """
    return number.value if isinstance(number, Parameter) else number
