"""One invented session, written in every format that notes come in; whatever the container, the fragments are the same.

``LINES`` is the session; ``write(folder, suffix)`` writes it as a file, ``FORMATS`` names the suffixes; `as_fragments`
reads a file and cuts it, `shown` gives what must be the same of each fragment.
"""

import html
import zipfile
from pathlib import Path

from pipeline.core.config import FragmentsConfig
from pipeline.corpus.fragments import cut
from pipeline.corpus.ingest import ingest
from pipeline.readers import read_source

STEM = "tafel-21"

LINES = (
    ("title", "Dialoogtafel 21 – Moerschaar"),
    ("line", "Datum: 14 mei 2024"),
    ("line", "Plaats: refter van de oude kantschool, Moerschaar"),
    ("line", "Gespreksleider: Tine Adriaens"),
    ("line", "Verslaggever: Koen Verplaetse"),
    ("line", "Deelnemers:"),
    ("item", "D1 (vrijwilliger, Warm Portaal)"),
    ("item", "D2 (bewoonster, 81 jaar)"),
    ("item", "D3 (coördinator, vzw De Lantaarn)"),
    ("item", "D4 (mantelzorger)"),
    ("heading", "Individuele notities"),
    ("line", "D1 (zwart): Wie om drie uur belt, krijgt een bandje en geen mens."),
    ("line", "D2 (geel): Mijn bezoeker kent de namen van mijn drie zussen, in volgorde."),
    ("line", "D4 (groen): Een bankje halfweg de Kerkstraat, zodat ge samen kunt rusten."),
    ("heading", "Witte hoed"),
    ("line", "Gespreksleider: We beginnen met de feiten. Wat gebeurt er vandaag?"),
    ("line", "D1: Ik ga elke woensdag van twee tot vier bij dezelfde vrouw langs, en dat is nu al zes jaar zo; de "
             "eerste keer heeft ze mij op de mat laten staan tot ik mijn naam drie keer gezegd had."),
    ("line", "D3: Wij hebben zevenendertig vrijwilligers op papier, en tweeëntwintig die in mei binnen zijn geweest."),
    ("line", "D2: Er komt bij mij iemand van de coöperatie, iemand van de kerk en de jongen met de soep."),
    ("line", "D4: Ja, inderdaad."),
    ("heading", "Zwarte hoed"),
    ("line", "D2: Ze zetten “een briefje van tien” onder de asbak, en elke week leg ik dat terug in de schuif."),
    ("line", "D3: Na een overlijden wordt er niets geregeld. Drie dingen blijven dan altijd liggen:"),
    ("item", "de sleutel van het huis, die bij de buurman hangt"),
    ("item", "het schrift waarin de bezoeken stonden, met alles wat daar verteld is"),
    ("item", "de vraag wie de kat meeneemt"),
    ("line", "D1: Ge begint met een brief voorlezen en ge eindigt met hare belastingaangifte op uw schoot."),
    ("heading", "Gele hoed"),
    ("item", "bewoners zeggen dat de straat rustiger is sinds er ’s avonds licht brandt in het portaal"),
    ("item", "twee scholen sturen nu leerlingen mee, en die komen terug zonder dat het moet"),
    ("heading", "Groene hoed"),
    ("line", "D4: Zet op de kast een briefje: dit doet Wim wel, dit doet Wim niet. Geschreven door de oude mens zelf, "
             "niet door ons, en elk jaar opnieuw, want wat iemand wil verandert sneller dan het papier aan de kast."),
    ("heading", "Rode hoed"),
    ("line", "D2: Blij. En een beetje beschaamd dat ik het nodig heb."),
    ("heading", "Afronding"),
    ("line", "Gespreksleider: Dank u wel. Het verslag komt naar iedereen om na te lezen."),
)  # fmt: skip


def write_text(path: Path) -> None:
    marks = {"title": "# ", "heading": "## ", "item": "- ", "line": ""}
    lines, before = [], ""
    for shape, text in LINES:
        if "heading" in (shape, before) or before == "title":
            lines.append("")
        lines.append(marks[shape] + text)
        before = shape
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_word(path: Path) -> None:
    import docx

    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Warm Portaal – vertrouwelijk"
    styles = {"title": "Title", "heading": "Heading 1", "item": "List Bullet", "line": "Normal"}
    for shape, text in LINES:
        document.add_paragraph(text.replace("coördinator", "co\u00f6r\u00addinator"), style=styles[shape])
    document.save(str(path))


