"""Small invented studies for the questions of a team, built from a line per fragment."""

import re

import numpy as np
import pandas as pd

from pipeline.core.config import load_config
from pipeline.core.tables import table_from_rows
from pipeline.questions.inputs import make_inputs
from pipeline.questions.stage import ask

CONFIG = load_config().questions.model_copy(update={"permutations": 99, "orders": 100})
INPUTS = ("fragments", "tokens", "embeddings", "codings", "seen", "codebook", "sessions")
STOP = frozenset(
    {"de", "het", "een", "en", "van", "in", "op", "is", "over", "dat", "die", "wij", "ik", "te", "er", "ook"}
)


def fragment(name, text, *, session="s1", speaker=None, kind="turn", status="used", role="deelnemer", hat=None,
             utterance=None, block=None, start=None):  # fmt: skip
    return {
        "fragment_id": name, "utterance_id": utterance or f"u-{name}", "source_id": f"src-{session}",
        "session": session, "line": 1, "char_start": start, "char_end": 0, "text": text, "n_words": len(text.split()),
        "kind": kind, "status": status, "speaker": speaker, "role": role, "hat_given": hat, "heading_path": [],
        "block": block or utterance or f"u-{name}",
    }  # fmt: skip


def coding(coder, name, scheme, code, rank=1):
    return {"coder": coder, "fragment_id": name, "scheme": scheme, "code": code, "rank": rank, "char_start": 0,
            "char_end": 1}  # fmt: skip


def look(coder, name, scheme):
    return {"coder": coder, "fragment_id": name, "scheme": scheme}


def make_study(fragments, codings=(), seen=(), codebook=(), vectors=None, dates=None):
    """Tables of a study; fragments stand in the source in the order given, lemmas are the lower-case words."""
    placed = [{**row, "char_start": 100 * i if row["char_start"] is None else row["char_start"]}
              for i, row in enumerate(fragments)]  # fmt: skip
    used = [row for row in placed if row["status"] == "used"]
    tokens = [
        {"fragment_id": row["fragment_id"], "i": i, "sentence": 0, "text": word, "lemma": word.lower(), "pos": None,
         "is_stop": word.lower() in STOP, "is_content": word.lower() not in STOP}
        for row in used for i, word in enumerate(re.findall(r"\w+", row["text"]))
    ]  # fmt: skip
    given = vectors or {}
    embeddings = [
        {"fragment_id": row["fragment_id"], "vector": given.get(row["fragment_id"], _vector(i))}
        for i, row in enumerate(sorted(used, key=lambda row: row["fragment_id"]))
    ]
    sessions = sorted({row["session"] for row in placed})
    rows = {
        "fragments": placed,
        "tokens": tokens,
        "embeddings": embeddings,
        "codings": list(codings),
        "seen": list(seen),
        "codebook": [{"position": i, "label": row["code"], "examples": [], "example_fragment_ids": [], **row}
                     for i, row in enumerate(codebook)],
        "sessions": [{"session": name, "date": (dates or {}).get(name), "source_ids": []} for name in sessions],
    }  # fmt: skip
    return {name: table_from_rows(rows[name], name) for name in INPUTS}


def _vector(i):
    return np.random.default_rng(i).normal(size=6).astype(np.float32)


def answer(study, config=CONFIG):
    """The tables that the stage gives for a study."""
    return ask(**study, config=config).tables


def ground_of(study):
    return make_inputs(*(study[name] for name in INPUTS))


def rows(table, **where):
    """Rows of a table as dictionaries, those that match."""
    kept = table
    for name, value in where.items():
        kept = kept.loc[kept[name] == value]
    return kept.astype(object).where(pd.notna(kept), None).to_dict("records") if len(kept) else []
