import pandas as pd
import pytest

from pipeline.analysis import codings as machine_coders
from pipeline.core.errors import TableError
from pipeline.core.schemas import SCHEMAS
from pipeline.core.tables import empty_table, table_from_rows


def fragments(n: int) -> pd.DataFrame:
    return table_from_rows(
        [
            {
                "fragment_id": f"f-{i}", "utterance_id": f"u:{i:05d}", "source_id": "u", "session": "tafel 1",
                "line": i, "char_start": 10 * i, "char_end": 10 * i + 7, "text": "de kast", "n_words": 2,
                "kind": "turn", "status": "used", "heading_path": [], "block": str(i),
            }
            for i in range(n)
        ],
        "fragments",
    )  # fmt: skip


def topics(*rows: tuple[int, str, str, int, float]) -> pd.DataFrame:
    return table_from_rows(
        [
            {"fragment_id": f"f-{i}", "scheme": scheme, "code": topic, "rank": rank, "score": score}
            for i, scheme, topic, rank, score in rows
        ],
        "topic_mentions",
    )


def stance(i: int, scheme: str, value: str | None, *, rank: int = 1, source: str = "predicted") -> dict:
    return {
        "fragment_id": f"f-{i}", "scheme": scheme, "rank": rank, "value": value, "score": 0.8, "margin": 0.6,
        "source": source, "abstained": value is None, "fold": 2, "evidence": [],
    }  # fmt: skip


def code(
    fragments: pd.DataFrame,
    topic_mentions: pd.DataFrame,
    stances: pd.DataFrame,
    themes: pd.DataFrame | None = None,
    applied: pd.DataFrame | None = None,
    guided: pd.DataFrame | None = None,
    taught: pd.DataFrame | None = None,
):
    themes = empty_table("theme_assignments") if themes is None else themes
    applied = empty_table("decisions_applied") if applied is None else applied
    guided = empty_table("guided_codings") if guided is None else guided
    taught = empty_table("taught_codings") if taught is None else taught
    prompted = empty_table("prompted_codings")
    return machine_coders.code(fragments, topic_mentions, themes, applied, guided, taught, stances, prompted)


def themes(*rows: tuple[int, str | None, str]) -> pd.DataFrame:
    return table_from_rows(
        [
            {"fragment_id": f"f-{i}", "theme_id": theme, "topic_id": "t-a", "how": how, "score": 0.7}
            for i, theme, how in rows
        ],
        "theme_assignments",
    )


def applied(*rows: tuple[str, str]) -> pd.DataFrame:
    return table_from_rows(
        [
            {"decision_id": f"D{i}", "position": i, "who": "An", "when": "2026-11-23", "action": action,
             "outcome": outcome, "n_fragments": 1, "theme_ids": []}
            for i, (action, outcome) in enumerate(rows)
        ],
        "decisions_applied",
    )  # fmt: skip


def coded(made: pd.DataFrame) -> list[tuple]:
    return list(made[["coder", "fragment_id", "scheme", "code", "rank"]].itertuples(index=False, name=None))


def test_topics_and_subtopics_become_codings_of_the_inductive_coder_and_an_outlier_is_no_coding():
    mentioned = topics(
        (0, "theme", "T01", 1, 0.4), (0, "theme", "T02", 2, 0.3), (0, "subtheme", "T01.2", 1, 0.25),
        (2, "theme", "T02", 1, 0.0), (2, "subtheme", "T02.1", 1, 1.0),
    )  # fmt: skip
    made = code(fragments(3), mentioned, empty_table("stances"))
    table = made.tables["machine_codings"]
    assert coded(table) == [
        ("machine-inductive", "f-0", "subtheme", "T01.2", 1),
        ("machine-inductive", "f-2", "subtheme", "T02.1", 1),
        ("machine-inductive", "f-0", "theme", "T01", 1),
        ("machine-inductive", "f-0", "theme", "T02", 2),
        ("machine-inductive", "f-2", "theme", "T02", 1),
    ]
    assert table["score"].tolist() == [0.25, 1.0, 0.4, 0.3, 0.0]
    assert table["fold"].isna().all()