ODT_CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content office:version="1.3"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
>{styles}<office:body><office:text>{body}</office:text></office:body></office:document-content>"""


def pack_opendocument(path: Path, body: str, styles: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        archive.writestr("content.xml", ODT_CONTENT.format(body=body, styles=styles))
    return path


def write_opendocument(path: Path) -> None:
    parts = []
    for shape, text in LINES:
        said = html.escape(text).replace("van twee tot vier", "van\u00a0twee<text:s/>tot vier")
        parts.append(
            {
                "title": f'<text:p text:style-name="Title">{said}</text:p>',
                "heading": f'<text:h text:style-name="Heading_20_1" text:outline-level="1">{said}</text:h>',
                "item": f"<text:list><text:list-item><text:p>{said}</text:p></text:list-item></text:list>",
                "line": f"<text:p>{said}</text:p>",
            }[shape]
        )
    pack_opendocument(path, "".join(parts))


def write_rich_text(path: Path) -> None:
    def said(text: str) -> str:
        return "".join(_rich(character) for character in text)

    parts = [
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}}",
        r"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}{\s15 Title;}}",
    ]
    for shape, text in LINES:
        style = {"title": r"\s15", "heading": r"\s1\outlinelevel0", "item": r"\s0\ls1\ilvl0", "line": r"\s0"}[shape]
        mark = r"{\listtext\pard\plain \bullet\tab}" if shape == "item" else ""
        parts.append(rf"\pard\plain {style} {mark}{said(text)}\par")
    path.write_text("\n".join([*parts, "}"]), encoding="ascii")


def _rich(character: str) -> str:
    if character.isascii():
        return character
    code = character.encode("cp1252")[0]
    return rf"\'{code:02x}" if code < 0xE0 else rf"\u{ord(character)}?"


def write_page(path: Path) -> None:
    tags = {
        "title": '<p class="title">{}</p>',
        "heading": "<h2>{}</h2>",
        "item": "<ul><li>{}</li></ul>",
        "line": "<p>{}</p>",
    }
    body = "\n".join(tags[shape].format(html.escape(text).replace("’", "&rsquo;")) for shape, text in LINES)
    page = '<!doctype html><html><head><meta charset="iso-8859-1"><title>x</title><style>p {}</style></head><body>'
    page += f"<nav><ul><li>Start</li></ul></nav><script>var a = 1;</script>{body}</body></html>"
    path.write_bytes(page.encode("cp1252"))


def write_portable(path: Path) -> None:
    from reportlab.lib.pagesizes import A5
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    def edges(canvas, document) -> None:  # noqa: ANN001
        canvas.setFont("Helvetica", 8)
        canvas.drawString(40, A5[1] - 25, "Warm Portaal – vertrouwelijk")
        canvas.drawCentredString(A5[0] / 2, 20, str(document.page))

    plain = ParagraphStyle("plain", fontName="Helvetica", fontSize=10, leading=13, spaceAfter=5)
    styles = {
        "title": ParagraphStyle("title", plain, fontName="Helvetica-Bold", fontSize=18, leading=22),
        "heading": ParagraphStyle("heading", plain, fontName="Helvetica-Bold", fontSize=13, leading=16),
        "item": ParagraphStyle("item", plain, leftIndent=14, bulletIndent=2),
        "line": plain,
    }
    flow = [
        Paragraph(html.escape(text), styles[shape], bulletText="•" if shape == "item" else None)
        for shape, text in LINES
    ]
    SimpleDocTemplate(str(path), pagesize=A5, margins=40, invariant=True).build(flow, edges, edges)


FORMATS = {
    ".txt": write_text,
    ".md": write_text,
    ".docx": write_word,
    ".odt": write_opendocument,
    ".rtf": write_rich_text,
    ".html": write_page,
    ".pdf": write_portable,
}


def write(folder: Path, suffix: str) -> Path:
    """Write the session in one format."""
    path = folder / f"{STEM}{suffix}"
    FORMATS[suffix](path)
    return path


def as_fragments(path: Path):  # noqa: ANN201
    """Read a file and cut it; gives the table ``fragments``."""
    tables = ingest(read_source(path, path.name), codebook=(), given=()).tables
    return cut(tables["utterances"], config=FragmentsConfig(min_words=3, max_words=60)).tables["fragments"]


def shown(fragments) -> list[tuple]:  # noqa: ANN001
    """Give what must be the same in every format, in order of the source; layout is each format's own."""
    columns = ["fragment_id", "text", "kind", "speaker", "role", "hat_given", "section", "status"]
    kept = fragments[fragments["kind"] != "layout"].sort_values("char_start", kind="stable")
    return [tuple(None if value != value else value for value in row) for row in kept[columns].itertuples(index=False)]
