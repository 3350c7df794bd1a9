"""What Slack took longer over than anybody waited for is taken back where it came twice."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.post import QUIET
from fakes.slack_emulator import key_of

from alerting.channels.slack import caller
from alerting.channels.testing import SAMPLE
from alerting.messages.codec import pack
from monitor.clock import ManualClock, utc_now
from monitor.store.outbox.write import desire


def posted_twice(post, key="i1:root", **values):
    """Slack takes the first post only after it has been looked for and sent again."""
    post.promise(key, **values)
    late = post.proxy.fault("hang_late")
    post.turn(2)
    post.turn(QUIET + 1)
    post.turn(2)
    assert post.row(key).state == "sent"
    late.released.set()
    wait_for(lambda: post.room.keys().count(key) == 2)


def wait_for(true):
    until = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_of_two_copies_the_older_stays_and_is_the_one_that_is_updated(post):
    posted_twice(post)
    older = post.room.messages()[0]
    post.turn(60)
    assert len(post.room.messages()) == 2  # Slack may still be at it
    post.turn(180)
    assert [m["ts"] for m in post.room.messages()] == [older["ts"]]
    with post.db.write() as tx:
        desire(tx, "i1:root", pack(replace(SAMPLE, headline="Acknowledged by Rina")))
    post.drain()
    (message,) = post.room.messages()
    assert message["text"].startswith("Acknowledged by Rina")


@pytest.mark.parametrize("minutes_off", [10, 24 * 60, -10])
def test_what_a_wrong_clock_sent_is_found_by_slacks_time(post, monkeypatch, minutes_off):
    off = timedelta(minutes=minutes_off)
    monkeypatch.setattr(caller, "utc_now", lambda: utc_now() + off)
    post.clock = ManualClock(post.clock() + off)
    post.promise()
    post.proxy.fault("drop_after")  # posted, but nobody has heard of it
    post.turn()
    post.turn(QUIET + 1)
    post.drain()
    assert post.room.keys() == ["i1:root"]
    assert not post.row().possible_repeat


def test_of_two_copies_in_a_thread_one_stays(post):
    post.promise()
    post.turn()
    posted_twice(post, "i1:worsened:2", thread_of="i1:root")
    post.turn(240)
    (root,) = post.room.messages()
    assert [key_of(m) for m in post.room.replies(root["ts"])] == ["i1:worsened:2"]


def test_a_copy_that_somebody_has_replied_to_stays(post):
    posted_twice(post)
    older, younger = post.room.messages()
    post.room.client.chat_postMessage(
        channel=post.room.id, thread_ts=younger["ts"], text="I am on it"
    )
    post.turn(240)
    assert {m["ts"] for m in post.room.messages()} == {older["ts"], younger["ts"]}


def test_the_last_look_is_taken_later_where_slack_does_not_answer(post):
    posted_twice(post)
    post.proxy.fault("500_before", "conversations.history")
    post.turn(240)
    assert len(post.room.messages()) == 2
    post.turn(60)
    assert len(post.room.messages()) == 1
    calls = len(post.proxy.calls)
    post.turn(3600)
    assert len(post.proxy.calls) == calls  # and it was the last


def sleeps(post, call, meanwhile):
    """This process sleeps in its next call, while others work."""
    inner = getattr(post.slack, call)

    def slept(*args):
        setattr(post.slack, call, inner)
        meanwhile()
        return inner(*args)

    setattr(post.slack, call, slept)


@pytest.mark.parametrize("minutes", [1, 60])
def test_what_a_process_sends_that_slept_over_its_lease_is_taken_back(post, minutes):
    def another():
        for seconds in (60 * minutes, *(30,) * 8):
            post.turn(seconds)

    post.promise()
    sleeps(post, "send", another)
    post.turn(2)
    assert len(post.room.messages()) == 2
    for _ in range(8):
        post.turn(30)
    assert len(post.room.messages()) == 1


@pytest.mark.parametrize("minutes", [1, 60])
def test_what_a_process_shows_that_slept_over_its_lease_does_not_stay(post, minutes):
    def wanted(headline):
        with post.db.write() as tx:
            desire(tx, "i1:root", pack(replace(SAMPLE, headline=headline)))

    def another():
        wanted("SEV1 · now")
        post.turn(60 * minutes)

    post.promise()
    post.drain()
    wanted("SEV2 · then")
    sleeps(post, "update", another)
    post.turn(2)
    post.drain()
    assert post.room.messages()[0]["text"].startswith("SEV1 · now")
