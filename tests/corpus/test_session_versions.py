"""Versions of one session: which counts, what changed, and what becomes of codings made on an older one."""

import hashlib

import pandas as pd
import pytest

from pipeline.core.config import FragmentsConfig
from pipeline.core.errors import InputError, Output
from pipeline.core.vocabulary import Version
from pipeline.corpus.fragments import cut
from pipeline.corpus.ingest import ingest
from pipeline.corpus.matching import match
from pipeline.readers.notes import transcript
from pipeline.readers.sources import Reading, SourceText, split_version
from pipeline.text.normalisation import name_fragment

BUS = "de bus naar het dorp rijdt niet meer op zondag"
SHOP = "de winkel op het plein is sinds vorig jaar dicht"
HALL = "wie betaalt de verwarming van de zaal in de winter"
PATH = "het voetpad langs de school is veel te smal"
OLD_HALL = "wie betaalt eigenlijk de verwarming van de grote zaal in de winter"
DRAFT = (BUS, SHOP, OLD_HALL, PATH)
READ = (BUS, OLD_HALL, PATH)
FINAL = (PATH, BUS, HALL, "er komt een belbus vanaf de lente")


def reading(name: str, *remarks: str) -> Reading:
    text = "Witte hoed\n" + "".join(f"- {remark}\n" for remark in remarks)
    return transcript.read(SourceText(name, text, hashlib.sha256(text.encode()).hexdigest(), "utf-8"))


DRAFTED, READ_BACK, DONE = (
    reading(f"tafel-03_{version}.txt", *remarks)
    for version, remarks in (("ontwerp", DRAFT), ("nagelezen", READ), ("definitief", FINAL))
)


def coding(number: int, quote: str | None = None, file: str = "coder-a.csv", **cells: object) -> dict:
    empty = dict.fromkeys(("session", "unit", "source_id", "char_start", "char_end"))
    identity = f"{file}:{number:06d}:theme:1"
    row = {"row_id": identity, "coder": "A", "scheme": "theme", "code": "vervoer", "rank": 1, "quote": quote}
    return {**row, **empty, **cells}


def run(*codings: dict, readings: tuple[Reading, ...] = (DRAFTED, DONE)) -> tuple[Output, Output, pd.Series]:
    # Rows of another coder that match, so that no file is taken for that of other notes.
    filler = [coding(900 + i, PATH, coder="Z") for i in range(len(codings) + 1)]
    made = ingest(readings, given=[[*codings, *filler]])
    tables = made.tables
    fragments = cut(tables["utterances"], config=FragmentsConfig(min_words=2, max_words=80)).tables["fragments"]
    matched = match(tables["given_codings"], tables["utterances"], fragments, tables["codebook"])
    return made, matched, fragments.set_index("fragment_id")["text"]


def outcome(matched: Output, texts: pd.Series) -> list[tuple]:
    table = matched.tables["coding_matches"]
    kept = table[~table["row_id"].str.contains(":0009")]
    return [
        (row["outcome"], None if pd.isna(row["how"]) else row["how"], [texts[i] for i in row["fragment_ids"]],
         None if pd.isna(row["reason"]) else row["reason"])
        for row in kept.to_dict("records")
    ]  # fmt: skip


def test_only_the_last_version_counts_and_the_others_stay_as_sources() -> None:
    made, _, _ = run(readings=(DONE, DRAFTED, READ_BACK))
    utterances, sources = made.tables["utterances"], made.tables["sources"].set_index("name")
    assert set(utterances["source_id"]) == {DONE.source.source_id}
    assert tuple(utterances.loc[utterances["kind"] == "statement", "text"]) == FINAL
    assert sources["session"].unique().tolist() == ["tafel-03"]
    assert sources.loc["tafel-03_ontwerp.txt", "superseded_by"] == DONE.source.source_id
    assert sources.loc["tafel-03_nagelezen.txt", "superseded_by"] == DONE.source.source_id
    assert pd.isna(sources.loc["tafel-03_definitief.txt", "superseded_by"])
    assert made.tables["sessions"]["source_ids"].tolist() == [[DONE.source.source_id]]
    told = [notice.where for notice in made.notices if "is an older version of session 'tafel-03'" in notice.message]
    assert told == ["tafel-03_ontwerp.txt", "tafel-03_nagelezen.txt"]


def test_changes_are_listed_from_each_version_to_the_next() -> None:
    made, _, _ = run(readings=(DRAFTED, READ_BACK, DONE))
    changes = made.tables["version_changes"]
    assert changes[["from_version", "to_version", "change"]].to_numpy().tolist() == [
        ["nagelezen", "definitief", "changed"],
        ["nagelezen", "definitief", "added"],
        ["ontwerp", "nagelezen", "removed"],
    ]
    changed = changes.iloc[0]
    texts = {row["utterance_id"]: row["text"] for r in (DRAFTED, READ_BACK, DONE) for row in r.utterances}
    assert (texts[changed["from_utterance"]], texts[changed["to_utterance"]]) == (OLD_HALL, HALL)
    assert changed["similarity"] == pytest.approx(0.862, abs=0.01)
    assert texts[changes.iloc[2]["from_utterance"]] == SHOP
    assert pd.isna(changes.iloc[2]["to_utterance"])


def old(remark: str) -> str:
    return next(row["utterance_id"] for row in DRAFTED.utterances if row["text"] == remark)


