"""What TikTok's Business API is asked. Every answer is HTTP 200: its ``code`` says how it went."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from connectors.base import (
    ConnectorError,
    Page,
    Rejected,
    Unauthorized,
    Unavailable,
    concerns_all,
)
from connectors.kit import http
from connectors.kit.apart import Apart, each
from connectors.kit.endless import NOWHERE, UNTOLD, Endless, checked
from connectors.kit.json_values import number, read_json
from connectors.kit.listed import CommentPage, Listed
from connectors.kit.newest_first import posts_since
from connectors.kit.times import parse_time
from connectors.tiktok import parse
from connectors.tiktok.errors import failed
from monitor.model import Mention, OwnPost

PLATFORM = parse.PLATFORM
PREFIX = "/open_api/v1.3"

INCIDENTS = "/marketing_api/api/status_page/incident/rss/"
"""TikTok's own list of incidents, readable without a token."""

COMMENTS = 30
"""In a page, at most."""

MAX_GROUPS = 200
"""Ad groups whose comments are read in one poll, the first ones that TikTok lists: 600 requests a
minute are let through."""

NEWEST = timedelta(hours=24)
"""An incident that began so long ago is no reason for today's silence."""


class TikTok:
    """One poll's questions, and their failures in our names."""

    def __init__(self, base: str, secrets: Mapping[str, str], now: datetime) -> None:
        self.base, self.secrets, self.now = base, secrets, now
        if not secrets.get("token"):
            raise Unauthorized(
                "TikTok needs a token: run `siaga connect tiktok`, or set TIKTOK_ACCESS_TOKEN.",
                "missing",
            )

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """The ``data`` of an answer. Raises a ``ConnectorError``."""
        asked = {
            name: value if isinstance(value, str) else orjson.dumps(value).decode()
            for name, value in params.items()
            if value is not None
        }
        answer = http.fetch(
            f"{self.base}{PREFIX}/{path}",
            params=asked,
            headers={"Access-Token": self.secrets["token"]},
        )
        try:
            told = read_json(answer.body)
        except ValueError:
            told = None
        if problem := failed(answer, told, self.now, self.secrets):
            raise problem
        data = told.get("data")
        if not isinstance(data, dict):
            raise Unavailable("TikTok answered without data.")
        return data

    def incident(self) -> str:
        """The title of an incident that TikTok itself reports for the last day, else ""."""
        try:
            answer = http.fetch(
                f"{self.base}{INCIDENTS}", total_s=min(5.0, http.TOTAL_S), max_bytes=1 << 20
            )
        except ConnectorError:
            return ""
        text = answer.body.decode("utf-8", "replace") if answer.status == 200 else ""
        for item in re.findall(r"<item\b.{0,20000}?</item>", text, re.DOTALL)[:5]:
            title = re.search(
                r"<title>(?:<!\[CDATA\[)?(.{1,300}?)(?:\]\]>)?</title>", item, re.DOTALL
            )
            told = re.search(r"<pubDate>(.{1,60}?)</pubDate>", item)
            at = parse_time(told[1]) if told else None
            if title and at and timedelta(0) <= self.now - at <= NEWEST:
                plain = html.unescape(re.sub(r"<[^>]{0,500}>", "", title[1]))
                return " ".join(plain.split())[:200]
        return ""


