"""Detection runs over final buckets, scores the others ahead, and ends the same however it ran."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.databases import ON_SQLITE
from fakes.feed import HOUR, Feed, burst, calm, run, signals, step
from fakes.lines import INFO, MINUTE, T0, Script, Steps, clock_of, make_app, mention
from sqlalchemy import delete, select

from connectors.base import Unauthorized, Unavailable
from monitor.detect.factory import detectors_for
from monitor.jobs.detect.detect import forget, watch_sources
from monitor.jobs.poll.poll import sync_sources
from monitor.model import ALL, ANY, BLINDNESS, BUCKET, Signal
from monitor.settings.model import BrandSettings, Rules, SourceSettings
from monitor.store import signals as store
from monitor.store.coverage import PARTLY, uncovered
from monitor.store.engine import Transaction
from monitor.store.series import Progress, progress, series
from monitor.store.sources import change, coverage, source_states
from monitor.store.tables.listening import DetectorRow, SignalRow
from monitor.store.tables.responding import IncidentRow


def known(tx: Transaction, brand: str) -> Progress:
    """How far a brand's series have been told."""
    found = progress(tx, brand)
    assert found
    return found


@pytest.fixture
def line(database_url):
    opened = []

    def start(feed, info=INFO, **how):
        opened.append(make_app(database_url, Script(feed, info), **how))
        return opened[-1]

    yield start
    for app in opened:
        app.db.close()


def test_a_crisis_is_told_at_the_next_poll_and_again_until_it_is_over(line):
    storm = T0 + HOUR
    app = line(Feed(calm(T0 + 2 * HOUR) + burst(storm + MINUTE, 30)))
    run(app, T0, storm)
    assert signals(app) == []
    step(app, storm + 4 * MINUTE)  # in the middle of the bucket
    clock_of(app).advance_to(storm + 6 * MINUTE)
    run(app, storm + 5 * MINUTE, storm + 5 * MINUTE)
    (everywhere, x) = signals(app, detector="volume")
    assert (everywhere.platform, x.platform) == (ALL, "x")
    assert (x.start, x.at, x.over) == (storm, storm + BUCKET, False)
    assert x.observed >= 30
    run(app, storm + 10 * MINUTE, storm + HOUR)
    (everywhere, x) = signals(app, detector="volume")
    assert (x.start, x.at, x.over, x.final) == (storm, storm + BUCKET, True, True)


def test_a_signal_says_how_many_mentions_since_it_began_name_a_crisis(line):
    storm = T0 + HOUR
    told = [mention(f"c{n}", storm + n * timedelta(seconds=9), "-kopi ☠") for n in range(12)]
    before = [mention("old", T0 + 10 * MINUTE, "-kopi ☠")]
    app = line(Feed(before + calm(T0 + 2 * HOUR) + burst(storm, 20) + told))
    run(app, T0, storm + 5 * MINUTE)
    assert {row.facts.get("crisis_terms") for row in signals(app, detector="volume")} == {12}


@ON_SQLITE
def test_a_platform_that_answers_and_tells_nothing_is_blindness_until_it_tells_again(line):
    silent = T0 + timedelta(days=9, hours=2)
    back = silent + timedelta(hours=8)
    heard = calm(silent, every=10 * MINUTE)
    after = [mention(f"a{n}", back + n * MINUTE, "=kopi") for n in range(10)]
    app = line(Feed(heard + after), detectors=detectors_for(Rules()))
    run(app, silent, back, every=HOUR)
    [told] = [row for row in signals(app) if row.risk_class == BLINDNESS]
    assert (told.platform, told.subject, told.over) == ("x", "x", False)
    assert abs(told.start - silent) <= 10 * MINUTE
    assert told.facts["kind"] == "silent"
    run(app, back + HOUR, back + HOUR)
    assert [row.over for row in signals(app) if row.risk_class == BLINDNESS] == [True]


@ON_SQLITE
def test_where_nobody_listens_any_more_nothing_has_fallen_silent(line):
    silent = T0 + timedelta(days=9, hours=2)
    feeds = {"x": Feed(calm(silent, every=10 * MINUTE)), "rss": Feed([])}
    sources = tuple(
        SourceSettings(connector="fake", name=name, options={"platform": name}) for name in feeds
    )
    kopi = BrandSettings(slug="kopi", name="Kopi", query="kopi", sources=sources)
    app = line(
        lambda source, cursor: feeds[source.name](source, cursor), brands=[kopi],
        info=replace(INFO, platform=ANY), detectors=detectors_for(Rules()),
    )  # fmt: skip
    run(app, silent, silent + 8 * HOUR, every=HOUR)
    assert [row.over for row in signals(app, detector="silence")] == [False]
    kopi = kopi.model_copy(update={"sources": sources[1:]})
    settings = app.settings.model_copy(update={"brands": (kopi,)})
    app = replace(app, settings=settings, brands={"kopi": kopi})
    sync_sources(app, app.now())
    run(app, silent + 9 * HOUR, silent + 40 * HOUR, every=HOUR)
    assert [row.over for row in signals(app, detector="silence")] == [True]


