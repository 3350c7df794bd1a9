"""What a platform where comments hang on own posts owes beside the contract of all platforms:
replies and whose they are, comments without words, posts that are gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from connectors.base import RateLimited, Rejected, Unauthorized, Unavailable
from connectors.kit.fake_platform import BEYOND_DOUBLES, FakePlatform, Item
from connectors.kit.loopback import JSON, Reply
from connectors.kit.refusals import Refusal
from connectors.platform_testing import PlatformContract

REPLIES = 7
"""More than come with their comment on any platform, and more than one page."""


class OwnContentContract(PlatformContract):
    """``own`` is the author by whom the fake tells the brand's own answers."""

    own: ClassVar[str] = "kopisenja"

    def answered(self, fake: FakePlatform) -> list[Item]:
        """The fake with replies to one of its comments, the first one the brand's own."""
        top = fake.items[4]
        replies = [
            replace(
                top,
                id=str(BEYOND_DOUBLES + 5000 + n),
                at=top.at + timedelta(seconds=n + 1),
                text=f"balasan {n}",
                author="budi" if n else self.own,
                parent=top.id,
            )
            for n in range(REPLIES)
        ]
        fake.items += replies
        return replies

    def test_replies_stand_under_what_they_answer_and_own_ones_are_own(self) -> None:
        fake = self.platform()
        plain = len(fake.items)
        replies, top = self.answered(fake), fake.items[4]
        with self.running(fake) as base:
            found = self.found(self.polled(base, fake))
        assert len(found) == plain + REPLIES
        names = {self.expected(item)["external_id"]: item for item in replies}
        for name, item in names.items():
            told = found[name]
            assert (told.text, told.published_at, told.kind) == (item.text, item.at, "reply")
            assert told.reply_to == self.expected(top)["external_id"]
            assert told.root_id == self.expected(top)["root_id"]
        own = self.expected(replies[0])["external_id"]
        assert {name for name, mention in found.items() if mention.own} == {own}

    def test_a_poll_that_broke_off_after_a_long_silence_leaves_no_hole(self) -> None:
        for number in (2, 3, 4, 5):
            fake = self.platform()
            with self.running(fake) as base:
                first = self.polled(base, fake)
                fake.now += timedelta(minutes=55)  # no hourly look through all of them
                for n in range(8):
                    at = fake.now - timedelta(minutes=6 * n, seconds=1)
                    fake.items.append(replace(self.new_item(fake, 100 - n), at=at))
                fake.requests.clear()
                fake.faults = {number: Reply("<h1>502</h1>", 502)}
                got, cursor = self.interrupted(base, fake, self.cursor(first))
                fake.faults = {}
                again = self.polled(base, fake, cursor)
            self.complete(fake, self.found(first, got, again))

    def test_a_list_that_goes_on_for_ever_with_the_same_page_ends(self) -> None:
        fake = self.platform()
        page = fake.listing("")
        fake.listing = lambda *_, **__: page  # type: ignore[method-assign]
        with self.running(fake) as base:
            self.interrupted(base, fake)
        assert len(fake.requests) < 60

    def test_a_comment_without_words_is_a_mention(self) -> None:
        fake = self.platform()
        fake.items[3] = replace(fake.items[3], text="")
        with self.running(fake) as base:
            told = self.found(self.polled(base, fake))[self.expected(fake.items[3])["external_id"]]
        assert told.text == ""
        assert told.media

    def test_a_post_that_is_gone_takes_its_comments_with_it(self) -> None:
        fake = self.platform()
        with self.running(fake) as base:
            first = self.polled(base, fake)
            fake.gone.add("post")
            fake.now += timedelta(minutes=20)
            second = self.polled(base, fake, self.cursor(first))
        (standing,) = [s for page in second for s in page.standings if s.state == "removed"]
        assert {r.external_id for page in second for r in page.removals} == set(self.found(first))
        assert standing.subject == self.expected(fake.items[0])["root_id"]


class MetaContract(OwnContentContract):
    """What Meta's platforms say besides."""

    def test_an_allowance_is_not_used_to_its_end(self) -> None:
        fake = self.platform()
        used = {**JSON, "x-app-usage": '{"call_count": 97, "total_time": 1, "total_cputime": 1}'}
        answered = fake.respond
        fake.respond = lambda request: replace(answered(request), headers=used)  # type: ignore[method-assign]
        with self.running(fake) as base, pytest.raises(RateLimited) as caught:
            self.polled(base, fake)
        assert len(fake.requests) == 1
        assert caught.value.retry_at == fake.now + timedelta(hours=1)


def meta_failures(failure: Any) -> dict[str, Refusal | None]:
    """How Meta's platforms refuse, whatever the status says."""
    error = failure(190, 463).body
    waits = '{"1": [{"call_count": 100, "estimated_time_to_regain_access": 7}]}'
    told = {**JSON, "x-business-use-case-usage": waits}
    return {
        "the token has expired": Refusal(failure(190, 463), Unauthorized, "token"),
        "the token has expired, under HTTP 200": Refusal(
            Reply(error, 200, dict(JSON)), Unauthorized, "token"
        ),
        "the session has ended": Refusal(failure(102), Unauthorized, "token"),
        "we may not read it": Refusal(failure(10), Unauthorized, "permission"),
        "a permission is missing": Refusal(failure(200), Unauthorized, "permission"),
        "a parameter is refused": Refusal(failure(2500), Rejected),
        "throttled": Refusal(failure(4), RateLimited, retry_s=3600),
        "throttled, with the minutes to wait": Refusal(
            replace(failure(80001), headers=told), RateLimited, retry_s=420
        ),
        "a passing fault": Refusal(failure(2), Unavailable),
        "a fault that says it passes": Refusal(failure(77, is_transient=True), Unavailable),
    }
