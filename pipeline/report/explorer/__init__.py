"""The explorer: every fragment of a study with its codes on one page, to filter, read and decide; works offline.

The tables become columns of numbers, small enough to stand inside a page; data, script and style are one file that
needs no network and no server. Its addresses say after the ``#`` which view, which fragments and which one is open:

=====================  ============================================================  ==================================
key                    value                                                         example
=====================  ============================================================  ==================================
``view``               ``fragments``, ``matrix``, ``map`` or ``decisions``             ``view=matrix``
``open``               the id of the fragment that is read                           ``open=f-007d8beda6e4``
``ids``                fragment ids: only these                                      ``ids=f-1,f-2``
``q``                  words to search for                                           ``q=sleutel``
``theme``              ids of themes as they stand after decisions                   ``theme=T03,outlier``
``hat``                hats, noted or heard; ``?`` for no hat                        ``hat=zwart,geel``
``session`` ``role``   values as they stand in the tables ``fragments`` and          ``session=tafel-01``
``organisation``       ``speakers``; ``?`` for unknown
``kind`` ``status``
``speaker``            session, a slash, speaker                                     ``speaker=tafel-01/D3``
``is.NAME``            values of an attribute                                        ``is.leeftijd=60-70``
``CODER.SCHEME``       codes; ``-`` looked and gave none, ``?`` did not look,        ``A.theme=nabijheid``
                       ``!`` abstained
``pair``               scheme, two coders and an outcome: ``same``, ``partly``,      ``pair=theme,A,B,different``
                       ``different``, ``abstained`` or ``unseen``
``cell``               scheme, coder, code, coder, code                              ``cell=theme,A,erkenning,B,-``
``only``               coder, scheme and codes: these and no other                   ``only=A,polarity,kans``
``first``              coder, scheme and code: this one first                        ``first=machine-guided,theme,tijd``
``difference``         ``reversal``, ``conflict``, ``united`` or ``unsure``          ``difference=reversal``
``score``              coder, scheme, lowest and highest score                       ``score=machine-taught,theme,0,.4``
``lasso``              corners of an area of the map                                 ``lasso=0,0,1,0,1,1``
``colour``             what colours the map                                          ``colour=hat``
``sort``               ``order``, ``teach``, ``score`` or ``theme``                  ``sort=teach``
``lang``               ``nl`` or ``en``                                              ``lang=en``
=====================  ============================================================  ==================================

Several values of one key widen the choice, several keys narrow it. A key or value that the study does not know finds
nothing and is shown as such. Commas and other signs within a value are percent-encoded.
"""

import base64
import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import pandas as pd

from pipeline.core.config import Config
from pipeline.core.tables import empty_table
from pipeline.core.vocabulary import (
    DECIDED_CODER,
    LABELS,
    LANGUAGES,
    OUTLIER_TOPIC,
    TAUGHT_CODER,
    Hat,
    Scheme,
    StanceSource,
    Status,
    is_machine,
)
from pipeline.corpus.attributes import join_attributes
from pipeline.report.inputs import name_study, title_sessions
from pipeline.report.words import read_words as read_report_words

Columns: TypeAlias = dict[str, Any]

SHOWN_ANCHORS = 7
"""Fragments that go with a theme in a decision; ``dialoogtafel decide`` takes as many."""

NOT_SHOWN = (Status.LAYOUT, Status.FOOTNOTE)
"""Lines without words of anybody: page numbers, labels of speakers, lists of who was there."""


def gather(tables: Mapping[str, pd.DataFrame], described: Mapping[str, Any], config: Config) -> Columns:
    """Turn tables into what the page reads.

    Args:
        tables: tables by name; an absent one counts as empty.
        described: ``study`` is the name of the study.
        config: ``study`` and ``pseudonyms`` are read.

    Returns:
        Values that JSON can hold. Fragments are columns; all else names a fragment by its place in them, and a value
        by its place in a list of values; -1 is none.
    """

    def table(name: str) -> pd.DataFrame:
        found = tables.get(name)
        return empty_table(name) if found is None else found

    fragments = table("fragments")
    shown = fragments.loc[~fragments["status"].isin(NOT_SHOWN)].reset_index(drop=True)
    place = {fragment_id: i for i, fragment_id in enumerate(shown["fragment_id"])}
    return {
        "study": name_study(described, config),
        "language": config.study.language,
        "invented": config.study.invented,
        "pseudonyms": bool(config.pseudonyms.key),
        "labels": {value: [_short(value, language) for language in LANGUAGES] for value in LABELS},
        "fragments": _list_fragments(shown, table),
        "sessions": _list_sessions(table("sessions"), shown),
        "themes": _list_themes(table("themes"), table("theme_assignments")),
        "codebook": _list_codes(table("codebook")),
        "coders": _list_coders(table("codings"), table("seen")),
        "codings": _list_codings(table("codings"), place, _code_labels(table)),
        "seen": _list_seen(table("seen"), place),
        "stances": _list_stances(table("stances"), place),
        "conflicts": _list_conflicts(table("hat_conflicts"), place),
        "attributes": _list_attributes(table("attributes"), shown),
        "forms": _group_forms(table("tokens")),
        "decisions": _last_decision(table("decisions")),
    }


