"""Who is on call: the config's rota with the covers people have taken; told at a shift's start, and
where the rota has nobody."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.model import Target
from alerting.oncall import (
    Rota,
    Schedule,
    Shift,
    gaps,
    on_call,
    shifts,
)
from monitor.app import App
from monitor.jobs.announce import announce
from monitor.jobs.respond.routing import localizer_for
from monitor.jobs.rota import names_of, rota
from monitor.model import ANY
from monitor.problems import Problem
from monitor.store import oncall as store
from monitor.store.engine import Transaction
from monitor.store.outbox import keys

log = logging.getLogger(__name__)

LATE = timedelta(hours=1)
"""A shift's start that was missed for so long is not told any more."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A cover that was written down, and whom it relieves."""

    cover: store.Cover
    instead_of: str


def cover(
    app: App,
    person: str,
    schedule: str,
    start: datetime,
    end: datetime,
    *,
    who: str,
    now: datetime,
    reason: str = "",
) -> Covered:
    """Put a person on call for a while, write it down, and announce it. Raises Problem where there
    is no such person or schedule, or the time is over."""
    with app.db.write() as tx:
        return cover_in(app, tx, person, schedule, start, end, who=who, now=now, reason=reason)


def cover_in(
    app: App,
    tx: Transaction,
    person: str,
    schedule: str,
    start: datetime,
    end: datetime,
    *,
    who: str,
    now: datetime,
    reason: str = "",
) -> Covered:
    """``cover`` within a transaction."""
    names = {p.slug for p in app.settings.people}
    if person not in names:
        known = ", ".join(sorted(names)) or "nobody yet"
        raise Problem(f"{person} is not one of `people` in the config; there are: {known}")
    if end <= max(start, now):
        raise Problem("that time is over already; say a later one")
    before = _find(rota(app, tx, now), schedule)
    relieved, _ = on_call(before, max(start, now))
    made = store.add_cover(
        tx,
        schedule=schedule,
        person=person,
        start=start,
        end=end,
        made_at=app.wall(),
        made_by=who,
        reason=reason,
    )
    _announce(app, tx, made, relieved, now)
    log.info("%s is on call in %s until %s, by %s", person, schedule, end.isoformat(), who)
    return Covered(made, relieved)


def swap(
    app: App,
    name: str,
    other: str,
    schedule: str,
    start: datetime,
    end: datetime,
    *,
    who: str,
    now: datetime,
    reason: str = "",
) -> list[Covered]:
    """Put ``other`` on call wherever ``name`` is, between two times. Raises Problem where ``name``
    is not on call then at all."""
    with app.db.write() as tx:
        return swap_in(app, tx, name, other, schedule, start, end, who=who, now=now, reason=reason)


def swap_in(
    app: App,
    tx: Transaction,
    name: str,
    other: str,
    schedule: str,
    start: datetime,
    end: datetime,
    *,
    who: str,
    now: datetime,
    reason: str = "",
) -> list[Covered]:
    """``swap`` within a transaction: all of it or, with a Problem, none."""
    found = shifts(_find(rota(app, tx, now), schedule), start, end) if end > start else []
    mine = [shift for shift in found if shift.person == name]
    if not mine:
        raise Problem(f"{name} is not on call in {schedule} in that time")
    return [
        cover_in(app, tx, other, schedule, s.start, s.end, who=who, now=now, reason=reason)
        for s in mine
    ]


def uncover(app: App, person: str, schedule: str, now: datetime, *, who: str) -> str:
    """Give back what a person took of a running shift. Who is on call then. Raises Problem where
    they took none."""
    with app.db.write() as tx:
        _find(rota(app, tx, now), schedule)
        if not store.withdraw_covers(tx, schedule, person, now, app.wall()):
            raise Problem(f"{person} has not taken over a shift of {schedule} that is running")
        back, _ = on_call(_find(rota(app, tx, now), schedule), now)
    log.info("%s gave back the shift of %s, by %s; %s is on call", person, schedule, who, back)
    return back


def running_shift(app: App, schedule: str, now: datetime) -> Shift:
    """The shift that is running. Raises Problem where there is no such schedule."""
    with app.db.read() as tx:
        found = _find(rota(app, tx, now), schedule)
    return next(s for s in shifts(found, now, now + timedelta(days=62)) if s.start <= now < s.end)


def tell_shifts(app: App, now: datetime) -> int:
    """Tell everybody whose shift begins, and of the next gap in the rota as far ahead as the
    config says; each once. How many were told."""
    with app.db.read() as tx:
        whole = rota(app, tx, now)
    told = 0
    for settings in app.settings.schedules:
        schedule = whole.schedules[settings.slug]
        told += _tell_start(app, whole, schedule, now)
        ahead = now + timedelta(days=settings.warn_gap_days_ahead)
        gap = next(iter(gaps(schedule, now, ahead)), None) if ahead > now else None
        if gap is not None:
            told += _tell_gap(app, whole, schedule, gap, now)
    if told:
        app.wake()
    return told


def _tell_start(app: App, whole: Rota, schedule: Schedule, now: datetime) -> bool:
    found = shifts(schedule, now - LATE, now + timedelta(days=31))
    current = next(shift for shift in found if shift.start <= now < shift.end)
    if current.gap or current.start <= now - LATE:
        return False
    person = whole.people.get(current.person)
    say = localizer_for(app, ANY)
    headline = say._(
        "{name} is on call now ({schedule}), until {when}",
        name=person.name if person else current.person,
        schedule=schedule.slug,
        when=say.moment(current.end, now),
    )
    key = keys.shift_start(schedule.slug, current.person, current.start)
    target = (Target("person", person.slack),) if person and person.slack else ()
    return _say(app, key, headline, "", target, now)


def _tell_gap(app: App, whole: Rota, schedule: Schedule, gap: Shift, now: datetime) -> bool:
    say = localizer_for(app, ANY)
    headline = say._(
        "Nobody is on call in {schedule} from {start} to {end}",
        schedule=schedule.slug,
        start=say.moment(gap.start, now),
        end=say.moment(gap.end, now),
    )
    fallback = whole.people.get(schedule.fallback)
    summary = (
        say._("Pages then go to {name}. `siaga oncall cover` fills it.", name=fallback.name)
        if fallback
        else say._("Pages then name nobody. `siaga oncall cover` fills it.")
    )
    return _say(app, keys.rota_gap(schedule.slug, gap.end), headline, summary, (), now)


def _say(
    app: App, key: str, headline: str, summary: str, targets: tuple[Target, ...], now: datetime
) -> bool:
    with app.db.write() as tx:
        return announce(app, tx, key, headline, summary, now, targets=targets)


def _announce(app: App, tx: Transaction, made: store.Cover, relieved: str, now: datetime) -> None:
    names = names_of(app.settings)
    say = localizer_for(app, ANY)
    headline = say._(
        "{name} is on call in {schedule} until {when}, in place of {other}",
        name=names.get(made.person, made.person),
        schedule=made.schedule,
        when=say.moment(made.end, now),
        other=names.get(relieved, relieved) or "–",
    )
    summary = say._("By {who}. {reason}", who=made.made_by, reason=made.reason).strip()
    announce(app, tx, keys.cover(made.id), headline, summary, now)


def _find(whole: Rota, schedule: str) -> Schedule:
    if schedule not in whole.schedules:
        known = ", ".join(whole.schedules) or "none yet"
        raise Problem(f"there is no schedule {schedule!r} in the config; there are: {known}")
    return whole.schedules[schedule]
