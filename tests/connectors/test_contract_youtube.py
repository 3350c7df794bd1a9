"""YouTube against a fake that behaves like it, and the mistakes that the suite must notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from fakes.described import conforms_to_discovery, google_description
from fakes.platform_server import google_error
from fakes.youtube import CHANNEL, HANDLE, KEY, NOW, VIDEO, YouTubeFake, chat_message

from connectors.base import RateLimited, Rejected, Unauthorized
from connectors.kit.fake_platform import FakePlatform, Item, items
from connectors.kit.loopback import Request
from connectors.kit.refusals import FAILURES, Refusal
from connectors.mutants import Mutant, caught
from connectors.platform_testing import PlatformContract
from monitor.model import Metric, OwnPost, Standing

CODE, API, PARSE, COMMENTS, OWN, VIDEOS, SEARCH = (
    f"connectors.youtube.{name}"
    for name in ("connector", "api", "parse", "comments", "own", "videos", "search")
)


class TestYouTubeContract(PlatformContract):
    connector = f"{CODE}:YouTube"
    options: ClassVar[Mapping[str, Any]] = {"channel": CHANNEL, "replies_for": "3h", "read": ()}
    secrets = {"key": KEY}
    failures: ClassVar[Mapping[str, Refusal | None]] = {
        **FAILURES,
        "it wants to be paid": None,
        "the key is not accepted": Refusal(
            google_error(400, "keyInvalid", "Bad Request"), Unauthorized, "token"
        ),
        "we may not read it": Refusal(
            google_error(403, "forbidden", "no"), Unauthorized, "permission"
        ),
        "there is no such channel": Refusal(google_error(404, "channelNotFound", "no"), Rejected),
        "too fast": Refusal(
            google_error(403, "rateLimitExceeded", "slow down"), RateLimited, retry_s=60
        ),
        "the quota is spent until midnight in California": Refusal(
            google_error(403, "quotaExceeded", "quota"), RateLimited, retry_s=20 * 3600
        ),
    }

    def platform(self) -> FakePlatform:
        return YouTubeFake(items(11, NOW, root=VIDEO), NOW)

    def expected(self, item: Item) -> Mapping[str, Any]:
        link = f"https://www.youtube.com/watch?v={item.root}&lc={item.id}"
        return {**super().expected(item), "author": f"@{item.author}", "url": link, "likes": 3}

    def checked(self, request: Request) -> None:
        """As Google's discovery documents have it, and without the key in the address."""
        name = "youtubeAnalytics.v2" if request.path.startswith("/v2/") else "youtube.v3"
        conforms_to_discovery(request, google_description(name))
        assert KEY not in str(request.params)


class TestYouTubeRepliesContract(TestYouTubeContract):
    """Threads with more replies than come with them, some of them the brand's own."""

    options: ClassVar[Mapping[str, Any]] = {"channel": CHANNEL, "replies_for": "1d", "read": ()}

    def platform(self) -> FakePlatform:
        made = items(8, NOW, root=VIDEO)
        top = made[5]
        replies = [
            replace(i, parent=top.id, id=f"{top.id}.r{n}", at=top.at + timedelta(minutes=n))
            for n, i in enumerate(items(7, NOW, root=VIDEO))
        ]
        return YouTubeFake([*replies, *made], NOW)

    def sorted_by_the_platform(self, fake: FakePlatform) -> bool:
        return True  # order=time

    def test_an_answer_of_the_channel_itself_is_its_own(self) -> None:
        fake = self.platform()
        fake.items[0] = replace(fake.items[0], extra={"channel": CHANNEL})
        with self.running(fake) as base:
            found = self.found(self.polled(base, fake))
        assert [name for name, mention in found.items() if mention.own] == [fake.items[0].id]

    def test_a_picture_without_words_is_a_mention(self) -> None:
        fake = self.platform()
        picture = {"image": "https://yt3.example/a.gif"}
        fake.items[-1] = replace(fake.items[-1], text="", extra=picture)
        with self.running(fake) as base:
            mention = self.found(self.polled(base, fake))[fake.items[-1].id]
        assert (mention.text, mention.media) == ("", "image")


