"""The rows in a JSON value: a list of them, a page of an API, an object that holds either.

Rows are objects with a text and a time. Comments under a post are rows of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from connectors.replay.columns import fit, is_header, known_platform, names_time
from connectors.replay.records import DEPTH, loaded
from connectors.replay.x_posts import is_page, posts_of

_REPLIES = (
    "comments replies reply answers reply_comment child_comments preview_child_comments "
    "sub_comments edge_media_to_comment edge_media_to_parent_comment edge_threaded_comments "
    "komentar balasan children"
)
REPLIES = tuple(_REPLIES.split())
"""Lists within a row that hold what others said to it, rows of their own."""

Rows = Iterator[dict[str, Any]]


def rows_of(value: Any) -> Rows | None:
    """The rows of a JSON value that holds them; None where it is a row itself, or holds none."""
    if is_page(value) and _is_of_x(value):
        return posts_of(value)
    if isinstance(value, dict):
        return _rows_of_object(value)
    if not isinstance(value, list):
        return None
    return _rows_of_list(value)


def rows_of_many(values: Iterable[Any]) -> Rows | None:
    """The rows of several values, each a row or what holds rows, or of a table a list."""
    values = list(values)
    if values and all(isinstance(value, list) for value in values) and is_table(values):
        return _table(values[0], values[1:])
    rows = list(chain.from_iterable(map(rows_or_self, values)))
    return iter(rows) if rows else None


def rows_or_self(value: Any) -> Rows:
    """The rows that a value holds, else the value if it is an object."""
    if isinstance(value, str):  # JSON within JSON
        value = loaded(value.encode("utf-8", "replace"))
    inner = rows_of(value)
    return inner if inner is not None else iter([value] if isinstance(value, dict) else [])


def holds_rows(value: Any) -> bool:
    """Whether an object is what an API sends many rows in, or a row with others under it: what it
    says of itself names no text and no time."""
    if is_page(value) and _is_of_x(value):
        return True
    if isinstance(value, str):
        return isinstance(loaded(value.encode("utf-8", "replace")), dict)
    if not isinstance(value, dict):
        return False
    row = unwrapped(value)
    if is_row(row):
        return bool(_replies(row))
    dated = any(names_time(name) for name, inner in value.items() if isinstance(inner, str | int))
    return any(sum(map(is_row, rows)) > dated for _, rows in _lists_of_rows(value))


def is_row(value: Any) -> bool:
    """Whether an object has a text and a time of its own, or in an object within it."""
    if not isinstance(value, dict):
        return False
    if len(value) == 1:
        value = unwrapped(value)
    plain = [name for name, inner in value.items() if not isinstance(inner, dict | list)]
    if is_header(plain):
        return True
    inner = [found for found in value.values() if isinstance(found, dict)]
    return any(is_row(found) and not _is_of_rows(found) for found in inner)


def unwrapped(item: dict[str, Any]) -> dict[str, Any]:
    """``{"tweet": {…}}`` as what is in it."""
    if len(item) == 1:
        (inner,) = item.values()
        return inner if isinstance(inner, dict) else item
    return item


def with_replies(row: Any, depth: int = DEPTH) -> Rows:
    """A row, and each reply to it as a row of its own."""
    if not isinstance(row, dict):
        return
    row = unwrapped(row)
    replies = _replies(row) if depth else []
    snippet = row.get("snippet")
    if isinstance(snippet, dict) and isinstance(first := snippet.get("topLevelComment"), dict):
        yield first  # YouTube's, whose replies are of that form
    else:
        yield {k: v for k, v in row.items() if k not in REPLIES} if replies else row
    where = {name: link for name, link in row.items() if replies and _is_link(name, link)}
    for reply in replies:
        linked = any(_is_link(name, link) for name, link in reply.items())
        yield from with_replies(reply if linked else {**where, **reply}, depth - 1)


def _is_link(name: str, value: Any) -> bool:
    """Whether it is a link to the row, which stands for the replies to it that have none."""
    return isinstance(value, str) and value != "" and fit("url", name) is not None


def is_table(values: list[Any]) -> bool:
    """Whether the first of some lists names the columns of the others."""
    return is_header([name for name in values[0] if isinstance(name, str)])


def _is_of_x(page: Mapping[str, Any]) -> bool:
    data = page["data"]
    posts = data if isinstance(data, list) else [data]
    return all(isinstance(item, dict) and "id" in item for item in posts)


def _rows_of_list(value: list[Any]) -> Rows:
    if value and all(isinstance(item, list) for item in value):
        if not any(isinstance(item, dict) for item in value[0]):
            return _table(value[0], value[1:])
        value = list(chain.from_iterable(value))
    if value and all(isinstance(item, str) for item in value):  # JSON within JSON
        value = [loaded(item.encode("utf-8", "replace")) for item in value]
    if value and all(map(holds_rows, value)):  # pages of an API
        return chain.from_iterable(map(rows_or_self, value))
    return (unwrapped(item) for item in value if isinstance(item, dict))


def _rows_of_object(value: dict[str, Any]) -> Rows | None:
    inner = list(value.values())
    if inner and all(isinstance(item, dict) for item in inner):
        if any(map(is_row, inner)) and not any(map(_is_of_rows, inner)):
            return iter(inner)  # rows by their ids
        if is_header(list(value)):
            return _by_columns(value)
    if is_header(list(value)) and len(inner) > 1 and all(map(_is_column, inner)):
        return (dict(zip(value, row, strict=False)) for row in zip(*inner, strict=False))
    if is_row(value) and not _is_of_rows(value):  # whatever lists it holds
        return iter([value]) if _replies(value) else None
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        return _table(value["columns"], value["data"])
    if of_rows := _lists_of_rows(value):
        longest = max((rows for _, rows in of_rows), key=len)
        alike = [(name, rows) for name, rows in of_rows if _names(rows) == _names(longest)]
        return chain.from_iterable(_of_platform(name, rows) for name, rows in alike)
    lists = [found for _, found in _lists(value, DEPTH + 1)]
    return _rows_of_list(lists[0]) if len(lists) == 1 else None


def _names(rows: list[Any]) -> frozenset[str]:
    return frozenset(next(unwrapped(row) for row in rows if is_row(row)))


def _of_platform(name: str, rows: list[Any]) -> Rows:
    """The rows of a list, with the platform that the list is named after if they name none."""
    platform = known_platform(name)
    for row in _rows_of_list(rows):
        yield {"platform": platform, **row} if platform else row


def _is_column(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)


def _is_of_rows(value: Any) -> bool:
    """Whether an object holds rows by their ids, several at least."""
    return isinstance(value, dict) and len(value) > 1 and all(map(is_row, value.values()))


def _lists_of_rows(value: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    """The lists of rows in an object, with the name that each has."""
    return [
        (name, found) for name, found in _lists(value, DEPTH + 1) if any(map(is_row, found[:20]))
    ]


def _lists(value: dict[str, Any], depth: int) -> Iterator[tuple[str, list[Any]]]:
    """The lists of objects in an object and in the objects in it, and their names."""
    for name, inner in value.items():
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield name, inner
        elif _is_of_rows(inner):
            yield name, list(inner.values())
        elif isinstance(inner, dict) and depth:
            yield from _lists(inner, depth - 1)


def _by_columns(value: Mapping[str, Mapping[str, Any]]) -> Rows:
    """pandas' table: of each column its values by row."""
    keys = dict.fromkeys(key for column in value.values() for key in column)
    return ({name: column.get(key) for name, column in value.items()} for key in keys)


def _table(header: Any, rows: Iterable[Any]) -> Rows:
    names = [str(name) for name in header] if isinstance(header, list) else []
    return (dict(zip(names, row, strict=False)) for row in rows if isinstance(row, list) and names)


def _replies(row: Any) -> list[dict[str, Any]]:
    """The rows in a row: comments under a post, in whatever their platform wraps the list."""
    found: list[dict[str, Any]] = []
    for name in REPLIES if isinstance(row, dict) else ():
        inner = row.get(name)
        if isinstance(inner, dict):
            lists = (inner.get(key) for key in ("data", "edges", "items", "comments"))
            inner = next((listed for listed in lists if isinstance(listed, list)), None)
        if isinstance(inner, list):
            found += [item for item in inner if isinstance(item, dict) and is_row(item)]
    return found
