"""The explorer as a file: what stands in it, what must not, and that the same study gives the same bytes."""

import base64
import hashlib
import json
import re
import tomllib
from pathlib import Path

import pytest
from small_report import DESCRIBED, FORMULA, SHARP, make_config, make_empty_tables, make_tables

from pipeline.core.tables import table_from_rows
from pipeline.report.explorer import build_explorer, gather, link

FOLDER = Path("pipeline/report/explorer")
PAGE = build_explorer(make_tables(), DESCRIBED, make_config()).decode()


def read_data(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])


def test_every_used_fragment_is_there_with_its_words_as_they_are():
    data, tables = read_data(PAGE), make_tables()
    texts = dict(zip(data["fragments"]["id"], data["fragments"]["text"], strict=True))
    used = tables["fragments"].loc[lambda rows: rows["status"] == "used"]
    assert texts.items() >= dict(zip(used["fragment_id"], used["text"], strict=True)).items()
    assert texts["f-1"] == SHARP and texts["f-2"] == FORMULA


def test_no_participant_can_end_the_data_or_run_anything():
    tables = make_tables()
    evil = "</script><script>alert(1)</script><!-- \u2028"
    tables["fragments"].loc[0, "text"] = evil
    tables["speakers"].loc[0, "organisation"] = evil
    page = build_explorer(tables, DESCRIBED | {"study": evil}, make_config()).decode()
    assert page.count("<script") == PAGE.count("<script") == 2 and "alert(1)</script>" not in page
    assert evil in read_data(page)["fragments"]["text"] and read_data(page)["study"] == evil.rstrip("- \u2028")


def test_the_policy_names_exactly_the_style_and_the_script_that_are_there():
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', PAGE)[1]
    for element, source in (("style", "style-src"), ("script", "script-src")):
        text = re.findall(rf"<{element}>(.*?)</{element}>", PAGE, re.DOTALL)
        assert len(text) == 1
        digest = base64.b64encode(hashlib.sha256(text[0].encode()).digest()).decode()
        assert f"{source} 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert not re.search(r'(?:src|href)="(?:https?:)?//', PAGE)


def test_lines_without_words_of_anybody_stay_out():
    tables = make_tables()
    tables["fragments"].loc[tables["fragments"]["fragment_id"] == "f-8", "status"] = "layout"
    assert "f-8" not in gather(tables, DESCRIBED, make_config())["fragments"]["id"]


def test_a_lemma_that_nobody_said_is_not_in_the_page():
    tables = make_tables()
    tables["tokens"] = table_from_rows(
        [
            {"fragment_id": "f-1", "i": i, "sentence": 0, "text": text, "lemma": lemma, "pos": "NOUN",
             "is_stop": False, "is_content": True}
            for i, (text, lemma) in enumerate((("deur", "poortje"), ("deuren", "poortje")))
        ],
        "tokens",
    )  # fmt: skip
    page = build_explorer(tables, DESCRIBED, make_config()).decode()
    assert read_data(page)["forms"] == {"deur": [0], "deuren": [0]} and "poortje" not in page


def test_a_derived_hat_is_no_hat():
    tables = make_tables()
    before = gather(tables, DESCRIBED, make_config())["stances"]["hat"]
    tables["stances"].loc[tables["stances"]["scheme"] == "hat", "source"] = "derived"
    after = gather(tables, DESCRIBED, make_config())["stances"]["hat"]
    assert before["rows"] and not after["rows"]


def test_attributes_of_speakers_and_of_utterances_are_filters():
    tables = make_tables()
    utterance = tables["fragments"].set_index("fragment_id").loc["f-3", "utterance_id"]
    tables["attributes"] = table_from_rows(
        [
            {"of": "speaker", "session": "tafel-1", "subject": "D1", "name": "leeftijd", "value": "60-70"},
            {"of": "utterance", "session": "tafel-1", "subject": utterance, "name": "leeftijd", "value": "anders"},
            {"of": "speaker", "session": "tafel-9", "subject": "D1", "name": "regio", "value": "nergens"},
        ],
        "attributes",
    )
    data = gather(tables, DESCRIBED, make_config())
    (found,) = data["attributes"]
    of = {
        each: found["values"][k] if k >= 0 else None
        for each, k in zip(data["fragments"]["id"], found["of"], strict=True)
    }
    assert found["name"] == "leeftijd"
    assert (of["f-1"], of["f-3"], of["f-4"], of["f-5"]) == ("60-70", "anders", None, None)


def test_the_same_study_gives_the_same_bytes_and_an_empty_one_gives_a_page():
    assert build_explorer(make_tables(), DESCRIBED, make_config()).decode() == PAGE
    empty = read_data(build_explorer(make_empty_tables(), {}, make_config()).decode())
    assert empty["fragments"]["id"] == [] and empty["coders"] == []
    assert read_data(build_explorer({}, {}, make_config()).decode()) == empty


def test_every_text_is_there_in_two_languages_and_is_used():
    words = tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))
    assert all(len(pair) == 2 and all(pair) for pair in words.values())
    holes = [
        key for key, pair in words.items() if len({tuple(sorted(re.findall(r"{\w+}", text))) for text in pair}) > 1
    ]
    assert not holes
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("web/src/*.ts*")))
    source += (FOLDER / "__init__.py").read_text(encoding="utf-8")
    named = set(re.findall(r'"([a-z_]+(?:\.[a-zA-Z_]+)*)"', source))
    made = {match.split("${")[0] for match in re.findall(r"t\(`([^`]+)`", source)} | {
        "count.",
        "scheme.",
    }
    made |= {"status.", "kind.", "role."}
    idle = [key for key in words if key not in named and not any(start and key.startswith(start) for start in made)]
    assert not idle


def test_an_address_leads_to_what_it_says():
    assert link(view="map", colour="hat") == "explorer.html#view=map&colour=hat"
    assert link("../explorer.html", ids=["f-1", "f-2"]) == "../explorer.html#ids=f-1,f-2"


def test_the_script_brings_the_licence_of_each_package_inside():
    listed = (FOLDER / "licences.txt").read_text(encoding="utf-8")
    locked = json.loads((FOLDER / "web/package-lock.json").read_text(encoding="utf-8"))["packages"]
    inside = re.findall(r"^(\S+) (\d+\.\d+\.\d+) \((\S+)\)$", listed, re.MULTILINE)
    assert len(inside) >= 5
    for name, version, licence in inside:
        assert locked[f"node_modules/{name}"]["version"] == version
        assert licence in ("MIT", "ISC", "BSD-3-Clause", "Apache-2.0")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_is_in_the_language_of_the_study(language):
    page = build_explorer(make_tables(), DESCRIBED, make_config(language)).decode()
    assert f'<html lang="{language}">' in page and read_data(page)["language"] == language
