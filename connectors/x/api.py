"""What we ask X, one request at a time, and the money that may still be spent on it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, Any

from connectors.base import (
    BudgetSpent,
    ConnectorError,
    Page,
    Rejected,
    SourceSpec,
    Unavailable,
)
from connectors.kit import sdk
from connectors.kit.endless import NOWHERE, UNTOLD, checked, mark_of
from connectors.kit.http import Response
from connectors.kit.times import bucket_of, midnight_after
from connectors.x.errors import refused
from connectors.x.parse import count, posts_of, time_of
from monitor.model import BUCKET

if TYPE_CHECKING:
    import tweepy

    from connectors.x.options import XOptions

HOST = "https://api.twitter.com"
"""Where tweepy sends; its transport sends on to ``base_url``."""

SEARCH_WINDOW = timedelta(days=7) - 2 * BUCKET
RECOUNT_WINDOW = 2 * BUCKET
"""Counts are asked for again for so long, until they have settled."""

MIN_QUERY_AGE = timedelta(seconds=30)
MAX_PAGES = 20
MIN_POSTS = 10
"""Of a search's page: X takes no smaller max_results."""
FIELDS = {
    "tweet": (
        "created_at,author_id,lang,public_metrics,conversation_id,referenced_tweets,"
        "possibly_sensitive,withheld,entities,note_tweet"
    ),
    "post": (
        "created_at,lang,public_metrics,conversation_id,possibly_sensitive,withheld,entities,"
        "note_post"
    ),
}
"""In the post dialect authors and what is answered are told without being asked for: an unknown
field is billed and silently left out. https://docs.x.com/x-api/fundamentals/fields"""

EXPANSIONS = {
    "authors": {"tweet": "author_id", "post": "author_id"},
    "originals": {"tweet": "referenced_tweets.id", "post": "referenced_posts"},
}


@dataclass(frozen=True, slots=True)
class Timeline:
    """A list of posts, newest first.

    ``name``    under which its newest post's id is kept
    ``ask``     the SDK's method, and what it takes before its options
    ``token``   what the mark of the next page is called
    ``window``  how far back X gives it (None: as far as it likes)
    ``own``     it is the account's own
    ``counted`` the volume is known without the posts: what cannot be bought is not missed
    ``no_retweets`` they are not asked for
    """

    name: str
    ask: tuple[Any, ...]
    token: str = "pagination_token"  # noqa: S105  (a parameter's name)
    window: timedelta | None = None
    own: bool = False
    counted: bool = False
    no_retweets: bool = False
    asked: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Walk:
    """A list that is being read: the mark of its next page, its newest post, since when."""

    token: str
    newest: str
    since: dict[str, Any]
    start: datetime
    oldest: datetime

    def has_come_to(self, page: Page) -> None:
        """All of a page was read."""
        times = [m.published_at for m in page.mentions]
        times += [post.published_at for post in page.own_posts]
        self.oldest = min([self.oldest, *times])

    def dump(self, line: Timeline) -> list[Any]:
        """JSON, with what was asked: a mark goes on with that alone."""
        since = {n: v.isoformat() if isinstance(v, datetime) else v for n, v in self.since.items()}
        times = [self.start.isoformat(), self.oldest.isoformat()]
        return [self.token, self.newest, since, *times, [str(one) for one in line.ask[1:]]]

    @classmethod
    def of(cls, kept: list[Any] | None, line: Timeline) -> _Walk | None:
        """As it was kept; None where nothing was, or something else was asked."""
        if kept is None or kept[5] != [str(one) for one in line.ask[1:]]:
            return None
        start, oldest = (datetime.fromisoformat(one) for one in kept[3:5])
        return cls(kept[0], kept[1], dict(kept[2]), start, oldest)


