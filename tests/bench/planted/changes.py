"""``python -m tests.bench.planted.changes DATA``: who changes topic when one of twelve sessions comes, goes, or moves.

Before: topics found from nothing, which continue the ids of those of the earlier run. After: topics that stand.
"""

import argparse
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.analysis.themes.decisions import tabulate_decisions
from pipeline.analysis.themes.memory import read_memory, remember, tabulate
from pipeline.analysis.themes.stage import settle
from pipeline.analysis.topics.stage import find_topics
from pipeline.core.config import load_config
from pipeline.core.study import open_study
from pipeline.core.tables import empty_table, read_table
from pipeline.loaders.choices import choose_topic_engine
from pipeline.run.runner import prepare, run_stage
from tests.bench.planted.__main__ import CACHE, compare
from tests.bench.planted.corpora import make_corpora, name_fragment, read_tables

SESSIONS = 12
TRIED = (0, 3, 6, 9)
"""The sessions that are added or left out, one at a time."""
CORPORA = ("subjects 6 of 298 unequal, noise", "laws 8 of 195 unequal")
EXAMPLE = Path(__file__).parents[3] / "data" / "example"
STAGES = ("ingest", "fragments", "manual", "tokens", "embeddings")
NAMES = ("fragments", "tokens", "embeddings", "codebook", "human_codings")
NOTHING = {name: empty_table(name) for name in ("previous_themes", "standing_topics", "standing_parts")}

Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Grown:
    """A corpus in twelve sessions.

    Attributes:
        name: what it is.
        tables: fragments, tokens and embeddings.
        session: fragment to one of the sessions.
        groups: fragment to its group, where it is known.
    """

    name: str
    tables: Tables
    session: Mapping[str, int]
    groups: Mapping[str, int]

    def take(self, sessions: Sequence[int]) -> Tables:
        """Keep these sessions."""
        kept = {fragment for fragment, session in self.session.items() if session in sessions}
        one, two, three = (table[table["fragment_id"].isin(kept)].reset_index(drop=True) for table in self.tables)
        return one, two, three


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, default=CACHE)
    asked = parser.parse_args()
    for corpus in (*_planted(asked.data, asked.cache), _example()):
        for line in judge(corpus):
            sys.stdout.write(f"{corpus.name:34s} {line}\n")
            sys.stdout.flush()


def _planted(data: Path, cache: Path) -> Iterator[Grown]:
    for corpus in make_corpora(data, "development"):
        if corpus.name in CORPORA:
            names = [name_fragment(i, text) for i, text in enumerate(corpus.texts)]
            session = {name: hashlib.sha256(name.encode()).digest()[1] % SESSIONS for name in names}
            yield Grown(corpus.name, read_tables(corpus, cache), session, dict(zip(names, corpus.groups, strict=True)))


def read_example() -> dict[str, pd.DataFrame]:
    """Read the example study as far as its vectors."""
    with tempfile.TemporaryDirectory(prefix="dialoogtafel-bench-") as folder:
        copied = shutil.copytree(EXAMPLE, Path(folder) / "study", ignore=shutil.ignore_patterns("results", "runs"))
        study = open_study(copied)
        prepare(study)
        for stage in STAGES:
            run_stage(study, stage)
        return {name: read_table(study.table(name), name) for name in NAMES}


def _example() -> Grown:
    tables = read_example()
    one, two, three = (tables[name] for name in NAMES[:3])
    one = one[one["status"] == "used"]
    number = {session: i for i, session in enumerate(sorted(one["session"].unique()))}
    session = {i: number[found] for i, found in zip(one["fragment_id"], one["session"], strict=True)}
    return Grown("example", (one, two, three), session, {})


def judge(corpus: Grown) -> Iterator[str]:
    """Give a line for each change: the mean share of fragments that change topic, before and after."""
    sessions = sorted(set(corpus.session.values()))
    whole = find(corpus.take(sessions), NOTHING)
    tried = [sessions[row] for row in TRIED]
    without = {left: find(corpus.take([s for s in sessions if s != left]), NOTHING) for left in tried}
    ways = {"topics found from nothing": False, "topics that stand": True}
    for what in ("added", "left out", "shuffled"):
        found = []
        for stands in ways.values():
            shares = []
            for left in tried if what != "shuffled" else tried[:1]:
                rest = [s for s in sessions if s != left]
                earlier = whole if what != "added" else without[left]
                tables = corpus.take(rest if what == "left out" else sessions)
                if what == "shuffled":
                    one, two, three = (table.sample(frac=1, random_state=1) for table in tables)
                    tables = (one, two, three)
                shares.append(share_changed(earlier, find(tables, memory_of(earlier, stands=stands))))
            found.append(f"{np.mean(shares):.3f} (worst {np.max(shares):.3f})")
        yield f"one session {what:9s} from nothing {found[0]}, standing {found[1]}"
    half = sessions[: len(sessions) // 2]
    first = find(corpus.take(half), NOTHING)
    grown = find(corpus.take(sessions), memory_of(first, stands=True))
    proposed = "a refit is proposed" if len(grown["proposed_topics"]) else "no refit is proposed"
    yield f"from half to whole: {_quality(corpus, whole)} from nothing, {_quality(corpus, grown)} standing; {proposed}"
    last = find(corpus.take(sessions), memory_of(without[tried[-1]], stands=True))
    proposed = "a refit is proposed" if len(last["proposed_topics"]) else "no refit is proposed"
    yield f"from eleven to twelve: {_quality(corpus, last)} standing; {proposed}"


def find(tables: Tables, before: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Find topics as the stage does, and what of them is remembered."""
    config = load_config().topics
    found = find_topics(
        *tables, before["standing_topics"], config=config, engine=choose_topic_engine(config).load()
    ).tables
    nothing = tabulate_decisions([])
    topics = (found["topics"], found["topic_assignments"])
    made = settle(
        *tables, *topics, *nothing.values(), before["previous_themes"], before["standing_parts"], config=config
    )
    return {**found, **made.tables, **nothing, "embeddings": tables[2], **before}


def memory_of(made: Mapping[str, pd.DataFrame], *, stands: bool) -> dict[str, pd.DataFrame]:
    """Give what a later run reads of it; topics that do not stand lend their ids only."""
    (generation,) = read_memory(remember((), "then", "", made), "themes.json")
    return tabulate(generation, "" if stands else "other", ())


def share_changed(earlier: Mapping[str, pd.DataFrame], later: Mapping[str, pd.DataFrame]) -> float:
    """Share of the fragments of both that have another topic."""
    old, new = (made["topic_assignments"].set_index("fragment_id")["topic_id"] for made in (earlier, later))
    both = old.index.intersection(new.index)
    return float((old[both] != new[both]).mean())


def _quality(corpus: Grown, made: Mapping[str, pd.DataFrame]) -> str:
    assigned = made["topic_assignments"]
    n = assigned.loc[assigned["topic_id"] != "outlier", "topic_id"].nunique()
    if not corpus.groups:
        return f"{n} topics"
    groups = np.array([corpus.groups[fragment] for fragment in assigned["fragment_id"]])
    return f"{n} topics, ARI {compare(groups, pd.factorize(assigned['topic_id'])[0]):.2f}"


if __name__ == "__main__":
    main()
