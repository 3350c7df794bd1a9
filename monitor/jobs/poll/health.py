"""What a failure means for a source: how it stands, why, and when it is asked again. Pure.

``degraded`` fails for now and may mend by itself; ``blind`` needs somebody, or has lasted.
"""

from __future__ import annotations

import logging
import math
import traceback
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from alerting.channels.sanitize import one_line
from alerting.decide.blindness import NO_ANSWER
from connectors.base import (
    REFUSALS,
    BudgetSpent,
    ConnectorError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from connectors.kit.apart import also
from connectors.kit.http import redact
from monitor.jobs.poll.validate import InvalidPage
from monitor.model import Health
from monitor.store.source_state import MISSED_KIND, PART_KIND, SourceState
from monitor.store.text import clean

log = logging.getLogger(__name__)

MAX_SAID = 5_000
"""Characters of a failure's text that are looked at."""

MIN_BACKOFF, MAX_BACKOFF = timedelta(minutes=1), timedelta(hours=1)
"""Back-off of what may mend by itself."""

LATELY, LATELY_BACKOFF = timedelta(days=1), timedelta(minutes=5)
"""What was read within the first is asked at its ordinary pace, or every so often where that is
oftener: one that comes and goes is heard whenever it is there."""

PERMANENT_RETRY = timedelta(minutes=15)
"""What a person must mend is asked again after this to twice this, so that mending is noticed."""

MAX_RETRY_AFTER = timedelta(days=2)
"""Who is to be asked in a month, when a quota begins anew, is asked before that."""

ABSURD = timedelta(days=100)
"""A platform that says "try again in a year" is not believed: it counts as having said nothing."""

JUST_READ = timedelta(minutes=12)
"""See ``_was_just_read``."""

MIN_PACE = timedelta(minutes=1)
"""No host is asked more often than that because it loses its entries."""

LEAST_MISSED, BLIND_MISSED = 0.05, 0.5
"""Share of the time since the last poll that a source has lost: from the first it counts, from the
second the source is blind if it lasts."""

OVERDUE = timedelta(minutes=4)
"""A source nobody got round to asking for so long after its time is overdue: longer than a poll
may take that is before it in the queue."""

AHEAD = timedelta(minutes=1)
"""A source counts as blind so much before its time is up, for people are to know by then."""

CONFIRMED = timedelta(minutes=3)
"""What has failed for less may pass by itself, however rarely its source is asked."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a poll failed. ``kind``: one of ``REFUSALS``, query, unavailable, rate_limit,
    hang, garbage, overdue or budget. ``permanent``: it cannot pass by itself, somebody must act;
    ``refusal``: nor can this, unless the source worked before, for then it may have been a slip of
    the platform."""

    kind: str
    reason: str
    permanent: bool = False
    refusal: bool = False
    retry_at: datetime | None = None


def failure_of(error: Exception) -> Failure:
    """The failure that an exception stands for. What is not the contract's is not repeated: the
    text of a stranger's exception may hold a secret."""
    if isinstance(error, Unauthorized):
        kind = error.reason if error.reason in REFUSALS else "token"
        passing = kind == "permission"
        return Failure(kind, _line(error), permanent=not passing, refusal=passing)
    if isinstance(error, Rejected):
        return Failure("query", _line(error), permanent=error.gone, refusal=not error.gone)
    if isinstance(error, RateLimited):
        at = error.retry_at
        aware = isinstance(at, datetime) and at.tzinfo is not None
        kind = "budget" if isinstance(error, BudgetSpent) else "rate_limit"
        return Failure(kind, _line(error), retry_at=at if aware else None)
    if isinstance(error, Unavailable | ConnectorError):
        return Failure("unavailable", _line(error))
    if isinstance(error, InvalidPage):
        return Failure("garbage", f"Its answers cannot be used: {_line(error)}.")
    return Failure("garbage", f"Reading it failed in a way it should not ({where(error)}).")


def where(error: Exception) -> str:
    """An exception's type and place, without its text."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def _line(error: Exception) -> str:
    """What a failure says, as it may be stored, logged and shown: on one line, without what steers
    a terminal or hides, without what addresses ask (some are signed). Where a platform's own words
    should follow and it has none, the sentence ends before them."""
    said = _one_line(str(error)).rstrip()
    return f"{said[:-1]}." if said.endswith(":") else said or type(error).__name__


def _one_line(text: str) -> str:
    said = redact(one_line(clean(text[:MAX_SAID])), {})
    return "".join(filter(str.isprintable, said))[:500]


def blind_at(
    last_ok: datetime | None, failing_since: datetime, after: timedelta, *, waits: bool = False
) -> datetime:
    """When a source that fails since then counts as blind: ``after`` its last good poll, for it may
    have gone deaf right after that; but not before it has been asked again, unless it ``waits``:
    nobody asks it for longer, and nothing can pass meanwhile."""
    last = min(last_ok or failing_since, failing_since)
    asked_again = timedelta(0) if waits else min(CONFIRMED, after)
    return max(last + after - AHEAD, failing_since + asked_again)


def failed(
    source: SourceState, failure: Failure, now: datetime, wall: datetime, after: timedelta
) -> dict[str, Any]:
    """The columns of a source whose poll, begun ``now``, failed. ``after``: how long nothing may be
    read of it before it counts as blind."""
    goes_on = not source.answers or source.health == Health.BLIND
    since = source.health_since if goes_on and source.health_since else now
    blind = _at_once(source, failure) or source.health == Health.BLIND
    waits = (_told_wait(failure, wall) or timedelta()) >= CONFIRMED
    blind = blind or now >= blind_at(source.last_ok_at, since, after, waits=waits)
    return {
        "health": Health.BLIND if blind else Health.DEGRADED,
        "health_since": since,
        "health_kind": failure.kind,
        "health_reason": failure.reason,
        "failures": source.failures + 1,
        "next_poll_at": retry_at(source, failure, wall, blind=blind),
    }


def _at_once(source: SourceState, failure: Failure) -> bool:
    return failure.permanent or (failure.refusal and source.last_ok_at is None)


def recovered(source: SourceState, now: datetime) -> dict[str, Any]:
    """The columns of a source whose poll went well."""
    return {
        "health": Health.OK,
        "health_since": source.health_since if source.ok and source.health_since else now,
        "health_kind": "",
        "health_reason": "",
        "failures": 0,
        "last_ok_at": now,
    }


_LOST = (
    "It has lost {share} of what it had since the last poll when it is asked: it shows its newest "
    "entries only, or others each time."
)


def seen_in_part(
    source: SourceState,
    missed: timedelta,
    now: datetime,
    wall: datetime,
    after: timedelta,
    *,
    may_hurry: bool,
    why: str = "",
) -> dict[str, Any]:
    """The columns of a source whose poll went well and told what it could, ``missed`` of the time
    since the last poll being lost to it: how it is doing, and when it is asked again.

    One such poll that came late is what an outage of ours leaves behind. One in its time, or a
    second, says that it loses entries faster than it is asked: it is degraded, and asked sooner
    (``may_hurry``: that costs nothing), but for the trial of another day. ``why``: its own reason.
    """
    pace = timedelta(seconds=min(source.pace_s or source.every_s, source.every_s))
    begun = source.polled_until or now
    interval = now - begun
    share = min(1.0, missed / interval) if interval else 0.0
    if share < LEAST_MISSED:
        pace *= 1 if begun.date() == now.date() else 2
        return {"missed_polls": 0, "pace_s": _whole(pace)} | _goes_on_losing(source, now, after)
    in_time = interval <= 1.5 * pace + MIN_PACE
    if may_hurry:
        pace = min(pace, max((interval - missed) * 0.7, MIN_PACE))
    values: dict[str, Any] = {"missed_polls": source.missed_polls + 1, "pace_s": _whole(pace)}
    since = (source.health_since if source.health_kind == MISSED_KIND else None) or begun
    if not (source.health_kind == MISSED_KIND or in_time or source.missed_polls):
        return values
    look, blind = _next_look(source, share, pace, since + after - now, may_hurry=may_hurry)
    return values | {
        "health": Health.BLIND if blind else Health.DEGRADED,
        "health_since": since,
        "health_kind": MISSED_KIND,
        "health_reason": why or _LOST.format(share=f"{share:.0%}"),
        "last_ok_at": now,
        "next_poll_at": wall + look,
    }


def _goes_on_losing(source: SourceState, now: datetime, after: timedelta) -> dict[str, Any]:
    """The columns of a source that lost its entries until this poll, which may have been luck: it
    is well after a second one."""
    if not source.missed_polls or source.health_kind != MISSED_KIND or not source.health_since:
        return {}
    blind = source.health == Health.BLIND or now >= source.health_since + after - AHEAD
    return {
        "health": Health.BLIND if blind else Health.DEGRADED,
        "health_since": source.health_since,
        "health_kind": MISSED_KIND,
        "health_reason": source.health_reason,
        "last_ok_at": now,
    }


def sees_part(source: SourceState, unseen: Collection[str], now: datetime) -> dict[str, Any]:
    """The columns of a source whose poll went well, but for parts that the platform refuses
    (``unseen``): degraded for as long as they are, and never blind for that."""
    if not unseen:
        return {}
    goes_on = source.health_kind == PART_KIND and source.health_since
    return {
        "health": Health.DEGRADED,
        "health_since": source.health_since if goes_on else now,
        "health_kind": PART_KIND,
        "health_reason": _one_line(also(list(unseen))),
        "last_ok_at": now,
    }


def _next_look(
    source: SourceState, share: float, pace: timedelta, left: timedelta, *, may_hurry: bool
) -> tuple[timedelta, bool]:
    """When a source that loses ``share`` of what it has is asked again, and whether it is blind
    until then: when half is lost again and the next look would come after ``left``, by when people
    are to know; where it cannot be asked sooner, the first time."""
    if share < BLIND_MISSED:
        return pace, False
    look = min(pace, max(left - MIN_PACE, MIN_PACE)) if may_hurry else pace
    sure = bool(source.missed_polls) or not may_hurry
    blind = sure and look > left
    return (pace if blind else look), blind


def _whole(pace: timedelta) -> int:
    return math.ceil(pace.total_seconds())


def shown(source: SourceState, empty: Collection[str], now: datetime) -> dict[str, Any]:
    """The columns of a source that say since when it has shown nothing at all; ``empty``: what the
    pages of a poll say of that."""
    if not empty or "" in empty:
        return {"empty": "", "empty_since": None}
    return {"empty": max(empty), "empty_since": source.empty_since or now}


def retry_at(
    source: SourceState, failure: Failure, wall: datetime, *, blind: bool = True
) -> datetime:
    """When to ask again: what the platform said; within a minute after the first failure among good
    polls and after a refusal, for either may have been a slip; else twice as long each time, up to
    its ordinary pace where it was read lately.
    Sources that fell together do not come back together: each has its own, repeatable, jitter."""
    jitter = int(sha256(f"{source.id}:{source.failures}".encode()).hexdigest()[:4], 16) / 0xFFFF
    told = _told_wait(failure, wall)
    if told is not None and told >= MIN_BACKOFF:
        return wall + min(told + jitter * timedelta(seconds=10), MAX_RETRY_AFTER)
    slip = source.failures == 0 and not failure.permanent and _was_just_read(source, wall)
    if not blind and (failure.refusal or slip):
        return wall + MIN_BACKOFF * (0.5 + jitter / 2)
    if failure.permanent or failure.refusal:
        return wall + PERMANENT_RETRY * (1 + jitter)
    wait = MIN_BACKOFF * (1 << min(source.failures, 10))
    if failure.kind in NO_ANSWER and source.last_ok_at and wall - source.last_ok_at < LATELY:
        wait = min(wait, max(timedelta(seconds=source.every_s), LATELY_BACKOFF))
    return wall + min(max(wait * (0.75 + jitter / 2), MIN_BACKOFF), MAX_BACKOFF)


def _told_wait(failure: Failure, wall: datetime) -> timedelta | None:
    """How long the platform says not to ask; None where it says nothing that can be believed."""
    wait = failure.retry_at - wall if failure.retry_at is not None else None
    return None if wait is None or wait > ABSURD else wait


def _was_just_read(source: SourceState, wall: datetime) -> bool:
    """Whether there is time to ask twice before it is to be told: who is asked seldom is not taken
    for deaf because two questions in one minute met the same fault."""
    return source.last_ok_at is not None and wall - source.last_ok_at < JUST_READ


def overdue(
    source: SourceState,
    watching: datetime,
    awake_for: Callable[[datetime], timedelta],
    after: timedelta,
) -> dict[str, Any]:
    """The columns of a source that is well on paper, but that nobody got round to asking: {} where
    it was asked in time. ``watching``: since when somebody has been there to poll it; ``awake_for``
    says for how long since a time, without the last sleep, after which what was due is asked first;
    ``after``: how long it may go on before it counts as blind."""
    last = max(source.last_ok_at or source.health_since or watching, watching)
    deaf, every = awake_for(last), timedelta(seconds=source.every_s)
    if not source.answers or deaf - every < min(OVERDUE, after):
        return {}
    return {
        "health": Health.BLIND if deaf >= after - AHEAD else Health.DEGRADED,
        "health_since": last + every,
        "health_kind": "overdue",
        "health_reason": "Nobody gets round to polling it: do other polls hang?",
    }


def out_of_budget(left: Mapping[str, float], wall: datetime) -> Failure | None:
    """The failure of a source whose budget for today is spent."""
    for unit, amount in sorted(left.items()):
        if amount <= 0:
            midnight = wall.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            return Failure(
                "budget",
                f"Today's budget of {unit} is spent; it goes on at 00:00 UTC. "
                f"Raise max_{unit}_per_day to go on now.",
                permanent=True,
                retry_at=midnight + timedelta(days=1),
            )
    return None


def is_worse(before: SourceState, after: SourceState) -> bool:
    """Whether there is something new to say of a source that was read and is not well."""
    was, is_now = ((s.health, s.health_kind == PART_KIND) for s in (before, after))
    return not after.ok and was != is_now


def log_worse(source: SourceState) -> None:
    """Tell the log how a source that is not well is doing."""
    log.warning(
        "%s of %s is %s since %s: %s",
        source.title,
        source.brand,
        source.health,
        source.health_since.isoformat(timespec="minutes") if source.health_since else "?",
        source.health_reason,
    )
