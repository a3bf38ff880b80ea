"""The bibliography: every source named in the catalogue, read from its BibTeX file."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

from refugia.terms import Citation, RefugiaError


@lru_cache(maxsize=1)
def bibliography() -> dict[str, Citation]:
    """Every citation by its key, in the order of the file."""
    from pybtex.database import parse_string

    text = (files("refugia.catalog") / "bibliography.bib").read_text(encoding="utf-8")
    return {key: _citation(key, entry) for key, entry in parse_string(text, "bibtex").entries.items()}


def citation(key: str) -> Citation:
    """The citation of that key. Raises RefugiaError where the bibliography has none.

    >>> citation("grimes2014").year
    2014
    """
    if key not in bibliography():
        raise RefugiaError(f'There is no "{key}" in the bibliography.')
    return bibliography()[key]


def _citation(key: str, entry: Any) -> Citation:
    field = entry.fields
    venue = field.get("journal") or field.get("howpublished") or ""
    link = f"doi:{field['doi']}" if "doi" in field else f"PMID {field['pmid']}" if "pmid" in field else field.get("url", "")
    return Citation(key, _authors(entry.persons.get("author", [])), _plain(field.get("title", "")), venue, int(field["year"]), link)


def _authors(people: Any) -> str:
    """The family names: both of two, the first and "et al." of more."""
    names = [_plain(" ".join((*person.prelast_names, *person.last_names))) for person in people]
    if len(names) > 2 or "others" in names:
        return f"{names[0]} et al."
    return " and ".join(names)


def _plain(text: str) -> str:
    return text.replace("{", "").replace("}", "")
