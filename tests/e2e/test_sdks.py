"""The vendors' own libraries, talking to recorded answers on loopback, through the real line: into
the database; a refusal midway is blindness within one poll, told once, and so is its end."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from fakes.databases import ON_SQLITE
from fakes.platform_server import google_error, told
from sqlalchemy import select

from connectors.kit.loopback import LoopbackServer, Reply, Request
from monitor.app import App, assemble
from monitor.clock import ManualClock
from monitor.jobs.deliver.deliver import deliver
from monitor.jobs.evaluate import evaluate
from monitor.jobs.poll.poll import Polled, claim_due, poll, sync_sources
from monitor.model import Health
from monitor.settings.model import BrandSettings, Settings, SourceSettings
from monitor.store.mentions import evidence
from monitor.store.source_state import SourceState
from monitor.store.sources import source_states
from monitor.store.tables.listening import ReportedRow
from monitor.store.tables.responding import IncidentRow, NotificationRow

HOUR = timedelta(hours=1)


@pytest.fixture
def platform() -> Iterator[LoopbackServer]:
    with LoopbackServer(lambda _: Reply(status=500)) as server:
        yield server


class Line:
    """An app with one source, and a clock that a test moves."""

    def __init__(self, app: App, clock: ManualClock) -> None:
        self.app, self.clock = app, clock

    def poll(self) -> list[Polled]:
        """Everything that is due, then what the daemon would evaluate and send."""
        now = self.clock()
        claims = claim_due(self.app, now, 10)
        polled = [poll(self.app, c.source_id, c.token, now, now) for c in claims]
        evaluate(self.app, now, strict=True)
        deliver(self.app, now)
        return polled

    def later(self, by: timedelta) -> list[Polled]:
        self.clock.advance_to(self.clock() + by)
        return self.poll()

    def source(self) -> SourceState:
        with self.app.db.read() as tx:
            (source,) = source_states(tx)
        return source

    def rows(self, model: Any) -> list[Any]:
        with self.app.db.read() as tx:
            return list(tx.scalars(select(model).order_by(model.id)))


@pytest.fixture
def line(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Line]]:
    monkeypatch.setenv("X_BEARER_TOKEN", "x-secret-of-the-test")
    monkeypatch.setenv("YOUTUBE_API_KEY", "yt-secret-of-the-test")
    opened: list[App] = []

    def start(connector: str, options: dict[str, Any], now: datetime, since: datetime) -> Line:
        source = SourceSettings(
            connector=connector, name="own", options=options, covered_from=since
        )
        brand = BrandSettings(slug="tweepy", name="Tweepy", query="tweepy", sources=(source,))
        clock = ManualClock(now)
        app = assemble(
            Settings(brands=(brand,)),
            folder=tmp_path,
            database_url=database_url,
            now=clock,
            wall=clock,
        )
        opened.append(app)
        sync_sources(app, now)
        return Line(app, clock)

    yield start
    for app in opened:
        app.db.close()


def x_recording(shared: Path) -> Callable[[Request], Reply]:
    def body(name: str) -> dict[str, Any]:
        path = shared / f"data/recorded/x/tweepy/test_client_{name}.yaml"
        tape = yaml.safe_load(path.read_text("utf-8"))["interactions"][0]
        told: dict[str, Any] = json.loads(gzip.decompress(tape["response"]["body"]["string"]))
        return told

    counts, found = body("get_recent_tweets_count"), body("search_recent_tweets")

    def answer(asked: Request) -> Reply:
        if "counts" in asked.path:
            return told(counts)
        over = {"meta": {"result_count": 0}}
        return told(over if {"next_token", "since_id"} & set(asked.params) else found)

    return answer


def youtube_recording(shared: Path) -> Callable[[Request], Reply]:
    folder = shared / "data/recorded/youtube/python-youtube/apidata"
    path = folder / "comment_threads/comment_threads_all_to_me.json"
    threads = json.loads(path.read_text("utf-8"))
    return lambda asked: told(threads if "Threads" in asked.path else {"items": []})


def goes_blind_and_recovers(
    line: Line, platform: LoopbackServer, works: Callable[[Request], Reply], refuses: Reply
) -> None:
    """Two quiet polls, a refusal that lasts, and the way back: one incident, told once each way."""
    line.later(HOUR)
    assert line.rows(IncidentRow) == []
    platform.answer = lambda _: refuses
    (failed,) = line.later(HOUR)
    assert failed.error
    assert line.source().health == Health.BLIND
    assert line.source().health_kind == "token"
    (incident,) = line.rows(IncidentRow)
    assert (incident.risk_class, incident.subject) == ("blindness", line.source().title)
    line.later(HOUR)
    line.later(HOUR)
    told_before = line.rows(NotificationRow)
    roots = [row for row in told_before if row.delivery_key.endswith(":root")]
    assert len(roots) == 1
    assert roots[0].state == "sent"
    assert not any("secret" in json.dumps(row.payload) for row in told_before)
    platform.answer = works
    line.later(HOUR)
    assert line.source().health == Health.OK
    line.later(HOUR)
    line.later(HOUR)
    (incident,) = line.rows(IncidentRow)
    assert incident.state == "resolved"
    told_after = [row.delivery_key for row in line.rows(NotificationRow)]
    assert sum(":root" in key for key in told_after) == 1
    assert sum(":recovered:" in key for key in told_after) == 1
    assert len(told_after) == len(told_before) + 1


def test_recorded_posts_and_counts_of_x_go_the_whole_way(
    shared: Path, line: Callable[..., Line], platform: LoopbackServer
) -> None:
    works = platform.answer = x_recording(shared)
    now = datetime(2022, 10, 7, 23, tzinfo=UTC)
    options = {"base_url": platform.url, "posts": True, "max_usd_per_day": 10}
    running = line("x", options, now, now - 12 * HOUR)
    (first,) = running.poll()
    assert (first.error, first.new, first.done) == ("", 10, True)
    with running.app.db.read() as tx:
        kept = evidence(tx, "tweepy", "x", now - HOUR, now, 20, prefer="latest")
        assert sum(row.value for row in tx.scalars(select(ReportedRow))) == 411
    assert kept
    assert all("tweepy" in mention.text for mention in kept)
    goes_blind_and_recovers(
        running, platform, works, told({"title": "Unauthorized", "status": 401}, 401)
    )


@ON_SQLITE
def test_recorded_comments_of_youtube_go_the_whole_way(
    shared: Path, line: Callable[..., Line], platform: LoopbackServer
) -> None:
    works = platform.answer = youtube_recording(shared)
    now = datetime(2019, 12, 1, 6, tzinfo=UTC)
    options = {"base_url": platform.url, "channel": "UCa-vrCLQHviTOVnEKDOdetQ"}
    running = line("youtube", options, now, now - timedelta(days=3))
    (first,) = running.poll()
    assert (first.error, first.done) == ("", True)
    assert first.new >= 4, "comments under own videos count though they do not name the brand"
    goes_blind_and_recovers(
        running, platform, works, google_error(400, "keyInvalid", "Bad Request")
    )
