"""Texts of what the team asks of each theme, in Dutch and English."""

QUESTION_WORDS: dict[str, tuple[str, str]] = {
    "section.questions": ("Wat het team van elk thema vraagt", "What the team asks of each theme"),
    "ask.lead": (
        "Wie draagt een thema, onder welke hoeden, met meer kansen of meer knelpunten, en welke woorden tonen het of"
        " spreken het tegen? Hetzelfde voor de thema’s van elke codeur, mens of machine. Onbekend is niet nee.",
        "Who carries a theme, under which hats, with more opportunities or more bottlenecks, and which words show or"
        " contradict it? For the themes of every coder, human or machine, in the same way. Unknown is not no.",
    ),
    "ask.none": ("Nog niemand gaf een thema.", "Nobody gave a theme yet."),
    "ask.coder": ("Thema’s van {coder}", "Themes of {coder}"),
    "ask.caption": (
        "Elk thema van {coder}: hoeveel, hoe gespreid en hoe het leunt",
        "Each theme of {coder}: how much, how spread and how it leans",
    ),
    "ask.sessions": ("gesprekken", "sessions"),
    "ask.voices_column": ("stemmen", "voices"),
    "ask.carried_column": ("gedragen door", "carried by"),
    "ask.cards": ("Eén kaart per thema", "A card per theme"),
    "ask.who": ("Wie", "Who"),
    "ask.voiceless": ("({n} zonder spreker)", "({n} without a speaker)"),
    "ask.leans": ("Kans tegen knelpunt", "Opportunity against bottleneck"),
    "ask.lean_machine": (
        "Kans en knelpunt volgens de machine; deze codeur gaf er geen.",
        "Opportunity and bottleneck by the machine; this coder gave none.",
    ),
    "ask.by_machine": ("volgens de machine", "by the machine"),
    "ask.tone": ("Toon", "Tone"),
    "ask.prompting": ("Uitgelokt of spontaan", "Prompted or spontaneous"),
    "ask.prompting.prompted": ("met woorden uit de vraag net ervoor", "in words of the question just before"),
    "ask.prompting.after_question": ("net na een vraag", "right after a question"),
    "ask.prompting.spontaneous": ("spontaan", "spontaneous"),
    "ask.medium": ("Op papier of hardop", "On paper or aloud"),
    "ask.medium.notes": ("alleen op papier in {n}", "on paper only in {n}"),
    "ask.medium.aloud": ("alleen hardop in {n}", "aloud only in {n}"),
    "ask.medium.both": ("allebei in {n}", "both in {n}"),
    "ask.subthemes": ("Subthema’s", "Sub-themes"),
    "ask.more": ("nog {n} subthema’s", "{n} more sub-themes"),
    "ask.hats": ("Onder de hoeden", "Under the hats"),
    "ask.carriers_unknown": (
        "Eén gesprek of document, en geen sprekers: wie een thema draagt is hier niet te zeggen.",
        "One session or document, and no speakers: who carries a theme cannot be told here.",
    ),
    "ask.hat_own": (
        "zonder hoed in de bron, volgens deze codeur: {hats}",
        "no hat in the source, by this coder: {hats}",
    ),
    "ask.hat_predicted": (
        "zonder hoed in de bron, volgens de machine: {hats}",
        "no hat in the source, by the machine: {hats}",
    ),
    "ask.hat_none": ("hoed onbekend: {n}", "hat unknown: {n}"),
    "ask.unanswered": (
        "geen antwoord gevonden bij {n} van {total} knelpunten",
        "no answer found for {n} of {total} bottlenecks",
    ),
    "ask.shows": ("Toont het best", "Shows it best"),
    "ask.contradicts": ("Spreekt tegen (meest {most})", "Contradicts (mostly {most})"),
    "ask.no_contradiction": (
        "Niets over hetzelfde leunt de andere kant op.",
        "Nothing on the same leans the other way.",
    ),
    "ask.verdict.shared": ("gedeeld", "shared"),
    "ask.verdict.too_few": ("te weinig om te zeggen", "too few to say"),
    "ask.verdict.unknown": ("niet te zeggen", "cannot be told"),
    "ask.verdict.one_voice": (
        "één stem: {who} zegt {share} (toeval {chance})",
        "one voice: {who} says {share} (chance {chance})",
    ),
    "ask.verdict.one_session": (
        "één gesprek: {who} houdt {share} (toeval {chance})",
        "one session: {who} holds {share} (chance {chance})",
    ),
    "saturation.heading": ("Is het verzadigd?", "Is it saturated?"),
    "saturation.lead": (
        "Hoeveel codes waren er gezien na elk gesprek? De lijn is het gemiddelde van willekeurige volgordes, met wat"
        " 95 op 100 volgordes geven. Dat er niets nieuws meer kwam, zegt iets over dit codeboek en deze gesprekken,"
        " niet over wie er niet aan tafel zat.",
        "How many codes had been met after each session? The line is the mean of random orders, with what 95 in 100"
        " orders give. That nothing new came says something of this codebook and these sessions, not of who was not"
        " at the table.",
    ),
    "saturation.too_few": (
        "Met minder dan twee gesprekken of blokken is er niets te volgen.",
        "With fewer than two sessions or blocks there is nothing to follow.",
    ),
    "saturation.order": (
        "De laatste nieuwe van {n} codes kwam in gesprek {step} van {steps} ({session}).",
        "The last new one of {n} codes came in session {step} of {steps} ({session}).",
    ),
    "saturation.at_once": (
        "In elke volgorde bracht het eerste al alle codes mee.",
        "In every order the first one already held all codes.",
    ),
    "saturation.blocks": (
        "Eén document: de volgorde ervan is zijn codering, dus tellen hier alleen willekeurige volgordes van blokken.",
        "One document: its order is its coding, so only random orders of its blocks count here.",
    ),
    "saturation.half": (
        "In een willekeurige volgorde zijn na {steps} gemiddeld {mean} van de codes gezien [{low} – {high}].",
        "In a random order {mean} of the codes have been met after {steps} on average [{low} – {high}].",
    ),
    "saturation.step.session": ("{n} gesprekken", "{n} sessions"),
    "saturation.step.block": ("{n} blokken", "{n} blocks"),
    "saturation.point": ("na {step}: gemiddeld {mean} van {n}", "after {step}: {mean} of {n} on average"),
    "answers.heading": ("Welke knelpunten krijgen een antwoord?", "Which bottlenecks get an answer?"),
    "answers.lead": (
        "Verwachtingen, en ideeën onder de groene hoed, die in woorden en in betekenis meer op een knelpunt lijken dan"
        " toeval geeft. Een gelijkenis is nog geen antwoord: lees ze na.",
        "Expectations, and ideas under the green hat, that are more alike a bottleneck in words and in meaning than"
        " chance gives. Being alike is not yet an answer: read them.",
    ),
    "answers.none": (
        "Er zijn geen knelpunten, of geen verwachtingen of ideeën om naast te leggen.",
        "There are no bottlenecks, or no expectations or ideas to lay beside them.",
    ),
    "answers.sentence": (
        "Van {total} knelpunten vinden er {answered} een verwachting of idee; {open} vinden er geen. Met woorden en"
        " betekenis door elkaar geschud vindt hoogstens {chance} er een.",
        "Of {total} bottlenecks {answered} find an expectation or idea; {open} find none. With words and meaning"
        " shuffled, {chance} at most find one.",
    ),
    "answers.machine": (
        "{n} ervan heten alleen volgens de machine een knelpunt.",
        "{n} of them are a bottleneck by the machine only.",
    ),
    "answers.left": ("Knelpunt", "Bottleneck"),
    "answers.right": ("Wat erop kan antwoorden", "What may answer it"),
    "answers.source.expectation": ("verwachting", "expectation"),
    "answers.source.given": ("groene hoed", "green hat"),
    "answers.source.predicted": ("groene hoed volgens de machine", "green hat by the machine"),
    "answers.open": (
        "Knelpunten waarbij geen antwoord gevonden is, per thema van {coder}",
        "Bottlenecks for which no answer was found, by theme of {coder}",
    ),
    "answers.open_theme": ("bij {n} van {total} geen gevonden", "none found for {n} of {total}"),
    "perspectives.heading": ("Zelfde onderwerp, andere kant", "Same subject, other side"),
    "perspectives.lead": (
        "Een kans naast een knelpunt dat erop lijkt: vaak dezelfde wens, met en zonder de middelen. De machine legt ze"
        " naast elkaar; of ze bij elkaar horen, beslist u.",
        "An opportunity beside a bottleneck like it: often the same wish, with and without the means. The machine lays"
        " them side by side; whether they belong together is for you to say.",
    ),
    "perspectives.sentence": (
        "{pairs} paren, het meest gelijkende eerst; een gelijkenis die ook {chance} van de geschudde paren haalt, telt"
        " niet mee.",
        "{pairs} pairs, the likest first; a likeness that more than {chance} of shuffled pairs reach does not count.",
    ),
    "perspectives.none": (
        "Geen kans lijkt genoeg op een knelpunt om ze naast elkaar te leggen.",
        "No opportunity is alike enough a bottleneck to lay them side by side.",
    ),
    "perspectives.left_over": ("en nog {n} in de tabel perspectives", "and {n} more in table perspectives"),
    "pair.more": ("nog {n} paren", "{n} more pairs"),
    "pair.shared": ("samen: {words}", "shared: {words}"),
    "pair.across": ("over thema’s heen", "across themes"),
    "pair.machine": ("kans of knelpunt volgens de machine", "opportunity or bottleneck by the machine"),
    "meet.heading": ("Welke thema’s gaan samen?", "Which themes go together?"),
    "meet.none": (
        "Geen twee thema’s gaan vaker samen dan toeval.",
        "No two themes go together more often than chance.",
    ),
    "meet.untold": (
        "Dit is niet te zeggen: daarvoor zijn fragmenten met meer dan één thema nodig, of meer stemmen of gesprekken.",
        "This cannot be told: it takes fragments with more than one theme, or more voices or sessions.",
    ),
    "meet.fragment": (
        "{coder}: {first} en {second} op hetzelfde fragment, {n} van {units} fragmenten met meer dan één thema"
        " (toeval {expected}).",
        "{coder}: {first} and {second} on the same fragment, {n} of {units} fragments with several themes"
        " (chance {expected}).",
    ),
    "meet.voice": (
        "{coder}: {first} en {second} bij dezelfde stem, {n} van {units} stemmen (toeval {expected}).",
        "{coder}: {first} and {second} from the same voice, {n} of {units} voices (chance {expected}).",
    ),
    "meet.session": (
        "{coder}: {first} en {second} in hetzelfde gesprek, {n} van {units} gesprekken (toeval {expected}).",
        "{coder}: {first} and {second} in the same session, {n} of {units} sessions (chance {expected}).",
    ),
    "blind.heading": ("Blinde vlekken, in beide richtingen", "Blind spots, both ways"),
    "blind.lead": (
        "Zoals de diagnose het zegt: een topic draagt een code als zij vaker samengaan dan toeval, ook wanneer hele"
        " gesprekken of blokken verschuiven. Wat niemand draagt, is de plaats om zelf te gaan lezen.",
        "As the diagnosis says: a topic carries a code when they meet more often than chance, also when whole sessions"
        " or blocks move. What nobody carries is the place to go and read.",
    ),
    "blind.none": (
        "Elke code van mensen komt in een topic terug, en elk topic werd door mensen gecodeerd; of er is niets om te"
        " vergelijken.",
        "Every code of people comes back in a topic, and every topic was coded by people; or there is nothing to"
        " compare.",
    ),
    "blind.codes": ("Wat mensen zagen en geen topic draagt", "What people saw and no topic carries"),
    "blind.topics": ("Wat de machine vond en mensen niet codeerden", "What the machine found and people did not code"),
    "blind.code": ("{coder}: {label} ({n} fragmenten)", "{coder}: {label} ({n} fragments)"),
    "blind.topic": ("{label}: {coder} codeerde {n} van {total}", "{label}: {coder} coded {n} of {total}"),
    "sheet.theme_profiles": ("Wie draagt een thema", "Who carries a theme"),
    "sheet.theme_counts": ("Themas in tellingen", "Themes in counts"),
    "sheet.theme_subthemes": ("Subthemas per thema", "Sub-themes by theme"),
    "sheet.theme_quotes": ("Citaten per thema", "Quotes by theme"),
    "sheet.saturation": ("Verzadiging", "Saturation"),
    "sheet.cooccurrence": ("Themas die samengaan", "Themes that go together"),
    "sheet.knelpunten": ("Knelpunten", "Bottlenecks"),
    "sheet.answers": ("Antwoorden op knelpunten", "Answers to bottlenecks"),
    "sheet.theme_answers": ("Antwoorden per thema", "Answers by theme"),
    "sheet.perspectives": ("Kans naast knelpunt", "Opportunity beside bottleneck"),
    "holds.theme_profiles": (
        "een rij per thema en codeur: hoeveel gesprekken en stemmen, en of het er één is",
        "a row per theme and coder: how many sessions and voices, and whether it is one of them",
    ),
    "holds.theme_counts": (
        "hoed, polariteit, toon, uitgelokt of spontaan, papier of hardop, geteld per thema",
        "hat, polarity, tone, prompted or spontaneous, paper or aloud, counted by theme",
    ),
    "holds.theme_subthemes": ("een rij per subthema binnen een thema", "a row per sub-theme within a theme"),
    "holds.theme_quotes": (
        "fragmenten die een thema tonen of tegenspreken, het beste eerst",
        "fragments that show or contradict a theme, the best first",
    ),
    "holds.saturation": (
        "hoeveel codes gezien zijn na elk gesprek of blok",
        "how many codes had been met after each session or block",
    ),
    "holds.cooccurrence": (
        "een rij per paar thema’s, met wat toeval zou geven",
        "a row per pair of themes, with what chance would give",
    ),
    "holds.knelpunten": (
        "een rij per knelpunt, met hoeveel antwoorden er gevonden zijn",
        "a row per bottleneck, with how many answers were found",
    ),
    "holds.answers": (
        "een rij per verwachting of idee dat op een knelpunt kan antwoorden",
        "a row per expectation or idea that may answer a bottleneck",
    ),
    "holds.theme_answers": (
        "knelpunten met en zonder gevonden antwoord, per thema",
        "bottlenecks with and without an answer found, by theme",
    ),
    "holds.perspectives": (
        "een rij per kans en knelpunt over hetzelfde onderwerp",
        "a row per opportunity and bottleneck on one subject",
    ),
}
