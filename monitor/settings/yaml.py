"""A YAML 1.2 file as plain values that remember their lines. No ``no``/``on``/``12:30`` traps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Loc = tuple[str | int, ...]
"""Where a value stands: ``("brands", 0, "query")``."""

MAX_VALUES = 200_000
"""Values in a file, aliases unfolded: more is a mistake or an attack, not a config."""

MAX_BYTES = 5_000_000
"""The largest file that is read at all."""

CONFIG_SHAPE = "a config is `key: value` lines, and this is not; see siaga.example.yaml"


class NotYaml(Exception):
    """The file cannot be read at all. ``line`` counts from 1; 0 where there is none."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class Fault(NamedTuple):
    """What the document itself has wrong: a key that stands twice, a value cut off by a #."""

    line: int
    place: Loc
    message: str


@dataclass(slots=True)
class Document:
    """``data`` in plain Python values (times stay text)."""

    data: Any = None
    lines: dict[Loc, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line(self, loc: Loc) -> int:
        """The line of a value, or of the nearest thing around it that is written down."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc, 1)

    def title(self, loc: Loc) -> str:
        """A place in words: ``brands[kopi-senja].sources[news].every``."""
        said, at = "", self.data
        for part in loc:
            try:
                at = at[part]
            except (LookupError, TypeError):
                at = None
            if isinstance(part, int):
                named = (at.get("slug") or at.get("name")) if isinstance(at, dict) else None
                said += f"[{named if isinstance(named, str) else part + 1}]"
            else:
                said += f".{part}" if said else str(part)
        return said


def read_yaml(path: Path, shape: str = CONFIG_SHAPE) -> Document:
    """The file's document, as ``parse_yaml`` reads it. Raises NotYaml, one sentence."""
    return parse_yaml(read_text(path), shape)


def parse_yaml(text: str, shape: str = CONFIG_SHAPE) -> Document:
    """The document of a text; an empty text is an empty mapping. ``shape``: what to say where it
    is no mapping. Raises NotYaml, one sentence: also for text that unfolds or nests without end.
    """
    yaml = YAML(typ="safe", pure=True)
    document = Document()
    try:
        node = yaml.compose(text)
        if node is not None:
            document.data = _Reader(yaml, document, text.splitlines()).value(node, ())
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotYaml(_explained(error), mark.line + 1 if mark else 0) from None
    except (YAMLError, OverflowError, ValueError):  # \UFFFFFFFF is no character
        bad = re.search(
            r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text
        )
        line = text.count("\n", 0, bad.start()) + 1 if bad else 0
        raise NotYaml("a control character that YAML does not allow; take it out", line) from None
    except RecursionError:
        raise NotYaml("the file nests too deep to be read") from None
    if document.data is None:
        document.data = {}
    if not isinstance(document.data, dict):
        raise NotYaml(shape, 1)
    return document


def read_text(path: Path) -> str:
    """A text file as people save them: UTF-8, with or without a mark. Raises NotYaml."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise NotYaml("there is no such file") from None
    except IsADirectoryError:
        raise NotYaml("this is a folder; name a file") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise NotYaml(f"cannot be read: {why}") from None
    if len(raw) > MAX_BYTES:
        raise NotYaml(f"larger than {MAX_BYTES // 1_000_000} MB, which no file of this kind is")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NotYaml("saved as UTF-16; save it as UTF-8", 1)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise NotYaml("not UTF-8 here; save the file as UTF-8", line) from None


STEERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What steers a terminal or turns the order of a text around: a name with it would do so in every
message."""


class _Reader:
    """Nodes -> plain values, noting the line of each."""

    def __init__(self, yaml: YAML, document: Document, lines: list[str]) -> None:
        self.construct: Any = yaml.constructor
        self.document = document
        self.source = lines
        self.count = 0

    def value(self, node: Node, loc: Loc) -> Any:
        self.count += 1
        if self.count > MAX_VALUES:
            raise NotYaml("the file holds more values than any config needs")
        self.document.lines.setdefault(loc, node.start_mark.line + 1)
        if isinstance(node, MappingNode):
            return self._mapping(node, loc)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*loc, place)) for place, item in enumerate(node.value)]
        return self._scalar(node, loc)

    def _mapping(self, node: MappingNode, loc: Loc) -> dict[str, Any]:
        values: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.tag == "tag:yaml.org,2002:merge":
                for other in value.value if isinstance(value, SequenceNode) else [value]:
                    found = self.value(other, (*loc, "<<"))
                    merged = {**(found if isinstance(found, dict) else {}), **merged}
                continue
            name = key.value if isinstance(key, ScalarNode) else "?"
            place = (*loc, name)
            if name in values:
                first = self.document.lines[place]
                message = f"stands twice (first in line {first}); keep one of them"
                self.document.faults.append(Fault(line, place, message))
                continue
            self.document.lines[place] = line
            read = self.value(value, place)
            if read is None:  # written as nothing: the default is meant
                self._check_cut(key, place, r"\s*:\s*#\S")
            else:
                values[name] = read
        return {**merged, **values}

    def _scalar(self, node: Node, loc: Loc) -> Any:
        kind = str(node.tag).rpartition(":")[2]
        if kind in ("int", "float", "bool"):
            try:
                return getattr(self.construct, f"construct_yaml_{kind}")(node)
            except (ValueError, KeyError, OverflowError):
                return node.value
        if kind == "null":
            return None
        if getattr(node, "style", None) is None:
            self._check_cut(node, loc, r"\s+#[^\s#]")
        if STEERS.search(node.value):
            line = node.start_mark.line + 1
            self.document.faults.append(Fault(line, loc, "holds a control character; take it out"))
        return node.value

    def _check_cut(self, node: Node, loc: Loc, sign: str) -> None:
        """``channel: #brand`` and ``query: kopi #kopi`` lose what is behind the #: a fault."""
        mark = node.end_mark
        behind = self.source[mark.line][mark.column :] if mark.line < len(self.source) else ""
        if not re.match(sign, behind):
            return
        lost = behind[behind.index("#") :].strip()
        message = (
            f"`{lost[:40]}` is a comment here, because YAML takes # so; put the whole value in "
            "single quotes, or a space behind the # if a comment is meant"
        )
        self.document.faults.append(Fault(mark.line + 1, loc, message))


