"""YouTube against a fake that behaves like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from fakes.described import conforms_to_discovery, google_description
from fakes.platform_server import google_error
from fakes.youtube import CHANNEL, HANDLE, KEY, NOW, VIDEO, YouTubeFake, chat_message

from connectors.base import RateLimited, Rejected, Unauthorized
from connectors.kit.fake_platform import FakePlatform, Item, items
from connectors.kit.loopback import Request
from connectors.kit.refusals import FAILURES, Refusal
from connectors.platform_testing import PlatformContract
from monitor.model import Metric, OwnPost, Standing

CODE = "connectors.youtube.connector"


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
            [
                *(Metric("youtube", VIDEO, n, v, "count", fake.now) for n, v in counted.items()),
                Metric("youtube", CHANNEL, "followers", 1200, "count", fake.now, "account"),
            ],
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

    def test_a_live_chat_whose_mark_has_expired_is_heard_from_its_top(self) -> None:
        fake = self.platform()
        assert isinstance(fake, YouTubeFake)
        fake.videos[VIDEO] = {"liveStreamingDetails": {"activeLiveChatId": "chat1"}}
        fake.chat = [chat_message(0, "halo", NOW)]
        with self.running(fake) as base:
            first = self.polled(base, fake)
            fake.chat += [chat_message(1, "baru", NOW)]
            fake.expired = {"1"}
            fake.now += timedelta(minutes=5)
            later = self.polled(base, fake, self.cursor(first))
        assert {"LCC.0", "LCC.1"} <= set(self.found(later))
        assert not any(page.unseen for page in later)


class WithConsent(TestYouTubeOwnContract):
    """The same with the consent of the channel's owner: only what differs is tested."""

    secrets = {"token": KEY}
    options: ClassVar[Mapping[str, Any]] = {
        "channel": HANDLE,
        "replies_for": "1d",
        "read": ("own_videos", "live", "held"),
    }

    def test_what_is_held_for_review_is_heard_where_the_consent_reaches_so_far(self) -> None:
        fake = self.platform()
        held = fake.items[3] = replace(fake.items[3], extra={"held": True})
        with self.running(fake) as base:
            assert held.id in self.found(self.polled(base, fake))
            asked = ["moderationStatus" in request.params for request in fake.requests]
            refused = google_error(403, "insufficientPermissions", "scope")
            fake.requests.clear()
            fake.faults = {asked.index(True) + 1: refused}
            pages = self.polled(base, fake)
            assert len(self.found(pages)) == len(fake.items) - 1, "all else is read"
            assert not any(page.unseen for page in pages), "it was not asked to see them"


class TestYouTubeSearchContract(TestYouTubeContract):
    """Everybody's videos by keyword."""

    options: ClassVar[Mapping[str, Any]] = {"search": True}

    def expected(self, item: Item) -> Mapping[str, Any]:
        link = f"https://www.youtube.com/watch?v={item.id}"
        told = super().expected(item)
        own = {"author": item.author, "url": link, "root_id": None, "likes": None}
        return {**told, **own, "title": f"judul & {item.id}"}


def test_what_is_held_for_review_is_heard() -> None:
    WithConsent().test_what_is_held_for_review_is_heard_where_the_consent_reaches_so_far()
