"""Words that point to one person, and numbers and addresses that do, found by form and check digits."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.core.vocabulary import Identity

MAX_ABBREVIATION = 6
INITIAL = re.compile(r"[A-Z]\.")
_WORD = re.compile(r"['’]t\b|\b[vV](?:/d\b|\.d\.)|[^\W\d_]+(?:[-’'][^\W\d_]+)*\.?")
_ENDS_SENTENCE = re.compile(r"[.!?:…;]['’\"”)\]]*\s+['’\"“‘(\[]*\Z|\n\s*\W*\Z")
_INNER_CAPITAL = re.compile(r"(?:[a-z]{1,2}['’]|(?:el|al|ben|bou|ait)-)[A-Z]")


@dataclass(frozen=True, slots=True, order=True)
class Find:
    """A name or number in a text.

    Attributes:
        start: its first character.
        end: one past its last.
        kind: what it is.
        is_sure: whether a rule or list says so; else a capital letter alone does.
    """

    start: int
    end: int
    kind: Identity
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class TextWord:
    """A word of a text.

    Attributes:
        text: as written, with a point that follows at once.
        start: its first character.
        end: one past its last.
        is_first: whether it begins a sentence.
    """

    text: str
    start: int
    end: int
    is_first: bool

    @property
    def plain(self) -> str:
        """Without its point."""
        return self.text.rstrip(".")

    @property
    def has_capital(self) -> bool:
        """Whether it begins with a capital, as *d'Hoker* and *el-Kaddouri* do too."""
        return self.text[0].isupper() or bool(_INNER_CAPITAL.match(self.text))

    @property
    def is_shouted(self) -> bool:
        """Whether it stands in capitals."""
        return self.plain.isupper() and len(self.plain) > 1

    @property
    def is_abbreviation(self) -> bool:
        """Whether it may be one: few letters, all capitals."""
        return self.is_shouted and len(self.plain) <= MAX_ABBREVIATION


def read_words(text: str, shortened: Collection[str] = ()) -> list[TextWord]:
    """Read the words of a text.

    Args:
        text: any text.
        shortened: lower-case words whose point ends no sentence, as that of an initial.

    >>> [(word.plain, word.is_first) for word in read_words("Ik ken mevr. A. Claes. Zij mij", {"mevr"})][3:]
    [('A', False), ('Claes', False), ('Zij', True), ('mij', False)]
    """
    words: list[TextWord] = []
    for match in _WORD.finditer(text):
        before = text[max(0, match.start() - 12) : match.start()]
        begins = not text[: match.start()].strip(" \t\n-–•*\"'“‘(") or bool(_ENDS_SENTENCE.search(before))
        is_first = begins and not (words and _is_shortened(words[-1], shortened) and "\n" not in before)
        words.append(TextWord(match[0], match.start(), match.end(), is_first))
    return words


def _is_shortened(word: TextWord, shortened: Collection[str]) -> bool:
    return word.text.endswith(".") and (bool(INITIAL.fullmatch(word.text)) or word.plain.casefold() in shortened)


def settle(finds: Iterable[Find]) -> list[Find]:
    """Keep of overlapping finds the sure one, then the longer one, then the first.

    >>> one, other = Find(0, 3, Identity.PERSOON), Find(0, 11, Identity.PERSOON)
    >>> settle([one, other, Find(4, 9, Identity.GEMEENTE, is_sure=False)]) == [other]
    True
    """
    kept: list[Find] = []
    for find in sorted(finds, key=lambda find: (not find.is_sure, find.start - find.end, find.start)):
        if all(find.end <= other.start or other.end <= find.start for other in kept):
            kept.append(find)
    return sorted(kept)


_TOP = r"(?:be|nl|com|org|net|eu|info|vlaanderen|brussels|gent|example|test|fr|de|lu)\b"
_LOCAL = r"(?<![\w.])[\w+-]{1,64}(?:(?:\.| \. ?| (?:punt|underscore|streepje|dot) )[\w+-]{1,64}){0,4}"
_AT = r"(?:\s?[(\[{<]\s?(?:at|a|@|apenstaart(?:je)?)\s?[)\]}>]\s?|\s(?:apenstaart(?:je)?|at)\s)"
_POINT = r"(?:\s?\.\s?|\s?[(\[]\s?(?:dot|punt|\.)\s?[)\]]\s?|\s(?:punt|dot)\s)"

