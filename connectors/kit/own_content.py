"""Reading what people write under a brand's own posts, where a platform lists comments newest first
and knows no "since": Instagram, Facebook, Threads, TikTok, LinkedIn.

The posts of the last weeks are listed at every poll. Comments are read where their number has
changed, or where the platform does not tell it and the post is young; and once an hour under all
of them (a deep poll), for late replies, edits and deletions. A list of comments is read back to
the time the last one reached, minus an overlap.

Each page of comments comes with a cursor, so that an interrupted poll goes on where it was: the
platform's own page mark is kept only for that, and where it is refused (marks expire) the list is
read from its top again. Posts whose comments fail in passing, while those of others are shown, are
looked through at the next poll, from where their lists had come to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from connectors.base import (
    Cursor,
    Page,
    Rejected,
    SourceSpec,
    Unanswered,
    Unauthorized,
    Unavailable,
    concerns_all,
)
from connectors.kit.apart import MAX_UNANSWERED, Apart, Failure
from connectors.kit.known import Known, moment
from connectors.kit.listed import CommentPage, Listed, OwnContent, PostGone, PostHidden
from connectors.kit.schedule import Schedule
from monitor.model import OwnPost, Removal, Standing

OVERLAP = timedelta(minutes=30)
"""Read again at every poll: comments may turn up in a list some minutes late."""

DEEP_EVERY = timedelta(hours=1)

YOUNG = timedelta(days=2)
"""Posts of this age are read at every poll where the number of comments is not told."""

MAX_STALE = 5
"""So many pages of comments in a row that bring nothing new: the list goes round."""

MAX_REFUSED, MAX_FAILED = 20, 3
"""So many posts refused, or failed in passing, and none shown: it is all of them."""

MAX_POSTS = 400
"""Own posts that are remembered, the newest ones."""


@dataclass(slots=True)
class _List:
    """A list of comments that is being read, from ``top`` back to ``back_to``. ``whole``: from its
    top in one go, so that what is missing in it is gone."""

    back_to: datetime
    top: datetime
    after: str = ""
    whole: bool = True
    seen: set[str] = field(default_factory=set)
    stale: int = 0

    def goes_round(self, page: CommentPage) -> bool:
        """Whether page after page holds nothing but what was seen: a page may be told twice."""
        names = {mention.external_id for mention in page.mentions}
        self.stale = self.stale + 1 if names and names <= self.seen else 0
        return self.stale > MAX_STALE

    def kept(self, post: str) -> dict[str, Any]:
        """What the cursor keeps of it."""
        top, back_to = int(self.top.timestamp()), int(self.back_to.timestamp())
        return {"post": post, "after": self.after, "top": top, "back_to": back_to}


@dataclass(slots=True)
class Reading:
    """One poll of a brand's own content, and what it remembers between polls."""

    api: OwnContent
    source: SourceSpec
    known: Known
    posts: dict[str, list[int]]
    """Of each post: the number of its comments, until when they were read, when it was made."""
    walk: dict[str, Any] | None
    """The list of comments that was being read when the last poll was interrupted."""
    deep_at: datetime | None
    keep: dict[str, Any]
    shut: set[str] = field(default_factory=set)
    """Posts whose comments are refused while those of others are shown."""
    again: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Posts whose comments failed in passing, when each was made (``made``), and where its list had
    come to."""
    covered_from: datetime | None = None
    """Since when everything is covered, once a first poll has read all."""

    @classmethod
    def of(cls, api: OwnContent, source: SourceSpec, cursor: Cursor | None) -> Reading:
        """As the cursor left it; keys of other readers of the same source are kept."""
        told = dict(cursor or {})
        deep = told.pop("deep", None)
        known = Known(api.platform, source.now, told.pop("known", None))
        posts, walk = told.pop("posts", {}), told.pop("walk", None)
        shut, deep_at = set(told.pop("shut", ())), None if deep is None else moment(deep)
        again = told.pop("again", {})
        return cls(api, source, known, posts, walk, deep_at, told, shut, again)

    def cursor(self) -> dict[str, Any]:
        """What is saved with the next page."""
        newest = sorted(self.posts.items(), key=lambda item: -item[1][1])[:MAX_POSTS]
        deep = {"deep": int(self.deep_at.timestamp())} if self.deep_at else {}
        walk = {"walk": self.walk} if self.walk else {}
        shut = {"shut": sorted(self.shut)} if self.shut else {}
        again = {"again": dict(self.again)} if self.again else {}
        told = {"posts": dict(newest), "known": self.known.dump(), **deep, **walk, **shut, **again}
        return {**self.keep, **told}

    def pages(self, posts_for: timedelta, comments_for: timedelta, parts: Apart) -> Iterator[Page]:
        """Own posts of the last ``posts_for`` (a first poll: since the beginning that is asked for,
        if that is earlier), then their comments; deep polls look through the comments of the last
        ``comments_for``. The last page says that all was read. What cannot be read in part is
        told to ``parts``; raises where it is all of it."""
        now, first = self.source.now, self.deep_at is None
        deep = first or (self.deep_at is not None and now - self.deep_at >= DEEP_EVERY)
        listed: list[Listed] = []
        main, others = Apart(now), len(parts.refused)
        back_to = min([now - posts_for, *(moment(one["made"]) for one in self.again.values())])
        if first:  # a look at all there is
            back_to = min(back_to, self.source.since)
        for batch, skipped in main.read(self.api.posts(back_to, parts), unseen="posts", main=True):
            listed += batch
            yield Page(
                mentions=tuple(mention for one in batch for mention in one.told),
                own_posts=tuple(one.post for one in batch),
                metrics=tuple(metric for one in batch for metric in one.metrics),
                standings=tuple(standing for one in batch for standing in one.standings),
                skipped=skipped,
            )
        # what a refused list would show is not gone: each is asked for, and that not so often
        if main.main is None and (deep or len(parts.refused) == others):
            gone = self._vanished(listed, back_to)
            yield from parts.read(gone, unseen="which posts are gone")
        yield from main.read(
            self._all_comments(listed, deep, now - comments_for, parts),
            unseen="comments",
            main=True,
        )
        if main.main is None:
            self.deep_at = now if deep else self.deep_at
            self.covered_from = self.source.since if first else self.covered_from
        yield Page(cursor=self.cursor(), covered_from=self.covered_from)
        main.check()

    def _all_comments(
        self, listed: list[Listed], deep: bool, look_through: datetime, parts: Apart
    ) -> Iterator[Page]:
        """The comments of all posts where there may be news. Those of single posts may be refused
        (a deleted one, an age limit) or fail in passing. Raises where none are shown."""
        failed, marks, shown = dict[str, Failure](), dict(self.again), False
        idle = list[Listed]()
        for one in self._in_turn(listed):
            name = one.post.external_id
            if not self._wanted(one, deep):
                self._read_until(one, self.source.now)
                idle += [one] if one.comments != 0 else []
                continue
            if _hopeless(failed, shown):
                marks.setdefault(name, _made(one))
                continue
            through = look_through if deep or name in self.again else None
            try:
                yield from self._comments(one, through)
            except (Rejected, Unauthorized, Unavailable) as error:
                if not _may_be_one(error, parts.whole):
                    raise
                failed[name], marks[name] = error, self._come_to(one)
            else:
                shown = True
                self.shut.discard(name)
                marks.pop(name, None)
        if failed and not shown:
            yield from self._or_none(failed, idle)
        self._set_aside(failed, marks, {one.post.external_id for one in listed}, parts)

    def _or_none(self, failed: Mapping[str, Failure], idle: list[Listed]) -> Iterator[Page]:
        """None that was asked for is shown: is it they alone? Then those are told of a post that
        was shown before. Raises where there is no such post, or it is not shown either."""
        new = [name for name in failed if name not in self.shut and name not in self.again]
        passing = [name for name, error in failed.items() if _passes(error)]
        if not new and (idle or not passing):
            return
        for one in idle[:1]:
            with suppress(Rejected, Unauthorized, Unavailable):
                yield from self._comments(one, None)
                return
        raise failed[(new or passing)[0]]

    def _come_to(self, one: Listed) -> dict[str, Any]:
        """Where the list of a post's comments had come to when it broke off; its top, if it had
        broken off right there before."""
        name, walk = one.post.external_id, self.walk
        if walk is None or walk["post"] != name:
            return _made(one)
        self.walk = None
        before = self.again.get(name, {})
        return _made(one) if walk["after"] == before.get("after") else {**walk, **_made(one)}

    def _set_aside(
        self,
        failed: Mapping[str, Failure],
        marks: Mapping[str, dict[str, Any]],
        listed: set[str],
        parts: Apart,
    ) -> None:
        """Remember which posts alone could not be read, and tell it."""
        refused = {name for name, error in failed.items() if not _passes(error)}
        self.shut = (self.shut | refused) & listed
        there = (listed | self.posts.keys()) - refused
        self.again = {name: mark for name, mark in marks.items() if name in there}
        for error in reversed([*failed.values()]):  # the first one's reason is told
            told = Rejected(str(error)) if isinstance(error, PostHidden) else error
            parts.refuse(told, unseen="comments of some posts")

    def end(
        self, schedule: Schedule, parts: Apart, covered_from: datetime | None = None
    ) -> Iterator[Page]:
        """A poll's last page, when all else was read too. ``covered_from``: where these pages,
        which need not be read, do not tell it. Raises what was refused of the main part."""
        self.keep.pop("refused", None)
        cursor = {**self.cursor(), "at": schedule.times, **parts.kept()}
        since = self.covered_from or covered_from
        yield Page(cursor=cursor, covered_from=since, unseen=parts.told())
        parts.check()

    def _in_turn(self, listed: list[Listed]) -> list[Listed]:
        """First the post whose comments were being read when the last poll was interrupted; last
        those that could not be read, so that they do not stand before the others."""
        under_way, last = self.walk["post"] if self.walk else "", {*self.shut, *self.again}

        def place(one: Listed) -> tuple[bool, bool]:
            return one.post.external_id != under_way, one.post.external_id in last

        return sorted(listed, key=place)

    def _wanted(self, one: Listed, deep: bool) -> bool:
        mark = self.posts.get(one.post.external_id)
        if one.post.external_id in self.again:
            return True
        if mark is None or deep:
            return one.comments != 0 or mark is not None
        if one.comments is None:
            return one.post.published_at > self.source.now - YOUNG
        return one.comments != mark[0]

    def _comments(self, one: Listed, look_through: datetime | None) -> Iterator[Page]:
        post, under_way = one.post, self._list_of(one, look_through)
        while True:
            try:
                page = self.api.comments(post, under_way.after)
            except PostGone:
                if self._exists(post.external_id):  # one wrong answer takes nothing away
                    raise PostHidden(
                        f"{post.platform} does not show what stands under a post that is there."
                    ) from None
                yield self._gone(post)
                return
            except Rejected:
                if not under_way.after:
                    raise
                # the platform's mark has expired: from the top again
                under_way.after, under_way.whole, under_way.seen = "", True, set()
                continue
            old = page.oldest is not None and page.oldest < under_way.back_to
            ended = not page.after or old
            if not ended and (page.after == under_way.after or under_way.goes_round(page)):
                raise Unavailable(f"{post.platform} repeats the same page of comments for ever.")
            told = self._told(post, page, under_way)
            under_way.after = page.after
            if ended:
                told = self._ended(one, told, under_way)
            else:
                self.walk = under_way.kept(post.external_id)
            yield replace(told, cursor=self.cursor())
            if ended:
                return

    def _list_of(self, one: Listed, look_through: datetime | None) -> _List:
        """The list of a post's comments: from its top, or from where a poll was interrupted."""
        name = one.post.external_id
        mark, walk = self.posts.get(name), self.again.get(name, {})
        if self.walk and self.walk["post"] == name:
            walk = self.walk
        back_to = moment(mark[1]) - OVERLAP if mark else self.source.since
        if look_through:
            back_to = max(min(back_to, look_through), self.source.since)
        if "after" not in walk:
            return _List(back_to, self.source.now)
        back_to = min(back_to, moment(walk["back_to"]))
        return _List(back_to, moment(walk["top"]), walk["after"], whole=False)

    def _ended(self, one: Listed, told: Page, under_way: _List) -> Page:
        self._read_until(one, under_way.top)
        self.walk = None
        if not under_way.whole:  # what came since its top was read is counted and not told yet
            self.posts[one.post.external_id][0] = -1
            return told
        post = one.post.external_id
        lost = self.known.missing(post, under_way.back_to, under_way.seen)
        return replace(told, removals=(*told.removals, *lost))

    def _read_until(self, one: Listed, until: datetime) -> None:
        made = int(one.post.published_at.timestamp())
        self.posts[one.post.external_id] = [one.comments or 0, int(until.timestamp()), made]

    def _told(self, post: OwnPost, page: CommentPage, under_way: _List) -> Page:
        edits: list[Removal] = []
        for mention in page.mentions:
            under_way.seen.add(mention.external_id)
            edit = self.known.read(post.external_id, mention)
            edits += [edit] if edit else []
        wanted = tuple(m for m in page.mentions if m.published_at >= under_way.back_to)
        return Page(mentions=wanted, removals=tuple(edits), skipped=page.skipped)

    def _vanished(self, listed: list[Listed], back_to: datetime) -> Iterator[Page]:
        """Posts that were listed and are not any more, though young enough to be."""
        there = {one.post.external_id for one in listed}
        horizon = (back_to + OVERLAP).timestamp()
        away = [n for n, mark in self.posts.items() if n not in there and mark[2] >= horizon]
        for name in away:
            if not self._exists(name):
                made = moment(self.posts[name][2])
                yield self._gone(OwnPost(self.api.platform, name, made, "text"))

    def _exists(self, post_id: str) -> bool:
        """Whether a post can still be seen; so it counts where we may not ask."""
        try:
            return self.api.exists(post_id)
        except (Rejected, Unauthorized) as error:
            if concerns_all(error):
                raise
            return True

    def _gone(self, post: OwnPost) -> Page:
        self.posts.pop(post.external_id, None)
        self.again.pop(post.external_id, None)
        if self.walk and self.walk["post"] == post.external_id:
            self.walk = None
        standing = Standing(
            post.platform,
            post.external_id,
            "post",
            "removed",
            reason="no longer listed by the platform",
            since=self.source.now,
        )
        removals = tuple(self.known.forget(post.external_id))
        return Page(standings=(standing,), removals=removals, cursor=self.cursor())


def _passes(error: Failure) -> bool:
    """Whether it failed in passing, rather than being refused."""
    return isinstance(error, Unavailable) and not isinstance(error, PostHidden)


def _may_be_one(error: Failure, whole: bool) -> bool:
    """Whether the failure may be that of one post alone. ``whole``: nothing may be left out."""
    return not (concerns_all(error) or (whole and _passes(error)))


def _hopeless(failed: Mapping[str, Failure], shown: bool) -> bool:
    """Whether no more posts should be asked for in this poll."""
    slow = sum(isinstance(error, Unanswered) for error in failed.values())
    if shown or slow >= MAX_UNANSWERED:
        return slow >= MAX_UNANSWERED
    return len(failed) >= MAX_REFUSED or sum(map(_passes, failed.values())) >= MAX_FAILED


def _made(one: Listed) -> dict[str, Any]:
    return {"made": int(one.post.published_at.timestamp())}
