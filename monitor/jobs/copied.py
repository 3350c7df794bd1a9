"""A daemon that begins on a copy of a database: people are told once, for the original may still
run and tell everything a second time."""

from __future__ import annotations

from datetime import datetime

from monitor.app import App
from monitor.jobs.announce import announce, live_brands
from monitor.jobs.respond.routing import localizer_for
from monitor.model import ANY
from monitor.store.installation import installation, note_copied
from monitor.store.outbox import keys


def tell_copied(app: App, now: datetime) -> bool:
    """Note that this is a copy, which the page shows for a day, and promise a message of it; none
    where every brand is only watched."""
    with app.db.write() as tx:
        note_copied(tx, now)
    if not live_brands(app):
        return False
    say = localizer_for(app, ANY)
    headline = say._("Siaga has begun on a copy of its database")
    summary = say._(
        "Restored or moved, then all is well, and this is said once. If the Siaga that it was "
        "copied from still runs, two of them watch the same brands: every incident comes twice, "
        "and an acknowledgement stops one of them only. Stop one."
    )
    with app.db.write() as tx:
        key = keys.copied(installation(tx))
        return announce(app, tx, key, headline, summary, now, severity="SEV3")
