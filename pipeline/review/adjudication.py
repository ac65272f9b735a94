"""A worklist of disagreements for people to settle, and back as the codings of a coder of their own.

The codings that were compared stay as they came. What is settled goes, with what the same two coders agreed on, under
the coder ``adjudicated``; a disagreement that is still open is not seen by that coder.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from pipeline.core.errors import InputError, Problem
from pipeline.core.schemas.forms import Row
from pipeline.core.vocabulary import ADJUDICATED_CODER, LANGUAGES, Scheme
from pipeline.corpus.fragments import write_place
from pipeline.readers.given.codings import CODE_SEPARATOR
from pipeline.review.coding_files import BLANK_CODE, COLUMNS, Choices, Unreadable
from pipeline.review.disagreements import DisagreementInputs, Meeting, Pair, meet
from pipeline.review.worksheets import (
    Book,
    DropDown,
    Filled,
    SheetColumn,
    SheetTable,
    Value,
    load_words,
    name_in_sheet,
    spell,
)
from pipeline.text.normalisation import fold_name

SHEET = "disagreements"
README_SHEET = "readme"
FILE_COLUMNS = (*COLUMNS, "origin", "remark")
DECIDED, AGREED = "decided", "agreed"
NEEDED = ("fragment_id", "scheme", "coder_a", "codes_a", "coder_b", "codes_b", "decision")
KNOWN = (*NEEDED, "remark")

_COLUMNS = (
    SheetColumn("points", 8),
    SheetColumn("reason", 34),
    SheetColumn("fragment_id", 16),
    SheetColumn("scheme", 12),
    SheetColumn("session", 14),
    SheetColumn("place", 24),
    SheetColumn("text", 70),
    SheetColumn("coder_a", 14),
    SheetColumn("codes_a", 24),
    SheetColumn("coder_b", 18),
    SheetColumn("codes_b", 24),
    SheetColumn("decision", 24, fill=True),
    SheetColumn("remark", 40, fill=True),
)

Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a worklist brought back.

    Attributes:
        rows: of the whole file of the coder ``adjudicated``, in ``FILE_COLUMNS``.
        n_decided: disagreements that this list settled.
        n_agreed: answers on which the same two coders agreed.
        n_open: disagreements in the schemes in which something was decided that are not settled: those that the next
            worklist would show, and rows of this one that were left open.
    """

    rows: tuple[Row, ...]
    n_decided: int
    n_agreed: int
    n_open: int


def sides(choices: Choices, scheme: str, language: str = LANGUAGES[0]) -> Pair:
    """Give the words for *what A said* and *what B said*; longer ones where the codebook has a code A or B."""
    taken = {fold_name(code) for code in choices.codes[scheme]}
    names = (name_in_sheet("columns", side, language) for side in ("coder_a", "coder_b"))
    return (next(names), next(names)) if taken & {"a", "b"} else ("A", "B")


def make_book(
    worklist: Sequence[Meeting], fragments: pd.DataFrame, sources: pd.DataFrame, choices: Choices, *, study: str,
    say: Callable[[str], str] = str, language: str = LANGUAGES[0],
) -> Book:  # fmt: skip
    """Lay out a worklist: how it works, the disagreements, the codebook.

    Args:
        worklist: disagreements in the order of showing.
        fragments: the table of that name.
        sources: the table of that name.
        choices: the codebook.
        study: name of the study.
        say: says in that language why a row teaches something.
        language: of all but codes, names of coders and fragments.
    """
    names = dict(zip(sources["source_id"], sources["name"], strict=True))
    by_id = fragments.set_index("fragment_id")
    rows: list[tuple[Value, ...]] = []
    for each in worklist:
        place = by_id.loc[each.fragment_id]
        codes = [_show(choices, each.scheme, answer, language) for answer in each.answers]
        reason = "; ".join(say(reason.words) for reason in each.reasons)
        where = write_place(names[place["source_id"]], place["place"], place["line"])
        rows.append(
            (
                each.score, reason, each.fragment_id, name_in_sheet("columns", each.scheme, language),
                str(place["session"]), where, str(place["text"]),
                each.coders[0], codes[0], each.coders[1], codes[1], None, None,
            )
        )  # fmt: skip
    schemes = tuple(scheme for scheme in choices.codes if any(each.scheme == scheme for each in worklist))
    lists = [
        DropDown(
            "decision",
            (*sides(choices, scheme, language), *choices.offered(scheme, language)),
            tuple(i for i, each in enumerate(worklist) if each.scheme == scheme),
        )
        for scheme in schemes
    ]
    table = SheetTable(name=SHEET, columns=_COLUMNS, rows=tuple(rows), choices=tuple(lists))
    words = load_words("adjudication", language, study=study, n=len(rows))
    return Book(
        title="adjudication", subject=study, prose={README_SHEET: words},
        tables=(table, choices.table(schemes, language)), language=language,
    )  # fmt: skip


