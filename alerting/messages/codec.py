"""A ``Notice`` as JSON and back: what the outbox keeps, so that a message is sent as decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from alerting.model import Button, Card, Notice, Picture, Quote, Target, target


def pack(notice: Notice) -> dict[str, Any]:
    """JSON-serialisable; the same notice always packs to the same data."""
    packed = {name: value for name, value in asdict(notice).items() if value}
    packed["headline"], packed["summary"] = notice.headline, notice.summary
    if notice.fields:
        packed["fields"] = [list(pair) for pair in notice.fields]
    if notice.targets:
        packed["targets"] = [str(one) for one in notice.targets]
    if notice.card:
        packed["card"] = _pack_card(notice.card)
    if notice.parts:
        packed["parts"] = [pack(part) for part in notice.parts]
    if notice.quotes:
        packed["quotes"] = [_pack_quote(quote) for quote in notice.quotes]
    return packed


def unpack(packed: Mapping[str, Any]) -> Notice:
    """The notice that was packed. Fields of a later version are ignored."""
    known = {field.name for field in fields(Notice)}
    values = {name: value for name, value in packed.items() if name in known}
    values["fields"] = tuple((label, value) for label, value in packed.get("fields", ()))
    values["targets"] = targets_of(packed)
    values["parts"] = tuple(unpack(part) for part in packed.get("parts", ()))
    if "card" in packed:
        values["card"] = _unpack_card(packed["card"])
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


def _pack_card(card: Card) -> dict[str, Any]:
    packed = {name: value for name, value in asdict(card).items() if value}
    packed |= {"incident": card.incident, "revision": card.revision}  # 0 where it is about none
    packed["standing"] = [
        {"at": part.isoformat()} if isinstance(part, datetime) else part for part in card.standing
    ]
    packed["buttons"] = [{k: v for k, v in asdict(one).items() if v} for one in card.buttons]
    if card.picture:
        drawn = asdict(card.picture)
        onset = card.picture.onset
        drawn |= {"start": card.picture.start.isoformat(), "onset": onset and onset.isoformat()}
        packed["picture"] = drawn
    made: dict[str, Any] = _json(packed)
    return made


def _unpack_card(packed: Mapping[str, Any]) -> Card:
    known = {field.name for field in fields(Card)}
    values = {name: value for name, value in packed.items() if name in known}
    values["standing"] = tuple(
        part if isinstance(part, str) else datetime.fromisoformat(part["at"])
        for part in packed["standing"]
    )
    for name in ("facts", "details"):
        values[name] = tuple((label, value) for label, value in packed.get(name, ()))
    values["buttons"] = tuple(_unpack_button(one) for one in packed.get("buttons", ()))
    if "picture" in packed:
        values["picture"] = _unpack_picture(packed["picture"])
    return Card(**values)


def _unpack_button(packed: Mapping[str, Any]) -> Button:
    options = tuple((value, label) for value, label in packed.get("options", ()))
    confirm = packed.get("confirm")
    return Button(
        packed["action"],
        packed["label"],
        bool(packed.get("primary")),
        options,
        (confirm[0], confirm[1]) if confirm else None,
    )


def _unpack_picture(packed: Mapping[str, Any]) -> Picture:
    onset = packed.get("onset")
    values = dict(packed)
    values |= {
        "start": datetime.fromisoformat(packed["start"]),
        "onset": datetime.fromisoformat(onset) if onset else None,
        "names": tuple(packed["names"]),
        "counts": tuple(packed["counts"]),
        "usual": tuple(packed.get("usual", ())),
    }
    return Picture(**values)


def _json(value: Any) -> Any:
    """With lists for tuples, as it comes back from the database."""
    if isinstance(value, dict):
        return {name: _json(part) for name, part in value.items()}
    return [_json(part) for part in value] if isinstance(value, list | tuple) else value
