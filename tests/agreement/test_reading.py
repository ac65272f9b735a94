import ast
import re
import string
from pathlib import Path

import numpy as np
import pytest

from pipeline import agreement
from pipeline.agreement import statistics
from pipeline.agreement.reading import LABELS, read_scheme
from pipeline.agreement.statistics.coefficients import Undefined
from pipeline.agreement.statistics.registry import COEFFICIENTS
from pipeline.agreement.statistics.resampling import Method, NoInterval
from pipeline.agreement.wording import read_texts
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


def test_the_readings_choose_a_text_and_hold_none() -> None:
    assert [text for text in texts(LIBRARY / "reading.py") if " " in text] == []


def test_kappa_and_ac1_each_stand_beside_their_own_chance() -> None:
    # Shares .5, .3 and .2 of three codes: (.25 + .21 + .16) / 2 = .31, and .25 + .09 + .04 = .38.
    reading = read_scheme([[40, 5, 5], [5, 20, 5], [5, 5, 10]], ("a", "b", "c"))
    assert "kappa schat het toeval op 38%, AC1 op 31%." in reading.nl
    assert "kappa puts chance at 38%, AC1 at 31%." in reading.en


def test_less_than_chance_and_no_common_unit_are_said() -> None:
    codes = ("kans", "knelpunt")
    assert "minder vaak eens dan bij toeval" in read_scheme([[0, 5], [5, 0]], codes).nl
    nothing = read_scheme(np.zeros((2, 2)), codes)
    assert nothing.nl == "Cohens kappa is niet te bepalen: geen eenheid is door twee codeurs gecodeerd."
    assert nothing.en == "Cohen's kappa is undefined: no unit was coded by two coders."


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
    reading = read_scheme(table, ("kans", "knelpunt"))
    assert not re.search(r"nan|inf\b|goed|voldoende|substantial|acceptable", f"{reading.nl} {reading.en}")
