"""Texts of the agreement between coders, in Dutch and English."""

from collections.abc import Mapping

EXCLUDED_NL: Mapping[str, str] = {
    "not seen by": "niet bekeken door",
    "left open by": "opengelaten door",
    "without a code of one of the two": "zonder code van een van beiden",
    "only fragments to which both gave a code": "alleen fragmenten met een code van beiden",
    "each topic read as a code, cross-fitted": "elk thema als code gelezen, kruiselings",
    "one topic for each code, cross-fitted": "één thema per code, kruiselings",
    "outliers reassigned": "uitschieters herverdeeld",
    "outliers excluded, coverage": "uitschieters weggelaten, dekking",
    "outliers as topics of one fragment": "uitschieters elk apart",
    "outliers as one topic": "uitschieters als één thema",
    "outliers": "uitschieters",
    "abstention as a code": "onthouding als code",
    "first code only": "alleen de eerste code",
    "the set of codes as one value": "alle codes samen als één waarde",
}
"""What the agreement table says of left out fragments and of choices, longer phrases before their parts."""

AGREEMENT_WORDS: dict[str, tuple[str, str]] = {
    "agree.lead": (
        "Hoe ver codeurs hetzelfde zeiden van dezelfde fragmenten, eerst mensen onderling, dan mens en machine. Elk"
        " cijfer staat naast wat toeval zou geven en tussen de grenzen van zijn 95 %-interval. Namen als ‘redelijk’"
        " of ‘goed’ zijn afspraken, geen oordeel; ze staan hier niet.",
        "How far coders said the same of the same fragments, people among themselves first, then people and "
        "machine. Each figure stands beside what chance would give and between the limits of its 95% interval. "
        "Names such as ‘fair’ or ‘good’ are conventions, not verdicts; they are not used here.",
    ),
    "agree.figure": ("{coders}: {statistic} {estimate}", "{coders}: {statistic} {estimate}"),
    "agree.interval": (" (95 %-interval {low} tot {high})", " (95% interval {low} to {high})"),
    "agree.no_interval": (" (zonder interval)", " (without an interval)"),
    "agree.chance": (", waar toeval {chance} zou geven", ", where chance would give {chance}"),
    "agree.chance_inside": (
        ", waar toeval {chance} zou geven: dat ligt binnen het interval",
        ", where chance would give {chance}: that lies within the interval",
    ),
    "agree.over": ("; {n}.", "; {n}."),
    "agree.group": (
        "n {n} · getrokken: {unit} · weggelaten: {excluded}",
        "n {n} · resampled: {unit} · left out: {excluded}",
    ),
    "agree.left_out": ("Weggelaten: {excluded}.", "Left out: {excluded}."),
    "agree.no_ceiling": (
        "Mensen zijn op dit punt niet met elkaar vergeleken: hoe hoog een machine kán komen is onbekend.",
        "People were not compared with each other here: how high a machine can come is unknown.",
    ),
    "agree.caption": ("Overeenstemming op {scheme}, met 95 %-interval", "Agreement on {scheme}, with 95% interval"),
    "agree.legend_human": ("mensen onderling", "people among themselves"),
    "agree.legend_machine": ("mens en machine", "people and machine"),
    "agree.legend_chance": ("kansniveau", "chance level"),
    "agree.all": ("Alle cijfers voor {scheme}", "All figures for {scheme}"),
    "agree.per_code": ("Per code, voor {scheme}", "Per code, for {scheme}"),
    "agree.per_code_note": (
        "Elke code tegen de rest. Bij een zeldzame code valt kappa laag uit en AC1 hoog: kijk dan naar de positieve"
        " overeenstemming, hoe vaak de een de code ook gaf als de ander dat deed. p is gecorrigeerd voor het aantal"
        " codes (Benjamini-Hochberg).",
        "Each code against the rest. With a rare code kappa comes out low and AC1 high: then look at the positive "
        "agreement, how often one gave the code where the other did. p is adjusted for the number of codes "
        "(Benjamini-Hochberg).",
    ),
    "agree.more": (
        "Elk cijfer, ook van andere maten, staat in report.xlsx.",
        "Each figure, of other statistics too, is in report.xlsx.",
    ),
    "column.kappa": ("kappa", "kappa"),
    "column.percent": ("aandeel gelijk", "share equal"),
    "column.ac1": ("AC1", "AC1"),
    "column.positive": ("positief gelijk", "positive"),
    "column.prevalence": ("aandeel code", "prevalence"),
    "coder.machine-inductive": ("machine (zonder codeboek)", "machine (no codebook)"),
    "coder.machine-decided": ("machine (na wat mensen beslisten)", "machine (after people decided)"),
    "coder.machine-guided": ("machine (met codeboek)", "machine (with the codebook)"),
    "coder.machine-taught": ("machine (geleerd)", "machine (taught)"),
    "coder.synthese": ("synthese", "synthesis"),
    "scheme.theme": ("Thema", "Theme"),
    "scheme.subtheme": ("Subthema", "Subtheme"),
    "scheme.polarity": ("Polariteit", "Polarity"),
    "scheme.hat": ("Hoed", "Hat"),
    "scheme.sentiment": ("Sentiment", "Sentiment"),
    "scheme.function": ("Functie", "Function"),
    "scheme.expectation": ("Verwachting", "Expectation"),
    "scheme.theme x polarity": ("Thema en polariteit samen", "Theme and polarity together"),
    "statistic.adjusted_mutual_information": (
        "aangepaste wederzijdse informatie (AMI)",
        "adjusted mutual information (AMI)",
    ),
    "statistic.adjusted_rand": ("aangepaste Rand-index (ARI)", "adjusted Rand index (ARI)"),
    "statistic.bcubed_precision": ("B-cubed precisie", "B-cubed precision"),
    "statistic.bcubed_recall": ("B-cubed dekking", "B-cubed recall"),
    "statistic.bcubed_f1": ("B-cubed F1", "B-cubed F1"),
    "statistic.jaccard": ("gedeelde codes (Jaccard)", "shared codes (Jaccard)"),
    "statistic.prevalence": ("aandeel van de code", "prevalence"),
    "unit_in_turn": ("{unit} om de beurt weggelaten", "{unit} left out in turn"),
    "no_code": ("geen code", "no code"),
    "statistic.v_measure": ("V-maat", "V-measure"),
    "statistic.homogeneity": ("homogeniteit", "homogeneity"),
    "statistic.completeness": ("volledigheid", "completeness"),
    "statistic.purity": ("zuiverheid", "purity"),
    "statistic.inverse_purity": ("omgekeerde zuiverheid", "inverse purity"),
    "statistic.harmonic_purity": ("harmonische zuiverheid", "harmonic purity"),
    "unit.session": ("gesprekken", "sessions"),
    "unit.sub-heading": ("tussenkoppen", "sub-headings"),
    "unit.block": ("blokken van stelling en citaten", "blocks of a statement with quotes"),
    "unit.fragment": ("fragmenten", "fragments"),
}
