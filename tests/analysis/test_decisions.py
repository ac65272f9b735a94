"""decisions.yaml: what is read, what is refused and with which words, and that adding leaves the rest alone."""

import pytest

from pipeline.analysis.themes.decisions import append_decision
from pipeline.core.errors import InputError
from pipeline.core.vocabulary import Action
from pipeline.readers.given.decisions import Decision, ThemeReference, in_effect, parse_decisions, read_decisions
from pipeline.report.words import Words

NAME = "decisions.yaml"
GOOD = """\
# Besproken met de stuurgroep.
- id: D001
  who: An
  when: 2026-11-20   # op vrijdag
  action: rename
  themes:
    - theme: T03
      label: "bus, halte"
      anchors: [f-a1, f-a2, f-a3]
  name: "Vervoer: bus en halte"
  note: |
    Twee regels
    uitleg.
- {id: D002, who: Bo, when: 2026-11-21, action: undo, undoes: D001}
"""


def entry(rest, number=1, who="An", when="2026-11-23"):
    return f"- {{id: D{number}, who: {who}, when: {when}, {rest}}}\n"


def theme(theme_id="T01", anchors="f-a1, f-a2"):
    return f"{{theme: {theme_id}, anchors: [{anchors}]}}"


def merge(first, second, number):
    return entry(f"action: merge, themes: [{theme(first)}, {theme(second)}]", number)


def refused(text):
    with pytest.raises(InputError) as error:
        parse_decisions(text, NAME)
    return str(error.value)


def test_a_file_is_read_with_its_lines():
    first, second = parse_decisions(GOOD, NAME)
    assert first == Decision(
        decision_id="D001", line=2, who="An", when="2026-11-20", action=Action.RENAME, name="Vervoer: bus en halte",
        themes=(ThemeReference("T03", "bus, halte", ("f-a1", "f-a2", "f-a3")),), note="Twee regels\nuitleg.",
    )  # fmt: skip
    assert (second.action, second.undoes, second.line) == (Action.UNDO, "D001", 14)
    assert in_effect((first, second)) == {"D002"}


@pytest.mark.parametrize("left", ["", "# nog niets\n", None])
def test_decisions_that_are_gone_while_their_copy_is_there_are_not_left_out_in_silence(left, tmp_path):
    path, copy = tmp_path / NAME, tmp_path / f".{NAME}.bak"
    if left is not None:
        path.write_text(left)
    copy.write_text("# nog niets\n")
    assert read_decisions(path, NAME) == ()
    copy.write_text(GOOD)
    what = "is not there any more" if left is None else "holds no decisions any more"
    with pytest.raises(InputError, match=rf"^{NAME}: {what}, .* Put back the copy .{NAME}.bak, "):
        read_decisions(path, NAME)
    copy.rename(path)
    assert len(read_decisions(path, NAME)) == 2


@pytest.mark.parametrize("text", ["", "\n", "# nog niets\n", "[]\n", "---\n", "null\n"])
def test_an_empty_file_holds_no_decisions(text, tmp_path):
    path = tmp_path / NAME
    path.write_text(text, encoding="utf-8")
    assert read_decisions(path, NAME) == ()


def test_an_absent_file_holds_no_decisions(tmp_path):
    assert read_decisions(tmp_path / NAME, NAME) == ()


