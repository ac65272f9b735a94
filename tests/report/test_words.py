"""Both languages are complete, and no text is left over or missing."""

import re
import string
from pathlib import Path

import pytest

import pipeline.report
from pipeline.core.schemas import SCHEMAS
from pipeline.core.vocabulary import Scheme, Status
from pipeline.report.words import Words, read_words

WORDS = read_words()
FOLDER = Path(pipeline.report.__file__).parent
# Keys that are put together from data.
FAMILIES = (
    "one.", "many.", "fact.", "section.", "status.", "reason.", "how.", "statistic.", "unit.", "coder.", "scheme.",
    "fate.", "finding.", "decided.", "effect.", "step.",
    "drift.state.", "sheet.", "holds.", "stage.", "hat_source.", "method.", "readme.", "columns.",
    "ask.", "answers.source.", "saturation.step.", "meet.", "blind.", "document.", "excluded_phrase.", "reason_phrase.",
    "advice.", "verdict.", "check.", "change.", "month.", "who.", "list.", "sheetcol.", "role.", "notice_phrase.",
    "plan_phrase.", "kit_phrase.", "next_phrase.", "at.", "diagnosis.difference_",
    "cli.plan.", "cli.status.", "cli.diff.counted.", "cli.diff.state.", "cli.export.to.",
)  # fmt: skip


def names(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_everything_with_the_same_values():
    for key, (dutch, english) in WORDS.items():
        assert dutch.strip() and english.strip(), key
        assert names(dutch) == names(english), key


def test_every_text_that_is_used_is_there_and_every_text_is_used():
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (
            *sorted(FOLDER.rglob("*")),
            FOLDER.parent / "exports" / "draft.py",
            FOLDER.parent / "run" / "summary.py",
            *sorted((FOLDER.parent / "cli").glob("*.py")),
        )
        if path.suffix in (".py", ".html") and "explorer" not in path.parts
    )
    used = set(re.findall(r"""(?:\bt|words)\(\s*["']([^"'{}~]+)["']\s*[,)]""", code))
    assert used and used <= set(WORDS)
    literal = set(re.findall(r"""["']([a-z_]+(?:\.[a-z0-9_]+)*)["']""", code))
    assert {key for key in WORDS if key not in literal and not key.startswith(FAMILIES)} == set()


def test_every_value_of_the_study_has_its_words():
    for status in Status:
        assert f"status.{status}" in WORDS
    for scheme in Scheme:
        assert f"scheme.{scheme}" in WORDS
    for noun in ("fragment", "session", "source", "voice", "participant", "topic", "remark", "quote", "notice"):
        assert {f"one.{noun}", f"many.{noun}"} <= set(WORDS)


def test_titles_of_sheets_fit_and_differ():
    for place in (0, 1):
        titles = [
            text[place]
            for key, text in WORDS.items()
            if key.startswith(("sheet.", "list.")) and not key.endswith(".holds")
        ]
        assert len(set(map(str.lower, titles))) == len(titles)
        assert all(len(title) <= 31 and not set(title) & set(r"[]:*?/\'") for title in titles)
    named = {key.removeprefix("sheet.") for key in WORDS if key.startswith("sheet.")} - {"readme", "columns"}
    assert named <= set(SCHEMAS)
    assert named | {"columns"} == {key.removeprefix("holds.") for key in WORDS if key.startswith("holds.")}


def test_a_text_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        Words("nl")("no.such.text")
    with pytest.raises(KeyError):
        Words("nl")("and", first="a")


def test_shares_do_not_round_to_nothing_or_all():
    shares = (0.0, 0.004, 0.006, 0.5, 0.994, 0.996, 1.0)
    assert [Words("en").percent(share) for share in shares] == ["0%", "< 1%", "1%", "50%", "99%", "> 99%", "100%"]


def test_numbers_are_written_as_the_language_does():
    assert Words("nl").number(-12345.678, 2) == "−12.345,68"
    assert Words("en").number(-12345.678, 2) == "−12,345.68"
    assert Words("nl").number(-0.001, 2) == "0,00"
    assert Words("en").figure(None) == "–"
    assert Words("en").figure(float("nan")) == "–"
