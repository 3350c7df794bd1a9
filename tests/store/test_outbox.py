"""What is promised in the outbox is leased once, in order, and only its holder may decide."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from monitor.store.engine import Database
from monitor.store.outbox import limits, queue
from monitor.store.outbox.limits import Limits
from monitor.store.outbox.write import desire, enqueue, summary, withdraw_calls
from monitor.store.tables.responding import IncidentRow, NotificationRow

T = datetime(2026, 3, 14, 14, 0, tzinfo=UTC)
SLACK = {"slack": Limits(pace_s=1.0, max_in_flight_s=45.0)}


def after(seconds):
    return T + timedelta(seconds=seconds)


@pytest.fixture
def db(database_url):
    db = Database(database_url)
    yield db
    db.close()


def promise(db, key, **values):
    given = {
        "channel": "slack",
        "destination": "C1",
        "payload": {"headline": key},
        "severity": "SEV2",
        "created_at": T,
        "due_at": T,
        **values,
    }
    with db.write() as tx:
        return enqueue(tx, key=key, **given)


def lease(db, at, **values):
    with db.write() as tx:
        return queue.lease(tx, at, SLACK, **values)


def row(db, key):
    with db.read() as tx:
        return tx.scalar(select(NotificationRow).where(NotificationRow.delivery_key == key))


def test_a_promise_is_kept_once_and_not_changed_under_the_same_key(db):
    assert promise(db, "i1:root")
    assert not promise(db, "i1:root")
    with pytest.raises(ValueError, match="another content"):
        promise(db, "i1:root", payload={"headline": "something else"})
    with db.read() as tx:
        assert summary(tx, T).counts == {"pending": 1}


def test_a_promise_is_undone_with_its_transaction(db):
    def promise_and_fail(tx):
        enqueue(
            tx,
            key="k",
            channel="slack",
            destination="C1",
            payload={},
            severity="SEV1",
            created_at=T,
            due_at=T,
        )
        raise RuntimeError

    with pytest.raises(RuntimeError), db.write() as tx:
        promise_and_fail(tx)
    assert row(db, "k") is None


def test_the_most_severe_goes_first_then_the_longest_due(db):
    promise(db, "late", due_at=T, destination="C1")
    promise(db, "early", due_at=after(-5), destination="C2")
    promise(db, "crisis", due_at=T, destination="C3", severity="SEV1")
    assert [lease(db, T).key for _ in range(3)] == ["crisis", "early", "late"]
    assert lease(db, T) is None


def test_nothing_is_leased_before_its_time(db):
    promise(db, "k", due_at=after(10))
    assert lease(db, after(9)) is None
    assert lease(db, after(10)).key == "k"


def test_one_destination_gets_one_post_a_second(db):
    promise(db, "a")
    promise(db, "b")
    promise(db, "elsewhere", destination="C2")
    assert [lease(db, T).key, lease(db, T).key, lease(db, T)] == ["a", "elsewhere", None]
    assert lease(db, after(0.9)) is None
    assert lease(db, after(1)).key == "b"


def test_a_lease_nobody_came_back_from_is_leased_again(db):
    promise(db, "k")
    lost = lease(db, T)
    assert lease(db, after(44)) is None
    again = lease(db, after(46))
    assert (again.key, again.work) == ("k", "send")
    with db.write() as tx:
        assert not queue.start(tx, lost, after(46), 45)
        assert queue.start(tx, again, after(46), 45)


def test_a_call_nobody_came_back_from_is_looked_up_not_repeated(db):
    promise(db, "k")
    lost = lease(db, T)
    with db.write() as tx:
        assert queue.start(tx, lost, after(1), 45)
    assert lease(db, after(45)) is None
    again = lease(db, after(47))
    assert (again.work, again.call_started_at, again.first_ambiguous_at) == (
        "find",
        after(1),
        after(1),
    )


def test_who_lost_the_lease_can_no_longer_decide(db):
    promise(db, "k")
    lost = lease(db, T)
    with db.write() as tx:
        queue.start(tx, lost, T, 45)
    mine = lease(db, after(60))
    with db.write() as tx:
        assert not queue.sent(tx, lost, {"ts": "1"}, after(61), 0)
        assert not queue.release(tx, lost, "dead_letter")
        assert not queue.resend(tx, lost)
        assert queue.sent(tx, mine, {"ts": "2"}, after(62))
    assert row(db, "k").receipt == {"ts": "2"}


def test_replies_wait_for_the_root_and_keep_their_order(db):
    promise(db, "i1:root", severity="SEV3")
    promise(db, "i1:worsened:2", thread_of="i1:root", severity="SEV2")
    promise(db, "i1:still_going:3", thread_of="i1:root", severity="SEV1")
    promise(db, "i1:step1:loop0:C1", thread_of="i1:root", broadcast=True, severity="SEV1")
    root = lease(db, T)
    assert root.key == "i1:root"
    assert lease(db, after(5)) is None
    with db.write() as tx:
        queue.start(tx, root, after(5), 45)
        queue.sent(tx, root, {"channel": "C1", "ts": "1"}, after(5), 0)
    page = lease(db, after(6))
    assert (page.key, page.thread) == ("i1:step1:loop0:C1", {"channel": "C1", "ts": "1"})
    assert lease(db, after(7)).key == "i1:worsened:2"
    assert lease(db, after(8)) is None  # the earlier line may still be in flight


def test_a_reply_to_a_dead_root_stands_alone(db):
    promise(db, "i1:root")
    promise(db, "i1:resolved:4", thread_of="i1:root")
    root = lease(db, T)
    with db.write() as tx:
        queue.release(tx, root, "dead_letter")
    reply = lease(db, after(2))
    assert (reply.key, reply.thread) == ("i1:resolved:4", None)


def test_a_sent_message_is_brought_to_the_last_wish_once(db):
    promise(db, "i1:root")
    root = lease(db, T)
    with db.write() as tx:
        queue.start(tx, root, T, 45)
        queue.sent(tx, root, {"ts": "1"}, T, root.rev)
    with db.write() as tx:
        assert not desire(tx, "i1:root", {"headline": "i1:root"})
        assert desire(tx, "i1:root", {"headline": "acknowledged"})
        assert desire(tx, "i1:root", {"headline": "resolved"})
        assert not desire(tx, "i1:root", {"headline": "resolved"})
        assert not desire(tx, "i2:root", {"headline": "no such message"})
    update = lease(db, after(2))
    assert (update.work, update.content, update.receipt) == (
        "update",
        {"headline": "resolved"},
        {"ts": "1"},
    )
    with db.write() as tx:
        queue.release(tx, update, "sent", applied_rev=update.rev)
    assert lease(db, after(4)) is None


def test_what_is_not_sent_yet_is_sent_as_last_wished(db):
    promise(db, "i1:root")
    with db.write() as tx:
        desire(tx, "i1:root", {"headline": "worse"})
    leased = lease(db, T)
    assert (leased.work, leased.content) == ("send", {"headline": "worse"})
    assert not promise(db, "i1:root")  # the promise is still the one that was made


@pytest.fixture
def number(db):
    """An incident's."""
    with db.write() as tx:
        incident = IncidentRow(
            brand="senja",
            risk_class="reputation",
            severity="SEV2",
            since=T,
            opened_at=T,
            last_signal_at=T,
            playbook={},
            facts={},
        )
        tx.add(incident)
        tx.flush()
        return incident.id


