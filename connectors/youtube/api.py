"""What we ask YouTube, one request at a time, and what may still be spent on it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.base import ConnectorError, Page, RateLimited, Unavailable
from connectors.kit.json_values import number
from connectors.kit.sdk import ForGoogle
from connectors.kit.times import midnight_after
from connectors.youtube.parse import comments_of, failed, published, reply
from monitor.model import Mention

IN_PART = 5
"""Replies that come with their thread; more cost a request."""

MAX_REQUESTS = 200
"""In one poll. Half of them may be for replies; what is not reached is reported as missed."""


class YouTubeApi:
    """One poll's questions to YouTube, and the units left for them."""

    def __init__(self, secrets: Mapping[str, str], base: str, now: datetime, left: float) -> None:
        self.secrets, self.now, self.left, self.requests = secrets, now, left, 0
        self.service = _service(secrets["key"], base)

    def threads(
        self,
        target: dict[str, str],
        back_to: datetime,
        known: Mapping[str, int],
        seen: dict[str, int],
    ) -> Iterator[tuple[Page, datetime]]:
        """Pages of comments of one channel or video, and back to when it has been read.

        Raises ``CommentsClosed`` for a video without comments. ``known`` are the numbers of
        replies at the last look, ``seen`` takes the present ones.
        """
        token, oldest = "", self.now
        while True:
            if self.requests >= MAX_REQUESTS:
                yield Page(), oldest
                return
            told = self._told(
                self.service.commentThreads().list,
                part="snippet,replies",
                order="time",
                maxResults=100,
                textFormat="plainText",
                **target,
                **({"pageToken": token} if token else {}),
            )
            mentions, skipped, threads = comments_of(told["items"], back_to)
            yield Page(tuple(mentions), cost={"units": 1}, skipped=skipped), back_to
            yield from self._more_replies(threads, back_to, known, seen)
            before, token = token, str(told.get("nextPageToken") or "")
            if token and token == before:
                raise Unavailable("YouTube repeats the same page for ever.")
            if threads:  # the last one: a pinned comment is old and stands first
                oldest = published(threads[-1]) or oldest
            if not token or oldest < back_to:
                return

    def _more_replies(
        self, threads: list[Any], back_to: datetime, known: Mapping[str, int], seen: dict[str, int]
    ) -> Iterator[tuple[Page, datetime]]:
        """The replies that did not come with their threads, of threads that got new ones."""
        for thread in threads:
            total = number(thread["snippet"].get("totalReplyCount")) or 0
            if total <= IN_PART or self.requests >= MAX_REQUESTS // 2:
                continue  # not remembered, so that the next look through asks for them
            seen[thread["id"]] = total
            token = None if known.get(thread["id"]) == total else ""
            while token is not None:
                told = self._told(
                    self.service.comments().list,
                    part="snippet",
                    parentId=thread["id"],
                    maxResults=100,
                    textFormat="plainText",
                    **({"pageToken": token} if token else {}),
                )
                read = [reply(item, thread) for item in told["items"]]
                new = [m for m in read if isinstance(m, Mention) and m.published_at >= back_to]
                yield (
                    Page(tuple(new), cost={"units": 1}, skipped=read.count(None)),
                    back_to,
                )
                before, token = token, told.get("nextPageToken") or None
                if token == before:
                    break

    def _told(self, method: Any, **asked: Any) -> dict[str, Any]:
        """One request through the SDK, as a dict with ``items``; its failures as ours."""
        from googleapiclient.errors import HttpError  # as above

        if self.left < 1:
            raise RateLimited(
                "the source's units of YouTube are spent for today: raise `max_units_per_day`, "
                "or wait.",
                midnight_after(self.now),
            )
        self.left -= 1
        self.requests += 1
        try:
            told = method(**asked).execute(num_retries=0)
        except ConnectorError:
            raise
        except HttpError as error:
            raise failed(error, self.now, self.secrets) from None
        except Exception as error:
            raise Unavailable(
                f"YouTube answered what cannot be read ({type(error).__name__})."
            ) from None
        if not isinstance(told, dict) or not isinstance(told.get("items"), list):
            raise Unavailable("YouTube answered something else than was asked.")
        return told


def _service(key: str, base: str) -> Any:
    """The SDK's client, over our transport. The key goes in a header: addresses get logged."""
    from googleapiclient.discovery import build  # 0.17 s, only where YouTube is asked

    for name in ("googleapiclient.discovery", "googleapiclient.http"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return build(
        "youtube",
        "v3",
        http=ForGoogle({"x-goog-api-key": key}),
        cache_discovery=False,
        static_discovery=True,
        client_options={"api_endpoint": base},
    )
