"""The method in prose that can stand in a paper, and the manifest: both from what the results were made from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from pipeline.agreement.comparison.folds import MANY_BLOCKS
from pipeline.analysis.topics.standing import LEAST_COSINE
from pipeline.core.vocabulary import SYNTHESIS_CODER, Outcome, Scheme, StanceSource
from pipeline.corpus.understanding import is_set_aside
from pipeline.report.certainty import name_in_sentence
from pipeline.report.inputs import ReportInputs, count_values, records
from pipeline.report.sections.agreement import (
    CODERS,
    HEADLINES,
    LEFT_OUT_IN_TURN,
    name_coder,
    name_scheme,
    name_statistic,
    name_unit,
)
from pipeline.report.sections.decisions import count_in_force
from pipeline.report.sections.head import (
    FALLBACK_ENCODER,
    abstentions,
    describe_speakers,
    describe_who_else,
    is_one_document,
)

_PLACES = ("sources", "codebook", "codings", "decisions")
_STANCES = (Scheme.HAT, Scheme.SENTIMENT, Scheme.POLARITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodParagraph:
    """One paragraph of the method with its heading."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A part of the manifest: names with values."""

    title: str
    rows: tuple[tuple[str, str], ...]


def write_method(inputs: ReportInputs) -> list[MethodParagraph]:
    """Write the method, a paragraph for each step."""
    steps = (_notes, _language, _topics, _stances, _coding, _agreement, _limits, _software)
    titles = ("notes", "language", "topics", "stances", "coding", "agreement", "limits", "software")
    return [
        MethodParagraph(title=inputs.words(f"method.{title}.title"), text=" ".join(step(inputs)))
        for title, step in zip(titles, steps, strict=True)
    ]


def _notes(inputs: ReportInputs) -> Iterator[str]:
    words, config = inputs.words, inputs.config.fragments
    yield words("method.invented" if inputs.config.study.invented else "method.real")
    people = words("method.people", n=describe_speakers(inputs)) if inputs.n_speakers else ""
    yield words("method.notes", sources=words.count("source", len(inputs.table("sources"))),
                sessions=words.count("session", len(inputs.table("sessions"))), people=people)  # fmt: skip
    yield from describe_who_else(inputs)
    n_said = len(inputs.used) + inputs.n_set_aside
    yield words("method.units", n=words.count("fragment", n_said), max_words=config.max_words)
    left = count_values(inputs.fragments.loc[is_set_aside(inputs.fragments["status"]), "status"])
    yield words("method.used", n=words.number(len(inputs.used)), min_words=config.min_words)
    if left:
        which = [f"{words(f'status.{status}')} ({words.number(n)})" for status, n in left.items()]
        yield words("method.left", n=words.number(sum(left.values())), which=words.join(which))


def _language(inputs: ReportInputs) -> Iterator[str]:
    words, models, libraries = inputs.words, inputs.described.get("models", {}), _libraries(inputs)
    yield words("method.language", tagger=models.get("tokens", words("unknown")), spacy=libraries("spacy"),
                encoder=models.get("embeddings", words("unknown")))  # fmt: skip
    if models.get("embeddings") == FALLBACK_ENCODER:
        yield words("method.fallback")
    yield words("method.own_text")


def _topics(inputs: ReportInputs) -> Iterator[str]:
    words, config = inputs.words, inputs.config.topics
    yield words(f"method.engine.{config.engine}", version=_libraries(inputs)("bertopic"), seed=config.seed)
    yield words("method.n_set" if config.n_topics else "method.n_rule", n=words.count("topic", len(inputs.topics)),
                min_fragments=config.min_fragments)  # fmt: skip
    key = "method.reassigned" if config.reassign else "method.not_reassigned"
    if config.engine == "ward" and config.outlier_quantile:
        yield words(key, share=words.percent(config.outlier_quantile))
    yield words("method.keywords", n=config.n_keywords)
    if n_decided := count_in_force(inputs):
        cosine = words.number(LEAST_COSINE, 1)
        yield words("method.decided", decisions=words.count("decision", n_decided), cosine=cosine)


def _stances(inputs: ReportInputs) -> Iterator[str]:
    words, config, stances = inputs.words, inputs.config.stances, inputs.table("stances")
    yield words("method.stances")
    if model := inputs.described.get("models", {}).get("prompted"):
        yield words("method.prompted", model=model)
    for scheme in _STANCES:
        rows = stances.loc[stances["scheme"] == scheme]
        predicted = rows.loc[rows["source"] == StanceSource.PREDICTED]
        given = (rows["source"] == StanceSource.GIVEN).any()
        if given:
            yield words("method.given", scheme=words(f"scheme.{scheme}"))
        if len(predicted):
            key = "method.learned" if predicted["fold"].notna().any() else "method.lexicon"
            name = words("method.elsewhere") if given else words(f"scheme.{scheme}")
            yield words(key, scheme=name, folds=config.folds)
    shares = [
        f"{words(f'scheme.{scheme}').lower()} {words.percent(share)}" for scheme, share in abstentions(inputs).items()
    ]
    if shares:
        yield words("method.abstained", margin=words.number(config.min_margin, 2), shares=words.join(shares))


