"""A codebook proposed from themes: named by a model or by words, with sources, readable as any other codebook."""

import csv

import numpy as np
import pytest
from invented import make_fragments
from language_server import MODEL, LanguageServer, serve_language
from typer.testing import CliRunner

from pipeline.analysis.prompted.proposals import COLUMNS, gather_groups, propose, to_rows
from pipeline.cli.app import app
from pipeline.core.config import load_config
from pipeline.core.errors import InputError
from pipeline.core.study import open_study
from pipeline.core.tables import empty_table, table_from_rows, write_table
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
    assert garden.stability == 1.0
    assert (bus.name, bus.stability, bus.by_model) == ("Over bus", None, True)
    row = to_rows([garden, bus], "model")[0]
    assert row["definition"] == "Gaat over tuin. Wel: Wie tuin noemt. Niet: Al het andere."


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
    ran = CliRunner().invoke(app, ["propose", str(study.root)])
    assert ran.exit_code == 0, ran.output
    assert "names are the words that set a theme apart" in ran.output
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
