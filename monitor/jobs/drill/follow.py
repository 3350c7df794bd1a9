"""A drill's course: played like any brand while it runs, and taken away without a trace.

Everything heard of a drill is kept under a brand of its own (``kopi-senja~drill-3``), so that no
row of the real brand is ever touched; a process that dies leaves rows that the next one ends.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from alerting.decide.incidents import resolved
from alerting.decide.reasons import Reason
from monitor.app import App, with_drills
from monitor.jobs.detect.detect import forget
from monitor.jobs.drill.scorecard import tell_scorecard
from monitor.jobs.poll.poll import sync_sources
from monitor.jobs.respond.apply import ConcurrentUpdate, apply
from monitor.jobs.respond.render import render
from monitor.jobs.respond.routing import localizer_for
from monitor.model import URGENT
from monitor.store import drills as store
from monitor.store.drills import Drill
from monitor.store.incidents import list_incidents, read_incident

log = logging.getLogger(__name__)

LATELY = timedelta(minutes=15)
"""What another process still wrote of a drill when it ended is taken away for so long."""

SIAGA = "Siaga"
"""Who ends a drill that nobody ended."""


def follow_drills(app: App, now: datetime) -> App:
    """End what is over, and take up what has begun. The app that plays what runs by now."""
    with app.db.read() as tx:
        found = store.running(tx)
        over = [(drill, why) for drill in found if (why := _over(app, drill, now))]
    if not over and found == app.drills:
        return _clean(app, now)
    if over:
        app = app if found == app.drills else with_drills(app, found)
        for drill, why in over:
            finish(app, drill, now, SIAGA, why)
        with app.db.read() as tx:
            found = store.running(tx)
    app = with_drills(app, found)
    sync_sources(app, app.wall())
    app.wake()
    return app


def _over(app: App, drill: Drill, now: datetime) -> str:
    """Why a drill has to end; "" while it goes on."""
    say = localizer_for(app, drill.brand)
    if now >= drill.until:
        return say._("its time is over")
    if drill.brand not in {brand.slug for brand in app.settings.brands}:
        return say._("the brand is not in the config any more")
    with app.db.read() as tx:
        real = list_incidents(tx, brand=drill.brand)
        played = list_incidents(tx, brand=drill.slug, every=True)
    for one in real:
        if one.told and one.severity in URGENT and one.opened_at >= drill.started_at:
            return say._("incident {id} is real", id=one.id)
    told = [one for one in played if one.told]
    if told and all(one.resolved_at and one.resolved_by for one in told):
        return say._("the incident is resolved")
    return ""


def stop_drill(app: App, drill: Drill, now: datetime, who: str) -> bool:
    """A person ends it. False: it had ended."""
    why = localizer_for(app, drill.brand)._("stopped by {who}", who=who)
    return finish(app, drill, now, who, why)


def finish(app: App, drill: Drill, now: datetime, who: str, why: str) -> bool:
    """End a drill: its incidents closed, the scorecard told in their thread, everything that was
    heard of it deleted. Done again after a crash it does what was left. False: it had ended."""
    say = localizer_for(app, drill.brand)
    with app.db.read() as tx:
        played = list_incidents(tx, brand=drill.slug, every=True)
    for incident in played:
        if incident.resolved_at is None:
            _close(app, incident.id, now, who, say._("The drill is over: {why}.", why=why))
    tell_scorecard(app, drill, now)
    with app.db.write() as tx:
        ended = store.end_drill(tx, drill.id, now, who, why)
        store.forget_drill(tx, drill.slug)
    forget(app, drill.slug)
    app.wake()
    log.info("drill %d has ended: %s", drill.id, why)
    return ended


def _close(app: App, number: int, now: datetime, who: str, why: str) -> None:
    for _ in range(3):
        with app.db.read() as tx:
            incident = read_incident(tx, number)
        if incident is None or incident.resolved_at is not None:
            return
        closed = resolved(incident, Reason.RESOLVED, now, {"because": why, "drill": True}, who)
        rendered = render(app, incident, closed, now)
        try:
            with app.db.write() as tx:
                apply(tx, rendered, app.wall())
            return
        except ConcurrentUpdate:
            continue
    raise ConcurrentUpdate(f"incident {number}")


def _clean(app: App, now: datetime) -> App:
    """Take away what a slower process wrote of a drill that had ended."""
    with app.db.read() as tx:
        lately = store.not_long_over(tx, now, LATELY)
        left = [drill.slug for drill in lately if store.has_traces(tx, drill.slug)]
    for slug in left:
        with app.db.write() as tx:
            store.forget_drill(tx, slug)
    return app