def _coding(inputs: ReportInputs) -> Iterator[str]:
    words, seen, matches = inputs.words, inputs.table("seen"), inputs.table("coding_matches")
    if not inputs.human_coders:
        yield words("no_coding")
        return
    for coder in inputs.manual_coders:
        rows = seen.loc[seen["coder"] == coder]
        schemes = [name_scheme(scheme, words).lower() for scheme in Scheme if scheme in set(rows["scheme"])]
        if schemes:
            key = "method.structure" if coder == SYNTHESIS_CODER else "method.coder"
            n = words.count("fragment", rows["fragment_id"].nunique())
            yield words(key, coder=name_in_sentence(coder, words), n=n, schemes=words.join(schemes))
    if len(matches):
        matched = int((matches["outcome"] == Outcome.MATCHED).sum())
        yield words("method.matched", n=words.number(matched), total=words.number(len(matches)))


def _agreement(inputs: ReportInputs) -> Iterator[str]:
    words, config, table = inputs.words, inputs.config.agreement, inputs.table("agreement")
    if table.empty:
        yield words("no_agreement")
        return
    statistics = [name_statistic(name, words) for name in ("percent", *HEADLINES) if name in set(table["statistic"])]
    units = [name_unit(unit, words) for unit in dict.fromkeys(table["unit"]) if not unit.endswith(LEFT_OUT_IN_TURN)]
    yield words("method.statistics", statistics=words.join(statistics))
    yield words(
        "method.interval", units=words.join(units) or words("unknown"), many=MANY_BLOCKS,
        resamples=words.number(config.resamples), permutations=words.number(config.permutations), seed=config.seed,
    )  # fmt: skip
    yield words("method.mapping", folds=config.folds)
    machines = [coder for coder in CODERS if table["comparison"].str.contains(coder, regex=False).any()]
    if machines:
        yield words("method.machines", coders=words.join([name_coder(coder, words) for coder in machines]))


def _limits(inputs: ReportInputs) -> Iterator[str]:
    words = inputs.words
    yield words("method.limit.themes")
    yield words("method.limit.stances")
    if is_one_document(inputs):
        yield words("method.limit.one_document")
    if len(inputs.human_coders) < 2:
        yield words("method.limit.ceiling")
    yield words("method.limit.bands")


def _software(inputs: ReportInputs) -> Iterator[str]:
    described, libraries = inputs.described, inputs.described.get("libraries", {})
    listed = ", ".join(f"{name} {version}" for name, version in sorted(libraries.items()))
    yield inputs.words(
        "method.software", version=described.get("dialoogtafel", "?"), python=described.get("python", "?"),
        libraries=listed or inputs.words("unknown"),
    )  # fmt: skip


def _libraries(inputs: ReportInputs) -> Any:  # noqa: ANN401
    found: Mapping[str, str] = inputs.described.get("libraries", {})
    return lambda name: found.get(name, "?")


def write_manifest(inputs: ReportInputs) -> list[Listing]:
    """List versions, models, settings and hashes; no path and no time of the run."""
    words, described = inputs.words, inputs.described
    versions = {"dialoogtafel": described.get("dialoogtafel"), "python": described.get("python")}
    listings = [
        (words("manifest.versions"), versions | dict(sorted(described.get("libraries", {}).items()))),
        (words("manifest.models"), {words(f"stage.{n}") if words.has(f"stage.{n}") else n: m
                                    for n, m in described.get("models", {}).items()}),
        (words("manifest.hashes"), {words("manifest.code"): described.get("code")}
         | {row["name"]: row["sha256"] for row in records(inputs.table("sources"))}),
        *((words("manifest.settings", section=section), _settings(section, values))
          for section, values in inputs.config.model_dump().items()),
    ]  # fmt: skip
    return [
        Listing(title=title, rows=tuple((name, _write(value)) for name, value in rows.items() if value is not None))
        for title, rows in listings
    ]


def _settings(section: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out where files lie: the report is the same wherever the study is kept."""
    return {name: value for name, value in values.items() if section != "study" or name not in _PLACES}


def _write(value: object) -> str:
    """Write a setting; of a folder only its name."""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return PurePath(text).name if text.startswith(("/", ".", "~")) else text
