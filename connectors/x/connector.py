"""X: how many posts match (counts), and the posts themselves where they are opted in. By tweepy.

https://docs.x.com/x-api/posts/search-recent-posts, https://docs.x.com/x-api/posts/counts.
Paid by use (2026): a counts request $0.005 whatever the volume, a read post $0.005; so counts
every five minutes cost $1.44 a day, and 1,000 posts $5. Rate limits: believe the headers.
Lag: 30 seconds. Seven days back at most. No authors' names (each would be billed), no deletions.
Posts are bought with what the day's counts will not need; beyond that only their number is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from connectors.base import Cursor, Info, Page, Rejected, SourceSpec, Unauthorized
from connectors.x.api import MAX_PAGES, XApi
from connectors.x.options import XOptions
from connectors.x.query import compile_x
from monitor.model import ANY


class X:
    """Counts by the minute as buckets, then posts newest first."""

    info = Info(
        name="x",
        platform="x",
        can=frozenset({"mentions", "counts"}),
        options=XOptions,
        secrets={"token": "X_BEARER_TOKEN"},
        lag=timedelta(minutes=2),
        page_budget=MAX_PAGES + 5,
        docs="docs/connectors.md#x",
        title="X",
        retention=timedelta(days=30),
    )

    def __init__(self, options: XOptions, secrets: Mapping[str, str]) -> None:
        self.options = options
        self.secrets = secrets

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """A page of counts, then pages of posts; raises as the contract says."""
        if not self.secrets.get("token"):
            raise Unauthorized("X needs a token: set X_BEARER_TOKEN (or X_BEARER_TOKEN_FILE).")
        if source.brand == ANY or (source.query is None and not self.options.query):
            raise Rejected("an X source counts for one brand: put it under a brand with a query.")
        query = self.options.query or compile_x(source.query)  # type: ignore[arg-type]
        ask = XApi(self.options, self.secrets, source, query)
        state = dict(cursor or {})
        for page in ask.counts(state):
            state = dict(page.cursor or state)
            yield page
        if self.options.posts:
            yield from ask.posts(state)
