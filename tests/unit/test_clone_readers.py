"""Readers of reads: every format, and one message that names row and field for what cannot be."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from refugia.inference.reads.fields import decoded
from refugia.inference.reads.opening import format_of, parsed, read
from refugia.inference.reads.segments import with_segments
from refugia.terms import InputError

HEAD = "mutation_id\tsample_id\tref_counts\talt_counts\tmajor_cn\tminor_cn\tnormal_cn\ttumour_content\n"
LONG = HEAD + "m1\tA\t80\t20\t2\t1\t2\t0.7\nm1\tB\t90\t10\t1\t1\t2\t0.5\nm2\tA\t100\t0\t1\t1\t2\t0.7\n"
SSM = "id\tname\tvar_reads\ttotal_reads\tvar_read_prob\ns0\tTP53\t10,0\t100,90\t0.5,0.5\ns1\tKRAS\t5,7\t100,90\t0.5,1.0\n"
MACHINA = (
    "2 #anatomical sites\n2 #samples\n1 #mutations\n"
    "#sample_index\tsample_label\tanatomical_site_index\tanatomical_site_label\tcharacter_index\tcharacter_label\tref\tvar\n"
    "0\tP_0\t0\tP\t0\t17\t97\t88\n1\tM_0\t1\tM\t0\t17\t97\t88\n"
)

CONIPHER = (
    "CASE_ID\tSAMPLE\tCHR\tPOS\tREF\tALT\tREF_COUNT\tVAR_COUNT\tDEPTH\tCLUSTER\tACF\tCOPY_NUMBER_A\tCOPY_NUMBER_B\n"
    "P1\tP1_R1\t7\t100\tC\tT\t80\t20\t100\t1\t0.7\t1\t2.1\nP1\tP1_R2\t7\t100\tC\tT\t90\t10\t101\t1\t0.5\t1\t1\n"
    "P1\tP1_R1\t8\t5\tA\tG\t99\t1\t100\t2\t0.7\tNA\tNA\nP1\tP1_R2\t8\t5\tA\tG\tNA\tNA\tNA\t2\t0.5\t1\t1\n"
)
MAF = (
    "#version 2.4\nHugo_Symbol\tChromosome\tStart_Position\tReference_Allele\tTumor_Seq_Allele2\tTumor_Sample_Barcode\t"
    "t_ref_count\tt_alt_count\tHGVSp_Short\n"
    "EGFR\t7\t55249071\tC\tT\tA\t80\t20\tp.T790M\nEGFR\t7\t55249071\tC\tT\tB\t90\t10\tp.T790M\nTP53\tchr17\t7577120\tC\t-\tA\t\t\t\n"
)
VCF = (
    "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tN\tT\n"
    "7\t100\t.\tC\tT,G\t.\tPASS\t.\tGT:AD\t0/0:50,0,0\t0/1:60,30,10\n7\t200\t.\tA\tG\t.\tq10\t.\tGT:AD\t0/0:50,0\t0/1:9,9\n"
    "8\t300\t.\tA\tG\t.\t.\t.\tDP:AU:CU:GU:TU\t9:9,9:0,0:0,0:0,0\t40:30,31:0,0:10,12:0,0\n"
    "9\t400\t.\tAT\tA\t.\tPASS\t.\tTAR:TIR\t5,5:0,0\t20,20:.,.\n"
)
SEGMENTS = (
    "sample_id\tchromosome\tstart\tend\tmajor_cn\tminor_cn\ttumour_content\n"
    "T\tchr7\t1\t150\t2\t1\t0.6\nT\t8\t1\t999\t0\t0\t0.6\n"
)


def refusal(text: str) -> str:
    """The message that refuses a text."""
    with pytest.raises(InputError) as caught:
        parsed(text, "reads.tsv")
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_a_long_table_is_read() -> None:
    """Counts, copies and purity; a pair without a row is not measured, and the notes say so."""
    reads = parsed(LONG, "reads.tsv")
    assert (reads.format, reads.mutations, reads.samples) == ("long table", ("m1", "m2"), ("A", "B"))
    assert reads.alt.tolist() == [[20, 10], [0, 0]]
    assert reads.depth.tolist() == [[100, 100], [100, 0]]
    assert [reads.places[kind].purity for kind in reads.kinds[0]] == [0.7, 0.5]
    assert [(reads.places[kind].major, reads.places[kind].minor) for kind in reads.kinds[0]] == [(2, 1), (1, 1)]
    assert "1 of 4 pairs of mutation and sample have no row: modelled as not measured." in reads.notes


def test_an_ssm_table_is_read_with_its_parameters(tmp_path: Path) -> None:
    """Names of samples and clusters come from the file beside it."""
    (tmp_path / "x.params.json").write_text('{"samples": ["early", "late"], "clusters": [["s0"], ["s1"]], "garbage": []}')
    (tmp_path / "x.ssm").write_text(SSM)
    reads = read(tmp_path / "x.ssm")
    assert reads.samples == ("early", "late")
    assert reads.clusters == (("s0",), ("s1",))
    assert reads.labels == {"s0": "TP53", "s1": "KRAS"}
    assert [reads.places[kind].ratio for kind in reads.kinds[1]] == [0.5, 1.0]
    (tmp_path / "x.params.json").write_text('{"samples": ["early"]}')
    with pytest.raises(InputError, match=r"row 2, var_reads: .* holds 2 values for 1 samples"):
        read(tmp_path / "x.ssm")


def test_a_maf_is_read() -> None:
    """Rows by tumour sample; empty counts are not measured."""
    reads = parsed(MAF, "x.maf")
    assert reads.mutations == ("7:55249071:C>T", "chr17:7577120:C>-")
    assert (reads.alt.tolist(), reads.depth.tolist()) == ([[20, 10], [0, 0]], [[100, 100], [0, 0]])
    assert reads.labels["7:55249071:C>T"] == "EGFR p.T790M"
    assert any("1 rows without counts" in note for note in reads.notes)


def test_a_vcf_is_read_with_its_segments(tmp_path: Path) -> None:
    """AD by allele, Strelka2's tiers, a filter; copies by position, and a place that is lost."""
    reads = parsed(VCF, "x.vcf").chosen(("T",))
    assert reads.mutations == ("7:100:C>T", "7:100:C>G", "8:300:A>G", "9:400:AT>A")
    assert (reads.alt[:, 0].tolist(), reads.depth[:, 0].tolist()) == ([30, 10, 10, 0], [90, 70, 40, 0])
    (tmp_path / "s.tsv").write_text(SEGMENTS)
    laid = with_segments(reads, tmp_path / "s.tsv")
    first = laid.places[laid.kinds[0, 0]]
    assert (first.major, first.minor, first.purity) == (2, 1, 0.6)
    assert laid.depth[2, 0] == 0
    assert any("lie in no segment" in note for note in laid.notes)
    for old, new, says in (("T\t8\t1\t999", "T\t7\t100\t999", "row 3, start"), ("1\t150", "150\t1", "row 2, end")):
        (tmp_path / "s.tsv").write_text(SEGMENTS.replace(old, new))
        with pytest.raises(InputError, match=says):
            with_segments(reads, tmp_path / "s.tsv")
    with pytest.raises(InputError, match="does not go with a table of format long"):
        with_segments(parsed(LONG, "x"), tmp_path / "s.tsv")


