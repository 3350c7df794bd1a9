"""What platforms tell by webhook: kept when it comes, and read by the polls of its account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.base import Connector, Hook, SourceSpec
from monitor.app import App, Opened
from monitor.store.hooks import hooks_after, keep_hooks

MOST = 500
"""So many are read by one poll; the next one goes on behind them."""


def keep(app: App | Opened, hooks: Sequence[Hook]) -> int:
    """Keep what came, each once however often it comes; how many were new."""
    rows = [
        {
            "key": hook.key,
            "platform": hook.platform,
            "account": hook.account,
            "field": hook.field,
            "value": dict(hook.value),
            "at": hook.at,
        }
        for hook in hooks
    ]
    with app.db.write() as tx:
        return keep_hooks(tx, rows, app.wall())


def with_hooks(
    app: App, connector: Connector, spec: SourceSpec, after: int
) -> tuple[SourceSpec, int]:
    """What is asked, with what came for the source behind that number; the number of the last."""
    info, options = connector.info, getattr(connector, "options", None)
    if not info.hooked or not app.settings.web.meta_webhooks:
        return spec, after
    account = str(getattr(options, info.account, "") or "").rpartition(":")[2]
    with app.db.read() as tx:
        kept = hooks_after(tx, info.platform, account, after, MOST)
    told = tuple(Hook(k.key, k.platform, k.account, k.field, k.value, k.at) for k in kept)
    return replace(spec, hooks=told), kept[-1].id if kept else after
