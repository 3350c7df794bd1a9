"""A clock that is wrong and that nobody mends: people are told once, where all messages go."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerting.i18n import Localizer
from monitor.app import App
from monitor.jobs.announce import announce, live_brands
from monitor.jobs.respond.routing import localizer_for
from monitor.model import ANY
from monitor.store.meta import get_meta, put_meta
from monitor.store.outbox import keys

LASTING_S = 300.0
"""What is wrong for less NTP may be mending."""


def how_wrong(off_s: float, say: Localizer) -> str:
    """By how much, and in which direction, in a sentence without its end."""
    span = say.duration(timedelta(seconds=abs(off_s)))
    if off_s > 0:
        return say._("the clock of Siaga's machine is {span} ahead", span=span)
    return say._("the clock of Siaga's machine is {span} behind", span=span)


def tell_clock_off(app: App, now: datetime, wall: datetime) -> bool:
    """Promise a message about a clock that has been wrong for minutes, once until it was right;
    none where every brand is only watched."""
    with app.db.read() as tx:
        known = get_meta(tx, "clock") or {}
    if known.get("off_for_s", 0.0) < LASTING_S or known.get("told") or not live_brands(app):
        return False
    say = localizer_for(app, ANY)
    wrong = how_wrong(known["off_s"], say)
    headline = wrong[:1].upper() + wrong[1:]
    summary = say._(
        "So say the hosts it reads. Set it (NTP): what people write seems to be so much older or "
        "younger, and a crisis may be told late or not at all. Digests and retention wait while it "
        "is more than an hour ahead. This is said once."
    )
    with app.db.write() as tx:
        put_meta(tx, "clock", {**(get_meta(tx, "clock") or {}), "told": True})
        promised = announce(app, tx, keys.clock_off(wall), headline, summary, now, severity="SEV3")
    app.wake()
    return promised
