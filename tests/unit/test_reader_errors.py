"""Every refusal of the reader, read aloud: it names the file, the field, the value, and the way out."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from refugia.catalog.reader import parse_case, read_case
from refugia.terms import InputError

TEXT = (files("refugia.catalog") / "cases" / "egfr-lung.toml").read_text(encoding="utf-8")
DIAMETER = '"12 mm", says = "diameter of the lesion at day 0", cite = "definition"'
PLAN = '[[plan]]\ndrug = "gefitinib"\nroute = "oral"\ndose = "250 mg"\nevery = "24 h"\nfrom = "0 d"\nuntil = "720 d"\n'
EFFLUX = '[[walls.intact.effluxes]]\ndrug = "gefitinib"\npgp = "param:gefitinib.pgp"\n'
EFFLUX += 'bcrp = "param:gefitinib.bcrp"\nbulk = "param:gefitinib.bulk"\n'
INLINE = '{ value = "40 mm", says = "diameter of the lesion at day 0", cite = "definition", where = "the default patient: a choice", basis = "assumed" }'  # noqa: E501


def refusal(*changes: tuple[str, str]) -> str:
    """The message about the default case after some text was replaced in it."""
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    with pytest.raises(InputError) as trouble:
        parse_case(text, "my.toml")
    return without_line(trouble.value, text)


def without_line(error: InputError, text: str) -> str:
    """The message without the line it names, which is one of the text."""
    assert error.line is not None and 1 <= error.line <= text.count("\n") + 1
    assert f"my.toml, line {error.line}" in str(error)
    return str(error).replace(f", line {error.line}", "", 1)


SENTENCES = [
    # quantities of the plan
    ('dose = "250 mg"', 'dose = "250 mL"',
     'my.toml, plan[0].dose: "250 mL" is a volume, but gefitinib is dosed by mass. Write it as "250 mg".'),
    ('dose = "250 mg"', "dose = 250", 'my.toml, plan[0].dose: 250 has no unit. Write a text with the unit, like "250 mg".'),
    ('dose = "250 mg"', 'dose = "-250 mg"', 'my.toml, plan[0].dose: "-250 mg" is negative. Write one above 0 mg.'),
    ('dose = "250 mg"', 'dose = "0 mg"', 'my.toml, plan[0].dose: "0 mg" is zero. Write one above 0 mg.'),
    ('dose = "250 mg"', 'dose = "nan mg"', 'my.toml, plan[0].dose: "nan mg" is not a number with a unit. Write it like'),
    ('dose = "250 mg"', 'dose = "1e999 mg"', 'my.toml, plan[0].dose: "1e999 mg" is not a finite number. Write a number that'),
    ('dose = "250 mg"', 'dose = "250 grains"',
     'my.toml, plan[0].dose: "250 grains" has the unit "grains", which is not known. Use m, g,'),
    ('dose = "250 mg"\n', "", 'my.toml, plan[0]: "dose" is missing. Add dose = ... there.'),
    ('dose = "250 mg"', 'dosis = "250 mg"', 'my.toml, plan[0]: "dose" is missing.'),
    ('dose = "250 mg"', 'dose = "250 mg"\nevry = "1 d"', 'my.toml, plan[0]: "evry" is not known here. Did you mean "every"?'),
    ('every = "24 h"', 'every = "0 h"', 'my.toml, plan[0].every: "0 h" is zero. Write one above 0 day.'),
    ('every = "24 h"', 'every = "1 s"', 'my.toml, plan[0].every: "1 s" makes more than 10000 doses. Write a longer interval.'),
    ('from = "0 d"', 'from = "720 d"', 'my.toml, plan[0].until: "720 d" is not after the first dose. Write a day after 720 d.'),
    ('from = "0 d"', 'from = "200 years"',
     'my.toml, plan[0].from: "200 years" is more than 36525 day. Write one from 0 to 36525 day.'),
    ('route = "oral"', 'route = "nasal"',
     "my.toml, plan[0].route: \"nasal\" is not one of the words known here. Write 'oral' or 'intravenous'."),
    ('every = "24 h"', 'every = "24 h"\ninfusion = "1 h"',
     'my.toml, plan[0].infusion: "1 h" is an infusion by mouth. Leave it out, or write route = "intravenous".'),
    ('route = "oral"', 'route = "intravenous"\ninfusion = "25 h"',
     'my.toml, plan[0].infusion: "25 h" lasts longer than the time between doses. Shorten it.'),
    (PLAN, "", 'my.toml: "plan" is missing. Add plan = ... there.'),
    ('[[plan]]\ndrug = "gefitinib"', '[[plan]]\ndrug = "gefitnib"',
     'my.toml, plan[0].drug: "gefitnib" is no drug of this case. Did you mean "gefitinib"?'),
    ('absorption = "param:gefitinib.absorption"\n', "",
     'my.toml, plan[0].route: "oral" needs an absorption rate. Add absorption = ... to the kinetics of gefitinib.'),
    ('absorption = "param:gefitinib.absorption"',
     'absorption = "param:gefitinib.absorption"\nexchange = "param:gefitinib.clearance"',
     'my.toml, drugs[0].kinetics: "gefitinib" has one half of a second compartment. Give both exchange and peripheral,'),
    # numbers of the world
    (DIAMETER, DIAMETER.replace("12 mm", "12 mL"),
     'my.toml, sites[2].diameter: "12 mL" is a volume, but a length is needed here. Give a length, or check the unit.'),
    (DIAMETER, DIAMETER.replace("12 mm", "-12 mm"),
     "my.toml, sites[2].diameter: -12.0 is not above zero. Write a diameter above zero."),
    (DIAMETER, DIAMETER.replace("12 mm", "3 km"), "is no size of a tumour. Write a diameter from 0.05 mm to 300 mm."),
    (PLAN, PLAN.replace("250 mg", "5e30 mg"), "plan[0].dose"),
    (PLAN, PLAN.replace('"0 d"', '"800 d"').replace('"720 d"', '"900 d"'), "is not before the horizon"),
    (DIAMETER, DIAMETER.replace('"12 mm"', "true"),
     "my.toml, sites[2].diameter.value: True is not a finite number. Write a number,"),
    (DIAMETER, DIAMETER.replace('"12 mm"', "inf"), "my.toml, sites[2].diameter.value: inf is not a finite number. Write a number,"),
    (DIAMETER, DIAMETER.replace('"12 mm"', "1" + "0" * 400), "is too large. Write a number that can be counted."),
    (DIAMETER, DIAMETER.replace("definition", "definiton"),
     'my.toml, sites[2].diameter.cite: "definiton" is no key of the bibliography. Did you mean "definition"? Or'),
    (DIAMETER, DIAMETER.replace('"12 mm"', '"12 mm", interval = { law = "uniform", low = 13.0, high = 14.0 }'),
     "my.toml, sites[2].diameter.interval: 12.0 lies outside its interval 13 to 14. Mend one of them."),
    (DIAMETER, DIAMETER.replace('"12 mm"', '"12 mm", interval = { law = "uniform", low = 12.0, high = 12.0 }'),
     "my.toml, sites[2].diameter.interval: 12.0 has an interval without width. Leave the interval out."),
    (DIAMETER, DIAMETER.replace('"12 mm"', '"12 mm", interval = { law = "loguniform", low = 0.0, high = 14.0 }'),
     'my.toml, sites[2].diameter.interval.low: 0.0 is not above zero, as a logarithm needs. Use the law "uniform".'),
    (DIAMETER, DIAMETER.replace('"12 mm"', '"12 mm", interval = { law = "gauss", low = 1.0, high = 14.0 }'),
     'my.toml, sites[2].diameter.interval.law: "gauss" is not one of the words known here. Write'),
    (DIAMETER, DIAMETER.replace('"12 mm"', '"12 mm", interval = { law = "uniform", low = nan, high = 14.0 }'),
     "my.toml, sites[2].diameter: 12.0 or its interval or spread is not finite. Write finite numbers."),
    (DIAMETER, DIAMETER.replace('"12 mm"', '"12 mm", spread = { law = "lognormal", width = 0.0 }'),
     "my.toml, sites[2].diameter.spread.width: 0.0 is not above zero. Leave the spread out if there is none."),
    (DIAMETER, DIAMETER.replace('"12 mm"', '"12 mm", spread = { law = "lognormal", width = 0.1, high = 10.0 }'),
     "my.toml, sites[2].diameter.spread: 12.0 lies outside the cuts of its spread. Mend one of them."),
    ("value = 0.0, says", 'value = 0.0, spread = { law = "lognormal", width = 1.0 }, says',
     'my.toml, alterations[2].standing.spread: 0.0 is not above zero, as a logarithm needs. Use the law "normal".'),
    ("value = 0.0, says", "value = 1.5, says",
     "my.toml, alterations[2].standing: 1.5 reaches 1.5, but a share ends at 1. Write a standing from 0 to 1."),
    ("value = 0.0, says", "value = 0.99, says",
     "is the share of cells that resist before therapy, no less than all. Lower a standing share."),
    ("value = 0.0, says", "vale = 0.0, says", 'my.toml, alterations[2].standing: "value" is missing. Add value = ... there.'),
    ('where = "no measurement before therapy; gefitinib does not select it"', 'where = " "',
     'my.toml, alterations[2].standing.where: " " says nothing. Say where the source prints it, like "Table 2, row 3".'),
    (INLINE, '"40 mm"',
     'my.toml, sites[0].diameter: "40 mm" is a number without a source. Write {value = "40 mm", cite = "assumed",'),
    (INLINE, "40.0", "my.toml, sites[0].diameter: 40.0 is a number without a source. Write {value = 40.0, cite ="),
    ('"param:lung.birth"', '"param:lung.brith"',
     'my.toml, growth.birth: "param:lung.brith" is no parameter of the catalogue. Did you mean "lung.birth"?'),
    ('"param:lung.birth"', '"param:lung.density"',
     'my.toml, growth.birth: "param:lung.density" is a cell density, but a rate is needed here. Take a parameter that is a rate.'),
    ('net = "param:egfr_lung.lung.net"', 'net = { value = "0.2 1/day", cite = "assumed", where = "why", basis = "assumed" }',
     'my.toml, growth.net: "0.2 1/day" is not below the birth rate. Deaths cannot be negative: lower it.'),
    ('rim = "param:acid.rim"', 'rim = { value = 15, cite = "assumed", where = "why", basis = "assumed" }',
     "my.toml, environments.default.acid.rim: 15.0 reaches 15, but a pH ends at 14. Write a rim from 0 to 14."),
    ('sink = "param:gefitinib.sink"', 'sink = { value = "-1 1/h", cite = "assumed", where = "why", basis = "assumed" }',
     "my.toml, environments.default.solutes[0].sink: -24.0 is negative. Write a sink of 0 or more."),
    ('tortuosity = "param:matrix.tortuosity"', 'tortuosity = { value = 0.9, cite = "assumed", where = "why", basis = "assumed" }',
     "my.toml, environments.default.matrix.tortuosity: 0.9 is below 1. Write a tortuosity of 1 or more."),
    ('diameter = "param:brain.occult"', 'diameter = "param:scan.detection"',
     'my.toml, sites[3].diameter: "5 mm" would be seen, yet the site is occult. Write presence = "seen", or make it smaller.'),
    # what fits together
    ('name = "liver"', 'name = "lung"', 'my.toml, sites[1].name: "lung" is there twice. Give each one a name of its own.'),
    ('name = "liver"', 'name = ""', 'my.toml, sites[1].name: "" is no name. Use up to 40 letters, digits,'),
    ('name = "liver"', "name = 7", "my.toml, sites[1].name: 7 is not a text. Put it in quotes, like \"lung\"."),
    ('presence = "occult"', 'presence = "hidden"',
     "my.toml, sites[3].presence: \"hidden\" is not one of the words known here. Write 'seen' or 'occult'."),
    ('wall = "lesion"', 'wall = "leson"', 'my.toml, sites[2].wall: "leson" is no wall of this case. Did you mean "lesion"?'),
    ('wall = "lesion"', 'environmnt = "x"', 'my.toml, sites[2]: "environmnt" is not known here. Did you mean "environment"?'),
    ('wall = "lesion"\n', 'colour = "x"\n', 'my.toml, sites[2]: "colour" is not known here. Known: "name", "organ",'),
    ('environment = "default"\nwall = "lesion"', 'environment = "defualt"\nwall = "lesion"',
     'my.toml, sites[2].environment: "defualt" is no environment of this case. Did you mean "default"?'),
    ('reference = "lung"', 'reference = "long"', 'my.toml, reference: "long" is no site of this case. Did you mean "lung"?'),
    ('"matrix",', '"matrx",', 'my.toml, mechanisms[4]: "matrx" is no mechanism. Did you mean "matrix"?'),
    ('"matrix",', '"wall pumps",',
     'my.toml, mechanisms[4]: "wall pumps" is a part of "wall" and comes along with it. Write "wall".'),
    ('"matrix",', '"tolerance",', 'my.toml, mechanisms[4]: "tolerance" is there twice. Leave one of the two out.'),
    ('"matrix",', '"pressure",',
     'my.toml, mechanisms[4]: "pressure" is lifted with "perfusion and pressure", which is listed as well. '
     'Write "perfusion and pressure" alone, or "perfusion" and "pressure" without it.'),
    ('merits = ["control", "progression"]', 'merits = ["survival"]',
     'my.toml, question.merits[0]: "survival" is no figure of merit. Known: "control", "progression".'),
    ('merits = ["control", "progression"]', "merits = []",
     'my.toml, question.merits: "a list of 0" is empty. Write ["control", "progression"].'),
    ('merits = ["control", "progression"]', 'merits = ["control", "control"]',
     'my.toml, question.merits[1]: "control" is there twice. Leave one of the two out.'),
    ('clones = ["sensitive", "C797S"]', 'clones = ["sensitive", "C797"]',
     'my.toml, drugs[0].curves[0].clones[1]: "C797" is no clone of this case. Did you mean "C797S"?'),
    ('clones = ["sensitive", "C797S"]', 'clones = ["sensitive", "T790M"]',
     'my.toml, drugs[0].curves[1].clones[0]: "T790M" has two curves for gefitinib. Leave one of the two out.'),
    ('clones = ["sensitive", "C797S"]', "clones = []",
     'my.toml, drugs[0].curves[0].clones: "a list of 0" is empty. Name the clones that respond along this curve.'),
    ('alterations = ["MET"]', 'alterations = ["MTE"]',
     'my.toml, clones[3].alterations[0]: "MTE" is no alteration of this case. Did you mean "MET"?'),
    ('alterations = ["MET"]', 'alterations = ["T790M"]',
     'my.toml, clones[3]: "MET" has the same alterations and tolerance as another, or one twice. Leave one out.'),
    ('name = "sensitive"\nalterations = []', 'name = "sensitive"\nalterations = ["MET"]',
     'my.toml, clones[0]: "sensitive" comes first but is not the sensitive clone. Put the clone without alterations first.'),
    ('alterations = []\ntolerant = true', 'alterations = ["MET"]\ntolerant = true',
     'my.toml, clones[1]: "tolerant" tolerates the drug but its genotype is not listed before it. List that clone first.'),
    ("tolerant = true", 'tolerant = "yes"',
     'my.toml, clones[1].tolerant: "yes" is neither true nor false. Write true or false, without quotes.'),
    ('[[environments.default.solutes]]\ndrug = "gefitinib"', '[[environments.default.solutes]]\ndrug = "lapatinib"',
     'my.toml, environments.default.solutes[0].drug: "lapatinib" is no drug of this case.'),
    (EFFLUX,
     "", 'my.toml, walls.intact.effluxes: "gefitinib" is missing. Add an entry with drug = "gefitinib".'),
    # the question and the settings
    ('horizon = "720 d"', 'horizon = "0 d"', 'my.toml, question.horizon: "0 d" is zero. Write one above 0 day.'),
    ('horizon = "720 d"', 'horizon = "101 years"', 'my.toml, question.horizon: "101 years" is more than 36525 day.'),
    ('horizon = "720 d"', 'horizon = "720 d"\nscans = ["84 d", "42 d"]',
     'my.toml, question.scans[1]: "42 d" is not after the scan before it. Put the scans in order.'),
    ('horizon = "720 d"', 'horizon = "720 d"\nscans = []',
     'my.toml, question.scans: "a list of 0" is empty. Leave scans out to time'),
    ('step = "7 d"', 'step = "1 s"', 'my.toml, settings.step: "1 s" makes more than 10000 steps. Write a longer step.'),
    ('step = "7 d"', 'step = "0 d"', 'my.toml, settings.step: "0 d" is zero. Write one above 0 day.'),
    ("shells = 8", "shells = 65", 'my.toml, settings.shells: 65 is not between 1 and 64. Write a whole number in between.'),
    ("shells = 8", "shells = 8.5",
     "my.toml, settings.shells: 8.5 is not a whole number. Write a whole number, without quotes or a point."),
    ("moved = 0.05", "moved = 1.5", "my.toml, settings.moved: 1.5 is not a share between 0 and 1. Write a share such as 0.05."),
    ("moved = 0.05", "moved = nan", "my.toml, settings.moved: nan is not a share between 0 and 1. Write a share such as 0.05."),
    ("[settings]", "[setings]", 'my.toml: "settings" is missing. Add settings = ... there.'),
    ("[settings]", "settings = 7\n[other]", 'my.toml, question: "settings" is not known here.'),
    ("[settings]", "[settings", 'my.toml: "my.toml" is not TOML: '),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentence"), SENTENCES, ids=[f"{i}" for i in range(len(SENTENCES))])
def test_a_wrong_case_is_refused_with_a_way_out(old: str, new: str, sentence: str) -> None:
    message = refusal((old, new))
    assert sentence in message
    assert message.startswith("my.toml")
    assert message.rstrip()[-1] in ".?"
    assert "\n" not in message and len(message) < 500


def test_a_mechanism_list_may_not_be_empty() -> None:
    start = TEXT.index("mechanisms = [")
    text = TEXT[:start] + "mechanisms = []\n" + TEXT[TEXT.index("[meta]") :]
    with pytest.raises(InputError, match=r"line 5, mechanisms: .* is empty\. Name at least one way out of therapy\."):
        parse_case(text, "my.toml")


def test_a_thousand_sites_are_too_many() -> None:
    site = '\n[[sites]]\nname = "n{}"\norgan = "lung"\npresence = "seen"\ndiameter = "param:brain.occult"\n'
    site += 'detection = "param:scan.detection"\nenvironment = "default"\n'
    text = TEXT + "".join(site.format(i) for i in range(1000))
    with pytest.raises(InputError, match=r"my\.toml, line \d+, sites: .* is longer than the 64 allowed\. Leave some out\."):
        parse_case(text, "my.toml")


def test_a_source_of_ones_own_may_be_cited() -> None:
    own = '\n[[citations]]\nkey = "me2026"\nauthors = "Me"\ntitle = "My scan"\nyear = 2026\n'
    case = parse_case(TEXT.replace('cite = "definition"', 'cite = "me2026"') + own, "my.toml")
    assert case.subject.sites[0].diameter.cite.title == "My scan"  # type: ignore[union-attr]


def test_a_drug_that_does_not_ionise_is_written_as_none() -> None:
    case = parse_case(TEXT.replace('base = "param:gefitinib.base"', 'base = "none"'), "my.toml")
    assert case.subject.drugs[0].base == float("-inf")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("gone.toml", None, "is not there. Check the name of the file."),
        ("big.toml", b"#" * 1_000_001, "has 1000001 bytes, more than the 1000000 of any case."),
        ("picture.toml", b"\x89PNG\r\n\x1a\n\xff\xfe", "is not a text in UTF-8."),
        ("nul.toml", b"a = 1\0", "holds the character U+0000 in line 1, which is no text."),
        ("empty.toml", b"", "is empty."),
        ("deep.toml", b"a = " + b"[" * 100_000, "is nested too deeply."),
        ("twice.toml", b"a = 1\na = 2", "is not TOML"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused(tmp_path: Path, name: str, content: bytes | None, sentence: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as trouble:
        read_case(path)
    assert sentence in str(trouble.value)
    assert name in str(trouble.value)


def test_a_folder_is_no_case(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is not a file\. Name a TOML file\."):
        read_case(tmp_path)


def test_an_unknown_id_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError) as trouble:
        read_case("egfr-lungs")
    assert 'is neither a case of the catalogue nor a file. Did you mean "egfr-lung"?' in str(trouble.value)


def test_a_name_no_file_can_have_is_refused() -> None:
    for name in ("a\0b", "x" * 5000, ""):
        with pytest.raises(InputError):
            read_case(name)