def test_codings_of_an_older_version_are_carried_by_id_by_text_and_by_place() -> None:
    at = next(row for row in DRAFTED.utterances if row["text"] == OLD_HALL)
    place = {"source_id": "tafel-03_ontwerp.txt", "char_start": at["char_start"], "char_end": at["char_end"]}
    _, matched, texts = run(
        coding(1, unit=name_fragment("tafel-03", OLD_HALL, 1)),
        coding(2, unit=old(OLD_HALL), coder="B"),
        coding(3, OLD_HALL, coder="C"),
        coding(4, **place, coder="D"),
        coding(5, BUS, coder="E"),
        coding(6, SHOP, coder="F"),
    )
    assert outcome(matched, texts) == [
        *[("matched", "carried", [HALL], None)] * 4,
        ("matched", "exact", [BUS], None),
        ("unmatched", None, [], "the remark was taken out in a later version"),
    ]
    codings = matched.tables["human_codings"]
    assert codings[codings["coder"] != "Z"]["coder"].tolist() == ["A", "B", "C", "D", "E"]


def test_a_file_named_after_a_version_speaks_of_that_version() -> None:
    _, matched, texts = run(coding(1, BUS, file="coder-a_ontwerp.csv"))
    assert outcome(matched, texts) == [("matched", "carried", [BUS], None)]


def test_who_coded_the_last_version_is_not_overruled_by_an_older_coding() -> None:
    made, matched, texts = run(
        coding(1, OLD_HALL, file="coder-a_ontwerp.csv"),
        coding(2, HALL, file="coder-a_definitief.csv", code="geld"),
        coding(3, BUS, file="coder-a_ontwerp.csv"),
        coding(4, BUS, file="coder-a_definitief.csv", code="geld"),
        coding(5, SHOP, file="coder-a_ontwerp.csv"),
        coding(6, PATH, file="coder-a_ontwerp.csv"),
        coding(7, PATH, file="coder-a_definitief.csv"),
    )
    codings = matched.tables["human_codings"]
    mine = codings[codings["coder"] == "A"]
    assert {(texts[row["fragment_id"]], row["code"]) for row in mine.to_dict("records")} == {
        (HALL, "geld"), (BUS, "geld"), (PATH, "vervoer")
    }  # fmt: skip
    reasons = [row[3] for row in outcome(matched, texts) if row[0] == "unmatched"]
    assert reasons.count("its coder coded the later version anew") == 3
    changes = made.tables["version_changes"]
    told = {(row["change"], tuple(row["moved"]), tuple(row["lost"])) for row in changes.to_dict("records")}
    assert told == {
        ("changed", ("theme",), ()),
        ("recoded", ("theme",), ()),
        ("added", (), ()),
        ("removed", (), ("theme",)),
    }
    assert len(matched.tables["coding_matches"]) == len(made.tables["given_codings"])


def test_parts_of_a_session_are_no_versions_of_each_other() -> None:
    notes = reading("tafel-03-notities_ontwerp.txt", "de trein rijdt op tijd", "wij fietsen graag")
    made, _, _ = run(readings=(DONE, notes))
    assert set(made.tables["utterances"]["source_id"]) == {DONE.source.source_id, notes.source.source_id}
    assert made.tables["version_changes"].empty


def test_a_draft_that_was_split_in_parts_is_known_by_its_remarks() -> None:
    first, second = reading("tafel-03-deel-1_def.txt", BUS, SHOP, HALL), reading("tafel-03-deel-2_def.txt", PATH)
    made, _, _ = run(readings=(DRAFTED, first, second))
    sources = made.tables["sources"].set_index("name")["superseded_by"]
    assert sources["tafel-03_ontwerp.txt"] == first.source.source_id
    assert sorted(made.tables["version_changes"]["change"]) == ["changed"]


def test_two_files_of_one_version_that_repeat_each_other_are_refused() -> None:
    header = "Sessie: kiel\n"
    one, other = (
        transcript.read(SourceText(name, header + READ_BACK.source.text + extra, name, "utf-8"))
        for name, extra in (("a_def.txt", ""), ("b_def.txt", "- nog iets\n"))
    )
    with pytest.raises(InputError, match="repeats 3 remarks of a_def.txt"):
        ingest([one, other])


def test_versions_that_did_not_change_have_no_changes() -> None:
    made, _, _ = run(readings=(reading("tafel-03_ontwerp.txt", *FINAL), DONE))
    assert made.tables["version_changes"].empty


def test_any_order_of_files_gives_the_same_tables() -> None:
    rows = [coding(1, OLD_HALL), coding(2, SHOP)]
    one = ingest((DRAFTED, READ_BACK, DONE), given=[rows])
    other = ingest((DONE, DRAFTED, READ_BACK), given=[rows])
    for name, table in one.tables.items():
        assert table.equals(other.tables[name]), name
    assert one.notices == other.notices


def test_a_folder_may_say_the_version() -> None:
    assert split_version("nagelezen/tafel-1.md") == ("tafel-1", Version.NAGELEZEN)
    assert split_version("Definitieve versies/tafel-1.md") == ("tafel-1", Version.DEFINITIEF)
    assert split_version("ontwerp/tafel-1_def.md") == ("tafel-1", Version.DEFINITIEF)
    assert split_version("defensie/tafel-1.md") == ("tafel-1", None)
