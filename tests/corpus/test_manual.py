"""Which fragments a manual coding speaks of, and what becomes of the rows that speak of none."""

from pathlib import Path

import pandas as pd
import pytest

from pipeline.core.config import FragmentsConfig, load_config
from pipeline.core.errors import InputError, Output
from pipeline.corpus.fragments import cut
from pipeline.corpus.ingest import ingest
from pipeline.corpus.matching import match
from pipeline.readers import read_source
from pipeline.readers.given.codebook import read_codebook
from pipeline.readers.given.codings import read_codings
from pipeline.readers.notes import transcript
from pipeline.readers.sources import SourceText

EXAMPLE = Path(__file__).parents[2] / "data" / "example"

LONG = "Eerst kwam de bakker elke dag langs met vers brood. Daarna sloot de winkel op het plein voorgoed de deuren."
TAFEL_1 = f"""Witte hoed
- de bus naar het dorp rijdt niet meer
D1: {LONG}
- klopt helemaal wat zij zegt
- klopt helemaal wat zij zegt
"""
TAFEL_2 = """Zwarte hoed
D2: De “trage” wegen zijn – sinds mei – gesloten.
- de bus naar het dorp rijdt niet meer
- wie betaalt de verwarming van de zaal
- wie betaalt de verlichting van de zaal
"""
CODES = [("theme", "vervoer"), ("theme", "winkels en markt"), ("polarity", "kans"), ("polarity", "knelpunt")]


def sources() -> Output:
    readings = [
        transcript.read(SourceText(name, text, name, "utf-8"))
        for name, text in (("tafel-1.txt", TAFEL_1), ("tafel-2.txt", TAFEL_2))
    ]
    codebook = [
        {"scheme": scheme, "code": code, "label": code, "examples": [], "example_fragment_ids": []}
        for scheme, code in CODES
    ]
    return ingest(readings, codebook=codebook)


TABLES = sources().tables
FRAGMENTS = cut(TABLES["utterances"], config=FragmentsConfig(min_words=2, max_words=12)).tables["fragments"]


def row(number: int, quote: str | None = None, *, scheme: str = "theme", rank: int = 1, **cells: object) -> dict:
    empty = dict.fromkeys(("session", "unit", "source_id", "char_start", "char_end"))
    identity = f"{cells.pop('file', 'coder-a.csv')}:{number:06d}:{scheme}:{rank}"
    given = {"row_id": identity, "coder": "A", "scheme": scheme, "code": "vervoer", "rank": rank, "quote": quote}
    return {**given, **empty, **cells}


def run(*rows: dict) -> Output:
    filler = [row(900 + i, LONG, coder="Z", code=None) for i in range(len(rows) + 1)]
    given = pd.DataFrame([*rows, *filler])
    return match(given, TABLES["utterances"], FRAGMENTS, TABLES["codebook"])


def outcome(output: Output) -> list[tuple]:
    """What became of each row, its fragments told by their text."""
    table = output.tables["coding_matches"]
    texts = FRAGMENTS.set_index("fragment_id")["text"]
    kept = table[~table["row_id"].str.contains(":0009")]
    return [
        (how if isinstance(how, str) else None, tuple(texts[i] for i in ids))
        for how, ids in zip(kept["how"], kept["fragment_ids"], strict=True)
    ]


def reason(output: Output) -> str:
    table = output.tables["coding_matches"]
    (found,) = table.loc[table["outcome"] == "unmatched", "reason"]
    return found


def fragment(text: str, session: str = "tafel-1") -> pd.Series:
    return FRAGMENTS[(FRAGMENTS["text"] == text) & (FRAGMENTS["session"] == session)].iloc[0]


FIRST, SECOND = LONG.split(". ")[0] + ".", LONG.split(". ")[1]
BUS = "de bus naar het dorp rijdt niet meer"


def test_by_id_of_a_fragment_and_of_an_utterance() -> None:
    second = fragment(SECOND)
    output = run(row(2, unit=second["fragment_id"]), row(3, unit=second["utterance_id"]))
    assert outcome(output) == [("id", (SECOND,)), ("id", (FIRST, SECOND))]


def test_by_offsets_with_the_span_of_the_coder() -> None:
    second = fragment(SECOND)
    start, end = int(second["char_start"]) + 7, int(second["char_end"])
    output = run(row(2, source_id=second["source_id"], char_start=start, char_end=end))
    assert outcome(output) == [("offsets", (SECOND,))]
    (coded,) = output.tables["human_codings"].to_dict("records")
    assert (coded["char_start"], coded["char_end"]) == (start, end)


def test_offsets_over_a_whole_turn_take_all_its_fragments() -> None:
    first, second = fragment(FIRST), fragment(SECOND)
    start, end = first["char_start"], second["char_end"]
    output = run(row(2, source_id=first["source_id"], char_start=start, char_end=end))
    assert outcome(output) == [("offsets", (FIRST, SECOND))]


