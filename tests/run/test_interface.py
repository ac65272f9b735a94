"""The Python interface, on a study that was analysed through it."""

import shutil

import pandas as pd
import pytest
from small_study import finished_small_study, make_small_study

import pipeline as dt


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    finished = finished_small_study("tafel-01", "tafel-02")
    return dt.analyse(shutil.copytree(finished, tmp_path_factory.mktemp("interface") / "proef"), progress=False)


def test_tables_are_read_by_name(study):
    assert {"fragments", "topics", "agreement"} <= set(study.tables())
    assert "topic_id" in study["topics"].columns
    assert study.report.read_bytes().lower().startswith(b"<!doctype html>")
    assert len(study) == len(study.tables()) and "topics" in study and "themas" not in study
    with pytest.raises(dt.InputError, match="there is no table 'topic'.*'topics'"):
        study["topic"]


def test_fragments_are_joined_with_codes_speaker_and_place(study):
    frame = study.fragments()
    used = study["fragments"].query("status == 'used'")
    assert len(frame) == len(used)
    assert {"speaker", "source", "line", "text", "theme | A", "theme | B", "polarity | A"} <= set(frame.columns)
    codings = study["codings"].query("coder == 'A' and scheme == 'theme' and rank == 1")
    first = frame.set_index("fragment_id")["theme | A"].dropna().str.split("; ").str[0]
    assert all(first[row.fragment_id] == row.code for row in codings.itertuples())


def test_fragments_are_kept_by_code_and_by_hat(study):
    frame = study.fragments(theme="nabijheid", coder="A")
    assert len(frame) and frame["theme | A"].str.contains("nabijheid").all()
    black = study.fragments(hat="zwart")
    assert len(black) and len(black) < len(study.fragments())
    assert len(study.fragments(every_status=True)) == len(study["fragments"])


def test_a_filter_that_finds_nothing_says_what_there_is(study):
    with pytest.raises(dt.InputError, match="there is no theme 'nabij'. There is .*nabijheid"):
        study.fragments(theme="nabij")
    with pytest.raises(dt.InputError, match="cannot be filtered by 'thema'. Filter by theme"):
        study.fragments(thema="nabijheid")


def test_a_finished_study_is_opened_and_one_that_is_not_is_refused(study, tmp_path):
    assert dt.open(study.root).tables() == study.tables()
    with pytest.raises(dt.InputError, match="has not been analysed yet"):
        dt.open(make_small_study(tmp_path / "nieuw"))


def test_reading_writes_nothing(tmp_path):
    root = make_small_study(tmp_path / "proef")
    before = sorted(path.relative_to(root) for path in root.rglob("*"))
    tables = dt.read(root)
    assert {"fragments", "human_codings", "coding_matches"} <= set(tables) and len(tables["fragments"])
    assert sorted(path.relative_to(root) for path in root.rglob("*")) == before
    assert len(dt.read(root / "sources")["fragments"]) == len(tables["fragments"])
    assert sorted(path.relative_to(root) for path in root.rglob("*")) == before


def test_agreement_of_any_table():
    codes = {"eenheid": [*range(20)] * 2, "wie": ["A"] * 20 + ["B"] * 20, "wat": list("xy" * 10 + "xy" * 8 + "yyxx")}
    frame = dt.agreement(pd.DataFrame(codes), unit="eenheid", coder="wie", code="wat")
    kappa = frame[(frame["statistic"] == "cohen_kappa") & (frame["code"] == "")]
    assert kappa["estimate"].tolist() == [pytest.approx(0.8)]
    with pytest.raises(dt.InputError, match="has no column 'code'. Its columns are eenheid, wie, wat"):
        dt.agreement(pd.DataFrame(codes), unit="eenheid", coder="wie")


def test_an_unknown_name_says_what_there_is():
    with pytest.raises(AttributeError, match="has no attribute 'analyze'; it has .*analyse"):
        dt.analyze  # noqa: B018


@pytest.mark.parametrize("given", ["elke", [None], [3.5]])
def test_what_is_no_list_of_texts_is_not_embedded(given):
    with pytest.raises(dt.InputError, match="takes a list of texts"):
        dt.embed(given)
