"""Files that cannot be read: all are named at once, and the rest is read where a person says so."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.app import app
from pipeline.core.errors import InputError
from pipeline.core.study import open_study
from pipeline.run.intake import read_study
from pipeline.run.plan import hash_given


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for i in (1, 2):
        text = f"Witte hoed\nD1: de bus {i} rijdt niet meer\nD2: wij komen samen in zaal {i}\n"
        (folder / f"tafel-{i}.txt").write_text(text, encoding="utf-8")
    (folder / "tafel-3.docx").write_bytes(b"PK\x03\x04kapot")
    (folder / "tafel-4.vtt").write_text("WEBVTT\n\nniets\n", encoding="utf-8")
    return folder


def study(notes: Path, **settings: object):
    return open_study(notes, notes.parent / "uit", {"input": settings} if settings else {})


def test_all_files_that_cannot_be_read_are_named_with_the_way_to_read_the_rest(notes: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_study(study(notes))
    said = str(caught.value).split("\n")
    assert said[0].startswith('(files): 2 of 4 cannot be read: "tafel-3.docx", "tafel-4.vtt".')
    assert "--skip-unreadable" in said[0]
    assert 'skip = ["tafel-3.docx", "tafel-4.vtt"]' in said[0]
    assert [line.split(":")[0] for line in said[1:]] == ["tafel-3.docx", "tafel-4.vtt"]


@pytest.mark.parametrize("settings", [{"skip_unreadable": True}, {"skip": ["tafel-3.docx", "*.vtt"]}])
def test_the_rest_is_read_where_a_person_says_so_and_it_is_said(notes: Path, settings: dict) -> None:
    made = read_study(study(notes, **settings))
    assert sorted(made.tables["sources"]["name"]) == ["tafel-1.txt", "tafel-2.txt"]
    left = [notice for notice in made.notices if notice.message.startswith("is left out:")]
    assert [notice.where for notice in left] == ["tafel-3.docx", "tafel-4.vtt"]


def test_where_nothing_can_be_read_nothing_is_left_out(notes: Path) -> None:
    for path in notes.glob("*.txt"):
        path.unlink()
    with pytest.raises(InputError, match="holds no file that can be read"):
        read_study(study(notes, skip_unreadable=True))
    with pytest.raises(InputError) as caught:
        read_study(study(notes))
    assert "skip-unreadable" not in str(caught.value)


def test_a_name_that_is_not_there_is_an_error_with_the_nearest(notes: Path) -> None:
    with pytest.raises(InputError, match=r"\[input\] skip: names 'tafel-3.doc', which is not there. Did you mean"):
        read_study(study(notes, skip=["tafel-3.doc"]))


def test_codings_that_cannot_be_read_are_left_out_as_well(notes: Path) -> None:
    (notes / "codes.xlsx").write_bytes(b"PK\x03\x04kapot")
    with pytest.raises(InputError, match="3 of 5 cannot be read"):
        read_study(study(notes))
    assert len(read_study(study(notes, skip_unreadable=True)).tables["sources"]) == 2


def test_a_change_of_the_setting_is_a_reason_to_read_again(notes: Path) -> None:
    before = hash_given(("columns",), study(notes))
    assert hash_given(("columns",), study(notes, skip_unreadable=True)) != before


def test_check_speaks_of_it_and_ends_well_only_where_it_was_asked(notes: Path) -> None:
    refused = CliRunner().invoke(app, ["check", str(notes)])
    assert isinstance(refused.exception, InputError)
    assert "begrepen: 4 opmerkingen" in refused.stdout
    left = CliRunner().invoke(app, ["check", str(notes), "--skip-unreadable"])
    assert left.exception is None
    assert "opgelet: tafel-3.docx: is weggelaten: " in left.stdout


@pytest.mark.slow
def test_the_report_and_the_summary_say_so_on_top(notes: Path, tmp_path: Path) -> None:
    out = tmp_path / "uit"
    ran = CliRunner().invoke(app, ["analyse", str(notes), "--out", str(out), "--plain", "--skip-unreadable"])
    assert ran.exception is None, ran.exception
    said = "Niet alles is gelezen: 2 bestanden weggelaten (tafel-3.docx, tafel-4.vtt)."
    assert said in " ".join(ran.stdout.split())
    assert said in " ".join((out / "report.html").read_text(encoding="utf-8").split())