_MONTHS = (
    "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"
    "|jan|feb|febr|mrt|mar|apr|jun|jul|aug|sept?|okt|nov|dec"
)
_YEAR = r"(?:\d{4}|['’]?\d{2}\b(?!\s?(?:uur|u\b|:))|negentien(?:honderd)?\s?\w+|tweeduizend(?:\s?en)?\s?\w*)"
_DAY = r"(?:\d{1,2}|een|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|[a-z]{3,12}(?:tien|tig|de)|eerste)"
_WRITTEN = rf"{_DAY}\s?(?:en|e|ste|de)?[ -]+(?:van\s)?(?:{_MONTHS})\b\.?"
_DATE = (
    rf"(?:(?:19|20)\d\d[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}\s*[-/.]\s*\d{{1,2}}\s*[-/.]\s*['’]?(?:\d{{4}}|\d{{2}})"
    rf"|{_WRITTEN}(?:,|\s(?:van|in))?(?:\s(?:het )?jaar)?[ -]*{_YEAR}"
    rf"|(?:{_MONTHS})\.?\s+\d{{1,2}}(?:ste|e|de)?,?\s+\d{{4}})"
)
_LOOSE_DATE = (
    rf"(?:{_DATE}|\d{{1,2}}[ ]\d{{1,2}}[ ]\d{{4}}|\d{{8}}|\d{{6}}|{_WRITTEN}|\d{{1,2}}[/-]\d{{1,2}}"
    rf"|(?:{_MONTHS})\.?\s(?:van\s)?(?:\d{{4}}|['’]\d{{2}}))"
)
_BIRTH = (
    r"(?:\b(?:geboren|geboortedat(?:um|a)|geb\b\.?|geboortedag|geboorte|verjaart|verjaren|verjaarde|verjaardag|jarig"
    r"|ter wereld|g\.d\.|gebdat|geb\.?dat\.?|dob)|°|(?<!\w)\*(?=\s?\d))"
)
_AWAY = r"(?:sinds|woont|wonen|kwam|kwamen|getrouwd|verhuis\w*|overleden|gestorven|vergader\w*|opgenomen|tot|start\w*)"
_BETWEEN = rf"(?:(?!\b{_AWAY}\b)[^.\n]|\.(?!\s)){{0,40}}?"
_BORN = rf"{_BIRTH}{_BETWEEN}(?<![\d/.-])(?P<found>{_LOOSE_DATE})(?![\d/]|[.-]\d|\s?(?:uur|kg|gram|euro|jaar)\b)"
_BORN_TOO = rf"{_BIRTH}{_BETWEEN}{_DATE}(?:,|\sen)(?:\s[\w]+){{0,2}}?(?:\sop)?\s(?P<found>{_DATE})\b"
_BORN_AFTER = (
    rf"(?<![\d/.-])(?P<found>{_DATE})(?![\d/])[^.\n]{{0,25}}?(?:\b(?:geboren|verjaar\w*|jarig|geboortedat\w+|geb\b)|°)"
)
_OLD_YEAR = r"(?:19\d\d|20(?:0\d|1[0-5]))"
_OLD_DATE = rf"(?:\d{{1,2}}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?|{_WRITTEN}\s+){_OLD_YEAR}\b"

