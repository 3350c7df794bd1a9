"""A new sentiment model, or a person's corrections, must never look like a change of opinion.

The brand's past is scored again before it counts: in batches, each a short transaction, so that a
crash loses nothing. Until that is done the brand's sentiment counts as not covered; then
the detectors of negative shares run over the past anew, in silence.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor.app import App
from monitor.detect.registry import MEASURES
from monitor.model import ALL, SeriesKey
from monitor.store.engine import Transaction
from monitor.store.meta import get_metas, put_meta
from monitor.store.rescored import put_scores, stale
from monitor.store.series import all_progress
from monitor.store.signals import drop_states

log = logging.getLogger(__name__)

WINDOW = timedelta(days=28)
"""How far back a brand's negative shares are compared."""


@dataclass(frozen=True, slots=True)
class ScoringEpoch:
    """From when a brand's shares can be compared (None: from its beginning), and from when what
    they show is told (None: always). ``stale``: not at all, for now."""

    stale: bool = False
    since: datetime | None = None
    notify_after: datetime | None = None


def scoring_epochs(tx: Transaction, app: App) -> dict[str, ScoringEpoch]:
    """How far each brand's past is by the model that reads now."""
    known = get_metas(tx, [_name(slug) for slug in app.brands])
    found = {}
    for slug in app.brands:
        fact = known.get(_name(slug), {})
        other = bool(fact) and fact["version"] != app.enricher.model_version(slug)
        found[slug] = ScoringEpoch(
            stale=other,
            since=_time(fact, "since"),
            notify_after=_time(fact, "notify_after") or _time(fact, "loud"),  # "loud" until 0.1
        )
    return found


def rescore(app: App, now: datetime, *, limit: int = 500) -> bool:
    """Score up to ``limit`` readings again, of the brands whose model is another than before.
    True: there is nothing left to do."""
    with app.db.read() as tx:
        known = get_metas(tx, [_name(slug) for slug in app.brands])
    for slug in app.brands:
        version = app.enricher.model_version(slug)
        fact = known.get(_name(slug))
        current = fact is not None and fact["version"] == version
        if not current and not _batch(app, slug, version, fact or {}, now, limit):
            return False
    return True


def is_current(tx: Transaction, app: App) -> bool:
    """Whether every brand's past is by the model that reads now."""
    known = get_metas(tx, [_name(slug) for slug in app.brands])
    return all(
        known.get(_name(slug), {}).get("version") == app.enricher.model_version(slug)
        for slug in app.brands
    )


def _batch(
    app: App, brand: str, version: str, fact: dict[str, Any], now: datetime, limit: int
) -> bool:
    """One batch of one brand. True: it is done, and its sentiment counts again."""
    if fact.get("to") != version:
        fact = {"version": fact.get("version", ""), "to": version, "after": 0}
        fact["since"] = (now - WINDOW).isoformat()
    since = datetime.fromisoformat(fact["since"])
    with app.db.read() as tx:
        rows = stale(tx, brand, version, since, fact["after"], limit)
    if not rows:
        _done(app, brand, version, fact)
        return True
    read = app.enricher.read([row.mention for row in rows], [brand], own_content=True)
    scores = {
        row.mention_id: next((r for r in readings if r.brand == brand), None)
        for row, readings in zip(rows, read, strict=True)
    }
    with app.db.write(durable=False) as tx:
        put_scores(tx, brand, version, scores)
        put_meta(tx, _name(brand), {**fact, "after": rows[-1].mention_id})
    return False


def _done(app: App, brand: str, version: str, fact: dict[str, Any]) -> None:
    done: dict[str, Any] = {"version": version}
    with app.db.write() as tx:
        if fact["after"]:  # there was a past by another model
            upto = all_progress(tx).get(brand)
            notify_after = upto.closed_until if upto else None
            done |= {
                "since": fact["since"],
                "notify_after": notify_after and notify_after.isoformat(),
            }
            made = [app.detectors_for(SeriesKey(brand, ALL, measure)) for measure in MEASURES]
            drop_states(tx, brand, {detector.name for of in made for detector in of})
            log.info("%s: the past is scored by %s now", brand, version)
        put_meta(tx, _name(brand), done)


def _name(brand: str) -> str:
    return f"model:{brand}"


def _time(fact: dict[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(fact[name]) if fact.get(name) else None