class XApi:
    """One poll's questions to X, and the money left for them. ``account``: the brand's own id."""

    def __init__(
        self, options: XOptions, secrets: Mapping[str, str], source: SourceSpec, account: str = ""
    ) -> None:
        self.options, self.secrets, self.source = options, secrets, source
        self.account = account
        self.left = source.budget.get("usd", inf)
        self.client = _client(secrets["token"], options.base_url, self._refused)

    def counts(self, query: str, state: Mapping[str, Any]) -> Iterator[Page]:
        """The volume since the last count, in one page, a bucket a count."""
        now, price = self.source.now, self.options.usd_per_count
        known = state.get("counted")
        last = datetime.fromisoformat(known) if known else self.source.since
        start = bucket_of(last) - (RECOUNT_WINDOW if known else timedelta(0))
        end, reach = now - MIN_QUERY_AGE, bucket_of(now - SEARCH_WINDOW)
        missed = (last, reach) if known and last < reach else None
        start = max(start, reach)
        if start + timedelta(minutes=1) > end:
            return
        if self.left < price:
            raise self.spent()
        rows: list[Any] = []
        requests, token = 0, ""
        while token or not requests:
            more = {"next_token": token} if token else {}
            told = self.told(
                self.client.get_recent_tweets_count,
                query,
                granularity="minute",
                start_time=start,
                end_time=end,
                **more,
            )
            rows += told.get("data") or []
            requests, self.left = requests + 1, self.left - price
            token = checked(following(told, token), "X")
        counted, skipped = count(rows)
        yield Page(
            counts=counted,
            covered_from=None if known else start,
            missed=missed,
            cursor={**state, "counted": end.isoformat()},
            cost={"usd": price * requests},
            skipped=skipped,
        )

    def posts(self, line: Timeline, state: Mapping[str, Any]) -> Iterator[Page]:
        """Posts since the newest one known, newest first. The newest is kept with the last page;
        until then the page that comes next, so that a poll that was broken off is not paid for
        again. Where X does not know that page any more, the list is read from its top."""
        walks = dict(state.get("walk") or {})
        kept, begun = walks.pop(line.name, None), {**state, "walk": walks}
        walk = _Walk.of(kept, line) or self._begin(line, begun)
        if not line.counted and self.affordable() < MIN_POSTS:
            raise self.spent()
        for number in range(1, MAX_PAGES + 1):
            most = self.affordable(after_counts=line.counted)
            if most < MIN_POSTS:
                cut = None if line.counted else (walk.start, max(walk.start, walk.oldest))
                ended = {**begun, line.name: walk.newest} if walk.newest else begun
                yield Page(cursor=ended, missed=cut)
                return
            asked = {"max_results": most, **self.fields(), **line.asked, **walk.since}
            more = {line.token: walk.token} if walk.token else {}
            try:
                told = self.told(*line.ask, **asked, **more)
            except Rejected:
                if not kept or number > 1:
                    raise
                yield from self.posts(line, begun)
                return
            page, ids = self.page(told, all_own=line.own, no_retweets=line.no_retweets)
            if not walk.token:
                walk.newest = _newest(told, ids) or walk.newest
            walk.token = following(told, walk.token, most)
            if walk.token in (NOWHERE, UNTOLD):
                yield page
            checked(walk.token, "X")
            last = not walk.token or number == MAX_PAGES
            walk.has_come_to(page)
            if walk.token and last and not line.counted:
                page = replace(page, missed=(walk.start, max(walk.start, walk.oldest)))
            way = {**begun, "walk": {**walks, line.name: walk.dump(line)}}
            yield replace(page, cursor={**begun, line.name: walk.newest} if last else way)
            if last:
                return

    def _begin(self, line: Timeline, state: Mapping[str, Any]) -> _Walk:
        newest = str(state.get(line.name, ""))
        since, start = self._since(line, newest)
        return _Walk("", newest, since, start, self.source.now)

    def page(
        self, told: Mapping[str, Any], *, all_own: bool = False, no_retweets: bool = False
    ) -> tuple[Page, list[str]]:
        """An answer's posts with what they cost, and the ids of all of them. ``no_retweets``: none
        were asked for, so that nothing is left out that was paid for."""
        now, retweets = self.source.now, self.options.retweets or no_retweets
        read = posts_of(told, now, self.account, retweets=retweets, all_own=all_own)
        page = Page(
            mentions=tuple(read.mentions),
            own_posts=tuple(read.own_posts),
            metrics=tuple(read.metrics),
            removals=tuple(read.edits),
            cost={"usd": self.pay(told)},
            skipped=read.skipped + len(told.get("errors") or ()),
        )
        return page, read.ids

    def pay(self, told: Mapping[str, Any], free: frozenset[str] = frozenset()) -> float:
        """What an answer costs; X bills a post once a day: ``free`` are paid for already."""
        data, included = told.get("data") or [], told.get("includes") or {}
        rows = data if isinstance(data, list) else []
        paid = sum(not (isinstance(r, dict) and str(r.get("id")) in free) for r in rows)
        paid += sum(len(included.get(kind) or ()) for kind in ("tweets", "posts"))
        cost = self.options.usd_per_post * paid
        cost += self.options.usd_per_user * len(included.get("users") or ())
        self.left -= cost
        return cost

    def affordable(self, *, after_counts: bool = False) -> int:
        """How many posts can be bought now, at most 100."""
        price = self.options.usd_per_post + sum(
            {"authors": self.options.usd_per_user, "originals": self.options.usd_per_post}[one]
            for one in self.options.expansions
        )
        left = self._spare() if after_counts else self.left
        return int(min(100, max(0.0, left) / price + 1e-9)) if price else 100

    def fields(self) -> dict[str, Any]:
        """What is told of each post."""
        dialect, wanted = self.options.dialect, self.options.expansions
        fields: dict[str, Any] = {f"{dialect}_fields": FIELDS[dialect]}
        if dialect == "post":  # tweepy knows the other one: it passes on what it does not know
            fields = {"post.fields": FIELDS[dialect]}
        if wanted:
            fields["expansions"] = ",".join(EXPANSIONS[one][dialect] for one in wanted)
        if "authors" in wanted:
            fields["user_fields"] = "name,username,verified,public_metrics"
        return fields

    def spent(self) -> BudgetSpent:
        """The failure of a source that has no money left."""
        return BudgetSpent(
            f"the source's ${self.options.max_usd_per_day:g} for X are spent for today: raise "
            f"`max_usd_per_day` or wait.",
            midnight_after(self.source.now),
        )

    def told(self, ask: Any, /, *args: Any, shape: Any = None, **asked: Any) -> dict[str, Any]:
        """One request through tweepy, as a dict; its failures as ours. ``shape`` says whether it is
        what was asked for, where that is no list of posts."""
        try:
            told = ask(*args, **asked).json()
        except ConnectorError:
            raise
        except Exception as error:  # tweepy and requests read carelessly: anything may come
            raise Unavailable(f"X answered what cannot be read ({type(error).__name__}).") from None
        if not (shape or _has_shape)(told):
            raise Unavailable("X answered something else than was asked.")
        return dict(told)

    def _refused(self, answer: Response) -> ConnectorError:
        return refused(answer, self.source.now, self.secrets)

    def _since(self, line: Timeline, newest: str) -> tuple[dict[str, Any], datetime]:
        now = self.source.now
        reach = now - line.window if line.window else None
        if newest and (reach is None or time_of(newest) > reach):
            return {"since_id": newest}, time_of(newest)
        start = max(self.source.since, reach) if reach else self.source.since
        return {"start_time": start}, start

    def _spare(self) -> float:
        """The money for posts: what today's remaining counts will not need."""
        polls = (midnight_after(self.source.now) - self.source.now) / BUCKET
        return max(0.0, self.left - polls * self.options.usd_per_count)


