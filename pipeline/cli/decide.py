"""The command ``dialoogtafel decide``: what people decide of the themes, kept in ``decisions.yaml``."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from pipeline.cli import StudyFolder, words_of
from pipeline.core.errors import as_typed

if TYPE_CHECKING:
    from pipeline.analysis.themes.decisions import LastThemes
    from pipeline.core.schemas.forms import Row
    from pipeline.core.study import Study
    from pipeline.readers.given.decisions import Decision
    from pipeline.report.words import Words


class _Decide(TyperGroup):
    """Takes options after STUDY as its own where no command stands there: ``decide STUDY --from FILE``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401, D102
        if len(args) > 1 and not args[0].startswith("-") and args[1].startswith("-"):
            args = [*args[1:], args[0]]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_Decide,
    help="Rename, merge, split, drop, move or pin themes; it lasts over runs.",
    no_args_is_help=True,
    invoke_without_command=True,
)

Who = Annotated[str, typer.Option("--who", help="Who decides; the history shows it.", show_default=False)]
When = Annotated[str | None, typer.Option("--when", help="The day it was decided, if not today: 2026-11-23.")]
Note = Annotated[str | None, typer.Option("--note", help="Why. It stays in decisions.yaml and in the report.")]
Name = Annotated[str | None, typer.Option("--name", help="What the theme is to be called.")]
Theme = Annotated[str, typer.Argument(metavar="THEME", help="The id of a theme, for example T03.")]


@app.callback()
def _of_study(
    context: typer.Context,
    study: StudyFolder,
    given: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="Take up the decisions of a file, as the explorer saves it."),
    ] = None,
) -> None:
    context.obj = study
    if given is not None and context.invoked_subcommand is None:
        for line in _take_up(context, given):
            typer.echo(line)
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def rename(
    context: typer.Context,
    theme: Theme,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is to be called.")],
    who: Who,
    when: When = None,
    note: Note = None,
) -> None:
    """Give a theme a name of your own."""
    _decide(context, "rename", who, when, note, lambda themes: {"themes": (themes.reference(theme),), "name": name})


@app.command()
def merge(
    context: typer.Context,
    themes: Annotated[list[str], typer.Argument(metavar="THEMES", help="Two or more; the first keeps its id.")],
    who: Who,
    name: Name = None,
    when: When = None,
    note: Note = None,
) -> None:
    """Make one theme of several; the first one keeps its id and its name."""
    _decide(context, "merge", who, when, note, lambda known: {
        "themes": tuple(known.reference(theme) for theme in themes), "name": name,
    })  # fmt: skip


@app.command()
def split(
    context: typer.Context,
    theme: Theme,
    who: Who,
    into: Annotated[int | None, typer.Option("--into", min=2, help="So many parts, found by their vectors.")] = None,
    fragments: Annotated[str | None, typer.Option("--fragments", metavar="F-…,F-…", help="These become one.")] = None,
    name: Name = None,
    when: When = None,
    note: Note = None,
) -> None:
    """Divide a theme: into parts that are found, or by setting fragments apart. The largest part keeps the id."""
    _decide(context, "split", who, when, note, lambda themes: {
        "themes": (themes.reference(theme),), "into": into, "name": name,
        "fragments": themes.fragments([fragments]) if fragments is not None else (),
    })  # fmt: skip


@app.command()
def drop(context: typer.Context, theme: Theme, who: Who, when: When = None, note: Note = None) -> None:
    """Leave a theme out; its fragments stay counted, as dropped."""
    _decide(context, "drop", who, when, note, lambda themes: {"themes": (themes.reference(theme),)})


@app.command()
def move(
    context: typer.Context,
    fragments: Annotated[list[str], typer.Argument(metavar="FRAGMENTS", help="Ids of fragments.")],
    theme: Theme,
    who: Who,
    when: When = None,
    note: Note = None,
) -> None:
    """Bring fragments to another theme."""
    _decide(context, "move", who, when, note, lambda themes: {
        "themes": (themes.reference(theme),), "fragments": themes.fragments(fragments),
    })  # fmt: skip


