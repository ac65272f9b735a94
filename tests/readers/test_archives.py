import io
import stat
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import InputError
from pipeline.readers import archives
from pipeline.readers.archives import open_archive, parse_xml, read_bytes


def pack(path, parts, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def sound(tmp_path):
    return pack(tmp_path / "goed.docx", {"word/document.xml": b"<a/>", "map/": b"", "media/foto.png": b"x" * 90})


def test_reads_parts_without_folders(sound):
    with open_archive(sound, "goed.docx") as archive:
        assert archive.names() == ("word/document.xml", "media/foto.png")
        assert archive.read("word/document.xml") == b"<a/>"
        assert archive.refused == 0
        assert archive.sha256 == __import__("hashlib").sha256(sound.read_bytes()).hexdigest()


def test_names_that_lead_out_and_links_are_left_out(tmp_path):
    link = zipfile.ZipInfo("koppeling")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = pack(
        tmp_path / "uit.qdpx", {"project.qde": b"<a/>", "../../etc/x": b"", "/abs": b"", "C:\\y": b"", "a\nb": b""}
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    with open_archive(path, "uit.qdpx") as archive:
        assert archive.names() == ("project.qde",)
        assert archive.refused == 5
    assert sorted(found.name for found in tmp_path.rglob("*")) == ["uit.qdpx"]


def test_a_bomb_ends_at_the_limit_that_is_really_unpacked(tmp_path):
    path = pack(tmp_path / "bom.docx", {"word/document.xml": bytes(20_000_000)})
    with open_archive(path, "bom.docx") as archive, pytest.raises(InputError, match="far more than a document"):
        archive.read("word/document.xml")
    with open_archive(path, "bom.docx") as archive, pytest.raises(InputError, match="more than 1 MB"):
        archive.read("word/document.xml", 1_000_000)


def test_a_size_that_is_declared_too_small_does_not_help(tmp_path):
    path = pack(tmp_path / "leugen.docx", {"a.xml": bytes(3_000_000)})
    data = path.read_bytes().replace((3_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(data)
    with open_archive(path, "leugen.docx") as archive, pytest.raises(InputError, match="damaged"):
        archive.read("a.xml", 1_000_000)


def test_all_parts_together_have_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_TOTAL", 150)
    path = pack(tmp_path / "veel.docx", {"a": b"a" * 100, "b": b"b" * 100})
    with open_archive(path, "veel.docx") as archive:
        archive.read("a")
        with pytest.raises(InputError, match="unpacks to more than"):
            archive.read("b")


def test_a_list_of_parts_has_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_DIRECTORY", 5_000)
    path = pack(tmp_path / "lijst.docx", {f"deel{i}": b"" for i in range(200)})
    with pytest.raises(InputError, match="more parts than a document has"):
        open_archive(path, "lijst.docx")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b"%PDF-1.4", "is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "locked with a password"),
        (b"PK\x03\x04zomaar wat", "damaged or truncated"),
        (b"PK\x05\x06" + b"\xff" * 18, "more parts than a document has"),
        (b"gewone tekst", "no file of the kind"),
        (b"\xef\xbb\xbf<!DOCTYPE html><html><body>dag</body></html>", "a web page"),
    ],
)
def test_what_is_no_archive_says_what_it_is(tmp_path, data, what):
    (tmp_path / "x.docx").write_bytes(data)
    with pytest.raises(InputError, match=what):
        open_archive(tmp_path / "x.docx", "x.docx")


def test_every_truncation_is_one_error(sound):
    whole = sound.read_bytes()
    for length in range(0, len(whole) - 1, 7):
        sound.write_bytes(whole[:length])
        with pytest.raises(InputError):
            open_archive(sound, "goed.docx")


def test_locked_and_oddly_packed_parts_are_refused(tmp_path):
    path = pack(tmp_path / "slot.docx", {"a.xml": b"<a/>"})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    with open_archive(path, "slot.docx") as archive, pytest.raises(InputError, match="password"):
        archive.read("a.xml")
    odd = pack(tmp_path / "odd.docx", {"a.xml": b"<a/>"}, zipfile.ZIP_LZMA)
    with open_archive(odd, "odd.docx") as archive, pytest.raises(InputError, match="way that is not read"):
        archive.read("a.xml")


def test_a_missing_part_is_named(sound):
    with open_archive(sound, "goed.docx") as archive, pytest.raises(InputError, match="has no part content.xml"):
        archive.read("content.xml")


def test_files_have_a_limit_and_must_exist(tmp_path):
    (tmp_path / "lang.html").write_bytes(b"x" * 2_000_001)
    with pytest.raises(InputError, match="larger than 2 MB"):
        read_bytes(tmp_path / "lang.html", "lang.html", 2_000_000)
    with pytest.raises(InputError, match="no such file"):
        read_bytes(tmp_path / "weg.html", "weg.html")
    with pytest.raises(InputError, match="cannot be read"):
        open_archive(tmp_path, "map.docx")


LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "lolol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">'
    b'<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">]><x y="&e;">&e;</x>'
)


@pytest.mark.parametrize(
    "data",
    [
        LAUGHS,
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>',
        b"<x><y></x>",
        b"",
        b"\x00\x01",
        b"<?xml version='1.0' encoding='kletskoek'?><x/>",
        b"<x>" * 5000 + b"</x>" * 5000,
        LAUGHS.decode().encode("utf-16"),
    ],
)
def test_hostile_xml_is_one_error_without_its_text(data):
    with pytest.raises(InputError) as caught:
        parse_xml(data, "a.docx, word/document.xml")
    assert "lolol" not in str(caught.value)
    assert caught.value.__cause__ is None


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_archives_give_bytes_or_one_error(tmp_path_factory, data):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", zlib.compress(b"<a>" + b"tekst " * 50 + b"</a>"))
        archive.writestr("x", b"y")
    damaged = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("mutatie") / "a.docx"
    path.write_bytes(bytes(damaged))
    try:
        with open_archive(path, "a.docx") as archive:
            for name in archive.names():
                assert isinstance(archive.read(name), bytes)
    except InputError as error:
        assert len(error.problems) == 1
