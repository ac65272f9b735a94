"""A plain sentence for each finding of the diagnosis, in Dutch and English; none says whether a figure is good enough.

Every function takes a row of its table, as a mapping of column to value, and gives the same in both languages. Names
of codes, topics and coders are taken as they stand in the row.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pipeline.agreement.reading import (
    Reading,
    signed_interval,
    write_en,
    write_interval,
    write_kappa,
    write_nl,
    write_share,
    write_signed,
)
from pipeline.agreement.statistics.estimate import KRIPPENDORFF, LANDIS_KOCH
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import label


def read_code(row: Row) -> Reading:
    """Say what became of a code in the topics.

    >>> read_code({"code": "grenzen", "verdict": "split", "topics": ["T01", "T04"], "merged_with": [], "n": 40,
    ...            "precision": 0.5, "recall": 0.6, "lift": 2.5}).nl
    'grenzen: verdeeld over 2 topics (T01, T04). Daar ligt 60% van 40 fragmenten; 50% van die topics draagt de code.'
    """
    topics, others = ", ".join(row["topics"]), ", ".join(row["merged_with"])
    if row["verdict"] == "missed":
        return Reading(
            f"{row['code']}: gemist. Geen topic bevat deze code aantoonbaar vaker dan toeval ({row['n']} fragmenten).",
            f"{row['code']}: missed. No topic can be shown to hold this code more often than chance "
            f"({row['n']} fragments).",
        )
    words = {
        "found": Reading(f"gevonden in {topics}", f"found in {topics}"),
        "split": Reading(
            f"verdeeld over {len(row['topics'])} topics ({topics})",
            f"split over {len(row['topics'])} topics ({topics})",
        ),
        "merged": Reading(f"samengevoegd met {others} in {topics}", f"merged with {others} in {topics}"),
    }[row["verdict"]]
    one = len(row["topics"]) == 1
    those = Reading("dat topic", "that topic") if one else Reading("die topics", "those topics")
    recall, precision = write_share(row["recall"]), write_share(row["precision"])
    return Reading(
        f"{row['code']}: {words.nl}. Daar ligt {recall} van {row['n']} fragmenten; {precision} van {those.nl} "
        "draagt de code.",
        f"{row['code']}: {words.en}. {recall} of {row['n']} fragments lie there; {precision} of {those.en} "
        "carries the code.",
    )


def read_topic(row: Row) -> Reading:
    """Say which codes lie in a topic.

    >>> read_topic({"topic_id": "T03", "verdict": "uncoded", "codes": [], "n": 20, "n_coded": 1, "comparison": "A | M",
    ...             "largest": "x", "estimate": 0.1}).nl
    'T03: geen mens codeerde dit (1 van 20 fragmenten draagt een code).'
    """
    name, codes = row["topic_id"], ", ".join(row["codes"])
    if row["verdict"] == "uncoded":
        return Reading(
            f"{name}: geen mens codeerde dit ({row['n_coded']} van {row['n']} fragmenten draagt een code).",
            f"{name}: no human coded this ({row['n_coded']} of {row['n']} fragments carry a code).",
        )
    if row["verdict"] == "no_code":
        return Reading(
            f"{name}: geen code ligt hier aantoonbaar vaker dan toeval; de meest gegeven is {row['largest']} "
            f"({write_share(row['estimate'])}).",
            f"{name}: no code can be shown to lie here more often than chance; the commonest is {row['largest']} "
            f"({write_share(row['estimate'])}).",
        )
    return Reading(f"{name}: hier ligt {codes}.", f"{name}: here lies {codes}.")


def read_merge(row: Row) -> Reading:
    """Say what a merge gains on sessions that did not suggest it.

    >>> read_merge({"kind": "topics", "merged": "T01 + T02", "folds": 4, "n_folds": 5, "estimate": 0.05, "low": 0.01,
    ...             "high": 0.09, "chance": -0.01, "n": 90}).nl
    'Topics T01 + T02 samenvoegen (voorgesteld door 4 van 5 delen) geeft op de andere delen kappa +0,05 [0,01; 0,09]; zomaar twee samenvoegen geeft -0,01.'
    """  # noqa: E501
    kind = Reading("Topics", "topics") if row["kind"] == "topics" else Reading("Codes", "codes")
    gain, chance = write_signed(row["estimate"]), write_signed(row["chance"])
    return Reading(
        f"{kind.nl} {row['merged']} samenvoegen (voorgesteld door {row['folds']} van {row['n_folds']} delen) geeft op "
        f"de andere delen kappa {gain.nl}{write_interval(row).nl}; zomaar twee samenvoegen geeft {chance.nl}.",
        f"Merging {kind.en} {row['merged']} (suggested by {row['folds']} of {row['n_folds']} parts) gives kappa "
        f"{gain.en}{write_interval(row).en} on the other parts; merging any two gives {chance.en}.",
    )


def read_stability(row: Row) -> Reading:
    """Say how far a topic comes back, or all of them together.

    >>> read_stability({"topic_id": "T01", "verdict": "wisselend", "source": "all", "statistic": "jaccard",
    ...                 "estimate": 0.64, "chance": 0.1, "refits": 30}).nl
    'T01 is wisselend: gemiddeld komt 64% terug in 30 nieuwe indelingen, bij toeval 10%.'
    """
    value, chance, n = row["estimate"], row["chance"], row["refits"]
    if value is None:
        return Reading(f"{row['topic_id']}: niet te bepalen.", f"{row['topic_id']}: undefined.")
    if row["topic_id"]:
        head = f"{row['topic_id']} is {row['verdict']}" if row["verdict"] else row["topic_id"]
        word = _STEADINESS.get(row["verdict"] or "", "")
        return Reading(
            f"{head}: gemiddeld komt {write_share(value)} terug in {n} nieuwe indelingen, bij toeval "
            f"{write_share(chance)}.",
            f"{row['topic_id']}{f' is {word}' if word else ''}: on average {write_share(value)} comes back in {n} new "
            f"divisions, by chance {write_share(chance)}.",
        )
    name = {"adjusted_rand": "ARI", "normalized_mutual_information": "NMI"}[row["statistic"]]
    return Reading(
        f"{name} van alle topics met {n} nieuwe indelingen ({_SOURCES[row['source']].nl}): {write_nl(value)}; bij "
        f"toeval {write_nl(chance)}.",
        f"{name} of all topics with {n} new divisions ({_SOURCES[row['source']].en}): {write_en(value)}; by chance "
        f"{write_en(chance)}.",
    )


_STEADINESS = MappingProxyType({"robuust": "robust", "wisselend": "changeable", "toevallig": "accidental"})
_SOURCES: Mapping[str, Reading] = MappingProxyType(
    {
        "all": Reading("alle samen", "all together"),
        "bootstrap": Reading("andere gesprekken of fragmenten", "other sessions or fragments"),
    }
)


def read_level(row: Row) -> Reading:
    """Say how far two coders agree at one level, and how much of their disagreement sits there alone.

    >>> read_level({"comparison": "A | B", "level": "theme", "estimate": 0.5, "low": None, "high": None,
    ...             "share": 0.25, "n": 8}).en
    'A | B, theme: kappa 0.50 on 8 fragments. 25% of the fragments on which they differ, they differ on this alone.'
    """
    kappa, level = write_kappa(row), _LEVELS.get(row["level"], row["level"])
    nl = f"{row['comparison']}, {level}: {kappa.nl} op {row['n']} fragmenten."
    en = f"{row['comparison']}, {row['level']}: {kappa.en} on {row['n']} fragments."
    if row["share"] is None:
        return Reading(nl, en)
    both = row["level"] == "theme x polarity"
    where = Reading("op beide", "on both") if both else Reading("alleen hierop", "on this alone")
    return Reading(nl, en) + Reading(
        f"Van de fragmenten waarover zij verschillen, verschillen zij bij {write_share(row['share'])} {where.nl}.",
        f"{write_share(row['share'])} of the fragments on which they differ, they differ {where.en}.",
    )


def read_bands(rows: Sequence[Row]) -> Reading:
    """Say which bands of a convention are probable, from all bands of one figure.

    >>> bands = [{"scale": "Landis & Koch (1977)", "band": "fair", "probability": 0.3},
    ...          {"scale": "Landis & Koch (1977)", "band": "moderate", "probability": 0.7}]
    >>> read_bands(bands).nl
    'In de banden van Landis & Koch (1977): matig 30%, redelijk 70%.'
    """
    names = {
        en: nl for scale in (LANDIS_KOCH, KRIPPENDORFF) for en, nl in zip(scale.bands, scale.bands_nl, strict=True)
    }
    shown = [row for row in rows if row["probability"] >= 0.005]
    dutch = ", ".join(f"{names[row['band']]} {write_share(row['probability'])}" for row in shown)
    english = ", ".join(f"{row['band']} {write_share(row['probability'])}" for row in shown)
    scale = rows[0]["scale"]
    return Reading(f"In de banden van {scale}: {dutch}.", f"In the bands of {scale}: {english}.")


def read_annotator_test(row: Row) -> Reading:
    """Say whether the machine is as near to the other coders as a coder is.

    >>> read_annotator_test({"scheme": "hat", "machine": "M", "coder": "", "winning_rate": None, "advantage": None,
    ...                      "human_advantage": None, "epsilon": 0.15, "n": 3, "reason": "too few"}).en
    'M, hat: not tested on 3 fragments: too few.'
    """
    head = f"{row['machine']}, {row['scheme']}"
    if row["winning_rate"] is None:
        return Reading(
            f"{head}: niet getoetst op {row['n']} fragmenten; er zijn er te weinig.",
            f"{head}: not tested on {row['n']} fragments: {row['reason']}.",
        )
    who = Reading("een codeur", "a coder") if not row["coder"] else Reading(row["coder"], row["coder"])
    shares = write_share(row["advantage"]), write_share(row["human_advantage"])
    passed = row["winning_rate"] >= 0.5
    return Reading(
        f"{head}: de machine staat bij {shares[0]} van {row['n']} fragmenten minstens zo dicht bij de andere codeurs, "
        f"{who.nl} bij {shares[1]}. Met een voorgift van {write_nl(row['epsilon'])} kan zij een codeur hier "
        f"{'wel' if passed else 'niet'} vervangen.",
        f"{head}: on {shares[0]} of {row['n']} fragments the machine is at least as near to the other coders, {who.en} "
        f"on {shares[1]}. With a handicap of {write_en(row['epsilon'])} it {'may' if passed else 'may not'} take the "
        "place of a coder here.",
    )


def read_bridge(row: Row) -> Reading:
    """Say how far a hat is followed in polarity.

    >>> read_bridge({"coder": "A", "theme": "", "hat": "zwart", "expected": "knelpunt", "n": 20, "estimate": 0.8,
    ...              "low": 0.6, "high": 1.0, "chance": 0.4, "verdict": "holds", "conflicts": ["f-1"]}).en
    'A, Black hat: difficulties: 80% [60%; 100%] of 20 fragments is bottleneck (knelpunt), against 40% under all hats; 1 says the opposite. The bridge holds here.'
    """  # noqa: E501
    where = f"{row['coder']}, {row['theme']}, " if row["theme"] else f"{row['coder']}, "
    hat = {language: label(row["hat"], language) for language in ("nl", "en")}
    if row["expected"] is None:
        return Reading(
            f"{where}{hat['nl']}: zegt niets over kans of knelpunt ({row['n']} fragmenten).",
            f"{where}{hat['en']}: says nothing of kans or knelpunt ({row['n']} fragments).",
        )
    verdict = {
        "holds": Reading("De hoed zegt het hier.", "The bridge holds here."),
        "not_shown": Reading(
            "Of de hoed het hier zegt, is niet aan te tonen.", "Whether the bridge holds here is unknown."
        ),
        "contradicted": Reading("De hoed zegt hier het omgekeerde.", "The bridge is wrong here."),
    }[row["verdict"]]
    share, ends = write_share(row["estimate"]), write_interval(row, percent=True)
    value, n = {language: label(row["expected"], language) for language in ("nl", "en")}, len(row["conflicts"])
    return (
        Reading(
            f"{where}{hat['nl']}: {share}{ends.nl} van {row['n']} fragmenten is {value['nl']}, tegen "
            f"{write_share(row['chance'])} onder alle hoeden; {n} {'zegt' if n == 1 else 'zeggen'} het omgekeerde.",
            f"{where}{hat['en']}: {share}{ends.en} of {row['n']} fragments is {value['en']}, against "
            f"{write_share(row['chance'])} under all hats; {n} {'says' if n == 1 else 'say'} the opposite.",
        )
        + verdict
    )


def read_near_misses(rows: Sequence[Row]) -> Reading:
    """Say how many sub-themes are right, nearly right and wrong, from the rows of one comparison.

    >>> rows = [{"comparison": "A | B", "statistic": name, "estimate": value, "chance": 0.1, "n": 10}
    ...         for name, value in (("same_subtheme", 0.7), ("near_miss", 0.2), ("other_theme", 0.1))]
    >>> read_near_misses(rows).en
    'A | B: of 10 fragments 70% has the same sub-theme, 20% another sub-theme of the same theme, 10% another theme.'
    """
    by_name = {row["statistic"]: row for row in rows}
    same, near, other = (
        write_share(by_name[name]["estimate"]) for name in ("same_subtheme", "near_miss", "other_theme")
    )
    head, n = rows[0]["comparison"], rows[0]["n"]
    return Reading(
        f"{head}: van {n} fragmenten heeft {same} hetzelfde subthema, {near} een ander subthema van hetzelfde thema, "
        f"{other} een ander thema.",
        f"{head}: of {n} fragments {same} has the same sub-theme, {near} another sub-theme of the same theme, {other} "
        "another theme.",
    )


def read_difference(row: Row) -> Reading:
    """Say how often two polarities relate in one way.

    >>> read_difference({"comparison": "A | B", "difference": "reversed", "count": 3, "estimate": 0.1, "n": 30,
    ...                  "chance": 0.3}).nl
    'A | B: omgekeerd (kans tegenover knelpunt) bij 3 van 30 fragmenten (10%); bij toeval 30%.'
    """
    words = _DIFFERENCES[row["difference"]]
    share, known = write_share(row["estimate"]), row["chance"] is not None
    chance = write_share(row["chance"]) if known else ""
    return Reading(
        f"{row['comparison']}: {words.nl} bij {row['count']} van {row['n']} fragmenten ({share})"
        + (f"; bij toeval {chance}." if known else "."),
        f"{row['comparison']}: {words.en} on {row['count']} of {row['n']} fragments ({share})"
        + (f"; by chance {chance}." if known else "."),
    )


def read_gain(row: Row) -> Reading:
    """Say what coding more fragments would bring, and what the last ones brought.

    >>> read_gain({"coder": "A", "scheme": "theme", "n_coded": 200, "n_more": 60, "estimate": 0.081, "low": 0.02,
    ...            "high": 0.14}).en
    'Code 60 more fragments (A, theme) and the machine gains about 0.08 [0.02; 0.14] in kappa with A.'
    """
    ahead, lately = _read_more(row), _read_last(row)
    return Reading(f"{ahead.nl}{lately.nl}", f"{ahead.en}{lately.en}")


def _read_last(row: Row) -> Reading:
    if row.get("last_estimate") is None:
        return Reading("", "")
    brought = signed_interval({"estimate": row["last_estimate"], "low": row["last_low"], "high": row["last_high"]})
    dutch, english = (part.removeprefix(" (kappa ").removesuffix(")") for part in (brought.nl, brought.en))
    return Reading(
        f" De laatste {row['n_last']} gecodeerde fragmenten brachten {dutch} kappa bij.",
        f" The last {row['n_last']} coded fragments added {english} to kappa.",
    )


def _read_more(row: Row) -> Reading:
    head = f"{row['coder']}, {row['scheme']}"
    if row["estimate"] is None or row["low"] is None or row["low"] <= 0.0:
        found = Reading("", "") if row["estimate"] is None else signed_interval(row)
        return Reading(
            f"Dat {row['n_more']} fragmenten meer ({head}) de machine beter maken, is niet aan te tonen{found.nl}.",
            f"That {row['n_more']} more fragments ({head}) make the machine better cannot be shown{found.en}.",
        )
    small = row["estimate"] < 0.005
    gain = (
        Reading("minder dan 0,01", "less than 0.01")
        if small
        else Reading(f"ongeveer {write_nl(row['estimate'])}", f"about {write_en(row['estimate'])}")
    )
    return Reading(
        f"Codeer {row['n_more']} fragmenten meer ({head}) en de machine wint {gain.nl}"
        f"{write_interval(row).nl} aan kappa met {row['coder']}.",
        f"Code {row['n_more']} more fragments ({head}) and the machine gains {gain.en}"
        f"{write_interval(row).en} in kappa with {row['coder']}.",
    )


def read_frequency(row: Row) -> Reading:
    """Say how often a code occurs in all fragments.

    >>> read_frequency({"coder": "A", "code": "grenzen", "machine": 0.3, "coded": 0.1, "estimate": 0.12, "low": 0.08,
    ...                 "high": 0.16, "n_coded": 50, "n": 200}).en
    'grenzen: about 12% [8%; 16%] of 200 fragments, corrected from 50 that A coded (10%); the machine alone says 30%.'
    """
    machine, coded = write_share(row["machine"]), write_share(row["coded"])
    if row["estimate"] is None:
        return Reading(
            f"{row['code']}: {coded} van {row['n_coded']} fragmenten van {row['coder']}; voor alle {row['n']} is dat "
            "niet te zeggen, want wat gecodeerd is, is geen steekproef.",
            f"{row['code']}: {coded} of {row['n_coded']} fragments of {row['coder']}; of all {row['n']} it cannot be "
            "said, since what is coded is no sample.",
        )
    share, ends = write_share(row["estimate"]), write_interval(row, percent=True)
    return Reading(
        f"{row['code']}: ongeveer {share}{ends.nl} van {row['n']} fragmenten, gecorrigeerd met {row['n_coded']} die "
        f"{row['coder']} codeerde ({coded}); de machine alleen zegt {machine}.",
        f"{row['code']}: about {share}{ends.en} of {row['n']} fragments, corrected from {row['n_coded']} that "
        f"{row['coder']} coded ({coded}); the machine alone says {machine}.",
    )


_LEVELS = MappingProxyType(
    {"theme": "thema", "polarity": "polariteit", "theme x polarity": "thema x polariteit", "hat": "hoed"}
)
_DIFFERENCES: Mapping[str, Reading] = MappingProxyType(
    {
        "same": Reading("hetzelfde", "the same"),
        "both": Reading("beiden zeggen kans en knelpunt", "both say kans and knelpunt"),
        "one_of_two": Reading("een van de twee waar de ander beide zegt", "one of two where the other says both"),
        "reversed": Reading("omgekeerd (kans tegenover knelpunt)", "reversed (kans against knelpunt)"),
        "one_neutral": Reading("een van beiden neutraal", "one of them neutral"),
        "abstained": Reading("de machine onthoudt zich", "the machine abstains"),
    }
)