@app.command()
def pin(
    context: typer.Context,
    what: Annotated[list[str], typer.Argument(metavar="WHAT", help="One theme as it is now, or ids of fragments.")],
    who: Who,
    name: Name = None,
    when: When = None,
    note: Note = None,
) -> None:
    """Keep a theme: its fragments of now always stay in it. Or make one of fragments, which always form it."""

    def fill(themes: "LastThemes") -> dict[str, object]:
        if len(what) == 1 and not what[0].startswith("f-"):
            return {"themes": (themes.reference(what[0]),), "fragments": themes.members(what[0]), "name": name}
        return {"fragments": themes.fragments(what), "name": name}

    _decide(context, "pin", who, when, note, fill)


@app.command()
def undo(
    context: typer.Context,
    who: Who,
    decision: Annotated[str | None, typer.Argument(metavar="ID", help="If not given, the last that holds.")] = None,
    when: When = None,
    note: Note = None,
) -> None:
    """Take a decision back; it stays in the history. To redo it, undo the undo."""
    from pipeline.analysis.themes.decisions import choose_undo

    def fill(themes: "LastThemes") -> dict[str, object]:
        # Under the lock: of two that undo at once, the second undoes another decision.
        del themes
        study, decisions, _ = _open(context)
        return {"undoes": choose_undo(decisions, decision, study.decisions.name)}

    _decide(context, "undo", who, when, note, fill)


@app.command()
def history(context: typer.Context) -> None:
    """Show who decided what, when, and what it did at the last run."""
    for line in _list_history(context):
        typer.echo(line)


def _open(context: typer.Context) -> "tuple[Study, tuple[Decision, ...], str]":
    from pipeline.core.study import open_study
    from pipeline.readers.given.decisions import read_decisions
    from pipeline.readers.sources import refuse_link

    study = open_study(context.obj)
    refuse_link(study.decisions)
    decisions = read_decisions(study.decisions, study.decisions.name)
    text = study.decisions.read_text(encoding="utf-8-sig") if study.decisions.is_file() else ""
    return study, decisions, text


def _decide(
    context: typer.Context, action: str, who: str, when: str | None, note: str | None,
    fill: "Callable[[LastThemes], dict[str, object]]",
) -> None:  # fmt: skip
    from pipeline.analysis.themes.decisions import append_decision, next_id
    from pipeline.core.files import write_bytes
    from pipeline.core.vocabulary import Action
    from pipeline.readers.given.decisions import Decision
    from pipeline.run.history import lock_finished

    study, _, _ = _open(context)
    # Others may decide at the same time: what they wrote is read again once nobody else can write.
    with lock_finished(study, "decide"):
        study, decisions, text = _open(context)
        themes = _themes(study)
        values = fill(themes)
        if name := values.get("name"):
            themes.check_name(str(name), [each.theme_id for each in values.get("themes", ())])  # type: ignore[attr-defined]
        made = Decision(
            decision_id=next_id(decisions),
            line=0,
            who=who,
            when=when or date.today().isoformat(),
            action=Action(action),
            note=note,
            **values,  # type: ignore[arg-type]
        )
        words = words_of(study)
        content = append_decision(text, made, study.decisions.name, words("decisions.head"))
        write_bytes(study.decisions, content.encode(), keep_copy=True)
    typer.echo(f"{made.decision_id}: {_describe(made, words)}")
    typer.echo(words("cli.decide.kept", file=study.decisions, study=as_typed(study.root)))


