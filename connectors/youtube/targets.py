"""The comments of a channel, or of several videos, in one look after the other.

A look that is broken off (the units of the day, the time of a poll, a platform that is down) goes
on at the next poll with the page it had come to. When it has ended, a fresh one reads what was
written meanwhile. Where YouTube does not know the mark of that page any more, the list is read from
its top.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from connectors.base import (
    Page,
    Rejected,
    SourceSpec,
    Unauthorized,
    Unavailable,
    concerns_all,
)
from connectors.kit.apart import Apart
from connectors.kit.known import Known
from connectors.youtube.api import YouTubeApi
from connectors.youtube.comments import Comments, Look
from connectors.youtube.errors import CommentsClosed
from connectors.youtube.options import YouTubeOptions

OVERLAP = timedelta(minutes=30)
"""Read again at every poll: comments may turn up in the list some minutes late."""

LATELY = timedelta(minutes=5)
"""A look that began so long ago leaves out nothing that the next poll would be late for."""

LOOK_THROUGH = timedelta(hours=1)
REMEMBERED = 1000
"""Threads whose number of replies is kept."""

Target = Mapping[str, str]


@dataclass(slots=True)
class _UnderWay:
    """What the cursor keeps of a look: when it ``began`` and back to when it reads (``until`` what
    is new, ``look`` the rest of it), which targets are done, and in which it is."""

    began: str
    until: str
    look: dict[str, Any]
    done: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    place: str = ""


class Targets:
    """One poll of comments. ``state`` is what the cursor keeps; it is changed here. In it is, of
    each target that failed in passing while others did not, since when it is unread (``behind``).
    """

    def __init__(
        self,
        api: YouTubeApi,
        options: YouTubeOptions,
        source: SourceSpec,
        state: dict[str, Any],
        channel: str,
        apart: Apart,
    ) -> None:
        self.api, self.options, self.source = api, options, source
        self.state, self.channel, self.apart = state, channel, apart

    def pages(self, targets: Sequence[Target]) -> Iterator[Page]:
        """What is new under the targets, after what the last poll left. Raises where none of them
        can be heard."""
        kept = self.state.pop("walk", None)
        if kept is not None:
            walk = _UnderWay(**kept)
            yield from self._look(walk, targets)
            if self.source.now - datetime.fromisoformat(walk.began) < LATELY:
                return
        yield from self._look(self._fresh(), targets)

    def _fresh(self) -> _UnderWay:
        now, first = self.source.now, "polled" not in self.state
        since = self.source.since
        deep = first or now - datetime.fromisoformat(self.state["deep"]) >= LOOK_THROUGH
        until = since if first else datetime.fromisoformat(self.state["polled"]) - OVERLAP
        back_to = min(until, now - self.options.replies_for) if deep else until
        return _UnderWay(now.isoformat(), until.isoformat(), Look(back_to, until, deep).dump())

    def _look(self, walk: _UnderWay, targets: Sequence[Target]) -> Iterator[Page]:
        first, look = "polled" not in self.state, Look.of(walk.look)
        resumed = bool(walk.place or walk.done)
        known = Known("youtube", self.source.now, self.state.get("known"))
        read = Comments(self.api, known, self.state.get("replies", {}), self.channel)
        yield from self._each(walk, look, targets, read)
        until = datetime.fromisoformat(walk.until)
        seen = read.seen if look.deep and not resumed else {**read.replies, **read.seen}
        self.state |= {
            "polled": walk.began,
            "without": walk.without,
            "replies": dict(islice(seen.items(), REMEMBERED)),
            "known": known.dump(),
        }
        if look.deep:
            self.state["deep"] = walk.began
        yield Page(
            covered_from=look.reached if first else None,
            missed=(until, look.reached) if not first and look.reached > until else None,
            cursor=dict(self.state),
        )

    def _each(
        self, walk: _UnderWay, look: Look, targets: Sequence[Target], read: Comments
    ) -> Iterator[Page]:
        """The comments of one target after the other, of those that are not done."""
        back_to, behind = look.back_to, dict(self.state.get("behind", {}))
        for target in targets:
            (place,) = target.values()
            if place in walk.done:
                continue
            if place != walk.place:
                walk.place, look.token = place, ""
            since = datetime.fromisoformat(behind.pop(place)) if place in behind else back_to
            look.back_to = min(since, back_to)
            try:
                for page, safe in self._list(read, target, look):
                    kept = self._kept(walk, look, read) if safe else None
                    yield Page(cursor=kept) if safe else page
            except (CommentsClosed, Rejected, Unauthorized) as error:
                walk.without.append(place)
                self._refused(error, last=len(walk.without) == len(targets))
                yield Page(
                    cost={"units": 1}, skipped=int(place not in self.state.get("without", ()))
                )
            except Unavailable as error:
                behind[place] = look.back_to.isoformat()
                if len({*behind, *walk.without}) == len(targets):
                    raise
                self.apart.refuse(error, unseen="comments of some videos")
            self.state["behind"] = behind
            walk.done.append(place)
            look.token = ""

    def _list(self, read: Comments, target: Target, look: Look) -> Iterator[tuple[Page, bool]]:
        mark = look.token
        try:
            yield from read.threads(target, look)
        except Rejected:
            if not mark or look.token != mark:
                raise
            look.token = ""
            yield from read.threads(target, look)

    def _kept(self, walk: _UnderWay, look: Look, read: Comments) -> dict[str, Any]:
        """The cursor in the middle of a look: all pages before that of ``look`` were told."""
        walk.look = look.dump()
        seen = {**read.replies, **read.seen}
        return {
            **self.state,
            "walk": asdict(walk),
            "replies": dict(islice(seen.items(), REMEMBERED)),
            "known": read.known.dump(),
        }

    def _refused(self, error: CommentsClosed | Rejected | Unauthorized, *, last: bool) -> None:
        """One of several videos shows no comments. Raises where that is the ``last`` of them; of
        videos that were found by a search all may be closed."""
        if concerns_all(error):
            raise error
        if self.options.search:
            return
        if last:
            raise _nothing_to_hear(error) from None
        if not isinstance(error, CommentsClosed):
            self.apart.refuse(error, unseen="comments of some videos")


def _nothing_to_hear(error: CommentsClosed | Rejected | Unauthorized) -> Rejected | Unauthorized:
    """None of what was asked for can be heard: that is not calm."""
    if not isinstance(error, CommentsClosed):
        return error
    return Rejected(
        "YouTube: comments are closed on everything this source asks for, so nothing can be heard; "
        "open them there, or take the source out."
    )
