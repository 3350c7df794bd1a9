"""Sources that are refused a part of what they should read: people are told once what is unseen,
where the brand's messages go. Nobody is named, for the rest is heard."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from monitor.app import App
from monitor.jobs.announce import announce, live_brands
from monitor.jobs.respond.routing import localizer_for
from monitor.model import ANY
from monitor.store.meta import get_meta, put_meta
from monitor.store.outbox import keys
from monitor.store.source_state import PART_KIND, SourceState
from monitor.store.sources import source_states

LASTING = timedelta(minutes=30)
"""What is refused for less may be a slip of the platform, or is being mended."""

TOLD = "seen_in_part"
"""The fact that says when people were told of each source that is seen in part."""


def seen_only_in_part(sources: Iterable[SourceState], now: datetime) -> list[SourceState]:
    """Those of the sources that are to be told of."""
    return [
        source
        for source in sources
        if source.active and source.health_kind == PART_KIND and source.health_since
        if now - source.health_since >= LASTING
    ]


def tell_seen_in_part(app: App, now: datetime) -> int:
    """Promise a message for each such source that nobody was told of since it was well. How many;
    none for a brand that is only watched."""
    with app.db.read() as tx:
        sources = source_states(tx)
        told = get_meta(tx, TOLD) or {}
    well = {str(source.id) for source in sources if source.ok}
    live = live_brands(app) | {ANY}
    new = [
        source
        for source in seen_only_in_part(sources, now)
        if source.brand in live and str(source.id) not in told
    ]
    if well.isdisjoint(told) and not new:
        return 0
    promised = 0
    with app.db.write() as tx:
        before = get_meta(tx, TOLD) or {}
        kept = {name: since for name, since in before.items() if name not in well}
        for source in new:
            kept[str(source.id)] = now.isoformat()
            say = localizer_for(app, source.brand)
            headline = say._("{source} sees only a part", source=source.title)
            rest = say._(
                "That is not seen until the platform permits it again; the rest is. "
                "This is said once."
            )
            summary = f"{say.reason(source.health_reason)}\n{rest}"
            key = keys.seen_in_part(source.id, source.health_since or now)
            promised += announce(app, tx, key, headline, summary, now, brand=source.brand)
        put_meta(tx, TOLD, kept)
    if promised:
        app.wake()
    return promised
