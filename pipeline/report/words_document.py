"""Texts of the working paper, in Dutch and English."""

DOCUMENT_WORDS: dict[str, tuple[str, str]] = {
    "document.facts": ("Dit werkdocument rust op {facts}.", "This working paper rests on {facts}."),
    "document.findings": ("Bevindingen", "Findings"),
    "document.method": ("Methode", "Method"),
    "document.themes": ("Thema’s", "Themes"),
    "document.by_coder": (
        "De thema’s zijn die van codeur {coder}; kans en knelpunt volgens dezelfde codeur. Bij elk thema staan eerst de"
        " citaten waaraan ook anderen dat thema en die polariteit gaven.",
        "The themes are those of coder {coder}; opportunity (kans) and bottleneck (knelpunt) by the same coder. Quotes"
        " to which others gave that theme and polarity too come first.",
    ),
    "document.by_machine": (
        "Niemand codeerde thema’s met de hand: dit zijn de thema’s van de machine, met haar eigen trefwoorden.",
        "Nobody coded themes by hand: these are the machine's themes, with its own keywords.",
    ),
    "document.themes_caption": ("Thema’s naar omvang", "Themes by size"),
    "document.theme": ("Thema", "Theme"),
    "document.n": ("n", "n"),
    "document.share": ("aandeel", "share"),
    "document.counts": (
        "{n} van de {total} geanalyseerde, in {sessions}.",
        "{n} of the {total} that were analysed, in {sessions}.",
    ),
    "document.kansen": ("Kansen ({n})", "Opportunities (kansen, {n})"),
    "document.knelpunten": ("Knelpunten ({n})", "Bottlenecks (knelpunten, {n})"),
    "document.agreement": ("Overeenstemming", "Agreement"),
    "document.agreement_caption": (
        "Overeenstemming tussen codeurs, met 95 %-interval en kansniveau",
        "Agreement between coders, with 95% interval and chance level",
    ),
    "document.scheme": ("onderdeel", "scheme"),
    "document.coders": ("codeurs", "coders"),
    "document.statistic": ("maat", "measure"),
    "document.figure": ("cijfer [95 %-interval]", "figure [95% interval]"),
    "document.chance": ("toeval", "chance"),
    "document.left_out": ("Wat is weggelaten", "What was left out"),
    "document.what": ("wat", "what"),
    "document.why": ("waarom", "why"),
    "document.fragments_caption": ("Wat er van elk fragment werd", "What became of each fragment"),
    "document.codings_caption": (
        "Wat er van elke rij van de handmatige codering werd",
        "What became of each row of the manual coding",
    ),
    "document.abstained": (
        "De machine zei niets, omdat zij niet zeker genoeg was: {said} fragmenten. Een onthouding is geen ‘neutraal’.",
        "The machine declined, not being sure enough: {said} fragments. An abstention is not ‘neutral’.",
    ),
}
