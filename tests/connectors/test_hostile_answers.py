"""Whatever a platform says, a connector gives pages that can be believed, or a named failure."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from fakes.platform_server import FeedPlatform, XPlatform, YouTubePlatform

from connectors.base import Connector, ConnectorError
from connectors.kit import http
from connectors.kit.loopback import Reply, Request
from connectors.rss.connector import Rss, RssOptions
from connectors.testing import drain, source_spec
from connectors.x.connector import X, XOptions
from connectors.youtube.connector import YouTube, YouTubeOptions
from monitor.jobs.poll.validate import validate_page

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WRONG: list[Any] = [
    None,
    True,
    -1,
    2**70,
    1.5,
    float("inf"),
    "",
    "x",
    "\x00\ud800",
    "9" * 5000,
    [],
    [[]],
    {},
    {"a": 1},
]
TRIES = 80


def spoilt(body: Any, dice: random.Random) -> Any:
    """The same with one to three values of wrong types, or keys gone."""
    body = copy.deepcopy(body)
    for _ in range(dice.randint(1, 3)):
        places = list(_places(body))
        if not places:
            break
        holder, key = dice.choice(places)
        if isinstance(holder, dict) and dice.random() < 0.2:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(dice.choice(WRONG))
    return body


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    keys = (
        list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    )
    for key in keys:
        yield node, key
        yield from _places(node[key])


def tried(
    connector: Connector, platform: Any, monkeypatch: pytest.MonkeyPatch, spoil: Any
) -> tuple[int, int]:
    """Poll against spoilt answers; how often pages came through, and how often a failure."""

    def fetch(url: str, **asked: Any) -> http.Response:
        parts = urlsplit(url)
        params = dict(parse_qsl(parts.query)) | dict(asked.get("params") or {})
        headers = {k.lower(): v for k, v in asked["headers"].items()}
        told = platform(Request(parts.path, params, headers))
        return http.Response(told.status, {"content-type": "text/xml"}, spoil(told), "fake")

    monkeypatch.setattr(http, "fetch", fetch)
    fine = failed = 0
    for _ in range(TRIES):
        try:
            pages = drain(connector, source_spec(now=NOW))
            for page in pages:
                validate_page(page, NOW)
            unseen = any(page.unseen for page in pages)  # a part of it failed, which is told
            fine, failed = fine + (not unseen), failed + unseen
        except ConnectorError:
            failed += 1
    return fine, failed


def as_json(seed: int) -> Any:
    dice = random.Random(seed)
    return lambda told: json.dumps(spoilt(told.body, dice)).encode("utf-8", "surrogatepass")


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def test_spoilt_answers_of_x_are_pages_or_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    platform = XPlatform([(ago(n + 1), f"senja {n}") for n in range(15)], NOW)
    made = X(XOptions(posts=True), {"token": platform.token})
    fine, failed = tried(made, platform, monkeypatch, as_json(1))
    assert fine > 5
    assert failed > 5


@pytest.mark.parametrize("body", [{"data": None}, {"data": {}}, {"data": []}])
def test_an_answer_of_x_that_says_nothing_at_all_is_no_silence(
    monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]
) -> None:
    monkeypatch.setattr(f"{__name__}.TRIES", 1)
    made = X(XOptions(posts=True), {"token": "t"})
    assert tried(
        made, lambda _: Reply(body), monkeypatch, lambda told: json.dumps(body).encode()
    ) == (
        0,
        1,
    )


def test_spoilt_answers_of_youtube_are_pages_or_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    replies = [(ago(n), f"b{n}") for n in range(9)]
    platform = YouTubePlatform([(ago(60 * n), f"k{n}", replies) for n in range(4)])
    made = YouTube(YouTubeOptions(channel="UC" + "a" * 22, read=()), {"key": platform.key})
    fine, failed = tried(made, platform, monkeypatch, as_json(2))
    assert fine > 5
    assert failed > 5


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 503])
def test_spoilt_errors_are_failures(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    errors = [{"message": "m", "reason": "r", "parameters": {"q": ["a"]}}]
    body = {"title": "t", "detail": "d", "type": "x", "errors": errors, "error": {"errors": errors}}

    def refuses(asked: Request) -> Reply:
        return Reply(body, status)

    monkeypatch.setattr(f"{__name__}.TRIES", 40)
    x, youtube = XOptions(), YouTubeOptions(channel="UC" + "a" * 22, read=())
    for made in (X(x, {"token": "t"}), YouTube(youtube, {"key": "k"})):
        assert tried(made, refuses, monkeypatch, as_json(4)) == (0, 40)


def test_spoilt_feeds_are_pages_or_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(3)

    def spoil(told: Any) -> bytes:
        body = bytearray(told.raw())
        for _ in range(dice.randint(1, 60)):
            at = dice.randrange(len(body))
            body[at : at + dice.randint(0, 9)] = dice.randbytes(dice.randint(0, 9))
        return bytes(body)

    platform = FeedPlatform([(f"g{n}", ago(60 * n), f"Berita {n}") for n in range(9)])
    fine, _ = tried(Rss(RssOptions(url="http://fake/feed"), {}), platform, monkeypatch, spoil)
    assert fine > 5