def test_words_that_yaml_would_take_for_something_else_stay_words():
    (decision,) = parse_decisions(entry(f"action: rename, themes: [{theme()}], name: no", who="yes"), NAME)
    assert (decision.who, decision.name) == ("yes", "no")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- id: D1\n  who: [An\n", "decisions.yaml, line 3: is not YAML"),
        ("id: D1\n", "line 1: is not a list of decisions. Begin each decision with '- id: '."),
        ("alles samen", "line 1: is not a list of decisions"),
        ("- D1\n", "line 1: is not a set of keys with values"),
        ("---\n- a\n---\n- b\n", "is not YAML"),
        ("- &x {id: D1}\n- *x\n", "line 1: is used again under an alias"),
        ("[" * 3000, "decisions.yaml: is nested too deep"),
        ("- id: \x07\n", "holds a character that YAML does not allow"),
        (entry(f"action: drop, thema: [{theme()}]"), "holds the unknown key 'thema'. Did you mean 'theme"),
        (entry("action: drop, action: drop"), "repeats the key 'action'"),
        (entry(f"action: remane, themes: [{theme()}]"), "unknown action 'remane'. Did you mean 'rename'?"),
        (entry(f"themes: [{theme()}]"), "has no action"),
        (entry(f"action: drop, themes: [{theme()}]", when="gisteren"), "does not say when, as a day"),
        (entry(f"action: drop, themes: [{theme()}]", who=""), "does not say who decided"),
        (entry(f"action: rename, themes: [{theme()}]"), "is a rename without 'name'"),
        (entry("action: drop"), "is a drop without 'themes'"),
        (entry(f"action: drop, themes: [{theme()}], into: 2"), "is a drop with 'into', which says nothing there"),
        (entry(f"action: merge, themes: [{theme()}]"), "is a merge of 1 themes. A merge speaks of two themes or more"),
        (entry(f"action: merge, themes: [{theme()}, {theme()}]"), "names theme 'T01' twice in one decision"),
        (entry(f"action: split, themes: [{theme()}]"), "is a split that does not say how"),
        (entry(f"action: split, themes: [{theme()}], into: 2, fragments: [f-a]"), "says both how many parts and"),
        (entry(f"action: split, themes: [{theme()}], into: veel"), "a number that is not from 2 to 20"),
        (entry(f"action: split, themes: [{theme()}], into: 3, name: x"), "gives one name to several parts"),
        (entry("action: drop, themes: [{theme: T01}]"), "gives a theme no anchors"),
        (entry(f"action: drop, themes: [{theme(anchors=', '.join(f'f-{i}' for i in range(11)))}]"), "11 anchors"),
        (entry("action: drop, themes: T01"), "'themes' is not a list"),
        (entry("action: pin, fragments: [de bus komt nooit]"), "'fragments' holds what is no fragment id"),
        (entry("action: pin, fragments: [f-a1, f-a1]"), "names f-a1 twice"),
        (entry("action: pin, fragments: [f-a1], name: [a]"), "'name' is not one value"),
        (entry("action: undo, undoes: D7"), "undoes 'D7', which is no decision"),
        (entry("action: undo, undoes: D1"), "undoes 'D1', which comes not before it"),
        (entry("action: pin, fragments: [f-a]") * 2, "line 2: repeats the id 'D1' of line 1"),
        (entry(f"action: rename, themes: [{theme()}], name: {'x' * 121}"), "no single line of 120 signs at most"),
        (merge("T01", "T02", 1) + merge("T02", "T01", 2), "line 2: merges 'T01' into 'T02', but D1 in line 1 does the"),
        (
            merge("T01", "T02", 1) + merge("T03", "T01", 2) + merge("T02", "T03", 3),
            "line 3: merges 'T03' into 'T02', but D2 in line 2 does the reverse",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(text, words):
    said = refused(text)
    assert words in said
    assert "komt nooit" not in said


def test_a_circle_that_was_undone_is_none():
    text = merge("T01", "T02", 1) + entry("action: undo, undoes: D1", 2) + merge("T02", "T01", 3)
    assert len(parse_decisions(text, NAME)) == 3


def test_all_problems_come_at_once_and_an_unknown_sentence_is_not_shown():
    said = refused(entry("action: drop") + entry("action: pin, de bus komt nooit: x", 2, when="nu"))
    assert said.count("decisions.yaml, line") == 4
    assert "bus" not in said


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / NAME
    path.write_bytes("- id: café".encode("utf-16"))
    with pytest.raises(InputError, match="is not UTF-8 text"):
        read_decisions(path, NAME)


DROP = Decision(
    decision_id="D003", line=0, who='Els "de baas"', when="2026-11-23", action=Action.DROP, note="één: weg\nof niet",
    themes=(ThemeReference("T04", "tuin, hek", tuple(f"f-{i:012x}" for i in range(10))),),
)  # fmt: skip


def test_a_decision_is_added_and_what_stood_there_stays():
    made = append_decision(GOOD, DROP, NAME)
    assert made.startswith(GOOD)
    *_, last = parse_decisions(made, NAME)
    assert last == Decision(**{**_fields(DROP), "line": last.line})
    assert max(map(len, made.splitlines())) <= 120


def _fields(decision):
    return {key: getattr(decision, key) for key in Decision.__dataclass_fields__}


@pytest.mark.parametrize("text", ["", "# eigen woorden\n", "# eigen woorden\n[]\n"])
def test_the_first_decision_goes_into_an_empty_file(text):
    made = append_decision(text, DROP, NAME, Words("nl")("decisions.head"))
    assert [each.decision_id for each in parse_decisions(made, NAME)] == ["D003"]
    assert ("# eigen woorden" in made) == bool(text)
    assert made.startswith("# eigen woorden" if text else "# Wat mensen over de thema’s beslisten.")


def test_a_list_that_is_indented_stays_so():
    indented = "".join(f"  {line}\n" for line in GOOD.splitlines() if not line.startswith("#"))
    assert len(parse_decisions(append_decision(indented, DROP, NAME), NAME)) == 3


def test_a_file_without_a_last_line_end_is_added_to():
    assert len(parse_decisions(append_decision(GOOD.rstrip("\n"), DROP, NAME), NAME)) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"[{entry('action: pin, fragments: [f-a]')[2:].strip()}]", "is a list between brackets"),
        (GOOD + "...\n", "is not YAML|does not end in its list"),
        ("- id: [", "is not YAML"),
    ],
)
def test_a_file_that_cannot_be_added_to_is_left_alone(text, words):
    with pytest.raises(InputError, match=words):
        append_decision(text, DROP, NAME)


def test_a_circle_cannot_be_added():
    text = merge("T01", "T02", 1)
    themes = (ThemeReference("T02", None, ("f-a1",)), ThemeReference("T01", None, ("f-a1",)))
    reverse = Decision(decision_id="D2", line=0, who="An", when="2026-11-23", action=Action.MERGE, themes=themes)
    with pytest.raises(InputError, match="does the reverse"):
        append_decision(text, reverse, NAME)
