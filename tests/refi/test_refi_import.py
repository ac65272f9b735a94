"""Projects of other programs: which text a selection means, whose codes they are, and what is refused."""

import re
import time
import zipfile
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refi_projects import TEXT, code, guid, pack, project, selection, simple, source

from pipeline.core.errors import InputError
from pipeline.corpus.ingest import ingest
from pipeline.corpus.quotes import Finder
from pipeline.readers import qda as qda_project
from pipeline.readers import read_source
from pipeline.readers.qda import read_qda_codebook
from pipeline.readers.qda_codes import understand_codes
from pipeline.refi.offsets import Check, CountedText, Marked, OffsetCounting, choose_counting, place_selections
from pipeline.refi.project import Code

QUOTES = ("elke ochtend", "met te weinig", "De lift is al maanden stuk")


def spans(text):
    return [(text.index(quote), text.index(quote) + len(quote)) for quote in QUOTES]


def read(path):
    return read_source(path, path.name)


def said(reading):
    return [(r["coder"], r["scheme"], r["code"], r["char_start"], r["char_end"]) for r in reading.given_codings]


def notices(readings):
    return " / ".join(notice.message for reading in readings for notice in reading.notices)


def test_codes_users_places_and_schemes_of_a_project(tmp_path):
    (one, two, three) = spans(TEXT)
    path = simple(
        tmp_path / "x.qdpx",
        selection(61, *three, 4, 1, name=QUOTES[2], user=2),
        selection(60, *one, 2, 3, name=QUOTES[0]),
        selection(62, *two, 2, name=QUOTES[1], user=0),
    )
    (reading,) = read(path)
    assert said(reading) == [
        ("An", "subtheme", "buren", *one),
        ("An", "polarity", "kans", *one),
        ("An", "theme", "nabijheid", *one),
        ("onbekend", "subtheme", "buren", *two),
        ("onbekend", "theme", "nabijheid", *two),
        ("Bea", "polarity", "knelpunt", *three),
        ("Bea", "theme", "nabijheid", *three),
    ]
    assert reading.source.name == "x.qdpx/tafel-01.docx"
    assert reading.source.text == TEXT
    assert [row["session"] for row in reading.sessions] == ["tafel-01"]
    book = [(row["scheme"], row["code"], row["parent"]) for row in reading.codebook]
    assert book == [
        ("theme", "nabijheid", None), ("subtheme", "buren", "nabijheid"), ("polarity", "kans", None),
        ("polarity", "knelpunt", None),
    ]  # fmt: skip
    assert "of 3 coded selections 3 stand at their place word for word" in notices([reading])
    assert "codes were read 1 as theme, 1 as subtheme, 2 as polarity" in notices([reading])


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("\n", "\r\n"), "\ufeff" + TEXT, TEXT.replace("Wij", "😀 Wij")])
@pytest.mark.parametrize("named", [True, False], ids=["with the text as name", "without a name"])
@pytest.mark.parametrize("program", ["standard", "one for each line end", "two for each line end", "UTF-16", "last"])
def test_places_are_found_however_a_program_counts(tmp_path, program, text, named):
    plain = text.lstrip("\ufeff").replace("\r\n", "\n")
    shown = text.lstrip("\ufeff")
    if program == "one for each line end":
        shown = plain
    elif program == "two for each line end":
        shown = plain.replace("\n", "\r\n")
    found = []
    for i, quote in enumerate(QUOTES):
        start = shown.index(quote)
        end = start + len(quote) - (program == "last")
        if program == "UTF-16":
            start, end = (len(shown[:at].encode("utf-16-le")) // 2 for at in (start, end))
        found.append(selection(60 + i, start, end, 2, name=quote if named else None))
    (reading,) = read(simple(tmp_path / "x.qdpx", *found, text=text))
    taken = [reading.source.text[row["char_start"] : row["char_end"]] for row in reading.given_codings]
    assert sorted(set(taken)) == sorted(QUOTES)


def test_a_shifted_selection_is_found_again_and_one_that_cannot_be_is_listed(tmp_path):
    (start, end) = spans(TEXT)[2]
    path = simple(
        tmp_path / "x.qdpx",
        selection(60, *spans(TEXT)[0], 2, name=QUOTES[0]),
        selection(61, start - 7, end - 7, 1, name=QUOTES[2]),
        selection(62, *spans(TEXT)[1], 2, name="een titel van de onderzoeker"),
        selection(63, 4000, 4010, 2, name="zin die nergens staat"),
    )
    (reading,) = read(path)
    assert [(r["char_start"], r["char_end"]) for r in reading.given_codings if r["code"] == "nabijheid"][-1] == (
        start,
        end,
    )
    assert {(r["char_start"], r["char_end"]) for r in reading.given_codings} == set(spans(TEXT))
    for sentence in ("1 had shifted", "1 bear a name that is not their text", "1 lie outside their text"):
        assert sentence in notices([reading])
    assert "zin die" not in notices([reading])


def test_a_title_that_happens_to_stand_elsewhere_moves_nothing():
    counted = CountedText("Wij praten over nachtzorg. " + "Dit gaat over iets heel anders, en het duurt lang. " * 3)
    (placed,) = place_selections(counted, [Marked(27, 160, "over nachtzorg")], OffsetCounting())
    assert (placed.start, placed.end, placed.check) == (27, 160, Check.UNLIKE)


NUMBERS = count()
WAYS = st.builds(
    OffsetCounting, other_line_ends=st.booleans(), utf_16=st.booleans(), last=st.booleans(), mark=st.booleans()
)


@settings(max_examples=80, deadline=None)
@given(st.text(st.sampled_from("ab 😀\r\né"), min_size=1, max_size=40), WAYS, st.data())
def test_any_place_counted_in_any_way_comes_back(raw, way, data):
    counted = CountedText(raw)
    text = counted.text
    start = data.draw(st.integers(0, len(text)))
    ends = [match == "\r\n" for match in re.findall("\r\n|\r|\n", raw)]

    def units(upto):
        n, line = 0, 0
        for character in text[:upto]:
            n += 1 + (way.utf_16 and ord(character) > 0xFFFF)
            if character == "\n":
                n += ends[line] != way.other_line_ends
                line += 1
        return n + way.mark

    assert counted.offset(units(start), way) == start


def test_a_project_without_hints_is_read_by_the_standard():
    assert choose_counting([]) == OffsetCounting()
    assert choose_counting([(CountedText("Wij bellen."), Marked(0, 3, "Wij"))]) == OffsetCounting()


def make(name, *below, codable=True):
    return Code(guid=str(next(NUMBERS)), name=name, is_codable=codable, codes=below)


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ([make("Thema", make("zorg", make("nacht")), codable=False)], {("theme", "zorg"), ("subtheme", "nacht")}),
        ([make("Subthema's", make("zorg", make("nacht"), codable=False), codable=False)], {("subtheme", "nacht")}),
        ([make("Codes", make("zorg", make("nacht")), codable=False)], {("theme", "zorg"), ("subtheme", "nacht")}),
        ([make("Hoeden", make("Witte hoed"), make("zwart"), make("paars"))], {("hat", "wit"), ("hat", "zwart")}),
        ([make("Gele hoed"), make("Geel")], {("hat", "geel"), ("theme", "Geel")}),
        ([make("Kansen"), make("Knelpunt"), make("Kans", make("x"))],
         {("polarity", "kans"), ("polarity", "knelpunt"), ("theme", "Kans"), ("subtheme", "x")}),
        ([make("Sentiment", make("Positive"), make("geen code"))], {("sentiment", "positief"), ("sentiment", None)}),
        ([make("zorg::nacht"), make("werk::loon")], {("subtheme", "nacht"), ("subtheme", "loon")}),
        ([make("zorg"), make("zorg::nacht")], {("theme", "zorg"), ("subtheme", "nacht")}),
        ([make("zorg", make("overig")), make("werk", make("Overig"))],
         {("theme", "zorg"), ("theme", "werk"), ("subtheme", "overig"), ("subtheme", "werk: Overig")}),
        ([make("machine-inductive", make("t-01"), codable=False), make("zorg")], {("theme", "zorg")}),
    ],
)  # fmt: skip
def test_the_rule_that_gives_codes_a_scheme(tree, expected):
    found = understand_codes(tree)
    assert {(m.scheme, m.code) for m in found.meanings.values() if m} == expected
    keys = [(row["scheme"], row["code"].casefold()) for row in found.codebook]
    assert len(keys) == len(set(keys))
    themes = {row["code"] for row in found.codebook if row["scheme"] == "theme"}
    assert {m.theme for m in found.meanings.values() if m and m.theme} <= themes


