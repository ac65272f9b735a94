"""The explorer as a person uses it, in headless Chromium: from disk, with mouse, keyboard and on a phone."""

import csv
import importlib.util
import re
import sys

import pytest
from browser import DESK, PHONE, find_chromium, open_browser
from generated_study import make_study
from small_report import DESCRIBED, FORMULA, SHARP, make_config, make_tables

from pipeline.cli import app as cli
from pipeline.core.tables import write_table
from pipeline.readers.given.codings import read_coding_file
from pipeline.readers.given.decisions import read_decisions
from pipeline.report.explorer import build_explorer, link

REASON = (
    "playwright is not installed" if importlib.util.find_spec("playwright") is None
    else "chromium is not installed: apt-get install chromium"
)  # fmt: skip
pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None or find_chromium() is None, reason=REASON),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    file = tmp_path_factory.mktemp("small") / "explorer.html"
    file.write_bytes(build_explorer(make_tables(), DESCRIBED, make_config()))
    return file


@pytest.fixture(scope="module")
def middle(tmp_path_factory):
    file = tmp_path_factory.mktemp("middle") / "explorer.html"
    file.write_bytes(build_explorer(make_study(400), {"study": "vierhonderd"}, make_config()))
    return file


@pytest.fixture
def visit(browser):
    """Open a page; whatever it complains of, fails the test."""
    tabs, complaints = [], []

    def go(file, size=DESK, **choices):
        tab = browser.new_page(viewport=size, accept_downloads=True)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        tab.on(
            "request",
            lambda request: None if request.url.startswith(("file:", "blob:")) else complaints.append(request.url),
        )
        tab.goto(file.as_uri() + (link("", **choices) if choices else ""))
        tab.wait_for_selector("main")
        tabs.append(tab)
        return tab

    yield go
    for tab in tabs:
        tab.close()
    assert complaints == []


def shown(tab):
    """Ids of the fragments in the list that are drawn."""
    return tab.eval_on_selector_all(".rows article", "rows => rows.map(row => row.dataset.id)")


def total(tab):
    return int(re.sub(r"\D", "", tab.inner_text(".sum b")))


def press(tab, *keys):
    for key in keys:
        tab.keyboard.press(key)
        tab.wait_for_timeout(80)


def used_time(session):
    """Processor time of the page so far, in milliseconds."""
    found = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return 1000 * found["TaskDuration"]


def test_filters_combine_and_stand_in_the_address(visit, small):
    tab = visit(small)
    assert total(tab) == 6 and shown(tab)[0] == "f-1"
    tab.get_by_role("checkbox", name="zwarte hoed").check()
    assert shown(tab) == ["f-1", "f-2"] and "hat=zwart" in tab.url
    tab.get_by_role("checkbox", name="gele hoed").check()
    assert total(tab) == 4
    tab.locator("summary", has_text="Spreker").click()
    tab.get_by_role("checkbox", name="D2 · tafel-1").check()
    assert shown(tab) == ["f-4"]
    again = visit(small, hat=["zwart", "geel"], speaker="tafel-1/D2")
    assert shown(again) == ["f-4"]
    tab.go_back()
    tab.wait_for_timeout(100)
    assert total(tab) == 4
    tab.locator(".chips button").first.click()
    assert total(tab) == 6 and "hat" not in tab.url


def test_counts_beside_a_choice_say_what_it_would_give(visit, small):
    tab = visit(small, hat="geel")
    counts = {
        row.split("\n")[0]: int(row.split("\n")[1])
        for row in tab.locator(".facet").nth(1).locator("li").all_inner_texts()
    }
    assert counts["zwarte hoed"] == 2 and counts["gele hoed"] == 2
    tab.get_by_role("checkbox", name="zwarte hoed").check()
    assert total(tab) == 4


def test_themes_of_each_coder_are_filters_that_name_the_coder(visit, small):
    tab = visit(small)
    names = [name.strip() for name in tab.locator(".facet > summary").all_inner_texts()]
    assert names[0] == "Thema van de machine"
    assert {"Thema: A", "Thema: B"} <= set(names) and "Thema" not in names
    tab.locator("summary", has_text="Thema: B").click()
    choice = tab.locator(".facet[open]", has_text="Thema: B").get_by_role("checkbox").first
    choice.check()
    assert "B.theme=" in tab.url and total(tab) < 6 and "B, thema" in tab.inner_text(".chips")


def test_what_is_unknown_to_the_study_finds_nothing_and_is_shown(visit, small):
    tab = visit(small, hat="paars")
    assert total(tab) == 0 and "paars" in tab.inner_text(".chips")