def _take_up(context: typer.Context, given: Path) -> Iterator[str]:
    """Add the decisions of a file to those of the study: all of them or, where anything is wrong, none."""
    from pipeline.analysis.themes.decisions import append_decision, next_id
    from pipeline.core.errors import InputError
    from pipeline.core.files import write_bytes
    from pipeline.readers.given.decisions import parse_decisions, read_decisions
    from pipeline.run.history import lock_finished

    if not given.is_file():
        fix = "Give the file that the explorer saved: --from decisions.yaml"
        raise InputError.single(given.name, "does not exist", fix)
    added = read_decisions(given, given.name)
    if not added:
        raise InputError.single(given.name, "holds no decisions", "Save it from the explorer again")
    study, _, _ = _open(context)
    words = words_of(study)
    with lock_finished(study, "decide"):
        study, earlier, text = _open(context)
        _require_known(_themes(study), added, given.name)
        numbers: dict[str, str] = {}
        lines = []
        for decision in added:
            made = replace(decision, line=0, undoes=numbers.get(decision.undoes or "", decision.undoes))
            wanted = replace(made, decision_id="")
            same = next((each.decision_id for each in earlier if replace(each, decision_id="", line=0) == wanted), None)
            if same:
                lines.append(words("cli.decide.known", decision=same))
            else:
                made = replace(made, decision_id=next_id(earlier))
                text = append_decision(text, made, study.decisions.name, words("decisions.head"))
                earlier = parse_decisions(text, study.decisions.name)
                lines.append(f"{made.decision_id}: {_describe(made, words)}")
            numbers[decision.decision_id] = same or made.decision_id
        write_bytes(study.decisions, text.encode(), keep_copy=True)
    yield from lines
    yield words("cli.decide.kept", file=study.decisions, study=as_typed(study.root))


def _describe(decision: "Decision", words: "Words") -> str:
    """Say in one line what was decided, with ids only."""
    from dataclasses import asdict

    from pipeline.report.sections.decisions import describe_decision

    return describe_decision(asdict(decision), [theme.theme_id for theme in decision.themes], words)


def _themes(study: "Study") -> "LastThemes":
    from pipeline.analysis.themes.decisions import LastThemes
    from pipeline.core.tables import read_table

    return LastThemes(*(read_table(study.table(name), name) for name in ("themes", "theme_assignments")))


def _require_known(themes: "LastThemes", decisions: "Sequence[Decision]", name: str) -> None:
    from pipeline.core.errors import InputError, Problem

    known, problems = set(themes.assigned["fragment_id"]), []
    for decision in decisions:
        named = [*decision.fragments, *(anchor for theme in decision.themes for anchor in theme.anchors)]
        lost = [fragment_id for fragment_id in named if fragment_id not in known]
        if lost:
            what = f"names {lost[0]}, and no such fragment is analysed in this study"
            fix = "Save the decisions again from the explorer of this study"
            problems.append(Problem(f"{name}, line {decision.line}", what, fix))
    if problems:
        raise InputError(problems)


def _list_history(context: typer.Context) -> Iterator[str]:
    from pipeline.core.tables import read_table
    from pipeline.readers.given.decisions import in_effect
    from pipeline.report.inputs import records
    from pipeline.report.sections.decisions import describe_effect, translate_reason

    study, decisions, _ = _open(context)
    words = words_of(study)
    if not decisions:
        yield words("cli.decide.none", file=study.decisions.name)
        return
    path = study.table("decisions_applied")
    applied: Iterable[Row] = records(read_table(path, "decisions_applied")) if path.is_file() else ()
    done = {(row["decision_id"], row["action"]): row for row in applied}
    holding = in_effect(decisions)
    for decision in decisions:
        yield f"{decision.decision_id}  {decision.when}  {decision.who}: {_describe(decision, words)}"
        row = done.get((decision.decision_id, str(decision.action)))
        if row is None or (row["outcome"] == "undone") == (decision.decision_id in holding):
            yield f"      {words('cli.decide.not_run', study=as_typed(study.root))}"
        else:
            why = f" ({translate_reason(row['reason'], words)})" if isinstance(row["reason"], str) else ""
            yield f"      {describe_effect(row, words)}{why}"
        if decision.note:
            yield f"      {' '.join(decision.note.split())}"
