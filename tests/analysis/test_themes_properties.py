"""Whatever people decide, in whatever order: no fragment is lost, and the same is done again at every run."""

from hypothesis import given, settings
from hypothesis import strategies as st
from theme_tables import DIRECTIONS, NOTHING, continue_ids, decide, done, make_tables, members, name, run, theme

from pipeline.analysis.themes.memory import read_memory, remember, tabulate

SHORTS = [f"{letter}{number}" for letter in DIRECTIONS for number in range(1, 5)]
TOPICS = ("T01", "T02", "T03", "outlier")
SOME = st.lists(st.sampled_from([*SHORTS, "z9"]), min_size=1, max_size=5, unique=True)
ANCHORS = st.lists(st.sampled_from([*SHORTS, "z8"]), min_size=1, max_size=5, unique=True)


@st.composite
def topics(draw):
    """Sixteen fragments in three topics and outside them, in any order; a topic may be empty and is then left out."""
    held = {topic: [] for topic in TOPICS}
    for short in draw(st.permutations(SHORTS)):
        held[draw(st.sampled_from(TOPICS))].append(short)
    return {topic: found for topic, found in held.items() if found}


@st.composite
def lines(draw, number):
    action = draw(st.sampled_from(["rename", "merge", "split", "into", "drop", "move", "pin", "pinned", "undo"]))
    one, two = (theme(f"T{10 * number + i}", *draw(ANCHORS)) for i in (1, 2))
    listed = f"fragments: [{', '.join(map(name, draw(SOME)))}]"
    if action == "undo" and number > 1:
        return f"undo, undoes: D{draw(st.integers(1, number - 1))}"
    return {
        "rename": f"rename, themes: [{one}], name: naam {number}",
        "merge": f"merge, themes: [{one}, {two}]",
        "split": f"split, themes: [{one}], {listed}",
        "into": f"split, themes: [{one}], into: 3",
        "move": f"move, themes: [{one}], {listed}",
        "pin": f"pin, {listed}",
        "pinned": f"pin, themes: [{one}], {listed}",
    }.get(action, f"drop, themes: [{one}]")


@st.composite
def decided(draw):
    return decide(*(draw(lines(number)) for number in range(1, draw(st.integers(1, 7)))))


FAST = settings(max_examples=20, deadline=None, derandomize=True)


@FAST
@given(topics(), decided())
def test_counts_add_up(found, text):
    output = run(found, text)
    themes, assigned = output.tables["themes"], output.tables["theme_assignments"]
    held = members(output)
    assert set(assigned["fragment_id"]) == {name(short) for short in SHORTS}
    dropped = len(held.pop("-", "").split())
    assert int(themes["size"].sum()) + dropped == len(SHORTS)
    assert dict(zip(themes["theme_id"], themes["size"], strict=True)) == {k: len(v.split()) for k, v in held.items()}
    assert dropped == int((assigned["how"] == "dropped").sum())
    assert themes["position"].tolist() == list(range(len(themes)))
    assert themes["label"].notna().all() and themes["label"].str.len().gt(0).all()
    for row in themes.itertuples(index=False):
        inside = {name(short) for short in held[row.theme_id].split()}
        assert set(row.representative_fragment_ids) <= inside
    assert len(output.notices) == sum(row[1] in ("partly", "unmatched") for row in done(output))


@FAST
@given(topics(), decided(), st.randoms(use_true_random=False))
def test_neither_a_second_run_nor_the_order_of_rows_changes_anything(found, text, random):
    tables = make_tables(found)
    first, again = run(tables, text), run(tables, text)
    mixed = {key: table.sample(frac=1, random_state=random.randint(0, 999)) for key, table in tables.items()}
    shuffled = run(mixed, text)
    for key, table in first.tables.items():
        assert table.equals(again.tables[key])
        assert table.equals(shuffled.tables[key])


@FAST
@given(topics(), topics(), decided())
def test_ids_are_of_one_theme_each_and_drift_adds_up(before, now, text):
    tables = continue_ids(make_tables(before), NOTHING)
    first = run(tables, text)
    memory = remember((), "then", "", {**tables, **first.tables, **_read(text)})
    previous = tabulate(read_memory(memory, "themes.json")[0], "", ())
    kept = {topic: [short for short in found if short != "a1"] for topic, found in now.items()}
    second = run({topic: found for topic, found in kept.items() if found}, text, previous)
    drift = second.tables["theme_drift"]
    assert drift["theme_id"].is_unique
    moved = drift["previous_size"] - drift["gone_fragments"] - drift["fragments_out"]
    assert (moved + drift["fragments_in"] + drift["new_fragments"] == drift["size"]).all()
    sizes = second.tables["themes"].query("theme_id != 'outlier'").set_index("theme_id")["size"]
    assert drift.query("state != 'gone'").set_index("theme_id")["size"].to_dict() == sizes.to_dict()
    issued = int(previous["previous_themes"]["issued"].max())
    new = drift.query("state == 'new'")["theme_id"].str.removeprefix("T").astype(int)
    assert (new > issued).all()


@FAST
@given(topics(), decided())
def test_the_same_material_keeps_the_same_ids(found, text):
    """A generation that differs in nothing but its basis renumbers no theme."""
    tables = continue_ids(make_tables(found), NOTHING)
    first = run(tables, text)
    memory = remember((), "then", "", {**tables, **first.tables, **_read(text)})
    second = run(tables, text, tabulate(read_memory(memory, "themes.json")[0], "", ()))
    assert members(first) == members(second)
    assert set(second.tables["theme_drift"]["state"]) <= {"same"}


def _read(text):
    from pipeline.analysis.themes.decisions import tabulate_decisions
    from pipeline.readers.given.decisions import parse_decisions

    return {**tabulate_decisions(parse_decisions(text, "x")), **NOTHING}
