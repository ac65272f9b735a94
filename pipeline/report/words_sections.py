"""Texts of the map, hats, polarity, comparison and exclusions, in Dutch and English."""

SECTION_WORDS: dict[str, tuple[str, str]] = {
    "map.lead": (
        "Elk teken is een fragment; wat op elkaar lijkt ligt bij elkaar. Wijs een teken aan om het te lezen, of een"
        " thema in de lijst om het uit te lichten. De kaart is een platte tekening van veel meer dimensies: "
        "afstanden kloppen bij benadering, en de assen hebben geen naam.",
        "Each sign is a fragment; what is alike lies together. Point at a sign to read it, or at a theme in the "
        "list to single it out. The map is a flat drawing of many more dimensions: distances hold by approximation,"
        " and the axes have no name.",
    ),
    "map.none": ("Er is geen kaart: er zijn geen thema’s.", "There is no map: there are no themes."),
    "map.spoken": ("Kaart van {n} fragmenten in {topics} thema’s", "Map of {n} fragments in {topics} themes"),
    "map.text": (
        "Alle fragmenten met hun thema staan in report.xlsx.",
        "All fragments with their theme are in report.xlsx.",
    ),
    "hats.lead": (
        "Hoed en sentiment zijn twee dingen: een zwarte hoed vraagt naar moeilijkheden, het sentiment is de toon "
        "die klinkt. Alleen hoeden die genoteerd of voorspeld zijn tellen mee.",
        "Hat and sentiment are two things: a black hat asks for difficulties, sentiment is the tone that is heard. "
        "Only hats that were noted or predicted count.",
    ),
    "hats.none": (
        "Er zijn geen hoeden genoteerd of voorspeld, dus valt er geen sentiment per hoed te tonen.",
        "No hats were noted or predicted, so there is no sentiment per hat to show.",
    ),
    "hats.caption": ("Sentiment onder elke hoed, in aantallen fragmenten", "Sentiment under each hat, in fragments"),
    "hats.mean": ("gemiddeld", "mean"),
    "hats.mean_note": (
        "Gemiddeld: van −1 (negatief) tot 1 (positief), over alle fragmenten onder de hoed.",
        "Mean: from −1 (negative) to 1 (positive), over all fragments under the hat.",
    ),
    "hats.sources": ("Waar de hoeden vandaan komen: {sources}.", "Where the hats come from: {sources}."),
    "hat_source.given": ("genoteerd {n}", "noted {n}"),
    "hat_source.derived": (
        "afgeleid uit de opbouw, hier niet geteld {n}",
        "derived from the structure, not counted here {n}",
    ),
    "hat_source.predicted": ("voorspeld {n}", "predicted {n}"),
    "hat_source.onthouding": ("geen {n}", "none {n}"),
    "column.hat": ("hoed", "hat"),
    "column.n": ("n", "n"),
    "conflicts.title": ("Uitspraken die hun hoed tegenspreken", "Remarks that contradict their hat"),
    "conflicts.lead": (
        "Onder een gele hoed verwacht men een kans, onder een zwarte een knelpunt. Hier hoorde de machine iets "
        "anders: ofwel vergist zij zich, ofwel zegt iemand iets wat de hoed niet vroeg. Nalezen loont.",
        "Under a yellow hat one expects an opportunity, under a black one a bottleneck. Here the machine heard "
        "something else: either it is mistaken, or somebody says what the hat did not ask. Worth reading.",
    ),
    "conflicts.none": ("Geen enkele uitspraak spreekt haar hoed tegen.", "No remark contradicts its hat."),
    "conflict_polarity": ("gehoord als {value}", "heard as {value}"),
    "conflict_sentiment": ("klinkt {value}", "sounds {value}"),
    "polarity.lead": (
        "Of een uitspraak een kans ziet, een knelpunt, allebei of geen van beide. Onthouding betekent dat de "
        "machine het niet wilde zeggen; dat is iets anders dan neutraal.",
        "Whether a remark sees an opportunity, a bottleneck, both or neither. Abstention means that the machine "
        "would not say; that is not the same as neutral.",
    ),
    "polarity.none": ("Er is geen kans of knelpunt beoordeeld.", "No opportunity or bottleneck was judged."),
    "polarity.machine": (
        "Thema’s van de machine, polariteit van de machine",
        "Themes of the machine, polarity by the machine",
    ),
    "polarity.coder": (
        "Thema’s van codeur {coder}, polariteit van {coder}",
        "Themes of coder {coder}, polarity by {coder}",
    ),
    "polarity.several": (
        "Een fragment met twee thema’s telt in beide rijen, in het totaal één keer.",
        "A fragment with two themes counts in both rows, once in the total.",
    ),
    "polarity.numbers": ("Dezelfde cijfers als tabel", "The same figures as a table"),
    "against.lead": (
        "Links de codes van een mens, boven de thema’s van de machine. Hoe donkerder, hoe groter het deel van de "
        "code dat in dat thema ligt. De machine kende het codeboek niet: een leeg thema of een gesplitste code is "
        "een verschil in lezen, geen fout.",
        "On the left the codes of a person, at the top the themes of the machine. The darker, the larger the part "
        "of the code that lies in that theme. The machine did not know the codebook: an empty theme or a split code"
        " is another way of reading, not an error.",
    ),
    "against.none": (
        "De thema’s van de machine zijn met geen enkele handmatige codering vergeleken.",
        "The themes of the machine were compared with no manual coding.",
    ),
    "against.title": ("Codeur {coder}", "Coder {coder}"),
    "against.caption": (
        "Eerste code van {coder} tegen de thema’s van de machine, in fragmenten (n = {n})",
        "First code of {coder} against the themes of the machine, in fragments (n = {n})",
    ),
    "against.fates": ("Wat werd van elke code", "What became of each code"),
    "against.uncoded": (
        "Grotendeels zonder code van {coder}: {topics}.",
        "Mostly without a code of {coder}: {topics}.",
    ),
    "against.chance": (
        "Ook bij toeval ligt een code ergens het meest. Lees dit naast het kansniveau bij de overeenstemming.",
        "By chance too, a code lies somewhere most. Read this beside the chance level under agreement.",
    ),
    "column.code": ("code", "code"),
    "fate.name.found": ("teruggevonden", "found"),
    "fate.name.split": ("gesplitst", "split"),
    "fate.name.merged": ("samengevoegd", "merged"),
    "fate.name.scattered": ("verspreid", "scattered"),
    "fate.name.missed": ("gemist", "missed"),
    "fate.found": (
        "Ligt voor {share} van {n} in {topics}, en is daar de gewoonste code.",
        "Lies for {share} of {n} in {topics}, and is the commonest code there.",
    ),
    "fate.split": (
        "Is de gewoonste code in {k} thema’s, samen {share} van {n}: {topics}.",
        "Is the commonest code in {k} themes, together {share} of {n}: {topics}.",
    ),
    "fate.scattered": (
        "Is de gewoonste code in {topics}, maar daar ligt niet meer dan {share} van {n}; de rest ligt verspreid.",
        "Is the commonest code in {topics}, but no more than {share} of {n} lies there; the rest is scattered.",
    ),
    "fate.merged": (
        "Ligt voor {share} van {n} in {topics}, dat vooral {other} is.",
        "Lies for {share} of {n} in {topics}, which is mostly {other}.",
    ),
    "fate.missed": (
        "Is nergens de gewoonste code; het grootste deel, {share} van {n}, ligt in {topics}.",
        "Is nowhere the commonest code; the largest part, {share} of {n}, lies in {topics}.",
    ),
    "fate.base": ("Van alle fragmenten ligt daar {base}.", "Of all fragments {base} lies there."),
    "fate.also": ("Ook daarin: {seconds}.", "Also in it: {seconds}."),
    "fate.second": ("{label} ({topic})", "{label} ({topic})"),
    "column.coders": ("codeurs", "coders"),
    "column.statistic": ("maat", "statistic"),
    "column.estimate": ("waarde", "estimate"),
    "column.interval": ("95 %-interval", "95% interval"),
    "column.chance": ("toeval", "chance"),
    "column.p": ("p", "p"),
    "column.reason": ("opmerking", "remark"),
    "left.lead": (
        "Niets verdwijnt stil: elk fragment is gebruikt of heeft een reden waarom niet.",
        "Nothing disappears in silence: each fragment is used, or has a reason why not.",
    ),
    "left.caption": ("Fragmenten naar status en reden", "Fragments by status and reason"),
    "left.none": ("Er zijn geen fragmenten.", "There are no fragments."),
    "left.codings": ("Regels van de handmatige coderingen", "Rows of the manual codings"),
    "left.no_notices": ("De stappen hadden niets te melden.", "The steps had nothing to report."),
    "left.notices_note": ("De meldingen zelf zijn in het Engels.", "As the steps gave them."),
    "left.more_notices": ("en nog {n}: zie report.xlsx", "and {n} more: see report.xlsx"),
    "column.status": ("status", "status"),
    "column.why": ("waarom", "why"),
    "column.how": ("hoe, of waarom niet", "how, or why not"),
    "column.stage": ("stap", "step"),
    "column.where": ("waar", "where"),
    "column.message": ("melding", "notice"),
    "matched": ("teruggevonden", "matched"),
    "unmatched": ("niet teruggevonden", "not matched"),
    "how.structure": ("door de opbouw van het verslag", "by the structure of the report"),
    "how.id": ("op kenmerk", "by id"),
    "how.offsets": ("op plaats in de tekst", "by offsets"),
    "how.exact": ("letterlijk dezelfde tekst", "exactly the same text"),
    "how.fuzzy": ("tekst die er het meest op lijkt", "the text most like it"),
    "status.used": ("gebruikt", "used"),
    "status.moderator": ("gespreksleider of verslaggever", "moderator or reporter"),
    "status.procedure": ("procedure", "procedure"),
    "status.filler": ("alleen stopwoorden", "fillers only"),
    "status.too_short": ("te kort", "too short"),
    "status.author": ("tekst van de auteurs", "text of the authors"),
    "status.heading": ("kop", "heading"),
    "status.footnote": ("voetnoot", "footnote"),
    "status.layout": ("opmaak", "layout"),
}