def _client(token: str, base: str, refused: sdk.Refused) -> tweepy.Client:
    import requests  # tweepy and requests: 0.12 s, only where X is asked
    import tweepy

    logging.getLogger("tweepy").setLevel(logging.ERROR)  # it logs the token when debugging
    client = tweepy.Client(token, wait_on_rate_limit=False, return_type=requests.Response)
    sdk.for_requests(client.session, HOST, base, refused)
    return client


def _has_shape(told: Any) -> bool:
    """Is this an answer of X's, at least in its outline? A page without results has no data but a
    meta; what has neither does not say that nobody wrote."""
    if not isinstance(told, dict) or not ("meta" in told or told.get("data")):
        return False
    meta, includes = told.get("meta") or {}, told.get("includes") or {}
    if not isinstance(meta, dict) or not isinstance(includes, dict):
        return False
    kinds = (includes.get(kind) for kind in ("users", "tweets", "posts"))
    newest = str(meta.get("newest_id") or "0")
    lists = (told.get("data"), told.get("errors"), *kinds)
    return newest.isdecimal() and all(isinstance(one or [], list) for one in lists)


def _newest(told: Mapping[str, Any], ids: list[str]) -> str:
    """The newest post's id, as the answer tells it or as its posts do."""
    named = (told.get("meta") or {}).get("newest_id")
    return str(named or max((one for one in ids if one.isdecimal()), key=int, default=""))


def following(told: Mapping[str, Any], before: str, most: int | None = None) -> str:
    """The mark of the page behind one of at most so many posts. X leaves it out at the end, and
    then still says in ``meta`` how many there were: where nothing is said, a full page may not be
    the last. Raises ``Unavailable`` for a list that goes round."""
    token = mark_of((told.get("meta") or {}).get("next_token"))
    if not told.get("meta") and most is not None and len(told.get("data") or ()) >= most:
        return UNTOLD
    if token and token == before:
        raise Unavailable("X repeats the same page for ever.")
    return token
