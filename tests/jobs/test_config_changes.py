"""The config changes while an incident is open: what the incident is it stays; whether anybody is
named for it follows the config as it is now."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.crisis import (
    BRAND,
    blind,
    default_playbook,
    detected,
    loud,
    minutes,
    outbox,
    told,
    watching,
)
from fakes.lines import MINUTE, T0, Script, counts, make_app, mention, pages, poll_due
from fakes.rooms import Room
from sqlalchemy import select

from alerting.messages.codec import targets_of, unpack
from alerting.playbook.load import load_playbook
from connectors.base import Page, Unauthorized
from monitor.jobs.deliver.deliver import deliver
from monitor.jobs.detect.sources import watch_sources
from monitor.jobs.respond.escalate import audit, run_timers
from monitor.jobs.respond.follow_config import follow_config
from monitor.jobs.respond.respond import respond
from monitor.model import ANY, Health
from monitor.settings.model import (
    BrandSettings,
    DigestSettings,
    Settings,
    SlackSettings,
    SourceSettings,
)
from monitor.store.incidents import read_incident, timeline
from monitor.store.sources import source_states
from monitor.store.tables.listening import MentionRow, SignalRow, SourceRow
from monitor.store.tables.responding import TimerRow

OTHER = BrandSettings(slug="teh-pagi", name="Teh Pagi", query="teh")
SLACK = {"slack": object(), "console": object()}


@pytest.fixture
def crisis(database_url):
    """An open crisis of a brand, told in Slack."""
    settings = Settings(slack=SlackSettings(enabled=True, channel="#crisis"))
    app = watching(database_url, BRAND, OTHER, settings=settings, channels=SLACK)
    detected(app, loud())
    respond(app, BRAND.slug, minutes(6))
    yield app
    app.db.close()


def incident(app, number=1):
    with app.db.read() as tx:
        return read_incident(tx, number)


def reasons(app, number=1):
    with app.db.read() as tx:
        return [event.reason for event in timeline(tx, number)]


def pending(app):
    with app.db.read() as tx:
        return list(tx.scalars(select(TimerRow.kind).where(TimerRow.state == "pending")))


def last_line(app):
    return unpack(outbox(app)[-1].payload).headline


def test_a_brand_that_is_removed_closes_its_incident_and_names_nobody_any_more(crisis):
    app = replace(crisis, brands={OTHER.slug: OTHER})
    assert follow_config(app, minutes(10)) == [1]
    assert incident(app).state == "resolved"
    assert last_line(app) == "kopi-senja is not in the config any more: this is closed."
    assert run_timers(app, minutes(60)) == 0
    assert audit(app, minutes(60)) == []
    assert told(app) == ["i1:root", "i1:unwatched:2"]
    assert follow_config(app, minutes(61)) == []


def test_a_brand_that_goes_into_shadow_is_told_so_once_and_names_nobody_any_more(crisis):
    shadow = BRAND.model_copy(update={"mode": "shadow"})
    app = replace(crisis, brands={BRAND.slug: shadow, OTHER.slug: OTHER})
    assert follow_config(app, minutes(10)) == [1]
    assert incident(app).state == "open"
    assert last_line(app).startswith("Kopi Senja is only watched from now on (mode: shadow)")
    card = unpack(outbox(app)[0].desired or {})
    assert card.how_to.startswith("Nobody is called (mode: shadow). To acknowledge all the same: ")
    assert "pages nobody: the brand is only watched" in card.why
    assert "ladder" not in card.how_to
    assert "Why it pages" not in card.why
    assert not pending(app)
    detected(app, loud(at=20, score=14, observed=500, negative_share=0.8))
    respond(app, BRAND.slug, minutes(21))
    assert run_timers(app, minutes(90)) == 0
    assert follow_config(app, minutes(91)) == []
    assert audit(app, minutes(92)) == []
    assert told(app) == ["i1:root", "i1:shadowed:2"]
    assert not targets_of(outbox(app)[-1].payload)


def test_a_brand_that_comes_out_of_shadow_again_is_told_in_the_same_thread(crisis):
    shadow = BRAND.model_copy(update={"mode": "shadow"})
    follow_config(replace(crisis, brands={BRAND.slug: shadow, OTHER.slug: OTHER}), minutes(10))
    detected(crisis, loud(at=20))
    respond(crisis, BRAND.slug, minutes(21))
    assert last_line(crisis) == "Kopi Senja is watched again: SEV2"
    assert outbox(crisis)[-1].thread_of == "i1:root"
    assert pending(crisis) == ["step"]


def test_a_brand_that_is_renamed_goes_on_under_its_new_name_in_the_same_thread(crisis):
    renamed = BRAND.model_copy(update={"name": "Kopi Fajar"})
    app = replace(crisis, brands={BRAND.slug: renamed, OTHER.slug: OTHER})
    assert follow_config(app, minutes(10)) == []
    assert run_timers(app, minutes(22)) == 1
    assert "Kopi Fajar" in last_line(app)
    assert outbox(app)[-1].thread_of == "i1:root"


def test_a_source_that_moves_to_another_brand_ends_there_and_begins_here(tmp_path):
    source = SourceSettings(connector="fake", name="feed")

    def brands(**sources):
        return [
            BrandSettings(slug=slug, name=slug, query=slug, sources=sources.get(slug, ()))
            for slug in ("kopi", "teh")
        ]

    failing = Script(lambda source, cursor: fails(Unauthorized("The token is refused (401).")))
    url = f"sqlite:///{tmp_path / 'siaga.db'}"
    app = make_app(url, failing, brands=brands(kopi=(source,)))
    poll_due(app)
    watch_sources(app, T0)
    app.db.close()
    heard = pages(Page((mention(1, T0, "-teh"),), covered_from=T0 - MINUTE, cursor={"n": 1}))
    app = make_app(url, heard, brands=brands(teh=(source,)), now=T0 + MINUTE)
    poll_due(app)
    watch_sources(app, app.now())
    with app.db.read() as tx:
        (moved,) = source_states(tx)
        (signal,) = tx.scalars(select(SignalRow))
    assert (moved.brand, moved.health, moved.cursor) == ("teh", "ok", {"n": 1})
    assert (signal.brand, signal.over) == ("kopi", True)
    assert counts(app, MentionRow) == 1
    app.db.close()


def fails(error):
    raise error
    yield


def test_a_channel_that_changes_holds_for_an_open_incident_and_for_new_ones(crisis):
    moved = Settings(slack=SlackSettings(enabled=True, channel="#elsewhere"))
    app = replace(crisis, settings=moved)
    assert follow_config(app, minutes(20)) == [1]
    assert follow_config(app, minutes(21)) == []
    run_timers(app, minutes(22))
    detected(app, loud(brand=OTHER.slug))
    respond(app, OTHER.slug, minutes(23))
    assert [(row.delivery_key, row.destination) for row in outbox(app)] == [
        ("i1:root", "#elsewhere"),
        ("i1:step1:loop0:#elsewhere", "#elsewhere"),
        ("i2:root", "#elsewhere"),
    ]


@pytest.fixture
def rooms(tmp_path):
    """A crisis whose card is promised in Slack, and the rooms where things are said."""
    made = {"slack": Room(), "webhook": Room("webhook"), "console": Room("console")}
    settings = Settings(slack=SlackSettings(enabled=True, channel="#crisis"))
    app = watching(f"sqlite:///{tmp_path / 'siaga.db'}", settings=settings, channels=made)
    detected(app, loud())
    respond(app, BRAND.slug, minutes(6))
    yield app, made
    app.db.close()


def without_slack(app, rooms):
    """The same with Slack off and the brand's alerts sent to a webhook."""
    brand = BRAND.model_copy(update={"alerts": "webhook:room"})
    settings = Settings(brands=(brand,), channels={"webhook": {"url": "https://example.com"}})
    left = {name: room for name, room in rooms.items() if name != "slack"}
    return replace(app, settings=settings, brands={brand.slug: brand}, channels=left)