def test_predicted_stances_become_codings_of_the_taught_coder():
    stances = table_from_rows(
        [
            stance(0, "polarity", "kans"),
            stance(0, "polarity", "knelpunt", rank=2),
            stance(1, "polarity", "neutraal"),
            stance(2, "polarity", None),
            stance(0, "sentiment", "neutraal"),
            stance(0, "hat", "geel", source="given"),
            stance(1, "hat", "zwart"),
            stance(2, "hat", "zwart", source="derived"),
        ],
        "stances",
    )
    table = code(fragments(3), empty_table("topic_mentions"), stances).tables["machine_codings"]
    assert coded(table) == [
        ("machine-taught", "f-1", "hat", "zwart", 1),
        ("machine-taught", "f-0", "polarity", "kans", 1),
        ("machine-taught", "f-0", "polarity", "knelpunt", 2),
        ("machine-taught", "f-1", "polarity", "neutraal", 1),
        ("machine-taught", "f-0", "sentiment", "neutraal", 1),
    ]
    assert table["score"].unique().tolist() == [0.8]
    assert table["fold"].unique().tolist() == [2]


def test_a_coding_lies_where_its_fragment_lies():
    table = code(fragments(3), topics((2, "theme", "t-a", 1, 0.5)), empty_table("stances")).tables["machine_codings"]
    assert table[["char_start", "char_end"]].to_numpy().tolist() == [[20, 27]]


def test_a_topic_of_an_unknown_fragment_is_refused():
    with pytest.raises(TableError, match="'char_start' is empty"):
        code(fragments(1), topics((5, "theme", "t-a", 1, 0.5)), empty_table("stances"))


def test_nothing_in_nothing_out():
    made = code(fragments(0), empty_table("topic_mentions"), empty_table("stances"))
    assert len(made.tables["machine_codings"]) == 0


def test_inputs_are_left_as_they_were():
    inputs = (fragments(1), topics((0, "theme", "t-a", 1, 0.4)), table_from_rows([stance(0, "hat", "rood")], "stances"))
    before = [table.copy(deep=True) for table in inputs]
    assert code(*inputs).tables["machine_codings"]["score"].tolist() == [0.4, 0.8]
    for table, kept in zip(inputs, before, strict=True):
        pd.testing.assert_frame_equal(table, kept)


def test_what_people_decided_is_a_coder_of_its_own_and_what_they_dropped_no_coding():
    decided = themes((0, "T02", "moved"), (1, None, "dropped"), (2, "outlier", "topic"))
    found = topics((0, "theme", "t-a", 1, 0.4), (1, "theme", "t-a", 1, 0.5))
    done = applied(("move", "applied"), ("drop", "partly"))
    table = code(fragments(3), found, empty_table("stances"), decided, done).tables["machine_codings"]
    assert coded(table) == [
        ("machine-decided", "f-0", "theme", "T02", 1),
        ("machine-inductive", "f-0", "theme", "t-a", 1),
        ("machine-inductive", "f-1", "theme", "t-a", 1),
    ]
    assert table["score"].tolist() == [0.7, 0.4, 0.5]


@pytest.mark.parametrize("done", [(), (("merge", "unmatched"),), (("rename", "undone"), ("undo", "applied"))])
def test_without_a_decision_that_holds_there_is_no_such_coder(done):
    table = code(fragments(1), topics((0, "theme", "t-a", 1, 0.4)), empty_table("stances"), themes((0, "T02", "topic")),
                 applied(*done)).tables["machine_codings"]  # fmt: skip
    assert set(table["coder"]) == {"machine-inductive"}


def test_scores_of_machines_are_said_to_rank():
    for name in ("codings", "machine_codings", "guided_codings", "taught_codings", "stances"):
        column = next(column for column in SCHEMAS[name].columns if column.name == "score")
        assert "ranks" in column.meaning and "no probability" in column.meaning


def test_codes_of_the_codebook_are_codings_and_runners_up_are_not():
    def row(coder_code: str, rank: int, assigned: bool, **more: object) -> dict:
        return {"fragment_id": "f-0", "scheme": "theme", "code": coder_code, "rank": rank, "score": 0.5 / rank,
                "assigned": assigned, **more}  # fmt: skip

    guided = table_from_rows(
        [
            row(name, rank, rank == 1, lexical=0.1, semantic=0.2, evidence=[])
            for rank, name in ((1, "tuin"), (2, "kas"))
        ],
        "guided_codings",
    )
    taught = table_from_rows(
        [row("kas", 1, True, fold=1, coder="machine-taught"), row("tuin", 2, False, fold=1, coder="machine-taught")],
        "taught_codings",
    )
    found = code(fragments(1), empty_table("topic_mentions"), empty_table("stances"), guided=guided, taught=taught)
    codings = found.tables["machine_codings"]
    kept = codings[["coder", "code", "rank", "fold"]].astype(object).where(lambda frame: frame.notna(), None)
    assert kept.to_numpy().tolist() == [["machine-guided", "tuin", 1, None], ["machine-taught", "kas", 1, 1]]
