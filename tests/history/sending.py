"""What must hold of everything that is sent: once, in order, in time, at Slack's pace."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from history.mentions import live_mentions
from history.record import Call, History, Message, Promise, Window

from monitor.store.outbox import keys

PROMPT = timedelta(seconds=10)
AFTER_OUTAGE = timedelta(seconds=60)
FOLDED_OVER = 8
"""More lines than this, waiting for one thread, are told as one."""

MINUTE = 60
"""How many paces the pace is measured over."""

UPDATES = 50
"""Calls of chat.update that a workspace may make in a minute."""

OPEN = ("pending", "leased", "sending", "retry", "ambiguous")


def each_message_is_there_once(history: History) -> Iterator[str]:
    """I2: each delivery key appears exactly once; twice only where the second is labelled."""
    there = defaultdict(list)
    for message in history.messages:
        if message.key:
            there[message.key].append(message)
    for key, copies in there.items():
        if key not in history.by_wire:
            yield f"{key} stands in Slack, and nobody has promised it"
        elif len(copies) > 1 and not _is_labelled(copies, history.by_wire[key]):
            yield f"{key} stands in Slack {len(copies)} times, and is not labelled as a repeat"
    for promise in history.promises:
        if promise.channel == "slack":
            yield from _kept(history, promise, len(there[promise.wire]))


def _is_labelled(copies: Sequence[Message], promise: Promise) -> bool:
    return promise.possible_repeat and len(copies) == 2 and any(m.labelled for m in copies)


def _kept(history: History, promise: Promise, copies: int) -> Iterator[str]:
    key, state = promise.delivery_key, promise.state
    if state in OPEN:
        yield f"{key} is not told at the end (it is {state})"
    elif state == "sent" and not copies:
        yield f"{key} counts as told and stands nowhere in Slack"
    elif state in ("merged", "withdrawn") and copies:
        yield f"{key} was {state} and stands in Slack all the same"
    elif state in ("dead_letter", "uncertain") and not _told_elsewhere(history, key):
        yield f"{key} was given up ({state}) and told nowhere else"


def _told_elsewhere(history: History, key: str) -> bool:
    others = (p for p in history.promises if p.delivery_key.startswith(f"{key}:"))
    return any(other.state == "sent" for other in others)


def threads_are_in_order(history: History) -> Iterator[str]:
    """I4: the root before its replies, and the replies as they were promised. A step that is
    broadcast does not wait for lines."""
    roots = defaultdict(set)
    for message in history.messages:
        if not message.thread:
            roots[message.key].add((message.room, message.ts))
    last: dict[tuple[str, str], Promise] = {}
    for message in sorted(history.messages, key=lambda one: one.ts):
        promise = history.by_wire.get(message.key)
        if promise is None or promise.thread_of is None:
            continue
        place = message.room, message.thread
        root = _wire(history, promise.thread_of)
        if place not in roots[root] or message.ts < message.thread:
            yield f"{promise.delivery_key} does not stand below its card"
        if promise.broadcast or message.labelled:
            continue
        before = last.get(place)
        if before is not None and before.id > promise.id:
            yield f"{promise.delivery_key} stands behind {before.delivery_key}, which came later"
        last[place] = promise


def _wire(history: History, delivery_key: str) -> str:
    found = (p.wire for p in history.promises if p.delivery_key == delivery_key)
    return next(found, "")


def pages_are_prompt(history: History) -> Iterator[str]:
    """I5: whoever is called is called within ten seconds of the time, outside outages; behind
    others that wait for the same channel, as much later as their pace takes."""
    circumstances, seen = history.circumstances, set()
    for call, promise in history.told():
        if promise.wire in seen or not live_mentions(call.body):
            continue
        seen.add(promise.wire)
        due = promise.first_due_at
        if circumstances.disturbed(due, call.at):
            continue
        ahead = sum(1 for post in history.posts if _between(post, call.room, due, call.at))
        if call.at > due + PROMPT + timedelta(seconds=circumstances.pace_s * ahead):
            late = (call.at - due).total_seconds()
            yield f"{promise.delivery_key} calls somebody {late:.0f} s after it was due"


def _between(post: Call, room: str, start: datetime, end: datetime) -> bool:
    return post.room == room and start <= post.at < end


def outages_are_made_up_for(history: History) -> Iterator[str]:
    """I6: when an outage is over, all that waited is told within a minute and their pace, and
    stale lines of a thread are told as one."""
    first: dict[str, Call] = {}
    for call, promise in history.told():
        first.setdefault(promise.wire, call)
    for outage in history.circumstances.outages:
        waited = [
            (first[promise.wire], promise)
            for promise in history.promises
            if promise.wire in first and promise.first_due_at <= outage.end < first[promise.wire].at
        ]
        yield from _drained(history, outage, waited)
        yield from _folded(waited)


def _drained(
    history: History, outage: Window, waited: Sequence[tuple[Call, Promise]]
) -> Iterator[str]:
    pace = timedelta(seconds=history.circumstances.pace_s)
    limit = outage.end + AFTER_OUTAGE + pace * len(waited)
    for call, promise in waited:
        if call.at > limit and not _again(history, outage, call):
            late = (call.at - outage.end).total_seconds()
            yield f"{promise.delivery_key} is told only {late:.0f} s after the outage's end"


def _again(history: History, outage: Window, call: Call) -> bool:
    """Whether another disturbance came between."""
    others = (*history.circumstances.outages, *history.circumstances.down)
    return any(one is not outage and one.meets(outage.end, call.at) for one in others)


def _folded(waited: Sequence[tuple[Call, Promise]]) -> Iterator[str]:
    lines = Counter(p.thread_of for _, p in waited if p.thread_of and not p.broadcast)
    for thread, count in lines.items():
        if count > FOLDED_OVER:
            yield f"{count} stale lines are told one by one below {thread}"


def the_pace_is_kept(history: History) -> Iterator[str]:
    """I7: at most one message a second and channel, and fifty updates, over any minute."""
    span = timedelta(seconds=MINUTE * history.circumstances.pace_s)
    rooms = defaultdict(list)
    for call in history.posts:
        rooms[call.room].append(call.at)
    for room, times in rooms.items():
        for first, at in enumerate(times):
            within = sum(1 for other in times[first:] if other < at + span)
            if within > MINUTE + 1:
                yield f"{room} got {within} messages within {span.total_seconds():.0f} s"
                break
    updated = sorted(call.at for call in history.calls if call.method == "chat.update")
    for one, fiftieth in zip(updated, updated[UPDATES:], strict=False):
        if fiftieth - one < span * 0.99:
            yield f"more than {UPDATES} updates within {span.total_seconds():.0f} s"
            break


def a_digest_comes_once(history: History) -> Iterator[str]:
    """I9: one digest for each brand, week and recipient."""
    sent = {p.delivery_key: p.state for p in history.promises}
    for digest in history.digests:
        key = keys.digest(digest.brand, digest.week, digest.recipient)
        if key not in sent:
            yield f"{key} is in the ledger, and was never promised"
    came = Counter(mail.message_id for mail in history.mails)
    for message_id, count in came.items():
        if count > 1:
            yield f"the mail {message_id} came {count} times"
    told = sum(state == "sent" and key.startswith("digest:") for key, state in sent.items())
    if history.mails and told > len(came):
        yield f"{told} digests count as told, and {len(came)} mails came"


def a_restart_says_nothing(history: History) -> Iterator[str]:
    """I12: a restart with an unchanged state posts nothing."""
    for idle in history.circumstances.idle:
        for call in history.calls:
            if idle.start <= call.at <= idle.end:
                yield f"{call.method} {call.key or call.ts} was called when nothing had changed"
