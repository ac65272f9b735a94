"""Attributes of respondents, from a sheet to tables, frames and exports, on a small survey that was analysed once."""

import csv
import io

import pandas as pd
import pytest
from openpyxl import load_workbook
from small_study import TINY_SETTINGS
from typer.testing import CliRunner

import pipeline as dt
from pipeline.cli.app import app
from pipeline.core.errors import InputError

ANSWERS = """\
respondent,leeftijd,regio,hoed,antwoord
R001,60+,Noord,wit,De bus rijdt hier maar twee keer op een dag.
R001,60+,Noord,zwart,Na zes uur kom ik nergens meer zonder hulp.
R002,18-30,Zuid,wit,In ons dorp zijn er te weinig plekken voor jongeren.
R003,60+,,geel,De buren helpen elkaar met boodschappen en klusjes.
R003,60+,,zwart,De huisarts neemt geen nieuwe patiënten meer aan.
R004,18-30,Noord,groen,Een deelfiets aan het station zou veel oplossen.
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    root = tmp_path_factory.mktemp("enquete") / "enquete"
    (root / "sources").mkdir(parents=True)
    (root / "study.toml").write_text(TINY_SETTINGS, encoding="utf-8")
    (root / "sources" / "antwoorden.csv").write_text(ANSWERS, encoding="utf-8")
    return dt.analyse(root, progress=False)


def run(study, *words):
    found = CliRunner().invoke(app, list(map(str, words)))
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.stdout


def table(study, *words):
    return list(csv.DictReader(io.StringIO(run(study, "table", study.root, *words, "--csv"))))


def test_fragments_carry_attributes_and_are_kept_by_them(study):
    frame = study.fragments()
    assert {"attribute | leeftijd", "attribute | regio"} <= set(frame.columns)
    assert frame.groupby("attribute | leeftijd")["fragment_id"].count().to_dict() == {"18-30": 2, "60+": 4}
    old = study.fragments(where={"leeftijd": "60+"})
    assert len(old) == 4 and set(old["speaker"]) == {"R001", "R003"}
    assert len(study.fragments(where={"Leeftijd": "60+", "regio": "noord"})) == 2
    assert set(study.fragments(where={"regio": "unknown"})["speaker"]) == {"R003"}


def test_a_wrong_name_or_value_says_what_there_is(study):
    with pytest.raises(InputError, match="nothing that is called 'age'.*leeftijd, regio"):
        study.fragments(where={"age": "60+"})
    with pytest.raises(InputError, match=r"there is no regio 'Oost'. There is Noord, Zuid"):
        study.fragments(where={"regio": "Oost"})


def test_codings_are_compared_by_age(study):
    whole, *rows = table(study, "stances", "--by", "leeftijd")
    assert (whole["scheme"], whole["18-30"], whole["60+"], whole["all"]) == ("(fragments)", "2", "4", "6")
    hats = {row["value"]: (row["18-30"], row["60+"]) for row in rows if row["scheme"] == "hat"}
    assert hats == {"wit": ("1", "1"), "zwart": ("0", "2"), "geel": ("0", "1"), "groen": ("1", "0")}
    by_region, *_ = table(study, "fragments", "--by", "regio")
    assert (by_region["Noord"], by_region["Zuid"], by_region["unknown"]) == ("3", "1", "2")
    assert {row["coder"] for row in table(study, "codings", "--by", "leeftijd")[1:]} == set(study["codings"]["coder"])


def test_rows_are_kept_by_region(study):
    assert {row["speaker"] for row in table(study, "fragments", "--where", "regio=Noord")} == {"R001", "R004"}
    both = table(study, "stances", "--where", "regio=Noord", "--where", "leeftijd=60+", "--by", "hat")
    assert both[0]["all"] == "2"
    with pytest.raises(InputError, match="name=value"):
        run(study, "table", study.root, "codings", "--where", "regio")
    with pytest.raises(InputError, match="topics.* is not about fragments"):
        run(study, "table", study.root, "topics", "--by", "leeftijd")


def test_exports_carry_them(study, tmp_path):
    run(study, "export", study.root, "--to", "csv", "--out", tmp_path / "csv")
    frame = pd.read_csv(tmp_path / "csv" / "fragments.csv").query("status == 'used'")
    assert frame["attribute | leeftijd"].value_counts().to_dict() == {"60+": 4, "18-30": 2}
    run(study, "export", study.root, "--to", "xlsx", "--out", tmp_path / "boek.xlsx")
    head, *rows = load_workbook(tmp_path / "boek.xlsx").worksheets[0].iter_rows(values_only=True)
    assert [row[head.index("regio")] for row in rows].count("Noord") == 3
    assert sorted(row[head.index("leeftijd")] for row in rows) == ["18-30"] * 2 + ["60+"] * 4
