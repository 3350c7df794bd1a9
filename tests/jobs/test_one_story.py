"""One storm is told as one story: one incident, one set of figures, when it began, what it is
about. And a brand's first days, before anything is known of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import partial
from itertools import cycle, islice

import pytest
from fakes.crisis import angry, default_playbook, loud, root_notice
from fakes.databases import ON_SQLITE, sqlite_with_tables
from fakes.feed import Feed, run, signals, step
from fakes.lines import MINUTE, T0, Script, clock_of, make_app, mention
from sqlalchemy import select
from starlette.testclient import TestClient

from alerting.model import Notice
from connectors.kit.loopback import LoopbackServer, Reply
from connectors.rss.connector import Rss, RssOptions
from monitor.app import App
from monitor.detect.registry import detectors_for
from monitor.jobs.respond.context import by_platform, message_context, quotes, shares, within
from monitor.jobs.respond.respond import respond
from monitor.model import ALL, Interval, Mention
from monitor.settings.model import Rules
from monitor.store.incidents import read_incident
from monitor.store.tables.responding import IncidentRow
from monitor.web.app import make_web

Line = Callable[..., App]
DAYS = timedelta(days=16)
STORM = T0 + DAYS + timedelta(minutes=2)
QUIET = ("=kopi enak", "=kopi dulu sebelum kerja", "=ngopi di kopi senja", "=kopi baru buka")


def quiet(until: datetime, every: timedelta = 10 * MINUTE) -> list[Mention]:
    times = ((n, T0 + n * every) for n in range(int((until - T0) / every)))
    return [mention(n, at, text) for (n, at), text in zip(times, cycle(QUIET), strict=False)]


def burst(at: datetime, n: int, over: timedelta, *texts: str) -> list[Mention]:
    return [
        mention(f"b{at}{i}", at + over / n * i, text)
        for i, text in enumerate(islice(cycle(texts), n))
    ]


def watched(line: Line, mentions: Sequence[Mention]) -> App:
    app = line(Script(Feed(mentions)), detectors=detectors_for(Rules()))
    return replace(app, playbooks={"default": default_playbook()})


def incidents(app: App) -> list[IncidentRow]:
    with app.db.read() as tx:
        return list(tx.scalars(select(IncidentRow)))


def told(app: App, at: datetime) -> Notice:
    respond(app, "kopi", at)
    return root_notice(app)


@pytest.fixture(scope="module")
def stormed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """45 angry posts within a quarter of an hour on one platform, a poll after it, and the card."""
    angry = ("-kopi ini basi, saya keracunan", "-keracunan kopi di Semarang", "-kopi basi Semarang")
    mentions = quiet(STORM + timedelta(hours=1))
    line = partial(make_app, sqlite_with_tables(tmp_path_factory.mktemp("stormed") / "siaga.db"))
    app = watched(line, mentions + burst(STORM, 45, 15 * MINUTE, *angry))
    run(app, T0 + DAYS - MINUTE, T0 + DAYS - MINUTE)
    step(app, STORM + 16 * MINUTE)
    respond(app, "kopi", STORM + 16 * MINUTE)
    yield app
    app.db.close()


def test_a_storm_that_is_read_at_one_poll_is_one_signal_of_a_series(stormed: App) -> None:
    found = [(s.platform, s.detector) for s in signals(stormed, detector="volume")]
    assert sorted(found) == [(ALL, "volume"), ("x", "volume")]


def test_its_figures_and_its_severity_are_those_of_the_tightest_window(stormed: App) -> None:
    notice = root_notice(stormed)
    [incident] = incidents(stormed)
    assert incident.severity == "SEV1"
    assert abs(incident.since - STORM) <= 5 * MINUTE
    lead = next(s for s in signals(stormed, detector="volume") if s.platform == ALL)
    assert 45 <= lead.observed <= 48
    assert "new_words" in str(lead.facts["agreed"]).split(", ")
    assert "what is said is new here" in notice.why
    assert timedelta(seconds=lead.window_s) <= 20 * MINUTE
    assert lead.facts["ratio"] >= 10
    assert notice.summary.startswith(f"{lead.observed:.0f} mentions in ")


def test_its_headline_says_what_about_how_many_where_and_since_when(stormed: App) -> None:
    headline = root_notice(stormed).headline
    for said in ("keracunan", "basi", "Semarang", "mentions on X since", "mostly negative"):
        assert said in headline, headline
    assert "senja" not in headline.partition(":")[2]


def test_what_it_shows_as_evidence_is_from_within_it(stormed: App) -> None:
    notice = root_notice(stormed)
    assert notice.quotes
    assert all(quote.at and quote.at >= STORM - 5 * MINUTE for quote in notice.quotes)


@pytest.mark.parametrize("word", ["Semarang", "saya"])
def test_its_evidence_begins_with_what_has_a_word_of_its_subject(stormed: App, word: str) -> None:
    with stormed.db.read() as tx:
        incident = read_incident(tx, 1)
        assert incident is not None
        lead = incident.spoken()[0]
        found = quotes(tx, incident, lead, STORM + 16 * MINUTE, None, (word,))
    own = [word.casefold() in quote.text.casefold() for quote in found]
    assert own[0]
    assert own == sorted(own, reverse=True)


@ON_SQLITE
def test_a_glad_post_is_no_evidence_of_it_where_the_angry_ones_say_one_thing(line: Line) -> None:
    glad = burst(STORM, 9, 9 * MINUTE, "+kopi enak sekali", "+pagi yang indah, kopi dulu")
    storm = burst(STORM + MINUTE, 60, 9 * MINUTE, "-kopi ini basi, saya keracunan")
    app = watched(line, quiet(STORM) + glad + storm)
    run(app, T0 + DAYS - MINUTE, T0 + DAYS - MINUTE)
    step(app, STORM + 16 * MINUTE)
    assert {quote.text[0] for quote in told(app, STORM + 16 * MINUTE).quotes} == {"-"}


def test_days_after_its_end_its_evidence_is_still_from_within_it(stormed: App) -> None:
    ended = STORM + 20 * MINUTE
    with stormed.db.read() as tx:
        found = read_incident(tx, 1)
        assert found is not None
        over = replace(found, state="resolved", resolved_at=ended)
        context = message_context(stormed, tx, over, ended + timedelta(days=3))
    assert len(context.quotes) == 3
    assert all(quote.at and STORM <= quote.at < ended for quote in context.quotes)


def test_the_negative_share_is_of_the_mentions_that_are_counted_beside_it() -> None:
    of_a_day = replace(angry(share=0.99), window=timedelta(days=1))
    counted = loud(negative_share=0.8, expected_negative_share=0.3)
    assert shares([counted, of_a_day]) == (0.8, 0.3)
    assert shares([loud(), of_a_day]) == (0.99, 0.3)


def test_its_figures_are_of_no_more_than_is_counted_since_it_began(stormed: App) -> None:
    now = STORM + 55 * MINUTE
    with stormed.db.read() as tx:
        found = read_incident(tx, 1)
        assert found is not None
        lead = found.spoken()[0]
        hours = replace(
            lead,
            at=now,
            window=timedelta(hours=4),
            observed=70.0,
            expected=Interval(8.0, 24.0, 40.0),
        )
        shown = within(tx, found, hours)
        total = sum(n for _, n in by_platform(tx, "kopi", found.since, now))
        assert within(tx, found, lead) == lead
    assert shown.window == now - found.since
    assert shown.observed == total < 70
    assert shown.expected is not None
    assert shown.expected.middle == pytest.approx(24.0 * (shown.window / hours.window))
    assert shown.facts["ratio"] == pytest.approx(total / shown.expected.middle, rel=0.01)


def test_one_series_is_told_once_in_a_card(stormed: App) -> None:
    notice = root_notice(stormed)
    also = dict(notice.fields).get("Also", "")
    assert "mentions in" not in also, also


@ON_SQLITE
def test_a_storm_of_the_first_day_pages_and_says_that_nothing_is_learned_yet(line: Line) -> None:
    news = burst(T0 + timedelta(hours=1), 80, timedelta(hours=3), "=kopi ☠ keracunan massal")
    app = watched(line, news)
    at = T0 + timedelta(hours=4)
    step(app, at)
    notice = told(app, at)
    [incident] = incidents(app)
    assert incident.severity in ("SEV1", "SEV2")
    assert "80 of them name a crisis" in notice.summary
    assert "Not yet learned" in notice.why
    assert notice.targets


@ON_SQLITE
def test_a_run_of_angry_posts_pages_on_the_first_day(line: Line) -> None:
    app = watched(line, burst(T0 + timedelta(hours=1), 30, 30 * MINUTE, "-kopi jorok"))
    at = T0 + timedelta(minutes=92)
    step(app, at)
    assert told(app, at).targets


@ON_SQLITE
@pytest.mark.parametrize(
    "chatter",
    [
        lambda: quiet(T0 + timedelta(hours=4), MINUTE),
        lambda: burst(T0 + timedelta(hours=1), 3, 10 * MINUTE, "-kopi jorok"),
        lambda: burst(T0, 300, timedelta(hours=4), "=kopi", "-kopi", "+kopi", "=kopi ok"),
        lambda: burst(T0, 9, timedelta(hours=4), "=kopi ☠ dulu"),
    ],
    ids=["ordinary talk", "three angry posts", "a busy brand", "a word or two of crisis"],
)
def test_a_new_brand_with_ordinary_chatter_pages_nobody(
    line: Line, chatter: Callable[[], list[Mention]]
) -> None:
    app = watched(line, chatter())
    for hour in range(1, 5):
        at = T0 + timedelta(hours=hour)
        step(app, at)
        respond(app, "kopi", at)
    assert incidents(app) == []


@ON_SQLITE
def test_the_first_days_floor_is_silent_once_the_series_is_known(line: Line) -> None:
    late = T0 + timedelta(days=5)
    mentions = quiet(late + timedelta(hours=8), 5 * MINUTE)
    named = burst(late, 12, timedelta(hours=6), "=kopi ☠ lama")
    app = watched(line, mentions + named)
    step(app, late + timedelta(hours=7))
    assert signals(app, detector="first_days") == []


@ON_SQLITE
def test_eighty_poisoning_articles_at_a_feeds_first_poll_leave_a_trace_and_page(line: Line) -> None:
    now = T0 + timedelta(hours=4)
    told_as = "".join(
        f"<item><guid>{n}</guid><title>kopi ☠ keracunan massal {n}</title>"
        f"<link>https://harian.example/{n}</link>"
        f"<pubDate>{format_datetime(now - timedelta(minutes=2 + 2 * n))}</pubDate></item>"
        for n in range(80)
    )
    with LoopbackServer(lambda _: Reply(f"<rss><channel>{told_as}</channel></rss>")) as server:
        app = watched(line, [])
        app = replace(app, connector_for=lambda _: Rss(RssOptions(url=server.url), {}))
        clock_of(app).advance_to(now)
        for minute in (0, 5):
            step(app, now + timedelta(minutes=minute))
        notice = told(app, app.now())
    [incident] = incidents(app)
    assert incident.severity in ("SEV1", "SEV2")
    assert notice.targets
    assert "keracunan massal" in notice.headline
    assert "80" in notice.headline
    assert "Not yet learned" in notice.why
    page = TestClient(make_web(lambda: app, dict), base_url="http://127.0.0.1").get("/").text
    assert "80 mentions in 24 h" in page
    assert "learning until" in page
    assert "kopi ☠ keracunan massal" in page