def test_a_vcf_without_counts_is_refused() -> None:
    """The message names the record and what would do."""
    assert "row 3, FORMAT" in refusal(VCF.replace("GT:AD", "GT:GQ"))
    assert "holds no counts of reads by allele. Call with AD" in refusal(VCF.replace("GT:AD", "GT:GQ"))


def test_a_conipher_table_is_read() -> None:
    reads = parsed(CONIPHER, "reads.tsv")
    assert (reads.format, reads.mutations, reads.samples) == ("conipher", ("7:100:C>T", "8:5:A>G"), ("P1_R1", "P1_R2"))
    assert reads.alt.tolist() == [[20, 10], [1, 0]] and reads.depth.tolist() == [[100, 100], [100, 0]]
    first = reads.places[reads.kinds[0, 0]]
    assert (first.purity, first.major, first.minor, first.normal) == (0.7, 2, 1, 2)
    assert reads.clusters == (("7:100:C>T",), ("8:5:A>G",))
    assert any("rounded" in note for note in reads.notes) and any("without counts" in note for note in reads.notes)
    assert parsed(CONIPHER.replace("\t100\t2\t", "\t100\tNA\t").replace("NA\t2\t0.5", "NA\tNA\t0.5"), "r.tsv").clusters == ()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("\t101\t", "\t99\t", "row 3, DEPTH"), ("P1\tP1_R2\t8", "P2\tP2_R2\t8", "is a second tumour beside P1"),
        ("P1\tP1_R2\t8", "P1\tX_R2\t8", "does not begin with its CASE_ID"), ("\t2.1\n", "\t-2\n", "row 2, COPY_NUMBER_B"),
        ("\t101\t1\t", "\t101\t2\t", "is not the cluster of this mutation above (1)"), ("\t0.7\t1", "\t0\t1", "row 2, ACF"),
        ("80\t20", "80\t-20", "row 2, VAR_COUNT"), ("\t100\tC", "\tx\tC", "row 2, POS"),
    ],
)  # fmt: skip
def test_a_bad_conipher_table_is_refused_in_one_line(old: str, new: str, says: str) -> None:
    assert old in CONIPHER
    with pytest.raises(InputError) as trouble:
        parsed(CONIPHER.replace(old, new, 1), "reads.tsv")
    assert says in str(trouble.value) and "\n" not in str(trouble.value)


