"""The four pages: what a reader means by a count, quotes spread over sessions, figures with abstention as wrong."""

import importlib.util
import re
import subprocess
import sys
from collections import Counter

import pandas as pd
import pytest
from browser import PHONE, find_chromium, open_browser
from pages import read
from small_report import DESCRIBED, make_config, make_empty_tables, make_tables
from small_study import make_tiny_study

from pipeline.core.tables import table_from_rows
from pipeline.report.certainty import certainty_groups, describe_certainty, describe_topics, figures_of, list_figures
from pipeline.report.inputs import ReportInputs
from pipeline.report.page import describe_whose, render_annex, render_page
from pipeline.report.sections.agreement import describe_agreement
from pipeline.report.sections.coded_themes import Spread, choose_coder, list_themes, stands_alone
from pipeline.report.sections.head import list_facts, list_findings, list_warnings
from pipeline.report.sections.method import write_method
from pipeline.report.sheets import list_sheets
from pipeline.report.words import Words


def show(tables, language="nl", **study):
    return render_page(ReportInputs(tables, DESCRIBED, make_config(language, **study), Words(language))).decode()


def test_counts_are_those_a_reader_means(inputs):
    facts = {fact.name: fact.number for fact in list_facts(inputs, len(list_themes(inputs)))}
    # Three people are named at each table; at the first two spoke, at the second one and one note without a name.
    assert facts == {
        "tafels": "2", "sprekers, per gesprek geteld": "4", "fragmenten gebruikt": "6", "thema’s": "2",
        "mensen codeerden": "2",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_is_whole_in_both_languages_and_without_anything(language):
    for tables in (make_tables(), make_empty_tables(), {}):
        page = show(tables, language)
        outline = read(page)
        assert len(outline.ids) == len(set(outline.ids))
        assert set(outline.links) <= set(outline.ids)
        assert not re.search(r"https?://|<(link|img|iframe)\b|\bsrc=", page)
        assert not re.search(r"\{\w+\}|None|nan\b", outline.words)


def test_the_question_stands_on_the_page_when_it_was_given():
    assert "Wie mag binnen, en wie niet?" in show(make_tables(), question="Wie mag binnen, en wie niet?")


def test_a_session_bears_the_title_that_its_notes_state_and_no_other_states():
    tables = make_tables()
    for titles, there in ((["tafel in de zon", None], "D1, Tafel in de zon"), (["Verslag", "Verslag"], "D1, tafel-1")):
        tables["sessions"]["title"] = titles
        assert there in show(tables)
        said = list_sheets(ReportInputs(tables, DESCRIBED, make_config(), Words("nl")))
        assert said[0].rows[0][1] == "tafel-1"


def test_what_shows_a_theme_best_and_is_quoted_under_another_is_named_there():
    tables = make_tables()
    said = "Ook hier op zijn plaats, geciteerd onder “Buurt”:"
    assert f'{said} <a lang="nl" href="explorer.html#open=f-3">De sleutel ligt bij de buur.</a>' in show(tables)
    codings = tables["human_codings"]
    tables["human_codings"] = codings.loc[(codings["fragment_id"] != "f-3") | (codings["code"] != "buurt")]
    assert "Ook hier op zijn plaats" not in show(tables)


def test_the_method_says_why_remarks_were_set_aside_and_of_what():
    words = read(show(make_tables())).words
    assert "zijn met een reden opzijgezet (" in words and "De notities zijn gelezen als fragmenten" in words


def test_every_quote_and_theme_leads_to_the_explorer():
    page = show(make_tables())
    assert 'href="explorer.html#A.theme=deur"' in page
    # Four quotes, and one that is named again under a second theme.
    assert len(re.findall(r'href="explorer.html#open=f-\d"', page)) == 5


def test_no_quote_stands_twice_on_the_page():
    quotes = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", show(make_tables()), re.S)
    assert len(quotes) == len(set(quotes)) == 4


def spread_study(n_sessions=6, n_speakers=3):
    """A study in which one session speaks most and first."""
    tables = make_tables()
    row = tables["fragments"].iloc[0].to_dict()
    rows = []
    for i in range(60):
        session = 0 if i < 30 else i % n_sessions
        text = f"Dit is zin nummer {i} over de deur."
        rows.append(row | {"fragment_id": f"f-{i:03d}", "session": f"tafel-{session}", "speaker": f"D{i % n_speakers}",
                           "text": text, "line": i + 1})  # fmt: skip
    tables["fragments"] = table_from_rows(rows, "fragments")
    return ReportInputs(tables, DESCRIBED, make_config(), Words("nl"))


def test_quotes_are_spread_over_sessions_then_speakers():
    inputs = spread_study()
    ranked = sorted(inputs.used["fragment_id"], key=lambda f: (int(f[2:]) % 7, f))
    chosen = Spread(inputs).choose(ranked, 12, near_best=60)
    assert Counter(inputs.row(f)["session"] for f in chosen) == Counter({f"tafel-{i}": 2 for i in range(6)})
    first = Spread(inputs).choose(ranked, 3, near_best=1)
    assert first == ranked[:3]


def test_a_quote_that_stands_alone_is_a_whole_sentence():
    assert stands_alone("“Ik wacht elke dinsdag op haar bezoek.”")
    assert not stands_alone("wacht elke dinsdag op haar bezoek.")
    assert not stands_alone("Student i.p.v. dokter op de trap = niet goed")


def figures(*rows):
    whole = [
        {"comparison": comparison, "scheme": "theme", "code": "", "statistic": "cohen_kappa", "unit": "session",
         "estimate": estimate, "low": estimate - 0.1, "high": estimate + 0.1, "chance": 0.0, "p": 0.01, "n": n,
         "excluded": excluded, "position": i}
        for i, (comparison, estimate, n, excluded) in enumerate(rows)
    ]  # fmt: skip
    return table_from_rows(whole, "agreement")


def test_an_abstention_counts_as_wrong_and_what_was_answered_stands_beside_it():
    table = figures(
        ("A | B", 0.7, 100, "0"),
        ("A | machine-taught", 0.5, 80, "20 (20 left open by machine-taught)"),
        ("A | machine-taught", 0.4, 100, "0; abstention as a code"),
        ("A | machine-taught", 0.9, 60, "40 (40 left open by machine-taught); first code only"),
        ("A | machine-guided", 0.2, 100, "0"),
        ("A | machine-decided", 0.8, 100, "0"),
    )
    found = figures_of(table, "theme")
    assert [row["estimate"] for row in found.people] == [0.7]
    assert found.machine == "machine-taught"
    assert [row["estimate"] for row in found.strict] == [0.4]
    assert [row["estimate"] for row in found.answered if row] == [0.5]


def test_the_best_machine_is_best_when_abstentions_count():
    table = figures(
        ("A | machine-taught", 0.6, 50, "50 (50 left open by machine-taught)"),
        ("A | machine-taught", 0.2, 100, "0; abstention as a code"),
        ("A | machine-guided", 0.3, 100, "0"),
    )
    assert figures_of(table, "theme").machine == "machine-guided"


def headed(language="nl"):
    """A report of which the headings are its codes, with the figures of machines that read and did not read them."""
    tables = make_tables()
    tables["codebook"] = tables["codebook"].loc[tables["codebook"]["scheme"] == "theme"]
    labels = tables["codebook"]["label"].tolist()
    tables["fragments"] = tables["fragments"].assign(heading_path=[labels] * len(tables["fragments"]))
    tables["agreement"] = figures(
        ("A | machine-guided", 0.38, 100, "0"),
        ("A | machine-taught", 0.37, 100, "0"),
        ("A | machine-taught-without-codebook", 0.23, 100, "0"),
    )
    return ReportInputs(tables, DESCRIBED, make_config(), Words(language))


def test_labels_found_again_in_their_own_headings_are_said_to_be_and_never_come_first():
    shown = list_figures(headed(), "theme")
    assert [found.machine for found in shown] == [
        "machine-taught-without-codebook", "machine-guided", "machine-taught",
    ]  # fmt: skip
    [theme] = certainty_groups(headed())[0]
    assert [row.aside for row in theme.rows] == [
        "", "hervinden: de codes zijn tussentitels van dit verslag",
        "deels hervinden: de codes zijn tussentitels van dit verslag",
    ]  # fmt: skip
    [described] = describe_agreement(headed("en"))
    assert "This figure flatters: re-finding: the codes are headings of this report." in [
        sentence.left_out for sentence in described.sentences
    ]
    plain = headed()
    plain.tables["fragments"]["heading_path"] = [[] for _ in range(len(plain.tables["fragments"]))]
    assert [found.machine for found in list_figures(plain, "theme")] == ["machine-guided"]


def test_stances_on_the_study_that_weights_were_chosen_on_say_so():
    tables = make_tables()
    tables["agreement"] = figures(("A | machine-taught", 0.3, 100, "0")).assign(scheme="polarity")
    config = make_config()
    tuned = config.model_copy(update={"study": config.study.model_copy(update={"tuned_on": True})})
    for given, said in ((config, ""), (tuned, "de gewichten van de machine zijn op deze studie gekozen")):
        [polarity] = certainty_groups(ReportInputs(tables, DESCRIBED, given, Words("nl")))[0]
        assert polarity.note == said and [row.aside for row in polarity.rows] == [""]


def test_a_second_coefficient_of_a_code_stands_beside_its_own_chance():
    table = figures(("A | B", 0.34, 100, "0")).assign(code="deur")
    ac1 = table.assign(statistic="gwet_ac1", estimate=0.93, chance=0.9, position=1)
    tables = make_tables() | {"agreement": pd.concat([table, ac1], ignore_index=True)}
    [theme] = describe_agreement(ReportInputs(tables, DESCRIBED, make_config(), Words("nl")))
    assert [(row.kappa, row.ac1) for row in theme.per_code[0].rows] == [("0,34", "0,93 (toeval 0,90)")]


def test_topics_that_do_not_beat_chance_are_said_to_by_what_has_seen_no_code():
    tables = make_tables()
    for information, said in (
        (0.05, "niet aantoonbaar meer dan bij toeval"),
        (0.25, "komen meer dan bij toeval overeen"),
    ):
        kappa = figures(("A | B", 0.7, 100, "0"), ("A | machine-inductive", 0.6, 100, "0; cross-fitted"))
        own = figures(("A | machine-inductive", information, 100, "0"))
        own = own.assign(statistic="adjusted_mutual_information", position=9)
        tables["agreement"] = pd.concat([kappa, own], ignore_index=True)
        inputs = ReportInputs(tables, DESCRIBED, make_config(), Words("nl"))
        assert said in describe_topics(inputs)
        assert f"wederzijdse informatie {information:.2f} [".replace(".", ",") in describe_topics(inputs)
    assert "0,70" in describe_certainty(inputs)[0]
    [theme] = certainty_groups(inputs)[0]
    assert theme.note == "welk topic voor welke code staat, is op andere fragmenten van deze codeur geleerd"


def compared(*rows, statistic="cohen_kappa"):
    """Figures with their own interval: comparison, estimate, low, high, number of fragments."""
    whole = [
        {"comparison": comparison, "scheme": "theme", "code": "", "statistic": statistic, "unit": "session",
         "estimate": estimate, "low": low, "high": high, "chance": 0.0, "p": p, "n": n, "excluded": "0", "position": i}
        for i, (comparison, estimate, low, high, p, n) in enumerate(rows)
    ]  # fmt: skip
    return table_from_rows(whole, "agreement")


def read_agreement(table):
    return ReportInputs(make_tables() | {"agreement": table}, DESCRIBED, make_config(), Words("nl"))


def test_topics_are_a_finding_when_they_beat_chance_with_one_person_who_is_named():
    rows = [
        ("A | machine-inductive", 0.36, 0.25, 0.45, 0.005, 116),
        ("B | machine-inductive", -0.001, -0.1, 0.1, 0.5, 90),
    ]
    inputs = read_agreement(compared(*rows, statistic="adjusted_mutual_information"))
    said = describe_topics(inputs)
    assert not any("geen vondst" in text for text in list_warnings(inputs))
    assert "komen meer dan bij toeval overeen met die van A" in said and "0,36 [0,25; 0,45], bij toeval 0,00" in said
    assert "Met B is dat niet aantoonbaar (wederzijdse informatie 0,00 [−0,10; 0,10], bij toeval 0,00)." in said
    # Of two people tried, a p that only one try would allow is no finding.
    rows[0] = ("A | machine-inductive", 0.1, 0.01, 0.2, 0.04, 116)
    inputs = read_agreement(compared(*rows, statistic="adjusted_mutual_information"))
    warned = [text for text in list_warnings(inputs) if "geen vondst" in text]
    assert len(warned) == 1 and "met die van A en B" in warned[0]
    assert "wederzijdse informatie 0,10 [0,01; 0,20] met A en 0,00 [−0,10; 0,10] met B, bij toeval 0,00" in warned[0]


def test_the_machine_is_set_beside_chance_with_each_person():
    inputs = read_agreement(compared(
        ("A | machine-guided", 0.27, 0.16, 0.38, 0.005, 116), ("B | machine-guided", 0.01, -0.1, 0.1, 0.5, 90),
    ))  # fmt: skip
    said = " ".join(describe_certainty(inputs))
    assert (
        "haalt op thema 0,27 [0,16; 0,38] met A; niet aantoonbaar boven het toeval: 0,01 [−0,10; 0,10] met B." in said
    )
    [theme] = certainty_groups(inputs)[0]
    assert [row.aside for row in theme.rows] == ["", "niet van toeval te onderscheiden"]
    inputs = read_agreement(compared(
        ("A | machine-guided", 0.02, -0.1, 0.1, 0.3, 116), ("B | machine-guided", 0.01, -0.1, 0.1, 0.5, 90),
    ))  # fmt: skip
    assert "niet aantoonbaar boven het toeval uit (0,02 [−0,10; 0,10] met A en 0,01 [−0,10; 0,10] met B)" in " ".join(
        describe_certainty(inputs)
    )


def test_the_annex_sets_the_machine_beside_each_person_the_most_coded_first():
    kappa = compared(*((f"{who} | machine-guided", n / 1000, 0.0, 0.5, 0.01, n)
                       for who, n in (("A", 20), ("B", 90), ("C", 40), ("D", 30))))  # fmt: skip
    own = compared(*((f"{who} | machine-inductive", n / 1000, 0.0, 0.5, 0.01, n) for who, n in (("A", 20), ("B", 90))),
                   statistic="adjusted_mutual_information")  # fmt: skip
    table = pd.concat([kappa, own.assign(position=own["position"] + 9)], ignore_index=True)
    said = list_findings(read_agreement(table))[-1].text
    places = [said.index(f"komen {who} en machine (met codeboek) tot") for who in "BCD"]
    assert places == sorted(places)
    assert "Met 1 andere codeur: zie Overeenstemming." in said and "A en machine (met codeboek)" not in said
    assert said.index("B en machine (zonder codeboek) 0,09") < said.index("A en machine (zonder codeboek) 0,02")


def rename_sessions(names, **study):
    tables = make_tables()
    sessions = tables["sessions"].head(len(names)).assign(session=names, title=None)
    return ReportInputs(tables | {"sessions": sessions}, DESCRIBED, make_config(**study), Words("nl"))


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["Focusgroep 1 - Noord", "Focusgroep 2 - Zuid"], "in 2 focusgroepen"),
        (["FG1", "fg 2"], "in 2 focusgroepen"),
        (["interview-an", "interview-bo"], "in 2 interviews"),
        (["tafel-1", "tafel-2"], "aan 2 tafels"),
        (["An", "Bo"], "in 2 gesprekken"),
    ],
)
def test_sessions_are_called_as_the_notes_call_them(names, said):
    assert rename_sessions(names).place_sessions(2) == said


