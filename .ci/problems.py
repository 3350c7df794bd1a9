"""What a person is told who has to mend something: the sentences of ``Problem`` and of what is
wrong in a file, as templates.

They are raised in English, far from whoever reads them; their sentences are read off the code as
those of connectors are (``reasons.py``), translated in ``problems.po``, and found again by the
command that shows them (``Localizer.problem``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

from reasons import ROOT, SILENT, Module, nodes, tree_of

SPOKEN_IN = ("monitor", "alerting", "connectors")
FOLDERS_LEFT_OUT = ("scaffold", "versions")

ERRORS = {"Problem": 0, "NotYaml": 0, "Finding": 1, "ConfigError": 3, "Fault": 2}
"""What carries such a sentence, and which argument that is; so does all that is made of them."""

VALUES_OF = ("monitor/settings/", "alerting/playbook/", "alerting/register.py", "alerting/model.py")
"""Where a ``ValueError`` is about what somebody has written, beside the options of plug-ins."""
OPTIONS = ("options.py", "connector.py", "links.py", "scenario.py", "webhook.py", "apprise.py")

TELL = (
    "monitor/settings/errors.py",
    "monitor/settings/yaml.py",
    "monitor/settings/people.py",
    "monitor/settings/hours.py",
    "monitor/settings/checks.py",
    "monitor/settings/secrets.py",
    "monitor/query/foreign.py",
    "monitor/query/parse.py",
    "monitor/problems.py",
    "monitor/store/engine.py",
    "monitor/jobs/readiness.py",
    "monitor/jobs/views/playbooks.py",
    "alerting/playbook/load.py",
    "alerting/playbook/schema.py",
)
"""Files whose functions return and yield what is wrong, and whose constants are words of it."""

FILES = "connectors/replay/"
"""What reads a file that a command names: what it says of the file is for whoever typed it."""
OF_FILES = tuple(
    f"{FILES}{name}.py"
    for name in ("preview", "reader", "rows", "content", "books", "records", "table")
)
"""Its files whose functions return and yield such sentences and pieces of them."""
PIECES = (
    *("{digits} row", "{digits} rows", "{digits} line", "{digits} lines"),
    *("{digits} id", "{digits} ids"),
    *("{digits} row with {why}", "{digits} rows with {why}"),
    "a table, {encoding}",
    "a table in a web page, {encoding}",
    "a workbook, {encoding}",
    "a JSON object that holds a list, {encoding}",
    "a JSON list, {encoding}",
    "an X archive, {encoding}",
    "a quote that is not closed",
    "what closes a file and is no mention",
    "a repost whose text X has cut off (its original counts)",
    "columns: {columns}",
    *("comma", "semicolon", "tab", "bar"),
)
"""What is put together elsewhere: counted things, what a file is, why a row is left out."""
SO_SHORT = "{count} with {why}"
"""Many a sentence holds this: of rows it is said among the pieces."""

NO_WORDS = ("PLATFORMS", "_GRAMMAR", "_REPLIES")
"""Constants of these files that are none."""

OF_PYDANTIC = (
    "none",
    "greater than or equal to {bound}",
    "less than or equal to {bound}",
    "greater than {bound}",
    "less than {bound}",
    "String should have at least {least} character",
    "String should have at least {least} characters",
    "Unable to parse input string as an integer, exceeded maximum size",
    "Tuple should have at least {least} item after validation, not {count}",
)
"""What the library says of values, and the word for an empty list."""


@cache
def templates() -> dict[str, None]:
    """Every sentence, and every piece that is put into one, in the order of the files."""
    found: dict[str, None] = dict.fromkeys((*OF_PYDANTIC, *PIECES))
    for path, tree in _trees():
        place = path.relative_to(ROOT).as_posix()
        of_file = place.startswith(FILES)
        module = Module(tree, partial(_said, about=_about(place, tree), of_file=of_file))
        tells = place in TELL or place in OF_FILES
        texts = [*module.calls(), *_mends(tree, module), *(_told(module) if tells else ())]
        kept = (text for text in texts if _is_sentence(text) and text != SO_SHORT)
        found.update(dict.fromkeys(kept))
    return found


def _is_sentence(text: str) -> bool:
    own = re.sub(r"\{\w+\}", "", text)
    return " " in text and not text.endswith(" ") and bool(re.search(r"[a-z]{2}", own))


def _about(place: str, tree: ast.Module) -> frozenset[ast.AST]:
    """The nodes where what is no good value is what somebody has written. A connector in one file
    has rows of its platform beside its options: what is wrong with those nobody reads."""
    plug_in = place.startswith(("connectors/", "alerting/channels/")) and place.endswith(OPTIONS)
    if not plug_in and not place.startswith(VALUES_OF):
        return frozenset()
    within: list[ast.AST] = [tree]
    if place.endswith("/connector.py"):
        within = [one for one in nodes(tree) if isinstance(one, ast.ClassDef) and _options(one)]
    return frozenset(node for one in within for node in nodes(one))


def _options(made: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id.endswith("Options") for base in made.bases)


@cache
def _trees() -> tuple[tuple[Path, ast.Module], ...]:
    return tuple(
        (path, tree_of(path))
        for folder in SPOKEN_IN
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.name not in SILENT and not set(FOLDERS_LEFT_OUT) & set(path.parts)
    )


@cache
def _errors() -> dict[str, int]:
    known, bases = dict(ERRORS), {}
    for _, tree in _trees():
        for node in nodes(tree):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {base.id for base in node.bases if isinstance(base, ast.Name)}
    while more := {name for name, above in bases.items() if above & known.keys()} - known.keys():
        known |= dict.fromkeys(more, 0)
    return known


def _said(call: ast.Call, about: frozenset[ast.AST], of_file: bool = False) -> ast.expr | None:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="notes"), attr="append")):
            return call.args[0]
        case ast.Call(func=ast.Attribute(value=ast.Name(id="said"), attr="append")) if of_file:
            return call.args[0]
        case ast.Call(func=ast.Name(id="Rejected" | "_lacks")) if of_file:
            return call.args[0 if name == "Rejected" else 1]
    place = _errors().get(
        name, 0 if call in about and name in ("ValueError", "ConditionError") else -1
    )
    return call.args[place] if 0 <= place < len(call.args) else None


def _mends(tree: ast.Module, module: Module) -> Iterator[str]:
    """What to do about what was tried and does not work."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Finding"), args=[_, _, mend]):
                yield from module.strings(mend)


def _told(module: Module) -> Iterator[str]:
    for function in module.defined:
        for node in nodes(function):
            if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
                parts = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
                for part in parts:
                    yield from module.strings(part, function)
    for name, value in module.constants.items():
        if name not in NO_WORDS:
            yield from _words(module, value)


def _words(module: Module, node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr():
            yield from module.strings(node)
        case ast.Tuple(elts=[ast.Tuple(), *_] as rows):
            for row in rows:  # what is looked for, then the words for it
                if isinstance(row, ast.Tuple):
                    for part in row.elts[1:]:
                        yield from _words(module, part)
        case ast.Dict(values=values):
            for part in values:
                yield from _words(module, part)
