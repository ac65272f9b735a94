import pytest
from same_session import FORMATS, LINES, as_fragments, shown, write

from pipeline.readers import read_source


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zelfde")
    return {suffix: write(folder, suffix) for suffix in FORMATS}


@pytest.fixture(scope="module")
def expected(files):
    return [row for row in shown(as_fragments(files[".txt"])) if row[2] != "heading"]


def test_the_session_holds_what_it_should(expected):
    used = [row for row in expected if row[-1] == "used"]
    assert len(used) == 16
    assert {row[5] for row in used} == {"wit", "zwart", "geel", "groen", "rood"}
    assert {row[3] for row in used} == {"D1", "D2", "D3", "D4", None}
    assert [row[2] for row in expected].count("note") == 3


@pytest.mark.parametrize("suffix", [suffix for suffix in FORMATS if suffix != ".txt"])
def test_every_format_gives_the_same_fragments(files, expected, suffix):
    found = [row for row in shown(as_fragments(files[suffix])) if row[2] != "heading"]
    assert found == expected


@pytest.mark.parametrize("suffix", [".docx", ".odt", ".rtf", ".html", ".pdf"])
def test_every_fragment_has_a_place(files, suffix):
    (reading,) = read_source(files[suffix], files[suffix].name)
    labels = [reading.source.place_at(row["char_start"]) for row in reading.utterances]
    assert reading.source.container == suffix[1:]
    if suffix == ".pdf":
        assert sorted(set(labels)) == ["p. 1", "p. 2", "p. 3"]
        assert labels == sorted(labels)
    else:
        assert labels[-1] == f"¶ {len(LINES)}"
        assert len(set(labels)) == len(LINES)


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_session(files, suffix):
    (reading,) = read_source(files[suffix], files[suffix].name)
    (session,) = reading.sessions
    assert (session["date"], session["place"]) == ("2024-05-14", "refter van de oude kantschool, Moerschaar")
    assert {(row["speaker"], row["role"], row["organisation"]) for row in reading.speakers} >= {
        ("D1", "deelnemer", "Warm Portaal"),
        ("D3", "deelnemer", "vzw De Lantaarn"),
        ("Gespreksleider", "gespreksleider", None),
    }


def test_heads_and_feet_are_left_out_and_counted(files):
    (reading,) = read_source(files[".pdf"], "tafel-21.pdf")
    assert "vertrouwelijk" not in reading.source.text
    assert [n.message for n in reading.source.notices] == ["6 running heads, feet and page numbers are left out"]
    (reading,) = read_source(files[".docx"], "tafel-21.docx")
    assert "vertrouwelijk" not in reading.source.text
