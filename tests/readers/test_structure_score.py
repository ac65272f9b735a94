import csv
from pathlib import Path

import pytest

from tests.bench.structure_score import ASPECTS, Unit, main, score

DATA = Path(__file__).parents[1] / "data" / "miniature"
GOLD = Path(__file__).parents[1] / "golden" / "ocmw_structure.csv"
REAL = Path(__file__).parents[2] / ".." / "shared" / "corpus" / "ocmw-dialoogtafels" / "eindsynthese.txt"
SUBHEADING_LINES = {
    "1-kans-01": 70,
    "1-kans-02": 86,
    "1-knelpunt-01": 109,
    "1-knelpunt-02": 121,
    "1-knelpunt-03": 129,
    "1-knelpunt-03.1": 137,
    "2-kans-01": 153,
    "2-knelpunt-01": 163,
}


@pytest.fixture
def gold(tmp_path):
    """The hand-made result of the miniature, in the columns of the list of the real report."""
    path = tmp_path / "gold.csv"
    rows = [["line_first", "line_last", "kind", "chapter", "theme", "polarity", "heading_line", "subheading_line"]]
    with (DATA / "expected.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            codes = dict(code.split("=") for code in row["codes"].split(";") if code)
            if "theme" in codes:
                sub = str(SUBHEADING_LINES.get(codes.get("subtheme"), ""))
                theme = codes["theme"].removeprefix("thema-")
                rows.append(
                    [row["line_first"], row["line_last"], row["kind"], "2", theme, codes.get("polarity"), "", sub]
                )
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def test_miniature_scores_full_marks(gold, capsys):
    assert main([str(DATA / "eindsynthese.txt"), str(gold)]) == 0
    printed = capsys.readouterr().out
    assert "statements and quotes: 21 in the list, 21 found, 21 with the same lines" in printed
    assert "right in all three: 21 of 21 (100.0%)" in printed
    assert "differ from their source at their offsets: 0" in printed


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",kans,", ",knelpunt,", "right polarity: 12 of 21"),
        (",2,2,", ",2,1,", "right theme: 17 of 21"),
        (",121", ",109", "right sub-heading: 19 of 21"),
    ],
)
def test_a_wrong_aspect_is_counted_and_fails(gold, capsys, old, new, message):
    gold.write_text(gold.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert main([str(DATA / "eindsynthese.txt"), str(gold)]) == 1
    assert message in capsys.readouterr().out


def test_a_unit_that_was_not_found_or_not_meant_fails(gold, tmp_path, capsys):
    lines = gold.read_text(encoding="utf-8").splitlines()
    gold.write_text("\n".join(lines[:-2]) + "\n", encoding="utf-8")
    assert main([str(DATA / "eindsynthese.txt"), str(gold)]) == 1
    assert "right in all three: 19 of 21" in capsys.readouterr().out


def test_two_units_cannot_share_a_partner():
    gold = [Unit(1, 2, "statement", "1", "kans", "9"), Unit(4, 5, "quote", "1", "kans", "9")]
    result = score([Unit(1, 5, "statement", "1", "kans", "9")], gold)
    assert (result.all_right, result.exact) == (1, 0)
    assert [line for line, _ in result.wrong] in ([1], [4])
    assert result.wrong[0][1] == ", ".join(ASPECTS)


@pytest.mark.parametrize("absent", ["report", "gold"])
def test_an_absent_file_is_a_clear_message_and_exit_code_2(gold, tmp_path, capsys, absent):
    missing = tmp_path / "weg.txt"
    arguments = [str(missing), str(gold)] if absent == "report" else [str(DATA / "eindsynthese.txt"), str(missing)]
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("weg.txt: ") and captured.out == ""


def test_a_list_without_its_columns_is_exit_code_2(tmp_path, capsys):
    path = tmp_path / "gold.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    assert main([str(DATA / "eindsynthese.txt"), str(path)]) == 2
    assert "lacks the columns line_first" in capsys.readouterr().err


def test_real_report_reaches_the_required_share(capsys):
    if not REAL.exists():
        pytest.skip("the real report is not in ../shared/corpus")
    assert main([str(REAL), str(GOLD)]) == 0
    assert "188 in the list" in capsys.readouterr().out
