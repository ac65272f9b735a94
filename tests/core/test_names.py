"""One word for each thing: what a name means does not depend on the room in which it is read."""

import ast
from collections import defaultdict
from pathlib import Path

LIBRARY = Path(__file__).parents[2] / "pipeline"


def find_second_definitions(folder):
    """The classes that are defined more than once; those whose name begins with a dash belong to their module."""
    found = defaultdict(list)
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(path.relative_to(folder)))
    return {name: places for name, places in found.items() if len(places) > 1}


def test_a_class_is_defined_once():
    assert find_second_definitions(LIBRARY) == {}


def test_a_second_definition_is_found(tmp_path):
    for name in ("one.py", "other.py"):
        (tmp_path / name).write_text("class Finding:\n    pass\n\n\nclass _Inputs:\n    pass\n", encoding="utf-8")
    assert find_second_definitions(tmp_path) == {"Finding": ["one.py", "other.py"]}
