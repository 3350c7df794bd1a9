"""A list that is read and has never shown anything is not calm: it is said, and nobody is paged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.lines import T0, Script, clock_of, make_app, only_source, poll_due
from fakes.real_sources import Real

from connectors.kit.loopback import LoopbackServer, Reply
from monitor.app import App
from monitor.cli.status import _source
from monitor.jobs.detect.sources import watch_sources
from monitor.jobs.views.overview import overview
from monitor.jobs.views.troubles import advice, troubles
from monitor.settings.model import BrandSettings, SourceSettings

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
