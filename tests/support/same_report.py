"""The miniature synthesis report as a Word document and as PDF, with the headings, bullets and notes of such files."""

import html
from pathlib import Path

from pipeline.readers import read_source

PLAIN = Path(__file__).parents[1] / "data" / "miniature" / "eindsynthese.txt"
SUSPENDED = "loopt via een kaartje aan het prikbord. Wie iets leent, schrijft"


def read_plain():
    (reading,) = read_source(PLAIN, PLAIN.name)
    return reading


def blocks() -> list[tuple[str, str]]:
    """Give kind and text of each block; a block that a note interrupts in plain text is one here."""
    found: list[tuple[str, str]] = []
    for row in read_plain().utterances:
        if row["kind"] in ("layout", "footnote"):
            continue
        if found and found[-1][1].endswith(SUSPENDED):
            found[-1] = (found[-1][0], f"{found[-1][1]} {row['text']}")
        else:
            found.append((row["kind"], row["text"]))
    return found


def codings(reading) -> list[tuple[str, str, str]]:  # noqa: ANN001
    """Give scheme, code and text of each coding, with the interrupted block joined."""
    texts = {row["utterance_id"]: row["text"] for row in reading.utterances}
    rows = [(str(row["scheme"]), row["code"], texts[row["unit"]]) for row in reading.given_codings]
    joined: list[tuple[str, str, str]] = []
    for row in rows:
        if joined and joined[-1][2].endswith(SUSPENDED):
            joined[-1] = (*row[:2], f"{joined[-1][2]} {row[2]}")
        else:
            joined.append(row)
    return joined


def write_word(path: Path) -> Path:
    import docx

    document = docx.Document()
    for kind, text in blocks():
        style = {"heading": "Heading 2", "statement": "List Bullet"}.get(kind, "Normal")
        document.add_paragraph(text, style=style)
    document.save(str(path))
    return path


def write_portable(path: Path) -> Path:
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    def foot(canvas, document) -> None:  # noqa: ANN001
        canvas.setFont("Times-Roman", 8)
        if document.page == 1:
            canvas.drawString(60, 62, "1 Lappendeken is een vzw zonder personeel, en zij bundelt herstel-")
            canvas.drawString(60, 52, "punten in de hele streek.")
        canvas.drawRightString(A4[0] - 60, 30, f"{document.page}")
        canvas.drawString(60, A4[1] - 30, "Herstelpunten – eindsynthese")

    plain = ParagraphStyle("plain", fontName="Times-Roman", fontSize=11, leading=14, spaceAfter=7)
    heading = ParagraphStyle("heading", plain, fontName="Times-Bold")
    item = ParagraphStyle("item", plain, leftIndent=18, bulletIndent=4)
    flow = []
    for kind, text in blocks():
        marked = html.escape(text)
        if text.startswith("De herstelpunten bestaan"):
            marked = marked.replace("bestaan", "bestaan<super size=7>1</super>", 1)
        style = {"heading": heading, "statement": item}.get(kind, plain)
        flow.append(Paragraph(marked, style, bulletText="•" if kind == "statement" else None))
    SimpleDocTemplate(str(path), pagesize=A4, margins=60, bottomMargin=80, invariant=True).build(flow, foot, foot)
    return path
