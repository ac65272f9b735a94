"""Small invented REFI-QDA projects, as other programs write them."""

import io
import zipfile
from xml.sax.saxutils import quoteattr

USERS = {"11111111-0000-4000-8000-000000000001": "An", "11111111-0000-4000-8000-000000000002": "Bea"}
NS = 'xmlns="urn:QDA-XML:project:1.0"'
TEXT = (
    "Wij bellen elke ochtend naar dertig nummers.\n"
    "Dat geeft rust, ook al zijn we met te weinig.\n"
    "\n"
    "De lift is al maanden stuk en niemand komt.\n"
)


def guid(n):
    return f"{n:08d}-0000-4000-8000-000000000000"


def code(n, name, *below, codable=True, description=""):
    described = f"<Description>{description}</Description>" if description else ""
    flag = "true" if codable else "false"
    return f'<Code guid="{guid(n)}" name={quoteattr(name)} isCodable="{flag}">{described}{"".join(below)}</Code>'


def selection(n, start, end, *codes, name=None, user=1, kind="PlainTextSelection"):
    who = list(USERS)[user - 1] if user else ""
    made = f'creatingUser="{who}"' if user else ""
    codings = "".join(
        f'<Coding guid="{guid(n * 100 + i)}" {made}><CodeRef targetGUID="{guid(c)}"/></Coding>'
        for i, c in enumerate(codes)
    )
    named = f"name={quoteattr(name)}" if name is not None else ""
    return f'<{kind} guid="{guid(n)}" {named} startPosition="{start}" endPosition="{end}" {made}>{codings}</{kind}>'


def source(n, name, *inside, path=None, attributes=""):
    plain = f"plainTextPath={quoteattr(path)}" if path else ""
    return f'<TextSource guid="{guid(n)}" name={quoteattr(name)} {plain} {attributes}>{"".join(inside)}</TextSource>'


def project(*, codes="", sources="", more=""):
    users = "".join(f'<User guid="{each}" name="{name}"/>' for each, name in USERS.items())
    book = f"<CodeBook><Codes>{codes}</Codes></CodeBook>" if codes else ""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><Project {NS} name="Proef" origin="Ander programma">'
        f"<Users>{users}</Users>{book}<Sources>{sources}</Sources>{more}</Project>"
    ).encode()


def pack(path, parts):
    """Write a .qdpx of parts: name to bytes or text."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    path.write_bytes(stream.getvalue())
    return path


def simple(path, *selections, text=TEXT, codes=None, qde="Project.qde", folder="Sources", source_name="tafel-01.docx"):
    """One text with selections, and four codes: nabijheid > buren, kansen, knelpunten."""
    book = codes or code(1, "nabijheid", code(2, "buren")) + code(3, "Kansen") + code(4, "Knelpunten")
    raw = text if isinstance(text, bytes) else text.encode()
    body = project(codes=book, sources=source(50, source_name, *selections, path="internal://T.txt"))
    return pack(path, {qde: body, f"{folder}/T.txt": raw})
