"""JSON of the forms people have, as an object a line.

JSON lines, one list, an object that holds one, pages of an API, objects behind one another, a
script that assigns one (X's archive, JSONP), pandas' tables by column; with what their writers
leave in: NaN, commas too many, control characters, an end that broke off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Any

import orjson

from connectors.base import Rejected
from connectors.replay.json_rows import (
    holds_rows,
    rows_of,
    rows_of_many,
    rows_or_self,
    with_replies,
)
from connectors.replay.records import loaded, temporary

MAX_JSON = 512 << 20
"""Bytes of a JSON file that is one value; JSON lines may be of any size."""

_COMMENT = rb"(?:\s|//[^\n]*\n|/\*.{0,1000}?\*/)*"
_BEFORE = rb"(?:(?:var|let|const)\s+)?[A-Za-z_$][\w.$\[\]'\"]*\s*[=(]\s*(?=[\[{])"
_SCRIPT = re.compile(_COMMENT + _BEFORE, re.DOTALL)
_JSON = re.compile(_COMMENT + rb"[\[{]\s*[\[{\"'\]}]", re.DOTALL)
_IN_ITSELF = re.compile(rb"\s*\"[\[{]\s*\\\"")
"""JSON written into a string of JSON."""

_NEXT_PART = re.compile(r";?\s*window\.YTD\.[\w.]+\s*=\s*(?=\[)")
"""Between the files of an X archive that is too large for one."""

_BETWEEN = re.compile(r"[\s,]*")

Values = Iterator[Any]


def is_json(head: bytes) -> bool:
    """Whether a file that begins so is JSON of some form."""
    return any(form.match(head) for form in (_JSON, _SCRIPT, _IN_ITSELF))


def json_lines(path: Path, raw: IO[bytes], head: bytes) -> tuple[IO[bytes], str]:
    """The file as JSON lines, and what it was. Raises ``Rejected`` for one value too large."""
    begin = raw.tell()
    script = _SCRIPT.match(head) is not None
    lines = head.splitlines()
    first = loaded(lines[0]) if lines else None
    if isinstance(first, dict | str) and not script:
        one = len(lines) < 2 and len(head) < 1 << 16
        if any(holds_rows(loaded(line)) for line in lines):
            form = "a JSON object that holds a list" if one else "JSON lines"
            return _written(chain.from_iterable(rows_or_self(loaded(line)) for line in raw)), form
        if not one or rows_of(first) is None:
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
    found = rows_of(values[0]) if len(values) == 1 else rows_of_many(values)
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


def _written(rows: Iterable[dict[str, Any]]) -> IO[bytes]:
    copy = temporary()
    for row in chain.from_iterable(map(with_replies, rows)):
        try:
            copy.write(orjson.dumps(row) + b"\n")
        except TypeError:  # lone surrogates, whole numbers without end
            copy.write(json.dumps(row).encode() + b"\n")
    copy.seek(0)
    return copy