def withdraw(db, number, **how):
    with db.write() as tx:
        return withdraw_calls(tx, number, "acknowledged", **how)


def test_a_mail_that_waits_is_taken_back_once_somebody_has_answered(db, number):
    mail, shown = f"i{number}:root:email:1a2b", f"i{number}:root:fallback:1"
    promise(db, mail, incident_id=number, channel="email", destination="rina@example.com")
    promise(db, shown, incident_id=number, channel="console", destination="console")
    withdraw(db, number)  # a newer message calls, which this one tells of as well
    assert row(db, mail).state == "pending"
    withdraw(db, number, answered=True)
    assert (row(db, mail).state, row(db, shown).state) == ("withdrawn", "pending")


def test_a_mail_that_may_be_out_is_not_sent_again_once_somebody_has_answered(db, number):
    mail = f"i{number}:root:email:1a2b"
    promise(db, mail, incident_id=number, channel="email", destination="rina@example.com")
    held = lease(db, T)
    with db.write() as tx:
        queue.start(tx, held, T, 45.0)
    withdraw(db, number, answered=True)
    with db.write() as tx:
        queue.release(tx, held, "retry", due_at=after(5))
    assert row(db, mail).state == "withdrawn"


def test_an_acknowledged_incidents_steps_are_taken_back_until_they_are_called(db, number):
    first, second = (f"i{number}:step{n}:loop0:C1" for n in (1, 2))
    for key in (first, second):
        promise(db, key, incident_id=number, destination=key)
    held = lease(db, T)
    assert held.key == first
    assert withdraw(db, number) == 2
    assert [row(db, key).state for key in (first, second)] == ["withdrawn", "withdrawn"]
    with db.write() as tx:
        assert not queue.start(tx, held, T, 45.0)


