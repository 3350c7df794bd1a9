"""X's posts against a fake that behaves like it, and the mistakes that the suite must notice."""

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
from connectors.mutants import Mutant, caught
from connectors.platform_testing import PlatformContract
from monitor.model import Mention, Metric, OwnPost, Standing

CODE, API, PARSE, ERRORS, LOOKUP, ACCOUNT = (
    f"connectors.x.{name}" for name in ("connector", "api", "parse", "errors", "lookup", "account")
)


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

    def test_own_posts_come_with_their_counts(self) -> None:
        fake = self.platform()
        with self.running(fake) as base:
            page = next(page for page in self.polled(base, fake) if page.own_posts)
        assert {m.subject for m in page.metrics} == {post.external_id for post in page.own_posts}


MUTANTS = [
    Mutant(
        "the cursor goes out with the first page",
        API,
        "yield replace(page, cursor={**state, line.name: newest}) if last else page",
        "yield replace(page, cursor={**state, line.name: newest})",
    ),
    Mutant(
        "the newest id is that of the last page",
        API,
        "if number == 1:",
        "if True:",
        by="test_what_is_known_is_not_bought_again",
    ),
    Mutant(
        "the id becomes a number",
        PARSE,
        "external_id=first",
        "external_id=str(int(float(first)))",
    ),
    Mutant(
        "only the first page is read", API, "last = not token or number == MAX_PAGES", "last = True"
    ),
    Mutant("the long text is cut", PARSE, 'long.get("text") or short', "short"),
    Mutant(
        "signs stay escaped",
        PARSE,
        "return unescape(text_of(long",
        "return (text_of(long",
        by="test_strange_texts_come_through_as_they_are",
    ),
    Mutant("the parent is lost", PARSE, "reply_to=parent or None", "reply_to=None"),
    Mutant(
        "the conversation is lost",
        PARSE,
        'root_id=identity(row["conversation_id"]) if row.get("conversation_id") else None',
        "root_id=None",
    ),
    Mutant(
        "a cap is too fast",
        ERRORS,
        'title == "UsageCapExceeded" or "usage-capped" in kind',
        "False",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "what is not shown may pass",
        ERRORS,
        '"not-authorized-for-resource" in kind',
        "False",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "an answer that is none is an empty one",
        API,
        "if not (shape or _has_shape)(told):",
        "if False:",
        by="test_a_platform_that_misbehaves_is_a_named_failure",
    ),
    Mutant(
        "the second page is not bought",
        API,
        "            if most < LEAST:\n",
        "            if most < LEAST or number == 2:\n",
    ),
    Mutant(
        "a broken post breaks the page",
        PARSE,
        "        except UNREADABLE:\n            read.skipped += 1\n            continue",
        "        except UNREADABLE:\n            raise",
        by="test_an_entry_that_lacks_something_costs_no_other_entry",
    ),
    Mutant("the author is lost", PARSE, 'str(user.get("username") or own_id)', '"x"'),
    Mutant(
        "what is known is bought again",
        API,
        "if newest and (reach",
        "if False and (reach",
        by="test_what_is_known_is_not_bought_again",
    ),
    Mutant(
        "the next page is asked for otherwise than the first",
        API,
        "**line.asked, **since}",
        "**line.asked, **({} if token else since)}",
    ),
    Mutant(
        "the last page is dropped",
        API,
        "newest}) if last else page",
        "newest}, mentions=()) if last else page",
    ),
    Mutant(
        "the beginning is off by one",
        API,
        'return {"start_time": start}, start',
        'return {"start_time": start + timedelta(seconds=1)}, start',
        by="test_the_beginning_that_is_asked_for_belongs_to_it",
    ),
    Mutant(
        "the time to ask again is ignored",
        ERRORS,
        "return failure(answer, now) or",
        "return failure(Response(status, {}, b'', 'X'), now) or",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "the zone is dropped",
        PARSE,
        'parse_time(str(row.get("created_at") or ""))',
        'parse_time(str(row.get("created_at") or "").replace("Z", "+07:00"))',
    ),
    Mutant(
        "the counts are mixed up",
        PARSE,
        'likes=number(metrics.get("like_count"))',
        'likes=number(metrics.get("impression_count"))',
    ),
    Mutant(
        "deletions are ignored",
        LOOKUP,
        "lost(told, asked).items()",
        "{}.items()",
        by="test_deletions_and_edits_are_told_and_no_others",
    ),
    Mutant(
        "edits are ignored",
        LOOKUP,
        'elif versions[-1] != row["id"]:',
        "elif False:",
        by="test_deletions_and_edits_are_told_and_no_others",
    ),
]

ONCE_A_DAY = "test_an_own_post_is_paid_for_once_a_day"
OF_ACCOUNT = [
    Mutant("mentions are not read", ACCOUNT, 'if "mentions" in parts:', "if False:"),
    Mutant("answers are not searched for", ACCOUNT, 'if "replies" in parts and', "if False and"),
    Mutant("quotes are not read", ACCOUNT, 'if "quotes" in parts:', "if False:"),
    Mutant(
        "quotes are read once",
        ACCOUNT,
        "if count == mark[0]:",
        "if mark[0]:",
        by="test_quotes_are_read_when_their_number_has_grown",
    ),
    Mutant("its own answers are others'", PARSE, "own=mine", "own=False"),
    Mutant("its own posts are mentions", PARSE, "if mine and not found.reply_to:", "if False:"),
    Mutant(
        "the standing is not told",
        ACCOUNT,
        "standings=tuple(standings)",
        "standings=()",
        by="test_an_own_post_that_is_gone_is_told_once",
    ),
    Mutant(
        "metrics are not told",
        ACCOUNT,
        "metrics=tuple(metrics)",
        "metrics=()",
        by="test_quotes_are_read_when_their_number_has_grown",
    ),
    Mutant(
        "the counts that come with own posts are lost",
        PARSE,
        "read.metrics += metrics_of(row, found.external_id, now)",
        "pass",
        by="test_own_posts_come_with_their_counts",
    ),
    Mutant(
        "who follows it is not told",
        ACCOUNT,
        "yield from self._followers()",
        "pass",
        by=ONCE_A_DAY,
    ),
    Mutant(
        "what is gone is looked up for ever",
        ACCOUNT,
        "            del own[name]\n",
        "",
        by="test_an_own_post_that_is_gone_is_told_once",
    ),
    Mutant(
        "a post is paid for at each look", ACCOUNT, "pay(told, paid)", "pay(told)", by=ONCE_A_DAY
    ),
    Mutant(
        "what could not be bought is not missed",
        API,
        "cut = None if line.counted else (start, max(start, oldest))",
        "cut = None",
        by="test_what_could_not_be_bought_is_told_as_missed",
    ),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_the_suite_notices(mutant: Mutant) -> None:
    assert caught(mutant, TestXContract)


@pytest.mark.parametrize("mutant", OF_ACCOUNT, ids=str)
def test_the_suite_of_an_account_notices(mutant: Mutant) -> None:
    assert caught(mutant, TestXAccountContract)
