"""States, switches and copies in a case file: what they become, and every refusal with its place and way out."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from refugia.catalog.draft import Draft, _driven
from refugia.catalog.reader import parse_case, read_case
from refugia.clones.levers import Closure
from refugia.terms import InputError, Parameter

TEXT = (files("refugia.catalog") / "cases" / "egfr-lung-states.toml").read_text(encoding="utf-8")
STATE = '[[states]]\nname = "bypass"'
WAY = 'from = "basal"\nto = "bypass"'
CLONE = 'alterations = []\nstate = "bypass"'

SENTENCES = [
    (STATE, STATE.replace("bypass", "basal"), 'my.toml, states[1].name: "basal" is the state of a cell that is in no other. Give'),
    (STATE, STATE.replace("bypass", "glycolytic"), 'my.toml, states[1].name: "glycolytic" is there twice.'),
    ('kind = "stemness"', 'kind = "stem"', 'my.toml, states[2].kind: "stem" is not one of the words known here.'),
    (WAY, WAY.replace('to = "bypass"', 'to = "bypas"'),
     'my.toml, switches[2].to: "bypas" is no state of this case. Did you mean "bypass"?'),
    (WAY, WAY.replace('"basal"', '"bypass"'), 'my.toml, switches[2].to: "bypass" is where the switch begins. Name another state.'),
    (WAY, WAY.replace('to = "bypass"', 'to = "glycolytic"'),
     'my.toml, switches[2].to: "glycolytic" is reached from "basal" twice. Keep one of the two.'),
    ('drugs = ["gefitinib"]\nrate', 'drugs = ["gefitnib"]\nrate', 'my.toml, switches[2].drugs[0]: "gefitnib" is no drug'),
    (CLONE, CLONE + "\ntolerant = true", 'my.toml, clones[3].state: "bypass" is a second state of a tolerant clone. Leave one'),
    (CLONE, 'alterations = ["T790M"]\nstate = "bypass"',
     'my.toml, clones[3].state: "bypass" is a state of a genotype that is not listed before it. List that clone first.'),
    (CLONE, CLONE.replace("bypass", "asleep"), 'my.toml, clones[3].state: "asleep" is no state of this case.'),
    ('kind = "amplification"', 'kind = "mutation"', 'my.toml, alterations[0].loss: "loss" means nothing to a mutation.'),
    ('name = "T790M"\nprofile = "EGFR T790M"', 'name = "T790M"\nprofile = "EGFR T790M"\nkind = "amplification"',
     'my.toml, alterations[1].kind: "amplification" needs "loss". Add loss = ... there'),
    ('closes = ["bypass"]', 'closes = ["bypas"]', 'my.toml, levers[0].closes[0]: "bypas" is no state of this case.'),
    ('closes = ["bypass"]\n', "", 'my.toml, levers[0].kind: "state" needs "closes". Add closes = ... there.'),
    ('value = "-0.02 1/day"', 'value = "-0.02 mm"', "my.toml, switches[1].hypoxia: "),
    ('value = 0.016', 'value = 1.6', 'my.toml, states[2].share'),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentence"), SENTENCES, ids=[f"{i}" for i in range(len(SENTENCES))])
def test_a_refusal_names_place_value_and_way_out(old: str, new: str, sentence: str) -> None:
    assert old in TEXT
    with pytest.raises(InputError) as refusal:
        parse_case(TEXT.replace(old, new, 1), "my.toml")
    assert re.sub(r", line \d+", "", str(refusal.value)).startswith(sentence)


def test_part_of_an_oxygen_law_is_none() -> None:
    at = TEXT.index("steepness = ")
    text = TEXT[:at] + TEXT[TEXT.index("\n", at) + 1 :]
    with pytest.raises(InputError, match=r'switches\[0\]\.hypoxia: "hypoxia" needs "steepness"'):
        parse_case(text, "my.toml")


def test_what_is_written_is_what_becomes() -> None:
    case = read_case("egfr-lung-states")
    source = case.subject.sites[0].source
    assert [state.kind for state in source.states] == ["metabolism", "bypass", "stemness"]
    back = source.switches[1]
    assert (back.start, back.end, back.effect, back.drugs) == ("glycolytic", "basal", None, ())
    assert isinstance(back.hypoxia, Parameter) and (back.hypoxia.value, back.hypoxia.unit) == (-0.02, "1/day")
    assert source.alterations[0].kind == "amplification"
    assert isinstance(case.levers[0], Closure) and case.levers[0].closes == ("bypass",)


def test_a_drug_that_is_left_out_drives_nothing() -> None:
    """A draft of other drugs keeps its switches, without what a drug that is gone would add."""
    draft = Draft("egfr-lung-states", "mine")
    table = {"drugs": ["gefitinib"], "rate": 1, "effect": 2, "dose": 3}
    _driven(table, ["erlotinib"])
    assert table == {"rate": 1}
    assert draft.known == ["gefitinib"]