@pytest.mark.parametrize(
    ("quote", "session", "texts"),
    [
        (LONG, None, (FIRST, SECOND)),
        (SECOND, None, (SECOND,)),
        ("D1: " + SECOND.upper(), "tafel-1", (SECOND,)),
        ("sloot de winkel op het plein", None, (SECOND,)),
        ("vers brood. Daarna sloot de winkel", None, (FIRST, SECOND)),
        (BUS, "tafel-2", (BUS,)),
        ('De "trage" wegen zijn - sinds mei -  gesloten', None, ("De “trage” wegen zijn – sinds mei – gesloten.",)),
    ],
)
def test_by_exact_text(quote: str, session: str | None, texts: tuple[str, ...]) -> None:
    assert outcome(run(row(2, quote, session=session))) == [("exact", texts)]


def test_by_a_text_that_is_like_it() -> None:
    output = run(row(2, "de buss naar het drop rijdt niet meer.", session="tafel-2"))
    assert outcome(output) == [("fuzzy", (BUS,))]
    similarity = output.tables["coding_matches"]["similarity"].iloc[0]
    assert 0.9 < similarity < 1
    assert [(notice.where, notice.message) for notice in output.notices] == [
        ("coder-a.csv, row 2", "matched to the text that is most like it: see coding_matches")
    ]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"quote": "wie betaalt de verlaging van de zaal"}, "its text is like two remarks: give fragment_id, or"),
        ({"quote": BUS}, "its text stands at 2 places: give fragment_id, or source and offsets"),
        ({"quote": "bus naar het dorp rijdt"}, "its text stands in 2 remarks: give fragment_id, or source and offsets"),
        ({"quote": "er groeit niets in deze tuin"}, "its text is not in the sources"),
        ({"quote": "te duur"}, "its text is not in the sources"),
        ({"quote": LONG, "session": "tafel-2"}, "its text is not in the session"),
        ({"quote": LONG, "session": "tafel-9"}, "names a session that is not there"),
        ({"unit": "f-000000000000"}, "names an id that no fragment and no utterance has"),
        ({"source_id": "tafel-9", "char_start": 0, "char_end": 9}, "names a source that is not there"),
        ({"source_id": FRAGMENTS["source_id"][0], "char_start": 0, "char_end": 4}, "names offsets at which no remark"),
    ],
)
def test_rows_that_match_nothing_are_listed(cells: dict, expected: str) -> None:
    output = run(row(2, **cells), row(3, SECOND))
    assert reason(output).startswith(expected)
    (notice,) = output.notices
    assert notice.where == "coder-a.csv, row 2"
    assert notice.message.startswith(f"not matched: {expected}")
    assert len(output.tables["human_codings"]) == 1


def test_an_id_that_is_gone_falls_back_on_the_text() -> None:
    assert outcome(run(row(2, SECOND, unit="f-000000000000"))) == [("exact", (SECOND,))]


def test_a_text_that_returns_is_coded_in_the_order_of_the_notes() -> None:
    text = "klopt helemaal wat zij zegt"
    output = run(row(2, text, code="vervoer"), row(5, text, code="winkels en markt"))
    coded = output.tables["human_codings"].merge(FRAGMENTS, on="fragment_id").sort_values("line")
    assert list(zip(coded["line"], coded["code"], strict=True)) == [(4, "vervoer"), (5, "winkels en markt")]
    assert reason(run(row(2, text), row(3, SECOND))).startswith("its text stands at 2 places")


def test_rows_in_are_rows_matched_and_unmatched() -> None:
    rows = [row(2, SECOND), row(3, "staat nergens in de tekst"), row(4, BUS, session="tafel-1")]
    table = run(*rows).tables["coding_matches"]
    assert len(table) == len(rows) + 4
    assert table["outcome"].value_counts().to_dict() == {"matched": 6, "unmatched": 1}


def test_seen_with_and_without_a_code() -> None:
    output = run(
        row(2, SECOND, rank=1), row(2, SECOND, rank=2, code="winkels en markt"),
        row(2, SECOND, scheme="polarity", code=None), row(3, FIRST, scheme="polarity", code="neutraal"),
    )  # fmt: skip
    coded = output.tables["human_codings"]
    assert list(zip(coded["scheme"], coded["code"], coded["rank"], strict=True)) == [
        ("theme", "vervoer", 1),
        ("theme", "winkels en markt", 2),
    ]
    seen = output.tables["seen"]
    first, second = fragment(FIRST)["fragment_id"], fragment(SECOND)["fragment_id"]
    assert set(zip(seen["scheme"], seen["fragment_id"], strict=True)) - {("theme", first)} == {
        ("theme", second),
        ("polarity", second),
        ("polarity", first),
    }


def test_a_row_that_is_not_understood_is_counted_and_seen_by_nobody() -> None:
    output = run(row(2, SECOND, scheme="polarity", code=None, dropped="its value is not understood"))
    assert reason(output) == "its value is not understood"
    assert set(output.tables["seen"]["scheme"]) == {"theme"}
    assert not [notice for notice in output.notices if "not understood" in notice.message]


