"""Lines of a plan in words: what they give, that they read back, and every refusal."""

from __future__ import annotations

import re
from math import inf
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refugia.catalog.reader import parse_case
from refugia.catalog.schedule import Sentence, SentenceError, said, sentence
from refugia.terms import InputError
from refugia.treatment import Regimen, Route
from refugia.treatment.levers import Replan
from tests.unit.test_reader_errors import PLAN, TEXT

QUICK = settings(max_examples=300, deadline=None, database=None)
WORDS = TEXT.replace(PLAN, "")


def plan(*lines: str, horizon: str = "720 d") -> tuple[Regimen, ...]:
    """The plan of the default case with these lines in place of its own."""
    listed = ", ".join(f'"{line}"' for line in lines)
    text = WORDS.replace("[meta]", f"plan = [{listed}]\n[meta]", 1).replace('horizon = "720 d"', f'horizon = "{horizon}"')
    return parse_case(text, "my.toml").subject.plan


def days(*lines: str, horizon: float = 720.0) -> list[float]:
    """The days of the doses of some lines."""
    return sorted(day for line in plan(*lines) for day in line.days(horizon))


def test_words_mean_what_the_keys_mean() -> None:
    (keys,) = parse_case(TEXT, "my.toml").subject.plan
    assert plan("gefitinib 250 mg oral every 24 h from day 0 until day 720") == (keys,)
    assert plan("gefitinib 250 mg orally once daily from day 0 to day 720") == (keys,)
    assert plan("gefitinib 0.25 g, po, qd, from 0 weeks until 720 d") == (keys,)
    text = WORDS + '\n[[plan]]\ndrug = "gefitinib"\nroute = "oral"\ngiven = "250 mg every 24 h from day 0 until day 720"\n'
    assert parse_case(text, "my.toml").subject.plan == (keys,)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("gefitinib 250 mg oral every 24 h from day 3 for 4 doses", [3, 4, 5, 6]),
        ("gefitinib 250 mg oral once on day 3", [3]),
        ("gefitinib 250 mg oral on day 3", [3]),
        ("gefitinib 250 mg oral every 3 weeks from day 0 until 9 weeks", [0, 21, 42]),
        ("gefitinib 250 mg oral weekly from 2 weeks for 3 weeks", [14, 21, 28]),
        ("gefitinib 250 mg oral daily, 5 days on 2 days off, from day 0 until day 9", [0, 1, 2, 3, 4, 7, 8]),
        ("gefitinib 250 mg oral daily 2 days on and 1 day off from day 1 for 1 week", [1, 2, 4, 5, 7]),
        ("gefitinib 250 mg oral every 24 h 1 day on, 6 days off from day 0 until 3 weeks", [0, 7, 14]),
    ],
)  # fmt: skip
def test_doses_fall_on_the_days_that_are_said(line: str, expected: list[float]) -> None:
    assert days(line) == pytest.approx(expected)


@pytest.mark.parametrize(("hours", "count"), [(8, 15), (7, 18), (5, 24), (24, 5), (48, 3)])
def test_no_dose_comes_of_rounding(hours: int, count: int) -> None:
    """Every 8 h until day 5 is 15 doses, though 8 h are a little less than a third of a day in binary."""
    assert len(days(f"gefitinib 250 mg oral every {hours} h from day 0 until day 5")) == count
    assert len(days(f"gefitinib 250 mg oral every {hours} h from day 0 for 5 days")) == count
    assert len(days(f"gefitinib 250 mg oral every {hours} h from day 0 for {count} doses")) == count


def test_an_infusion_runs_as_long_as_it_says() -> None:
    (line,) = plan("gefitinib 250 mg iv over 90 min every 3 weeks from day 0 for 4 doses")
    assert (line.route, line.infusion, line.every, line.until) == (Route.INTRAVENOUS, 0.0625, 21.0, 84.0)


def test_the_lines_of_the_pages_are_read() -> None:
    root = Path(__file__).parents[2]
    for page in ("README.md", "docs/plans-and-doses.md"):
        text = (root / page).read_text(encoding="utf-8")
        lines = re.findall(r'^  "(.*)",$', text, re.MULTILINE)
        assert plan(*lines) if lines else page != "README.md"


def test_a_month_is_a_twelfth_of_a_year() -> None:
    (line,) = plan("gefitinib 250 mg oral every 1 week from 6 months until 18 months")
    assert (line.start, line.until) == (182.625, 547.875)


