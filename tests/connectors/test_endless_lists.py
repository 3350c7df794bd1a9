"""Lists whose pages go round in a circle, or grow as fast as they are read: a poll must end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count, islice
from typing import Any

import pytest

from connectors.base import Unavailable
from connectors.kit.meta.graph import Graph
from connectors.linkedin.api import LinkedIn
from connectors.tiktok.api import TikTok, TikTokAds, TikTokContent
from connectors.youtube.api import YouTubeApi

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MANY = 5000
"""More pages than any list of a poll's has."""


def in_turn(*answers: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Those answers, over and over."""
    asked = count()
    return lambda *_, **__: answers[next(asked) % len(answers)]


def tiktok(answers: Callable[..., dict[str, Any]]) -> TikTok:
    api = TikTok("https://platform.example", {"token": "t"}, NOW)
    api.get = answers  # type: ignore[method-assign]
    return api


def of_tiktok() -> Iterator[Any]:
    round_and_round = ({"comments": list[str](), "cursor": n, "has_more": True} for n in (1, 2))
    content = TikTokContent(tiktok(in_turn(*round_and_round)), "b1")
    return content._pages("business/comment/reply/list/", "comments", {})


def of_tiktok_ads() -> Iterator[Any]:
    ads = TikTokAds(tiktok(in_turn({"list": [], "page_info": {"total_page": 10**9}})), "7")
    return ads._pages("ad/get/")


def of_meta() -> Iterator[Any]:
    api = Graph("Facebook", "https://platform.example", "v26.0", {"token": "t"}, NOW)
    pages = [
        {"data": [], "paging": {"cursors": {"after": n}, "next": "https://x.example"}}
        for n in ("a", "b")
    ]
    api.get = in_turn(*pages)  # type: ignore[method-assign]
    return api.pages("1/comments")


def of_linkedin() -> Iterator[Any]:
    api = LinkedIn.__new__(LinkedIn)
    links = [{"rel": "next", "href": "/rest/x"}]
    api.get = in_turn({"elements": [{"id": 1}], "paging": {"links": links}})  # type: ignore[method-assign]
    return api.pages("socialActions/1/comments?")


def of_youtube() -> Iterator[Any]:
    api = YouTubeApi.__new__(YouTubeApi)
    api.told = in_turn(*({"items": [], "nextPageToken": n} for n in "ab"))  # type: ignore[method-assign]
    return api.pages(None)


@pytest.mark.parametrize("pages", [of_tiktok, of_tiktok_ads, of_meta, of_linkedin, of_youtube])
def test_a_list_that_never_ends_is_left(pages: Callable[[], Iterator[Any]]) -> None:
    with pytest.raises(Unavailable, match="for ever"):
        for _ in islice(pages(), MANY):
            pass
