"""X: how many posts match (counts), the posts where they are opted in, and one's own account. By
tweepy.

https://docs.x.com/x-api/posts/search-recent-posts, https://docs.x.com/x-api/posts/counts.
Paid by use (2026): a counts request $0.005 whatever the volume, a read post $0.005; so counts
every five minutes cost $1.44 a day, and 1,000 posts $5. Rate limits: believe the headers.
Lag: 30 seconds. Seven days back at most. No authors' names unless asked for (each is billed).
Posts are bought with what the day's counts will not need; beyond that only their number is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from math import ceil

from connectors.base import (
    ConnectorError,
    Cursor,
    Info,
    Need,
    Page,
    Rejected,
    SourceSpec,
    Unauthorized,
)
from connectors.kit.apart import Apart
from connectors.kit.measures import readable
from connectors.x.account import XAccount
from connectors.x.api import MAX_PAGES, SEARCH_WINDOW, Timeline, XApi
from connectors.x.compliance import AT_ONCE, Compliance
from connectors.x.lookup import recheck
from connectors.x.options import NO_RETWEETS, XOptions
from connectors.x.query import LONGEST, compile_x
from monitor.model import ANY

OF_KEYWORDS = frozenset({"mentions", "counts", "deletions"})
OF_ACCOUNT = frozenset(
    {"mentions", "own_comments", "own_posts", "own_metrics", "own_standing", "deletions"}
)
POLLS_A_DAY = 288


class X:
    """Counts by the minute as buckets, then posts newest first; or all of an ``account``."""

    info = Info(
        name="x",
        platform="x",
        can=OF_KEYWORDS | OF_ACCOUNT,
        options=XOptions,
        secrets={"token": "X_BEARER_TOKEN"},
        lag=timedelta(minutes=2),
        page_budget=6 * MAX_PAGES + 5,
        docs="docs/connectors/x.md",
        title="X",
        retention=timedelta(days=30),
        oauth=("x",),
        account="account",
        recheck=100,
        quota="paid by use: $0.005 a counts request and a post, $0.010 an account",
        terms="https://developer.x.com/en/developer-terms/policy",
        needs=(
            Need("a project with credits at console.x.com", "you", "everything: X is paid by use"),
        ),
    )

    def __init__(self, options: XOptions, secrets: Mapping[str, str]) -> None:
        self.options = options
        self.secrets = secrets
        at_once = min(100, ceil(options.recheck_per_day / POLLS_A_DAY))
        at_once = AT_ONCE if options.compliance else at_once
        can = OF_ACCOUNT if options.account else OF_KEYWORDS
        if not (options.posts or options.account):
            can, at_once = frozenset({"counts"}), 0
        can = can if at_once or options.account else can - {"deletions"}
        self.info = replace(X.info, can=can, recheck=at_once)

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """Pages of counts and posts, or of the account; raises as the contract says."""
        if not self.secrets.get("token"):
            raise Unauthorized(
                "X needs a token: run `siaga connect x`, or set X_BEARER_TOKEN.", "missing"
            )
        state, apart = dict(cursor or {}), Apart(source.now, whole=source.whole)
        if self.options.account:
            if source.brand == ANY:
                raise Rejected("an account on X belongs to one brand: put it under that brand.")
            api = XApi(self.options, self.secrets, source)
            pages = XAccount(api, source, state, apart).pages()
        else:
            query = self._query(source)
            api = XApi(self.options, self.secrets, source)
            pages = self._matching(api, query, state, apart)
        for page in map(readable, pages):
            state = dict(page.cursor or state)
            yield page
        gone = self._gone(api, source, state)
        yield from apart.read(gone, unseen="deletions", own_limit=True)
        yield from apart.end()

    def _gone(self, api: XApi, source: SourceSpec, state: dict[str, object]) -> Iterator[Page]:
        """What became of stored posts. Those that could not be looked up are given again."""
        ids = source.recheck if self.info.recheck else ()
        try:
            if self.options.compliance:
                yield from Compliance(api, state).pages(ids)
            else:
                yield from recheck(api, ids)
        except ConnectorError:
            yield Page(recheck_left=True)
            raise

    def _query(self, source: SourceSpec) -> str:
        if source.brand == ANY or (source.query is None and not self.options.query):
            raise Rejected("an X source counts for one brand: put it under a brand with a query.")
        return self.options.query or compile_x(source.query)  # type: ignore[arg-type]

    def _matching(
        self, api: XApi, query: str, state: dict[str, object], apart: Apart
    ) -> Iterator[Page]:
        for page in apart.read(api.counts(query, state), unseen="counts", main=True):
            state = dict(page.cursor or state)
            yield page
        if self.options.posts:
            fits = len(query) <= LONGEST - len(NO_RETWEETS) - 2
            without, words = fits and not self.options.retweets, query
            if without:
                words = f"({query}){NO_RETWEETS}" if " OR " in query else query + NO_RETWEETS
            ask = (api.client.search_recent_tweets, words)
            token = "next_token"  # noqa: S105  (a parameter's name)
            line = Timeline("newest", ask, token, SEARCH_WINDOW, counted=True, no_retweets=without)
            yield from apart.read(api.posts(line, state), unseen="posts")
