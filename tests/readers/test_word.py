import pytest
from word_files import NUMBERING, numbered, p, pack_word, r, table

from pipeline.core.errors import InputError
from pipeline.readers import read_source, read_text
from pipeline.readers.documents.word import load


@pytest.fixture
def read(tmp_path):
    return lambda body, **parts: load(pack_word(tmp_path / "tafel.docx", body, **parts), "tafel.docx")


def messages(source):
    return [notice.message for notice in source.notices]


def test_headings_come_from_styles_outlines_and_what_they_are_based_on(read):
    source = read(
        p("Een", "Kop1") + p("Twee", "MijnKop") + p("Drie", "Diep") + p("Vier", "", '<w:outlineLvl w:val="1"/>')
    )
    assert source.text == "# Een\n\n# Twee\n\n### Drie\n\n## Vier\n\n"


def test_headings_carry_their_number_and_items_their_mark(read):
    body = p("Vragen", "Kop2") + p("a", "", numbered(1)) + p("b", "", numbered(1, 1)) + p("c", "Opsom") + p("los")
    assert read(body).text == "## 1. Vragen\n\n- a\n- b\n- c\n\nlos\n"


def test_numbers_of_items_count_on_restart_and_nest(read):
    body = "".join(
        p(text, "", numbered(number, level))
        for text, number, level in [("a", 2, 0), ("b", 2, 1), ("c", 2, 1), ("d", 2, 0), ("e", 2, 1), ("f", 3, 0)]
    )
    report = p("Hoofdstuk 1") + p("Kansen") + body + p("Knelpunten")
    lines = [line for line in read(report).text.split("\n") if line][2:-1]
    assert lines == ["1. a", "1.1 b", "1.2 c", "2. d", "2.1 e", "1. f"]


def test_tracked_changes_are_read_as_accepted(read):
    body = p("D1: wij " + "x") + p(
        r("D2: wij komen ") + f"<w:del>{r('nooit').replace('w:t', 'w:delText')}</w:del><w:ins>{r('altijd')}</w:ins>"
        f"<w:moveFrom>{r('weg')}</w:moveFrom><w:moveTo>{r(' terug')}</w:moveTo>"
    )
    source = read(body)
    assert source.text.endswith("D2: wij komen altijd terug\n")
    assert messages(source) == [
        "1 tracked deletions are left out, as if accepted",
        "1 tracked insertions are read, as if accepted",
    ]


def test_a_deleted_end_of_paragraph_joins_and_a_deleted_row_goes(read):
    joined = p("D1: een ", "", "<w:rPr><w:del/></w:rPr>") + p("zin.")
    rows = table(("D1", "blijft staan"), ("D2", "gaat weg"), ("D3", "blijft ook"))
    rows = rows.replace("<w:tr><w:tc>" + p("D2"), "<w:tr><w:trPr><w:del/></w:trPr><w:tc>" + p("D2"))
    assert read(joined + rows).text == "D1: een zin.\nD1: blijft staan\nD3: blijft ook\n\n"


def test_hidden_text_comments_and_contents_are_left_out_and_counted(read):
    comment = '<w:comment w:id="1"><w:p/></w:comment><w:comment w:id="2"><w:p/></w:comment>'
    body = (
        p("Witte hoed\t3", "Inhopg1")
        + p(r("D1: zichtbaar") + r(" verborgen", "<w:vanish/>") + r(" weg", '<w:rStyle w:val="Weg"/>'))
        + p(r("D2: ook", '<w:vanish w:val="0"/>') + '<w:r><w:commentReference w:id="1"/></w:r>')
    )
    source = read(body, comments=comment)
    assert source.text == "D1: zichtbaar\nD2: ook\n"
    assert messages(source) == [
        "2 comments are left out",
        "2 hidden passages are left out",
        "1 lines of a table of contents are left out",
    ]


def test_notes_stand_at_the_end_as_footnotes(read):
    notes = (
        '<w:footnote w:type="separator" w:id="-1"><w:p/></w:footnote>'
        f'<w:footnote w:id="2">{p("Dat was in 2019.")}</w:footnote>'
        f'<w:footnote w:id="5">{p("Nooit verwezen.")}</w:footnote>'
    )
    body = p(r("D1: sinds het feest") + '<w:r><w:footnoteReference w:id="2"/></w:r>' + r(" is het stil"))
    source = read(body, footnotes=notes)
    assert source.text == "D1: sinds het feest is het stil\n\n____________________\n[1] Dat was in 2019.\n"
    kinds = [(row["kind"], row["text"]) for row in read_text(source).utterances]
    assert kinds[1:] == [
        ("turn", "sinds het feest is het stil"),
        ("layout", "____________________"),
        ("footnote", "[1] Dat was in 2019."),
    ]


