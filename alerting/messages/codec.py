"""A ``Notice`` as JSON and back: what the outbox keeps, so that a message is sent as decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from alerting.model import Notice, Quote, Target, target


def pack(notice: Notice) -> dict[str, Any]:
    """JSON-serialisable; the same notice always packs to the same data."""
    packed = {name: value for name, value in asdict(notice).items() if value}
    packed["headline"], packed["summary"] = notice.headline, notice.summary
    if notice.fields:
        packed["fields"] = [list(pair) for pair in notice.fields]
    if notice.targets:
        packed["targets"] = [str(one) for one in notice.targets]
    if notice.quotes:
        packed["quotes"] = [_pack_quote(quote) for quote in notice.quotes]
    return packed


def unpack(packed: Mapping[str, Any]) -> Notice:
    """The notice that was packed. Fields of a later version are ignored."""
    known = {field.name for field in fields(Notice)}
    values = {name: value for name, value in packed.items() if name in known}
    values["fields"] = tuple((label, value) for label, value in packed.get("fields", ()))
    values["targets"] = targets_of(packed)
    values["quotes"] = tuple(_unpack_quote(quote) for quote in packed.get("quotes", ()))
    return Notice(**values)


def targets_of(packed: Mapping[str, Any]) -> tuple[Target, ...]:
    """Whom a packed notice pages. Siaga 0.1 kept them in one text, as Slack writes them."""
    return tuple(
        target(name) for name in packed.get("targets") or packed.get("mention", "").split()
    )


def _pack_quote(quote: Quote) -> dict[str, Any]:
    packed = {name: value for name, value in asdict(quote).items() if value}
    packed["text"] = quote.text
    if quote.at is not None:
        packed["at"] = quote.at.isoformat()
    return packed


def _unpack_quote(packed: Mapping[str, Any]) -> Quote:
    known = {field.name for field in fields(Quote)}
    values = {name: value for name, value in packed.items() if name in known}
    if "at" in values:
        values["at"] = datetime.fromisoformat(values["at"])
    return Quote(**values)
