"""What LinkedIn's Community Management API is asked. Its addresses are built by hand: URNs are
encoded, ``List(...)`` and ``(start:…,end:…)`` are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any
from urllib.parse import quote

from connectors.base import (
    BudgetSpent,
    ConnectorError,
    Page,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    concerns_all,
)
from connectors.kit import http
from connectors.kit.apart import Apart
from connectors.kit.endless import Endless
from connectors.kit.http import Response
from connectors.kit.json_values import UNREADABLE, number, part_of, read_json
from connectors.kit.listed import CommentPage, Listed, PostGone
from connectors.kit.newest_first import posts_since
from connectors.kit.times import midnight_after
from connectors.linkedin import parse
from monitor.model import Mention, OwnPost, Removal

PLATFORM = parse.PLATFORM
ACTIONS = "List(COMMENT,ADMIN_COMMENT,SHARE_MENTION,SHARE,COMMENT_EDIT,COMMENT_DELETE)"
PAGE = 100

MAX_LOOKED_UP = 20
"""Of what notifications only name, in one poll: each is a request of the day's."""


class LinkedIn:
    """One poll's questions, and their failures in our names."""

    def __init__(
        self, base: str, version: str, secrets: Mapping[str, str], now: datetime, left: float = inf
    ) -> None:
        self.base, self.version, self.secrets, self.now = base, version, secrets, now
        self.left, self.made = left, 0
        if not secrets.get("token"):
            raise Unauthorized(
                "LinkedIn needs a token: run `siaga connect linkedin`, or set LINKEDIN_TOKEN.",
                "missing",
            )

    def get(self, path: str) -> dict[str, Any]:
        """One answer. Raises a ``ConnectorError``."""
        if self.left < 1:
            raise BudgetSpent(
                "the source's requests to LinkedIn are spent for today: raise "
                "`max_requests_per_day`, or wait.",
                midnight_after(self.now),
            )
        self.left -= 1
        self.made += 1
        answer = http.fetch(
            f"{self.base}/rest/{path}",
            headers={
                "Authorization": f"Bearer {self.secrets['token']}",
                "LinkedIn-Version": self.version,
                "X-Restli-Protocol-Version": "2.0.0",
            },
        )
        try:
            told = read_json(answer.body)
        except ValueError:
            told = None
        if problem := self._failed(answer, told if isinstance(told, dict) else {}):
            raise problem
        if not isinstance(told, dict):
            raise Unavailable("LinkedIn answered something else than was asked.")
        return told

    def spent(self) -> dict[str, float]:
        """What was asked since this was asked last: every request counts, whatever it brought."""
        made, self.made = self.made, 0
        return {"requests": float(made)} if made else {}

    def pages(self, path: str, start: int = 0) -> Iterator[tuple[list[Any], str]]:
        """A list by ``start`` and ``count``: its elements, and where the next page begins."""
        so_far, before = Endless("LinkedIn"), list[Any]()
        while True:
            told = self.get(f"{path}&start={start}&count={PAGE}")
            rows = _elements(told)
            more = _more(told, start, len(rows), again=rows == before)
            yield rows, str(start + len(rows)) if more else ""
            if not more:
                return
            so_far.told(rows)
            start, before = start + len(rows), rows

    def _failed(self, answer: Response, told: Mapping[str, Any]) -> ConnectorError | None:
        status, code = answer.status, str(told.get("code") or "")
        said = " ".join(http.redact(str(told.get("message") or ""), self.secrets).split())[:200]
        if status == 426 or code == "NONEXISTENT_VERSION":
            return Rejected(
                f"LinkedIn has ended its version {self.version}: raise `version` of the source."
            )
        if status == 401:
            return Unauthorized(f"LinkedIn refuses the token ({code or 401}): connect it anew.")
        if status == 403:
            return Unauthorized(f"LinkedIn does not permit this: {said or code}", "permission")
        if status == 429 and "day" in said.lower():
            # limits are a day's, until 00:00 UTC; another 429 protects LinkedIn and soon passes:
            # https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/rate-limits
            return RateLimited(
                f"LinkedIn's requests for today are spent: {said}", midnight_after(self.now)
            )
        if status == 404:
            return PostGone(f"LinkedIn does not know this (any more): {said}")
        if status == 400 and said:
            return Rejected(f"LinkedIn does not accept the request: {said}")
        return http.failure(answer, self.now, "LinkedIn")


def _elements(told: Mapping[str, Any]) -> list[Any]:
    rows = told.get("elements")
    if not isinstance(rows, list):
        raise Unavailable("LinkedIn answered something else than a list.")
    return rows