def test_two_files_of_one_coder_that_differ_are_said() -> None:
    rows = [
        row(2, SECOND, scheme="polarity", code="kans"), row(3, FIRST),
        row(2, SECOND, scheme="polarity", code="knelpunt", file="coder-a .csv"), row(3, FIRST, file="coder-a .csv"),
    ]  # fmt: skip
    said = [notice for notice in run(*rows).notices if "one coder" in notice.message]
    assert [(notice.where, notice.message) for notice in said] == [
        (
            "coder-a .csv, coder-a.csv",
            "are read as codings of one coder, 'A', and give 1 fragments different codes: see whether they are of two",
        )
    ]
    assert not [notice for notice in run(*rows[:2]).notices if "one coder" in notice.message]


def test_a_code_given_twice_counts_once() -> None:
    output = run(row(2, LONG), row(3, SECOND), row(4, SECOND, code="winkels en markt"))
    coded = output.tables["human_codings"]
    second = coded[coded["fragment_id"] == fragment(SECOND)["fragment_id"]]
    assert list(zip(second["code"], second["rank"], strict=True)) == [("vervoer", 1), ("winkels en markt", 2)]


def test_rows_read_off_a_report_say_so() -> None:
    output = run(row(2, unit=fragment(SECOND)["utterance_id"], coder="synthese"))
    assert outcome(output) == [("structure", (FIRST, SECOND))]


def test_unknown_codes_are_refused_with_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        run(row(2, SECOND, code="vervoor"), row(7, SECOND, scheme="polarity", code="probleem"))
    assert str(caught.value).splitlines() == [
        "coder-a.csv, row 2: the code 'vervoor' is not in scheme 'theme' of the codebook. Did you mean 'vervoer'?",
        "coder-a.csv, row 7: the code 'probleem' is not in scheme 'polarity' of the codebook. "
        "Known here: kans, knelpunt.",
    ]


def test_codes_that_differ_in_case_or_spaces_are_suspect() -> None:
    output = run(row(2, SECOND, code="Winkels-en  markt"))
    assert output.tables["human_codings"]["code"].tolist() == ["winkels en markt"]
    (notice,) = output.notices
    assert notice.where == "coder-a.csv, row 2"
    assert notice.message == "the code 'Winkels-en  markt' was read as 'winkels en markt' of the codebook"


def test_a_coding_of_other_notes_is_refused() -> None:
    rows = [row(2, "een heel ander gesprek"), row(3, "over heel andere dingen"), row(4, SECOND)]
    with pytest.raises(InputError) as caught:
        match(pd.DataFrame(rows), TABLES["utterances"], FRAGMENTS, TABLES["codebook"])
    assert str(caught.value).startswith("coder-a.csv, rows 2, 3: 2 of 3 rows match nothing in the sources. Check that")
    assert "gesprek" not in str(caught.value)


def test_input_is_not_changed_and_order_does_not_matter() -> None:
    given = pd.DataFrame([row(2, SECOND), row(3, FIRST, code="winkels en markt"), row(4, BUS, session="tafel-2")])
    before = given.copy(deep=True)
    output = match(given, TABLES["utterances"], FRAGMENTS, TABLES["codebook"])
    pd.testing.assert_frame_equal(given, before)
    turned = [table.iloc[::-1].reset_index(drop=True) for table in (given, TABLES["utterances"], FRAGMENTS)]
    again = match(*turned, TABLES["codebook"])
    for name, table in output.tables.items():
        pd.testing.assert_frame_equal(table, again.tables[name])


def test_nothing_given() -> None:
    empty = sources().tables["given_codings"]
    output = match(empty, TABLES["utterances"], FRAGMENTS, TABLES["codebook"])
    assert {name: len(table) for name, table in output.tables.items()} == {
        "human_codings": 0,
        "seen": 0,
        "coding_matches": 0,
    }


def test_example_study() -> None:
    readings = [reading for path in sorted((EXAMPLE / "sources").iterdir()) for reading in read_source(path, path.name)]
    given = [read_codings(path, path.name) for path in sorted((EXAMPLE / "codings").glob("*.csv"))]
    tables = ingest(readings, codebook=read_codebook(EXAMPLE / "codebook.csv", "codebook.csv"), given=given).tables
    fragments = cut(tables["utterances"], config=load_config().fragments).tables["fragments"]
    output = match(tables["given_codings"], tables["utterances"], fragments, tables["codebook"])
    assert set(output.tables["coding_matches"]["how"]) == {"exact"}
    assert output.notices == ()
    coded = output.tables["human_codings"].merge(fragments, on="fragment_id")
    assert len(coded) == len(output.tables["human_codings"])
    assert set(coded["coder"]) == {"A", "B"}
    assert set(coded["kind"]) <= {"turn", "note", "statement"}
