"""Says to which scheme a code of another program belongs, by where it stands in the tree of codes.

The rule, first match first:

| a code | is |
|---|---|
| below a top code named as a scheme (``thema``, ``subthema``, ``polariteit``, ``hoed``, ``sentiment``, ``functie``, ``verwachting``, or in English) | a code of that scheme; below a theme, a subtheme of it |
| below a top code that begins with ``machine-`` | the machine's, and is left: it codes again |
| a top code without codes below it, named *kans*, *knelpunt* or as a hat with the word *hoed* | a polarity, a hat |
| any other top code | a theme |
| any other code below it | a subtheme of that theme; giving it gives the theme too |

One folder that holds all codes counts for nothing, and ``Zorg::Nachtzorg`` is *Nachtzorg* below *Zorg*.
"""  # noqa: E501

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.core.errors import list_some
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import LABELS, NEUTRAL_POLARITY, Hat, Polarity, Scheme, Sentiment, is_machine
from pipeline.readers.notes.hats import find_hat
from pipeline.readers.words import read_meanings
from pipeline.refi.project import Code, walk_codes
from pipeline.text.normalisation import fold_name

SCHEME_WORDS = {word: Scheme(scheme) for word, scheme in read_meanings("schemes").items()}
LABEL_END = "\n\n"
"""What stands between label and definition in a description that this program writes."""

NO_CODE_NAMES = ("geen code", "no code")
"""A code below a scheme that says: looked at, no code given."""

NO_SIGN, NO_VALUE = ("", "-", "–", "—"), "geen"
"""Cells of a table that say so."""

