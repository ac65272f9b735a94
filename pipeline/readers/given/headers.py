"""The headers of tables of codings: words for what each column holds, and how a header is written in a message."""

from collections.abc import Mapping

from pipeline.core.vocabulary import Scheme
from pipeline.readers.sheets.cells import fold_header
from pipeline.readers.sheets.columns import HINTS, Cells

WORDS: Mapping[str, tuple[str, ...]] = {
    "quote": (
        "citaat", "citaten", "quote", "quotes", "quotation", "uitspraak", "uitspraken", "tekst", "text", "texte",
        "fragment", "fragmenten", "passage", "segment", "tekstfragment", "uiting", "zitat", "zitate", "textstelle",
        "aussage", "äußerung", "citation", "extrait", "verbatim", "énoncé", "propos", "excerpt", "utterance", "content",
        "wat werd gezegd", "gezegd", "inhoud", "statement", "remark", "letterlijke tekst", "transcript", "antwoord",
        "answer", "réponse", "antwort", "coded segment", "gecodeerde tekst", "wat zeiden ze", "wat zei men",
        "wat is er gezegd", "what was said",
    ),
    "session": (
        "sessie", "session", "focusgroep", "focusgroepen", "focus group", "focusgroup", "fg", "groep", "group",
        "groupe", "gruppe", "tafel", "dialoogtafel", "gesprekstafel", "gesprek", "gespreksgroep", "interview",
        "bijeenkomst", "table", "entretien", "sitzung", "séance", "fokusgruppe", "groupe de discussion",
        "gruppendiskussion", "gespräch", "discussion",
    ),
    "source": (
        "bestand", "bestandsnaam", "document", "documentnaam", "document name", "file", "filename", "file name", "bron",
        "source", "fichier", "datei", "dokument", "quelle", "verslag",
    ),
    "coder": (
        "codeur", "codeerder", "codeuse", "beoordelaar", "coder", "rater", "annotator", "gecodeerd door", "coded by",
        "codé par", "kodierer", "codierer", "kodiert von", "wie codeerde", "initialen codeur",
    ),
    "memo": (
        "opmerking", "opmerkingen", "memo", "memos", "comment", "comments", "commentaar", "notitie", "notities", "nota",
        "bemerking", "bemerkingen", "bedenking", "remarque", "remarques", "commentaire", "kommentar", "bemerkung",
        "bemerkungen", "anmerkung", "note", "notes", "twijfel", "toelichting", "vragen", "remarks",
    ),
    "unit": ("fragment_id", "utterance_id", "eenheid"),
    "char_start": ("char_start", "teken_van"),
    "char_end": ("char_end", "teken_tot"),
    "scheme": ("scheme", "schema"),
    str(Scheme.THEME): (
        "thema", "themas", "thema's", "theme", "themes", "thème", "thèmes", "themen", "onderwerp", "onderwerpen",
        "topic", "topics", "sujet", "hoofdthema", "hauptthema", "code", "codes", "kode", "codering", "coderingen",
        "hoofdcode", "label", "labels", "categorie", "categorieën", "category", "categories", "catégorie", "catégories",
        "kategorie", "kategorien", "rubriek", "tag", "tags", "waarover gaat het", "waarover", "waar gaat het over",
        "what is it about",
    ),
    str(Scheme.SUBTHEME): (
        "subthema", "subthemas", "subthema's", "deelthema", "deelthemas", "subtheme", "subthemes", "sous-thème",
        "sous-thèmes", "unterthema", "unterthemen", "subcode", "subcodes", "subcategorie", "subcategory",
        "sous-catégorie", "unterkategorie",
    ),
    str(Scheme.POLARITY): (
        "polariteit", "polarity", "polarité", "polarität", "kans/knelpunt", "kans of knelpunt", "kansen/knelpunten",
        "kansen en knelpunten", "kans - knelpunt", "knelpunt/kans", "k/k", "opportunity/bottleneck",
        "opportunité/obstacle", "opportunités/obstacles", "atout/frein", "chance/hindernis", "chance/risiko",
        "opportunity/barrier", "kans of probleem", "+/-",
    ),
    str(Scheme.HAT): (
        "hoed", "hoeden", "denkhoed", "kleur hoed", "hoedkleur", "hat", "thinking hat", "chapeau", "hut", "denkhut",
    ),
    str(Scheme.SENTIMENT): (
        "sentiment", "toon", "gevoel", "gevoelswaarde", "emotie", "tone", "ton", "stimmung", "valence", "valentie",
        "pos/neg", "positief/negatief",
    ),
    str(Scheme.FUNCTION): ("functie", "function", "fonction", "funktion"),
    str(Scheme.EXPECTATION): ("verwachting", "verwachtingen", "expectation", "attente", "erwartung"),
    "number": (
        "nr", "nummer", "volgnummer", "no", "number", "numéro", "n°", "#", "id", "rij", "row", "index", "rang", "rank",
    ),
}  # fmt: skip
"""Ways in which the header of a column may be written."""

SPEAKER_WORDS = frozenset(map(fold_header, (*set(HINTS["speaker"]) - {"initialen", "auteur", "author"}, "sprecher")))
"""Headers of who made a remark, which is no coder."""

SCHEMES = tuple(map(str, Scheme))


def fold_heading(header: str) -> str:
    """Give what all spellings of a header share; one that is all signs, as ``+/-``, is itself."""
    return fold_header(header) or "".join(header.split())


ROLES = {fold_heading(word): role for role, words in WORDS.items() for word in (*words, role)}
"""Role of a column by its folded header."""


def heads_codes(header: str) -> bool:
    """Tell whether a header stands above codes.

    >>> heads_codes("Categorie"), heads_codes("Opmerking")
    (True, False)
    """
    return ROLES.get(fold_heading(header)) in SCHEMES


def shown_header(headers: Cells, index: int) -> str:
    """Give the header of a column for a message; its number where it has none, or where it may be what was said."""
    header = " ".join(headers[index].split()) if index < len(headers) else ""
    is_short = len(header.split()) <= MAX_HEADER_WORDS or header.endswith("?")
    return header if 0 < len(header) <= MAX_HEADER and is_short else f"kolom {index + 1}"


MAX_HEADER, MAX_HEADER_WORDS = 60, 5