@pytest.mark.parametrize("card_is_out", [True, False])
def test_an_open_incident_goes_on_by_the_channel_that_took_the_place_of_its_own(rooms, card_is_out):
    app, made = rooms
    if card_is_out:
        deliver(app, minutes(6))
    app = without_slack(app, made)
    deliver(app, minutes(7))
    run_timers(app, minutes(22))
    deliver(app, minutes(22))
    told = [delivery.notice.headline for delivery in made["webhook"].sent]
    assert len(told) == (1 if card_is_out else 2)
    assert all(BRAND.name in headline for headline in told)
    assert made["webhook"].sent[-1].notice.targets
    assert made["console"].sent == []


def test_where_no_channel_is_left_it_is_said_on_the_console(rooms):
    app, made = rooms
    app = replace(app, settings=Settings(brands=(BRAND,)), channels={"console": made["console"]})
    deliver(app, minutes(7))
    assert len(made["console"].sent) == 1


def test_where_slack_is_switched_off_and_no_channel_takes_its_place_steps_go_by_mail(rooms):
    app, made = rooms
    deliver(app, minutes(6))
    brand = BRAND.model_copy(update={"digest": DigestSettings(to=("rina@example.com",))})
    mail = Room("email")
    left = {"console": made["console"], "email": mail}
    app = replace(
        app, settings=Settings(brands=(brand,)), brands={brand.slug: brand}, channels=left
    )
    run_timers(app, minutes(22))
    deliver(app, minutes(22))
    deliver(app, minutes(23))
    assert [delivery.destination for delivery in mail.sent] == ["rina@example.com"]


