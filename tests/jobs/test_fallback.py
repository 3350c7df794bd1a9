"""What its own channel does not take goes another way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fakes.slack_emulator import free_port
from fakes.smtp_relay import mail_relay

from alerting.channels.base import ChannelInfo
from alerting.channels.email.channel import EmailChannel
from alerting.channels.testing import SAMPLE
from monitor.settings.model import BrandSettings
from monitor.store.outbox.write import summary
from monitor.store.tables.responding import IncidentRow


class Mailbox:
    """A mail relay that takes everything."""

    def __init__(self):
        self.info, self.got, self.said = ChannelInfo("email"), [], []

    def send(self, delivery):
        self.got.append((delivery.destination, delivery.key))
        self.said.append(delivery.notice)
        return {"message_id": delivery.key}


def mailbox(post):
    """The brand's people can be reached by e-mail."""
    post.brands["senja"] = BrandSettings(
        slug="senja", name="Kopi Senja", query="senja", digest={"to": ["rina@example.com"]}
    )
    post.channels["email"] = Mailbox()
    return post.channels["email"]


def incident_of(post):
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
        tx.flush()
        return incident.id


@pytest.mark.parametrize(
    ("said", "subject"),
    [
        ("it is back", "SEV1 · Kopi Senja: it is back"),
        ("SEV1 · 2 brands: blind on 8 sources", "SEV1 · 2 brands: blind on 8 sources"),
    ],
)
def test_a_crisis_that_slack_does_not_take_is_mailed_once_and_still_posted(post, said, subject):
    box = mailbox(post)
    number = incident_of(post)
    line = replace(SAMPLE, headline=said)
    post.promise("loud", severity="SEV1", incident_id=number, notice=line)
    post.promise("soft", severity="SEV3", incident_id=number)
    post.proxy.away = True
    for _ in range(30):
        post.turn(10)
    ((to, key),) = box.got
    assert (to, key.split(":")[0]) == ("rina@example.com", "loud")
    [notice] = box.said
    assert notice.headline == subject
    assert dict(notice.fields)["Why it comes this way"].startswith("Slack ")
    post.proxy.away = False
    post.drain(30)
    assert sorted(post.room.keys()) == ["loud", "soft"]
    assert len(box.got) == 1


def test_a_crisis_that_somebody_has_answered_is_not_mailed_because_slack_is_away(post):
    box, number = mailbox(post), incident_of(post)
    nobody = replace(SAMPLE, targets=())
    post.promise("loud", notice=nobody, severity="SEV1", incident_id=number)
    with post.db.write() as tx:
        tx.get_one(IncidentRow, number).state = "acknowledged"
    post.proxy.away = True
    for _ in range(12):
        post.turn(10)
    assert box.got == []


def test_the_next_ways_are_taken_within_a_minute_each_once(post):
    box = mailbox(post)
    post.channels["apprise"] = phone = Mailbox()
    post.channels["webhook"] = hook = Mailbox()
    post.next_ways = ("apprise:oncall", "webhook:crisis", "teams:gone")
    number = incident_of(post)
    post.promise("loud", severity="SEV1", incident_id=number)
    post.proxy.away = True
    for _ in range(8):
        post.turn(10)
    assert [to for to, _ in box.got] == ["rina@example.com"]
    assert [to for to, _ in phone.got] == ["oncall"]
    assert [to for to, _ in hook.got] == ["crisis"]
    post.proxy.away = False
    post.drain(30)
    assert sorted(post.room.keys()) == ["loud"]
    assert len(phone.got) == len(hook.got) == 1


def test_a_crisis_that_slack_will_never_take_is_mailed_at_once(post):
    box = mailbox(post)
    number = incident_of(post)
    post.promise("loud", severity="SEV1", incident_id=number)
    post.promise("line", severity="SEV1", incident_id=number, thread_of="loud")
    post.promise("soft", severity="SEV3", incident_id=number)
    post.proxy.fault("error", code="is_archived", times=10**6)
    for _ in range(8):
        post.turn(2)
    ((to, key),) = box.got
    assert (to, key.split(":")[0]) == ("rina@example.com", "loud")
    assert post.states()["loud"] == "dead_letter"


def test_time_of_a_replay_does_not_age_a_message(post):
    box = mailbox(post)
    number = incident_of(post)
    post.promise(severity="SEV1", incident_id=number, created_at=datetime(2015, 2, 22, tzinfo=UTC))
    post.turn()
    assert post.states() == {"i1:root": "sent"}
    assert box.got == []


@pytest.fixture
def relay(post):
    """A mail relay, and the channel to it."""
    with mail_relay() as relay:
        post.channels["email"] = EmailChannel(relay.settings())
        yield relay


def mail(post, key, to):
    post.promise(key, channel="email", destination=to)


def test_a_recipient_that_is_refused_for_now_is_asked_ever_more_slowly_and_then_told(relay, post):
    mail(post, "grey", "rina@example.com")
    relay.answers["RCPT"] = ["451 later"] * 100
    waits = []
    while (due := post.turn().next_due) is not None:
        waits.append(due - post.clock())
        post.clock.advance_to(due)
    least = [60, 120, 300, 900, 1800, 1800]  # from the answer on, which took what it took
    first = [wait.total_seconds() for wait in waits[:6]]
    assert all(a <= wait < a + 30 for a, wait in zip(least, first, strict=True)), first
    assert timedelta(hours=24) <= sum(waits, timedelta()) < timedelta(hours=25)
    assert post.states() == {"grey": "dead_letter", "grey:fallback:0": "sent"}
    with post.db.read() as tx:
        (failure,) = summary(tx, post.clock()).failures
    assert (
        failure.error == "given up after 24 h: the mail relay takes no mail for this address (451)"
    )
    assert "212 mentions" in post.stream.getvalue()


def test_a_relay_that_was_away_for_days_may_still_say_later(relay, post):
    mail(post, "late", "rina@example.com")
    there = post.channels["email"]
    post.channels["email"] = EmailChannel(relay.settings(port=free_port()))
    for _ in range(3):
        post.turn(24 * 3600)
    post.channels["email"] = there
    relay.answers["RCPT"] = ["451 later"]
    post.turn(60)
    assert post.states() == {"late": "retry"}
    post.drain(1800)
    assert relay.to == ["rina@example.com"]


@pytest.mark.parametrize("answer", ["451 later", "550 no such person"])
def test_a_recipient_that_is_refused_does_not_stop_the_others(relay, post, answer):
    for name in ("ana", "bo", "cy"):
        mail(post, name, f"{name}@example.com")
    relay.answers["RCPT"] = [answer]
    post.turn()
    assert relay.to == ["bo@example.com", "cy@example.com"]
    assert post.states()["ana"] == ("retry" if answer.startswith("4") else "dead_letter")
