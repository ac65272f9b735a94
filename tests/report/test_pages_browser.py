"""The pages in headless Chromium: links that show what they count, contrast, and what a screen reader hears."""

import importlib.util
import re

import pytest
from browser import DESK, find_chromium, open_browser
from generated_study import make_study
from small_report import DESCRIBED, make_config, make_tables

from pipeline.core.tables import table_from_rows
from pipeline.report.explorer import build_explorer
from pipeline.report.inputs import records
from pipeline.report.page import build

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("playwright") is None or find_chromium() is None,
        reason="chromium or playwright is not installed: apt-get install chromium",
    ),
    pytest.mark.slow,
]
COUNTED = """links => links.map(link => ({
  address: link.getAttribute('href').split('#')[1],
  text: link.getAttribute('aria-label') || link.textContent,
  counts: Boolean(link.closest('svg, .heat, .size, .hats')),
}))"""
POOR_CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const read = (text) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
  const light = (colour) => {
    const [r, g, b] = colour.map((v) => (v / 255 <= .04045 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const ratio = (a, b) => {
    const [dark, bright] = [light(a), light(b)].sort((x, y) => x - y);
    return (bright + .05) / (dark + .05);
  };
  const behind = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) layers.unshift(getComputedStyle(each).backgroundColor);
    return layers.reduce((under, top) => over(read(top), under), [255, 255, 255]);
  };
  const poor = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let n = 0;
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const hidden = 'script, style, svg, .unseen, [aria-hidden=true], :disabled';
    if (!texts.currentNode.data.trim() || !element.getClientRects().length || element.closest(hidden)) continue;
    const style = getComputedStyle(element), ground = behind(element), size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    const found = ratio(over(read(style.color), ground), ground);
    if (found < least) poor.push(`${element.tagName}.${element.className}: ${found.toFixed(2)}`);
    n += 1;
  }
  return {n, poor};
}"""
"""Texts below the ratios of WCAG 2.2 level AA (4.5, large 3), from the colours as the browser computes them."""


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder, tables = tmp_path_factory.mktemp("pages"), make_tables()
    said = tables["stances"].loc[(tables["stances"]["source"] == "predicted") & ~tables["stances"]["abstained"]]
    taught = said[["fragment_id", "scheme", "rank"]].assign(
        coder="machine-taught", code=said["value"], char_start=0, char_end=5
    )
    tables["codings"] = table_from_rows([*records(tables["codings"]), *records(taught)], "codings")
    for name, data in build(tables, DESCRIBED, make_config()).items():
        (folder / name).write_bytes(data)
    return folder


def test_every_link_to_the_explorer_shows_as_many_fragments_as_it_counts(browser, pages):
    explorer = browser.new_page(viewport=DESK)
    explorer.goto((pages / "explorer.html").as_uri())
    explorer.wait_for_selector("main")
    counted = 0
    for name in ("report.html", "annex.html"):
        tab = browser.new_page(viewport=DESK)
        tab.goto((pages / name).as_uri())
        links = tab.eval_on_selector_all("a[href^='explorer.html#']", COUNTED)
        assert len(links) > 10
        for link in links:
            explorer.evaluate("address => { location.hash = address }", link["address"])
            explorer.wait_for_timeout(20)
            if "open=" in link["address"]:
                assert explorer.locator(".reader .now").count() == 1, link
                continue
            shown = int(re.sub(r"\D", "", explorer.inner_text(".sum b")))
            numbers = re.findall(r"\d+", link["text"])
            if link["counts"]:
                counted += 1
                assert shown == int(numbers[0 if "fragment" in link["text"] else -1]), link
    assert counted > 10


def test_the_explorer_leads_back_to_the_report(browser, pages):
    tab = browser.new_page(viewport=DESK)
    tab.goto((pages / "report.html").as_uri())
    tab.locator("a[href^='explorer.html#open=']").first.click()
    tab.wait_for_selector(".reader .now")
    tab.get_by_role("link", name="Naar het verslag").click()
    tab.wait_for_selector("h2#themes")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "page",
    ["report.html", "annex.html", "explorer.html", "explorer.html#open=f-1", "explorer.html#view=matrix",
     "explorer.html#view=map", "explorer.html#view=decisions", "explorer.html#sort=teach"],
)  # fmt: skip
def test_texts_can_be_read_against_their_ground(browser, pages, page, scheme):
    tab = browser.new_page(viewport=DESK, color_scheme=scheme)
    tab.goto((pages / page.split("#")[0]).as_uri() + page.removeprefix(page.split("#")[0]))
    tab.wait_for_selector("main")
    tab.wait_for_timeout(200)
    found = tab.evaluate(POOR_CONTRAST)
    assert found["n"] > 10 and found["poor"] == []
    tab.evaluate("document.querySelectorAll('p, li, h2').forEach((each) => { each.style.color = '#aab'; })")
    assert tab.evaluate(POOR_CONTRAST)["poor"], "the measure sees a text that is too light"


@pytest.mark.parametrize("view", ["fragments", "matrix", "map", "decisions"])
def test_a_screen_reader_hears_what_everything_is(browser, tmp_path, view):
    file = tmp_path / "explorer.html"
    file.write_bytes(build_explorer(make_study(60), {"study": "zestig"}, make_config()))
    tab = browser.new_page(viewport=DESK)
    tab.goto(f"{file.as_uri()}#view={view}&open=f-000003")
    tab.wait_for_selector("main")
    nodes = tab.context.new_cdp_session(tab).send("Accessibility.getFullAXTree")["nodes"]
    heard = [
        (node["role"]["value"], node.get("name", {}).get("value", "").strip()) for node in nodes if not node["ignored"]
    ]
    roles = {role for role, _ in heard}
    assert {"main", "banner", "navigation", "searchbox", "heading", "complementary"} <= roles
    assert {"fragments": {"feed", "article", "checkbox"}, "matrix": {"table", "columnheader", "rowheader", "combobox"},
            "map": {"application", "combobox"}, "decisions": {"button"}}[view] <= roles  # fmt: skip
    acted = {
        "button",
        "link",
        "checkbox",
        "combobox",
        "textbox",
        "searchbox",
        "article",
        "feed",
        "table",
        "application",
    }
    assert [role for role, name in heard if role in acted and not name] == []
