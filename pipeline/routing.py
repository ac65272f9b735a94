"""What becomes of a fragment: used, or set aside with the reason; by rules that a reader can check, never a model."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from pipeline.vocabulary import Kind, Role, Status

OPENING, CLOSING = "inleiding", "afronding"

_BY_KIND: Mapping[Kind, tuple[Status, str]] = MappingProxyType(
    {
        Kind.AUTHOR: (Status.AUTHOR, "written by the authors, not said by a participant"),
        Kind.HEADING: (Status.HEADING, "a heading"),
        Kind.FOOTNOTE: (Status.FOOTNOTE, "a note at the foot of a page or the end of a chapter"),
        Kind.LAYOUT: (Status.LAYOUT, "a page number, a label or a mark"),
    }
)

_FILLER_WORDS = """
ja jaja jawel jep nee neen nja nee' amai euh euhm eum eh hè hé he hm hmm mm mmm mhm ah aha ach oh och o goh tja bon
allee allez komaan oké oke ok okee inderdaad juist just klopt akkoord precies zeker absoluut natuurlijk uiteraard
tuurlijk exact voilà voila zo goed echt wel toch dus nu maar en wauw haha ha poeh pff oei ai lap ziet wacht kijk zeg
helemaal volledig awel
"""
_FILLERS = frozenset(_FILLER_WORDS.split())
_ASSENT = re.compile(
    r"(?:dat|dit|het|'t|zo) (?:is|klopt|gaat)(?: (?:dat|het|'t))?(?: (?:ook|wel|zeker|echt))?"
    r"(?: (?:waar|zo|juist|just))?"
    r"|dat (?:denk|vind|peins|dacht) ik ook|zeker en vast|mee eens|ik ook|bij ons ook|ja zeker"
)
MAX_PRACTICAL_WORDS = 15
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*['’]?")

_PRACTICAL = re.compile(
    r"^einde\b|\b(?:verslag(?:en)? (?:volgt|wordt|komt|ter|naar alle)|nale(?:zen|zing)|nagelezen|samenvatting|notulen"
    r"|rondvraag|procedure|volgende (?:tafel|bijeenkomst|vergadering|afspraak|sessie)|aanwezigheidslijst|naamkaartjes?"
    r"|onkosten|bedankt|merci|dank|dankjewel|dankuwel|tot (?:ziens|straks|morgen|de volgende|volgende \w+|\w+dag)"
    r"|ni(?:ks|ets) meer|niets toe te voegen|goed verlopen)\b",
    re.IGNORECASE,
)
_BREAK = re.compile(
    r"\W*(?:korte )?(?:pauze|einde(?: (?:van )?(?:de )?(?:opname|vergadering|gesprek))?)\W*", re.IGNORECASE
)


def route(text: str, kind: Kind, role: Role | None, section: str | None, min_words: int) -> tuple[Status, str | None]:
    """Say what becomes of a fragment, and why when it is not used.

    In this order: kind, role, opening and practical matters, fillers, length. The closing round is used: participants
    say there what they take home; only its short thanks and practical matters are procedure.

    Args:
        text: normalised text of the fragment.
        kind: what it is in its source.
        role: role of who said it, where known.
        section: part of the session, where known.
        min_words: shorter fragments are too short.

    Returns:
        Status, and the reason unless it is ``used``.

    >>> route("Ja, inderdaad.", Kind.TURN, Role.DEELNEMER, "hoed", 3)
    (<Status.FILLER: 'filler'>, 'only words of assent, doubt or surprise')
    """
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    if role is not None and role is not Role.DEELNEMER:
        return Status.MODERATOR, f"said by the {role}"
    if section == OPENING:
        return Status.PROCEDURE, "said in the opening, before the first hat"
    if _BREAK.fullmatch(text) or (section == CLOSING and _is_practical(text)):
        return Status.PROCEDURE, "thanks, farewell or practical matters"
    if is_filler(text):
        return Status.FILLER, "only words of assent, doubt or surprise"
    if len(text.split()) < min_words:
        return Status.TOO_SHORT, f"fewer than {min_words} words"
    return Status.USED, None


def _is_practical(text: str) -> bool:
    return len(text.split()) <= MAX_PRACTICAL_WORDS and _PRACTICAL.search(text) is not None


def is_filler(text: str) -> bool:
    """Tell whether a text holds only words of assent, doubt or surprise, or a remark of the reporter between brackets.

    >>> is_filler("Ja ja, dat is waar."), is_filler("Nee, te duur.")
    (True, False)
    """
    plain = _ASIDE.sub(" ", text).replace("’", "'").lower()
    words = _WORD.findall(plain)
    rest = _ASSENT.sub(" ", " ".join(words))
    return all(word in _FILLERS for word in rest.split())
