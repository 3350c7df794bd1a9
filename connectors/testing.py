"""The contract suite every connector passes.

A new connector's own test is a subclass::

    class TestMine(ConnectorContract):
        secrets = {"token": "a-secret-of-the-test"}

        def make(self, base: str) -> Connector:
            return Mine(MineOptions(base_url=base), self.secrets)

        def source(self) -> SourceSpec:
            return source_spec(now=datetime(2026, 3, 2, tzinfo=UTC))

        def answer(self, asked: Request) -> Reply:      # the platform, well behaved, several pages
            return Reply(body=pages[asked.params.get("page", "1")])

``make`` gets the address of a server on this machine that answers so, and that the suite makes
misbehave. A connector without a network sets ``network = False`` and ignores the address.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, ClassVar

import pytest

from connectors.base import (
    CAPABILITIES,
    Connector,
    ConnectorError,
    Cursor,
    Options,
    Page,
    RateLimited,
    SourceSpec,
    Unauthorized,
    Unavailable,
)
from connectors.kit import http
from connectors.kit.fake_platform import BEYOND_DOUBLES, FakePlatform, Item
from connectors.kit.loopback import HOSTILE, LoopbackServer, Reply, Request
from connectors.kit.refusals import FAILURES, Refusal
from monitor.model import Mention, Metric, OwnPost, Standing
from monitor.query.ast import Query
from monitor.query.parse import parse

MAX_PAGES = 20_000


def source_spec(
    *,
    now: datetime,
    since: datetime | None = None,
    query: Query | None = None,
    budget: Mapping[str, float] | None = None,
    brand: str = "senja",
    languages: tuple[str, ...] = ("id", "en"),
    recheck: tuple[str, ...] = (),
) -> SourceSpec:
    """A source as the poller would describe it."""
    since = since or now - timedelta(days=2)
    asked = query or parse("senja")
    return SourceSpec(brand, "test", asked, languages, since, now, budget or {}, recheck)


def drain(connector: Connector, source: SourceSpec, cursor: Cursor | None = None) -> list[Page]:
    """All pages of one poll."""
    pages = []
    for page in connector.fetch(source, cursor):
        pages.append(page)
        assert len(pages) < MAX_PAGES, "a poll never ends"
    return pages


def through_json(cursor: Cursor | None) -> Cursor | None:
    """The cursor as it comes back from the database."""
    told: Cursor | None = json.loads(json.dumps(cursor))
    return told


def said(error: BaseException) -> str:
    """Everything an error might put into a log."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(error)


