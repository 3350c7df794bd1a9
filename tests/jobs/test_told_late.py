"""A storm that a platform shows when its time is long over: told once, and as what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.crisis import default_playbook
from fakes.databases import sqlite_with_tables
from fakes.feed import HOUR, Feed, burst, calm, signals
from fakes.lines import (
    MINUTE,
    T0,
    Script,
    clock_of,
    make_app,
    mention,
    only_source,
    poll_due,
    steps,
)
from sqlalchemy import select

from alerting.messages.codec import targets_of
from connectors.base import ConnectorError, Cursor, Page, SourceSpec
from monitor.app import App
from monitor.jobs.backfill import backfill, teach
from monitor.jobs.detect import late
from monitor.jobs.detect.run import DetectorRun
from monitor.jobs.evaluate import evaluate
from monitor.jobs.respond.act import Action, act
from monitor.model import Mention
from monitor.settings.model import Rules
from monitor.store.tables.listening import ReadingRow
from monitor.store.tables.responding import IncidentRow, NotificationRow

DAY = timedelta(days=1)
BEGIN = T0 + 4 * DAY
SHOWN = BEGIN + 21 * HOUR
"""What was written an hour after ``BEGIN`` is shown 20 hours later."""


class Lagging(Feed):
    """A platform that shows some mentions long after they were written: at the time beside each."""

    def __init__(self, mentions: Sequence[Mention], shown: Sequence[tuple[datetime, Mention]]):
        super().__init__(mentions)
        self.shown = sorted(shown, key=lambda pair: pair[0])

    def __call__(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        if self.error:
            raise self.error
        since, seen = (cursor["n"], cursor["seen"]) if cursor else (0, 0)
        new = [m for m in self.mentions[since:] if m.published_at < source.now]
        old = [m for at, m in self.shown[seen:] if at < source.now]
        moved = {"n": since + len(new), "seen": seen + len(old)}
        yield Page((*new, *old), cursor=moved, covered_from=T0)


def storm(at: datetime, shown: datetime, n: int = 60, text: str = "-kopi", **how: object):
    """So many mentions of an hour from ``at`` on, that are shown at once."""
    step = HOUR / n
    made = [mention(f"late-{at:%d%H}-{i}", at + i * step, text, **how) for i in range(n)]
    return [(shown, m) for m in made]


def usual(until: datetime = SHOWN + 6 * HOUR) -> list[Mention]:
    return calm(until, every=20 * MINUTE)


def heard_by(line: Callable[..., App], feed: Feed, **how: Any) -> App:
    """A brand with the shipped playbook; by default no detector watches its buckets."""
    app = line(Script(feed), **{"detectors": lambda key: (), **how})
    return replace(app, playbooks={"default": default_playbook()})


@pytest.fixture
def hear(tmp_path: Path) -> Iterator[Callable[..., App]]:
    opened: list[App] = []

    def start(feed: Feed, **how: Any) -> App:
        def line(script: Script, **settings: Any) -> App:
            return make_app(sqlite_with_tables(tmp_path / "siaga.db"), script, **settings)

        opened.append(heard_by(line, feed, **how))
        return opened[-1]

    yield start
    for app in opened:
        app.db.close()


def go_on(app: App, start: datetime, end: datetime) -> None:
    """The daemon's turns, up to ``end``: each five minutes for half an hour after ``SHOWN``, each
    half hour near it, and what lies before goes by in steps of six hours."""
    while start < end:
        clock_of(app).advance_to(start)
        poll_due(app)
        evaluate(app, start, strict=True)
        if SHOWN <= start < SHOWN + 30 * MINUTE:
            start += 5 * MINUTE
        elif any(at <= start < at + 6 * HOUR for at in (BEGIN, SHOWN)):
            start += 30 * MINUTE
        else:
            start = min(start + 6 * HOUR, max(SHOWN, start + 30 * MINUTE))


def incidents(app: App) -> list[IncidentRow]:
    with app.db.read() as tx:
        return list(tx.scalars(select(IncidentRow).order_by(IncidentRow.id)))


def told(app: App) -> list[str]:
    with app.db.read() as tx:
        rows = tx.scalars(select(NotificationRow).order_by(NotificationRow.created_at))
        return [row.payload["headline"] for row in rows]


def test_a_storm_told_twenty_hours_late_pages_and_says_of_when_it_is(line) -> None:
    app = heard_by(line, Lagging(usual(), storm(BEGIN + HOUR, SHOWN)))
    go_on(app, T0, SHOWN + HOUR)
    (incident,) = incidents(app)
    (signal,) = signals(app, detector="told_late")
    assert incident.severity == "SEV2"
    assert incident.since == signal.start == BEGIN + HOUR
    assert SHOWN <= incident.opened_at < SHOWN + 10 * MINUTE
    assert signal.observed == 60.0
    assert signal.facts["level"] == "page"
    assert set(incident.facts["signals"]) == {f"all|told_late|{incident.since.isoformat()}"}
    assert (
        "60 mentions of 6 Mar, 16:00 WIB to 6 Mar, 16:59 WIB became visible only now"
        in told(app)[0]
    )


def test_it_is_told_once_and_is_over_when_nothing_more_comes(hear) -> None:
    app = hear(Lagging(usual(), storm(BEGIN + HOUR, SHOWN)))
    go_on(app, T0, SHOWN + 4 * HOUR)
    (incident,) = incidents(app)
    (signal,) = signals(app, detector="told_late")
    assert incident.state == "resolved"
    assert signal.over


def test_what_comes_in_pieces_is_one_story(hear) -> None:
    whole = [m for _, m in storm(BEGIN + HOUR, SHOWN)]
    shown = [(SHOWN + n * MINUTE, m) for n, m in enumerate(whole)]
    app = hear(Lagging(usual(), shown))
    go_on(app, T0, SHOWN + 3 * HOUR)
    (incident,) = incidents(app)
    (signal,) = signals(app, detector="told_late")
    assert signal.observed == 60.0
    assert incident.since == BEGIN + HOUR


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(storm(BEGIN + HOUR, SHOWN, text="=kopi"), id="calm"),
        pytest.param(storm(BEGIN + HOUR, SHOWN, n=9), id="too few"),
        pytest.param(
            [
                (SHOWN, replace(m, author=replace(m.author, handle=f"t{n % 3}")))
                for n, (_, m) in enumerate(storm(BEGIN + HOUR, SHOWN))
                if m.author
            ],
            id="three people",
        ),
        pytest.param(
            [(m.published_at + 20 * HOUR, m) for _, m in storm(BEGIN, SHOWN, n=24)][::3]
            + [storm(BEGIN + n * HOUR, BEGIN + (20 + n) * HOUR, n=1)[0] for n in range(24)],
            id="a trickle",
        ),
    ],
)  # fmt: skip
def test_what_is_ordinary_is_told_to_nobody(hear, shown) -> None:
    app = hear(Lagging(usual(), shown))
    go_on(app, T0, SHOWN + 2 * HOUR)
    assert incidents(app) == []


def test_a_platform_that_shows_all_its_complaints_late_is_used_to_that(hear) -> None:
    days = [storm(T0 + n * DAY + 3 * HOUR, T0 + n * DAY + 23 * HOUR, n=16) for n in range(1, 5)]
    app = hear(Lagging(usual(), [pair for day in days for pair in day]))
    go_on(app, T0, SHOWN + 6 * HOUR)
    first, *others = signals(app, detector="told_late")
    assert others == []
    assert first.start < BEGIN  # of the first such day nothing is known to hold it against


def test_a_first_read_is_the_past_and_not_late(hear) -> None:
    app = hear(Feed([*usual(BEGIN + 2 * HOUR), *burst(BEGIN + HOUR, 60)]))
    go_on(app, BEGIN + 8 * HOUR, BEGIN + 10 * HOUR)
    assert signals(app, detector="told_late") == []


def test_what_is_from_before_a_source_is_listened_to_is_not_late(hear) -> None:
    app = hear(Lagging(usual(), storm(T0 - 3 * HOUR, T0 + 20 * HOUR)))
    go_on(app, T0, T0 + DAY)
    assert signals(app, detector="told_late") == []


def test_a_backfill_is_the_past_and_not_late(hear) -> None:
    feed = Feed(usual(BEGIN + 2 * HOUR))
    app = hear(feed)
    go_on(app, BEGIN, BEGIN + 2 * HOUR)
    feed.mentions = [m for _, m in storm(BEGIN + HOUR, SHOWN)]
    (source,) = app.brands["kopi"].sources
    clock_of(app).advance_to(BEGIN + 2 * HOUR)
    assert backfill(app, "kopi", source, T0).new == 60
    teach(app, "kopi", app.now())
    go_on(app, BEGIN + 2 * HOUR, BEGIN + 3 * HOUR)
    assert incidents(app) == []


def read_back(hear, angry: int, away: timedelta):
    """An app some hours after an outage, in which so many angry ones were said."""
    feed = Feed([*usual(), *burst(BEGIN + HOUR, angry)])
    app = hear(feed)
    go_on(app, T0, BEGIN)
    feed.error = ConnectorError("it does not answer")
    go_on(app, BEGIN, BEGIN + away)
    feed.error = None
    go_on(app, BEGIN + away, BEGIN + away + 4 * HOUR)
    return app


def test_a_storm_within_an_outage_is_told_when_it_is_read_back_and_once(hear) -> None:
    blind, crisis = incidents(read_back(hear, 60, 4 * HOUR))
    assert (blind.risk_class, crisis.risk_class) == ("blindness", "reputation")
    assert crisis.since == BEGIN + HOUR


def test_an_outage_of_calm_hours_tells_nothing_when_it_is_read_back(hear) -> None:
    app = read_back(hear, 4, 12 * HOUR)
    assert [incident.risk_class for incident in incidents(app)] == ["blindness"]


def test_it_joins_an_incident_that_is_open(hear) -> None:
    begun = SHOWN - 10 * MINUTE
    going = [mention(f"n{n}", begun + n * timedelta(seconds=20), "-kopi") for n in range(90)]
    feed = Lagging([*usual(), *going], storm(BEGIN + HOUR, SHOWN))
    app = hear(feed, detectors=steps)
    go_on(app, T0, SHOWN + HOUR)
    (incident,) = incidents(app)
    assert {key.split("|")[1] for key in incident.facts["signals"]} >= {"volume", "told_late"}
    assert incident.since == begun


def test_what_is_older_than_two_days_is_listed_and_names_nobody(hear) -> None:
    shown = BEGIN + 3 * DAY
    app = hear(Lagging(usual(shown + DAY), storm(BEGIN + HOUR, shown)))
    go_on(app, T0, BEGIN)
    go_on(app, shown - 2 * HOUR, shown + 2 * HOUR)
    (incident,) = incidents(app)
    assert incident.facts["past"]
    assert incident.since == BEGIN + HOUR
    with app.db.read() as tx:
        assert not any(targets_of(row.payload) for row in tx.scalars(select(NotificationRow)))


def test_what_was_stored_before_the_process_died_is_looked_at_by_the_next(hear) -> None:
    app = hear(Lagging(usual(), storm(BEGIN + HOUR, SHOWN)))
    go_on(app, T0, SHOWN)
    clock_of(app).advance_to(SHOWN + 5 * MINUTE)
    poll_due(app)  # it is stored, and then the power fails for nine hours
    late._looked.clear()
    at = SHOWN + 9 * HOUR
    go_on(app, at, at + 2 * HOUR)
    (incident,) = incidents(app)
    assert (incident.severity, incident.opened_at) == ("SEV2", at)


def test_a_process_that_begins_anew_tells_nothing_twice(hear) -> None:
    app = hear(Lagging(usual(), storm(BEGIN + HOUR, SHOWN)))
    for end in (SHOWN + 10 * MINUTE, SHOWN + 2 * HOUR, SHOWN + 4 * HOUR, SHOWN + 5 * HOUR):
        late._looked.clear()
        go_on(app, max(T0, end - 2 * HOUR) if end > SHOWN + HOUR else T0, end)
    assert len(incidents(app)) == 1
    assert len(signals(app, detector="told_late")) == 1


def test_who_closed_an_earlier_story_is_told_of_what_they_could_not_see(hear) -> None:
    feed = Lagging([*usual(), *burst(BEGIN + HOUR, 60)], storm(BEGIN + 30 * MINUTE, SHOWN))
    app = hear(feed, detectors=steps)
    go_on(app, T0, BEGIN + 100 * MINUTE)
    (incident,) = incidents(app)
    assert act(app, Action("resolve", "sari", incident.id), app.now()).done
    go_on(app, BEGIN + 2 * HOUR, SHOWN + HOUR)
    assert [one.state for one in incidents(app)] == ["resolved", "open"]


def test_who_switches_it_off_hears_nothing(hear) -> None:
    app = hear(Lagging(usual(), storm(BEGIN + HOUR, SHOWN)), rules=Rules(late={"enabled": False}))
    go_on(app, T0, SHOWN + HOUR)
    assert incidents(app) == []


def test_with_every_detector_off_weeks_are_caught_up_in_a_few_looks(hear, monkeypatch) -> None:
    app = hear(Feed(calm(T0 + 22 * DAY, every=6 * HOUR)))
    looks: list[datetime] = []
    sums = DetectorRun._sums

    def counted(run: DetectorRun, low: datetime, high: datetime) -> Any:
        looks.append(low)
        assert len(looks) < 20, "it looks at the same weeks for ever"
        return sums(run, low, high)

    monkeypatch.setattr(DetectorRun, "_sums", counted)
    clock_of(app).advance_to(T0 + 22 * DAY)
    poll_due(app)
    evaluate(app, app.now(), strict=True)
    assert looks


def test_only_what_a_look_at_the_present_brings_late_is_marked(hear) -> None:
    app = hear(Lagging(usual(), storm(BEGIN + HOUR, SHOWN, n=3)))
    go_on(app, T0, SHOWN + HOUR)
    with app.db.read() as tx:
        marked = list(tx.scalars(select(ReadingRow.late_at).where(ReadingRow.late_at.is_not(None))))
    assert len(marked) == only_source(app).late == 3
