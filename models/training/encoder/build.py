"""Build the bundled Dutch sentence encoder from open data: one command, resumable.

    python -m models.training.encoder.build --data ../shared/data

Steps, each skipped when its result stands in the work folder: corpus, teacher vectors, untrained student,
distillation, tuning (with and without SICK), export. Delete a result to make it again.
"""

from __future__ import annotations

import argparse
import logging
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from transformers import AutoTokenizer, BertModel, BertTokenizerFast

from models.training.encoder import corpus as corpora
from models.training.encoder import pieces, teacher, transplant
from models.training.encoder.corpus import Corpus
from models.training.encoder.export import assembled, save_half
from models.training.encoder.measure import retrieval, similarity
from models.training.encoder.sources import Pair
from models.training.encoder.teacher import Lessons
from models.training.encoder.training import Plan, Stage

log = logging.getLogger(__name__)

SEED = 20261123
PIECES = 28_000
# The last stage rehearses every so many translations beside those of SICK.
REHEARSED = 6
DISTIL = Plan("distil", 3, 1e-4, 7e-4, 0, falling=False, seed=SEED)
TUNE_APART = Plan("tune-without-sick", 1, 8e-5, 5e-4, 3, falling=True, seed=SEED + 1)
TUNE = Plan("tune", 1, 5e-5, 3e-4, 3, falling=True, seed=SEED + 2)


def prepared(data: Path, work: Path) -> Corpus:
    """The corpus, from the work folder when it stands there."""
    path = work / "corpus.pkl"
    if not path.exists():
        path.write_bytes(pickle.dumps(corpora.load(data, seed=SEED)))
    kept: Corpus = pickle.loads(path.read_bytes())  # noqa: S301 - written by the line above
    return kept


def untrained(corpus: Corpus, folder: Path) -> None:
    """Write the student before training: Dutch pieces in the English transformer."""
    chosen = pieces.choose(corpus.counts, corpus.glossary.split, PIECES)
    tokenizer = pieces.tokenizer_of(chosen)
    source = transplant.teacher_folder()
    body = BertModel.from_pretrained(source)
    table = body.embeddings.word_embeddings.weight.detach().numpy()
    inputs = transplant.EnglishInputs(AutoTokenizer.from_pretrained(source), table)
    matrix, origin = transplant.initial(chosen, tokenizer.tokenize, corpus.counts, corpus.glossary.of, inputs)
    log.info("pieces by origin: %s", dict(origin))
    student = transplant.student_of(body, matrix, pieces.MAX_LENGTH)
    student.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def report(corpus: Corpus, encoder: SentenceTransformer, english: SentenceTransformer, name: str) -> None:
    """Log the figures on the development parts."""
    targets = english.encode([p.english for p in corpus.bitext_dev], show_progress_bar=False)
    encode = lambda texts: encoder.encode(texts, show_progress_bar=False)  # noqa: E731 - a partial with one argument
    figures = (
        similarity(encode, corpus.dev)[0],
        similarity(encode, corpus.trial)[0],
        retrieval(encode, corpus.bitext_dev, targets)[0],
    )
    log.info("DEV %s: STSb %.4f SICK %.4f Tatoeba %.3f", name, *figures)


@dataclass(frozen=True)
class Workshop:
    """What every stage needs: the corpus, the English teacher and the work folder."""

    corpus: Corpus
    english: SentenceTransformer
    work: Path

    def stage(self, start: Path, lessons: Callable[[], Lessons], sets: list[list[Pair]], plan: Plan) -> Path:
        """Run one stage from a folder with a model to another, unless that stands there already."""
        folder = self.work / plan.name
        if not folder.exists():
            model = BertModel.from_pretrained(start)
            tokenizer = BertTokenizerFast.from_pretrained(start)
            trained = Stage(model, tokenizer, lessons(), sets, plan).run(self.work / f"{plan.name}.pt")
            trained.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
            report(self.corpus, assembled(folder), self.english, plan.name)
        return folder


def build(data: Path, work: Path, out: Path | None) -> None:
    """Run every step and, when a folder is given, export the final model to it."""
    work.mkdir(parents=True, exist_ok=True)
    corpus = prepared(data, work)
    english = SentenceTransformer(str(transplant.teacher_folder()), device="cpu")
    start = work / "untrained"
    if not start.exists():
        untrained(corpus, start)
        report(corpus, assembled(start), english, "untrained")
    cache = work / "teacher"
    clean = teacher.parallel_lessons(english, corpus.parallel, cache)

    def all_lessons() -> Lessons:
        return teacher.joined([clean, teacher.noisy_lessons(english, corpus, cache)])

    def rehearsed() -> Lessons:
        return teacher.parallel_lessons(english, corpus.parallel_sick + corpus.parallel[::REHEARSED], cache)

    shop = Workshop(corpus, english, work)
    distilled = shop.stage(start, all_lessons, [], DISTIL)
    apart = shop.stage(distilled, lambda: clean, [corpus.sts], TUNE_APART)
    tuned = shop.stage(apart, rehearsed, [corpus.sts + corpus.sts_beside_sick, corpus.sick], TUNE)
    if out is not None:
        save_half(assembled(tuned), out)


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds embedding/")
    parser.add_argument("--work", type=Path, default=Path("models/training/work/encoder"))
    parser.add_argument("--out", type=Path, default=None, help="where the final model goes")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    torch.set_num_threads(options.threads)
    build(options.data, options.work, options.out)


if __name__ == "__main__":
    main()
