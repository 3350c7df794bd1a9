"""Erasing what somebody has a right to have erased: in the store, in what was and will be told.

A legal hold does not stand against it: it keeps things from our own retention, not from a person's
or a platform's demand.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.app import App
from monitor.store.meta import get_meta, put_meta
from monitor.store.outbox.quotes import quoted_since, unquote
from monitor.store.removals import (
    Name,
    at_address,
    erase,
    erasures,
    without_text,
    written_by,
)

log = logging.getLogger(__name__)

LATELY = timedelta(days=7)
"""Messages promised since then are looked at again: one may have been worded from what was read
just before it was erased."""

LOOKED_FOR = timedelta(hours=1)
"""So long after an erasure; nothing is worded for longer."""

LOOKED = "erasure_looked"


@dataclass(frozen=True, slots=True)
class Demand:
    """What is to be erased: mentions by name, everything of authors (platform, handle), what is at
    addresses. ``who`` does it, and why."""

    who: str
    reason: str
    mentions: Sequence[Name] = ()
    authors: Sequence[tuple[str, str]] = ()
    addresses: Sequence[str] = ()


def found_by(app: App, demand: Demand) -> list[Name]:
    """The mentions that a demand is about and that still have their text."""
    with app.db.read() as tx:
        gone = set(without_text(tx, demand.mentions)) if demand.mentions else set()
        names = [name for name in demand.mentions if name not in gone]
        for platform, handle in demand.authors:
            names += written_by(tx, platform, handle)
        for url in demand.addresses:
            names += at_address(tx, url)
    return list(dict.fromkeys(names))


def carry_out(app: App, demand: Demand) -> int:
    """Erase it. How many mentions lost their text and author."""
    names = found_by(app, demand)
    with app.db.write() as tx:
        done = erase(tx, names)
    if done:
        log.info("mentions erased by %s: %d (%s)", demand.who, done, demand.reason)
        app.wake()
    return done


def unquote_erased(app: App, now: datetime) -> int:
    """Take out of the latest messages what was erased while they were being worded. How many.
    Where nothing was erased lately no message is read."""
    with app.db.read() as tx:
        times, looked = erasures(tx), get_meta(tx, LOOKED)
    if looked is None or looked["times"] != times:
        with app.db.write() as tx:
            until = now + LOOKED_FOR
            put_meta(tx, LOOKED, {"times": times, "until": until.isoformat()})
    elif now >= datetime.fromisoformat(looked["until"]):
        return 0
    with app.db.read() as tx:
        names = quoted_since(tx, now - LATELY)
        gone = without_text(tx, names) if names else []
    if not gone:
        return 0
    with app.db.write() as tx:
        changed = unquote(tx, gone)
    if changed:
        app.wake()
    return changed