@pytest.mark.parametrize("back", ["pending", "retry"])
def test_a_step_that_was_called_is_not_sent_again_once_nobody_wants_it(db, number, back):
    key = f"i{number}:step1:loop0:C1"
    promise(db, key, incident_id=number)
    called = lease(db, T)
    with db.write() as tx:
        assert queue.start(tx, called, T, 45.0)
    assert withdraw(db, number) == 0
    with db.write() as tx:
        assert queue.release(tx, called, back, due_at=after(1))
    assert (row(db, key).state, row(db, key).unwanted) == ("withdrawn", "acknowledged")


def test_a_step_that_has_arrived_counts_as_told_whoever_wants_it(db, number):
    key = f"i{number}:step1:loop0:C1"
    promise(db, key, incident_id=number)
    called = lease(db, T)
    with db.write() as tx:
        queue.start(tx, called, T, 45.0)
    withdraw(db, number)
    with db.write() as tx:
        assert queue.sent(tx, called, {"ts": "1"}, T)
    assert row(db, key).state == "sent"


def test_what_is_not_out_when_somebody_acknowledges_is_told_and_calls_nobody(db, number):
    card, line = f"i{number}:root", f"i{number}:worsened:2"
    for key in (card, line):
        called = {"headline": key, "targets": ["@here"]}
        promise(db, key, incident_id=number, destination=key, payload=called)
    withdraw(db, number)
    with db.write() as tx:  # nor does it begin to, when it is brought up to date
        desire(tx, card, {"headline": "worse", "targets": ["@here"]})
    assert lease(db, T).content == {"headline": "worse"}
    assert lease(db, T).content == {"headline": line}


def test_when_there_is_work_again_is_known(db):
    with db.read() as tx:
        assert queue.next_due(tx) is None
    promise(db, "i1:root", due_at=after(30))
    promise(db, "i1:worsened:2", thread_of="i1:root")
    with db.read() as tx:
        assert queue.next_due(tx) == after(30)
    with db.write() as tx:
        limits.pause(tx, "slack", after(90), "rate_limit", "Slack asks for a pause")
    with db.read() as tx:
        assert queue.next_due(tx) == after(90)
        assert [p.reason for p in summary(tx, T).pauses] == ["Slack asks for a pause"]
    leased = lease(db, after(91))
    with db.read() as tx:
        assert queue.next_due(tx) == leased_until(db, leased)


def test_a_limit_on_one_kind_of_work_keeps_no_other_waiting(db):
    promise(db, "i1:root")
    update = lease(db, T)
    with db.write() as tx:
        queue.sent(tx, update, {"ts": "1"}, T, update.rev)
        desire(tx, "i1:root", {"headline": "worse"})
        limits.pause(tx, "slack", after(90), "rate_limit", "Slack asks for a pause", "update")
    promise(db, "i2:root")
    posted = lease(db, after(1))
    assert (posted.key, posted.work) == ("i2:root", "send")
    with db.write() as tx:
        queue.sent(tx, posted, {"ts": "2"}, after(1), posted.rev)
        limits.unpause(tx, "slack", "send")
        assert [(p.channel, p.work) for p in summary(tx, T).pauses] == [("slack", "update")]
    assert lease(db, after(89)) is None
    assert lease(db, after(91)).work == "update"


def test_what_is_not_out_yet_comes_before_what_is_to_be_changed(db):
    promise(db, "i1:root")
    posted = lease(db, T)
    with db.write() as tx:
        queue.sent(tx, posted, {"ts": "1"}, T, posted.rev)
        desire(tx, "i1:root", {"headline": "worse"})
    promise(db, "i2:root", due_at=after(5))
    assert [lease(db, after(at)).work for at in (9, 11)] == ["send", "update"]


def leased_until(db, leased):
    return row(db, leased.key).lease_until


def test_people_see_what_waits_and_what_failed(db):
    promise(db, "waiting", due_at=after(-100))
    promise(db, "failed", destination="C2", due_at=after(-50), severity="SEV1")
    lost = lease(db, T)
    with db.write() as tx:
        queue.release(tx, lost, "dead_letter", last_error="no such channel")
    with db.read() as tx:
        seen = summary(tx, T)
    assert seen.waiting_since == after(-100)
    assert [(f.key, f.state, f.error) for f in seen.failures] == [
        ("failed", "dead_letter", "no such channel")
    ]
