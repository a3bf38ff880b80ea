"""How the clones of a case are written: a list of genotypes, or those beside the reads of its lesions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, WithJsonSchema

from refugia.catalog.tables import MOST_CLONES, MOST_SEED, MOST_SITES, Name, Table, Text


class Clone(Table):
    """A genotype, tolerant or not, or in a state that the case describes."""

    name: Name
    alterations: list[str]
    tolerant: bool = False
    state: Name = "basal"


Sampled = Annotated[
    Any, WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]})
]
"""A sample, or a list of some; checked where it is read."""


class Reads(Table):
    """Clones as reads of the lesions found them, beside the genotypes that a case describes."""

    reads: Text  # a file beside the case
    genotypes: Annotated[list[Clone], Field(min_length=1, max_length=MOST_CLONES)]
    carries: Annotated[dict[Text, str], Field(max_length=MOST_CLONES)] = Field(default_factory=dict)  # mutation -> alteration
    samples: Annotated[dict[Name, Sampled], Field(max_length=MOST_SITES)] = Field(default_factory=dict)  # site -> its samples
    seed: Annotated[int, Field(ge=0, le=MOST_SEED)] = 0
    cite: Text | None = None  # the file itself, where nothing is cited
    basis: Literal["published", "public data or code", "computed", "assumed"] = "computed"


def _written(raw: object) -> str:
    """In which form the clones of a case are written."""
    return "with reads" if isinstance(raw, dict) else "as a list"


Clones = Annotated[
    Annotated[list[Clone], Field(min_length=1, max_length=MOST_CLONES), Tag("as a list")] | Annotated[Reads, Tag("with reads")],
    Discriminator(_written),
]
