"""What must hold of incidents: no signal unanswered, nobody called who has answered, one call
after a time of being away; and of what people press."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from history.mentions import live_mentions
from history.record import Call, Event, History, Promise
from history.sending import PROMPT

from monitor.store.outbox import keys

IN_FLIGHT = timedelta(seconds=45)
"""How long after an acknowledgement a call that had begun may still arrive."""

LOUD = ("opened", "worsened", "reopened", "woken", "flapping")
"""Reasons that begin the ladder (anew)."""

ANSWERED = ("acknowledged", "resolved", "not_a_crisis", "recovered", "unwatched")
SNOOZED = ("snoozed",)
FOREVER = datetime.max.replace(tzinfo=UTC)


def every_signal_is_answered(history: History) -> Iterator[str]:
    """I1: no accepted signal without an incident or a record why not."""
    there = {(one.brand, one.detector, one.start) for one in history.signals}
    for brand, detector, start in history.circumstances.accepted - there:
        yield f"the signal of {detector} about {brand} at {start} was accepted and is lost"
    incidents = {one.id: one for one in history.incidents}
    for signal in history.signals:
        name = f"signal {signal.id} ({signal.detector}, {signal.brand})"
        if signal.responded < signal.revision:
            yield f"{name} was never answered"
        elif signal.incident_id not in incidents:
            yield f"{name} is part of no incident"
        elif not history.timeline(signal.incident_id):
            yield f"{name} is part of incident {signal.incident_id}, which says nothing of it"
    promised = {promise.delivery_key for promise in history.promises}
    for event in history.events:
        told = event.reason == "opened" and event.detail.get("told", True)
        if told and keys.card(event.incident_id) not in promised:
            yield f"incident {event.incident_id} was opened to be told, and has no card"


@dataclass(frozen=True)
class Hush:
    """From when on, and until when, nobody is to be called about an incident."""

    event: Event
    end: datetime


def _hushes(history: History, begin: Collection[str], end: Collection[str]) -> Iterator[Hush]:
    for incident in history.incidents:
        line = history.timeline(incident.id)
        for place, event in enumerate(line):
            if event.reason in begin:
                over = (later.at for later in line[place + 1 :] if later.reason in end)
                until = event.detail.get("until")
                own = datetime.fromisoformat(until) if event.reason in SNOOZED and until else None
                yield Hush(event, min(next(over, FOREVER), own or FOREVER))


def _calls_in(history: History, hush: Hush) -> Iterator[str]:
    """Who is called about it all the same. A person may escalate by hand; the end of a blindness is
    told to whom its beginning was."""
    about, start = hush.event.incident_id, hush.event.at
    asked = {e.at for e in history.timeline(about) if e.reason == "escalated" and e.who}
    for call, promise in history.told():
        if promise.incident_id != about or not live_mentions(call.body):
            continue
        key, reason = promise.delivery_key, hush.event.reason
        if start < promise.created_at < hush.end and promise.created_at not in asked:
            yield f"{key} was promised although incident {about} was {reason}"
        elif not history.circumstances.live or promise.created_at >= start:
            continue
        elif start + IN_FLIGHT < call.at < hush.end:
            late = (call.at - start).total_seconds()
            yield f"{key} calls somebody {late:.0f} s after incident {about} was {reason}"


def who_has_answered_is_left_alone(history: History) -> Iterator[str]:
    """I3: no page later than 45 s after an acknowledgement was committed (or an end was)."""
    for hush in _hushes(history, ANSWERED, LOUD):
        yield from _calls_in(history, hush)


def who_sleeps_is_woken_by_rule(history: History) -> Iterator[str]:
    """I8: a snooze and quiet hours are kept, and a snooze ends when it was to."""
    for hush in _hushes(history, SNOOZED, (*LOUD, *ANSWERED)):
        yield from _calls_in(history, hush)
        yield from _woken(history, hush.event)
    for call, promise in history.told():
        if promise.severity == "SEV1" or not live_mentions(call.body):
            continue
        for quiet in history.circumstances.quiet:
            if quiet.destination in ("", promise.destination) and quiet.meets(call.at, call.at):
                yield f"{promise.delivery_key} calls somebody in quiet hours"


def _woken(history: History, snooze: Event) -> Iterator[str]:
    until = datetime.fromisoformat(snooze.detail["until"])
    circumstances, limit = history.circumstances, until + PROMPT
    if not circumstances.live or circumstances.ended_at <= limit:
        return
    line = history.timeline(snooze.incident_id)
    after = [event for event in line if (event.at, event.id) > (snooze.at, snooze.id)]
    ended = [e for e in after if e.reason in (*LOUD, *ANSWERED, *SNOOZED)]
    if not ended:
        yield f"incident {snooze.incident_id} was snoozed until {until} and never woken"
    elif ended[0].at > limit and not circumstances.disturbed(until, ended[0].at):
        late = (ended[0].at - until).total_seconds()
        yield f"incident {snooze.incident_id} was woken {late:.0f} s too late"


def timers_fire_in_time(history: History) -> Iterator[str]:
    """I5, the other half: what is due happens within ten seconds, outside outages."""
    circumstances = history.circumstances
    if not circumstances.live:
        return
    for timer in history.timers:
        if timer.state == "pending" and timer.due_at + PROMPT < circumstances.ended_at:
            yield f"the timer {timer.kind} of incident {timer.incident_id} has never fired"
    for event in history.events:
        if event.reason != "escalated" or event.who:
            continue
        due = [
            timer.due_at
            for timer in history.timers
            if (timer.kind, timer.state) == ("step", "fired")
            and timer.incident_id == event.incident_id
            and timer.due_at <= event.at
        ]
        if not due:
            yield f"incident {event.incident_id} was escalated before its time"
        elif event.at > max(due) + PROMPT and not circumstances.disturbed(max(due), event.at):
            late = (event.at - max(due)).total_seconds()
            yield f"incident {event.incident_id} was escalated {late:.0f} s too late"


def catching_up_calls_once(history: History) -> Iterator[str]:
    """I10: after a time of being away (ours, or Slack's) an incident calls at most once."""
    together = Counter(
        (p.incident_id, p.channel, p.destination, p.created_at)
        for p in history.promises
        if p.incident_id
        and p.names
        and p.state == "sent"
        and keys.kind(p.delivery_key) not in keys.COPIES
    )
    for (incident, _, place, at), count in together.items():
        if count > 1:
            yield f"incident {incident} calls {count} times at once in {place} ({at})"
    for away in (*history.circumstances.down, *history.circumstances.outages):
        late: dict[tuple[int | None, str], set[str]] = defaultdict(set)
        for call, promise in history.told():
            if _is_late(call, promise, away.end):
                late[promise.incident_id, call.room].add(promise.delivery_key)
        for (about, _), told in late.items():
            if len(told) > 1:
                names = ", ".join(sorted(told))
                yield f"after {away.end} incident {about} calls {len(told)} times: {names}"


def _is_late(call: Call, promise: Promise, end: datetime) -> bool:
    due = promise.first_due_at <= end + PROMPT
    return bool(promise.incident_id and due and call.at > end and live_mentions(call.body))


DOES = {
    "acknowledged": "ack",
    "acknowledged_in_part": "ack",
    "snoozed": "snooze",
    "noted": "note",
    "escalated": "escalate",
    "not_a_crisis": "not_a_crisis",
    "resolved": "resolve",
    "reopened": "reopen",
    "checked": "check",
}
"""What a press that was done leaves in the timeline, by the reason."""


def a_press_is_done_once(history: History) -> Iterator[str]:
    """Beside the twelve: what Slack was told is taken is done once, or whoever pressed hears why
    not. No button is dead."""
    kept = {press.key: press for press in history.presses}
    for key in sorted(history.circumstances.heard - set(kept)):
        yield f"the press {key} was taken and is lost"
    told = {promise.delivery_key: promise.state for promise in history.promises}
    for press in kept.values():
        if press.state == "pending":
            yield f"the press {press.id} ({press.action}) is still to be done"
        elif press.state == "refused" and told.get(keys.answer(press.id)) != "sent":
            yield f"the press {press.id} ({press.action}) was refused, and nobody was told"
    done = Counter(DOES[e.reason] for e in history.events if e.who and e.reason in DOES)
    asked = Counter(press.action for press in kept.values() if press.state == "done")
    for action in sorted(set(DOES.values())) if kept else ():
        if done[action] != asked[action]:
            yield f"{asked[action]} presses of {action} were done, and {done[action]} took effect"
