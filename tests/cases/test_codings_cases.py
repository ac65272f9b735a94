"""Codings, projects and sheets as they come in, each with the value that is right for it."""

import shutil
import unicodedata
from pathlib import Path

import pandas as pd
import pytest

from pipeline.agreement.coding_sheets import read_sheet
from pipeline.agreement.standalone import compare_sheet
from pipeline.core.errors import InputError
from pipeline.core.study import Study, open_study
from pipeline.corpus.fragments import cut
from pipeline.corpus.matching import match
from pipeline.readers import read_source
from pipeline.run.intake import read_study

CASES = Path(__file__).parents[1] / "data" / "cases"
HUNT, RECORDS = CASES / "hunt", CASES / "records"
AGREEMENT, TABLES = HUNT / "10-agreement", HUNT / "18-tabellen"

WAITING = "de wachtlijst voor thuiszorg is acht maanden lang"
COUNTER = "’s ochtends is het loket in ’t gemeentehuis dicht, “wegens ziekte” staat er dan – en niemand belt terug…"
NO_COMPUTER = "wie geen computer heeft, krijgt nergens nog hulp bij het invullen van papieren"


def read(study: Study) -> dict[str, pd.DataFrame]:
    tables = dict(read_study(study).tables)
    tables["fragments"] = cut(tables["utterances"], config=study.config.fragments).tables["fragments"]
    names = ("given_codings", "utterances", "fragments", "codebook")
    return tables | match(*(tables[name] for name in names)).tables


def coded(tables: dict[str, pd.DataFrame]) -> list[tuple[str, str, str]]:
    """Coder, code and text of every coding of a person, in the order of the notes."""
    rows = tables["human_codings"].merge(tables["fragments"], on="fragment_id").sort_values(["char_start_y", "code"])
    return list(zip(rows["coder"], rows["code"], rows["text"], strict=True))


@pytest.mark.parametrize(
    ("name", "codebook", "statistic", "expected"),
    [
        ("10-agreement/nfd.csv", None, "cohen_kappa", 0.1667),
        ("10-agreement/excel.csv", None, "cohen_kappa", 0.5),
        ("10-agreement/ordinaal.csv", "ord-codebook.csv", "krippendorff_alpha_ordinal", 0.7585),
        ("10-agreement/ordinaal-schema.csv", "ord-codebook.csv", "krippendorff_alpha_ordinal", 0.7585),
        ("10-agreement/bp.csv", None, "cohen_kappa", 0.6774),
        ("10-agreement/dubbel.csv", None, "cohen_kappa", 0.5),
        ("10-agreement/jasp.csv", None, "cohen_kappa", 0.3333),
        ("10-agreement/na-codes.csv", None, "cohen_kappa", 0.7),
        ("10-agreement/numeric.csv", None, "cohen_kappa", 0.4667),
        ("10-agreement/spaties.csv", None, "percent", 0.75),
        ("18-tabellen/agree-mix.csv", None, "cohen_kappa", 0.6098),
        ("18-tabellen/agree-float.xlsx", None, "cohen_kappa", 0.6098),
        ("18-tabellen/agree-num.xlsx", None, "cohen_kappa", 0.6098),
        ("18-tabellen/agree-rijnaam.csv", None, "cohen_kappa", 0.6098),
    ],
)
def test_agreement_of_a_table(name: str, codebook: str | None, statistic: str, expected: float) -> None:
    found = compare_sheet(read_sheet(HUNT / name), codebook=AGREEMENT / codebook if codebook else None)
    (row,) = [row for row in found.rows if row.statistic == statistic and not row.code]
    assert row.estimate == pytest.approx(expected, abs=5e-5)


def test_spellings_that_were_joined_are_named() -> None:
    (notice,) = compare_sheet(read_sheet(AGREEMENT / "spaties.csv")).notices
    assert "'wonen' as 'Wonen'" in notice
    assert compare_sheet(read_sheet(AGREEMENT / "nfd.csv")).notices == ()


