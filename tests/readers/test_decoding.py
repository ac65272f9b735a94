import base64
import quopri

import pytest

from pipeline.core.errors import InputError
from pipeline.readers.sources import decode, decode_file, decoding_notices

TEXT = "Eén café,\nde coöperatie — “zo is het”.\n"


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1252", "windows-1252")],
)
def test_decodes_each_encoding_to_the_same_text(codec, encoding):
    source = decode(TEXT.encode(codec), "nota.txt")
    assert (source.text, source.encoding) == (TEXT, encoding)


def test_decodes_utf_16_of_either_byte_order():
    big = b"\xfe\xff" + TEXT.encode("utf-16-be")
    assert decode(big, "nota.txt").text == TEXT


def test_latin_1_is_read_as_its_superset():
    source = decode("één stoel\n".encode("latin-1"), "nota.txt")
    assert (source.text, source.encoding) == ("één stoel\n", "windows-1252")


def test_line_endings_become_line_feeds_and_nothing_else_changes():
    source = decode("a\r\nb\rc\nd\u00a0e\u2028f\x0cg\u00adh".encode(), "nota.txt")
    assert source.text == "a\nb\nc\nd\u00a0e\u2028f\x0cg\u00adh"


def test_hash_is_of_the_bytes_not_of_the_text():
    assert decode(b"a\r\n", "x").sha256 != decode(b"a\n", "x").sha256
    assert decode(b"a\n", "x").sha256 == "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7"


def test_only_the_fallback_is_noticed():
    assert decoding_notices(decode(TEXT.encode(), "nota.txt")) == ()
    (notice,) = decoding_notices(decode(TEXT.encode("cp1252"), "nota.txt"))
    assert (notice.where, "windows-1252" in notice.message) == ("nota.txt", True)


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b" \r\n\t\n", "\ufeff".encode("utf-16-le")])
def test_empty_is_refused(data):
    with pytest.raises(InputError, match=r"^tafel\.txt: is empty\."):
        decode(data, "tafel.txt")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"%PDF-1.7\n...", "a PDF"),
        (b"PK\x03\x04rest", "Office document"),
        (b"\xd0\xcf\x11\xe0\xa1", "old Office"),
        (b"{\\rtf1\\ansi Dag}", "rich text"),
        (b"\x89PNG\r\n", "a picture"),
        (b"gewoon\x00niet", "NUL bytes"),
        ("zonder merk".encode("utf-16-le"), "NUL bytes"),
        (b"\xff\xfeA\x00\x00\x00", "NUL characters"),
    ],
)
def test_binary_is_refused_and_named(data, what):
    with pytest.raises(InputError, match=what) as error:
        decode(data, "tafel.txt")
    assert error.value.problems[0].fix


def test_undecodable_says_what_was_tried_and_where():
    with pytest.raises(InputError) as error:
        decode(b"regel een\nregel twee \x81\x8d\n", "tafel.txt")
    message = str(error.value)
    assert message.startswith("tafel.txt, line 2: cannot be decoded")
    assert "utf-8" in message and "utf-16" in message and "windows-1252" in message
    assert "regel" not in message


def test_damaged_utf_8_is_not_garbled_into_windows_1252():
    with pytest.raises(InputError, match=r"tafel\.txt, line 2: holds damaged bytes \(tried: utf-8"):
        decode("één coöperatie\nzó ".encode() + b"\xeb n", "tafel.txt")


@pytest.mark.parametrize(("mark", "name"), [(b"\xff\xfe", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")])
def test_a_mark_that_lies_is_refused(mark, name):
    with pytest.raises(InputError, match=f"tried: {name}"):
        decode(mark + b"\x41\xd8\xff", "tafel.txt")


def test_reads_a_file(tmp_path):
    path = tmp_path / "tafel.txt"
    path.write_bytes(b"Dag\r\n")
    assert decode_file(path, "map/tafel.txt").name == "map/tafel.txt"
    assert decode_file(path, "map/tafel.txt").text == "Dag\n"


@pytest.mark.parametrize("name", ["weg.txt", "."])
def test_unreadable_file_is_an_input_error(tmp_path, name):
    with pytest.raises(InputError, match=r"^map/weg\.txt: cannot be read"):
        decode_file(tmp_path / name, "map/weg.txt")


def test_a_mail_of_which_the_accents_are_written_in_ascii():
    head = "From: Greet\nSubject: nota\nContent-Type: text/plain; charset={}\nContent-Transfer-Encoding: {}\n\n"
    body = "Eén café: de coöperatie."
    told = {
        "quoted-printable": quopri.encodestring(body.encode()).decode(),
        "base64": base64.encodebytes(body.encode()).decode(),
    }
    for form, written in told.items():
        source = decode((head.format("utf-8", form) + written).encode(), "nota.eml")
        assert source.text.rstrip().endswith(f"\n\n{body}")
        assert source.text.startswith("From: Greet\nSubject: nota\n")
    # Notes that speak of such a mail are none, and a mail in another encoding than it says stays as it is.
    notes = "An: het is =C3=A9=C3=A9n stoel\n\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n"
    assert decode(notes.encode(), "nota.txt").text == notes
    wrong = head.format("utf-8", "quoted-printable") + "An: =E9=E9n stoel\n"
    assert decode(wrong.encode(), "nota.eml").text == wrong
