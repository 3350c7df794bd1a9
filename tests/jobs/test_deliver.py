"""What the outbox promises arrives once, whatever Slack, the network and the process do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from fakes.post import QUIET, Killed
from fakes.slack_emulator import key_of

from alerting.channels.base import ChannelInfo, DeliveryError
from alerting.channels.testing import SAMPLE
from alerting.messages.codec import pack
from alerting.model import Target
from monitor.jobs.deliver.outcomes import BACKOFF_S, DeliveryRun
from monitor.store.outbox.duplicates import look_again
from monitor.store.outbox.write import desire, summary


def test_a_promised_message_arrives_with_its_receipt(post):
    post.promise()
    done = post.turn()
    assert done.counts == {"sent": 1}
    assert done.next_due is None
    assert post.room.keys() == ["i1:root"]
    assert post.row().receipt["channel"] == post.room.id
    assert post.turn(60).counts == {}


@pytest.mark.parametrize(
    "fault",
    [
        "drop_before",
        "drop_after",
        "hang_before",
        "hang_after",
        "500_before",
        "500_after",
        "garbage_after",
    ],
)
def test_after_a_call_of_unknown_end_there_is_one_copy(post, fault):
    post.promise()
    post.proxy.fault(fault)
    post.turn()
    post.proxy.release()
    assert post.row().state == "ambiguous"
    assert post.turn(QUIET - 2).counts == {}  # Slack may still be at it
    post.turn(3)
    post.turn(2)
    assert post.states() == {"i1:root": "sent"}
    assert post.room.keys() == ["i1:root"]


@pytest.mark.parametrize("dies", ["before", "after"])
def test_after_a_crash_around_the_call_there_is_one_copy(post, dies):
    post.promise()
    post.slack.dies = dies
    with pytest.raises(Killed):
        post.turn()
    assert post.row().state == "sending"
    post.slack.dies = ""
    assert post.turn(QUIET - 2).counts == {}
    post.drain()
    assert post.room.keys() == ["i1:root"]


def test_what_surely_was_not_sent_is_tried_again_for_ever_but_ever_more_slowly(post):
    post.promise(severity="SEV4")
    post.proxy.fault("error", times=9, code="some_new_error")
    waits = []
    for _ in range(9):
        done = post.turn()
        waits.append((done.next_due - post.clock()).total_seconds())
        post.clock.advance_to(done.next_due)
    least = [*BACKOFF_S, 60, 60, 60]  # from the answer on, which took what it took
    assert all(a <= wait < a + 30 for a, wait in zip(least, waits, strict=True)), waits
    post.turn()
    assert post.room.keys() == ["i1:root"]


def test_a_rate_limit_pauses_the_whole_channel_for_as_long_as_slack_says(post, monkeypatch):
    monkeypatch.setattr(DeliveryRun, "at", lambda _: post.clock())  # not by how busy a machine is
    post.promise("a")
    post.promise("b", destination=f"#{post.room.name}")
    post.proxy.fault("429", retry_after=20)
    post.turn()
    calls = len(post.proxy.calls)
    assert post.turn(18).counts == {}
    assert len(post.proxy.calls) == calls
    post.turn(3)
    assert sorted(post.room.keys()) == ["a", "b"]


@pytest.mark.parametrize("first_takes_s", [0.0, 0.8, 3.0])
def test_updates_keep_below_what_slack_lets_a_workspace_make_in_a_minute(
    post, monkeypatch, first_takes_s
):
    """Tier 3: some fifty calls of chat.update a minute, in whatever channels. A run goes on by the
    clock that the proxy notes, and not by what a busy machine makes of it: after a slow call the
    next may be due in the same run."""
    monkeypatch.setattr(DeliveryRun, "at", lambda _: post.clock())
    post.proxy.clock = post.clock
    for n in range(4):
        post.promise(f"i{n}:root", destination=(post.room.id, f"#{post.room.name}")[n % 2])
    post.drain()
    with post.db.write() as tx:
        for n in range(4):
            desire(tx, f"i{n}:root", pack(replace(SAMPLE, headline="Resolved")))
    first_ends = post.clock() + timedelta(seconds=first_takes_s)
    post.slack.then = lambda: post.clock.advance_to(first_ends)
    for _ in range(30):
        post.turn(0.3)
    made = [call.when for call in post.proxy.calls if call.method == "chat.update"]
    gaps = [(b - a).total_seconds() for a, b in pairwise(made)]
    assert len(gaps) == 3
    assert all(gap >= 60 / 50 for gap in gaps), gaps
    assert gaps[0] < max(first_takes_s, 60 / 50) + 0.4  # and no slower than it must be


def test_a_lookup_slack_cannot_answer_leads_to_a_labelled_repeat_for_a_crisis_only(post):
    post.promise("crisis", severity="SEV1")
    post.promise("minor", severity="SEV3")
    post.proxy.fault("500_after", times=2)
    post.proxy.fault("500_before", "conversations.history", times=10**6)
    post.turn()
    post.turn(2)
    assert post.states() == {"crisis": "ambiguous", "minor": "ambiguous"}
    for _ in range(50):
        post.turn(15)
    assert post.states() == {"crisis": "sent", "minor": "ambiguous"}
    first, second = [m for m in post.room.messages() if key_of(m) == "crisis"]
    assert "ossible repeat" not in first["text"]
    assert "ossible repeat" in second["text"]
    post.proxy.faults.clear()
    post.drain(20)
    assert [k for k in post.room.keys() if k == "minor"] == ["minor"]  # noqa: SIM118


def test_a_refused_layout_goes_out_as_plain_text(post):
    post.promise(notice=replace(SAMPLE, targets=(Target("channel"),)))
    post.proxy.fault("error", code="invalid_blocks")
    post.turn()
    (message,) = post.room.messages()
    assert not message.get("blocks")
    assert message["text"].startswith("<!channel>\nSEV2 · Kopi Senja")
    assert "siaga incident ack 42" in message["text"]


def test_a_channel_that_cannot_be_posted_to_falls_back_to_the_console_and_shows(post):
    post.promise()
    post.proxy.fault("error", code="is_archived")
    post.drain()
    assert post.states() == {"i1:root": "dead_letter", "i1:root:fallback:0": "sent"}
    assert "212 mentions" in post.stream.getvalue()
    with post.db.read() as tx:
        (failure,) = summary(tx, post.clock()).failures
    assert "is_archived" in failure.error


def test_a_channel_that_is_not_set_up_falls_back_to_the_console(post):
    del post.channels["slack"]
    post.promise()
    post.drain()
    assert "212 mentions" in post.stream.getvalue()


def test_refused_credentials_pause_the_channel_and_are_tried_again_slowly(post):
    post.promise("a")
    post.promise("b")
    post.proxy.fault("error", code="invalid_auth", times=2)
    post.turn()
    assert post.turn(60).counts == {}
    with post.db.read() as tx:
        (pause,) = summary(tx, post.clock()).pauses
    assert (pause.channel, pause.kind) == ("slack", "credentials")
    assert "SLACK_BOT_TOKEN" in pause.reason
    post.turn(65)
    assert len(post.proxy.calls) == 2
    post.turn(125)
    post.drain()
    assert sorted(post.room.keys()) == ["a", "b"]
    with post.db.read() as tx:
        assert summary(tx, post.clock()).pauses == ()


def test_a_sent_message_is_updated_in_place(post):
    post.promise()
    post.turn()
    with post.db.write() as tx:
        desire(tx, "i1:root", pack(replace(SAMPLE, headline="Acknowledged by Rina")))
    post.proxy.fault("drop_after", "chat.update")
    post.drain()
    (message,) = post.room.messages()
    assert message["text"].startswith("Acknowledged by Rina")


def test_a_root_that_somebody_deleted_is_posted_again(post):
    post.promise()
    post.turn()
    post.room.client.chat_delete(channel=post.room.id, ts=post.row().receipt["ts"])
    with post.db.write() as tx:
        desire(tx, "i1:root", pack(replace(SAMPLE, headline="Resolved")))
    post.drain()
    (message,) = post.room.messages()
    assert message["text"].startswith("Resolved")
    assert post.row().receipt["ts"] == message["ts"]


def test_many_lines_for_one_thread_are_told_as_one(post):
    post.promise()
    for n in range(12):
        line = replace(SAMPLE, kind="update", headline=f"fact {n}", quotes=(), fields=())
        post.promise(f"i1:still_going:{n}", line, thread_of="i1:root")
    post.drain()
    (root,) = post.room.messages()
    (reply,) = post.room.replies(root["ts"])
    assert key_of(reply) == "i1:still_going:11"
    for n in range(12):
        assert f"fact {n}" in reply["text"]


def test_a_few_lines_stay_lines_in_their_order(post):
    post.promise()
    for n in range(4):
        line = replace(SAMPLE, kind="update", headline=f"fact {n}")
        post.promise(f"i1:still_going:{n}", line, thread_of="i1:root")
    post.drain()
    (root,) = post.room.messages()
    assert [key_of(m)[-1] for m in post.room.replies(root["ts"])] == list("0123")


def test_after_an_outage_everything_arrives_once_at_slacks_pace(post):
    post.proxy.rate_s = 0.0
    for n in range(8):
        post.promise(f"i{n}:root")
    post.proxy.away = True
    for _ in range(20):
        post.turn(5)
    post.proxy.away = False
    until = post.clock() + timedelta(seconds=8 + 60)
    post.drain(1.0, limit=200)
    assert sorted(post.room.keys()) == [f"i{n}:root" for n in range(8)]
    assert post.clock() <= until


class Broken:
    info = ChannelInfo("slack", can_find=True, max_in_flight_s=1)

    def send(self, delivery):
        raise ZeroDivisionError

    def find(self, delivery, since):
        raise DeliveryError("cannot say", "unknown")


def test_a_channel_with_a_bug_does_not_stop_the_others(post):
    post.channels["slack"] = Broken()
    post.promise("a")
    post.promise("b", channel="console", destination="console")
    post.turn()
    assert post.states() == {"a": "ambiguous", "b": "sent"}


def test_a_channel_whose_every_look_is_a_bug_does_not_stop_the_others(post):
    class Buggy:
        info = ChannelInfo("buggy", can_find=True, can_update=True)

        def __init__(self):
            self.asked = []

        def send(self, delivery):
            if delivery.key.endswith("lost"):
                raise DeliveryError("no answer", "unknown")
            return {"id": delivery.key}

        def _bug(self, name):
            self.asked.append(name)
            raise ZeroDivisionError

        def find(self, *_):
            self._bug("find")

        def update(self, *_):
            self._bug("update")

        def remove_duplicates(self, *_):
            self._bug("remove_duplicates")

    post.channels["buggy"] = buggy = Buggy()
    post.promise("shown", channel="buggy", severity="SEV1")
    post.promise("lost", channel="buggy", severity="SEV1")
    post.turn()
    with post.db.write() as tx:
        desire(tx, "shown", pack(replace(SAMPLE, headline="worse")))
        look_again(tx, "shown", post.clock(), post.clock())
    for later in (QUIET + 1, 1) * 3:
        post.turn(later)
    assert set(buggy.asked) == {"find", "update", "remove_duplicates"}
    post.promise()
    post.turn(1)
    assert post.room.keys() == ["i1:root"]
