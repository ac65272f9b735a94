import stat

import pandas as pd
import pytest

from pipeline.core.errors import StorageError, TableError
from pipeline.core.files import write_bytes
from pipeline.core.schemas import SCHEMAS
from pipeline.core.tables import conform, empty_table, read_table, table_from_rows, to_csv, write_table

CODING = {"coder": "A", "fragment_id": "f-1", "scheme": "hat", "code": "wit", "rank": 1, "char_start": 0, "char_end": 4}


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_table_survives_the_disk_without_rows(name, tmp_path):
    path = tmp_path / "t.parquet"
    write_table(empty_table(name), path, name)
    assert tuple(read_table(path, name).columns) == SCHEMAS[name].column_names


def test_values_survive_the_disk(tmp_path):
    path = tmp_path / "codings.parquet"
    frame = table_from_rows([CODING | {"fold": 2}, CODING | {"coder": "B", "score": 0.25}], "codings")
    write_table(frame, path, "codings")
    back = read_table(path, "codings")
    assert back["coder"].tolist() == ["A", "B"]
    assert back.loc[0, "fold"] == 2
    assert pd.isna(back.loc[1, "fold"])
    assert back.loc[1, "score"] == 0.25


def test_equal_tables_have_equal_bytes_in_any_order_of_rows(tmp_path):
    rows = [CODING, CODING | {"fragment_id": "f-0"}, CODING | {"coder": "B"}]
    for name, ordered in (("one", rows), ("two", rows[::-1])):
        write_table(table_from_rows(ordered, "codings"), tmp_path / name, "codings")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_tables_are_private_to_their_owner(tmp_path):
    write_table(empty_table("codings"), tmp_path / "codings.parquet", "codings")
    assert stat.S_IMODE((tmp_path / "codings.parquet").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([CODING | {"scheme": "thema"}], "'scheme' is not one of theme"),
        ([CODING | {"code": None}], "'code' is empty at rows 0"),
        ([CODING, CODING], r"key .* repeats at rows 0, 1"),
        ([CODING | {"kleur": "rood"}], "not in the schema \\['kleur'\\]"),
        ([{"coder": "A"}], "columns missing"),
        ([CODING | {"rank": "eerst"}], "'rank' is not of type int"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_and_the_rule_is_named(rows, rule):
    with pytest.raises(TableError, match=rule):
        table_from_rows(rows, "codings")


def test_an_error_never_shows_the_text_of_a_row():
    words = "wij redden het niet zonder Ria"
    with pytest.raises(TableError) as caught:
        table_from_rows([CODING | {"code": words}, CODING | {"code": words}], "codings")
    assert "Ria" not in str(caught.value)


def test_conform_leaves_its_input_alone():
    frame = pd.DataFrame([CODING | {"coder": "B"}, CODING])
    before = frame.copy(deep=True)
    conform(frame, "codings")
    pd.testing.assert_frame_equal(frame, before)


def test_a_damaged_file_and_an_absent_one_say_what_to_do(tmp_path):
    with pytest.raises(TableError, match="run the analysis first"):
        read_table(tmp_path / "codings.parquet", "codings")
    (tmp_path / "codings.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(TableError, match="damaged"):
        read_table(tmp_path / "codings.parquet", "codings")


def test_a_table_of_another_version_is_refused(tmp_path):
    write_table(empty_table("seen"), tmp_path / "codings.parquet", "seen")
    with pytest.raises(TableError, match="another version"):
        read_table(tmp_path / "codings.parquet", "codings")


def test_nothing_is_left_behind_when_writing_fails(tmp_path, monkeypatch):
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(5, "full")))
    with pytest.raises(StorageError, match="x cannot be written: full"):
        write_bytes(tmp_path / "x", b"1")
    assert list(tmp_path.iterdir()) == []


def test_csv_keeps_full_precision_and_shows_nothing_for_null():
    frame = table_from_rows([CODING | {"score": 0.1 + 0.2}], "codings")
    header, row = to_csv(frame).splitlines()
    assert header == ",".join(SCHEMAS["codings"].column_names)
    assert row == "A,f-1,hat,wit,1,0.30000000000000004,,0,4"
