import pytest

from pipeline.core.errors import InputError
from pipeline.readers.documents.rtf import load

HEAD = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset238 B;}{\f2\fcharset128 C;}}"
SHEET = r"{\stylesheet{\s0 Normal;}{\s1 heading 1;}{\s2\outlinelevel1 Thema;}{\s3 toc 1;}{\*\cs9 x;}}"


@pytest.fixture
def read(tmp_path):
    def read(body, head=HEAD + SHEET):
        (tmp_path / "tafel.rtf").write_bytes((head + body + "}").encode("latin-1"))
        return load(tmp_path / "tafel.rtf", "tafel.rtf")

    return read


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r"\'e9\'e9n caf\'e9", "één café"),
        (r"\u233?\u233?n \u8364\'80 5", "één € 5"),
        (r"\uc2\u233\'e9\'e9\uc0\u8220 zo\u8221 ", "é“zo”"),
        (r"\u-10179?\u-8704?", "\U0001f600"),
        (r"{\f1\'e8\'b9}", "čą"),
        (r"{\f2\'82\'a0}", "あ"),
        (r"OCMW\_huis\~hier a\-b \{x\} c:\\d", "OCMW-huis\u00a0hier a\u00adb {x} c:\\d"),
        (r"\lquote s avonds\rquote \emdash \ldblquote ja\rdblquote", "‘s avonds’—“ja”"),
        ("een\r\n woord", "een woord"),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt hier}}", "hier"),
        (r"{\pict\pngblip 89504e47}{\*\onbekend weg}{\info{\title weg}}goed", "goed"),
        ("a\\bin3 {}}b", "ab"),
        (r"\'e9", "é"),
    ],
)
def test_characters(read, written, text):
    assert read(rf"\pard {written}\par").text == text + "\n"


def test_code_page_of_the_document(read):
    assert read(r"\pard \'e8\par", r"{\rtf1\ansi\ansicpg1250").text == "č\n"
    assert read(r"\pard \'8e\par", r"{\rtf1\mac").text == "é\n"


def test_headings_items_contents_and_bold(read):
    source = read(
        r"\pard\s3 Witte hoed 3\par\pard\s1 Witte hoed\par\pard\s2 Straat\par\pard\outlinelevel2 Diep\par"
        r"\pard {\listtext\tab\bullet\tab}\ls1 een\par{\pntext 2.\tab}twee\par"
        r"\pard{\b Vet}\par\pard\plain\b half\b0  vet\par"
    )
    assert source.text == "# Witte hoed\n\n## Straat\n\n### Diep\n\n- een\n- twee\n\n**Vet**\n\nhalf vet\n"
    assert [notice.message for notice in source.notices] == ["1 lines of a table of contents are left out"]


def test_changes_hidden_text_comments_and_notes(read):
    source = read(
        r"\pard D1: wij {\deleted nooit }{\revised altijd}{\v weg} samen{\footnote\pard\chftn  In 2019.\par Lang.}"
        r"{\*\atnid K}{\*\annotation oei} terug\par"
    )
    head, _, foot = source.text.partition("____________________\n")
    assert (head, foot) == ("D1: wij altijd samen terug\n\n", "[1] In 2019. Lang.\n")
    assert [notice.message for notice in source.notices] == [
        "1 comments are left out",
        "1 hidden passages are left out",
        "1 tracked deletions are left out, as if accepted",
        "1 tracked insertions are read, as if accepted",
    ]


def test_tables(read):
    source = read(
        r"\trowd\cellx100\cellx200\pard\intbl Wie\cell Wat\cell\row"
        r"\trowd\cellx100\cellx200\pard\intbl D1\cell een\par twee\cell\row"
        r"\trowd\cellx100\cellx200\pard\intbl D2\cell drie\cell\row\pard na\par"
    )
    assert source.text == "D1: een\ntwee\nD2: drie\n\nna\n"


def test_text_boxes_are_read_once(read):
    assert read(r"\pard D1: een\par{\shp{\*\shpinst{\sp x}{\shptxt\pard D2: twee\par}}}\pard D3: drie\par").text == (
        "D1: een\nD2: twee\nD3: drie\n"
    )


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b"D1: gewone tekst", "no rich text"),
        (b"%PDF-1.7", "is a PDF"),
        (b"{\\rtf1 D1: half", "is cut off"),
        (b"{\\rtf1 }", "holds no text"),
        (b"{\\rtf1 " + b"{" * 5000, "nested deeper"),
    ],
)
def test_what_is_no_rich_text_is_one_error(tmp_path, data, what):
    (tmp_path / "x.rtf").write_bytes(data)
    with pytest.raises(InputError, match=what):
        load(tmp_path / "x.rtf", "x.rtf")


def test_a_file_of_nothing_but_marks_ends(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.readers.documents.rtf.MAX_TOKENS", 1000)
    (tmp_path / "x.rtf").write_bytes(b"{\\rtf1 " + b"\\b" * 2000 + b"}")
    with pytest.raises(InputError, match="more marks than a document has"):
        load(tmp_path / "x.rtf", "x.rtf")
