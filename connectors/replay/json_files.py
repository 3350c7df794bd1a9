"""JSON of the forms people have, as an object a line.

JSON lines, one list, an object that holds one, pages of an API, objects behind one another, a
script that assigns one (X's archive, JSONP), pandas' tables by column; with what their writers
leave in: NaN, commas too many, control characters, an end that broke off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import IO, Any

import orjson

from connectors.base import Rejected
from connectors.replay.columns import is_header
from connectors.replay.records import DEPTH, loaded, temporary
from connectors.replay.x_posts import is_page, posts_of

MAX_JSON = 512 << 20
"""Bytes of a JSON file that is one value; JSON lines may be of any size."""

_COMMENT = rb"(?:\s|//[^\n]*\n|/\*.{0,1000}?\*/)*"
_BEFORE = rb"(?:(?:var|let|const)\s+)?[A-Za-z_$][\w.$\[\]'\"]*\s*[=(]\s*(?=[\[{])"
_SCRIPT = re.compile(_COMMENT + _BEFORE, re.DOTALL)
_JSON = re.compile(_COMMENT + rb"[\[{]\s*[\[{\"'\]}]", re.DOTALL)
_NEXT_PART = re.compile(r";?\s*window\.YTD\.[\w.]+\s*=\s*(?=\[)")
"""Between the files of an X archive that is too large for one."""

_REPLIES = (
    "comments replies reply answers reply_comment child_comments preview_child_comments "
    "sub_comments edge_media_to_comment edge_media_to_parent_comment edge_threaded_comments "
    "komentar balasan children"
)
REPLIES = tuple(_REPLIES.split())
"""Lists within a row that hold what others said to it, rows of their own."""

_BETWEEN = re.compile(r"[\s,]*")

Values = Iterator[Any]


def is_json(head: bytes) -> bool:
    """Whether a file that begins so is JSON of some form."""
    return _JSON.match(head) is not None or _SCRIPT.match(head) is not None


def json_lines(path: Path, raw: IO[bytes], head: bytes) -> tuple[IO[bytes], str]:
    """The file as JSON lines, and what it was. Raises ``Rejected`` for one value too large."""
    begin = raw.tell()
    script = _SCRIPT.match(head) is not None
    first = loaded(head.partition(b"\n")[0])
    if isinstance(first, dict) and not script:
        if is_page(first) and _is_of_x(first):
            return _written(_pages(raw)), "X API pages"
        if any(_has_replies(loaded(line)) for line in head.splitlines()):
            return _written(map(loaded, raw)), "JSON lines"
        one = head.strip().count(b"\n") == 0
        if not (one and len(head) < 1 << 16 and _rows(first) is not None):
            return raw, "JSON lines"
    elif not script and not _JSON.match(head):
        return raw, "JSON lines"
    data = raw.read(MAX_JSON + 1)
    if len(data) > MAX_JSON:
        raise Rejected(
            f"{path} is one JSON value of more than {MAX_JSON >> 20} MiB: make it "
            "JSON lines first (jq -c '.[]')."
        )
    values = list(_values(data[m.end() :] if (m := _SCRIPT.match(data)) else data))
    found = _rows(values[0]) if len(values) == 1 else _of_many(values)
    if found is None:
        raw.seek(begin)
        return raw, "JSON lines"
    return _written(found), "an X archive" if head.lstrip()[:7] == b"window." else "a JSON list"


def _values(data: bytes) -> Values:
    """The JSON values of a file one after the other; of one that broke off, those that are whole
    in its list."""
    value = loaded(data.strip().rstrip(b");"))
    if value is not None:
        yield value
        return
    text = re.sub(r"^\s*(?://[^\n]*\n\s*)*", "", data.decode("utf-8", "replace"))
    text = _NEXT_PART.sub("\n", text)
    decoder = json.JSONDecoder(strict=False)
    at, inside = 0, False
    while at < len(text):
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            if inside or text[at : at + 1] != "[":
                return
            at, inside = at + 1, True
            continue
        yield value


def _of_many(values: Iterable[Any]) -> Iterator[dict[str, Any]] | None:
    """The rows of several values, each a row or a list of them, or of a table a line."""
    values = list(values)
    if all(isinstance(value, list) for value in values) and is_header(_words(values[0])):
        return _table(values[0], values[1:])
    rows: list[dict[str, Any]] = []
    for value in values:
        inner = _rows(value)
        rows += inner if inner is not None else [value] if isinstance(value, dict) else []
    return iter(rows) if rows else None


def _words(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)]


def _rows(value: Any) -> Iterator[dict[str, Any]] | None:
    """The rows of a JSON value that holds them; None where it is a row itself, or holds none."""
    if is_page(value) and _is_of_x(value):
        return posts_of(value)
    if isinstance(value, dict):
        return _rows_of_object(value)
    if not isinstance(value, list):
        return None
    return _rows_of_list(value)


def _is_of_x(page: Mapping[str, Any]) -> bool:
    return all(isinstance(item, dict) and "id" in item for item in page["data"])


def _rows_of_list(value: list[Any]) -> Iterator[dict[str, Any]]:
    if value and all(isinstance(item, list) for item in value):  # a table as lists
        return _table(value[0], value[1:])
    if value and all(isinstance(item, str) for item in value):  # JSON within JSON
        value = [loaded(item.encode("utf-8", "replace")) for item in value]
    if value and all(is_page(item) and _is_of_x(item) for item in value):
        return (post for page in value for post in posts_of(page))
    return (_unwrapped(item) for item in value if isinstance(item, dict))


def _rows_of_object(value: dict[str, Any]) -> Iterator[dict[str, Any]] | None:
    inner = list(value.values())
    if inner and all(isinstance(item, dict) for item in inner):
        if any(map(_is_row, inner)):
            return iter(inner)  # rows by their ids
        if is_header(list(value)):
            return _by_columns(value)
    lists = list(_lists(value, DEPTH + 1))
    of_rows = [found for found in lists if any(map(_is_row, found[:20]))]
    if _is_row(value):  # with comments under it, or with whatever lists it holds
        return iter([value]) if _has_replies(value) else None
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        return _table(value["columns"], value["data"])
    if not of_rows and len(lists) != 1:
        return None
    return _rows_of_list(max(of_rows or lists, key=len))


def _by_columns(value: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """pandas' table: of each column its values by row."""
    keys = dict.fromkeys(key for column in value.values() for key in column)
    return ({name: column.get(key) for name, column in value.items()} for key in keys)


