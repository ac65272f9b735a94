"""A codebook proposed from themes: named by a model or by words, with sources, readable as any other codebook."""

import csv
from functools import partial

import numpy as np
import pytest
from invented import make_fragments
from language_server import MODEL, LanguageServer, serve_language
from typer.testing import CliRunner

from pipeline.analysis.prompted.proposals import (
    COLUMNS,
    TopicGroup,
    gather_groups,
    merge_over_samples,
    propose,
    to_rows,
)
from pipeline.cli.app import app
from pipeline.core.config import load_config
from pipeline.core.errors import InputError
from pipeline.core.study import open_study
from pipeline.core.tables import empty_table, table_from_rows, write_table
from pipeline.core.vocabulary import Scheme
from pipeline.loaders.choices import choose_language_model
from pipeline.readers.given.codebook import read_codebook

TEXTS = [
    "De tuin is mooi",
    "Water voor de tuin",
    "Onze tuin | samen",
    "Een tuin erbij",
    "De bus is laat",
    "=bus te laat",
]


def tables():
    fragments = make_fragments(*((f"f{i}", "used", text) for i, text in enumerate(TEXTS)))
    theme = {"named": False, "pinned": False, "decision_ids": []}
    themes = table_from_rows(
        [
            theme | {"theme_id": "T01", "position": 0, "topics": ["T01"], "label": "tuin, water", "size": 4,
                     "keywords": ["tuin", "water"], "representative_fragment_ids": ["f1"]},
            theme | {"theme_id": "T02", "position": 1, "topics": ["T02"], "label": "bus, laat", "size": 2,
                     "keywords": ["bus", "laat"], "representative_fragment_ids": ["f4"]},
            theme | {"theme_id": "outlier", "position": 2, "topics": [], "label": "", "size": 0, "keywords": [],
                     "representative_fragment_ids": []},
        ],
        "themes",
    )  # fmt: skip
    assignments = table_from_rows(
        [
            {
                "fragment_id": f"f{i}",
                "theme_id": "T01" if i < 4 else "T02",
                "topic_id": "T01",
                "how": "topic",
                "score": 0.5,
            }
            for i in range(6)
        ],
        "theme_assignments",
    )
    return themes, assignments, empty_table("subtopics"), empty_table("topic_mentions"), fragments


def encode(texts):
    del texts
    return np.ones((2, 4), dtype=np.float32) / 2


def ask(server, folder):
    config = load_config(overrides={"prompted": {"server": server.url, "model": MODEL, "retries": 0}}).prompted
    return propose(gather_groups(*tables()), choose_language_model(config, folder).load(), encode)


def test_names_sentences_and_sources_of_a_model(tmp_path):
    with serve_language(LanguageServer()) as server:
        garden, bus = ask(server, tmp_path)
        assert server.n_asked == 3 + 1  # two fragments have no halves
        ask(server, tmp_path)
        assert server.n_asked == 4
    assert garden.name == "Over tuin"
    assert garden.sentences == (("Gaat over tuin.", ("f1",)),)  # the sentence without a source is left out
    assert garden.name_stability == 1.0
    assert (bus.name, bus.name_stability, bus.by_model) == ("Over bus", None, True)
    row = to_rows([garden, bus], "model")[0]
    assert row["definition"] == "Gaat over tuin. Wel: Wie tuin noemt. Niet: Al het andere."


def test_themes_that_samples_do_not_keep_apart_become_one():
    rng = np.random.default_rng(1)
    places = {"T01": [1, 0, 0], "T02": [0, 1, 0], "T03": [0, 1, 0], "T04": [0, 0, 1]}
    ids = {theme: tuple(f"{theme}-{i:02d}" for i in range(20)) for theme in places}
    vectors = {f: np.array(places[t]) + rng.normal(0, 0.05, 3) for t in places for f in ids[t]}
    group = partial(TopicGroup, label="", keywords=("woord",))
    groups = [group(id=t, scheme=Scheme.THEME, parent=None, fragment_ids=ids[t], texts=ids[t]) for t in places]
    part = group(id="T03.1", scheme=Scheme.SUBTHEME, parent="T03", fragment_ids=ids["T03"][:5], texts=ids["T03"][:5])
    embeddings = table_from_rows(
        [{"fragment_id": f, "vector": v.astype(np.float32)} for f, v in vectors.items()], "embeddings"
    )
    merged = merge_over_samples([*groups[:3], part, groups[3]], empty_table("tokens"), embeddings)
    assert [(g.id, g.parent, g.merged) for g in merged] == [
        ("T01", None, ()), ("T02", None, ("T03",)), ("T03.1", "T02", ()), ("T04", None, ())
    ]  # fmt: skip
    assert [len(g.fragment_ids) for g in merged] == [20, 40, 5, 20]
    assert merged[1].fragment_ids[:2] == ("T02-00", "T03-00")
    assert min(g.overlap for g in (merged[0], merged[3])) > 0.9
    again = merge_over_samples([groups[3], *groups[:3], part], empty_table("tokens"), embeddings)
    assert {g.id: g.merged for g in again} == {g.id: g.merged for g in merged}


def test_few_fragments_are_not_sampled():
    groups = gather_groups(*tables())
    assert merge_over_samples(groups, empty_table("tokens"), empty_table("embeddings")) == groups


@pytest.mark.parametrize("fault", ["broken", "invented"])
def test_a_name_that_is_none_leaves_the_label(tmp_path, fault):
    with serve_language(LanguageServer(quotes=fault)) as server:
        proposals = ask(server, tmp_path)
    assert [proposal.name for proposal in proposals] == ["tuin, water", "bus, laat"]
    assert not any(proposal.by_model for proposal in proposals)


def test_the_file_is_a_codebook_and_is_not_replaced(tmp_path):
    sources = tmp_path / "notes"
    sources.mkdir()
    (sources / "a.txt").write_text("De tuin is mooi.", encoding="utf-8")
    study = open_study(sources, tmp_path / "study")
    study.root.mkdir()
    (study.root / "study.toml").write_text('[embeddings]\nencoder = "tfidf-svd"\n', encoding="utf-8")
    for name, table in zip(
        ("themes", "theme_assignments", "subtopics", "topic_mentions", "fragments"), tables(), strict=True
    ):
        write_table(table, study.table(name), name)
    for name in ("tokens", "embeddings"):
        write_table(empty_table(name), study.table(name), name)
    ran = CliRunner().invoke(app, ["propose", str(study.root)])
    assert ran.exit_code == 0, ran.output
    assert "onderscheiden" in ran.output
    path = study.root / "codebook-proposed.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert tuple(rows[0]) == COLUMNS
    assert rows[1]["examples"].split(" | ")[1] == "=bus te laat"
    codebook = read_codebook(path, "codebook.csv")
    assert [code["code"] for code in codebook] == ["tuin-water", "bus-laat"]
    again = CliRunner().invoke(app, ["propose", str(study.root)])
    assert isinstance(again.exception, InputError)
    assert "is already there" in str(again.exception)
