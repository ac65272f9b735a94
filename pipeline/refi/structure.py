"""Checks a project that is to be written: guids that are unique, references that lead somewhere, offsets that hold."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from pipeline.refi.project import Coding, Project, Selection, Source, path_of, walk_codes, walk_texts
from pipeline.refi.quotes import same_text

_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def check_structure(project: Project, texts: Mapping[str, str]) -> list[str]:
    """List what is wrong with a project.

    Args:
        project: the project.
        texts: path as its sources write it, ``internal://NAME``, to the text there.

    Returns:
        Sentences without text of a participant; none for a sound project.
    """
    return [
        *_guid_problems(project),
        *_reference_problems(project),
        *(problem for _, text in walk_texts(project.sources) for problem in _text_problems(text, texts)),
    ]


def _guid_problems(project: Project) -> Iterator[str]:
    guids = Counter(guid for _, guid in _things(project))
    for kind, guid in _things(project):
        if not _GUID.fullmatch(guid):
            yield f"{kind} has no valid guid"
        elif guids[guid] > 1:
            yield f"{kind} {guid}: its guid is given {guids[guid]} times"


def _things(project: Project) -> Iterator[tuple[str, str]]:
    for user in project.users:
        yield "user", user.guid
    for code, _ in walk_codes(project.codes):
        yield "code", code.guid
    for group in (*project.sets, *project.cases):
        yield "set or case", group.guid
    for source in _all_sources(project):
        yield "source or note", source.guid
        for selection in source.selections:
            yield "selection", selection.guid
        for point in source.points:
            yield "sync point", point.guid
        for coding in _codings(source):
            yield "coding", coding.guid


def _all_sources(project: Project) -> Iterator[Source]:
    for source in (*project.sources, *project.notes):
        yield source
        yield from source.texts


def _codings(source: Source) -> Iterator[Coding]:
    yield from source.codings
    for selection in source.selections:
        yield from selection.codings


def _reference_problems(project: Project) -> Iterator[str]:
    users = {user.guid for user in project.users}
    codes = {code.guid: code.is_codable for code, _ in walk_codes(project.codes)}
    notes = {note.guid for note in project.notes}
    sources = {source.guid for source in project.sources}
    selections = {selection.guid for source in _all_sources(project) for selection in source.selections}
    for source in _all_sources(project):
        for coding in _codings(source):
            if not codes.get(coding.code):
                yield f"coding {coding.guid}: its code is not in the codebook, or is a folder"
            if coding.user is not None and coding.user not in users:
                yield f"coding {coding.guid}: its user is not there"
        held: list[Source | Selection | Coding] = [source, *source.selections, *_codings(source)]
        for each in held:
            if not notes.issuperset(each.notes):
                yield f"{each.guid}: refers to a note that is not there"
    for group in (*project.sets, *project.cases):
        known = ((group.codes, codes), (group.sources, sources), (group.notes, notes), (group.selections, selections))
        if any(target not in there for targets, there in known for target in targets):
            yield f"set or case {group.guid}: has a member that is not there"


def _text_problems(source: Source, texts: Mapping[str, str]) -> Iterator[str]:
    path = path_of(source, "plainTextPath")
    text = source.content if source.content is not None else texts.get(path or "")
    if text is None:
        yield f"source {source.guid}: its text is not there"
        return
    for selection in source.selections:
        place = dict(selection.place)
        start, end = int(place["startPosition"]), int(place["endPosition"])
        if not 0 <= start < end <= len(text):
            yield f"selection {selection.guid}: lies outside its text"
        elif selection.name is not None and not same_text(selection.name, text[start:end]):
            yield f"selection {selection.guid}: its name is not the text at its place"