def test_search_finds_word_forms_phrases_and_leaves_out(visit, middle):
    tab = visit(middle)
    tables = make_study(400)
    pairs = tables["tokens"].loc[lambda rows: rows["text"] != rows["lemma"]]
    form, lemma = pairs.iloc[0][["text", "lemma"]]
    family = set(tables["tokens"].loc[tables["tokens"]["lemma"] == lemma, "fragment_id"])
    tab.fill("#q", lemma if lemma in set(tables["tokens"]["text"]) else form)
    tab.wait_for_timeout(300)
    assert total(tab) == len(family) and set(shown(tab)) <= family
    assert {mark.lower() for mark in tab.locator("mark").all_inner_texts()} <= {form, lemma}
    text = tables["fragments"].iloc[5]["text"]
    tab.fill("#q", f'"{text[3:30]}"')
    tab.wait_for_timeout(300)
    assert shown(tab) == ["f-000005"] and tab.locator("mark").inner_text() == text[3:30]
    tab.fill("#q", f'"{text[3:30]}" -{text.split()[0]}')
    tab.wait_for_timeout(300)
    assert total(tab) == 0


def test_words_with_signs_of_html_are_words(visit, small):
    tab = visit(small, open="f-1")
    assert tab.inner_text(".now blockquote") == SHARP
    assert tab.locator(".now blockquote b").count() == 0


def test_a_fragment_is_read_in_its_session_with_everybody_beside_it(visit, small):
    tab = visit(small)
    tab.get_by_role("article", name="De sleutel ligt").click()
    assert "open=f-3" in tab.url
    said = tab.locator(".said-here").all_inner_texts()
    assert any("Wie begint er?" in text for text in said), "what the moderator said is context"
    assert not any("soepkommen" in text for text in said), "another session is not"
    box, now = tab.locator(".context").bounding_box(), tab.locator(".now").bounding_box()
    assert box["y"] <= now["y"] and now["y"] + now["height"] <= box["y"] + box["height"] + 1, "it is in sight"
    table = tab.locator("table.said").inner_text()
    assert "Deur" in table and "Buurt" in table and "kans" in table
    tab.get_by_role("button", name="Volgende").click()
    assert "open=f-4" in tab.url
    tab.locator(".said-here button").first.click()
    assert "open=f-1" in tab.url
    tab.keyboard.press("Escape")
    assert "open=" not in tab.url


def test_a_cell_of_the_matrix_shows_its_fragments(visit, small):
    tab = visit(small, view="matrix", axes=("theme", "A", "B"))
    cell = tab.get_by_role("button", name="Deur × Buurt: 1")
    cell.click()
    assert shown(tab) == ["f-2"] and "cell=theme,A,deur,B,buurt" in tab.url
    assert cell.get_attribute("aria-pressed") == "true"
    cell.click()
    assert total(tab) == 6
    cells = sum(int(text) for text in tab.locator("table.heat td button").all_inner_texts() if text)
    assert cells == 6, "five fragments, of which one with two codes"


def test_agreement_counts_only_what_both_have_seen(visit, middle):
    tables = make_study(400)
    codings = tables["codings"]
    themes = codings.loc[codings["scheme"] == "theme"].pivot(index="fragment_id", columns="coder", values="code")
    tab = visit(middle, pair=("theme", "A", "B", "different"))
    assert total(tab) == int((themes["A"] != themes["B"]).sum())
    tab = visit(middle, pair=("theme", "A", "B", "same"))
    assert total(tab) == int((themes["A"] == themes["B"]).sum())
    tab = visit(middle, score=("machine-taught", "theme", "0.5", "0.6"))
    scores = codings.loc[(codings["coder"] == "machine-taught") & (codings["scheme"] == "theme"), "score"].round(3)
    assert total(tab) == int(scores.between(0.5, 0.6).sum())
    tab = visit(middle, difference="reversal", axes=("theme", "A", "machine-taught"))
    sides = codings.loc[codings["scheme"] == "polarity"].pivot(index="fragment_id", columns="coder", values="code")
    assert total(tab) == int((sides["A"] != sides["machine-taught"]).sum())


def test_the_map_answers_to_mouse_keyboard_and_lasso(visit, small):
    tab = visit(small, view="map")
    canvas = tab.locator("canvas")
    canvas.focus()
    press(tab, "ArrowRight", "ArrowRight")
    first = tab.inner_text(".tip")
    assert first
    press(tab, "Enter")
    assert "open=" in tab.url and tab.locator(".reader").is_visible()
    press(tab, "Escape")
    tab.get_by_role("button", name="Omlijn").click()
    box = canvas.bounding_box()
    corners = [(0.02, 0.98), (0.02, 0.55), (0.5, 0.55), (0.5, 0.98)]
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    tab.mouse.move(*points[0])
    tab.mouse.down()
    for point in [*points[1:], points[0]]:
        tab.mouse.move(*point, steps=5)
    tab.mouse.up()
    tab.wait_for_timeout(200)
    assert set(shown(tab)) == {"f-1", "f-2", "f-3", "f-4"} and "lasso=" in tab.url


