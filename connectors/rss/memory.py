"""What of a feed has been read before, in a few bytes an entry, and what in it is new.

Kept in the cursor: of each entry five hashes (guid, link, headline, content, and the bare
headline), newest first, and of the newest the words of their headlines. A feed of any length is
read; remembered are its newest ``MAX_ENTRIES``.
"""

from __future__ import annotations

import struct
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import blake2b
from typing import Any, Literal

from connectors.kit.links import is_deep
from connectors.rss.identity import (
    Headline,
    Named,
    Place,
    bare_titles,
    folded,
    headline_of,
    unpack,
)

MAX_ENTRIES = 3_000
MIN_ENTRIES = 500
"""Remembered at least, where so many were seen: a feed that shows ten may show older ones again."""

MIN_MOVED = 3
"""So many entries at least come back under other names where a feed names its entries anew."""

MIN_IMPORTED, MIN_SPREAD_M = 10, 60
"""So many entries, of so many minutes at least, that all come back with one time."""

MAX_HEADLINES = 150
CORRECTED_WITHIN = timedelta(hours=2)
"""A headline that is corrected keeps its time, or nearly so."""

_RECORD, _HASH = struct.Struct("!4I"), struct.Struct("!I")
NONE = 0
"""The hash of nothing: names nothing, and equals nothing."""

Verdict = Literal["new", "known", "edited"]


@dataclass(frozen=True, slots=True)
class Record:
    """What is remembered of an entry: hashes, 0 where it has no such name. ``minutes`` since 1970
    that it states, and its headline, are kept of the newest only. ``bare``: the headline without
    case, signs and what most of its feed's begin or end with."""

    guid: int
    link: int
    title: int
    content: int
    minutes: int | None = None
    headline: Headline | None = None
    bare: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What an entry turned out to be. ``edited`` is only what has the same id as before.
    ``by_guid``: its guid names it; it is False where the guid has been another entry's."""

    verdict: Verdict
    by_guid: bool = True


@dataclass(slots=True)
class Memory:
    """The entries that were seen, newest first. ``rolls``: readings in a row in which not a single
    entry was known, although some were remembered."""

    records: list[Record] = field(default_factory=list)
    rolls: int = 0

    @property
    def tells_new(self) -> bool:
        """Whether what is new here is new indeed, and not an old entry under a new name."""
        return self.rolls < 2

    def judge(
        self, items: Sequence[Named], place: Place, minutes: Sequence[int | None]
    ) -> list[Found]:
        """What each entry is, and remember it. ``minutes``: when each says it was published."""
        titles = bare_titles([item.entry.title for item in items])
        records = [
            _record(item, place, at, title)
            for item, at, title in zip(items, minutes, titles, strict=True)
        ]
        index = _Index(self.records)
        matches = [index.find(record, item) for record, item in zip(records, items, strict=True)]
        shown = {match.at for match in matches if match.at is not None}
        absent = [n for n in range(len(self.records)) if n not in shown]
        moved = self._moved(records, matches, absent)
        again = set(moved.values())
        absent = [n for n in absent if n not in again]
        oldest = min((m for m in minutes if m is not None), default=None)
        found: list[Found] = []
        for n, match in enumerate(matches):
            record = records[n]
            if not match.by_guid:
                records[n] = replace(record, guid=NONE)
            renamed = n in moved or (
                match.at is None and self._renamed(record, absent, oldest, place)
            )
            if match.at is not None:
                edited = match.same_id and self.records[match.at].content != record.content
                found.append(Found("edited" if edited else "known", match.by_guid))
            elif renamed:
                found.append(Found("known", match.by_guid))
            else:
                found.append(Found("new", match.by_guid))
        if items and self.records:
            self.rolls = 0 if any(f.verdict != "new" for f in found) else self.rolls + 1
        kept = [self.records[n] for n in absent]
        most = min(max(MIN_ENTRIES, 3 * len(items)), MAX_ENTRIES)
        self.records = [*records, *kept][:most]
        return found

    def _moved(
        self, records: Sequence[Record], matches: Sequence[_Match], absent: Sequence[int]
    ) -> dict[int, int]:
        """Which entries are remembered ones, by number, where a feed names its entries anew: after
        a move to another host or program most of what it shows is unknown and has the headlines,
        each of one entry only, of what it does not show any more."""
        unknown = [n for n, match in enumerate(matches) if match.at is None]
        if len(unknown) < MIN_MOVED or not absent:
            return {}
        pairs = {n: o for n, o in self._pairs(records, absent).items() if matches[n].at is None}
        told = [(records[n].minutes, self.records[o].minutes) for n, o in pairs.items()]
        newest = max((r.minutes for r in self.records if r.minutes is not None), default=0)
        imported = _is_one_import(told)
        moved = {
            n: o
            for n, o in pairs.items()
            if _is_same(self.records[o], records[n], newest, imported=imported)
        }
        return moved if len(moved) >= MIN_MOVED and 2 * len(moved) >= len(unknown) else {}

    def _pairs(self, records: Sequence[Record], absent: Sequence[int]) -> dict[int, int]:
        """The entries that have, of all shown, the headline that one remembered had of all that are
        not shown any more: word for word, or but for what may be put to every headline."""
        pairs: dict[int, int] = {}
        for name in ("bare", "title"):
            now = _once(records, range(len(records)), name)
            before = _once(self.records, absent, name)
            pairs |= {n: before[t] for t, n in now.items() if t in before}
        return pairs

    def _renamed(self, new: Record, absent: list[int], oldest: int | None, place: Place) -> bool:
        """Whether this is an entry we know whose headline, link and guid changed: one that is not
        shown any more although it is young enough to be."""
        headline = new.headline
        assert headline is not None
        within = CORRECTED_WITHIN * (12 if place.aggregates else 1) // timedelta(minutes=1)
        for n in absent:
            old = self.records[n]
            if old.headline is None:
                return False  # only the newest have one
            if old.minutes is None or new.minutes is None:
                alike = len(headline.words) >= 4 and old.headline.is_like(headline, exactly=True)
                if alike and old.minutes == new.minutes:
                    return True
            elif oldest is not None and old.minutes >= oldest:
                near = abs(old.minutes - new.minutes) <= within
                if near and old.headline.is_like(headline, exactly=False):
                    return True
        return False

    def pack(self) -> dict[str, Any]:
        """As JSON for a cursor."""
        raw = b"".join(_RECORD.pack(r.guid, r.link, r.title, r.content) for r in self.records)
        return {
            "marks": b64encode(raw).decode(),
            "headlines": [
                [r.minutes, r.headline.pack()]
                for r in self.records[:MAX_HEADLINES]
                if r.headline is not None
            ],
            "bare": b64encode(b"".join(_HASH.pack(r.bare) for r in self.records)).decode(),
            "rolls": self.rolls,
        }


