"""The draft synthesis: every line was said, carries its fragments, and is spread over sessions; the same every time."""

import io
import re
import zipfile

import pytest
from pages import read
from small_report import DESCRIBED, make_config, make_tables

from pipeline.core.errors import InputError
from pipeline.core.tables import table_from_rows
from pipeline.exports.docx import export_draft, export_draft_page, introduce
from pipeline.report.draft import divide_statements, write_draft
from pipeline.report.inputs import ReportInputs
from pipeline.report.words import Words

N = 36
SUBTHEMES = ("sleutel", "bel")


def make_study():
    """Thirty-six remarks of four tables on one theme in two sub-themes, as kans and as knelpunt in turn."""
    tables = make_tables()
    row = tables["fragments"].iloc[0].to_dict()
    fragments, codings, vectors = [], [], []
    for i in range(N):
        name, subtheme = f"f-{i:02d}", SUBTHEMES[i % 2]
        text = f"Bij huis nummer {i} gaat het over de {subtheme} van de buur."
        fragments.append(row | {"fragment_id": name, "session": f"tafel-{i % 4}", "speaker": f"D{i % 5}", "text": text,
                                "line": i + 1})  # fmt: skip
        polarity = "kans" if i < N // 2 else "knelpunt"
        codings += [
            {
                "coder": "A",
                "fragment_id": name,
                "scheme": scheme,
                "code": code,
                "rank": 1,
                "char_start": 0,
                "char_end": 5,
            }
            for scheme, code in (("theme", "deur"), ("subtheme", subtheme), ("polarity", polarity))
        ]
        vectors.append({"fragment_id": name, "vector": [1.0, i / N, float(i % 2)]})
    book = [*tables["codebook"].to_dict("records")]
    book += [{"scheme": "subtheme", "code": code, "position": 20 + i, "label": f"De {code}", "parent": "deur",
              "examples": [], "example_fragment_ids": []} for i, code in enumerate(SUBTHEMES)]  # fmt: skip
    return tables | {
        "fragments": table_from_rows(fragments, "fragments"),
        "human_codings": table_from_rows(codings, "human_codings"),
        "codings": table_from_rows(codings, "codings"),
        "seen": table_from_rows(
            [{"coder": "A", "fragment_id": f["fragment_id"], "scheme": "theme"} for f in fragments]
            + [{"coder": "A", "fragment_id": f["fragment_id"], "scheme": "polarity"} for f in fragments], "seen",
        ),
        "codebook": table_from_rows(book, "codebook"),
        "embeddings": table_from_rows(vectors, "embeddings"),
    }  # fmt: skip


@pytest.fixture(scope="module")
def study():
    return ReportInputs(make_study(), DESCRIBED, make_config(), Words("nl"))


def test_themes_have_kansen_and_knelpunten_under_the_sub_themes(study):
    (theme,) = write_draft(study).themes
    assert (theme.name, theme.n_fragments, theme.n_sessions, theme.n_unknown) == ("Deur", N, 4, 0)
    assert [(part.polarity, part.n_fragments) for part in theme.parts] == [("kans", 18), ("knelpunt", 18)]
    for part in theme.parts:
        assert {heading.name for heading in part.headings} == {"De sleutel", "De bel"}
        for heading in part.headings:
            subtheme = heading.name.removeprefix("De ")
            assert all(subtheme in statement.quoted.text for statement in heading.statements)
            assert sum(len(statement.support) for statement in heading.statements) == heading.n_fragments == 9


def test_every_line_was_said_and_no_line_stands_twice(study):
    shown = [
        said
        for statement in write_draft(study).statements()
        for said in (statement.quoted, *statement.quotes, statement.against, statement.answer)
        if said is not None
    ]
    # These remarks differ in a number only, and what repeats stays out of the draft.
    assert len(shown) >= 8
    assert all(said.text == study.text(said.fragment_id) for said in shown)
    assert len({said.text for said in shown}) == len(shown)


def test_quotes_beside_a_statement_are_of_other_sessions(study):
    for statement in write_draft(study).statements():
        sessions = [study.row(said.fragment_id)["session"] for said in (statement.quoted, *statement.quotes)]
        assert len(set(sessions)) == len(sessions)


