"""What messages quote: taking a quote out of them, or putting its new words in, where what was
quoted is gone or edited. Of those still to be sent, and of those that were, by an update like any
other."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from sqlalchemy import Text, cast, or_, select

from monitor.store.engine import Transaction
from monitor.store.outbox.write import OPEN
from monitor.store.tables.responding import NotificationRow

CHUNK = 50
"""Mentions looked for in one statement."""


Change = Mapping[str, str | None]
"""A quoted mention (``platform:id``) -> its words as they are now; None: it is gone."""


def unquote(tx: Transaction, names: Sequence[tuple[str, str]]) -> int:
    """Take these mentions (platform, id) out of every message. How many quoted one."""
    return requote(tx, dict.fromkeys(names))


def requote(tx: Transaction, words: Mapping[tuple[str, str], str | None]) -> int:
    """Give every message that quotes one of these mentions (platform, id) its words of now; None
    takes it out. How many messages quoted one."""
    changed, names = 0, list(words)
    for at in range(0, len(names), CHUNK):
        some = {f"{of}:{name}": words[of, name] for of, name in names[at : at + CHUNK]}
        for row in tx.scalars(_quoting(some).with_for_update()):
            changed += _requote(row, some)
    tx.flush()
    return changed


def quoted_since(tx: Transaction, since: datetime) -> list[tuple[str, str]]:
    """The mentions (platform, id) that are quoted by messages promised since then."""
    rows = select(NotificationRow.payload, NotificationRow.desired).where(
        NotificationRow.created_at >= since, cast(NotificationRow.payload, Text).contains("quotes")
    )
    found = {
        name
        for payload, desired in tx.execute(rows)
        for content in (payload, desired or {})
        for name in _names(content)
    }
    return sorted((name.partition(":")[0], name.partition(":")[2]) for name in found)


def _quoting(names: Collection[str]) -> Any:
    row = NotificationRow
    told = [json.dumps(name)[1:-1] for name in sorted(names)]
    return select(row).where(
        or_(
            *(
                cast(column, Text).contains(name, autoescape=True)
                for column in (row.payload, row.desired)
                for name in told
            )
        )
    )


def _requote(row: NotificationRow, words: Change) -> bool:
    """The promise keeps its hash: told again it is still the same promise."""
    shown = row.desired or row.payload
    fresh = _with(shown, words)
    changed = fresh != shown
    row.payload = _with(row.payload, words)
    if changed:
        row.desired = {**fresh, "erased": True}
        if row.state in (*OPEN, "sent") or row.revive_at is not None:
            row.desired_rev += 1
    return changed


def _with(content: Mapping[str, Any], words: Change) -> dict[str, Any]:
    """A digest has its quotes in its text, too."""
    made, quotes = dict(content), []
    for quote in content.get("quotes", ()):
        name = quote.get("mention")
        told = words[name] if name in words else quote["text"]
        if told is not None:
            quotes.append({**quote, "text": told})
        if told != quote["text"] and content.get("kind") == "digest":
            made |= _reworded(made, quote, told)
    made.pop("quotes", None)
    return {**made, "quotes": quotes} if quotes else made


def _reworded(content: Mapping[str, Any], quote: Mapping[str, Any], told: str | None) -> Any:
    """The text and the HTML of a digest with other words for a quote, or with "…" and no link."""
    made = {}
    for part in ("summary", "html"):
        text = str(content.get(part, ""))
        for written in {quote["text"], escape(quote["text"]), _as_jinja(quote["text"])}:
            now = told or "…"
            text = text.replace(written, now if part == "summary" else escape(now))
        if told is None and (url := quote.get("url")):
            for written in (url, escape(url), _as_jinja(url)):
                text = text.replace(written, "")
        made[part] = text
    return made


def _as_jinja(text: str) -> str:
    """As templates escape it."""
    return escape(text, quote=False).replace('"', "&#34;").replace("'", "&#39;")


def _names(content: Mapping[str, Any]) -> list[str]:
    return [quote["mention"] for quote in content.get("quotes", ()) if quote.get("mention")]