class TestYouTubeOwnContract(TestYouTubeContract):
    """Everything of a channel that is named by its handle."""

    options: ClassVar[Mapping[str, Any]] = {
        "channel": f"https://www.youtube.com/{HANDLE}/videos",
        "replies_for": "1d",
    }

    def own_content(
        self, fake: FakePlatform
    ) -> tuple[Sequence[OwnPost], Sequence[Metric], Sequence[Standing]]:
        at, link = NOW - timedelta(days=3), f"https://www.youtube.com/watch?v={VIDEO}"
        counted = {"views": 1200, "likes": 30, "comments": 11}
        return (
            [OwnPost("youtube", VIDEO, at, "video", "Kopi & susu", link, "Menu baru")],
            [Metric("youtube", VIDEO, n, v, "count", fake.now) for n, v in counted.items()],
            [Standing("youtube", VIDEO, "post", "live")],
        )

    def test_a_video_that_is_gone_is_told_when_it_is_missing_twice(self) -> None:
        fake = self.platform()
        assert isinstance(fake, YouTubeFake)
        fake.videos["other_video"] = {}
        cursor, told = None, list[Standing]()
        with self.running(fake) as base:
            for poll in range(4):
                pages = self.polled(base, fake, cursor)
                cursor = self.cursor(pages)
                gone = [s for p in pages for s in p.standings if s.state == "removed"]
                assert not gone or poll == 2
                told += gone
                fake.videos.pop("other_video", None)
                fake.now += timedelta(minutes=20)
        assert [standing.subject for standing in told] == ["other_video"]

    def test_a_live_chat_is_heard_at_its_own_pace(self) -> None:
        fake = self.platform()
        assert isinstance(fake, YouTubeFake)
        fake.videos[VIDEO] = {"liveStreamingDetails": {"activeLiveChatId": "chat1"}}
        fake.chat = [chat_message(n, f"halo {n}", NOW) for n in range(3)]
        fake.pace_ms = 400_000
        gone = {
            "type": "messageDeletedEvent",
            "messageDeletedDetails": {"deletedMessageId": "LCC.1"},
        }
        with self.running(fake) as base:
            first = self.polled(base, fake)
            fake.chat += [chat_message(3, "baru", NOW), chat_message(4, "", NOW, **gone)]
            fake.now += timedelta(minutes=5)
            early = self.polled(base, fake, self.cursor(first))
            fake.now += timedelta(minutes=5)
            later = self.polled(base, fake, self.cursor(early))
        assert {"LCC.0", "LCC.1", "LCC.2"} <= set(self.found(first))
        assert not any(name.startswith("LCC") for name in self.found(early))
        assert {n for n in self.found(later) if n.startswith("LCC")} == {"LCC.3"}
        assert [r.external_id for p in later for r in p.removals] == ["LCC.1"]
        assert self.found(first)["LCC.0"].root_id == VIDEO


class TestYouTubeSearchContract(TestYouTubeContract):
    """Everybody's videos by keyword."""

    options: ClassVar[Mapping[str, Any]] = {"search": True}

    def expected(self, item: Item) -> Mapping[str, Any]:
        link = f"https://www.youtube.com/watch?v={item.id}"
        told = super().expected(item)
        own = {"author": item.author, "url": link, "root_id": None, "likes": None}
        return {**told, **own, "title": f"judul & {item.id}"}


MUTANTS = [
    Mutant(
        "the cursor goes out with the first page",
        CODE,
        "                    reached = max(reached, oldest)\n                    yield page\n",
        "                    reached = max(reached, oldest)\n"
        "                    now = source.now.isoformat()\n"
        '                    yield replace(page, cursor={"polled": now, "deep": now})\n',
        by="test_a_budget_is_kept_and_what_it_left_out_is_told",
    ),
    Mutant(
        "the beginning is off by one",
        COMMENTS,
        "for m in read if m.published_at >= back_to",
        "for m in read if m.published_at > back_to",
        by="test_the_beginning_that_is_asked_for_belongs_to_it",
    ),
    Mutant(
        "nothing is read twice",
        CODE,
        '["polled"]) - OVERLAP',
        '["polled"])',
        by="test_what_arrives_between_two_pages_is_found_at_the_next_poll",
    ),
    Mutant(
        "the id becomes a number",
        PARSE,
        "external_id=own_id",
        "external_id=str(int(float(own_id)))",
        by="test_a_budget_is_kept_and_what_it_left_out_is_told",
    ),
    Mutant("only the first page is read", API, "if not token:", "if True:"),
    Mutant(
        "the last page is dropped",
        COMMENTS,
        "tuple(m for m in read if m",
        'tuple(m for m in read if told.get("nextPageToken") and m',
    ),
    Mutant(
        "an answer without items is an empty one",
        API,
        'raise Unavailable("YouTube answered something else than was asked.")',
        'return {"items": []}',
        by="test_a_platform_that_misbehaves_is_a_named_failure",
    ),
    Mutant(
        "the time to ask again is ignored",
        PARSE,
        ", midnight_after(now, PACIFIC))",
        ")",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "the day ends at midnight in London",
        PARSE,
        "midnight_after(now, PACIFIC)",
        "midnight_after(now)",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "too fast is out of order",
        PARSE,
        'if reason in ("rateLimitExceeded", ',
        'if reason in ("rateLimit", ',
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "a key that is not known may pass",
        PARSE,
        'if reason in ("keyInvalid", ',
        'if reason in ("keyUnknown", ',
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "the text is the display's, in HTML",
        PARSE,
        'text = snippet.get("textOriginal") or ',
        "text = ",
    ),
    Mutant(
        "the author is the channel's id",
        PARSE,
        'name if name.startswith("@") else channel',
        "channel",
    ),
    Mutant("the video is lost", PARSE, "root_id=video or None", "root_id=None"),
    Mutant(
        "a thread that lacks something breaks the page",
        PARSE,
        "except UNREADABLE:\n            continue",
        "except UNREADABLE:\n            raise",
        by="test_an_entry_that_lacks_something_costs_no_other_entry",
    ),
    Mutant(
        "the budget is not looked at",
        API,
        "if self.left < units:",
        "if False:",
        by="test_a_budget_is_kept_and_what_it_left_out_is_told",
    ),
    Mutant(
        "deletions are ignored",
        COMMENTS,
        "in self.known.missing(place,",
        "in () and (place,",
        by="test_deletions_and_edits_are_told_and_no_others",
    ),
    Mutant(
        "edits are ignored",
        COMMENTS,
        "removals=tuple(edits),\n                ),",
        "),",
        by="test_deletions_and_edits_are_told_and_no_others",
    ),
]

