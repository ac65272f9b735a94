"""The command ``dialoogtafel open``: a page of a study in the browser."""

import webbrowser
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Page(StrEnum):
    """Pages of a study."""

    EXPLORER = "explorer"
    REPORT = "report"


def open_page(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="A study folder that has been analysed.")],
    page: Annotated[Page, typer.Option("--page", help="Which page.")] = Page.EXPLORER,
    fragment: Annotated[
        str | None, typer.Option("--fragment", metavar="F-…", help="Show this fragment in its session.")
    ] = None,
    path: Annotated[bool, typer.Option("--path", help="Only print where the page is.")] = False,
) -> None:
    """Open the explorer of a study in the browser: filter, search and read fragments, compare codes, decide."""
    from pipeline.core.errors import InputError
    from pipeline.core.study import open_study

    opened = open_study(study)
    file = (opened.root / f"{page}.html").resolve()
    if not file.is_file():
        fix = f"Run: dialoogtafel compare {study}" if opened.results.is_dir() else f"Run: dialoogtafel analyse {study}"
        raise InputError.single(str(study), f"has no {file.name} yet", fix)
    address = file.as_uri() + (f"#open={fragment}" if fragment and page is Page.EXPLORER else "")
    typer.echo(address)
    if not path and not webbrowser.open(address):
        typer.echo("no browser was found on this machine: open the address above in one")
