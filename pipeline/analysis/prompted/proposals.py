"""A codebook proposed from what the topics found, held against samples: names, definitions with sources, stability.

Themes that samples of the fragments do not keep apart are proposed as one.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.analysis.prompted.questions import Answer, LanguageModel, Question, ask_again, enclose, read_prompts
from pipeline.analysis.topics.labels import gather_words
from pipeline.analysis.topics.tree import Views, divide, lay_map, make_views
from pipeline.core.views import Floats, require_vectors
from pipeline.core.vocabulary import OUTLIER_TOPIC, Scheme

N_SHOWN = 8
N_EXAMPLES = 3
MAX_NAME_WORDS = 6
MAX_SENTENCES = 2
MIN_FRAGMENTS = 4
"""Fewer fragments have no two halves to be named apart."""
N_SAMPLES = 10
SAMPLE_SHARE = 0.5
SMALLEST_SAMPLE = 20
"""Fewer fragments are not divided anew: nothing would be learned from it."""
SAME_SPREAD = 0.75
SEED = 2012

Encode = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicGroup:
    """A theme or a part of it, as the topics found it.

    Attributes:
        id: of the theme or subtopic.
        scheme: theme or subtheme.
        parent: id of the theme; None for a theme.
        label: the name a person gave, else its first keywords.
        keywords: words that set it apart, best first.
        fragment_ids: its fragments, the most central first.
        texts: their words.
        merged: ids of the themes that it joins; empty for one theme.
        overlap: how much of it comes back in samples, from 0 to 1; None where nothing was sampled.
    """

    id: str
    scheme: Scheme
    parent: str | None
    label: str
    keywords: tuple[str, ...]
    fragment_ids: tuple[str, ...]
    texts: tuple[str, ...]
    merged: tuple[str, ...] = ()
    overlap: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeProposal:
    """What is proposed for one group.

    Attributes:
        group: the group.
        name: at most six words; the label where the model gave none.
        sentences: what it is about, each with the fragments that it rests on.
        applies: when the code applies; empty where the model said nothing.
        applies_not: when it does not.
        name_stability: cosine between the names that two halves of the fragments got; None where there are not two.
        by_model: whether a model named it.
    """

    group: TopicGroup
    name: str
    sentences: tuple[tuple[str, tuple[str, ...]], ...] = ()
    applies: str = ""
    applies_not: str = ""
    name_stability: float | None = None
    by_model: bool = False


def gather_groups(
    themes: pd.DataFrame,
    theme_assignments: pd.DataFrame,
    subtopics: pd.DataFrame,
    topic_mentions: pd.DataFrame,
    fragments: pd.DataFrame,
) -> list[TopicGroup]:
    """Gather themes, after what people decided, each followed by its parts.

    Args:
        themes: the table of that name.
        theme_assignments: the table of that name.
        subtopics: the table of that name.
        topic_mentions: the table of that name.
        fragments: the table of that name.
    """
    text_of = dict(zip(fragments["fragment_id"], fragments["text"], strict=True))
    first = topic_mentions.loc[(topic_mentions["scheme"] == Scheme.SUBTHEME) & (topic_mentions["rank"] == 1)]
    groups = []
    for theme in _rows(themes.loc[themes["theme_id"] != OUTLIER_TOPIC]):
        own = theme_assignments.loc[theme_assignments["theme_id"] == theme["theme_id"]]
        groups.append(_group(theme["theme_id"], Scheme.THEME, None, theme, own, text_of))
        parts = _rows(subtopics.loc[subtopics["topic_id"].isin(list(theme["topics"])[:1])])
        for part in parts if len(parts) > 1 else ():
            inside = first.loc[first["code"] == part["subtopic_id"]]
            groups.append(_group(part["subtopic_id"], Scheme.SUBTHEME, theme["theme_id"], part, inside, text_of))
    return groups


def merge_over_samples(
    groups: Sequence[TopicGroup], tokens: pd.DataFrame, embeddings: pd.DataFrame
) -> list[TopicGroup]:
    """Divide samples of half the fragments anew, and join the themes that samples do not keep apart.

    The topics have no seed: what may change is which fragments there are. In each of ten samples a theme is met by the
    group with which its Jaccard similarity is highest (Hennig 2007, Computational Statistics & Data Analysis 52(1),
    section 2); ``overlap`` is the mean of that. Two themes become one where fragments of the one and the other lie in
    the same group nearly as often as fragments of one theme do: a cosine of .75 between how they spread.

    Args:
        groups: from ``gather_groups``.
        tokens: the table of that name.
        embeddings: the table of that name.

    Returns:
        The groups, of which joined themes keep the name of the larger one and the parts of all.

    Raises:
        TableError: a fragment has no vector.
    """
    themes = [group for group in groups if group.scheme is Scheme.THEME]
    of = {fragment: i for i, group in enumerate(themes) for fragment in group.fragment_ids}
    ids = sorted(of)
    if len(themes) < 2 or len(ids) < SMALLEST_SAMPLE:
        return list(groups)
    views = make_views(require_vectors(embeddings, ids), gather_words(tokens, ids).documents)
    overlap, together = _compare_samples(views, np.array([of[fragment] for fragment in ids]), len(themes))
    target = list(range(len(themes)))
    for one, other in zip(*np.nonzero(np.triu(together > SAME_SPREAD, k=1)), strict=True):
        target = [target[one] if at == target[other] else at for at in target]
    kept = {}
    for at in dict.fromkeys(target):
        joined = sorted((i for i, to in enumerate(target) if to == at), key=lambda i: (-len(themes[i].texts), i))
        kept[themes[joined[0]].id] = _join([themes[i] for i in joined], float(np.mean(overlap[joined])))
    goes_to = {name: group.id for group in kept.values() for name in (group.id, *group.merged)}
    parts = [replace(group, parent=goes_to[group.parent or ""]) for group in groups if group.scheme is Scheme.SUBTHEME]
    return [group for theme in kept.values() for group in (theme, *(part for part in parts if part.parent == theme.id))]


def _compare_samples(views: Views, labels: NDArray[np.int64], n_themes: int) -> tuple[Floats, Floats]:
    """Give (t, ) mean overlap of each theme, and (t, t) how alike two themes spread over the groups of samples."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    overlaps = np.full((N_SAMPLES, n_themes), np.nan)
    together = np.zeros((n_themes, n_themes))
    for i in range(N_SAMPLES):
        drawn = np.random.default_rng([SEED, i]).permutation(len(labels))
        rows = np.sort(drawn[: round(SAMPLE_SHARE * len(labels))])
        with threadpool_limits(limits=1):  # the order of sums, and so the last digits, depends on the number of threads
            found = divide(lay_map(views.take(rows)), n_themes)
        counts = np.zeros((n_themes, found.max() + 1))
        np.add.at(counts, (labels[rows], found), 1)
        sizes = counts.sum(axis=1, keepdims=True)
        union = np.maximum(sizes + counts.sum(axis=0) - counts, 1)
        overlaps[i] = np.where(sizes[:, 0] > 0, (counts / union).max(axis=1), np.nan)
        shares = counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1)
        together += shares @ shares.T / N_SAMPLES
    return np.nan_to_num(np.nanmean(overlaps, axis=0)), together


