"""The end of a list is believed only where the platform tells it: a page that may not be the last
is told, and then that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from fakes.recordings import Stage
from fakes.shapes import AT, STAMP, ok

POSTED = {"data": [{"id": "1001_1", "created_time": AT, "message": "Menu"}]}
MEDIA = {"data": [{"id": "111", "timestamp": AT, "caption": "Menu", "comments_count": 500}]}
VIDEOS = ok(videos=[{"item_id": "71", "create_time": STAMP}], has_more=False)
SHARE = "urn:li:share:500"
SHARED = {"elements": [{"id": SHARE, "commentary": "Menu", "publishedAt": STAMP * 1000}]}
NO_COUNTS = {"data": [], "meta": {"total_tweet_count": 0}}
ME = {"id": "1", "username": "senja"}


@dataclass(frozen=True, slots=True)
class List:
    """A list that is read at ``path``. ``full``: how many rows its largest page holds;
    ``others``: what is answered elsewhere."""

    connector: str
    options: Mapping[str, Any]
    path: str
    full: int
    others: Mapping[str, Any]

    def __str__(self) -> str:
        return self.connector

    def body(self, count: int, first: int = 0, **said: Any) -> dict[str, Any]:
        rows = [self.row(n) for n in range(first, first + count)]
        match self.connector:
            case "tiktok":
                return {"code": 0, "message": "OK", "data": {"comments": rows, **said}}
            case "linkedin":
                return {"elements": rows, **said}
            case "youtube":
                return {"items": rows, **said}
        return {"data": rows, **said}

    def row(self, n: int) -> dict[str, Any]:
        match self.connector:
            case "facebook":
                return {"id": f"1_{n}", "created_time": AT, "message": "basi"}
            case "tiktok":
                return {"comment_id": str(n), "create_time": STAMP, "text": "basi"}
            case "linkedin":
                urn = f"urn:li:comment:({SHARE},{n})"
                told = {"commentUrn": urn, "created": {"time": STAMP * 1000}, "actor": "urn:li:p:1"}
                return {"id": str(n), "object": SHARE, "message": {"text": "basi"}, **told}
            case "x":
                return {"id": str(1206558070000000000 + n), "text": "senja basi", "created_at": AT}
            case "youtube":
                said = {"textOriginal": "basi", "publishedAt": "2019-12-16T12:09:40Z"}
                top = {"id": f"Ug{n}", "snippet": said}
                snippet = {"videoId": "v", "topLevelComment": top, "totalReplyCount": 0}
                return {"id": f"Ug{n}", "snippet": snippet}
        return {"id": str(n), "timestamp": AT, "text": "basi", "username": "sari"}

    def play(self, stage: Stage, *bodies: Any) -> int:
        """How many of the rows were told."""
        told = stage.play(self.connector, self.options, {self.path: [*bodies], **self.others})
        return len({one["external_id"] for one in told if one["type"] == "mention"})


FACEBOOK = List(
    "facebook", {"page": "1001", "read": []}, "/comments", 100, {"/published_posts": POSTED}
)
INSTAGRAM = List(
    "instagram", {"account": "178", "read": []}, "111/comments", 50, {"/media$": MEDIA}
)
THREADS = List("threads", {}, "/me/mentions", 100, {"/me$": ME})
TIKTOK = List(
    "tiktok", {"business": "b", "read": []}, "business/comment/list", 30, {"/video/list": VIDEOS}
)
LINKEDIN = List("linkedin", {"organization": "96"}, "/comments", 100, {"/posts$": SHARED})
X = List("x", {"posts": True}, "/search/recent", 100, {"/counts/": NO_COUNTS})
YOUTUBE = List(
    "youtube",
    {"videos": ["dQw4w9WgXcQ"], "read": []},
    "/commentThreads",
    100,
    {"/videos": {"items": []}},
)
META = (FACEBOOK, INSTAGRAM, THREADS)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("stage"))


@pytest.mark.parametrize("one", [*META, TIKTOK, X], ids=str)
def test_a_full_page_that_says_nothing_of_its_end_is_told_and_then_that(
    stage: Stage, one: List
) -> None:
    assert one.play(stage, one.body(one.full)) == one.full
    assert "does not say whether there is more" in stage.said
    assert one.play(stage, one.body(one.full - 1)) == one.full - 1
    assert "there is more" not in stage.said, "it is not full: it is the last one"


ENDED = [
    *((one, {"paging": {"cursors": {"before": "a", "after": "b"}}}) for one in META),
    (TIKTOK, {"has_more": False, "cursor": 30}),
    (X, {"meta": {"result_count": 100}}),
    (LINKEDIN, {"paging": {"start": 0, "count": 100, "total": 100, "links": []}}),
    (YOUTUBE, {"pageInfo": {"totalResults": 100, "resultsPerPage": 100}}),
]


@pytest.mark.parametrize(("one", "said"), ENDED, ids=str)
def test_a_full_page_that_is_the_last_ends_the_list(
    stage: Stage, one: List, said: Mapping[str, Any]
) -> None:
    assert one.play(stage, one.body(one.full, **said), one.body(1, 900)) == one.full
    assert "more" not in stage.said.replace("more parts", "")


@pytest.mark.parametrize(
    ("one", "said"),
    [(LINKEDIN, {}), (LINKEDIN, {"paging": {"count": 100, "links": []}}), (TIKTOK, {"cursor": 30})],
    ids=str,
)
def test_where_the_next_page_would_be_is_known_without_the_mark(
    stage: Stage, one: List, said: Mapping[str, Any]
) -> None:
    assert one.play(stage, one.body(one.full, **said), one.body(7, 500)) == one.full + 7
    assert "there is more" not in stage.said


WRONG = (["on"], {"value": "on"}, True, 0.5, "e\n")
MARKS = [
    *((one, {"paging": wrong}) for one in META for wrong in (7, "on", ["on"])),
    *((one, {"paging": {"next": wrong}}) for one in META for wrong in (7, ["on"], "on", True)),
    *((FACEBOOK, {"paging": {"next": "u", "cursors": {"after": wrong}}}) for wrong in WRONG),
    *((TIKTOK, {"has_more": wrong, "cursor": 2}) for wrong in (7, ["on"], {"value": 1}, "yes")),
    *((TIKTOK, {"has_more": True, "cursor": wrong}) for wrong in WRONG),
    *((X, {"meta": {"result_count": 2, "next_token": wrong}}) for wrong in WRONG),
    *((YOUTUBE, {"nextPageToken": wrong}) for wrong in WRONG),
]


@pytest.mark.parametrize(("one", "said"), MARKS, ids=str)
def test_a_mark_that_is_none_is_no_end(stage: Stage, one: List, said: Mapping[str, Any]) -> None:
    assert one.play(stage, one.body(2, **said)) == 2
    assert "there is more" in stage.said


def test_replies_that_fill_what_came_with_their_comment_are_asked_for(stage: Stage) -> None:
    replies = [INSTAGRAM.row(n) for n in range(60)]
    comment = {**INSTAGRAM.row(99), "replies": {"data": replies[:50]}}
    asked_for = {"data": replies, "paging": {"cursors": {"after": "x"}}}
    routes = {"/media$": MEDIA, "111/comments": {"data": [comment]}, "/99/replies": asked_for}
    told = stage.play("instagram", INSTAGRAM.options, routes)
    assert len({one["external_id"] for one in told if one["type"] == "mention"}) == 61
