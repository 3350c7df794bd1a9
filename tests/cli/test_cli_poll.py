"""``siaga poll``: one source asked once, printed or stored, as a person and a program see it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fakes.platform_server import FeedPlatform, YouTubePlatform

from connectors.kit.loopback import LoopbackServer, Reply
from monitor.cli.main import main_group
from monitor.clock import utc_now
from monitor.problems import Problem
from monitor.store.engine import Database
from monitor.store.sources import source_states

CONFIG = """
version: 1
brands:
  - slug: senja
    name: Kopi Senja
    query: senja
    sources:
      - {{connector: rss, name: news, options: {{url: "{base}/feed.xml"}}}}
      - {{connector: youtube, name: video, options: {{channel: {channel}, base_url: "{base}"}}}}
"""
CHANNEL = "UC" + "a" * 22


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SIAGA_CONFIG", raising=False)
    monkeypatch.setenv("YOUTUBE_API_KEY", "yt-secret-of-the-test")


def siaga(server: LoopbackServer, *words: str) -> Result:
    Path("siaga.yaml").write_text(CONFIG.format(base=server.url, channel=CHANNEL))
    return CliRunner().invoke(main_group, list(words))


def feed(*titles: str) -> FeedPlatform:
    now = utc_now()
    return FeedPlatform([(f"g{n}", now - timedelta(hours=n + 1), t) for n, t in enumerate(titles)])


def test_a_dry_run_prints_one_json_object_a_line_and_creates_nothing() -> None:
    threads: list[tuple[datetime, str, list[tuple[datetime, str]]]] = [
        (datetime(2021, 5, 1, 8, n, tzinfo=UTC), f"senja {n}", []) for n in range(8)
    ]
    with LoopbackServer(YouTubePlatform(threads)) as server:
        told = siaga(server, "poll", "senja/video", "--dry-run", "--json")
    assert told.exit_code == 0, told.output
    rows = [json.loads(line) for line in told.stdout.splitlines()]
    assert [row["type"] for row in rows] == ["mention"] * 8
    assert {row["text"] for row in rows} == {f"senja {n}" for n in range(8)}
    assert rows[0]["platform"] == "youtube"
    assert rows[0]["published_at"].endswith("Z")
    assert {"external_id", "author", "url", "reply_to", "root_id", "kind"} <= rows[0].keys()
    assert "8 mentions in " in told.stderr
    assert "nothing stored" in told.stderr
    assert not Path("siaga.db").exists()


def test_a_dry_run_prints_lines_for_people_without_terminal_commands() -> None:
    with LoopbackServer(feed("Senja dibuka", "Senja \x1b[31mmerah")) as server:
        told = siaga(server, "poll", "senja/news", "--dry-run")
    assert "article" in told.stdout
    assert "Senja dibuka" in told.stdout
    assert "\x1b" not in told.stdout


def test_since_limits_a_dry_run() -> None:
    with LoopbackServer(feed("Senja a", "Senja b", "Senja c")) as server:
        told = siaga(server, "poll", "senja/news", "--dry-run", "--since", "90m", "--json")
    assert len(told.stdout.splitlines()) == 1


def test_a_refusal_is_one_sentence_and_exit_code_1() -> None:
    with LoopbackServer(lambda _: Reply(status=401)) as server:
        told = siaga(server, "poll", "senja/video", "--dry-run", "--json")
    assert isinstance(told.exception, Problem)
    assert str(told.exception).startswith("senja/video: ")
    assert "yt-secret" not in str(told.exception)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("teh/news", "There is no brand teh; there are: senja."),
        ("senja/x", "There is no source senja/x; the config has senja/news, senja/video."),
    ],
)
def test_a_name_that_means_no_source_is_answered_with_what_there_is(
    source: str, sentence: str
) -> None:
    with LoopbackServer(feed()) as server:
        told = siaga(server, "poll", source, "--dry-run")
    assert sentence in str(told.exception)


def test_without_dry_run_it_is_stored_as_the_daemon_would() -> None:
    with LoopbackServer(feed("Senja a", "Kopi b")) as server:
        told = siaga(server, "poll", "senja/news")
    assert "1 new mention in 1 page." in told.output
    db = Database("sqlite:///siaga.db")
    with db.read() as tx:
        states = {s.title: s for s in source_states(tx)}
    db.close()
    assert states["rss/news"].last_ok_at is not None
    assert states["rss/news"].lease_token is None
    assert states["youtube/video"].last_ok_at is None


def test_a_backfill_says_how_far_back_it_went_and_when_it_is_not_at_its_end() -> None:
    threads: list[tuple[datetime, str, list[tuple[datetime, str]]]] = [
        (utc_now() - timedelta(days=n), f"senja {n}", []) for n in range(2, 10)
    ]
    with LoopbackServer(YouTubePlatform(threads)) as server:
        told = siaga(server, "backfill", "senja/video", "--since", "30d")
        assert told.exit_code == 0, told.output
        assert "senja/video: 8 new mentions in " in told.output
        assert ", complete since " in told.output
        assert "senja counts from " in told.output
        assert siaga(server, "backfill", "senja/video", "--since", "x").exit_code == 1
        server.answer = lambda _: Reply(status=500)
        again = siaga(server, "backfill", "senja/video", "--since", "60d")
    assert "not at its end: " in again.output
    assert "Call it again to go on." in again.output
    assert again.exit_code == 1
