"""The command line: what commands answer is in the language of the study, and so are errors that have words."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipeline.core.study import Study
    from pipeline.report.words import Words


class Language(StrEnum):
    """Languages of the report."""

    NL = "nl"
    EN = "en"


FileLanguage = Annotated[Language | None, typer.Option("--lang", help="Language of the workbook; else the study's.")]
StudyFolder = Annotated[Path, typer.Argument(metavar="STUDY", help="A study folder that has been analysed.")]


def words_of(study: "Study") -> "Words":
    """Give the texts in the language of a study."""
    from pipeline.report.words import Words

    return Words(study.config.study.language)


def say_error(error: Exception, arguments: Sequence[str]) -> Exception:
    """Put what is wrong in the language of the study that a command names, as far as there are words for it.

    What is to be run then names that study too, where the message says ``STUDY``.

    Args:
        error: what is to be shown.
        arguments: words of the command.
    """
    from pipeline.core.config import STUDY_FILE
    from pipeline.core.errors import PipelineError, as_typed
    from pipeline.core.vocabulary import LANGUAGES

    if not isinstance(error, PipelineError):
        return error
    asked = next((value for option, value in pairwise(arguments) if option == "--lang"), None)
    named = next((Path(word) for word in arguments if _language_of(Path(word))), None)
    language = asked or (_language_of(named) if named else None)
    study = as_typed(named) if named and (named / STUDY_FILE).is_file() else "STUDY"
    from pipeline.report.words import Words

    # What needs no study answers in the first language, as a study does that says nothing of it.
    words = Words(language if language in LANGUAGES else LANGUAGES[0])
    return words.say(error, study)


def _language_of(path: Path) -> str | None:
    """Read the language of a study, of a folder that is to become one, or of the study in which a file lies."""
    import tomllib

    from pipeline.core.config import STUDY_FILE
    from pipeline.core.vocabulary import LANGUAGES

    try:
        if not path.exists():
            return None
        places = [folder / STUDY_FILE for folder in ([path] if path.is_dir() else [*path.absolute().parents][:2])]
        settings = next((place for place in places if place.is_file()), None)
        given = tomllib.loads(settings.read_text(encoding="utf-8")) if settings else {}
        return str(given.get("study", {}).get("language", LANGUAGES[0]))
    except (OSError, ValueError, AttributeError):
        return None
