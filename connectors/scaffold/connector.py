"""Scaffold: comments under a channel's own posts. Made by ``siaga new-connector``; make it yours.

Vendor page: https://scaffold.example/docs/comments. Quota: 10,000 requests a day. Lag: 2 minutes.
Newest first, 100 a page; it does not give what is older than 30 days, nor who liked what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from pydantic import Field, field_validator

from connectors.base import (
    Cursor,
    Info,
    Need,
    Options,
    Page,
    SourceSpec,
    Unauthorized,
    Unavailable,
)
from connectors.kit import http
from connectors.kit.endless import Endless
from connectors.kit.json_values import UNREADABLE, id_in, identity, part_of, text_of, word
from connectors.kit.times import parse_time
from monitor.model import Author, Mention, Removal

OVERLAP = timedelta(minutes=30)
"""Read again at every poll: comments may turn up in the list some minutes late."""


class ScaffoldOptions(Options):
    """Options of a Scaffold source."""

    channel: str = Field(description="The channel's name, as in its address.")
    base_url: str = "https://api.scaffold.example"

    _base = field_validator("base_url")(http.safe_base)


class Scaffold:
    """Comments newest first, back to the last poll."""

    info = Info(
        name="scaffold",
        platform="scaffold",
        can=frozenset({"own_comments", "deletions"}),
        options=ScaffoldOptions,
        secrets={"token": "SCAFFOLD_TOKEN"},
        lag=timedelta(minutes=10),
        docs="docs/connectors/scaffold.md",
        title="Scaffold",
        retention=timedelta(days=30),
        quota="10,000 requests a day",
        terms="https://scaffold.example/terms",
        needs=(Need("a token with the scope comments.read", "you", "reads comments"),),
        recheck=100,
    )

    def __init__(self, options: ScaffoldOptions, secrets: Mapping[str, str]) -> None:
        self.options = options
        self.secrets = secrets

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """Pages back to the last poll; the cursor comes with the last one."""
        if not self.secrets.get("token"):
            raise Unauthorized("Scaffold needs a token: set SCAFFOLD_TOKEN.", "missing")
        known = dict(cursor or {})
        until = datetime.fromisoformat(known["polled"]) - OVERLAP if known else source.since
        token, endless = "", Endless("Scaffold")
        while True:
            params = {"channel": self.options.channel, "cursor": token}
            told = self._ask("/v1/comments", params, source.now)
            rows = _list(told, "data")
            mentions, skipped = _mentions(rows, until)
            token = str(told.get("next") or "")
            if not token or (rows and not mentions and not skipped):
                break
            endless.goes_to(token)
            yield Page(mentions=mentions, skipped=skipped, cost={"requests": 1})
        yield Page(
            mentions=mentions,
            skipped=skipped,
            cost={"requests": 1},
            removals=self._removals(source),
            covered_from=None if known else until,
            cursor={"polled": source.now.isoformat()},
        )

    def _removals(self, source: SourceSpec) -> tuple[Removal, ...]:
        """What became of mentions we know: those the platform does not show any more are gone."""
        if not source.recheck:
            return ()
        told = self._ask("/v1/lookup", {"ids": ",".join(source.recheck)}, source.now)
        shown = {}
        for row in _list(told, "data"):
            try:
                shown[identity(row["id"])] = text_of(row["text"])
            except UNREADABLE:
                raise Unavailable("Scaffold shows comments that cannot be read.") from None
        return tuple(
            Removal("scaffold", name, "edited", source.now, shown[name])
            if name in shown
            else Removal("scaffold", name, "deleted", source.now)
            for name in source.recheck
        )

    def _ask(self, path: str, params: dict[str, str], now: datetime) -> dict[str, Any]:
        """One request's JSON object. Raises a ``ConnectorError``."""
        headers = {"authorization": f"Bearer {self.secrets['token']}"}
        wanted = {name: value for name, value in params.items() if value}
        answer = http.fetch(f"{self.options.base_url}{path}", params=wanted, headers=headers)
        if trouble := http.failure(answer, now):
            raise trouble
        try:
            told = orjson.loads(answer.body)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise Unavailable("Scaffold answered something that is no JSON object.")
        return told


def _list(told: Mapping[str, Any], name: str) -> list[Any]:
    found = told.get(name)
    if not isinstance(found, list):
        raise Unavailable(f"Scaffold answered without {name}.")
    return found


def _mentions(rows: list[Any], until: datetime) -> tuple[tuple[Mention, ...], int]:
    """The comments since ``until``, and how many rows cannot be read."""
    found = []
    skipped = 0
    for row in rows:
        try:
            mention = _mention(row)
        except UNREADABLE:
            skipped += 1
            continue
        if mention.published_at >= until:
            found.append(mention)
    return tuple(found), skipped


def _mention(row: Any) -> Mention:
    at = parse_time(row["created_at"])
    if at is None:
        raise ValueError("no time")
    name = word(part_of(row, "user").get("name"))
    return Mention(
        platform="scaffold",
        external_id=identity(row["id"]),
        published_at=at,
        text=text_of(row["text"]),
        author=Author(name) if name else None,
        url=word(row.get("url")),
        kind="reply" if row.get("reply_to") else "comment",
        reply_to=id_in(row.get("reply_to")),
        root_id=id_in(row.get("post_id")),
    )
