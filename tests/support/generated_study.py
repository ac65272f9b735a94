"""An invented study of any size, as tables: words that nobody said, by a seed, for tests of size and of speed."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.core.schemas import SCHEMAS
from pipeline.core.tables import empty_table, table_from_rows

HATS = ("wit", "zwart", "geel", "groen", "rood")
CODES = tuple(f"code-{letter}" for letter in "abcdefg")
SYLLABLES = ("ka", "ro", "len", "ster", "bo", "vin", "daal", "wer", "mo", "kelt", "tri", "pan", "zoek", "huis", "plaat")
PER_SESSION = 250
N_THEMES = 14


def make_words(chance: np.random.Generator, n: int) -> list[tuple[str, str]]:
    """Words with their lemma; one in three is another form of the one before."""
    words: list[tuple[str, str]] = []
    while len(words) < n:
        lemma = "".join(chance.choice(SYLLABLES, size=int(chance.integers(2, 5))))
        words += [(lemma, lemma), (f"{lemma}en", lemma)] if chance.random() < 0.5 else [(lemma, lemma)]
    return words[:n]


def make_study(n: int, seed: int = 7) -> Mapping[str, pd.DataFrame]:
    """Tables of a study with so many fragments: two people and a machine coded all of them."""
    chance = np.random.default_rng(seed)
    words = make_words(chance, 4000)
    rank = chance.zipf(1.3, size=n * 18) % len(words)
    ids = [f"f-{i:06d}" for i in range(n)]
    texts, tokens = [], []
    for i, fragment_id in enumerate(ids):
        chosen = [words[place] for place in rank[18 * i : 18 * i + int(chance.integers(6, 19))]]
        texts.append(" ".join(form for form, _ in chosen).capitalize() + ".")
        tokens += [
            {"fragment_id": fragment_id, "i": k, "sentence": 0, "text": form, "lemma": lemma, "pos": "NOUN",
             "is_stop": False, "is_content": True}
            for k, (form, lemma) in enumerate(chosen)
        ]  # fmt: skip
    session = [f"tafel-{1 + i // PER_SESSION:03d}" for i in range(n)]
    speaker = [f"D{1 + int(k)}" for k in chance.integers(0, 8, size=n)]
    hat = chance.choice(HATS, size=n)
    theme = [f"T{1 + int(k):02d}" for k in chance.integers(0, N_THEMES, size=n)]
    centre = chance.normal(size=(N_THEMES, 2))
    place = np.array([centre[int(name[1:]) - 1] for name in theme]) + chance.normal(scale=0.4, size=(n, 2))
    code = chance.choice(CODES, size=n)
    polarity = chance.choice(("kans", "knelpunt"), size=n)
    rows: dict[str, list[dict[str, object]]] = {
        "fragments": [
            {"fragment_id": ids[i], "utterance_id": f"u:{i:06d}", "source_id": f"s-{session[i]}", "session": session[i],
             "line": 1 + i % PER_SESSION, "char_start": 100 * i, "char_end": 100 * i + 90, "text": texts[i],
             "n_words": 8, "kind": "turn", "status": "used", "speaker": speaker[i], "role": "deelnemer",
             "heading_path": [], "block": f"b{i:06d}"}
            for i in range(n)
        ],
        "tokens": tokens,
        "sources": [
            {"source_id": f"s-{name}", "name": f"{name}.txt", "sha256": "0" * 64, "format": "transcript",
             "encoding": "utf-8", "container": "txt", "session": name, "n_chars": 25000}
            for name in sorted(set(session))
        ],
        "sessions": [{"session": name, "source_ids": [f"s-{name}"]} for name in sorted(set(session))],
        "speakers": [
            {"session": name, "speaker": f"D{k}", "role": "deelnemer", "organisation": f"vereniging {k % 5}",
             "spellings": [f"D{k}"]}
            for name in sorted(set(session)) for k in range(1, 9)
        ],
        "codebook": [
            {"scheme": "theme", "code": each, "position": k, "label": each.capitalize(), "examples": [],
             "example_fragment_ids": []}
            for k, each in enumerate(CODES)
        ],
        "themes": [
            {"theme_id": f"T{k + 1:02d}", "position": k, "topics": [f"T{k + 1:02d}"], "label": words[k][0],
             "named": False, "keywords": [words[k][0]], "size": theme.count(f"T{k + 1:02d}"),
             "representative_fragment_ids": [ids[theme.index(f"T{k + 1:02d}")]], "pinned": False, "decision_ids": []}
            for k in range(N_THEMES) if f"T{k + 1:02d}" in theme
        ],
        "theme_assignments": [
            {"fragment_id": ids[i], "theme_id": theme[i], "topic_id": theme[i], "how": "topic", "score": 0.5}
            for i in range(n)
        ],
        "topic_assignments": [
            {"fragment_id": ids[i], "topic_id": theme[i], "original": theme[i], "strategy": "clustered", "score": 0.5,
             "x": place[i, 0], "y": place[i, 1]}
            for i in range(n)
        ],
        "stances": [
            {"fragment_id": ids[i], "scheme": scheme, "rank": 1, "value": value, "score": 0.6, "margin": 0.3,
             "source": "predicted", "abstained": False, "evidence": []}
            for i in range(n) for scheme, value in (("hat", hat[i]), ("polarity", polarity[i]))
        ],
        "codings": [
            {"coder": coder, "fragment_id": ids[i], "scheme": scheme, "code": value, "rank": 1, "score": score,
             "char_start": 100 * i, "char_end": 100 * i + 90}
            for i in range(n)
            for coder, scheme, value, score in (
                ("A", "theme", code[i], None),
                ("A", "polarity", polarity[i], None),
                ("B", "theme", code[i] if i % 4 else CODES[0], None),
                ("machine-taught", "theme", code[i] if i % 2 else CODES[-1], 0.25 + (i % 60) / 100),
                ("machine-taught", "polarity", polarity[i] if i % 3 else "kans", 0.6),
                ("machine-inductive", "theme", theme[i], 0.5),
            )
        ],
        "seen": [
            {"coder": coder, "fragment_id": each, "scheme": scheme}
            for coder, scheme in (("A", "theme"), ("A", "polarity"), ("B", "theme")) for each in ids
        ],
    }  # fmt: skip
    return {name: empty_table(name) for name in SCHEMAS} | {
        name: table_from_rows(each, name) for name, each in rows.items()
    }
