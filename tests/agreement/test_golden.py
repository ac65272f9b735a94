"""Worked examples from the literature, each to the decimals published.

Where a source prints fewer decimals than could be worked out, the further decimals were computed once from
the published table and are compared to +/- 5e-5.
"""

import csv
from pathlib import Path

import numpy as np
import pytest
from coefficients_of_codes import estimate_codes, estimate_table, numbered, tally

from pipeline.agreement.statistics import many_coders as many
from pipeline.agreement.statistics.coefficients import cohen_kappa
from pipeline.agreement.statistics.counts import tallies_of_tables
from pipeline.agreement.statistics.many_coders import krippendorff_alpha, number_sets
from pipeline.agreement.statistics.registry import Categories

ECOSENT = Path(__file__).parents[3] / "shared" / "data" / "polarity" / "ecosent" / "manual_coding.csv"


def table(text: str) -> np.ndarray:
    return np.array([[float(cell) for cell in row.split()] for row in text.split("/")])


def numbers(rows: str) -> tuple[np.ndarray, Categories]:
    """Codes and categories of one line per coder, with a dot for missing."""
    given = [line.split() for line in rows.strip().splitlines()]
    values = sorted({int(cell) for line in given for cell in line if cell != "."})
    codes = [[-1 if cell == "." else values.index(int(cell)) for cell in line] for line in given]
    return np.array(codes).T, numbered(values)


def alpha(rows: str, level: str) -> float | None:
    codes, categories = numbers(rows)
    return estimate_codes(f"krippendorff_alpha_{level}", codes, categories).value


# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, sections A to E.
BINARY = "0 1 0 0 0 0 0 0 1 0\n1 1 1 0 0 1 0 0 0 0"
FOUR_OBSERVERS = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""
THREE_OBSERVERS = """
. . . . . 3 4 1 2 1 1 3 3 . 3
1 . 2 1 3 3 4 3 . . . . . . .
. . 2 1 3 4 4 . 2 1 1 3 3 . 4
"""
# Hayes & Krippendorff (2007), Communication Methods and Measures 1(1), p. 84; units here, coders within.
FIVE_OBSERVERS = """
1 1 2 . 2;1 1 0 1 .;2 3 3 3 .;. 0 0 . 0;0 0 0 . 0;0 0 0 . 0;1 0 2 . 1;1 . 2 0 .;2 2 2 . 2;2 1 1 1 .;
. 1 0 0 .;0 0 0 0 .;1 2 2 2 .;3 3 2 2 3;1 1 1 . 1;1 1 1 . 1;2 1 2 . 2;1 2 3 3 .;1 1 0 1 .;0 0 0 . 0;
0 0 1 1 .;0 0 . 0 0;2 3 3 3 .;0 0 0 0 .;1 2 . 2 2;0 1 1 1 .;0 0 0 1 0;1 2 1 2 .;1 1 2 2 .;1 1 2 . 2;
1 1 0 . 0;2 1 2 1 .;2 2 . 2 2;3 2 2 2 .;2 2 2 . 2;2 2 3 . 2;2 2 2 . 2;2 2 . 1 2;2 2 2 2 .;1 1 1 . 1
"""
HAYES = "\n".join(
    " ".join(column)
    for column in zip(*(unit.split() for unit in FIVE_OBSERVERS.replace("\n", "").split(";")), strict=True)
)


@pytest.mark.parametrize(
    ("rows", "level", "expected"),
    [
        (BINARY, "nominal", 0.095238),
        (FOUR_OBSERVERS, "nominal", 0.743421),
        (FOUR_OBSERVERS, "ordinal", 0.815388),
        (FOUR_OBSERVERS, "interval", 0.849107),
        (FOUR_OBSERVERS, "ratio", 0.797403),
        (THREE_OBSERVERS, "nominal", 0.691358),
        (THREE_OBSERVERS, "ordinal", 0.806721),
        (THREE_OBSERVERS, "interval", 0.810845),
        (THREE_OBSERVERS, "ratio", 0.808944),
        (HAYES, "nominal", 0.4765),
        (HAYES, "ordinal", 0.7598),
        (HAYES, "interval", 0.7574),
        (HAYES, "ratio", 0.6621),
    ],
)
def test_krippendorff_alpha_of_numbers(rows: str, level: str, expected: float) -> None:
    assert alpha(rows, level) == pytest.approx(expected, abs=5e-5)


