"""News feeds: RSS, Atom, RDF, JSON Feed, and Google News searches. feedparser reads what we fetch.

https://www.rssboard.org/rss-specification, https://www.rfc-editor.org/rfc/rfc4287,
https://www.jsonfeed.org/version/1.1/. No key, no quota but politeness: ETag and Last-Modified are
honoured, ask every 5 to 15 minutes. Lag: minutes to an hour. A feed shows its newest entries only;
what rolled out between two polls is reported as missed. Google News
(https://news.google.com/rss/search) is not promised by Google: at most 100 entries by relevance,
links are redirects that change, the publisher ends the title. Neither gives comments, reactions or
deletions; an entry that comes back with other words is an edit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, field_validator, model_validator

from connectors.base import (
    ConnectorError,
    Cursor,
    Info,
    Options,
    Page,
    RateLimited,
    Rejected,
    SourceSpec,
    Unavailable,
)
from connectors.kit import http
from connectors.kit.times import zone_named
from connectors.rss.articles import Reading
from connectors.rss.identity import Place, place_of
from connectors.rss.parse import Feed, read_feed

GOOGLE = "https://news.google.com"
EDITIONS = {"id": ("id", "ID:id"), "en": ("en-ID", "ID:en")}
"""Google News' editions for Indonesia, by language."""

SEARCHES = frozenset({"q", "query", "s", "search", "keyword", "keywords", "term"})
"""What addresses ask that are searches."""


MOVED_FOR = timedelta(hours=6)
"""So long a move for good is believed; then the configured address is asked whether it still is."""


class RssOptions(Options):
    """Options of a feed: ``url``, or ``google_news`` with what to search for."""

    url: str = Field("", description="Address of an RSS, Atom or JSON feed.")
    google_news: str = Field("", description='What to search for: "kopi senja" OR kopisenja')
    google_url: str = Field(GOOGLE, description="Another address of Google News, for tests.")
    time_zone: str = Field("UTC", description="Zone of times that name none: Asia/Jakarta")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.url) == bool(self.google_news):
            raise ValueError("state either `url` or `google_news`")
        return self

    @field_validator("url", "google_url")
    @classmethod
    def _http(cls, url: str) -> str:
        try:
            return url if not url or http.host_of(url) else ""
        except Rejected as error:
            raise ValueError(str(error)) from error

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        zone_named(name)
        return name


class Rss:
    """Entries of a feed as articles."""

    info = Info(
        name="rss",
        platform="news",
        can=frozenset({"mentions"}),
        options=RssOptions,
        lag=timedelta(hours=1),
        every=timedelta(minutes=10),
        docs="docs/connectors.md#rss",
        title="News",
    )

    def __init__(self, options: RssOptions, secrets: Mapping[str, str]) -> None:
        self.options = options

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """One page a feed: what is new since the cursor."""
        states: dict[str, Any] = dict(cursor or {})
        for name, url, params in self._feeds(source):
            page, states[name] = self._poll(url, params, dict(states.get(name, {})), source)
            yield replace(page, cursor=dict(states))

    def _feeds(self, source: SourceSpec) -> Iterator[tuple[str, str, dict[str, str]]]:
        if self.options.url:
            yield "feed", self.options.url, {}
            return
        asked = [language for language in source.languages if language in EDITIONS]
        for language in asked or ["id"]:
            hl, ceid = EDITIONS[language]
            query = f"{self.options.google_news} when:1d"
            yield (
                language,
                f"{self.options.google_url.rstrip('/')}/rss/search",
                {"q": query, "hl": hl, "gl": "ID", "ceid": ceid},
            )

    def _poll(
        self, url: str, params: dict[str, str], state: dict[str, Any], source: SourceSpec
    ) -> tuple[Page, dict[str, Any]]:
        """Ask one feed once: what is new, and what to remember of it."""
        is_new_address = state.get("url", url) != url
        if is_new_address:  # what the other address said of itself holds no more
            state = {k: v for k, v in state.items() if k not in MOVE | {"etag", "modified"}}
        response, feed, move = _ask(url, params, state, source)
        after = state | {"url": url, "polled": source.now.isoformat(), **move}
        place = self._place(url, response.url)
        reading = Reading(place, zone_named(self.options.time_zone), source, state)
        search = bool(params) or place.aggregates or _is_search(url)
        if feed is None:
            return Page(empty=_empty(state, search)), after
        if not feed.entries and state.get("marks") and not place.aggregates:
            # a search may find nothing any more; a feed that loses all of its entries is broken
            raise Unavailable(f"{response.host} shows no entry any more, though it did before.")
        page, memory = reading.page(feed, params != {}, same_feed=not is_new_address)
        after |= {
            k: response.headers.get(h, "")
            for k, h in (("etag", "etag"), ("modified", "last-modified"))
        }
        after.pop("seen", None)
        return replace(page, empty=_empty(memory, search)), after | memory

    def _place(self, url: str, answered: str) -> Place:
        google = bool(self.options.google_news) or urlsplit(url).hostname == "news.google.com"
        return place_of(url, answered or url, aggregates=google)


def _is_search(url: str) -> bool:
    """Whether an address is that of a search, which may find nothing."""
    parts = urlsplit(url)
    return "search" in parts.path.lower() or not SEARCHES.isdisjoint(dict(parse_qsl(parts.query)))


def _empty(state: Mapping[str, Any], search: bool) -> Literal["", "list", "search"]:
    """What it is that has never shown an entry."""
    if state.get("marks") or state.get("seen"):
        return ""
    return "search" if search else "list"


MOVE = frozenset({"moved", "moved_at"})
"""What is remembered of a move for good: where to, and when the configured address last said so."""


def _ask(
    url: str, params: dict[str, str], state: dict[str, Any], source: SourceSpec
) -> tuple[http.Response, Feed | None, dict[str, str]]:
    """The response, the feed in it (None: not modified), and ``MOVE``.

    A move is a hint: the configured address is asked where its target cannot be read any more, and
    now and then anyway, for a slip of the server may have led to a feed of something else.
    """
    moved, said = str(state.get("moved") or ""), str(state.get("moved_at") or "")
    believed = said and source.now - datetime.fromisoformat(said) < MOVED_FOR
    ways = [url] if params or not moved else [moved, url] if believed else [url, moved]
    failed: dict[str, ConnectorError] = {}
    for way in ways:
        try:
            response, feed = _read(way, params, state, source)
        except RateLimited:
            raise
        except ConnectorError as error:
            failed[way] = error
            state = {k: v for k, v in state.items() if k not in ("etag", "modified")}
        else:
            at = "" if params else response.moved_to or (moved if way == moved else "")
            since = said if believed and way == moved else source.now.isoformat()
            return response, feed, {"moved": at, "moved_at": since if at else ""}
    raise failed[url]


def _read(
    url: str, params: dict[str, str], state: dict[str, Any], source: SourceSpec
) -> tuple[http.Response, Feed | None]:
    headers = {
        "accept": "application/rss+xml, application/atom+xml, application/feed+json, "
        "application/xml, */*;q=0.5"
    }
    if etag := state.get("etag"):
        headers["if-none-match"] = etag
    if modified := state.get("modified"):
        headers["if-modified-since"] = modified
    response = http.fetch(url, params=params, headers=headers, redirects=http.REDIRECTS)
    if trouble := http.failure(response, source.now):
        raise trouble
    if response.status == 304:
        return response, None
    return response, read_feed(response, known="polled" in state)
