"""The commands ``dialoogtafel models``: what there is, whether it is intact, how to get it, how good it is."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.core.errors import InputError, PipelineError, Problem

if TYPE_CHECKING:
    from models.registry import Recipe
    from pipeline.loaders import Choice
    from pipeline.loaders.evaluation.benchmarks import Figure
    from pipeline.loaders.evaluation.measure import Pace

NAME_HELP = "A name of dialoogtafel models list, or a folder with a model."
Name = Annotated[str, typer.Argument(metavar="NAME", help=NAME_HELP)]
OptionalName = Annotated[str | None, typer.Argument(metavar="[NAME]", help=NAME_HELP)]
Names = Annotated[list[str], typer.Argument(metavar="NAME...", help=NAME_HELP)]
Data = Annotated[Path, typer.Option("--data", help="A folder with benchmarks, laid out as models/README.md says.")]
To = Annotated[Path | None, typer.Option("--to", help="Put it in this folder, to carry it to another machine.")]
FromIndex = Annotated[
    bool, typer.Option("--from-index", help="Take a package by name from the index that pip is set to (PIP_INDEX_URL).")
]
English = Annotated[
    str | None,
    typer.Option("--english", help="A model of the same space for the other language of translations."),
]
SkipAbsent = Annotated[bool, typer.Option("--skip-absent", help="Say which models are absent, and go on.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print as CSV, for other programs.")]

HEAD = ("model", "benchmark", "measure", "n", "figure", "95 %", "baseline", "chance", "remark")

app = typer.Typer(help="The models: what there is, whether it is intact, how to get it, how good it is.")


@app.command("list")
def list_models(csv: Csv = False) -> None:
    """List the models: what is here, what could be fetched, and what each scores."""
    from pipeline.loaders import choices

    rows: list[tuple[str, ...]] = []
    for recipe in choices.recipes().values():
        place = choices.locate(recipe)
        known = place.megabytes if place else recipe.megabytes
        size = "" if known is None else f"{'' if place else 'about '}{known:,.0f} MB"
        scores = "; ".join(map(str, recipe.scores))
        rows.append((recipe.name, recipe.kind, _state(recipe, place is not None), size, recipe.licence or "", scores))
    head = ("name", "kind", "here", "size", "licence", "scores")
    if csv:
        _print_table(head, rows, csv=True)
        return
    for name, kind, state, size, licence, scores in (head, *rows):
        typer.echo(f"{name:<40} {kind:<8} {state:<15} {size:>14}  {licence}".rstrip())
        for score in scores.split("; ") if (name != head[0] and scores) else ():
            typer.echo(f"    {score}")


def _state(recipe: "Recipe", here: bool) -> str:
    if here:
        return "yes"
    return "no, not shipped" if recipe.origin == "bundled" else "no, fetch it"


@app.command()
def show(name: Name) -> None:
    """Show all facts of a model: its recipe, where it lies, its fingerprint."""
    from dataclasses import fields

    from pipeline.loaders import choices

    recipe = _recipe(name)
    place = choices.locate(recipe)
    hidden = ("scores", "sha256")
    facts = [(fact.name, _text(getattr(recipe, fact.name))) for fact in fields(recipe) if fact.name not in hidden]
    facts += [("sha256", f"{value} {file}") for file, value in recipe.sha256.items()]
    facts += [("score", f"{score}; {score.source}") for score in recipe.scores]
    facts.append(("here", _state(recipe, place is not None)))
    if place is not None:
        facts.append(("folder", str(place.folder or "")))
        facts.append(("size", "" if place.megabytes is None else f"{place.megabytes:,.1f} MB"))
        facts.append(("fingerprint", _choose(recipe.name, recipe.kind).fingerprint))
    for fact, text in facts:
        if text:
            typer.echo(f"{fact:<14}{text}")


def _text(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)


@app.command()
def verify(name: OptionalName = None) -> None:
    """Compare the files of a model, or of all that are here, with the hashes that are stated for them."""
    from pipeline.loaders import choices

    problems: list[Problem] = []
    if name is not None and Path(name).is_dir():
        choices.kind_of_folder(Path(name))
        found = choices.verify_folder(Path(name), Path(name).name)
        results = {Path(name).name: found}
    else:
        every = [_recipe(name)] if name else [r for r in choices.recipes().values() if choices.locate(r)]
        results = {recipe.name: choices.verify(recipe) for recipe in every}
    for model, result in results.items():
        if isinstance(result, str):
            typer.echo(f"{model}: {result}")
        else:
            problems += result
    if problems:
        raise InputError(problems)


@app.command()
def fetch(name: Name, to: To = None, from_index: FromIndex = False) -> None:
    """Fetch a model, once, where there is a network; an interrupted fetch goes on where it stopped."""
    from pipeline.loaders import fetching

    recipe = _recipe(name)
    typer.echo(f"{recipe.name}: licence {recipe.licence or 'not known'}; fetching {recipe.source}", err=True)
    folder = fetching.fetch(recipe, to=to, from_index=from_index)
    use = f'{recipe.kind} = "{to if to and recipe.origin == "hub" else recipe.name}"'
    if folder is not None and folder.suffix == ".whl":
        typer.echo(f"{folder}\nInstall it on the other machine with: python -m pip install --no-deps {folder.name}")
    else:
        typer.echo(f"{folder or 'installed'}\nUse it in study.toml with: {use}")


@app.command()
def evaluate(
    names: Names, data: Data, english: English = None, skip_absent: SkipAbsent = False, csv: Csv = False
) -> None:
    """Measure models on the benchmarks of a folder, beside a baseline; nothing leaves the machine."""
    rows: list[tuple[str, ...]] = []
    for name in names:
        try:
            figures, pace = _measure(name, data, english)
        except PipelineError as error:
            if not (skip_absent and _is_absent(name)):
                raise
            typer.echo(f"{name}: left out: {error}", err=True)
            continue
        typer.echo(f"{name}: {pace}", err=True)
        rows += [(name, *_cells(figure)) for figure in figures]
    _print_table(HEAD, rows, csv=csv)


def _is_absent(name: str) -> bool:
    from pipeline.loaders import choices

    recipe = choices.find_recipe(name)
    return recipe is not None and choices.locate(recipe) is None


def _measure(name: str, data: Path, english: str | None) -> "tuple[list[Figure], Pace]":
    from pipeline.loaders import choices, load_encoder, load_tagger
    from pipeline.loaders.evaluation.benchmarks import read_benchmarks
    from pipeline.loaders.evaluation.measure import measure_encoder, measure_tagger

    recipe = None if Path(name).is_dir() else choices.find_recipe(name)
    if Path(name).is_dir():
        kind = choices.kind_of_folder(Path(name))
    else:
        installed = choices.installed_version(name) is not None
        kind = recipe.kind if recipe is not None else "tagger" if installed else "encoder"
    benchmarks = read_benchmarks(data, kind)
    if kind == "tagger":
        return measure_tagger(load_tagger(name), benchmarks)
    # An encoder that is trained on what it is given has a space of its own.
    trained_here = recipe is not None and recipe.origin == "built-in"
    other = load_encoder(english) if english and not trained_here else None
    return measure_encoder(load_encoder(name), benchmarks, other=other)


def _cells(figure: "Figure") -> Iterator[str]:
    def number(value: float | None) -> str:
        return "" if value is None else f"{value:.3f}"

    bounds = "" if figure.low is None else f"[{number(figure.low)}, {number(figure.high)}]"
    yield from (figure.data, figure.measure, f"{figure.n}", number(figure.value), bounds)
    yield from (number(figure.baseline), number(figure.chance), figure.remark)


def _recipe(name: str) -> "Recipe":
    from pipeline.loaders import choices

    recipe = choices.find_recipe(name)
    if recipe is None:
        known = ", ".join(choices.recipes())
        raise InputError.single(f"model '{name}'", "has no recipe", f"Known: {known}")
    return recipe


def _choose(name: str, kind: str) -> "Choice":
    from pipeline.loaders.choices import choose_encoder, choose_tagger

    return choose_tagger(name) if kind == "tagger" else choose_encoder(name)


def _print_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, csv: bool) -> None:
    if csv:
        import csv as written
        import sys

        written.writer(sys.stdout, lineterminator="\n").writerows([head, *rows])
        return
    # The model stands above its rows: with it, a row would not fit in a terminal.
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(1, len(head))]
    model = ""
    for row in (head, *rows):
        if row[0] not in (model, head[0]):
            typer.echo(f"\n{row[0]}")
        model = row[0]
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row[1:], widths, strict=True)).rstrip())