@pytest.fixture
def study(tmp_path):
    """A study folder with the tables that decide reads."""
    folder = tmp_path / "studie"
    (folder / "results").mkdir(parents=True)
    (folder / "study.toml").write_text('[study]\nname = "vierhonderd"\nsources = "."\n')
    tables = make_study(400)
    for name in ("themes", "theme_assignments"):
        write_table(tables[name], folder / "results" / f"{name}.parquet", name)
    return folder


@pytest.fixture
def dialoogtafel(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["dialoogtafel", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


def test_decisions_are_saved_and_taken_up(visit, middle, study, dialoogtafel, tmp_path):
    tab = visit(middle, theme="T03")
    members = total(tab)
    for k in range(2):
        tab.locator("article input").nth(k).check()
    chosen = shown(tab)[:2]
    tab.get_by_role("region", name="2 gekozen").get_by_role("button", name="Verplaats").click()
    tab.get_by_label("Naar thema").select_option("T05")
    before = int((make_study(400)["theme_assignments"]["theme_id"] == "T05").sum())
    preview = [row.split("\t") for row in tab.locator(".preview tbody tr").all_inner_texts()]
    assert {(int(row[1]), int(row[2])) for row in preview} == {(members, members - 2), (before, before + 2)}
    tab.get_by_role("button", name="Voeg toe").click()
    tab.wait_for_selector("dialog.composer", state="hidden")
    press(tab, "d")
    dialog = tab.get_by_role("dialog")
    assert dialog.get_by_role("button", name="Voeg toe").is_disabled(), "a rename needs a name"
    dialog.get_by_label("Naam").fill('Onderweg: "thuis"')
    dialog.get_by_role("button", name="Voeg toe").click()
    press(tab, "4")
    tab.reload()
    assert tab.locator(".decided li").count() == 2, "a reload keeps them"
    tab.get_by_label("Wie beslist").fill("An Peeters")
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Sla op als decisions.yaml").click()
    file = tmp_path / "decisions.yaml"
    download.value.save_as(file)
    move, rename = read_decisions(file, file.name)
    assert (move.action, move.who, move.themes[0].theme_id) == ("move", "An Peeters", "T05")
    assert sorted(move.fragments) == sorted(chosen)
    assert (rename.action, rename.name, rename.themes[0].theme_id) == ("rename", 'Onderweg: "thuis"', "T03")
    code, out, err = dialoogtafel("decide", study, "--from", file)
    assert (code, err) == (0, "") and "D001: 2 fragmenten verplaatst naar T05" in out
    held = read_decisions(study / "decisions.yaml", "decisions.yaml")
    assert [each.decision_id for each in held] == ["D001", "D002"] and held[0].fragments == move.fragments
    code, out, _ = dialoogtafel("decide", study, "--from", file)
    assert code == 0 and out.count("staat er al") == 2
    assert len(read_decisions(study / "decisions.yaml", "decisions.yaml")) == 2


def test_decisions_of_another_study_are_refused_whole(study, dialoogtafel, tmp_path):
    file = tmp_path / "decisions.yaml"
    file.write_text(
        "- {id: D001, who: An, when: 2026-11-23, action: drop, themes: [{theme: T01, anchors: [f-000001]}]}\n"
        "- {id: D002, who: An, when: 2026-11-23, action: drop, themes: [{theme: T02, anchors: [f-999999]}]}\n"
    )
    code, out, err = dialoogtafel("decide", study, "--from", file)
    assert code == 2 and "decisions.yaml, regel 2" in err and "f-999999" in err and out == ""
    assert not (study / "decisions.yaml").exists()
    assert dialoogtafel("decide", study, "--from", tmp_path / "absent.yaml")[0] == 2


def test_codes_of_a_second_coder_are_saved_as_the_reader_wants_them(visit, small, tmp_path):
    tab = visit(small, open="f-1")
    tab.locator("summary", has_text="Zelf coderen").click()
    own = tab.locator(".own")
    own.get_by_role("checkbox", name="Deur").check()
    own.get_by_role("checkbox", name="Buurt").check()
    tab.goto(tab.url.replace("open=f-1", "open=f-2"))
    tab.locator(".own").get_by_role("checkbox", name="geen code").first.check()
    press(tab, "Escape")
    tab.locator("h1").click()
    press(tab, "4")
    tab.get_by_label("Naam van de codeur").last.fill("A")
    assert tab.get_by_role("button", name="Sla op als CSV").is_disabled(), "the name of another coder is refused"
    tab.get_by_label("Naam van de codeur").last.fill("Els")
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Sla op als CSV").click()
    file = tmp_path / "Els.csv"
    download.value.save_as(file)
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    assert [(row["session"], row["coder"], row["scheme"], row["code"]) for row in rows] == [
        ("tafel-1", "Els", "theme", "deur"), ("tafel-1", "Els", "theme", "buurt"), ("tafel-1", "Els", "theme", "-"),
    ]  # fmt: skip
    assert rows[0]["quote"] == SHARP and rows[2]["quote"] == f"'{FORMULA}"
    read = read_coding_file(file, "Els.csv").rows
    assert [(row["unit"], row["code"], row["rank"]) for row in read] == [
        ("f-1", "deur", 1),
        ("f-1", "buurt", 2),
        ("f-2", None, 1),
    ]


def test_everything_is_reached_by_keyboard(visit, small):
    tab = visit(small)
    press(tab, "/")
    assert tab.evaluate("document.activeElement.id") == "q"
    tab.keyboard.type("de")
    press(tab, "Enter")
    assert tab.evaluate("document.activeElement.tagName") == "ARTICLE"
    press(tab, "ArrowDown")
    here = tab.evaluate("document.activeElement.dataset.id")
    press(tab, "x", "Enter")
    assert f"open={here}" in tab.url and "1 gekozen" in tab.inner_text(".tools")
    press(tab, "Escape", "2")
    assert "view=matrix" in tab.url
    tab.locator("table.heat td button:enabled").first.focus()
    press(tab, "Enter")
    assert "cell=" in tab.url
    press(tab, "?")
    assert tab.get_by_role("dialog").is_visible()
    press(tab, "Escape", "3", "1")
    assert "view=" not in tab.url
    reached = set()
    tab.evaluate("document.activeElement.blur()")
    for _ in range(60):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate("document.activeElement.tagName"))
        assert tab.evaluate(
            "document.activeElement === document.body || document.activeElement.matches(':focus-visible')"
        )
    assert {"A", "INPUT", "SUMMARY", "BUTTON", "SELECT", "ARTICLE"} <= reached


@pytest.mark.parametrize("view", ["fragments", "matrix", "map", "decisions"])
def test_a_phone_shows_it_without_sideways_scroll(visit, middle, view):
    tab = visit(middle, PHONE, view=view)
    tab.wait_for_timeout(200)
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    off = tab.evaluate(
        "[...document.querySelectorAll('.bar button, .bar a, .bar input')].filter((each) => each.offsetParent && "
        "each.getBoundingClientRect().right > innerWidth + 1).length"
    )
    assert off == 0
    if view == "fragments":
        tab.get_by_role("button", name="Filters").click()
        tab.get_by_role("checkbox", name="zwarte hoed").check()
        tab.get_by_role("button", name=re.compile("^Toon ")).click()
        tab.locator("article").first.click()
        assert tab.locator(".reader").is_visible()
        tab.get_by_role("button", name="Sluit het fragment").click()
        assert tab.locator(".rows").is_visible()


def test_print_holds_all_that_is_selected(visit, middle):
    tab = visit(middle, hat="zwart")
    n = total(tab)
    assert n > 30
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.locator(".paper article").count() == n
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.locator(".paper").count() == 0


def test_the_other_language_is_a_button_away(visit, small):
    tab = visit(small)
    tab.get_by_role("button", name="English").click()
    assert "6 fragments" in tab.inner_text(".sum") and tab.evaluate("document.documentElement.lang") == "en"
    assert "6 fragments" in visit(small, lang="en").inner_text(".sum")


def test_ten_thousand_fragments_are_listed_by_screenfuls(visit, tmp_path):
    file = tmp_path / "explorer.html"
    file.write_bytes(build_explorer(make_study(10_000), {"study": "tienduizend"}, make_config()))
    tab = visit(file)
    assert total(tab) == 10_000 and len(shown(tab)) < 60
    tab.locator(".rows article").first.focus()
    press(tab, "End")
    tab.wait_for_timeout(400)
    assert "f-009999" in shown(tab) and len(shown(tab)) < 60
    session = tab.context.new_cdp_session(tab)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    first = tab.locator(".facet").nth(1).locator("input").first
    before = used_time(session)
    for _ in range(4):
        first.dispatch_event("click")
        tab.wait_for_timeout(100)
    # Processor time: what else the machine does, does not count.
    assert (used_time(session) - before) / 4 < 100
