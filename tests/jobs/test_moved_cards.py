"""The config has a brand's messages told elsewhere while an incident is open: those in the new
place hear of it there, and who looks at the old one reads where it goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.crisis import BRAND, blind, default_playbook, detected, loud, minutes, outbox, watching
from fakes.rooms import Room
from fakes.slack_memory import LOST, UNHEARD, MemorySlack, channel_to, key_in

from alerting.channels.base import DeliveryError
from alerting.decide.actions import Action
from alerting.messages.codec import unpack
from alerting.playbook.load import load_playbook
from monitor.jobs.deliver.deliver import deliver
from monitor.jobs.respond.act import act
from monitor.jobs.respond.escalate import run_timers
from monitor.jobs.respond.follow_config import follow_config
from monitor.jobs.respond.respond import respond
from monitor.model import ANY
from monitor.settings.hours import QuietHours
from monitor.settings.model import Settings, SlackSettings
from monitor.store.incidents import timeline
from monitor.store.outbox.write import read_key


class Workspace:
    """An app, its Slack and a time of its own."""

    def __init__(self, url, *names, **options):
        self.at = minutes(6)
        self.slack = MemorySlack(lambda: self.at)
        for name in names:
            self.slack.make(name)
        self.settings = SlackSettings(
            enabled=True, channel="#crisis", quiet_period="9s", timeout="3s"
        )
        made = {"slack": channel_to(self.slack, self.settings), "console": Room("console")}
        self.app = watching(
            url, BRAND, settings=Settings(slack=self.settings), channels=made, **options
        )
        self.app = replace(self.app, wall=lambda: self.at, now=lambda: self.at)

    def opens(self, signal=None):
        signal = signal or loud()
        detected(self.app, signal)
        respond(self.app, signal.brand, minutes(6))
        self.turns(4)

    def turns(self, seconds, follow=True):
        for _ in range(seconds):
            if follow:
                follow_config(self.app, self.at)
            deliver(self.app, self.at)
            self.at += timedelta(seconds=1)

    def to(self, **brand):
        changed = BRAND.model_copy(update=brand)
        settings = self.app.settings.model_copy(update={"brands": (changed,)})
        self.app = replace(self.app, brands={BRAND.slug: changed}, settings=settings)

    def cards(self, name):
        """The words of every message that is nobody's reply in a channel, oldest first."""
        there = next(c for c in self.slack.conversations.values() if c.name == name)
        return [_words(m) for m in there.messages.values() if not m["thread_ts"]]

    def replies(self, name):
        there = next(c for c in self.slack.conversations.values() if c.name == name)
        return [key_in(m).partition(":")[2] for m in there.messages.values() if m["thread_ts"]]

    def posted(self, name):
        there = next(c for c in self.slack.conversations.values() if c.name == name)
        return sum(
            t.method == "chat.postMessage" and t.channel == there.id for t in self.slack.told
        )


def _words(message):
    return str(message["text"]) + str(message.get("blocks")) + str(message.get("attachments"))


@pytest.fixture
def place(tmp_path):
    made = []

    def make(*names, url=f"sqlite:///{tmp_path / 'siaga.db'}", **options):
        made.append(Workspace(url, *names, **options))
        return made[-1]

    yield make
    for one in made:
        one.app.db.close()


def test_an_open_incident_goes_on_in_the_channel_that_the_config_names_now(place, database_url):
    here = place("crisis", "elsewhere", url=database_url)
    here.opens()
    here.to(slack_channel="#elsewhere")
    here.turns(5)
    (card,) = here.cards("elsewhere")
    assert "Kopi Senja" in card
    assert "<!here>" in card
    assert "siaga incident ack 1" in card
    (left,) = here.cards("crisis")
    assert "This goes on in <#C000000001>." in left
    assert "incident ack" not in left
    assert "<!here>" not in left
    here.turns(120)
    assert (here.posted("crisis"), here.posted("elsewhere")) == (1, 1)
    with here.app.db.read() as tx:
        assert [e.reason for e in timeline(tx, 1)] == ["opened", "moved"]


def test_what_comes_after_stands_below_the_new_card(place):
    here = place("crisis", "elsewhere")
    here.opens()
    here.to(slack_channel="#elsewhere")
    here.turns(5)
    act(here.app, Action("ack", "rina", 1), here.at)
    here.turns(10)
    assert here.replies("crisis") == []
    assert here.replies("elsewhere") == ["i1:acknowledged:2"]
    assert "rina" in here.cards("elsewhere")[0]
    assert "rina" not in here.cards("crisis")[0]