def test_krippendorff_alpha_of_letters() -> None:
    # Krippendorff (2011), section B: Ben and Gerry.
    ben, gerry = "aabbdcccedda", "babbbccceddd"
    codes = np.array([["abcde".index(code) for code in coder] for coder in (ben, gerry)]).T
    assert estimate_codes("krippendorff_alpha_nominal", codes, Categories(5)).value == pytest.approx(0.691964, abs=5e-7)


TWO_CODERS = {
    "Cohen 1960 p. 37": ("25 12 3/13 2 15/12 16 2", 0.29, -0.0923, -0.1008, -0.0953, -0.0650, -0.0480),
    "Cohen 1960 p. 45": ("88 14 18/10 40 10/2 6 12", 0.70, 0.4915, 0.4872, 0.4885, 0.5500, 0.5760),
    "Artstein & Poesio 2008 p. 558": ("20 10/20 50", 0.70, 0.3478, 0.3407, 0.3440, 0.4000, 0.4495),
    "Artstein & Poesio 2008 p. 568": ("46 0 0/6 32 6/0 0 10", 0.88, 0.8013, 0.7995, 0.8005, 0.8200, 0.8287),
    "Brennan & Prediger 1981 ex. 1": ("50 0 0/10 10 10/20 0 0", 0.60, 0.2727, 0.2233, 0.2272, 0.4000, 0.4613),
    "Brennan & Prediger 1981 ex. 2": ("50 0 10/0 10 10/10 10 0", 0.60, 0.2857, 0.2857, 0.2893, 0.4000, 0.4444),
    "paradox, irrCAC (R)": ("80 7/8 5", 0.85, 0.3144, 0.3143, 0.3177, 0.7000, 0.8080),
    "Gwet by hand, DKPro": ("8 1/0 1", 0.90, 0.6154, 0.6078, 0.6275, 0.8000, 0.8658),
    "Gwet 2014 abstractors": ("13 0 0/0 20 7/0 4 56", 0.89, 0.7964, 0.7962, 0.7973, 0.8350, 0.8493),
    "psychiatric diagnoses, n = 223": (
        "40 4 4 17/6 25 2 13/4 1 21 12/15 5 9 45",
        *(0.5874, 0.4315, 0.4303, 0.4316, 0.4499, 0.4562),
    ),
    "NVivo help, 75/75 split assumed": ("50 75/75 800", 0.85, 0.3143, 0.3143, 0.3146, 0.7000, 0.8080),
}
STATISTICS = ("percent", "cohen_kappa", "scott_pi", "krippendorff_alpha_nominal", "brennan_prediger", "gwet_ac1")


@pytest.mark.parametrize("example", TWO_CODERS)
def test_two_coders(example: str) -> None:
    text, *expected = TWO_CODERS[example]
    found = [estimate_table(statistic, table(text)).value for statistic in STATISTICS]
    assert found == pytest.approx(expected, abs=5e-5)


def test_kappa_maximum() -> None:
    # Cohen (1960), Educational and Psychological Measurement 20(1), pp. 42 and 45.
    for example, highest, within in (("Cohen 1960 p. 45", 0.831, 5e-4), ("Cohen 1960 p. 37", 0.85, 5e-3)):
        found = estimate_table("cohen_kappa_max", table(TWO_CODERS[example][0])).value
        assert found == pytest.approx(highest, abs=within)