_SAFE = r"(?:straat|straatje|laan|steenweg|dreef|kaai|kade|gracht|singel|steeg|wegel)"
_USUAL = (
    r"(?:straat|straatje|laan|lei|steenweg|dreef|plein|kaai|kade|gracht|singel|dijk|baan|weg|wegel|pad|hof|markt|plaats"
    r"|steeg|allee|boulevard|str\.?|ln\.?|stwg\.?|stw\.|stg\.|pln\.?|lndreef)"
)
_SELDOM = (
    r"(?:heide|hei|veld|velden|berg|bos|park|wijk|ring|vest|wal|rei|oever|brug|poort|akker|akkers|dries|kouter|beemd"
    r"|beemden|einde|hoek|dam|haven|meers|meersen|kerkhof|molen|donk|erf|tuin|hove|kant|ven|duin|warande|plantsoen"
    r"|zijde|zoom|daal|dal|burcht|bunder|blok|broek|eind|steen|hage|haag|bocht|put|schoor|kring|horst|wei|weide)"
)
_STREET = rf"(?:{_USUAL}|{_SELDOM})"
_COUNTED = (
    r"(?!\d|[.,]\d|\s?(?:euro|jaar|jarigen?|uur|keer|maal|gezinnen|mensen|kinderen|dagen|weken|maanden|km|meter|minuten"
    r"|huizen|winkels|bewoners|ouders|auto|personen|deelnemers|stuks|procent|u)\b|\s?%|\s?€)"
)
_BOX = r"(?:\s*,?\s*(?:bus|bte|b\.|bis|app?\.|appartement|kamer|verdieping|verd\.)\s*[\w.]{1,5}|\s?/\s?[\w.]{1,5})?"
_HOUSE = (
    r",?\s*(?:\s(?:nr\.?|nummer|no\.?|huisnummer|n°|n[ºr])\s?)?(?<!\d)\d{1,4}"
    rf"{_COUNTED}(?:\s?[a-zA-Z](?![\w'’]|\.\s?\d)|\s?bis\b|-[IVX]+\b|[A-Z]\d{{1,3}}\b)?{_BOX}(?:\s?[-–]\s?\d{{1,3}}(?![\d:.]))?"
)
_NUMBER = rf"(?=,?\s){_HOUSE}"
_CITY = r"[A-Z][\w'’-]+(?:\s(?:(?:op|aan|de|den|der|in)\s){0,2}[A-Z][\w'’-]+)?"
_TOWN = (
    rf"(?:\s*[,(–-]?\s*(?:(?:te|in)\s)?(?:B-|NL-|BE-)?(?:\b\d{{4}}\s?[A-Z]{{2}}\b(?:,?\s+{_CITY})?"
    rf"|\b\d{{4}},?\s+{_CITY}))"
)
_CAP = r"[A-Z](?:[\w'’-]|\.(?=[ -]?[A-Z])){0,30}"
_LINK = r"(?:(?:de|van|der|den|ter|ten|te|op|naar|het|'t|d')\s+){0,2}"
_START = r"\b(?!(?:Adres|Woont|Brief|Op|In|Aan|Naar|De|Het|Hij|Zij|Ze|Bij|Nieuw|Contact)\b)"
_HOME = (
    r"(?i:\b(?:woon\w*|wonen\w*|adres\w*|verhuis\w*|ingeschreven|gedomicilieerd|domicilie|gehuisvest|logeert|huurt"
    r"|huren|thuis|bezorgen|afgeven|postadres|kamer)\b)"
)
_NO_STREET = (
    r"(?!(?:Dialoogtafel|Tafel|Sessie|Ronde|Week|Zaal|Lokaal|Vraag|Groep|Klas|Bus|Lijn|Hoed|Deel|Stap|Fase|Kamer|Blok"
    r"|Hoofdstuk|Artikel|Covid|Corona|Perron|Bijlage|Thema|Module|Niveau|Pagina|Noot|Nota|D|Top|Deelnemers?)\b)"
)
_SEP = r"[ ./–-]{0,3}"
_CALL = r"(?i:\b(?:tel(?:efoon)?(?:nr|nummer)?|gsm(?:-?(?:nr|nummer))?|mobiel|whatsapp|fax|thuisnummer)\b)"
_RING = r"(?i:\b(?:bel|bellen|belt|belde|gebeld|sms|nummer|nr|bereikbaar|te bereiken)\b)"
_REGISTER = (
    r"(?i:rijksregister(?:nummer|nr)?|\brrn?(?:[ .-]?nr)?\b|\bnationaal nummer|\bnat\.? ?nr|\binsz\b|\bbis-?nummer"
    r"|identificatienummer|\binss\b)"
)
_BSN = r"(?i:\bbsn\b|burgerservice(?:nummer|nr)?|\bsofi(?:-?(?:nummer|nr))?\b)"
_ACCOUNT = r"(?i:\b(?:iban|(?:bank|zicht|spaar)?rek\w*|giro\w*|bank|bankkaart|visa|kaartnummer)\b)"
_CAR = r"(?i:nummerpla(?:at|ten)|kentekens?|\bplaat|\bplaatnummer|\bnrplaat)"
_VEHICLE = r"(?i:\b(?:auto|\w*wagen|camionette|voertuig|brommer|moto|scooter|busje|golf|opel|volvo|caddy)\b)"


