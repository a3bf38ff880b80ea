"""Doses by file: what a table of events gives, and every refusal with its line and column."""

from __future__ import annotations

import os
from math import inf
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from refugia.catalog.reader import faults_of, parse_case, read_case
from refugia.course.case import Case
from refugia.terms import InputError
from refugia.treatment import Regimen, Route
from tests.unit.test_reader_errors import PLAN, TEXT

QUICK = settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
KEYS = 'drug = "gefitinib"\nroute = "oral"\n'


def case_with(folder: Path, content: str | bytes, keys: str = KEYS, name: str = "doses.csv") -> Path:
    """The default case with a file of doses in place of its plan."""
    (folder / "doses.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    file = folder / "my.toml"
    file.write_text(TEXT.replace(PLAN, f'[[plan]]\nevents = {name!r}\n{keys}'), encoding="utf-8")
    return file


def plan(folder: Path, content: str, keys: str = KEYS) -> tuple[Regimen, ...]:
    """The plan that a file of doses makes."""
    return read_case(case_with(folder, content, keys)).subject.plan


def oral(dose: float, start: float, every: float = inf, until: float = inf) -> Regimen:
    """Gefitinib by mouth."""
    return Regimen("gefitinib", Route.ORAL, dose, start, every, until, 0.0)


def test_rows_are_doses(tmp_path: Path) -> None:
    assert plan(tmp_path, "TIME [h],AMT [mg]\n0,250\n36,500\n") == (oral(250.0, 0.0), oral(500.0, 1.5))
    assert plan(tmp_path, "\ufeffTime (d);amt (g)\n0;.25\n\n1.5;0.5\n") == (oral(250.0, 0.0), oral(500.0, 1.5))
    assert plan(tmp_path, "TIME,AMT\n0,250\n36,500\n", KEYS + 'time = "h"\namount = "mg"\n') == (oral(250.0, 0.0), oral(500.0, 1.5))


def test_additional_doses_and_even_rows_repeat(tmp_path: Path) -> None:
    """The same doses in a row each, by II and ADDL, and in words, are one plan."""
    rows = "TIME [h],AMT [mg]\n" + "".join(f"{24 * day},250\n" for day in range(720))
    more = "TIME [h],AMT [mg],II,ADDL,EVID\n0,250,24,719,1\n1000,0,0,0,0\n"
    expected = parse_case(TEXT, "my.toml").subject.plan
    assert plan(tmp_path, rows) == plan(tmp_path, more) == expected


def test_a_missed_dose_stays_missed(tmp_path: Path) -> None:
    rows = "".join(f"{day},250\n" for day in range(10) if day != 6)
    given = plan(tmp_path, "TIME [d],AMT [mg]\n" + rows)
    assert sorted(day for line in given for day in line.days(720.0)) == [0, 1, 2, 3, 4, 5, 7, 8, 9]


def test_the_route_is_a_column_a_key_or_the_compartment(tmp_path: Path) -> None:
    drug = 'drug = "gefitinib"\n'
    rows = "TIME [h],AMT [mg],RATE,CMT\n0,250,0,1\n24,250,125,2\n"
    (first, second) = plan(tmp_path, rows, drug)
    assert (first.route, first.infusion) == (Route.ORAL, 0.0)
    assert (second.route, second.infusion) == (Route.INTRAVENOUS, pytest.approx(2.0 / 24.0))
    assert plan(tmp_path, "TIME [h],AMT [mg],ROUTE,CMT\n0,250,po,2\n", drug)[0].route is Route.ORAL
    assert plan(tmp_path, "TIME [h],AMT [mg],DRUG,ROUTE\n0,80,osimertinib,oral\n", "")[0].drug == "osimertinib"


def test_what_a_lever_gives_may_come_by_file(tmp_path: Path) -> None:
    (tmp_path / "doses.csv").write_text("TIME [d],AMT [mg],II,ADDL\n180,80,1,9\n")
    old = '[[levers.gives]]\ndrug = "osimertinib"\nroute = "oral"\ndose = "80 mg"\nevery = "24 h"\nfrom = "180 d"\n'
    file = tmp_path / "my.toml"
    file.write_text(TEXT.replace(old, '[[levers.gives]]\nevents = "doses.csv"\ndrug = "osimertinib"\nroute = "oral"\n'))
    assert read_case(file).levers[0].label.dose == "doses of doses.csv"


ROWS = [
    ("AMT [mg]\n1\n", 'doses.csv, line 1: "TIME" is missing. Add a column TIME.'),
    ("TIME,AMT\n1,1\n", 'doses.csv, line 1, TIME: "TIME" has no unit. Write TIME [h] in the header, or time = "h" in the case.'),
    ("TIME [mg],AMT [mg]\n1,1\n", 'line 1, TIME: "mg" is a mass, but a time is needed here.'),
    ("TIME [h],AMT [mg],WT\n0,250,70\n", 'line 1: "WT" is a column that is not known here. Leave it out.'),
    ("TIME [h],AMT [mg],AMT [g]\n0,250,1\n", 'line 1: "AMT [g]" is there twice.'),
    ("TIME [h],AMT [mg],II\n0,250,1\n", 'line 1: "II" stands without ADDL.'),
    ("TIME [h],AMT [mg]\n0,nan\n", 'line 2, AMT: "nan" is not a number. Write a number.'),
    ("TIME [h],AMT [mg]\n0,inf\n", 'line 2, AMT: "inf" is not a number.'),
    ("TIME [h],AMT [mg]\n0,1e999\n", "line 2, AMT: \"1e999\" is"),
    ("TIME [h],AMT [mg]\n0,-5\n", 'line 2, AMT: "-5" is negative. Write a number of zero or more.'),
    ('TIME [h],AMT [mg]\n0,"2,5"\n', 'line 2, AMT: "2,5" is not a number. Write a number with a point.'),
    ("TIME [h],AMT [mg]\n0,1e6\n", 'line 2, AMT: "1e6" is more than 100000 mg. Check the number and the unit of the column.'),
    ("TIME [h],AMT [mg]\n-1,5\n", 'line 2, TIME: "-1" is negative.'),
    ("TIME [h],AMT [mg]\n08:30,5\n", 'line 2, TIME: "08:30" is a time of the clock. Write the time since the first dose.'),
    ("TIME [h],AMT [mg]\n,5\n", 'line 2, TIME: "" is empty. Write the time since the first dose.'),
    ("TIME [h],AMT [mg]\n5,5\n\n4,5\n", 'line 4, TIME: "4" is before the row above it. Sort the rows by TIME.'),
    ("TIME [h],AMT [mg]\n0,5,7\n", 'line 2: "3 cells" are more than the 2 columns. Mend that row.'),
    ("TIME [h],AMT [mg],EVID\n0,5,1\n1,0,2\n", 'line 3, EVID: "2" is another event, such as a change of a covariate.'),
    ("TIME [h],AMT [mg],EVID\n0,5,1\n1,0,3\n", 'line 3, EVID: "3" empties the body, which no plan can do.'),
    ("TIME [h],AMT [mg],EVID\n0,5,1\n1,5,4\n", 'line 3, EVID: "4" empties the body before this dose, which no plan can do.'),
    ("TIME [h],AMT [mg],EVID\n0,5,7\n", 'line 2, EVID: "7" is no kind of event. Leave the row out, or write 0 (no dose), 1'),
    ("TIME [h],AMT [mg],EVID\n0,5,0\n", 'line 2, EVID: "0" is an observation, but AMT is a dose.'),
    ("TIME [h],AMT [mg],EVID\n0,0,1\n", 'line 2, AMT: "0" is no dose, though EVID is 1.'),
    ("TIME [h],AMT [mg],EVID\n0,5,x\n", 'line 2, EVID: "x" is no whole number of zero or more.'),
    ("TIME [h],AMT [mg],II,ADDL\n0,5,0,3\n", 'line 2, II: "0" is no interval between additional doses.'),
    ("TIME [h],AMT [mg],II,ADDL\n0,5,24,1.5\n", 'line 2, ADDL: "1.5" is no whole number of zero or more.'),
    ("TIME [h],AMT [mg],II,ADDL\n0,5,24,99999\n", 'line 2, ADDL: "99999" is more than 10000.'),
    ("TIME [h],AMT [mg],RATE\n0,5,-2\n", 'line 2, RATE: "-2" asks for a rate or duration to be estimated.'),
    ("TIME [h],AMT [mg],RATE\n0,5,5\n", 'line 2, RATE: "5" is an infusion by mouth.'),
    ("TIME [h],AMT [mg],ROUTE\n0,5,nasal\n", 'line 2, ROUTE: "nasal" is no route. Write "oral" or "intravenous".'),
    ("TIME [h],AMT [mg],DRUG\n0,5,gefitnib\n", 'line 2, DRUG: "gefitnib" is no drug of this case. Did you mean "gefitinib"?'),
    ("TIME [h],AMT [mg],ID\n0,5,1\n1,5,2\n", 'line 3, ID: "2" is not "1" as above. A case is one patient:'),
    ("TIME [h],AMT [mg],SS\n0,5,1\n", 'line 2, SS: "1" asks for a steady state.'),
    ("TIME [h],AMT [mg]\n0,0\n", 'my.toml, line 323, plan[0].events: "doses.csv" gives no dose.'),
    ("", 'plan[0].events: "doses.csv" is empty.'),
    ("\0", "holds bytes that are no text."),
    (b"TIME [h],AMT [mg]\n0,\xff\n", "is not a text in UTF-8."),
    ('TIME [h],AMT [mg]\n0,"5\n', "is no CSV:"),
    ("TIME [h],AMT [mg]\n" + "0,5\n" * 10_001, "has more than 10000 rows. Write regular doses as one row with II and ADDL."),
    ("#" * 1_000_001, "has more than 1000000 bytes."),
    ("TIME [h],AMT [mg],II,ADDL\n" + "0,5,1,9000\n" * 2, "makes more than 10000 doses."),
    ("TIME [d],AMT [mg]\n721,5\n", '"day 721" is not before the horizon.'),
]  # fmt: skip


@pytest.mark.parametrize(("content", "words"), ROWS, ids=[f"{i}" for i in range(len(ROWS))])
def test_a_wrong_row_is_refused_with_a_way_out(tmp_path: Path, content: str | bytes, words: str) -> None:
    found = faults_of(case_with(tmp_path, content))
    assert any(words in str(error) for error in found), [str(error) for error in found]
    assert all(error.line and error.way_out[-1] in ".?" and len(str(error)) < 600 for error in found)


def test_a_row_without_drug_or_route_is_refused(tmp_path: Path) -> None:
    found = faults_of(case_with(tmp_path, "TIME [h],AMT [mg],CMT\n0,5,1\n", ""))
    assert "names no drug. Add a column DRUG, or drug = ... in the case." in str(found[0])
    found = faults_of(case_with(tmp_path, "TIME [h],AMT [mg]\n0,5\n", 'drug = "gefitinib"\n'))
    assert "names no route. Add a column ROUTE or CMT, or route = ... in the case." in str(found[0])
    found = faults_of(case_with(tmp_path, "TIME [h],AMT [mg],CMT\n0,5,3\n", 'drug = "gefitinib"\n'))
    assert '"3" is no compartment of gefitinib that takes doses. Write the one meant: 1 is its depot (oral), 2' in str(found[0])


def test_all_rows_are_told_at_once_and_after_the_case(tmp_path: Path) -> None:
    file = case_with(tmp_path, "TIME [h],AMT [mg]\nx,250\n2,nan\n1,250\n3,-1\n")
    file.write_text(file.read_text().replace('"matrix",', '"matrx",'))
    found = faults_of(file)
    assert [(Path(error.file).name, error.line, error.field) for error in found] == [
        ("my.toml", 10, "mechanisms[4]"), ("doses.csv", 2, "TIME"), ("doses.csv", 3, "AMT"), ("doses.csv", 4, "TIME"),
        ("doses.csv", 5, "AMT"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("/etc/passwd", "leads out of the directory of the case. Put the file beside the case, or below,"),
        ("../doses.csv", "leads out of the directory of the case."),
        ("a/../../doses.csv", "leads out of the directory of the case."),
        ("..\\doses.csv", "leads out of the directory of the case."),
        ("C:doses.csv", "leads out of the directory of the case."),
        ("gone.csv", "is not there."),
        (".", "is not a file."),
        ("", "is no name of a file."),
        ("link.csv", "is a link that leads out of the case's directory."),
        ("folder/passwd", "is a link that leads out of the case's directory."),
        ("loop.csv", "plan[0].events"),
        ("pipe.csv", "is not a file."),
    ],
)  # fmt: skip
def test_a_file_of_doses_lies_beside_the_case(tmp_path: Path, name: str, words: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "doses.csv").write_text("TIME [h],AMT [mg]\n0,250\n")
    (folder / "link.csv").symlink_to(tmp_path / "doses.csv")
    (folder / "folder").symlink_to("/etc")
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    os.mkfifo(folder / "pipe.csv")
    (error,) = faults_of(case_with(folder, "TIME [h],AMT [mg]\n0,250\n", name=name))
    assert words in str(error) and error.line == 323


def test_a_link_that_stays_inside_is_followed(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "link.csv").symlink_to(tmp_path / "doses.csv")
    assert read_case(case_with(tmp_path, "TIME [h],AMT [mg]\n0,250\n", name="below/link.csv")).subject.plan == (oral(250.0, 0.0),)


def test_a_case_that_is_no_file_has_no_files(tmp_path: Path) -> None:
    text = case_with(tmp_path, "TIME [h],AMT [mg]\n0,250\n").read_text()
    with pytest.raises(InputError, match="cannot be looked up: this case is no file"):
        parse_case(text, "my.toml")


@QUICK
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 999)), min_size=1, max_size=40))
def test_every_dose_of_a_file_is_given_once(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int]]) -> None:
    """Whatever rows are joined, the doses and their days are those of the file."""
    rows.sort()
    content = "TIME [h],AMT [mg]\n" + "".join(f"{hour},{dose}\n" for hour, dose in rows)
    given = plan(tmp_path_factory.mktemp("doses"), content)
    found = sorted((round(24.0 * day), line.dose) for line in given for day in line.days(720.0))
    assert found == [(hour, float(dose)) for hour, dose in rows]


