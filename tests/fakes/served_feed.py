"""A feed on this machine that is polled again and again, and its entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from connectors.base import Page
from connectors.kit.loopback import LoopbackServer, Reply, Request
from connectors.rss.connector import Rss, RssOptions
from connectors.testing import drain, source_spec, through_json

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HARIAN = "https://harian.example"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Item:
    """An entry of a feed; what is "" is not there."""

    title: str = ""
    guid: str = ""
    link: str = ""
    at: datetime | None = None
    text: str = ""
    publisher: str = ""

    def xml(self) -> str:
        parts = {"title": self.title, "link": self.link, "description": self.text}
        told = "".join(f"<{k}>{escape(v)}</{k}>" for k, v in parts.items() if v)
        if self.guid:
            told += f"<guid isPermaLink='false'>{escape(self.guid)}</guid>"
        if self.at:
            told += f"<pubDate>{self.at:%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
        if self.publisher:
            told += f"<source url='https://{self.publisher}.example'>{self.publisher}</source>"
        return f"<item>{told}</item>"


def rss(*items: Item, home: str = HARIAN) -> bytes:
    inner = "".join(item.xml() for item in items)
    return f"<rss version='2.0'><channel><link>{home}</link>{inner}</channel></rss>".encode()


class Feed:
    """A feed on this machine that is polled again and again."""

    def __init__(self, server: LoopbackServer, **options: Any) -> None:
        self.server = server
        self.options = options or {"url": f"{server.url}/feed"}
        self.cursor: Any = None
        self.polls = 0

    def poll(self, *items: Item | bytes | Callable[[Request], Reply]) -> Page:
        first = items[0] if items else b""
        if callable(first):
            self.server.answer = first
        else:
            body = first if isinstance(first, bytes) and first else rss(*items)  # type: ignore[arg-type]
            self.server.answer = lambda _: Reply(body)
        now = NOW + timedelta(minutes=10 * self.polls)
        spec = source_spec(now=now, since=NOW - timedelta(days=2), languages=("id",))
        (page,) = drain(Rss(RssOptions(**self.options), {}), spec, through_json(self.cursor))
        self.cursor, self.polls = page.cursor, self.polls + 1
        return page

    def titles(self, *items: Item | bytes) -> list[str]:
        return [m.title or m.text for m in self.poll(*items).mentions]
