"""The command ``dialoogtafel adjudicate``: disagreements for people to settle, and back as codings of their own."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import FileLanguage, StudyFolder, words_of
from pipeline.core.errors import InputError, as_typed

if TYPE_CHECKING:
    from pipeline.core.study import Study
    from pipeline.review.coding_files import Choices
    from pipeline.review.disagreements import DisagreementInputs

OUT = "adjudication.xlsx"

Out = Annotated[Path | None, typer.Option("--out", help=f"The workbook to write; {OUT} in the study.")]
Coders = Annotated[
    str | None,
    typer.Option("--coders", metavar="A,B", help="Two coders; if not given, two people where two coded, else a person "
                 "and the machine."),
]  # fmt: skip
Top = Annotated[int | None, typer.Option("--top", min=1, help="Only so many disagreements, from the top.")]
Read = Annotated[Path | None, typer.Option("--read", metavar="FILE", help="Read a worklist that came back.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Write over an earlier worklist, or let a new decision win from an older one.")
]


def adjudicate(
    study: StudyFolder,
    out: Out = None,
    coders: Coders = None,
    top: Top = None,
    read: Read = None,
    replace: Replace = False,
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
        lines = list(_read_back(opened, read, replace) if read else _make(
            opened, out or opened.root / OUT, coders, top, replace, str(lang or opened.config.study.language)
        ))  # fmt: skip
    for line in lines:
        typer.echo(line)


def _gather(study: "Study") -> "tuple[DisagreementInputs, Choices]":
    from pipeline.agreement.comparison.inputs import make_inputs
    from pipeline.core.tables import read_table
    from pipeline.review.coding_files import Choices
    from pipeline.review.disagreements import DisagreementInputs

    names = ("codings", "seen", "fragments", "codebook", "topic_assignments", "stances")
    codings, seen, fragments, codebook, topics, stances = (read_table(study.table(name), name) for name in names)
    inputs = make_inputs(codings, seen, fragments, codebook)
    return DisagreementInputs(inputs, fragments, topics, stances), Choices(codebook)


def _make(
    study: "Study", out: Path, coders: str | None, top: int | None, replace: bool, language: str
) -> Iterator[str]:
    from pipeline.core.files import write_bytes
    from pipeline.core.tables import read_table
    from pipeline.report.words import Words
    from pipeline.review.adjudication import make_book
    from pipeline.review.disagreements import check_pair, meet, rank
    from pipeline.review.worksheets import write_workbook

    evidence, choices = _gather(study)
    found = rank(evidence, meet(evidence, check_pair(evidence, coders) if coders else None))
    if not found:
        what = "no two coders disagree on anything that is not settled yet"
        raise InputError.single("codings", what, "Code more fragments: dialoogtafel kit")
    worklist = found[:top]
    fragments, sources = (read_table(study.table(name), name) for name in ("fragments", "sources"))
    words, reasons = words_of(study), Words(language)
    book = make_book(worklist, fragments, sources, choices, study=study.name, language=language,
                     say=lambda reason: reasons.rephrase("teach_phrase", reason))  # fmt: skip
    content = write_workbook(book)
    if out.exists() and not replace and (out.is_dir() or out.read_bytes() != content):
        fix = "Add --replace if nobody has worked in it, or give --out another name"
        raise InputError.single(str(out), "is there already, and is another worklist", fix)
    write_bytes(out, content)
    yield words("cli.adjudicate.written", file=out)
    yield f"  {words('cli.adjudicate.size', n=len(worklist), total=len(found))}"
    for pair in sorted({each.coders for each in worklist}):
        yield f"  {' | '.join(pair)}: {sum(each.coders == pair for each in worklist)}"
    yield f"  {words('cli.adjudicate.back', study=as_typed(study.root))}"


def _read_back(study: "Study", path: Path, replace: bool) -> Iterator[str]:
    from pipeline.core.files import write_bytes
    from pipeline.core.vocabulary import ADJUDICATED_CODER
    from pipeline.review.adjudication import FILE_COLUMNS, KNOWN, NEEDED, SHEET, read_decisions
    from pipeline.review.coding_files import check_free, read_rows, render_codings
    from pipeline.review.worksheets import read_filled

    target = check_free(study, ADJUDICATED_CODER, replace=True)
    kept = read_rows(target, FILE_COLUMNS)
    evidence, choices = _gather(study)
    settled = read_decisions(read_filled(path, SHEET, KNOWN, NEEDED), evidence, choices, kept, replace=replace)
    write_bytes(target, render_codings(settled.rows, FILE_COLUMNS))
    words = words_of(study)
    yield words("cli.adjudicate.decisions", file=target)
    yield f"  {words('cli.adjudicate.settled', n=settled.n_decided, agreed=settled.n_agreed)}"
    if settled.n_open:
        yield f"  {words('cli.adjudicate.open', n=settled.n_open, coder=ADJUDICATED_CODER)}"
    yield f"  {words('cli.next_step', study=as_typed(study.root))}"
