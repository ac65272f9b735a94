"""The codes that a machine may give, and what the codebook says of each."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.core.vocabulary import Scheme
from pipeline.text.languages import DUTCH, NAMES, tell_language

SCHEMES = (Scheme.THEME, Scheme.SUBTHEME)
_NO_LETTERS = re.compile(r"[\W_]")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text that says what a code is.

    Attributes:
        code: position of the code in its list.
        text: name, definition or example.
    """

    code: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The k codes of one scheme, in the order of the codebook.

    Attributes:
        scheme: theme or subtheme.
        names: k codes, verbatim.
        parents: k themes under which they stand; None for a theme itself, or where the codebook names none.
        phrases: what says what they are; at least the name of each.
    """

    scheme: Scheme
    names: tuple[str, ...]
    parents: tuple[str | None, ...]
    phrases: tuple[Phrase, ...]


def read_codes(codebook: pd.DataFrame) -> dict[Scheme, Codes]:
    """Read the codes of themes and sub-themes.

    Args:
        codebook: the table of that name.

    Returns:
        Scheme to its codes; schemes without codes are absent.
    """
    found = {}
    themes = set(codebook.loc[codebook["scheme"] == Scheme.THEME, "code"])
    above = dict(zip(codebook["code"], codebook["parent"].where(codebook["parent"].notna(), None), strict=True))
    for scheme in SCHEMES:
        rows = codebook.loc[codebook["scheme"] == scheme].sort_values("position")
        if rows.empty:
            continue
        names = tuple(rows["code"])
        parents = tuple(None if scheme is Scheme.THEME else _theme_above(name, above, themes) for name in names)
        phrases = tuple(
            Phrase(position, text)
            for position, (label, definition, examples) in enumerate(
                zip(rows["label"], rows["definition"], rows["examples"], strict=True)
            )
            for text in (label, *([] if pd.isna(definition) else [definition]), *examples)
            if str(text).strip()
        )
        found[scheme] = Codes(scheme=scheme, names=names, parents=parents, phrases=phrases)
    return found


def _theme_above(code: str, above: Mapping[str, str | None], themes: set[str]) -> str | None:
    """Climb to the theme; a codebook in which a code stands above itself has no theme there."""
    visited = {code}
    parent = above.get(code)
    while parent is not None and parent not in themes and parent not in visited:
        visited.add(parent)
        parent = above.get(parent)
    return parent if parent in themes else None


def find_weaknesses(codes: Mapping[Scheme, Codes], codebook: pd.DataFrame) -> Iterator[str]:
    """Say what in the codebook makes coding by it weak."""
    for scheme, found in codes.items():
        if len(found.names) == 1:
            yield f"scheme {scheme} has one code: it goes to every fragment that is not far from it"
        labels = codebook.loc[codebook["scheme"] == scheme, "label"].str.strip().str.lower()
        twice = sum(n > 1 for n in Counter(labels).values())
        if twice:
            yield (
                f"scheme {scheme}: {twice} names stand for more than one code; only definitions, examples and parents "
                "tell them apart"
            )
    texts = [phrase.text for found in codes.values() for phrase in found.phrases]
    foreign = Counter(language for language in map(tell_language, texts) if language not in (None, DUTCH))
    for language, n in sorted(foreign.items()):
        yield f"{n} of {len(texts)} texts of the codebook are in {NAMES[language]}: words cannot match, meaning hardly"


def find_examples(codebook: pd.DataFrame, fragment_ids: Sequence[str], texts: Sequence[str]) -> frozenset[str]:
    """Find the fragments that the codebook quotes as an example: named by id, or with the same words.

    Args:
        codebook: the table of that name.
        fragment_ids: n fragments.
        texts: their n texts.

    Returns:
        Their ids; a fragment also counts when it holds an example of three words or more, or is held by one.
    """
    named = {fragment for ids in codebook["example_fragment_ids"] for fragment in ids}
    quoted = {_plain(text) for examples in codebook["examples"] for text in examples}
    quoted = {text for text in quoted if _is_long(text)}
    plain = [(fragment, _plain(text)) for fragment, text in zip(fragment_ids, texts, strict=True)]
    holding = {fragment for fragment, text in plain if any(example in text for example in quoted)}
    held = {fragment for fragment, text in plain if _is_long(text) and any(text in example for example in quoted)}
    return frozenset(holding | held | {fragment for fragment in fragment_ids if fragment in named})


def _is_long(plain: str) -> bool:
    return len(plain.split()) >= 3


def _plain(text: str) -> str:
    return f" {' '.join(_NO_LETTERS.sub(' ', text.lower()).split())} "
