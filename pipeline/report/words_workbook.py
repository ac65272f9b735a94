"""Titles of the sheets (at most 31 characters) and what each holds, in Dutch and English."""

WORKBOOK_WORDS: dict[str, tuple[str, str]] = {
    "sheet.readme": ("Lees mij", "Read me"),
    "sheet.columns": ("Kolommen", "Columns"),
    "sheet.sources": ("Bestanden", "Files"),
    "sheet.sessions": ("Gesprekken", "Sessions"),
    "sheet.speakers": ("Stemmen", "Voices"),
    "sheet.codebook": ("Codeboek", "Codebook"),
    "sheet.utterances": ("Uitingen", "Utterances"),
    "sheet.given_codings": ("Codering zoals gegeven", "Codings as given"),
    "sheet.version_changes": ("Wijzigingen per versie", "Changes by version"),
    "sheet.fragments": ("Fragmenten", "Fragments"),
    "sheet.coding_matches": ("Codering teruggevonden", "Codings matched"),
    "sheet.seen": ("Wie bekeek wat", "Who looked at what"),
    "sheet.topics": ("Themas van de machine", "Themes of the machine"),
    "sheet.topic_assignments": ("Thema per fragment", "Theme per fragment"),
    "sheet.subtopics": ("Deelthemas van de machine", "Subthemes of the machine"),
    "sheet.topic_mentions": ("Ook nabije themas", "Themes that are near too"),
    "sheet.topic_numbers": ("Aantal themas gekozen", "Number of themes chosen"),
    "sheet.guided_codings": ("Codes met codeboek", "Codes by the codebook"),
    "sheet.beyond_codebook": ("Niet in het codeboek", "Not in the codebook"),
    "sheet.taught_codings": ("Codes geleerd", "Codes taught"),
    "sheet.themes": ("Themas na beslissingen", "Themes after decisions"),
    "sheet.theme_assignments": ("Fragmenten na beslissingen", "Fragments after decisions"),
    "sheet.decisions": ("Beslissingen", "Decisions"),
    "sheet.decision_themes": ("Beslissingen ankers", "Decisions anchors"),
    "sheet.decisions_applied": ("Beslissingen gevolg", "Decisions effect"),
    "sheet.theme_drift": ("Verschuiving van themas", "Drift of themes"),
    "sheet.stances": ("Hoed sentiment polariteit", "Hat sentiment polarity"),
    "sheet.hat_sentiments": ("Sentiment per hoed", "Sentiment per hat"),
    "sheet.hat_conflicts": ("Tegen de hoed in", "Against the hat"),
    "sheet.codings": ("Alle codes", "All codes"),
    "sheet.agreement": ("Overeenstemming", "Agreement"),
    "sheet.crosstabs": ("Kruistabellen", "Crosstabs"),
    "sheet.notices": ("Meldingen", "Notices"),
    "holds.columns": ("wat elke kolom betekent (in het Engels)", "what each column means"),
    "holds.sources": ("een rij per gelezen bestand, met zijn hash", "a row per file that was read, with its hash"),
    "holds.sessions": ("een rij per dialoogtafel", "a row per dialogue table"),
    "holds.speakers": ("een rij per stem in een gesprek, met haar rol", "a row per voice in a session, with its role"),
    "holds.codebook": (
        "een rij per code, met definitie en voorbeelden",
        "a row per code, with definition and examples",
    ),
    "holds.utterances": (
        "alles wat in de bestanden gevonden is, met regel en plaats",
        "all that was found in the files, with line and place",
    ),
    "holds.given_codings": (
        "de rijen van de handmatige codering, onveranderd",
        "the rows of the manual coding, unchanged",
    ),
    "holds.version_changes": (
        "wat er tussen twee versies van een verslag veranderde, en of codes verschoven",
        "what changed between two versions of the notes, and whether codes moved",
    ),
    "holds.fragments": ("een rij per fragment, met status en reden", "a row per fragment, with status and reason"),
    "holds.coding_matches": ("wat er van elke rij codering werd", "what became of each row of coding"),
    "holds.seen": (
        "wie welk fragment bekeek: niet bekeken is iets anders dan geen code",
        "who looked at which fragment: not looked at differs from no code",
    ),
    "holds.topics": (
        "een rij per thema, met trefwoorden en omvang; uitschieters laatst",
        "a row per theme, with keywords and size; outliers last",
    ),
    "holds.topic_assignments": (
        "het thema van elk fragment, en zijn plaats op de kaart",
        "the theme of each fragment, and its place on the map",
    ),
    "holds.subtopics": (
        "de delen van elk thema, met trefwoorden en omvang; uitschieters laatst",
        "the parts of each theme, with keywords and size; outliers last",
    ),
    "holds.topic_mentions": (
        "per fragment zijn thema en deelthema, en daarna andere waar het echt dichtbij ligt",
        "of each fragment its theme and subtheme, then others that it lies really near to",
    ),
    "holds.topic_numbers": (
        "elk aantal themas dat geprobeerd is: hoeveel er bij opnieuw indelen terugkomt, en hoeveel bij toeval",
        "every number of themes that was tried: how much comes back when divided again, and how much by chance",
    ),
    "holds.guided_codings": (
        "de codes die volgens het codeboek bij elk fragment passen, met de woorden die ze delen, zonder codering",
        "the codes that fit each fragment by the codebook, with the words they share; no coding is used",
    ),
    "holds.beyond_codebook": (
        "wat gezegd is en bij geen enkele code past, met het thema waarin het zonder codeboek ligt",
        "what was said and fits no code, with the theme in which it lies without the codebook",
    ),
    "holds.taught_codings": (
        "de codes die de machine leerde geven, nooit van een fragment waarvan ze de code zag",
        "the codes that the machine learned to give, never of a fragment of which it saw the code",
    ),
    "holds.themes": (
        "een rij per thema na wat mensen beslisten, met een nummer dat blijft",
        "a row per theme after what people decided, with a number that lasts",
    ),
    "holds.theme_assignments": (
        "het thema van elk fragment na wat mensen beslisten, en hoe het er kwam",
        "the theme of each fragment after what people decided, and how it came there",
    ),
    "holds.decisions": ("wie wat wanneer besliste", "who decided what and when"),
    "holds.decision_themes": (
        "aan welke fragmenten een beslissing haar thema herkent",
        "by which fragments a decision finds its theme",
    ),
    "holds.decisions_applied": ("wat elke beslissing deed", "what each decision did"),
    "holds.theme_drift": (
        "wat er van elk thema werd sinds de vorige generatie",
        "what became of each theme since the previous generation",
    ),
    "holds.stances": (
        "hoed, sentiment en polariteit van elk fragment, met zekerheid en woorden waarop ze steunen",
        "hat, sentiment and polarity of each fragment, with certainty and the words they rest on",
    ),
    "holds.hat_sentiments": ("aantallen sentiment onder elke hoed", "counts of sentiment under each hat"),
    "holds.hat_conflicts": ("uitspraken die hun hoed tegenspreken", "remarks that contradict their hat"),
    "holds.codings": ("codes van mensen en machine samen", "codes by people and machine together"),
    "holds.agreement": (
        "elk cijfer van overeenstemming, met interval en kansniveau",
        "each figure of agreement, with interval and chance level",
    ),
    "holds.crosstabs": (
        "welke codes aan dezelfde fragmenten gegeven zijn",
        "which codes were given to the same fragments",
    ),
    "holds.notices": ("wat de stappen te melden hadden (in het Engels)", "what the steps had to report"),
    "readme.invented": (
        "Verzonnen studie: niemand heeft deze woorden gezegd.",
        "Invented study: nobody said these words.",
    ),
    "readme.private": (
        "Niet gepseudonimiseerd: dit bestand bevat woorden van deelnemers. Deel het alleen met wie die mag lezen.",
        "Not pseudonymised: this file holds participants’ words. Share it only with those who may read them.",
    ),
    "readme.left_out": (
        "Niet in dit bestand maar wel in de map results: de vectoren van de fragmenten (embeddings, honderden "
        "getallen per fragment) en de losse woorden (tokens). De codes van mensen (human_codings) en van de machine"
        " (machine_codings) staan samen in ‘Alle codes’. Ook het geheugen van de themas (previous_themes) en de"
        " gelijkenis van elk fragment met elke code (codebook_scores) staan hier niet.",
        "Not in this file but in the folder results: the vectors of the fragments (embeddings, hundreds of numbers "
        "a fragment) and the single words (tokens). The codes by people (human_codings) and by the machine "
        "(machine_codings) are together in ‘All codes’. Nor are the memory of themes (previous_themes) and the "
        "likeness of each fragment to each code (codebook_scores).",
    ),
    "readme.lists": (
        "Lijsten in één cel zijn gescheiden door ‘ | ’. Lege cel: niet van toepassing of onbekend.",
        "Lists in one cell are separated by ‘ | ’. Empty cell: not applicable or unknown.",
    ),
    "readme.sheet": ("blad", "sheet"),
    "readme.table": ("tabel", "table"),
    "readme.rows": ("rijen", "rows"),
    "readme.holds": ("wat erin staat", "what it holds"),
    "readme.cut_rows": ("alleen de eerste {n} rijen passen in een blad", "only the first {n} rows fit in a sheet"),
    "readme.cut_cells": ("{n} cellen ingekort tot 32.767 tekens", "{n} cells cut to 32,767 characters"),
    "columns.column": ("kolom", "column"),
    "columns.type": ("soort", "type"),
    "columns.meaning": ("betekenis", "meaning"),
}
