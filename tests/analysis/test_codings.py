import pandas as pd
import pytest

from pipeline.analysis.codings import unite
from pipeline.core.errors import InputError, TableError
from pipeline.core.tables import empty_table, table_from_rows


def codings(name: str, *rows: tuple[str, str, str, float | None, int | None]) -> pd.DataFrame:
    return table_from_rows(
        [
            {"coder": coder, "fragment_id": fragment, "scheme": "theme", "code": code, "rank": 1, "score": score,
             "fold": fold, "char_start": 0, "char_end": 5}
            for coder, fragment, code, score, fold in rows
        ],
        name,
    )  # fmt: skip


HUMAN = codings("human_codings", ("B", "f-1", "tuin", None, None), ("A", "f-1", "kast", None, None))
MACHINE = codings("machine_codings", ("machine-inductive", "f-1", "t-a", 0.5, 3))


def test_all_rows_of_both_in_a_stable_order():
    united = unite(HUMAN, MACHINE).tables["codings"]
    assert united[["coder", "code"]].to_numpy().tolist() == [["A", "kast"], ["B", "tuin"], ["machine-inductive", "t-a"]]
    assert united["score"].iloc[2] == 0.5 and united["fold"].iloc[2] == 3
    assert united[["score", "fold"]].iloc[:2].isna().all().all()


@pytest.mark.parametrize(("human", "machine", "n"), [(2, 0, 2), (0, 1, 1), (0, 0, 0)])
def test_one_side_may_be_empty(human, machine, n):
    tables = (HUMAN if human else empty_table("human_codings"), MACHINE if machine else empty_table("machine_codings"))
    assert len(unite(*tables).tables["codings"]) == n


def test_a_person_may_not_have_the_name_of_a_machine():
    human = codings("human_codings", ("machine-jan", "f-1", "kast", None, None), ("A", "f-1", "kast", None, None))
    with pytest.raises(InputError, match="coder 'machine-jan' has a name that begins with 'machine-'") as caught:
        unite(human, MACHINE)
    assert len(caught.value.problems) == 1


def test_the_same_coding_twice_is_refused():
    with pytest.raises(TableError, match="key"):
        unite(empty_table("human_codings"), pd.concat([MACHINE, MACHINE]))
