"""Manual codings, long and wide, as spreadsheets save them."""

from pathlib import Path

import pytest

from pipeline.core.errors import InputError
from pipeline.readers.given.codings import read_codings

COLUMNS = ("coder", "scheme", "code", "rank")
PLACES = ("session", "unit", "source_id", "char_start", "char_end", "quote")


def write(folder: Path, text: str, name: str = "coder-a.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def coded(path: Path) -> list[tuple]:
    return [tuple(row[column] for column in COLUMNS) for row in read_codings(path, path.name)]


def problems(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_codings(path, path.name)
    return str(caught.value).splitlines()


def test_wide(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "session,quote,theme,polarity\n"
        'tafel-1,"De kelder, die loopt onder.",water;licht,knelpunt\n'
        "tafel-1,Zes lampen.,licht,\n",
    )
    rows = read_codings(path, path.name)
    assert [tuple(row[column] for column in COLUMNS) for row in rows] == [
        ("A", "theme", "water", 1),
        ("A", "theme", "licht", 2),
        ("A", "polarity", "knelpunt", 1),
        ("A", "theme", "licht", 1),
        ("A", "polarity", None, 1),
    ]
    assert [row["row_id"] for row in rows] == [
        "coder-a.csv:000002:theme:1",
        "coder-a.csv:000002:theme:2",
        "coder-a.csv:000002:polarity:1",
        "coder-a.csv:000003:theme:1",
        "coder-a.csv:000003:polarity:1",
    ]
    assert {row["quote"] for row in rows} == {"De kelder, die loopt onder.", "Zes lampen."}
    assert {row["session"] for row in rows} == {"tafel-1"}


def test_long_counts_the_codes_of_one_fragment(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "fragment_id,coder,scheme,code\n"
        "f-0123456789ab,An,theme,water\n"
        "f-0123456789ab,An,theme,licht\n"
        "f-0123456789ab,Bo,theme,lucht\n"
        "f-ba9876543210,An,theme,\n",
    )
    assert coded(path) == [
        ("An", "theme", "water", 1),
        ("An", "theme", "licht", 2),
        ("Bo", "theme", "lucht", 1),
        ("An", "theme", None, 1),
    ]
    assert read_codings(path, path.name)[1]["row_id"] == "coder-a.csv:000003:theme:2"


@pytest.mark.parametrize(("separator", "encoding"), [(";", "cp1252"), ("\t", "utf-8-sig"), (",", "utf-16")])
def test_dutch_headers(tmp_path: Path, separator: str, encoding: str) -> None:
    header = ["Sessie", "Citaat", "Codeur", "Thema", "Subthema", "Polariteit", "Hoed", "Sentiment", "Bedenking"]
    cells = ["Tafel 1", "Eén lamp.", "An", "licht", "-", "kans", "geel", "positief", "van mezelf"]
    path = write(tmp_path, separator.join(header) + "\r\n" + separator.join(cells) + "\r\n", encoding=encoding)
    assert coded(path) == [
        ("An", "theme", "licht", 1),
        ("An", "subtheme", None, 1),
        ("An", "polarity", "kans", 1),
        ("An", "hat", "geel", 1),
        ("An", "sentiment", "positief", 1),
    ]
    assert read_codings(path, path.name)[0]["quote"] == "Eén lamp."


def test_places(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "fragment,bron,start,einde,schema,code\n"
        "f-0123456789ab,,,,theme,water\n"
        "s-9dc6ce28:00012,,,,theme,water\n"
        "De kelder loopt onder.,,,,theme,water\n"
        ",tafel-01.md,100,120,theme,water\n",
    )
    assert [tuple(row[column] for column in PLACES) for row in read_codings(path, path.name)] == [
        (None, "f-0123456789ab", None, None, None, None),
        (None, "s-9dc6ce28:00012", None, None, None, None),
        (None, None, None, None, None, "De kelder loopt onder."),
        (None, None, "tafel-01.md", 100, 120, None),
    ]


@pytest.mark.parametrize(
    ("name", "coder"), [("coder-b.csv", "B"), ("codeur_an.csv", "an"), ("Codering 2.csv", "2"), ("joke.csv", "joke")]
)
def test_coder_from_the_name_of_the_file(tmp_path: Path, name: str, coder: str) -> None:
    assert coded(write(tmp_path, "quote,theme\nZes lampen.,licht\n", name))[0][0] == coder


def test_all_problems_at_once_without_quotes(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "quote,source,char_start,char_end,coder,scheme,code\n"
        "geheim,,,,A,thema,x\n"
        ",,,,A,theme,x\n"
        "geheim,,,,,theme,x\n"
        "geheim,,,,machine-taught,theme,x\n"
        "geheim,,,,synthese,theme,x\n"
        ",a.md,12,twaalf,A,theme,x\n"
        ",a.md,12,12,A,theme,x\n"
        ",,1,12,A,theme,x\n",
    )
    found = problems(path)
    assert [line.split(". ")[0] for line in found] == [
        "coder-a.csv, row 2: names the unknown scheme 'thema'",
        "coder-a.csv, row 3: does not say which fragment it speaks of",
        "coder-a.csv, row 4: names no coder",
        "coder-a.csv, row 5: names the coder 'machine-taught', a name that is kept for the pipeline",
        "coder-a.csv, row 6: names the coder 'synthese', a name that is kept for the pipeline",
        "coder-a.csv, row 7: has an offset that is no whole number",
        "coder-a.csv, row 8: ends before it begins",
        "coder-a.csv, row 9: has offsets without a source",
    ]
    assert "Did you mean 'theme'?" in found[0]
    assert "geheim" not in "".join(found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("quote,remark\nx,y\n", "coder-a.csv, row 1: holds no column with codes."),
        ("quote,scheme\nx,theme\n", "coder-a.csv, row 1: has no column code. Give both scheme and code."),
        (
            "quote,scheme,code,hat\nx,theme,a,wit\n",
            "coder-a.csv, row 1: has both scheme and code and a column for hat.",
        ),
        ("session,theme\nx,y\n", "coder-a.csv, row 1: does not say which fragment a row speaks of."),
        ("quote,polaritiet\nx,kans\n", "coder-a.csv, row 1: has a column 'polaritiet' that is not known. Did you mean"),
        ("quote,theme\n", "coder-a.csv, row 2: holds headers and no rows."),
        ("", "coder-a.csv: is empty."),
        ("\x00\x01", "coder-a.csv: is not text: it holds NUL bytes."),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    (found,) = problems(write(tmp_path, text))
    assert found.startswith(message)


def test_blank_rows_keep_the_numbers_of_the_others(tmp_path: Path) -> None:
    path = write(tmp_path, "quote,theme\n\n,\nZes lampen.,licht\n")
    assert [row["row_id"] for row in read_codings(path, path.name)] == ["coder-a.csv:000004:theme:1"]
