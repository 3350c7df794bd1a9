"""A list that is read and has never shown anything is not calm: it is said, and nobody is paged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from fakes.lines import T0, Script, clock_of, make_app, only_source, poll_due
from fakes.real_sources import Real
from fakes.rooms import Room
from sqlalchemy import select

from alerting.channels.base import Channel
from alerting.messages.codec import unpack
from alerting.model import Notice
from connectors.kit.loopback import LoopbackServer, Reply
from monitor.app import App
from monitor.cli.status import _source
from monitor.jobs.detect.sources import watch_sources
from monitor.jobs.never_shown import tell_never_shown
from monitor.jobs.respond.routing import CONSOLE, destinations
from monitor.jobs.views.overview import overview
from monitor.jobs.views.troubles import advice, troubles
from monitor.model import ANY
from monitor.settings.model import BrandSettings, SourceSettings
from monitor.store.tables.responding import NotificationRow

DAY = timedelta(days=1)
EMPTY = '<rss version="2.0"><channel><title>Kabar</title></channel></rss>'
ONE = EMPTY.replace(
    "</channel>",
    "<item><guid>1</guid><title>Kopi</title><pubDate>Mon, 02 Feb 2026 08:00:00 GMT</pubDate></item>"
    "</channel>",
)


class Line:
    """A source that is a feed on this machine, which shows ``body``."""

    def __init__(self, server: LoopbackServer, database_url: str, path: str) -> None:
        source = SourceSettings(connector="rss", name="feed", options={"url": server.url + path})
        brand = BrandSettings(slug="kopi", name="Kopi", query="kopi", sources=(source,))
        app = make_app(database_url, Script(lambda *_: iter(())), brands=[brand])
        self.app: App = replace(app, connector_for=Real({"feed": ""}).connector)
        self.server = server

    def shows(self, body: str, after: timedelta = timedelta(minutes=10), status: int = 200) -> None:
        """Its next poll finds that, so much later."""
        self.server.answer = lambda _: Reply(body, status)
        clock_of(self.app).advance_to(self.app.now() + after)
        poll_due(self.app)
        watch_sources(self.app, self.app.now())

    def told(self) -> tuple[str, list[str]]:
        """The source's line in `siaga status`, and what somebody should know besides."""
        view = overview(self.app, self.app.now(), self.app.wall())
        assert troubles(view, {}) == ([], [])
        return _source(view.sources[0], view), [one for one in advice(view) if "rss/feed" in one]


@pytest.fixture
def line(tmp_path) -> Iterator[Callable[[str], Line]]:
    made: list[Line] = []
    with LoopbackServer(lambda _: Reply(EMPTY)) as server:

        def make(path: str) -> Line:
            made.append(Line(server, f"sqlite:///{tmp_path / 'siaga.db'}", path))
            return made[-1]

        yield make
        for one in made:
            one.app.db.close()


def test_a_feed_without_an_entry_from_the_first_is_said_and_after_a_day_asked_about(line):
    feed = line("/feed")
    feed.shows(EMPTY)
    feed.shows("", status=304)
    source = only_source(feed.app)
    assert (source.health, source.empty_since) == ("ok", T0 + timedelta(minutes=10))
    told, besides = feed.told()
    assert "it has not shown a single entry since 2026-03-02 08:10 UTC" in told
    assert besides == []
    feed.shows(EMPTY, after=DAY)
    assert only_source(feed.app).health == "ok", "nobody is paged for it"
    (besides,) = feed.told()[1]
    assert "since 2026-03-02 08:10 UTC: is it the right address?" in besides
    feed.shows(ONE)
    assert only_source(feed.app).empty_since is None
    assert "single entry" not in feed.told()[0]


@pytest.mark.parametrize("path", ["/feed?q=kopi", "/search.rss?term=kopi", "/?s=kopi&feed=rss2"])
def test_a_search_that_has_found_nothing_is_said_and_asked_about_by_nobody(line, path):
    search = line(path)
    search.shows(EMPTY)
    search.shows(EMPTY, after=30 * DAY)
    told, besides = search.told()
    assert "its search has found nothing since 2026-03-02 08:10 UTC" in told
    assert besides == []


def test_a_feed_that_shows_something_old_has_shown_something(line):
    feed = line("/feed")
    feed.shows(ONE)
    assert only_source(feed.app).empty_since is None


def messages(app: App) -> list[tuple[str, Notice]]:
    """What is promised to people, and where."""
    with app.db.read() as tx:
        rows = tx.scalars(select(NotificationRow).order_by(NotificationRow.id))
        return [(row.destination, unpack(row.payload)) for row in rows]


def test_people_are_asked_once_about_a_feed_that_never_showed_an_entry_and_nobody_is_named(line):
    feed = line("/feed")
    feed.shows(EMPTY)
    feed.shows(EMPTY, after=DAY - timedelta(minutes=1))
    assert (tell_never_shown(feed.app, feed.app.now()), messages(feed.app)) == (0, [])
    feed.shows(EMPTY, after=timedelta(minutes=1))
    assert tell_never_shown(feed.app, feed.app.now()) == 1
    ((_, notice),) = messages(feed.app)
    assert notice.headline == "Nothing has ever been seen of rss/feed"
    assert "since 2026-03-02 08:10 UTC: is it the right address?" in notice.summary
    assert notice.targets == ()
    feed.shows(EMPTY, after=DAY)
    assert tell_never_shown(feed.app, feed.app.now()) == 0


def test_many_such_feeds_of_a_brand_are_one_message_in_its_own_channel_and_its_language(tmp_path):
    with LoopbackServer(lambda _: Reply(EMPTY)) as server:
        sources = tuple(
            SourceSettings(connector="rss", name=f"feed{n}", options={"url": f"{server.url}/{n}"})
            for n in range(4)
        )
        brands = [
            BrandSettings(slug=slug, name=slug, query=slug, language="id", sources=mine, **more)
            for slug, mine, more in (
                ("kopi", sources[:3], {"alerts": "room:kopi"}),
                ("teh", sources[3:], {"mode": "shadow"}),
            )
        ]
        url = f"sqlite:///{tmp_path / 'siaga.db'}"
        room = {"room": {"url": "http://127.0.0.1:9/"}}
        app = make_app(url, Script(lambda *_: iter(())), brands=brands, channels=room)
        app = replace(
            app,
            connector_for=Real({f"feed{n}": "" for n in range(4)}).connector,
            channels={"room": cast("Channel", Room("room"))},
        )
        for _ in range(2):
            poll_due(app)
            clock_of(app).advance_to(app.now() + DAY)
        assert [tell_never_shown(app, app.now()) for _ in range(2)] == [1, 0]
        ((place, notice),) = messages(app)
        app.db.close()
    assert place == "kopi"
    assert [f"rss/feed{n}" in notice.summary for n in range(4)] == [True, True, True, False]
    assert "apakah alamatnya benar?" in notice.summary


def test_what_concerns_every_brand_goes_to_a_brands_channel_where_there_is_no_other(line):
    app = line("/feed").app
    kopi = app.settings.brands[0].model_copy(update={"slack_channel": "#kopi"})
    settings = app.settings.model_copy(update={"brands": (kopi,)})
    assert destinations(app, ANY) == CONSOLE
    app = replace(app, settings=settings, channels={"slack": cast("Channel", Room("slack"))})
    assert destinations(app, ANY) == ("slack", "#kopi")
