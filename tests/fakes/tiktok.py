"""TikTok's Business API on this machine, made by hand after the documentation: HTTP 200 always,
pages by an integer mark, short pages with more behind them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fakes.rules import TIKTOK, complaint

from connectors.kit.loopback import Reply, Request

TOKEN = "act.tiktok-token-of-the-test"
PREFIX = "/open_api/v1.3/"
PAGED_BY_NUMBER = ("ad/get/", "comment/list/")


@dataclass
class TikTokPlatform:
    """``lists``: path (with ``?`` and the video's or comment's id, if named) -> key and rows."""

    lists: dict[str, tuple[str, list[dict[str, Any]]]] = field(default_factory=dict)
    fail: dict[str, int] = field(default_factory=dict)
    reviews: dict[str, Any] = field(default_factory=dict)
    incidents: str = ""
    page: int = 2
    on_page: Callable[[Request], None] = lambda _: None
    asked: list[Request] = field(default_factory=list)

    def __call__(self, asked: Request) -> Reply:
        self.asked.append(asked)
        self.on_page(asked)
        if asked.path.endswith("/incident/rss/"):
            return Reply(self.incidents, headers={"content-type": "application/rss+xml"})
        if asked.headers.get("access-token") != TOKEN:
            return answer({}, 40105, "Access token is incorrect or has been revoked.")
        path = asked.path.removeprefix(PREFIX)
        if why := complaint(TIKTOK, path, asked):
            return answer({}, 40002, why)
        if path in self.fail:
            return answer({}, self.fail[path], "refused")
        if path == "ad/review_info/":
            return answer({"ad_review_map": self.reviews})
        name = asked.params.get("comment_id") or asked.params.get("video_id")
        key, rows = self.lists.get(f"{path}?{name}" if name else path, ("videos", []))
        if "filters" in asked.params:
            wanted = json.loads(asked.params["filters"])["video_ids"]
            return answer({key: [row for row in rows if row["item_id"] in wanted]})
        if path in PAGED_BY_NUMBER:
            return self._numbered(asked, key, rows)
        start = int(asked.params.get("cursor") or 0)
        shown = rows[start : start + self.page]
        more = start + self.page < len(rows)
        return answer({key: shown, "cursor": start + self.page, "has_more": more})

    def _numbered(self, asked: Request, key: str, rows: list[dict[str, Any]]) -> Reply:
        number = int(asked.params["page"])
        shown = rows[(number - 1) * self.page : number * self.page]
        pages = -(-len(rows) // self.page)
        info = {"page": number, "total_page": pages, "total_number": len(rows)}
        return answer({key: shown, "page_info": info})


def answer(data: dict[str, Any], code: int = 0, message: str = "OK") -> Reply:
    body = {"code": code, "message": message, "request_id": "20260302", "data": data}
    headers = {"content-type": "application/json"}
    return Reply(json.dumps(body, ensure_ascii=False), headers=headers)
