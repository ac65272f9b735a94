"""Notes and sheets in the forms that people make them in, each with what is right; all invented.

A case in ``tests/data/forms`` is a title, what stands in the file, and below ``---`` a line a remark: who spoke, the
hat, the text, and where a file holds several sessions the number of its own.
"""

from pathlib import Path

import pytest
from written_notes import used

from pipeline.readers import read_source
from pipeline.readers.notes.labels import fold

FORMS = Path(__file__).parents[1] / "data" / "forms"


def read_cases(name: str) -> list[object]:
    cases = []
    for block in (FORMS / name).read_text(encoding="utf-8").split("=== ")[1:]:
        title, body = block.split("\n", 1)
        written, expected = body.split("\n---\n")
        cases.append(
            pytest.param(written + "\n", [line.split("|") for line in expected.strip().splitlines()], id=title)
        )
    return cases


def check(path: Path, written: str, expected: list[list[str]]) -> None:
    path.write_text(written, encoding="utf-8")
    readings = read_source(path, path.name)
    found = [
        (fold(who or "").removeprefix("de "), hat or "", said) for each in readings for who, hat, said in used(each)
    ]
    assert sorted(found) == sorted((fold(who), hat, said) for who, hat, said, *_ in expected)
    said = {row["session"] for each in readings for row in each.utterances if row["kind"] not in ("heading", "layout")}
    assert len(said) == len({row[3] for row in expected if len(row) > 3} or {""})


@pytest.mark.parametrize(("written", "expected"), read_cases("notes.txt"))
def test_notes(written: str, expected: list[list[str]], tmp_path: Path) -> None:
    check(tmp_path / "nota.txt", written, expected)


@pytest.mark.parametrize(("written", "expected"), read_cases("sheets.txt"))
def test_sheets(written: str, expected: list[list[str]], tmp_path: Path) -> None:
    check(tmp_path / "nota.csv", written, expected)