@pytest.mark.parametrize("acked", [True, False])
def test_what_somebody_has_names_nobody_in_the_new_channel(place, acked):
    here = place("crisis", "elsewhere")
    here.opens()
    if acked:
        act(here.app, Action("ack", "rina", 1), here.at)
    else:
        act(
            here.app,
            Action("snooze", "rina", 1, reason="asked them", duration=timedelta(minutes=30)),
            here.at,
        )
    here.turns(5)
    here.to(slack_channel="#elsewhere")
    here.turns(10)
    (card,) = here.cards("elsewhere")
    assert "<!here>" not in card
    assert ("rina" if acked else "Snoozed until") in card


def test_a_later_step_is_named_where_it_has_come_to_it(place):
    here = place("crisis", "elsewhere")
    here.opens()
    here.at = minutes(22)
    run_timers(here.app, here.at)
    here.turns(5)
    here.to(slack_channel="#elsewhere")
    here.turns(5)
    step = default_playbook().policy.levels["SEV2"].steps[1].notify
    assert all(f"<!{who.kind}>" in here.cards("elsewhere")[0] for who in step)
    assert step


def test_what_is_over_stays_where_it_was_told(place):
    here = place("crisis", "elsewhere")
    here.opens()
    act(here.app, Action("resolve", "rina", 1), here.at)
    here.turns(5)
    here.to(slack_channel="#elsewhere")
    here.turns(30)
    assert here.cards("elsewhere") == []


@pytest.mark.parametrize("name", ["crisis", "C000000000"])
def test_another_name_of_the_same_channel_posts_nothing(place, name):
    here = place("crisis")
    here.opens()
    here.to(slack_channel=name)
    here.turns(30)
    (card,) = here.cards("crisis")
    assert "siaga incident ack 1" in card
    assert "goes on in" not in card
    assert here.posted("crisis") == 1


def test_a_channel_that_is_renamed_there_and_here_posts_nothing(place):
    here = place("crisis")
    here.opens()
    here.slack.named("crisis").name = "kopi-senja-crisis"
    here.to(slack_channel="#kopi-senja-crisis")
    here.turns(30)
    assert here.posted("kopi-senja-crisis") == 1
    assert "goes on in" not in here.cards("kopi-senja-crisis")[0]


def test_there_and_back_again_ends_in_one_card(place):
    here = place("crisis", "elsewhere")
    here.opens()
    for name in ("#elsewhere", "#crisis", "#elsewhere", "#crisis"):
        here.to(slack_channel=name)
        here.turns(8)
    here.turns(300)
    live = [c for name in ("crisis", "elsewhere") for c in here.cards(name) if "incident ack" in c]
    assert len(live) == 1
    assert "incident ack" in here.cards("crisis")[-1]
    assert here.slack.deleted == []


@pytest.mark.parametrize("back", [True, False])
def test_a_new_channel_that_is_not_there_yet_takes_the_card_when_it_is(place, back):
    here = place("crisis")
    here.opens()
    here.to(slack_channel="#elsewhere")
    here.turns(60)
    assert "Kopi Senja" in here.app.channels["console"].sent[0].notice.headline
    if back:
        here.to(slack_channel="#crisis")
        here.turns(60)
        assert here.posted("crisis") == 1
        assert "incident ack" in here.cards("crisis")[0]
    else:
        here.slack.make("elsewhere")
        here.turns(120)
        assert "incident ack" in here.cards("elsewhere")[0]
        assert "goes on in" in here.cards("crisis")[0]


@pytest.mark.parametrize("fate", [LOST, UNHEARD])
@pytest.mark.parametrize("moved", ["before", "after"])
def test_a_slack_that_does_not_answer_while_it_moves_doubles_nothing(place, fate, moved):
    here = place("crisis", "elsewhere")
    fates = [fate]
    here.slack.fate = lambda: fates.pop() if fates else ""
    if moved == "before":  # the first post is in doubt when the config changes
        here.opens()
        here.to(slack_channel="#elsewhere")
    else:
        fates.clear()
        here.opens()
        fates.append(fate)
        here.to(slack_channel="#elsewhere")
    here.turns(90)
    act(here.app, Action("ack", "rina", 1), here.at)
    here.turns(300)
    assert len(here.cards("elsewhere")) == 1
    assert here.replies("elsewhere") == ["i1:acknowledged:2"]
    assert len(here.cards("crisis")) == 1
    assert "goes on in" in here.cards("crisis")[0]
    assert here.slack.deleted == []


