"""Who is who: what is proposed of roles and speakers, and what a person says of them in mapping.toml."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.app import app
from pipeline.core.study import open_study
from pipeline.run.intake import gather, read_study

ASKED = """Witte hoed
Karin: Hoe vaak komt u hier?
Bilal: elke dinsdag, van twee tot vier
Karin: En hoe raakt u hier?
Bilal: met de bus van kwart voor
Karin: Wat vindt u van die bus?
Fatma: die rijdt niet meer na zes uur
Karin: Goed, dat weten we dan.
"""
INITIALS = """Aanwezig: An Verhoeven, Bilal Amrani, Karin (moderator)

Witte hoed
AV: elke ochtend bel ik met de buren
An Verhoeven: en soms ook 's avonds laat
BA: wij komen samen in de zaal
Karin: Wie nog?
"""


def write(folder: Path, **files: str) -> Path:
    (folder / "notes").mkdir()
    for name, text in files.items():
        (folder / "notes" / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder / "notes"


def proposals(notes: Path) -> dict[tuple[str, str], tuple[str, bool]]:
    found = gather(open_study(notes, notes.parent / "uit")).proposals
    return {(each.table[0], each.key): (str(each.value), each.is_asked) for each in found}


def said(notes: Path) -> list[tuple]:
    table = read_study(open_study(notes, notes.parent / "uit")).tables["utterances"]
    table = table[table["kind"].isin(["turn", "statement", "note"])].sort_values(["source_id", "char_start"])
    return [tuple(row) for row in table[["speaker", "role", "text"]].itertuples(index=False)]


def check(notes: Path, *options: str) -> str:
    result = CliRunner().invoke(app, ["check", str(notes), *options])
    assert result.exception is None, result.exception
    path = notes / "mapping.toml"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def test_who_asks_the_questions_is_proposed_as_who_leads_and_a_person_may_deny_it(tmp_path: Path) -> None:
    notes = write(tmp_path, tafel1=ASKED)
    written = check(notes)
    assert 'Karin = "gespreksleider"  # stelt 3 van de 3 vragen' in written
    assert ("Karin", "gespreksleider", "Hoe vaak komt u hier?") in said(notes)
    # Written as it is read: a run after check is the run before it.
    assert check(notes) == written
    changed = written.replace('Karin = "gespreksleider"', 'Karin = "deelnemer"')
    (notes / "mapping.toml").write_text(changed, encoding="utf-8")
    assert ("Karin", "deelnemer", "Hoe vaak komt u hier?") in said(notes)


def test_a_label_that_is_somebody_else_in_another_session_is_named_with_its_session(tmp_path: Path) -> None:
    other = "Witte hoed\nKarin: ik kom hier elke week\nTom: Waarom komt u?\nKarin: voor de bus\nTom: Welke bus?\n"
    notes = write(tmp_path, tafel1=ASKED, tafel2=f"{other}Karin: die van zes uur\nTom: En dan?\nKarin: naar huis\n")
    found = proposals(notes)
    assert found["roles", "tafel1: Karin"] == ("gespreksleider", False)
    check(notes)
    rows = said(notes)
    assert ("Karin", "gespreksleider", "Hoe vaak komt u hier?") in rows
    assert ("Karin", "deelnemer", "ik kom hier elke week") in rows


def test_initials_that_meet_a_name_are_proposed_as_read_and_may_be_parted(tmp_path: Path) -> None:
    notes = write(tmp_path, tafel1=INITIALS)
    before = said(notes)
    assert len({speaker for speaker, role, _ in before if role == "deelnemer"}) == 2
    written = check(notes)
    assert "twee schrijfwijzen van één spreker" in written
    assert said(notes) == before
    (line,) = (each for each in written.split("\n") if "Verhoeven" in each and " = " in each)
    name = "An Verhoeven" if line.startswith('"An Verhoeven"') else "AV"
    other = "Anja" if name == "AV" else "An V."
    parted = written.replace(line, f'"{name}" = "{other}"')
    (notes / "mapping.toml").write_text(parted, encoding="utf-8")
    after = {text: speaker for speaker, _, text in said(notes)}
    named = "elke ochtend bel ik met de buren" if name == "AV" else "en soms ook 's avonds laat"
    kept = "en soms ook 's avonds laat" if name == "AV" else "elke ochtend bel ik met de buren"
    assert after[named] == other
    assert after[kept] != other
    speakers = read_study(open_study(notes, notes.parent / "uit")).tables["speakers"]
    assert set(after.values()) <= set(speakers["speaker"])


def test_two_spellings_of_one_name_and_lone_initials_are_asked_and_not_read_so(tmp_path: Path) -> None:
    one = "Witte hoed\nFatima: de bus rijdt niet meer\nBilal: wij komen samen\nFatima: elke week\n"
    notes = write(tmp_path, a=one, b=one.replace("Fatima", "Fattima"), c=one.replace("Bilal:", "FA:"))
    found = proposals(notes)
    assert found["speakers", "Fattima"] == ("Fatima", True)
    before = said(notes)
    written = check(notes)
    assert '# Fattima = "Fatima"' in written
    assert said(notes) == before
    assert check(notes) == written
    (notes / "mapping.toml").write_text(written.replace("# Fattima", "Fattima"), encoding="utf-8")
    assert "Fattima" not in {speaker for speaker, _, _ in said(notes)}


def test_initials_that_stand_alone_in_another_session_are_asked_once_and_change_nothing(tmp_path: Path) -> None:
    notes = write(
        tmp_path, a=INITIALS, b="Witte hoed\nAV: de bus rijdt niet meer\nBA: wij komen samen\nAV: elke week\n"
    )
    before = said(notes)
    written = check(notes)
    assert len(re.findall(r"^(?:# )?AV = ", written, re.MULTILINE)) == 1
    assert '# AV = "An Verhoeven"' in written
    assert said(notes) == before


def test_who_asks_some_questions_is_asked_about_only(tmp_path: Path) -> None:
    text = "Witte hoed\nTom: Waarom komt u?\nJan: voor de zaal\nTom: ik voor de bus\nTom: Welke zaal?\nJan: En u dan?\n"
    notes = write(tmp_path, tafel=text)
    assert proposals(notes)["roles", "Tom"] == ("gespreksleider", True)
    assert all(role == "deelnemer" for _, role, _ in said(notes))


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_head_of_the_file_speaks_the_language_of_the_team(tmp_path: Path, lang: str) -> None:
    written = check(write(tmp_path, tafel1=ASKED), "--lang", lang)
    assert written.startswith(
        "# Hoe codes, sprekers en rollen" if lang == "nl" else "# How codings, speakers and roles"
    )


def test_initials_of_a_short_name_are_asked_too_with_the_sessions_that_they_concern(tmp_path: Path) -> None:
    notes = write(
        tmp_path,
        a="Witte hoed\nTom: de bus rijdt niet meer\nBilal: wij komen samen\nTom: elke week\n",
        b="Witte hoed\nTO: de bus rijdt niet meer\nBilal: wij komen samen\nTO: elke week\n",
    )
    assert proposals(notes)["speakers", "TO"] == ("Tom", True)
    written = check(notes, "--lang", "nl")
    assert '# TO = "Tom"  # initialen van deze naam: neem het teken # weg als dat klopt; gesprekken: b' in written


def test_spellings_are_said_once_for_all_sessions(tmp_path: Path) -> None:
    notes = write(tmp_path, **{name: INITIALS.replace("laat", name) for name in "abcde"})
    said = CliRunner().invoke(app, ["check", str(notes), "--lang", "nl"]).output
    lines = [line for line in said.splitlines() if line.startswith("gelezen als")]
    assert lines
    assert len(lines) == len(set(lines))
    assert all("a, b, c en nog 2" in line for line in lines), lines


def test_check_counts_as_put_aside_all_that_is_not_used(tmp_path: Path) -> None:
    notes = write(tmp_path, t="Witte hoed\nAn: de bus rijdt niet meer\nBo: ja ja\nBo: wij komen samen\nAn: TODO mail\n")
    said = CliRunner().invoke(app, ["check", str(notes), "--lang", "nl"]).output
    rows = [line for line in said.splitlines() if "t.txt" in line]
    assert [cell.strip() for cell in rows[-1].split("│")][2:7] == ["2", "2", "2", "neen", "2"]
