"""Figures in notebooks: each gives the data that it shows, and says which choice is wrong."""

import pytest
from small_report import make_tables

from pipeline import figures
from pipeline.core.errors import InputError


@pytest.fixture(scope="module")
def tables():
    return make_tables()


def test_the_map_shows_every_fragment_with_its_topic(tables):
    figure, frame = figures.topic_map(tables)
    assert sum(len(trace.x) for trace in figure.data) == len(frame) == 6
    assert frame.set_index("fragment_id")["topic"]["f-6"] == "uitschieters"


def test_codes_are_counted_by_session_and_unknown_is_shown(tables):
    tables = tables | {"codings": tables["human_codings"]}
    _, frame = figures.themes_by(tables, "session", "A")
    assert frame.to_numpy().sum() == 6
    _, by_hat = figures.themes_by(tables, "hat", "A")
    assert by_hat.to_numpy().sum() == 6
    with pytest.raises(InputError, match="cannot be divided by 'leeftijd'"):
        figures.themes_by(tables, "leeftijd", "A")
    with pytest.raises(InputError, match="'Z' gave no theme"):
        figures.themes_by(tables, "session", "Z")


def test_passages_are_those_of_the_cell(tables):
    tables = tables | {"codings": tables["human_codings"]}
    found = figures.passages(tables, "theme", "A", "B", ("deur", "buurt"))
    assert list(found["fragment_id"]) == ["f-2"]
    assert list(found["B"]) == ["buurt"]


def test_documents_of_a_topic_and_a_wrong_number_of_topics(tables):
    assert list(figures.topic_documents(tables, "T01", 2)["score"]) == sorted(
        figures.topic_documents(tables, "T01", 2)["score"], reverse=True
    )
    with pytest.raises(InputError, match="there is no topic 'T99'"):
        figures.topic_documents(tables, "T99")
    with pytest.raises(InputError, match="is not a number of topics"):
        figures.try_topics(tables | {"embeddings": tables["embeddings"].head(0)}, 3)


def test_every_interval_has_its_name_and_lies_within_the_picture(tables):
    figure, frame = figures.agreement_intervals(tables)
    rows = [row for trace in figure.data for row in trace.y]
    assert len(rows) == len(set(rows)) == len(frame) and figure.layout.yaxis.dtick == 1
    low, high = figure.layout.xaxis.range
    assert low < min(0, frame["low"].min()) and high > 1
