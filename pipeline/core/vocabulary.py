"""The words of the study, written once: data values in Dutch, identifiers in English, order as in the report.

No other module spells a hat, a polarity, a kind or a status.
"""

import string
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Hat(StrEnum):
    """The five thinking hats of the study; procedure and moderator are statuses, not a hat."""

    WIT = "wit"
    ZWART = "zwart"
    GEEL = "geel"
    GROEN = "groen"
    ROOD = "rood"


class Polarity(StrEnum):
    """What a remark says of its subject; a set, since both may hold. The empty set is *neutraal*."""

    KANS = "kans"
    KNELPUNT = "knelpunt"


class Sentiment(StrEnum):
    """The tone of a remark, apart from what it says."""

    POSITIEF = "positief"
    NEGATIEF = "negatief"
    NEUTRAAL = "neutraal"


class Scheme(StrEnum):
    """The schemes of a codebook; ``function`` and ``expectation`` are those of chapters 1 and 3 of a report."""

    THEME = "theme"
    SUBTHEME = "subtheme"
    POLARITY = "polarity"
    HAT = "hat"
    SENTIMENT = "sentiment"
    FUNCTION = "function"
    EXPECTATION = "expectation"


class Kind(StrEnum):
    """What an utterance is in its source."""

    TURN = "turn"
    NOTE = "note"
    STATEMENT = "statement"
    QUOTE = "quote"
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    AUTHOR = "author"
    FOOTNOTE = "footnote"
    LAYOUT = "layout"


REMARK_KINDS = (Kind.TURN, Kind.NOTE, Kind.STATEMENT, Kind.QUOTE, Kind.PARAGRAPH)
"""What participants said or wrote; the other kinds are what stands around it."""


class Status(StrEnum):
    """What becomes of a fragment; everything but ``used`` stays out of topics, and says why in ``reason``."""

    USED = "used"
    MODERATOR = "moderator"
    PROCEDURE = "procedure"
    FILLER = "filler"
    TOO_SHORT = "too_short"
    AUTHOR = "author"
    HEADING = "heading"
    FOOTNOTE = "footnote"
    LAYOUT = "layout"


class Role(StrEnum):
    """Who speaks."""

    DEELNEMER = "deelnemer"
    GESPREKSLEIDER = "gespreksleider"
    VERSLAGGEVER = "verslaggever"
    GASTHEER = "gastheer"


class Aspect(StrEnum):
    """What is counted of how the notes were understood."""

    REMARKS = "remarks"
    SPEAKERS = "speakers"
    HATS = "hats"
    ROLES = "roles"
    PROCEDURE = "procedure"
    REPEATS = "repeats"
    CODINGS = "codings"


class Version(StrEnum):
    """How far the notes of a session have been read and corrected by its participants."""

    ONTWERP = "ontwerp"
    NAGELEZEN = "nagelezen"
    DEFINITIEF = "definitief"


class Change(StrEnum):
    """What became of a remark from one version of the notes to the next."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RECODED = "recoded"


class StanceSource(StrEnum):
    """Where a stance comes from: written in the source, read off the structure of a report, or predicted."""

    GIVEN = "given"
    DERIVED = "derived"
    PREDICTED = "predicted"


class Outcome(StrEnum):
    """What became of a row of a manual coding."""

    MATCHED = "matched"
    UNMATCHED = "unmatched"


class Identity(StrEnum):
    """What points to a person; the value is also the word of its pseudonym, as in *Persoon 3*."""

    PERSOON = "persoon"
    GEMEENTE = "gemeente"
    ORGANISATIE = "organisatie"
    ADRES = "adres"
    TELEFOON = "telefoon"
    MAIL = "mail"
    GEBOORTEDATUM = "geboortedatum"
    RIJKSREGISTERNUMMER = "rijksregisternummer"
    REKENING = "rekening"
    NUMMERPLAAT = "nummerplaat"


class Action(StrEnum):
    """What a person may decide of a theme."""

    RENAME = "rename"
    MERGE = "merge"
    SPLIT = "split"
    DROP = "drop"
    MOVE = "move"
    PIN = "pin"
    UNDO = "undo"


class Effect(StrEnum):
    """What a decision did at the last run."""

    APPLIED = "applied"
    PARTLY = "partly"
    UNMATCHED = "unmatched"
    UNDONE = "undone"


class Placement(StrEnum):
    """How a fragment came by its theme; ``dropped`` has none."""

    TOPIC = "topic"
    MOVED = "moved"
    SPLIT = "split"
    PINNED = "pinned"
    DROPPED = "dropped"


class Drift(StrEnum):
    """What became of a theme since the previous generation."""

    NEW = "new"
    GONE = "gone"
    SHIFTED = "shifted"
    SAME = "same"


class AbstentionReason(StrEnum):
    """Why a language model gave no code."""

    NO_ANSWER = "no usable answer"
    UNSURE = "too close to call"
    INVENTED = "the words it quoted are not in the fragment"
    NO_WORDS = "it quoted no words"
    THOUGHT = "it thought aloud instead of answering: name a model that answers at once"


SYNTHESIS_CODER = "synthese"
INDUCTIVE_CODER = "machine-inductive"
GUIDED_CODER = "machine-guided"
"""By the codebook alone; no coded fragment is used."""
TAUGHT_CODER = "machine-taught"
TAUGHT_WITHOUT_CODEBOOK_CODER = "machine-taught-without-codebook"
"""The same by manual codes alone; only where the codebook was written over the very fragments."""
PROMPTED_CODER = "machine-prompted"
"""A language model on this machine, asked without examples."""
PROMPTED_TAUGHT_CODER = "machine-prompted-taught"
"""The same model, shown coded fragments of other folds."""
DECIDED_CODER = "machine-decided"
"""The topics after what people decided of them; never shown as the machine's own."""
MACHINE_CODER_PREFIX = "machine-"
"""With which the name of every machine coder begins, and of no person."""
ADJUDICATED_CODER = "adjudicated"
"""What people agreed on after they had seen each other's codes or the machine's; never a second opinion."""