def read_decisions(
    filled: Filled, evidence: DisagreementInputs, choices: Choices, kept: Sequence[Row], *, replace: bool
) -> Settled:
    """Check a worklist that came back and bring it together with what was settled before.

    Args:
        filled: its sheet; a row without a decision stays open.
        evidence: the codings as they are now, for what the coders agree on.
        choices: the codebook as it is now.
        kept: rows of the file of the coder ``adjudicated`` as it is.
        replace: let a decision take the place of an earlier one that was otherwise.

    Returns:
        The rows of that file as it will be.

    Raises:
        InputError: everything that is wrong, by row.
    """
    earlier = _earlier(kept)
    decided: dict[Key, list[Row]] = {}
    first: dict[Key, int] = {}
    pairs: dict[Pair, set[str]] = {}
    problems: list[Problem] = []
    schemes = {fold_name(name): str(scheme) for scheme in Scheme for name in spell("columns", scheme)}
    for number, written in filled.rows:
        scheme = written.get("scheme", "")
        cells = {**written, "scheme": schemes.get(fold_name(scheme), scheme)}
        key = cells.get("fragment_id", ""), cells["scheme"]
        found = [*_row_problems(cells, evidence, choices, first, filled.headers)]
        first.setdefault(key, number)
        if not found:
            pair = cells["coder_a"], cells["coder_b"]
            codes = _decide(cells, choices, filled.headers) if cells.get("decision") else None
            if isinstance(codes, Unreadable):
                found.append((codes.what, codes.fix))
            elif codes is not None:
                rows = _rows(key, codes, f"{DECIDED}: {' | '.join(pair)}", cells.get("remark", ""))
                if key in earlier and _codes(earlier[key]) != _codes(rows) and not replace:
                    found.append(("was decided otherwise before", "Add --replace to let this decision win"))
                decided[key] = rows
                pairs.setdefault(pair, set()).add(key[1])
        problems += [Problem(filled.at(number), *each) for each in found]
    if not problems and not decided:
        problems.append(Problem(filled.where, "holds no decisions", f"Fill the column '{filled.headers['decision']}'"))
    if problems:
        raise InputError(problems)
    settled = earlier | decided
    agreed, waiting = _agreed(evidence, pairs, settled)
    schemes_decided = {key[1] for key in decided}
    waiting |= {key for key in first if key not in settled and key[1] in schemes_decided}
    stale = {f"{AGREED}: {' | '.join(pair)}" for pair in pairs}
    agreed_keys = {_key(row) for row in kept if row["origin"].startswith(AGREED) and row["origin"] not in stale}
    others = {key: [row for row in kept if _key(row) == key] for key in agreed_keys - settled.keys() - agreed.keys()}
    together = others | agreed | settled
    return Settled(
        rows=tuple(row for key in sorted(together) for row in together[key]),
        n_decided=len(decided),
        n_agreed=len(agreed),
        n_open=len(waiting),
    )


