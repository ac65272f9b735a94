"""A table that somebody brings along: published examples, three kinds of file, bad input, the command itself."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from pipeline.agreement import standalone
from pipeline.agreement.coding_sheets import read_sheet
from pipeline.agreement.comparison.rows import AgreementRow
from pipeline.agreement.standalone import Standalone, compare_sheet
from pipeline.agreement.statistics.spans import Span
from pipeline.core.errors import InputError

COLUMNS = "comparison,scheme,code,statistic,unit,estimate,low,high,chance,p,null,n,excluded,reason"
# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, example C: four observers, values missing.
FOUR = (
    "1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 .",
)  # fmt: skip


def compare_table(path: Path, **options: object) -> Standalone:
    return compare_sheet(read_sheet(path), **options)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def long_table(*coders: str) -> list[list[str]]:
    return [
        [str(unit), "ABCD"[coder], value]
        for coder, values in enumerate(coders)
        for unit, value in enumerate(values.split(), start=1)
        if value != "."
    ]


def table(path: Path, rows: list[list[str]], header: str = "unit,coder,code", separator: str = ",") -> Path:
    return write(path, "\n".join(separator.join(row) for row in [header.split(","), *rows]) + "\n")


def pick(
    result: Standalone, statistic: str, *, comparison: str = "A | B", code: str = "", scheme: str = ""
) -> AgreementRow:
    key = (statistic, comparison, code, scheme)
    return next(row for row in result.rows if (row.statistic, row.comparison, row.code, row.scheme) == key)


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "pipeline", "agreement", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_four_observers_with_missing_values(tmp_path: Path):
    result = compare_table(table(tmp_path / "four.csv", long_table(*FOUR)), full=True)
    everyone = "A | B | C | D"
    for scale, value in (("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)):
        row = pick(result, f"krippendorff_alpha_{scale}", comparison=everyone)
        assert row.estimate == pytest.approx(value, abs=5e-4)
        assert (row.n, row.excluded) == (11, "1 (1 seen by one coder only)")
    assert list(dict.fromkeys(row.comparison for row in result.rows))[:3] == [everyone, "A | B", "A | C"]


def test_two_coders_of_a_published_table(tmp_path: Path):
    # Cohen (1960), p. 45, n = 200: kappa .4915, largest possible .831; Scott's pi .4872; AC1 .5760.
    counts = ((88, 14, 18), (10, 40, 10), (2, 6, 12))
    pairs = [(i, j) for i, row in enumerate(counts) for j, n in enumerate(row) for _ in range(n)]
    rows = [[f"u{u}", coder, "xyz"[pair[k]]] for u, pair in enumerate(pairs) for k, coder in enumerate("AB")]
    result = compare_table(table(tmp_path / "cohen.csv", rows), full=True)
    values = {"cohen_kappa": 0.4915, "cohen_kappa_max": 0.831, "scott_pi": 0.4872, "gwet_ac1": 0.5760, "percent": 0.7}
    for statistic, value in values.items():
        assert pick(result, statistic).estimate == pytest.approx(value, abs=5e-4)
    lacking = pick(result, "krippendorff_alpha_ordinal")
    assert (lacking.estimate, lacking.reason) == (None, "the categories have no order")
    assert pick(result, "krippendorff_alpha_interval").reason == "the categories are not numbers"


def test_sets_of_codes_with_empty_sets(tmp_path: Path):
    # The nine units with set-valued codes of the DKPro Statistics test suite; MASI by Passonneau (2006).
    first = ("-", "a", "a", "b", "a;b", "a;b", "a;b;c", "c", "c")
    second = ("-", "-", "a", "a", "a", "a;c", "a;b;c", "a;c", "a;c")
    rows = [[str(u), coder, codes[u]] for coder, codes in (("A", first), ("B", second)) for u in range(9)]
    result = compare_table(table(tmp_path / "sets.csv", rows))
    assert pick(result, "krippendorff_alpha_nominal").estimate == pytest.approx(0.2388, abs=5e-5)
    assert pick(result, "krippendorff_alpha_masi").estimate == pytest.approx(0.2731, abs=5e-5)
    full = compare_table(table(tmp_path / "sets.csv", rows), full=True)
    assert pick(full, "krippendorff_alpha_jaccard").estimate == pytest.approx(0.3156, abs=5e-5)


def test_passages(tmp_path: Path):
    # The passages of test_spans; the figures that look at marked text only do not depend on the text after the last.
    rows = [
        ["d", "A", "knelpunt", "10", "30"], ["d", "A", "kans", "50", "80"], ["d", "A", "knelpunt", "100", "120"],
        ["d", "B", "knelpunt", "12", "30"], ["d", "B", "kans", "50", "70"], ["d", "B", "kans", "100", "120"],
        ["e", "A", "kans", "0", "10"], ["e", "B", "kans", "0", "10"],
    ]  # fmt: skip
    one = table(tmp_path / "spans.csv", rows[:6], "unit,coder,code,start,end")
    found = compare_table(one)
    assert pick(found, "krippendorff_cu_alpha").estimate == pytest.approx(0.4249, abs=5e-5)
    assert pick(found, "krippendorff_ku_alpha", code="kans").estimate == pytest.approx(0.4286, abs=5e-5)
    assert pick(found, "span_coverage", code="knelpunt").estimate == pytest.approx(0.966, abs=5e-4)
    assert pick(found, "segment_overlap").estimate == pytest.approx(2 / 6)
    assert pick(found, "krippendorff_u_alpha").reason is not None
    two = compare_table(table(tmp_path / "spans.csv", rows, "unit,coder,code,start,end"))
    assert pick(two, "segment_overlap").estimate == pytest.approx(4 / 8)
    assert pick(two, "segment_overlap").n == 2
    overlap = [*rows, ["d", "A", "kans", "20", "40"]]
    reason = pick(
        compare_table(table(tmp_path / "o.csv", overlap, "unit,coder,code,start,end")), "krippendorff_u_alpha"
    )
    assert reason.reason == "passages of one coder overlap, so that only single codes can be compared"


def test_fragments_with_one_place_each_are_no_passages(tmp_path: Path):
    rows = [[f"f{u}", coder, "ab"[u % 2], str(u * 50), str(u * 50 + 9)] for u in range(4) for coder in "AB"]
    found = compare_table(table(tmp_path / "x.csv", rows, "fragment_id,coder,code,char_start,char_end"))
    assert not [row for row in found.rows if row.statistic == "krippendorff_u_alpha"]
    assert pick(found, "cohen_kappa").estimate == pytest.approx(1.0)


def test_three_kinds_of_file_and_every_separator_give_the_same(tmp_path: Path):
    rows = long_table(*FOUR)
    header = ["unit", "coder", "code"]
    expected = compare_table(table(tmp_path / "t.csv", rows)).rows
    for separator in (";", "\t", "|"):
        assert compare_table(table(tmp_path / "t.csv", rows, separator=separator)).rows == expected
    book = Workbook()
    for row in [header, *([int(unit), coder, int(code)] for unit, coder, code in rows)]:
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    assert compare_table(tmp_path / "t.xlsx").rows == expected
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    columns["code"] = [float(code) for code in columns["code"]]
    pq.write_table(pa.table({name: list(values) for name, values in columns.items()}), tmp_path / "t.parquet")
    assert compare_table(tmp_path / "t.parquet").rows == expected


def test_order_of_rows_changes_nothing(tmp_path: Path):
    rows = [[*row, f"tafel {int(row[0]) % 3}"] for row in long_table(*FOUR)] + [["1", "A", "4", "tafel 1"]]
    header = "unit,coder,code,session"
    there = compare_table(table(tmp_path / "t.csv", rows, header)).rows
    assert compare_table(table(tmp_path / "t.csv", rows[::-1], header)).rows == there
    assert {row.unit for row in there} == {"session", "session left out in turn"}


def test_rank_says_which_code_is_first(tmp_path: Path):
    rows = [
        ["1", "A", "x", "2"],
        ["1", "A", "y", "1"],
        ["1", "B", "y", "1"],
        ["2", "A", "x", "1"],
        ["2", "B", "x", "1"],
    ]
    assert pick(compare_table(table(tmp_path / "t.csv", rows, "unit,coder,code,rank")), "percent").estimate == 1.0
    without = compare_table(table(tmp_path / "t.csv", [row[:3] for row in rows]))
    assert pick(without, "percent").estimate == 0.5  # no code is first: the sets are compared


def test_order_of_codes_from_the_command_or_a_codebook(tmp_path: Path):
    path = table(tmp_path / "t.csv", [["1", "A", "laag"], ["1", "B", "hoog"], ["2", "A", "laag"], ["2", "B", "laag"]])
    by_hand = pick(compare_table(path, order=["laag", "midden", "hoog"]), "cohen_kappa_linear")
    book = write(tmp_path / "codebook.csv", "code,label\nlaag,L\nmidden,M\nhoog,H\n")
    assert pick(compare_table(path, codebook=book), "cohen_kappa_linear") == by_hand
    assert not [row for row in compare_table(path).rows if row.statistic == "cohen_kappa_linear"]
    with pytest.raises(InputError, match="--order: lacks codes of every scheme, among them 'hoog'"):
        compare_table(path, order=["laag", "hog"])


def test_missing_and_no_code_are_two_things(tmp_path: Path):
    rows = [["1", "A", "x"], ["1", "B", ""], ["2", "A", "x"], ["2", "B", "-"], ["3", "A", "x"], ["3", "B", "x"]]
    path = table(tmp_path / "t.csv", rows)
    row = pick(compare_table(path), "percent")
    assert (row.estimate, row.n, row.excluded) == (0.5, 2, "1 (1 not seen by B)")
    filled = pick(compare_table(path, empty_is_none=True), "percent")
    assert (filled.estimate, filled.n, filled.excluded) == (pytest.approx(1 / 3), 3, "0")


@pytest.mark.parametrize(
    ("rows", "statistic", "n", "reason"),
    [
        ([["1", "A", "x"], ["2", "B", "x"]], "percent", 0, "no unit was coded by two coders"),
        ([["1", "A", "x"], ["1", "B", ""]], "percent", 0, "a coder coded nothing"),
        ([["1", "A", "x"], ["1", "B", "x"]], "cohen_kappa", 1, "only one category was used"),
    ],
)
def test_undefined_has_a_reason(tmp_path: Path, rows: list[list[str]], statistic: str, n: int, reason: str):
    row = pick(compare_table(table(tmp_path / "t.csv", rows)), statistic)
    assert (row.estimate, row.n) == (None, n)
    assert str(row.reason).startswith(reason)


def test_codes_that_differ_in_spelling_only_are_one_and_that_is_said(tmp_path: Path):
    rows = [["1", "A", "Mijn huis"], ["1", "B", "mijn  huis"], ["2", "A", "-1"], ["2", "B", "1"]]
    result = compare_table(table(tmp_path / "t.csv", rows))
    assert result.notices == (
        "t.csv: codes that differ in case, blanks or hyphens only are one: 'mijn huis' as 'Mijn huis'",
    )
    assert pick(result, "percent").estimate == 0.5


def test_other_columns_are_named_and_a_slip_of_the_pen_is_refused(tmp_path: Path):
    result = compare_table(write(tmp_path / "t.csv", "unit,coder,code,memo\n1,A,x,a\n1,B,x,b\n"))
    assert result.notices == ("t.csv: column 'memo' is not used",)
    with pytest.raises(InputError, match="has a column 'sesion' that is not known. Did you mean 'session'?"):
        compare_table(write(tmp_path / "t.csv", "unit,coder,code,sesion\n1,A,x,a\n"))


def test_all_rows_that_are_wrong_are_named_at_once(tmp_path: Path):
    text = "unit,coder,code,start,end\n,A,x,,\n1,,x,,\n1,A,x,9,3\n1,B,x,3,\n1,A,x,a,b\n"
    with pytest.raises(InputError) as caught:
        compare_table(write(tmp_path / "t.csv", text))
    assert [problem.where for problem in caught.value.problems] == [f"t.csv, row {row}" for row in range(2, 7)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is leeg"),
        ("unit,coder,code\n", "bevat koppen en geen rijen"),
        ("unit,coder\n1,A\n", "heeft geen kolom code"),
        ("unit,coder,code\n1,A,x\n", "bevat één codeur, ‘A’"),
    ],
)
def test_the_command_refuses_with_code_2(tmp_path: Path, text: str, message: str):
    write(tmp_path / "t.csv", text)
    done = command(tmp_path, "t.csv", "--csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_the_command_prints_the_table_in_full_precision(tmp_path: Path):
    table(tmp_path / "t.csv", long_table(*FOUR[:2]))
    done = command(tmp_path, "t.csv", "--csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == COLUMNS
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    expected = compare_table(tmp_path / "t.csv").rows
    assert [row["estimate"] for row in rows] == ["" if r.estimate is None else repr(r.estimate) for r in expected]
    assert [row["statistic"] for row in rows[:4]] == [
        "percent", "cohen_kappa", "krippendorff_alpha_nominal", "gwet_ac1",
    ]  # fmt: skip


def test_the_command_reads_the_figures_in_dutch(tmp_path: Path):
    rows = [[str(unit), coder, "x" if unit % 2 else "y", f"tafel {unit % 4}"] for unit in range(16) for coder in "AB"]
    table(tmp_path / "t.csv", rows, "unit,coder,code,session")
    done = command(tmp_path, "t.csv")
    assert done.returncode == 0
    words = " ".join(done.stdout.split())
    assert "De codeurs zijn het eens over 100% van 16 fragmenten." in words
    assert (
        "Het interval komt van 4 sessies. Het toeval is niet getoetst: elke van de gespiegelde verschuivingen" in words
    )


def test_text_in_the_place_of_codes_is_refused(tmp_path: Path):
    rows = [[str(unit), coder, f"zin {unit}{coder}"] for unit in range(200) for coder in "AB"]
    with pytest.raises(InputError, match="has 400 different codes; agreement is computed for 300 at most"):
        compare_table(table(tmp_path / "t.csv", rows))


def test_many_units_take_memory_in_proportion(tmp_path: Path):
    rows = [[str(unit), coder, "abc"[(unit * k) % 3]] for unit in range(20_000) for k, coder in enumerate("AB", 1)]
    result = compare_table(table(tmp_path / "t.csv", rows))
    assert pick(result, "percent").estimate == pytest.approx(6667 / 20_000)
    assert pick(result, "percent").n == 20_000


def test_disagreements_that_the_user_weighs_give_kappa_and_alpha_of_the_handbook(tmp_path: Path):
    # Artstein & Poesio (2008), p. 568: 46 0 0 / 6 32 6 / 0 0 10, half a disagreement with the third code ("Chck").
    cells = {("stat", "stat"): 46, ("ireq", "stat"): 6, ("ireq", "ireq"): 32, ("ireq", "chck"): 6, ("chck", "chck"): 10}
    rows, unit = [], 0
    for (first, second), n in cells.items():
        for _ in range(n):
            unit += 1
            rows += [[str(unit), "A", first], [str(unit), "B", second]]
    codings = table(tmp_path / "t.csv", rows)
    weights = write(tmp_path / "w.csv", "code_a,code_b,disagreement\nstat,chck,0.5\nireq,chck,0.5\n")
    found = {row.statistic: row for row in compare_table(codings, weights=weights).rows if not row.code}
    assert found["cohen_kappa_weighted"].estimate == pytest.approx(0.8163, abs=5e-5)
    assert found["krippendorff_alpha_weighted"].estimate == pytest.approx(0.8156, abs=5e-5)
    assert found["cohen_kappa_weighted"].excluded == "0; disagreements of w.csv"
    with pytest.raises(InputError, match="nobody gave the code 'vraag'"):
        compare_table(codings, weights=write(tmp_path / "w.csv", "code_a,code_b,disagreement\nvraag,chck,0.5\n"))
    with pytest.raises(InputError, match="row 2: disagreement is not a number"):
        compare_table(codings, weights=write(tmp_path / "w.csv", "code_a,code_b,disagreement\nstat,chck,veel\n"))


def test_gamma_shows_its_spread_and_counts_documents_that_a_coder_left_blank(monkeypatch: pytest.MonkeyPatch):
    drawn = iter((0.50, 0.54, 0.48, 0.51, 0.52))
    monkeypatch.setattr(standalone.spans, "gamma", lambda documents, *, seed: next(drawn))
    found = standalone._gamma([[[Span(0, 5, 0)], []], [[Span(0, 5, 0)], [Span(1, 5, 0)]]], seed=1)
    assert found.estimate == 0.50
    assert found.reason is not None and found.reason.endswith(
        "0.480 to 0.540 over 5 seeds; 1 of 2 documents left out, which a coder left blank"
    )


def test_a_column_for_each_coder_gives_what_a_row_for_each_code_gives(tmp_path: Path):
    said = [f"zin {i} over iets heel anders, van wie dan ook" for i in range(9)]
    first, second = (
        ["zorg", "werk", "zorg", "taal", "werk", "zorg", "taal", "werk", "zorg"],
        ["zorg", "zorg", "zorg", "taal", "werk", "werk", "taal", "-", "zorg"],
    )
    wide = [[str(i + 1), said[i], first[i], second[i], ""] for i in range(9)]
    long = [[str(i + 1), coder, codes[i]] for i in range(9) for coder, codes in (("A", first), ("B", second))]
    one = compare_table(
        table(tmp_path / "a.csv", [[c.replace(",", ";") for c in row] for row in wide], "Nr,Uitspraak,A,B,")
    )
    two = compare_table(table(tmp_path / "b.csv", long))
    assert [(row.statistic, row.estimate) for row in one.rows] == [(row.statistic, row.estimate) for row in two.rows]
    assert any("a column for each of the coders 'A', 'B'" in notice for notice in one.notices)
