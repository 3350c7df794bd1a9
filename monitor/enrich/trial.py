"""Trying a query on lines of text: what matched, or why not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from monitor.enrich.language import identify
from monitor.model import Author, Mention
from monitor.problems import Problem
from monitor.query.ast import Query

SHOWN = 72
"""Characters of a text that are shown."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One text: whether it matched, and what to print about it."""

    matched: bool
    lines: tuple[str, ...]


def tried(query: Query, lines: Iterable[bytes], name: str) -> Iterator[Trial]:
    """Try a query on each line: a text, or a JSON object. Empty lines are passed over.

    Raises Problem for a line that is not UTF-8 or an object without a text; ``name`` is the
    file's, for that sentence.
    """
    for number, raw in enumerate(lines, 1):
        mention = read_line(raw, f"{name} line {number}")
        if mention is None:
            continue
        (language,) = identify([f"{mention.title}\n{mention.text}"], [mention.lang_hint])
        head, *why = query.explain(mention, language)
        matched = not head.startswith("no match")
        shown = shorten(mention.text or mention.title)
        if matched:
            yield Trial(True, (f"{number:>4}  {shown}", f"      {head} [{language}]"))
        else:
            lines_ = (f"{number:>4}  {shown}", f"      {head} [{language}]")
            yield Trial(False, (*lines_, *(f"      {line}" for line in why)))


def read_line(raw: bytes, where: str) -> Mention | None:
    """The mention a line holds; None for an empty line. Raises Problem."""
    try:
        line = raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise Problem(f"{where} is not UTF-8; save the file as UTF-8") from None
    if not line:
        return None
    if not line.startswith("{"):
        return _mention({"text": line}, where)
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return _mention({"text": line}, where)  # a text may begin with a brace
    return _mention(row, where)


def _mention(row: dict[str, Any], where: str) -> Mention:
    if not isinstance(row.get("text", row.get("title")), str):
        raise Problem(f'{where} has no "text"; write objects such as {{"text": "kopi senja enak"}}')
    author = row.get("author")
    if isinstance(author, dict):
        author = author.get("handle") or author.get("name")
    return Mention(
        platform=str(row.get("platform") or ""),
        external_id="",
        published_at=datetime.fromtimestamp(0, UTC),
        text=str(row.get("text") or ""),
        title=str(row.get("title") or ""),
        author=Author(str(author)) if author else None,
        lang_hint=str(row.get("lang") or ""),
    )


def shorten(text: str) -> str:
    """A line that is safe to print: no control characters, no more than fits."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= SHOWN else f"{plain[: SHOWN - 1]}…"
