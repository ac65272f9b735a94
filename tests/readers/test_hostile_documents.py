"""Documents that mean harm, or were harmed: each gives a reading or one clear error, in little time and memory."""

import io
import random
import time
import zipfile
from pathlib import Path

import pytest
import same_session
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from word_files import p, pack_word, table

from pipeline.core.errors import InputError
from pipeline.readers import read_source
from pipeline.readers.sources import Reading

SUFFIXES = (".docx", ".docm", ".odt", ".rtf", ".html", ".htm", ".pdf")
SECONDS, MEGABYTES = 10.0, 1000
WORDS = ("asbak", "belastingaangifte", "mantelzorger", "geheim")


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The same session in every format, as bytes."""
    folder = tmp_path_factory.mktemp("heel")
    made = {suffix: same_session.write(folder, suffix).read_bytes() for suffix in same_session.FORMATS}
    return made | {".htm": made[".html"], ".docm": made[".docx"]}


def attempt(path: Path) -> str:
    """Read a file; gives ``read`` or the message of its one error, and asserts what holds of both."""
    began = time.process_time()
    try:
        readings = read_source(path, path.name)
    except InputError as error:
        message = str(error)
        assert len(error.problems) == 1
        assert error.__cause__ is None
        assert not any(word in message for word in WORDS), "an error quotes a participant"
        assert path.name in message
    else:
        assert all(isinstance(reading, Reading) for reading in readings)
        message = "read"
    assert time.process_time() - began < SECONDS
    return message


def test_every_suffix_with_the_content_of_every_other(sound, tmp_path):
    kinds = set()
    for suffix in SUFFIXES:
        for other, data in sound.items():
            path = tmp_path / f"leugen{suffix}"
            path.write_bytes(data)
            message = attempt(path)
            is_same = {suffix, other} <= {".docx", ".docm"} or {suffix, other} <= {".html", ".htm"} or suffix == other
            is_page = suffix in (".html", ".htm") and other in (".txt", ".md")
            assert is_page or (message == "read") == is_same, (suffix, other, message)
            kinds.add(message.partition(":")[2])
    assert any("is a PDF" in kind for kind in kinds)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\x00" * 5000,
        b"\xff" * 5000,
        b" \r\n",
        "\ufeff".encode("utf-16"),
        b"PK\x03\x04",
        b"PK\x05\x06" + b"\0" * 18,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        b"%PDF-1.4\n%%EOF",
        b"{\\rtf1}",
        b"<",
        b"<html>",
        b"<!DOCTYPE",
        b"\x1f\x8b\x08",
    ],
    ids=lambda data: repr(data[:8]),
)
def test_files_of_nothing(tmp_path, suffix, data):
    path = tmp_path / f"niets{suffix}"
    path.write_bytes(data)
    assert attempt(path) != "read" or data == b"<"


@pytest.mark.parametrize("suffix", [".docx", ".odt", ".rtf", ".html"])
def test_every_truncation(sound, tmp_path, suffix):
    data = sound[suffix]
    path = tmp_path / f"kort{suffix}"
    messages = set()
    for length in range(1, len(data), max(1, len(data) // 40)):
        path.write_bytes(data[:length])
        messages.add(attempt(path) == "read")
    assert messages == ({False} if suffix != ".html" else {True, False})


def test_truncations_and_damage_of_a_pdf(sound, tmp_path):
    data = sound[".pdf"]
    generator = random.Random(7)
    for number in range(12):
        harmed = bytearray(data[: generator.randrange(20, len(data))] if number % 2 else data)
        for _ in range(number * 3):
            harmed[generator.randrange(len(harmed))] = generator.randrange(256)
        path = tmp_path / f"kapot{number}.pdf"
        path.write_bytes(bytes(harmed))
        attempt(path)


def mutated(data, draw):
    """Harm bytes in one of the ways of disks, mail programs and mischief."""
    harmed = bytearray(data)
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(harmed) - 1))
        way = draw(st.sampled_from(["flip", "cut", "insert", "repeat"]))
        if way == "flip":
            harmed[at] = draw(st.integers(0, 255))
        elif way == "cut":
            del harmed[at : at + draw(st.integers(1, 400))]
        elif way == "insert":
            harmed[at:at] = draw(st.binary(min_size=1, max_size=40))
        else:
            harmed[at:at] = harmed[at : at + draw(st.integers(1, 400))]
        harmed = harmed or bytearray(b"x")
    return bytes(harmed)


slowly = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@slowly
@given(data=st.data(), suffix=st.sampled_from([".rtf", ".html"]))
def test_mutated_text_formats(sound, tmp_path, data, suffix):
    path = tmp_path / f"mutatie{suffix}"
    path.write_bytes(mutated(sound[suffix], data.draw))
    attempt(path)


@slowly
@given(data=st.data(), suffix=st.sampled_from([".docx", ".odt"]))
def test_mutated_parts_of_archives(sound, tmp_path, data, suffix):
    """Harm a part inside the archive and pack it again, so that the harm reaches the reader."""
    with zipfile.ZipFile(io.BytesIO(sound[suffix])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    names = [
        name for name in parts if name.endswith(("document.xml", "styles.xml", "numbering.xml", "content.xml", ".rels"))
    ]
    chosen = data.draw(st.sampled_from(names))
    parts[chosen] = mutated(parts[chosen], data.draw)
    path = tmp_path / f"mutatie{suffix}"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    attempt(path)


pieces = st.sampled_from(
    [
        "{",
        "}",
        "\\par ",
        "\\b",
        "\\u8364 ?",
        "\\u-99999 ?",
        "\\'e9",
        "\\'zz",
        "\\cell ",
        "\\row ",
        "\\intbl ",
        "\\bin9 ",
        "\\*",
        "\\footnote ",
        "\\listtext ",
        "\\stylesheet ",
        "\\s1 ",
        "\\fonttbl ",
        "\\f1 ",
        "\\fcharset128 ",
        "\\ansicpg65001 ",
        "\\shptxt ",
        "\\annotation ",
        "\\deleted ",
        "D1: ja",
        "\n",
        "\\",
        "\\trowd\\cellx9 ",
        "é",
        "\\uc0 ",
        "\\ansicpg99999 ",
        "\\mac ",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(pieces, max_size=60).map("".join))
def test_rich_text_of_any_marks(tmp_path, body):
    path = tmp_path / "marks.rtf"
    path.write_bytes(b"{\\rtf1\\ansi D1: dag " + body.encode("latin-1") + b"}")
    attempt(path)


tags = st.sampled_from(
    [
        "<table>",
        "<tr>",
        "<td rowspan=9999999>",
        "<td colspan=9999999>",
        "</table>",
        "<ul>",
        "<li>",
        "</ul>",
        "<ol start=-9>",
        "<p>",
        "<h1>",
        "<b>",
        "</b>",
        "<script>",
        "<!--",
        "-->",
        "&#0;",
        "&#xD800;",
        "&nbsp",
        "<br>",
        "<a href=#_ftn1>",
        "<li id=fn1>",
        "D1: ja ",
        "\x0b",
        "<svg><p>",
        "<math>",
        "<template>",
        "<p hidden>",
        "<svg/onload=x>",
        "<?php ?>",
        "<![CDATA[",
        "<frameset>",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(tags, max_size=60).map("".join))
def test_pages_of_any_tags(tmp_path, body):
    path = tmp_path / "tags.html"
    path.write_text("<p>D1: dag " + body, encoding="utf-8")
    attempt(path)


BOMBS = {
    "deep.docx": lambda path: pack_word(path, "<w:sdt>" * 5000 + p("D1: ja") + "</w:sdt>" * 5000),
    "nested-tables.docx": lambda path: pack_word(path, nest(60)),
    "wide-span.docx": lambda path: pack_word(
        path, table(("D1", "ja")).replace("<w:tc>", '<w:tc><w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr>')
    ),
    "style-loop.docx": lambda path: pack_word(
        path,
        p("D1: ja", "A"),
        styles='<w:style w:styleId="A"><w:basedOn w:val="B"/></w:style>'
        '<w:style w:styleId="B"><w:basedOn w:val="A"/></w:style>',
    ),
    "style-chain.docx": lambda path: pack_word(
        path,
        p("D1: ja", "S0"),
        styles="".join(f'<w:style w:styleId="S{n}"><w:basedOn w:val="S{n + 1}"/></w:style>' for n in range(3000)),
    ),
    "many-paragraphs.docx": lambda path: pack_word(path, "<w:p/>" * 150_000 + p("D1: ja")),
    "too-many-tags.docx": lambda path: pack_word(path, "<w:p/>" * 1_000_000),
    "bomb.docx": lambda path: pack_word(path, p("D1: ja " + "a" * 60_000_000)),
    "long-line.docx": lambda path: pack_word(path, p("D1: " + "woord " * 100_000)),
    "too-long-line.docx": lambda path: pack_word(path, p("D1: " + "woord " * 200_000)),
    "too-much-text.docx": lambda path: pack_word(path, p("D1: " + "woord " * 100_000) * 9),
    "macros.docm": lambda path: pack_word(path, p("D1: ja"), vbaProject="<x/>"),
    "entities.docx": lambda path: pack_word(path, "]]>&b;<w:p/>"),
    "note-loop.docx": lambda path: pack_word(
        path,
        p('<w:r><w:footnoteReference w:id="1"/></w:r>'),
        footnotes='<w:footnote w:id="1"><w:p><w:r><w:t>D1: ja</w:t>'
        '<w:footnoteReference w:id="1"/></w:r></w:p></w:footnote>',
    ),
    "boxes.docx": lambda path: pack_word(path, box(40)),
    "repeated.odt": lambda path: same_session.pack_opendocument(
        path,
        "<table:table><table:table-row><table:table-cell table:number-columns-repeated='99999999'>"
        "<text:p>D1</text:p></table:table-cell></table:table-row></table:table>",
    ),
    "spaces.odt": lambda path: same_session.pack_opendocument(
        path, '<text:p>D1: ja<text:s text:c="999999999"/></text:p>' * 100
    ),
    "lists.odt": lambda path: same_session.pack_opendocument(
        path, "<text:list><text:list-item>" * 80 + "<text:p>D1: ja</text:p>" + "</text:list-item></text:list>" * 80
    ),
    "groups.rtf": lambda path: path.write_bytes(b"{\\rtf1 D1: ja" + b"{" * 1_000_000 + b"}" * 1_000_001),
    "controls.rtf": lambda path: path.write_bytes(b"{\\rtf1 D1: ja" + b"\\b" * 1_000_000 + b"}"),
    "picture.rtf": lambda path: path.write_bytes(b"{\\rtf1 D1: ja{\\pict " + b"00ff\n" * 1_500_000 + b"}}"),
    "line.html": lambda path: path.write_text("<p>D1: " + "woord " * 3_000_000),
    "too-many-tags.html": lambda path: path.write_text("<p>x" * 1_000_000),
    "tags.html": lambda path: path.write_text("<p>D1: ja" + "<b>" * 300_000),
    "cells.html": lambda path: path.write_text(
        "<table><tr><td>D1<td>ja" + "<tr><td rowspan=65000 colspan=1000>x" * 2000
    ),
}


def nest(depth):
    return table(("D1", nest(depth - 1))) + p() if depth else p("diep")


def box(depth):
    inner = box(depth - 1) if depth else ""
    return f"<w:p><w:r><w:t>D1: ja</w:t><w:pict><w:txbxContent>{inner}<w:p/></w:txbxContent></w:pict></w:r></w:p>"


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_end_in_time(tmp_path, name):
    path = tmp_path / name
    BOMBS[name](path)
    message = attempt(path)
    assert message == "read" or "\n" not in message
    if name.startswith("too-"):
        assert "more" in message


def test_a_long_word_document_stays_within_memory(tmp_path):
    import resource

    path = pack_word(
        tmp_path / "groot.docx", p("D1: een zin van een gewone lengte, zoals er in verslagen veel staan") * 3_000
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert attempt(path) == "read"
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000 < MEGABYTES


def test_nothing_is_unpacked_beside_the_file(tmp_path):
    path = pack_word(tmp_path / "buiten.docx", p("D1: ja"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../uit.txt", "x")
        archive.writestr("/tmp/dialoogtafel-uit.txt", "x")
    assert attempt(path) == "read"
    assert [found.name for found in tmp_path.iterdir()] == ["buiten.docx"]
    assert not Path("/tmp/dialoogtafel-uit.txt").exists()
