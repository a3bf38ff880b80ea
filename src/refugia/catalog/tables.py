"""What the tables of every file of ours are made of: strictness, names, and numbers with their sources.

A number of the world (`Num`) is "param:ID" or an inline table; a quantity (`Quantity`) is a text such as "250 mg".
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

from refugia.catalog.refusals import checked as checked

MARK = "refugia"  # under which a schema for editors finds what pydantic does not know
Num = Annotated[Any, WithJsonSchema({MARK: "number"})]
Quantity = Annotated[Any, WithJsonSchema({MARK: "quantity"})]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 +_.\-]{0,39}$")]
Text = Annotated[str, StringConstraints(max_length=1000)]
Profile = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 +_.:*()\-]{0,39}$")]  # a gene and its alteration

Route = Literal["oral", "intravenous"]

MOST_SITES, MOST_CLONES, MOST_LINES, MOST_LEVERS = 64, 32, 64, 32
MOST_SEED = 2**63 - 1


class Table(BaseModel):
    """A table of a file: nothing unknown in it, nothing converted behind the back."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Interval(Table):
    """What is known of a number: its law and 95 % range, or bounds."""

    law: Literal["normal", "lognormal", "log10normal", "uniform", "loguniform"]
    low: float
    high: float
    along: dict[Name, float] = {}  # ids of numbers, and the weight of the score of each in this one's


class Spread(Table):
    """How patients or lesions differ: law, width and cuts."""

    law: Literal["normal", "lognormal", "log10normal"]
    width: float
    low: float | None = None
    high: float | None = None
    per: Literal["patient", "lesion"] = "patient"


class Inline(Table):
    """A number with its source, written where it is used; interval and cuts are in the unit of the value."""

    value: Annotated[Any, WithJsonSchema({MARK: "value"})]
    cite: Text
    where: Text
    basis: Literal["published", "public data or code", "computed", "assumed"]
    says: Text = ""
    interval: Interval | None = None
    spread: Spread | None = None


class Entry(Inline):
    """A number of the catalogue: the same, with its unit apart."""

    says: Text
    value: float
    unit: Text


class Source(Table):
    """A source of the user's own, beside those of the bibliography."""

    key: Name
    authors: Text
    title: Text
    venue: Text = ""
    year: Annotated[int, Field(ge=1000, le=9999)]
    link: Text = ""