def _plate(shape: str, between: str) -> str:
    """Spell a shape as 1-AAA-111 as an expression."""
    return re.escape(shape).replace(r"\-", between).replace("A", "[A-Z]").replace("1", r"\d")


_SHAPES = tuple(
    """
    1-AAA-111 A-AAA-111 AA-11-11 11-11-AA 11-AA-11 AA-11-AA AA-AA-11 11-AA-AA 11-AAA-1 1-AAA-11 AA-111-A A-111-AA
    AAA-11-A A-11-AAA 1-AA-111 111-AA-1 AAA-111 111-AAA
    """.split()  # noqa: SIM905
)
_PLATE = "|".join(_plate(shape, "-") for shape in _SHAPES)
_LOWER = "|".join(_plate(shape, "-") for shape in _SHAPES if shape.count("-") == 2).replace("A-Z", "a-z")
_ANY_PLATE = "|".join(_plate(shape, "[ .·–-]{0,3}") for shape in _SHAPES)

PATTERNS: Mapping[Identity, tuple[str, ...]] = {
    Identity.MAIL: (
        r"(?<![\w.])[\w.+-]{1,64}\s?@\s?[\w-]+(?:\.[\w-]+)+",
        rf"{_LOCAL}\s?@\s?[\w-]+(?:\s?\.\s?[\w-]+)*?\s?\.\s?{_TOP}",
        r"(?<![\w.])[\w.+-]{1,64}@[\w-]{3,}",
        rf"(?i:{_LOCAL}{_AT}[\w-]+(?:{_POINT}[\w-]+)*?{_POINT}{_TOP})",
        rf"(?i:{_LOCAL}\s?@\s?[\w-]+(?:{_POINT}[\w-]+)*?{_POINT}{_TOP})",
    ),
    Identity.REKENING: (
        r"(?i:\bBE)(?:[ ./-]{0,2}\d){14}(?!\d)",
        r"(?i:\bNL(?:[ .-]?\d){2}[ .-]?[A-Z]{4}(?:[ .-]?\d){10})(?!\d)",
        r"\b[A-Z]{2}[ -]?\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b",
        rf"{_ACCOUNT}[^\d\n]{{0,25}}?"
        r"(?P<found>\b(?i:[A-Z]{2})[ .-]?\d{2}(?:[ ./-]{0,2}[A-Z0-9]{1,7}){2,10}\b)",
        rf"{_ACCOUNT}[^\d\n]{{0,20}}?(?P<found>(?<![A-Z])\b\d(?:[ ./-]{{0,2}}\d){{8,15}})(?!\d)",
        r"(?<![\d+/-])\d{3}-\d{7}-\d{2}(?![\d/-])",
    ),
    Identity.RIJKSREGISTERNUMMER: (
        r"(?<![\d+])\d{2}(?:[ ./-]{0,3}\d{2}){2}[ ./-]{0,3}\d{3}[ ./-]{0,3}\d{2}(?!\d)",
        rf"{_REGISTER}[^\d\n]{{0,25}}(?P<found>\d(?:[ ./–-]{{0,3}}\d){{8,11}})(?!\d)",
        rf"{_BSN}[^\d\n]{{0,25}}(?P<found>\d(?:[ ./-]{{0,3}}\d){{7,8}})(?!\d)",
        rf"(?<![\d+])(?P<found>\d(?:[ ./-]?\d){{8,10}})\s*[(,]?\s*(?:{_REGISTER}|{_BSN})",
    ),
    Identity.TELEFOON: (
        rf"(?<![\w+])\(?(?:\+\s?|00)[1-9]\d{{0,2}}\)?(?:{_SEP}(?:\(0\){_SEP})?\d){{7,11}}(?!\d)",
        rf"(?<![\w.,/+-])\(?0\)?[1-9]\d{{0,2}}\)?(?:{_SEP}\d){{5,8}}\d?(?!\d)",
        rf"(?<![\w.,/+-])(?:32{_SEP}4[5-9]\d|31{_SEP}6)(?:{_SEP}\d){{6,8}}(?!\d)",
        rf"{_CALL}[^\d\n+(]{{0,20}}(?P<found>\(?\+?\d(?:{_SEP}\(?\d\)?){{5,13}})(?!\d)",
        rf"{_RING}[^\d\n+(]{{0,15}}(?P<found>\(?\+?\d(?:{_SEP}\(?\d\)?){{7,13}})(?!\d)",
    ),
    Identity.NUMMERPLAAT: (
        r"\b(?:[1-9]|[QOUZTWMG])[ .-][A-Z]{3}[ .-]\d{3}\b",
        r"\b\d(?:[A-Z]{3}|[a-z]{3})\d{3}\b",
        rf"(?<![\w-])(?:{_PLATE}|{_LOWER})(?![\w-])",
        rf"(?:{_CAR}|{_VEHICLE})[^\d\n.]{{0,15}}?(?P<found>(?<!\w)(?i:{_ANY_PLATE})\b)",
        rf"{_CAR}\W{{0,3}}(?:(?:is|was|met|van|heet|zegt)\s+)?[\"'“‘(]?(?P<found>[A-Z][A-Z0-9-]{{2,8}})\b",
    ),
    Identity.GEBOORTEDATUM: (
        f"(?i:{_BORN})",
        f"(?i:{_BORN_TOO})",
        f"(?i:{_BORN_AFTER})",
        rf"\b(?:is|was|ben|zijn) (?:er (?:een|ene) )?van (?:den )?(?P<found>(?i:{_OLD_DATE}))",
        rf"[A-Z][\w'’-]+(?: \(|, | )(?:{_CITY}, )?(?P<found>(?i:{_OLD_DATE}))(?=\)|,|;|\.?$)",
    ),
    Identity.ADRES: (
        rf"{_START}(?:{_CAP}\s+{_LINK}){{0,3}}[A-Z][\w'’-]{{0,30}}{_STREET}{_NUMBER}{_TOWN}?",
        rf"{_START}{_CAP}(?:\s+{_LINK}{_CAP}){{0,2}}\s+(?i:{_STREET}){_NUMBER}{_TOWN}?",
        rf"\b(?:Steenweg|Baan|Weg|Hof|Kasteel|Dorp|Plein|Ter|Ten|Op)\s{_LINK}{_CAP}{_NUMBER}{_TOWN}?",
        rf"{_START}{_CAP}(?:\s+[A-Za-z][\w'’-]{{0,30}}){{0,3}}{_NUMBER}{_TOWN}",
        rf"\b[a-z]{{3,30}}(?:straat|laan|steenweg|dreef|steeg|plein|kaai|gracht|singel|dijk|lei){_NUMBER}{_TOWN}?",
        rf"{_HOME}[^.\n\d]{{0,25}}?(?P<found>\b{_NO_STREET}{_CAP}(?:\s+{_LINK}{_CAP}){{0,3}}{_NUMBER}{_TOWN}?)",
        rf"\b(?:in|op|aan|naar|van|uit|te) (?:(?:de|het|den|'t) )?"
        rf"(?P<found>{_NO_STREET}{_CAP}(?: {_CAP}){{0,4}}{_NUMBER}{_TOWN}?)"
        r"(?=\s*(?:[,.;:)?!]|$)|\s(?:in|te|en|of|naast|bij|boven|woont|staat|was|is)\b)",
        rf"\b(?i:in|op|aan|langs|uit|van|naar|over|door|hoek|tegenover|achter) (?:de|het|den|'t) "
        rf"(?P<found>(?:{_CAP} ){{0,2}}[A-Z][a-z'’-]{{1,30}}(?:{_SAFE}|lei|plein|dijk|baan|weg|pad|hof|heide))\b",
        rf"(?<=[a-zà-ÿ,(] )(?P<found>(?:{_CAP} ){{0,2}}[A-Z][\w'’-]{{1,30}}{_SAFE})\b",
        rf"(?<=[a-zà-ÿ] )(?P<found>[A-Z][\w'’-]{{1,30}}(?:se|er) (?i:{_SAFE}))\b",
        rf"{_HOME}[^.\n]{{0,15}}\b(?:in|op|aan|naar) (?:de|het) (?P<found>(?!winkel|hoofd|zij|woon|school)[a-z]{{3,}}"
        r"(?:straat|laan|steenweg|dreef))\b",
        r"\b[1-9]\d{3}\s?(?!(?:EU|TV|BV|NV|KB|MB|GB|KM|CM|KG|VN|VS|UA|WO|SS|SD|SA|IT|PC)\b)[A-Z]{2}\b",
        r"(?i:\bpostcode)\W{0,3}(?:is\s|van\s)?(?P<found>\d{4}(?:\s?[A-Za-z]{2})?)\b",
        r"\bB-\d{4}\b",
    ),
}


