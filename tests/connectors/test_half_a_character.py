"""Texts that were cut in the middle of an emoji, bytes that are no UTF-8, and errors in no shape of
the platform's own: none of it hides what else an answer says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.meta import when

from connectors.base import ConnectorError, RateLimited, Unauthorized
from connectors.kit.json_values import read_json
from connectors.kit.loopback import JSON, LoopbackServer, Reply, Request
from connectors.kit.meta.hooks import understood
from connectors.registry import get
from connectors.testing import drain, source_spec

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HALF = r"kopi basi \ud83d"
LATIN = "kopi caf\xe9"
OPTIONS: Mapping[str, Any] = {
    "facebook": {"page": "1", "read": []},
    "youtube": {"videos": ["dQw4w9WgXcQ"], "read": []},
    "x": {"posts": True},
    "tiktok": {"business": "1", "read": []},
    "linkedin": {"organization": "1"},
}


def polled(connector: str, answer: Any, address: str = "base_url") -> list[str]:
    """The texts that a poll brings."""
    kind = get(connector)
    secrets = dict.fromkeys(kind.info.secrets, "a-secret-of-the-test")
    with LoopbackServer(answer) as server:
        asked = {**OPTIONS.get(connector, {}), address: server.url}
        made = kind(kind.info.options.model_validate(asked), secrets)
        pages = drain(made, source_spec(now=NOW, since=NOW - timedelta(days=2)), None)
    return [m.text for page in pages for m in page.mentions]


def graph(code: int, said: str) -> str:
    return f'{{"error": {{"code": {code}, "message": "{said}"}}}}'


@pytest.mark.parametrize(
    ("connector", "status", "body", "failure"),
    [
        ("facebook", 400, graph(190, HALF), Unauthorized),
        ("facebook", 400, graph(190, LATIN), Unauthorized),
        (
            "youtube",
            400,
            r'{"error": {"errors": [{"reason": "keyInvalid"}], "message": "\udc00"}}',
            Unauthorized,
        ),
        ("tiktok", 200, f'{{"code": 40105, "message": "{HALF}"}}', Unauthorized),
        ("linkedin", 401, f'{{"code": "REVOKED_ACCESS_TOKEN", "message": "{HALF}"}}', Unauthorized),
        ("x", 401, '["no"]', Unauthorized),
        ("x", 401, '{"errors": ["no"]}', Unauthorized),
        ("x", 429, '"no"', RateLimited),
        ("youtube", 403, '["no"]', Unauthorized),
        ("youtube", 403, '"no"', Unauthorized),
    ],
)
def test_an_error_is_known_by_what_can_be_read_of_it(
    connector: str, status: int, body: str, failure: type[ConnectorError]
) -> None:
    reply = Reply(body.encode("latin-1"), status, dict(JSON))
    with pytest.raises(ConnectorError) as caught:
        polled(connector, lambda _: reply)
    assert isinstance(caught.value, failure), caught.value
    assert not str(caught.value).endswith(": "), "the sentence has an end"


@pytest.mark.parametrize("spoilt", [HALF, LATIN, "kopi\tbasi"])
def test_one_such_comment_costs_no_other(spoilt: str) -> None:
    post = f'{{"id": "1_1", "message": "menu", "created_time": "{when(NOW - timedelta(hours=5))}"}}'

    def answer(asked: Request) -> Reply:
        rows = [post] if asked.path.endswith("published_posts") else []
        if asked.path.endswith("comments"):
            made = f'"created_time": "{when(NOW - timedelta(hours=1))}"'
            told = (spoilt, "kopi pahit")
            rows = [f'{{"id": "1_{n}", "message": "{t}", {made}}}' for n, t in enumerate(told, 5)]
        return Reply(f'{{"data": [{",".join(rows)}]}}'.encode("latin-1"), headers=dict(JSON))

    texts = polled("facebook", answer)
    assert len(texts) == 2
    assert "kopi pahit" in texts
    "".join(texts).encode()


def test_such_an_article_costs_no_other_of_its_feed() -> None:
    items = ",".join(f'{{"id": "{t}", "title": "{t}"}}' for t in (HALF, "kopi pahit"))
    feed = f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{items}]}}'
    texts = polled("rss", lambda _: Reply(feed, headers=dict(JSON)), "url")
    assert len(texts) == 2


def test_such_a_webhook_is_heard() -> None:
    value = f'{{"item": "post", "verb": "remove", "post_id": "1_2", "message": "{HALF}"}}'
    change = f'{{"field": "feed", "value": {value}}}'
    entry = f'{{"id": "1", "time": 1772452800, "changes": [{change}]}}'
    told = understood(f'{{"object": "page", "entry": [{entry}]}}'.encode(), NOW)
    assert [hook.account for hook in told] == ["1"]


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a": NaN}', b"", b"\xff\xfe", b"<html>"])
def test_what_is_no_json_is_none(body: bytes) -> None:
    with pytest.raises(ValueError):
        read_json(body)
