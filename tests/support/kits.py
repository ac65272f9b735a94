"""A finished small study for tests of kits and worklists, and how a person fills a workbook in."""

import shutil

import openpyxl
from small_study import finished_small_study
from typer.testing import CliRunner

from pipeline.cli import app as cli
from pipeline.core.study import open_study
from pipeline.core.tables import read_table
from pipeline.review.worksheets import read_words, spell
from pipeline.run import runner

TABLES = ("tafel-01", "tafel-07", "tafel-12")


def copy_finished(folder):
    return open_study(shutil.copytree(finished_small_study(*TABLES), folder))


def again(study, last):
    """Run what depends on the manual codings, up to one stage."""
    names = runner.JOBS["compare"]
    for name in names[: names.index(last) + 1]:
        runner.run_stage(study, name)


def table(study, name):
    return read_table(study.table(name), name)


def run(*words):
    """Run the command; gives what it shows, or the error that it shows instead."""
    result = CliRunner().invoke(cli.app, [str(word) for word in words])
    return str(result.exception) if result.exception else result.stdout


INTERNAL = {header: name for name in read_words()["columns"] for header in spell("columns", name)}


def shown(path, sheet):
    """Rows of a sheet, with columns and schemes as the library calls them."""
    rows = list(openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True))
    names = [INTERNAL.get(header, header) for header in rows[0]]
    found = [dict(zip(names, row, strict=True)) for row in rows[1:]]
    return [row | ({"scheme": INTERNAL[row["scheme"]]} if "scheme" in row else {}) for row in found]


def fill(path, sheet, answers, to=None):
    """Write answers: row number as shown, or a fragment id, to column to value."""
    book = openpyxl.load_workbook(path)
    held = book[sheet]
    columns = {INTERNAL.get(cell.value, cell.value): cell.column for cell in held[1]}
    for row in range(2, held.max_row + 1):
        fragment_id = held.cell(row, columns["fragment_id"]).value
        for column, value in {**answers.get(fragment_id, {}), **answers.get(row, {})}.items():
            held.cell(row, columns[column]).value = value
    book.save(to or path)
    return to or path


def codes_of(study, coder, scheme):
    """First code of each fragment that a coder looked at; for polarity the set, '-' for none."""
    seen, codings = table(study, "seen"), table(study, "human_codings")
    looked = seen.loc[(seen["coder"] == coder) & (seen["scheme"] == scheme), "fragment_id"]
    found = {fragment_id: [] for fragment_id in looked}
    for row in codings[(codings["coder"] == coder) & (codings["scheme"] == scheme)].itertuples():
        found[row.fragment_id].append(row.code)
    if scheme == "polarity":
        return {fragment_id: ";".join(sorted(codes)) or "geen" for fragment_id, codes in found.items()}
    return {fragment_id: codes[0] if codes else "geen" for fragment_id, codes in found.items()}
