"""YouTube: a look at comments and a search that were broken off go on with the page they had come
to, without a hole, and without paying twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes.platform_server import google_error
from fakes.youtube import CHANNEL, KEY, NOW, YouTubeFake

from connectors.base import ConnectorError, Cursor, Page
from connectors.kit.fake_platform import items
from connectors.kit.loopback import LoopbackServer
from connectors.testing import source_spec, through_json
from connectors.youtube.connector import YouTube
from connectors.youtube.options import YouTubeOptions

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SPENT = google_error(403, "quotaExceeded", "quota")


@pytest.fixture
def fake() -> YouTubeFake:
    return YouTubeFake(items(30, NOW, every=MINUTE), NOW)


@pytest.fixture
def server(fake: YouTubeFake) -> Iterator[LoopbackServer]:
    with LoopbackServer(fake) as server:
        yield server


def poll(
    server: LoopbackServer,
    fake: YouTubeFake,
    cursor: Cursor | None,
    stop_after: int = 10_000,
    budget: dict[str, float] | None = None,
    **options: Any,
) -> tuple[list[Page], Cursor | None, bool]:
    """Pages until there are no more, it fails, or a poller would stop; the cursor that is saved;
    whether it came to its end."""
    asked = {"channel": CHANNEL, "read": (), "base_url": server.url} | options
    made = YouTube(YouTubeOptions.model_validate(asked), {"key": KEY})
    spec = source_spec(now=fake.now, since=NOW - 48 * HOUR, budget=budget)
    got, ended = list[Page](), False
    try:
        for page in made.fetch(spec, through_json(cursor)):
            got.append(page)
            if len(got) >= stop_after:
                break
        else:
            ended = True
    except ConnectorError:
        pass
    saved = next((page.cursor for page in reversed(got) if page.cursor is not None), cursor)
    return got, saved, ended


def ids(pages: list[Page]) -> list[str]:
    return [m.external_id for page in pages for m in page.mentions]


def tops(fake: YouTubeFake) -> int:
    """How often the top of the list was asked for."""
    return sum("pageToken" not in asked.params for asked in fake.requests)


@pytest.mark.parametrize("paging", ["offset", "after"])
@pytest.mark.parametrize("pages", range(1, 20, 4))
def test_comments_go_on_where_a_poll_was_stopped(
    server: LoopbackServer, fake: YouTubeFake, paging: Any, pages: int
) -> None:
    fake.paging = paging
    first, cursor, ended = poll(server, fake, None, stop_after=pages)
    assert not ended
    fake.now += 5 * MINUTE
    new = replace(fake.items[0], id="1", at=fake.now - MINUTE, text="baru")
    fake.items.append(new)
    asked = len(fake.requests)
    rest, cursor, ended = poll(server, fake, cursor)
    assert ended
    assert set(ids(first + rest)) == {item.id for item in fake.items}
    assert len(fake.requests) - asked <= 13 + 11, "what was read is not read again"
    assert [page.covered_from for page in rest if page.covered_from] == [NOW - 48 * HOUR]
    assert cursor is not None
    assert "walk" not in cursor
    fake.requests.clear()
    again, _, ended = poll(server, fake, cursor)
    assert (ended, tops(fake)) == (True, 1), "there is nothing left to go on with"
    assert not any(page.missed for page in first + rest + again)


def test_a_quota_that_is_spent_page_after_page_still_comes_to_the_end(
    server: LoopbackServer, fake: YouTubeFake
) -> None:
    fake.items = items(30, NOW, every=20 * MINUTE)
    cursor: Cursor | None = None
    found, polls, ended = list[str](), 0, False
    while not ended and polls < 40:
        got, cursor, ended = poll(server, fake, cursor, budget={"units": 3})
        found += ids(got)
        polls += 1
    assert set(found) == {item.id for item in fake.items}
    assert polls <= 5


def test_a_mark_that_is_not_known_any_more_begins_at_the_top(
    server: LoopbackServer, fake: YouTubeFake
) -> None:
    _, cursor, _ = poll(server, fake, None, stop_after=6)
    fake.requests.clear()
    fake.faults = {1: google_error(400, "invalidPageToken", "no such page")}
    rest, _, ended = poll(server, fake, cursor)
    assert ended
    assert set(ids(rest)) == {item.id for item in fake.items}


def test_several_videos_go_on_with_the_one_that_was_being_read(
    server: LoopbackServer, fake: YouTubeFake
) -> None:
    asked: dict[str, Any] = {"channel": "", "videos": ["aaaaaaaaaaa", "bbbbbbbbbbb"]}
    first, cursor, _ = poll(server, fake, None, stop_after=30, **asked)
    fake.requests.clear()
    rest, _, ended = poll(server, fake, cursor, **asked)
    assert ended
    places = [r.params["videoId"] for r in fake.requests if r.path.endswith("commentThreads")]
    assert places[0] == "bbbbbbbbbbb", "the first one was read to its end"
    assert set(ids(first + rest)) == {item.id for item in fake.items}


def test_a_look_that_took_two_polls_takes_nothing_for_deleted(
    server: LoopbackServer, fake: YouTubeFake
) -> None:
    _, cursor, ended = poll(server, fake, None)
    assert ended
    for stop in (3, 9, 15):
        fake.now += HOUR
        got, cursor, _ = poll(server, fake, cursor, stop_after=stop)
        rest, cursor, ended = poll(server, fake, cursor)
        assert ended
        assert not [one for page in got + rest for one in page.removals]


@pytest.mark.parametrize("stop", [1, 2, 5])
def test_a_search_goes_on_and_is_paid_for_once(
    server: LoopbackServer, fake: YouTubeFake, stop: int
) -> None:
    asked: dict[str, Any] = {"channel": "", "search": True}
    first, cursor, _ = poll(server, fake, None, stop_after=stop, **asked)
    fake.now += 16 * MINUTE
    rest, cursor, ended = poll(server, fake, cursor, **asked)
    assert ended
    assert sorted(ids(first + rest)) == sorted(item.id for item in fake.items)
    assert tops(fake) == 1
    assert sum(page.cost.get("searches", 0) for page in first + rest) == 10
    assert cursor is not None
    assert cursor["searched"] == NOW.isoformat(), "what came meanwhile is searched for next"
    assert rest[-1].covered_from == NOW - 48 * HOUR


def test_a_search_that_cannot_go_on_begins_anew(server: LoopbackServer, fake: YouTubeFake) -> None:
    asked: dict[str, Any] = {"channel": "", "search": True}
    for how in ("mark", "words", "age"):
        fake.requests.clear()
        _, cursor, _ = poll(server, fake, None, stop_after=2, **asked)
        fake.requests.clear()
        more: dict[str, Any] = {"terms": ("teh",)} if how == "words" else {}
        if how == "mark":
            fake.faults = {1: google_error(400, "invalidPageToken", "no such page")}
        if how == "age":
            fake.now += 25 * HOUR
        rest, _, ended = poll(server, fake, cursor, **asked, **more)
        fake.faults = {}
        assert ended
        assert set(ids(rest)) == {item.id for item in fake.items}, how
