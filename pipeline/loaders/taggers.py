"""Dutch taggers on spaCy: a trained pipeline, or the tokenizer with lemmas of simplemma."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pipeline.loaders.environment import heavy_import
from pipeline.tokens import TaggedToken

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

STOP_WORDS_PATH = Path(__file__).parent.parent / "stopwords.txt"

# One character for one, so that every offset of the source still holds.
STRAIGHT = str.maketrans({"’": "'", "‘": "'", "‛": "'", "´": "'", "`": "'", "\u00a0": " ", "\u202f": " "})

# Abbreviations of Flemish notes that spaCy's Dutch tokenizer cuts, or takes for the end of a sentence.
ABBREVIATIONS = tuple(
    """
    a.d.h.v. a.h.w. a.s. bijv. blz. bv. d.m.v. d.w.z. dhr. e.a. e.d. enz. etc. evt. excl. i.f.v. i.g.v. i.h.k.v.
    i.p.v. i.s.m. i.t.t. i.v.m. incl. jl. lic. m.a.w. m.b.t. m.i. m.u.v. mevr. n.a.v. n.v.t. nl. nr. o.a. o.b.v.
    o.i. o.l.v. o.v.v. resp. t.a.v. t.e.m. t.g.v. t.h.v. t.n.v. t.o.v. t.t.z. tel. v.w.b. vb. w.o. z.g. z.g.n.
    zgn. z.o.z.
    """.split()  # noqa: SIM905
)
SENTENCE_ENDERS = frozenset({"enz.", "etc.", "e.d.", "e.a."})


@cache
def read_stop_words(path: Path = STOP_WORDS_PATH) -> frozenset[str]:
    """Read a stop list: words apart by white space, lines with ``#`` are remarks.

    >>> "euh" in read_stop_words()
    True
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


class SpacyTagger:
    """Any spaCy pipeline for Dutch, with our tokenizer exceptions and stop list."""

    def __init__(
        self, nlp: "Language", *, name: str, fingerprint: str, lemmatize: Callable[[str], str] | None = None
    ) -> None:
        """Take a loaded pipeline.

        Args:
            nlp: the pipeline; exceptions are added to its tokenizer, and a sentencizer where it finds no sentences.
            name: for receipts and the report.
            fingerprint: changes whenever the result may change.
            lemmatize: word to lemma; None takes the lemmas of the pipeline.
        """
        self.name = name
        self.fingerprint = fingerprint
        self._lemmatize = lemmatize
        self._stop_words = read_stop_words()
        self._nlp = nlp
        tokenizer = cast(Any, nlp.tokenizer)  # compiled, without types
        for abbreviation in ABBREVIATIONS:
            for spelling in {abbreviation, abbreviation.capitalize(), abbreviation.upper()}:
                tokenizer.add_special_case(spelling, [{"ORTH": spelling}])
        if not {"parser", "senter", "sentencizer"} & set(nlp.pipe_names):
            nlp.add_pipe("sentencizer", first=True)

    def tag(self, texts: Sequence[str]) -> Iterator[list[TaggedToken]]:
        """Tag texts, in their order; tokens carry the text as written, curly apostrophes and all."""
        docs = self._nlp.pipe(text.translate(STRAIGHT) for text in texts)
        for text, doc in zip(texts, docs, strict=True):
            yield list(self._read(text, doc))

    def _read(self, text: str, doc: "Doc") -> Iterator[TaggedToken]:
        sentence = -1
        previous = ""
        for token in doc:
            if token.is_space:
                continue
            if sentence < 0 or token.is_sent_start or (previous in SENTENCE_ENDERS and token.is_title):
                sentence += 1
            previous = token.lower_
            lemma = self._lemma(token)
            is_stop = token.lower_ in self._stop_words or lemma in self._stop_words
            written = text[token.idx : token.idx + len(token)]
            yield TaggedToken(written, lemma, token.pos_ or None, sentence, is_stop)

    def _lemma(self, token: "Token") -> str:
        if self._lemmatize is not None:
            return self._lemmatize(token.text)
        return token.lemma_.replace("_", "").lower() or token.lower_


def load_simplemma_tagger(name: str, fingerprint: str) -> SpacyTagger:
    """Make the tagger that needs no trained pipeline: tokenizer, sentencizer, simplemma."""
    with heavy_import(hidden=("torch",)):
        import spacy

        from pipeline.loaders.dutch_lemmas import lemmatize

        nlp = spacy.blank("nl")
    return SpacyTagger(nlp, name=name, fingerprint=fingerprint, lemmatize=lemmatize)


def load_trained_tagger(source: str | Path, name: str, fingerprint: str) -> SpacyTagger:
    """Load a trained pipeline, without the parts that are not used.

    Args:
        source: name of an installed package, or a folder.
        name: for receipts and the report.
        fingerprint: changes whenever the result may change.
    """
    with heavy_import(hidden=("torch",)):
        import spacy

        nlp = spacy.load(source, exclude=["ner"])
        if not {"lemmatizer", "trainable_lemmatizer"} & set(nlp.pipe_names):
            from pipeline.loaders.dutch_lemmas import lemmatize

            return SpacyTagger(nlp, name=name, fingerprint=fingerprint, lemmatize=lemmatize)
    return SpacyTagger(nlp, name=name, fingerprint=fingerprint)
