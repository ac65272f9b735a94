"""The same topics, themes and decisions on every processor: each run in a process of its own, with other kernels."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, sys
from small_study import EXAMPLE
from pipeline.analysis.embeddings import embed
from pipeline.analysis.themes.stage import settle
from pipeline.analysis.themes.decisions import LastThemes, tabulate_decisions
from pipeline.analysis.tokens import tokenize
from pipeline.analysis.topics.stage import find_topics
from pipeline.core.config import load_config
from pipeline.core.tables import empty_table
from pipeline.loaders import load_encoder, load_tagger
from pipeline.loaders.choices import choose_topic_engine
from pipeline.readers.given.decisions import parse_decisions
from invented import make_fragments

lines = [line.strip("-* ").strip() for path in sorted(EXAMPLE.glob("sources/tafel-0[1-4]*"))
         for line in path.read_text(encoding="utf-8").splitlines()]
texts = [line for line in dict.fromkeys(lines) if len(line.split()) >= 6]
fragments = make_fragments(*[(f"f-{i:03d}", "used", text) for i, text in enumerate(texts)])
config = load_config()
tokens = tokenize(fragments, tagger=load_tagger("simplemma")).tables["tokens"]
made = {}
for encoder in ("tfidf-svd", "bundled"):
    vectors = embed(fragments, config=config.embeddings, encoder=load_encoder(encoder)).tables["embeddings"]
    engine = choose_topic_engine(config.topics).load()
    nothing_stands = empty_table("standing_topics")
    found = find_topics(fragments, tokens, vectors, nothing_stands, config=config.topics, engine=engine).tables
    tables = (fragments, tokens, vectors, found["topics"], found["topic_assignments"])
    nothing = tabulate_decisions([])
    before = (empty_table("previous_themes"), empty_table("standing_parts"))
    first = settle(*tables, *nothing.values(), *before, config=config.topics).tables
    themes = LastThemes(first["themes"], first["theme_assignments"])
    one, two = (themes.reference(name) for name in ("T01", "T02"))
    text = "- id: D001\\n  who: An\\n  when: 2026-11-23\\n  action: merge\\n  name: samen\\n  themes:\\n" + "".join(
        f"    - theme: {each.theme_id}\\n      anchors: [{', '.join(each.anchors)}]\\n" for each in (one, two))
    decided = tabulate_decisions(parse_decisions(text, "decisions.yaml"))
    last = settle(*tables, *decided.values(), *before, config=config.topics).tables
    assigned, mentions = found["topic_assignments"], found["topic_mentions"]
    made[encoder] = {
        "topics": assigned["topic_id"].tolist(),
        "labels": found["topics"]["label"].tolist(),
        "subtopics": found["subtopics"]["keywords"].map(list).tolist(),
        "quotes": found["topics"]["representative_fragment_ids"].map(list).tolist(),
        "mentions": mentions[["fragment_id", "scheme", "code", "rank"]].to_numpy().tolist(),
        "themes": last["theme_assignments"]["theme_id"].tolist(),
        "decisions": last["decisions_applied"][["outcome", "n_fragments"]].to_numpy().tolist(),
        "floats": [assigned["score"].tolist(), assigned["x"].tolist(), assigned["y"].tolist(),
                   found["topic_numbers"]["score"].tolist()],
    }
sys.stdout.write("\\n" + json.dumps(made))
"""
FLAGS = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split()) if Path("/proc/cpuinfo").exists() else set()
KERNELS = {
    "Haswell": ("avx2", "1", "default"),
    "Nehalem": ("sse4_2", "2", "avx2"),
    "Zen": ("avx2", "2", "default"),
    "SkylakeX": ("avx512f", "2", "avx2"),
    "SapphireRapids": ("amx_tile", "1", "default"),
}
"""Kernel of OpenBLAS to the processor flag that it needs, its number of threads, and the instructions of torch."""
USABLE = [kernel for kernel, (flag, _, _) in KERNELS.items() if flag in FLAGS]


def find(kernel: str) -> dict:
    _, threads, torch = KERNELS[kernel]
    chosen = {"OPENBLAS_CORETYPE": kernel, "OPENBLAS_NUM_THREADS": threads, "ATEN_CPU_CAPABILITY": torch}
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
    environment = os.environ | chosen | {"PYTHONPATH": paths, "OMP_NUM_THREADS": threads}
    ran = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def reference() -> dict:
    return find(USABLE[0])


@pytest.mark.parametrize("kernel", USABLE[1:])
def test_the_same_topics_themes_and_decisions_on_every_processor(reference, kernel):
    other = find(kernel)
    for encoder, made in reference.items():
        found = other[encoder]
        assert len(set(made["topics"])) > 2
        for name in set(made) - {"floats"}:
            assert found[name] == made[name], (encoder, name)
        for first, second in zip(made["floats"], found["floats"], strict=True):
            np.testing.assert_allclose(second, first, atol=1e-6)
