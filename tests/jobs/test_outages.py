"""One cause, one message: what failed together is one incident, what comes and goes is told once,
and after an outage of Slack only the highest step is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.crisis import (
    BRAND,
    blind,
    detected,
    loud,
    minutes,
    outbox,
    root_notice,
    told,
    watching,
)
from fakes.databases import ON_SQLITE

from alerting.messages.codec import targets_of, unpack
from monitor.jobs.detect.sources import watch_sources
from monitor.jobs.respond.act import Action, act
from monitor.jobs.respond.escalate import run_timers
from monitor.jobs.respond.respond import respond
from monitor.model import ANY, Health
from monitor.settings.model import BrandSettings, Settings, SlackSettings
from monitor.store.incidents import list_incidents
from monitor.store.sources import source_states
from monitor.store.tables.listening import SourceRow

pytestmark = ON_SQLITE

OTHER = BrandSettings(slug="teh-pagi", name="Teh Pagi", query="teh")


@pytest.fixture
def app(database_url):
    app = watching(database_url, BRAND, OTHER)
    yield app
    app.db.close()


def source(name, *, start=0.0, kind="unavailable", connector="rss", brand=BRAND.slug, **more):
    """A feed that cannot be read."""
    signal = blind(start, kind=kind, brand=brand, **more)
    facts = {**signal.facts, "source": name, "connector": connector}
    return replace(signal, platform=connector, subject=f"{connector}/{name}", facts=facts)


def answer(app, at, *signals):
    detected(app, *signals)
    for brand in {signal.brand for signal in signals}:
        respond(app, brand, minutes(at))


def open_incidents(app):
    with app.db.read() as tx:
        return list_incidents(tx)


def lines(app):
    return [unpack(row.payload).headline for row in outbox(app)]


def test_ten_sources_that_fail_together_are_one_incident_and_one_message(app):
    for number in range(10):
        connector = ("rss", "youtube", "x")[number % 3]
        answer(app, 1 + number, source(f"s{number}", start=number / 2, connector=connector))
    assert told(app) == ["i1:root"]
    notice = root_notice(app)
    assert "blind on 10 sources since 12:00 WIB" in notice.headline
    assert "News (s0), News (s3)" in notice.summary
    assert "and 4 more" in notice.summary


def test_sources_of_several_brands_that_the_same_people_watch_are_one_incident(app):
    answer(app, 2, source("a"), source("b", brand=OTHER.slug))
    assert told(app) == ["i1:root"]
    assert "2 brands: blind on 2 sources" in root_notice(app).headline
    assert f"Affected: {BRAND.name}, {OTHER.name}." in root_notice(app).summary


def test_other_people_hear_of_their_own_brands_sources(database_url):
    own = OTHER.model_copy(update={"slack_channel": "#tea"})
    settings = Settings(slack=SlackSettings(enabled=True, channel="#crisis"))
    channels = {"slack": object(), "console": object()}
    app = watching(database_url, BRAND, own, settings=settings, channels=channels)
    answer(app, 2, source("a"), source("b", brand=OTHER.slug))
    assert sorted(row.destination for row in outbox(app)) == ["#crisis", "#tea"]
    app.db.close()


def test_one_account_that_is_refused_is_one_incident_and_another_platforms_is_its_own(app):
    answer(app, 2, source("a", kind="token", connector="x"))
    answer(app, 100, source("b", kind="token", connector="x", start=99, at=99))
    answer(app, 101, source("c", kind="token", connector="youtube", start=100, at=100))
    assert told(app) == ["i1:root", "i2:root"]


def test_a_sign_in_page_before_many_hosts_is_one_incident_and_one_message(app):
    """What stands in between says 404 for one host, 403 for another, and breaks off for a third."""
    kinds = ("query", "permission", "unavailable")
    for number in range(9):
        connector = ("rss", "youtube", "x")[number // 3]
        failed = source(f"s{number}", start=number / 2, kind=kinds[number % 3], connector=connector)
        answer(app, 1 + number, failed)
    assert told(app) == ["i1:root"]
    assert "blind on 9 sources since 12:00 WIB" in root_notice(app).headline
    answer(app, 200, source("later", start=199, kind="query"))
    assert told(app)[-1] == "i2:root"


def test_what_fails_hours_later_is_told_for_itself(app):
    answer(app, 2, source("a"))
    answer(app, 202, source("b", start=200, at=201))
    assert told(app) == ["i1:root", "i2:root"]


def test_the_incident_is_over_when_the_last_source_is_seen_again(app):
    answer(app, 2, source("a"), source("b"))
    answer(app, 10, source("a", at=10, over=True))
    assert "blind on News since" in root_notice(app).headline
    assert [incident.state for incident in open_incidents(app)] == ["open"]
    answer(app, 15, source("b", at=15, over=True))
    assert open_incidents(app) == []
    assert told(app) == ["i1:root", "i1:recovered:2"]
    assert lines(app)[-1] == "Sees 2 sources again since 12:15 WIB, after a gap of 15 min."


def comes_and_goes(app, times, first=0):
    """Blind for four minutes of every ten."""
    for number in range(first, first + times):
        start = 10 * number
        answer(app, start + 1, blind(start, start + 1))
        answer(app, start + 4, blind(start, start + 4, over=True))


def test_a_source_that_comes_and_goes_is_told_once_as_such_and_then_only_when_it_stays(app):
    comes_and_goes(app, 6)
    assert told(app) == [
        "i1:root",
        "i1:recovered:2",
        "i1:reopened:3",
        "i1:recovered:4",
        "i1:flapping:5",
    ]
    assert "YouTube comes and goes." in lines(app)[-1]
    assert [incident.state for incident in open_incidents(app)] == ["open"]
    run_timers(app, minutes(54 + 29))
    assert [incident.state for incident in open_incidents(app)] == ["open"]
    run_timers(app, minutes(54 + 31))
    assert open_incidents(app) == []
    assert lines(app)[-1] == "Sees YouTube steadily again, after 6 gaps, 24 min in all."


def test_what_is_there_longer_than_it_is_away_is_told_once_as_coming_and_going(app):
    for number in range(6):  # there for 30 minutes, away for 20
        start = 50 * number
        answer(app, start + 14, blind(start, start + 14))
        run_timers(app, minutes(start + 20))
        answer(app, start + 20, blind(start, start + 20, over=True))
        run_timers(app, minutes(start + 49))
    (once,) = (line for line in lines(app) if "comes and goes" in line)
    assert once.endswith("From now on it is told only when it has been seen for 1 h.")
    assert not [line for line in lines(app) if "steadily" in line]
    run_timers(app, minutes(270 + 59))
    assert not [line for line in lines(app) if "steadily" in line]
    run_timers(app, minutes(270 + 61))
    assert lines(app)[-1] == "Sees YouTube steadily again, after 6 gaps, 2 h in all."


def test_what_comes_and_goes_is_not_said_to_be_away_while_it_is_there(app):
    comes_and_goes(app, 3)
    run_timers(app, minutes(40))
    step = unpack(outbox(app)[-1].payload)
    assert step.headline.startswith("Nobody has acknowledged")
    assert "Siaga reads YouTube (own-videos) at the moment, but not steadily." in step.summary
    assert "Before that it was so 3 times, for 12 min in all." in step.summary
    card = root_notice(app)
    assert "YouTube comes and goes; it is read now" in card.headline
    assert "cannot read" not in card.summary


def test_each_gap_is_measured_for_itself(app):
    comes_and_goes(app, 2)
    gaps = [line for line in lines(app) if line.startswith("Sees")]
    assert gaps == [
        "Sees YouTube again since 12:04 WIB, after a gap of 4 min.",
        "Sees YouTube again since 12:14 WIB, after a gap of 4 min.",
    ]


def test_seen_again_is_told_to_whom_its_step_has_named(app):
    answer(app, 2, blind())
    run_timers(app, minutes(20))
    answer(app, 43, blind(at=43, over=True))
    step, again = outbox(app)[1:]
    assert unpack(again.payload).headline.startswith("Sees YouTube again")
    assert targets_of(again.payload) == targets_of(step.payload) != ()


def test_of_the_steps_that_were_due_in_an_outage_of_slack_the_highest_is_told(database_url):
    app = watching(database_url, BRAND, playbook=three_steps())
    answer(app, 6, loud())
    run_timers(app, minutes(17))
    run_timers(app, minutes(27))
    states = {row.delivery_key: row.state for row in outbox(app)}
    assert states == {
        "i1:root": "pending",
        "i1:step1:loop0:console": "withdrawn",
        "i1:step2:loop0:console": "pending",
    }
    assert not root_notice(app).targets  # the step names whom there is to be named
    app.db.close()


def three_steps():
    from alerting.playbook.load import load_playbook

    steps = "".join(
        f'      - {{at: {at}m, notify: ["@channel"], broadcast: true}}\n' for at in (0, 10, 20)
    )
    levels = "".join(f"  SEV{n}:\n    steps:\n{steps}" for n in range(1, 5))
    return load_playbook(f"version: 1\notherwise: SEV2\nlevels:\n{levels}", "default")


def test_when_one_source_is_read_again_the_others_are_asked_at_once(app):
    def row(name, health, kind=""):
        return SourceRow(
            brand=BRAND.slug,
            connector="rss",
            name=name,
            platform="rss",
            health=health,
            health_kind=kind,
            health_since=minutes(-60),
            last_ok_at=minutes(0),
            next_poll_at=minutes(50),
        )

    rows = [
        row("back", Health.OK),
        row("away", Health.BLIND, "unavailable"),
        row("refused", Health.BLIND, "token"),
        row("elsewhere", Health.BLIND, "query"),
        row("well", Health.OK),
    ]
    with app.db.write() as tx:
        tx.add_all(rows)
    detected(app, source("back", start=-60, at=-1))
    watch_sources(app, minutes(1))
    with app.db.read() as tx:
        due = {state.name: state.next_poll_at for state in source_states(tx)}
    assert due == {
        "back": minutes(50),
        "away": minutes(0),
        "refused": minutes(50),
        "elsewhere": minutes(0),
        "well": minutes(50),
    }


def test_blindness_of_every_brand_is_acknowledged_once_for_all_its_sources(app):
    answer(app, 2, source("a", brand=ANY), source("b", brand=ANY))
    assert act(app, Action("ack", "rina", 1), minutes(5)).done
    answer(app, 7, source("c", brand=ANY, start=5, at=6))
    assert told(app) == ["i1:root", "i1:acknowledged:2"]
    assert [incident.state for incident in open_incidents(app)] == ["acknowledged"]