_HINTS: tuple[tuple[str, str], ...] = (
    ("'\\t'", "a tab; YAML is indented with spaces"),
    ("'@'", "a value that begins with @ needs quotes"),
    ("'`'", "a value that begins with ` needs quotes"),
    ("'%'", "a value that begins with % needs quotes"),
    (
        "mapping values are not allowed",
        "a colon where none belongs; put a value that has a colon "
        "in quotes, and check the indentation",
    ),
    (
        "found '<scalar>'",
        "text behind a closing quote; put the whole value in single quotes: "
        "'\"kopi senja\" OR kopisenja'",
    ),
    (
        "but got ':'",
        "a colon where none belongs; put a value that has a colon in quotes",
    ),
    ("but got '}'", "a [ that is not closed before the }; or a value that lacks its quotes"),
    ("but got ']'", "a { that is not closed before the ]; or a value that lacks its quotes"),
    ("end of stream while scanning a quoted", "a quote that is never closed"),
    ("end of stream", "a quote that is never closed"),
    ("stream end", "a bracket that is never closed; a value that begins with # needs quotes"),
    ("undefined alias", "a value that begins with * needs quotes"),
    ("another document", "a second document (---); a config is one"),
    ("could not find expected ':'", "a key without its colon, or a value that lacks its quotes"),
    ("<block end>", "the indentation does not fit the lines above"),
)


def _explained(error: MarkedYAMLError) -> str:
    problem = f"{error.problem or ''} {error.context or ''}"
    for sign, words in _HINTS:
        if sign in problem:
            return f"not valid YAML: {words}"
    return f"not valid YAML: {' '.join(problem.split())}"


def walk(data: Any, loc: Loc = ()) -> Iterator[tuple[Loc, Any]]:
    """Every single value in plain data, with its place."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from walk(value, (*loc, key))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from walk(value, (*loc, place))
    else:
        yield loc, data