def test_what_is_not_final_is_looked_at_but_not_learned(line):
    storm = T0 + HOUR
    app = line(Feed(calm(storm) + burst(storm)))
    run(app, T0, storm)
    before = remembered(app)
    clock_of(app).advance_to(storm + 3 * MINUTE)
    with app.db.write() as tx:  # polled again before the bucket ends
        tx.execute(delete(SignalRow))
        for source in source_states(tx):
            change(tx, source.id, None, {"next_poll_at": app.now()})
    step(app, storm + 3 * MINUTE)
    found = signals(app, detector="volume")
    assert [(s.platform, s.final, s.start) for s in found] == [
        (ALL, False, storm), ("x", False, storm),
    ]  # fmt: skip
    assert remembered(app) == before


def remembered(app):
    """How far the brand is closed, and the states in the last snapshot."""
    with app.db.read() as tx:
        rows = tx.scalars(select(DetectorRow).order_by(DetectorRow.platform, DetectorRow.name))
        return progress(tx, "kopi"), [(r.folded_until, r.state) for r in rows]


def test_a_bucket_is_final_when_every_source_was_polled_past_its_end_and_its_lag(line):
    feeds = {"fast": Feed([]), "slow": Feed([])}
    brand = BrandSettings(
        slug="kopi", name="Kopi", query="kopi",
        sources=tuple(
            SourceSettings(connector="fake", name=name, every=every)
            for name, every in (("fast", 5 * MINUTE), ("slow", HOUR))
        ),
    )  # fmt: skip
    app = line(lambda source, cursor: feeds[source.name](source, cursor), brands=[brand])
    run(app, T0, T0 + 55 * MINUTE)
    with app.db.read() as tx:
        assert known(tx, "kopi").closed_until is None  # the slow one told nothing but T0
    step(app, T0 + HOUR)
    with app.db.read() as tx:
        assert known(tx, "kopi").closed_until == T0 + HOUR
        assert uncovered(tx, "kopi", T0, T0 + HOUR) == []


def test_late_mentions_correct_what_people_see_and_fire_nothing(line):
    feed = Feed(calm(T0 + 2 * HOUR))
    app = line(feed)
    run(app, T0, T0 + HOUR)
    late = burst(T0 + 40 * MINUTE)
    feed.mentions[len([m for m in feed.mentions if m.published_at < app.now()]) : 0] = []
    known = [m for m in feed.mentions if m.published_at < app.now()]
    feed.mentions = known + late + [m for m in feed.mentions if m not in known]
    run(app, T0 + HOUR + 5 * MINUTE, T0 + 90 * MINUTE)
    with app.db.read() as tx:
        at = T0 + 40 * MINUTE
        (now,) = series(tx, "kopi", "x", at, at + BUCKET)
        (closed,) = series(tx, "kopi", "x", at, at + BUCKET, at_close=True)
        (source,) = source_states(tx)
    assert now.volume == closed.volume + 40
    assert source.late == 40
    assert signals(app) == []


def test_an_outage_that_is_read_back_in_time_leaves_no_hole(line):
    feed = Feed(calm(T0 + 3 * HOUR))
    app = line(feed)
    run(app, T0, T0 + HOUR)
    feed.error = Unavailable("The platform is down.")
    run(app, T0 + HOUR + MINUTE, T0 + HOUR + 12 * MINUTE, MINUTE)
    feed.error = None
    run(app, T0 + HOUR + 13 * MINUTE, T0 + 2 * HOUR, MINUTE)
    with app.db.read() as tx:
        assert uncovered(tx, "kopi", T0, T0 + 2 * HOUR) == []
        assert coverage(tx, "kopi", T0, T0 + 2 * HOUR).share == 1.0
        # it was not silent while nobody had asked it yet
        assert coverage(tx, "kopi", T0 - 9 * HOUR, T0 + 2 * HOUR).silent == ()
        assert coverage(tx, "kopi", T0 - 9 * HOUR, T0 - 8 * HOUR).seen == 0
        until = known(tx, "kopi").closed_until
        assert until
        assert until >= T0 + 115 * MINUTE
    assert signals(app) == []


