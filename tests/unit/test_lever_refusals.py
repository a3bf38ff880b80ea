"""Levers of a case file: what they become, and every refusal with its place and way out."""

from __future__ import annotations

from importlib.resources import files
from math import inf

import pytest

from refugia.barriers.levers import Agent, Decompression, Delivery, Loosening, Permeation
from refugia.catalog.reader import parse_case, read_case
from refugia.dissection.rescue import combined
from refugia.terms import InputError
from refugia.treatment.levers import Radiation, Replan, Surgery

TEXT = (files("refugia.catalog") / "cases" / "egfr-lung.toml").read_text(encoding="utf-8")
POROUS = (files("refugia.catalog") / "cases" / "desmoplastic-mammary.toml").read_text(encoding="utf-8")
LAG = "onset = { lag = \"param:bevacizumab.lag\","
SURGERY = 'kind = "surgery"\nrivals = "brain lesion"\nsites = ["brain"]\ndays = ["0 d"]'

SENTENCES = [
    ('kind = "surgery"', 'kind = "laser"', "my.toml, levers[11].kind: \"laser\" is not one of the words known here. Write 'plan',"),
    (SURGERY, SURGERY.replace('days = ["0 d"]\n', "").replace('\ndays = ["0 d"]', ""),
     'my.toml, levers[11].kind: "surgery" needs "days". Add days = ... there.'),
    (SURGERY, SURGERY + '\nfraction = "6 Gy"',
     'my.toml, levers[11].fraction: "fraction" means nothing to a lever of kind "surgery". Leave it out.'),
    (SURGERY, SURGERY.replace('"0 d"', '"0 d", "9 d"'),
     'my.toml, levers[11].days: "a list of 2" is not one day. A site is taken out once: name the day.'),
    (SURGERY, SURGERY.replace('"brain"]', '"brain", "lung"]'),
     'my.toml, levers[11].sites: "a list of 2" is not one site. Name the one that is treated.'),
    (SURGERY, SURGERY.replace('["brain"]', '["brian"]'),
     'my.toml, levers[11].sites[0]: "brian" is no site of this case. Did you mean'),
    (SURGERY, SURGERY.replace('"0 d"', '"0 mg"'), 'my.toml, levers[11].days[0]: "0 mg" is a mass, but a time is needed here.'),
    ('fraction = "6 Gy"', 'fraction = "6 mg"',
     'my.toml, levers[9].fraction: "6 mg" is a mass, but a fraction is a radiation dose. Write it as "6 Gy".'),
    ('fraction = "6 Gy"', 'fraction = "0 Gy"', 'my.toml, levers[9].fraction: "0 Gy" is zero. Write one above 0 Gy.'),
    ("blocked = [0.25, 0.5, 0.75, 0.9]", "blocked = [0.25, 1.5]",
     "my.toml, levers[8].blocked[1]: 1.5 is no share. Write a share from 0 to 1."),
    ("blocked = [0.25, 0.5, 0.75, 0.9]", "blocked = []", 'my.toml, levers[8].blocked: "a list of 0" is empty.'),
    ('perfusion = "param:bevacizumab.delivery"', "perfusion = 0.85",
     "my.toml, levers[6].perfusion: 0.85 is a number without a source. Write {value = 0.85,"),
    ('perfusion = "param:bevacizumab.delivery"', 'perfusion = "param:bevacizumab.lag"',
     'my.toml, levers[6].perfusion: "param:bevacizumab.lag" is a time, but a bare number is needed here.'),
    ('perfusion = "param:bevacizumab.delivery"\n', "",
     'my.toml, levers[6].kind: "delivery" needs "perfusion". Add perfusion = ... there.'),
    ('kind = "delivery"\nfrom = "0 d"', 'kind = "delivery"\nfrom = "9 d"\nuntil = "9 d"',
     'my.toml, levers[6].until: "9 d" is not after the day it begins. Write a day after 9 d.'),
    ('kind = "delivery"\nfrom = "0 d"', 'kind = "delivery"\nfrom = "0 d"\nsites = ["spleen"]',
     'my.toml, levers[6].sites[0]: "spleen" is no site of this case.'),
    ('[[levers.gives]]\ndrug = "erlotinib"', '[[levers.gives]]\ndrug = "lapatinib"',
     'my.toml, levers[2].gives[0].drug: "lapatinib" is no drug of this case.'),
    ('every = "24 h"\nfrom = "180 d"', 'every = "24 h"\nfrom = "179 d"',
     'my.toml, levers[0].gives[0].from: "179 d" is before the lever itself. Write a day from 180 on.'),
    ('stops = ["gefitinib"]', 'stops = ["gefitnib"]',
     'my.toml, levers[0].stops[0]: "gefitnib" is no drug of this case. Did you mean'),
    ('name = "add erlotinib"', 'name = "add osimertinib"', 'my.toml, levers[3].name: "add osimertinib" is there twice.'),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentence"), SENTENCES, ids=[f"{i}" for i in range(len(SENTENCES))])
def test_a_wrong_lever_is_refused_with_a_way_out(old: str, new: str, sentence: str) -> None:
    assert old in TEXT
    with pytest.raises(InputError) as trouble:
        parse_case(TEXT.replace(old, new), "my.toml")
    assert trouble.value.line is not None and trouble.value.line > 300
    assert sentence in without_line(trouble.value)


def without_line(error: InputError) -> str:
    """What an error says, its line left out: that moves with every change of a case."""
    return str(error).replace(f", line {error.line}", "", 1)


def test_the_levers_of_the_default_case() -> None:
    levers = {lever.label.name: lever for lever in read_case("egfr-lung").levers}
    switch = levers["switch to osimertinib"]
    assert isinstance(switch, Replan)
    assert (switch.start, switch.stops) == (180.0, ("gefitinib",))
    assert [(line.drug, line.dose, line.every, line.start, line.until) for line in switch.gives] == [
        ("osimertinib", 80.0, 1.0, 180.0, inf)
    ]
    delivery, beam = levers["bevacizumab on delivery"], levers["radiotherapy of the brain lesion"]
    assert isinstance(delivery, Delivery) and isinstance(beam, Radiation)
    assert (delivery.onset.start, delivery.onset.until) == (0.0, inf)
    assert (beam.dose, beam.days, beam.label.sites) == (6.0, (0.0, 1.0, 2.0, 3.0, 4.0), ("brain",))
    assert isinstance(levers["surgery of the brain lesion"], Surgery)
    assert [levers[f"pump inhibitor {share} %"].label.paired for share in (25, 50, 75, 90)] == [False, False, False, True]
    assert all(lever.label.price and lever.label.evidence for lever in levers.values())


def test_every_lever_is_tried_alone_and_no_rivals_together() -> None:
    case = read_case("egfr-lung")
    arms = combined(case.levers)
    assert [arm for arm in arms if len(arm) == 1] == [(lever,) for lever in case.levers]
    pairs = [tuple(lever.label for lever in arm) for arm in arms if len(arm) == 2]
    assert pairs and len(set(pairs)) == len(pairs)
    assert all(not a.rivals or a.rivals != b.rivals for a, b in pairs)
    assert {"bevacizumab on delivery", "bevacizumab on growth"} in [{a.name, b.name} for a, b in pairs]


def test_a_case_without_levers_reads_and_rests_on_fewer_numbers() -> None:
    plain = read_case("egfr-lung").unlevered()
    assert plain.levers == ()
    assert [drug.name for drug in plain.subject.drugs] == ["gefitinib"]
    assert all([solute.drug for solute in site.ground.solutes] == ["gefitinib"] for site in plain.subject.sites)


STRESS = '  { kind = "stress", stress_half = "param:losartan.stress_half" },\n'
ON_TISSUE = [
    (STRESS, "", None),
    (STRESS, '  { kind = "stress" },\n',
     'my.toml, levers[2].does[1].kind: "stress" needs "stress_half". Add stress_half = ... there.'),
    (STRESS, STRESS.replace("stress_half =", 'radius = "param:normaliser.radius", stress_half ='),
     'my.toml, levers[2].does[1].radius: "radius" means nothing to a lever of kind "stress". Leave it out.'),
    (STRESS, STRESS.replace('"stress"', '"plan"'), "my.toml, levers[2].does[1].kind: \"plan\" is not one of the words known here."),
    (STRESS, STRESS.replace('"param:losartan.stress_half"', '{value = 0.0, cite = "assumed", where = "x", basis = "assumed"}'),
     "my.toml, levers[2].does[1].stress_half: 0.0 is not above zero. Write a stress_half above zero."),
    ('collagen = "param:collagenase.collagen"\n', "",
     'my.toml, levers[4].kind: "matrix" needs "collagen". Add collagen = ... there.'),
    ('collagen = "param:collagenase.collagen"', 'collagen = "param:collagenase.lag"',
     'my.toml, levers[4].collagen: "param:collagenase.lag" is a time, but a bare number is needed here.'),
    ("shares = [0.1, 0.25, 0.5, 0.75]", "shares = [0.1, 1.25]",
     "my.toml, levers[5].shares[1]: 1.25 is no share. Write a share from 0 to 1."),
    ("shares = [0.1, 0.25, 0.5, 0.75]", "shares = [0.1, 0.1]",
     "my.toml, levers[5].shares[1]: 0.1 is there twice. Leave one of the two out."),
    ('kind = "matrix"\nfrom', 'kind = "agent"\nfrom', 'my.toml, levers[4].kind: "agent" needs "does". Add does = ... there.'),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentence"), ON_TISSUE, ids=[f"{i}" for i in range(len(ON_TISSUE))])
def test_a_wrong_lever_on_a_tissue_is_refused_with_a_way_out(old: str, new: str, sentence: str | None) -> None:
    assert old in POROUS
    if sentence is None:
        parse_case(POROUS.replace(old, new), "my.toml")
        return
    with pytest.raises(InputError) as trouble:
        parse_case(POROUS.replace(old, new), "my.toml")
    assert sentence in without_line(trouble.value)


def test_pores_cannot_be_moved_where_none_are_described() -> None:
    lever = POROUS[POROUS.index('[[levers]]\nname = "dexamethasone"') :]
    with pytest.raises(InputError) as trouble:
        parse_case(TEXT + lever, "my.toml")
    assert without_line(trouble.value) == (
        'my.toml, levers[12].does[0].kind: "pores" has no pores to move in "lung". '
        'Add a table of pores to the environment "default", or name other sites.'
    )


@pytest.mark.parametrize("name", ["desmoplastic-mammary", "desmoplastic-mammary-free"])
def test_the_levers_of_the_desmoplastic_cases(name: str) -> None:
    """The four of the case and the one that opens the wall; what feeds the tumour stands apart; the sweep excludes itself."""
    levers = {lever.label.name: lever for lever in read_case(name).levers}
    losartan, sweep = levers["losartan on delivery"], levers["vessel normaliser 25 %"]
    assert isinstance(losartan, Agent) and [type(deed) for deed in losartan.does] == [Loosening, Decompression]
    assert isinstance(sweep, Agent) and [type(deed) for deed in sweep.does] == [Permeation, Delivery] and sweep.share == 0.25
    assert sweep.label.rivals == levers["dexamethasone"].label.rivals and not sweep.label.paired
    assert sweep.label.dose.endswith("25 % of the full change")
    assert isinstance(levers["collagenase"], Loosening)
    assert {"anti-TGF-beta on delivery", "anti-TGF-beta on growth", "losartan on growth"} < set(levers)
    assert all(lever.label.price and lever.label.evidence for lever in levers.values())