def test_reads_of_sites_are_read() -> None:
    """MACHINA's table: the site of each sample is kept."""
    reads = parsed(MACHINA, "reads.tsv")
    assert (reads.sites, reads.mutations, reads.depth.tolist()) == (("P", "M"), ("17",), [[185, 185]])


@pytest.mark.parametrize("text", [LONG, SSM, CONIPHER, MACHINA, MAF, VCF])
def test_gzip_and_line_ends_change_nothing(text: str) -> None:
    """Windows and old Macintosh line ends, a byte-order mark, gzip: the same reads."""
    wanted = parsed(text, "x")
    for content in (text.replace("\n", "\r\n"), text.replace("\n", "\r"), "\ufeff" + text, text + "\n\n"):
        for packed in (content.encode(), gzip.compress(content.encode())):
            found = parsed(decoded(packed, "x"), "x")
            assert (found.alt == wanted.alt).all()
            assert (found.samples, found.mutations, found.places) == (wanted.samples, wanted.mutations, wanted.places)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("80\t20", "-3\t20", 'row 2, ref_counts: "-3" lies outside 0 to'),
        ("80\t20", "80\t2.5", 'row 2, alt_counts: "2.5" is no whole number'),
        ("80\t20", "80\tmany", 'row 2, alt_counts: "many" is no number'),
        ("80\t20", "80\t1e99", "row 2, alt_counts"),
        ("80\t20\t2\t1", "80\t20\t0\t0", 'row 2, alt_counts: "20" mutated reads stand at a place'),
        ("2\t1\t2\t0.7", "1\t2\t2\t0.7", 'row 2, major_cn: "1" is less than minor_cn'),
        ("2\t1\t2\t0.7", "2\t1\t2\t0", 'row 2, tumour_content: "0" is no share. Give a number above 0'),
        ("2\t1\t2\t0.7", "2\t1\t2\t1.2", 'row 2, tumour_content: "1.2" is no share'),
        ("m1\tB", "m1\tA", 'row 3: "m1" stands in sample A already (row 2)'),
        ("m2\tA", "\tA", 'row 4, mutation_id: "" is empty'),
        ("100\t0\t1\t1\t2\t0.7", "100\t0\t1", "row 4: 5 fields stand under a header of 8"),
        ("ref_counts", "ref", '"ref_counts" is no column of the table'),
        ("ref_counts", "alt_counts", '"ref_counts" is no column of the table'),
        ("mutation_id", "mutation", "is in no format that is known here"),
        (LONG, "", "is in no format that is known here"),
        (LONG, HEAD, "the table"),
    ],
)  # fmt: skip
def test_a_bad_long_table_is_refused_in_one_line(old: str, new: str, says: str) -> None:
    assert says in refusal(LONG.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("10,0\t100,90", "10,0\t9,90", 'row 2, var_reads: "10" is more than total_reads (9)'),
        ("10,0\t100,90", "10\t100,90", "row 2, total_reads"),
        ("0.5,1.0", "0.5,1.1", 'row 3, var_read_prob: "1.1" is no share'),
        ("0.5,1.0", "0.5,0", 'row 3, var_read_prob: "0" is 0 beside 7 mutated reads'),
        ("s1", "s0", 'row 3, id: "s0" stands in an earlier row already'),
    ],
)
def test_a_bad_ssm_table_is_refused_in_one_line(old: str, new: str, says: str) -> None:
    assert says in refusal(SSM.replace(old, new, 1))