def _join(themes: Sequence[TopicGroup], overlap: float) -> TopicGroup:
    """Join themes, the largest first; its central fragments alternate with those of the others."""
    first, *others = themes
    ranked = sorted(
        (place, i, fragment, text)
        for i, theme in enumerate(themes)
        for place, (fragment, text) in enumerate(zip(theme.fragment_ids, theme.texts, strict=True))
    )
    words = sorted((place, i, word) for i, theme in enumerate(themes) for place, word in enumerate(theme.keywords))
    return replace(
        first, keywords=tuple(dict.fromkeys(word for _, _, word in words))[: max(len(first.keywords), 1)],
        fragment_ids=tuple(fragment for _, _, fragment, _ in ranked), texts=tuple(text for *_, text in ranked),
        merged=tuple(theme.id for theme in others), overlap=round(overlap, 3),
    )  # fmt: skip


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.sort_values("position").to_dict("records")]


def _group(
    name: str, scheme: Scheme, parent: str | None, row: dict[str, Any], own: pd.DataFrame, text_of: dict[str, str]
) -> TopicGroup:
    by_score = sorted(zip(-own["score"].fillna(0.0).round(6), own["fragment_id"], strict=True))
    ids = dict.fromkeys([*row["representative_fragment_ids"], *(fragment for _, fragment in by_score)])
    known = [fragment for fragment in ids if fragment in text_of]
    return TopicGroup(
        id=name, scheme=scheme, parent=parent, label=str(row["label"]), keywords=tuple(row["keywords"]),
        fragment_ids=tuple(known), texts=tuple(text_of[fragment] for fragment in known),
    )  # fmt: skip


