"""The stage of topics: groups of fragments about one subject, their parts, their words, and what lies outside."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from pipeline.analysis.topics.labels import FragmentTerms, choose_keywords, gather_words, make_labels
from pipeline.analysis.topics.numbers import (
    Numbers,
    choose_number,
    describe_number,
    describe_standing,
    explain_due,
    explain_no_topics,
    guess_n_subtopics,
    summarise_topics,
)
from pipeline.analysis.topics.rows import (
    SAME_PLACE_DECIMALS,
    Division,
    assignment_rows,
    compare_topics,
    describe_groups,
    describe_proposal,
    name_subtopics,
    name_topics,
    rank_mentions,
    share_neighbours,
)
from pipeline.analysis.topics.standing import Known, Space, Standing, read_standing
from pipeline.analysis.topics.tree import (
    OUTLIER,
    Views,
    divide_topics,
    find_centres,
    make_views,
    mark_outliers,
    nearest_centre,
    unit_rows,
)
from pipeline.core.config import TopicsConfig
from pipeline.core.errors import Notice, Output
from pipeline.core.tables import table_from_rows
from pipeline.core.views import Floats, Ints
from pipeline.core.vocabulary import OUTLIER_TOPIC, Scheme, Status

FEWEST_TOPICS = 2

CLUSTERED = "clustered"
STANDING = "standing"
JOINED = "joined:nearest-centre"
UNDIVIDED = "undivided"
REASSIGNED = "reassigned:nearest-centre"
LEFT_OUTLIER = "outlier"


class TopicFit(Protocol):
    """What an engine found in n fragments."""

    labels: Sequence[int]
    """n topics from 0; -1 is an outlier."""
    places: Floats
    """(n, d) where the fragments lie on the map that was divided."""
    method: str
    """What was done, in a few words."""

    def rank_words(self, labels: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """Rank the words of each topic for n labels that may differ from those found, best first."""
        ...


class TopicEngine(Protocol):
    """Groups fragments and ranks the words of groups."""

    name: str
    fingerprint: str
    counts_itself: bool
    """Whether it finds the number of topics by itself."""

    def fit(self, documents: Sequence[str], views: Views, *, n_topics: int, groups: Ints | None = None) -> TopicFit:
        """Group n documents (terms apart by spaces) by their views.

        Args:
            documents: n texts.
            views: of the n fragments.
            n_topics: number of topics; 1 means: do not divide; 0: the groups are the topics.
            groups: n groups from 0 that stay together, each in a topic of its number; -1 for a loose
                fragment. None: all are loose.
        """
        ...


@dataclass(frozen=True, slots=True)
class _TopicNumbers:
    """How many topics and subtopics, what was tried, and what is said of it."""

    n_topics: int
    n_subtopics: int
    tried: Numbers | None
    notices: Sequence[Notice]


@dataclass(frozen=True, slots=True)
class _TopicInputs:
    """What the topics of n fragments are made of."""

    ids: Sequence[str]
    views: Views
    words: FragmentTerms
    standing: Standing
    config: TopicsConfig
    engine: TopicEngine


def find_topics(
    fragments: pd.DataFrame,
    tokens: pd.DataFrame,
    embeddings: pd.DataFrame,
    standing_topics: pd.DataFrame,
    *,
    config: TopicsConfig,
    engine: TopicEngine,
) -> Output:
    """Group the fragments that are used into topics, and the fragments of each topic into subtopics.

    Topics of an earlier run stand: its fragments keep theirs, and new ones join the nearest or stay outside. Where
    the new fragments ask for a new division, that is proposed and not done; ``refit`` does it, and so do other
    settings of the division. What people decided of stays whole in it.

    Few fragments are a rung of a ladder, not an error: none gives empty tables; fewer than ``min_fragments``, or
    fragments that are all alike, or without any content word, give one topic. Outliers have a row of their own.

    Args:
        fragments: table ``fragments``; its ids and which of them are used, nothing else.
        tokens: table ``tokens``.
        embeddings: table ``embeddings``.
        standing_topics: table of that name; empty where there was no earlier run.
        config: section ``topics``.
        engine: the clusterer.

    Returns:
        Tables ``topics`` and ``subtopics`` (sizes of each add up to the number of fragments), ``topic_assignments``,
        ``topic_mentions``, ``topic_numbers`` and ``proposed_topics``, and what was done.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    used = fragments.loc[fragments["status"] == Status.USED, "fragment_id"]
    ids = sorted(used)
    if not ids:
        return _output({}, [Notice("topics", "no fragment is used, so there are no topics")])
    with threadpool_limits(limits=1):  # the order of sums, and so the last digits, depends on the number of threads
        return _find(ids, tokens, embeddings, standing_topics, config, engine)