def test_a_card_that_is_not_out_yet_goes_to_the_new_channel_only(place):
    here = place("crisis", "elsewhere")
    detected(here.app, loud())
    respond(here.app, BRAND.slug, minutes(6))
    act(here.app, Action("note", "rina", 1, reason="calling them"), here.at)
    here.to(slack_channel="#elsewhere")
    here.turns(10)
    assert here.posted("crisis") == 0
    assert len(here.cards("elsewhere")) == 1
    assert len(here.replies("elsewhere")) == 1


def test_the_old_channel_may_be_archived_meanwhile(place):
    here = place("crisis", "elsewhere")
    here.opens()
    here.slack.named("crisis").archived = True
    here.to(slack_channel="#elsewhere")
    here.turns(120)
    assert here.posted("elsewhere") == 1
    with here.app.db.read() as tx:
        assert read_key(tx, "i1:root:left:1").state == "sent"


def test_the_old_card_may_be_deleted_meanwhile(place):
    here = place("crisis", "elsewhere")
    here.opens()
    here.slack.named("crisis").messages.clear()
    here.to(slack_channel="#elsewhere")
    here.turns(120)
    assert (here.posted("crisis"), here.posted("elsewhere")) == (1, 1)
    assert here.cards("crisis") == []


def test_a_blind_source_goes_on_there_too(place):
    here = place("crisis", "elsewhere")
    here.opens(blind())
    here.to(slack_channel="#elsewhere")
    here.turns(10)
    assert len(here.cards("elsewhere")) == 1


def test_what_concerns_every_brand_follows_the_channel_of_all(place):
    here = place("crisis", "elsewhere")
    here.opens(blind(brand=ANY))
    moved = here.settings.model_copy(update={"channel": "#elsewhere"})
    here.app = replace(here.app, settings=Settings(slack=moved))
    here.turns(10)
    assert len(here.cards("elsewhere")) == 1


def test_quiet_hours_move_it_without_naming_anybody(place):
    here = place("crisis", "elsewhere")
    here.opens()
    night = QuietHours.model_validate({"from": "11:00", "to": "18:00"})
    here.to(slack_channel="#elsewhere", quiet_hours=night)
    here.turns(10)
    (card,) = here.cards("elsewhere")
    assert "<!here>" not in card


BOOK = """\
version: 1
otherwise: SEV2
levels:
  SEV1: {steps: [{at: 0m, notify: ["@channel"], channel: "#war-room"}]}
  SEV2:
    steps:
      - {at: 0m, notify: ["@here"]}
      - {at: 15m, notify: ["@channel"], channel: "#war-room"}
  SEV3: {}
  SEV4: {}
"""


def test_a_step_s_own_channel_is_no_change_of_the_config(place):
    here = place("crisis", "war-room", playbook=load_playbook(BOOK, "default"))
    here.opens()
    here.at = minutes(22)
    run_timers(here.app, here.at)
    here.turns(30)
    assert (here.posted("crisis"), here.posted("war-room")) == (1, 1)


class Hook(Room):
    """A channel that takes messages and changes none."""

    def update(self, receipt, delivery):
        raise DeliveryError("it cannot take back what it said", "not_sent", permanent=True)


def test_another_kind_of_channel_takes_it_over_and_the_old_card_says_so(place):
    here = place("crisis")
    here.opens()
    hook = Hook("webhook")
    here.app = replace(here.app, channels={**here.app.channels, "webhook": hook})
    settings = Settings(
        slack=here.settings, channels={"webhook": {"url": "https://example.com/hook"}}
    )
    here.app = replace(here.app, settings=settings)
    here.to(alerts="webhook:room")
    here.turns(30)
    (sent,) = hook.sent
    assert (sent.destination, bool(sent.notice.targets)) == ("room", True)
    assert "This goes on in room." in here.cards("crisis")[0]
    act(here.app, Action("ack", "rina", 1), here.at)
    here.turns(30)
    assert len(hook.sent) == 2


def test_a_replay_moves_nothing(place):
    here = place("crisis", "elsewhere")
    here.opens()
    here.to(slack_channel="#elsewhere")
    assert follow_config(replace(here.app, replay=True), here.at) == []


def test_it_is_told_in_the_reader_s_language(place):
    here = place("crisis", "elsewhere")
    here.opens()
    here.to(slack_channel="#elsewhere", language="id")
    here.turns(10)
    assert "Ini berlanjut di <#C000000001>." in here.cards("crisis")[0]
    assert unpack(outbox(here.app)[0].payload).locale == "id"