def test_codes_of_fields_are_no_text_and_their_results_are(read):
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGEREF x</w:instrText><w:t>code</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>zes</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    assert read(p(r("D1: wij zijn met ") + field + r("."))).text == "D1: wij zijn met zes.\n"
    cut = read(p(r("D1: wij") + '<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + r(" en de rest")))
    assert cut.text == "D1: wij\n"
    assert messages(cut) == ["1 fields have no end: what follows them may be missing"]


def test_signs_breaks_and_boxes(read):
    box = (
        "<w:r><mc:AlternateContent><mc:Choice>{0}</mc:Choice><mc:Fallback>{0}</mc:Fallback></mc:AlternateContent></w:r>"
    ).format(f"<w:drawing><w:txbxContent>{p('D2: in een kader')}</w:txbxContent></w:drawing>")
    signs = (
        "<w:r><w:t>D1: OCMW</w:t><w:noBreakHyphen/><w:t>huis</w:t><w:br/><w:t>\u00a0ge</w:t><w:softHyphen/>"
        "<w:t>zien</w:t><w:sym w:char='F0B7'/></w:r>"
    )
    assert read(p(signs + box)).text == "D1: OCMW-huis\nge\u00adzien•\nD2: in een kader\n"


def test_pages_are_places_where_the_file_knows_them(read):
    turned = "<w:r><w:lastRenderedPageBreak/><w:t>D2: op de tweede</w:t></w:r>"
    source = read(p("D1: op de eerste") + p(turned) + p("D3: ook daar"))
    assert [(place.label, source.text[place.start :][:2]) for place in source.places] == [
        ("p. 1", "D1"),
        ("p. 2", "D2"),
    ]
    plain = read(p("D1: een") + p() + p("D2: twee"))
    assert [place.label for place in plain.places] == ["¶ 1", "¶ 3"]


def test_a_word_document_by_another_name_of_its_main_part(tmp_path):
    import zipfile

    path = pack_word(tmp_path / "a.docx", p("D1: dag iedereen"))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    relation = b'<R xmlns="r"><R Type="x/officeDocument" Target="/word/hoofd.xml"/></R>'
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("document", "hoofd"), data)
        archive.writestr("_rels/.rels", relation)
    assert load(path, "a.docx").text == "D1: dag iedereen\n"


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"ppt/presentation.xml": "<a/>"}, "no Word document"),
        ({"word/document.xml": "<a/>"}, "no Word document"),
        ({"word/document.xml": "<a"}, "cannot be parsed"),
        ({"word/document.xml": '<!DOCTYPE a [<!ENTITY b "geheim">]><a>&b;</a>'}, "document type"),
        ({"word/document.xml": '<w:document xmlns:w="w"><w:body/></w:document>'}, "holds no text"),
    ],
)
def test_what_is_no_word_document_is_one_error(tmp_path, parts, what):
    import zipfile

    with zipfile.ZipFile(tmp_path / "x.docx", "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(InputError, match=what) as caught:
        read_source(tmp_path / "x.docx", "x.docx")
    assert "geheim" not in str(caught.value)


def test_odd_numbers_do_no_harm(read):
    odd = NUMBERING.replace('w:start w:val="1"', 'w:start w:val="99999999999999999999"').replace(
        '"%1."', '"%1%1%1%1%1"'
    )
    body = p("D1: a", "", '<w:numPr><w:ilvl w:val="-7"/><w:numId w:val="2"/></w:numPr>') + p(
        "b", "", numbered("x", "y")
    )
    assert read(body, numbering=odd).text.startswith("- D1: a")


def coloured(*remarks):
    return "".join(p(r(f"{who}: ") + r(said, colour)) for who, said, colour in remarks)


YELLOW, RED, GREEN = (f'<w:highlight w:val="{name}"/>' for name in ("yellow", "red", "green"))
REMARKS = (("An", "de bakker is dichtbij", YELLOW), ("Bo", "ik ben er bang", RED), ("An", "de stoep ligt los", ""))


def used_hats(source):
    return [row["hat_given"] for row in read_text(source).utterances if row["kind"] == "turn"]


def test_colours_are_hats_where_a_line_says_so(read):
    legend = p("geel gemarkeerd = gele hoed / rood gemarkeerd = rode hoed / niet gemarkeerd = zwarte hoed")
    assert used_hats(read(legend + coloured(*REMARKS))) == ["geel", "rood", "zwart"]
    letters = p("De kleur van de letters is de hoed: rood = rode hoed, groen/lime = groene hoed, blauw = blauwe hoed.")
    said = [("An", "a b c", '<w:color w:val="FF0000"/>'), ("Bo", "d e f", '<w:color w:val="00B050"/>')]
    blue = ("Bo", "g h i", '<w:color w:val="0070C0"/>')
    assert used_hats(read(letters + coloured(*said, blue))) == ["rood", "groen", None]


def test_colours_without_a_line_that_says_so_are_only_layout(read):
    hats = p("witte hoed") + coloured(*REMARKS)
    assert used_hats(read(hats)) == ["wit", "wit", "wit"]
    assert used_hats(read(p("geel gemarkeerd = nog na te kijken") + coloured(*REMARKS))) == [None] * 3