def test_the_study_says_what_its_sessions_are_called():
    assert rename_sessions(["tafel-1", "tafel-2"], session_noun="interview").count_sessions(1) == "1 interview"


def test_no_fragment_that_names_both_is_said_in_words():
    tables = make_tables()
    codings = tables["human_codings"]
    tables["human_codings"] = codings.drop(codings.index[(codings["code"] == "knelpunt") & (codings["rank"] == 2)])
    page = read(show(tables)).words
    assert "geen enkel fragment noemt allebei" in page and "0 daarvan" not in page


def test_a_fragment_of_which_nobody_said_how_it_leans_is_counted_as_that():
    tables = make_tables()
    looked = (tables["seen"]["scheme"] == "polarity") & (tables["seen"]["fragment_id"] == "f-4")
    coded = (tables["human_codings"]["scheme"] == "polarity") & (tables["human_codings"]["fragment_id"] == "f-4")
    tables["seen"], tables["human_codings"] = tables["seen"][~looked], tables["human_codings"][~coded]
    assert "geen polariteit gegeven: 1" in show(tables)


@pytest.mark.parametrize(("score", "is_finding"), [(0.4, False), (0.6, True)])
def test_topics_without_groups_are_no_finding_on_page_one_and_say_what_to_do(score, is_finding):
    row = {"level": "theme", "k": 2, "score": score, "least": 0.525, "n": 6, "chosen": True}
    tables = make_tables() | {"agreement": make_empty_tables()["agreement"]}
    tables["topic_numbers"] = table_from_rows([row], "topic_numbers")
    inputs = ReportInputs(tables, DESCRIBED, make_config(), Words("nl"))
    warned = [text for text in list_warnings(inputs) if "geen vondst" in text]
    assert bool(warned) is not is_finding
    assert all("n_topics" in text and "codeboek" in text and "met de hand" in text for text in warned)
    assert ("geen vondst" in read(show(tables)).words) is not is_finding