def _short(value: str, language: str) -> str:
    return LABELS[value][language].split(":")[0].lower()


def _index(values: "pd.Series[Any]", order: tuple[str, ...] = ()) -> Columns:
    """Write a column as the values that occur, sorted or in an order, and the place of each row's value; -1 for none.

    >>> _index(pd.Series(["b", None, "a", "b"]))
    {'values': ['a', 'b'], 'of': [1, -1, 0, 1]}
    """
    text = values.astype("object").where(values.notna(), None)
    occurring = {str(value) for value in text if value is not None}
    known = [str(value) for value in order if value in occurring] or sorted(occurring)
    places = {value: i for i, value in enumerate(known)}
    return {"values": known, "of": [-1 if value is None else places[str(value)] for value in text]}


def _list_fragments(shown: pd.DataFrame, table: Any) -> Columns:  # noqa: ANN401
    ids = shown["fragment_id"]
    names = dict(zip(table("sources")["source_id"], table("sources")["name"], strict=True))
    speakers = table("speakers").drop_duplicates(["session", "speaker"])
    belongs = dict(
        zip(zip(speakers["session"], speakers["speaker"], strict=True), speakers["organisation"], strict=True)
    )
    session_speakers = list(zip(shown["session"], shown["speaker"], strict=True))
    places = table("topic_assignments").set_index("fragment_id")
    themes = table("theme_assignments").set_index("fragment_id")
    known = {theme: i for i, theme in enumerate(_theme_order(table("themes")))}
    placed = ids.map(themes["theme_id"]) if len(themes) else pd.Series([None] * len(ids))
    return {
        "id": list(ids),
        "text": list(shown["text"]),
        "line": [int(line) for line in shown["line"]],
        "place": [place if isinstance(place, str) else None for place in shown["place"]],
        "source": _index(shown["source_id"].map(names).fillna(shown["source_id"])),
        "session": _index(shown["session"]),
        "speaker": _index(
            pd.Series([f"{s}/{v}" if isinstance(v, str) else None for s, v in session_speakers], dtype=object)
        ),
        "role": _index(shown["role"]),
        "organisation": _index(pd.Series([belongs.get(key) for key in session_speakers], dtype=object)),
        "kind": _index(shown["kind"]),
        "status": _index(shown["status"]),
        "theme": [known.get(theme, -1) for theme in placed],
        "x": _coordinates(ids, places, "x"),
        "y": _coordinates(ids, places, "y"),
    }


def _coordinates(ids: "pd.Series[Any]", places: pd.DataFrame, axis: str) -> list[float | None]:
    found = ids.map(places[axis]) if len(places) else pd.Series([None] * len(ids), dtype=float)
    return [None if pd.isna(value) else round(float(value), 4) for value in found]


def _list_sessions(sessions: pd.DataFrame, shown: pd.DataFrame) -> list[Columns]:
    known = {row["session"]: row for row in sessions.to_dict("records")}
    titles = title_sessions(dict(zip(sessions["session"], sessions["title"], strict=True)))
    return [
        {"id": session}
        | ({"title": titles[session]} if session in titles else {})
        | {
            key: known[session][key]
            for key in ("date", "place", "province")
            if session in known and isinstance(known[session][key], str)
        }
        for session in sorted(set(shown["session"].dropna()))
    ]


def _theme_order(themes: pd.DataFrame) -> list[str]:
    ordered = list(themes.sort_values("position")["theme_id"]) if len(themes) else []
    return [theme for theme in ordered if theme != OUTLIER_TOPIC] + [OUTLIER_TOPIC]


def _list_themes(themes: pd.DataFrame, assigned: pd.DataFrame) -> list[Columns]:
    rows = {row["theme_id"]: row for row in themes.to_dict("records")}
    found: list[Columns] = []
    for theme in _theme_order(themes):
        row = rows.get(theme)
        if row is None or theme == OUTLIER_TOPIC:
            found.append({"id": theme, "label": "", "keywords": [], "anchors": [], "pinned": False})
            continue
        nearby = assigned.loc[assigned["theme_id"] == theme]
        ordered = nearby.sort_values(["score", "fragment_id"], ascending=[False, True])["fragment_id"]
        anchors = list(dict.fromkeys([*row["representative_fragment_ids"], *ordered]))[:SHOWN_ANCHORS]
        found.append(
            {
                "id": theme,
                "label": str(row["label"]),
                "keywords": [str(word) for word in row["keywords"]],
                "anchors": anchors,
                "pinned": bool(row["pinned"]),
            }
        )
    return found