def test_own_weights() -> None:
    # Artstein & Poesio (2008), Computational Linguistics 34(4), p. 568: distance .5 to the third category.
    counted = table(TWO_CODERS["Artstein & Poesio 2008 p. 568"][0])
    distance = np.array([[0.0, 1.0, 0.5], [1.0, 0.0, 0.5], [0.5, 0.5, 0.0]])
    assert float(cohen_kappa(counted, 1.0 - distance)) == pytest.approx(0.8163, abs=5e-5)
    assert float(krippendorff_alpha(counted + counted.T, distance)) == pytest.approx(0.8156, abs=5e-5)


@pytest.mark.parametrize(
    ("example", "linear", "quadratic"),
    [("Gwet 2014 abstractors", 0.8429, 0.8922), ("psychiatric diagnoses, n = 223", 0.4068, 0.3832)],
)
def test_weighted_kappa(example: str, linear: float, quadratic: float) -> None:
    counted = table(TWO_CODERS[example][0])
    order = Categories(len(counted), ordered=True)
    assert estimate_table("cohen_kappa_linear", counted, order).value == pytest.approx(linear, abs=5e-5)
    assert estimate_table("cohen_kappa_quadratic", counted, order).value == pytest.approx(quadratic, abs=5e-5)


# Gwet (2014), Handbook of Inter-Rater Reliability, 4 raters x 12 subjects, 5 categories.
FOUR_RATERS = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . .
. 3 3 3 2 3 4 2 2 5 1 3
1 2 3 3 2 4 4 1 2 5 1 .
"""


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        ("gwet_ac1", 0.77544),
        ("krippendorff_alpha_nominal", 0.74342),
        ("fleiss_kappa", 0.76117),
        ("brennan_prediger", 0.77273),
        ("percent", 0.81818),
    ],
)
def test_four_raters_with_missing(statistic: str, value: float) -> None:
    assert estimate_codes(statistic, *numbers(FOUR_RATERS)).value == pytest.approx(value, abs=5e-6)


# Fleiss (1971), Psychological Bulletin 76(5): 30 patients, 6 psychiatrists, 5 categories.
FLEISS_1971 = """
    00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
    00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006