def _table(header: Any, rows: Iterable[Any]) -> Iterator[dict[str, Any]]:
    names = [str(name) for name in header] if isinstance(header, list) else []
    return (dict(zip(names, row, strict=False)) for row in rows if isinstance(row, list) and names)


def _is_row(value: Any) -> bool:
    """Whether an object has a text and a time of its own, or in an object within it."""
    if not isinstance(value, dict):
        return False
    if len(value) == 1:
        value = _unwrapped(value)
    plain = [name for name, inner in value.items() if not isinstance(inner, dict | list)]
    if is_header(plain):
        return True
    return any(isinstance(inner, dict) and _is_row(inner) for inner in value.values())


def _lists(value: dict[str, Any], depth: int) -> Iterator[list[Any]]:
    """The lists of objects in an object and in the objects in it."""
    for inner in value.values():
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield inner
        elif isinstance(inner, dict) and depth:
            yield from _lists(inner, depth - 1)


def _unwrapped(item: dict[str, Any]) -> dict[str, Any]:
    """``{"tweet": {…}}`` as what is in it."""
    if len(item) == 1:
        (inner,) = item.values()
        return inner if isinstance(inner, dict) else item
    return item


def _has_replies(value: Any) -> bool:
    row = _unwrapped(value) if isinstance(value, dict) else None
    return _is_row(row) and bool(_replies(row))


def _replies(value: Any) -> list[dict[str, Any]]:
    """The rows in a row: comments under a post, in whatever their platform wraps the list."""
    found: list[dict[str, Any]] = []
    for name in REPLIES if isinstance(value, dict) else ():
        inner = value.get(name)
        if isinstance(inner, dict):
            lists = (inner.get(key) for key in ("data", "edges", "items", "comments"))
            inner = next((found for found in lists if isinstance(found, list)), None)
        if isinstance(inner, list):
            found += [item for item in inner if isinstance(item, dict) and _is_row(item)]
    return found


def _with_replies(row: Any, depth: int = DEPTH) -> Iterator[dict[str, Any]]:
    """A row, and each reply to it as a row of its own."""
    if not isinstance(row, dict):
        return
    row = _unwrapped(row)
    replies = _replies(row) if depth else []
    snippet = row.get("snippet")
    if isinstance(snippet, dict) and isinstance(first := snippet.get("topLevelComment"), dict):
        yield first  # YouTube's, whose replies are of that form
    else:
        yield {k: v for k, v in row.items() if k not in REPLIES} if replies else row
    for reply in replies:
        yield from _with_replies(reply, depth - 1)


def _pages(raw: IO[bytes]) -> Iterator[dict[str, Any]]:
    for line in raw:
        if is_page(page := loaded(line)):
            yield from posts_of(page)


def _written(rows: Iterable[dict[str, Any]]) -> IO[bytes]:
    copy = temporary()
    for row in chain.from_iterable(map(_with_replies, rows)):
        try:
            copy.write(orjson.dumps(row) + b"\n")
        except TypeError:  # lone surrogates, whole numbers without end
            copy.write(json.dumps(row).encode() + b"\n")
    copy.seek(0)
    return copy
