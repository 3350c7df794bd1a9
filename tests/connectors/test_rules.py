"""What the fakes refuse as the platforms would: the rules themselves, tried without a platform."""

from __future__ import annotations

import pytest
from fakes.rules import GRAPH, LINKEDIN, THREADS, TIKTOK, Rules, complaint, graph_complaint
from fakes.rules import linkedin_complaint as linkedin

from connectors.kit.loopback import Request

LISTED = {"q": "author", "author": "urn:li:organization:1"}
ADS = {"advertiser_id": "9", "start_time": "2026-03-01", "end_time": "2026-03-02"}


def ask(path: str, method: str = "GET", /, **params: str) -> Request:
    return Request(path, params, {}, method)


@pytest.mark.parametrize(
    ("rules", "path", "params", "why"),
    [
        (GRAPH, "1/published_posts", {"limit": "50", "fields": "id,message"}, ""),
        (GRAPH, "1/published_posts", {"limit": "500"}, "limit: must be at most 100."),
        (GRAPH, "1/published_posts", {"sort": "new"}, "sort: Unknown parameter."),
        (GRAPH, "1_2/comments", {"order": "newest"}, "order: Not a valid choice."),
        (GRAPH, "1_2/insights", {}, "metric: Missing data for required field."),
        (GRAPH, "55/recent_media", {"fields": "id"}, "user_id: Missing data"),
        (GRAPH, "no/such/edge", {"x": "1"}, ""),
        (THREADS, "keyword_search", {"q": "kopi", "search_type": "NEW"}, "search_type: Not"),
        (THREADS, "5/conversation", {"reverse": "true"}, ""),
        (TIKTOK, "business/comment/list/", {"business_id": "b"}, "video_id: Missing data"),
        (TIKTOK, "comment/list/", ADS, "search_field: Missing data for required field."),
        (TIKTOK, "business/video/list/", {"business_id": "b", "max_count": "30"}, "max_count: mu"),
        (LINKEDIN, "posts", {**LISTED, "count": "101"}, "count: must be at most 100."),
        (LINKEDIN, "posts", {**LISTED, "sortBy": "NEWEST"}, "sortBy: Not a valid choice."),
    ],
)
def test_a_request_that_is_none_is_refused(
    rules: Rules, path: str, params: dict[str, str], why: str
) -> None:
    told = complaint(rules, path, ask(path, **params), frozenset({"limit", "fields", "since"}))
    assert told.startswith(why)
    assert bool(told) == bool(why)


def test_method_version_and_headers_are_looked_at() -> None:
    assert complaint(GRAPH, "1/feed", ask("/v26.0/1/feed", "POST")).startswith("Unsupported post")
    assert graph_complaint(GRAPH, ask("/v9.0/1/feed"), "v26.0").startswith("Unknown path")
    assert not graph_complaint(GRAPH, ask("/v26.0/1/feed", access_token="t"), "v26.0")
    assert linkedin(ask("/rest/posts", **LISTED)).startswith("A version must be present")


def test_a_field_that_the_vendor_does_not_list_is_refused(shared: object) -> None:
    asked = ask("/v26.0/1/feed", fields="id,tagged_time,from{id,nickname},comments.limit(0)")
    assert graph_complaint(GRAPH, asked, "v26.0").endswith("nonexisting field (tagged_time)")
