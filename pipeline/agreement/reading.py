"""Plain sentences beside a figure and for each finding of the diagnosis, in Dutch and English.

A rare code gives a high percentage, a low kappa and a high AC1 from the same table. Which of the three is
"right" has no answer; what made them differ has one, and that is what is written here. No sentence says
whether a figure is good enough. A row is a mapping of column to value; names of codes, topics and coders are taken as
they stand in it.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agreement.comparison.inputs import BOTH_LEVELS
from pipeline.agreement.statistics.coefficients import (
    OF_MATCHES,
    Undefined,
    cohen_chance,
    cohen_kappa,
    count_matches,
    percent,
)
from pipeline.agreement.statistics.counts import one_against_rest, tallies_of_tables
from pipeline.agreement.statistics.many_coders import gwet_ac1, gwet_chance
from pipeline.agreement.statistics.resampling import KRIPPENDORFF, LANDIS_KOCH
from pipeline.agreement.wording import BilingualText, fill, read_family
from pipeline.core.schemas.forms import Row
from pipeline.core.views import Floats
from pipeline.core.vocabulary import label

RARE = 0.2
"""A code on fewer than this share of the units is rare, on more than 1 - this share common."""
APART = 0.1
"""Kappa and AC1 further apart than this are explained."""

LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {statistic: (name.nl, name.en) for statistic, name in read_family("statistic.").items()}
)
"""Statistic to its name in Dutch and English."""


def read_scheme(table: ArrayLike, codes: tuple[str, ...]) -> BilingualText:
    """Say how far two coders agree on a whole scheme, and whether one code carries the agreement.

    Args:
        table: shape (q, q).
        codes: the q names.

    >>> read_scheme([[90, 3, 0], [4, 1, 0], [1, 0, 1]], ("geen", "kans", "knelpunt")).en.count("'geen'")
    1
    """
    counted = np.asarray(table, dtype=np.float64)
    if counted.sum() == 0:
        return _undefined_kappa(Undefined.NO_COMMON_UNIT)
    kappa, ac1 = float(cohen_kappa(counted)), float(gwet_ac1(tallies_of_tables(counted)))
    if np.isnan(kappa):
        return _agreed(counted) + _undefined_kappa(Undefined.ONE_CATEGORY)
    reading = _agreed(counted) + _corrected(counted, kappa, ac1)
    shares = (counted.sum(axis=0) + counted.sum(axis=1)) / (2.0 * counted.sum())
    largest = int(shares.argmax())
    if shares[largest] <= 1.0 - RARE or abs(ac1 - kappa) < APART:
        return reading
    others = count_matches(one_against_rest(counted)[largest])
    same = float(OF_MATCHES["negative_agreement"](others))
    return reading + fill("apart.one_code", code=codes[largest], share=shares[largest], same=same)


def _undefined_kappa(reason: Undefined) -> BilingualText:
    name = BilingualText(*(label[0].upper() + label[1:] for label in LABELS["cohen_kappa"]))
    return fill("estimate.undefined", name=name, reason=fill(reason.value))


def _agreed(counted: Floats) -> BilingualText:
    n = int(counted.sum())
    return fill("agreed.share", share=float(percent(counted)), n=n)


def _corrected(counted: Floats, kappa: float, ac1: float) -> BilingualText:
    chance, ac1_chance = float(cohen_chance(counted)), float(gwet_chance(tallies_of_tables(counted)))
    reading = fill("corrected.figures", kappa=kappa, ac1=ac1, chance=chance, ac1_chance=ac1_chance)
    return reading if kappa >= 0.0 else reading + fill("corrected.below_zero")


def read_null(null: str) -> BilingualText:
    """Write the column ``null`` of a figure in words.

    >>> read_null("circular shifts within sessions by fragment, drawn 199").nl
    'verschuivingen in een kring binnen sessies per fragment, getrokken: 199'
    """
    dutch = null
    for phrase in read_family("null.").values():
        dutch = re.sub(phrase.en, phrase.nl, dutch)
    return BilingualText(nl=dutch, en=null)


def write_kappa(row: Row) -> BilingualText:
    """Write a kappa with its interval, or that there is none."""
    if row["estimate"] is None:
        return fill("kappa.undefined")
    return fill("kappa.value", row, interval=write_interval(row))


def write_interval(row: Row, *, percent: bool = False) -> BilingualText:
    """Write an interval in brackets after a space; nothing where there is none.

    >>> write_interval({"low": 0.1, "high": 0.25}).nl
    ' [0,10; 0,25]'
    """
    if row["low"] is None or row["high"] is None:
        return BilingualText("", "")
    return fill("interval.percent" if percent else "interval.number", row)


def signed_interval(row: Row) -> BilingualText:
    """Write a gain in kappa with its interval, in brackets."""
    return fill("signed.interval", value=write_signed(row["estimate"]), interval=write_interval(row))


def write_signed(value: float | None) -> BilingualText:
    """Write a gain with its sign.

    >>> write_signed(-0.004).en
    '+0.00'
    """
    return fill("signed.undefined") if value is None else fill("signed.value", value=value)


def read_code(row: Row) -> BilingualText:
    """Say what became of a code in the topics.

    >>> read_code({"code": "grenzen", "verdict": "split", "topics": ["T01", "T04"], "merged_with": [], "n": 40,
    ...            "precision": 0.5, "recall": 0.6, "lift": 2.5}).nl
    'grenzen: verdeeld over 2 topics (T01, T04). Daar ligt 60% van 40 fragmenten; 50% van die topics draagt de code.'
    """
    if row["verdict"] == "missed":
        return fill("code_diagnosis.missed", row)
    where = fill(f"code_diagnosis.{row['verdict']}", row, n_topics=len(row["topics"]))
    those = fill("code_diagnosis.one_topic" if len(row["topics"]) == 1 else "code_diagnosis.topics")
    return fill("code_diagnosis.shares", row, where=where, those=those)


def read_topic(row: Row) -> BilingualText:
    """Say which codes lie in a topic.

    >>> read_topic({"topic_id": "T03", "verdict": "uncoded", "codes": [], "n": 20, "n_coded": 1, "comparison": "A | M",
    ...             "largest": "x", "estimate": 0.1}).nl
    'T03: geen mens codeerde dit (1 van 20 fragmenten draagt een code).'
    """
    verdict = row["verdict"] if row["verdict"] in ("uncoded", "no_code") else "codes"
    return fill(f"topic_diagnosis.{verdict}", row)


def read_merge(row: Row) -> BilingualText:
    """Say what a merge gains on sessions that did not suggest it.

    >>> read_merge({"kind": "topics", "merged": "T01 + T02", "folds": 4, "n_folds": 5, "estimate": 0.05, "low": 0.01,
    ...             "high": 0.09, "chance": -0.01, "n": 90}).nl
    'Topics T01 + T02 samenvoegen (voorgesteld door 4 van 5 delen) geeft op de andere delen kappa +0,05 [0,01; 0,09]; zomaar twee samenvoegen geeft -0,01.'
    """  # noqa: E501
    gain, chance = write_signed(row["estimate"]), write_signed(row["chance"])
    kind = fill(f"merge.{row['kind']}")
    return fill("merge.gain", row, kind=kind, gain=gain, interval=write_interval(row), chance=chance)


def read_stability(row: Row) -> BilingualText:
    """Say how far a topic comes back, or all of them together.

    >>> read_stability({"topic_id": "T01", "verdict": "wisselend", "source": "all", "statistic": "jaccard",
    ...                 "estimate": 0.64, "chance": 0.1, "refits": 30}).nl
    'T01 is wisselend: gemiddeld komt 64% terug in 30 nieuwe indelingen, bij toeval 10%.'
    """
    if row["estimate"] is None:
        return fill("stability.undefined", row)
    if row["topic_id"]:
        name = fill(f"stability.{row['verdict']}", row) if row["verdict"] else row["topic_id"]
        return fill("stability.topic", row, name=name)
    name, source = fill(f"stability.{row['statistic']}"), fill(f"stability.{row['source']}")
    return fill("stability.all_topics", row, name=name, source=source)


def read_level(row: Row) -> BilingualText:
    """Say how far two coders agree at one level, and how much of their disagreement sits there alone.

    >>> read_level({"comparison": "A | B", "level": "theme", "estimate": 0.5, "low": None, "high": None,
    ...             "share": 0.25, "n": 8}).en
    'A | B, theme: kappa 0.50 on 8 fragments. 25% of the fragments on which they differ, they differ on this alone.'
    """
    level = read_family("level.").get(row["level"], row["level"])
    reading = fill("levels.kappa", row, level=level, kappa=write_kappa(row))
    if row["share"] is None:
        return reading
    return reading + fill("levels.both" if row["level"] == BOTH_LEVELS else "levels.alone", row)


def read_bands(rows: Sequence[Row]) -> BilingualText:
    """Say which bands of a convention are probable, from all bands of one figure.

    >>> bands = [{"scale": "Landis & Koch (1977)", "band": "fair", "probability": 0.3},
    ...          {"scale": "Landis & Koch (1977)", "band": "moderate", "probability": 0.7}]
    >>> read_bands(bands).nl
    'In de banden van Landis & Koch (1977): matig 30%, redelijk 70%.'
    """
    names = {
        en: BilingualText(nl, en)
        for scale in (LANDIS_KOCH, KRIPPENDORFF)
        for en, nl in zip(scale.bands, scale.bands_nl, strict=True)
    }
    shown = [fill("bands.share", row, name=names[row["band"]]) for row in rows if row["probability"] >= 0.005]
    return fill("bands.shares", rows[0], shares=shown)


def read_annotator_test(row: Row) -> BilingualText:
    """Say whether the machine is as near to the other coders as a coder is.

    >>> read_annotator_test({"scheme": "hat", "machine": "M", "coder": "", "winning_rate": None, "advantage": None,
    ...                      "human_advantage": None, "epsilon": 0.15, "n": 3, "reason": "too few"}).en
    'M, hat: not tested on 3 fragments: too few.'
    """
    if row["winning_rate"] is None:
        return fill("annotator_test.not_tested", row)
    may = fill("annotator_test.passed" if row["winning_rate"] >= 0.5 else "annotator_test.failed")
    return fill("annotator_test.shares", row, who=row["coder"] or fill("annotator_test.a_coder"), may=may)


def read_bridge(row: Row) -> BilingualText:
    """Say how far a hat is followed in polarity.

    >>> read_bridge({"coder": "A", "theme": "", "hat": "zwart", "expected": "knelpunt", "n": 20, "estimate": 0.8,
    ...              "low": 0.6, "high": 1.0, "chance": 0.4, "verdict": "holds", "conflicts": ["f-1"]}).en
    'A, Black hat: difficulties: 80% [60%; 100%] of 20 fragments is bottleneck (knelpunt), against 40% under all hats; 1 says the opposite. The bridge holds here.'
    """  # noqa: E501
    where = fill("bridge.coder_and_theme" if row["theme"] else "bridge.coder", row)
    hat = _label(row["hat"])
    if row["expected"] is None:
        return fill("bridge.nothing", row, where=where, hat=hat)
    n, ends = len(row["conflicts"]), write_interval(row, percent=True)
    opposite, expected = fill("bridge.opposite", n=n), _label(row["expected"])
    share = fill("bridge.share", row, where=where, hat=hat, interval=ends, expected=expected, opposite=opposite)
    has_interval = row["low"] is not None and row["high"] is not None
    if row["verdict"] == "not_shown" and not has_interval:
        return share + fill("bridge.no_interval")
    return share + fill(f"bridge.{row['verdict']}", row)


def _label(value: str) -> BilingualText:
    return BilingualText(label(value, "nl"), label(value, "en"))


def read_near_misses(rows: Sequence[Row]) -> BilingualText:
    """Say how many sub-themes are right, nearly right and wrong, from the rows of one comparison.

    >>> rows = [{"comparison": "A | B", "statistic": name, "estimate": value, "chance": 0.1, "n": 10}
    ...         for name, value in (("same_subtheme", 0.7), ("near_miss", 0.2), ("other_theme", 0.1))]
    >>> read_near_misses(rows).en
    'A | B: of 10 fragments 70% has the same sub-theme, 20% another sub-theme of the same theme, 10% another theme.'
    """
    return fill("near_misses.shares", rows[0], **{row["statistic"]: row["estimate"] for row in rows})


def read_difference(row: Row) -> BilingualText:
    """Say how often two polarities relate in one way.

    >>> read_difference({"comparison": "A | B", "difference": "reversed", "count": 3, "estimate": 0.1, "n": 30,
    ...                  "chance": 0.3}).nl
    'A | B: omgekeerd (kans tegenover knelpunt) bij 3 van 30 fragmenten (10%); bij toeval 30%.'
    """
    key = "differences.share" if row["chance"] is None else "differences.share_and_chance"
    return fill(key, row, kind=fill(f"difference.{row['difference']}"))


def read_gain(row: Row) -> BilingualText:
    """Say what coding more fragments would bring, and what the last ones brought.

    >>> read_gain({"coder": "A", "scheme": "theme", "n_coded": 200, "n_more": 60, "estimate": 0.081, "low": 0.02,
    ...            "high": 0.14}).en
    'Code 60 more fragments (A, theme) and the machine gains about 0.08 [0.02; 0.14] in kappa with A.'
    """
    ahead = _read_more(row)
    if row.get("last_estimate") is None:
        return ahead
    ends = write_interval({"low": row["last_low"], "high": row["last_high"]})
    return ahead + fill("gain.last", row, gain=write_signed(row["last_estimate"]), interval=ends)


def _read_more(row: Row) -> BilingualText:
    if row["estimate"] is None:
        return fill("gain.not_shown", row, found="")
    if row["low"] is None or row["low"] <= 0.0:
        return fill("gain.not_shown", row, found=signed_interval(row))
    gain = fill("gain.small" if row["estimate"] < 0.005 else "gain.about", row)
    return fill("gain.more", row, gain=gain, interval=write_interval(row))


def read_frequency(row: Row) -> BilingualText:
    """Say how often a code occurs in all fragments.

    >>> read_frequency({"coder": "A", "code": "grenzen", "machine": 0.3, "coded": 0.1, "estimate": 0.12, "low": 0.08,
    ...                 "high": 0.16, "n_coded": 50, "n": 200}).en
    'grenzen: about 12% [8%; 16%] of 200 fragments, corrected from 50 that A coded (10%); the machine alone says 30%.'
    """
    if row["estimate"] is None:
        return fill("frequency.coded_only", row)
    return fill("frequency.all", row, interval=write_interval(row, percent=True))
