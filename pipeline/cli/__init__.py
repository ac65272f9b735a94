"""The command line: what commands answer is in the language of the study, help and errors are English."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipeline.core.study import Study
    from pipeline.report.words import Words

StudyFolder = Annotated[Path, typer.Argument(metavar="STUDY", help="A study folder that has been analysed.")]


def words_of(study: "Study") -> "Words":
    """Give the texts in the language of a study."""
    from pipeline.report.words import Words

    return Words(study.config.study.language)
