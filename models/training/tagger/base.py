"""What stands before the network: word vectors, made small, and the lexicon component."""

from pathlib import Path

import numpy as np
import spacy
from preshed.bloom import BloomFilter  # type: ignore[import-untyped]
from spacy.language import Language
from spacy.lookups import Lookups
from spacy.pipeline import Lemmatizer

from models.training.tagger.lexicon import build_lexicon

SMALL_DIMS = 72
LEXICON = "lexicon"
TABLE = "lemma_lookup"


def build_base(data: Path, vectors: Path, folder: Path) -> None:
    """Write a pipeline with vectors and lexicon, from which the training takes both."""
    nlp = spacy.load(vectors)
    shrink_vectors(nlp, SMALL_DIMS)
    add_lexicon(nlp, build_lexicon(data))
    nlp.to_disk(folder)


def shrink_vectors(nlp: Language, dims: int) -> float:
    """Project the table on its main axes; a word is a mean of rows, so its vector is projected alike.

    Returns:
        The share of the variance of the rows that is kept.
    """
    vectors = nlp.vocab.vectors
    rows = vectors.data.astype(np.float64)
    scale, axes = np.linalg.eigh(rows.T @ rows)
    main = axes[:, np.argsort(-scale)[:dims]]
    vectors.data = (rows @ main).astype(np.float32)
    return float(np.sort(scale)[-dims:].sum() / scale.sum())


def add_lexicon(nlp: Language, classes: dict[str, str]) -> None:
    """Add the look-up that writes each word's class, to be read as a feature, in the field of the lemma."""
    component = nlp.add_pipe("lemmatizer", name=LEXICON, config={"mode": "lookup", "overwrite": True})
    assert isinstance(component, Lemmatizer)  # noqa: S101 - for the type checker
    lookups = Lookups()
    table = lookups.add_table(TABLE, classes)
    # The filter in front of the table is not used by the look-up, and at its usual size it doubles the file.
    table.bloom = BloomFilter.from_error_rate(1000)
    for key in table:
        table.bloom.add(key)
    component.initialize(lookups=lookups)
