"""The bench on the real report refuses to look again with other constants and no reason."""

import sys
from pathlib import Path

import pytest

from tests.bench.themes import __main__ as bench


def test_changed_constants_need_a_written_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record, report = tmp_path / "record.tsv", tmp_path / "report.txt"
    report.write_text("geen verslag", encoding="utf-8")
    looks: list[str] = []
    monkeypatch.setattr(bench, "RECORD", record)
    monkeypatch.setattr(bench, "read_material", lambda _: looks.append("looked") or sys.exit(3))
    monkeypatch.setattr(sys, "argv", ["bench", str(report)])
    record.write_text("\t".join(bench.RECORD_COLUMNS) + "\nx\tx\tx\ttaught\tx\tother\t\n", encoding="utf-8")
    assert bench.main() == 2
    assert "say why" in capsys.readouterr().err
    assert looks == []
    monkeypatch.setattr(sys, "argv", ["bench", str(report), "--reason", "chosen on planted corpora"])
    with pytest.raises(SystemExit, match="3"):
        bench.main()
    record.write_text(record.read_text(encoding="utf-8").replace("other", bench.hash_constants()), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["bench", str(report)])
    with pytest.raises(SystemExit, match="3"):
        bench.main()


def test_words_and_comments_are_no_constants_and_numbers_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "scales.py"
    monkeypatch.setattr(bench, "ROOT", tmp_path)
    monkeypatch.setattr(bench, "CONSTANTS", ("scales.py",))
    hashes = []
    for text in ('"""Scales."""\nWEIGHT = 0.5\n', "WEIGHT = 0.5  # half\n", "WEIGHT = 0.6\n"):
        place.write_text(text, encoding="utf-8")
        hashes.append(bench.hash_constants())
    assert hashes[0] == hashes[1] != hashes[2]