def _find(
    ids: Sequence[str],
    tokens: pd.DataFrame,
    embeddings: pd.DataFrame,
    standing_topics: pd.DataFrame,
    config: TopicsConfig,
    engine: TopicEngine,
) -> Output:
    by_id = dict(zip(embeddings["fragment_id"], embeddings["vector"], strict=True))
    vectors = np.stack([np.asarray(by_id[fragment_id], dtype=np.float64) for fragment_id in ids])
    words = gather_words(tokens, ids)
    standing = read_standing(standing_topics, Space(tuple(ids), vectors))
    reason = explain_undividable(len(ids), _n_places(vectors), any(words.documents), config)
    if reason is not None:
        views = Views(vectors, vectors[:, :0], vectors[:, :0])
        notices = [Notice("topics", f"{reason}: they were not divided and form one topic")]
        return _keep_whole(_TopicInputs(ids, views, words, standing, config, engine), notices)
    inputs = _TopicInputs(ids, make_views(vectors, words.documents), words, standing, config, engine)
    return _stand(inputs) if standing.stands and not config.refit else _divide_anew(inputs)


def _keep_whole(inputs: _TopicInputs, notices: list[Notice]) -> Output:
    """Make one topic of all fragments."""
    n, fit = len(inputs.ids), None
    whole, vectors = np.zeros(n, dtype=np.int64), inputs.views.meaning
    if any(inputs.words.documents):
        fit = inputs.engine.fit(inputs.words.documents, inputs.views, n_topics=1)
    division = Division(inputs.ids, vectors, vectors, whole, whole, whole, [UNDIVIDED] * n)
    return _output(_describe(inputs, division, fit, {}), notices)


def _divide_anew(inputs: _TopicInputs) -> Output:
    """Divide all fragments; topics of an earlier run that people decided of are kept whole."""
    known = inputs.standing.know(inputs.standing.decided)
    numbers = _choose_numbers(inputs, known)
    fit = inputs.engine.fit(
        inputs.words.documents, inputs.views, n_topics=max(2, numbers.n_topics), groups=known.labels
    )
    division = _divide(fit, inputs, numbers, known)
    notices = [*numbers.notices]
    if division is None:
        return _keep_whole(inputs, [*notices, Notice("topics", f"{fit.method} found no topic: all fragments form one")])
    if inputs.standing.previous.themes:
        kept = f"; {len(known.names)} that people decided of were kept whole" if known.names else ""
        notices.append(Notice("topics", f"the topics of the earlier run were divided anew{kept}"))
    tables = _describe(inputs, division, fit, known.names) | {"topic_numbers": _number_rows(numbers.tried)}
    return _output(tables, [*notices, _describe_division(inputs, fit, division)])


def _stand(inputs: _TopicInputs) -> Output:
    """Keep the topics of an earlier run, let new fragments join them, and propose a refit where it is due."""
    standing, views = inputs.standing, inputs.views
    joined = standing.join(views.together)
    decided = standing.know(standing.decided)
    numbers = _choose_numbers(inputs, decided)
    tried = numbers.tried.stand(views, joined.labels) if numbers.tried is not None else None
    n_topics = len(joined.names)
    n_subtopics = min(inputs.config.n_subtopics, len(inputs.ids)) or guess_n_subtopics(len(inputs.ids), n_topics)
    fit = inputs.engine.fit(inputs.words.documents, views, n_topics=0, groups=joined.labels)
    stood = np.isin(inputs.ids, list(standing.previous.known))
    lower = divide_topics(fit.places, joined.labels, max(n_topics, n_subtopics))
    strategy = np.select([joined.labels == OUTLIER, stood], [LEFT_OUTLIER, STANDING], JOINED).tolist()
    division = Division(inputs.ids, views.together, fit.places, joined.labels, joined.labels, lower, strategy)
    tables = _describe(inputs, division, fit, joined.names) | {"topic_numbers": _number_rows(tried)}
    counts = Counter(strategy)
    notices = [Notice("topics", describe_standing(n_topics, counts[STANDING], counts[JOINED], counts[LEFT_OUTLIER]))]
    if tried is not None and (message := explain_no_topics(tried)):
        notices.append(Notice("topics", message))
    due = tried is not None and explain_due(tried, counts[LEFT_OUTLIER], len(inputs.ids))
    if due:
        proposed, notice = _propose(inputs, joined, numbers, decided, due)
        tables["proposed_topics"] = proposed
        notices.append(notice)
    return _output(tables, notices)


