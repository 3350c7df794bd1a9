"""What appears in a known feed and is old: an archive that is published again, a feed that shows
more than it did, a first filling. Nothing of it was said today, whatever it does not state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from connectors.kit.times import EPOCH, is_null

TimeIs = Literal["stated", "first_seen", "unknown"]

Dated = tuple[datetime, TimeIs]
"""When an entry counts, and what that is."""

SPREAD = timedelta(hours=20)
"""Times before all that can be new that are so far apart are those of an archive. One broken date
that all new entries state keeps them together; a clock that is a year behind, their ages."""

MAX_REMEMBERED = 10
"""So many such times are remembered: an archive may come an entry at a time."""

FEW = 7
"""So many entries without a time may be new at once in a feed that has shown none: fewer than can
page anybody (``rules.volume.min_mentions``). More are a feed that has been filled."""

TOP, BOTTOM = "top", "bottom"
"""At which end of a feed its new entries come."""


@dataclass(frozen=True, slots=True)
class Archive:
    """``times`` of entries, by number, that are not of now; ``remembered``: what to know at the
    next reading."""

    times: Mapping[int, Dated]
    remembered: Mapping[str, Any]

    def put_back(self, judged: Sequence[Dated]) -> list[Dated]:
        """The times of all entries, those of the archive where they belong."""
        return [self.times.get(n, dated) for n, dated in enumerate(judged)]


def find_archive(
    stated: Sequence[datetime | None],
    judged: Sequence[Dated],
    new: Sequence[int],
    silent: Sequence[int],
    *,
    seen: datetime,
    earliest: datetime,
    before: datetime,
    remembered: Mapping[str, Any],
) -> Archive:
    """Judge the entries that would count from first sight. ``stated`` by each entry of a reading,
    and how that was ``judged``; numbers of those that are ``new``, and of those that are
    ``silent`` about their time; ``seen``: when they are read; ``earliest``: what is before it
    cannot be new; ``before``: when something counts whose time is not known. ``remembered`` of the
    last reading.

    Old times far apart are believed. What states nothing beside more of those than of others is as
    old; so it is where it fills a feed that showed less than half of it and never told new beside
    old, or stands at the end at which nothing new has ever come.
    """
    known = sorted(set(range(len(judged))) - set(new))
    now = [n for n in new if judged[n][1] == "first_seen"]
    old = {n: at for n in now if (at := stated[n]) and at < earliest and not is_null(at)}
    lately = [[_minutes(at), _minutes(seen)] for at in old.values()] + remembered.get("old", [])
    times: dict[int, Dated] = {}
    if _are_far_apart(lately):
        times |= {n: (at, "stated") for n, at in old.items()}
    undated = [n for n in now if n in set(silent)]
    end = str(remembered.get("end", ""))
    few = max(FEW, 2 * int(remembered.get("shown", 0)))
    filled = not known and not end and len(undated) > few
    believed = sum(judged[n][1] == "stated" for n in new)
    if filled or len(times) > believed:
        times |= dict.fromkeys(undated, (before, "unknown"))
    if known and end:
        late = [n for n in undated if (n > known[-1] if end == TOP else n < known[0])]
        times |= dict.fromkeys(late, (before, "unknown"))
    after = {"shown": len(judged), "old": lately[:MAX_REMEMBERED], "end": end or _end(new, known)}
    return Archive(times, after)


def _minutes(at: datetime) -> int:
    return (at - EPOCH) // timedelta(minutes=1)


def _are_far_apart(old: Sequence[Sequence[int]]) -> bool:
    """Whether old times are those of an archive, each with when it was read."""
    ages = [seen - at for at, seen in old]
    return min(_apart([at for at, _ in old]), _apart(ages)) >= SPREAD


def _apart(minutes: Sequence[int]) -> timedelta:
    return timedelta(minutes=max(minutes) - min(minutes)) if minutes else timedelta()


def _end(new: Sequence[int], known: Sequence[int]) -> str:
    """At which end of a feed its new entries stand; "" where that is not known."""
    if not new or not known:
        return ""
    if max(new) < known[0]:
        return TOP
    return BOTTOM if min(new) > known[-1] else ""
