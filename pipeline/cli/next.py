"""The command ``dialoogtafel next``: the fragments to code now, to gain most."""

import sys
from pathlib import Path
from typing import Annotated

import typer

StudyFolder = Annotated[Path, typer.Argument(metavar="STUDY", help="A study folder that has been analysed.")]
Number = Annotated[int, typer.Option("--n", min=1, help="How many fragments.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print them as CSV.")]

TABLES = ("embeddings", "seen", "human_codings", "codebook", "guided_codings", "taught_codings")
COLUMNS = ("fragment_id", "session", "source", "line", "likely_theme", "examples", "doubt", "typical", "why", "text")
SHOWN_TEXT = 160


def suggest_next(study: StudyFolder, n: Number = 20, csv: Csv = False) -> None:
    """Name the fragments to code now: themes with few examples first, then doubt, and no two alike.

    What it names is recorded in sampling.csv as chosen: shares of codes among them say nothing of all fragments.
    """
    from pipeline.core.study import open_study
    from pipeline.core.tables import read_table
    from pipeline.corpus.sampling import record_choice
    from pipeline.review.next_fragments import suggest
    from pipeline.run.history import hold_finished

    opened = open_study(study)
    with hold_finished(opened, "next"):
        fragments, files = (read_table(opened.table(name), name) for name in ("fragments", "sources"))
        suggestions = suggest(fragments, *(read_table(opened.table(name), name) for name in TABLES), n=n)
        if suggestions:
            record_choice(opened, [each.fragment_id for each in suggestions])
    if not suggestions:
        typer.echo("every fragment that can be coded has been: nothing is left to suggest", err=True)
        return
    sources = files.set_index("source_id")["name"]
    of_id = fragments.set_index("fragment_id")
    rows = []
    for each in suggestions:
        session, source, line, text = (
            str(of_id.at[each.fragment_id, name]) for name in ("session", "source_id", "line", "text")
        )
        place = (session, str(sources[source]), line)
        figures = (each.likely or "", each.examples, round(each.uncertainty, 3), round(each.typical, 3))
        rows.append((each.fragment_id, *place, *figures, each.why, text))
    if csv:
        import csv as written

        written.writer(sys.stdout, lineterminator="\n").writerows([COLUMNS, *rows])
        return
    for fragment_id, session, source, line, likely, *_, why, text in rows:
        typer.echo(f"{fragment_id}  {session}, {source}:{line}  {likely or '-'}: {why}")
        typer.echo(f"    {text if len(text) <= SHOWN_TEXT else text[:SHOWN_TEXT].rsplit(' ', 1)[0] + ' …'}")
