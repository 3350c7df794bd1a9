"""A file beside live sources is listed and no more; a feed's articles count when they were seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import escape
from typing import Any

import pytest
from fakes.databases import ON_SQLITE
from fakes.feed import HOUR, run, signals
from fakes.lines import INFO, MINUTE, T0, Script, clock_of, counts, mention, poll_due
from sqlalchemy import select

from connectors.base import Page
from connectors.kit.loopback import LoopbackServer, Reply
from connectors.rss.connector import Rss, RssOptions
from monitor.app import App
from monitor.jobs.detect.close import close_buckets
from monitor.model import ALL, ANY, BUCKET
from monitor.settings.model import BrandSettings, SourceSettings
from monitor.store.mentions import evidence
from monitor.store.series import series
from monitor.store.sources import source_states
from monitor.store.tables.listening import MentionRow, ReadingRow, RollupRow

pytestmark = ON_SQLITE

Line = Callable[..., App]


def beside(line: Line, rows: list[Any]) -> App:
    """An app with a live source that has said nothing, and a file of the last two hours."""
    brand = BrandSettings(
        slug="kopi",
        name="Kopi",
        query="kopi",
        sources=(
            SourceSettings(connector="fake", name="live"),
            SourceSettings(connector="file", name="last-year"),
        ),
    )
    file = replace(INFO, name="file", platform=ANY, recorded=True)

    def fetch(source: Any, cursor: Any) -> Any:
        if source.name == "live":
            yield Page((mention("1", T0 - MINUTE, "+kopi live"),))
        else:
            yield Page(tuple(rows), position=T0 - HOUR, covered_from=T0 - 2 * HOUR, cursor={"n": 1})

    script = Script(fetch)
    made = script.connector

    def connector(source: SourceSettings) -> Any:
        one = made(source)
        if source.connector == "file":
            one.info = file
        return one

    script.connector = connector  # type: ignore[method-assign]
    return line(script, brands=[brand])


def test_a_configured_file_is_listed_but_counts_nowhere_and_covers_nothing(line: Line) -> None:
    app = beside(line, [mention(n, T0 - HOUR + n * MINUTE, "-kopi basi") for n in range(40)])
    poll_due(app)
    assert counts(app, MentionRow) == 41
    with app.db.read() as tx:
        assert tx.scalars(select(ReadingRow).where(ReadingRow.uncounted)).all()
        rolled = tx.scalars(select(RollupRow).where(RollupRow.start < T0 - 30 * MINUTE)).all()
        assert rolled == []
        assert [s.name for s in source_states(tx)] == ["live"]
        assert [s.name for s in source_states(tx, recorded=True)] == ["live", "last-year"]
        shown = evidence(tx, "kopi", ALL, T0 - 2 * HOUR, T0, 10)
    assert [m.text for m in shown] == ["+kopi live"]


def test_nothing_waits_for_a_file_that_has_ended(line: Line) -> None:
    app = beside(line, [mention(1, T0 - HOUR)])
    poll_due(app)
    clock_of(app).advance_to(T0 + HOUR)
    poll_due(app)
    closed = close_buckets(app, T0 + HOUR).progress["kopi"].closed_until
    assert closed is not None
    assert closed > T0 + 30 * MINUTE


def test_a_file_takes_the_place_of_nobodys_post(line: Line) -> None:
    forged = mention("1", T0 - MINUTE, "+kopi enak, tidak ada apa-apa")
    app = beside(line, [forged])
    poll_due(app)
    with app.db.read() as tx:
        told = {m.external_id: m.text for m in tx.scalars(select(MentionRow))}
    assert told == {"1": "+kopi live", "last-year/1": forged.text}


def rss(items: list[tuple[str, str, str]]) -> str:
    told = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{escape(title)}</title>"
        f"<link>https://harian.example/{guid}</link><pubDate>{date}</pubDate></item>"
        for guid, title, date in items
    )
    return f"<rss version='2.0'><channel>{told}</channel></rss>"


@pytest.mark.parametrize("date", ["Thu, 01 Jan 1970 00:00:00 +0000", "", "0001-01-01", "kemarin"])
def test_a_burst_of_articles_without_a_time_is_a_burst(line: Line, date: str) -> None:
    came = T0 + 90 * MINUTE
    with LoopbackServer(lambda _: Reply(status=404)) as server:
        app = line(Script(lambda *_: iter(())))
        options = RssOptions(url=server.url)
        app = replace(app, connector_for=lambda _: Rss(options, {}))
        old = [(f"lama-{n}", f"-kopi lama {n}", date) for n in range(40)]
        server.answer = lambda _: Reply(rss(old))
        run(app, T0, came, every=10 * MINUTE)
        assert signals(app) == [], "what was there before us is not of now"
        new = [(f"baru-{n}", f"-kopi basi {n}", date) for n in range(30)]
        server.answer = lambda _: Reply(rss(new + old))
        run(app, came + 10 * MINUTE, came + HOUR, every=10 * MINUTE)
    assert {row.detector for row in signals(app)} >= {"volume"}
    with app.db.read() as tx:
        (source,) = source_states(tx)
        at = came + 10 * MINUTE
        (bucket,) = series(tx, "kopi", "news", at, at + BUCKET)
    assert source.undated == 70
    assert bucket.volume == 30


def test_an_edit_changes_words_and_headline_where_they_are_stored(line: Line) -> None:
    first = "<item><guid>9</guid><title>kopi aman</title><description>kopi a</description></item>"
    then = first.replace("aman", "basi").replace("kopi a<", "-kopi b<")
    with LoopbackServer(lambda _: Reply(f"<rss><channel>{first}</channel></rss>")) as server:
        app = line(Script(lambda *_: iter(())))
        app = replace(app, connector_for=lambda _: Rss(RssOptions(url=server.url), {}))
        poll_due(app)
        clock_of(app).advance_to(T0 + timedelta(minutes=30))
        server.answer = lambda _: Reply(f"<rss><channel>{then}</channel></rss>")
        poll_due(app)
    with app.db.read() as tx:
        (row,) = tx.scalars(select(MentionRow))
        assert (row.title, row.text, row.undated) == ("kopi basi", "-kopi b", True)