def test_a_line_without_an_end_goes_on() -> None:
    (line,) = plan("gefitinib 250 mg oral every 24 h from day 0")
    assert line.until == inf


def test_what_a_lever_gives_may_be_said_in_words() -> None:
    old = '\n\n[[levers.gives]]\ndrug = "osimertinib"\nroute = "oral"\ndose = "80 mg"\nevery = "24 h"\nfrom = "180 d"\n'
    assert TEXT.count(old) == 2
    by_keys = parse_case(TEXT, "my.toml").levers[:2]
    for words in ("osimertinib 80 mg oral every 24 h from day 180", "osimertinib 80 mg oral daily"):  # from its own day on
        levers = parse_case(TEXT.replace(old, f'\ngives = ["{words}"]\n'), "my.toml").levers[:2]
        for one, other in zip(levers, by_keys, strict=True):
            assert isinstance(one, Replan) and isinstance(other, Replan)
            assert one.gives == other.gives
            assert (one.label.dose, one.label.route) == (words, "oral")
    with pytest.raises(InputError, match=r'gives\[0\]: "day 5" is before the lever itself\. Write a day from 180 on\.'):
        parse_case(TEXT.replace(old, '\ngives = ["osimertinib 80 mg oral daily from day 5"]\n'), "my.toml")


SENTENCES = [
    ("gefitnib 250 mg oral daily from day 0", '"gefitnib" is no drug of this case. Did you mean "gefitinib"?'),
    ("lapatinib 250 mg oral daily from day 0", '"lapatinib" is no drug of this case. Did you mean'),
    ("250 mg oral daily from day 0", '"drug" is missing. Begin with its name.'),
    ("gefitinib oral daily from day 0", "gives no dose. Write it like"),
    ("gefitinib -250 mg oral daily from day 0", "gives a dose below zero. Write the mass of one dose"),
    ("gefitinib oral 250 mg daily from day 0", "does not give its dose, 250 mg, right after gefitinib. Write it like"),
    ("every 24 h gefitinib 250 mg oral", "does not give its dose, 250 mg, first, or right after the drug. Write it like"),
    ("gefitinib", "gives no dose. Write it like"),
    ("", "begins with no dose. Write it like"),
    ("gefitinib 250 mg daily from day 0", '"route" is missing. Write "oral" or "intravenous" after the dose.'),
    ("gefitinib 250 mg oral evry 24 h from day 0", '"evry 24 h from day 0" is not understood here. Did you mean "every"?'),
    ("gefitinib 250 mg oral daily on day 1 and day 8", '"and day 8" is not understood here. Write a line for each day,'),
    ("gefitinib 250 mg oral on days 1-5", '"on days 1-5" is not understood here. Write a line for each day,'),
    ("gefitinib 250 mg oral from day 0", "does not say how often. Add"),
    ("gefitinib 250 mg oral daily", "says no first day. Add"),
    ("gefitinib 250 mg oral every 24 h every 12 h from day 0", '"every 12 h" says how often a second time.'),
    ("gefitinib 250 mg oral daily from day 0 until day 5 for 5 doses", '"for 5 doses" says an end a second time.'),
    ("gefitinib 250 mg oral once from day 0 until day 5", "is given once and yet goes on."),
    ("gefitinib 250 mg oral daily from day 0 for 0 doses", '"for 0 doses" is no dose.'),
    ("gefitinib 250 mg oral daily from day 0 for 20000 doses", "20000 is more than 10000 doses. Give fewer."),
    ("gefitinib 250 mg oral daily 5 days on 2 days off from day 0 for 9 doses", "counts doses and days on and off."),
    ("gefitinib 250 mg oral weekly 5 days on 2 days off from day 0", '"7 d" is longer than the 5 days on.'),
    ("gefitinib 250 mg oral every 1 min 2 min on 1 min off from day 0", "makes more than 10000 doses."),
    ("gefitinib 250 mg oral daily 1 day on 0 days off from day 0", "is zero. Write one above 0 day."),
    ("gefitinib 5 mg/kg iv daily from day 0", '"5 mg/kg" is a dose by weight or surface. A plan gives one patient the mass'),
    ("gefitinib 75 mg/m2 iv daily from day 0", '"75 mg/m2" is a dose by weight or surface.'),
    ("gefitinib 250 mL oral daily from day 0", '"250 mL" is a volume, but gefitinib is dosed by mass.'),
    ("gefitinib 250 mg oral every 2 moons from day 0", 'has the unit "moons", which is not known.'),
    ("gefitinib 250 mg oral daily from day 5 until day 3", '"3 d" is not after the first dose. Write a day after 5 d.'),
    ("gefitinib 250 mg oral daily from day 800", '"day 800" is not before the horizon. Write a day before 720 d.'),
    ("gefitinib 250 mg oral over 1 h daily from day 0", "is an infusion by mouth. Leave it out, or write intravenous."),
    ("gefitinib 250 mg iv over 25 h daily from day 0", '"25 h" lasts longer than the time between doses.'),
]  # fmt: skip


