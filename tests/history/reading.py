"""The witnesses, heard: a proxy's log and the rooms behind it, a database, a log file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, TypeVar

from fakes.slack_emulator import Room, whole_key_of
from fakes.slack_proxy import Proxy
from fakes.smtp_relay import Relay
from history.record import (
    Call,
    Circumstances,
    Digest,
    Event,
    History,
    Incident,
    Mail,
    Message,
    Pressed,
    Promise,
    Signal,
    Timer,
)
from sqlalchemy import select

from alerting.i18n import Localizer
from monitor.store.engine import Database, Transaction
from monitor.store.outbox.keys import on_the_wire
from monitor.store.tables.listening import SignalRow
from monitor.store.tables.responding import (
    DigestRow,
    IncidentEventRow,
    IncidentRow,
    InteractionRow,
    NotificationRow,
    TimerRow,
)

Record = TypeVar("Record")

LABELS = [
    Localizer(locale)._("Possible repeat: nothing confirmed that the first one arrived.")
    for locale in ("en", "id")
]

_LOOKS = ("conversations.", "auth.", "users", "files.", "apps.", "blocks.", "api.")
"""Methods that say nothing to anybody."""


def read_history(
    circumstances: Circumstances,
    proxy: Proxy,
    rooms: Iterable[Room],
    db: Database,
    *,
    log: str = "",
    relay: Relay | None = None,
) -> History:
    """What the three say. Slack's part is only what it has done, not what it was asked, and only
    in these rooms and to single persons."""
    rooms = list(rooms)
    places = {"", *(room.id for room in rooms)}
    with db.read() as tx:
        return History(
            circumstances,
            calls=tuple(call for call in _calls(proxy) if call.room in places),
            messages=tuple(message for room in rooms for message in _messages(room)),
            promises=tuple(_promise(row) for row in tx.scalars(select(NotificationRow))),
            signals=_rows(tx, SignalRow, Signal),
            incidents=_rows(tx, IncidentRow, Incident),
            events=_rows(tx, IncidentEventRow, Event),
            timers=_rows(tx, TimerRow, Timer),
            digests=_rows(tx, DigestRow, Digest),
            presses=_rows(tx, InteractionRow, Pressed),
            mails=tuple(_mails(relay)) if relay else (),
            log=log,
        )


def _rows(tx: Transaction, table: Any, record: type[Record]) -> tuple[Record, ...]:
    return tuple(_record(row, record) for row in tx.scalars(select(table)))


def _record(row: Any, record: type[Record], **more: Any) -> Record:
    names = [one.name for one in fields(record)]  # type: ignore[arg-type]
    return record(**{name: getattr(row, name) for name in names if name not in more}, **more)


def _promise(row: NotificationRow) -> Promise:
    return _record(row, Promise, wire=on_the_wire(row.origin, row.delivery_key))


def _calls(proxy: Proxy) -> Iterable[Call]:
    for call in list(proxy.calls):
        if call.outcome == "ok" and not call.method.startswith(_LOOKS):
            body = call.body
            ts, thread = call.ts or str(body.get("ts") or ""), str(body.get("thread_ts") or "")
            key = whole_key_of(body)
            yield Call(call.when, call.method, call.channel, ts, thread, key, body)


def _messages(room: Room) -> Iterable[Message]:
    for top in room.messages():
        for one in (top, *room.replies(top["ts"])):
            thread = str(one.get("thread_ts") or "")
            thread = "" if thread == one["ts"] else thread
            labelled = any(label in str(one.get("text")) for label in LABELS)
            yield Message(room.id, one["ts"], thread, whole_key_of(one), labelled)


def _mails(relay: Relay) -> Iterable[Mail]:
    for took, to in zip(relay.took, relay.to, strict=True):
        yield Mail(str(took["Message-ID"]), to)
