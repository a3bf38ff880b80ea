"""A small table in the form of CIViC's evidence, made up for the tests: no item of it is real."""

from __future__ import annotations

from refugia.catalog.evidence.civic import COLUMNS

ROW = {
    "molecular_profile": "EGFR T790M",
    "molecular_profile_id": "34",
    "disease": "Lung Non-small Cell Carcinoma",
    "doid": "3908",
    "phenotypes": "",
    "therapies": "Gefitinib",
    "therapy_interaction_type": "",
    "evidence_type": "Predictive",
    "evidence_direction": "Supports",
    "evidence_level": "B",
    "significance": "Resistance",
    "evidence_statement": "Made up: a claim.",
    "citation_id": "1",
    "source_type": "PubMed",
    "asco_abstract_id": "",
    "citation": "Nobody et al., 2020",
    "nct_ids": "",
    "rating": "3",
    "evidence_status": "accepted",
    "evidence_id": "1",
    "variant_origin": "Somatic",
    "last_review_date": "2020-01-01 00:00:00 UTC",
    "evidence_civic_url": "https://example.org/1",
    "molecular_profile_civic_url": "https://example.org/34",
    "is_flagged": "false",
}
CHANGES: tuple[dict[str, str], ...] = (
    {},
    {
        "evidence_id": "2",
        "significance": "Sensitivity/Response",
        "evidence_level": "D",
    },
    {
        "evidence_id": "3",
        "evidence_direction": "Does Not Support",
        "evidence_level": "C",
        "rating": "",
    },
    {
        "evidence_id": "4",
        "molecular_profile": "EGFR L858R AND EGFR T790M",
        "therapies": "Osimertinib",
        "significance": "Sensitivity/Response",
    },
    {
        "evidence_id": "5",
        "molecular_profile": "EGFR L858R",
        "disease": "Lung Adenocarcinoma",
        "significance": "Sensitivity/Response",
    },
    {
        "evidence_id": "6",
        "is_flagged": "true",
    },
    {
        "evidence_id": "7",
        "evidence_status": "submitted",
    },
    {
        "evidence_id": "8",
        "molecular_profile": "EML4::ALK Fusion",
        "therapies": "Crizotinib,Alectinib",
        "therapy_interaction_type": "Substitutes",
    },
    {
        "evidence_id": "9",
        "molecular_profile": "NOT EGFR T790M",
        "evidence_type": "Prognostic",
        "significance": "N/A",
        "therapies": "",
    },
)
NAME = "01-Nov-2026-ClinicalEvidenceSummaries.tsv"


def rows(*more: dict[str, str]) -> list[dict[str, str]]:
    """The rows of the table, with more of them behind."""
    return [{**ROW, **changed} for changed in (*CHANGES, *more)]


def text(table: list[dict[str, str]], columns: tuple[str, ...] = COLUMNS, end: str = "\n") -> str:
    """The table as CIViC writes it."""
    lines = ["\t".join(columns), *("\t".join(row[column] for column in columns) for row in table)]
    return end.join(lines) + end
