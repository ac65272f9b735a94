"""Reads PDF with a text layer: columns, running heads, page numbers, notes at the foot, words broken over lines."""

import hashlib
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.readers.archives import read_bytes
from pipeline.readers.portable_layout import read_lines
from pipeline.readers.portable_paragraphs import read_paragraphs
from pipeline.readers.reading import SourceText
from pipeline.readers.rendering import render
from pipeline.readers.signatures import name_kind

MAX_SECONDS = 120
_SCRIPT = Path(__file__).with_name("portable_glyphs.py")
_PROBLEMS = {
    "locked": ("is locked with a password", "Save it without a password"),
    "damaged": ("is a damaged PDF", "Save or export it again"),
    "memory": ("asks for more memory than a document needs", "Save or print it again as PDF, or export it as .docx"),
    "long": ("holds more pages or characters than are read", "Split it"),
    "slow": ("takes too long to read", "Save or print it again as PDF, or export it as .docx"),
}
HEADS = "running heads, feet and page numbers are left out"


def load(path: Path, name: str) -> SourceText:
    """Read a PDF.

    Args:
        path: the file.
        name: the name to use for it in tables and messages.

    Returns:
        Its text; places are pages (``p. 3``).

    Raises:
        InputError: it is damaged, locked, takes too much time or memory, or has no text layer.
    """
    data = read_bytes(path, name)
    if b"%PDF-" not in data[:1024]:
        kind = name_kind(data)
        what = f"is {kind}" if kind else "is no PDF, as its suffix says it is"
        raise InputError.single(name, what, "Give it its own suffix, or export it again as PDF")
    pages = _draw(data, name)
    bare = sum(not page["runs"] for page in pages)
    if bare == len(pages):
        fix = "Run text recognition (OCR) over it first, or type it out"
        raise InputError.single(name, "holds no text: its pages are pictures, as of a scan", fix)
    lines, n_edges = read_lines(pages)
    document = read_paragraphs(lines)
    document.left_out[HEADS] += n_edges
    document.left_out["pages hold no text: empty, or pictures that need text recognition (OCR)"] += bare
    return render(document, name, hashlib.sha256(data).hexdigest(), "unicode", "pdf")


def _draw(data: bytes, name: str) -> list[Any]:
    """Let another process draw the pages, so that no PDF can take this one down."""
    command = [sys.executable, "-P", "-X", "utf8", str(_SCRIPT)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=MAX_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise _problem("slow", name) from None
    if done.returncode:
        alarm = getattr(signal, "SIGALRM", None)
        raise _problem("slow" if alarm and done.returncode == -alarm else "memory", name)
    answer = json.loads(done.stdout)
    if problem := answer.get("error"):
        raise _problem(problem, name)
    pages: list[Any] = answer["pages"]
    if not pages:
        raise _problem("damaged", name)
    return pages


def _problem(kind: str, name: str) -> InputError:
    return InputError.single(name, *_PROBLEMS[kind])
