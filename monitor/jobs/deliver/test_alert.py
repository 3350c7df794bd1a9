"""A marked test through the real outbox: whether an alert would arrive, and what keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from uuid import uuid4

from alerting.i18n import Localizer
from alerting.messages.codec import pack
from alerting.model import Notice
from monitor.app import App
from monitor.clock import monotonic, wait
from monitor.jobs.deliver.deliver import deliver
from monitor.jobs.deliver.tryout import ways
from monitor.store.outbox import keys
from monitor.store.outbox.write import enqueue, read_key
from monitor.store.overview import heartbeat

PATIENCE_S = 60.0
EVERY_S = 0.5
ALIVE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of one test message. ``state``: of the outbox, ``sent`` where it has arrived."""

    channel: str
    destination: str
    state: str
    error: str

    @property
    def arrived(self) -> bool:
        """Whether the other side gave its receipt."""
        return self.state == "sent"


def send_tests(app: App, to: Sequence[tuple[str, str]] = ()) -> list[str]:
    """Promise a test to each way, or only to those given; their delivery keys."""
    promised = []
    number = uuid4().hex[:8]
    with app.db.write() as tx:
        for place, (channel, destination) in enumerate(to or ways(app)):
            key = keys.test_alert(number, place)
            enqueue(
                tx,
                key=key,
                channel=channel,
                destination=destination,
                payload=pack(_notice(app)),
                severity="SEV4",
                created_at=app.now(),
                due_at=app.wall(),
            )
            promised.append(key)
    app.wake()
    return promised


def outcomes(app: App, promised: Sequence[str], patience_s: float = PATIENCE_S) -> Iterator[Tested]:
    """Wait until each has arrived or never will, at most so long; what became of each. Delivers
    itself where no daemon does."""
    until, waiting = monotonic() + patience_s, list(promised)
    nobody = Event()
    while waiting:
        if not _daemon_lives(app, app.wall()):
            deliver(app, app.wall())
        late = monotonic() >= until
        for key in list(waiting):
            with app.db.read() as tx:
                row = read_key(tx, key)
            if late or row.state in ("sent", "dead_letter", "uncertain", "withdrawn"):
                waiting.remove(key)
                yield Tested(row.channel, row.destination, row.state, row.last_error)
        if waiting:
            wait(nobody, EVERY_S)


def _daemon_lives(app: App, wall: datetime) -> bool:
    with app.db.read() as tx:
        last = heartbeat(tx)
    return last is not None and abs(wall - last.at) < ALIVE


def _notice(app: App) -> Notice:
    brand = next(iter(app.brands.values()), None)
    localizer = Localizer(brand.language, brand.time_zone) if brand else Localizer()
    _ = localizer._
    return Notice(
        kind="test",
        headline=_("Test: an alert of Siaga would arrive here"),
        summary=_("Somebody has tried `siaga test-alert`. Nothing has happened."),
        locale=localizer.locale,
        zone=localizer.zone,
    )