def _propose(
    inputs: _TopicInputs, joined: Known, numbers: _TopicNumbers, decided: Known, due: str
) -> tuple[list[dict[str, Any]], Notice]:
    """Divide anew beside the topics that stand, and say what would change."""
    fit = inputs.engine.fit(
        inputs.words.documents, inputs.views, n_topics=max(2, numbers.n_topics), groups=decided.labels
    )
    division = _divide(fit, inputs, numbers, decided)
    if division is None:
        return [], Notice("topics", f"{due}, but a refit finds no topics")
    names = name_topics(division.assigned, inputs.ids, decided.names, inputs.standing.previous)
    shown = dict(_describe_level(inputs, division, fit, division.assigned, names))
    stand = {**joined.names, OUTLIER: OUTLIER_TOPIC}
    before = np.array([stand[label] for label in joined.labels.tolist()])
    after = np.array([names[label] for label in division.assigned.tolist()])
    labels = {topic: known.label for topic, known in inputs.standing.previous.themes.items()}
    proposed = list(compare_topics(before, after, shown, labels))
    return proposed, Notice("topics", describe_proposal(due, proposed, int((before != after).sum()), len(before)))


def explain_undividable(n: int, n_places: int, has_words: bool, config: TopicsConfig) -> str | None:
    """Say why n fragments cannot bear more than one topic; None where they can.

    Args:
        n: number of fragments, at least 1.
        n_places: number of different vectors.
        has_words: whether any fragment has a content word.
        config: section ``topics``.
    """
    if n < config.min_fragments:
        return f"{n} fragments are fewer than min_fragments ({config.min_fragments})"
    if config.n_topics == 1:
        return "n_topics is 1"
    if n_places < FEWEST_TOPICS:
        return f"all {n} fragments have the same vector"
    return None if has_words else f"none of the {n} fragments has a content word"


def _n_places(vectors: Floats) -> int:
    return len(np.unique(np.round(vectors, SAME_PLACE_DECIMALS), axis=0))


def _choose_numbers(inputs: _TopicInputs, known: Known) -> _TopicNumbers:
    """Try numbers of topics; what the study names wins, as far as there are different vectors."""
    views, config = inputs.views, inputs.config
    n_places = _n_places(views.meaning)
    given = min(config.n_topics, n_places)
    notices = []
    if given < config.n_topics:
        message = f"{config.n_topics} topics were wanted, but there are only {n_places} different vectors"
        notices.append(Notice("topics", message))
    numbers = choose_number(views, given, known.labels)
    n_topics = min(numbers.chosen, n_places)
    n_subtopics = min(config.n_subtopics, n_places) or guess_n_subtopics(len(views), n_topics)
    if inputs.engine.counts_itself:
        notices.append(Notice("topics", "UMAP and hdbscan find the number of topics by themselves; none was tried"))
        return _TopicNumbers(n_topics, n_subtopics, None, notices)
    notice = Notice("topics", describe_number(numbers, bool(config.n_topics), len(views)))
    return _TopicNumbers(n_topics, n_subtopics, numbers, [*notices, notice])


def _number_rows(tried: Numbers | None) -> list[dict[str, Any]]:
    return list(tried.as_rows()) if tried is not None else []