@ON_SQLITE
def test_an_outage_that_lasts_is_uncovered_alerts_once_and_its_end_too(line):
    feed = Feed(calm(T0 + 4 * HOUR, 30 * timedelta(seconds=1)))
    app = line(feed)
    run(app, T0, T0 + HOUR)
    feed.error = Unavailable("The platform is down.")
    run(app, T0 + HOUR + MINUTE, T0 + 2 * HOUR, MINUTE)
    (blind,) = signals(app)
    assert (blind.detector, blind.risk_class, blind.subject) == (
        "blindness", BLINDNESS, "fake/feed",
    )  # fmt: skip
    assert (blind.brand, blind.platform, blind.over) == ("kopi", "x", False)
    assert blind.start == T0 + HOUR + 5 * MINUTE  # the first poll that failed
    assert blind.first_at - blind.start <= 20 * MINUTE
    assert blind.facts["kind"] == "unavailable"
    assert blind.facts["reason"] == "The platform is down."
    with app.db.read() as tx:
        seen = coverage(tx, "kopi", T0, T0 + 2 * HOUR)
        assert (seen.sources, seen.seen, seen.silent) == (1, 0, (("fake/feed", T0 + HOUR),))
        assert seen.share == pytest.approx(0.5)
        assert not any(b.covered for b in series(tx, "kopi", "x", T0 + HOUR, T0 + 105 * MINUTE))
    feed.error = None
    run(app, T0 + 2 * HOUR + MINUTE, T0 + 4 * HOUR, MINUTE)
    (blind,) = signals(app)  # and what was read back is no spike
    assert blind.over
    with app.db.read() as tx:
        assert coverage(tx, "kopi", T0, T0 + 2 * HOUR).share == 1.0  # read back: seen after all


def test_a_refused_token_is_blind_within_one_poll(line):
    feed = Feed(calm(T0 + HOUR))
    app = line(feed)
    run(app, T0, T0 + 20 * MINUTE)
    feed.error = Unauthorized("The token is refused.")
    step(app, T0 + 25 * MINUTE)
    (blind,) = signals(app)
    assert (blind.facts["kind"], blind.start) == ("token", T0 + 25 * MINUTE)
    for minute in range(26, 60):
        step(app, T0 + minute * MINUTE)
    (again,) = signals(app)
    assert again.id == blind.id
    assert again.revision < 10  # it goes on, and says so every bucket and not every tick


@ON_SQLITE
def test_one_blind_source_leaves_the_others_platform_watched(line):
    feeds = {"x": Feed(calm(T0 + 3 * HOUR) + burst(T0 + 2 * HOUR)), "rss": Feed([])}
    brand = BrandSettings(
        slug="kopi", name="Kopi", query="kopi",
        sources=tuple(
            SourceSettings(connector="fake", name=name, options={"platform": name})
            for name in feeds
        ),
    )  # fmt: skip
    app = line(lambda source, cursor: feeds[source.name](source, cursor), brands=[brand],
               info=replace(INFO, platform=ANY))  # fmt: skip
    run(app, T0, T0 + HOUR)
    feeds["rss"].error = Unauthorized("Refused.")
    run(app, T0 + HOUR + 5 * MINUTE, T0 + 3 * HOUR)
    assert [s.platform for s in signals(app, detector="volume")] == ["x"]
    with app.db.read() as tx:
        seen = coverage(tx, "kopi", T0 + 2 * HOUR, T0 + 3 * HOUR)
    assert (seen.sources, seen.seen, [name for name, _ in seen.silent]) == (2, 1, ["fake/rss"])


@ON_SQLITE
@pytest.mark.parametrize("days", [5, 0])
def test_one_blind_source_does_not_hide_what_another_of_its_platform_tells(line, days):
    """A feed that is dead beside one that works, on the first day too; and what is told is not
    learned."""
    at = T0 + timedelta(days=days, hours=6)
    told = [mention(f"s{n}", at + n * timedelta(seconds=15), "-kopi ☠") for n in range(60)]
    feeds = {"good": Feed(calm(at + HOUR, every=10 * MINUTE) + told), "dead": Feed([])}
    brand = BrandSettings(
        slug="kopi",
        name="Kopi",
        query="kopi",
        sources=tuple(
            SourceSettings(connector="fake", name=name, options={"platform": "x"}) for name in feeds
        ),
    )
    app = line(
        lambda source, cursor: feeds[source.name](source, cursor),
        brands=[brand],
        info=replace(INFO, platform=ANY),
        detectors=detectors_for(Rules()),
    )
    run(app, T0, at - 2 * HOUR, every=HOUR)
    feeds["dead"].error = Unauthorized("Refused.")
    run(app, at - HOUR, at, every=30 * MINUTE)
    assert not signals(app, detector="volume")
    run(app, at + 5 * MINUTE, at + 25 * MINUTE)
    detector = "volume" if days else "first_days"
    assert ALL in {s.platform for s in signals(app, detector=detector)}
    assert not signals(app, detector="negative_share")
    with app.db.read() as tx:
        assert {gap[2] for _, gap in uncovered(tx, "kopi", at - HOUR, at)} == {PARTLY}


