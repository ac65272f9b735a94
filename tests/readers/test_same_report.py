import pytest
import same_report

from pipeline.readers import read_source

WRITERS = {".docx": same_report.write_word, ".pdf": same_report.write_portable}


@pytest.fixture(scope="module", params=WRITERS)
def reading(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("verslag") / f"eindsynthese{request.param}"
    (reading,) = read_source(WRITERS[request.param](path), path.name)
    return reading


def test_the_report_carries_the_same_coding(reading):
    assert reading.format == "synthesis"
    assert same_report.codings(reading) == same_report.codings(same_report.read_plain())
    assert len(reading.given_codings) == 77


def test_the_report_carries_the_same_codebook(reading):
    plain = same_report.read_plain()
    assert [(row["code"], row["label"]) for row in reading.codebook] == [
        (row["code"], row["label"]) for row in plain.codebook
    ]


def test_quotes_and_statements_are_told_apart_as_in_plain_text(reading):
    def kinds(rows):
        return [row["kind"] for row in rows if row["kind"] in ("quote", "statement")]

    assert kinds(reading.utterances) == kinds(same_report.read_plain().utterances)


def test_notes_and_heads_of_pages_are_no_text(reading):
    if reading.source.container == "pdf":
        notes = [row for row in reading.utterances if row["kind"] == "footnote"]
        assert [reading.source.place_at(row["char_start"]) for row in notes] == ["p. 1"]
        said = "Lappendeken is een vzw zonder personeel, en zij bundelt herstelpunten in de hele streek."
        assert notes[0]["text"] == f"[1] {said}"
        assert "eindsynthese" not in reading.source.text
        assert "bestaan zeven jaar" in reading.source.text
        (notice,) = [n.message for n in reading.source.notices if "heads" in n.message]
        pages = len({place.label for place in reading.source.places})
        assert notice == f"{2 * pages} running heads, feet and page numbers are left out"
