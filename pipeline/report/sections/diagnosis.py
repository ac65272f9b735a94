"""The diagnosis as it is read: a sentence for each finding, what needs more room behind a fold, one kind of figure."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pipeline.agreement import reading
from pipeline.agreement.wording import BilingualText
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import Scheme
from pipeline.report.charts import Band, DrawnInterval, Point, choose_axis, draw_curve
from pipeline.report.explorer import link
from pipeline.report.inputs import ReportInputs, records
from pipeline.report.sections.agreement import name_coder, name_comparison, name_scheme, write_interval
from pipeline.report.words import Words

MOST_QUOTES = 12
VERDICTS = ("found", "split", "merged", "missed")
STEADINESS = ("robuust", "wisselend", "toevallig")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisFinding:
    """One subject of the diagnosis.

    Attributes:
        title: what it is about.
        note: how to read it.
        sentences: what was found.
        figures: learning curves, each with what it shows.
        fold: what stands behind the fold, empty without one.
        further: sentences behind the fold.
        quotes: remarks behind the fold: words, file and line, address in the explorer.
    """

    title: str
    note: str
    sentences: tuple[str, ...]
    figures: tuple[tuple[str, Markup], ...] = ()
    fold: str = ""
    further: tuple[str, ...] = ()
    quotes: tuple[tuple[str, str, str], ...] = ()


def describe_diagnosis(inputs: ReportInputs) -> list[DiagnosisFinding]:
    """Describe every subject of which anything can be said."""
    subjects = (_levels, _machine, _topics, _bridge, _differences, _curve, _stability, _frequencies)
    found = (subject(inputs) for subject in subjects)
    return [finding for finding in found if finding.sentences or finding.further]


def _levels(inputs: ReportInputs) -> DiagnosisFinding:
    words = inputs.words
    rows = _rows(inputs, "levels")
    bands: dict[tuple[str, str, str], list[Row]] = {}
    for row in _rows(inputs, "bands"):
        bands.setdefault((row["comparison"], row["level"], row["statistic"]), []).append(row)
    further = [
        f"{comparison}, {name_scheme(level, words).lower()}: {_say(reading.read_bands(given), words)}"
        for (comparison, level, _), given in bands.items()
    ]
    return _finding(inputs, "levels", _read(reading.read_level, rows, words), further)


def _machine(inputs: ReportInputs) -> DiagnosisFinding:
    words = inputs.words
    rows = [
        {**row, "machine": name_coder(row["machine"], words), "scheme": name_scheme(row["scheme"], words).lower()}
        for row in _rows(inputs, "annotator_tests")
    ]
    whole, single = ([row for row in rows if bool(row["coder"]) is one] for one in (False, True))
    read = reading.read_annotator_test
    differences = [describe_difference(row, words) for row in _rows(inputs, "kappa_differences")]
    return _finding(inputs, "machine", [*_read(read, whole, words), *differences], _read(read, single, words))


EQUIVALENT_BELOW = 0.05


def describe_difference(row: Row, words: Words) -> str:
    """Say how far a machine agrees less with two people than they do with each other, and what the test shows.

    Args:
        row: of the table ``kappa_differences``, its coders named as the report names them.
        words: of the language.
    """
    values = {
        "machine": name_coder(row["machine"], words),
        "scheme": name_scheme(row["scheme"], words).lower(),
        "coders": row["comparison"].replace(" | ", f" {words('diagnosis.and')} "),
        "n": words.count("fragment", row["n"]),
    }
    if row["estimate"] is None:
        return words("diagnosis.difference_unknown", **values)
    text = words(
        "diagnosis.difference", people=words.figure(row["people"]), own=words.figure(row["with_machine"]),
        estimate=words.figure(row["estimate"]), interval=write_interval(row, words), **values,
    )  # fmt: skip
    if row["p_equivalent"] is None or row["p_not_worse"] is None:
        return text
    key = "open"
    if row["p_equivalent"] < EQUIVALENT_BELOW:
        key = "equivalent"
    elif row["p_not_worse"] < EQUIVALENT_BELOW:
        key = "not_worse"
    elif row["high"] is not None and row["high"] < -row["margin"]:
        key = "worse"
    return f"{text} {words(f'diagnosis.difference_{key}', margin=words.number(row['margin'], 2))}"


def _topics(inputs: ReportInputs) -> DiagnosisFinding:
    words = inputs.words
    rows = [_labelled(inputs, row) for row in _rows(inputs, "code_diagnoses")]
    topics = [_labelled(inputs, row) for row in _rows(inputs, "topic_diagnoses")]
    merges = [_labelled(inputs, row) for row in _rows(inputs, "suggested_merges")]
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["comparison"], row["scheme"]), []).append(row)
    summary = []
    for (comparison, scheme), given in groups.items():
        counts = Counter(row["verdict"] for row in given)
        numbers = {verdict: words.number(counts[verdict]) for verdict in VERDICTS}
        summary.append(
            words("diagnosis.codes", coders=comparison, scheme=name_scheme(scheme, words).lower(), **numbers)
        )
    blind = [row for row in topics if row["verdict"] == "uncoded"]
    sentences = [
        *summary,
        *_headed(reading.read_topic, blind, words),
        *_headed(reading.read_merge, merges, words),
    ]
    further = [*_headed(reading.read_code, rows, words)]
    further += _headed(reading.read_topic, [row for row in topics if row["scheme"] == Scheme.THEME], words)
    return _finding(inputs, "topics", sentences, further)


FEWEST_IN_THEME = 5
"""Of fewer fragments under one hat in one theme no share is said; the workbook has all."""


def _bridge(inputs: ReportInputs) -> DiagnosisFinding:
    words = inputs.words
    rows = [
        {**row, "theme": inputs.code_label(Scheme.THEME, row["theme"]) if row["theme"] else ""}
        for row in _rows(inputs, "hat_bridge")
        if row["expected"] is not None and (row["n"] >= FEWEST_IN_THEME or not row["theme"])
    ]
    whole, single = ([row for row in rows if bool(row["theme"]) is one] for one in (False, True))
    conflicts = [fragment for row in whole for fragment in row["conflicts"]]
    read = reading.read_bridge
    return _finding(inputs, "bridge", _read(read, whole, words), _read(read, single, words), conflicts)


def _differences(inputs: ReportInputs) -> DiagnosisFinding:
    words = inputs.words
    near: dict[str, list[Row]] = {}
    for row in _rows(inputs, "near_misses"):
        near.setdefault(row["comparison"], []).append(row)
    rows = _rows(inputs, "polarity_differences")
    shown = [row for row in rows if row["difference"] == "reversed" or (row["count"] and row["difference"] != "same")]
    reversed_ = [fragment for row in rows if row["difference"] == "reversed" for fragment in row["fragments"]]
    sentences = [_say(reading.read_near_misses(given), words) for given in near.values()]
    sentences += _read(reading.read_difference, shown, words)
    return _finding(inputs, "differences", sentences, (), reversed_)


def _curve(inputs: ReportInputs) -> DiagnosisFinding:
    words = inputs.words
    named = [{**row, "scheme": name_scheme(row["scheme"], words).lower()} for row in _rows(inputs, "learning_gains")]
    rows: dict[tuple[str, str], list[Row]] = {}
    for row in _rows(inputs, "learning_curve"):
        rows.setdefault((row["coder"], row["scheme"]), []).append(row)
    figures = [
        (_title(coder, scheme, given, words), _draw(coder, scheme, given, words))
        for (coder, scheme), given in rows.items()
    ]
    finding = _finding(inputs, "curve", _read(reading.read_gain, named, words), ())
    return DiagnosisFinding(title=finding.title, note=finding.note, sentences=finding.sentences, figures=tuple(figures))


def _stability(inputs: ReportInputs) -> DiagnosisFinding:
    words = inputs.words
    rows = _rows(inputs, "theme_stability")
    counts = Counter(row["verdict"] for row in rows if row["verdict"])
    sentences = [
        words("diagnosis.steady", **{verdict: words.number(counts[verdict]) for verdict in STEADINESS})
    ] * bool(counts)
    sentences += _read(reading.read_stability, [row for row in rows if not row["topic_id"]], words)
    single = [row for row in rows if row["topic_id"] and row["source"] == "all"]
    return _finding(inputs, "stability", sentences, _read(reading.read_stability, single, words))


def _frequencies(inputs: ReportInputs) -> DiagnosisFinding:
    words = inputs.words
    rows = [_labelled(inputs, row) for row in _rows(inputs, "corrected_frequencies")]
    known = [row for row in rows if row["estimate"] is not None]
    sentences = [words("diagnosis.refused")] * (bool(rows) and not known)
    return _finding(inputs, "frequencies", sentences, _headed(reading.read_frequency, known, words))


def _finding(
    inputs: ReportInputs, key: str, sentences: Iterable[str], further: Iterable[str], quoted: Sequence[str] = ()
) -> DiagnosisFinding:
    words, details = inputs.words, tuple(further)
    quotes = tuple(
        (inputs.text(fragment), inputs.place(fragment), link(open=fragment))
        for fragment in list(dict.fromkeys(quoted))[:MOST_QUOTES]
    )
    return DiagnosisFinding(
        title=words(f"finding.{key}.title"),
        note=words(f"finding.{key}.note"),
        sentences=tuple(sentences),
        fold=words(f"finding.{key}.fold") if details or quotes else "",
        further=details,
        quotes=quotes,
    )


def _rows(inputs: ReportInputs, table: str) -> Sequence[Row]:
    """Rows of a table, with coders named as the report names them."""
    words = inputs.words
    rows = []
    for row in records(inputs.table(table)):
        if "comparison" in row:
            row["comparison"] = name_comparison(row["comparison"], words)
        if row.get("coder"):
            row["coder"] = name_coder(row["coder"], words)
        rows.append(row)
    return rows


def _labelled(inputs: ReportInputs, row: Row) -> Row:
    """Write codes by their labels."""

    def name(code: Any) -> str:  # noqa: ANN401
        return inputs.code_label(row["scheme"], code)

    changed = dict(row)
    for column in ("code", "largest"):
        if row.get(column):
            changed[column] = name(row[column])
    for column in ("codes", "merged_with"):
        if column in row:
            changed[column] = [name(code) for code in row[column]]
    if row.get("kind") == "codes":
        changed["merged"] = " + ".join(name(code) for code in row["merged"].split(" + "))
    return changed


def _headed(read: Callable[[Row], BilingualText], rows: Iterable[Row], words: Words) -> Iterator[str]:
    """Read rows, each with who is compared in front of it."""
    for row in rows:
        yield f"{row.get('comparison') or row['coder']}, {name_scheme(row['scheme'], words).lower()}: " + _say(
            read(row), words
        )


def _read(read: Callable[[Row], BilingualText], rows: Iterable[Row], words: Words) -> list[str]:
    return [_say(read(row), words) for row in rows]


def _say(reading: BilingualText, words: Words) -> str:
    if words.language == "en":
        return reading.en
    # A minus as the other figures of the report have it.
    return re.sub(r"(?<=\d)%", "\u00a0%", re.sub(r"(?<![\w-])-(?=\d)", "\u2212", reading.nl))


def _title(coder: str, scheme: str, rows: Sequence[Row], words: Words) -> str:
    title = words("diagnosis.curve.title_of", coder=coder, scheme=name_scheme(scheme, words).lower())
    ceiling = rows[0]["ceiling"]
    if ceiling is None:
        return f"{title} {words('diagnosis.curve.unknown')}"
    return f"{title} {words('diagnosis.curve.ceiling', ceiling=words.figure(ceiling))}"


def _draw(coder: str, scheme: str, rows: Sequence[Row], words: Words) -> Markup:
    known = [row for row in rows if row["estimate"] is not None]
    points = [
        Point(
            n=row["n_coded"],
            estimate=row["estimate"],
            low=row["low"],
            high=row["high"],
            title=words("diagnosis.curve.point", n=words.number(row["n_coded"]), kappa=words.figure(row["estimate"])),
        )
        for row in known
    ]
    first, band = rows[0], None
    if first["ceiling"] is not None:
        low, high = (
            first[end] if first[end] is not None else first["ceiling"] for end in ("ceiling_low", "ceiling_high")
        )
        band = Band(estimate=first["ceiling"], low=low, high=high)
    axis = choose_axis(DrawnInterval(estimate=point.estimate, low=point.low) for point in points)
    names = [("y", words.number(tick, 2)) for tick in axis.ticks]
    names += [("x", words.number(point.n)) for point in points]
    return draw_curve(points, band, axis, names, _title(coder, scheme, rows, words))