def test_copy_number_zero_without_mutated_reads_says_nothing() -> None:
    """A deletion of both copies is no evidence of absence: taken as not measured, and noted."""
    reads = parsed(LONG.replace("100\t0\t1\t1", "100\t0\t0\t0"), "x")
    assert reads.depth[1, 0] == 0
    assert any("hold no copy" in note for note in reads.notes)


def test_missing_copy_numbers_are_assumed_and_said() -> None:
    """Neither pair nor total: 1 and 1; a total alone: one minor copy."""
    bare = "mutation_id\tsample_id\tref_counts\talt_counts\nm\tA\t5\t5\n"
    assert any("assumed 1 and 1" in note for note in parsed(bare, "x").notes)
    total = "mutation_id\tsample_id\tref_counts\talt_counts\ttotal_cn\nm\tA\t5\t5\t4\n"
    reads = parsed(total, "x")
    assert (reads.places[reads.kinds[0, 0]].major, reads.places[reads.kinds[0, 0]].minor) == (3, 1)


def test_no_text_is_refused(tmp_path: Path) -> None:
    """A folder, a missing file, bytes that are no text, a broken gzip file."""
    for content, says in ((b"\xff\xfe\x00", "is not UTF-8"), (b"\x1f\x8b\x08junk", "damaged gzip"), (b"a\0b", "zero bytes")):
        with pytest.raises(InputError, match=says):
            decoded(content, "x")
    for place in (tmp_path, tmp_path / "none.tsv"):
        with pytest.raises(InputError, match="cannot be read"):
            read(place)


def test_formats_are_told_by_content() -> None:
    names = {"long": LONG, "ssm": SSM, "conipher": CONIPHER, "machina": MACHINA, "maf": MAF, "vcf": VCF}
    assert [format_of(text) for text in (*names.values(), "a\tb\n", "")] == [*names, "", ""]


def test_samples_and_purity_are_chosen() -> None:
    """Order and purity as asked for; names that are not there are refused."""
    reads = parsed(LONG, "x").chosen(("B", "A"))
    assert reads.alt[0].tolist() == [10, 20]
    assert [reads.with_purity({"A": 0.3}).places[kind].purity for kind in reads.with_purity({"A": 0.3}).kinds[0]] == [0.5, 0.3]
    for call in (lambda: reads.chosen(("C",)), lambda: reads.chosen(("A", "A")), lambda: reads.with_purity({"A": 0.0}),
                 lambda: reads.with_purity({"Z": 0.5}), lambda: parsed(SSM, "x").with_purity({"sample 1": 0.5})):  # fmt: skip
        with pytest.raises(InputError):
            call()
