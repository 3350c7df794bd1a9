"""News feeds: RSS, Atom, RDF, and Google News searches. Read by feedparser, fetched by us.

https://www.rssboard.org/rss-specification, https://www.rfc-editor.org/rfc/rfc4287. No key, no
quota but politeness: ETag and Last-Modified are honoured, ask every 5 to 15 minutes. Lag: minutes
to an hour. A feed shows its newest entries only; what rolled out between two polls is reported as
missed. Google News (https://news.google.com/rss/search) is not promised by Google: at most 100
entries by relevance, links are redirects, the publisher ends the title. Neither gives comments,
reactions or deletions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from connectors.base import Cursor, Info, Options, Page, Rejected, SourceSpec
from connectors.kit import http
from connectors.rss.parse import read_feed
from monitor.model import Mention

GOOGLE = "https://news.google.com"
GOOGLE_MOST = 100
EDITIONS = {"id": ("id", "ID:id"), "en": ("en-ID", "ID:en")}
"""Google News' editions for Indonesia, by language."""

REMEMBERED = 500


class RssOptions(Options):
    """Options of a feed: ``url``, or ``google_news`` with what to search for."""

    url: str = Field("", description="Address of an RSS or Atom feed.")
    google_news: str = Field("", description='What to search for: "kopi senja" OR kopisenja')
    google_url: str = Field(GOOGLE, description="Another address of Google News, for tests.")

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
            page, states[name] = _poll(url, params, states.get(name, {}), source)
            yield Page(
                mentions=page.mentions,
                missed=page.missed,
                skipped=page.skipped,
                cursor=dict(states),
            )

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
    url: str, params: dict[str, str], state: dict[str, Any], source: SourceSpec
) -> tuple[Page, dict[str, Any]]:
    """Ask one feed once: what is new, and what to remember of it."""
    headers = {"accept": "application/rss+xml, application/atom+xml, application/xml, */*;q=0.5"}
    if etag := state.get("etag"):
        headers["if-none-match"] = etag
    if modified := state.get("modified"):
        headers["if-modified-since"] = modified
    answer = http.fetch(
        state.get("moved") or url, params=params, headers=headers, redirects=http.REDIRECTS
    )
    if trouble := http.failure(answer, source.now):
        raise trouble
    after = dict(state, polled=source.now.isoformat())
    if answer.status == 304:
        return Page(), after
    mentions, skipped = read_feed(answer, source.now, known=bool(state))
    seen = list(state.get("seen", ()))
    new = [m for m in mentions if _mark(m) not in set(seen)]
    marks = [_mark(m) for m in new]
    after |= {"seen": (marks + seen)[: max(REMEMBERED, 3 * len(mentions))]}
    after |= {
        k: answer.headers.get(h, "") for k, h in (("etag", "etag"), ("modified", "last-modified"))
    }
    if answer.moved_to and not params:
        after["moved"] = answer.moved_to
    page = Page(
        mentions=tuple(m for m in new if m.published_at >= source.since or state),
        missed=_missed(mentions, new, state, full=not params or len(mentions) >= GOOGLE_MOST - 5),
        skipped=max(0, skipped - int(state.get("skipped", 0))),
    )
    return page, after | {"skipped": skipped}


def _mark(mention: Mention) -> str:
    return hashlib.sha256(mention.external_id.encode()).hexdigest()[:12]


def _missed(
    told: list[Mention], new: list[Mention], state: dict[str, Any], *, full: bool
) -> tuple[datetime, datetime] | None:
    """What rolled out of the feed between two polls: nothing we know is in it any more, and its
    oldest entry is younger than our last look."""
    if not state.get("seen") or not told or len(new) < len(told) or not full:
        return None
    last, oldest = datetime.fromisoformat(state["polled"]), min(m.published_at for m in told)
    return (last, oldest) if oldest > last else None
