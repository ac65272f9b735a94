"""Where Dutch sentences end, by their marks and a list of abbreviations; enough to cut a long turn, and no model."""

import re

# An abbreviation is followed by more of its sentence; only the last group also ends sentences.
_MID_SENTENCE = """
a.d.h.v. a.h.w. a.u.b. art. b.v. bijv. blz. bv. ca. cf. d.d. d.i. d.m.v. d.w.z. dhr. dr. drs. evt. excl. fig. hfdst.
i.e. i.f.v. i.g.v. i.h.a. i.h.b. i.k.v. i.p.v. i.s.m. i.v.m. incl. ing. ir. jl. k.b. m.a.w. m.b.t. m.b.v. m.i. m.i.v.
max. mej. mevr. min. mr. mw. n.a.v. nl. nr. nrs. o.a. o.b.v. o.g.v. o.i. o.l.v. o.m. p. par. pag. prof. resp.
s.l. st. t.a.v. t.b.v. t.e.m. t.g.v. t.h.v. t.i. t.o.v. t.t.z. t.w. tel. vb. vgl. vs. z.g. zgn. zog.
"""
_MAY_END = "e.a. e.d. e.v. enz. etc. i.o. m.m. v.chr. n.chr. e.v.a. vzw. u."
_INSIDE = frozenset(_MID_SENTENCE.split())
_ENDING = frozenset(_MAY_END.split())

_END = re.compile(r"(?<![(\[])([.!?…]+)[\"”“’'»)\]]*\s+(?=[\"“„‘'«(\[]*(?:[^\W\d_]|\d|…))")
_TOKEN = re.compile(r"\S+\Z")
_INITIAL = re.compile(r"(?:[A-Z]\.)+\Z|[A-Z][a-z]?\.\Z")


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Find the sentences of a text.

    Args:
        text: normalised text.

    Returns:
        First character and one past the last of each sentence, without the space between them.

    >>> text = "Dat kost geld, bv. m.b.t. de zaal. T.t.z., de huur. En dan?"
    >>> [text[first:last] for first, last in split_sentences(text)]
    ['Dat kost geld, bv. m.b.t. de zaal.', 'T.t.z., de huur.', 'En dan?']
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if _ends_here(text, match):
            spans.append((start, match.start() + len(match[0].rstrip())))
            start = match.end()
    return [*spans, (start, len(text))] if start < len(text) else spans


def _ends_here(text: str, match: "re.Match[str]") -> bool:
    following = text[match.end() :].lstrip("\"“„‘'«([")[:1]
    if following.islower():
        return False
    if match[1] != ".":
        return True
    token = _TOKEN.search(text, 0, match.end(1))
    word = token[0].lstrip("\"“„‘'«([") if token else ""
    lowered = word.lower()
    return lowered not in _INSIDE and (lowered in _ENDING or not _INITIAL.match(word))
