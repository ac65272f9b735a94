import pytest

from pipeline.core.errors import InputError
from pipeline.readers.documents.html import load


@pytest.fixture
def read(tmp_path):
    def read(page):
        (tmp_path / "tafel.html").write_bytes(page if isinstance(page, bytes) else page.encode())
        return load(tmp_path / "tafel.html", "tafel.html")

    return read


def test_headings_paragraphs_lists_and_breaks(read):
    page = (
        "<h1>Tafel 3</h1>los <b>vet</b> woord<p>D1:&nbsp;een<br>twee &amp; drie</p><ol start=4>"
        "<li>vier<ul><li>diep</ul><li><p>vijf</p></ol><p><b>De straat</b></p><pre>D2: a\n  b</pre>"
    )
    assert read(page).text == (
        "# Tafel 3\n\nlos vet woord\nD1:\u00a0een\ntwee & drie\n\n- vier\n- diep\n- vijf\n\n**De straat**\n\nD2: a\nb\n"
    )


def test_what_is_no_text_is_left_out_and_counted(read):
    page = (
        "<head><title>x</title><style>y</style></head><nav>menu</nav><script>z</script><p hidden>weg</p>"
        '<div style="display: none"><p>weg</p></div><p>D1: wij <del>nooit</del><ins>altijd</ins> samen<!-- c --></p>'
    )
    source = read(page)
    assert source.text == "D1: wij altijd samen\n"
    assert [notice.message for notice in source.notices] == [
        "2 hidden passages are left out",
        "1 tracked deletions are left out, as if accepted",
        "1 tracked insertions are read, as if accepted",
    ]


def test_tables_with_merged_cells(read):
    page = (
        "<table><thead><tr><th>Wie<th>Hoed<th>Wat</thead><tr><td rowspan=2>D1<td>wit<td>feit<tr><td>zwart<td>gevaar"
        "<tr><td>D2<td>wit<td>cijfer</table>"
    )
    assert read(page).text == "D1 (wit): feit\nD1 (zwart): gevaar\nD2 (wit): cijfer\n\n"


def test_notes_of_word_processors(read):
    page = (
        '<p>D1: sinds<a href="#_ftn1">[1]</a> toen</p><div id="ftn1"><p><a href="#_ftnref1">[1]</a> In 2019.</p></div>'
        '<p>D2: ja<a class="footnote-ref" href="#fn2">2</a></p>'
        '<ol><li id="fn2"><p>Ook toen.<a href="#fnref2">↩︎</a></p></li></ol>'
    )
    head, _, foot = read(page).text.partition("____________________\n")
    assert (head, foot) == ("D1: sinds toen\nD2: ja\n\n", "[1] In 2019.\n[2] Ook toen.\n")


@pytest.mark.parametrize(
    ("page", "encoding"),
    [
        ("<meta charset=utf-8><p>één".encode(), "utf-8"),
        ('<meta http-equiv=x content="text/html; charset=iso-8859-1"><p>één'.encode("latin-1"), "cp1252"),
        ("<?xml version='1.0' encoding='windows-1252'?><p>één</p>".encode("cp1252"), "cp1252"),
        ("<p>één</p>".encode("cp1252"), "windows-1252"),
        ("<meta charset=kletskoek><p>één".encode(), "utf-8"),
        ("<meta charset=utf-8><p>één".encode("cp1252"), "windows-1252"),
        ("<p>één</p>".encode("utf-16"), "utf-16"),
    ],
)
def test_encodings(read, page, encoding):
    source = read(page)
    assert (source.text, source.encoding) == ("één\n", encoding)


@pytest.mark.parametrize(
    ("page", "what"),
    [
        (b"", "is empty"),
        (b"<p></p>", "holds no text"),
        (b"%PDF-1.7", "is a PDF"),
        (b"PK\x03\x04", "ZIP archive"),
        (b"<div>" * 3000 + b"x", "nested deeper|holds no text"),
        (b"\x00\x01\x02<p>a", "NUL bytes"),
    ],
)
def test_what_is_no_page_is_one_error(read, page, what):
    with pytest.raises(InputError, match=what):
        read(page)


def test_a_part_that_folds_has_a_heading_and_a_marked_name_begins_its_item(read):
    page = (
        "<details open><summary>🔴 Rood</summary><ul><li><mark>Odile</mark> bang voor de tram</ul></details>"
        "<p>een <mark>mooi</mark> plein</p>"
    )
    assert read(page).text.startswith("###### 🔴 Rood\n")
    assert "een mooi plein" in read(page).text
