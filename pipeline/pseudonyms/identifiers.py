"""Numbers and addresses that point to one person: found by form, and by check digits where they have any."""

import re
from collections.abc import Callable, Iterator, Mapping

from pipeline.pseudonyms.finds import Find
from pipeline.vocabulary import Identity

_MONTHS = (
    "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"
    "|jan|feb|mrt|apr|jun|jul|aug|sept?|okt|nov|dec"
)
_DATE = rf"\d{{1,2}}(?:(?:\s*[-/.]\s*\d{{1,2}}\s*[-/.]\s*)|(?:e|ste|de)?\s+(?:{_MONTHS})\.?\s+)['’]?(?:\d{{4}}|\d{{2}})"
_BIRTH = r"(?:\b(?:geboren|geboortedatum|geb\.|geboortedag|verjaart|verjaardag|jarig)|°)"
_BORN = rf"{_BIRTH}[^.\n]{{0,30}}?(?P<found>\b{_DATE}\b)"
_BORN_AFTER = rf"(?P<found>\b{_DATE}\b)[^.\n]{{0,15}}?\b(?:geboren|verjaart|verjaardag|jarig)"
_STREET = (
    r"(?:straat|laan|lei|steenweg|dreef|plein|kaai|kade|gracht|singel|dijk|baan|weg|pad|hof"
    r"|stationsplein|markt|plaats|str\.)"
)
_HOUSE = r"\s+\d{1,4}(?:\s?[a-zA-Z]\b|-[IVX]+\b|/\d{1,3})?(?:\s*(?:bus|b\.|bis)\s*\d{1,4})?"
_TOWN = r",?\s+(?:B-|NL-)?\d{4}(?:\s?[A-Z]{2})?\s+[A-Z][\w'’-]+(?:\s[A-Z][\w'’-]+)?"

PATTERNS: Mapping[Identity, tuple[str, ...]] = {
    Identity.MAIL: (r"(?<![\w.])[\w.+-]+\s?@\s?[\w-]+(?:\.[\w-]+)+",),
    Identity.REKENING: (r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b",),
    Identity.RIJKSREGISTERNUMMER: (
        r"\b\d{2}[ .]?\d{2}[ .]?\d{2}[ .-]?\d{3}[ .-]?\d{2}\b",
        r"(?i:\bbsn\b|burgerservicenummer)\D{0,15}(?P<found>\d{9}|\d{4}[ .]\d{2}[ .]\d{3}|\d{3}[ .]\d{3}[ .]\d{3})\b",
    ),
    Identity.TELEFOON: (
        r"(?<![\w+])(?:(?:\+|00)(?:32|31)[ ./-]?(?:\(0\)[ ./-]?)?\d{1,3}|0\d{1,3})"
        r"(?:[ ./-]{0,3}\d{2,4}){2,4}(?![\d.,]*\d)",
    ),
    Identity.NUMMERPLAAT: (
        r"\b(?:\d|[QOUZ])-[A-Z]{3}-\d{3}\b",
        r"\b\d[A-Z]{3}\d{3}\b",
        r"\b(?:[A-Z]{2}-\d{2}-\d{2}|\d{2}-\d{2}-[A-Z]{2}|\d{2}-[A-Z]{2}-\d{2}|[A-Z]{2}-\d{2}-[A-Z]{2}|"
        r"[A-Z]{2}-[A-Z]{2}-\d{2}|\d{2}-[A-Z]{2}-[A-Z]{2}|\d{2}-[A-Z]{3}-\d|\d-[A-Z]{3}-\d{2}|[A-Z]{2}-\d{3}-[A-Z]|"
        r"[A-Z]-\d{3}-[A-Z]{2}|[A-Z]{3}-\d{2}-[A-Z]|[A-Z]-\d{2}-[A-Z]{3}|[A-Z]{3}-\d{3})\b",
        r"(?i:nummerplaat|kenteken)\W{0,3}(?:is\s+)?(?P<found>[A-Z0-9]{1,3}[ -][A-Z0-9]{2,3}[ -][A-Z0-9]{1,3})\b",
    ),
    Identity.GEBOORTEDATUM: (f"(?i:{_BORN})", f"(?i:{_BORN_AFTER})"),
    Identity.ADRES: (
        rf"\b[A-Z][\w'’-]*(?:\s+[A-Z][\w'’-]*)*?{_STREET}{_HOUSE}(?:{_TOWN})?",
        rf"\b[A-Z][\w'’-]*(?:\s+(?:de|van|der|den)\s+[A-Z][\w'’-]*)?\s+(?i:{_STREET}){_HOUSE}(?:{_TOWN})?",
        rf"\b[A-Z][\w'’-]*(?:\s+[A-Za-z][\w'’-]*){{0,3}}{_HOUSE}{_TOWN}",
        rf"\b(?:in|op|aan|langs|uit|van) (?:de|het) (?P<found>[A-Z][a-z'’-]+{_STREET})\b",
    ),
}


def has_iban_check(text: str) -> bool:
    """Whether letters and digits pass the check of an IBAN (ISO 13616: remainder 1 of division by 97).

    >>> has_iban_check("BE68 5390 0754 7034"), has_iban_check("BE68 5390 0754 7035")
    (True, False)
    """
    plain = re.sub(r"[ -]", "", text)
    if not 15 <= len(plain) <= 34:
        return False
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


def has_register_check(text: str) -> bool:
    """Whether eleven digits pass the check of a Belgian national number (97 minus remainder, with 2 before after 2000).

    >>> has_register_check("85.07.30-033.28"), has_register_check("85.07.30-033.29")
    (True, False)
    """
    digits = re.sub(r"\D", "", text)
    if len(digits) != 11:
        return False
    check = int(digits[9:])
    return any(97 - int(prefix + digits[:9]) % 97 == check for prefix in ("", "2"))


_MARKS = re.compile(r"(?i:rijksregister|nationaal nummer|insz|bsn|burgerservice)[^.\n]{0,25}\Z")


def _is_register(text: str, before: str) -> bool:
    # A number that is called so is one, also with a digit mistyped.
    return has_register_check(text) or bool(_MARKS.search(before))


def _is_telephone(text: str, before: str) -> bool:
    return 9 <= len(re.sub(r"\D", "", text)) <= 13 and not re.search(r"[€$]\s*\Z", before)


_CHECKS: Mapping[Identity, Callable[[str, str], bool]] = {
    Identity.REKENING: lambda text, before: has_iban_check(text) or bool(re.search(r"(?i:iban|rekening)\W*\Z", before)),
    Identity.RIJKSREGISTERNUMMER: _is_register,
    Identity.TELEFOON: _is_telephone,
}
_COMPILED = {kind: tuple(re.compile(form) for form in forms) for kind, forms in PATTERNS.items()}


def find_identifiers(text: str) -> Iterator[Find]:
    """Find mail addresses, accounts, register numbers, telephones, plates, dates of birth and street addresses.

    >>> [(find.kind.value, "Bel 0470 12 34 56 of mail an@vb.be"[find.start:find.end])
    ...  for find in find_identifiers("Bel 0470 12 34 56 of mail an@vb.be")]
    [('mail', 'an@vb.be'), ('telefoon', '0470 12 34 56')]
    """
    for kind, forms in _COMPILED.items():
        for form in forms:
            for match in form.finditer(text):
                start, end = match.span("found" if "found" in form.groupindex else 0)
                check = _CHECKS.get(kind)
                if check is None or check(text[start:end], text[max(0, start - 40) : start]):
                    yield Find(start, end, kind)
