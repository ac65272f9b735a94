"""REFI-QDA as values: what is written is read again alike, is sound, and fits the schemas of the standard."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pipeline.core.errors import InputError
from pipeline.readers.archives import parse_xml
from pipeline.refi.offsets import check_structure
from pipeline.refi.project import (
    MAX_DEPTH,
    Code,
    Coding,
    Project,
    SetOrCase,
    Source,
    User,
    parse_codebook,
    parse_project,
)
from pipeline.refi.writing import make_guid, pack, render_codebook, render_project, text_place, text_selection

SHARED = Path(os.path.normpath(Path(__file__).parents[2] / ".." / "shared" / "data" / "refi-qda"))
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12).map(lambda name: " ".join(name.split()))
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n"), min_size=2, max_size=60)


def load_schema(name):
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"the schema {name} of the standard is not here: it is looked for in ../shared/data/refi-qda")
    return etree.XMLSchema(etree.parse(path))


@st.composite
def projects(draw):
    users = [User(guid=make_guid("p", "user", i), name=draw(NAMES)) for i in range(draw(st.integers(1, 3)))]
    codes = [
        Code(
            guid=make_guid("p", "code", i), name=draw(NAMES), color=draw(st.sampled_from([None, "#1B4F66"])),
            description=draw(NAMES) or None,
            codes=tuple(
                Code(guid=make_guid("p", "code", i, k), name=draw(NAMES)) for k in range(draw(st.integers(0, 2)))
            ),
        )
        for i in range(draw(st.integers(1, 3)))
    ]  # fmt: skip
    note = Source(kind="Note", guid=make_guid("p", "note"), name=draw(NAMES), content=draw(NAMES) or None)
    guids = [code.guid for code in codes] + [below.guid for code in codes for below in code.codes]
    sources, texts = [], {}
    for i in range(draw(st.integers(0, 2))):
        guid, text = make_guid("p", "source", i), draw(TEXTS)
        texts[f"{guid}.txt"] = text
        selections = []
        for k in range(draw(st.integers(0, 3))):
            start = draw(st.integers(0, len(text) - 1))
            end = draw(st.integers(start + 1, len(text)))
            codings = tuple(
                Coding(guid=make_guid("p", "coding", i, k, c), code=each, user=draw(st.sampled_from(users)).guid)
                for c, each in enumerate(draw(st.lists(st.sampled_from(guids), max_size=3)))
            )
            made = text_selection(make_guid("p", "selection", i, k), start, end, draw(NAMES))
            selections.append(replace(made, codings=codings, notes=(note.guid,)))
        paths = (("plainTextPath", f"internal://{guid}.txt"),)
        sources.append(
            Source(kind="TextSource", guid=guid, name=draw(NAMES), paths=paths, selections=tuple(selections))
        )
    groups = (SetOrCase(guid=make_guid("p", "set"), name=draw(NAMES), codes=(guids[0],), notes=(note.guid,)),)
    cases = (SetOrCase(guid=make_guid("p", "case"), name="x", sources=tuple(each.guid for each in sources)),)
    return (
        Project(
            name=draw(NAMES), origin="x", users=tuple(users), codes=tuple(codes), sources=tuple(sources), notes=(note,),
            sets=groups, cases=cases,
        ),
        texts,
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(projects())
def test_a_project_that_is_written_and_read_is_the_same(made):
    project, texts = made
    assert parse_project(parse_xml(render_project(project), "x"), "x") == project
    assert pack(project, texts) == pack(project, dict(reversed(texts.items())))


@settings(max_examples=30, deadline=None)
@given(projects())
def test_every_project_and_codebook_fits_the_schemas_of_the_standard(made):
    project, _ = made
    schema, book = load_schema("Project.xsd"), load_schema("Codebook.xsd")
    schema.assertValid(etree.fromstring(render_project(project)))
    book.assertValid(etree.fromstring(render_codebook(project.codes)))
    assert parse_codebook(parse_xml(render_codebook(project.codes), "x"), "x") == (project.codes, ())


def test_the_sample_of_another_program_survives_a_round_trip():
    path = SHARED / "atlasti-sample" / "Project.qde"
    if not path.is_file():
        pytest.skip("the sample project is not here: it is looked for in ../shared/data/refi-qda/atlasti-sample")
    project = parse_project(parse_xml(path.read_bytes(), "x"), "x")
    again = render_project(project)
    assert parse_project(parse_xml(again, "x"), "x") == replace(project, n_left=0)
    load_schema("Project.xsd").assertValid(etree.fromstring(again))
    selections = [s for each in project.sources for text in (each, *each.texts) for s in text.selections]
    assert (len(project.users), len(project.codes), len(project.sources), len(project.sets)) == (3, 14, 12, 16)
    assert (len(project.notes), len(selections), sum(len(s.codings) for s in selections)) == (2, 15, 16)
    assert project.n_left == 2


SOUND = Project(
    name="p",
    users=(User(guid=make_guid("p", "user"), name="An"),),
    codes=(Code(guid=make_guid("p", "code"), name="buren"),),
    sources=(
        Source(
            kind="TextSource",
            guid=make_guid("p", "source"),
            content="Wij bellen elke dag.",
            selections=(
                replace(
                    text_selection(make_guid("p", "selection"), 4, 10, "bellen"),
                    codings=(
                        Coding(guid=make_guid("p", "coding"), code=make_guid("p", "code"), user=make_guid("p", "user")),
                    ),
                ),
            ),
        ),
    ),
)


def change(**values):
    (source,) = SOUND.sources
    (selection,) = source.selections
    return replace(SOUND, sources=(replace(source, selections=(replace(selection, **values),)),))


def test_a_sound_project_has_no_problem():
    assert check_structure(SOUND, {}) == []


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (change(name="Wij"), "its name is not the text"),
        (change(place=text_place(4, 99)), "lies outside its text"),
        (change(place=text_place(4, 4)), "lies outside its text"),
        (change(notes=(make_guid("p", "nowhere"),)), "refers to a note that is not there"),
        (change(guid=make_guid("p", "source")), "its guid is given 2 times"),
        (change(guid="x"), "has no valid guid"),
        (replace(SOUND, codes=()), "its code is not in the codebook"),
        (replace(SOUND, codes=(replace(SOUND.codes[0], is_codable=False),)), "or is a folder"),
        (replace(SOUND, users=()), "its user is not there"),
        (replace(SOUND, sources=(replace(SOUND.sources[0], content=None),)), "its text is not there"),
        (
            replace(SOUND, sets=(SetOrCase(guid=make_guid("p", "s"), name="s", codes=("x",)),)),
            "a member that is not there",
        ),
    ],
)
def test_the_structural_check_finds_each_fault(broken, said):
    assert any(said in problem for problem in check_structure(broken, {}))


def test_guids_are_those_of_the_first_version():
    assert make_guid("Proef", "code", "theme", "buren") == "c224a345-dc5d-5400-8c8c-61a80aec873b"


def test_a_character_that_xml_cannot_hold_is_replaced_and_moves_nothing():
    project = Project(name="a\x0bb\x00")
    assert parse_project(parse_xml(render_project(project), "x"), "x").name == "a\ufffdb\ufffd"


def test_a_tree_of_codes_without_end_is_refused():
    deep = "<Code guid='1' name='a'>" * (MAX_DEPTH + 2) + "</Code>" * (MAX_DEPTH + 2)
    root = parse_xml(f"<Project><CodeBook><Codes>{deep}</Codes></CodeBook></Project>".encode(), "x")
    with pytest.raises(InputError, match="more than 50 deep"):
        parse_project(root, "x.qdpx")


def test_a_codebook_is_no_project():
    with pytest.raises(InputError, match="is not a REFI-QDA project"):
        parse_project(parse_xml(b"<CodeBook/>", "x"), "x.qdpx")
