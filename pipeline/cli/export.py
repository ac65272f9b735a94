"""The commands ``export``, ``draft`` and ``propose``: what a finished study gives to other programs and to writers."""

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import StudyFolder, words_of
from pipeline.core.errors import InputError, as_typed
from pipeline.core.receipts import hash_bytes

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.core.study import Study
    from pipeline.exports import Target
    from pipeline.report.inputs import ReportInputs

MANIFEST = "manifest.json"

To = Annotated[str, typer.Option("--to", metavar="FORM", help="qdpx, qdc, xlsx, docx, csv or parquet.")]
Out = Annotated[
    Path | None, typer.Option("--out", help="The file to write, a folder for csv and parquet; in export/ of the study.")
]
Every = Annotated[bool, typer.Option("--all", help="xlsx only: every table of the study on a sheet of its own, too.")]


def export(study: StudyFolder, to: To, out: Out = None, every: Every = False) -> None:
    """Export a study: for other programs, for a spreadsheet, or as a working paper.

    qdpx holds sources, codebook, the codings of people as they came, the machines as users of their own with notes of
    their scores, and the open disagreements as a set. It holds the words of participants, as all exports do but qdc.
    """
    from pipeline.core.files import write_bytes
    from pipeline.core.study import open_study
    from pipeline.exports import get_target
    from pipeline.run.history import lock_finished

    target = get_target(to)
    opened = open_study(study)
    with lock_finished(opened, "export"):
        path = _place(opened, target, out)
        inputs = gather(opened, path, needs_blanks=target.needs_blanks)
    made = target.make(inputs, every=every)
    files = {path.name: made} if isinstance(made, bytes) else dict(made)
    folder = path.parent if isinstance(made, bytes) else path
    for name, content in files.items():
        write_bytes(folder / name, content)
    manifest = path.with_name(f"{path.name}.{MANIFEST}") if isinstance(made, bytes) else path / MANIFEST
    write_bytes(manifest, _describe(inputs, target, files))
    words = inputs.words
    typer.echo(f"{target.name}: {path}")
    typer.echo(f"  {words(f'cli.export.to.{target.name}')}; {words.count('file', len(files))}")
    if target.holds_words:
        named = words("cli.export.pseudonyms" if opened.key else "cli.export.no_pseudonyms")
        typer.echo(f"  {words('cli.export.private', named=named)}")
    typer.echo(f"  {words('cli.export.manifest', file=manifest)}")


def _place(study: "Study", target: "Target", out: Path | None) -> Path:
    """Choose where it goes, and refuse to write over what is something else."""
    stem = re.sub(r"[^\w-]+", "-", study.name.casefold()).strip("-")[:60] or "study"
    path = out or study.exports / (target.name if target.is_folder else f"{stem}.{target.name}")
    if target.is_folder:
        strange = path.is_dir() and any(path.iterdir()) and not (path / MANIFEST).is_file()
        if (path.exists() and not path.is_dir()) or strange:
            raise InputError.single(str(path), "holds something else than an export", "Give --out a new folder")
    elif path.is_dir():
        raise InputError.single(str(path), "is a folder", f"Give --out the name of a file, as in {stem}.{target.name}")
    elif path.suffix.lower() != f".{target.name}":
        raise InputError.single(str(path), f"does not end in .{target.name}", "Give --out a name with that ending")
    return path


def gather(study: "Study", path: Path, *, needs_blanks: bool = False) -> "ReportInputs":
    """Read all that an export is made of.

    Args:
        study: a study that has been analysed.
        path: where the export goes; links to sources are as seen from there.
        needs_blanks: whether it holds whole texts.
    """
    import os

    from pipeline.core.tables import read_table
    from pipeline.report.inputs import ReportInputs
    from pipeline.run.history import describe
    from pipeline.run.stages import STAGES

    names = [table for stage in STAGES for table in stage.outputs]
    tables = {name: read_table(study.table(name), name) for name in names}
    base = Path(os.path.relpath(study.root.resolve(), path.parent.resolve())).as_posix()
    blanks = _read_blanks(study, tables["sources"]) if needs_blanks else {}
    return ReportInputs(tables, describe(study), study.config, words_of(study), base, blanks)


def _read_blanks(study: "Study", sources: "pd.DataFrame") -> dict[str, str]:
    """Read the blanks between remarks of files that are still as they were; everything else is struck out at once."""
    from pipeline.readers import read_source
    from pipeline.run.inputs import find_sources

    hashes = dict(zip(sources["source_id"], sources["sha256"], strict=True))
    blanks = {}
    try:
        files, _ = find_sources(study)
    except InputError:
        return {}
    for name, path in files:
        try:
            readings = read_source(path, name, study.config.columns.model_dump())
        except InputError:
            continue
        for source in (reading.source for reading in readings):
            if hashes.get(source.source_id) == source.sha256:
                blanks[source.source_id] = re.sub(r"\S", " ", source.text)
    return blanks