def _once(
    records: Sequence[Record], among: Iterable[int], name: Literal["title", "bare"]
) -> dict[int, int]:
    """Which record each headline is of that only one ``among`` them has."""
    found: dict[int, list[int]] = {}
    for n in among:
        found.setdefault(getattr(records[n], name), []).append(n)
    found.pop(NONE, None)
    return {title: numbers[0] for title, numbers in found.items() if len(numbers) == 1}


def _is_same(old: Record, new: Record, newest: int, *, imported: bool) -> bool:
    """Whether two records of one headline are of one entry under two names. What states a time
    behind the ``newest`` known is news in old words, but for what an import has dated anew."""
    if new.minutes is None or (old.minutes is None and old.headline is None):
        assert new.headline is not None
        return old.content == new.content or len(new.headline.words) >= 4
    return imported or new.minutes == old.minutes or new.minutes <= newest


def _is_one_import(told: Sequence[tuple[int | None, int | None]]) -> bool:
    """Whether entries have all one time, that were of many, or of none: a program took them over
    then."""
    now = [new for new, _ in told if new is not None]
    before = [old for _, old in told if old is not None]
    if len(now) < len(told) or len(told) < MIN_IMPORTED or max(now) - min(now) > 1:
        return False
    if not before:
        return True
    return len(before) >= MIN_IMPORTED and max(before) - min(before) >= MIN_SPREAD_M


def remembered(state: Mapping[str, Any]) -> Memory:
    """The memory that a cursor holds."""
    raw = b64decode(state.get("marks", ""))
    headlines = state.get("headlines", [])
    bare = [name for (name,) in _HASH.iter_unpack(b64decode(state.get("bare", "")))]
    records = [
        Record(guid, link, title, content, bare=bare[n] if n < len(bare) else NONE)
        for n, (guid, link, title, content) in enumerate(_RECORD.iter_unpack(raw))
    ]
    for n, (minutes, words) in enumerate(headlines[: len(records)]):
        records[n] = replace(records[n], minutes=minutes, headline=unpack(words))
    return Memory(records, int(state.get("rolls", 0)))


class _Index:
    """Remembered entries by each of their names."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records
        self.guids: dict[int, int] = {}
        self.links: dict[int, int] = {}
        self.titles: dict[int, int] = {}
        for n in reversed(range(len(records))):  # the newest wins
            self.guids[records[n].guid] = n
            self.links[records[n].link] = n
            self.titles[records[n].title] = n

    def find(self, record: Record, item: Named) -> _Match:
        """The remembered entry that this one is."""
        by_guid = True
        if record.guid != NONE and (n := self.guids.get(record.guid)) is not None:
            old = self.records[n]
            if old.link == record.link or old.title == record.title:
                return _Match(n, same_id=True)
            by_guid = False  # another link and another headline: one guid for many entries
        if record.link != NONE and (n := self.links.get(record.link)) is not None:
            old = self.records[n]
            if old.title == record.title or is_deep(item.link):
                by_link = old.guid == NONE and (record.guid == NONE or not by_guid)
                return _Match(n, same_id=by_link, by_guid=by_guid)
        if record.guid == record.link == NONE:
            return _Match(self.titles.get(record.title), same_id=True)
        return _Match(None, by_guid=by_guid)


@dataclass(frozen=True, slots=True)
class _Match:
    """Where in the memory an entry is (None: nowhere), and whether its id is still the same."""

    at: int | None
    same_id: bool = False
    by_guid: bool = True


def _record(item: Named, place: Place, minutes: int | None, bare: str) -> Record:
    entry = item.entry
    if place.aggregates:
        title = f"{headline_of(item, place).publisher}\x1f{folded(entry.title)}"
    elif item.guid or item.link:
        title = _words(entry.title) or _words(entry.text)
    else:
        title = "\x1f".join(
            (_words(entry.title) or _words(entry.text), entry.link, entry.published)
        )
    site = "" if ":" in item.guid else place.key.partition("/")[0]
    return Record(
        guid=_hash(f"{site}\x1f{item.guid}") if item.guid else NONE,
        link=_hash(item.link),
        title=_hash(title),
        content=_hash(_words(entry.title) + "\x1f" + _words(entry.text)),
        minutes=minutes,
        headline=headline_of(item, place),
        bare=NONE if place.aggregates else _hash(bare),
    )


def _words(text: str) -> str:
    return " ".join(text.split())


def _hash(text: str) -> int:
    if not text:
        return NONE
    digest = blake2b(text.encode("utf-8", "replace"), digest_size=4).digest()
    return int.from_bytes(digest, "big") or 1