OF_REPLIES = [
    Mutant("the parent is lost", PARSE, "reply_to=parent,", "reply_to=None,"),
    Mutant("late replies are not asked for", COMMENTS, "thread.total > IN_PART", "False"),
    Mutant(
        "its own answers are others'",
        PARSE,
        "own=bool(channel) and author == channel",
        "own=False",
        by="test_an_answer_of_the_channel_itself_is_its_own",
    ),
    Mutant(
        "a picture is nothing",
        PARSE,
        'picture = bool(snippet.get("imageUrl"))',
        "picture = False",
        by="test_a_picture_without_words_is_a_mention",
    ),
]

OF_OWN = [
    Mutant(
        "own videos are not told",
        OWN,
        "own_posts=tuple(posts),",
        "",
        by="test_own_content_is_told_as_far_as_it_is_declared",
    ),
    Mutant(
        "the counts are not told",
        OWN,
        "metrics=tuple(metrics),\n            st",
        "st",
        by="test_own_content_is_told_as_far_as_it_is_declared",
    ),
    Mutant("missing once is gone", OWN, "self.own[name][1] > 1", "self.own[name][1] > 0"),
    Mutant("what is gone is not missed", OWN, "self.own[name][1] += 1", "pass"),
    Mutant("the pace of a chat is ignored", OWN, "if now < at:", "if False:"),
    Mutant(
        "a chat begins anew each time",
        OWN,
        "if token else {}),",
        "if False else {}),",
        by="test_a_live_chat_is_heard_at_its_own_pace",
    ),
    Mutant(
        "what is taken back in a chat stays",
        VIDEOS,
        "elif gone := _taken_back(snippet):",
        "elif gone := '':",
        by="test_a_live_chat_is_heard_at_its_own_pace",
    ),
    Mutant(
        "a handle is not looked up",
        CODE,
        'return str(state["channel"][1])',
        "return name",
        by="test_a_live_chat_is_heard_at_its_own_pace",
    ),
]

OF_SEARCH = [
    Mutant(
        "what turns up late is not found",
        SEARCH,
        "(known) - OVERLAP",
        "(known)",
        by="test_what_arrives_between_two_pages_is_found_at_the_next_poll",
    ),
    Mutant(
        "titles stay escaped", VIDEOS, 'unescape(text_of(snippet["title"]))', 'snippet["title"]'
    ),
    Mutant("only the first page is searched", SEARCH, "last = not told", "last = True or not told"),
    Mutant(
        "searches are not counted",
        SEARCH,
        "if self.left <= 1:",
        "if False:",
        by="test_a_budget_is_kept_and_what_it_left_out_is_told",
    ),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_the_suite_notices(mutant: Mutant) -> None:
    assert caught(mutant, TestYouTubeContract)


@pytest.mark.parametrize("mutant", OF_REPLIES, ids=str)
def test_the_suite_of_replies_notices(mutant: Mutant) -> None:
    assert caught(mutant, TestYouTubeRepliesContract)


@pytest.mark.parametrize("mutant", OF_OWN, ids=str)
def test_the_suite_of_own_videos_notices(mutant: Mutant) -> None:
    assert caught(mutant, TestYouTubeOwnContract)


@pytest.mark.parametrize("mutant", OF_SEARCH, ids=str)
def test_the_suite_of_searches_notices(mutant: Mutant) -> None:
    assert caught(mutant, TestYouTubeSearchContract)