def test_a_codebook_without_the_order_of_the_codes_is_not_ignored_in_silence() -> None:
    found = compare_sheet(read_sheet(AGREEMENT / "ordinaal.csv"), codebook=AGREEMENT / "bp-codebook.csv")
    assert found.notices == ("bp-codebook.csv: holds no order for the codes: they are compared without one",)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("sep", [("A", "zorg", WAITING)]),
        ("bom", [("A", "zorg", WAITING)]),
        ("nbsp", [("A", "zorg", WAITING)]),
        *(
            (f"b-tag-{each}", [("A", "loket", COUNTER), ("A", "zorg", WAITING)])
            for each in "abcdefg"
        ),
        ("taguette", [("A", "loket", COUNTER), ("A", "zorg", WAITING)]),
        ("maxqda", [("An", "loket", COUNTER), ("An", "zorg", WAITING)]),
        ("maxqda-de", [("An", "zorg", WAITING)]),
        ("over-beurten", [("A", "zorg", NO_COMPUTER), ("A", "zorg", WAITING)]),
        ("b-over-beurten", [("A", "zorg", NO_COMPUTER), ("A", "zorg", WAITING)]),
    ],
)  # fmt: skip
def test_codings_of_other_programs(case: str, expected: list[tuple[str, str, str]]) -> None:
    tables = read(open_study(HUNT / "11-codings" / case))
    assert set(tables["coding_matches"]["outcome"]) == {"matched"}
    assert sorted(coded(tables)) == sorted(expected)


def test_codes_in_lines_of_one_cell_and_two_coders_in_one_file() -> None:
    found = coded(read(open_study(HUNT / "11-codings" / "atlas")))
    assert {(coder, code) for coder, code, _ in found} == {("An", "zorg"), ("An", "mobiliteit"), ("Bea", "zorg")}


@pytest.mark.parametrize(("case", "n"), [("b-afgekapt", 3), ("b-label", 3), ("slim", 2), ("mojibake", 1)])
def test_quotes_that_are_cut_or_garbled_are_found(case: str, n: int) -> None:
    matches = read(open_study(HUNT / "11-codings" / case))["coding_matches"]
    assert matches["outcome"].tolist() == ["matched"] * n


def test_two_unicode_forms_of_a_code_are_one() -> None:
    tables = read(open_study(HUNT / "11-codings" / "nfd"))
    assert {(coder, code) for coder, code, _ in coded(tables)} == {("A", "privé"), ("B", "privé")}
    assert tables["coding_matches"]["outcome"].tolist() == ["matched", "matched"]


