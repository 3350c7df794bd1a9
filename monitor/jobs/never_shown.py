"""Feeds that are read and have never shown an entry: a quiet one, or the wrong address. People are
asked once, in the brand's channel; nobody is named, for a new feed may well be quiet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from alerting.i18n import Localizer
from monitor.app import App
from monitor.jobs.announce import announce, live_brands
from monitor.jobs.respond.routing import localizer_for
from monitor.store.meta import get_meta, put_meta
from monitor.store.outbox import keys
from monitor.store.source_state import SourceState
from monitor.store.sources import source_states

NEVER_SHOWN = timedelta(days=1)
"""So long a list that is read may be empty from its very first poll before people are asked."""

TOLD = "never_shown"
"""The fact that says since when each source was empty when people were asked about it."""


def has_never_shown(sources: Iterable[SourceState], now: datetime) -> list[SourceState]:
    """Those of the sources that are to be asked about."""
    return [
        source
        for source in sources
        if source.active and source.empty == "list" and source.empty_since
        if now - source.empty_since >= NEVER_SHOWN
    ]


def question(source: SourceState, say: Localizer) -> str:
    """What people are asked about one."""
    return say._(
        "{source} has not shown a single entry since {time}: is it the right address?",
        source=source.title,
        time=f"{source.empty_since:%Y-%m-%d %H:%M} UTC",
    )


def tell_never_shown(app: App, now: datetime) -> int:
    """Promise a message for each brand that has such sources nobody was asked about: one for all of
    them. How many messages; none for a brand that is only watched."""
    with app.db.read() as tx:
        found = has_never_shown(source_states(tx), now)
        told = get_meta(tx, TOLD) or {}
    new = [source for source in found if told.get(str(source.id)) != _since(source)]
    promised = 0
    for slug in sorted({source.brand for source in new} & live_brands(app)):
        mine = [source for source in new if source.brand == slug]
        promised += _tell(app, slug, mine, now)
    if promised:
        app.wake()
    return promised


def _tell(app: App, brand: str, sources: list[SourceState], now: datetime) -> bool:
    say, first = localizer_for(app, brand), sources[0]
    headline = say._(
        "Nothing has ever been seen of {sources}",
        sources=", ".join(source.title for source in sources),
    )
    asked = "\n".join(question(source, say) for source in sources)
    rest = say._(
        "A new feed may be quiet; then there is nothing to do, and this is said once. From a wrong "
        "address nothing is ever heard."
    )
    assert first.empty_since is not None
    with app.db.write() as tx:
        told = (get_meta(tx, TOLD) or {}) | {str(s.id): _since(s) for s in sources}
        put_meta(tx, TOLD, told)
        key = keys.never_shown(first.id, first.empty_since)
        return announce(app, tx, key, headline, f"{asked}\n{rest}", now, brand=brand)


def _since(source: SourceState) -> str:
    return source.empty_since.isoformat() if source.empty_since else ""