class TikTokContent:
    """One poll of an account's videos and what stands under them."""

    platform = PLATFORM

    def __init__(self, api: TikTok, business: str) -> None:
        self.api, self.business = api, business

    def posts(self, back_to: datetime, _parts: Apart) -> Iterator[tuple[list[Listed], int]]:
        """Own videos, newest first."""
        asked = {"business_id": self.business, "fields": parse.VIDEO_FIELDS, "max_count": 20}
        pages = self._pages("business/video/list/", "videos", asked)
        batches = (data["videos"] for data in pages)
        return posts_since(batches, lambda row: parse.video(row, self.api.now), back_to)

    def comments(self, post: OwnPost, after: str) -> CommentPage:
        """A page of comments, newest first: without being told so the order is random."""
        data = self.api.get(
            "business/comment/list/",
            business_id=self.business,
            video_id=post.external_id,
            include_replies=True,
            status="ALL",
            sort_field="create_time",
            sort_order="desc",
            cursor=_at(after),
            max_count=COMMENTS,
        )
        rows = _rows(data, "comments")
        following = _following(data, len(rows), COMMENTS)
        page = parse.comments(data, following, post, self.api.now)
        more = [m for row in rows for m in self._more_replies(row, post)]
        return CommentPage((*page.mentions, *more), page.after, page.oldest, page.skipped)

    def _more_replies(self, row: Any, post: OwnPost) -> Iterator[Mention]:
        """All replies of a comment that has more than those that came with it."""
        told = parse.counted(row, *parse.REPLIES) if isinstance(row, dict) else None
        if told is None or told <= len(parse.replies_of(row)):
            return
        name = str(row.get("comment_id") or row.get("id") or "")
        asked = {
            "business_id": self.business,
            "video_id": post.external_id,
            "comment_id": name,
            "status": "ALL",
            "max_count": COMMENTS,
        }
        there = {str(reply.get("comment_id")) for reply in parse.replies_of(row)}
        for data in self._pages("business/comment/reply/list/", "comments", asked):
            for reply in data["comments"]:
                mention = parse.comment(reply, post, name, self.api.now)
                if mention and mention.external_id not in there:
                    yield mention

    def exists(self, post_id: str) -> bool:
        """Whether a video can still be seen by its owner."""
        data = self.api.get(
            "business/video/list/",
            business_id=self.business,
            fields=("item_id",),
            filters={"video_ids": [post_id]},
        )
        return bool(data.get("videos"))

    def mentions(self, path: str, key: str, since: datetime, **more: Any) -> Iterator[Page]:
        """Videos or comments of others that mention the account, newest first; 2 to 3 hours late
        and at most the top 1,000."""
        days = max(1, min(30, (self.api.now - since).days + 1))
        asked = {"business_id": self.business, "number_of_days": days, "max_count": 100, **more}
        read = parse.mentioned_video if key == "videos" else parse.mentioned_comment
        for data in self._pages(path, key, asked):
            found = [read(row, self.api.now) for row in data[key]]
            told = tuple(mention for mention in found if mention)
            young = tuple(m for m in told if m.published_at >= since)
            yield Page(mentions=young, skipped=len(found) - len(told))
            if told and not young:
                return

    def _pages(self, path: str, key: str, asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Short pages with more behind them happen; a mark that repeats would go on for ever."""
        mark, so_far = "", Endless("TikTok")
        while True:
            data = self.api.get(path, **asked, cursor=_at(mark))
            rows = _rows(data, key)
            mark = _following(data, len(rows), asked.get("max_count", 20))
            yield {**data, key: rows}
            if not mark:
                return
            so_far.goes_to(mark)


class TikTokAds:
    """One poll of an advertiser's ads: their comments and their review."""

    def __init__(self, api: TikTok, advertiser: str) -> None:
        self.api, self.advertiser = api, advertiser

    def comments(self, since: datetime) -> Iterator[Page]:
        """Comments under the account's ads since then. TikTok tells them by ad group only."""
        groups = dict.fromkeys(
            str(row["adgroup_id"])
            for data in self._pages("ad/get/", fields=parse.AD_FIELDS, page_size=100)
            for row in _rows(data, "list")
            if isinstance(row, dict) and row.get("adgroup_id")
        )
        return each(self._under(group, since) for group in list(groups)[:MAX_GROUPS])

    def _under(self, group: str, since: datetime) -> Iterator[Page]:
        form = "%Y-%m-%d"
        for data in self._pages(
            "comment/list/",
            search_field="ADGROUP_ID",
            search_value=group,
            start_time=since.strftime(form),
            end_time=(self.api.now + timedelta(days=1)).strftime(form),
            page_size=100,
        ):
            rows = _rows(data, "comments", "list")
            found = [parse.ad_comment(row, self.api.now) for row in rows]
            told = tuple(mention for mention in found if mention)
            young = tuple(m for m in told if m.published_at >= since)
            yield Page(mentions=young, skipped=len(found) - len(told))

    def standings(self) -> Iterator[Page]:
        """The ads and how they are judged, with the reasons of those that were refused."""
        for data in self._pages("ad/get/", fields=parse.AD_FIELDS, page_size=100):
            rows = [row for row in _rows(data, "list") if isinstance(row, dict)]
            refused = [
                str(row.get("ad_id"))
                for row in rows
                if "DENY" in str(row.get("secondary_status") or "")
            ]
            reasons = self._reasons(refused[:20]) if refused else {}
            told = (parse.ad_standing(row, reasons) for row in rows)
            shown = (parse.ad(row, self.api.now) for row in rows)
            yield Page(
                own_posts=tuple(post for post in shown if post),
                standings=tuple(standing for standing in told if standing),
            )

    def _reasons(self, ads: Sequence[str]) -> dict[str, str]:
        """Words for people: where they cannot be had, the state alone is told."""
        try:
            return parse.review_reasons(
                self.api.get("ad/review_info/", advertiser_id=self.advertiser, ad_ids=list(ads))
            )
        except (Rejected, Unauthorized, Unavailable) as error:
            if concerns_all(error):
                raise
            return {}

    def _pages(self, path: str, **asked: Any) -> Iterator[dict[str, Any]]:
        page, so_far = 1, Endless("TikTok")
        while True:
            data = self.api.get(path, advertiser_id=self.advertiser, **asked, page=page)
            yield data
            info, rows = data.get("page_info"), data.get("list") or data.get("comments") or []
            last = number(info.get("total_page")) if isinstance(info, dict) else None
            if page >= last if last is not None else len(rows) < asked["page_size"]:
                return
            so_far.told(rows)
            page += 1


def _following(data: Mapping[str, Any], rows: int, most: int) -> str:
    """The mark behind a page of so many ``rows`` of at most ``most``. Each says whether there are
    more; where one does not, a page that is full is gone on from if it says where."""
    mark, more = number(data.get("cursor")), str(data.get("has_more")).lower()
    if more in ("false", "0") or (more in ("none", "") and rows < most):
        return ""
    if mark is not None and more in ("true", "1", "none", ""):
        return str(mark)
    return NOWHERE if more in ("true", "1") else UNTOLD


def _at(mark: str) -> int | None:
    """Where the page of a mark begins. Raises ``Unavailable`` where nobody knows."""
    return int(mark) if checked(mark, "TikTok") else None


def _rows(data: Mapping[str, Any], *keys: str) -> list[Any]:
    """The rows that an answer holds under one of these names; none where it holds no list at all.
    Raises ``Unavailable`` for rows under another name: what stands there would be lost."""
    told: Any = next((data[key] for key in keys if data.get(key)), [])
    if not isinstance(told, list) or (not told and any(_filled(one) for one in data.values())):
        raise Unavailable("TikTok answered something else than a list.")
    return told


def _filled(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(row, dict) for row in value)
