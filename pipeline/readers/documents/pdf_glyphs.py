"""Draws the pages of a PDF in a process of its own, and writes what stands where; run as a script by `pdf`.

A PDF may ask for any amount of memory or time. This process has a limit on both, and its end is an answer too. Time is
that of the processor, so that a machine that is busy refuses no good file. It imports nothing of the pipeline, so that
it starts at once. Bytes come in on standard input; out goes one JSON object:
``{"pages": [{"width": w, "height": h, "runs": [[text, x0, x1, baseline, size, bold], ...]}]}``, with places in points
from the top left, or ``{"error": "locked" | "damaged" | "memory" | "long"}``.
"""

import contextlib
import io
import json
import logging
import signal
import sys
import time
from typing import Any

MEMORY = 1_000_000_000
FIRST_SECONDS, SECONDS_A_PAGE, MAX_SECONDS = 8.0, 0.5, 120.0
MAX_PAGES, MAX_CHARACTERS = 3_000, 20_000_000
NOTE_OPENS, NOTE_CLOSES = "\ue000", "\ue001"
_BOLD = ("bold", "black", "heavy", "demi")
_TOUCHING, _SPACE = 0.9, 0.18

Run = list[Any]


def main() -> None:
    """Read a PDF from standard input and write its pages, or why not, to standard output."""
    logging.disable(logging.CRITICAL)
    _limit_memory()
    _allow(FIRST_SECONDS)
    answer: dict[str, Any]
    try:
        answer = {"pages": read_pages(sys.stdin.buffer.read())}
    except MemoryError:
        answer = {"error": "memory"}
    except OverflowError:
        answer = {"error": "long"}
    except Exception as error:  # whatever a damaged file makes of the parser is one answer
        names = {cls.__name__ for cls in type(error).__mro__}
        answer = {"error": "locked" if names & {"PDFEncryptionError", "PDFPasswordIncorrect"} else "damaged"}
    sys.stdout.write(json.dumps(answer))


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow(seconds: float) -> None:
    """End this process when it has taken this number of seconds; only the alarm reaches code that never returns."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def read_pages(data: bytes) -> list[dict[str, Any]]:
    """Draw all pages.

    Args:
        data: the PDF.

    Returns:
        A dictionary per page; see the head of this module.

    Raises:
        OverflowError: more pages or characters than are read.
    """
    from pdfminer.converter import PDFLayoutAnalyzer
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser

    class Device(PDFLayoutAnalyzer):
        page: Any = None

        def receive_layout(self, ltpage: Any) -> None:  # noqa: ANN401
            self.page = ltpage

    resources = PDFResourceManager()
    device = Device(resources, laparams=None)
    interpreter = PDFPageInterpreter(resources, device)
    document = PDFDocument(PDFParser(io.BytesIO(data)))
    pages: list[dict[str, Any]] = []
    left, count = FIRST_SECONDS, 0
    for page in PDFPage.create_pages(document):
        if len(pages) >= MAX_PAGES:
            raise OverflowError
        device.page = None
        interpreter.process_page(page)
        if device.page is not None:
            runs = _runs(device.page)
            count += sum(len(run[0]) for run in runs)
            pages.append({"width": float(device.page.width), "height": float(device.page.height), "runs": runs})
        if count > MAX_CHARACTERS:
            raise OverflowError
        if hasattr(signal, "getitimer"):
            left = min(signal.getitimer(signal.ITIMER_PROF)[0] + SECONDS_A_PAGE, MAX_SECONDS - time.process_time())
            _allow(max(left, SECONDS_A_PAGE / 100))
    return pages


def _characters(container: Any) -> Any:  # noqa: ANN401
    from pdfminer.layout import LTChar, LTFigure

    for item in container:
        if isinstance(item, LTChar):
            yield item
        elif isinstance(item, LTFigure):
            yield from _characters(item)


def _runs(page: Any) -> list[Run]:  # noqa: ANN401
    """Join characters that touch into runs, in the order in which they were drawn."""
    runs: list[Run] = []
    seen: set[tuple[str, int, int]] = set()
    for char in _characters(page):
        text, size = char.get_text(), float(char.size)
        is_shown = char.upright and 1 < size < 400 and 0 <= char.x0 <= page.width and 0 <= char.y0 <= page.height
        place = (text, round(char.x0 * 2), round(char.y0 * 2))
        if not is_shown or (place in seen and not text.isspace()):
            continue
        seen.add(place)
        baseline = float(page.height) - float(char.matrix[5])
        _add(runs, text, char, size, baseline)
    return [run[:6] for run in runs if run[0].strip(NOTE_OPENS + NOTE_CLOSES + " ")]


def _add(runs: list[Run], text: str, char: Any, size: float, baseline: float) -> None:  # noqa: ANN401
    is_bold = any(word in char.fontname.casefold() for word in _BOLD)
    x0, x1 = float(char.x0), float(char.x1)
    last = runs[-1] if runs else None
    if last is not None:
        gap = x0 - last[2]
        near = -0.5 * last[4] < gap < _TOUCHING * last[4]
        is_raised = size <= 0.8 * last[4] and float(char.y0) > last[6] + 0.12 * last[4]
        if near and is_raised and text.isdigit() and abs(baseline - last[3]) < last[4]:
            opened = last[0].endswith(NOTE_CLOSES)
            last[0] = (last[0][:-1] if opened else last[0] + NOTE_OPENS) + text + NOTE_CLOSES
            last[2] = x1
            return
        if near and abs(baseline - last[3]) < 0.25 * size and 0.8 < size / last[4] < 1.25:
            space = " " if gap > _SPACE * size and not last[0].endswith(" ") and not text.isspace() else ""
            last[0] += space + text
            last[2] = max(x1, last[2])
            last[5] = last[5] and (is_bold or text.isspace())
            return
    if not text.isspace():
        runs.append([text, x0, x1, baseline, size, is_bold, float(char.y0)])


if __name__ == "__main__":
    main()
