"""Tables that are drawn with pipes in a text."""

from pathlib import Path

import pytest

from pipeline.readers import read_source
from pipeline.readers.documents.document import Table
from pipeline.readers.documents.rendering import find_tables

TABLE = """# Verslag

| Hoed | Wie | Wat |
|:-----|:---:|-----|
| white | D1 | de bus rijdt niet meer |
| white | D2 | wij komen elke week samen<br>- in de zaal |
| black | D1 | te duur \\| te ver |

Bedankt allemaal.
"""


def said(path: Path) -> list[tuple]:
    (reading,) = read_source(path, path.name)
    return [(r["hat_given"], r["speaker"], r["text"]) for r in reading.utterances if r["kind"] in ("turn", "statement")]


@pytest.mark.parametrize("name", ["tafel.md", "tafel.txt"])
def test_hats_speakers_and_texts_of_a_drawn_table(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(TABLE, encoding="utf-8")
    found = said(path)
    assert found[0] == ("wit", "D1", "de bus rijdt niet meer")
    assert found[1][:2] == ("wit", "D2")
    assert ("zwart", "D1", "te duur | te ver") in found
    (reading,) = read_source(path, name)
    (row,) = (row for row in reading.utterances if row["text"] == "de bus rijdt niet meer")
    assert reading.source.place_at(row["char_start"]) == "line 5"


def test_a_pipe_in_a_remark_is_no_table() -> None:
    assert not any(isinstance(b, Table) for b in find_tables(["D1: ja | nee | misschien", "D2: neen | wel"]))


def test_a_text_without_tables_is_read_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "tafel.txt"
    path.write_text("Witte hoed\nD1: de bus | de trein | de tram\n", encoding="utf-8")
    (reading,) = read_source(path, path.name)
    assert reading.source.text == "Witte hoed\nD1: de bus | de trein | de tram\n"
    assert reading.source.places == ()
