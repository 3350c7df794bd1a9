"""What its own channel does not take goes another way."""

from __future__ import annotations

from datetime import UTC, datetime

from alerting.channels.base import ChannelInfo
from monitor.settings import BrandSettings
from monitor.tables import IncidentRow


class Mailbox:
    """A mail relay that takes everything."""

    def __init__(self):
        self.info, self.got = ChannelInfo("email"), []

    def send(self, delivery):
        self.got.append((delivery.destination, delivery.key))
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
            brand="senja", risk_class="reputation", severity="SEV1", since=post.clock(),
            opened_at=post.clock(), last_signal_at=post.clock(), playbook={}, facts={},
        )  # fmt: skip
        tx.add(incident)
        tx.flush()
        return incident.id


def test_a_crisis_that_slack_does_not_take_is_mailed_once_and_still_posted(post):
    box = mailbox(post)
    number = incident_of(post)
    post.promise("loud", severity="SEV1", incident_id=number)
    post.promise("soft", severity="SEV3", incident_id=number)
    post.proxy.away = True
    for _ in range(30):
        post.turn(10)
    ((to, key),) = box.got
    assert (to, key.split(":")[0]) == ("rina@example.com", "loud")
    post.proxy.away = False
    post.drain(30)
    assert sorted(post.room.keys()) == ["loud", "soft"]
    assert len(box.got) == 1


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
    assert post.states()["loud"] == "dead"


def test_time_of_a_replay_does_not_age_a_message(post):
    box = mailbox(post)
    number = incident_of(post)
    post.promise(severity="SEV1", incident_id=number, created_at=datetime(2015, 2, 22, tzinfo=UTC))
    post.turn()
    assert post.states() == {"i1:root": "sent"}
    assert box.got == []
