"""A feed's entries as a page of articles: what is new, what was edited, and when each was."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from connectors.base import Page, SourceSpec
from connectors.kit.times import EPOCH, TOLERANCE, implausible, is_null, parse_time
from connectors.rss.archive import Archive, Dated, TimeIs, find_archive
from connectors.rss.identity import Named, Place, external_id, headline_of, named
from connectors.rss.memory import Found, remembered
from connectors.rss.parse import Entry, Feed
from monitor.model import BUCKET, Author, Mention, Removal

MAX_BEFORE_START = timedelta(days=30)
"""So long before a source's beginning the time of something new may lie: feeds show what is days
or weeks old. What is older is not believed of an entry that was not there at the last poll."""

CATCHING_UP = timedelta(hours=6)
"""So long without a reading, new entries without a time may be of any hour of it."""

MAX_READ = 2_500
"""Entries of a longer feed that are looked at; fewer than are remembered, so that one that comes
into view again when others are deleted is not new."""

GOOGLE_MAX = 95
"""A search that shows nearly the 100 entries it can show may have shown more."""

MINUTE = timedelta(minutes=1)

BREAKS_OFF = "It breaks off before its end, and what would stand there is not seen."


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a feed. ``zone``: of times that name none; ``state``: its cursor, empty at
    the first reading."""

    place: Place
    zone: tzinfo
    source: SourceSpec
    state: Mapping[str, Any]

    def page(self, feed: Feed, searched: bool, *, same_feed: bool) -> tuple[Page, dict[str, Any]]:
        """The page (without a cursor) and what to remember. ``same_feed``: it is the address that
        was read before, so that an entry we do not know was not there."""
        feed = replace(feed, entries=self._newest(feed.entries))
        items = named(feed.entries, feed.home, self.place)
        times = [self._stated(item.entry) for item in items]
        memory = remembered(self.state)
        minutes = [None if t is None or is_null(t) else (t - EPOCH) // MINUTE for t in times]
        found = self._adopted(items, times, memory.judge(items, self.place, minutes))
        known = "polled" in self.state and same_feed
        tells_new = known and memory.tells_new and not self.place.aggregates
        judged = [self._judged(time, tells_new) for time in times]
        archive = self._archive(items, times, judged, found)
        dated = self._spread(archive.put_back(judged), found)
        mentions = [
            self._mention(item, result, *when)
            for item, result, when in zip(items, found, dated, strict=True)
        ]
        new = [m for m, f in zip(mentions, found, strict=True) if f.verdict == "new"]
        told = [m for m, f in zip(mentions, found, strict=True) if f.verdict != "known"]
        if not known:
            since = self.source.since
            told = [m for m in told if m.time_is == "unknown" or m.published_at >= since]
        if self.place.aggregates:
            told = self._without_copies(told, items, mentions)
        broken_off = not feed.whole and self._breaks_off_new(times, found)
        full = not searched or len(items) >= GOOGLE_MAX
        page = Page(
            mentions=tuple({m.external_id: m for m in told}.values()),
            missed=self._missed(mentions, new, full=full, broken_off=broken_off),
            missed_why=BREAKS_OFF if broken_off else "",
            skipped=max(0, feed.wordless - int(self.state.get("skipped", 0))),
            undated=sum(m.time_is != "stated" for m in new),
            removals=tuple(
                Removal("news", m.external_id, "edited", self.source.now, m.text, m.title)
                for m, f in zip(mentions, found, strict=True)
                if f.verdict == "edited"
            ),
        )
        return page, {**memory.pack(), "skipped": feed.wordless, **archive.remembered}

    def _newest(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """The entries that can be told from those read before: of a long feed the newest, by what
        they state. At a first reading all, the newest first."""
        if self.place.aggregates:
            entries = [_without_publisher(entry) for entry in entries]
        if len(entries) > MAX_READ:
            stated = [self._stated(entry) for entry in entries]
            order = sorted(
                range(len(entries)),
                key=lambda n: (stated[n] is None, stated[n] or EPOCH),
                reverse=True,
            )
            entries = [entries[n] for n in order]
            entries = entries[:MAX_READ] if "polled" in self.state else entries
        return tuple(entries)

    def _stated(self, entry: Entry) -> datetime | None:
        at = parse_time(entry.published, self.zone)
        if at is None and entry.parsed is not None:
            at = EPOCH + timedelta(seconds=entry.parsed)
        return at

    def _judged(self, stated: datetime | None, tells_new: bool) -> Dated:
        """When an entry that is new counts, and what that is. At a first reading, and where ids
        change, what cannot be believed stands before all that is watched: it is not of now."""
        now, earliest = self.source.now, self.source.since - MAX_BEFORE_START
        if stated is not None and not implausible(stated, earliest, now):
            return min(stated, now), "stated"
        if tells_new:
            return now, "first_seen"
        if stated is not None and not is_null(stated) and stated <= now + TOLERANCE:
            return stated, "stated"
        return self.source.since - BUCKET, "unknown"

    def _archive(
        self,
        items: Sequence[Named],
        times: Sequence[datetime | None],
        judged: Sequence[Dated],
        found: Sequence[Found],
    ) -> Archive:
        return find_archive(
            times,
            judged,
            [n for n, f in enumerate(found) if f.verdict == "new"],
            [n for n, item in enumerate(items) if _is_silent(item.entry)],
            seen=self.source.now,
            earliest=self.source.since - MAX_BEFORE_START,
            before=self.source.since - BUCKET,
            remembered=self.state,
        )

    def _spread(self, dated: list[Dated], found: Sequence[Found]) -> list[Dated]:
        """The same; but after a long time without a reading, what is new and states no time that
        can be believed is of that whole time, in the feed's order: not all of this minute."""
        last = self.state.get("polled")
        gap = self.source.now - datetime.fromisoformat(last) if last else timedelta()
        if gap < CATCHING_UP:
            return dated
        new = [
            n
            for n, ((_, time_is), f) in enumerate(zip(dated, found, strict=True))
            if time_is == "first_seen" and f.verdict == "new"
        ]
        spread = list(dated)
        for k, n in enumerate(new):
            spread[n] = (self.source.now - gap * k / len(new), "unknown")
        return spread

    def _mention(self, item: Named, found: Found, at: datetime, time_is: TimeIs) -> Mention:
        entry = item.entry
        publisher = entry.source or entry.author
        return Mention(
            platform="news",
            external_id=external_id(item, self.place, by_guid=found.by_guid),
            published_at=at,
            text=entry.text or entry.title,
            author=Author(publisher[:200]) if publisher else None,
            url=entry.link,
            kind="article",
            title=entry.title if entry.text else "",
            stable_time=False,
            time_is=time_is,
        )

    def _adopted(
        self, items: Sequence[Named], times: Sequence[datetime | None], found: list[Found]
    ) -> list[Found]:
        """The same, where an older Siaga read the feed before: what it has seen is known by its
        time alone, for it remembered other hashes."""
        if "seen" not in self.state or "marks" in self.state:
            return found
        polled = datetime.fromisoformat(self.state["polled"])
        return [
            Found("known", f.by_guid) if time is None or time <= polled else f
            for f, time in zip(found, times, strict=True)
        ]

    def _without_copies(
        self, told: list[Mention], items: Sequence[Named], mentions: Sequence[Mention]
    ) -> list[Mention]:
        """Of one publisher's articles of nearly one headline, the first: an aggregator lists the
        same article under several addresses."""
        headlines = {
            m.external_id: headline_of(item, self.place)
            for m, item in zip(mentions, items, strict=True)
        }
        kept: list[Mention] = []
        for mention in sorted(told, key=lambda m: m.published_at):
            mine = headlines[mention.external_id]
            if not any(mine.is_like(headlines[k.external_id], exactly=False) for k in kept):
                kept.append(mention)
        return kept

    @property
    def _last(self) -> datetime:
        """When it was read before."""
        return datetime.fromisoformat(self.state["polled"])

    def _breaks_off_new(self, times: Sequence[datetime | None], found: Sequence[Found]) -> bool:
        """Whether entries that are new may stand behind the point where a feed breaks off: not
        where the newest are the first, and those at the end were known before."""
        if "polled" not in self.state:
            return False
        stated = [time for time in times if time is not None]
        newest_first = len(stated) > 1 and stated[0] > stated[-1]
        return not (newest_first and found[-1].verdict == "known")

    def _missed(
        self, shown: Sequence[Mention], new: Sequence[Mention], *, full: bool, broken_off: bool
    ) -> tuple[datetime, datetime] | None:
        """What rolled out of the feed between two polls: nothing we know is in it any more, and
        its oldest entry is younger than our last look. One whose time is not known may be that: a
        feed that names its entries anew each time tells us nothing of what is new."""
        if broken_off:
            return (self._last, self.source.now)
        seen = self.state.get("marks") or self.state.get("seen")
        if not seen or not shown or len(new) < len(shown) or not full:
            return None
        last = self._last
        listed = (m.time_is == "unknown" and m.published_at <= last for m in shown)
        oldest = min(
            self.source.now if only else m.published_at
            for m, only in zip(shown, listed, strict=True)
        )
        return (last, oldest) if oldest > last else None


def _is_silent(entry: Entry) -> bool:
    """Whether it states no time at all, not even one that cannot be read."""
    return not entry.published and entry.parsed is None


def _without_publisher(entry: Entry) -> Entry:
    """An entry of Google News: the publisher ends its title, and its text repeats the title."""
    publisher = entry.source or entry.author
    headline = entry.title.removesuffix(f" - {publisher}") if publisher else entry.title
    text = entry.text
    rest = re.sub(r"\s+", " ", text.replace(headline, "", 1).replace(publisher, "", 1)).strip()
    if headline and text.startswith(headline) and len(rest) < 60:
        text = ""
    return replace(entry, title=headline, text=text)
