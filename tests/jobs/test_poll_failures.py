"""A poll turns every failure into a state of its source, and believes nothing unchecked."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from threading import Event
from typing import Any

import fakes.lines
import pytest
from fakes.databases import ON_SQLITE
from fakes.lines import (
    MINUTE,
    T0,
    Script,
    clock_of,
    counts,
    make_app,
    mention,
    only_source,
    pages,
    poll_due,
)

import connectors.base
from connectors.base import (
    ConnectorError,
    Page,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from monitor.jobs.poll.health import failure_of
from monitor.jobs.poll.poll import abandon, claim_due, poll, sync_sources
from monitor.model import ALL, ANY, BUCKET, Author, Count, Metric, OwnPost, Removal, Standing
from monitor.settings.model import BrandSettings, SourceSettings
from monitor.store.coverage import uncovered
from monitor.store.mentions import evidence
from monitor.store.series import series
from monitor.store.sources import source_states, spent
from monitor.store.tables.listening import MentionRow, SourceRow


@ON_SQLITE
@pytest.mark.parametrize(
    ("error", "kind", "health"),
    [
        (Unavailable("The platform is down."), "unavailable", "degraded"),
        (RateLimited("Too fast."), "rate_limit", "degraded"),
        (Unauthorized("The token is refused."), "token", "blind"),
        (Unauthorized("No money left.", "credits"), "credits", "blind"),
        (Unauthorized("Not allowed.", "permission"), "permission", "blind"),
        (Unauthorized("X needs a token.", "missing"), "missing", "blind"),
        (Rejected("The query is refused."), "query", "blind"),
        (ZeroDivisionError("token=abc"), "garbage", "degraded"),
    ],
)
def test_a_failure_becomes_the_sources_state(line, error, kind, health):
    def fetch(source, cursor):
        yield Page((mention(1, T0),), cursor={"n": 1})
        raise error

    app = line(Script(fetch))
    (polled,) = poll_due(app)
    source = only_source(app)
    assert (source.health, source.health_kind, source.health_since) == (health, kind, T0)
    assert source.cursor == {"n": 1}  # what came before the failure is kept
    assert source.polled_until is None
    assert source.lease_token is None
    assert source.next_poll_at >= T0 + MINUTE
    assert polled.error == source.health_reason
    assert "abc" not in source.health_reason  # a stranger's text may hold a secret


def garbage() -> Iterator[Any]:
    Page: Any = connectors.base.Page  # noqa: N806 (handed what its types forbid)
    mention: Any = fakes.lines.mention
    good = mention(1, T0)
    yield "not a page"
    yield None
    yield Page(mentions=None)
    yield Page((good, "a mention"))
    yield Page((good, mention(2, T0.replace(tzinfo=None))))
    yield Page((good, mention(3, "yesterday")))
    yield Page((good, mention(4, T0, text=b"bytes")))
    yield Page((good, mention(5, T0, platform=ALL)))
    yield Page((good, mention("", T0)))
    yield Page((good, mention(6, T0, reach=-1)))
    yield Page((good, mention(7, T0, reach=10**30)))
    yield Page((mention(8, T0 + timedelta(days=400)),))
    yield Page((good,), cursor={"when": T0, 1: object()})
    yield Page((good,), cursor="next")
    yield Page((good,), counts=(Count("x", T0, T0, 3),))
    yield Page((good,), counts=(Count("x", T0, T0 + BUCKET, -3),))
    yield Page((good,), cost={"usd": float("nan")})
    yield Page((good,), missed=(T0,))
    yield Page((good,), position=T0.replace(tzinfo=None))
    yield Page((good,), skipped="many")


@pytest.mark.parametrize("page", list(garbage()), ids=lambda page: repr(page)[:60])
def test_garbage_is_refused_whole_and_shows(tmp_path, page):
    app = make_app(f"sqlite:///{tmp_path}/siaga.db", pages(page))
    (polled,) = poll_due(app)
    source = only_source(app)
    assert source.health_kind == "garbage"
    assert polled.error
    assert source.cursor is None
    assert counts(app, MentionRow) == 0
    app.db.close()


@ON_SQLITE
def test_a_mention_from_an_absurd_future_is_left_out_and_counted(line):
    page = Page((mention(1, T0), mention(2, T0 + timedelta(days=400))), skipped=2)
    app = line(pages(page))
    assert poll_due(app)[0].new == 1
    assert only_source(app).skipped == 3


@ON_SQLITE
def test_a_connector_that_repeats_itself_for_ever_is_stopped(line):
    def fetch(source, cursor):
        while True:
            yield Page((mention(1, T0),), cursor={"page": 2})

    app = line(Script(fetch))
    assert "repeat" in poll_due(app)[0].error
    assert only_source(app).health_kind == "garbage"


@ON_SQLITE
def test_pages_without_an_end_or_a_cursor_are_stopped(line):
    def fetch(source, cursor):
        n = 0
        while True:
            n += 1
            yield Page((mention(n, T0),))

    app = line(Script(fetch))
    assert poll_due(app)[0].pages == 10
    assert only_source(app).health_kind == "garbage"


@ON_SQLITE
def test_a_backlog_longer_than_a_polls_budget_is_read_in_turns(line):
    def fetch(source, cursor):
        for n in range(cursor["n"] if cursor else 0, 25):
            yield Page((mention(n, T0),), cursor={"n": n + 1})

    app = line(Script(fetch))
    polls = [poll_due(app)[0] for _ in range(3)]
    assert [p.new for p in polls] == [10, 10, 5]
    assert [p.done for p in polls] == [False, False, True]
    assert only_source(app).health == "ok"
    assert only_source(app).polled_until == T0


@ON_SQLITE
def test_a_poll_stops_after_the_page_under_way_when_told_to(line):
    stop = Event()

    def fetch(source, cursor):
        for n in range(9):
            stop.set()
            yield Page((mention(n, T0),), cursor={"n": n})

    app = line(Script(fetch))
    (polled,) = poll_due(app, stop=stop)
    assert (polled.pages, polled.done) == (1, False)
    assert only_source(app).lease_token is None


@ON_SQLITE
def test_back_off_doubles_to_an_hour_and_what_needs_somebody_is_asked_every_quarter(line):
    script = Script(lambda source, cursor: fail())
    error: ConnectorError = Unavailable("down")

    def fail():
        raise error

    app = line(script)
    waits = []
    for _ in range(9):
        poll_due(app)
        waits.append(only_source(app).next_poll_at - app.wall())
        clock_of(app).advance_to(only_source(app).next_poll_at)
    assert all(timedelta(minutes=1) <= wait <= timedelta(hours=1) for wait in waits)
    assert waits[-1] == timedelta(hours=1)
    assert waits == sorted(waits)
    error = Unauthorized("refused")
    poll_due(app)
    wait = only_source(app).next_poll_at - app.wall()
    assert timedelta(minutes=15) <= wait <= timedelta(minutes=30)


@ON_SQLITE
@pytest.mark.parametrize(("every", "longest"), [(60, 6.25), (900, 18.75)])
def test_what_was_read_today_is_asked_at_its_ordinary_pace_while_it_is_away(line, every, longest):
    broken = False

    def fetch(source, cursor):
        if broken:
            raise Unavailable("down")
        yield Page((mention(1, T0),))

    app = line(Script(fetch))
    with app.db.write() as tx:
        tx.get_one(SourceRow, only_source(app).id).every_s = every
    poll_due(app)
    broken, waits = True, []
    clock_of(app).advance_to(only_source(app).next_poll_at)
    while app.now() - T0 < timedelta(hours=29):
        poll_due(app)
        waits.append((app.now() - T0, only_source(app).next_poll_at - app.wall()))
        clock_of(app).advance_to(only_source(app).next_poll_at)
    today = [wait for at, wait in waits if at < timedelta(hours=24)]
    assert max(today) <= timedelta(minutes=longest)
    assert waits[-1][1] == timedelta(hours=1), "given up for today"


@ON_SQLITE
def test_a_rate_limit_is_honoured_to_its_end(line):
    def fetch(source, cursor):
        raise RateLimited("Too fast.", T0 + timedelta(hours=3))
        yield

    app = line(Script(fetch))
    poll_due(app)
    assert timedelta(hours=3) <= only_source(app).next_poll_at - T0 <= timedelta(hours=3, minutes=1)


@ON_SQLITE
def test_recovery_is_a_state_and_is_logged_once_like_the_failure(line, caplog):
    broken = True

    def fetch(source, cursor):
        if broken:
            raise Unavailable("The platform is down.")
        yield Page((mention(1, T0),))

    caplog.set_level("INFO", "monitor")
    app = line(Script(fetch))
    for _ in range(3):
        poll_due(app)
        clock_of(app).advance_to(only_source(app).next_poll_at)
    assert caplog.text.count("The platform is down") == 1
    broken = False
    poll_due(app)
    source = only_source(app)
    assert (source.health, source.failures, source.last_ok_at) == ("ok", 0, app.now())
    assert source.health_since == app.now()
    assert caplog.text.count("can be read again") == 1


@ON_SQLITE
def test_a_hanging_poll_that_is_given_up_can_write_no_more(line):
    app = line(pages(Page((mention(1, T0),))))
    (hung,) = claim_due(app, T0, 9)
    abandon(app, hung.source_id, T0, T0)
    source = only_source(app)
    assert (source.health, source.health_kind) == ("degraded", "hang")
    assert poll(app, hung.source_id, hung.token, T0, T0).error == "the lease is lost"
    assert counts(app, MentionRow) == 0


@ON_SQLITE
def test_a_days_budget_is_held_across_restarts_and_a_spent_one_shows(line, database_url):
    brand = BrandSettings(
        slug="kopi",
        name="Kopi",
        query="kopi",
        sources=(SourceSettings(connector="fake", name="feed", options={"max_usd_per_day": 1.0}),),
    )
    script = pages(Page((mention(1, T0),), cost={"usd": 0.6}))
    app = line(script, brands=[brand])
    poll_due(app)
    again = make_app(database_url, script, brands=[brand], now=T0 + timedelta(hours=1))
    poll_due(again)
    assert [source.budget for source in script.seen] == [{"usd": 1.0}, {"usd": 0.4}]
    clock_of(again).advance_to(T0 + timedelta(hours=2))
    assert "budget" in poll_due(again)[0].error
    assert len(script.seen) == 2  # nothing was asked
    source = only_source(again)
    assert (source.health, source.health_kind) == ("blind", "budget")
    midnight = T0.replace(hour=0) + timedelta(days=1)
    assert midnight <= source.next_poll_at <= midnight + MINUTE
    with again.db.read() as tx:
        assert spent(tx, source.id, "2026-03-02") == {"usd": 1.2}
    clock_of(again).advance_to(midnight + MINUTE)
    assert poll_due(again)[0].error == ""
    assert only_source(again).health == "ok"
    again.db.close()


@ON_SQLITE
def test_a_source_that_leaves_the_config_is_not_polled_and_keeps_its_past(line):
    app = line(pages(Page((mention(1, T0),))))
    poll_due(app)
    clock_of(app).advance_to(T0 + timedelta(hours=1))
    app.brands.clear()
    sync_sources(app, app.wall())
    assert poll_due(app) == []
    with app.db.read() as tx:
        assert [s.active for s in source_states(tx, inactive=True)] == [False]
        assert uncovered(tx, "kopi", T0, T0 + BUCKET) == []
    assert counts(app, MentionRow) == 1


@ON_SQLITE
def test_a_source_for_every_brand_brings_each_its_own(line):
    brands = [BrandSettings(slug=slug, name=slug, query=slug) for slug in ("kopi", "teh")]
    page = Page(
        (mention(1, T0, "-kopi"), mention(2, T0, "+teh"), mention(3, T0, "susu")),
        position=T0 + BUCKET,
    )
    app = line(
        pages(page), brands=brands, everywhere=[SourceSettings(connector="fake", name="file")]
    )
    (polled,) = poll_due(app)
    assert (polled.new, polled.position) == (2, T0 + BUCKET)
    source = only_source(app)
    assert (source.brand, source.polled_until, source.covered_from) == (ANY, T0 + BUCKET, T0)
    with app.db.read() as tx:
        assert [m.text for m in evidence(tx, "teh", ALL, T0, T0 + BUCKET, 3)] == ["+teh"]


def test_any_page_size_order_and_repetition_ends_in_the_same_rows(tmp_path):
    texts = [f"{random.Random(n).choice('-+?=')}kopi {n}" for n in range(60)]
    mentions = [mention(n, T0 + n * MINUTE, text) for n, text in enumerate(texts)]
    found = []
    for seed in range(4):
        dice = random.Random(seed)
        again = mentions + dice.sample(mentions, 20)
        dice.shuffle(again)
        cuts = [0, *sorted(dice.sample(range(1, 79), dice.randrange(8))), 80]
        made = [Page(tuple(again[a:b])) for a, b in pairwise(cuts)]
        app = make_app(f"sqlite:///{tmp_path}/{seed}.db", pages(*made))
        poll_due(app)
        with app.db.read() as tx:
            found.append(series(tx, "kopi", "x", T0, T0 + timedelta(hours=1)))
        app.db.close()
    assert all(other == found[0] for other in found)
    assert sum(bucket.volume for bucket in found[0]) == 60


HOSTILE_WORDS = "credits\0 of \ud800 are \udfff spent"


@ON_SQLITE
@pytest.mark.parametrize(
    "error",
    [
        Unauthorized(HOSTILE_WORDS, "credits"),
        Rejected(HOSTILE_WORDS),
        Unavailable(HOSTILE_WORDS),
        RateLimited(HOSTILE_WORDS),
    ],
)
def test_whatever_a_platform_says_of_an_error_the_failure_is_kept(line, error):
    def fetch(source, cursor):
        raise error
        yield

    app = line(Script(fetch))
    assert "credits" in poll_due(app)[0].error
    source = only_source(app)
    assert source.health != "ok"
    assert source.health_reason.startswith("credits of ")


def test_what_a_platform_says_of_an_error_steers_no_terminal_and_opens_no_signed_address():
    said = "\x1b[2J\x1b]0;pwn\x07no\x9b\u202e\ufeff\uffff: see https://x.example/a?token=T0PSECRET"
    assert failure_of(Unavailable(said)).reason == "no: see https://x.example/a?…"
    assert len(failure_of(Unavailable("a@" * (1 << 19))).reason) == 500
    assert failure_of(Unavailable("\x1b[2J\x00")).reason == "Unavailable"
    assert failure_of(Rejected("X knows none: \u200b")).reason == "X knows none."


@ON_SQLITE
def test_hostile_words_in_every_text_of_a_page_are_kept_as_far_as_they_can_be(line):
    bad = "kopi\0\ud800"
    page = Page(
        (
            mention(
                1, T0, bad, title=bad, url=bad, reply_to=bad, root_id=bad, author=Author(bad, bad)
            ),
        ),
        own_posts=(OwnPost("x", bad, T0, "video", bad, bad, bad),),
        metrics=(Metric("x", bad, bad, 1, "count", T0),),
        standings=(Standing("x", bad, "post", "claimed", bad),),
        removals=(Removal("x", bad, "edited", T0, bad), Removal("x", bad + "2", "deleted", T0)),
        cost={bad: 1.0},
    )
    app = line(pages(page, page))
    assert poll_due(app)[0].error == ""