def test_themes_come_from_people_else_from_the_codebook_else_from_the_machine():
    tables = make_tables()
    assert choose_coder(ReportInputs(tables, DESCRIBED, make_config(), Words("nl"))) == "A"
    tables = tables | {name: make_empty_tables()[name] for name in ("seen", "human_codings", "codings")}
    assert choose_coder(ReportInputs(tables, DESCRIBED, make_config(), Words("nl"))) == "machine-inductive"


def settle(schemes, n=5):
    """The small report, of which people settled these schemes for the first fragments: all is of the theme tuin."""
    tables = make_tables()
    rows = [
        {"coder": "adjudicated", "fragment_id": f"f-{i}", "scheme": scheme}
        for scheme in schemes
        for i in range(1, n + 1)
    ]
    codes = {"theme": "tuin", "polarity": "kans"}
    given = [row | {"code": codes[row["scheme"]], "rank": 1, "char_start": 0, "char_end": 9} for row in rows]
    for name, more in (("seen", rows), ("human_codings", given), ("codings", given)):
        tables[name] = pd.concat([tables[name], table_from_rows(more, name)], ignore_index=True)
    return ReportInputs(tables, DESCRIBED, make_config(), Words("nl"))


def test_what_people_settled_together_is_what_is_reported_and_is_named_so():
    inputs = settle(("theme", "polarity"))
    (theme,) = list_themes(inputs)
    assert (theme.name, len(theme.leaning("kans"))) == ("Tuin", 5)
    assert "waarover de codeurs het samen eens werden (adjudicated): 5 fragmenten" in describe_whose(inputs)
    assert inputs.human_coders == ("A", "B")
    assert [given.coder for given in inputs.quote("f-1").given] == ["samen beslist (adjudicated)", "A", "B"]
    workbook = {sheet.key: sheet.rows for sheet in list_sheets(inputs)}
    assert workbook["themes"][0][:3] == ["samen beslist (adjudicated)", "Tuin", 5]


