"""What we ask X, one request at a time, and the money that may still be spent on it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, Any

from connectors.base import ConnectorError, Page, RateLimited, SourceSpec, Unavailable
from connectors.kit import sdk
from connectors.kit.times import bucket_of, midnight_after
from connectors.x.parse import count, failed, post, time_of
from monitor.model import BUCKET

if TYPE_CHECKING:
    import tweepy

    from connectors.x.options import XOptions

HOST = "https://api.twitter.com"
"""Where tweepy sends; its transport sends on to ``base_url``."""

REACH = timedelta(days=7) - 2 * BUCKET
SETTLE = 2 * BUCKET
"""Counts are asked for again for so long, until they have settled."""

HOLD_BACK = timedelta(seconds=30)
MAX_PAGES = 20
LEAST = 10
FIELDS = (
    "created_at,author_id,lang,public_metrics,conversation_id,referenced_tweets,"
    "possibly_sensitive,withheld,entities,note_tweet"
)


class XApi:
    """One poll's questions to X, and the money left for them."""

    def __init__(
        self, options: XOptions, secrets: Mapping[str, str], source: SourceSpec, query: str
    ) -> None:
        self.options, self.secrets, self.source, self.query = options, secrets, source, query
        self.left = source.budget.get("usd", inf)
        self.client = _client(secrets["token"], options.base_url)

    def counts(self, state: Mapping[str, Any]) -> Iterator[Page]:
        """The volume since the last count, in one page, a bucket a count."""
        now, price = self.source.now, self.options.usd_per_count
        known = state.get("counted")
        last = datetime.fromisoformat(known) if known else self.source.since
        start, end = bucket_of(last) - (SETTLE if known else timedelta(0)), now - HOLD_BACK
        reach = bucket_of(now - REACH)
        missed = (last, reach) if known and last < reach else None
        start = max(start, reach)
        if start + timedelta(minutes=1) > end:
            return
        if self.left < price:
            raise RateLimited(
                f"the source's ${self.options.max_usd_per_day:g} for X are spent for today: raise "
                f"`max_usd_per_day` or wait.",
                midnight_after(now),
            )
        rows: list[Any] = []
        requests, token = 0, ""
        while token or not requests:
            more = {"next_token": token} if token else {}
            told = self._told(
                self.client.get_recent_tweets_count,
                granularity="minute",
                start_time=start,
                end_time=end,
                **more,
            )
            rows += told.get("data") or []
            requests, self.left = requests + 1, self.left - price
            token = _next(told, token)
        counted, skipped = count(rows)
        yield Page(
            counts=counted,
            covered_from=None if known else start,
            missed=missed,
            cursor={**state, "counted": end.isoformat()},
            cost={"usd": price * requests},
            skipped=skipped,
        )

    def posts(self, state: Mapping[str, Any]) -> Iterator[Page]:
        """Posts since the newest one known, newest first; the cursor comes with the last page."""
        now, newest, token = self.source.now, str(state.get("newest", "")), ""
        reach = now - REACH
        known = newest if newest and time_of(newest) > reach else ""
        since = {"since_id": known} if known else {"start_time": max(self.source.since, reach)}
        for number in range(1, MAX_PAGES + 1):
            price = self.options.usd_per_post
            most = int(min(100, self._spare() / price + 1e-9)) if price else 100
            if most < LEAST:
                yield Page(cursor={**state, "newest": newest} if newest else state)
                return
            more = {"next_token": token} if token else {}
            told = self._told(
                self.client.search_recent_tweets,
                max_results=most,
                tweet_fields=FIELDS,
                **since,
                **more,
            )
            data = told.get("data") or []
            cost = price * len(data)
            self.left -= cost
            if number == 1:
                newest = str((told.get("meta") or {}).get("newest_id") or newest)
            token = _next(told, token)
            last = not token or number == MAX_PAGES
            page = _posts_page(told, data, cost)
            yield replace(page, cursor={**state, "newest": newest}) if last else page
            if last:
                return

    def _spare(self) -> float:
        """The money for posts: what today's remaining counts will not need."""
        polls = (midnight_after(self.source.now) - self.source.now) / BUCKET
        return max(0.0, self.left - polls * self.options.usd_per_count)

    def _told(self, method: Any, **asked: Any) -> dict[str, Any]:
        """One request through tweepy, as a dict; its failures as ours."""
        import tweepy  # as above

        try:
            told = method(self.query, **asked).json()
        except ConnectorError:
            raise
        except tweepy.HTTPException as error:
            raise failed(error.response, self.source.now, self.secrets) from None
        except Exception as error:  # tweepy reads errors carelessly: anything may come
            raise Unavailable(f"X answered what cannot be read ({type(error).__name__}).") from None
        if not _has_shape(told):
            raise Unavailable("X answered something else than was asked.")
        return dict(told)


def _client(token: str, base: str) -> tweepy.Client:
    import requests  # tweepy and requests: 0.12 s, only where X is asked
    import tweepy

    logging.getLogger("tweepy").setLevel(logging.ERROR)  # it logs the token when debugging
    client = tweepy.Client(token, wait_on_rate_limit=False, return_type=requests.Response)
    sdk.for_requests(client.session, HOST, base)
    return client


def _has_shape(told: Any) -> bool:
    """Is this an answer of X's, at least in its outline? A page without results has no data."""
    if not isinstance(told, dict) or not ("meta" in told or "data" in told):
        return False
    meta, includes = told.get("meta") or {}, told.get("includes") or {}
    if not isinstance(meta, dict) or not isinstance(includes, dict):
        return False
    lists = (told.get("data"), told.get("errors"), includes.get("users"))
    newest = str(meta.get("newest_id") or "0")
    return newest.isdecimal() and all(isinstance(one or [], list) for one in lists)


def _next(told: Mapping[str, Any], before: str) -> str:
    token = str((told.get("meta") or {}).get("next_token") or "")
    if token and token == before:
        raise Unavailable("X repeats the same page for ever.")
    return token


def _posts_page(told: Mapping[str, Any], data: list[Any], cost: float) -> Page:
    includes = told.get("includes") or {}
    users = {str(u.get("id")): u for u in includes.get("users") or [] if isinstance(u, dict)}
    posts = [post(row, users) for row in data]
    return Page(
        mentions=tuple(p for p in posts if p),
        cost={"usd": cost},
        skipped=sum(p is None for p in posts) + len(told.get("errors") or ()),
    )
