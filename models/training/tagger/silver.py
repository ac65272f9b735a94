"""More sentences for the lemmatizer: everyday and legal text whose lemmas a first model and word lists agree on.

The treebanks have few verbs in their many forms. A model trained on them alone tags the text; each lemma comes from the
treebank's own table, from simplemma's word list where the model's lemma is no word, or from the model; what is no known
word then stays open. Parts of speech stay open throughout, so that the model does not learn from its own mistakes.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import simplemma
from spacy.language import Language
from spacy.tokens import Token

from models.training.tagger.sources import Word, read_everyday, read_laws

EVERYDAY_STEP = 13
LAW_SENTENCES = 1_500
LAW_STEP = 200
MAX_WORDS = 40
INFLECTED = frozenset({"NOUN", "VERB", "AUX", "ADJ"})

Table = Mapping[tuple[str, str], str]


def build_table(sentences: Iterable[list[Word]]) -> Table:
    """Map lower-case form and part of speech to the lemma that the treebank gives most often."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        for word in sentence:
            if word.upos not in {"", "PROPN", "X"}:
                counts[word.form.lower(), word.upos][word.lemma] += 1
    return {key: found.most_common(1)[0][0] for key, found in counts.items()}


def choose_lemma(token: Token, table: Table, is_base: Callable[[str], bool]) -> str:
    """Choose among table, model and simplemma; empty where none gives a word that is known."""
    form = token.lower_
    if (form, token.pos_) in table:
        return table[form, token.pos_]
    if token.pos_ not in INFLECTED:
        return "" if token.pos_ in {"X", "PROPN"} else token.lemma_
    if is_base(token.lemma_.lower()):
        return token.lemma_
    if simplemma.is_known(form, lang="nl"):
        found = simplemma.lemmatize(form, lang="nl").replace("_", "")
        return found if is_base(found) else ""
    return ""


def read_silver(data: Path, nlp: Language, table: Table) -> Iterator[list[Word]]:
    """Give sentences with lemmas and open parts of speech."""
    classes = nlp.get_pipe("lexicon").lookups.get_table("lemma_lookup")  # type: ignore[attr-defined]

    def is_base(word: str) -> bool:
        return any(letter in "NVA" for letter in classes.get(word, ""))

    texts = [*islice(read_everyday(data), 0, None, EVERYDAY_STEP)]
    texts += islice(read_laws(data), 0, LAW_SENTENCES * LAW_STEP, LAW_STEP)
    for doc in nlp.pipe(texts):
        tokens = [token for token in doc if not token.is_space]
        if _is_one_sentence(tokens):
            yield [_open(token, choose_lemma(token, table, is_base)) for token in tokens]


def _is_one_sentence(tokens: list[Token]) -> bool:
    return 1 < len(tokens) <= MAX_WORDS and not any(token.text[0] in ".?!…:" for token in tokens[:-1])


def _open(token: Token, lemma: str) -> Word:
    return Word(token.text, lemma, "", "", "")
