"""Which texts does the product say to people? Every template in its source, found in the syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("connectors", "mappings", "matching", "sync", "examples")
COMMANDS = (
    "cli.py",
    *(f"sync/commands/app_{name}.py" for name in ("dedupe", "find", "jobs", "keep", "rest", "review")),
)
"""Where the commands stand, whose docstrings are help."""
ERRORS = {"OffbookError", "Wrong"}
"""What derives from these takes a template first."""
SAYING = {"say", "Said"}
HELPS = {"_argument", "_option", "_flag"}
"""Helpers of sync/show/options.py whose last text is help."""


@cache
def trees() -> Mapping[str, ast.Module]:
    inside = (file for name in PACKAGES for file in sorted((ROOT / name).rglob("*.py")))
    files = [ROOT / "cli.py", ROOT / "sandbox" / "command.py", ROOT / "sandbox" / "carddav_example.py", *inside]
    return {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text("utf-8")) for file in files}


@cache
def error_names() -> frozenset[str]:
    """Every class of the product that is an error for people."""
    found = set(ERRORS)
    while True:
        more = {
            node.name
            for tree in trees().values()
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and any(_last(base) in found for base in node.bases)
        }
        if more <= found:
            return frozenset(found - {"WrongFiles"})
        found |= more


def _last(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def templates() -> dict[str, str]:
    """Template → the first place where it stands."""
    found: dict[str, str] = {}
    for file, tree in trees().items():
        for text, line in _texts(file, tree):
            if text:
                found.setdefault(text, f"{file}:{line}")
    return found


def unresolved() -> list[str]:
    """Calls whose template could not be read off the source: `file function`."""
    names = SAYING | error_names()
    out = []
    for file, tree in trees().items():
        for scope, node in _calls(tree):
            if _last(node.func) in names and node.args and not list(_constants(node.args[0], scope, tree)):
                out.append(f"{file} {getattr(scope, 'name', '')}: {ast.unparse(node)[:60]}")
    return out


def _texts(file: str, tree: ast.Module) -> Iterator[tuple[str, int]]:
    names = SAYING | error_names()
    for scope, node in _calls(tree):
        if _last(node.func) in names and node.args:
            yield from ((text, node.lineno) for text in _constants(node.args[0], scope, tree))
        if file.endswith("show/options.py") and _last(node.func) in HELPS:
            texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            yield texts[-1], node.lineno
        if file in COMMANDS:
            for keyword in node.keywords:
                if keyword.arg == "help" and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value), node.lineno
    if file in COMMANDS:
        for one in tree.body:
            if isinstance(one, ast.FunctionDef) and one.args.args and one.args.args[0].arg == "ctx":
                doc = ast.get_docstring(one)
                assert doc, f"{one.name} has no help"
                yield doc, one.lineno


def _calls(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.Call]]:
    """Each call with the function it stands in."""

    def walk(node: ast.AST, scope: ast.AST) -> Iterator[tuple[ast.AST, ast.Call]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                yield scope, child
            yield from walk(child, child if isinstance(child, (ast.FunctionDef, ast.Lambda)) else scope)

    yield from walk(tree, tree)


def _constants(node: ast.expr, scope: ast.AST, tree: ast.Module) -> Iterator[str]:
    """The texts that an expression can be: constants, both sides of a choice, and names that hold such."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body, scope, tree)
        yield from _constants(node.orelse, scope, tree)
    elif isinstance(node, ast.Name):
        for where in (scope, tree):
            found = [text for value in _assigned(node.id, where) for text in _constants(value, scope, tree)]
            yield from found
            if found:
                return
    elif isinstance(node, ast.Call) and _last(node.func) in SAYING and node.args:
        yield from _constants(node.args[0], scope, tree)


def _assigned(name: str, where: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(where):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            value = getattr(node, "value", None)
            if value is not None:
                yield value


def holes(template: str) -> set[str]:
    """The names of a template's holes."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}
