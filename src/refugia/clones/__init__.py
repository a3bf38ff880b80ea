"""Unit 1, the source: genotypes, phenotypes, standing variation, mutation and tolerance."""

from refugia.clones.model import MECHANISMS, Alteration, Clone, Heterogeneity, Tolerance

__all__ = ["MECHANISMS", "Alteration", "Clone", "Heterogeneity", "Tolerance"]