CELLS = ("0", "1", "24", "250", "-1", "nan", "inf", "1e400", "", ".", "x", "oral", "gefitinib", "1.5", '"', "08:00", "4")
NAMES = ("TIME", "TIME [h]", "AMT [mg]", "RATE", "II", "ADDL", "EVID", "CMT", "ROUTE", "DRUG", "ID", "X", "TIME [kg]")
cells, names = st.sampled_from(CELLS), st.sampled_from(NAMES)


@QUICK
@given(st.lists(names, max_size=6), st.lists(st.lists(cells, max_size=7), max_size=5), st.sampled_from([",", ";", "\t"]))
def test_any_table_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, header: list[str], rows: list[list[str]], mark: str
) -> None:
    content = "\n".join(mark.join(row) for row in [["TIME [h]", "AMT [mg]", *header], *rows])
    read_or_refused(case_with(tmp_path_factory.mktemp("any"), content))


@QUICK
@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    read_or_refused(case_with(tmp_path_factory.mktemp("any"), content))


def read_or_refused(file: Path) -> None:
    """The case is read, or every fault is one printable line with a way out."""
    found = faults_of(file)
    for error in found:
        assert str(error).isprintable() and error.line and error.reason and error.way_out
    if not found:
        assert isinstance(read_case(file), Case)
