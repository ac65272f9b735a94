"""The command open: where the page is, in the browser or printed, and what to do where there is none."""

import sys
import webbrowser

import pytest

from pipeline.cli import app as cli


@pytest.fixture
def run(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["dialoogtafel", "open", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out.strip(), err

    return run


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "mijn studie"
    folder.mkdir()
    (folder / "study.toml").write_text('[study]\nsources = "."\n')
    return folder


def test_the_page_is_opened_at_a_fragment(run, study, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    (study / "explorer.html").write_text("<!DOCTYPE html>")
    address = (study / "explorer.html").resolve().as_uri()
    assert run(study) == (0, address, "")
    assert run(study, "--fragment", "f-1")[1] == f"{address}#open=f-1"
    assert run(study, "--path")[1] == address
    assert opened == [address, f"{address}#open=f-1"]


def test_without_a_browser_the_address_is_said(run, study, monkeypatch):
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    (study / "report.html").write_text("<!DOCTYPE html>")
    code, out, _ = run(study, "--page", "report")
    assert code == 0 and "report.html" in out and "geen browser gevonden" in out


def test_a_study_that_was_not_analysed_has_no_page(run, study):
    code, out, err = run(study)
    assert (code, out) == (2, "") and "explorer.html" in err and "dialoogtafel analyse" in err
    (study / "results").mkdir()
    assert "dialoogtafel compare" in run(study)[2]