def _describe(inputs: "ReportInputs", target: "Target", files: Mapping[str, bytes]) -> bytes:
    content: dict[str, Any] = {
        **inputs.described,
        "to": target.name,
        "files": [
            {"name": name, "bytes": len(data), "sha256": hash_bytes(data)} for name, data in sorted(files.items())
        ],
        "tables": {name: len(table) for name, table in sorted(inputs.tables.items())},
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


ProposedOut = Annotated[
    Path | None, typer.Option("--out", help="The file to write; else codebook-proposed.csv in the study.")
]
ProposedForce = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]

PROPOSED_FILE = "codebook-proposed.csv"
PROPOSAL_TABLES = ("themes", "theme_assignments", "subtopics", "topic_mentions", "fragments")


def propose_codebook(study: StudyFolder, out: ProposedOut = None, force: ProposedForce = False) -> None:
    """Propose a codebook from the themes found, named by a local language model where one is set; people edit it."""
    import csv
    import io

    from pipeline import loaders
    from pipeline.analysis.prompted.proposals import COLUMNS, gather_groups, merge_over_samples, propose, to_rows
    from pipeline.core.files import guard_formula, write_bytes
    from pipeline.core.study import open_study
    from pipeline.core.tables import read_table
    from pipeline.run.history import lock_finished

    opened = open_study(study)
    path = out or opened.root / PROPOSED_FILE
    if path.exists() and not force:
        raise InputError.single(str(path), "is already there", "Move it away, or replace it with --force")
    with lock_finished(opened, "propose"):
        found = gather_groups(*(read_table(opened.table(name), name) for name in PROPOSAL_TABLES))
        groups = merge_over_samples(found, *(read_table(opened.table(name), name) for name in ("tokens", "embeddings")))
    if not groups:
        raise InputError.single(str(study), "has no themes to name", "It holds too few fragments for topics")
    choice = loaders.choose("language_model", opened.config, folder=opened.root)
    encoder = loaders.choose("encoder", opened.config)
    proposals = propose(
        groups,
        choice.load(),
        lambda texts: encoder.load().encode(texts, batch_size=opened.config.embeddings.batch_size),
    )
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in to_rows(proposals, choice.name):
        writer.writerow({name: guard_formula(value) for name, value in row.items()})
    write_bytes(path, stream.getvalue().encode())
    words = words_of(opened)
    for group in (group for group in groups if group.merged):
        typer.echo(words("cli.propose.joined", id=group.id, others=", ".join(group.merged)))
    named = sum(proposal.by_model for proposal in proposals)
    typer.echo(words("cli.propose.written", n=len(proposals), named=named, file=path))
    if not choice.name:
        typer.echo(words("cli.propose.no_model"))
    typer.echo(words("cli.propose.next"))
    themes = [proposal for proposal in proposals if proposal.group.parent is None and proposal.by_model]
    if themes:
        typer.echo(words("cli.propose.accept"))
    for proposal in themes:
        name = as_typed(proposal.name)
        typer.echo(f"  dialoogtafel decide {as_typed(study)} rename {proposal.group.id} {name} --who YOU")


class DraftForm(StrEnum):
    """What a draft can be written as."""

    DOCX = "docx"
    HTML = "html"


DraftTo = Annotated[
    DraftForm, typer.Option("--to", help="docx has the sources in comments; html leads to the explorer.")
]
Coder = Annotated[
    str | None,
    typer.Option(help="In whose themes: a coder, or for example machine-guided. A person's where people coded."),
]
DraftOut = Annotated[
    Path | None, typer.Option("--out", help="The file to write; draft.docx or draft.html in the study.")
]
DraftForce = Annotated[
    bool, typer.Option("--force", help="Write over a draft that is there; what you wrote in it is lost.")
]


def draft(
    study: StudyFolder,
    to: DraftTo = DraftForm.DOCX,
    coder: Coder = None,
    length: Annotated[
        int | None, typer.Option(min=1, help="Number of statements; default: half of what the sub-headings could hold.")
    ] = None,
    out: DraftOut = None,
    force: DraftForce = False,
) -> None:
    """Draft the synthesis: theme by theme, kansen and knelpunten, statements and quotes, each with its source.

    Every sentence was said by a participant; statements are chosen, not written. It holds the words of participants.
    """
    from pipeline.core.files import write_bytes
    from pipeline.core.study import open_study
    from pipeline.exports.docx import export_draft, export_draft_page
    from pipeline.run.history import lock_finished

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
    with lock_finished(opened, "draft"):
        inputs = gather(opened, path)
    write_bytes(path, (export_draft if to is DraftForm.DOCX else export_draft_page)(inputs, coder, length))
    typer.echo(inputs.words("cli.draft.written", file=path))
    typer.echo(f"  {inputs.words('cli.draft.private')}")
