"""The command ``dialoogtafel propose``: a codebook proposed from the themes that were found, for people to edit."""

from pathlib import Path
from typing import Annotated

import typer

StudyFolder = Annotated[Path, typer.Argument(metavar="STUDY", help="A study folder that has been analysed.")]
Out = Annotated[Path | None, typer.Option("--out", help="The file to write; else codebook-proposed.csv in the study.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]

PROPOSED_FILE = "codebook-proposed.csv"
TABLES = ("themes", "theme_assignments", "subtopics", "topic_mentions", "fragments")


def propose_codebook(study: StudyFolder, out: Out = None, force: Force = False) -> None:
    """Propose a codebook from the themes found, named by a local language model where one is set; people edit it."""
    import csv
    import io

    from pipeline import loaders
    from pipeline.analysis.prompted.proposals import COLUMNS, gather_groups, propose, to_rows
    from pipeline.core.errors import InputError
    from pipeline.core.files import write_bytes
    from pipeline.core.office import guard_formula
    from pipeline.core.study import open_study
    from pipeline.core.tables import read_table
    from pipeline.run.history import hold_finished

    opened = open_study(study)
    path = out or opened.root / PROPOSED_FILE
    if path.exists() and not force:
        raise InputError.single(str(path), "is already there", "Move it away, or replace it with --force")
    with hold_finished(opened, "propose"):
        groups = gather_groups(*(read_table(opened.table(name), name) for name in TABLES))
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
    named = sum(proposal.by_model for proposal in proposals)
    typer.echo(f"{len(proposals)} codes proposed, {named} named by a language model: {path}")
    if not choice.name:
        typer.echo("No language model is set ([prompted] in study.toml): names are the words that set a theme apart.")
    typer.echo("Edit it, then save it as codebook.csv in the study. A name is accepted for a theme with:")
    for proposal in proposals:
        if proposal.group.parent is None and proposal.by_model:
            typer.echo(f'  dialoogtafel decide {study} rename {proposal.group.id} "{proposal.name}" --who YOU')