@pytest.mark.parametrize("case", ["tweemaal", "b-tweemaal"])
def test_a_text_at_two_places_with_one_row_is_never_guessed(case: str) -> None:
    study = open_study(HUNT / "11-codings" / case)
    if case == "tweemaal":
        with pytest.raises(InputError, match="1 of 1 rows match nothing"):
            read(study)
    else:
        assert read(study)["coding_matches"]["outcome"].tolist() == ["matched", "unmatched"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_session_is_found_in_any_form_of_its_name(form: str, tmp_path: Path) -> None:
    shutil.copytree(HUNT / "14-macnaam" / "bron-nfc", tmp_path / "s")
    (path,) = (tmp_path / "s" / "sources").iterdir()
    path.rename(path.with_name(unicodedata.normalize(form, path.name)))
    tables = read(open_study(tmp_path / "s"))
    assert coded(tables) == [("A", "zorg", WAITING)]
    assert tables["sessions"]["session"].tolist() == ["café-de-zaal"]
    assert tables["sources"]["source_id"].nunique() == 1


def test_two_forms_of_a_speaker_are_one() -> None:
    speakers = read(open_study(HUNT / "14-macnaam" / "spreker"))["speakers"]
    assert sorted(speakers["speaker"]) == ["D2", "Gespreksleider", "René"]


@pytest.mark.parametrize(
    ("case", "code"),
    [("c-puntkomma-code", "zorg; welzijn"), ("c-rijnamen", "zorg"), ("c-rqda", "zorg"), ("c-hoofdletter", "zorg"),
     ("c-leeg-kolommen", "zorg")],
)  # fmt: skip
def test_tables_as_programs_save_them(case: str, code: str) -> None:
    assert coded(read(open_study(TABLES / case))) == [("A", code, WAITING)]


def content(path: Path) -> list[tuple[str | None, str]]:
    (reading,) = read_source(path, path.name)
    return [(row["speaker"], row["text"][:12]) for row in reading.utterances if row["kind"] in ("turn", "statement")]


@pytest.mark.parametrize(
    ("name", "speakers"),
    [
        ("13-xlsx/samengevoegd.xlsx", ["D1", "D1", "D2"]),
        ("13-xlsx/gefilterd.xlsx", ["D1", "D2", "D1"]),
        ("13-xlsx/verborgen-rij.xlsx", ["D1", "D2", "D1"]),
        ("13-xlsx/tijd.xlsx", ["D1", "D2", "D1"]),
        ("13-xlsx/getal-spreker.xlsx", ["101", "102", "101"]),
        ("13-xlsx/formulier.xlsx", ["R1", "R1", "R2", "R2", "R3", "R3"]),
        ("18-tabellen/notities-sep.csv", ["D1", "D2", "D1"]),
        ("18-tabellen/notities-leeg.csv", ["D1", "D2"]),
        ("18-tabellen/notities-rijnaam.csv", ["D1", "D2", "D1"]),
    ],
)
def test_speakers_of_a_sheet(name: str, speakers: list[str]) -> None:
    assert [speaker for speaker, _ in content(HUNT / name)] == speakers


def test_an_open_survey_keeps_its_columns_and_its_short_answers(tmp_path: Path) -> None:
    study = open_study(RECORDS / "07-enquete-kolommen" / "enquete.csv", tmp_path / "out")
    tables = read(study)
    used = tables["fragments"].loc[tables["fragments"]["status"] == "used"]
    assert used["speaker"].tolist() == ["R001", "R001", "R002", "R002"]
    assert {"Duur.", "Lange wachttijd."} <= set(used["text"])
    attributes = tables["attributes"]
    ages = attributes.loc[attributes["name"] == "leeftijd", ["of", "subject", "value"]]
    assert ages.to_numpy().tolist() == [["speaker", "R001", "34"], ["speaker", "R002", "71"]]
    asked = attributes.loc[attributes["name"] == "vraag"].set_index("subject")["value"]
    (short,) = used.loc[used["text"] == "Duur.", "utterance_id"]
    assert asked[short] == "Wat kan beter?"


PROJECTS = sorted(path.name for path in (HUNT / "16-qdpx").glob("*.qdpx"))


@pytest.mark.parametrize("name", PROJECTS)
def test_every_project_is_read(name: str, tmp_path: Path) -> None:
    study = open_study(HUNT / "16-qdpx" / name, tmp_path / "out")
    if name == "leeg.qdpx":
        with pytest.raises(InputError, match="1 of 1 rows match nothing"):
            read(study)
        return
    tables = read(study)
    n = 0 if name == "bron-gecodeerd.qdpx" else tables["given_codings"]["row_id"].nunique()
    assert (tables["coding_matches"]["how"] == "offsets").sum() == n
    assert n or name == "bron-gecodeerd.qdpx"


@pytest.mark.parametrize("name", ["relative", "kaal", "absoluut", "internal1", "internal-case", "internal-pct"])
def test_a_text_is_found_in_the_archive_however_its_path_is_spelled(name: str) -> None:
    (reading,) = read_source(HUNT / "16-qdpx" / f"{name}.qdpx", f"{name}.qdpx")
    assert len(reading.given_codings) in (1, 2)
    assert sum(row["kind"] == "turn" for row in reading.utterances) == 4


def test_a_path_without_a_scheme_is_found() -> None:
    (reading,) = read_source(RECORDS / "09-qdpx-pad" / "zonder-internal.qdpx", "zonder-internal.qdpx")
    spans = {(row["char_start"], row["char_end"]) for row in reading.given_codings}
    assert spans == {(0, 53), (111, 160)}


def test_selections_of_whole_lines_keep_their_ends(tmp_path: Path) -> None:
    study = open_study(RECORDS / "10-qdpx-einde" / "regels.qdpx", tmp_path / "out")
    tables = read(study)
    given = tables["given_codings"]
    assert list(zip(given["char_start"], given["char_end"], strict=True)) == [(0, 64), (74, 137), (144, 201)]
    assert [text[:12] for _, _, text in coded(tables)] == ["de bus rijdt", "een belbus k", "vraag dan ee"]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shutil.copytree(CASES / "bibliotheek", folder := tmp_path_factory.mktemp("eerste dag") / "bibliotheek")
    return folder


def test_every_coding_of_the_first_day_is_matched_to_the_remark_that_it_quotes(library: Path, tmp_path: Path) -> None:
    tables = read(open_study(library, tmp_path / "out"))
    matches = tables["coding_matches"]
    assert matches["outcome"].value_counts().to_dict() == {"matched": 261}
    assert tables["sources"]["name"].str.startswith("notes/").all()
    given = tables["given_codings"].merge(matches, on="row_id").explode("fragment_ids")
    assert len(given) == 261
    rows = given.merge(tables["fragments"], left_on="fragment_ids", right_on="fragment_id", suffixes=("", "_found"))
    assert (rows["session"] == rows["session_found"]).all()
    numbers = rows["session"].str.extract(r"(\d)")[0]
    assert sorted(numbers.unique()) == list("123456")
    assert len(tables["memos"]) == 8
    themes = tables["codebook"].query("scheme == 'theme'")
    assert themes["definition"].tolist()[0] == "wie doet het werk"
    assert len(themes) == 5
    codes = tables["human_codings"].query("scheme == 'theme'")["code"]
    assert codes.isin(themes["code"]).all()
    assert set(tables["human_codings"].query("scheme == 'polarity'")["code"]) == {"kans", "knelpunt"}
