"""A week of a made-up brand, as its digest is given it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta

from alerting.channels.email.week import Day, DigestIncident, Totals, Week
from alerting.i18n import Localizer
from alerting.model import Quote

START = datetime(2026, 3, 8, 17, 0, tzinfo=UTC)  # Monday in Jakarta
NO_GAP = timedelta()


def days(
    counts: Sequence[float] = (100, 120, 90, 400, 300, 80, 70), gaps: Collection[int] = ()
) -> tuple[Day, ...]:
    return tuple(
        Day(
            date(2026, 3, 9) + timedelta(days=n),
            Totals(count, count, count * 0.3),
            timedelta(hours=6) if n in gaps else NO_GAP,
        )
        for n, count in enumerate(counts)
    )


CRISIS = DigestIncident(
    42,
    "SEV2",
    "reputation",
    "",
    "resolved",
    START + timedelta(days=3, hours=5),
    START + timedelta(days=3, hours=5, minutes=12),
    START + timedelta(days=4),
)

WEEK = Week(
    brand="Kopi Senja",
    key="2026-W11",
    start=START,
    end=START + timedelta(days=7),
    localizer=Localizer("en", "Asia/Jakarta"),
    days=days(),
    totals=Totals(1160, 1160, 348),
    before=(Totals(600, 600, 150), Totals(580, 580, 140), Totals(620, 620, 160)),
    incidents=(CRISIS,),
    sources=3,
    silent=(),
    seen=1.0,
    platforms=(("x", 900.0), ("youtube", 200.0), ("rss", 60.0)),
    quotes=(Quote("Kopi basi lagi!", url="https://x.com/i/status/1", platform="x"),),
    link="https://siaga.example.com",
)
