"""Unit 1, the source: genotypes, phenotypes, standing variation, mutation, copy number, tolerance and other states."""

from refugia.clones.model import BASAL, KINDS, MECHANISMS, Alteration, Clone, Heterogeneity, State, Switch, Tolerance

__all__ = ["BASAL", "KINDS", "MECHANISMS", "Alteration", "Clone", "Heterogeneity", "State", "Switch", "Tolerance"]
