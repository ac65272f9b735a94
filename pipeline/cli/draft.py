"""The command ``dialoogtafel draft``: a first version of the synthesis, with sources, to write on in."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.errors import InputError


class Form(StrEnum):
    """What a draft can be written as."""

    DOCX = "docx"
    HTML = "html"


StudyFolder = Annotated[Path, typer.Argument(metavar="STUDY", help="A study folder that has been analysed.")]
To = Annotated[Form, typer.Option("--to", help="docx has the sources in comments; html leads to the explorer.")]
Coder = Annotated[
    str | None,
    typer.Option(help="In whose themes: a coder, or for example machine-guided. A person's where people coded."),
]
Out = Annotated[Path | None, typer.Option("--out", help="The file to write; draft.docx or draft.html in the study.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a draft that is there; what you wrote in it is lost.")]


def draft(study: StudyFolder, to: To = Form.DOCX, coder: Coder = None, out: Out = None, force: Force = False) -> None:
    """Draft the synthesis: theme by theme, kansen and knelpunten, statements and quotes, each with its source.

    Every sentence was said by a participant; statements are chosen, not written. It holds the words of participants.
    """
    from pipeline.cli.export import gather
    from pipeline.core.files import write_bytes
    from pipeline.core.study import open_study
    from pipeline.exports.draft import export_draft, export_draft_page
    from pipeline.run.history import hold_finished

    opened = open_study(study)
    path = out or opened.root / f"draft.{to.value}"
    if path.suffix.lower() != f".{to.value}":
        raise InputError.single(str(path), f"does not end in .{to.value}", "Give --out a name with that ending")
    if path.exists() and not force:
        raise InputError.single(
            str(path),
            "is there already, and somebody may have written in it",
            "Give --out another name, or add --force",
        )
    with hold_finished(opened, "draft"):
        material = gather(opened, path)
    write_bytes(path, (export_draft if to is Form.DOCX else export_draft_page)(material, coder))
    typer.echo(f"draft: {path}")
    typer.echo("  every line carries the ids of its fragments; it holds the words of participants")
