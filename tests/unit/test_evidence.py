"""Evidence: what is found and how near, what ships, and the rows beside a case."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from refugia.catalog.evidence.beside import evidence_for
from refugia.catalog.evidence.civic import parse_civic
from refugia.catalog.evidence.profiles import Alteration, Match, change, codon, nearness, profile, profile_of
from refugia.catalog.evidence.search import Answer, Query, parted, search, sources
from refugia.catalog.evidence.store import add_release
from refugia.catalog.evidence.tables import disease_named, kinship, level, levels, mechanisms, shipped
from refugia.catalog.reader import parse_case, read_case
from refugia.catalog.texts import case_text
from refugia.report.evidence import BESIDE_COLUMNS, claim, evidence_rows, evidence_summary, show_evidence, strategies
from refugia.terms import InputError
from tests.unit.civic_table import NAME, rows, text

FACTS = Path(__file__).parents[3] / "shared" / "facts" / "evidence.csv"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with one release of the made-up table."""
    place = tmp_path / "store.sqlite"
    add_release(place, parse_civic(text(rows()).encode(), NAME))
    return place


def asked(store: Path, *words: str, **more: str) -> Answer:
    return search(Query(*words, **more), sources(store))


@pytest.mark.parametrize(
    ("gene", "alteration", "found", "match"),
    [
        ("EGFR", "T790M", "EGFR T790M", Match.PROFILE),
        ("EGFR", "p.Thr790Met", "EGFR T790M", Match.PROFILE),
        ("EGFR", "t790m", "EGFR T790M", Match.PROFILE),
        ("EGFR", "T790M", "EGFR L858R AND EGFR T790M", Match.COMBINATION),
        ("EGFR", "T790M", "NOT EGFR T790M", Match.COMBINATION),
        ("EGFR", "T790M", "EGFR L858R AND MET Amplification", Match.GENE),
        ("KRAS", "G12D", "KRAS Codon 12", Match.CODON),
        ("KRAS", "G12D", "KRAS G12", Match.CODON),
        ("KRAS", "codon 12", "KRAS G12D", Match.CODON),
        ("KRAS", "G12D", "KRAS G12C", Match.GENE),
        ("KRAS", "G12D", "KRAS Mutation", Match.MUTATION),
        ("KRAS", "mutation", "KRAS G12C", Match.MUTATION),
        ("MET", "amp", "MET Amplification", Match.PROFILE),
        ("ALK", "Fusion", "EML4::ALK Fusion", Match.PROFILE),
        ("ALK", "Fusion", "RET Fusion", None),
    ],
)
def test_how_near_a_profile_is(gene: str, alteration: str, found: str, match: Match | None) -> None:
    """Profiles are never merged: a combination is no match of one of its parts."""
    assert nearness(Alteration((gene,), change(alteration)), profile(found)) is match


def test_an_old_name_in_brackets_is_a_name() -> None:
    for gene in ("MAP2K1", "MEK1"):
        assert nearness(Alteration((gene,), "C121S"), profile_of("MAP2K1 (MEK1)", "C121S")) is Match.PROFILE


def test_codons() -> None:
    assert [codon(word) for word in ("G12D", "G12", "CODON 12")] == ["12", "12", "12"]
    assert not any(codon(word) for word in ("FUSION", "EXON 20 INSERTION", "V600_K601DEL"))


def test_kinship_of_diseases() -> None:
    assert kinship("lung adenocarcinoma", "Lung Non-small Cell Carcinoma") == "broader"
    assert kinship("non-small-cell lung cancer", "Lung Adenocarcinoma") == "narrower"
    assert kinship("CRC", "colorectal cancer") == "same"
    assert kinship("melanoma", "glioma") is None
    assert disease_named("A Disease of  Nobody") == "a disease of nobody"


def test_the_first_release_is_the_table_of_the_facts() -> None:
    """Row by row: the facts are the same, the sentences are not."""
    if not FACTS.exists():
        pytest.skip("the fact sheet is not beside this checkout")
    with FACTS.open() as file:
        facts = list(csv.DictReader(file))
    items = shipped()[1]
    assert len(items) == len(facts) == 60
    for item, row in zip(items, facts, strict=True):
        assert item.citation == row["review_reference"]
        assert item.disease == row["cancer_type"]
        assert "; ".join(item.mechanism_class) == row["mechanism_class"]
        assert "; ".join(item.strategy_class) == row["strategy_class"]
        assert (item.target, item.combination) == (row["target"], row["combination"])
        assert item.profile.alterations == profile_of(row["gene"], row["alteration"]).alterations
        if row["table"] == "2":
            assert item.therapies == (row["resistance_to"],)
        for mine, theirs in ((item.strategy, row["strategy"]), (item.outcome, row["effect"]), (item.limitation, row["limitation"])):
            assert not theirs or mine != theirs
        assert not row["strategy"] or row["strategy"] not in item.statement or row["table"] == "3"


