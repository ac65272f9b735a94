from pipeline.core.notices import Notice
from pipeline.core.receipts import Receipt, hash_code, hash_files, is_current, read_receipt, write_receipt

MADE_FROM = {"code": "1", "config": "2"}


def make(folder):
    (folder / "table").write_bytes(b"rows")
    receipt = Receipt("tokens", MADE_FROM, hash_files([folder / "table"]), (Notice("a.md", "is short"),), "simplemma")
    write_receipt(receipt, folder / "tokens.receipt.json")
    return receipt


def test_a_receipt_survives_the_disk(tmp_path):
    assert read_receipt(tmp_path / "none.json") is None
    assert make(tmp_path) == read_receipt(tmp_path / "tokens.receipt.json")


def test_a_stage_is_skipped_only_while_nothing_changed(tmp_path):
    receipt = make(tmp_path)
    assert is_current(receipt, dict(MADE_FROM), tmp_path)
    assert not is_current(receipt, MADE_FROM | {"config": "3"}, tmp_path)
    assert not is_current(receipt, MADE_FROM | {"model": ""}, tmp_path)
    assert not is_current(None, MADE_FROM, tmp_path)


def test_a_changed_or_deleted_output_is_made_again(tmp_path):
    receipt = make(tmp_path)
    (tmp_path / "table").write_bytes(b"other rows")
    assert not is_current(receipt, MADE_FROM, tmp_path)
    (tmp_path / "table").unlink()
    assert not is_current(receipt, MADE_FROM, tmp_path)


def test_a_damaged_receipt_counts_as_none(tmp_path):
    path = tmp_path / "tokens.receipt.json"
    make(tmp_path)
    path.write_text(path.read_text()[:-20])
    assert read_receipt(path) is None


def test_the_code_has_one_hash():
    assert len(hash_code()) == 64
    assert hash_code() == hash_code()
