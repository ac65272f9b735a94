"""The commands of who codes: ``kit``, ``next``, ``adjudicate`` and ``agreement``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import FileLanguage, StudyFolder, words_of
from pipeline.core.errors import InputError, as_typed

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.core.study import Study
    from pipeline.report.words import Words
    from pipeline.review.coding_files import Choices
    from pipeline.review.disagreements import DisagreementInputs
    from pipeline.review.kit_plan import Expectation, Plan, SamplingFrame

WIDTH = 0.20

Coder = Annotated[str, typer.Option("--coder", help="The name under which the second coder's codings will go.")]
Size = Annotated[int | None, typer.Option("--size", min=1, help="Number of fragments, instead of --width.")]
Width = Annotated[
    float | None,
    typer.Option(
        "--width", min=0.01, max=2.0, help=f"Wanted width of the 95 % interval of kappa; {WIDTH} if not given."
    ),
]
Schemes = Annotated[
    list[str] | None,
    typer.Option("--scheme", help="A scheme to code; may be given several times. All of the codebook."),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of the draw: coders with one seed get the same fragments.")]
Out = Annotated[Path | None, typer.Option("--out", help="The workbook to write; kit-NAME.xlsx in the study.")]
ShowHats = Annotated[bool, typer.Option("--show-hats", help="Show the hat that stands above a fragment in the notes.")]
Read = Annotated[Path | None, typer.Option("--read", metavar="FILE", help="Read a kit that came back.")]
Repeat = Annotated[
    float,
    typer.Option("--repeat", min=0.0, max=0.33, help="Share of the fragments that come a second time, unseen."),
]
Replace = Annotated[bool, typer.Option("--replace", help="Write over an earlier kit, or earlier codings of NAME.")]


def kit(
    study: StudyFolder,
    coder: Coder,
    size: Size = None,
    width: Width = None,
    scheme: Schemes = None,
    seed: Seed = 1,
    out: Out = None,
    show_hats: ShowHats = False,
    repeat: Repeat = 0.0,
    read: Read = None,
    replace: Replace = False,
    lang: FileLanguage = None,
) -> None:
    """Make a workbook for a blind second coder, or read it back with --read.

    The workbook has fragments without anybody's codes, in an order by chance, drop-down lists from the codebook, and
    how it works. Fragments are drawn in proportion from sessions, and within these from hats;
    examples of the codebook are left out. Their number is what the wanted width of the interval needs, at least 50.
    With --repeat 0.1 a tenth of them comes a second time, later and under another id: how far the coder agrees with
    what he or she said before is printed when the kit comes back, and kept in export/.
    An empty cell that comes back is 'not seen'; 'geen' is 'seen, and no code'.
    """
    from pipeline.core.study import open_study
    from pipeline.review.coding_files import check_free, check_name
    from pipeline.run.history import lock_finished

    opened, name = open_study(study), check_name(coder)
    if read is not None and (size or width or scheme or out or show_hats or repeat or lang):
        raise InputError.single("--read", "goes with --coder and --replace only", "Leave the other options out")
    if size is not None and width is not None:
        raise InputError.single("--size", "and --width exclude each other", "Give one of the two")
    with lock_finished(opened, "kit"):
        target = check_free(opened, name, replace=replace)
        lines = list(_read_kit(opened, name, read, target) if read is not None else _make_kit(
            opened, name, size=size, width=width or WIDTH, asked=scheme or [], seed=seed,
            out=out or opened.root / f"kit-{name}.xlsx", show_hats=show_hats,
            again=repeat, replace=replace, language=str(lang or opened.config.study.language),
        ))  # fmt: skip
    for line in lines:
        typer.echo(line)


def _make_kit(
    study: "Study", coder: str, *, size: int | None, width: float, asked: list[str], seed: int, out: Path,
    show_hats: bool, again: float, replace: bool, language: str,
) -> Iterator[str]:  # fmt: skip
    from pipeline.agreement.comparison.inputs import make_inputs
    from pipeline.core.tables import read_table
    from pipeline.corpus.sampling import record_draw
    from pipeline.review.coding_files import Choices
    from pipeline.review.kit import choose_schemes, make_book
    from pipeline.review.kit_plan import draw, expect, make_frame, plan, probabilities, repeat, second_id, shuffle
    from pipeline.review.worksheets import write_workbook

    names = ("human_codings", "seen", "fragments", "codebook")
    codings, seen, fragments, codebook = (read_table(study.table(name), name) for name in names)
    choices = Choices(codebook)
    schemes = choose_schemes(choices, asked)
    frame = make_frame(fragments, codebook, seen.loc[seen["coder"] != coder], schemes)
    if frame.rows.empty:
        raise InputError.single("fragments", "none is left to code", "Check the statuses: dialoogtafel table fragments")
    inputs = make_inputs(codings, seen, fragments, codebook)
    expected = [expect(inputs, each, len(choices.codes[each]), leave_out=coder) for each in schemes]
    planned = plan(frame, inputs, expected, seed=seed, width=width, size=size)
    drawn = draw(frame, planned.size, seed=seed)
    chosen = shuffle(drawn, seed=seed, coder=coder)
    rows = repeat(chosen, again, seed=seed, coder=coder)
    back = {name: name for name in chosen} | {second_id(coder, name): name for name in chosen}
    shown = fragments.set_index("fragment_id", drop=False).loc[[back[name] for name in rows]].assign(fragment_id=rows)
    book = make_book(shown, choices, schemes, coder=coder, study=study.name, show_hats=show_hats, language=language)
    _write_new(out, write_workbook(book), "is there already, and is another kit", replace=replace)
    record_draw(study, coder, probabilities(frame, planned.size), drawn)
    words = words_of(study)
    yield words("cli.kit.written", coder=coder, file=out)
    if len(rows) > len(chosen):
        yield f"  {words('cli.kit.repeated', n=len(rows) - len(chosen), coder=coder)}"
    yield from _explain(frame, planned, expected, words, width=width, given=size is not None)
    yield f"  {words('cli.kit.back', study=as_typed(study.root), coder=as_typed(coder))}"


def _write_new(out: Path, content: bytes, taken: str, *, replace: bool) -> None:
    """Write a workbook for a coder, over another one only where that is asked for.

    Args:
        out: the file.
        content: what it shall hold.
        taken: says what is wrong where another one is there.
        replace: whether to write over it.

    Raises:
        InputError: another one is there.
    """
    from pipeline.core.files import write_bytes

    if out.exists() and not replace and (out.is_dir() or out.read_bytes() != content):
        fix = "Add --replace if nobody has worked in it, or give --out another name"
        raise InputError.single(str(out), taken, fix)
    write_bytes(out, content)


def _explain(
    frame: "SamplingFrame", planned: "Plan", expected: list["Expectation"], words: "Words", *, width: float, given: bool
) -> Iterator[str]:
    before = int(frame.rows["first"].sum())
    size, blocks, unit = planned.size, planned.n_blocks, planned.unit
    unit = words(f"unit.{unit}") if words.has(f"unit.{unit}") else unit
    yield f"  {words('cli.kit.size', n=size, total=len(frame.rows), blocks=blocks, unit=unit)}"
    if frame.n_examples:
        yield f"  {words('cli.kit.examples', n=frame.n_examples)}"
    if 0 < before < size:
        yield f"  {words('cli.kit.before', n=before, rest=size - before)}"
    for each in expected:
        found = planned.widths[each.scheme]
        text = words("cli.kit.no_interval") if found is None else words("cli.kit.width", width=words.figure(found))
        yield f"  {words(f'scheme.{each.scheme}').lower()}: {text} ({words.rephrase('kit_phrase', each.basis)})"
    if not given and not planned.reached:
        yield f"  {words('cli.kit.out_of_reach', width=words.figure(width))}"


def _read_kit(study: "Study", coder: str, path: Path, target: Path) -> Iterator[str]:
    from pipeline.core.files import render_csv, write_bytes
    from pipeline.core.tables import read_table
    from pipeline.review.coding_files import Choices, render_codings
    from pipeline.review.kit import CODING_SHEET, frame_repeated, known_columns, read_kit
    from pipeline.review.worksheets import read_filled

    fragments, codebook = (read_table(study.table(name), name) for name in ("fragments", "codebook"))
    choices = Choices(codebook)
    filled = read_filled(path, CODING_SHEET, known_columns(choices), ("fragment_id",))
    returned = read_kit(filled, frozenset(fragments["fragment_id"]), choices, coder=coder)
    write_bytes(target, render_codings(returned.rows))
    words = words_of(study)
    yield words("cli.kit.codings", coder=coder, file=target)
    yield f"  {words('cli.kit.seen', n=returned.n_seen, empty=returned.n_empty)}"
    for notice in returned.notices:
        yield f"  {words.rephrase('place_phrase', notice.where)}: {words.rephrase('notice_phrase', notice.message)}"
    if returned.repeated:
        codings = frame_repeated(
            returned.repeated, dict(zip(fragments["fragment_id"], fragments["session"], strict=True))
        )
        kept = study.exports / f"coded-twice-{coder}.csv"
        write_bytes(kept, render_csv([list(codings.columns), *codings.to_numpy().tolist()]).encode())
        yield from _compare_repeated(codings, coder, words)
        yield f"  {words('cli.kit.both', file=kept)}"
    yield f"  {words('cli.next_step', study=as_typed(study.root))}"


def _compare_repeated(codings: "pd.DataFrame", coder: str, words: "Words") -> Iterator[str]:
    """Say how far a coder agrees with the codes that he or she gave the same fragments before."""
    from pipeline.agreement.standalone import compare_frame

    found = compare_frame(codings, unit="fragment_id", scheme="scheme", session="session")
    for row in found[(found["statistic"] == "cohen_kappa") & (found["code"] == "")].to_dict("records"):
        scheme = words(f"scheme.{row['scheme']}").lower()
        head = f"  {words('cli.kit.twice', coder=coder, scheme=scheme, n=words.number(row['n']))}"
        if row["estimate"] != row["estimate"]:
            yield words("cli.kit.no_kappa", head=head, reason=row["reason"])
            continue
        known = row["low"] not in ("", None) and row["high"] not in ("", None) and row["low"] == row["low"]
        low, high = (words.figure(float(row[end])) if known else "" for end in ("low", "high"))
        interval = f"[{low}; {high}]" if known else f"({row['reason']})"
        tested = row["chance"] == row["chance"]
        chance = words("cli.kit.chance", chance=words.figure(row["chance"])) if tested else words("cli.kit.no_chance")
        yield words(
            "cli.kit.kappa", head=head, estimate=words.figure(row["estimate"]), interval=interval, chance=chance
        )


Number = Annotated[int, typer.Option("--n", min=1, help="How many fragments.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print them as CSV.")]

NEXT_TABLES = ("embeddings", "seen", "human_codings", "codebook", "guided_codings", "taught_codings")
COLUMNS = ("fragment_id", "session", "place", "likely_theme", "examples", "doubt", "typical", "why", "text")
SHOWN_TEXT = 160


def suggest_next(study: StudyFolder, n: Number = 20, csv: Csv = False) -> None:
    """Name the fragments to code now: themes with few examples first, then doubt, and no two alike.

    What it names is recorded in sampling.csv as chosen: shares of codes among them say nothing of all fragments.
    """
    from pipeline.core.study import open_study
    from pipeline.core.tables import read_table
    from pipeline.corpus.fragments import write_place
    from pipeline.corpus.sampling import record_choice
    from pipeline.review.kit_plan import suggest
    from pipeline.run.history import lock_finished

    opened = open_study(study)
    with lock_finished(opened, "next"):
        fragments, files = (read_table(opened.table(name), name) for name in ("fragments", "sources"))
        suggestions = suggest(fragments, *(read_table(opened.table(name), name) for name in NEXT_TABLES), n=n)
        if suggestions:
            record_choice(opened, [each.fragment_id for each in suggestions])
    if not suggestions:
        typer.echo(words_of(opened)("cli.next.none"), err=True)
        return
    names = dict(zip(files["source_id"], files["name"], strict=True))
    of_id = {row["fragment_id"]: row for row in fragments.to_dict("records")}
    rows = []
    for each in suggestions:
        row = of_id[each.fragment_id]
        place = (row["session"], write_place(names[row["source_id"]], row["place"], row["line"]))
        figures = (each.likely or "", each.examples, round(each.uncertainty, 3), round(each.typical, 3))
        rows.append((each.fragment_id, *place, *figures, each.why, row["text"]))
    if csv:
        import csv as written

        written.writer(sys.stdout, lineterminator="\n").writerows([COLUMNS, *rows])
        return
    words = words_of(opened)
    for fragment_id, session, where, likely, *_, why, text in rows:
        reason = words.rephrase("next_phrase", str(why))
        typer.echo(f"{fragment_id}  {session}, {where}  {likely or '-'}: {reason}")
        typer.echo(f"    {text if len(text) <= SHOWN_TEXT else text[:SHOWN_TEXT].rsplit(' ', 1)[0] + ' …'}")


WORKLIST = "adjudication.xlsx"

WorklistOut = Annotated[Path | None, typer.Option("--out", help=f"The workbook to write; {WORKLIST} in the study.")]
Coders = Annotated[
    str | None,
    typer.Option("--coders", metavar="A,B", help="Two coders; if not given, two people where two coded, else a person "
                 "and the machine."),
]  # fmt: skip
Top = Annotated[int | None, typer.Option("--top", min=1, help="Only so many disagreements, from the top.")]
ReadWorklist = Annotated[Path | None, typer.Option("--read", metavar="FILE", help="Read a worklist that came back.")]
ReplaceWorklist = Annotated[
    bool, typer.Option("--replace", help="Write over an earlier worklist, or let a new decision win from an older one.")
]


def adjudicate(
    study: StudyFolder,
    out: WorklistOut = None,
    coders: Coders = None,
    top: Top = None,
    read: ReadWorklist = None,
    replace: ReplaceWorklist = False,
    lang: FileLanguage = None,
) -> None:
    """Make a worklist of disagreements, or read the decisions back with --read.

    What teaches most comes first: reversals of kans and knelpunt of which both coders are sure, remarks that
    contradict their hat, topics that are read as another theme, cases in which the machine was not sure, rare codes.
    Decisions go to codings/adjudicated.csv, as the coder 'adjudicated'; the codings that were compared stay as they
    came, and agreement before and after is reported apart.
    """
    from pipeline.core.study import open_study
    from pipeline.run.history import lock_finished

    opened = open_study(study)
    if read is not None and (out or coders or top or lang):
        raise InputError.single("--read", "goes with --replace only", "Leave the other options out")
    with lock_finished(opened, "adjudicate"):
        lines = list(_read_decisions(opened, read, replace) if read else _make_worklist(
            opened, out or opened.root / WORKLIST, coders, top, replace, str(lang or opened.config.study.language)
        ))  # fmt: skip
    for line in lines:
        typer.echo(line)


def _gather_disagreements(study: "Study") -> "tuple[DisagreementInputs, Choices]":
    from pipeline.agreement.comparison.inputs import make_inputs
    from pipeline.core.tables import read_table
    from pipeline.review.coding_files import Choices
    from pipeline.review.disagreements import DisagreementInputs

    names = ("codings", "seen", "fragments", "codebook", "topic_assignments", "stances")
    codings, seen, fragments, codebook, topics, stances = (read_table(study.table(name), name) for name in names)
    inputs = make_inputs(codings, seen, fragments, codebook)
    return DisagreementInputs(inputs, fragments, topics, stances), Choices(codebook)


def _make_worklist(
    study: "Study", out: Path, coders: str | None, top: int | None, replace: bool, language: str
) -> Iterator[str]:
    from pipeline.core.tables import read_table
    from pipeline.report.words import Words
    from pipeline.review.adjudication import make_book
    from pipeline.review.disagreements import check_pair, meet, rank
    from pipeline.review.worksheets import write_workbook

    evidence, choices = _gather_disagreements(study)
    found = rank(evidence, meet(evidence, check_pair(evidence, coders) if coders else None))
    if not found:
        what = "no two coders disagree on anything that is not settled yet"
        raise InputError.single("codings", what, "Code more fragments: dialoogtafel kit")
    worklist = found[:top]
    fragments, sources = (read_table(study.table(name), name) for name in ("fragments", "sources"))
    words, reasons = words_of(study), Words(language)
    book = make_book(worklist, fragments, sources, choices, study=study.name, language=language,
                     say=lambda reason: reasons.rephrase("teach_phrase", reason))  # fmt: skip
    _write_new(out, write_workbook(book), "is there already, and is another worklist", replace=replace)
    yield words("cli.adjudicate.written", file=out)
    yield f"  {words('cli.adjudicate.size', n=len(worklist), total=len(found))}"
    for pair in sorted({each.coders for each in worklist}):
        yield f"  {' | '.join(pair)}: {sum(each.coders == pair for each in worklist)}"
    yield f"  {words('cli.adjudicate.back', study=as_typed(study.root))}"


def _read_decisions(study: "Study", path: Path, replace: bool) -> Iterator[str]:
    from pipeline.core.files import write_bytes
    from pipeline.core.vocabulary import ADJUDICATED_CODER
    from pipeline.review.adjudication import FILE_COLUMNS, KNOWN, NEEDED, SHEET, read_decisions
    from pipeline.review.coding_files import check_free, read_rows, render_codings
    from pipeline.review.worksheets import read_filled

    target = check_free(study, ADJUDICATED_CODER, replace=True)
    kept = read_rows(target, FILE_COLUMNS)
    evidence, choices = _gather_disagreements(study)
    settled = read_decisions(read_filled(path, SHEET, KNOWN, NEEDED), evidence, choices, kept, replace=replace)
    write_bytes(target, render_codings(settled.rows, FILE_COLUMNS))
    words = words_of(study)
    yield words("cli.adjudicate.decisions", file=target)
    yield f"  {words('cli.adjudicate.settled', n=settled.n_decided, agreed=settled.n_agreed)}"
    if settled.n_open:
        yield f"  {words('cli.adjudicate.open', n=settled.n_open, coder=ADJUDICATED_CODER)}"
    yield f"  {words('cli.next_step', study=as_typed(study.root))}"


Codings = Annotated[
    Path,
    typer.Argument(
        metavar="CODINGS",
        help="CSV, XLSX or Parquet. A row a code: columns unit, coder, code; if wanted scheme, session, start, end, "
        "rank. Or a row a unit, with a column of codes for each coder: Nr, Lies, Karim. "
        "A unit without a row, or with an empty code, is missing; '-' says that the coder looked and gave no code.",
    ),
]
AgreementCsv = Annotated[bool, typer.Option("--csv", help="Print the table agreement as CSV, in full precision.")]
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
    csv: AgreementCsv = False,
    full: Full = False,
    order: Order = None,
    codebook: Codebook = None,
    empty_is_none: EmptyIsNone = False,
    weights: Weights = None,
) -> None:
    """Say how far the coders of a table agree, with intervals and chance levels; needs no study."""
    from rich.console import Console
    from rich.progress import Progress

    from pipeline.agreement.coding_sheets import read_sheet
    from pipeline.agreement.comparison.rows import csv_lines
    from pipeline.agreement.standalone import compare_sheet

    words = [code.strip() for code in order.split(",")] if order else None
    notes = Console(stderr=True)
    with Progress(console=notes, transient=True, disable=not (full and notes.is_terminal)) as progress:
        bar = progress.add_task("", total=None)
        result = compare_sheet(
            read_sheet(codings), full=full, order=words, codebook=codebook, empty_is_none=empty_is_none,
            weights=weights, on_step=lambda name, total: progress.update(bar, description=name, total=total, advance=1),
        )  # fmt: skip
    from pipeline.report.words import Words

    dutch, console = Words("nl"), Console()
    for notice in result.notices:
        typer.echo(dutch.rephrase("notice_phrase", notice), err=True)
    if csv:
        from pipeline.core.files import render_csv

        sys.stdout.write(render_csv(csv_lines(result.rows)))
        return
    from pipeline.agreement.presentation import render
    from pipeline.report.sections.agreement import name_excluded, name_reason, name_unit

    for part in render(result, lambda text: name_excluded(name_reason(name_unit(text, dutch), dutch), dutch)):
        console.print(part)