def test_a_qdc_codebook_is_read_by_the_same_rule(tmp_path):
    body = code(1, "zorg", code(2, "nacht", description="wie 's nachts komt"))
    path = tmp_path / "codes.qdc"
    path.write_text(f'<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes>{body}</Codes></CodeBook>', encoding="utf-8")
    rows = read_qda_codebook(path, "codes.qdc")
    assert [(r["scheme"], r["code"], r["parent"], r["definition"]) for r in rows] == [
        ("theme", "zorg", None, None), ("subtheme", "nacht", "zorg", "wie 's nachts komt"),
    ]  # fmt: skip


def test_media_without_text_and_sources_without_a_file_are_listed(tmp_path):
    more = f'<AudioSource guid="{guid(70)}" name="opname.m4a" path="relative:///opname.m4a"/>'
    styled = source(71, "stijl.docx", attributes='richTextPath="internal://a.docx"')
    whole = f'<Coding guid="{guid(73)}"><CodeRef targetGUID="{guid(1)}"/></Coding>'
    body = project(
        codes=code(1, "zorg"),
        sources=source(50, "a.txt", whole, path="internal://T.txt") + source(72, "weg.txt", path="internal://W.txt")
        + styled + more,
        more='<Links><Link guid="1"/></Links>',
    )  # fmt: skip
    readings = read(pack(tmp_path / "x.qdpx", {"project.qde": body, "sources/T.txt": TEXT}))
    assert len(readings) == 1
    heard = notices(readings)
    for sentence in (
        "1 sources were left out (weg.txt): its text is neither in the project",
        "1 sources were left out (stijl.docx): it has a styled text only",
        "1 pictures, recordings or PDFs have no text and were left out: opname.m4a",
        "1 codings of a source as a whole were left",
        "1 links, graphs",
    ):
        assert sentence in heard


