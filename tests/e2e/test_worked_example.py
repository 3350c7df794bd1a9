"""The one worked example, from a tweet to the person on call, kept true: it prints the design's
own line from what each part really made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from fakes.crisis import BRAND, outbox, watching

from alerting.messages.codec import unpack
from alerting.model import Target
from alerting.playbook.load import load_playbook
from monitor.enrich.pipeline import Enricher
from monitor.enrich.sentiment.base import Scores
from monitor.jobs.respond.respond import respond
from monitor.model import ALL, Author, Interval, Mention, Signal
from monitor.query.parse import parse
from monitor.settings.model import Settings, SlackSettings
from monitor.store.incidents import list_incidents
from monitor.store.mentions import store_readings
from monitor.store.series import apply_changes, changes_of, series
from monitor.store.signals import SignalRecord, upsert
from monitor.store.tables.listening import BrandRow
from monitor.store.tables.responding import IncidentRow

LINE = (
    "one tweet → Reading (negative 0.91, reputation) → Bucket 14:00 (212 mentions, 61 % negative) "
    "→ Signal volume 6.1 (expected 40–75) → Incident 42 SEV2 → Notice → Notifications to "
    "#brand-crisis and to the person on call"
)

START = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)
PLAYBOOK = """\
version: 1
levels:
  SEV1: {}
  SEV2: {steps: [{at: 0m, notify: [U0ONCALL]}]}
  SEV3: {}
  SEV4: {}
"""


@dataclass
class Says:
    """A sentiment model that is sure of one text and thinks alike of all others."""

    version: str = "fixed"

    def score(self, texts, languages):
        negative = np.array([0.91 if "basi" in text else 0.609 for text in texts])
        rest = (1 - negative) / 2
        return Scores(np.stack([negative, rest, rest], 1), np.zeros(len(texts), bool))

    def why(self, text, language):
        return ()


def mentions():
    first = Mention("x", "1", START, "Kopi senja basi!", Author("rasa_pahit"), "https://x.com/i/1")
    others = [
        Mention(
            "x", str(n), START + timedelta(seconds=n), f"kopi senja lama sekali, sudah {n} menit"
        )
        for n in range(2, 213)
    ]
    return [first, *others]


def made(tmp_path):
    """An app whose incident 42 came from the tweet; its reading, bucket and signal."""
    app = watching(
        f"sqlite:///{tmp_path / 'siaga.db'}",
        playbook=load_playbook(PLAYBOOK, "default"),
        settings=Settings(slack=SlackSettings(enabled=True, channel="#brand-crisis")),
        channels={"slack": object()},
    )
    enricher = Enricher({BRAND.slug: parse(BRAND.query)}, {}, Says())
    readings = [one for found in enricher.read(mentions()) for one in found]
    now = START + timedelta(minutes=5)
    with app.db.write() as tx:
        tx.add(BrandRow(slug=BRAND.slug, first_bucket=START))
        apply_changes(tx, changes_of(store_readings(tx, readings, now, {})), {})
        [bucket] = series(tx, BRAND.slug, ALL, START, now)
    signal = Signal(
        BRAND.slug,
        ALL,
        "volume",
        "reputation",
        START,
        now,
        6.1,
        bucket.volume,
        Interval(40, 55, 75),
        facts={"ratio": bucket.volume / 55},
    )
    with app.db.write() as tx:
        tx.add(_earlier(now))
        upsert(tx, SignalRecord(signal, signal.score, now))
    respond(app, BRAND.slug, now)
    return app, readings[0], bucket, signal


def test_one_tweet_becomes_a_page(tmp_path):
    app, reading, bucket, signal = made(tmp_path)
    with app.db.read() as tx:
        [incident] = list_incidents(tx)
    [row] = outbox(app)
    notice = unpack(row.payload)
    share = bucket.negative / bucket.scored
    on_call = (
        "the person on call" if notice.targets == (Target("person", "U0ONCALL"),) else "nobody"
    )
    assert (
        f"one tweet → Reading (negative {reading.sentiment.negative:.2f}, {signal.risk_class}) → "
        f"Bucket {bucket.start:%H:%M} ({bucket.volume:g} mentions, {share * 100:.0f} % negative) "
        f"→ Signal {signal.detector} {signal.score} "
        f"(expected {signal.expected.low:g}–{signal.expected.high:g}) → Incident {incident.id} "
        f"{incident.severity} → {type(notice).__name__} → Notifications to {row.destination} "
        f"and to {on_call}"
    ) == LINE
    assert "212 mentions in 5 min, normally 40–75" in notice.summary
    assert "61% of them are negative" in notice.summary
    assert notice.quotes[0].text == "Kopi senja basi!"
    assert notice.quotes[0].author == "rasa_pahit"
    app.db.close()


def _earlier(now):
    """Incident 41, of another brand."""
    return IncidentRow(
        id=41,
        brand="other",
        risk_class="reputation",
        state="resolved",
        severity="SEV3",
        since=now,
        opened_at=now,
        last_signal_at=now,
        playbook={},
        facts={},
    )
