"""Which stored mentions a source may look up again, to learn of deletions and edits."""

from __future__ import annotations

from datetime import datetime

from connectors.base import Info
from monitor.app import App
from monitor.jobs.upkeep.retention import kept_for
from monitor.model import ANY
from monitor.settings.model import SourceSettings
from monitor.store.removals import next_to_recheck
from monitor.store.source_state import SourceState


def to_recheck(
    app: App, source: SourceState, info: Info, now: datetime
) -> tuple[tuple[str, ...], int]:
    """The next ids in turn, and the number to go on from. Sources of one brand on one platform
    share its mentions: each look-up may be paid for."""
    if not info.recheck or ANY in (source.brand, info.platform):
        return (), 0
    since = now - kept_for(app.settings.retention, info.platform)
    with app.db.read() as tx:
        ids, after = next_to_recheck(
            tx,
            source.brand,
            info.platform,
            source.recheck_after,
            since,
            info.recheck,
            _share(app, source),
        )
    return tuple(ids), after


def _share(app: App, source: SourceState) -> tuple[int, int]:
    """Which part of the mentions is this source's, of how many parts."""
    names = [
        one.name
        for brand in app.settings.brands
        if brand.slug == source.brand
        for one in brand.sources
        if one.connector == source.connector and _looks_up(app, one)
    ]
    return (names.index(source.name), len(names)) if source.name in names else (0, 1)


def _looks_up(app: App, settings: SourceSettings) -> bool:
    try:
        return app.connector_for(settings).info.recheck > 0
    except Exception:  # a source that cannot be made looks nothing up; it says so itself
        return False