CLOSED_SCHEMES: Mapping[str, tuple[str, ...]] = {
    str(Scheme.POLARITY): tuple(Polarity),
    str(Scheme.HAT): tuple(Hat),
    str(Scheme.SENTIMENT): tuple(Sentiment),
}
"""Schemes whose codes are fixed; a codebook may define them and cannot add to them."""
_VALUES = {scheme: read_meanings(scheme) for scheme in (Scheme.POLARITY, Scheme.HAT, Scheme.SENTIMENT)}
_HAT_WORD = re.compile(r"\b(?:denk)?(?:hoed|hat)\b")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What giving a code says.

    Attributes:
        scheme: its scheme.
        code: the code; None for *looked at, no code*.
        theme: the theme that is given with a subtheme.
    """

    scheme: str
    code: str | None
    theme: str | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """A tree of codes as schemes.

    Attributes:
        meanings: guid of a code to what it says; None where it says nothing here.
        codebook: rows of ``codebook``.
        notices: what was decided, in sentences.
    """

    meanings: Mapping[str, Meaning | None]
    codebook: tuple[Row, ...]
    notices: tuple[str, ...]


def understand_codes(codes: Sequence[Code], *, ours: bool = False) -> Understood:
    """Assign every code of a tree to a scheme; see the rule above.

    Args:
        codes: the tree.
        ours: this program wrote it, and put the label of a code before its definition.

    >>> tree = [Code(guid="1", name="Nabijheid", codes=(Code(guid="2", name="buren"),)), Code(guid="3", name="Kansen")]
    >>> found = understand_codes(tree).meanings
    >>> found["2"].theme, found["2"].scheme, found["3"].code
    ('Nabijheid', 'subtheme', 'kans')
    """
    tree = _without_folder(codes)
    placed = list(_places(tree, ours=ours))
    meanings: dict[str, Meaning | None] = {code.guid: None for code, _ in walk_codes(codes)}
    rows: dict[tuple[str, str], dict[str, object]] = {}
    closed: dict[tuple[str, object], dict[str, object]] = {}
    named: dict[tuple[str, str], tuple[str, ...]] = {}
    unknown: list[str] = []
    tops = {read_value(Scheme.POLARITY, path[0]) for _, path, is_leaf in placed if len(path) == 1 and is_leaf}
    has_polarities = set(map(str, Polarity)) <= tops
    for code, path, is_leaf in placed:
        found = _read_path(path, is_leaf=is_leaf, has_polarities=has_polarities)
        if found is None:
            if _closed_branch(path) and len(path) > 1:
                unknown.append(code.name)
            continue
        scheme, own, parent, gives_theme = found
        if own is None or scheme in CLOSED_SCHEMES:
            meanings[code.guid] = Meaning(scheme, own)
            for row in _closed_rows(scheme) if scheme in CLOSED_SCHEMES else ():
                closed.setdefault((scheme, row["code"]), row)
            if (scheme, own) in closed:
                _describe(closed[scheme, own], code.description, ours=ours)
            continue
        own = _distinct(named, scheme, own, path)
        theme = parent if gives_theme and code.is_codable else None
        meanings[code.guid] = Meaning(scheme, own, theme) if code.is_codable or scheme != Scheme.SUBTHEME else None
        if theme is not None:
            # In a flat list the theme may be no code of its own.
            rows.setdefault((str(Scheme.THEME), fold_name(theme)), _row(str(Scheme.THEME), theme, None))
        if code.is_codable or scheme == Scheme.THEME:
            kept = rows.setdefault((scheme, fold_name(own)), _row(scheme, own, parent))
            _describe(kept, code.description, ours=ours)
    book = [*rows.values(), *closed.values()]
    return Understood(meanings, tuple(_number(_with_parents(book))), tuple(_say(placed, meanings, unknown)))


def _without_folder(codes: Sequence[Code]) -> Sequence[Code]:
    while len(codes) == 1 and codes[0].codes and not codes[0].is_codable and scheme_of(codes[0].name) is None:
        if is_machine(codes[0].name.casefold()):
            break
        codes = codes[0].codes
    return codes


def scheme_of(name: str) -> Scheme | None:
    """Give the scheme that a code is named as.

    >>> scheme_of("Thema's"), scheme_of("Zorg")
    (<Scheme.THEME: 'theme'>, None)
    """
    return SCHEME_WORDS.get(fold_name(re.sub("['’]", "", name)).rstrip(":"))


def category_suffix(top: str) -> str:
    """Give what an export puts behind the name of a code below a top code, where that name stands elsewhere too."""
    return f" ({top})"


def _places(codes: Sequence[Code], *, ours: bool) -> Iterator[tuple[Code, tuple[str, ...], bool]]:
    """Give each code with its path, and whether nothing stands below it."""
    paths = []
    for code, above in walk_codes(codes):
        top = above[0].name if above else ""
        # Another program may have opened our export and written it anew.
        suffix = category_suffix(top) if above and (ours or scheme_of(top) in CLOSED_SCHEMES) else ""
        below = (each.name.removesuffix(suffix) for each in above[1:])
        paths.append((code, (*([top] if above else []), *below, *_split(code.name.removesuffix(suffix)))))
    above_others = {path[:-1] for _, path in paths}
    for code, path in paths:
        yield code, path, not code.codes and path not in above_others


def _split(name: str) -> list[str]:
    return [part.strip() for part in name.split("::") if part.strip()] or [name]


def _closed_branch(path: Sequence[str]) -> bool:
    return scheme_of(path[0]) in CLOSED_SCHEMES


def _read_path(
    path: Sequence[str], *, is_leaf: bool, has_polarities: bool
) -> tuple[str, str | None, str | None, bool] | None:
    """Give scheme, code, parent, and whether the theme is given with it."""
    branch = scheme_of(path[0])
    if is_machine(path[0].casefold()) or not path[-1]:
        return None
    if branch is None:
        if len(path) == 1:
            value = _bare_value(path[0], has_polarities=has_polarities) if is_leaf else None
            return (str(value[0]), value[1], None, False) if value else (str(Scheme.THEME), path[0], None, False)
        return str(Scheme.SUBTHEME), path[-1], path[0], True
    if len(path) == 1:
        return None
    if fold_name(path[-1]) in NO_CODE_NAMES:
        return str(branch), None, None, False
    if branch in CLOSED_SCHEMES:
        value_found = read_value(branch, path[-1])
        return (str(branch), value_found, None, False) if value_found else None
    if branch is Scheme.THEME and len(path) > 2:
        return str(Scheme.SUBTHEME), path[-1], path[1], True
    parent = path[-2] if branch is not Scheme.THEME and len(path) > 2 else None
    return str(branch), path[-1], parent, False


def read_value(scheme: Scheme, name: str) -> str | None:
    """Read a value of a closed scheme, in Dutch or English.

    >>> read_value(Scheme.HAT, "Gele hoed"), read_value(Scheme.POLARITY, "Kansen")
    ('geel', 'kans')
    """
    folded = fold_name(name)
    bare = _HAT_WORD.sub("", folded).strip() if scheme is Scheme.HAT else folded
    return _VALUES[scheme].get(bare)


def _bare_value(name: str, *, has_polarities: bool) -> tuple[Scheme, str] | None:
    """Read a top code that can be nothing else than a polarity or a hat; *neutraal* is one beside the other two."""
    polarity = read_value(Scheme.POLARITY, name)
    if polarity and (polarity != NEUTRAL_POLARITY or has_polarities):
        return Scheme.POLARITY, polarity
    hat = read_value(Scheme.HAT, name) if _HAT_WORD.search(fold_name(name)) else None
    return (Scheme.HAT, hat) if hat else None


def _distinct(named: dict[tuple[str, str], tuple[str, ...]], scheme: str, code: str, path: Sequence[str]) -> str:
    """Tell codes of one name apart by what stands above them; two of one place are one code."""
    where = tuple(fold_name(part) for part in path)
    for name in (code, f"{path[-2]}: {code}" if len(path) > 1 else code, " / ".join(path)):
        if named.setdefault((scheme, fold_name(name)), where) == where:
            return name
    return " / ".join(path)


def _row(scheme: str, code: str, parent: str | None) -> dict[str, object]:
    return {
        "scheme": scheme, "code": code, "parent": parent, "label": code, "definition": None, "examples": [],
        "example_fragment_ids": [],
    }  # fmt: skip


def _describe(row: dict[str, object], description: str | None, *, ours: bool) -> None:
    label, _, definition = (description or "").partition(LABEL_END) if ours else ("", "", description or "")
    row["label"] = label or row["label"]
    row["definition"] = row["definition"] or definition or None


def _closed_rows(scheme: str) -> Iterator[dict[str, object]]:
    for value in CLOSED_SCHEMES[scheme]:
        yield {**_row(scheme, str(value), None), "label": LABELS[str(value)]["nl"]}


def _with_parents(rows: Sequence[dict[str, object]]) -> Iterator[dict[str, object]]:
    """Leave out a parent that is no code itself, as a folder is."""
    known = {str(row["code"]) for row in rows}
    for row in rows:
        yield row if row["parent"] in known else {**row, "parent": None}


def _number(rows: Iterator[dict[str, object]]) -> Iterator[Row]:
    positions: Counter[object] = Counter()
    for row in rows:
        yield {**row, "position": positions[row["scheme"]]}
        positions[row["scheme"]] += 1


def _say(
    placed: Sequence[tuple[Code, tuple[str, ...], bool]], meanings: Mapping[str, Meaning | None], unknown: Sequence[str]
) -> Iterator[str]:
    counts = Counter(meaning.scheme for meaning in meanings.values() if meaning and meaning.code is not None)
    if counts:
        counted = ", ".join(f"{counts[str(scheme)]} as {scheme}" for scheme in Scheme if counts[str(scheme)])
        yield f"codes were read {counted}, by where they stand in the tree of codes"
    implied = sum(1 for meaning in meanings.values() if meaning and meaning.theme)
    if implied:
        yield f"giving one of {implied} codes below a theme gives the theme too"
    if unknown:
        listed = list_some(f"'{name}'" for name in unknown)
        yield f"{len(unknown)} codes below polarity, hat or sentiment are no value of it: left out {listed}"
    machines = {path[0] for _, path, _ in placed if is_machine(path[0].casefold())}
    if machines:
        yield f"codes of {', '.join(sorted(machines))} were left: the machine codes again"


BOTH_WORDS = frozenset({"beide", "beiden", "allebei", "both", "les deux", "beides", "+/-", "-/+", "±"})


_POLARITY_PARTS = re.compile(r"[\n;,/&+]| en | of | et | ou | und | oder | and | or ")


_MORE_POLARITY = read_meanings("polarity_loose")


def is_no_code(cell: str) -> bool:
    """Tell whether a cell says that the coder looked and gave no code.

    >>> is_no_code("-"), is_no_code("Geen"), is_no_code("K+")
    (True, True, False)
    """
    return cell.strip() in NO_SIGN or fold_name(cell) in (NO_VALUE, "none")


def is_undecided(cell: str) -> bool:
    """Tell whether a cell says that the coder did not decide: nothing but question marks.

    >>> is_undecided("?"), is_undecided(" ?? "), is_undecided(""), is_undecided("kans?")
    (True, True, False, False)
    """
    return bool(cell.strip()) and not cell.strip(" ?")


def say_undecided(counts: Mapping[str, int]) -> Iterator[str]:
    """Say how many cells of each scheme are not decided."""
    for scheme, n in counts.items():
        yield f"{n} cells for {scheme} hold a question mark: not decided, and counted as not seen"


def read_closed(scheme: str, cell: str) -> tuple[str, ...]:
    """Read the values of a closed scheme that a cell names; none where any part of it names something else.

    >>> read_closed("polarity", "K+"), read_closed("hat", "gele hoed, zwart"), read_closed("hat", "geel of zo")
    ((), ('geel', 'zwart'), ())
    """
    if scheme == Scheme.POLARITY:
        return read_polarity(cell)
    parts = [part.strip() for part in re.split(r"[\n;,/+]| en | and ", cell) if part.strip()]
    found: list[str | None] = []
    for part in parts:
        value = read_value(Scheme(scheme), part)
        if value is None and scheme == Scheme.HAT:
            hat = find_hat(re.sub(r"\s*hoed$", "", part, flags=re.IGNORECASE))
            value = str(hat) if hat else None
        found.append(value)
    return tuple(dict.fromkeys(each for each in found if each)) if all(found) else ()


def read_polarity(cell: str) -> tuple[str, ...]:
    """Read the polarities that a cell names, in any of the languages; none where it names something else.

    >>> read_polarity("Kansen"), read_polarity("kans / knelpunt"), read_polarity("obstacle"), read_polarity("bus")
    (('kans',), ('kans', 'knelpunt'), ('knelpunt',), ())
    """
    folded = fold_name(cell)
    if folded in BOTH_WORDS:
        return ("kans", "knelpunt")
    whole = read_value(Scheme.POLARITY, cell) or _MORE_POLARITY.get(folded)
    if whole:
        return (whole,)
    parts = [part.strip() for part in _POLARITY_PARTS.split(folded) if part.strip()]
    found = [read_value(Scheme.POLARITY, part) or _MORE_POLARITY.get(part) for part in parts]
    return tuple(dict.fromkeys(each for each in found if each)) if len(parts) > 1 and all(found) else ()
