"""What connectors say when they cannot read, and channels when they cannot send: the sentences of
their errors, as templates.

They know no languages. Their English sentences are read off the code, f-strings with their
values in braces, and translated in ``reasons.po``; a reader's language finds the template again
that a sentence was made by (``Localizer.reason``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SPOKEN_IN = ("connectors", "monitor/jobs/poll", "alerting/channels")
SILENT = ("testing.py", "platform_testing.py", "mutants.py", "loopback.py", "recording.py")
FOLDERS_LEFT_OUT = ("scaffold", "replay")
"""A file is read by commands."""

ERRORS = {
    "DeliveryError",
    "ConnectorError",
    "Unavailable",
    "RateLimited",
    "Unauthorized",
    "Rejected",
    "InvalidPage",
}
LETTER = re.compile(r"^[^{]*[a-z]{2}|\}[^{]*[^\s{]")
"""Something of its own between the values."""

SCOPES = re.compile(r"[\w.]+(?:, [\w.]+)*")
"""Names of permissions, in the platform's own words."""

NOWHERE = ast.FunctionDef("", ast.arguments([], [], None, [], [], None, []), [], [])
"""Where a constant of a module stands."""

MADE = {"Failure": 1, "_texts": 1, "_named": 2, "_meaning": 1}
"""What else carries such a sentence, and which argument that is."""


@cache
def tree_of(path: Path) -> ast.Module:
    """A file, parsed once for all who look for something in it."""
    return ast.parse(path.read_text("utf-8"))


@cache
def nodes(of: ast.AST) -> tuple[ast.AST, ...]:
    """It and all that is in it: each function is gone through for several kinds of sentence."""
    return tuple(ast.walk(of))


@cache
def templates() -> dict[str, None]:
    """Every sentence, and every piece that is put into one, in the order of the files."""
    found: dict[str, None] = {}
    for path in _files():
        tree = tree_of(path)
        module = Module(tree, _said)
        found.update(dict.fromkeys(_declared(tree)))
        found.update(dict.fromkeys(text for text in module.sentences() if LETTER.search(text)))
    return found


def _declared(tree: ast.Module) -> Iterator[str]:
    """What a connector says of itself: what only a webhook tells it, what it needs and may do."""
    for node in nodes(tree):
        match node:
            case ast.keyword(arg="hooked" | "quota", value=ast.Constant(value=str(text))) if text:
                yield text
            case ast.Call(func=ast.Name(id="Need"), args=[ast.Constant(value=str(what)), _, *why]):
                if not SCOPES.fullmatch(what):
                    yield what
                yield from (str(one.value) for one in why if isinstance(one, ast.Constant))


def _files() -> Iterator[Path]:
    for folder in SPOKEN_IN:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name not in SILENT and not set(FOLDERS_LEFT_OUT) & set(
                path.relative_to(ROOT).parts
            ):
                yield path


@cache
def _errors() -> frozenset[str]:
    """The contract's errors and all that are made of them."""
    known, bases = set(ERRORS), {}
    for path in _files():
        for node in nodes(tree_of(path)):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {base.id for base in node.bases if isinstance(base, ast.Name)}
    while more := {name for name, above in bases.items() if above & known} - known:
        known |= more
    return frozenset(known)


class Module:
    """One file: its functions and constants, which sentences are put together of."""

    def __init__(self, tree: ast.Module, said: Callable[[ast.Call], ast.expr | None]) -> None:
        self.said = said
        self.defined = [n for n in nodes(tree) if isinstance(n, ast.FunctionDef)]
        """All of them, also those of one name: each class has its `__init__`."""
        self.functions = {function.name: function for function in self.defined}
        self.constants = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }

    def calls(self) -> Iterator[str]:
        """What is said by calling one of those that carry a sentence."""
        for function in self.defined:
            for node in nodes(function):
                if isinstance(node, ast.Call) and (said := self.said(node)) is not None:
                    yield from self.strings(said, function)

    def strings(self, node: ast.expr, function: ast.FunctionDef = NOWHERE) -> Iterator[str]:
        """The templates an expression of a function may be, and the pieces they are filled with."""
        yield from self._strings(node, function, set())

    def sentences(self) -> Iterator[str]:
        yield from self.calls()
        for function in self.defined:
            for node in nodes(function):
                if isinstance(node, ast.keyword) and node.arg == "missed_why":
                    yield from self._strings(node.value, function, set())
                if isinstance(node, ast.keyword) and node.arg == "unseen":  # a part, in a word
                    yield from self._words(node.value)
                match node:
                    case ast.Assign(targets=[ast.Name(id="part_unseen")], value=value):
                        yield from self._strings(value, function, set())
                if isinstance(node, ast.Dict):  # columns of a source
                    for key, value in zip(node.keys, node.values, strict=True):
                        if isinstance(key, ast.Constant) and key.value == "health_reason":
                            yield from self._strings(value, function, set())

    def _words(self, node: ast.expr | None) -> Iterator[str]:
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.Subscript(value=ast.Name(id=name)):
                yield from self._words(self.constants.get(name))
            case ast.Dict(values=values):
                for value in values:
                    yield from self._words(value)

    def _strings(self, node: Any, function: ast.FunctionDef, seen: set[str]) -> Iterator[str]:
        """The templates an expression may be, and the pieces they are filled with."""
        match node:
            case ast.Constant(value=str(text)) if " " in text:
                yield text
            case ast.JoinedStr(values=values):
                yield _template(values)
                for value in values:
                    if isinstance(value, ast.FormattedValue):
                        yield from self._strings(value.value, function, seen)
            case ast.Name(id=name) if name not in seen:
                yield from self._named(name, function, seen | {name})
            case ast.Call(func=ast.Name(id=name)) if name in self.functions and name not in seen:
                inner = self.functions[name]
                for part in nodes(inner):
                    if isinstance(part, ast.Return) and part.value is not None:
                        yield from self._strings(part.value, inner, seen | {name})
            case ast.Subscript(value=of):
                yield from self._strings(of, function, seen)
            case ast.Call(func=ast.Attribute(value=of), args=args):
                for given in (of, *args):
                    yield from self._strings(given, function, seen)
            case ast.GeneratorExp(elt=elt) | ast.ListComp(elt=elt):
                yield from self._strings(elt, function, seen)
            case ast.BinOp() | ast.BoolOp() | ast.IfExp() | ast.Dict():
                for part in ast.iter_child_nodes(node):
                    yield from self._strings(part, function, seen)

    def _named(self, name: str, function: ast.FunctionDef, seen: set[str]) -> Iterator[str]:
        for node in nodes(function):
            match node:
                case ast.Assign(targets=[ast.Name(id=of)], value=value) if of == name:
                    yield from self._strings(value, function, seen)
        if name in self.constants:
            yield from self._strings(self.constants[name], function, seen)


def _said(call: ast.Call) -> ast.expr | None:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    place = 0 if name in _errors() else MADE.get(name, len(call.args))
    return call.args[place] if place < len(call.args) else None


def _template(values: list[ast.expr]) -> str:
    """``{host} is out of order ({status}).``, each value by a name of its own."""
    text, names = "", []
    for part in values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            name = _name(part.value)
            names.append(name)
            count = names.count(name)
            text += f"{{{name}{count if count > 1 else ''}}}"
    return text


def _name(value: ast.expr) -> str:
    match value:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
        case ast.Call(func=func, args=args):
            return _name(args[0]) if args and not isinstance(args[0], ast.Constant) else _name(func)
        case ast.Subscript(value=of):
            return _name(of)
        case ast.BoolOp(values=values):
            return _name(values[0])
    return "value"
