"""Which entry is which: in its feed, between two readings of it, and among all feeds.

An entry's id belongs to its publisher. A feed vouches for pages of its own site (and of the host
that answered for it); what it says of anybody else's page, or by a number, is its own word and is
kept apart under the feed's address, so that no feed takes the place of another's article.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from urllib.parse import urlsplit
from zlib import crc32

from connectors.kit.links import canonical, site_of
from connectors.rss.parse import Entry

MAX_ID = 200
MAX_WORDS = 24
MIN_ALIKE = 0.6
"""Share of words that two headlines have in common if one is the other corrected."""

MAX_ADDED, MIN_ADDED, MIN_BARE = 6, 5, 2
"""So many words are taken for what a program puts to headlines at most, where so many of them have
it, and so many words of a headline's own are left."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a feed is. ``key`` is its configured address; ``sites`` those it vouches for, its own
    first; ``aggregates``: it lists others' articles under ids of its own making (Google News)."""

    key: str
    sites: tuple[str, ...]
    aggregates: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """An entry with what names it: ``guid`` and ``link`` only where no other entry of the feed
    has the same, ``link`` without what may differ between two ways to one page."""

    entry: Entry
    guid: str
    link: str


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline as a few hashes: enough to see that another one is the same, corrected."""

    publisher: int
    numbers: int
    words: frozenset[int]

    def is_like(self, other: Headline, *, exactly: bool) -> bool:
        """Whether both are one headline of one publisher. Other numbers make another story."""
        if (self.publisher, self.numbers) != (other.publisher, other.numbers):
            return False
        if exactly or min(len(self.words), len(other.words)) < 3:
            return self.words == other.words and bool(self.words)
        return len(self.words & other.words) >= MIN_ALIKE * len(self.words | other.words)

    def pack(self) -> str:
        """As text for a cursor."""
        hashes = (self.publisher, self.numbers, *sorted(self.words))
        return b64encode(b"".join(number.to_bytes(3, "big") for number in hashes)).decode()


def unpack(text: str) -> Headline:
    """The headline that was packed. Raises ValueError for what was none."""
    raw = b64decode(text)
    publisher, numbers, *words = (
        int.from_bytes(raw[n : n + 3], "big") for n in range(0, len(raw), 3)
    )
    return Headline(publisher, numbers, frozenset(words))


def place_of(url: str, answered: str, *, aggregates: bool) -> Place:
    """The place of a feed with that configured address, answered from that one."""
    parts = urlsplit(canonical(url) or url)
    sites = tuple(dict.fromkeys(filter(None, (site_of(url), site_of(answered)))))
    key = f"{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")
    return Place(key, sites, aggregates)


def named(entries: Sequence[Entry], home: str, place: Place) -> list[Named]:
    """The entries, each once, with what names them."""
    entries = list(dict.fromkeys(entries))
    if place.aggregates:
        return [Named(entry, "", "") for entry in entries]
    entries = _once(entries)
    links = [canonical(entry.link) for entry in entries]
    guids, ways = Counter(entry.id for entry in entries), Counter(links)
    front = canonical(home)
    return [
        Named(
            entry,
            entry.id if guids[entry.id] == 1 else "",
            link if ways[link] == 1 and link != front else "",
        )
        for entry, link in zip(entries, links, strict=True)
    ]


def _once(entries: Sequence[Entry]) -> list[Entry]:
    """Without what is there again under another guid, or by another way to its page: an article of
    several sections. All else of it is the same, to the second."""
    first: dict[Entry, Entry] = {}
    for entry in entries:
        page = canonical(entry.link)
        known = page and entry.published
        first.setdefault(replace(entry, id="", link=page) if known else entry, entry)
    return list(first.values())


def external_id(item: Named, place: Place, *, by_guid: bool = True) -> str:
    """The id of an entry among all feeds. ``by_guid`` is False where its guid has turned out to
    be another entry's too."""
    name = (item.guid if by_guid else "") or item.link
    page = canonical(name)
    if page and site_of(page) in place.sites:
        full = page
    elif name:
        full = f"{place.key}#{name}"
    else:
        entry = item.entry
        told: tuple[str, ...] = (publisher_of(item, place), folded(entry.title) or entry.text)
        if not place.aggregates:
            told = (*told, entry.link, entry.published)
        full = f"{place.key}#{_digest(told)}" if not place.aggregates else _digest(told)
    return full if len(full) <= MAX_ID else sha256(full.encode("utf-8", "replace")).hexdigest()


def publisher_of(item: Named, place: Place) -> str:
    """Who published an entry: of an aggregator's what it names, else the feed itself."""
    entry = item.entry
    return site_of(entry.source_link) or entry.source or entry.author if place.aggregates else ""


def headline_of(item: Named, place: Place) -> Headline:
    """The entry's headline, or how its text begins."""
    words = _WORD.findall((item.entry.title or item.entry.text[:300]).casefold())[:MAX_WORDS]
    numbers = [word for word in words if any(c.isdigit() for c in word)]
    return Headline(
        _hash24(publisher_of(item, place)),
        _hash24(" ".join(numbers)),
        frozenset(_hash24(word) for word in words),
    )


def folded(text: str) -> str:
    """The words of a text, without case and punctuation."""
    return " ".join(_WORD.findall(text.casefold()))


def bare_titles(titles: Sequence[str]) -> list[str]:
    """The headlines of one feed, without case and signs, and without what most of them begin or end
    with: the name of a paper or a section that a program puts to all of them."""
    split = [folded(title).split() for title in titles]
    for at_end in (True, False):
        added = _added(split, at_end=at_end)
        size = len(added)
        for n, words in enumerate(split):
            if size and len(words) >= size + MIN_BARE and _edge(words, size, at_end) == added:
                split[n] = words[:-size] if at_end else words[size:]
    return [" ".join(words) for words in split]


def _added(titles: Sequence[Sequence[str]], *, at_end: bool) -> tuple[str, ...]:
    """The most words with which most of the headlines end, or begin; none where there are few."""
    for size in range(MAX_ADDED, 0, -1):
        edges = Counter(
            _edge(words, size, at_end) for words in titles if len(words) >= size + MIN_BARE
        )
        edge, count = edges.most_common(1)[0] if edges else ((), 0)
        if count >= MIN_ADDED and 2 * count > len(titles):
            return edge
    return ()


def _edge(words: Sequence[str], size: int, at_end: bool) -> tuple[str, ...]:
    return tuple(words[-size:] if at_end else words[:size])


def _digest(parts: tuple[str, ...]) -> str:
    return sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:40]


def _hash24(word: str) -> int:
    return crc32(word.encode("utf-8", "replace")) & 0xFFFFFF
