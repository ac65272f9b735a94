"""Measures the draft of a finished study: sub-themes of people that it covers, redundancy, balance over sessions.

    python -m tests.bench.draft STUDY [LENGTH ...]

A sub-theme of a person, as kans and as knelpunt, is covered when a statement was given both by that person. Chance is
as many fragments drawn at random, so that a draft is compared at its own length. A statement stands under the right
heading when the person gave it that sub-theme. Redundancy is the cosine of a statement to the nearest other one of its
theme. Balance is the entropy of the sessions among what is shown: 1 is as even as can be.
"""

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.cli.export import gather
from pipeline.core.study import open_study
from pipeline.core.vocabulary import Scheme, is_machine
from pipeline.report.draft import Draft, write_draft
from pipeline.report.inputs import ReportInputs

FEWEST = 3
"""Sub-themes that a person gave less often are not counted."""
N_DRAWS = 200
SEED = 7


def drafting_coders(inputs: ReportInputs) -> list[str]:
    """List the coders in whose themes a draft can be written: people first."""
    table = inputs.table("codings")
    coders = set(table.loc[table["scheme"] == Scheme.THEME, "coder"])
    return sorted(coders, key=lambda coder: (is_machine(coder), coder))


def evenness(sessions: list[str], n_sessions: int) -> float:
    """Entropy of the sessions, 1 where all are as frequent."""
    shares = np.array(list(Counter(sessions).values())) / max(len(sessions), 1)
    return float(-(shares * np.log(shares)).sum() / np.log(n_sessions)) if n_sessions > 1 else 1.0


def score(inputs: ReportInputs, draft: Draft) -> dict[str, float | int | str]:
    """Measure one draft."""
    shown = [fragment for statement in draft.statements() for fragment in statement.fragment_ids]
    sessions = inputs.fragments["session"]
    rng = np.random.default_rng(SEED)
    used = np.array(sorted(inputs.used.index))
    row: dict[str, float | int | str] = {
        "coder": draft.coder, "statements": sum(1 for _ in draft.statements()), "shown": len(shown),
        "twice": len(shown) - len({inputs.text(fragment) for fragment in shown}),
    }  # fmt: skip
    human = inputs.table("human_codings")
    stated = [statement.quoted.fragment_id for statement in draft.statements()]
    for person in inputs.human_coders:
        given = human.loc[human["coder"] == person]
        subthemes, polarities = (
            given.loc[given["scheme"] == scheme].groupby("code")["fragment_id"].agg(set)
            for scheme in (Scheme.SUBTHEME, Scheme.POLARITY)
        )
        both = [found for one in subthemes for other in polarities if len(found := one & other) >= FEWEST]
        row[f"covered {person}"] = _cover(both, stated)
        draws = [_cover(both, rng.choice(used, len(stated), replace=False)) for _ in range(N_DRAWS)]
        row[f"chance {person}"] = float(np.mean(draws))
        right = _under_own_heading(inputs, draft, dict(subthemes))
        row[f"right heading {person}"] = float(np.mean([found for found, _ in right])) if right else float("nan")
        row[f"heading by chance {person}"] = float(np.mean([share for _, share in right])) if right else float("nan")
    vectors = dict(zip(*(inputs.table("embeddings")[name] for name in ("fragment_id", "vector")), strict=True))
    row["redundancy"] = _redundancy(draft, vectors)
    row["balance"] = evenness([sessions[f] for f in shown], sessions.nunique())
    row["balance of notes"] = evenness([sessions[f] for f in used], sessions.nunique())
    row["largest session"] = max(Counter(sessions[f] for f in shown).values()) / max(len(shown), 1)
    return row


def _cover(groups: list[set[str]], shown: Iterable[str]) -> float:
    held = set(shown)
    return float(np.mean([bool(group & held) for group in groups])) if groups else float("nan")


def _under_own_heading(inputs: ReportInputs, draft: Draft, by_code: dict[str, set[str]]) -> list[tuple[bool, float]]:
    """Say for each statement whether the person gave it the sub-theme of its heading, and how often by chance."""
    book = inputs.table("codebook")
    codes = dict(zip(book["label"], book["code"], strict=True))
    found = []
    for theme in draft.themes:
        for part in theme.parts:
            for heading in part.headings:
                members = by_code.get(codes.get(heading.name, ""))
                if members is not None:
                    share = len(members & set(inputs.used.index)) / len(inputs.used)
                    found += [(statement.quoted.fragment_id in members, share) for statement in heading.statements]
    return found


def _redundancy(draft: Draft, vectors: dict[str, np.ndarray]) -> float:
    nearest = []
    for theme in draft.themes:
        said = [s.quoted.fragment_id for part in theme.parts for heading in part.headings for s in heading.statements]
        rows = np.array([vectors[fragment] / np.linalg.norm(vectors[fragment]) for fragment in said])
        if len(rows) > 1:
            likeness = rows @ rows.T - 2 * np.eye(len(rows))
            nearest += list(likeness.max(axis=1))
    return float(np.mean(nearest)) if nearest else float("nan")


def main() -> None:
    """Print a row for every coder in whose themes the draft can be written."""
    study = open_study(Path(sys.argv[1]))
    inputs = gather(study, study.root / "draft.docx")
    lengths = [int(each) for each in sys.argv[2:]] or [None]
    rows = [score(inputs, write_draft(inputs, coder, n)) for n in lengths for coder in drafting_coders(inputs)]
    print(pd.DataFrame(rows).round(2).to_string(index=False))  # noqa: T201


if __name__ == "__main__":
    main()