OUTLIER_TOPIC = "outlier"
NEUTRAL_POLARITY = "neutraal"
"""The empty set of polarities, as printed: the judge is sure that a remark is neither kans nor knelpunt."""
NOT_UNDERSTOOD = "its value is not understood"
NOT_DECIDED = "its coder wrote a question mark"
NOT_SEEN = (NOT_UNDERSTOOD, NOT_DECIDED)
"""Why a row of a coding says nothing: nobody knows what its coder saw, or the coder did not."""
BOTH_POLARITIES = "beide"
"""A remark that is kans and knelpunt at once, as counted."""
UNKNOWN = "onbekend"
"""Where nobody looked or could tell, as counted: it is not no."""
ABSTENTION = "onthouding"
"""Where a machine declined to say, as printed beside the sentiments."""

HAT_POLARITY_BRIDGE: Mapping[Hat, Polarity | None] = MappingProxyType(
    {
        Hat.WIT: None,
        Hat.ZWART: Polarity.KNELPUNT,
        Hat.GEEL: Polarity.KANS,
        Hat.GROEN: None,
        Hat.ROOD: None,
    }
)
"""What a hat suggests of the polarity; measured against the coding, never assumed. ``None`` leaves it open."""

STRUCTURE_HATS: Mapping[tuple[Scheme, Polarity | None], Hat] = MappingProxyType(
    {
        (Scheme.FUNCTION, None): Hat.WIT,
        (Scheme.POLARITY, Polarity.KNELPUNT): Hat.ZWART,
        (Scheme.POLARITY, Polarity.KANS): Hat.GEEL,
        (Scheme.EXPECTATION, None): Hat.GROEN,
    }
)
"""The hat that asked for a part of a synthesis report; shown as derived, never a feature and never gold."""

LANGUAGES = ("nl", "en")

LABELS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "wit": {"nl": "Witte hoed: feiten", "en": "White hat: facts"},
        "zwart": {"nl": "Zwarte hoed: moeilijkheden", "en": "Black hat: difficulties"},
        "geel": {"nl": "Gele hoed: voordelen", "en": "Yellow hat: benefits"},
        "groen": {"nl": "Groene hoed: ideeën en toekomst", "en": "Green hat: ideas and future"},
        "rood": {"nl": "Rode hoed: gevoelens", "en": "Red hat: feelings"},
        "kans": {"nl": "kans", "en": "opportunity (kans)"},
        "knelpunt": {"nl": "knelpunt", "en": "bottleneck (knelpunt)"},
        "positief": {"nl": "positief", "en": "positive"},
        "negatief": {"nl": "negatief", "en": "negative"},
        "neutraal": {"nl": "neutraal", "en": "neutral"},
        "onthouding": {"nl": "onthouding", "en": "abstention"},
    }
)


def label(value: str, language: str) -> str:
    """Give the words a reader sees for a data value.

    Args:
        value: a hat, polarity or sentiment value; other values are returned as they are.
        language: ``nl`` or ``en``.

    Returns:
        The label in that language.

    >>> label("wit", "nl")
    'Witte hoed: feiten'
    >>> label("samenwerking", "en")
    'samenwerking'
    """
    return LABELS[value][language] if value in LABELS else value


class Filler(string.Formatter):
    """Fills in texts for people, in which ``{n:one|many}`` gives the word that goes with a number.

    The value is a number, written or not, or a text that begins with one.

    >>> text = "{n} van de {total} {total:regel|regels} {n:heeft|hebben} een code"
    >>> Filler().format(text, n=1, total="6")
    '1 van de 6 regels heeft een code'
    >>> Filler().format("{files} {files:is|zijn} gelezen", files="1.001 bestanden")
    '1.001 bestanden zijn gelezen'
    """

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401
        """Choose a word where the specification gives two, else format as Python does."""
        one, several, many = format_spec.partition("|")
        if not several:
            return str(super().format_field(value, format_spec))
        return one if str(value).split()[:1] == ["1"] else many


def is_machine(coder: str) -> bool:
    """Tell whether a coder is a machine.

    >>> is_machine("machine-taught"), is_machine("A")
    (True, False)
    """
    return coder.startswith(MACHINE_CODER_PREFIX)
