"""An outbox with Slack behind a proxy, and a process that may die at a call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, TextIO, cast

from fakes.slack_emulator import TOKEN, Room
from fakes.slack_proxy import Proxy
from sqlalchemy import select

from alerting.channels.base import Channel, Delivery
from alerting.channels.console import ConsoleChannel
from alerting.channels.slack.channel import SlackChannel
from alerting.channels.testing import SAMPLE
from alerting.messages.codec import pack
from alerting.model import Notice, Receipt
from monitor.app import App
from monitor.clock import ManualClock, utc_now
from monitor.jobs.deliver.deliver import Delivered, deliver
from monitor.settings.model import Settings, SlackSettings
from monitor.store.engine import Database
from monitor.store.outbox.write import enqueue
from monitor.store.tables.responding import NotificationRow

QUIET = 45


class Killed(BaseException):
    """The process dies here."""


class Fragile:
    """A channel in a process that dies at its next call: before it, or after. ``then``: what
    happens while it is answered to an update."""

    def __init__(self, inner: SlackChannel) -> None:
        self.inner, self.info, self.dies = inner, inner.info, ""
        self.then: Callable[[], None] = lambda: None

    def send(self, delivery: Delivery) -> Receipt:
        if self.dies == "before":
            raise Killed
        receipt = self.inner.send(delivery)
        if self.dies == "after":
            raise Killed
        return receipt

    def update(self, receipt: Receipt, delivery: Delivery) -> Receipt:
        changed = self.inner.update(receipt, delivery)
        self.then()
        return changed

    def find(self, delivery: Delivery, since: datetime) -> Receipt | None:
        return self.inner.find(delivery, since)

    def remove_duplicates(self, delivery: Delivery, since: datetime) -> list[Receipt]:
        return self.inner.remove_duplicates(delivery, since)


class Post:
    """An outbox, Slack behind a proxy, a console and a clock."""

    def __init__(self, db: Database, proxy: Proxy, room: Room, stream: TextIO) -> None:
        settings = SlackSettings(
            enabled=True,
            base_url=proxy.base_url,
            timeout=timedelta(seconds=0.3),
            quiet_period=timedelta(seconds=QUIET),
        )
        self.slack = Fragile(SlackChannel(settings, TOKEN))
        self.db, self.proxy, self.room, self.stream = db, proxy, room, stream
        self.clock, self.destination = ManualClock(utc_now()), room.id
        self.channels: dict[str, Channel] = {"slack": self.slack, "console": ConsoleChannel(stream)}
        self.brands: dict[str, Any] = {}
        self.next_ways: tuple[str, ...] = ()

    @property
    def app(self) -> App:
        """All of an app that delivering needs."""
        slack = SlackSettings(enabled=True, channel=self.destination)
        parts = SimpleNamespace(
            db=self.db,
            channels=self.channels,
            brands=self.brands,
            settings=Settings(slack=slack, next_ways=self.next_ways),
        )
        return cast(App, parts)

    def promise(self, key: str = "i1:root", notice: Notice = SAMPLE, **values: Any) -> None:
        given = {
            "channel": "slack",
            "destination": self.destination,
            "payload": pack(notice),
            "severity": "SEV2",
            "created_at": self.clock(),
            "due_at": self.clock(),
            **values,
        }
        with self.db.write() as tx:
            enqueue(tx, key=key, **given)

    def turn(self, later: float = 0.0) -> Delivered:
        self.clock.advance_to(self.clock() + timedelta(seconds=later))
        return deliver(self.app, self.clock())

    def drain(self, step: float = 2.0, limit: int = 40) -> None:
        """Turns until nothing is left to do."""
        for _ in range(limit):
            if self.turn(step).next_due is None:
                return
        raise AssertionError(f"not delivered: {self.states()}")

    def row(self, key: str = "i1:root") -> NotificationRow:
        with self.db.read() as tx:
            query = select(NotificationRow).where(NotificationRow.delivery_key == key)
            return tx.scalars(query).one()

    def states(self) -> dict[str, str]:
        with self.db.read() as tx:
            rows = tx.scalars(select(NotificationRow).order_by(NotificationRow.id))
            return {row.delivery_key: row.state for row in rows}