def propose(groups: Sequence[TopicGroup], model: LanguageModel | None, encode: Encode) -> list[CodeProposal]:
    """Propose a name and a definition for each group.

    Each group is put to the model three times: its most central fragments, and two halves of them whose names say how
    stable the name is. A sentence that names no fragment among those shown is left out.

    Args:
        groups: from ``gather_groups``.
        model: None where no server is set: the labels stay.
        encode: gives (q, d) unit rows of texts, to compare names.

    Raises:
        PipelineError: the model is not there or went away; what it answered is kept.
    """
    if model is None:
        return [CodeProposal(group=group, name=group.label) for group in groups]
    shown = [list(range(min(N_SHOWN, len(group.texts)))) for group in groups]
    cut = [(own, own[::2], own[1::2]) if len(own) >= MIN_FRAGMENTS else (own,) for own in shown]
    asked = [(i, part) for i, parts in enumerate(cut) for part in parts]
    questions = [_ask(groups[i], part) for i, part in asked]
    answers = model.answer(questions)
    unread = [j for j, (_, part) in enumerate(asked) if not answers[j].failure and _read(answers[j], len(part)) is None]
    for j, answer in zip(unread, model.answer([ask_again(questions[j], answers[j]) for j in unread]), strict=True):
        answers[j] = answer
    found: list[list[tuple[dict[str, Any], list[int]] | None]] = [[] for _ in groups]
    for (i, part), answer in zip(asked, answers, strict=True):
        content = _read(answer, len(part))
        found[i].append(None if content is None else (content, part))
    return [_propose(group, own, encode) for group, own in zip(groups, found, strict=True)]


def _propose(
    group: TopicGroup, found: Sequence[tuple[dict[str, Any], list[int]] | None], encode: Encode
) -> CodeProposal:
    best = found[0] if found else None
    if best is None:
        return CodeProposal(group=group, name=group.label)
    content, part = best
    halves = [str(half[0]["naam"]) for half in found[1:] if half is not None]
    stability = None
    if len(halves) == 2:
        one, other = encode(halves)
        stability = round(float(one @ other), 3)
    sentences = [
        (sentence, tuple(group.fragment_ids[part[n - 1]] for n in numbers)) for sentence, numbers in content["zinnen"]
    ]
    return CodeProposal(
        group=group, name=str(content["naam"]), sentences=tuple(sentences[:MAX_SENTENCES]),
        applies=str(content["wel"]), applies_not=str(content["niet"]), name_stability=stability, by_model=True,
    )  # fmt: skip