def test_a_source_nobody_gets_round_to_polling_turns_degraded_then_blind(line):
    app = line(Feed([]))
    run(app, T0, T0 + 10 * MINUTE)
    for minute in range(11, 60):
        clock_of(app).advance_to(T0 + minute * MINUTE)
        watch_sources(app, app.now())
    (blind,) = signals(app)
    assert blind.facts["kind"] == "overdue"
    step(app, T0 + HOUR)
    assert signals(app)[0].over


@pytest.mark.parametrize("stated", [False, True])
def test_what_was_not_collected_is_not_silence(line, stated):
    """Without the statement the jump from nothing is flagged; with it, it is being learned."""
    begun = T0 + 2 * HOUR
    feed = Feed([mention(n, begun + n * 10 * timedelta(seconds=1)) for n in range(200)])
    brand = BrandSettings(
        slug="kopi", name="Kopi", query="kopi", covered_from=begun if stated else None
    )
    file = SourceSettings(connector="fake", name="file")
    app = line(feed, brands=[brand], everywhere=[file])
    run(app, T0, begun + 30 * MINUTE)
    found = signals(app, detector="volume", platform=ALL)
    with app.db.read() as tx:
        row = tx.get(DetectorRow, ("kopi", ALL, "volume"))
        first = known(tx, "kopi").first_bucket
    if stated:
        assert (found, first) == ([], begun)
        assert row.learning_until == begun + 30 * MINUTE
    else:
        assert (len(found), first) == (1, T0)


class Heard(Steps):
    """Remembers which buckets were part of a crisis that somebody had in hand."""

    def __init__(self, key):
        super().__init__(key)
        self.in_hand = []

    def learn(self, bucket):
        super().learn(bucket)
        self.in_hand += [bucket.start] if bucket.acknowledged else []


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({}, range(6, 12)),
        ({"not_a_crisis": True}, ()),
        ({"risk_class": BLINDNESS}, ()),
        ({"acknowledged_at": None}, ()),
        # what a person resolved was a crisis, whether anybody had acknowledged it or not
        ({"acknowledged_at": None, "resolved_by": "rani"}, range(12)),
        ({"acknowledged_at": None, "resolved_by": "rani", "not_a_crisis": True}, ()),
    ],
)
def test_detectors_are_told_what_belongs_to_a_crisis_that_somebody_has_in_hand(
    line, changes, known
):
    heard = {}

    def detectors(key):
        heard[key] = Heard(key)
        return [heard[key]]

    app = line(Feed(calm(T0 + 2 * HOUR)), detectors=detectors)
    row = {
        "brand": "kopi", "risk_class": "reputation", "severity": "SEV2", "since": T0,
        "opened_at": T0, "last_signal_at": T0, "playbook": {}, "facts": {},
        "acknowledged_at": T0 + 30 * MINUTE, "resolved_at": T0 + HOUR,
    }  # fmt: skip
    with app.db.write() as tx:
        tx.add(IncidentRow(**{**row, **changes}))
    run(app, T0, T0 + 2 * HOUR, every=15 * MINUTE)
    expected = [T0 + 5 * n * MINUTE for n in known]
    assert [detector.in_hand for detector in heard.values()] == [expected] * len(heard)
    assert heard


def test_an_event_told_too_early_is_taken_back(line):
    """What was not final may turn out ordinary; then it is over, and nothing waits for ever."""
    storm = T0 + HOUR
    app = line(Feed(calm(storm + HOUR)))
    run(app, T0, storm)
    early = Signal(
        "kopi", "x", "volume", "reputation", storm, storm + BUCKET, 9.0, 99.0, final=False
    )
    with app.db.write() as tx:
        store.upsert(tx, store.SignalRecord(early, 9.0, early.at))
    forget(app, "kopi")  # as after a restart
    run(app, storm + 5 * MINUTE, storm + 15 * MINUTE)
    (row,) = signals(app)
    assert (row.over, row.final) == (True, False)