def _list_codes(codebook: pd.DataFrame) -> dict[str, list[Columns]]:
    found: dict[str, list[Columns]] = {}
    for row in codebook.to_dict("records"):
        kept = {key: str(row[key]) for key in ("parent", "definition") if isinstance(row[key], str)}
        found.setdefault(row["scheme"], []).append({"code": row["code"], "label": str(row["label"])} | kept)
    return found


def _code_labels(table: Any) -> Mapping[str, str]:  # noqa: ANN401
    """Labels of what the machine found by itself; codes of the codebook are named there."""
    topics, parts = table("topics"), table("subtopics")
    return dict(zip(topics["topic_id"], topics["label"], strict=True)) | dict(
        zip(parts["subtopic_id"], parts["label"], strict=True)
    )


def _list_coders(codings: pd.DataFrame, seen: pd.DataFrame) -> list[Columns]:
    names = {*codings["coder"], *seen["coder"]} - {DECIDED_CODER}
    people = sorted(name for name in names if not is_machine(name))
    machines = sorted(names - set(people), key=lambda name: (name != TAUGHT_CODER, name))
    return [{"id": name, "machine": name in machines} for name in [*people, *machines]]


def _list_codings(codings: pd.DataFrame, place: Mapping[str, int], labels: Mapping[str, str]) -> list[Columns]:
    order = {str(scheme): i for i, scheme in enumerate(Scheme)}
    kept = codings.loc[codings["fragment_id"].isin(place.keys()) & (codings["coder"] != DECIDED_CODER)]
    found = []
    for (coder, scheme), rows in kept.groupby(["coder", "scheme"], sort=True):
        ordered = rows.sort_values(["fragment_id", "rank"], kind="stable")
        codes = _index(ordered["code"])
        scores = ordered["score"]
        found.append(
            {
                "coder": coder,
                "scheme": scheme,
                "codes": [{"code": code, "label": labels.get(code, "")} for code in codes["values"]],
                "of": [place[fragment_id] for fragment_id in ordered["fragment_id"]],
                "code": codes["of"],
                "score": [round(float(score), 3) for score in scores] if scores.notna().all() else None,
            }
        )
    return sorted(found, key=lambda part: (part["coder"], order.get(part["scheme"], len(order))))


def _places(ids: Iterable[str], place: Mapping[str, int]) -> list[int]:
    return sorted(place[fragment_id] for fragment_id in ids if fragment_id in place)


def _list_seen(seen: pd.DataFrame, place: Mapping[str, int]) -> list[Columns]:
    return [
        {"coder": coder, "scheme": scheme, "of": _places(rows["fragment_id"], place)}
        for (coder, scheme), rows in seen.groupby(["coder", "scheme"], sort=True)
    ]


def _list_stances(stances: pd.DataFrame, place: Mapping[str, int]) -> Columns:
    """Give hats as noted or heard, never as derived from the structure; and where and how surely the machine judged."""
    kept = stances.loc[stances["fragment_id"].isin(place.keys())]
    hats = kept.loc[
        (kept["scheme"] == Scheme.HAT) & (kept["source"] != StanceSource.DERIVED) & kept["value"].notna()
    ].sort_values(["fragment_id", "rank"])
    first = hats.drop_duplicates("fragment_id")
    judged = kept.loc[kept["source"] == StanceSource.PREDICTED]
    margins = judged.loc[judged["margin"].notna()].sort_values("rank").drop_duplicates(["scheme", "fragment_id"])
    return {
        "hat": _index(first["value"], tuple(Hat)) | {"rows": [place[each] for each in first["fragment_id"]]},
        "noted": [bool(source == StanceSource.GIVEN) for source in first["source"]],
        "coder": TAUGHT_CODER,
        "abstained": {
            scheme: _places(rows["fragment_id"], place)
            for scheme, rows in judged.loc[judged["abstained"]].groupby("scheme", sort=True)
        },
        "margin": {
            scheme: {
                "of": [place[each] for each in rows["fragment_id"]],
                "margin": [round(float(margin), 3) for margin in rows["margin"]],
            }
            for scheme, rows in margins.groupby("scheme", sort=True)
        },
    }


