"""Dutch taggers on spaCy: a trained pipeline, or the tokenizer with lemmas of simplemma."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pipeline.loaders.environment import SPACY_COMMANDS, heavy_import

if TYPE_CHECKING:
    # What identifies a tagger is asked by runs that start without pandas.
    from spacy.language import Language
    from spacy.tokens import Doc, Token

    from pipeline.analysis.tokens import TaggedToken

STOP_WORDS_PATH = Path(__file__).with_name("stopwords.txt")

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
LEXICON_PIPE = "lexicon"
"""The component of the bundled pipeline that knows which word classes a form has as a base form."""
CLASS_LETTERS: Mapping[str, str] = {"NOUN": "N", "VERB": "V", "AUX": "V", "ADJ": "A"}

MOST_SEARCHED = 200_000
"""Characters in which special cases are looked up; in more text, all are taken in."""

SENTENCE_ENDERS = frozenset({"enz.", "etc.", "e.d.", "e.a."})


@cache
def read_stop_words() -> frozenset[str]:
    """Read the stop list: words apart by white space, lines with ``#`` are remarks.

    >>> "euh" in read_stop_words()
    True
    """
    lines = STOP_WORDS_PATH.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


class SpacyTagger:
    """Any spaCy pipeline for Dutch, with our tokenizer exceptions and stop list."""

    depends_on_text_alone = True

    def __init__(
        self,
        nlp: "Language",
        *,
        name: str,
        fingerprint: str,
        lemmatize: Callable[["Token"], str],
        lexicon: "WordClasses | None" = None,
        special_cases: "Mapping[str, list[dict[int, str]]] | None" = None,
    ) -> None:
        """Take a loaded pipeline.

        Args:
            nlp: the pipeline; exceptions are added to its tokenizer, and a sentencizer where it finds no sentences.
            name: for receipts and the report.
            fingerprint: changes whenever the result may change.
            lemmatize: token to lemma, lower case.
            lexicon: what stands as the lemma of each token before the pipeline reads it.
            special_cases: strings that the tokenizer divides in a way of their own, and the parts of each; it learns
                those that occur.
        """
        self._special_cases = dict(special_cases or {})
        self._lexicon = lexicon
        self.name = name
        self.fingerprint = fingerprint
        self._lemmatize = lemmatize
        self._stop_words = read_stop_words()
        self._nlp = nlp
        tokenizer = cast(Any, nlp.tokenizer)  # compiled, without types
        for abbreviation in ABBREVIATIONS:
            for spelling in {abbreviation, abbreviation.capitalize(), abbreviation.upper()}:
                tokenizer.add_special_case(spelling, [{"ORTH": spelling}])
                self._special_cases.pop(spelling, None)
        if not {"parser", "senter", "sentencizer"} & set(nlp.pipe_names):
            nlp.add_pipe("sentencizer", first=True)

    def tag(self, texts: Sequence[str]) -> "Iterator[list[TaggedToken]]":
        """Tag texts, in their order; tokens carry the text as written, curly apostrophes and all."""
        straight = [text.translate(STRAIGHT) for text in texts]
        self._learn_special_cases(straight)
        docs = self._nlp.pipe(map(self._prepare, straight))
        for text, doc in zip(texts, docs, strict=True):
            yield list(self._read(text, doc))

    def read_words(self) -> None:
        """Read the word list of lemmas now, and not once a word needs it."""
        from pipeline.loaders.dutch_lemmas import lemmatize

        lemmatize("woord")

    def _learn_special_cases(self, texts: Sequence[str]) -> None:
        """Give the tokenizer the special cases that occur in texts; to take in thousands costs it most of a second."""
        together = "\n".join(texts)
        occurring = list(self._special_cases)
        if len(together) <= MOST_SEARCHED:
            pieces = set(map("".join, zip(together, together[1:], together[2:], strict=False)))
            # Most cases are told by their first three characters, at once.
            occurring = [case for case in occurring if case[:3] in pieces or len(case) < 3]  # noqa: PLR2004
            occurring = [case for case in occurring if case in together]
        for case in sorted(occurring):
            cast(Any, self._nlp.tokenizer).add_special_case(case, self._special_cases.pop(case))

    def _prepare(self, text: str) -> "Doc":
        doc = self._nlp.make_doc(text)
        if self._lexicon is not None:
            for token in doc:
                form = token.text.lower()
                token.lemma_ = self._lexicon.get(form, form)
        return doc

    def _read(self, text: str, doc: "Doc") -> "Iterator[TaggedToken]":
        from pipeline.analysis.tokens import TaggedToken

        sentence = -1
        previous = ""
        for token in doc:
            if token.is_space:
                continue
            if sentence < 0 or token.is_sent_start or (previous in SENTENCE_ENDERS and token.is_title):
                sentence += 1
            previous = token.lower_
            lemma = self._lemmatize(token)
            is_stop = token.lower_ in self._stop_words or lemma in self._stop_words
            written = text[token.idx : token.idx + len(token)]
            yield TaggedToken(written, lemma, token.pos_ or None, sentence, is_stop)


class WordClasses:
    """Which word classes a form has as a base form, as spaCy's lookup table in a folder holds it.

    The bundled pipeline has it as its first component. spaCy's own table takes a second to build a filter that does
    not pay here.
    """

    def __init__(self, path: Path) -> None:
        """Read the file ``lookups.bin`` of a lemmatizer.

        Raises:
            KeyError: it holds no such table.
        """
        import srsly  # type: ignore[import-untyped]
        from spacy.strings import get_string_id

        self._table = cast("dict[int, str]", srsly.msgpack_loads(path.read_bytes())["lemma_lookup"])
        self._hash = get_string_id

    def get(self, form: str, default: str, /) -> str:
        """Give the classes of a form in lower case, or the default."""
        return self._table.get(self._hash(form), default)


def trained_lemma(token: "Token") -> str:
    """Take the lemma of a trained pipeline, lower case and in one word."""
    return token.lemma_.replace("_", "").lower() or token.lower_


def mend_lemma(
    token: "Token",
    *,
    classes: "Mapping[str, str] | WordClasses",
    exceptions: Mapping[str, str],
    lemmatize: Callable[[str], str],
) -> str:
    """Take the lemma of a trained pipeline, unless it is no base form of its word class and a known one is near.

    Edit trees invent lemmas of words that they have not seen; a word list knows better.

    Args:
        token: tagged and lemmatised.
        classes: lower-case word to letters of the classes of which it is a base form: capitals N, V and A.
        exceptions: word to lemma, where both are wrong.
        lemmatize: word to lemma, without context.

    Returns:
        The lemma, lower case.
    """
    own = trained_lemma(token)
    if token.lower_ in exceptions:
        return exceptions[token.lower_]
    wanted, known = CLASS_LETTERS.get(token.pos_), _open_classes(classes, own)
    if wanted is None or wanted in known:
        return own
    other = lemmatize(token.text)
    found = _open_classes(classes, other)
    return other if wanted in found or (found and not known) else own


def _open_classes(classes: "Mapping[str, str] | WordClasses", word: str) -> set[str]:
    return set(classes.get(word, "")) & set(CLASS_LETTERS.values())


@cache
def load_simplemma_tagger(name: str, fingerprint: str) -> SpacyTagger:
    """Make the tagger that needs no trained pipeline: tokenizer, sentencizer, simplemma; once a process."""
    with heavy_import(hidden=("torch",), unused=SPACY_COMMANDS):
        import spacy

        from pipeline.loaders.dutch_lemmas import lemmatize

        nlp = spacy.blank("nl")
    return SpacyTagger(nlp, name=name, fingerprint=fingerprint, lemmatize=lambda token: lemmatize(token.text))


def load_trained_tagger(source: str | Path, name: str, fingerprint: str) -> SpacyTagger:
    """Load a trained pipeline, without the parts that are not used.

    Args:
        source: name of an installed package, or a folder.
        name: for receipts and the report.
        fingerprint: changes whenever the result may change.
    """
    with heavy_import(hidden=("torch",), unused=SPACY_COMMANDS):
        import spacy

        from pipeline.loaders.dutch_lemmas import EXCEPTIONS, lemmatize

        lexicon = _read_lexicon(source)
        tokenizer = _read_tokenizer(source)
        nlp = spacy.load(
            source,
            exclude=["ner", *([LEXICON_PIPE] if lexicon else []), *(["tokenizer"] if tokenizer else [])],
            config={"nlp.tokenizer": {"@tokenizers": _register_tokenizer()}} if tokenizer else {},
        )
    special_cases = None
    if tokenizer:
        import srsly

        special_cases = tokenizer["exceptions"]
        cast(Any, nlp.tokenizer).from_bytes(srsly.msgpack_dumps({**tokenizer, "exceptions": {}}))
    by_token: Callable[[Token], str] = trained_lemma
    if not {"lemmatizer", "trainable_lemmatizer"} & set(nlp.pipe_names):
        by_token = lambda token: lemmatize(token.text)  # noqa: E731 - a function of the token in place of a word
    elif lexicon is not None:
        by_token = partial(mend_lemma, classes=lexicon, exceptions=EXCEPTIONS, lemmatize=lemmatize)
    return SpacyTagger(
        nlp, name=name, fingerprint=fingerprint, lemmatize=by_token, lexicon=lexicon, special_cases=special_cases
    )


def _read_lexicon(source: str | Path) -> WordClasses | None:
    path = Path(source) / LEXICON_PIPE / "lookups" / "lookups.bin"
    return WordClasses(path) if isinstance(source, Path) and path.is_file() else None


def _read_tokenizer(source: str | Path) -> "dict[str, Any] | None":
    """Read a tokenizer of spaCy's own kind, which brings all its rules, from the folder of a pipeline."""
    import srsly

    if not isinstance(source, Path) or not (source / "tokenizer").is_file():
        return None
    if '@tokenizers = "spacy.Tokenizer.v1"' not in (source / "config.cfg").read_text(encoding="utf-8"):
        return None
    return cast("dict[str, Any]", srsly.msgpack_loads((source / "tokenizer").read_bytes()))


def _register_tokenizer() -> str:
    """Register a tokenizer without rules, for a pipeline that reads them from its folder: no rule is made twice."""
    from spacy.util import registry

    def make_bare(nlp: "Language") -> object:
        return cast(Any, import_module("spacy.tokenizer")).Tokenizer(nlp.vocab)  # compiled, without types

    name = "dialoogtafel.Tokenizer.v1"
    if name not in registry.tokenizers:
        registry.tokenizers.register(name, func=lambda: make_bare)
    return name
