"""Texts of the method, the manifest and the reasons of the fragments table, in Dutch and English."""

METHOD_WORDS: dict[str, tuple[str, str]] = {
    "method.lead": (
        "Deze alinea’s zijn opgesteld uit wat er werkelijk gebeurde en mogen zo in een artikel.",
        "These paragraphs were written from what was really done, and may be used in a paper as they are.",
    ),
    "method.material.title": ("Materiaal", "Material"),
    "method.language.title": ("Taal en vectoren", "Language and vectors"),
    "method.topics.title": ("Thema’s", "Themes"),
    "method.stances.title": ("Hoed, sentiment en polariteit", "Hat, sentiment and polarity"),
    "method.coding.title": ("Handmatige codering", "Manual coding"),
    "method.agreement.title": ("Overeenstemming", "Agreement"),
    "method.limits.title": ("Beperkingen", "Limits"),
    "method.software.title": ("Programmatuur", "Software"),
    "method.invented": (
        "Het materiaal is verzonnen, om het instrument te tonen.",
        "The material is invented, to show the instrument.",
    ),
    "method.real": (
        "Het materiaal bestaat uit notities van groepsgesprekken.",
        "The material consists of notes of group conversations.",
    ),
    "method.people": (" met {n}", " with {n}"),
    "method.material": (
        "Er werden {sources} gelezen, samen {sessions}{people}.",
        "{sources} were read, together {sessions}{people}.",
    ),
    "method.units": (
        "De eenheid van analyse is het fragment: een beurt, notitie, stelling of citaat; wat langer is dan "
        "{max_words} woorden is aan het einde van een zin gesplitst. Zo ontstonden {n}.",
        "The unit of analysis is the fragment: a turn, note, statement or quote; what is longer than {max_words} "
        "words was split at the end of a sentence. This gave {n}.",
    ),
    "method.used": (
        "Daarvan zijn er {n} geanalyseerd, elk van minstens {min_words} woorden en van een deelnemer.",
        "Of these, {n} were analysed, each of at least {min_words} words and by a participant.",
    ),
    "method.left": (
        "De overige {n} bleven buiten de analyse: {which}.",
        "The other {n} stayed out of the analysis: {which}.",
    ),
    "method.language": (
        "Woorden, lemma’s en zinnen komen van {tagger} (spaCy {spacy}); elk fragment kreeg een vector van {encoder}.",
        "Words, lemmas and sentences are by {tagger} (spaCy {spacy}); each fragment was given a vector by {encoder}.",
    ),
    "method.fallback": (
        "Dat zijn gewogen lettergroepen (TF-IDF) met een singuliere-waardenontbinding, geen getraind taalmodel.",
        "These are weighted groups of letters (TF-IDF) with a singular value decomposition, not a trained language "
        "model.",
    ),
    "method.own_text": (
        "Modellen zagen alleen de eigen tekst van een fragment: geen buren, volgorde, koppen of codes van hetzelfde"
        " fragment.",
        "Models saw the fragment’s own text only: no neighbours, order, headings or codes of the same fragment.",
    ),
    "method.engine.ward": (
        "Thema’s en hun delen zijn gezocht met BERTopic {version}: een kaart van dichtste buren (vectoren, woorden en "
        "lettergroepen samen, zonder wat alle fragmenten delen) en de boom van Ward, zodat dezelfde tekst altijd "
        "hetzelfde antwoord geeft (seed {seed}, alleen voor het aantal).",
        "Themes and their parts were sought with BERTopic {version}: a map of nearest neighbours (vectors, words and "
        "groups of letters together, without what all fragments share) and Ward’s tree, so that the same text always "
        "gives the same answer (seed {seed}, for the number only).",
    ),
    "method.engine.umap": (
        "Thema’s zijn gezocht met BERTopic {version}, met UMAP en HDBSCAN (seed {seed}).",
        "Themes were sought with BERTopic {version}, with UMAP and HDBSCAN (seed {seed}).",
    ),
    "method.n_set": (
        "Het resultaat telt {n}; het aantal is vooraf ingesteld.",
        "The result has {n}; the number was set beforehand.",
    ),
    "method.n_rule": (
        "Het resultaat telt {n}: het aantal waarvan bij opnieuw indelen het meeste terugkomt boven wat toeval geeft, "
        "gemeten op geschudde kenmerken (tabel topic_numbers). Komt geen aantal daarboven uit, dan geldt een "
        "vuistregel en zeggen de meldingen dat. Onder {min_fragments} fragmenten wordt niet verdeeld.",
        "The result has {n}: the number of which most comes back, above what chance gives, when the division is made "
        "again; chance is measured on shuffled features (table topic_numbers). Where no number does, a rule of thumb "
        "holds and the notices say so. Fewer than {min_fragments} fragments are not divided.",
    ),
    "method.reassigned": (
        "De {share} van de fragmenten die het verst van elk midden lagen, golden als uitschieter en kregen daarna "
        "het dichtste thema.",
        "The {share} of fragments farthest from every centre counted as outliers and were then given the nearest "
        "theme.",
    ),
    "method.not_reassigned": (
        "De {share} van de fragmenten die het verst van elk midden lagen, bleven als uitschieter buiten de thema’s.",
        "The {share} of fragments farthest from every centre stayed outside the themes as outliers.",
    ),
    "method.keywords": (
        "Een thema heet naar de woorden die het van de andere onderscheiden (c-TF-IDF, hoogstens {n} inhoudswoorden).",
        "A theme is named after the words that set it apart from the others (c-TF-IDF, {n} content words at most).",
    ),
    "method.stances": (
        "Hoed, sentiment en polariteit zijn drie oordelen over elk fragment.",
        "Hat, sentiment and polarity are three judgements of each fragment.",
    ),
    "method.given": ("{scheme}: zoals genoteerd in de bron.", "{scheme}: as noted in the source."),
    "method.elsewhere": (
        "Waar niets genoteerd stond, en daarnaast ter vergelijking",
        "Where nothing was noted, and beside it for comparison",
    ),
    "method.learned": (
        "{scheme}: geleerd van gecodeerde fragmenten en een woordenlijst, in {folds} delen kruiselings, zodat geen "
        "fragment beoordeeld is door een model dat zijn code had gezien.",
        "{scheme}: learned from coded fragments and a cue lexicon, cross-fitted in {folds} folds, so that no "
        "fragment was judged by a model that had seen its code.",
    ),
    "method.lexicon": (
        "{scheme}: alleen met een Nederlandse woordenlijst, met ontkenning en versterking.",
        "{scheme}: by a Dutch cue lexicon alone, with negation and intensifiers.",
    ),
    "method.abstained": (
        "Was het verschil met de tweede keus kleiner dan {margin}, dan onthield de machine zich (aandeel: {shares}).",
        "Where the margin to the second choice was below {margin}, the machine abstained (shares: {shares}).",
    ),
    "method.coder": ("Codeur {coder} bekeek {n} op {schemes}.", "Coder {coder} looked at {n} for {schemes}."),
    "method.structure": (
        "De opbouw van het rapport, zijn koppen en rubrieken, geldt als codering onder de naam ‘{coder}’: {n} op "
        "{schemes}.",
        "The structure of the report, its headings and rubrics, counts as a coding named ‘{coder}’: {n} for {schemes}.",
    ),
    "method.matched": (
        "Van {total} regels codering zijn er {n} aan een fragment gekoppeld.",
        "Of {total} rows of coding, {n} were matched to a fragment.",
    ),
    "method.statistics": (
        "Overeenstemming is uitgedrukt in {statistics}; andere maten staan in de bijgevoegde tabellen.",
        "Agreement is expressed as {statistics}; other statistics are in the tables that go with this.",
    ),
    "method.interval": (
        "Intervallen (95 %) nemen {units} als wat verschilt: bij minder dan {many} uit weglating om de beurt "
        "(jackknife), anders uit {resamples} trekkingen met teruglegging. Kansniveau en p komen uit hoogstens "
        "{permutations} verwisselingen die bij elkaar houden wat bij elkaar hoort (seed {seed}).",
        "Intervals (95%) take {units} as what varies: with fewer than {many} from leaving each out in turn "
        "(jackknife), else from {resamples} resamples. Chance level and p are from at most {permutations} "
        "permutations that keep together what belongs together (seed {seed}).",
    ),
    "method.mapping": (
        "Waar een thema van de machine als code gelezen wordt, is die koppeling gemaakt op andere fragmenten dan "
        "waarop ze beoordeeld wordt ({folds} delen).",
        "Where a theme of the machine is read as a code, that mapping was made on other fragments than those on "
        "which it is scored ({folds} folds).",
    ),
    "method.machines": ("De machine geldt als codeur: {coders}.", "The machine counts as a coder: {coders}."),
    "method.limit.themes": (
        "Een thema van de machine is een groep gelijkende teksten, nog geen thema in de zin van een interpretatie.",
        "A theme of the machine is a group of similar texts, not yet a theme in the sense of an interpretation.",
    ),
    "method.limit.stances": (
        "Sentiment en polariteit missen ironie en wat alleen uit het gesprek blijkt.",
        "Sentiment and polarity miss irony, and what only the conversation shows.",
    ),
    "method.limit.one_document": (
        "Er is één document: de onzekerheid tussen gesprekken is niet te schatten.",
        "There is one document: uncertainty between sessions cannot be estimated.",
    ),
    "method.limit.ceiling": (
        "Zonder tweede menselijke codeur is onbekend hoe hoog de overeenstemming kan zijn.",
        "Without a second human coder it is unknown how high agreement can be.",
    ),
    "method.limit.bands": (
        "Geen enkele maat is hier in woorden als ‘goed’ of ‘matig’ vertaald.",
        "No statistic was translated here into words such as ‘good’ or ‘fair’.",
    ),
    "method.software": (
        "Berekend met dialoogtafel {version} op Python {python}, met {libraries}.",
        "Computed with dialoogtafel {version} on Python {python}, with {libraries}.",
    ),
    "manifest.lead": (
        "Waaruit dit verslag gemaakt is. Wie dezelfde versies, instellingen en bestanden heeft, krijgt hetzelfde "
        "verslag.",
        "What this report was made from. With the same versions, settings and files one gets the same report.",
    ),
    "manifest.versions": ("Versies", "Versions"),
    "manifest.models": ("Modellen", "Models"),
    "manifest.hashes": ("Vingerafdrukken (SHA-256)", "Hashes (SHA-256)"),
    "manifest.code": ("code van de analyse", "code of the analysis"),
    "manifest.settings": ("Instelling {section}", "Setting {section}"),
    "stage.tokens": ("woorden", "words"),
    "stage.embeddings": ("vectoren", "vectors"),
    "stage.topics": ("thema’s", "themes"),
    "reason.fewer": ("minder dan {n} woorden", "fewer than {n} words"),
    "reason.said_by": ("gezegd door de {role}", "said by the {role}"),
    "reason.written by the authors, not said by a participant": (
        "geschreven door de auteurs, niet gezegd door een deelnemer",
        "written by the authors, not said by a participant",
    ),
    "reason.a heading": ("een kop", "a heading"),
    "reason.a note at the foot of a page or the end of a chapter": (
        "een noot onder aan een bladzijde of achter een hoofdstuk",
        "a note at the foot of a page or the end of a chapter",
    ),
    "reason.a page number, a label or a mark": (
        "een bladzijdenummer, label of teken",
        "a page number, a label or a mark",
    ),
    "reason.said in the opening, before the first hat": (
        "gezegd bij de opening, voor de eerste hoed",
        "said in the opening, before the first hat",
    ),
    "reason.thanks, farewell or practical matters": (
        "dank, afscheid of praktische zaken",
        "thanks, farewell or practical matters",
    ),
    "reason.only words of assent, doubt or surprise": (
        "alleen woorden van instemming, twijfel of verrassing",
        "only words of assent, doubt or surprise",
    ),
}
