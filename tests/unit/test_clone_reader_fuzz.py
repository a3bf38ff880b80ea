"""Whatever is done to a file of reads, it is read, or refused as an InputError of one line: no other error reaches the user."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from refugia.inference.reads.fields import decoded
from refugia.inference.reads.opening import parsed
from refugia.inference.reads.segments import with_segments
from refugia.terms import InputError
from tests.unit.test_clone_readers import CONIPHER, LONG, MACHINA, MAF, SEGMENTS, SSM, VCF

PARAMS = '{"samples": ["early", "late"], "clusters": [["s0"], ["s1"]], "garbage": ["s9"], "structures": [[0, 1]]}'
EXAMPLES = int(os.environ.get("REFUGIA_EXAMPLES", "300"))
QUICK = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
TEXTS = st.sampled_from([LONG, SSM, CONIPHER, MACHINA, MAF, VCF])
ODD = ("", "NA", "-1", "0", "1e400", "nan", "inf", "0.5", "9" * 400, "x" * 300, "\x1b[31m", "ü", "1,2", ",", "\t", "#")
FIELDS = st.sampled_from(ODD)


def reads_or_refuses(content: bytes) -> None:
    """A table comes back whose counts can be, or one printable line that ends with a way out."""
    try:
        reads = parsed(decoded(content, "reads.tsv"), "reads.tsv")
    except InputError as refusal:
        assert refusal.reason and refusal.way_out
        assert str(refusal).isprintable()
        assert len(str(refusal)) < 900
        return
    assert ((reads.alt >= 0) & (reads.alt <= reads.depth)).all()
    assert len(set(reads.mutations)) == len(reads.mutations) == reads.alt.shape[0]
    assert all(0 < place.purity <= 1 for place in reads.places)


@QUICK
@given(TEXTS, st.data())
def test_a_table_with_anything_in_its_fields_is_read_or_refused(text: str, data: st.DataObject) -> None:
    lines = [line.split("\t") for line in text.split("\n")]
    for _ in range(data.draw(st.integers(1, 3))):
        line = data.draw(st.sampled_from(lines))
        place = data.draw(st.integers(0, len(line) - 1))
        match data.draw(st.sampled_from(["change", "change", "drop", "add", "repeat"])):
            case "change":
                line[place] = data.draw(FIELDS | st.text(max_size=10))
            case "drop":
                line[place : place + 1] = []
                line or line.append("")
            case "add":
                line.insert(place, data.draw(FIELDS))
            case "repeat":
                lines.append(list(line))
    reads_or_refuses("\n".join("\t".join(line) for line in lines).encode("utf-8", "replace"))


@QUICK
@given(TEXTS, st.integers(0, 400), st.integers(0, 60), st.binary(max_size=20))
def test_bytes_with_a_hole_or_a_patch_are_read_or_refused(text: str, start: int, length: int, patch: bytes) -> None:
    content = text.encode()
    reads_or_refuses(content[:start] + patch + content[start + length :])


@QUICK
@given(st.sampled_from([SEGMENTS, PARAMS]), st.integers(0, 150), st.integers(0, 40), st.text(max_size=12) | FIELDS)
def test_what_lies_beside_the_reads_is_read_or_refused(text: str, start: int, length: int, patch: str) -> None:
    with TemporaryDirectory() as place:
        beside = Path(place) / "beside"
        beside.write_text(text[:start] + patch + text[start + length :], encoding="utf-8", errors="replace")
        try:
            if text is SEGMENTS:
                with_segments(parsed(VCF, "x.vcf"), beside)
            else:
                parsed(SSM, "x.ssm", beside)
        except InputError as refusal:
            assert refusal.way_out
            assert str(refusal).isprintable()
