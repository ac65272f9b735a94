"""Says how well the notes and codings were understood, and what would improve it most, in the language of the study."""

from collections.abc import Sequence

from pipeline.core.vocabulary import Aspect
from pipeline.corpus.understanding import OF_TALK, Count
from pipeline.report.words import Words


def describe_verdict(counts: Sequence[Count], words: Words) -> str:
    """Say in one line what was understood of all files.

    >>> describe_verdict([Count("", Aspect.REMARKS, 3, 4), Count("", Aspect.SPEAKERS, 2, 3, files=1),
    ...              Count("a.txt", Aspect.SPEAKERS, 2, 3)], Words("en"))
    '3 remarks; speakers in 1 of 1 file (2 of 3 remarks)'
    """
    total = sum(bool(count.subject) and count.aspect is Aspect.SPEAKERS for count in counts)
    parts = []
    for count in counts:
        if count.subject or (count.aspect in (Aspect.REPEATS, Aspect.CODINGS) and not _is_worth_saying(count)):
            continue
        key = "no_hats" if count.aspect is Aspect.HATS and not count.n else str(count.aspect)
        files = {"files": count.files, "total": total} if count.aspect in OF_TALK else {}
        parts.append(words(f"verdict.{key}", n=words.number(count.n), of=words.number(count.of), **files))
    return "; ".join(parts)


def _is_worth_saying(count: Count) -> bool:
    return bool(count.n) if count.aspect is Aspect.REPEATS else bool(count.of)


def give_advice(counts: Sequence[Count], words: Words) -> list[str]:
    """Give the lines that would improve the reading most, the first the most.

    >>> give_advice([Count("a.txt", Aspect.SPEAKERS, 2, 3, rank=1)], Words("en"))
    ["a.txt: 1 of 3 remarks has no speaker: begin each with a name or initials, as in 'AV: ...'"]
    """
    ranked = sorted((count for count in counts if count.rank), key=lambda count: count.rank or 0)
    said = []
    for count in ranked:
        numbers = {"n": count.n, "of": count.of, "missing": count.missing}
        text = words(f"advice.{count.aspect}", **{name: words.number(n) for name, n in numbers.items()})
        said.append(f"{count.subject or words('advice.all')}: {text}")
    return said
