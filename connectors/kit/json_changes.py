"""JSON bodies changed as platforms change them without asking: more fields, fewer, longer ones."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

Path = tuple[str, ...]
"""Keys from an object down to one of its fields."""


def with_unknown_fields(body: Any) -> Any:
    """The same JSON with fields that nobody knows yet in every object of it."""
    if isinstance(body, list):
        return [with_unknown_fields(one) for one in body]
    if isinstance(body, dict):
        new = {"x_new_in_2027": {"a": [1, None]}, "": 0}
        return {**{key: with_unknown_fields(value) for key, value in body.items()}, **new}
    return body


def padded(body: Any, size: int) -> Any:
    """The same JSON, ``size`` bytes longer by a field that nobody knows: of the object, or of the
    first one of a list."""
    if isinstance(body, list):
        return [padded(body[0], size), *body[1:]] if body else body
    return {**body, "x_padding": "x" * size} if isinstance(body, dict) else body


def fields_of(bodies: Iterable[Any], entry_id: str) -> list[Path]:
    """All fields within the object that shows an entry. Raises ``AssertionError`` if none does."""
    for body in bodies:
        entry = _entry(body, entry_id)
        if entry is not None:
            return list(_paths(entry))
    raise AssertionError(f"nothing shows the entry {entry_id}")


def without(body: Any, entry_id: str, path: Path) -> Any:
    """The same JSON, the entry of that id lacking one field."""
    body = copy.deepcopy(body)
    entry = _entry(body, entry_id)
    if entry is not None:
        for key in path[:-1]:
            entry = entry.get(key, {})
        entry.pop(path[-1], None)
    return body


def _entry(node: Any, entry_id: str) -> Any:
    """The innermost object that has the entry's id in a field of its own."""
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        found = _entry(child, entry_id)
        if found is not None:
            return found
    if isinstance(node, dict) and any(str(value) == entry_id for value in node.values()):
        return node
    return None


def _paths(node: Any, before: Path = ()) -> Iterator[Path]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield (*before, key)
            yield from _paths(value, (*before, key))