def _show(choices: Choices, scheme: str, answer: Sequence[str], language: str) -> str:
    return CODE_SEPARATOR.join(answer) or choices.none(scheme, language)


def _earlier(kept: Sequence[Row]) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = {}
    for row in kept:
        if row["origin"].startswith(DECIDED):
            found.setdefault(_key(row), []).append(row)
    return found


def _key(row: Mapping[str, str]) -> Key:
    return row["fragment_id"], row["scheme"]


def _codes(rows: Sequence[Row]) -> list[str]:
    return sorted(row["code"] for row in rows)


def _row_problems(
    cells: Mapping[str, str],
    evidence: DisagreementInputs,
    choices: Choices,
    first: Mapping[Key, int],
    headers: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    fragment_id, scheme = key = cells.get("fragment_id", ""), cells.get("scheme", "")
    restore = "Restore what the worklist said, or delete the row"
    if fragment_id not in evidence.units:
        named = f"the fragment '{fragment_id}', which this study does not have" if fragment_id else "no fragment"
        yield f"names {named}", restore
    if scheme not in choices.codes:
        yield f"names the scheme '{scheme}', which the codebook does not have", restore
    if key in first:
        yield f"repeats the fragment and scheme of row {first[key]}", "Keep one of the two rows"
    for side in ("coder_a", "coder_b"):
        if cells.get(side) not in evidence.coders:
            yield f"names in '{headers[side]}' a coder whom this study does not have", restore


def _decide(cells: Mapping[str, str], choices: Choices, headers: Mapping[str, str]) -> Sequence[str] | Unreadable:
    """Codes of a decision: those of side A or B, or the ones that it names."""
    scheme, decision = cells["scheme"], cells["decision"]
    for language in LANGUAGES:
        for word, column in zip(sides(choices, scheme, language), ("codes_a", "codes_b"), strict=True):
            if decision.casefold() == word.casefold():
                found = choices.read(scheme, cells[column]) if cells.get(column) else Unreadable("", "")
                if isinstance(found, Unreadable):
                    what = f"decides for '{word}', but '{headers[column]}' holds no code of scheme '{scheme}'"
                    return Unreadable(what, f"Write the code itself in the column '{headers['decision']}'")
                return found
    return choices.read(scheme, decision)


def _rows(key: Key, codes: Sequence[str], origin: str, remark: str = "") -> list[Row]:
    return [
        {
            "fragment_id": key[0], "coder": ADJUDICATED_CODER, "scheme": key[1], "code": code, "origin": origin,
            "remark": remark,
        }
        for code in codes or (BLANK_CODE,)
    ]  # fmt: skip


def _agreed(
    evidence: DisagreementInputs, pairs: Mapping[Pair, set[str]], settled: Mapping[Key, object]
) -> tuple[dict[Key, list[Row]], set[Key]]:
    """What coders agree on in the schemes in which something was decided, and which disagreements are open there."""
    schemes = set().union(*pairs.values())
    usual = {(each.fragment_id, each.scheme): each for each in meet(evidence) if each.scheme in schemes}
    # Where two people differ, a machine that agrees with one of them settles nothing.
    waiting = {key for key, each in usual.items() if not each.agree and key not in settled}
    agreed: dict[Key, list[Row]] = {}
    for pair, of_pair in sorted(pairs.items()):
        for meeting in meet(evidence, pair):
            key = meeting.fragment_id, meeting.scheme
            is_free = meeting.scheme in of_pair and key not in settled and key not in waiting
            if is_free and meeting.agree and (usual[key].coders == pair or usual[key].coders not in pairs):
                agreed.setdefault(key, _rows(key, _common(meeting), f"{AGREED}: {' | '.join(pair)}"))
    return agreed, waiting


def _common(meeting: Meeting) -> Sequence[str]:
    """The codes that both gave, in the order of side A."""
    return [code for code in meeting.answers[0] if code in meeting.answers[1]]