def test_it_does_not_depend_on_the_order_of_vectors_and_codings(study):
    tables = make_study()
    for name in ("embeddings", "human_codings", "codings"):
        tables[name] = tables[name].iloc[::-1].reset_index(drop=True)
    turned = ReportInputs(tables, DESCRIBED, make_config(), Words("nl"))
    assert write_draft(turned) == write_draft(study)
    assert export_draft(turned) == export_draft(study)


def test_each_line_of_the_document_carries_its_fragments_in_a_comment(study):
    draft = write_draft(study)
    with zipfile.ZipFile(io.BytesIO(export_draft(study))) as archive:
        comments, body = (archive.read(f"word/{name}.xml").decode() for name in ("comments", "document"))
    for statement in draft.statements():
        assert all(fragment in comments for fragment in (*statement.support, *statement.fragment_ids))
    lines = sum(1 + len(statement.quotes) for statement in draft.statements())
    assert body.count("commentReference") >= lines
    assert set(re.findall(r'w:date="([^"]+)"', comments)) == {"2000-01-01T00:00:00Z"}
    assert body.count("Eigen formulering") == sum(1 for _ in draft.statements())


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_can_be_written_in_and_leads_to_every_source(language):
    inputs = ReportInputs(make_study(), DESCRIBED, make_config(language), Words(language))
    page = export_draft_page(inputs).decode()
    read(page)
    statements = list(write_draft(inputs).statements())
    assert page.count('contenteditable="true"') == len(statements)
    for statement in statements:
        assert all(f"explorer.html#open={fragment}" in page for fragment in statement.fragment_ids)


def test_a_coder_who_gave_no_themes_is_an_error_that_names_those_who_did(study):
    with pytest.raises(InputError, match="'Z' gave no themes") as caught:
        write_draft(study, "Z")
    assert "A" in str(caught.value)


def test_a_draft_has_the_length_that_is_asked_and_names_what_it_leaves_out(study):
    assert [sum(1 for _ in write_draft(study, length=n).statements()) for n in (1, 3, 9)] == [2, 3, 4]
    parts = [part for theme in write_draft(study, length=2).themes for part in theme.parts]
    assert [(len(part.headings), part.unshown) for part in parts] == [(1, (("De sleutel", 9),))] * 2
    page = read(export_draft_page(study, length=2).decode()).words
    assert "Hier niet uitgewerkt: De sleutel (9 fragmenten)." in page


def test_statements_go_to_every_sub_heading_before_any_gets_a_second():
    assert divide_statements([[12, 11, 2], [1]], 5) == [[2, 1, 1], [1]]
    assert divide_statements([[9, 5], [40]], 100) == [[1, 1], [3]]
    assert divide_statements([[], [3]], 1) == [[], [1]]
    # By itself a draft is half as long as it could be, and whole where it is short.
    assert sum(map(sum, divide_statements([[30] * 20]))) == 30
    assert sum(map(sum, divide_statements([[30] * 5]))) == 15


def test_a_draft_of_a_report_speaks_of_the_document_and_names_lines():
    study = make_study()
    notes = ReportInputs(study, DESCRIBED, make_config(), Words("nl"))
    assert "Elke zin is door een deelnemer gezegd" in introduce(write_draft(notes, "A"), notes)[0]
    study["fragments"]["kind"] = "statement"
    study["sources"] = study["sources"].iloc[:1]
    for name in ("human_codings", "codings", "seen"):
        study[name]["coder"] = "synthese"
    report = ReportInputs(study, DESCRIBED, make_config(), Words("nl"))
    draft = write_draft(report, "synthese")
    assert introduce(draft, report)[:2] != introduce(write_draft(notes, "A"), notes)[:2]
    assert "komt woordelijk uit het document" in introduce(draft, report)[0]
    assert introduce(draft, report)[1].startswith("De thema’s, kansen en knelpunten zijn die van het document zelf")
    page = read(export_draft_page(report, "synthese").decode()).words
    assert re.search(r"D\d, regel \d+", page) and "gesprek" not in page and "fragmenten." in page
