"""Texts of the frame of the page, its head and its themes, in Dutch and English."""

PAGE_WORDS: dict[str, tuple[str, str]] = {
    "and": ("{first} en {last}", "{first} and {last}"),
    "unknown": ("onbekend", "unknown"),
    "unnamed": ("Studie zonder naam", "Unnamed study"),
    "total": ("totaal", "total"),
    "one.fragment": ("{n} fragment", "{n} fragment"),
    "many.fragment": ("{n} fragmenten", "{n} fragments"),
    "one.session": ("{n} gesprek", "{n} session"),
    "many.session": ("{n} gesprekken", "{n} sessions"),
    "one.source": ("{n} bestand", "{n} file"),
    "many.source": ("{n} bestanden", "{n} files"),
    "one.voice": ("{n} stem", "{n} voice"),
    "many.voice": ("{n} stemmen", "{n} voices"),
    "one.participant": ("{n} deelnemer", "{n} participant"),
    "many.participant": ("{n} deelnemers", "{n} participants"),
    "one.topic": ("{n} thema", "{n} theme"),
    "many.topic": ("{n} thema’s", "{n} themes"),
    "one.remark": ("{n} uitspraak", "{n} remark"),
    "many.remark": ("{n} uitspraken", "{n} remarks"),
    "one.quote": ("nog {n} citaat", "{n} more quote"),
    "many.quote": ("nog {n} citaten", "{n} more quotes"),
    "one.notice": ("{n} melding van de stappen", "{n} notice of the steps"),
    "many.notice": ("{n} meldingen van de stappen", "{n} notices of the steps"),
    "fact.session.one": ("gesprek", "session"),
    "fact.session.many": ("gesprekken", "sessions"),
    "fact.document.one": ("document", "document"),
    "fact.document.many": ("documenten", "documents"),
    "fact.structure.one": ("codering uit de opbouw", "coding from the structure"),
    "fact.structure.many": ("coderingen uit de opbouw", "codings from the structure"),
    "fact.participant.one": ("deelnemer", "participant"),
    "fact.participant.many": ("deelnemers", "participants"),
    "fact.fragment.one": ("fragment", "fragment"),
    "fact.fragment.many": ("fragmenten", "fragments"),
    "fact.used.one": ("geanalyseerd", "analysed"),
    "fact.used.many": ("geanalyseerd", "analysed"),
    "fact.topic.one": ("thema", "theme"),
    "fact.topic.many": ("thema’s", "themes"),
    "fact.coder.one": ("menselijke codeur", "human coder"),
    "fact.coder.many": ("menselijke codeurs", "human coders"),
    "page.kind": ("Verslag van een thematische analyse", "Report of a thematic analysis"),
    "page.skip": ("Naar de inhoud", "Skip to the content"),
    "page.invented": (
        "Verzonnen studie: niemand heeft deze woorden gezegd. Notities in het Nederlands.",
        "Invented study: nobody said these words. Notes in Dutch; quotes are not translated.",
    ),
    "page.real": (
        "Notities van echte gesprekken, in het Nederlands.",
        "Notes of real conversations, in Dutch; quotes are not translated.",
    ),
    "page.findings": ("In drie zinnen", "In three sentences"),
    "page.warnings": ("Eerst weten", "Know this first"),
    "page.contents": ("Inhoud", "Contents"),
    "page.foot": (
        "Gemaakt met dialoogtafel. Dezelfde bronnen en instellingen geven hetzelfde verslag, letter voor letter.",
        "Made with dialoogtafel. The same sources and settings give the same report, letter for letter.",
    ),
    "section.themes": ("Thema’s", "Themes"),
    "section.map": ("De kaart", "The map"),
    "section.hats": ("Hoeden en sentiment", "Hats and sentiment"),
    "section.polarity": ("Kans en knelpunt", "Opportunity and bottleneck"),
    "section.against": ("Machine naast handwerk", "Machine beside manual coding"),
    "section.agreement": ("Overeenstemming", "Agreement"),
    "section.left_out": ("Wat niet meetelde", "What was left out"),
    "section.method": ("Methode", "Method"),
    "section.manifest": ("Herkomst", "Manifest"),
    "finding.themes": ("Grootste thema’s", "Largest themes"),
    "finding.hats": ("Toon per hoed", "Tone per hat"),
    "finding.kans": ("Kans en knelpunt", "Opportunity and bottleneck"),
    "finding.agreement": ("Machine en mens", "Machine and people"),
    "finding.largest": (
        "De machine vindt {k} thema’s. De grootste zijn {named}; samen dragen ze {share} van {total}.",
        "The machine finds {k} themes. The largest are {named}; together they hold {share} of {total}.",
    ),
    "finding.undivided": (
        "De {n} zijn niet verdeeld: alles vormt één thema.",
        "The {n} were not divided: all form one theme.",
    ),
    "finding.most_negative": (
        "Onder de {most} klinkt {share} van de {n} uitspraken negatief, het meest van alle hoeden; het minst onder "
        "de {least} ({least_share} van {least_n}).",
        "Under the {most}, {share} of {n} remarks sound negative, the most of all hats; the least under the {least}"
        " ({least_share} of {least_n}).",
    ),
    "finding.hats_predicted": (
        "De hoeden zijn door de machine vermoed, niet genoteerd.",
        "The hats are predicted by the machine, not noted.",
    ),
    "finding.tone_declined": (
        "Van {share} wilde de machine de toon niet zeggen.",
        "Of {share} the machine would not say the tone.",
    ),
    "finding.no_hats": (
        "Er zijn geen hoeden met genoeg uitspraken om te vergelijken.",
        "No hats have enough remarks to be compared.",
    ),
    "finding.polarity": (
        "Van {n} hoort de machine er {kans} alleen als kans en {knelpunt} alleen als knelpunt.",
        "Of {n} the machine hears {kans} as an opportunity only and {knelpunt} as a bottleneck only.",
    ),
    "finding.machine": (
        "Op {scheme} komen {coders} tot {statistic} {estimate}{interval}; toeval zou {chance} geven.",
        "On {scheme}, {coders} reach {statistic} {estimate}{interval}; chance would give {chance}.",
    ),
    "finding.alone": (
        "Zonder codeboek en zonder codes: {estimate}{interval}.",
        "Without codebook and codes: {estimate}{interval}.",
    ),
    "finding.range": (" (95 %-interval {low} tot {high})", " (95% interval {low} to {high})"),
    "finding.ceiling": (
        "Mensen onderling ({coders}): {estimate}{interval}.",
        "People among themselves ({coders}): {estimate}{interval}.",
    ),
    "finding.no_ceiling": (
        "Hoe ver mensen het onderling eens zijn, is onbekend.",
        "How far people agree among themselves is unknown.",
    ),
    "warn.pseudonyms": (
        "Namen die in de sleutel van deze studie staan, zijn vervangen door pseudoniemen. Een programma vindt niet "
        "elke naam: lees dit verslag na voor u het doorgeeft, ook op wat iemand zonder naam herkenbaar maakt.",
        "Names in the key of this study were replaced by pseudonyms. No program finds every name: read this report "
        "before you pass it on, also for what makes somebody recognisable without a name.",
    ),
    "warn.names": (
        "Dit verslag is niet gepseudonimiseerd: het bevat woorden van deelnemers zoals ze genoteerd zijn, namen "
        "inbegrepen. Deel het alleen met wie die mag lezen.",
        "This report is not pseudonymised: it holds participants’ words as they were noted, names included. Share "
        "it only with those who may read them.",
    ),
    "warn.names_invented": (
        "Personen, plaatsen en uitspraken in deze studie zijn bedacht. Uit echte notities gemaakt zou dit verslag "
        "niet gepseudonimiseerd zijn.",
        "People, places and remarks in this study are made up. Made from real notes, this report would not be "
        "pseudonymised.",
    ),
    "warn.nothing_used": (
        "Geen enkel fragment is geanalyseerd; hieronder staat waarom.",
        "Not a single fragment was analysed; below it says why.",
    ),
    "warn.one_document": (
        "Er is één document. Hoe de cijfers zouden verschillen bij andere gesprekken, is er niet uit af te leiden; "
        "onzekerheid betreft alleen andere uitspraken uit hetzelfde document.",
        "There is one document. How figures would differ in other conversations cannot be read from it; uncertainty"
        " concerns other remarks of the same document only.",
    ),
    "warn.one_session": (
        "Alle geanalyseerde fragmenten komen uit één gesprek; over andere gesprekken zegt dat niets.",
        "All analysed fragments come from one session; that says nothing of other sessions.",
    ),
    "warn.fallback": (
        "De fragmenten zijn vergeleken op lettergroepen en woorden (TF-IDF), niet op betekenis: er was geen "
        "taalmodel aanwezig. Thema’s volgen daardoor vooral gelijke woorden.",
        "Fragments were compared by letters and words (TF-IDF), not by meaning: no language model was present. "
        "Themes therefore follow shared words above all.",
    ),
    "warn.abstention": (
        "De machine onthield zich waar het verschil te klein was: {said} van de fragmenten.",
        "The machine abstained where the difference was too small: {said} of the fragments.",
    ),
    "warn.abstained_on": ("op {scheme} bij {share}", "on {scheme} for {share}"),
    "warn.unmatched": (
        "{n} van de {total} regels handmatige codering zijn niet teruggevonden in de fragmenten.",
        "{n} of {total} rows of manual coding were not found back in the fragments.",
    ),
    "warn.no_coding": (
        "Er is geen handmatige codering: niets hieronder is met mensenwerk vergeleken.",
        "There is no manual coding: nothing below was compared with people’s work.",
    ),
    "warn.no_ceiling": (
        "Geen twee mensen codeerden hetzelfde: hoe goed overeenstemming met een mens kán zijn, is onbekend.",
        "No two people coded the same: how good agreement with a person can be is unknown.",
    ),
    "no_themes": ("Er zijn geen thema’s.", "There are no themes."),
    "no_coding": ("Er is geen handmatige codering.", "There is no manual coding."),
    "no_agreement": ("Er is geen overeenstemming berekend.", "No agreement was computed."),
    "themes.lead": (
        "Groepen fragmenten die op elkaar lijken, zoals de machine ze vond zonder codeboek. De naam is niet meer "
        "dan de woorden die een groep van de andere onderscheiden; de citaten zeggen waar het over gaat.",
        "Groups of fragments that are alike, as the machine found them without a codebook. The name is no more than"
        " the words that set a group apart from the others; the quotes say what it is about.",
    ),
    "themes.none": (
        "Er zijn geen thema’s: geen enkel fragment is geanalyseerd.",
        "There are no themes: no fragment was analysed.",
    ),
    "themes.sizes": ("Omvang van de thema’s", "Size of the themes"),
    "themes.sum": (
        "De aantallen tellen op tot alle {total} geanalyseerde fragmenten.",
        "The counts add up to all {total} analysed fragments.",
    ),
    "themes.sum_short": (
        "Let op: van de {total} geanalyseerde fragmenten hebben er {n} een thema.",
        "Note: of {total} analysed fragments {n} have a theme.",
    ),
    "column.theme": ("thema", "theme"),
    "column.fragments": ("fragmenten", "fragments"),
    "column.share": ("aandeel", "share"),
    "column.size": ("omvang", "size"),
    "outliers": ("uitschieters (geen thema)", "outliers (no theme)"),
    "no_theme": ("geen thema gegeven", "no theme given"),
    "no_topic": ("geen thema van de machine", "no theme of the machine"),
    "size_of": ("{label}: {n} van {total} fragmenten", "{label}: {n} of {total} fragments"),
    "leans_of": ("Kans en knelpunt in {label}", "Opportunity and bottleneck in {label}"),
    "lean_text": (
        "{kans} alleen kans, {both} allebei, {knelpunt} alleen knelpunt, van {n}",
        "{kans} opportunity only, {both} both, {knelpunt} bottleneck only, of {n}",
    ),
    "in_sessions": ("in {n} van {total}", "in {n} of {total}"),
    "by_voices": ("bij {n} van {total}", "from {n} of {total}"),
    "voices_unknown": ("sprekers niet genoteerd", "speakers not noted"),
    "one_session": (
        "{n} van de {total} fragmenten komen uit één gesprek ({session}).",
        "{n} of {total} fragments come from one session ({session}).",
    ),
    "one_voice": (
        "{n} van de {total} fragmenten komen van één stem ({speaker}, {session}).",
        "{n} of {total} fragments come from one voice ({speaker}, {session}).",
    ),
    "theme.carried": ("Gedragen", "Carried"),
    "theme.hats": ("Hoeden", "Hats"),
    "theme.without_hat": ("zonder hoed {n}", "no hat {n}"),
    "theme.leans": ("Kans of knelpunt", "Opportunity or bottleneck"),
    "theme.moved": (
        "{n} begonnen als uitschieter en kregen het dichtste thema",
        "{n} began as outliers and were given the nearest theme",
    ),
    "theme.reassigned": ("Toegevoegd", "Added"),
    "quote.at": ("{file}, {place}", "{file}, {place}"),
    "quote.place": ("{file}, regel {line}", "{file}, line {line}"),
    "quote.predicted": ("{hat}, vermoed", "{hat}, predicted"),
    "both": ("allebei", "both"),
}