def has_iban_check(text: str) -> bool:
    """Whether letters and digits pass the check of an IBAN (ISO 13616: remainder 1 of division by 97).

    >>> has_iban_check("BE68 5390 0754 7034"), has_iban_check("BE68 5390 0754 7035")
    (True, False)
    """
    plain = re.sub(r"[ ./-]", "", text)
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


_MARKS = re.compile(rf"(?:{_REGISTER}|{_BSN})[^.\n]{{0,25}}\Z")
_MARKED_AFTER = re.compile(rf"\s*[(,]?\s*(?:{_REGISTER}|{_BSN})")
_USUAL_REGISTER = re.compile(r"\d\d\.[0-3]\d\.[0-3]\d ?- ?\d{3}[.-]\d\d")
_OTHER_NUMBER = re.compile(
    r"(?i:(?:klant|dossier|order|factuur|ondernemings?|kbo|btw|polis|lid(?:maatschap)?s?|referentie|artikel|serie"
    r"|aansluitings?|contract|bestel|meter|ean|isbn|barcode|mededeling|pakket|kaart|toestel)[ -]?"
    r"(?:nummer|nr|code|kaart)?\.?)[^\d\n]{0,12}\Z|[€$+]{1,3}\s*\Z|\bisbn\b[\d -]*\Z"
)
_TIMES = re.compile(r"\(?(?:\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d(?!\d)|0\d\.[0-5]\d\s?[-–]\s?[0-2]\d\.[0-5]\d)")
_BANK = re.compile(rf"{_ACCOUNT}[^\n]{{0,25}}\Z")
_LONG_MONTH = re.compile(rf"(?i:-(?:{_MONTHS})-)")


