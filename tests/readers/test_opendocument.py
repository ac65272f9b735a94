import zipfile

import pytest
from same_session import pack_opendocument

from pipeline.core.errors import InputError
from pipeline.readers.documents.odt import load

STYLES = """<office:automatic-styles>
<style:style style:name="P1" style:parent-style-name="Heading_20_2"/>
<style:style style:name="T1"><style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="T2"><style:text-properties text:display="none"/></style:style>
<text:list-style style:name="L1">
<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
<text:list-level-style-bullet text:level="2" text:bullet-char="•"/></text:list-style>
</office:automatic-styles>"""


@pytest.fixture
def read(tmp_path):
    return lambda body: load(pack_opendocument(tmp_path / "tafel.odt", body, STYLES), "tafel.odt")


def test_headings_by_element_and_by_style(read):
    body = '<text:h text:outline-level="1">Een</text:h><text:p text:style-name="P1">Twee</text:p>'
    source = read(f'{body}<text:p text:style-name="Title">Drie</text:p><text:p>vier</text:p>')
    assert source.text == "## Een\n\n### Twee\n\n# Drie\n\nvier\n"


def test_lists_nest_count_and_go_on(read):
    inner = "<text:list><text:list-item><text:p>b</text:p></text:list-item></text:list>"
    body = (
        '<text:p>Hoofdstuk 1</text:p><text:p>Kansen</text:p><text:list text:style-name="L1">'
        f"<text:list-item><text:p>a</text:p>{inner}</text:list-item><text:list-item><text:p>c</text:p></text:list-item>"
        '</text:list><text:p>Knelpunten</text:p><text:list text:style-name="L1" text:continue-numbering="true">'
        "<text:list-item><text:p>d</text:p></text:list-item></text:list>"
    )
    lines = [line for line in read(body).text.split("\n") if line]
    assert lines == ["Hoofdstuk 1", "Kansen", "1. a", "• b", "2. c", "Knelpunten", "3. d"]


def test_changes_comments_hidden_text_and_contents(read):
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>weg</text:p></text:deletion>"
        "</text:changed-region><text:changed-region><text:insertion/></text:changed-region></text:tracked-changes>"
        "<text:table-of-content><text:index-body><text:p>Witte hoed 3</text:p></text:index-body>"
        "</text:table-of-content>"
        '<text:p>D1: wij<text:s text:c="2"/>komen<text:tab/>samen<text:line-break/>en<text:change/> '
        '<text:span text:style-name="T2">verborgen</text:span>terug'
        "<office:annotation><dc:creator>Z</dc:creator><text:p>oei</text:p></office:annotation></text:p>"
    )
    source = read(body)
    assert source.text == "D1: wij  komen\tsamen\nen terug\n"
    assert [notice.message for notice in source.notices] == [
        "1 comments are left out",
        "1 hidden passages are left out",
        "1 lines of a table of contents are left out",
        "1 tracked deletions are left out, as if accepted",
        "1 tracked insertions are read, as if accepted",
    ]


def test_notes_boxes_bold_and_tables(read):
    body = "<text:note-body><text:p>In 2019.</text:p></text:note-body>"
    note = f"<text:note><text:note-citation>1</text:note-citation>{body}</text:note>"
    box = "<draw:frame><draw:text-box><text:p>D3: in een kader</text:p></draw:text-box></draw:frame>"
    table = (
        "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Wie</text:p></table:table-cell>"
        "<table:table-cell><text:p>Wat</text:p></table:table-cell></table:table-row></table:table-header-rows>"
        "<table:table-row><table:table-cell><text:p>D1</text:p></table:table-cell><table:table-cell "
        'table:number-columns-repeated="2"><text:p>ja zeker</text:p></table:table-cell></table:table-row></table:table>'
    )
    bold = '<text:p><text:span text:style-name="T1">De straat</text:span></text:p>'
    source = read(f"<text:p>D2: sinds toen{note} niet{box}</text:p>{bold}{table}")
    head, _, foot = source.text.partition("____________________\n")
    assert head == "D2: sinds toen niet\nD3: in een kader\n\n**De straat**\n\nD1: ja zeker\n\n"
    assert foot == "[1] In 2019.\n"


def test_pages_are_places_where_the_file_knows_them(read):
    source = read("<text:p>D1: een</text:p><text:p>D2: t<text:soft-page-break/>wee</text:p><text:p>D3: drie</text:p>")
    assert [(place.start, place.label) for place in source.places] == [(0, "p. 1"), (17, "p. 2")]


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"word/document.xml": "<a/>"}, "no OpenDocument text"),
        ({"content.xml": "<a/>"}, "no OpenDocument text"),
        ({"content.xml": "<a"}, "cannot be parsed"),
        ({"content.xml": "\x01\x02", "META-INF/manifest.xml": "<m><encryption-data/></m>"}, "password"),
        ({"content.xml": '<!DOCTYPE a [<!ENTITY b "geheim">]><a>&b;</a>'}, "document type"),
    ],
)
def test_what_is_no_opendocument_text_is_one_error(tmp_path, parts, what):
    with zipfile.ZipFile(tmp_path / "x.odt", "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(InputError, match=what):
        load(tmp_path / "x.odt", "x.odt")


def test_cells_that_repeat_a_million_times_are_bounded(read):
    cell = '<table:table-cell table:number-columns-repeated="1000000"><text:p>x</text:p></table:table-cell>'
    assert read(f"<table:table><table:table-row>{cell}</table:table-row></table:table>").text.count("x") <= 64
