"""A brand under watch, and signals about it put where the detectors put them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from alerting.messages.codec import unpack
from alerting.model import Notice
from alerting.playbook.load import Playbook, load_playbook
from monitor.app import App
from monitor.model import ALL, BLINDNESS, BUCKET, Interval, Signal
from monitor.settings.model import BrandSettings, Settings
from monitor.settings.shipped import shipped
from monitor.store.engine import Database
from monitor.store.schema import prepare
from monitor.store.tables.listening import SignalRow
from monitor.store.tables.responding import NotificationRow

NOON = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
"""12:00 in Jakarta."""

BRAND = BrandSettings(slug="kopi-senja", name="Kopi Senja", query='"kopi senja"')


def default_playbook() -> Playbook:
    """The one that is shipped."""
    return load_playbook((shipped("playbooks") / "default.yaml").read_text("utf-8"), "default")


class Plain:
    """An enricher that leaves texts as they are."""

    def as_read(self, brand: str, text: str) -> str:
        return text


def watching(
    database_url: str,
    *brands: BrandSettings,
    playbook: Playbook | None = None,
    settings: Settings | None = None,
    replay: bool = False,
    channels: Mapping[str, Any] | None = None,
) -> App:
    """An app with a fresh database that watches these brands (one, if none is given)."""
    db = Database(database_url)
    prepare(db)
    chosen = brands or (BRAND,)
    return App(
        settings=settings or Settings(brands=chosen),
        db=db,
        now=lambda: NOON,
        wall=lambda: NOON,
        brands={brand.slug: brand for brand in chosen},
        queries={},
        playbooks={"default": playbook or default_playbook()},
        channels=channels or {},
        enricher=Plain(),  # type: ignore[arg-type]
        connector_for=lambda source: None,  # type: ignore[arg-type,return-value]
        detectors_for=lambda key: (),
        replay=replay,
    )


def minutes(n: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=n)


def loud(
    start: float = 0,
    at: float = 5,
    *,
    score: float = 6.1,
    observed: float = 212,
    platform: str = ALL,
    over: bool = False,
    brand: str = BRAND.slug,
    **facts: float | str,
) -> Signal:
    """A volume signal; times in minutes after noon."""
    return Signal(
        brand=brand,
        platform=platform,
        detector="volume",
        risk_class="reputation",
        start=minutes(start),
        at=minutes(at),
        score=score,
        observed=observed,
        expected=Interval(40, 55, 75),
        window=timedelta(hours=1),
        over=over,
        facts={"ratio": observed / 55, "mentions": observed, "persistence_buckets": 1, **facts},
    )


def angry(
    start: float = 0, at: float = 5, *, share: float = 0.61, score: float = 5.0, over: bool = False
) -> Signal:
    """A negative-share signal."""
    return Signal(
        brand=BRAND.slug,
        platform=ALL,
        detector="negative_share",
        risk_class="reputation",
        start=minutes(start),
        at=minutes(at),
        score=score,
        observed=share,
        expected=Interval(0.22, 0.3, 0.38),
        window=timedelta(hours=1),
        over=over,
        facts={"negative_share": share, "expected_negative_share": 0.3, "mentions": 80},
    )


def blind(
    start: float = 0, at: float = 1, *, over: bool = False, kind: str = "token", brand: str = ""
) -> Signal:
    """A source that cannot be read."""
    return Signal(
        brand=brand or BRAND.slug,
        platform="youtube",
        detector="blindness",
        risk_class=BLINDNESS,
        subject="youtube/own-videos",
        start=minutes(start),
        at=minutes(at),
        score=0.0,
        observed=0.0,
        over=over,
        facts={
            "source": "own-videos",
            "connector": "youtube",
            "kind": kind,
            "reason": "token refused (401)",
            "since": minutes(start).isoformat(),
            **({"expected": 41.3} if kind == "silent" else {}),
        },
    )


def detected(app: App, *signals: Signal) -> None:
    """Store signals as the detecting job does: the same identity is the same row, and its
    revision moves."""
    with app.db.write() as tx:
        for signal in signals:
            row = tx.scalar(
                select(SignalRow).where(
                    SignalRow.brand == signal.brand,
                    SignalRow.platform == signal.platform,
                    SignalRow.subject == signal.subject,
                    SignalRow.detector == signal.detector,
                    SignalRow.start == signal.start,
                )
            )
            if row is None:
                row = SignalRow(first_at=signal.at, peak_score=signal.score, revision=0)
                tx.add(row)
            _fill(row, signal)


def _fill(row: SignalRow, signal: Signal) -> None:
    for name in (
        "brand",
        "platform",
        "subject",
        "detector",
        "risk_class",
        "start",
        "at",
        "score",
        "observed",
        "final",
        "over",
    ):
        setattr(row, name, getattr(signal, name))
    expected = signal.expected
    row.low, row.middle, row.high = (
        (expected.low, expected.middle, expected.high) if expected else (None, None, None)
    )
    row.peak_score = max(row.peak_score, signal.score)
    row.window_s = int((signal.window or BUCKET).total_seconds())
    row.facts, row.mention_ids = dict(signal.facts), list(signal.mention_ids)
    row.revision = (row.revision or 0) + 1


def outbox(app: App) -> list[NotificationRow]:
    """Everything promised, in order."""
    with app.db.read() as tx:
        return list(tx.scalars(select(NotificationRow).order_by(NotificationRow.id)))


def told(app: App) -> list[str]:
    """The keys of everything promised, in order."""
    return [row.delivery_key for row in outbox(app)]


def root_notice(app: App, incident: int = 1) -> Notice:
    """The incident's own message as it should stand now."""
    row = next(row for row in outbox(app) if row.delivery_key == f"i{incident}:root")
    return unpack(row.desired or row.payload)