def test_every_item_that_ships_is_whole() -> None:
    for item in shipped()[1]:
        assert item.statement.endswith(".") and item.citation.startswith("three-step review, ref")
        assert set(item.mechanism_class) <= set(mechanisms())
        assert item.level.project is None
    assert len({item.id for item in shipped()[1]}) == 60


def test_levels_have_a_version_and_say_what_is_remembered() -> None:
    assert levels()["version"]
    assert set(levels()["schemes"]) == {"CIViC", "OncoKB", "ESCAT", "AMP"}
    for entry in levels()["schemes"].values():
        assert entry["source"] and set(entry["levels"].values()) <= {1, 2, 3, 4, 5, 6}
        assert ("remembered" not in entry["source"].split(";")[-1]) or entry["basis"] == "assumed" or "licence" in entry["source"]
    assert [level("CIViC", native).project for native in "ABCDE"] == [1, 2, 4, 5, 6]
    assert (level("OncoKB", "3A").project, level("AMP", "II-C").project, level("ESCAT", "II-B").project) == (3, 3, 3)
    assert level("CIViC", "Z").project is None


def test_t790m_without_a_store(tmp_path: Path) -> None:
    """Both kinase classes by itself, activation only together with MET; two covalent and reversible switches."""
    said = evidence_summary(asked(tmp_path / "none.sqlite", "EGFR", "T790M", disease="lung adenocarcinoma", therapy="gefitinib"))
    assert [item["id"] for item in said["items"]] == [f"TSR-2-{n}" for n in (13, 14, 15, 16, 17)]
    assert said["items"][0]["match"] == "same alteration" and said["items"][2]["match"] == "only together with other alterations"
    assert {row["mechanism_class"] for row in said["mechanisms"]} == {
        "active-site increased ATP affinity", "catalytic-domain steric hindrance", "downstream or bypass activation"
    }  # fmt: skip
    assert {item["disease_match"] for item in said["items"]} == {"broader"}
    assert [row["strategy_class"] for row in said["strategies"]] == [["switch"], ["switch"], ["add"], ["switch"], ["add"]]
    assert said["listed"] and said["left_aside"] == {"another disease": 1, "another drug": 5}
    assert all(item["statement"] and item["citation"] and item["direction"] == "supports" for item in said["items"])


def test_what_contradicts_itself_is_shown_on_both_sides(store: Path) -> None:
    """Resistance (1) against sensitivity (2), and against evidence that does not support resistance (3)."""
    said = asked(store, "EGFR", "T790M", therapy="Gefitinib")
    assert {"EID1", "EID2", "EID3"} <= {found.item.id for found in said.found}
    assert len(said.conflicts) == 1
    assert (said.conflicts[0].resistant, set(said.conflicts[0].contrary)) == (("EID1", "TSR-2-13", "TSR-2-14"), {"EID2", "EID3"})
    assert evidence_summary(said)["conflicts"][0]["therapies"] == ("Gefitinib",)
    assert claim(next(f.item for f in said.found if f.item.id == "EID3")) == "resistance to Gefitinib, does not support"


def test_flagged_and_unaccepted_items_stay_out_and_are_counted(store: Path) -> None:
    said = asked(store, "EGFR", "T790M")
    assert not {"EID6", "EID7"} & {found.item.id for found in said.found}
    assert {count for why, count in said.aside.items() if "CIViC" in why} == {1}


def test_combinations_and_negations_are_said_to_be_such(store: Path) -> None:
    found = {f.item.id: f.match for f in asked(store, "EGFR", "T790M").found}
    assert found["EID1"] is Match.PROFILE and found["EID4"] is found["EID9"] is Match.COMBINATION
    assert "EID5" not in found
    wide = {f.item.id: f.match for f in search(Query("EGFR", "T790M", wide=True), sources(store)).found}
    assert wide["EID5"] is Match.GENE


def test_not_listed_is_said_not_to_mean_no_effect(store: Path) -> None:
    """Also where only other alterations of the gene are listed."""
    for words in (("XYZ", "A1B"), ("ALK", "G1202R")):
        said = evidence_summary(asked(store, *words))
        assert said["listed"] is False and said["items"] == []
        assert 'Not listed is not "no effect"' in said["note"]


def test_an_item_is_left_aside_for_the_first_reason(tmp_path: Path) -> None:
    """Another alteration before another disease before another drug; the items on the gene are never the alteration itself."""
    none = tmp_path / "none.sqlite"
    answer = asked(none, "EGFR", "C797S", disease="lung")
    assert answer.aside == {"the gene alone": 10, "another disease": 1} and not answer.itself
    assert answer.notes[0].endswith('Near it: "lung cancer", "non-small-cell lung cancer", "lung adenocarcinoma", '
                                    '"lung squamous cell carcinoma", "small-cell lung cancer".')  # fmt: skip
    wide = search(Query("EGFR", "C797S", "lung", wide=True), sources(none))
    assert wide.aside == {"another disease": 11} and not wide.listed


