"""X's posts against a fake that behaves like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from fakes.described import conforms_to_openapi, x_description
from fakes.x import NOW, PROBLEM, TOKEN, XFake, XPostFake, id_at, of_an_account, posts

from connectors.base import RateLimited, Rejected, Unauthorized
from connectors.kit.fake_platform import FakePlatform, Item
from connectors.kit.loopback import Reply, Request
from connectors.kit.refusals import FAILURES, Refusal
from connectors.platform_testing import PlatformContract
from monitor.model import Mention, Metric, OwnPost, Standing

CODE = "connectors.x.connector"


class TestXContract(PlatformContract):
    connector = f"{CODE}:X"
    options: ClassVar[Mapping[str, Any]] = {
        "posts": True,
        "query": "senja",
        "max_usd_per_day": 5,
    }
    secrets = {"token": TOKEN}
    lateness = timedelta(seconds=20)  # X itself shows nothing younger than 30 s
    failures: ClassVar[Mapping[str, Refusal | None]] = {
        **FAILURES,
        "it wants to be paid": Refusal(
            Reply({"title": "CreditsDepleted", "type": f"{PROBLEM}credits"}, 402),
            Unauthorized,
            "credits",
        ),
        "the query is refused": Refusal(
            Reply({"title": "Invalid Request", "errors": [{"message": "'lang' alone"}]}, 400),
            Rejected,
        ),
        "it is not shown to us": Refusal(
            Reply({"title": "Forbidden", "type": f"{PROBLEM}not-authorized-for-resource"}, 403),
            Rejected,
        ),
        "too fast": Refusal(
            Reply(
                {"title": "Too Many Requests"},
                429,
                {"x-rate-limit-reset": str(int(NOW.timestamp()) + 700)},
            ),
            RateLimited,
            retry_s=700,
        ),
        "its cap is reached": Refusal(
            Reply({"title": "UsageCapExceeded", "type": f"{PROBLEM}usage-capped"}, 429),
            RateLimited,
            retry_s=12 * 3600,
        ),
    }

    def platform(self) -> FakePlatform:
        return XFake(posts(11), NOW)

    def expected(self, item: Item) -> Mapping[str, Any]:
        link = f"https://x.com/i/web/status/{item.id}"
        return {**super().expected(item), "url": link, "reach": 12, "likes": 1, "lang_hint": "in"}

    def new_item(self, fake: FakePlatform, n: int) -> Item:
        at = fake.now - timedelta(seconds=40 - n)  # older than the 30 s that X holds back
        name = id_at(at)
        return Item(name, at, f"baru {n}", root=name)

    def sorted_by_the_platform(self, fake: FakePlatform) -> bool:
        return True  # ids are times, and it is searched by them

    def test_what_is_known_is_not_bought_again(self) -> None:
        fake = self.platform()
        with self.running(fake) as base:
            first = self.polled(base, fake)
            fake.now += timedelta(minutes=5)
            again = self.polled(base, fake, self.cursor(first))
        assert self.found(again) == {}

    def test_a_list_that_was_broken_off_is_not_bought_again(self) -> None:
        fake = self.platform()
        with self.running(fake) as base:
            whole = [m.external_id for page in self.polled(base, fake) for m in page.mentions]
            for number in range(2, len(fake.requests) + 1):
                broken = self.platform()
                broken.faults = {number: Reply("<h1>502</h1>", 502)}
                with self.running(broken) as there:
                    got, cursor = self.interrupted(there, broken)
                    broken.faults = {}
                    again = self.polled(there, broken, cursor)
                bought = [m.external_id for page in (*got, *again) for m in page.mentions]
                assert sorted(bought) == sorted(whole), f"broken off at {number}"

    def checked(self, request: Request) -> None:
        """As X's OpenAPI document has it, where it is at hand."""
        told = x_description(str(self.options.get("dialect", "tweet")))
        if told is not None:
            conforms_to_openapi(request, told)
        assert TOKEN not in str(request.params)
        assert "expansions" not in request.params, "each expansion is billed"


class TestXPostDialectContract(TestXContract):
    options: ClassVar[Mapping[str, Any]] = {**TestXContract.options, "dialect": "post"}

    def platform(self) -> FakePlatform:
        return XPostFake(posts(11), NOW)


