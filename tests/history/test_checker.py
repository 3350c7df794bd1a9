"""The checker is believed because it notices each invariant that is broken on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from history.check import INVARIANTS, broken
from history.record import Call, Digest, History, Mail, Window

SECOND = timedelta(seconds=1)
SECRET, WORDS = "xoxb-planted-0123456789", "keracunan setelah minum"


def test_a_history_in_which_nothing_was_broken_is_believed(told_evening: History) -> None:
    assert broken(told_evening) == []
    assert {event.reason for event in told_evening.events} >= {
        "opened",
        "still_going",
        "escalated",
        "acknowledged",
        "noted",
        "snoozed",
        "woken",
        "resolved",
    }
    assert {press.state for press in told_evening.presses} == {"done", "refused"}


# -- each invariant broken on purpose -----------------------------------------------------------


def key(history: History, end: str) -> Any:
    """The promise whose delivery key ends so."""
    return next(p for p in history.promises if p.delivery_key.endswith(end))


def call_of(history: History, end: str) -> Call:
    wire = key(history, end).wire
    return next(call for call in history.posts if call.key == wire)


def replaced(history: History, part: str, records: tuple[Any, ...]) -> History:
    values: dict[str, Any] = {part: records}
    return replace(history, **values)


def changed(history: History, part: str, one: Any, **values: Any) -> History:
    """The same with one record changed."""
    records = tuple(replace(r, **values) if r is one else r for r in getattr(history, part))
    return replaced(history, part, records)


def without(history: History, part: str, one: Any) -> History:
    return replaced(history, part, tuple(r for r in getattr(history, part) if r is not one))


def more(history: History, part: str, *records: Any) -> History:
    return replaced(history, part, (*getattr(history, part), *records))


def amid(history: History, **values: Any) -> History:
    return replace(history, circumstances=replace(history.circumstances, **values))


def event(history: History, reason: str) -> Any:
    return next(e for e in history.events if e.reason == reason)


def step(history: History) -> Call:
    return call_of(history, f"step1:loop0:{history.messages[0].room}")


def standing(history: History, end: str) -> Any:
    wire = key(history, end).wire
    return next(message for message in history.messages if message.key == wire)


def late_after_ack(h: History) -> History:
    """A step that was promised before the acknowledgement comes long after it."""
    at = event(h, "acknowledged").at + timedelta(seconds=50)
    return changed(h, "calls", step(h), at=at)


def promised_in_hush(h: History, reason: str) -> History:
    at = event(h, reason).at + SECOND
    step_promise = h.by_wire[step(h).key]
    return changed(h, "promises", step_promise, created_at=at)


def never_woken(h: History) -> History:
    last = event(h, "snoozed").at
    return replace(h, events=tuple(e for e in h.events if e.at <= last))


def long_after_an_outage(h: History) -> History:
    post = call_of(h, ":root")
    due = post.at - timedelta(seconds=150)
    over = Window(due - timedelta(seconds=50), due + timedelta(seconds=50))
    return amid(changed(h, "promises", key(h, ":root"), first_due_at=due), outages=(over,))


def many_lines_after_an_outage(h: History) -> History:
    start, end = h.circumstances.ended_at, h.circumstances.ended_at + SECOND
    root, made = key(h, ":root"), h
    for n in range(9):
        name = f"i1:still_going:9{n}"
        line = replace(
            root,
            id=900 + n,
            delivery_key=name,
            wire=f"x:{name}",
            first_due_at=start,
            thread_of="i1:root",
            payload={},
            desired=None,
        )
        post = replace(call_of(h, ":root"), key=line.wire, at=end + (n + 1) * SECOND, body={})
        made = more(more(made, "promises", line), "calls", post)
    return amid(made, outages=(Window(start, end),))


def too_fast(h: History) -> History:
    post = call_of(h, ":root")
    return more(h, "calls", *(replace(post, at=post.at + n * SECOND / 4) for n in range(62)))


def updated_too_often(h: History) -> History:
    post = replace(call_of(h, ":root"), method="chat.update")
    return more(h, "calls", *(replace(post, at=post.at + n * SECOND) for n in range(52)))


def two_pages_at_once(h: History) -> History:
    first = h.by_wire[step(h).key]
    twin = replace(first, id=999, delivery_key="i1:woken:99", wire="x:i1:woken:99")
    return more(h, "promises", twin)


def two_pages_after_an_outage(h: History) -> History:
    card, page = call_of(h, ":root"), step(h)
    away = Window(h.by_wire[page.key].first_due_at, page.at + timedelta(minutes=5))
    made = changed(h, "calls", page, at=away.end + SECOND)
    made = changed(made, "calls", card, at=away.end + 3 * SECOND)
    return amid(made, outages=(away,))


def digest_twice(h: History) -> History:
    mail = Mail("<one@example.org>", "rina@example.org")
    return more(h, "mails", mail, mail)


def called(h: History, who: str) -> History:
    post = call_of(h, ":root")
    return changed(h, "calls", post, body={**post.body, "text": f"look <{who}>"})


def pending_press(h: History) -> History:
    return changed(h, "presses", h.presses[0], state="pending")


MUTANTS: dict[str, tuple[str, Callable[[History], History]]] = {
    "a signal is lost": (
        "I1", lambda h: without(h, "signals", h.signals[0])),
    "a signal is never answered": (
        "I1", lambda h: changed(h, "signals", h.signals[0], responded=0)),
    "a signal is part of nothing": (
        "I1", lambda h: changed(h, "signals", h.signals[0], incident_id=None)),
    "an incident says nothing": ("I1", lambda h: replace(h, events=())),
    "an incident has no card": ("I1", lambda h: without(h, "promises", key(h, ":root"))),
    "a message is lost": (
        "I2", lambda h: without(h, "messages", standing(h, "acknowledged:3"))),
    "a message is there twice": (
        "I2", lambda h: more(h, "messages", replace(standing(h, ":root"), ts="9999999999.1"))),
    "a message is not told": (
        "I2", lambda h: changed(h, "promises", key(h, ":root"), state="retry")),
    "a message is given up in silence": (
        "I2", lambda h: changed(h, "promises", key(h, ":root"), state="dead_letter")),
    "a message is taken back and stands": (
        "I2", lambda h: changed(h, "promises", key(h, ":root"), state="withdrawn")),
    "a message comes from nobody": (
        "I2", lambda h: without(h, "promises", key(h, "acknowledged:3"))),
    "a page comes after the acknowledgement": ("I3", late_after_ack),
    "a page is promised after the acknowledgement": (
        "I3", lambda h: promised_in_hush(h, "acknowledged")),
    "a reply stands before its card": (
        "I4", lambda h: changed(h, "messages", standing(h, ":root"), ts="9999999999.1")),
    "replies are in the wrong order": (
        "I4", lambda h: changed(h, "messages", standing(h, "acknowledged:3"), ts="9999999999.1")),
    "a page comes late": (
        "I5", lambda h: changed(h, "calls", call_of(h, ":root"),
                                at=call_of(h, ":root").at + timedelta(seconds=70))),
    "a timer fires late": (
        "I5", lambda h: changed(h, "events", event(h, "escalated"),
                                at=event(h, "escalated").at + timedelta(seconds=40))),
    "a timer never fires": (
        "I5", lambda h: changed(h, "timers", h.timers[0], state="pending")),
    "an outage is not made up for": ("I6", long_after_an_outage),
    "stale lines are told one by one": ("I6", many_lines_after_an_outage),
    "Slack is called too fast": ("I7", too_fast),
    "cards are updated too often": ("I7", updated_too_often),
    "a page comes in a snooze": ("I8", lambda h: promised_in_hush(h, "snoozed")),
    "a page comes in quiet hours": (
        "I8", lambda h: amid(changed(h, "promises", h.by_wire[step(h).key], severity="SEV2"),
                             quiet=(Window(step(h).at, step(h).at),))),
    "a snooze never ends": ("I8", never_woken),
    "a snooze ends late": (
        "I8", lambda h: changed(h, "events", event(h, "woken"),
                                at=event(h, "woken").at + timedelta(seconds=30))),
    "a digest comes twice": ("I9", digest_twice),
    "a digest is in the ledger only": (
        "I9", lambda h: more(h, "digests", Digest("kopi-senja", "2026-W10", "a@example.org"))),
    "two pages at once": ("I10", two_pages_at_once),
    "two pages after an outage": ("I10", two_pages_after_an_outage),
    "a secret stands in the log": (
        "I11", lambda h: replace(amid(h, secrets=(SECRET,)), log=f"token={SECRET}")),
    "a secret is posted": ("I11", lambda h: called(amid(h, secrets=(SECRET,)), SECRET)),
    "a stranger's words stand in the log": (
        "I11", lambda h: replace(amid(h, strangers=(WORDS,)), log=f"read: {WORDS}")),
    "a stranger calls everybody": ("I11", lambda h: called(h, "!everyone")),
    "a stranger calls somebody": ("I11", lambda h: called(h, "@U0BOSS|boss")),
    "a restart posts": (
        "I12", lambda h: amid(h, idle=(Window(call_of(h, ":root").at, step(h).at),))),
    "a press is lost": ("presses", lambda h: amid(h, heard=frozenset({"lost"}))),
    "a press is not done": ("presses", pending_press),
    "a press is done twice": (
        "presses", lambda h: more(h, "events", replace(event(h, "noted"), id=9999))),
    "a press is done without effect": (
        "presses", lambda h: without(h, "events", event(h, "noted"))),
    "a button is dead": (
        "presses", lambda h: replace(h, promises=tuple(
            p for p in h.promises if p.channel != "slack_reply"))),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_the_checker_notices_that(name: str, told_evening: History) -> None:
    invariant, mutate = MUTANTS[name]
    mutant = mutate(told_evening)
    assert mutant != told_evening
    assert invariant in {sentence.partition(":")[0] for sentence in broken(mutant)}


def test_every_invariant_is_broken_on_purpose_somewhere() -> None:
    assert {invariant for invariant, _ in MUTANTS.values()} == set(INVARIANTS)
