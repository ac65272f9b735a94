"""A word-class lexicon: for each known form, which parts of speech word lists allow it, as a feature for the tagger.

Half of the words that the treebank lacks stand in a list. The class is stored by spaCy's own look-up lemmatizer, which
runs before the network and whose "lemma" is the class; the real lemmatizer writes over it afterwards. So the shipped
folder needs no code of ours.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import simplemma

# Long words are nearly all compounds, of which the suffix tells enough.
MAX_LENGTH = 16
UNKNOWN_PART = "?"

# Letter of a part of speech: capital for a base form, small for an inflected one.
LETTERS = {"noun": "N", "verb": "V", "adj": "A", "adp": "I", "det": "D", "pron": "R", "adv": "B"}


def build_lexicon(data: Path) -> dict[str, str]:
    """Make the table from lower-case form to class, such as ``N`` or ``Vn`` (infinitive, or inflected noun)."""
    classes: dict[str, set[str]] = defaultdict(set)
    for kind, table in (("index", _lookups("index")), ("exc", _lookups("exc"))):
        for part, forms in table.items():
            for form in forms:
                classes[form.lower()].add(LETTERS[part] if kind == "index" else LETTERS[part].lower())
    bases = {form: frozenset(letters) for form, letters in classes.items()}
    words = _open_taal(data, classes)
    for form in sorted(words | set(_lookups("lookup"))):
        classes[form].update(_inflected(form, bases))
    return {form: "".join(sorted(found)) for form, found in sorted(classes.items()) if _is_kept(form, found)}


def _lookups(kind: str) -> dict[str, Any]:
    path = files("spacy_lookups_data") / "data" / f"nl_lemma_{kind}.json.gz"
    table: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return table


def _open_taal(data: Path, classes: dict[str, set[str]]) -> set[str]:
    """Add what OpenTaal tells: names, adverbs and other checked words; give all its forms in lower case."""
    folder = data / "embedding" / "opentaal"
    checked = _read(folder / "basiswoorden-gekeurd.txt")
    lower = {word for word in checked if word[0].islower()}
    for word in checked - lower:
        if word.lower() not in lower and word[0].isupper():
            classes[word.lower()].add("P")
    for word in _read(folder / "adjectieven-en-bijwoorden.txt"):
        classes[word.lower()].add("C")
    for word in _read(folder / "werkwoorden-infinitief.txt"):
        classes[word.lower()].add("V")
    for word in _read(folder / "nouns-meervouden.txt"):
        classes[word.lower()].add("n")
    for word in lower:
        if not classes[word]:
            classes[word].add("O")
    return lower | _read(folder / "flexies-ongekeurd.txt")


def _read(path: Path) -> set[str]:
    return {line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()}


def _inflected(form: str, bases: dict[str, frozenset[str]]) -> Iterable[str]:
    """Give the small letters of the parts of speech of the base form that simplemma finds."""
    if not simplemma.is_known(form, lang="nl"):
        return ()
    base = simplemma.lemmatize(form, lang="nl").replace("_", "").lower()
    if base == form:
        return ()
    return {letter.lower() for letter in bases.get(base, ()) if letter.isupper()}


def _is_kept(form: str, found: set[str]) -> bool:
    return bool(found) and len(form) <= MAX_LENGTH and not form.isdigit() and " " not in form
