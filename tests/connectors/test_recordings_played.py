"""Recorded answers, played as a whole to ``siaga poll --dry-run --json``: what the platform told
comes out again, however old it is and in whatever form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.recordings import Stage, tape

from connectors.kit.loopback import JSON, Reply

PAGE, ACCOUNT = "1001", "17841406338772941"
CHANNEL = "UC" + "a" * 22
POSTED = {
    "data": [
        {
            "id": "1001_1",
            "message": "Menu",
            "created_time": "2026-02-20T00:00:00+0000",
            "permalink_url": "https://www.facebook.com/1001/posts/1",
        }
    ]
}
MEDIA = {
    "data": [
        {
            "id": "111",
            "caption": "Menu",
            "timestamp": "2026-02-20T00:00:00+0000",
            "permalink": "https://www.instagram.com/p/x/",
        }
    ]
}
FB = "facebook/python-facebook/facebook/apidata"
IG = "instagram/python-facebook/apidata"
YT = "youtube/python-youtube/apidata"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("stage"))


@pytest.fixture(scope="session")
def recorded(shared: Path) -> Path:
    return shared / "data/recorded"


def rows_in(body: Any) -> list[Any]:
    told = body.get("data", [body])
    return told if isinstance(told, list) else [told]


def read(*paths: Path) -> list[Any]:
    return [json.loads(path.read_text("utf-8")) for path in paths]


def of(kind: str, told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in told if one["type"] == kind]


def is_told(row: Any, told: dict[str, Any], fields: dict[str, str]) -> None:
    """What a row says under ``theirs`` is told under ``ours``."""
    for theirs, ours in fields.items():
        if theirs not in row:
            continue
        value, found = row[theirs], told[ours]
        if ours == "published_at":
            assert datetime.fromisoformat(found) == datetime.fromisoformat(value)
        elif ours == "author":
            assert found["handle"] == value
        else:
            assert found == value, theirs


POST = {"id": "external_id", "created_time": "published_at", "message": "text"}
POST |= {"permalink_url": "url"}
COMMENT = {"created_time": "published_at", "message": "text", "permalink_url": "url"}
COMMENT |= {"id": "external_id", "like_count": "likes", "comment_count": "replies"}
MEDIUM = {"id": "external_id", "timestamp": "published_at", "caption": "text", "permalink": "url"}
TAG = MEDIUM | {"like_count": "likes", "comments_count": "replies", "username": "author"}
WORDS = {"id": "external_id", "timestamp": "published_at", "text": "text", "username": "author"}
WORDS |= {"like_count": "likes"}


def test_a_pages_posts_of_years_ago_are_told_with_their_counts(
    stage: Stage, recorded: Path
) -> None:
    names = ("feed_fields_p1", "feeds_default_fields_p1", "feeds_default_fields_p2")
    bodies = read(*(recorded / FB / f"posts/{name}.json" for name in names))
    rows = [row for body in bodies for row in body["data"]]
    for body in bodies[:-1]:
        body["paging"]["next"] = "https://graph.facebook.com/v11.0/1001/feed?after=on"
    told = stage.play("facebook", {"page": PAGE, "read": []}, {"/published_posts": bodies})
    posts = {one["external_id"]: one for one in of("own_post", told)}
    assert posts.keys() == {row["id"] for row in rows}
    counted = {(m["subject"], m["name"]): m["value"] for m in of("metric", told)}
    for row in rows:
        is_told(row, posts[row["id"]], POST)
        if "comments" in row:
            assert counted[row["id"], "comments"] == row["comments"]["summary"]["total_count"]
    told = stage.play("facebook", {"page": PAGE, "read": ["visitor_posts"]}, {"/feed": bodies})
    assert {one["external_id"] for one in of("mention", told)} == posts.keys()


def test_comments_are_told_also_where_fields_are_missing(stage: Stage, recorded: Path) -> None:
    pages = read(*(recorded / FB / f"comments/comments_p{n}.json" for n in (1, 2)))
    others = sorted((recorded / "facebook/restfb").glob("v2_*/comment*.json"))
    pages[-1]["data"] += read(*others)
    rows = [row for body in pages for row in body["data"]]
    routes = {"/published_posts": POSTED, "/comments": pages}
    told = of("mention", stage.play("facebook", {"page": PAGE, "read": []}, routes))
    assert len(told) == len(rows)
    for row, one in zip(rows, told, strict=True):
        is_told(row, one, COMMENT)
        assert one["time_is"] == ("stated" if "created_time" in row else "unknown")
        assert one["root_id"] == "1001_1"


def test_what_is_not_permitted_or_not_there_costs_nothing_else(
    stage: Stage, recorded: Path
) -> None:
    (body,) = read(recorded / FB / "comments/comments_p2.json")
    refused = {"error": {"code": 200, "message": "Requires ads_read", "type": "OAuthException"}}
    for otherwise in (Reply("no such thing", 404), Reply(refused, 403, dict(JSON))):
        routes = {"/published_posts": POSTED, "/comments": body}
        options = {"page": PAGE, "ad_account": "act_1"}
        told = stage.play("facebook", options, routes, otherwise)
        assert len(of("mention", told)) == len(body["data"])
    assert "Requires ads_read" in stage.said


def test_where_nothing_but_one_answer_is_recorded_it_is_told_and_the_rest_once(
    stage: Stage, recorded: Path
) -> None:
    (body,) = read(recorded / FB / "comments/comments_p2.json")
    routes = {"/published_posts": POSTED, "/comments": body}
    told = stage.play("facebook", {"page": PAGE}, routes, Reply("not recorded", 404))
    assert len(of("mention", told)) == len(body["data"])
    assert "comments of reels unseen: Facebook has nothing at this address (404)" in stage.said
    assert "live videos unseen for the same reason — also: posts that tag the Page" in stage.said


def test_tags_and_pages_that_name_only_the_address_of_the_next_are_told(
    stage: Stage, recorded: Path
) -> None:
    restfb = recorded / "facebook/restfb"
    pages = read(*(restfb / f"connection-p{n}.json" for n in (1, 2, 3)))
    routes = {"/tagged|/page[23]": pages}
    told = of("mention", stage.play("facebook", {"page": PAGE, "read": ["tagged"]}, routes))
    assert [one["external_id"] for one in told] == [
        row["id"] for body in pages for row in body["data"]
    ]
    assert "token" not in {*stage.asked[-1].params.values()}
    (row,) = read(restfb / "v10_0/tagged-post.json")
    (mention,) = of(
        "mention",
        stage.play("facebook", {"page": PAGE, "read": ["tagged"]}, {"/tagged": {"data": [row]}}),
    )
    assert mention["url"].endswith(row["id"])
    assert mention["text"] == row["message"]


def test_instagrams_media_comments_and_tags_are_told(stage: Stage, recorded: Path) -> None:
    names = ("users/medias_p1", "users/medias_p2", "medias/media_default", "stories/story_info")
    rows = [
        r for body in read(*(recorded / IG / f"{n}.json" for n in names)) for r in rows_in(body)
    ]
    own = {"account": ACCOUNT, "read": []}
    told = stage.play("instagram", own, {"/media$": {"data": rows}})
    posts = {one["external_id"]: one for one in of("own_post", told)}
    for row in rows:
        is_told(row, posts[row["id"]], MEDIUM)
    assert posts["17876166859931045"]["kind"] == "story"
    pages = read(*(recorded / IG / f"medias/comments_p{n}.json" for n in (1, 2)))
    rows = [row for body in pages for row in body["data"]]
    told = of("mention", stage.play("instagram", own, {"/media$": MEDIA, "111/comments": pages}))
    for row, one in zip(rows, told, strict=True):
        is_told(row, one, WORDS)
    (body,) = read(recorded / IG / "users/tagged_medias.json")
    tags = {"account": ACCOUNT, "read": ["tags"]}
    told = of("mention", stage.play("instagram", tags, {"/tags$": body}))
    for row, one in zip(body["data"], told, strict=True):
        is_told(row, one, TAG)


def test_posts_under_a_hashtag_are_told_though_they_have_no_time(
    stage: Stage, recorded: Path
) -> None:
    pages = read(*(recorded / IG / f"hashtags/hashtag_recent_medias_p{n}.json" for n in (1, 2)))
    (found,) = read(recorded / IG / "users/hashtag_search.json")
    options = {"account": ACCOUNT, "read": [], "hashtags": ["love"]}
    routes = {"ig_hashtag_search": found, "recent_media": pages}
    told = of("mention", stage.play("instagram", options, routes))
    rows = [row for body in pages for row in body["data"]]
    for row, one in zip(rows, told, strict=True):
        is_told(row, one, TAG)
        assert one["time_is"] == "unknown"


def test_threads_replies_are_told(stage: Stage, recorded: Path) -> None:
    (body,) = read(recorded / "threads/restfb/basic-list-reply.json")
    me = {"id": "1", "username": "senja"}
    told = of("mention", stage.play("threads", {}, {"/me$": me, "/me/mentions": body}))
    for row, one in zip(body["data"], told, strict=True):
        is_told(row, one, WORDS)
        assert (one["reply_to"], one["root_id"]) == (
            row["replied_to"]["id"],
            row["root_post"]["id"],
        )


def test_posts_and_counts_of_x_are_told(stage: Stage, recorded: Path) -> None:
    (body,) = read(recorded / "x/python-twitter/apis/searches/search_tweets_query.json")
    (counts,) = tape(recorded / "x/tweepy/test_client_get_recent_tweets_count.yaml")
    body["meta"].pop("next_token", None)
    routes = {"/search/recent": body, "/counts/": counts}
    told = stage.play("x", {"posts": True}, routes)
    fields = {
        "id": "external_id",
        "created_at": "published_at",
        "text": "text",
        "lang": "lang_hint",
    }
    for row, one in zip(body["data"], of("mention", told), strict=True):
        is_told(row, one, fields)
        told_above = [
            r["id"] for r in row.get("referenced_tweets", []) if r["type"] == "replied_to"
        ]
        assert one["reply_to"] == next(iter(told_above), None)
    assert sum(c["value"] for c in of("count", told)) == counts["meta"]["total_tweet_count"]


def test_youtubes_threads_replies_videos_and_searches_are_told(
    stage: Stage, recorded: Path
) -> None:
    threads = read(*(recorded / YT / f"comment_threads/{n}.json" for n in _THREADS))
    lists = read(*(recorded / YT / f"playlist_items/playlist_items_paged_{n}.json" for n in (1, 2)))
    videos = read(recorded / YT / "videos/videos_info_multi.json")
    routes = {"/commentThreads": threads, "/playlistItems": lists, "/videos": videos}
    told = stage.play("youtube", {"channel": CHANNEL}, routes)
    words = {one["external_id"]: one["text"] for one in of("mention", told)}
    for body in threads:
        for item in body["items"]:
            top = item["snippet"]["topLevelComment"]
            for one in (top, *item.get("replies", {}).get("comments", [])):
                assert words[one["id"]] == one["snippet"]["textOriginal"]
    assert {p["external_id"] for p in of("own_post", told)} == {v["id"] for v in videos[0]["items"]}
    pages = read(*(recorded / YT / f"search/search_by_keywords_p{n}.json" for n in (1, 2)))
    told = stage.play("youtube", {"search": True}, {"/search": [*pages, {"items": []}]})
    ids = [item["id"]["videoId"] for body in pages for item in body["items"]]
    assert [one["external_id"] for one in of("mention", told)] == ids


_THREADS = ("comment_threads_by_video_paged_1", "comment_threads_by_video_paged_2")


def test_linkedins_statistics_are_told(stage: Stage, recorded: Path) -> None:
    lines = (
        (recorded / "linkedin/airbyte/expected_records.lines-1-3.jsonl").read_text().splitlines()
    )
    (row,) = (d["data"] for d in map(json.loads, lines) if d["stream"] == "share_statistics")
    routes = {"ShareStatistics": {"elements": [row]}}
    told = of("metric", stage.play("linkedin", {"organization": "90362860"}, routes))
    assert sorted(m["value"] for m in told) == sorted(row["totalShareStatistics"].values())
    assert {m["subject"] for m in told} == {row["organizationalEntity"]}
