"""Texts of the diagnosis, in Dutch and English; its sentences come from ``pipeline.agreement``."""

DIAGNOSIS_WORDS: dict[str, tuple[str, str]] = {
    "section.diagnosis": ("Diagnose", "Diagnosis"),
    "diagnosis.lead": (
        "Waar codeurs verschillen, wat de thema’s van de machine missen, en wat meer coderen zou opleveren. Alleen wat"
        " meer is dan toeval heet gevonden; wat niet te zeggen is, staat er niet.",
        "Where coders differ, what the themes of the machine miss, and what more coding would bring. Only what is more"
        " than chance is called found; what cannot be said is not here.",
    ),
    "diagnosis.none": ("Er is niets om te diagnosticeren.", "There is nothing to diagnose."),
    "finding.levels.title": ("Waar het verschil zit", "Where the difference sits"),
    "finding.levels.note": (
        "Thema, polariteit en beide samen op dezelfde fragmenten; hoeden op de fragmenten die een hoed hebben.",
        "Theme, polarity and both together on the same fragments; hats on the fragments that have a hat.",
    ),
    "finding.levels.fold": ("Hoe waarschijnlijk elke band is", "How probable each band is"),
    "finding.machine.title": ("De machine op de plaats van een codeur", "The machine in the place of a coder"),
    "finding.machine.note": (
        "Elke codeur wordt om de beurt weggelaten: wie staat dichter bij de anderen? Twee codeurs zijn weinig; drie of"
        " meer is beter.",
        "Each coder is left out in turn: who is nearer to the others? Two coders are few; three or more are better.",
    ),
    "finding.machine.fold": ("Per weggelaten codeur", "By coder left out"),
    "finding.topics.title": ("Wat er van de codes terechtkwam", "What became of the codes"),
    "finding.topics.note": (
        "Een topic en een code horen bij elkaar als zij vaker samengaan dan toeval, ook wanneer hele gesprekken of"
        " blokken verschuiven. Samenvoegen wordt gescoord op delen die het niet voorstelden.",
        "A topic and a code belong together when they meet more often than chance, also when whole sessions or blocks"
        " move. Merges are scored on parts that did not suggest them.",
    ),
    "finding.topics.fold": ("Elke code en elk topic", "Each code and each topic"),
    "diagnosis.codes": (
        "{coders}, {scheme}: {found} gevonden, {split} verdeeld, {merged} samengevoegd, {missed} gemist.",
        "{coders}, {scheme}: {found} found, {split} split, {merged} merged, {missed} missed.",
    ),
    "finding.bridge.title": ("De brug van hoed naar polariteit", "The bridge from hat to polarity"),
    "finding.bridge.note": (
        "Alleen hoeden die in de bron staan tellen; wat de machine hoort of uit de opbouw volgt, niet.",
        "Only hats written in the source count; not what the machine hears or what follows from the structure.",
    ),
    "finding.bridge.fold": ("Per thema, en uitspraken die hun hoed tegenspreken", "By theme, and remarks against"),
    "finding.differences.title": ("Bijna goed, en omgekeerd", "Nearly right, and reversed"),
    "finding.differences.note": (
        "Een omkering van kans en knelpunt is een ander verschil dan een onthouding, of een van beide waar de ander ze"
        " allebei hoort.",
        "A reversal of kans and knelpunt is another difference than an abstention, or one of the two where the other"
        " hears both.",
    ),
    "finding.differences.fold": ("Uitspraken met omgekeerde polariteit", "Remarks with reversed polarity"),
    "finding.curve.title": ("Wat meer coderen oplevert", "What more coding brings"),
    "finding.curve.note": (
        "Een leerling op de vectoren leert van steeds meer gecodeerde fragmenten en wordt gescoord op wat hij niet zag."
        " Ruitjes: kappa met de codeur, met 95 %-interval; band: wat mensen onderling halen.",
        "A learner on the vectors is taught by ever more coded fragments and scored on what it did not see. Diamonds:"
        " kappa with the coder, with 95% interval; band: what people reach among themselves.",
    ),
    "diagnosis.curve.title_of": (
        "{coder}, {scheme}: kappa naar aantal gecodeerde fragmenten.",
        "{coder}, {scheme}: kappa by number of coded fragments.",
    ),
    "diagnosis.curve.ceiling": ("Mensen onderling: {ceiling}.", "People among themselves: {ceiling}."),
    "diagnosis.curve.unknown": (
        "Wat mensen onderling halen, is onbekend.",
        "What people reach among themselves is unknown.",
    ),
    "diagnosis.curve.point": ("{n} fragmenten: kappa {kappa}", "{n} fragments: kappa {kappa}"),
    "finding.stability.title": ("Komen de thema’s van de machine terug?", "Do the themes of the machine come back?"),
    "finding.stability.note": (
        "Opnieuw ingedeeld met andere toevalsgetallen, andere gesprekken of fragmenten en een andere volgorde. Robuust:"
        " telkens gemiddeld driekwart of meer terug; toevallig: ergens minder dan de helft.",
        "Divided anew with other seeds, other sessions or fragments and another order. Robust (robuust): each time"
        " three quarters or more comes back on average; accidental (toevallig): somewhere less than half.",
    ),
    "finding.stability.fold": ("Per thema", "By theme"),
    "diagnosis.steady": (
        "{robuust} robuust, {wisselend} wisselend, {toevallig} toevallig.",
        "{robuust} robust, {wisselend} changeable, {toevallig} accidental.",
    ),
    "finding.frequencies.title": ("Hoe vaak, gecorrigeerd", "How often, corrected"),
    "finding.frequencies.note": (
        "Het aandeel van een code in alle fragmenten, uit het gecodeerde deel en wat de machine van de rest zegt"
        " (regressieschatter). Het geldt als het gecodeerde deel een toevallige steekproef is.",
        "The share of a code in all fragments, from the coded part and what the machine says of the rest (regression"
        " estimator). It holds if the coded part is a random sample.",
    ),
    "finding.frequencies.fold": ("Elke code", "Each code"),
    "diagnosis.refused": (
        "Niet te schatten: de opbouw van een verslag bepaalt wat gecodeerd is, en dat is geen steekproef.",
        "Cannot be estimated: the structure of a report decides what is coded, and that is no sample.",
    ),
    "sheet.levels": ("Niveaus", "Levels"),
    "sheet.bands": ("Banden", "Bands"),
    "sheet.annotator_tests": ("Machine als codeur", "Machine as a coder"),
    "sheet.topic_codes": ("Thema x code", "Theme x code"),
    "sheet.code_diagnoses": ("Diagnose van codes", "Diagnosis of codes"),
    "sheet.topic_diagnoses": ("Diagnose van themas", "Diagnosis of themes"),
    "sheet.suggested_merges": ("Samenvoegen", "Merges"),
    "sheet.hat_bridge": ("Brug van hoed naar polariteit", "Bridge from hat to polarity"),
    "sheet.near_misses": ("Bijna goed", "Near misses"),
    "sheet.polarity_differences": ("Verschil in polariteit", "Differences in polarity"),
    "sheet.learning_curve": ("Leercurve", "Learning curve"),
    "sheet.learning_gains": ("Wat meer coderen geeft", "What more coding brings"),
    "sheet.theme_stability": ("Stabiliteit", "Stability"),
    "sheet.corrected_frequencies": ("Gecorrigeerde aandelen", "Corrected shares"),
    "holds.levels": (
        "kappa op thema, polariteit, beide en hoed, en waar het verschil zit",
        "kappa on theme, polarity, both and hat, and where the difference sits",
    ),
    "holds.bands": ("hoe waarschijnlijk elke band van een conventie is", "how probable each band of a convention is"),
    "holds.annotator_tests": (
        "of de machine de plaats van een codeur kan innemen",
        "whether the machine may take the place of a coder",
    ),
    "holds.topic_codes": (
        "elk thema van de machine met elke code, en of zij bij elkaar horen",
        "each theme of the machine with each code, and whether they belong together",
    ),
    "holds.code_diagnoses": (
        "elke code gevonden, verdeeld, samengevoegd of gemist",
        "each code found, split, merged or missed",
    ),
    "holds.topic_diagnoses": (
        "welke codes in elk thema van de machine liggen, of geen",
        "which codes lie in each theme of the machine, or none",
    ),
    "holds.suggested_merges": (
        "wat samenvoegen oplevert op delen die het niet voorstelden",
        "what a merge gains on parts that did not suggest it",
    ),
    "holds.hat_bridge": (
        "hoe vaak een gegeven hoed in kans of knelpunt gevolgd wordt, per thema",
        "how often a given hat is followed in kans or knelpunt, by theme",
    ),
    "holds.near_misses": (
        "hoe vaak het thema klopt en het subthema niet",
        "how often the theme is right and the sub-theme is not",
    ),
    "holds.polarity_differences": (
        "omkeringen, een van de twee, neutraal en onthoudingen",
        "reversals, one of two, neutral and abstentions",
    ),
    "holds.learning_curve": (
        "kappa naar het aantal gecodeerde fragmenten",
        "kappa by the number of coded fragments",
    ),
    "holds.learning_gains": ("wat meer coderen zou opleveren", "what more coding would bring"),
    "holds.theme_stability": (
        "hoe ver elk thema van de machine terugkomt",
        "how far each theme of the machine comes back",
    ),
    "holds.corrected_frequencies": (
        "aandeel van elke code in alle fragmenten, met interval",
        "share of each code in all fragments, with interval",
    ),
}
