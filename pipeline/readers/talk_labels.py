"""Names of speakers as a machine or a meeting program writes them, made into labels that `transcript` reads."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pipeline.readers.transcript_header import read_header
from pipeline.readers.transcript_marks import HAT_ADJECTIVES, Line, find_hat
from pipeline.readers.transcript_voices import ROLE_WORDS, fold, read_label
from pipeline.vocabulary import Hat, Role

MAX_NAME = 30
_ROLE_FIELDS = {
    Role.GESPREKSLEIDER: "Gespreksleider",
    Role.VERSLAGGEVER: "Verslaggever",
    Role.GASTHEER: "Gastheer",
}
_BRACKETS = re.compile(r"\s*[(\[{|/]\s*(?P<inside>[^()\[\]{}|]*)[)\]}]?\s*")
_STRANGE = re.compile(r"[^\w\s'’.-]|_")


class Labels:
    """The speakers of one session: the label of each, and the header that declares them."""

    def __init__(self, voices: Iterable[tuple[str, Role | None, str | None]]) -> None:
        """Find a label for each name.

        Args:
            voices: name as the file writes it, role and organisation where the file gives them.
        """
        self._labels: dict[str, str] = {}
        self._roles: dict[str, Role] = {}
        self._organisations: dict[str, str] = {}
        for name, role, organisation in voices:
            if name not in self._labels:
                self._labels[name] = self._find(name)
            label = self._labels[name]
            _, inside = _split(name)
            found = role or ROLE_WORDS.get(inside.casefold())
            if found and found is not Role.DEELNEMER:
                self._roles.setdefault(label, found)
            is_hat = read_hat(name) is not None
            if organisation or (inside and not found and not is_hat and inside.casefold() not in ROLE_WORDS):
                self._organisations.setdefault(label, organisation or inside)

    def _find(self, name: str) -> str:
        bare, _ = _split(name)
        if bare.count(",") == 1:
            last, first = (part.strip() for part in bare.split(","))
            bare = f"{first} {last}" if first and last else bare
        plain = " ".join(_STRANGE.sub(" ", bare).split())[:MAX_NAME].strip(" .-'’")
        titled = " ".join(word if word[:1].isupper() else word.capitalize() for word in plain.split())
        for candidate in (bare, plain, titled):
            if _is_read(candidate):
                return candidate
        taken = {label for label in self._labels.values() if label.startswith("Spreker ")}
        return f"Spreker {len(taken) + 1}"

    def header(self, given: Sequence[str] = ()) -> Iterator[str]:
        """Give the header lines that declare the speakers, so that a name counts from its first turn.

        Args:
            given: header lines of the file; who is declared there is not declared again.
        """
        declared = {fold(name) for line in given for name, _, _ in read_header([Line(1, 0, line)], 0).voices}
        for role, field in _ROLE_FIELDS.items():
            names = [label for label, found in self._roles.items() if found is role and not _is_role(label)]
            names = [label for label in names if fold(label) not in declared]
            # A field that is no name would be read as the first turn.
            lines = (f"{field}: {label}" for label in dict.fromkeys(names))
            yield from (line for line in lines if read_header([Line(1, 0, line)], 0).voices)
        others = [name for name in dict.fromkeys(self._labels.values()) if name not in self._roles]
        others = [label for label in others if not _is_role(label) and fold(label) not in declared]
        if others:
            yield "Deelnemers:"
        for label in others:
            organisation = " ".join(_STRANGE.sub(" ", self._organisations.get(label, "")).split())
            yield f"- {label} ({organisation})" if organisation else f"- {label}"

    def write(self, speaker: str | None, hat: Hat | None) -> str:
        """Write the label before what a speaker said.

        Args:
            speaker: name as the file writes it, or None.
            hat: a hat to put in the label, as in notes.

        Returns:
            ``D3: ``, ``D3 (zwart): ``, ``[zwart] `` or nothing.
        """
        if speaker is None:
            return f"[{hat}] " if hat else ""
        label = self._labels[speaker]
        role = self._roles.get(label)
        worn = hat or read_hat(speaker)
        inside = [str(part) for part in (role if role and not _is_role(label) else None, worn) if part]
        return f"{label} ({', '.join(inside)}): " if inside else f"{label}: "

    def is_inside(self, text: str) -> bool:
        """Tell whether a text has its own label at its beginning, which counts where the file gives none."""
        return read_label(text) is not None

    def spellings(self, labels: Sequence[str]) -> list[str]:
        """Give all ways in which the file wrote the labels of one speaker."""
        written = {name for name, label in self._labels.items() if label in labels}
        return sorted(written) if written else sorted(labels)


def split_label(texts: Sequence[str]) -> list[tuple[str | None, str]]:
    """Split names from texts that begin with them, as in ``An Claes: ...``.

    A name counts where nearly all texts begin with one, or where it is a code or a role, or returns.

    Args:
        texts: one line each.

    Returns:
        Name and rest for each text; None where it has no name.

    >>> split_label(["an: goed idee", "jan: vind ik ook", "an: dan beginnen wij"])[1]
    ('jan', 'vind ik ook')
    >>> split_label(["Eén vraag: wie komt?", "Niemand.", "D3: ik."])
    [(None, 'Eén vraag: wie komt?'), (None, 'Niemand.'), ('D3', 'ik.')]
    """
    found = [re.match(r"(?P<name>[^\W_][^:\n]{0,59}?)\s*:\s+(?=\S)", text) for text in texts]
    names = Counter(match["name"] for match in found if match)
    is_rule = len(texts) > 1 and sum(names.values()) >= _NEARLY_ALL * len(texts)
    split: list[tuple[str | None, str]] = []
    for text, match in zip(texts, found, strict=True):
        label = read_label(text) if match else None
        returns = match is not None and label is not None and names[match["name"]] > 1 and len(names) > 1
        counts = match is not None and (is_rule or returns or (label is not None and label.sure))
        split.append((match["name"], text[match.end() :]) if match and counts else (None, text))
    return split


_NEARLY_ALL = 0.8


def read_hat(name: str) -> Hat | None:
    """Read the hat in the brackets after a name.

    >>> read_hat("D1 (zwart)"), read_hat("D1 (OCMW)")
    (<Hat.ZWART: 'zwart'>, None)
    """
    _, inside = _split(name)
    return find_hat(re.sub(r"\s+hoed$", "", inside, flags=re.IGNORECASE)) if inside else None


def _split(name: str) -> tuple[str, str]:
    found = _BRACKETS.search(name)
    if not found or not found.start():
        return " ".join(name.split()), ""
    return " ".join(name[: found.start()].split()), " ".join(found["inside"].split())


def _is_role(label: str) -> bool:
    return fold(label).rstrip("0123456789") in set(Role)


def _is_read(label: str) -> bool:
    found = read_label(f"{label}: x") if label else None
    return found is not None and found.name == label and fold(label) not in _HATS and "]" not in label


_HATS = frozenset(word for hat, adjective in HAT_ADJECTIVES.items() for word in (str(hat), adjective))