def test_what_people_settled_of_one_scheme_stands_with_the_other_of_who_coded_most():
    themes = settle(("theme",))
    assert [theme.name for theme in list_themes(themes)] == ["Tuin"]
    assert len(list_themes(themes)[0].leaning("knelpunt")) == 2
    assert describe_whose(themes).endswith("Kansen en knelpunten zijn die van A.")
    poles = settle(("polarity",))
    assert {theme.name for theme in list_themes(poles)} == {"Deur", "Buurt"}
    assert not [theme for theme in list_themes(poles) if theme.leaning("knelpunt")]
    assert "De thema’s zijn die van codeur A. Kansen en knelpunten zijn die waarover" in describe_whose(poles)


def test_too_little_that_was_settled_is_said_and_not_shown():
    inputs = settle(("theme", "polarity"), n=2)
    assert choose_coder(inputs) == "A"
    assert describe_whose(inputs).endswith("nog maar over 2 fragmenten: te weinig om hier te tonen.")


INJECT = "document.body.append(Object.assign(document.createElement('script'), {text: 'window.x = 1'}))"
needs_browser = pytest.mark.skipif(
    importlib.util.find_spec("playwright") is None or find_chromium() is None,
    reason="chromium or playwright is not installed: apt-get install chromium",
)


@needs_browser
@pytest.mark.slow
def test_our_command_prints_four_pages_that_only_their_owner_reads(tmp_path):
    study = make_tiny_study(tmp_path / "proef")
    command = [sys.executable, "-m", "pipeline", "analyse", str(study), "--plain", "--print"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    printed = study / "report.pdf"
    assert str(printed) in done.stdout
    assert 1 <= len(re.findall(rb"/Type ?/Page\b", printed.read_bytes())) <= 4
    assert printed.stat().st_mode & 0o777 == (study / "report.html").stat().st_mode & 0o777
    # The summary of a run is one screen, but for paths, which stay whole.
    assert len(done.stdout.splitlines()) <= 30
    assert all(len(line) <= 100 for line in done.stdout.splitlines() if str(study) not in line)


@needs_browser
def test_the_pages_fit_a_phone_and_run_their_own_script_only(inputs, tmp_path):
    with open_browser() as browser:
        for name, content in (("report.html", render_page(inputs)), ("annex.html", render_annex(inputs))):
            (tmp_path / name).write_bytes(content)
            page, errors = browser.new_page(viewport=PHONE), []
            page.on("console", lambda message, seen=errors: seen.append(message.text) if message.type == "error" else 0)
            page.goto((tmp_path / name).as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
            assert not errors
            page.evaluate(INJECT)
            assert page.evaluate("window.x") is None
            assert errors and all("Content Security Policy" in error for error in errors)


def test_a_fragment_that_a_person_gave_no_polarity_is_called_so_and_not_neutral(inputs):
    seen = inputs.codes_of("A", "polarity")
    empty = [fragment for fragment, codes in seen.items() if not codes]
    assert empty
    page = read(show(make_tables())).words
    assert "geen polariteit gegeven" in page and "neutraal" not in page.split("Kans en knelpunt")[1].split("Hoeden")[0]
    for sheet in list_sheets(inputs):
        if sheet.key == "fragments":
            column = [each.name for each in sheet.columns].index("Polariteit: A")
            given = {row[-2]: row[column] for row in sheet.rows}
    assert {given[fragment] for fragment in empty} == {"geen polariteit gegeven"}
    assert "no polarity given" in read(show(make_tables(), "en")).words


def test_whose_voice_is_not_known_is_said_to_be_unknown():
    tables = make_tables()
    page = read(show(tables)).words
    assert "kwamen 4 sprekers (per gesprek geteld) aan het woord" in page and "niet genoteerd wie" not in page
    fragments = tables["fragments"]
    unnamed = fragments["speaker"].where(fragments["session"] != "tafel-2", None)
    page = read(show(tables | {"fragments": fragments.assign(speaker=unnamed)})).words
    assert "kwamen 2 sprekers (per gesprek geteld) aan het woord" in page
    assert "Aan 1 tafel is niet genoteerd wie wat zei: 2 aanwezigen." in page
    method = write_method(ReportInputs(tables, DESCRIBED, make_config(), Words("nl")))[0].text
    assert "met 4 sprekers (per gesprek geteld)" in method and "2 namen komen in meer dan één gesprek voor" in method
    page = read(show(tables | {"fragments": fragments.assign(speaker=None)})).words
    assert "een onbekend aantal sprekers" in page and "per gesprek geteld" not in page


def test_of_two_coders_who_share_no_figure_no_page_says_that_there_is_one(inputs):
    alone = inputs.table("agreement")
    apart = alone.loc[~alone["comparison"].isin(["A | B"])]
    tables = make_tables() | {"agreement": apart}
    said = " ".join(describe_certainty(ReportInputs(tables, DESCRIBED, make_config(), Words("nl"))))
    assert "A en B codeerden met de hand, maar niet genoeg dezelfde fragmenten op thema" in said
    assert "één handmatige codering" not in said


def test_the_annex_counts_as_the_page_does(inputs):
    of_annex, of_page = ({fact.name: fact.number for fact in list_facts(inputs, n)} for n in (None, 2))
    assert of_annex.pop("thema’s van de machine") == "2" and of_page.pop("thema’s") == "2"
    assert of_annex == of_page and "fragmenten" not in of_annex


def test_that_a_fragment_may_have_several_themes_is_said_only_where_one_has():
    tables = make_tables()
    assert "een fragment kan er meer dan één hebben" in read(show(tables)).words
    assert "meer dan één hebben" not in read(show(tables | {"human_codings": None, "seen": None})).words