def _more(told: Mapping[str, Any], start: int, rows: int, *, again: bool = False) -> bool:
    """Whether there is a next page: by its link, else by the total, else where this one is full and
    not what was told ``again`` for another ``start``.
    https://learn.microsoft.com/linkedin/shared/api-guide/concepts/pagination"""
    paging, links = part_of(told, "paging"), part_of(told, "paging").get("links")
    if isinstance(links, list) and any(
        isinstance(one, dict) and one.get("rel") == "next" for one in links
    ):
        return bool(rows)
    total, count = number(paging.get("total")), number(paging.get("count"))
    if total is not None:
        return 0 < rows < total - start
    return rows >= min(count or PAGE, PAGE) and not again


class LinkedInContent:
    """One poll of an organization's posts and what stands under them."""

    platform = PLATFORM

    def __init__(self, api: LinkedIn, organization: str) -> None:
        self.api, self.organization = api, organization
        self.urn = quote(organization, safe="")
        self.looked_up = 0

    def posts(self, back_to: datetime, _parts: Apart) -> Iterator[tuple[list[Listed], int]]:
        """Own posts, the last changed first."""
        path = f"posts?q=author&author={self.urn}&sortBy=LAST_MODIFIED"
        batches = (rows for rows, _ in self.api.pages(path))
        return posts_since(batches, lambda row: parse.post(row, self.api.now), back_to)

    def comments(self, post: OwnPost, after: str) -> CommentPage:
        """A page of a post's comments with their replies; in no order that is promised."""
        path = f"socialActions/{quote(post.external_id, safe='')}/comments?"
        rows, following = next(self.api.pages(path, int(after or 0)))
        page = parse.comments(rows, following, post, self.organization, self.api.now)
        replies = [m for row in rows for m in self._replies(row, post)]
        return replace(page, mentions=(*page.mentions, *replies))

    def exists(self, post_id: str) -> bool:
        """Whether a post can still be seen."""
        try:
            self.api.get(f"posts/{quote(post_id, safe='')}")
        except PostGone:
            return False
        return True

    def notifications(self, since: datetime) -> Iterator[Page]:
        """Comments, shares with a mention, edits and deletions since then: the only list with a
        window of time. 60 days back at most.
        https://learn.microsoft.com/linkedin/marketing/community-management/organizations/organization-social-action-notifications"""
        start = max(since, self.api.now - timedelta(days=59))
        window = f"(start:{_ms(start)},end:{_ms(self.api.now)})"
        path = (
            f"organizationalEntityNotifications?q=criteria&organizationalEntity={self.urn}"
            f"&actions={ACTIONS}&timeRange={window}"
        )
        for rows, _ in self.api.pages(path):
            mentions, removals, skipped = list[Mention](), list[Removal](), 0
            for row in rows:
                try:
                    told = parse.notification(row, self.organization, self.api.now)
                except UNREADABLE:
                    skipped += 1
                    continue
                mentions += [self._in_full(told)] if isinstance(told, Mention) else []
                removals += [told] if isinstance(told, Removal) else []
            yield Page(tuple(mentions), removals=tuple(removals), skipped=skipped)

    def _in_full(self, told: Mention) -> Mention:
        """With its words, where the notification only names it: some answers hold no decoration."""
        if told.text or self.looked_up >= MAX_LOOKED_UP or self.api.left < 2:
            return told
        self.looked_up += 1
        try:
            row = self.api.get(parse.address_of(told.external_id))
        except (Rejected, Unauthorized) as error:
            if concerns_all(error):
                raise
            return told
        return parse.in_full(told, row, self.organization)

    def statistics(self) -> Iterator[Page]:
        """Reach of the organization, and how many follow it."""
        edge = "organizationalEntityShareStatistics?q=organizationalEntity"
        answer = self.api.get(f"{edge}&organizationalEntity={self.urn}")
        rows = _elements(answer) if answer.get("elements") is not None else []
        told = [m for row in rows for m in parse.statistics(row, self.api.now)]
        yield Page(metrics=tuple(told))
        found = parse.followers(self._network(), self.organization, self.api.now)
        yield Page(metrics=tuple(found))

    def _network(self) -> dict[str, Any]:
        """How large the network is: the edge's name is spelled otherwise in older versions."""
        path = f"networkSizes/{self.urn}?edgeType="
        try:
            return self.api.get(f"{path}COMPANY_FOLLOWED_BY_MEMBER")
        except PostGone:
            raise
        except Rejected:
            return self.api.get(f"{path}CompanyFollowedByMember")

    def _replies(self, row: Any, post: OwnPost) -> Iterator[Mention]:
        try:
            if not parse.replies_of(row):
                return
            path = f"socialActions/{quote(parse.urn_of(row), safe='')}/comments?"
        except UNREADABLE:
            return
        for rows, _ in self.api.pages(path):
            for reply in rows:
                if mention := parse.comment(reply, post, self.organization, self.api.now):
                    yield mention


def version_ends(version: str) -> datetime:
    """When an API version ends: the 15th of its month a year later.
    https://learn.microsoft.com/linkedin/marketing/integrations/migrations"""
    return datetime(int(version[:4]) + 1, int(version[4:]), 15, tzinfo=UTC)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
