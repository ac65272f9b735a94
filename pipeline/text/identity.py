"""What is the same: two spellings of one name, two names of one file, one fragment in two runs."""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache

ID_LENGTH = 12
_SEPARATOR = "\x1f"
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_WHOLE_NUMBER = re.compile(r"([+-]?\d+)[.,]0{1,2}")
_JOINTS = re.compile(r"(?<=\w)\s*[-‐‑–—_]+\s*(?=\w)|_+")
_APOSTROPHES = str.maketrans("’‘‚`´ʼ", "'" * 6)
_ENDING = re.compile(
    r"\.(?:docx?|docm|odt|ott|ods|rtf|pdf|txt|md|html?|vtt|srt|json|csv|tsv|xlsx?|xlsm|qdpx|qda|mp3|mp4|m4a|wav)$",
    re.IGNORECASE,
)
_COPY = re.compile(r"\s*\(\d{1,2}\)$|\s*-\s*(?:kopie|copy|kopiëren)$", re.IGNORECASE)


def name_fragment(session: str, text: str, occurrence: int) -> str:
    """Name a fragment.

    Args:
        session: the session in which it stands.
        text: normalised text.
        occurrence: the number of times that the text has occurred in the session so far, this one included.

    Returns:
        The id: ``f-`` and twelve hexadecimal digits of a hash.

    >>> name_fragment("tafel-03", "zes adressen", 1)
    'f-f6cbef163462'
    """
    name = _SEPARATOR.join((session, text, str(occurrence)))
    return f"f-{hashlib.sha256(name.encode()).hexdigest()[:ID_LENGTH]}"


def plain_name(name: str) -> str:
    """Give a name as it is meant to be read: one Unicode form, no blanks around it, ``1.0`` as ``1``.

    >>> plain_name(" prive\u0301 ") == "priv\u00e9", plain_name("1.0"), plain_name("1.5")
    (True, '1', '1.5')
    """
    plain = " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", name)).split())
    whole = _WHOLE_NUMBER.fullmatch(plain)
    return whole[1] if whole else plain


@lru_cache(maxsize=10_000)
def fold_name(name: str) -> str:
    """Give what all spellings of a name, a code, a coder, a session or a file share.

    They may differ in Unicode form, in case, in blanks, hyphens and underscores, and as ``1`` and ``1.0`` do.

    >>> fold_name("Zelf_beslissen ") == fold_name("zelf - beslissen"), fold_name("-1"), fold_name("2,0")
    (True, '-1', '2')
    """
    plain = unicodedata.normalize("NFKC", plain_name(name)).translate(_APOSTROPHES).casefold()
    return " ".join(_JOINTS.sub(" ", unicodedata.normalize("NFC", plain)).split())


def common_spellings(names: Iterable[str]) -> dict[str, str]:
    """Give for each name the spelling that is used most for it; of two that are used as often, the first in order.

    >>> common_spellings(["Wonen", "wonen ", "wonen", "zorg"])
    {'Wonen': 'wonen', 'wonen ': 'wonen', 'wonen': 'wonen', 'zorg': 'zorg'}
    """
    counted = Counter(names)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for name, times in counted.items():
        spellings[fold_name(name)][plain_name(name)] += times
    kept = {folded: min(found, key=lambda name: (-found[name], name)) for folded, found in spellings.items()}
    return {name: kept[fold_name(name)] for name in counted}


def bare_file_name(name: str) -> str:
    """Give the name of a file without its folder, its ending, and the mark of a copy.

    >>> bare_file_name("notes/Tafel-03.docx"), bare_file_name("tafel-03 (1)"), bare_file_name("groep 1.2")
    ('Tafel-03', 'tafel-03', 'groep 1.2')
    """
    bare = plain_name(name).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    while (ending := _ENDING.search(bare)) and ending.start():
        bare = bare[: ending.start()]
    return _COPY.sub("", bare) or bare
