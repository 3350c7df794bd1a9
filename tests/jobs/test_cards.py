"""A card that is refused for now comes when it can, its replies below it and never without it; and
it always ends up showing the newest truth."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from fakes.post import QUIET
from fakes.slack_emulator import Room, key_of

from alerting.channels.testing import SAMPLE
from alerting.messages.codec import pack
from monitor.settings.model import BrandSettings
from monitor.store.outbox.write import desire, withdraw_calls
from monitor.store.tables.responding import IncidentRow

LINE = replace(SAMPLE, headline="rina has acknowledged this; the ladder stops.", kind="update")


@pytest.fixture
def crisis(post):
    """An open incident of a brand, whose card is promised."""
    post.brands["senja"] = BrandSettings(slug="senja", name="Kopi Senja", query="senja")
    with post.db.write() as tx:
        incident = IncidentRow(
            brand="senja",
            risk_class="reputation",
            severity="SEV1",
            since=post.clock(),
            opened_at=post.clock(),
            last_signal_at=post.clock(),
            playbook={},
            facts={},
        )
        tx.add(incident)
    post.promise(incident_id=1)
    return post


def line(post, key="i1:acknowledged:2", **values):
    post.promise(key, notice=LINE, incident_id=1, thread_of="i1:root", **values)


def shows(post, headline):
    with post.db.write() as tx:
        desire(tx, "i1:root", pack(replace(SAMPLE, headline=headline)))


def thread(post):
    """The card's first line in the room, and the keys below it."""
    (card,) = post.room.messages()
    below = [key_of(message) for message in post.room.replies(card["ts"])]
    return card["text"].partition("\n")[0], below


def test_a_card_comes_when_the_bot_is_invited_too_late_and_its_replies_below_it(crisis):
    refusal = crisis.proxy.fault("error", code="not_in_channel", times=10**6)
    crisis.turn()
    line(crisis)
    for _ in range(8):
        crisis.turn(2)
    assert crisis.room.messages() == []
    assert "212 mentions" in crisis.stream.getvalue()
    assert "rina has acknowledged" in crisis.stream.getvalue()
    refusal.times = 0  # invited
    for _ in range(30):
        crisis.turn(2)
    assert thread(crisis) == (SAMPLE.headline, ["i1:acknowledged:2"])


def test_a_card_that_comes_late_shows_what_is_true_by_then(crisis):
    crisis.proxy.fault("error", code="not_in_channel")
    crisis.turn()
    shows(crisis, "SEV1 · acknowledged")
    for _ in range(30):
        crisis.turn(2)
    assert thread(crisis) == ("SEV1 · acknowledged", [])


def test_a_card_that_stays_refused_is_told_elsewhere_once(crisis):
    crisis.proxy.fault("error", code="not_in_channel", times=10**6)
    for _ in range(120):
        crisis.turn(30)
    assert crisis.stream.getvalue().count("212 mentions") == 1
    tries = len(crisis.proxy.calls)
    assert 20 <= tries <= 60


def test_a_card_need_not_wait_once_its_channel_takes_something_else(crisis):
    crisis.proxy.fault("error", code="not_in_channel")
    crisis.turn()
    crisis.promise("i2:root")
    crisis.turn(2)
    crisis.turn(2)
    assert sorted(crisis.room.keys()) == ["i1:root", "i2:root"]


def remade(post):
    """The channel is archived, and another gets its name."""
    old, client = post.room, post.room.client
    client.conversations_rename(channel=old.id, name=f"{old.name}-old")
    client.conversations_archive(channel=old.id)
    made = client.conversations_create(name=old.name)["channel"]
    post.room = Room(client, made["id"], old.name)
    return old


def test_a_channel_that_was_archived_and_made_anew_is_found_by_its_name(crisis, room):
    crisis.promise("other", destination=f"#{room.name}")
    crisis.drain()
    old = remade(crisis)
    crisis.promise("later", destination=f"#{room.name}")
    crisis.drain()
    assert crisis.room.keys() == ["later"]
    assert "later" not in old.keys()  # noqa: SIM118


@pytest.fixture
def by_name(post, room):
    post.destination = f"#{room.name}"
    return post


