"""A measured value that is told in a type that it cannot have is no value, and is counted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from fakes.recordings import Stage
from fakes.shapes import AT, STAMP, ok

UPLOADS = {"items": [{"contentDetails": {"videoId": "v1"}}]}
SNIPPET = {"publishedAt": "2019-12-16T12:09:40Z", "title": "Menu"}
ORGANIZATION = "urn:li:organization:96"
POST = {"id": "1206558070000000000", "text": "Menu", "created_at": AT, "author_id": "9"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("stage"))


def facebook(wrong: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    row = {"id": "1001_1", "created_time": AT, "message": "Menu", "shares": {"count": wrong}}
    series = {"name": "page_media_view", "period": "day", "values": [{"value": wrong}]}
    routes = {"/published_posts": {"data": [row]}, "1001/insights": {"data": [series, 7]}}
    return "facebook", {"page": "1001", "read": ["metrics"]}, routes


def instagram(wrong: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    row = {"id": "111", "timestamp": AT, "caption": "Menu", "like_count": wrong}
    total = {"name": "reach", "period": "day", "total_value": {"value": wrong}}
    routes = {"/media$": {"data": [row]}, "178/insights": {"data": [total, {"values": []}]}}
    return "instagram", {"account": "178", "read": ["metrics"]}, routes


def threads(wrong: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    told = [
        {"name": name, "total_value": {"value": wrong}} for name in ("likes", "quotes", "views")
    ]
    routes = {"/me$": {"id": "1", "username": "senja"}, "threads_insights": {"data": told}}
    return "threads", {"read": ["metrics"]}, routes


def tiktok(wrong: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    row = {"item_id": "71", "create_time": STAMP, "likes": wrong, "shares": wrong, "reach": wrong}
    return "tiktok", {"business": "b", "read": []}, {"/video/list": ok(videos=[row])}


def linkedin(wrong: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    counts = {"likeCount": wrong, "clickCount": 2}
    rows = [{"organizationalEntity": ORGANIZATION, "totalShareStatistics": counts}]
    rows.append(
        {"organizationalEntity": ORGANIZATION, "totalShareStatistics": {"shareCount": wrong}}
    )
    routes = {"ShareStatistics": {"elements": rows}, "networkSizes": {"firstDegreeSize": wrong}}
    return "linkedin", {"organization": "96"}, routes


def x(wrong: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    meta = {"result_count": 1}
    posts = {"data": [{**POST, "public_metrics": {"like_count": wrong}}], "meta": meta}
    looked_up = {"data": [{**POST, "public_metrics": {"like_count": wrong}}]}
    me = {"data": {"id": "9", "public_metrics": {"followers_count": wrong}}}
    routes = {"users/9/tweets": posts, "2/tweets$": looked_up, "users/9$": me}
    return "x", {"account": "9", "read": ["posts"]}, routes


def youtube(wrong: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    counted = {"viewCount": wrong, "likeCount": "3"}
    video = {"id": "v1", "snippet": SNIPPET, "statistics": counted, "status": {}}
    channel = {"id": "UC" + "a" * 22, "statistics": {"viewCount": wrong, "videoCount": wrong}}
    routes = {"/playlistItems": UPLOADS, "/videos": {"items": [video]}}
    return "youtube", {"channel": "UC" + "a" * 22}, {**routes, "/channels": {"items": [channel]}}


PLATFORMS = (facebook, instagram, threads, tiktok, linkedin, x, youtube)


@pytest.mark.parametrize("wrong", [["7"], {"x": "y"}], ids=repr)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_values_that_are_none_are_counted_and_all_else_is_told(
    stage: Stage, platform: Any, wrong: Any
) -> None:
    told = stage.play(*platform(wrong))
    assert "3 that cannot be read" in stage.said, stage.said
    found = {(one["name"], one["value"]) for one in told if one["type"] == "metric"}
    assert found == OTHERS.get(platform.__name__, set())


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_value_that_is_one_is_told_and_one_that_is_left_out_is_not_lost(
    stage: Stage, platform: Any
) -> None:
    for value in (7, "7", None):
        told = stage.play(*platform(value))
        lost = re.findall(r"(\d+) that cannot be read", stage.said)
        assert lost == WHATEVER.get(platform.__name__, [])
        found = any(one["type"] == "metric" and one["value"] == 7 for one in told)
        assert found == (value is not None)


OTHERS: Mapping[str, set[tuple[str, float]]] = {
    "linkedin": {("clicks", 2)},
    "youtube": {("likes", 3)},
}
WHATEVER = {"facebook": ["1"], "instagram": ["1"]}
"""Rows that are none whatever the value."""
