"""What the control words of rich text mean, as far as they bear on the text (Rich Text Format specification 1.9.1)."""

import re
from collections.abc import Mapping
from types import MappingProxyType

CODE_PAGES: Mapping[int, str] = MappingProxyType(
    {
        0: "", 1: "", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "cp936", 136: "cp950", 161: "cp1253",
        162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
        238: "cp1250",
    }
)  # fmt: skip
"""Character set of a font to code page; empty where it is that of the document."""

CHARACTERS: Mapping[str, str] = MappingProxyType(
    {
        "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“",
        "rdblquote": "”", "bullet": "•", "emspace": "\u2003", "enspace": "\u2002", "qmspace": "\u2005",
        "zwj": "\u200d", "zwnj": "\u200c", "softline": "\n", "lbr": "\n",
    }
)  # fmt: skip

SYMBOLS: Mapping[str, str] = MappingProxyType({"~": "\u00a0", "-": "\u00ad", "_": "-", "{": "{", "}": "}", "\\": "\\"})

SKIPPED = frozenset(
    """fonttbl colortbl info pict object header headerl headerr headerf footer footerl footerr footerf fldinst bkmkstart
    bkmkend nonshppict tc tcn xe txe rxe do mmath listtable listoverridetable revtbl rsidtbl generator themedata
    datastore xmlnstbl filetbl private template title author operator comment keywords ftnsep ftnsepc ftncn aftnsep
    aftnsepc aftncn atnid atnauthor atntime atnicn atnref atrfstart atrfend pnseclvl nesttableprops
    ftnsepf""".split()  # noqa: SIM905
)
"""Destinations that hold no text of the document."""

TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})?[ ]?|\\'(?P<byte>[0-9a-fA-F]{2})|\\(?P<symbol>[^a-zA-Z])"
    r"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n]+|\\"
)
SKIP = re.compile(r"[{}]|\\bin(?P<length>\d{1,9}) ?|\\.", re.DOTALL)
HEADING = re.compile(r"(?:heading|kop)\s*([1-9])", re.IGNORECASE)
TITLE = re.compile(r"(?:title|titel)", re.IGNORECASE)
CONTENTS = re.compile(r"(?:toc|inhopg)\s*\d", re.IGNORECASE)