def test_a_card_that_waits_while_its_brand_goes_into_shadow_names_nobody(rooms):
    app, made = rooms
    shadow = BRAND.model_copy(update={"mode": "shadow"})
    app = replace(app, brands={BRAND.slug: shadow})
    follow_config(app, minutes(7))
    deliver(app, minutes(8))
    card = made["slack"].sent[0]
    assert BRAND.name in card.notice.headline
    assert card.notice.targets == ()


def test_a_playbook_that_changes_holds_for_new_incidents_and_an_open_one_keeps_its_own(crisis):
    quiet = load_playbook(
        "version: 1\notherwise: SEV4\nlevels:\n"
        + "".join(f"  SEV{n}: {{steps: []}}\n" for n in range(1, 5)),
        "default",
    )
    app = replace(crisis, playbooks={"default": quiet})
    assert run_timers(app, minutes(22)) == 1
    detected(app, loud(brand=OTHER.slug))
    respond(app, OTHER.slug, minutes(23))
    assert told(app) == ["i1:root", "i1:step1:loop0:#crisis"]
    assert incident(app, 2).severity == "SEV4"
    assert incident(app).playbook == default_playbook().snapshot()


def test_a_source_that_is_removed_is_not_said_to_be_seen_again(crisis):
    with crisis.db.write() as tx:
        tx.add(
            SourceRow(
                brand=BRAND.slug,
                connector="youtube",
                name="own-videos",
                platform="youtube",
                active=False,
                health=Health.BLIND,
                next_poll_at=minutes(0),
            )
        )
    detected(crisis, blind(at=7))
    respond(crisis, BRAND.slug, minutes(8))
    detected(crisis, blind(at=20, over=True))
    respond(crisis, BRAND.slug, minutes(20))
    assert reasons(crisis, 2) == ["opened", "unwatched"]
    assert last_line(crisis) == (
        "YouTube is not in the config any more: whether it can be read is not watched."
    )


def test_a_source_of_every_brand_is_nobodys_brand_that_is_gone(crisis):
    detected(crisis, blind(brand=ANY))
    respond(crisis, ANY, minutes(8))
    assert follow_config(crisis, minutes(9)) == []
