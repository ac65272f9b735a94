"""Build the bundled Dutch spaCy pipeline from open data: one command, resumable.

    python -m models.training.tagger.build --data ../shared/data

Steps, each skipped when its result stands in the work folder: text, word vectors, base (vectors and lexicon), corpora,
model, export. Delete a result to make it again. Needs ``floret`` and ``spacy-lookups-data`` beside the project's own
packages. Some 20 minutes on one free core; to stay out of the way: ``chrt --idle 0 nice -n 19`` in front.
"""

import argparse
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import spacy  # noqa: E402 - after the number of threads

from models.training.tagger import base, vectors  # noqa: E402
from models.training.tagger.conventions import harmonize  # noqa: E402
from models.training.tagger.corpora import group, group_mixed, make_doc, to_bin  # noqa: E402
from models.training.tagger.export import export  # noqa: E402
from models.training.tagger.sources import Word, read_treebank  # noqa: E402
from models.training.tagger.training import train_pipeline  # noqa: E402

log = logging.getLogger(__name__)

WORK = Path(__file__).parent.parent / "work" / "tagger"
TARGET = Path(__file__).parent.parent.parent / "bundled" / "tagger"
GROUP_SEED = 7


def make(path: Path, step: Callable[[Path], object]) -> Path:
    """Make a file or folder unless it stands; a step that breaks off leaves nothing behind under that name."""
    if not path.exists():
        log.info("making %s", path.name)
        unfinished = path.with_name(f"unfinished-{path.name}")
        step(unfinished)
        unfinished.rename(path)
    return path


def write_corpus(path: Path, groups: Sequence[list[list[Word]]]) -> None:
    """Write documents in spaCy's training format."""
    nlp = spacy.blank("nl")
    to_bin(make_doc(nlp, sentences) for sentences in groups).to_disk(path)


def build(data: Path, work: Path, target: Path) -> None:
    """Run all steps."""
    work.mkdir(parents=True, exist_ok=True)
    text = make(work / "text.txt", lambda path: vectors.write_text(data, path))
    floret = make(work / "vectors", lambda path: vectors.train_vectors(text, path))
    start = make(work / "base", lambda path: base.build_base(data, floret, path))

    groups = list(group_mixed(harmonize(read_treebank(data, "train")), GROUP_SEED))
    train = make(work / "train.spacy", lambda path: write_corpus(path, groups))
    dev = make(work / "dev.spacy", lambda path: write_corpus(path, list(group(read_treebank(data, "dev")))))
    final = train_pipeline(train, dev, start, work / "final")
    log.info("%s bytes in %s", f"{export(final, target):,}", target.name)


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with tagging/ and embedding/")
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    build(options.data, options.work, options.target)


if __name__ == "__main__":
    main()
