"""What concerns one account on X: its own posts, who mentions it, what is answered and quoted.

https://docs.x.com/x-api/users/get-mentions, https://docs.x.com/x-api/posts/get-quoted-posts,
https://docs.x.com/x-api/posts/lookup. X gives the newest 800 mentions; conversations by search,
seven days back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from connectors.base import Page, Rejected, SourceSpec
from connectors.kit.apart import Apart
from connectors.kit.endless import checked
from connectors.kit.json_values import UNREADABLE, identity
from connectors.kit.schedule import Schedule
from connectors.x.api import MAX_PAGES, MIN_POSTS, SEARCH_WINDOW, Timeline, XApi, following
from connectors.x.lookup import looked_up
from connectors.x.parse import followers_of, lost, metrics_of, quotes_of, standing_of, time_of
from monitor.model import Removal, Standing

CONVERSATIONS = 12
"""Own posts, the newest ones, of which the answers are searched for: what fits into one query.
Answers to older ones are found among the mentions, for they name the account."""

WATCHED = 100
"""Own posts that are looked up again: what fits into one request."""

WATCHED_FOR = timedelta(days=7)
DAY = timedelta(days=1)


class XAccount:
    """One poll of an account. ``state`` is what the cursor keeps; it is changed here."""

    def __init__(self, api: XApi, source: SourceSpec, state: dict[str, Any], apart: Apart) -> None:
        self.api, self.source, self.state, self.apart = api, source, state, apart
        self.schedule = Schedule(state, source.now)

    def pages(self) -> Iterator[Page]:
        """Everything that is to be read; each list ends with a cursor. What others write is the
        main part."""
        first, apart = "read" not in self.state, self.apart
        parts = self.api.options.read
        yield from self._known()
        if "posts" in parts or {"replies", "quotes"} & {*parts}:
            main = "mentions" not in parts
            yield from apart.read(self._posts(), unseen="own posts", main=main, own_limit=True)
        if "mentions" in parts:
            ask = (self.api.client.get_users_mentions, self.api.account)
            mentions = self._list(Timeline("mentions", ask))
            yield from apart.read(mentions, unseen="mentions", main=True)
        if not apart.must_wait("own posts", unseen="replies, quotes and reach"):
            yield from self._under_own()
        yield from apart.read(self._followers(), unseen="followers", own_limit=True)
        self.state |= {"read": True, "at": self.schedule.times}
        yield Page(cursor=dict(self.state), covered_from=self.source.since if first else None)

    def _under_own(self) -> Iterator[Page]:
        """What answers and quotes the own posts that are known, and how they do."""
        parts, apart = self.api.options.read, self.apart
        if "replies" in parts and (line := self._conversations()):
            yield from apart.read(self._list(line), unseen="replies", own_limit=True)
        if self._own() and self.schedule.due("metrics", self.api.options.metrics_every):
            looked = self.schedule.then_done("metrics", self._look_up())
            yield from apart.read(looked, unseen="reach and deletions", own_limit=True)
        if "quotes" in parts:
            yield from self._quotes()

    def _posts(self) -> Iterator[Page]:
        for page in self._list(self._posts_of_it()):
            self._watch(page)
            yield page if page.cursor is None else replace(page, cursor=dict(self.state))

    def _known(self) -> Iterator[Page]:
        """The account's id, looked up once."""
        asked = self.api.options.account.removeprefix("@")
        if asked.isdecimal() and not self.api.options.account.startswith("@"):
            self.api.account = asked
        elif (known := self.state.get("account")) and known[0] == asked.lower():
            self.api.account = str(known[1])
        else:
            told = self._user(username=asked)
            if "data" not in told:
                raise Rejected(f"X knows no account @{asked}: check `account`.")
            self.api.account = identity(told["data"]["id"])
            self.state["account"] = [asked.lower(), self.api.account]
            yield self._counted(told)

    def _followers(self) -> Iterator[Page]:
        """How many follow the account, once a day."""
        if not self.schedule.due("account", DAY) or self.api.left < self.api.options.usd_per_user:
            return
        yield self._counted(self._user(id=self.api.account))

    def _user(self, **who: str) -> dict[str, Any]:
        ask = self.api.client.get_user
        return self.api.told(ask, **who, user_fields="public_metrics", shape=_is_user)

    def _counted(self, told: Mapping[str, Any]) -> Page:
        price = self.api.options.usd_per_user
        self.api.left -= price
        self.schedule.done("account")
        self.state["at"] = self.schedule.times
        counted = tuple(followers_of(told.get("data") or {}, self.source.now))
        return Page(metrics=counted, cursor=dict(self.state), cost={"usd": price})

    def _list(self, line: Timeline) -> Iterator[Page]:
        for page in self.api.posts(line, self.state):
            if page.cursor is not None:
                self.state |= page.cursor
            yield page

    def _posts_of_it(self) -> Timeline:
        ask = (self.api.client.get_users_tweets, self.api.account)
        left_out = {} if self.api.options.retweets else {"exclude": "retweets"}
        return Timeline("posts", ask, own=True, no_retweets=bool(left_out), asked=left_out)

    def _conversations(self) -> Timeline | None:
        young = sorted(self._own(), key=int, reverse=True)[:CONVERSATIONS]
        if not young:
            return None
        query = " OR ".join(f"conversation_id:{name}" for name in young)
        ask = (self.api.client.search_recent_tweets, f"({query})" if len(young) > 1 else query)
        return Timeline("replies", ask, token="next_token", window=SEARCH_WINDOW)  # noqa: S106

    def _own(self) -> dict[str, list[Any]]:
        """Own posts that are watched: of each, how often it was quoted, the newest quote read, and
        the day on which it was paid for."""
        own: dict[str, list[Any]] = self.state.setdefault("own", {})
        return own

    def _watch(self, page: Page) -> None:
        own, today = self._own(), self.source.now.date().isoformat()
        for post in page.own_posts:
            own.setdefault(post.external_id, [0, "", today])
        new = {post.external_id for post in page.own_posts}  # a first look shows older ones
        young = [n for n in own if n in new or self.source.now - time_of(n) < WATCHED_FOR]
        kept = sorted(young, key=int, reverse=True)[:WATCHED]
        self.state["own"] = {name: own[name] for name in kept}

    def _look_up(self) -> Iterator[Page]:
        """Metrics and standing of the own posts, and which are gone."""
        own, today = self._own(), self.source.now.date().isoformat()
        if self.api.affordable() < min(len(own), MIN_POSTS):
            return
        paid = frozenset(name for name, mark in own.items() if mark[2] == today)
        told, asked = looked_up(self.api, tuple(own)), tuple(own)
        now, metrics, standings, skipped = self.source.now, [], list[Standing](), 0
        for row in told.get("data") or []:
            try:
                name = identity(row["id"])
                metrics += list(metrics_of(row, name, now))
                standings.append(standing_of(row, name))
                if name in own:
                    own[name] = [own[name][0], own[name][1], today, quotes_of(row)]
            except UNREADABLE:
                skipped += 1
        removals = []
        for name, kind in lost(told, asked).items():
            why = "deleted" if kind == "deleted" else "not shown to others"
            standings.append(Standing("x", name, "post", "removed", why, now))
            removals.append(Removal("x", name, "deleted", now))
            del own[name]
        yield Page(
            metrics=tuple(metrics),
            standings=tuple(standings),
            removals=tuple(removals),
            skipped=skipped,
            cost={"usd": self.api.pay(told, paid)},
            cursor={**self.state, "own": dict(own)},
        )

    def _quotes(self) -> Iterator[Page]:
        """Posts that quote own ones, of those that were quoted again since they were read."""
        for name, mark in list(self._own().items()):
            count = mark[3] if len(mark) > 3 else 0
            if count != mark[0]:
                quotes = self._quotes_of(name, mark, count)
                told = self.apart.read(quotes, unseen="quotes of some posts", own_limit=True)
                yield from told

    def _quotes_of(self, name: str, mark: list[Any], count: int) -> Iterator[Page]:
        newest, token, oldest = "", "", self.source.now
        begin = time_of(mark[1]) if mark[1] else self.source.since
        for number in range(1, MAX_PAGES + 1):
            if (most := self.api.affordable()) < MIN_POSTS:
                raise self.api.spent()
            more = {"pagination_token": token} if token else {}
            ask = (self.api.client.get_quote_tweets, name)
            more |= {} if self.api.options.retweets else {"exclude": "retweets"}
            told = self.api.told(*ask, max_results=most, **self.api.fields(), **more)
            page, ids = self.api.page(told, no_retweets=True)
            ids = [one for one in ids if one.isdecimal()]  # else they are in no order
            newest = max([newest, *ids], key=lambda one: int(one or 0))
            reached = mark[1] and any(int(one) <= int(mark[1]) for one in ids)
            token = following(told, token, most)
            since = self.source.since
            young = tuple(m for m in page.mentions if m.published_at >= since or mark[1])
            oldest = min([oldest, *(m.published_at for m in page.mentions)])
            ended = not token or reached or (page.mentions and not young)
            if ended or number == MAX_PAGES:
                self._own()[name] = [count, newest or mark[1], *mark[2:]]
                cut = None if ended else (begin, max(begin, oldest))
                yield replace(page, mentions=young, missed=cut, cursor=dict(self.state))
                return
            yield replace(page, mentions=young)
            checked(token, "X")


def _is_user(told: Any) -> bool:
    if not isinstance(told, dict):
        return False
    user: Mapping[str, Any] | None = told.get("data")
    if "data" not in told:
        return isinstance(told.get("errors"), list) and bool(told["errors"])
    return isinstance(user, dict) and isinstance(user.get("id"), str) and bool(user["id"])