@pytest.mark.parametrize("refused", ["is_archived", ""])
def test_an_open_crisis_goes_on_in_the_channel_that_was_made_anew(by_name, crisis, refused):
    """Slack refuses updates there, too; the emulator takes them."""
    crisis.drain()
    remade(crisis)
    if refused:
        crisis.proxy.fault("error", "chat.update", code=refused)
    line(crisis)
    for _ in range(20):
        crisis.turn(2)
    assert thread(crisis) == (SAMPLE.headline, ["i1:acknowledged:2"])


def test_a_card_whose_channel_was_archived_goes_where_the_config_says_by_now(
    crisis, slack_emulator
):
    crisis.drain()
    crisis.room.client.conversations_archive(channel=crisis.room.id)
    crisis.room = slack_emulator.room()
    crisis.destination = crisis.room.id
    crisis.proxy.fault("error", "chat.update", code="is_archived")
    shows(crisis, "SEV1 · worse")
    for _ in range(30):
        crisis.turn(2)
    assert thread(crisis) == ("SEV1 · worse", [])


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found"])
@pytest.mark.parametrize("with_line", [False, True])
@pytest.mark.parametrize("minutes", [1, 20])
def test_a_card_is_one_when_the_bot_is_removed_and_invited_again(
    by_name, crisis, code, with_line, minutes
):
    crisis.drain()
    calls = ("chat.update", "chat.postMessage", "conversations.history", "conversations.replies")
    removed = [crisis.proxy.fault("error", call, code=code, times=10**6) for call in calls]
    shows(crisis, "SEV1 · worse")
    if with_line:
        line(crisis)
    for _ in range(minutes * 6):
        crisis.turn(10)
    for fault in removed:
        fault.times = 0
    for _ in range(60):
        crisis.turn(30)
    assert thread(crisis) == ("SEV1 · worse", ["i1:acknowledged:2"] if with_line else [])


def test_a_card_that_was_deleted_while_the_bot_was_away_comes_anew(crisis):
    crisis.drain()
    calls = ("chat.update", "chat.postMessage")
    removed = [crisis.proxy.fault("error", call, code="not_in_channel", times=9) for call in calls]
    shows(crisis, "SEV1 · worse")
    crisis.turn(10)
    (card,) = crisis.room.messages()
    crisis.room.client.chat_delete(channel=crisis.room.id, ts=card["ts"])
    for fault in removed:
        fault.times = 0
    for _ in range(30):
        crisis.turn(15)
    assert thread(crisis) == ("SEV1 · worse", [])


def test_a_channel_that_refuses_replies_only_keeps_its_one_card(crisis):
    crisis.drain()
    crisis.proxy.fault("error", code="restricted_action_thread_locked", times=10**6)
    line(crisis)
    for _ in range(60):
        crisis.turn(10)
    assert thread(crisis) == (SAMPLE.headline, [])
    assert "rina has acknowledged" in crisis.stream.getvalue()


def wait_for(true):
    until = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_an_older_update_that_takes_effect_late_does_not_stay(crisis):
    crisis.drain()
    shows(crisis, "SEV1 · worse")
    late = crisis.proxy.fault("hang_late", "chat.update")
    crisis.turn(2)
    shows(crisis, "Over · SEV1")
    crisis.turn(5)
    assert thread(crisis) == ("Over · SEV1", [])
    late.released.set()
    wait_for(lambda: thread(crisis) == ("SEV1 · worse", []))
    crisis.turn(QUIET)
    assert thread(crisis) == ("Over · SEV1", [])
    assert crisis.turn().next_due is None


def test_an_update_of_unknown_outcome_is_applied_twice_and_then_left_alone(crisis):
    crisis.drain()
    shows(crisis, "SEV1 · worse")
    crisis.proxy.fault("drop_after", "chat.update")
    crisis.drain()
    updates = [call for call in crisis.proxy.calls if call.method == "chat.update"]
    assert len(updates) == 3
    assert crisis.turn(3600).next_due is None


def test_a_step_that_was_refused_does_not_come_after_somebody_has_acknowledged(crisis):
    refusal = crisis.proxy.fault("error", code="not_in_channel", times=10**6)
    crisis.turn()
    line(crisis, f"i1:step1:loop0:{crisis.destination}", broadcast=True)
    crisis.promise("i1:step2:loop0:boss", incident_id=1)
    for _ in range(4):
        crisis.turn(2)
    with crisis.db.write() as tx:
        assert withdraw_calls(tx, 1, "acknowledged") == 2
    refusal.times = 0
    for _ in range(40):
        crisis.turn(2)
    assert crisis.room.keys() == ["i1:root"]