def test_what_is_not_listed_itself_is_said_before_what_is(store: Path) -> None:
    """Also where items on its codon, or on combinations, stand below."""
    console = Console(width=300, record=True, quiet=False, file=StringIO())
    show_evidence(console, search(Query("EGFR", "C797S", "lung adenocarcinoma", wide=True), sources(store)))
    shown = console.export_text()
    said = 'Nothing is listed for EGFR C797S itself (lung adenocarcinoma). Not listed is not "no effect"'
    assert 0 < shown.index(said) < shown.index("What follows is on its codon, ") < shown.index("TSR-2-13")
    assert asked(store, "EGFR", "T790M").itself and asked(store, "EGFR").itself


@pytest.mark.parametrize(
    ("word", "way_out"),
    [
        ("T790M", "It reads like an alteration; name its gene before it: refugia evidence EGFR T790M."),
        ("p.Thr790Met", "refugia evidence EGFR T790M."), ("A1B", "refugia evidence GENE A1B."),
    ],
)  # fmt: skip
def test_an_alteration_without_its_gene(store: Path, word: str, way_out: str) -> None:
    assert way_out in asked(store, word).notes[0]


def test_a_gene_with_two_names_is_one(store: Path) -> None:
    assert parted("EGFR T790M", "") == ("EGFR", "T790M") and parted("EML4::ALK Fusion", "") == ("EML4::ALK", "Fusion")
    assert sources(store).genes_once()["MAP2K1"] == ("MEK1",) and "MEK1" not in sources(store).genes_once()
    assert [f.item.id for f in asked(store, "MEK1", "C121S").found] == [f.item.id for f in asked(store, "MAP2K1", "C121S").found]


def test_civic_items_state_no_mechanism(store: Path) -> None:
    answer = asked(store, "ALK", "Fusion")
    assert [f.item.therapies for f in answer.found] == [("Crizotinib", "Alectinib")]
    assert answer.found[0].item.mechanism_class == () and strategies(answer) == []
    assert answer.found[0].item.level == level("CIViC", "B")


def test_a_search_without_a_gene(store: Path) -> None:
    ids = {f.item.id for f in asked(store, disease="glioblastoma").found}
    assert ids == {"TSR-3-04", "TSR-3-05"}
    assert {f.item.id for f in asked(store, therapy="bevacizumab").found} == {"TSR-3-01", "TSR-3-02", "TSR-3-03"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({}, "GENE"), ({"alteration": "T790M"}, "Name the gene"), ({"gene": "E" * 101}, "is no name"),
        ({"gene": "EG\x1b[31mFR"}, "is no name"), ({"gene": "EGFR", "disease": "a\nb"}, "--disease"),
    ],
)  # fmt: skip
def test_a_question_that_is_none(words: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        Query(**words)


@pytest.mark.parametrize("nasty", ["'; DROP TABLE item; --", '" OR 1=1', "%", "_", "*"])
def test_no_text_becomes_a_statement(store: Path, nasty: str) -> None:
    assert asked(store, nasty, nasty, disease=nasty, therapy=nasty).found == ()
    assert len(asked(store, "EGFR", "T790M").found) > 5


def test_evidence_beside_a_case(tmp_path: Path) -> None:
    """Every alteration of a clone under every drug of the case; the profile that the case states, never one that is guessed."""
    case = read_case("egfr-lung")
    beside = evidence_for(case, sources(tmp_path / "none.sqlite"))
    assert len(beside) == 3 * len(case.subject.drugs)
    first = next(b for b in beside if (b.alteration, b.drug) == ("T790M", "gefitinib"))
    assert first.clones == ("T790M", "T790M+C797S") and first.profile == "EGFR T790M"
    assert first.answer is not None and [f.item.id for f in first.answer.found][:2] == ["TSR-2-13", "TSR-2-14"]
    table = evidence_rows(beside)
    assert all(set(row) == set(BESIDE_COLUMNS) for row in table)
    unlisted = [row for row in table if row["alteration"] == "C797S"]
    assert unlisted and all('Not listed is not "no effect"' in row["statement"] for row in unlisted)


def test_a_profile_of_a_case_is_one_alteration() -> None:
    """A combination is refused: it is a clone that carries several."""
    text = case_text("egfr-lung")
    assert parse_case(text.replace('"MET amplification"', '"EML4::ALK Fusion"'), "my.toml").disease == "lung adenocarcinoma"
    with pytest.raises(InputError, match=r"alterations\[1\].profile: .* is a combination of alterations"):
        parse_case(text.replace('"MET amplification"', '"EGFR T790M AND MET amp"'), "my.toml")
    with pytest.raises(InputError, match=r"alterations\[1\].profile: .* is no name"):
        parse_case(text.replace('"MET amplification"', '"MET; DROP"'), "my.toml")


def test_a_case_that_states_no_profile(tmp_path: Path) -> None:
    beside = evidence_for(read_case("desmoplastic-mammary"), sources(tmp_path / "none.sqlite"))
    assert beside and all(b.answer is None for b in beside)
    assert {row["statement"] for row in evidence_rows(beside)} == {"the case states no profile for this alteration"}