@pytest.mark.parametrize(("line", "words"), SENTENCES, ids=[f"{i}" for i in range(len(SENTENCES))])
def test_a_wrong_line_is_refused_with_a_way_out(line: str, words: str) -> None:
    with pytest.raises(InputError) as trouble:
        plan(line)
    assert str(trouble.value).startswith("my.toml, line 16, plan[0]: ")
    assert words in str(trouble.value)


def test_drug_and_route_stand_in_one_place() -> None:
    text = WORDS + '\n[[plan]]\ndrug = "gefitinib"\nroute = "oral"\ngiven = "gefitinib 250 mg oral daily from day 0"\n'
    with pytest.raises(InputError, match=r'plan\[0\]\.given: "gefitinib" is a drug, and drug = \.\.\. says it as well\.'):
        parse_case(text, "my.toml")


def test_a_line_is_a_text_or_a_table() -> None:
    with pytest.raises(InputError, match=r"plan\[0\]: 7 is no line of a plan\. Write it in words, like"):
        parse_case(WORDS.replace("[meta]", "plan = [7]\n[meta]", 1), "my.toml")
    with pytest.raises(InputError, match=r'plan\[0\]: "dose" is not known here\. Known: "given", "drug", "route"\.'):
        parse_case(WORDS + '\n[[plan]]\ngiven = "x"\ndose = "1 mg"\n', "my.toml")


numbers = st.one_of(st.integers(1, 999).map(str), st.floats(0.01, 999.0).map(lambda value: f"{value:.6g}"), st.just("1e-2"))
spans = st.builds("{} {}".format, numbers, st.sampled_from(["h", "d", "min", "weeks", "months", "week", "days", "hours"]))
names = st.from_regex(re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 +_.-]{0,20}[A-Za-z0-9+_.-])?", re.ASCII), fullmatch=True)
PIECES = (
    *said(Sentence("a", "1 mg", "oral", every="1 d", start="0 d")).split(), "for", "doses", "on", "off", "over", "until", "once",
    "daily", "3", "weeks", "1e999", "day", "q3w", "5", ",", ".", "-", "mg/kg",
)  # fmt: skip


@st.composite
def sentences(draw: st.DrawFn) -> Sentence:
    """Anything that can be said."""
    single = draw(st.booleans())
    cycle = not single and draw(st.booleans())
    end = "" if single else draw(st.sampled_from(["", "until", "length", *([] if cycle else ["doses"])]))
    return Sentence(
        draw(st.none() | names), draw(st.builds("{} {}".format, numbers, st.sampled_from(["mg", "g", "ug", "µg", "mL"]))),
        draw(st.sampled_from([None, "oral", "intravenous"])), draw(st.none() | spans), None if single else draw(spans),
        draw(spans) if cycle else None, draw(spans) if cycle else None, draw(spans if single else st.none() | spans),
        draw(spans) if end == "until" else None, draw(st.integers(1, 999)) if end == "doses" else None,
        draw(spans) if end == "length" else None,
    )  # fmt: skip


@QUICK
@given(sentences(), st.lists(names, max_size=3))
def test_what_is_said_reads_back(line: Sentence, others: list[str]) -> None:
    drugs = [line.drug, *others] if line.drug else []
    if any(name.startswith(f"{line.drug} ") for name in others):
        return
    assert sentence(said(line), drugs) == line


@QUICK
@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_any_words_are_read_or_refused(text: str) -> None:
    try:
        assert isinstance(sentence(text, ["a"]), Sentence)
    except SentenceError as trouble:
        assert trouble.reason and trouble.way_out[-1] in ".?"