"""
FOURTEEN_RATERS = "0 0 0 0 14/0 2 6 4 2/0 0 3 5 6/0 3 9 2 0/2 2 8 1 1/7 7 0 0 0/3 2 6 3 0/2 5 3 2 2/6 5 2 1 0/0 2 2 3 7"


def codes_of_counts(rows: list[list[int]]) -> np.ndarray:
    return np.array([np.repeat(np.arange(len(row)), row) for row in rows])


def test_fleiss_1971() -> None:
    codes = codes_of_counts([[int(cell) for cell in row] for row in FLEISS_1971.split()])
    tallies = tally(codes, 5)
    assert float(many.fleiss_kappa(tallies)) == pytest.approx(0.4302, abs=5e-5)
    assert float(many.percent(tallies)) == pytest.approx(0.5556, abs=5e-5)
    # The published .2201 is the sum of squares of shares rounded to three decimals; unrounded it is .2199.
    assert float((many.prevalence(tallies).round(3) ** 2).sum()) == pytest.approx(0.2201, abs=5e-5)
    assert many.fleiss_kappa(tallies.one_against_rest()).round(3).tolist() == [0.245, 0.245, 0.520, 0.471, 0.566]


def test_fleiss_first_fifteen_and_textbook() -> None:
    # irrCAC ships the first 15 patients; the second table is the well-known one of 10 units x 14 raters.
    first = codes_of_counts([[int(cell) for cell in row] for row in FLEISS_1971.split()[:15]])
    textbook = codes_of_counts(table(FOURTEEN_RATERS).astype(int).tolist())
    assert float(many.fleiss_kappa(tally(first, 5))) == pytest.approx(0.4139, abs=5e-5)
    assert float(many.fleiss_kappa(tally(textbook, 5))) == pytest.approx(0.2099, abs=5e-5)


def test_sets_of_codes() -> None:
    # The set-valued example of DKPro Statistics, 9 units; MASI as defined by Passonneau (2006).
    pairs = ["|", "A|", "A|A", "A|B", "AB|A", "AB|AC", "ABC|ABC", "C|AC", "C|AC"]
    units = [[set(side) for side in pair.split("|")] for pair in pairs]
    for kept, expected in ((units, (0.2388, 0.3156, 0.2731)), ([u for u in units if all(u)], (None, 0.2032, 0.1772))):
        sets = number_sets(kept, "ABC")
        categories = Categories(len(sets.members), members=sets.members)
        for level, value in zip(("nominal", "jaccard", "masi"), expected, strict=True):
            if value is not None:
                found = estimate_codes(f"krippendorff_alpha_{level}", sets.codes, categories).value
                assert found == pytest.approx(value, abs=5e-5), level


def test_per_category() -> None:
    # Krippendorff (1980), Content Analysis, p. 139: 9 units, 3 coders.
    codes, categories = numbers("1 1 2 4 1 2 1 3 2\n1 2 2 4 4 2 2 3 2\n1 2 2 4 4 2 3 3 2")
    tallies = tally(codes, 4)
    per_category = tallies.one_against_rest()
    assert round(float(many.percent(tallies)), 3) == 0.741
    assert many.percent(per_category).tolist() == pytest.approx([0.777, 0.852, 0.926, 0.926], abs=1e-3)
    found = many.krippendorff_alpha_nominal(tallies.one_against_rest())
    assert found.tolist() == pytest.approx([0.381, 0.711, 0.717, 0.764], abs=5e-4)
    for level, expected in (("nominal", 0.642), ("interval", 0.547), ("ratio", 0.483)):
        value = estimate_codes(f"krippendorff_alpha_{level}", codes, categories).value
        assert value == pytest.approx(expected, abs=5e-4), level


def test_krippendorff_2004_p_227() -> None:
    first, second = "aabbbbbccccc", "abbbbbcccccc"
    codes = np.array([["abc".index(code) for code in coder] for coder in (first, second)]).T
    assert estimate_codes("percent", codes, Categories(3)).value == pytest.approx(0.833, abs=5e-4)
    assert estimate_codes("krippendorff_alpha_nominal", codes, Categories(3)).value == pytest.approx(0.734, abs=5e-4)


def test_chance_level_of_the_brennan_prediger_coefficient_counts_empty_categories() -> None:
    # Brennan & Prediger (1981): one chance in q, so a category that nobody used raises the coefficient.
    assert float(many.brennan_prediger(tallies_of_tables(table("8 1/0 1")))) == pytest.approx(0.80)
    assert float(many.brennan_prediger(tallies_of_tables(table("8 1 0/0 1 0/0 0 0")))) == pytest.approx(0.85)


@pytest.mark.skipif(not ECOSENT.exists(), reason="the ECOSENT student codings are not in ../shared/data/polarity")
def test_student_codings_of_headlines() -> None:
    # van Atteveldt, van der Velden & Boukes (2021), 10.1080/19312458.2020.1869198: tone of Dutch headlines.
    with ECOSENT.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    units, coders = sorted({row["id"] for row in rows}), sorted({row["coder"] for row in rows})
    codes = np.full((len(units), len(coders)), -1)
    for row in rows:
        codes[units.index(row["id"]), coders.index(row["coder"])] = int(float(row["value"])) + 1
    assert int(((codes >= 0).sum(axis=1) >= 2).sum()) == 131
    for level, expected in (("nominal", 0.656), ("ordinal", 0.814), ("interval", 0.817)):
        value = estimate_codes(f"krippendorff_alpha_{level}", codes, numbered([-1, 0, 1])).value
        assert value == pytest.approx(expected, abs=5e-4), level