def _divide(fit: TopicFit, inputs: _TopicInputs, numbers: _TopicNumbers, known: Known) -> Division | None:
    """Take the topics of the engine, find outliers and what becomes of them, and divide each topic.

    Returns:
        The division; None where all fragments are outliers.
    """
    labels, vectors, config = np.asarray(fit.labels, dtype=np.int64), inputs.views.together, inputs.config
    if not (labels != OUTLIER).any():
        return None
    n_subtopics = max(numbers.n_subtopics, len(np.unique(labels[labels != OUTLIER])))
    lower = divide_topics(fit.places, labels, n_subtopics)
    original = mark_outliers(vectors, labels, config.outlier_quantile)
    original = np.where(known.labels != OUTLIER, labels, original)
    assigned, lower, away = original.copy(), lower.copy(), original == OUTLIER
    lower[away] = OUTLIER
    if config.reassign and away.any():
        placed = unit_rows(fit.places - fit.places.mean(axis=0))
        lower[away] = nearest_centre(placed[away], find_centres(placed, lower))[0]
        above = dict(zip(lower[~away].tolist(), original[~away].tolist(), strict=True))
        assigned[away] = [above[part] for part in lower[away].tolist()]
    strategy = [_strategy(before, after) for before, after in zip(original, assigned, strict=True)]
    return Division(inputs.ids, vectors, fit.places, original, assigned, lower, strategy)


def _describe_division(inputs: _TopicInputs, fit: TopicFit, division: Division) -> Notice:
    outcome = f"were given the nearest topic ({REASSIGNED})" if inputs.config.reassign else "stay outside all topics"
    n_topics, n_parts = (len(set(found.tolist()) - {OUTLIER}) for found in (division.assigned, division.lower))
    n_outliers = int((division.original == OUTLIER).sum())
    sentence = summarise_topics(
        fit.method, len(inputs.ids), topics=n_topics, subtopics=n_parts, outliers=n_outliers, outcome=outcome
    )
    return Notice("topics", sentence)


def _strategy(before: int, after: int) -> str:
    if after == OUTLIER:
        return LEFT_OUTLIER
    return REASSIGNED if before == OUTLIER else CLUSTERED


def _describe(
    inputs: _TopicInputs, division: Division, fit: TopicFit | None, known: Mapping[int, str]
) -> dict[str, list[dict[str, Any]]]:
    names = name_topics(division.assigned, division.ids, known, inputs.standing.previous)
    subnames = name_subtopics(division.lower, division.assigned, names, division.ids)
    topics, subtopics = (
        _describe_level(inputs, division, fit, labels, found)
        for labels, found in ((division.assigned, names), (division.lower, subnames))
    )
    of_topic = dict(zip(subnames.values(), _parents(division, names, subnames), strict=True))
    return {
        "topics": [{"topic_id": name, **row} for name, row in topics],
        "subtopics": [{"subtopic_id": name, "topic_id": of_topic[name], **row} for name, row in subtopics],
        "topic_assignments": assignment_rows(division, names),
        "topic_mentions": [
            *_mentions(Scheme.THEME, division, division.assigned, names),
            *_mentions(Scheme.SUBTHEME, division, division.lower, subnames),
        ],
    }


def _describe_level(
    inputs: _TopicInputs, division: Division, fit: TopicFit | None, labels: Ints, names: Mapping[int, str]
) -> list[tuple[str, dict[str, Any]]]:
    ranked = fit.rank_words(labels.tolist()) if fit is not None else {}
    keywords = choose_keywords(ranked, labels.tolist(), inputs.words, inputs.config.n_keywords)
    written = make_labels(keywords, labels.tolist(), inputs.words)
    return describe_groups(division, labels, names, keywords, written, inputs.config.n_representatives)


def _parents(division: Division, names: Mapping[int, str], subnames: Mapping[int, str]) -> Iterator[str]:
    above = dict(zip(division.lower.tolist(), division.assigned.tolist(), strict=True)) | {OUTLIER: OUTLIER}
    return (names[above[label]] for label in subnames)


def _mentions(scheme: Scheme, division: Division, labels: Ints, names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    # A part of which all fragments are outliers has no name, and no share either.
    ordered = [names.get(label, OUTLIER_TOPIC) for label in range(int(labels.max()) + 1)]
    for row, mention in rank_mentions(share_neighbours(division.places, labels), labels, ordered):
        yield {"fragment_id": division.ids[row], "scheme": str(scheme), **mention}


def _output(tables: Mapping[str, list[dict[str, Any]]], notices: list[Notice]) -> Output:
    names = ("topics", "topic_assignments", "subtopics", "topic_mentions", "topic_numbers", "proposed_topics")
    return Output({name: table_from_rows(tables.get(name, []), name) for name in names}, tuple(notices))
