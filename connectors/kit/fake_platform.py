"""The make of every fake platform: what people wrote, told in pages, in all the ways that real
platforms tell it.

A platform's fake is a subclass that writes its own JSON::

    class KicauFake(FakePlatform):
        def respond(self, request: Request) -> Reply:
            if request.path == "/v1/comments":
                told = self.listing(request.params.get("cursor", ""))
                return Reply({"data": [self.comment(item) for item in told.items],
                              "next": told.next})
            return Reply({"error": "no such address"}, 404)

Its knobs make it misbehave as real platforms do: pages that overlap or come twice, items that
arrive between two pages, times out of order, failures at the n-th request. ``PlatformContract``
(``connectors.testing``) turns all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from connectors.kit.loopback import JSON, Reply, Request

MAX_REQUESTS = 400
"""A connector that asks more often in one test never ends; it is refused from then on."""


BEYOND_DOUBLES = 2**60
"""Ids from here on differ only in digits that a floating-point number does not keep."""

STRANGE = (
    "Kopi Senja \U0001f469\u200d\U0001f373\U0001f525 pedas",
    "zero\u200bwidth\u200d and \u202eright to left\u202c",
    "\u00e9 as one and e\u0301 as two; \u5496\u5561 \u0643\u0648\u0628\u064a",
    '<b>not markup</b> & "quotes" \\ and a\nline',
)
"""Texts that must come through as they are."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that somebody wrote. ``parent``: the comment it answers; ``root``: the post it
    hangs on; ``extra``: what only this platform has."""

    id: str
    at: datetime
    text: str = ""
    author: str = "sari"
    parent: str = ""
    root: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


def items(
    count: int, now: datetime, *, every: timedelta = timedelta(minutes=20), root: str = "post1"
) -> list[Item]:
    """So many comments, newest first, the newest a minute old, with ids beyond 2^53."""
    return [
        Item(
            str(BEYOND_DOUBLES + 1000 - n),
            now - timedelta(minutes=1) - n * every,
            f"kopi senja nomor {n}",
            f"akun_{n % 4}",
            root=root,
        )
        for n in range(count)
    ]


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of items. ``next``: the token of the next page, "" for none; ``first``: none came
    before it."""

    items: tuple[Item, ...]
    next: str
    first: bool


class FakePlatform:
    """A platform that answers requests. ``requests`` keeps what it was asked.

    ``paging``    what a token stands for: ``offset`` (what arrives meanwhile shifts the pages) or
                  ``after`` (an item; it goes on behind it, also where that was deleted)
    ``overlap``   so many items of a page are told again at the beginning of the next
    ``repeats``   so often each page is told again, under a token of its own
    ``order``     ``newest`` first, or ``given``: as ``items`` are, whatever their times
    ``arrivals``  items that arrive after the n-th request (the first is 1); ``departures``: ids of
                  those that their authors delete then
    ``faults``    what is answered to the n-th request instead
    ``change``    what becomes of every JSON body before it goes out
    """

    def __init__(self, items: Sequence[Item], now: datetime, *, page_size: int = 3) -> None:
        self.items = list(items)
        self.now = now
        self.page_size = page_size
        self.paging: Literal["offset", "after"] = "offset"
        self.overlap = self.repeats = 0
        self.order: Literal["newest", "given"] = "newest"
        self.arrivals: dict[int, list[Item]] = {}
        self.departures: dict[int, list[str]] = {}
        self.faults: dict[int, Reply] = {}
        self.change: Callable[[Any], Any] = lambda body: body
        self.gone: set[str] = set()
        self.requests: list[Request] = []

    def respond(self, request: Request) -> Reply:
        """What the platform answers when it behaves. A subclass writes this."""
        raise NotImplementedError

    def __call__(self, request: Request) -> Reply:
        """Answer a request, with whatever fault is due."""
        self.requests.append(request)
        number = len(self.requests)
        if number > MAX_REQUESTS:
            return Reply("asked too often", 500)
        reply = self.faults.get(number) or self.respond(request)
        self.items += self.arrivals.pop(number, [])
        self.gone |= set(self.departures.pop(number, ()))
        if isinstance(reply.body, dict | list):
            headers = {**JSON, **reply.headers}
            reply = replace(reply, body=self.change(reply.body), headers=headers)
        return reply

    def listing(
        self, token: str = "", *, items: Sequence[Item] | None = None, size: int = 0
    ) -> Listing:
        """The page that ``token`` names ("" the first) of the items that are still there, or of
        some of them."""
        shown = self.shown(items)
        mark, _, again = token.partition("~")
        start, told = self._start(shown, mark), int(again or 0)
        end = start + (size or self.page_size)
        if told < self.repeats and shown[end:]:
            following = f"{mark}~{told + 1}"
        else:
            following = self._mark(shown, end) if shown[end:] else ""
        begin = max(0, start - self.overlap) if mark else start
        return Listing(tuple(shown[begin:end]), following, not mark)

    def shown(self, items: Sequence[Item] | None = None) -> list[Item]:
        """The items that are still there, in the order they are told in."""
        found = [i for i in (self.items if items is None else items) if i.id not in self.gone]
        if self.order == "newest":
            found.sort(key=lambda item: (item.at, item.id), reverse=True)
        return found

    def find(self, item_id: str) -> Item | None:
        """An item by its id, if it is still there."""
        return next((item for item in self.shown() if item.id == item_id), None)

    def delete(self, item_id: str) -> None:
        """Its author takes it back."""
        self.gone.add(item_id)

    def edit(self, item_id: str, text: str) -> None:
        """Its author writes it anew."""
        self.items = [replace(i, text=text) if i.id == item_id else i for i in self.items]

    def _mark(self, shown: Sequence[Item], end: int) -> str:
        return f"o{end}" if self.paging == "offset" else f"a{shown[end - 1].id}"

    def _start(self, shown: Sequence[Item], mark: str) -> int:
        if mark.startswith("o"):
            return int(mark[1:])
        if not mark:
            return 0
        for place, item in enumerate(shown):
            if item.id == mark[1:]:
                return place + 1
        return next((n for n, i in enumerate(shown) if i.id < mark[1:]), len(shown))