def _is_register(text: str, before: str, after: str) -> bool:
    # A number that is called so is one, also with a digit mistyped.
    is_called = _MARKS.search(before) or _MARKED_AFTER.match(after)
    return has_register_check(text) or bool(is_called) or bool(_USUAL_REGISTER.fullmatch(text))


def _is_telephone(text: str, before: str, after: str) -> bool:
    digits = len(re.sub(r"\D", "", text))
    is_called = bool(re.search(rf"(?:{_CALL}|{_RING})[^\d\n]{{0,20}}\Z", before))
    if _OTHER_NUMBER.search(before) or _TIMES.match(text) or re.match(r"\s?(?:euro|EUR|€)|[.,]\d", after):
        return False
    return (6 if is_called else 9) <= digits <= 15


def _is_account(text: str, before: str, after: str) -> bool:
    if re.match(r"(?i:BE|NL)", text):
        return True
    if text[0].isdigit():
        return bool(_BANK.search(before)) or int(re.sub(r"\D", "", text)[:10]) % 97 == int(text[-2:]) % 97
    return has_iban_check(text) or bool(_BANK.search(before))


def _is_plate(text: str, before: str, after: str) -> bool:
    return not _LONG_MONTH.search(text)


_CHECKS: Mapping[Identity, Callable[[str, str, str], bool]] = {
    Identity.REKENING: _is_account,
    Identity.RIJKSREGISTERNUMMER: _is_register,
    Identity.TELEFOON: _is_telephone,
    Identity.NUMMERPLAAT: _is_plate,
}
_COMPILED = {kind: tuple(re.compile(form) for form in forms) for kind, forms in PATTERNS.items()}
MARGIN = 45


def find_identifiers(text: str) -> Iterator[Find]:
    """Find mail addresses, accounts, register numbers, telephones, plates, dates of birth and street addresses.

    >>> [(find.kind.value, "Bel 0470 12 34 56 of mail an@vb.be"[find.start:find.end])
    ...  for find in find_identifiers("Bel 0470 12 34 56 of mail an@vb.be")]
    [('telefoon', '0470 12 34 56'), ('mail', 'an@vb.be')]
    """
    finds: set[Find] = set()
    for kind, forms in _COMPILED.items():
        check = _CHECKS.get(kind)
        for form in forms:
            for match in form.finditer(text):
                start, end = match.span("found" if "found" in form.groupindex else 0)
                before, after = text[max(0, start - MARGIN) : start], text[end : end + MARGIN]
                if check is None or check(text[start:end], before, after):
                    finds.add(Find(start, end, kind))
    yield from sorted(finds)