def _list_conflicts(conflicts: pd.DataFrame, place: Mapping[str, int]) -> list[Columns]:
    return [
        {"of": place[row["fragment_id"]], "hat": row["hat"], "scheme": row["scheme"], "value": row["value"]}
        for row in conflicts.to_dict("records")
        if row["fragment_id"] in place
    ]


def _list_attributes(attributes: pd.DataFrame, shown: pd.DataFrame) -> list[Columns]:
    """Give what is said of speakers and utterances, a column over fragments for each; of the utterance goes first."""
    joined = join_attributes(shown, attributes)
    columns = ({"name": name} | _index(joined[name]) for name in joined)
    return [column for column in columns if column["values"]]


def _group_forms(tokens: pd.DataFrame) -> Columns:
    """Group the forms of words as they were said by their lemma; a lemma that nobody said is only a number.

    >>> _group_forms(pd.DataFrame({"text": ["Fietsen", "fiets", "ging"], "lemma": ["fiets", "fiets", "gaan"]}))
    {'fiets': [0], 'fietsen': [0]}
    """
    pairs = pd.DataFrame({"form": tokens["text"].str.lower(), "lemma": tokens["lemma"].str.lower()}).drop_duplicates()
    pairs = pairs.loc[pairs["form"].str.contains(r"\w", regex=True, na=False) & pairs["lemma"].notna()]
    several = pairs.groupby("lemma")["form"].transform("size") > 1
    kept = pairs.loc[several].sort_values(["lemma", "form"])
    numbers = {lemma: i for i, lemma in enumerate(sorted(set(kept["lemma"])))}
    found: dict[str, list[int]] = {}
    for form, lemma in sorted(zip(kept["form"], kept["lemma"], strict=True)):
        found.setdefault(form, []).append(numbers[lemma])
    return found


def _last_decision(decisions: pd.DataFrame) -> list[str]:
    return [str(each) for each in decisions.sort_values("position")["decision_id"]]


EXPLORER = "explorer.html"
FOLDER = Path(__file__).parent


def build_explorer(tables: Mapping[str, pd.DataFrame], described: Mapping[str, Any], config: Config) -> bytes:
    """Build the explorer of a study.

    Args:
        tables: tables by name; an absent table counts as an empty one.
        described: what the results were made from; only ``study`` is read, the name of the study.
        config: all settings; ``study`` and ``pseudonyms`` are read.

    Returns:
        ``explorer.html`` in UTF-8; the same bytes for the same tables and settings.
    """
    words, language = read_words(), config.study.language
    data = gather(tables, described, config) | {"words": words}
    style, script = _read("explorer.css"), _read("explorer.js")
    place = LANGUAGES.index(language)
    page = _read("page.html").format(
        language=language,
        title=escape(f"{data['study']} · {words['page.kind'][place]}"),
        study=escape(str(data["study"])),
        wait=escape(words["page.wait"][place]),
        noscript=escape(words["page.noscript"][place]),
        style=style,
        script=script,
        style_hash=hash_inline(style),
        script_hash=hash_inline(script),
        data=_embed(data),
    )
    return page.encode()


@cache
def read_words() -> dict[str, list[str]]:
    """Give every text of the page by key, in the order of ``LANGUAGES``; coders bear the names of the report."""
    found: dict[str, list[str]] = tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))
    coders = {key: list(texts) for key, texts in read_report_words().items() if key.startswith("coder.")}
    return found | coders


@cache
def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def hash_inline(text: str) -> str:
    """Hash an inline element as a content security policy asks.

    >>> hash_inline("")
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _embed(data: Mapping[str, Any]) -> str:
    r"""Write data as JSON that can stand inside an HTML element, whatever it holds.

    >>> _embed({"a": "</script><!--&"})
    '{"a":"\\u003c/script>\\u003c!--&"}'
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def link(page: str = "explorer.html", /, **choices: str | Iterable[str]) -> str:
    """Write the address of a view.

    Args:
        page: the page, as seen from where the link stands.
        choices: value or values by key.

    Returns:
        A relative address; keys in the order given.

    >>> link(open="f-007d8beda6e4")
    'explorer.html#open=f-007d8beda6e4'
    >>> link(view="matrix", cell=("theme", "A", "tijd, geld", "machine-taught", "-"))
    'explorer.html#view=matrix&cell=theme,A,tijd%2C%20geld,machine-taught,-'
    >>> link(**{"A.theme": ["nabijheid", "grenzen"]}, hat="zwart")
    'explorer.html#A.theme=nabijheid,grenzen&hat=zwart'
    """
    parts = []
    for key, value in choices.items():
        values = [value] if isinstance(value, str) else value
        parts.append(f"{quote(key, safe='.')}={','.join(quote(each, safe='') for each in values)}")
    return f"{page}#{'&'.join(parts)}"
