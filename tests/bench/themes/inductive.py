"""Section ``inductive``: topics without a codebook, beside baselines, and whether they come back."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from pipeline.analysis.topics.labels import gather_words
from pipeline.analysis.topics.stage import find_topics
from pipeline.analysis.topics.tree import Views, divide, lay_map, make_views
from pipeline.core.config import TopicsConfig, load_config
from pipeline.core.tables import empty_table
from pipeline.core.vocabulary import Scheme
from pipeline.loaders.choices import choose_topic_engine
from tests.bench.themes.figures import SEED, Row, score
from tests.bench.themes.inputs import ROOT, StanceInputs

DEFAULT = ROOT / "tests" / "bench" / "default_bertopic.py"
ENCODER = ROOT / "models" / "bundled" / "encoder"
N_SEEDS = 20
CUTS = (5, 7, 10, 12, 15, 20, 25, 30)
LEVELS = ((Scheme.THEME, 0.06, 0.15), (Scheme.SUBTHEME, 0.11, 0.25))


def rows(inputs: StanceInputs) -> list[Row]:
    """Give the figures of the inductive coder.

    Topics are those of the whole report, as the product makes them; they are scored on the coded fragments.

    Returns:
        AMI of ours and of the baselines with the themes and the sub-headings; UMAP over 20 seeds; stability.
    """
    config = load_config().topics
    read = (inputs.tables[name] for name in ("fragments", "tokens", "embeddings"))
    made = find_topics(
        *read, empty_table("standing_topics"), config=config, engine=choose_topic_engine(config).load()
    ).tables
    words, ids = _used(inputs)
    return [
        *_ours(inputs, made["topic_mentions"]),
        *_baselines(inputs),
        *_cuts(inputs, words, ids),
        *_default(inputs),
        *_umap(inputs, words, ids),
    ]


def _score(name: str, inputs: StanceInputs, scheme: Scheme, said: Sequence[str], **more: object) -> Row:
    gold = inputs.gold(scheme)
    under = [i for i, code in enumerate(gold) if code]
    return score(
        name, [gold[i] for i in under], [said[i] for i in under], [inputs.blocks[i] for i in under], statistic=_ami,
        **more,
    )  # fmt: skip


def _ami(gold: np.ndarray, said: np.ndarray) -> float:
    return float(adjusted_mutual_info_score(gold.astype(str), said.astype(str)))


def _ours(inputs: StanceInputs, mentions: pd.DataFrame) -> Iterator[Row]:
    first = mentions.loc[mentions["rank"] == 1]
    for scheme, baseline, reach in LEVELS:
        code_of = first.loc[first["scheme"] == scheme].set_index("fragment_id")["code"]
        said = inputs.coded["fragment_id"].map(code_of).fillna("outlier").tolist()
        note = f"{len(set(said))} of ours, {len(set(inputs.gold(scheme)) - {''})} manual"
        name = f"inductive, {scheme}: AMI"
        yield _score(name, inputs, scheme, said, baseline=baseline, reach=reach, note=note)


def _baselines(inputs: StanceInputs) -> Iterator[Row]:
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    weights = letters.fit_transform(inputs.coded["text"])
    for scheme, _, _ in LEVELS:
        k = len(set(inputs.gold(scheme)) - {""})
        found = KMeans(k, n_init=20, random_state=SEED).fit_predict(weights).astype(str).tolist()
        yield _score(f"character TF-IDF and k-means, {scheme}: AMI", inputs, scheme, found, note=f"{k} clusters")


def _used(inputs: StanceInputs) -> tuple[Views, list[str]]:
    fragments = inputs.tables["fragments"]
    ids = sorted(fragments.loc[fragments["status"] == "used", "fragment_id"])
    words = gather_words(inputs.tables["tokens"], ids)
    return make_views(inputs.vectors(pd.Series(ids)), words.documents), ids


def _cuts(inputs: StanceInputs, views: Views, ids: list[str]) -> Iterator[Row]:
    """The whole curve of cuts, so that nobody picks the best one in secret."""
    places = lay_map(views)
    for scheme, _, _ in LEVELS:
        found = {k: _at(inputs, ids, divide(places, k).astype(str)) for k in CUTS}
        scored = {k: _score("", inputs, scheme, said).estimate for k, said in found.items()}
        note = ", ".join(f"{k}: {value:.3f}" for k, value in scored.items())
        k = min(CUTS, key=lambda cut: abs(cut - len(set(inputs.gold(scheme)) - {""})))
        yield _score(f"cut at {k} topics, {scheme}: AMI", inputs, scheme, found[k], note=f"all cuts {note}")


def _at(inputs: StanceInputs, ids: list[str], labels: Sequence[object]) -> list[str]:
    of_fragment = dict(zip(ids, map(str, labels), strict=True))
    return [of_fragment[fragment] for fragment in inputs.coded["fragment_id"]]


def _default(inputs: StanceInputs) -> Iterator[Row]:
    """BERTopic as a researcher would write it by hand, on the coded fragments; it sets no seed."""
    lines = "\n".join(json.dumps(text) for text in inputs.coded["text"])
    command = [sys.executable, str(DEFAULT), *([str(ENCODER)] if ENCODER.is_dir() else [])]
    ran = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    topics = [str(topic) for topic in json.loads(ran.stdout)["topics"]]
    note = f"{len(set(topics) - {'-1'})} topics, {topics.count('-1') / len(topics):.0%} outliers"
    for scheme, _, _ in LEVELS:
        yield _score(f"default BERTopic, {scheme}: AMI", inputs, scheme, topics, note=note)


def _umap(inputs: StanceInputs, views: Views, ids: list[str]) -> Iterator[Row]:
    documents = gather_words(inputs.tables["tokens"], ids).documents
    found = [_fit_umap(seed, documents, views) for seed in range(N_SEEDS)]
    alike = [adjusted_rand_score(first, second) for first, second in combinations(found, 2)]
    counts = [len(set(labels) - {-1}) for labels in found]
    note = f"{N_SEEDS} seeds, range of the pairs; {min(counts)} to {max(counts)} topics"
    yield _measured("UMAP option, seeds with each other: ARI", alike, len(ids), note)
    for scheme, _, _ in LEVELS:
        scored = [_score("", inputs, scheme, _at(inputs, ids, labels)).estimate for labels in found]
        note = f"{N_SEEDS} seeds, mean and range"
        yield _measured(f"UMAP option, {scheme}: AMI", scored, len(inputs.coded), note)


def _fit_umap(seed: int, documents: Sequence[str], views: Views) -> list[int]:
    config: TopicsConfig = load_config(overrides={"topics": {"engine": "umap", "seed": seed}}).topics
    fit = choose_topic_engine(config).load().fit(documents, views, n_topics=round((len(documents) / 2) ** 0.5))
    return list(fit.labels)


def _measured(name: str, values: Sequence[float], n: int, note: str) -> Row:
    return Row(
        name=name, baseline=None, reach=None, estimate=float(np.mean(values)), low=min(values), high=max(values),
        chance=0.0, majority=None, n=n, note=note,
    )  # fmt: skip