def test_texts_beside_the_project_are_read_and_others_are_never_opened(tmp_path):
    inside = tmp_path / "project"
    (inside / "deel").mkdir(parents=True)
    (tmp_path / "geheim.txt").write_text("Dit hoort niemand te lezen, ook wij niet.", encoding="utf-8")
    (inside / "deel" / "a.txt").write_text(TEXT, encoding="utf-8")
    (inside / "b.txt").write_text(TEXT + "Nog een regel van een ander.", encoding="utf-8")
    (inside / "link.txt").symlink_to(tmp_path / "geheim.txt")
    body = project(
        codes=code(1, "zorg"),
        sources=source(50, "a", path="relative:///deel/a.txt")
        + source(51, "b", path="absolute:///C:/Users/An/b.txt")
        + source(52, "c", path="relative:///../geheim.txt")
        + source(53, "d", path=f"absolute://{tmp_path}/geheim.txt")
        + source(54, "e", path="internal://../../geheim.txt")
        + source(55, "f", path="relative:///link.txt")
        + source(56, "g", path="http://example.org/a.txt"),
    )
    readings = read(pack(inside / "x.qdpx", {"project.qde": body}))
    assert [reading.source.name for reading in readings] == ["x.qdpx/a.txt", "x.qdpx/b.txt"]
    assert "5 sources were left out (c, d, e, f, g)" in notices(readings)
    assert "paths lead out of the folder of the project and were not opened" in notices(readings)


def test_the_same_coding_counts_once_and_two_sources_of_one_text_are_one(tmp_path):
    (one, *_) = spans(TEXT)
    body = project(
        codes=code(1, "zorg"),
        sources=source(50, "a.txt", selection(60, *one, 1, name=QUOTES[0]), path="internal://T.txt")
        + source(51, "a.txt", selection(60, *one, 1, name=QUOTES[0]), selection(61, *one, 1), path="internal://U.txt"),
    )
    path = pack(tmp_path / "x.qdpx", {"project.qde": body, "sources/T.txt": TEXT, "sources/U.txt": TEXT})
    readings = read(path)
    assert len(readings) == 1
    assert said(readings[0]) == [("An", "theme", "zorg", *one)]
    first, again = (ingest(read(path)).tables for _ in range(2))
    assert all(first[name].equals(again[name]) for name in first)


