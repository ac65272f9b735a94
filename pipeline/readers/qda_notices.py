"""What a user should know of how a project was read, in sentences without text of a participant."""

from collections import Counter
from collections.abc import Iterator

from pipeline.refi.offsets import STANDARD, Counting
from pipeline.refi.project import Project
from pipeline.refi.repair import Check


def clean_name(name: str) -> str:
    r"""Give a name on one line, without control characters, short enough for a message.

    >>> clean_name("An\n Peeters\x1b")
    'An Peeters'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:80]


def say_checks(checks: Counter[Check], counting: Counting) -> Iterator[str]:
    """Say how the places of selections were found, and how many did not stand where they were said to."""
    n = sum(checks.values())
    if not n:
        return
    if counting != STANDARD:
        yield f"places of selections were read as {counting.say()}: that fits most of them"
    words = {
        Check.VERIFIED: "stand at their place word for word",
        Check.UNNAMED: "bear no text to compare",
        Check.UNLIKE: "bear a name that is not their text, and were taken at their place",
        Check.REPAIRED: "had shifted and were found again by their text",
        Check.OUTSIDE: "lie outside their text and were left out",
    }
    yield f"of {n} coded selections " + ", ".join(f"{checks[c]} {said}" for c, said in words.items() if checks[c])


def say_lost(lost: Counter[str]) -> Iterator[str]:
    """Say which codings were left, and why."""
    words = {
        "machine": "codings of a machine were left: it codes again",
        "structure": "codings of the structure of a report were left: its text is read again",
        "code": "codings name a code that the project does not hold, and were left",
        "meaning": "codings give a code that belongs to no scheme here, or is a folder, and were left",
        "place": "coded selections have no place in a text, and were left",
    }
    for key, said in words.items():
        if lost[key]:
            yield f"{lost[key]} {said}"


def say_users(project: Project) -> Iterator[str]:
    """Say what of the users and their codings is not as it may seem."""
    whole = sum(len(source.codings) for source in project.sources)
    if whole:
        yield f"{whole} codings of a source as a whole were left: they say nothing of its parts"
    named = Counter(clean_name(user.name) for user in project.users if user.name)
    for name, n in sorted(named.items()):
        if n > 1:
            yield f"{n} users are named {name!r} and count as one coder"