class TestXAccountContract(TestXContract):
    """All of an account: what mentions it, answers it, quotes it, and its own posts."""

    options: ClassVar[Mapping[str, Any]] = {"account": "@kopisenja", "max_usd_per_day": 5}

    def platform(self) -> FakePlatform:
        return XFake(of_an_account(), NOW)

    def complete(self, fake: FakePlatform, found: Mapping[str, Mention]) -> None:
        others = [i for i in fake.items if i.author != XFake.account or i.parent]
        there = XFake(others, fake.now)
        super().complete(there, found)
        for item in others:
            assert found[item.id].own == (item.author == XFake.account)

    def new_item(self, fake: FakePlatform, n: int) -> Item:
        return replace(super().new_item(fake, n), extra={"kind": "mention"})

    def own_content(
        self, fake: FakePlatform
    ) -> tuple[Sequence[OwnPost], Sequence[Metric], Sequence[Standing]]:
        name = next(i for i in fake.items if i.author == XFake.account and not i.parent).id
        post = next(i for i in fake.items if i.id == name)
        link = f"https://x.com/i/web/status/{name}"
        return (
            [OwnPost("x", name, post.at, "text", post.text, link)],
            [Metric("x", name, "views", 12, "count", fake.now)],
            [Standing("x", name, "post", "live")],
        )

    def test_an_own_post_that_is_gone_is_told_once(self) -> None:
        fake = self.platform()
        name = next(i for i in fake.items if i.author == XFake.account and not i.parent).id
        with self.running(fake) as base:
            first = self.polled(base, fake)
            fake.delete(name)
            fake.now += timedelta(hours=2)
            second = self.polled(base, fake, self.cursor(first))
            fake.now += timedelta(hours=2)
            third = self.polled(base, fake, self.cursor(second))
        told = [s for page in second for s in page.standings if s.subject == name]
        assert [s.state for s in told] == ["removed"]
        assert [r.external_id for page in second for r in page.removals] == [name]
        assert not [s for page in third for s in page.standings if s.subject == name]

    def test_what_could_not_be_bought_is_told_as_missed(self) -> None:
        fake = self.platform()
        fake.items = [replace(i, extra={"kind": "mention"}) for i in posts(40)]
        with self.running(fake) as base:
            few, _ = self.interrupted(base, fake, budget={"usd": 0.010 + 20 * 0.005})
        (missed,) = [page.missed for page in few if page.missed]
        oldest = min(m.published_at for m in self.found(few).values())
        assert missed == (self.source().since, oldest)

    def test_an_own_post_is_paid_for_once_a_day(self) -> None:
        fake = self.platform()
        with self.running(fake) as base:
            first = self.polled(base, fake)
            fake.now += timedelta(hours=2)
            second = self.polled(base, fake, self.cursor(first))
            fake.now += timedelta(days=1)
            third = self.polled(base, fake, self.cursor(second))
        assert sum(page.cost.get("usd", 0) for page in second) == 0
        assert sum(page.cost.get("usd", 0) for page in third) == pytest.approx(2 * 0.005 + 0.010)
        for poll, told in ((first, 1), (second, 0), (third, 1)):  # with them, who follows it
            counted = [m for page in poll for m in page.metrics if m.name == "followers"]
            assert [(m.subject, m.value) for m in counted] == [(XFake.account, 1200)] * told

    def test_quotes_are_read_when_their_number_has_grown(self) -> None:
        fake = self.platform()
        own = next(i for i in fake.items if i.author == XFake.account and not i.parent)
        with self.running(fake) as base:
            first = self.polled(base, fake)
            fake.now += timedelta(hours=2)
            at = fake.now - timedelta(minutes=5)
            quote = Item(id_at(at), at, "lihat ini", root=id_at(at), extra={"of": own.id})
            fake.items.append(quote)
            second = self.polled(base, fake, self.cursor(first))
        assert set(self.found(second)) >= {quote.id}
        counted = [m for page in second for m in page.metrics if m.name == "quotes"]
        assert {m.value for m in counted if m.subject == own.id} == {2}

    def test_a_limit_of_one_list_is_no_limit_of_the_others(self) -> None:
        fake = self.platform()
        answered = fake.respond
        limited = Reply({"title": "Too Many Requests"}, 429, {"x-rate-limit-reset": "1772460000"})

        def respond(request: Request) -> Reply:
            return limited if "quote_tweets" in request.path else answered(request)

        fake.respond = respond  # type: ignore[method-assign]
        with self.running(fake) as base:
            pages = self.polled(base, fake)
            fake.respond = answered  # type: ignore[method-assign]
            again = self.polled(base, fake, self.cursor(pages))
        assert any("quotes of some posts unseen: X asks us" in page.unseen for page in pages)
        self.complete(fake, self.found(pages, again))

    def test_own_posts_come_with_their_counts(self) -> None:
        fake = self.platform()
        with self.running(fake) as base:
            page = next(page for page in self.polled(base, fake) if page.own_posts)
        assert {m.subject for m in page.metrics} == {post.external_id for post in page.own_posts}