BOMB = "<Code guid='1' name='a' isCodable='true'/>"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"project.qde": "<Project"}, "holds XML that cannot be parsed"),
        (
            {"project.qde": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Project>&b;</Project>'},
            "document type",
        ),
        ({"project.qde": '<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><Project name="&c;"/>'}, "document type"),
        ({"project.qde": "<CodeBook/>"}, "is not a REFI-QDA project"),
        ({"a.qde": "<Project/>", "b.qde": "<Project/>"}, "holds more than one project"),
        ({"readme.txt": "niets"}, "holds no project.qde"),
        ({"project.qde": project()}, "holds no text that can be read"),
        ({"project.qde": b"\x00\x01"}, "holds XML that cannot be parsed"),
        (
            {"project.qde": project(sources=source(1, "a", path="internal://a.txt")), "sources/a.txt": b"\x81\x00"},
            "NUL",
        ),
        ({"project.qde": f"<Project><CodeBook><Codes>{BOMB * 60_000}</Codes></CodeBook></Project>"}, "60000 codes"),
        ({"project.qde": f"<Project>{'<a/>' * 3_000_000}</Project>"}, "far more than a document holds"),
        ({"project.qde": "<Project>" + " " * 70_000_000 + "</Project>"}, "unpacks to"),
    ],
)
def test_a_bad_project_is_one_clear_error_within_seconds(tmp_path, parts, message):
    path = pack(tmp_path / "x.qdpx", parts)
    started = time.process_time()
    with pytest.raises(InputError, match=message) as caught:
        read(path)
    assert time.process_time() - started < 10
    assert len(caught.value.problems) == 1
    assert sorted(each.name for each in tmp_path.iterdir()) == ["x.qdpx"]


def test_elements_are_counted_before_a_tree_is_built(tmp_path, monkeypatch):
    monkeypatch.setattr(qda_project, "MAX_ELEMENTS", 10)
    with pytest.raises(InputError, match="more than 10 elements"):
        read(simple(tmp_path / "x.qdpx", selection(60, 0, 3, 1)))


@pytest.mark.parametrize("keep", [0, 1, 21, 200, -40, -4])
def test_a_truncated_project_is_one_clear_error(tmp_path, keep):
    path = simple(tmp_path / "x.qdpx", selection(60, 0, 3, 1))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError):
        read(path)


def test_many_codings_are_read_within_seconds(tmp_path):
    text = "".join(f"Opmerking {i} over de zorg aan huis.\n" for i in range(2_000))
    starts = [i for i, c in enumerate(text) if c == "O"]
    many = [selection(1000 + i, s, s + 30 - i // 2000, 1, 2) for i, s in enumerate(starts * 5)]
    path = simple(tmp_path / "x.qdpx", *many, text=text)
    started = time.process_time()
    (reading,) = read(path)
    assert len(reading.given_codings) == 20_000
    assert time.process_time() - started < 10


@st.composite
def placed_fragments(draw):
    rows, at = [], 0
    for i in range(draw(st.integers(1, 8))):
        start = max(0, at + draw(st.integers(-2, 4)))
        at = start + draw(st.integers(1, 12))
        same = {"utterance_id": f"u{i}", "source_id": "s", "session": "x", "kind": "turn", "text": "t"}
        rows.append({"fragment_id": f"f{i}", "char_start": start, "char_end": at, **same})
    return rows


@settings(max_examples=60, deadline=None)
@given(placed_fragments(), st.integers(0, 60), st.integers(1, 30))
def test_offsets_find_the_fragments_that_looking_at_each_would_find(rows, start, length):
    expected = []
    for row in sorted(rows, key=lambda row: (row["char_start"], row["fragment_id"])):
        shared = min(start + length, row["char_end"]) - max(start, row["char_start"])
        if shared > 0 and 2 * shared >= min(length, row["char_end"] - row["char_start"]):
            expected.append(row["fragment_id"])
    assert list(Finder([], rows).by_offsets("s", start, start + length).fragment_ids) == expected


JUNK = (b"", b"\x00", b"\xff", b'"-5"', b'"99999999999999999999999"', b"<Code ", b"<Coding/>", b"&#0;", b'guid="')
JUNK += (b'"x"', b"../../", b"internal://", b'isCodable="')


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(JUNK)), min_size=1, max_size=5))
def test_a_damaged_project_is_read_or_refused_and_never_a_crash(tmp_path_factory, changes):
    folder = tmp_path_factory.mktemp("fuzz")
    made = [selection(60 + i, *span, 2, 3, name=QUOTES[i]) for i, span in enumerate(spans(TEXT))]
    sound = simple(folder / "x.qdpx", *made)
    with zipfile.ZipFile(sound) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    data = parts["Project.qde"]
    for where, length, junk in changes:
        at = int(where * len(data))
        data = data[:at] + junk + data[at + length :]
    try:
        readings = read(pack(folder / "x.qdpx", parts | {"Project.qde": data}))
    except InputError as error:
        assert "bellen" not in str(error)
    else:
        texts = {reading.source.source_id: reading.source.text for reading in readings}
        rows = [row for reading in readings for row in reading.given_codings]
        assert all(0 <= r["char_start"] < r["char_end"] <= len(texts[r["source_id"]]) for r in rows)
        ingest(readings)