class ConnectorContract:
    """What a poller relies on. Subclass it as the module's docstring shows."""

    secrets: Mapping[str, str] = {}
    network = True

    def make(self, base: str) -> Connector:
        """A fresh connector that talks to ``base``."""
        raise NotImplementedError

    def source(self) -> SourceSpec:
        """What it is asked to read."""
        raise NotImplementedError

    def answer(self, asked: Request) -> Reply:
        """The platform when it behaves."""
        return Reply(status=404)

    @contextmanager
    def serving(self, patch: pytest.MonkeyPatch) -> Iterator[LoopbackServer]:
        """The platform, and less patience with floods than in earnest."""
        patch.setattr(http, "MAX_BYTES", 4 << 20)
        with LoopbackServer(self.answer) as server:
            yield server

    @pytest.fixture
    def server(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackServer]:
        """A server that answers as the platform does."""
        with self.serving(monkeypatch) as server:
            yield server

    def ids(self, pages: list[Page]) -> set[tuple[str, str]]:
        """The identities of all mentions of some pages."""
        return {(m.platform, m.external_id) for page in pages for m in page.mentions}

    def test_it_declares_what_it_is(self) -> None:
        info = self.make("http://127.0.0.1:1").info
        assert info.name == info.name.lower()
        assert info.can
        assert info.can <= CAPABILITIES
        assert issubclass(info.options, Options)
        assert info.lag >= timedelta(0)
        assert info.every > timedelta(0)

    def test_it_asks_only_for_the_pages_that_are_wanted(self, server: LoopbackServer) -> None:
        pages = self.make(server.url).fetch(self.source(), None)
        assert not server.requests
        next(pages)
        first = len(server.requests)
        pages.close()  # type: ignore[attr-defined]
        assert len(server.requests) == first
        drain(self.make(server.url), self.source())
        assert not self.network or len(server.requests) > first

    def test_mentions_are_whole_and_in_utc(self, server: LoopbackServer) -> None:
        pages = drain(self.make(server.url), self.source())
        mentions = [m for page in pages for m in page.mentions]
        assert mentions or any(page.counts for page in pages)
        for mention in mentions:
            assert mention.published_at.tzinfo is UTC
            assert mention.external_id
            assert mention.platform == mention.platform.lower()
            assert mention.url == "" or mention.url.startswith(("https://", "http://"))

    def test_a_poll_ends_and_the_next_goes_on_from_its_cursor(self, server: LoopbackServer) -> None:
        first = drain(self.make(server.url), self.source())
        assert first[-1].cursor is not None, "the last page has no cursor to go on from"
        again = drain(self.make(server.url), self.source(), through_json(first[-1].cursor))
        assert self.ids(again) <= self.ids(first)

    def test_interrupted_anywhere_nothing_is_lost(self, server: LoopbackServer) -> None:
        whole = drain(self.make(server.url), self.source())
        for kept in sorted({1, 2, 3, 4, 5, len(whole) // 2, len(whole) - 1} & {*range(len(whole))}):
            got: list[Page] = []
            pages = self.make(server.url).fetch(self.source(), None)
            for _ in range(kept):
                got.append(next(pages))
            pages.close()  # type: ignore[attr-defined]
            cursor = next((p.cursor for p in reversed(got) if p.cursor is not None), None)
            got += drain(self.make(server.url), self.source(), through_json(cursor))
            assert self.ids(got) == self.ids(whole), f"a hole after {kept} pages"

    def test_positions_never_go_back(self, server: LoopbackServer) -> None:
        told = [p.position for p in drain(self.make(server.url), self.source()) if p.position]
        assert told == sorted(told)

    @pytest.mark.parametrize("what", HOSTILE)
    def test_a_platform_that_misbehaves_is_a_named_failure(
        self, server: LoopbackServer, what: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if not self.network:
            return
        monkeypatch.setattr(http, "TOTAL_S", 0.4)
        server.answer = lambda _: HOSTILE[what]
        with pytest.raises(ConnectorError) as caught:
            drain(self.make(server.url), self.source())
        self.keeps_secrets(caught.value)

    def test_a_dead_address_is_unavailable(self) -> None:
        if not self.network:
            return
        with pytest.raises(Unavailable) as caught:
            drain(self.make("http://127.0.0.1:9"), self.source())
        self.keeps_secrets(caught.value)

    def test_failures_are_named_for_what_to_do_next(self, server: LoopbackServer) -> None:
        if not self.network:
            return
        server.answer = lambda _: Reply(status=401)
        with pytest.raises(Unauthorized) as refused:
            drain(self.make(server.url), self.source())
        server.answer = lambda _: Reply(status=429, headers={"retry-after": "90"})
        with pytest.raises(RateLimited) as slowed:
            drain(self.make(server.url), self.source())
        assert slowed.value.retry_at is not None
        assert slowed.value.retry_at > self.source().now
        for error in (refused.value, slowed.value):
            self.keeps_secrets(error)

    def keeps_secrets(self, error: ConnectorError) -> None:
        """No secret in anything an error may put before people's eyes, and one sentence."""
        for secret in self.secrets.values():
            assert secret not in said(error)
        assert str(error).strip()
        assert "\n" not in str(error)


def load(name: str) -> Any:
    """The class that ``module:Class`` names, as it is now."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


class LivePlatform(ConnectorContract):
    """A connector beside a fake of its platform, and how a poller deals with it.

    ``base_option`` is the option that takes the fake's address. ``lateness``: how late an item
    may turn up and must still be found (None: half of ``Info.lag``). ``elsewhere``: abilities
    that another test class shows, with another fake or options. ``failures`` by name; an
    override may leave some out (``{**FAILURES, "it wants to be paid": None}``). ``not_missed``:
    parts (``part_of``) whose refusal hides nothing that people wrote, and is not told.
    """

    connector: ClassVar[str] = ""
    options: ClassVar[Mapping[str, Any]] = {}
    base_option: ClassVar[str] = "base_url"
    failures: ClassVar[Mapping[str, Refusal | None]] = FAILURES
    lateness: ClassVar[timedelta | None] = None
    elsewhere: ClassVar[frozenset[str]] = frozenset()
    not_missed: ClassVar[frozenset[str]] = frozenset()

    def platform(self) -> FakePlatform:
        """A fresh fake with at least three pages of items, newest first."""
        raise NotImplementedError

    def expected(self, item: Item) -> Mapping[str, Any]:
        """What must be in an item's mention, by field (``author`` by handle)."""
        return {
            "external_id": item.id,
            "published_at": item.at,
            "text": item.text,
            "author": item.author,
            "reply_to": item.parent or None,
            "root_id": item.root or None,
        }

    def own_content(
        self, fake: FakePlatform
    ) -> tuple[Sequence[OwnPost], Sequence[Metric], Sequence[Standing]]:
        """What a first poll must bring of the brand's own content, at least."""
        return (), (), ()

    def checked(self, request: Request) -> None:
        """Hold a request against the platform's description; raise AssertionError."""

    def part_of(self, request: Request) -> str:
        """What a platform may refuse by itself: what is asked with one path."""
        return request.path

    def make(self, base: str) -> Connector:
        """A fresh connector that talks to ``base``."""
        made = load(self.connector)
        options = made.info.options.model_validate({**self.options, self.base_option: base})
        connector: Connector = made(options, self.secrets)
        return connector

    def source(self) -> SourceSpec:
        """What it is asked to read."""
        return source_spec(now=self.platform().now)

    def answer(self, asked: Request) -> Reply:
        """A fake that is new with each request, for the tests of the other half."""
        return self.platform()(asked)

    @contextmanager
    def running(self, fake: FakePlatform) -> Iterator[str]:
        """The fake as a server; every request is held against the platform's description."""
        with LoopbackServer(fake) as server:
            yield server.url
        for request in server.requests:
            self.checked(request)

    def polled(
        self, base: str, fake: FakePlatform, cursor: Cursor | None = None, **changes: Any
    ) -> list[Page]:
        """One whole poll at the fake's time."""
        source = replace(self.source(), now=fake.now, **changes)
        return drain(self.make(base), source, through_json(cursor))

    def found(self, *polls: list[Page]) -> dict[str, Mention]:
        """The mentions of some polls by id; one id is one text and one time."""
        by_id: dict[str, Mention] = {}
        for page in (page for pages in polls for page in pages):
            for mention in page.mentions:
                assert isinstance(mention.external_id, str)
                known = by_id.setdefault(mention.external_id, mention)
                assert known.published_at == mention.published_at
        return by_id

    def complete(self, fake: FakePlatform, found: Mapping[str, Mention]) -> None:
        """Every item is there, as it was written, and nothing else."""
        wanted = {self.expected(item)["external_id"]: self.expected(item) for item in fake.items}
        assert set(found) == set(wanted), "holes or inventions"
        for name, fields in wanted.items():
            mention = found[name]
            for field, value in fields.items():
                told = getattr(mention, field)
                if field == "author":
                    told = told.handle if told else ""
                assert told == value, f"{field} of {name}"

    def cursor(self, pages: list[Page], *, none: bool = False) -> Cursor | None:
        """The cursor that a poll left."""
        found = next((p.cursor for p in reversed(pages) if p.cursor is not None), None)
        assert none or found is not None
        return found

    def new_item(self, fake: FakePlatform, n: int) -> Item:
        """An item that is new at the fake's time, like its newest one."""
        newest = max(fake.items, key=lambda item: item.at)
        number = str(BEYOND_DOUBLES + 2000 + n)
        at = fake.now - timedelta(seconds=30 - n)
        return replace(newest, id=number, at=at, text=f"baru {n}")

    def victim(self, fake: FakePlatform) -> Item:
        """The item that loses its fields, one after the other."""
        return fake.items[1]

    def sorted_by_the_platform(self, fake: FakePlatform) -> bool:
        """Whether the platform itself promises the order (then it is not tried otherwise)."""
        return False

    def interrupted(
        self, base: str, fake: FakePlatform, cursor: Cursor | None = None, **changes: Any
    ) -> tuple[list[Page], Cursor | None]:
        """A poll that may fail: its pages until then, and the cursor that is saved."""
        got, _ = self.tried(base, fake, cursor, **changes)
        return got, next((p.cursor for p in reversed(got) if p.cursor is not None), cursor)

    def tried(
        self, base: str, fake: FakePlatform, cursor: Cursor | None = None, **changes: Any
    ) -> tuple[list[Page], ConnectorError | None]:
        """A poll that may fail: its pages until then, and its failure."""
        got: list[Page] = []
        source = replace(self.source(), now=fake.now, **changes)
        try:
            for page in self.make(base).fetch(source, through_json(cursor)):
                got.append(page)
        except ConnectorError as error:
            return got, error
        return got, None

    def removals(
        self,
        base: str,
        fake: FakePlatform,
        cursor: Cursor | None,
        ids: tuple[str, ...],
        hours: int = 24,
    ) -> list[Any]:
        """What so many hourly polls tell of removals."""
        info, told = self.make(base).info, []
        for _ in range(hours):
            fake.now += timedelta(hours=1)
            recheck = ids[: info.recheck]
            ids = ids[len(recheck) :] + recheck
            pages = self.polled(base, fake, cursor, recheck=recheck)
            cursor = self.cursor(pages, none=True) or cursor
            told += [removal for page in pages for removal in page.removals]
        return told
