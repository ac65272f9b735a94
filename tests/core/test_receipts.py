from pipeline.core.errors import Notice
from pipeline.core.receipts import Receipt, explain_change, hash_files, read_receipt, write_receipt

MADE_FROM = {"code": "1", "settings": "2"}


def make(folder):
    (folder / "table").write_bytes(b"rows")
    made = hash_files([folder / "table"])
    receipt = Receipt("tokens", MADE_FROM, made, {"table": 4}, (Notice("a.md", "is short"),), "simplemma")
    write_receipt(receipt, folder / "tokens.receipt.json")
    return receipt


def test_a_receipt_survives_the_disk(tmp_path):
    assert read_receipt(tmp_path / "none.json") is None
    assert make(tmp_path) == read_receipt(tmp_path / "tokens.receipt.json")


def test_a_stage_is_skipped_only_while_nothing_changed(tmp_path):
    receipt, outputs = make(tmp_path), [tmp_path / "table"]
    assert explain_change(receipt, dict(MADE_FROM), outputs) is None
    assert explain_change(receipt, MADE_FROM | {"settings": "3"}, outputs) == "changed: settings"
    assert explain_change(receipt, MADE_FROM | {"source:b.md": ""}, outputs) == "changed: b.md"
    assert explain_change(None, MADE_FROM, outputs) == "not made yet"


def test_a_changed_or_deleted_output_is_made_again(tmp_path):
    receipt, outputs = make(tmp_path), [tmp_path / "table"]
    outputs[0].write_bytes(b"other rows")
    assert explain_change(receipt, MADE_FROM, outputs) == "table is not as it was made"
    outputs[0].unlink()
    assert explain_change(receipt, MADE_FROM, outputs) == "table is absent"


def test_a_receipt_that_speaks_of_nothing_is_not_believed(tmp_path):
    receipt, outputs = make(tmp_path), [tmp_path / "table"]
    empty = Receipt("tokens", MADE_FROM, {}, {}, (), None)
    assert explain_change(receipt, MADE_FROM, outputs) is None
    assert explain_change(empty, MADE_FROM, outputs) == "table is not as it was made"


def test_a_damaged_receipt_counts_as_none(tmp_path):
    path = tmp_path / "tokens.receipt.json"
    make(tmp_path)
    path.write_text(path.read_text()[:-20])
    assert read_receipt(path) is None


def test_a_receipt_that_was_edited_counts_as_none(tmp_path):
    path = tmp_path / "tokens.receipt.json"
    make(tmp_path)
    path.write_text(path.read_text().replace("is short", "is long."))
    assert read_receipt(path) is None
