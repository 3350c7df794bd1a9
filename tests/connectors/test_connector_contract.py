"""Every connector passes the contract suite, against a platform that misbehaves in many ways."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.platform_server import FeedPlatform, XPlatform, YouTubePlatform

from connectors.base import Connector, SourceSpec
from connectors.kit.loopback import Reply, Request
from connectors.replay.connector import Replay
from connectors.replay.options import ReplayOptions
from connectors.rss.connector import Rss, RssOptions
from connectors.simulated.connector import Simulated, SimulatedOptions
from connectors.testing import ConnectorContract, source_spec
from connectors.x.connector import X, XOptions
from connectors.youtube.connector import YouTube, YouTubeOptions

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

SCENARIO = """
version: 1
title: Two days of an invented coffee brand
start: 2026-03-02T00:00:00+07:00
days: 2
platforms:
  x: {per_day: 300, languages: {id: 0.7, en: 0.3}, url: "https://x.example/{id}"}
  youtube: {per_day: 60, kind: comment}
slots: {place: [Kemang, Dago, "{street}"], street: [Jalan Merdeka]}
texts:
  - {language: id, mood: positive, texts: ["Kopi Senja {place} enak banget"]}
  - {language: en, mood: neutral, texts: ["Is Kopi Senja {place} open?"]}
events:
  - kind: crisis
    at: 2026-03-03T12:00:00+07:00
    jitter: 90m
    peak: 20
    texts: [{language: id, mood: negative, texts: ["Dapur Kopi Senja kok kotor begitu?"]}]
  - {kind: blind, at: 2026-03-02T10:00:00+07:00, hold: 2h, platforms: [youtube]}
  - {kind: gap, at: 2026-03-02T20:00:00+07:00, hold: 30m, platforms: [youtube]}
"""


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


class TestX(ConnectorContract):
    secrets = {"token": "x-secret-of-the-test"}

    def make(self, base: str) -> Connector:
        return X(XOptions(posts=True, base_url=base), self.secrets)

    def source(self) -> SourceSpec:
        return source_spec(now=NOW)

    def answer(self, asked: Request) -> Reply:
        return XPlatform([(ago(7 * n + 1), f"kopi senja {n}") for n in range(35)], NOW)(asked)


class TestYouTube(ConnectorContract):
    secrets = {"key": "yt-secret-of-the-test"}

    def make(self, base: str) -> Connector:
        return YouTube(YouTubeOptions(channel="UC" + "a" * 22, base_url=base), self.secrets)

    def source(self) -> SourceSpec:
        return source_spec(now=NOW)

    def answer(self, asked: Request) -> Reply:
        replies = [(ago(20 * n), f"balasan {n}") for n in range(9)]
        threads = [(ago(100 * n), f"komentar {n}", replies if n == 2 else []) for n in range(8)]
        return YouTubePlatform(threads)(asked)


class TestRss(ConnectorContract):
    def make(self, base: str) -> Connector:
        return Rss(RssOptions(url=f"{base}/feed.xml"), {})

    def source(self) -> SourceSpec:
        return source_spec(now=NOW)

    def answer(self, asked: Request) -> Reply:
        return FeedPlatform([(f"g{n}", ago(60 * n), f"Berita {n}") for n in range(9)])(asked)


class TestGoogleNews(TestRss):
    def make(self, base: str) -> Connector:
        return Rss(RssOptions(google_news='"kopi senja"', google_url=base), {})


class TestReplay(ConnectorContract):
    network = False

    @pytest.fixture(autouse=True)
    def _file(self, tmp_path: Path) -> None:
        rows = [
            {"id": n, "text": f"kopi {n}", "date": ago(3 * n).isoformat(), "platform": "x"}
            for n in range(30)
        ]
        self.path = tmp_path / "rows.jsonl.gz"
        self.path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))

    def make(self, base: str) -> Connector:
        return Replay(ReplayOptions(path=self.path), {})

    def source(self) -> SourceSpec:
        return source_spec(now=NOW)


class TestSimulated(ConnectorContract):
    network = False

    @pytest.fixture(autouse=True)
    def _file(self, tmp_path: Path) -> None:
        self.path = tmp_path / "two-days.yaml"
        self.path.write_text(SCENARIO.replace("days: 2", "days: 0.5"), "utf-8")

    def make(self, base: str) -> Connector:
        return Simulated(SimulatedOptions(scenario=str(self.path), platform="x"), {})

    def source(self) -> SourceSpec:
        return source_spec(now=NOW)
