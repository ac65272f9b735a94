"""``python -m tests.bench.themes REPORT [--section NAME]``: themes and stances against the manual coding."""

import argparse
import ast
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from pipeline.core.vocabulary import Scheme
from tests.bench.themes.figures import Row, render
from tests.bench.themes.inputs import CODED, ROOT, StanceInputs, read_material

SECTIONS = ("inductive", "guided", "taught", "stances", "ecosent")
RECORD = ROOT / "docs" / "bench-themes.tsv"
RECORD_COLUMNS = ("date", "commit", "dirty", "section", "figures", "constants", "reason")
CONSTANTS = (
    "pipeline/core/default.toml", "pipeline/analysis/codebook", "pipeline/analysis/stances", "pipeline/analysis/topics",
)  # fmt: skip
"""Where the numbers stand that a look at the real report could have moved."""


def main() -> int:
    """Print the figures, and keep a line of each section in the record of all runs.

    Returns:
        0; 2 where the report is absent or a section has not been written.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.bench.themes", description=__doc__)
    parser.add_argument("report", type=Path, help="the text of the real report")
    parser.add_argument(
        "--section", choices=SECTIONS, action="append", help="only these; all that are there if left out"
    )
    parser.add_argument("--reason", default="", help="why constants changed since the last look; needed when they did")
    asked = parser.parse_args()
    constants = hash_constants()
    before = last_constants(RECORD)
    if before != constants and RECORD.is_file() and not asked.reason.strip():
        sys.stderr.write(
            f"the constants changed since the last look at the real report ({before or 'not kept'} is now {constants}):"
            " choose them on other data, commit the choice, and say why (make bench-themes REASON='...')\n"
        )
        return 2
    if not asked.report.is_file():
        sys.stderr.write(f"{asked.report} is absent: these figures are measured on the real report\n")
        return 2
    sections = asked.section or [name for name in SECTIONS if _is_written(name)]
    unwritten = [name for name in sections if not _is_written(name)]
    if unwritten:
        sys.stderr.write(f"not written: {', '.join(unwritten)}\n")
        return 2
    inputs = read_material(asked.report)
    _say(f"{len(inputs.coded)} statements and quotes with a polarity, {len(inputs.register)} in hoofdstuk 1 and 3")
    _say(str(inputs.counts))
    for line in _warn(inputs):
        _say(line)
    for name in sections:
        rows: list[Row] = import_module(f"{__package__}.{name}").rows(inputs)
        _say(f"\n{name}")
        for row in rows:
            _say(f"  {render(row)}")
        _record(name, rows, constants, asked.reason)
    return 0


def hash_constants() -> str:
    """Hash the files that hold constants: every number in them, and no comment or docstring."""
    numbers = hashlib.sha256()
    for path in sorted(found for name in CONSTANTS for found in _files(ROOT / name)):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".py":
            values = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
            text = " ".join(repr(value) for value in values if isinstance(value, int | float))
        numbers.update(f"{path.relative_to(ROOT)}\n{text}\n".encode())
    return numbers.hexdigest()[:12]


def last_constants(record: Path) -> str:
    """Give the hash of the constants at the last look; empty where it was not kept yet."""
    if not record.is_file():
        return ""
    lines = record.read_text(encoding="utf-8").splitlines()
    cells = [line.split("\t") for line in lines[1:] if line]
    return cells[-1][RECORD_COLUMNS.index("constants")] if cells and len(cells[-1]) > 5 else ""


def _files(path: Path) -> Iterator[Path]:
    yield from path.rglob("*.py") if path.is_dir() else [path]


def _is_written(section: str) -> bool:
    return find_spec(f"{__package__}.{section}") is not None


def _warn(inputs: StanceInputs) -> Iterator[str]:
    """Give how often the code of the previous fragment is right: the order of a synthesis report is its coding."""
    in_order = inputs.coded.sort_values("place_in_report")
    for scheme in CODED:
        codes = in_order[str(scheme)]
        known = (codes != "") & (codes.shift() != "")
        right = float((codes == codes.shift())[known].iloc[1:].mean())
        yield f"WARNING: copying the previous fragment's {Scheme(scheme)} is right for {right:.0%}; order is no feature"


def _record(section: str, rows: list[Row], constants: str, reason: str) -> None:
    """Append a line to the record of all runs: every look at the real report is written down."""
    commit = _git("rev-parse", "--short=12", "HEAD")
    dirty = "dirty" if _git("status", "--porcelain", "--untracked-files=no") else "clean"
    figures = "; ".join(f"{row.name} = {row.estimate:.4f} (n {row.n})" for row in rows)
    line = "\t".join(
        [
            datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            commit,
            dirty,
            section,
            figures,
            constants,
            " ".join(reason.split()),
        ]
    )
    if not RECORD.is_file():
        RECORD.write_text("\t".join(RECORD_COLUMNS) + "\n", encoding="utf-8")
    with RECORD.open("a", encoding="utf-8") as record:
        record.write(line + "\n")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
