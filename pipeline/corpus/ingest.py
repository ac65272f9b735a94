"""Merges what the readers found into the first tables; the same notes never count twice.

A session may lie in several files (the talk and the individual notes, say), and in several versions: then the last one
counts, the others are compared with it, and codings of theirs are carried over (``pipeline.corpus.versions``).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from pipeline.core.errors import InputError, Notice, Output, Problem
from pipeline.core.schemas.forms import Row
from pipeline.core.tables import table_from_rows
from pipeline.core.vocabulary import LABELS, NEUTRAL_POLARITY, Role, Scheme
from pipeline.corpus.versions import Carrier, Names, Versions, are_versions, differ, sort_versions, version_notices
from pipeline.readers.notes.transcript import NO_HAT
from pipeline.readers.qda_codes import CLOSED_SCHEMES
from pipeline.readers.sources import Reading, name_session, split_version
from pipeline.text.normalisation import bare_file_name, common_spellings, fold_name, plain_name

_SESSION_COLUMNS = ("title", "date", "place", "province")


def ingest(
    readings: Sequence[Reading],
    *,
    codebook: Sequence[Row] = (),
    given: Sequence[Sequence[Row]] = (),
    memos: Sequence[Row] = (),
) -> Output:
    """Merge sources, codebook and manual codings.

    Args:
        readings: what each source holds, in any order.
        codebook: rows of the study's codebook; a code of its own wins from one that a source carries.
        given: rows of each file with manual codings.
        memos: what coders remarked beside their codings.

    Returns:
        Tables sources, sessions, speakers, utterances, attributes, codebook, given_codings, implied_codings, memos
        and version_changes, an empty table fixed_fragments, and the notices of the readers.

    Raises:
        InputError: a file or a session that is there twice and is no version, with which to keep; all at once.
    """
    ordered = sorted(readings, key=lambda reading: reading.source.name)
    problems = list(_repeated_files(ordered))
    if problems:
        raise InputError(problems)
    names, notices = _join_sessions(ordered)
    current, versions, problems = sort_versions(ordered, names)
    if problems:
        raise InputError(problems)
    of_files = [row for rows in given for row in rows]
    notices += _say_joined(of_files)
    given_rows = [*_given_in_sources(current), *_resolve(ordered, names, of_files)]
    implied: list[Row] = [{"row_id": row["row_id"]} for row in given_rows if row.get("implied")]
    given_rows = [{column: value for column, value in row.items() if column != "implied"} for row in given_rows]
    codings, changes = _carry(versions, given_rows)
    codes = _unite_codebooks(codebook, [row for reading in current for row in reading.codebook])
    added = list(_codes_without_codebook(codes, codings))
    notices += [
        Notice("codebook", f"has no scheme '{scheme}': its codes are taken from the codings")
        for scheme in sorted({row["scheme"] for row in added})
    ]
    sessions, conflicts = _sessions(current, names)
    rows: dict[str, list[Row]] = {
        "sources": [_source(reading, names, versions) for reading in ordered],
        "sessions": sessions,
        "speakers": _speakers(current, names),
        "utterances": [
            _placed(_renamed(row, reading, names), reading) for reading in current for row in reading.utterances
        ],
        "codebook": [{**row, "position": position} for position, row in enumerate([*codes, *added])],
        "given_codings": codings,
        "attributes": list(_attributes(current, names)),
        "implied_codings": implied,
        "memos": list(memos),
        "fixed_fragments": [],
        "version_changes": changes,
    }
    gathered = [
        *(notice for reading in ordered for notice in reading.source.notices),
        *_once([notice for reading in current for notice in reading.notices]),
        *notices,
        *version_notices(versions),
        *conflicts,
    ]
    return Output({name: table_from_rows(found, name) for name, found in rows.items()}, tuple(gathered))


def _once(notices: Sequence[Notice]) -> Iterator[Notice]:
    """Say once that sessions have no hat, however many these are."""
    without = [notice for notice in notices if notice.message.endswith(NO_HAT)]
    if len(without) < 2:
        yield from notices
        return
    yield from (notice for notice in notices if not notice.message.endswith(NO_HAT))
    yield Notice("sessions", f"{len(without)} sessions have no hat: their hats can only be predicted")


def _repeated_files(readings: Sequence[Reading]) -> Iterator[Problem]:
    by_content: dict[str, str] = {}
    by_id: dict[str, str] = {}
    for reading in readings:
        source = reading.source
        if source.source_id in by_id:
            yield Problem(source.name, f"has the same id as {by_id[source.source_id]}", "Rename one of the two files")
        elif source.sha256 in by_content:
            if are_versions(source.name, by_content[source.sha256]):
                continue
            yield Problem(source.name, f"is the same file as {by_content[source.sha256]}", "Keep one of the two")
        by_id.setdefault(source.source_id, source.name)
        by_content.setdefault(source.sha256, source.name)


def _join_sessions(readings: Sequence[Reading]) -> tuple[Names, list[Notice]]:
    """Find sessions of several files that bear one numbered title: (source id, session) to the name they share."""
    titled: dict[str, list[tuple[str, Row]]] = defaultdict(list)
    names = {(r.source.source_id, str(row["session"])): str(row["session"]) for r in readings for row in r.sessions}
    for reading in readings:
        for row in reading.sessions:
            if row.get("title") and any(character.isdigit() for character in row["title"]):
                titled[fold_name(row["title"])].append((reading.source.source_id, row))
    notices = []
    for found in titled.values():
        distinct = sorted({str(row["session"]) for _, row in found}, key=lambda name: (len(name), name))
        agrees = all(len({row[column] for _, row in found if row.get(column)}) <= 1 for column in ("date", "place"))
        if len(distinct) > 1 and agrees:
            names.update({(source_id, str(row["session"])): distinct[0] for source_id, row in found})
            notices.append(
                Notice("sessions", f"{', '.join(distinct)} bear one title and are one session: {distinct[0]}")
            )
    return names, notices


def _carry(versions: Sequence[Versions], codings: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Carry codings to the versions that count, and list what changed."""
    rows: list[Row] = [{"carried_from": [], "carried_to": [], "dropped": None, **row} for row in codings]
    of_session: dict[str | None, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        of_session[row["session"]].append(i)
    changes: list[Row] = []
    for found in versions:
        carrier = Carrier(found)
        # A row that an earlier session has claimed is settled.
        mine = [
            i
            for i in (*of_session[None], *of_session[found.session])
            if not (rows[i]["carried_from"] or rows[i]["dropped"])
        ]
        for i, row in zip(mine, carrier.carry([rows[i] for i in mine]), strict=True):
            rows[i] = row
        changes += carrier.changes()
    return rows, changes


def _source(reading: Reading, names: Names, versions: Sequence[Versions]) -> Row:
    source = reading.source
    sessions = dict.fromkeys(names[source.source_id, str(row["session"])] for row in reading.sessions)
    later = {
        group.session: group.latest[0].source.source_id
        for group in versions
        if any(older.source.source_id == source.source_id for older in group.older)
    }
    return {
        "source_id": source.source_id,
        "name": source.name,
        "sha256": source.sha256,
        "format": reading.format,
        "container": source.container,
        "encoding": source.encoding,
        "version": str(reading.version) if reading.version else None,
        "session": " | ".join(sessions),
        "n_chars": len(source.text),
        "superseded_by": next(iter(later.values())) if set(sessions) == set(later) and later else None,
    }


def _renamed(row: Row, reading: Reading, names: Names) -> Row:
    return {**row, "session": names[reading.source.source_id, str(row["session"])]}


def _placed(row: Row, reading: Reading) -> Row:
    return {"place": reading.source.place_at(int(row["char_start"])), **row}


def _sessions(readings: Sequence[Reading], names: Names) -> tuple[list[Row], list[Notice]]:
    merged: dict[str, dict[str, Any]] = {}
    notices = []
    for reading in readings:
        for row in (_renamed(row, reading, names) for row in reading.sessions):
            kept = merged.setdefault(row["session"], {**row, "source_ids": []})
            kept["source_ids"] = [*kept["source_ids"], *(s for s in row["source_ids"] if s not in kept["source_ids"])]
            for column in _SESSION_COLUMNS:
                if differ(kept, row, column):
                    notices.append(
                        Notice(reading.source.name, f"gives session '{row['session']}' another {column}: not used")
                    )
                kept[column] = kept.get(column) or row.get(column)
    return list(merged.values()), notices


def _speakers(readings: Sequence[Reading], names: Names) -> list[Row]:
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for reading in readings:
        for row in (_renamed(row, reading, names) for row in reading.speakers):
            kept = merged.setdefault((row["session"], row["speaker"]), {**row, "spellings": []})
            kept["spellings"] = sorted({*kept["spellings"], *row["spellings"]})
            kept["organisation"] = kept.get("organisation") or row.get("organisation")
            kept["role"] = row["role"] if kept["role"] == Role.DEELNEMER else kept["role"]
    return list(merged.values())


def _attributes(readings: Sequence[Reading], names: Names) -> Iterator[Row]:
    """Give each attribute of a speaker or remark once; of two values of a speaker the first holds."""
    done: set[tuple[str, str, str, str]] = set()
    for reading in readings:
        for row in (_renamed(row, reading, names) for row in reading.attributes):
            key = (row["of"], row["session"], row["subject"], row["name"])
            if key not in done:
                done.add(key)
                yield row


def _unite_codebooks(own: Sequence[Row], carried: Iterable[Row]) -> list[Row]:
    united = {(row["scheme"], row["code"]): row for row in own}
    for row in carried:
        united.setdefault((row["scheme"], row["code"]), row)
    return list(united.values())


def _codes_without_codebook(codes: Sequence[Row], codings: Sequence[Row]) -> Iterator[Row]:
    """Make codebook rows for the schemes that are coded and that no codebook defines."""
    defined = {str(row["scheme"]) for row in codes}
    used: dict[str, list[str]] = defaultdict(list)
    for row in codings:
        if (
            row["scheme"] not in defined
            and row["code"]
            and (row["scheme"], row["code"]) != (Scheme.POLARITY, NEUTRAL_POLARITY)
        ):
            used[str(row["scheme"])].append(str(row["code"]))
    for scheme in (str(s) for s in Scheme if str(s) in used):
        for code in CLOSED_SCHEMES.get(scheme) or sorted({*common_spellings(used[scheme]).values()}):
            label = LABELS[code]["nl"] if scheme in CLOSED_SCHEMES else code
            yield {"scheme": scheme, "code": str(code), "label": label, "examples": [], "example_fragment_ids": []}


def _given_in_sources(readings: Sequence[Reading]) -> list[Row]:
    return [row for reading in readings for row in reading.given_codings]


def _resolve(readings: Sequence[Reading], names: Names, rows: Iterable[Row]) -> list[Row]:
    """Replace the sessions and sources that codings name, however they name them, by their ids."""
    sessions: dict[str, set[str]] = defaultdict(set)
    sources: dict[str, set[str]] = defaultdict(set)
    for reading in readings:
        source = reading.source
        path = PurePosixPath(source.name)
        for name in (source.source_id, source.name, path.name, path.stem, bare_file_name(source.name)):
            sources[fold_name(name)].add(source.source_id)
        for row in reading.sessions:
            session = names[source.source_id, str(row["session"])]
            bare = bare_file_name(source.name)
            of_file = (
                source.name,
                path.name,
                path.stem,
                bare,
                split_version(source.name)[0],
                name_session(source.name),
            )
            alone = of_file if len(reading.sessions) == 1 else ()
            for name in (session, str(row["session"]), str(row.get("title") or session), *alone):
                sessions[fold_name(name)].add(session)
    given = list(rows)
    session_of = {name: _only(name, sessions) for name in {row["session"] for row in given}}
    source_of = {name: _only(name, sources) for name in {row["source_id"] for row in given}}
    coders = common_spellings(str(row["coder"]) for row in given)
    return [
        {
            **row,
            "coder": coders[str(row["coder"])],
            "session": session_of[row["session"]],
            "source_id": source_of[row["source_id"]],
        }
        for row in given
    ]


def _say_joined(rows: Iterable[Row]) -> Iterator[Notice]:
    """Say which files have their coder in a spelling that another file writes otherwise."""
    files = {(str(row["coder"]), str(row["row_id"]).rsplit(":", 3)[0]): None for row in rows}
    spelled = common_spellings(coder for coder, _ in files)
    for coder, file in sorted(files):
        if plain_name(coder) != spelled[coder]:
            what = f"coders that differ in spelling only are one: '{plain_name(coder)}' as '{spelled[coder]}'"
            yield Notice(file, what)


def _only(name: str | None, known: Mapping[str, set[str]]) -> str | None:
    """Give the one that is meant; a name that fits none or several stays as written."""
    for spelling in (name, bare_file_name(name), split_version(bare_file_name(name))[0]) if name else ():
        if found := known.get(fold_name(spelling)):
            return next(iter(found)) if len(found) == 1 else name
    return name
