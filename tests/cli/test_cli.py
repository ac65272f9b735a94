"""The command as a user types it: what it refuses, with which words, and that nothing is left half done."""

import re
import sys
from pathlib import Path

import pandas as pd
import pytest

from pipeline.cli import app as cli
from pipeline.cli.screen import show_table
from pipeline.report.words import Words

WORDS = "de sleutel van Godelieve hangt achter de oven"
GOOD = f"""# Dialoogtafel 1 – Proef

## Witte hoed

D1: {WORDS}.
D2: op maandag belt niemand aan, dat heb ik geteld.
"""


@pytest.fixture
def dialoogtafel(monkeypatch, capsys):
    """Run the command in this process; gives exit code, standard output and standard error."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["dialoogtafel", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


@pytest.fixture
def notes(tmp_path):
    folder = tmp_path / "notas"
    folder.mkdir()
    (folder / "tafel-01.md").write_text(GOOD, encoding="utf-8")
    return folder


def refuse(result, *expected):
    code, out, err = result
    assert code == 2, err
    assert out == ""
    for words in expected:
        assert words in err
    assert "Traceback" not in err
    assert "Godelieve" not in err
    return err


def test_help_names_the_commands(dialoogtafel):
    code, out, _ = dialoogtafel("--help")
    assert code == 0
    assert "analyse" in out


def test_the_version_is_shown(dialoogtafel):
    code, out, _ = dialoogtafel("--version")
    assert (code, out.split()[0]) == (0, "dialoogtafel")


def bad_source(name, content):
    def make(notes: Path) -> None:
        (notes / name).write_bytes(content)

    return make


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (bad_source("leeg.txt", b""), ["leeg.txt", "is leeg"]),
        (bad_source("foto.txt", b"\x89PNG\r\n\x1a\n\x00\x00"), ["foto.txt", "afbeelding"]),
        (bad_source("los.txt", b"zomaar wat woorden zonder vorm\n"), ["los.txt", "README"]),
    ],
)
def test_a_bad_source_is_named_and_nothing_is_written(dialoogtafel, notes, tmp_path, make, expected):
    make(notes)
    refuse(dialoogtafel("analyse", notes, "--out", tmp_path / "out", "--plain"), *expected)
    assert not (tmp_path / "out").exists()


def test_all_problems_of_all_files_come_at_once(dialoogtafel, notes, tmp_path):
    (notes / "leeg.txt").write_bytes(b"")
    (notes / "los.txt").write_bytes(b"zomaar wat woorden zonder vorm\n")
    err = refuse(dialoogtafel("analyse", notes, "--out", tmp_path / "out", "--plain"))
    named, *each = err.strip().splitlines()
    assert "2 van 3 kunnen niet gelezen worden" in named and ["leeg.txt" in each[0], "los.txt" in each[1]] == [
        True,
        True,
    ]


def test_a_folder_without_notes_is_refused(dialoogtafel, tmp_path):
    (tmp_path / "leeg").mkdir()
    (tmp_path / "leeg" / "foto.jpg").write_bytes(b"1")
    refuse(
        dialoogtafel("analyse", tmp_path / "leeg", "--out", tmp_path / "out", "--plain"),
        "geen bestand met notities dat gelezen kan worden",
    )


def test_a_misspelt_setting_is_refused_with_the_nearest_key(dialoogtafel, notes):
    (notes / "study.toml").write_text('[study]\nsources = "."\n[topics]\nsede = 1\n')
    refuse(dialoogtafel("analyse", notes, "--plain"), "study.toml", "‘sede’", "Bedoelde u ‘seed’?")


def as_study(notes: Path, coding: str) -> None:
    (notes / "study.toml").write_text('[study]\nsources = "tafel-01.md"\n')
    (notes / "codebook.csv").write_text("scheme,code\ntheme,nabijheid\ntheme,grenzen\n")
    (notes / "codings").mkdir()
    (notes / "codings" / "coder-a.csv").write_text(coding, encoding="utf-8")


def test_a_coding_with_an_unknown_theme_is_refused_by_row(dialoogtafel, notes):
    as_study(notes, f'session,quote,theme\ntafel-01,"{WORDS}.",nabijhed\n')
    refuse(dialoogtafel("analyse", notes, "--plain"), "coder-a.csv", "nabijhed", "nabijheid")
    assert not (notes / "results").exists()


def test_a_coding_whose_quotes_are_nowhere_is_refused_by_row(dialoogtafel, notes):
    as_study(notes, 'session,quote,theme\ntafel-01,"Godelieve zei heel iets anders over haar tuin",grenzen\n')
    refuse(dialoogtafel("analyse", notes, "--plain"), "coder-a.csv")
    assert not (notes / "results").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["analyse", "nergens", "--out", "out"], "bestaat niet"),
        (["analyse", "notas"], "--out MAP"),
        (["table", "nergens", "codings"], "bestaat niet"),
    ],
)
def test_paths_that_are_not_there(dialoogtafel, notes, monkeypatch, words, expected):
    monkeypatch.chdir(notes.parent)
    refuse(dialoogtafel(*words), expected)


def test_an_unknown_table_and_a_study_without_results(dialoogtafel, notes):
    as_study(notes, "session,quote,theme\n")
    refuse(dialoogtafel("table", notes, "topic"), "Bedoelde u ‘topics’?")
    refuse(dialoogtafel("table", notes, "topics"), "analyseer eerst")


def test_a_model_that_is_not_here_says_how_to_get_it_and_downloads_nothing(dialoogtafel, notes, tmp_path):
    out = tmp_path / "out"
    result = dialoogtafel("analyse", notes, "--out", out, "--plain", "--encoder", "intfloat/multilingual-e5-small")
    refuse(result, "intfloat/multilingual-e5-small")


def test_the_main_job_on_two_notes(dialoogtafel, notes, tmp_path):
    out = tmp_path / "out"
    code, shown, _ = dialoogtafel("analyse", notes, "--out", out, "--plain")
    assert code == 0
    assert str(out / "report.html") in shown
    assert "2 fragmenten gebruikt" in shown
    code, csv, _ = dialoogtafel("table", out, "fragments", "--csv")
    assert code == 0
    assert csv.splitlines()[0].startswith("fragment_id,utterance_id,source_id,session,line,")
    assert f",{WORDS}.," in csv


def test_what_the_terminal_shows_of_a_run_quotes_nobody(dialoogtafel, notes, tmp_path):
    _, shown, err = dialoogtafel("analyse", notes, "--out", tmp_path / "out", "--plain")
    assert "Godelieve" not in shown + err


def test_a_table_that_is_too_wide_for_the_screen_is_a_list_of_names_and_values(monkeypatch, capsys):
    frame = pd.DataFrame({f"column {i}": [f"value {i} of a row that is long"] for i in range(8)})
    monkeypatch.setenv("COLUMNS", "60")
    show_table(list(frame.columns), frame.values.tolist(), "wide", Words("en"))
    printed = capsys.readouterr().out
    assert re.search(r"^column 7 +value 7 of a row that is long *$", printed, re.MULTILINE) and "1 row;" in printed
    assert max(map(len, printed.splitlines())) <= 60
    monkeypatch.setenv("COLUMNS", "400")
    show_table(list(frame.columns), frame.values.tolist(), "wide", Words("en"))
    assert "column 0" in capsys.readouterr().out.split("value 0")[0].split("column 7")[0]


def test_a_command_that_is_stopped_says_that_it_goes_on_from_there(monkeypatch, capsys):
    def stop():
        raise SystemExit(130)

    monkeypatch.setattr(cli, "app", stop)
    monkeypatch.setattr("sys.argv", ["dialoogtafel", "analyse", "--lang", "nl"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 130
    assert "gestopt voor het klaar was" in capsys.readouterr().err
