"""An outbox with Slack behind a proxy, and a process that may die at a call."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from fakes.slack_emulator import TOKEN
from sqlalchemy import select

from alerting.channels.console import ConsoleChannel
from alerting.channels.slack.channel import SlackChannel
from alerting.channels.testing import SAMPLE
from alerting.messages.codec import pack
from monitor.clock import ManualClock, utc_now
from monitor.jobs.deliver.deliver import deliver
from monitor.settings.model import SlackSettings
from monitor.store.outbox.write import enqueue
from monitor.store.tables.responding import NotificationRow

QUIET = 45


class Killed(BaseException):
    """The process dies here."""


class Fragile:
    """A channel in a process that dies at its next call: before it, or after."""

    def __init__(self, inner):
        self.inner, self.info, self.dies = inner, inner.info, ""

    def send(self, delivery):
        if self.dies == "before":
            raise Killed
        receipt = self.inner.send(delivery)
        if self.dies == "after":
            raise Killed
        return receipt

    def update(self, receipt, delivery):
        return self.inner.update(receipt, delivery)

    def find(self, delivery, since):
        return self.inner.find(delivery, since)

    def remove_duplicates(self, delivery, since):
        return self.inner.remove_duplicates(delivery, since)


class Post:
    """An outbox, Slack behind a proxy, a console and a clock."""

    def __init__(self, db, proxy, room, stream):
        settings = SlackSettings(
            enabled=True, base_url=proxy.base_url, timeout=timedelta(seconds=0.3),
            quiet_period=timedelta(seconds=QUIET),
        )  # fmt: skip
        self.slack = Fragile(SlackChannel(settings, TOKEN))
        self.db, self.proxy, self.room, self.stream = db, proxy, room, stream
        self.clock = ManualClock(utc_now())
        self.channels = {"slack": self.slack, "console": ConsoleChannel(stream)}
        self.brands = {}

    @property
    def app(self):
        return SimpleNamespace(db=self.db, channels=self.channels, brands=self.brands)

    def promise(self, key="i1:root", notice=SAMPLE, **values):
        given = {
            "channel": "slack", "destination": self.room.id, "payload": pack(notice),
            "severity": "SEV2", "created_at": self.clock(), "due_at": self.clock(), **values,
        }  # fmt: skip
        with self.db.write() as tx:
            enqueue(tx, key=key, **given)

    def turn(self, later=0.0):
        self.clock.advance_to(self.clock() + timedelta(seconds=later))
        return deliver(self.app, self.clock())

    def drain(self, step=2.0, limit=40):
        """Turns until nothing is left to do."""
        for _ in range(limit):
            if self.turn(step).next_due is None:
                return
        raise AssertionError(f"not delivered: {self.states()}")

    def row(self, key="i1:root"):
        with self.db.read() as tx:
            return tx.scalar(select(NotificationRow).where(NotificationRow.delivery_key == key))

    def states(self):
        with self.db.read() as tx:
            rows = tx.scalars(select(NotificationRow).order_by(NotificationRow.id))
            return {row.delivery_key: row.state for row in rows}
