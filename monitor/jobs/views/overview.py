"""How everything stands, in one read: for the page, /healthz and ``siaga status``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.registry import UnknownConnector, get
from monitor.app import App, Opened, command_of
from monitor.jobs.budgets import Budget, budgets
from monitor.jobs.respond.routing import mute
from monitor.jobs.spending import day_of
from monitor.model import ANY, BUCKET, is_drill
from monitor.store import overview as store
from monitor.store.coverage import Gap, length, source_gaps
from monitor.store.exclusions import Exclusion, counts, exclusions
from monitor.store.installation import copied_at
from monitor.store.outbox.held import Held, held
from monitor.store.outbox.write import Outbox, summary
from monitor.store.own_content import ShownStanding, standings
from monitor.store.pages import Page, held_pages
from monitor.store.source_state import SourceState
from monitor.store.sources import gaps, source_states, spent_by_source

RECENT = timedelta(hours=24)
LATELY = timedelta(days=7)

SILENT = timedelta(minutes=2)
"""A daemon leaves a sign of life every 30 s; without one for so long it is not running."""

REACHED_AFTER = timedelta(minutes=10)
"""An urgent incident that has reached nobody by then is told where health is asked for."""


@dataclass(frozen=True, slots=True)
class BrandView:
    """A brand of the config: how far it was heard, until when it is learned, its last digest."""

    slug: str
    name: str
    mode: str
    time_zone: str
    closed_until: datetime | None
    learning_until: datetime | None
    digest_week: str
    digest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything people look at. ``now`` is the domain's time, ``wall`` the present.

    ``open_count``: how many incidents are open; ``open`` has the worst of them;
    ``unreached``: open urgent incidents that nobody has been told of though it was time;
    ``silent_brands``: the names of those whose alerts reach nobody as the config is;
    ``command``: how siaga is called; ``unseen``: the share of the last ``RECENT`` that a source
    has not told, by the source's number; ``budgets``: what is spent of today's; ``configured``:
    whether the config names a source; ``left_out``: words that are not about a brand, with how many
    mentions of the last 7 days they have left out; ``held``: messages that quiet hours hold;
    ``late``: the pages that wait for somebody; ``unheard``: sources, each with what it cannot be
    told because webhooks are off; ``copied``: when a daemon began on this as a copy of another
    database, for a day.
    """

    now: datetime
    wall: datetime
    brands: tuple[BrandView, ...]
    sources: tuple[SourceState, ...]
    open: tuple[store.ShownIncident, ...]
    over: tuple[store.ShownIncident, ...]
    outbox: Outbox
    heartbeat: store.Heartbeat | None
    standings: tuple[ShownStanding, ...] = ()
    unreached: tuple[int, ...] = ()
    silent_brands: tuple[str, ...] = ()
    command: str = "siaga"
    unseen: Mapping[int, float] = field(default_factory=dict)
    budgets: tuple[Budget, ...] = ()
    configured: bool = False
    left_out: tuple[tuple[Exclusion, int], ...] = ()
    held: Held | None = None
    late: tuple[Page, ...] = ()
    unheard: tuple[tuple[str, str], ...] = ()
    open_count: int = 0
    copied: datetime | None = None

    @property
    def not_shown(self) -> int:
        """How many open incidents are not in ``open``."""
        return max(0, self.open_count - len(self.open))

    @property
    def alive(self) -> bool:
        """Whether a daemon left a sign of life lately."""
        return self.heartbeat is not None and self.wall - self.heartbeat.at < SILENT

    @property
    def blind(self) -> tuple[SourceState, ...]:
        """The sources that somebody must look at."""
        return tuple(source for source in self.sources if source.health == "blind")


def overview(app: App | Opened, now: datetime, wall: datetime) -> Overview:
    """Read it all. Raises ``DatabaseProblem`` where the database does not answer."""
    with app.db.read() as tx:
        progress, digests, found = store.progress(tx), store.digests(tx), store.incidents(tx)
        sources, outbox = _real(source_states(tx, recorded=True)), summary(tx, wall)
        alive, judged = store.heartbeat(tx), tuple(standings(tx))
        known, spent = gaps(tx, now - RECENT, now), spent_by_source(tx, day_of(wall))
        words, counted = exclusions(tx, list(app.brands)), counts(tx, now - LATELY)
        kept, late = held(tx), tuple(held_pages(tx))
        count, copied = store.open_incidents(tx), copied_at(tx)
        unreached = () if app.replay else tuple(store.unreached(tx, now - REACHED_AFTER))
    brands = tuple(
        _brand(app, slug, now, progress.get(slug), digests, sources)
        for slug, brand in app.brands.items()
        if not is_drill(slug)
    )
    return Overview(
        now,
        wall,
        brands,
        sources,
        tuple(i for i in found if i.state != "resolved"),
        tuple(i for i in found if i.state == "resolved"),
        outbox,
        alive,
        judged,
        unreached,
        () if app.replay else tuple(b.name for b in mute(app.settings) if b.mode == "live"),
        command_of(app.settings),
        {s.id: share for s in sources if (share := _unseen(s, known.get(s.id, ()), now)) > 0.005},
        tuple(budgets(app, sources, spent, wall)),
        any(brand.sources for brand in app.settings.brands),
        tuple((one, counted.get(one.id, 0)) for one in words),
        kept,
        late,
        _unheard(app, sources),
        count,
        copied if copied and now - copied < RECENT else None,
    )


def _unheard(app: App | Opened, sources: Sequence[SourceState]) -> tuple[tuple[str, str], ...]:
    if app.settings.web.meta_webhooks:
        return ()
    found = []
    for source in sources:
        with suppress(UnknownConnector, ImportError):
            if source.active and (what := get(source.connector).info.hooked):
                found.append((f"{source.brand} {source.title}", what))
    return tuple(found)


def _real(sources: Sequence[SourceState]) -> tuple[SourceState, ...]:
    """Without those that a drill plays."""
    return tuple(source for source in sources if not is_drill(source.brand))


def _unseen(source: SourceState, known: Sequence[Gap], now: datetime) -> float:
    """The share of the last ``RECENT``, since it was listened to, that a source has not told."""
    if source.covered_from is None:
        return 0.0
    start = max(now - RECENT, source.covered_from)
    return length(source_gaps(source, known, start, now), start, now) / max(now - start, BUCKET)


def _brand(
    app: App | Opened,
    slug: str,
    now: datetime,
    seen: store.BrandProgress | None,
    digests: Mapping[str, tuple[str, datetime]],
    sources: Sequence[SourceState],
) -> BrandView:
    learning = seen.learning_until if seen else None
    begun = [s.covered_from for s in sources if s.brand in (slug, ANY) and s.covered_from]
    if begun and not (seen and seen.watched):  # the detectors' states are stored after an hour
        learning = min(begun) + app.settings.rules.warm_up
    week, at = digests.get(slug, ("", None))
    brand = app.brands[slug]
    return BrandView(
        slug,
        brand.name,
        brand.mode,
        brand.time_zone,
        seen.closed_until if seen else None,
        learning if learning and learning > now else None,
        week,
        at,
    )
