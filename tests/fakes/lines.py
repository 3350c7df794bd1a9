"""A sensing line in miniature: a connector that says what a test tells it to, an enricher that
reads moods off the first character, a detector simple enough to reckon by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from connectors.base import Connector, Cursor, Info, Options, Page, SourceSpec
from monitor.app import App
from monitor.clock import ManualClock
from monitor.jobs.poll.poll import Polled, claim_due, poll, sync_sources
from monitor.model import (
    Author,
    Bucket,
    Interval,
    Language,
    Mention,
    Reading,
    Sentiment,
    SeriesKey,
    Signal,
)
from monitor.settings.model import BrandSettings, Settings, SourceSettings
from monitor.store.engine import Database
from monitor.store.schema import prepare
from monitor.store.source_state import SourceState
from monitor.store.sources import source_states
from monitor.store.tables.base import Base

T0 = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def mention(n: object, at: datetime, text: str = "-kopi", **changes: Any) -> Mention:
    """A mention of brand ``kopi`` on platform ``x``; ``-`` in front is negative, ``+`` positive."""
    made = Mention("x", str(n), at, text, author=Author(f"a{n}", followers=5))
    return replace(made, **changes)


class FakeOptions(Options):
    """Options of the fake: an address, an account and a budget, as real ones have."""

    platform: str = ""
    url: str = ""
    account: str = ""
    max_usd_per_day: float | None = None


INFO = Info("fake", "x", frozenset({"mentions"}), FakeOptions, lag=timedelta(0), page_budget=10)


@dataclass
class Script:
    """What the fake connectors will do: ``fetch`` gets the source, its cursor and the name."""

    fetch: Callable[[SourceSpec, Cursor | None], Iterator[Page]]
    info: Info = INFO
    seen: list[SourceSpec] = field(default_factory=list)

    def connector(self, source: SourceSettings) -> Connector:
        script = self

        class Fake:
            info = script.info
            options = FakeOptions.model_validate(source.options)

            def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
                script.seen.append(source)
                return script.fetch(source, cursor)

        return Fake()


class FakeEnricher:
    """A mention concerns each brand whose slug is in its text; ``☠`` is a word of a crisis."""

    def __init__(self, brands: Sequence[str]) -> None:
        self.brands = brands
        self.version = "m1"
        self.bias = 0.0
        self.learned: dict[str, Any] = {}
        self.read_texts: list[str] = []

    def model_version(self, brand: str) -> str:
        return self.version

    def is_own(self, mention: Mention, brand: str) -> bool:
        return mention.author is not None and mention.author.handle == f"own-{brand}"

    def read(
        self, mentions: Sequence[Mention], brands: Sequence[str] = (), *, own_content: bool = False
    ) -> list[tuple[Reading, ...]]:
        self.read_texts += [m.text for m in mentions]
        wanted = brands or self.brands
        return [tuple(self._one(m, b) for b in wanted if b in m.text) for m in mentions]

    def _one(self, mention: Mention, brand: str) -> Reading:
        negative = {"-": 0.9, "+": 0.1}.get(mention.text[:1], 0.3) + self.bias
        rest = 1.0 - negative
        mood = Sentiment(negative, rest / 2, rest / 2, abstain=mention.text[:1] == "?")
        crisis = ("beracun",) if "☠" in mention.text else ()
        return Reading(mention, brand, (brand,), Language.INDONESIAN, mood, self.version, crisis)


class Steps:
    """Fires while a bucket holds more than three times the mean of all before it, and five."""

    facts = ()

    def __init__(self, key: SeriesKey) -> None:
        self.key, self.name = key, "volume" if key.measure == "volume" else "negative_share"
        self.n, self.total = 0, 0.0
        self.since: str | None = None

    def _value(self, bucket: Bucket) -> float:
        return bucket.volume if self.key.measure == "volume" else bucket.negative

    def score(self, bucket: Bucket) -> Signal | None:
        value, mean = self._value(bucket), self.total / max(1, self.n)
        if not bucket.covered or self.n < 6 or value <= max(5.0, 3 * mean):
            return None
        return Signal(
            self.key.brand, self.key.platform, self.name, "reputation",
            datetime.fromisoformat(self.since) if self.since else bucket.start, bucket.end,
            value / max(mean, 1.0), value, Interval(0.0, mean, 3 * mean), final=bucket.final,
            facts={"mentions": value},
        )  # fmt: skip

    def learn(self, bucket: Bucket) -> None:
        signal = self.score(bucket)
        self.since = signal.start.isoformat() if signal else None
        if bucket.covered and not signal:
            self.n, self.total = self.n + 1, self.total + self._value(bucket)

    def learning_until(self, now: datetime) -> datetime | None:
        return now + (6 - self.n) * timedelta(minutes=5) if self.n < 6 else None

    def dump(self) -> Mapping[str, Any]:
        return {"n": self.n, "total": self.total, "since": self.since}

    def load(self, state: Mapping[str, Any]) -> None:
        self.n, self.total, self.since = state["n"], state["total"], state["since"]


def steps(key: SeriesKey) -> Sequence[Steps]:
    """The detectors of a series."""
    return (Steps(key),)


def make_app(
    database_url: str,
    script: Script,
    *,
    brands: Sequence[BrandSettings] | None = None,
    everywhere: Sequence[SourceSettings] = (),
    detectors: Callable[[SeriesKey], Sequence[Any]] = steps,
    now: datetime = T0,
    **settings: Any,
) -> App:
    """An app of brand ``kopi`` with one source ``fake/feed``; both clocks are one to be set."""
    if brands is None:
        source = SourceSettings(connector="fake", name="feed")
        brands = [BrandSettings(slug="kopi", name="Kopi", query="kopi", sources=(source,))]
    clock = ManualClock(now)
    db = Database(database_url)
    prepare(db)
    app = App(
        settings=Settings(brands=tuple(brands), **settings),
        db=db,
        now=clock,
        wall=clock,
        brands={brand.slug: brand for brand in brands},
        queries={},
        playbooks={},
        channels={},
        enricher=FakeEnricher([brand.slug for brand in brands]),  # type: ignore[arg-type]
        connector_for=script.connector,
        detectors_for=detectors,
        sources=tuple(everywhere),
    )
    sync_sources(app, clock())
    return app


def clock_of(app: App) -> ManualClock:
    """The clock of an app that was made here."""
    assert isinstance(app.now, ManualClock)
    return app.now


def poll_due(app: App, **how: Any) -> list[Polled]:
    """Poll everything that is due."""
    return [
        poll(app, claim.source_id, claim.token, app.now(), app.wall(), **how)
        for claim in claim_due(app, app.wall(), 100)
    ]


def pages(*made: Page) -> Script:
    """A connector that yields these pages, once."""
    return Script(lambda source, cursor: iter(made))


def counts(app: App, model: type[Base]) -> int:
    with app.db.read() as tx:
        return tx.scalar(select(func.count()).select_from(model)) or 0


def only_source(app: App) -> SourceState:
    with app.db.read() as tx:
        (source,) = source_states(tx)
    return source
