"""``python -m tests.bench.planted DATA [--half reporting] [--default] [--picture FILE]``: topics of known corpora.

Constants of the topics are chosen on the development half, which is the default; the reporting half is for reports.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from pipeline.analysis.topics.stage import find_topics
from pipeline.core.config import load_config
from pipeline.core.tables import empty_table
from pipeline.loaders.choices import choose_topic_engine
from tests.bench.planted.corpora import HALVES, NOISE, Corpus, make_corpora, name_fragment, read_tables

CACHE = Path(tempfile.gettempdir()) / "dialoogtafel-planted"
NEAR = 0.15
STARTS = 10
SIDE, MARGIN = 360, 44


@dataclass(frozen=True, slots=True)
class Result:
    """What was found in a corpus; ARI on the fragments that are no noise, None where nothing was computed."""

    corpus: Corpus
    number: int
    is_found: bool
    ari: float
    means_ari: float
    default: tuple[int, float] | None
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether the number is right within one, or 15 %."""
        return is_near(self.number, self.corpus.n_groups)


def is_near(number: int, truth: int) -> bool:
    """Tell whether a number is right within one, or 15 %."""
    return abs(number - truth) <= max(1.0, NEAR * truth)


def main() -> None:
    """Print a line for each corpus, and the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--half", choices=HALVES, default=HALVES[0])
    parser.add_argument("--default", action="store_true", help="run BERTopic with its defaults too (minutes)")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    results = []
    for corpus in make_corpora(asked.data, asked.half):
        results.append(judge(corpus, asked.cache, with_default=asked.default))
        sys.stdout.write(describe(results[-1]) + "\n")
        sys.stdout.flush()
    sys.stdout.write("\n".join(summarise(results)) + "\n")
    if asked.picture:
        asked.picture.write_text(draw([result for result in results if result.corpus.n_groups > 1]), encoding="utf-8")


def judge(corpus: Corpus, cache: Path, *, with_default: bool) -> Result:
    """Find the topics of a corpus, and compare."""
    tables = read_tables(corpus, cache)
    config = load_config().topics
    engine = choose_topic_engine(config).load()
    start = time.process_time()
    found = find_topics(*tables, empty_table("standing_topics"), config=config, engine=engine).tables
    seconds = time.process_time() - start
    group_of = {name_fragment(i, text): corpus.groups[i] for i, text in enumerate(corpus.texts)}
    text_of = {name_fragment(i, text): text for i, text in enumerate(corpus.texts)}
    assigned, vectors = found["topic_assignments"], tables[2].sort_values("fragment_id")
    groups = np.array([group_of[fragment_id] for fragment_id in assigned["fragment_id"]])
    rows = np.stack([np.asarray(vector, dtype=np.float64) for vector in vectors["vector"]])
    numbers = found["topic_numbers"]
    default = None
    if with_default:
        labels = run_default([text_of[fragment_id] for fragment_id in vectors["fragment_id"]], rows)
        default = len(set(labels.tolist()) - {-1}), compare(groups, labels)
    means = KMeans(corpus.n_groups, n_init=STARTS, random_state=0).fit_predict(rows)
    return Result(
        corpus=corpus,
        number=int(assigned["topic_id"].nunique()),
        is_found=bool(numbers["score"].max() >= numbers["least"].max()),
        ari=compare(groups, pd.factorize(assigned["topic_id"])[0]),
        means_ari=compare(groups, means),
        default=default,
        seconds=seconds,
    )


def compare(groups: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    """Adjusted Rand index on the fragments that are no noise."""
    kept = groups != NOISE
    return float(adjusted_rand_score(groups[kept], labels[kept]))


def run_default(texts: Sequence[str], vectors: NDArray[np.float64]) -> NDArray[np.int64]:
    """Run BERTopic with its own settings, with a seed only."""
    from bertopic import BERTopic
    from umap import UMAP

    reducer = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=0, low_memory=False)
    topics, _ = BERTopic(umap_model=reducer, embedding_model=None).fit_transform(list(texts), embeddings=vectors)
    return np.asarray(topics, dtype=np.int64)


def describe(result: Result) -> str:
    """Write a result as a line."""
    corpus = result.corpus
    default = "" if result.default is None else f"  default {result.default[0]:3d} {result.default[1]:5.2f}"
    found = "" if result.is_found else "  no topics"
    means = f"{result.number:3d}  ARI {result.ari:5.2f}  k-means {result.means_ari:5.2f}"
    return (
        f"{corpus.number:3d} {corpus.name:36s} {corpus.n_groups:3d} -> {means}{default}  {result.seconds:.1f} s{found}"
    )


def summarise(results: Sequence[Result]) -> list[str]:
    """Write the figures."""
    planted = [result for result in results if result.corpus.n_groups > 1]
    empty = [result for result in results if result.corpus.n_groups == 1]
    lines = [
        f"number right within one or 15 %: {np.mean([result.is_right for result in planted]):.0%} of {len(planted)}",
        f"mean ARI {np.mean([result.ari for result in planted]):.3f}; k-means at the true number "
        f"{np.mean([result.means_ari for result in planted]):.3f}",
        f'"no topics" said where there are none: {sum(not result.is_found for result in empty)} of {len(empty)}; '
        f"wrongly: {sum(not result.is_found for result in planted)} of {len(planted)}",
        f"seconds of processor time, mean: {np.mean([result.seconds for result in results]):.2f}",
    ]
    defaults = [(result.default, result.corpus) for result in planted if result.default is not None]
    if defaults:
        right = np.mean([is_near(found[0], corpus.n_groups) for found, corpus in defaults])
        mean = np.mean([found[1] for found, _ in defaults])
        lines.append(f"BERTopic with its defaults: right {right:.0%}, mean ARI {mean:.3f}")
    return lines


def draw(results: Sequence[Result]) -> str:
    """Draw the number that is found against the true one, as SVG."""
    most = max(max(result.number, result.corpus.n_groups) for result in results) + 1
    step = (SIDE - 2 * MARGIN) / most

    def place(true: float, found: float) -> str:
        return f"{MARGIN + true * step:.1f},{SIDE - MARGIN - found * step:.1f}"

    band = " ".join(
        [place(k, k + max(1, NEAR * k)) for k in range(2, most)]
        + [place(k, k - max(1, NEAR * k)) for k in range(most - 1, 1, -1)]
    )
    dots = [
        f'<circle cx="{x}" cy="{y}" r="4" fill="{"#1f6f8b" if result.corpus.name.startswith("laws") else "#c8553d"}" '
        f'fill-opacity="0.75"><title>{result.corpus.name}: {result.number}</title></circle>'
        for result in results
        for x, y in [place(result.corpus.n_groups, result.number).split(",")]
    ]
    ticks = [
        f'<text x="{MARGIN + k * step:.1f}" y="{SIDE - MARGIN + 16}" text-anchor="middle">{k}</text>'
        f'<text x="{MARGIN - 8}" y="{SIDE - MARGIN - k * step + 4:.1f}" text-anchor="end">{k}</text>'
        for k in range(5, most + 1, 5)
    ]
    base = SIDE - MARGIN
    axes = f'<path d="M{MARGIN},{MARGIN} V{base} H{SIDE - MARGIN}" fill="none" stroke="#555"/>'
    words = (
        f'<text x="{SIDE / 2}" y="{SIDE - 8}" text-anchor="middle">groups planted</text>'
        f'<text x="12" y="{SIDE / 2}" text-anchor="middle" transform="rotate(-90 12 {SIDE / 2})">topics found</text>'
        f'<text x="{MARGIN + 8}" y="20" fill="#c8553d">sentences by subject</text>'
        f'<text x="{MARGIN + 150}" y="20" fill="#1f6f8b">law texts by title</text>'
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" font-family="sans-serif" font-size="12">'
    )
    parts = [head, f'<polygon points="{band}" fill="#ddd"/>', axes, words, *ticks, *dots, "</svg>"]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
