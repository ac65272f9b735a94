"""Finds in the code what a person may read when something is wrong or odd: the messages of errors and notices."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("pipeline", "flows", "models")
# Which arguments are sentences; the first of the others says where.
SENTENCES = {"Problem": slice(1, 3), "single": slice(1, 3), "Notice": slice(1, 2), "PipelineError": slice(0, 1),
             "TableError": slice(0, 1), "StorageError": slice(0, 1), "ModelMissingError": slice(0, 1),
             "Unreadable": slice(0, 2), "QuoteMatch": slice(0, None), "Proposal": slice(3, 4)}  # fmt: skip
# Functions of these folders that yield texts give what a notice says.
GIVE_TEXTS, TEXTS = (
    ("pipeline/readers/", "pipeline/agreement/coding_sheets", "pipeline/review/"),
    ("Iterator[str]", "Iterator[tuple[str, str]]"),
)


@cache
def _parse() -> dict[str, ast.Module]:
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def list_strings() -> str:
    """Give every string of the code, a line each."""
    nodes = (node for tree in _parse().values() for node in ast.walk(tree))
    return "\n".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


@cache
def list_messages() -> dict[str, str]:
    """Give each message, with ``{}`` for what is filled in, and where it stands in the code."""
    found: dict[str, str] = {}
    for path, tree in _parse().items():
        for scope in (tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))):
            values = _assigned(tree) | _assigned(scope)
            for call in _calls(scope):
                part = SENTENCES[_name(call)]
                reasons = [each.value for each in call.keywords if each.arg == "reason"]
                arguments = [*call.args, *(each.value for each in call.keywords)]
                for argument in (reasons if _name(call) == "QuoteMatch" else arguments)[part]:
                    for text in _texts(argument, values):
                        found.setdefault(text, f"{path}:{call.lineno}")
            for text, line in _yielded(scope, values) if path.startswith(GIVE_TEXTS) else ():
                if len(text.split()) > 2:
                    found.setdefault(text, f"{path}:{line}")
    return {text: place for text, place in found.items() if any(map(str.isalpha, text.replace("{}", "")))}


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _calls(scope: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(scope) if isinstance(node, ast.Call) and _name(node) in SENTENCES)


def _yielded(scope: ast.AST, values: dict[str, list[ast.expr]]) -> Iterator[tuple[str, int]]:
    """Give the texts that a function yields which gives texts or pairs of them."""
    returns = getattr(scope, "returns", None)
    if returns is None or ast.unparse(returns) not in TEXTS:
        return
    for node in ast.walk(scope):
        if isinstance(node, ast.Yield) and node.value is not None:
            parts = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            yield from ((text, node.lineno) for part in parts for text in _texts(part, values))


def _assigned(scope: ast.AST) -> dict[str, list[ast.expr]]:
    """Values that a name is given in a scope."""
    values: dict[str, list[ast.expr]] = {}
    for node in ast.walk(scope) if isinstance(scope, ast.FunctionDef) else getattr(scope, "body", ()):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                values.setdefault(target.id, []).append(node.value)
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                for name, value in zip(target.elts, node.value.elts, strict=False):
                    if isinstance(name, ast.Name):
                        values.setdefault(name.id, []).append(value)
    return values


def _texts(node: ast.expr, values: dict[str, list[ast.expr]], depth: int = 3) -> list[str]:
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)]
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body, values, depth), *_texts(node.orelse, values, depth)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = (_texts(each, values, depth) or ["{}"] for each in (node.left, node.right))
        return [one + other for one in left for other in right]
    if isinstance(node, ast.Name) and depth:
        return [text for value in values.get(node.id, ()) for text in _texts(value, values, depth - 1)]
    return []
