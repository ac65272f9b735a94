import ast
import re
import string
from pathlib import Path

import numpy as np
import pytest

from pipeline import agreement
from pipeline.agreement import statistics
from pipeline.agreement.reading import LABELS, read_code, read_estimate, read_scheme
from pipeline.agreement.statistics.estimate import Estimate, Undefined, student_quantile
from pipeline.agreement.statistics.registry import COEFFICIENTS
from pipeline.agreement.statistics.resampling import Method, NoInterval
from pipeline.agreement.wording import BilingualText, read_texts
from pipeline.core.schemas import SCHEMAS
from pipeline.core.vocabulary import Scheme

LIBRARY = Path(agreement.__file__).parent
# Texts whose key ends in a value of a column: the family, and where its values stand.
FAMILIES = {
    "code_diagnosis.": [("code_diagnoses", "verdict")],
    "merge.": [("suggested_merges", "kind")],
    "stability.": [("theme_stability", "verdict"), ("theme_stability", "source")],
    "bridge.": [("hat_bridge", "verdict")],
    "difference.": [("polarity_differences", "difference")],
}
# Nothing but the Dutch names these values, and the English is in the row.
FEWER_FIELDS_IN_DUTCH = {"annotator_test.not_tested": {"reason"}}


def texts(path: Path) -> list[str]:
    """Every string of a module but its docstrings, and the errors for who calls a function wrongly."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    passed = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.Raise) for inner in ast.walk(node)}
    passed |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in passed)
    return [node.value for node in strings if isinstance(node.value, str)]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_coefficient_and_every_reason_has_words() -> None:
    # Weights of the user make two more figures, beside the coefficients that need none.
    assert [name for name in LABELS if not name.endswith("_weighted")] == list(COEFFICIENTS)
    for key, text in read_texts().items():
        assert set(text) == {"nl", "en"} and len(text["nl"]) and len(text["en"]), key
        if isinstance(text["nl"], str):
            assert fields(text["en"]) - fields(text["nl"]) == FEWER_FIELDS_IN_DUTCH.get(key, set()), key
            assert fields(text["nl"]) <= fields(text["en"]), key
        else:
            assert len(text["nl"]) == len(text["en"]), key
    stated = {reason.value for reason in (*Undefined, *NoInterval)}
    assert stated == {key for key in read_texts() if key.startswith(("undefined.", "no_interval."))}


def test_every_text_is_used_and_every_text_that_is_used_is_there() -> None:
    written = {text for path in sorted(LIBRARY.rglob("*.py")) for text in texts(path)}
    of_rows = {
        family + value
        for family, columns in FAMILIES.items()
        for table, name in columns
        for value in SCHEMAS[table].column(name).allowed
    }
    assert of_rows and of_rows <= set(read_texts())
    roots = {key.split(".")[0] for key in read_texts()}
    keys = {text for text in written if re.fullmatch(rf"({'|'.join(roots)})\.[a-z_0-9]+", text)}
    assert keys and keys <= set(read_texts())
    # A family that is read whole; and one of which the rest of the key is a scheme, or stands in the library.
    whole, rest = ("statistic.", "null."), written | {*Scheme}
    families = tuple(text for text in written if text.endswith(".") and text[:-1] in roots and text not in whole)
    left = {key for key in set(read_texts()) - keys - of_rows if not key.startswith(whole)}
    assert {key for key in left if not key.startswith(families) or key.split(".")[1] not in rest} == set()


def test_no_sentence_for_people_stands_in_the_statistics() -> None:
    names = {*Method, "Landis & Koch (1977)", "Krippendorff (2004)"}
    for path in sorted((Path(statistics.__file__).parent).glob("*.py")):
        for text in texts(path):
            assert text in names or not re.search(r"[^\W\d_]+ [^\W\d_]+", text), (path.name, text)


@pytest.mark.parametrize("name", ["reading.py", "diagnosis_reading.py"])
def test_the_readings_choose_a_text_and_hold_none(name: str) -> None:
    assert [text for text in texts(LIBRARY / name) if " " in text] == []


def test_a_figure_in_both_languages() -> None:
    reading = read_estimate("cohen_kappa", Estimate(0.336))
    assert reading == BilingualText("Cohens kappa is 0,34.", "Cohen's kappa is 0.34.")
    assert read_estimate("cohen_kappa", Estimate(-0.001)).nl == "Cohens kappa is 0,00."
    with pytest.raises(KeyError):
        read_estimate("kappa", Estimate(0.3))


@pytest.mark.parametrize("reason", list(Undefined))
def test_undefined_is_said_with_its_reason(reason: Undefined) -> None:
    reading = read_estimate("percent", Estimate(None, reason))
    assert reading.nl == f"Percentage overeenstemming is niet te bepalen: {reason.text('nl')}."
    assert reading.en == f"Percent agreement is undefined: {reason}."


def test_a_rare_code_is_explained_with_all_three_figures() -> None:
    # The shape of Hill et al. (2026): 93 % agreement and a high AC1 beside a kappa below one half.
    reading = read_code([[900, 36], [36, 28]])
    assert reading.nl.startswith(
        "De codeurs zijn het eens over 93% van 1000 fragmenten. "
        "Na correctie voor toeval is dat 0,40 (Cohens kappa) of 0,92 (Gwets AC1); kappa schat het toeval op 88%, AC1 "
        "op 12%. De code is zeldzaam (6% van"
    )
    assert "valt laag uit, AC1 nauwelijks en valt hoog uit" in reading.nl
    assert "Gaf een codeur de code, dan deed de ander dat in 44% van de gevallen ook." in reading.nl
    assert "The code is rare (6% of the fragments)" in reading.en
    assert "the other did so too in 44% of the cases" in reading.en


def test_a_common_code_is_the_mirror_image() -> None:
    reading = read_code([[28, 36], [36, 900]])
    assert "De code staat bijna overal (94% van de fragmenten)" in reading.nl
    assert "Liet een codeur de code weg, dan deed de ander dat in 44% van de gevallen ook." in reading.nl
    assert "nearly everywhere" in reading.en


def test_a_balanced_code_needs_no_explanation() -> None:
    reading = read_code([[40, 10], [10, 40]])
    assert reading.nl == (
        "De codeurs zijn het eens over 80% van 100 fragmenten. "
        "Na correctie voor toeval is dat 0,60 (Cohens kappa) of 0,60 (Gwets AC1); kappa schat het toeval op 50%, AC1 "
        "op 50%."
    )


def test_kappa_and_ac1_each_stand_beside_their_own_chance() -> None:
    # One code of share (10 + 30) / 200 = .2: AC1 counts 2 x .2 x .8 = .32, kappa .9 x .7 + .1 x .3 = .66.
    reading = read_code([[65, 25], [5, 5]])
    assert "kappa schat het toeval op 66%, AC1 op 32%." in reading.nl
    assert "kappa puts chance at 66%, AC1 at 32%." in reading.en
    # Shares .5, .3 and .2 of three codes: (.25 + .21 + .16) / 2 = .31, and .25 + .09 + .04 = .38.
    three = read_scheme([[40, 5, 5], [5, 20, 5], [5, 5, 10]], ("a", "b", "c"))
    assert "kappa puts chance at 38%, AC1 at 31%." in three.en


def test_a_code_that_nobody_used_is_not_perfect_agreement() -> None:
    reading = read_code([[50, 0], [0, 0]])
    assert "niet te bepalen: geen codeur gebruikte deze code" in reading.nl
    assert "An AC1 of 1.00 says no more than that here." in reading.en
    assert "every coder used this code everywhere" in read_code([[0, 0], [0, 50]]).en


def test_unequal_use_names_the_coder_and_the_ceiling() -> None:
    reading = read_code([[30, 2], [28, 40]], coders=("Anna", "machine"))
    assert "Codeur Anna geeft de code vaker dan codeur machine (68% tegen 42%); hoger dan 0,51" in reading.nl
    assert (
        "Coder machine gives the code more often than coder Anna"
        in read_code(np.array([[30, 28], [2, 40]]), coders=("Anna", "machine")).en
    )


def test_few_occurrences_and_less_than_chance_are_said() -> None:
    few = read_code([[95, 1], [1, 3]])
    assert "De code komt maar bij 5 fragmenten voor" in few.nl
    assert "one fragment only" in read_code([[95, 1], [0, 0]]).en
    assert "minder vaak eens dan bij toeval" in read_code([[0, 5], [5, 0]]).nl
    assert "below zero" not in few.en


def test_no_common_unit_is_said() -> None:
    assert read_code([[0, 0], [0, 0]]).en == "Cohen's kappa is undefined: no unit was coded by two coders."
    assert read_scheme(np.zeros((2, 2)), ("kans", "knelpunt")).en == read_code([[0, 0], [0, 0]]).en


def test_a_scheme_that_one_code_carries() -> None:
    reading = read_scheme([[90, 3, 0], [4, 1, 0], [1, 0, 1]], ("geen", "kans", "knelpunt"))
    assert "Eén code, 'geen', krijgt 94% van de keuzes" in reading.nl
    assert "in 33% van de gevallen ook" in reading.nl
    balanced = read_scheme([[30, 3, 0], [4, 30, 0], [1, 0, 32]], ("geen", "kans", "knelpunt"))
    assert "One code" not in balanced.en
    only_one = read_scheme([[9, 0], [0, 0]], ("kans", "knelpunt"))
    assert "only one category was used" in only_one.en


@pytest.mark.parametrize("table", [[[900, 36], [36, 28]], [[50, 0], [0, 0]], [[30, 2], [28, 40]], [[0, 5], [5, 0]]])
def test_no_verdict_and_no_nan(table: list[list[int]]) -> None:
    reading = read_code(table)
    assert not re.search(r"nan|inf\b|goed|voldoende|substantial|acceptable", f"{reading.nl} {reading.en}")


def test_wrong_tables_are_refused() -> None:
    with pytest.raises(ValueError, match="2 x 2"):
        read_code(np.eye(3))
    with pytest.raises(ValueError, match="each code"):
        read_scheme(np.eye(3), ("kans", "knelpunt"))


def test_an_estimate_is_a_value_or_a_reason() -> None:
    for value, reason in ((None, None), (0.5, Undefined.NO_UNITS), (float("nan"), None)):
        with pytest.raises(ValueError, match="reason"):
            Estimate(value, reason)
    with pytest.raises(ValueError, match="level"):
        Estimate(0.5, standard_error=0.1).interval(1.0)
    assert Estimate(None, Undefined.NO_UNITS).interval() is None


@pytest.mark.parametrize(
    ("probability", "df", "expected"),
    [(0.975, 1, 12.7062), (0.975, 2, 4.3027), (0.95, 5, 2.0150), (0.995, 30, 2.7500), (0.975, 1000, 1.9623)],
)
def test_quantiles_of_student(probability: float, df: int, expected: float) -> None:
    # Printed tables of the t distribution.
    assert student_quantile(probability, df) == pytest.approx(expected, abs=5e-5)
    assert student_quantile(1 - probability, df) == pytest.approx(-expected, abs=5e-5)


def test_both_ways_to_a_quantile_meet() -> None:
    assert student_quantile(0.975, 200) == pytest.approx(student_quantile(0.975, 201), abs=1e-4)
    for probability, df in ((0.0, 5), (1.0, 5), (0.9, 0)):
        with pytest.raises(ValueError, match="probability|degrees"):
            student_quantile(probability, df)