def _ask(group: TopicGroup, part: Sequence[int]) -> Question:
    prompts = read_prompts()
    texts = "\n".join(f"{n}. <uitspraak>{enclose(group.texts[i])}</uitspraak>" for n, i in enumerate(part, start=1))
    asked = prompts["proposal"].format(keywords=", ".join(group.keywords), texts=texts)
    sentence = {
        "type": "object",
        "properties": {"zin": {"type": "string"}, "uitspraken": {"type": "array", "items": {"type": "integer"}}},
        "required": ["zin", "uitspraken"],
        "additionalProperties": False,
    }
    text = {"type": "string"}
    schema = {
        "type": "object",
        "properties": {"naam": text, "zinnen": {"type": "array", "items": sentence}, "wel": text, "niet": text},
        "required": ["naam", "zinnen", "wel", "niet"],
        "additionalProperties": False,
    }
    return Question(
        messages=(("system", prompts["system"]), ("user", asked)),
        answers=(), schema=schema, again=prompts["again"], version=prompts["version"],
    )  # fmt: skip


def _read(answer: Answer, n_shown: int) -> dict[str, Any] | None:
    """Read an answer; None where it does not follow the schema, or has no name of one to six words."""
    if answer.failure:
        return None
    try:
        content = json.loads(answer.text)
        name, applies, applies_not = (" ".join(str(content[key]).split()) for key in ("naam", "wel", "niet"))
        sentences = [
            (" ".join(str(item["zin"]).split()), [int(n) for n in item["uitspraken"]]) for item in content["zinnen"]
        ]
    except (ValueError, TypeError, KeyError):
        return None
    if not re.search(r"\w", name) or len(name.split()) > MAX_NAME_WORDS:
        return None
    known = [(sentence, [n for n in numbers if 1 <= n <= n_shown]) for sentence, numbers in sentences]
    kept = [(sentence, numbers) for sentence, numbers in known if sentence and numbers]
    return {"naam": name, "zinnen": kept, "wel": applies, "niet": applies_not}


COLUMNS = (
    "scheme", "code", "parent", "label", "definition", "examples", "from", "fragments", "stability", "name_stability",
    "named_by",
)  # fmt: skip


def to_rows(proposals: Sequence[CodeProposal], by: str) -> list[dict[str, str]]:
    """Write proposals as rows of a codebook, for people to edit.

    Args:
        proposals: from ``propose``.
        by: the model; shown where it named a code.

    Returns:
        Rows with ``COLUMNS``: the first six are those of a codebook, the others say where each row comes from.
    """
    codes: dict[str, str] = {}
    rows = []
    for proposal in proposals:
        group = proposal.group
        codes[group.id] = _code(proposal.name, taken=codes.values())
        definition = " ".join(sentence for sentence, _ in proposal.sentences)
        limits = [("Wel", proposal.applies), ("Niet", proposal.applies_not)]
        definition = " ".join(filter(None, [definition, *(f"{word}: {text}" for word, text in limits if text)]))
        sources = dict.fromkeys(fragment for _, fragments in proposal.sentences for fragment in fragments)
        rows.append(
            {
                "scheme": str(group.scheme),
                "code": codes[group.id],
                "parent": codes.get(group.parent or "", ""),
                "label": proposal.name,
                "definition": definition,
                "examples": " | ".join(text.replace("|", "/") for text in group.texts[:N_EXAMPLES]),
                "from": " ".join([group.id, *group.merged]),
                "fragments": " ".join(sources or group.fragment_ids[:N_EXAMPLES]),
                "stability": "" if group.overlap is None else f"{group.overlap:.2f}",
                "name_stability": "" if proposal.name_stability is None else f"{proposal.name_stability:.2f}",
                "named_by": by if proposal.by_model else "words",
            }
        )
    return rows


def _code(name: str, taken: Iterable[str]) -> str:
    """Make a code of a name.

    >>> _code("Wachten op de bus!", taken=["wachten-op-de-bus"])
    'wachten-op-de-bus-2'
    """
    known = set(taken)
    plain = "-".join(re.findall(r"\w+", name.lower())) or "code"
    n, code = 1, plain
    while code in known:
        n, code = n + 1, f"{plain}-{n + 1}"
    return code
