"""A codebook as researchers save it, and every way in which it can be wrong."""

from pathlib import Path

import pytest

from pipeline.core.errors import InputError
from pipeline.core.tables import table_from_rows
from pipeline.readers.given.codebook import read_codebook

EXAMPLE = Path(__file__).parents[2] / "data" / "example" / "codebook.csv"


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "codebook.csv"
    path.write_bytes(text.encode(encoding))
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_codebook(path, "codebook.csv")
    return str(caught.value).splitlines()


def test_reads_all_columns(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "scheme,code,parent,label,definition,examples\n"
        'theme,water,,Water,"Alles wat nat is, of was",De kelder loopt onder. | Het regent binnen.\n'
        "subtheme,kelder,water,,,\n",
    )
    assert read_codebook(path, "codebook.csv") == (
        {
            "scheme": "theme",
            "code": "water",
            "position": 0,
            "parent": None,
            "label": "Water",
            "definition": "Alles wat nat is, of was",
            "examples": ["De kelder loopt onder.", "Het regent binnen."],
            "example_fragment_ids": [],
        },
        {
            "scheme": "subtheme",
            "code": "kelder",
            "position": 1,
            "parent": "water",
            "label": "kelder",
            "definition": None,
            "examples": [],
            "example_fragment_ids": [],
        },
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_dutch_headers_semicolons_and_encodings(tmp_path: Path, encoding: str) -> None:
    text = "Schema;Code;Hoofdcode;Naam;Definitie;Voorbeelden\r\nTheme;café;;Café;Ontmoeten;\r\n"
    (row,) = read_codebook(write(tmp_path, text, encoding), "codebook.csv")
    assert (row["scheme"], row["code"], row["label"], row["definition"]) == ("theme", "café", "Café", "Ontmoeten")


def test_all_problems_at_once_with_their_rows(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "scheme,code,parent,label\n"
        "theme,water,,Water\n"
        "theme,Water,,Nog eens\n"
        "thema,licht,,\n"
        "subtheme,kelder,watr,\n"
        "theme,,,Zonder code\n"
        ",lucht,,\n"
        "subtheme,put,put,\n"
        "polarity,kansen,,\n",
    )
    assert problems(path) == [
        "codebook.csv, row 3: repeats the code 'Water' of scheme 'theme' in row 2. Keep one of the two rows.",
        "codebook.csv, row 4: names the unknown scheme 'thema'. Did you mean 'theme'?",
        "codebook.csv, row 5: names the unknown parent 'watr'. Did you mean 'water'?",
        "codebook.csv, row 6: has no code. Fill the column code, or delete the row.",
        "codebook.csv, row 7: names no scheme. "
        "Known here: theme, subtheme, polarity, hat, sentiment, function, expectation.",
        "codebook.csv, row 8: is its own parent. Leave parent empty, or name a code above it.",
        "codebook.csv, row 9: gives scheme 'polarity' the code 'kansen', which it does not have. Did you mean 'kans'?",
    ]


def test_codes_that_stand_below_each_other_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "scheme,code,parent\nsubtheme,put,emmer\nsubtheme,emmer,put\nsubtheme,kan,put\n")
    fix = "Leave parent empty, or name a code above it."
    assert problems(path) == [
        f"codebook.csv, row 2: stands below itself: put > emmer > put. {fix}",
        f"codebook.csv, row 3: stands below itself: emmer > put > emmer. {fix}",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code,label\nwater,Water\n", "codebook.csv, row 1: lacks the column scheme. Give it the headers scheme, code"),
        ("scheme,code,lable\ntheme,a,A\n", "codebook.csv, row 1: has a column 'lable' that is not known. Did you mean"),
        ("scheme,code,code\ntheme,a,b\n", "codebook.csv, row 1: has two columns for 'code'. Keep one of them."),
        ("scheme,code\ntheme,a,b,c\n", "codebook.csv, row 2: has 4 cells, but there are 2 headers. Put a cell"),
    ],
)
def test_headers_and_cells(tmp_path: Path, text: str, message: str) -> None:
    (found,) = problems(write(tmp_path, text))
    assert found.startswith(message)


def test_empty_and_binary_files(tmp_path: Path) -> None:
    assert problems(write(tmp_path, "")) == ["codebook.csv: is empty. Leave it out, or fill it."]
    assert "is not plain text: it is a ZIP archive or an Office document" in problems(write(tmp_path, "PK\x03\x04"))[0]


def test_a_column_of_ones_own_is_left_out(tmp_path: Path) -> None:
    (row,) = read_codebook(write(tmp_path, "scheme,code,besproken met\ntheme,water,An\n"), "codebook.csv")
    assert "An" not in row.values()


def test_example_codebook() -> None:
    table = table_from_rows(read_codebook(EXAMPLE, "codebook.csv"), "codebook")
    assert table.groupby("scheme")["code"].count().to_dict() == {
        "hat": 5,
        "polarity": 2,
        "sentiment": 3,
        "subtheme": 21,
        "theme": 7,
    }
    parents = table.loc[table["scheme"] == "subtheme", "parent"]
    assert parents.value_counts().to_dict() == dict.fromkeys(table.loc[table["scheme"] == "theme", "code"], 3)
