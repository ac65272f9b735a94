"""The command ``dialoogtafel agreement``: how far coders of a table agree, without a study and without a model."""

import sys
from pathlib import Path
from typing import Annotated

import typer

Codings = Annotated[
    Path,
    typer.Argument(
        metavar="CODINGS",
        help="CSV, XLSX or Parquet. A row a code: columns unit, coder, code; if wanted scheme, session, start, end, "
        "rank. Or a row a unit, with a column of codes for each coder: Nr, Lies, Karim. "
        "A unit without a row, or with an empty code, is missing; '-' says that the coder looked and gave no code.",
    ),
]
Csv = Annotated[bool, typer.Option("--csv", help="Print the table agreement as CSV, in full precision.")]
Full = Annotated[bool, typer.Option("--full", help="All statistics and 9,999 permutations.")]
Order = Annotated[str | None, typer.Option("--order", help="Codes from low to high, separated by commas.")]
Codebook = Annotated[Path | None, typer.Option("--codebook", help="A table whose sequence is the order of the codes.")]
Weights = Annotated[
    Path | None,
    typer.Option("--weights", help="A table code_a, code_b, disagreement: pairs that are worse or less bad than 1."),
]
EmptyIsNone = Annotated[
    bool, typer.Option("--empty-is-none", help="An empty code says that the coder looked and gave no code.")
]


def agreement(
    codings: Codings,
    csv: Csv = False,
    full: Full = False,
    order: Order = None,
    codebook: Codebook = None,
    empty_is_none: EmptyIsNone = False,
    weights: Weights = None,
) -> None:
    """Say how far the coders of a table agree, with intervals and chance levels; needs no study."""
    from rich.console import Console
    from rich.progress import Progress

    from pipeline.agreement.comparison.rows import csv_lines
    from pipeline.agreement.standalone import compare_table

    words = [code.strip() for code in order.split(",")] if order else None
    notes = Console(stderr=True)
    with Progress(console=notes, transient=True, disable=not (full and notes.is_terminal)) as progress:
        bar = progress.add_task("", total=None)
        result = compare_table(
            codings, full=full, order=words, codebook=codebook, empty_is_none=empty_is_none,
            weights=weights, on_step=lambda name, total: progress.update(bar, description=name, total=total, advance=1),
        )  # fmt: skip
    for notice in result.notices:
        typer.echo(notice, err=True)
    if csv:
        from pipeline.core.files import render_csv

        sys.stdout.write(render_csv(csv_lines(result.rows)))
        return
    from pipeline.agreement.presentation import render
    from pipeline.report.sections.agreement import name_excluded, name_reason, name_unit
    from pipeline.report.words import Words

    dutch, console = Words("nl"), Console()
    for part in render(result, lambda text: name_excluded(name_reason(name_unit(text, dutch), dutch), dutch)):
        console.print(part)
