"""The page as a whole: self-contained, escaped, complete in both languages, the same every time, and never broken."""

import re

import pytest
from pages import read
from small_report import DESCRIBED, SHARP, make_config, make_empty_tables, make_tables

from pipeline.core.tables import table_from_rows
from pipeline.report import build
from pipeline.report.inputs import ReportInputs
from pipeline.report.page import ANNEX_SECTIONS, render_annex
from pipeline.report.words import Words


@pytest.fixture(scope="module", params=["nl", "en"])
def page(request):
    return build(make_tables(), DESCRIBED, make_config(request.param))["annex.html"].decode()


@pytest.fixture(scope="module")
def dutch():
    return read(build(make_tables(), DESCRIBED, make_config())["annex.html"].decode()).words


def test_the_page_needs_nothing_from_elsewhere(page):
    assert re.findall(r"https?://|//[a-z]|@import|url\((?!#)", page) == []
    assert not re.search(r"<(link|img|iframe|object)\b|\bsrc=", page)


def test_tags_nest_ids_are_unique_and_links_lead_somewhere(page):
    outline = read(page)
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.links) <= set(outline.ids)
    assert set(ANNEX_SECTIONS) <= set(outline.ids)


def test_every_figure_and_table_says_what_it_shows(page):
    outline = read(page)
    for tag, given in outline.tags:
        if tag == "svg":
            assert given.get("aria-hidden") == "true" or given.get("aria-label")
    assert page.count("<table") == page.count("<caption")
    assert [tag for tag, _ in outline.tags].count("h1") == 1


def test_words_of_participants_are_shown_as_they_are_and_never_run(page):
    assert SHARP in read(page).words
    assert "<b>deur</b>" not in page
    assert "&lt;b&gt;deur&lt;/b&gt; &amp; &#34;het&#34; slot" in page


def test_names_are_escaped_wherever_they_come_from():
    tables = make_tables()
    for name, column in (("sources", "name"), ("topics", "label"), ("notices", "message"), ("agreement", "reason")):
        tables[name][column] = "<i>scheef</i>"
    described = DESCRIBED | {"study": "<i>scheef</i>", "models": {"tokens": "<i>scheef</i>"}}
    page = build(tables, described, make_config())["annex.html"].decode()
    assert "<i>scheef</i>" not in page
    assert page.count("&lt;i&gt;scheef") > 20


def test_two_builds_give_the_same_bytes_and_leave_the_tables_alone():
    tables = make_tables()
    first = build(tables, DESCRIBED, make_config())
    before = {name: table.copy(deep=True) for name, table in tables.items()}
    assert build(tables, DESCRIBED, make_config()) == first
    assert all(tables[name].equals(before[name]) for name in tables)


def test_the_place_of_the_study_is_not_in_the_report():
    near = build(make_tables(), DESCRIBED, make_config(sources="sources"))
    assert build(make_tables(), DESCRIBED, make_config(sources="../../elders/bronnen")) == near


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("tables", [{}, make_empty_tables()], ids=["absent", "without rows"])
def test_a_study_without_anything_gets_a_page_that_says_so(tables, language):
    made = build(tables, {}, make_config(language))
    outline = read(made["annex.html"].decode())
    assert not {given["class"] for tag, given in outline.tags if tag == "svg" and "class" in given} - {"symbols"}
    sentence = {"nl": "Er zijn geen thema’s", "en": "There are no themes"}[language]
    assert sentence in outline.words
    assert "nan" not in outline.words.lower().split()
    assert "None" not in outline.words


# Without fragments the other tables have nothing to speak of: that is the empty study above.
@pytest.mark.parametrize("name", sorted(set(make_tables()) - {"fragments"}))
def test_any_one_table_may_be_empty(name):
    tables = make_tables()
    inputs = ReportInputs(tables | {name: make_empty_tables()[name]}, DESCRIBED, make_config(), Words("nl"))
    assert "Deuren in de straat" in read(render_annex(inputs).decode()).words


def test_no_manual_coding_is_said_at_the_head_and_in_the_sections():
    gone = ("human_codings", "seen", "coding_matches", "agreement", "crosstabs", "codings")
    tables = make_tables() | {name: make_empty_tables()[name] for name in gone}
    words = read(build(tables, DESCRIBED, make_config())["annex.html"].decode()).words
    assert words.count("Er is geen handmatige codering") >= 4


def test_the_head_counts_and_says_what_the_tables_hold(dutch):
    assert "De grootste zijn “deur, sleutel” (67 %) en “soep, week” (17 %); samen dragen ze 83 % van 6" in dutch
    assert (
        "Op thema komen A en machine (zonder codeboek) tot Cohens kappa 0,02 (95 %-interval −0,10 tot 0,20); "
        "toeval zou 0,00 geven. Mensen onderling (A en B): 0,60 (95 %-interval 0,40 tot 0,80)." in dutch
    )


def test_the_head_warns_of_what_a_reader_must_know(dutch):
    assert "verzonnen" in dutch
    assert "op lettergroepen en woorden (TF-IDF), niet op betekenis" in dutch
    assert "op polariteit bij 17 % en op sentiment bij 33 % van de fragmenten" in dutch
    assert "1 van de 3 rijen handmatige codering is niet teruggevonden" in dutch
    assert "Er is één document" not in dutch


def test_a_real_study_of_one_document_is_told_so():
    tables = make_tables()
    tables["sources"] = tables["sources"].head(1)
    described = DESCRIBED | {"models": {"embeddings": "bundled"}}
    words = read(build(tables, described, make_config(invented=False))["annex.html"].decode()).words
    assert "Dit verslag is niet gepseudonimiseerd: het bevat woorden van deelnemers" in words
    assert "Er is één document" in words
    assert "(TF-IDF)" not in words


def test_what_is_not_known_is_called_unknown():
    tables = make_tables()
    agreement = tables["agreement"]
    tables["agreement"] = agreement.loc[agreement["comparison"] != "A | B"].reset_index(drop=True)
    words = read(build(tables, DESCRIBED, make_config())["annex.html"].decode()).words
    assert "Hoe ver mensen het onderling eens zijn, is onbekend." in words
    assert "hoe hoog een machine kán komen is onbekend" in words


def test_a_theme_of_one_session_and_one_voice_is_flagged(dutch):
    assert "4 van de 4 fragmenten komen uit één gesprek (tafel-1)." in dutch
    assert "3 van de 4 fragmenten komen van één spreker (D1, tafel-1)." in dutch


def test_a_long_list_of_notices_is_cut_and_says_so():
    rows = [{"position": 0, "stage": "manual", "i": i, "where": "a.csv", "message": f"melding {i}"} for i in range(230)]
    tables = make_tables() | {"notices": table_from_rows(rows, "notices")}
    words = read(build(tables, DESCRIBED, make_config())["annex.html"].decode()).words
    assert "230 meldingen van de stappen" in words
    assert "melding 199" in words and "melding 200" not in words
    assert "en nog 30" in words


def test_the_method_names_models_versions_seeds_and_limits(dutch):
    for said in ("simplemma (spaCy 3.8.1)", "BERTopic 0.17.4", "seed 2012", "Python 3.11.7", "van tfidf-svd",
                 "De overige 2 bleven buiten de analyse: gespreksleider of verslaggever (1) en te kort (1).",
                 "Codeur A bekeek 5 fragmenten op thema en polariteit.", "Codeur B bekeek 5 fragmenten op thema.",
                 "Van 3 regels codering zijn er 2 aan een fragment gekoppeld."):  # fmt: skip
        assert said in dutch
