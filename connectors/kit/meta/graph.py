"""The Graph API that Facebook, Instagram and Threads share: one request at a time.

https://developers.facebook.com/docs/graph-api/. Every request carries the token and, where an app
secret is known, its proof (``appsecret_proof``). Errors are judged by their code, never by status
or text. The usage headers are obeyed before the limit: see ``Graph.pressed``.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from connectors.base import ConnectorError, RateLimited, Rejected, Unauthorized, Unavailable
from connectors.kit import http
from connectors.kit.endless import NOWHERE, UNTOLD, Endless, checked, mark_of
from connectors.kit.http import Response
from connectors.kit.json_values import UNREADABLE, read_json, rows_in

log = logging.getLogger(__name__)

VERSION = "v26.0"
"""The newest version (2026-07-29); one lives at least two years.
https://developers.facebook.com/docs/graph-api/changelog/versions"""

PRESSED, FULL = 75.0, 95.0
"""Percent of an allowance: above the first only what cannot wait is asked, above the second
nothing more."""

FULL_WAIT = timedelta(minutes=60)
"""How long to leave it where the platform does not say: allowances are counted by the hour.
https://developers.facebook.com/docs/graph-api/overview/rate-limiting"""

MAX_REGAIN = 7 * 24 * 60.0
"""Minutes of waiting that are believed of a usage header."""

MIN_ROWS = 5
"""Of a page: it is not made smaller than that."""

THROTTLED = {4, 17, 32, 341, 613, *range(80000, 80015)}
NO_TOKEN = {102, 190}
TEMPORARY = {-2, -1, 1, 2}
WRONG_ADDRESS = 5
BLOCKED = 368

USAGE = ("x-app-usage", "x-page-usage", "x-business-use-case-usage", "x-ad-account-usage")
PERCENT = ("call_count", "total_time", "total_cputime", "acc_id_util_pct")

WHY_TOKEN = {
    458: "the app was removed by the person who gave the token",
    459: "the account must be checked by its owner at facebook.com",
    460: "the password was changed",
    463: "the token has expired",
    464: "the account is not confirmed",
    467: "the token is no longer valid",
    492: "the token's owner may no longer act for the Page",
}
"""Subcodes of 190. https://developers.facebook.com/docs/graph-api/guides/error-handling"""


class MissingField(Rejected):
    """The platform does not know a field, metric or edge (code 100): asked without, it may work."""


class Gone(Rejected):
    """The object is deleted, made private or not visible to us (code 100, subcode 33)."""


class TooMuch(Unavailable):
    """The page that was asked for is too large for the platform (code 1, under HTTP 500): it
    answers so for ever unless less is asked for."""


class Graph:
    """One poll's questions to one Graph host.

    ``platform`` is the name people read in errors; ``secrets``: ``token`` and, where it is known,
    ``app_secret``.
    """

    def __init__(
        self, platform: str, base: str, version: str, secrets: Mapping[str, str], now: datetime
    ) -> None:
        self.platform, self.base, self.version = platform, base, version
        self.secrets, self.now = secrets, now
        self.usage = 0.0
        self.regain: datetime | None = None
        if not secrets.get("token"):
            by_itself = platform == "Threads" or "graph.instagram.com" in base
            provider = platform.lower() if by_itself else "meta"
            raise Unauthorized(
                f"{platform} needs a token: run `siaga connect {provider}`, or set the "
                f"source's variable (see `siaga connectors`).",
                "missing",
            )

    @property
    def pressed(self) -> bool:
        """Whether so much of the allowance is used that only what cannot wait should be asked."""
        return self.usage >= PRESSED

    def exists(self, name: str) -> bool:
        """Whether an object can still be seen."""
        try:
            self.get(name, fields=("id",))
        except Gone:
            return False
        return True

    def get(
        self, path: str, more: Mapping[str, Any] | None = None, **params: Any
    ) -> dict[str, Any]:
        """One object or one page of a list. Raises a ``ConnectorError``."""
        params |= more or {}
        if self.usage >= FULL:
            raise RateLimited(
                f"{self.platform}'s allowance is nearly used up ({self.usage:.0f} %).",
                self.regain or self.now + FULL_WAIT,
            )
        url = f"{self.base}/{self.version}/{path}"
        asked = {name: _text(value) for name, value in params.items() if value is not None}
        answer = http.fetch(url, params=asked | self._proof())
        self._note_usage(answer.headers)
        _note_version(self.platform, self.version, answer.headers.get("facebook-api-version", ""))
        return self._body(answer)

    def pages(self, path: str, *, after: str = "", **params: Any) -> Iterator[list_page]:
        """A list, page by page: its rows and the ``after`` of the next page ("" at the end).

        A list has ended only where no next page is named: pages may be short or empty. One that
        names the same next page twice has ended too. Raises ``Unavailable`` behind the rows of one
        that goes on nowhere, or does not tell whether it does.
        """
        so_far = Endless(self.platform)
        while True:
            told, after = self.page(path, after, **params)
            yield told["data"], after
            if not after:
                return
            so_far.goes_to(after)

    def page(self, path: str, after: str, **params: Any) -> tuple[dict[str, Any], str]:
        """The page of a list that the mark ``after`` names, and the mark of the next one. Raises
        ``Unavailable`` where the answer is no list. Where a page is too large, smaller ones are
        asked for."""
        checked(after, self.platform)
        asked = {} if after.startswith("/") else params
        while True:
            try:
                told = self.get(*_continued(path, after), **asked)
                break
            except TooMuch:
                if asked.get("limit", 0) < 2 * MIN_ROWS:
                    raise
                asked = {**asked, "limit": asked["limit"] // 3}
        if not isinstance(told.get("data"), list):
            raise Unavailable(f"{self.platform} answered something else than a list.")
        following = after_of(told, asked.get("limit"))
        return told, "" if following == after else following

    def _proof(self) -> dict[str, str]:
        token, secret = self.secrets["token"], self.secrets.get("app_secret", "")
        if not secret:
            return {"access_token": token}
        proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        return {"access_token": token, "appsecret_proof": proof}

    def _body(self, answer: Response) -> dict[str, Any]:
        try:
            told = read_json(answer.body)
        except ValueError:
            told = None
        if isinstance(told, dict) and isinstance(told.get("error"), dict):
            raise self._failed(told["error"], answer)
        if isinstance(told, dict) and "error_code" in told:  # as the oldest addresses say it
            old = {"code": told["error_code"], "message": told.get("error_msg")}
            raise self._failed(old, answer)
        if problem := http.failure(answer, self.now, self.platform):
            raise problem
        if not isinstance(told, dict):
            raise Unavailable(f"{self.platform} answered something else than was asked.")
        return told

    def _failed(self, error: Mapping[str, Any], answer: Response) -> ConnectorError:
        code, subcode = _int(error.get("code")), _int(error.get("error_subcode"))
        said = http.redact(
            str(error.get("error_user_msg") or error.get("message") or ""),
            {**self.secrets, **self._proof()},
        )[:300].replace("\n", " ")
        name = self.platform
        if code in THROTTLED or answer.status == 429:
            until = http.retry_after(answer, self.now) or self.regain or self.now + FULL_WAIT
            return RateLimited(f"{name} asks us to slow down (code {code}).", until)
        if code in NO_TOKEN:
            why = WHY_TOKEN.get(subcode, "it is not accepted")
            return Unauthorized(f"{name} refuses the token: {why}. Connect the account anew.")
        if code == 104 or (code == 100 and "appsecret_proof" in said):
            return Unauthorized(f"{name} refuses the app secret: {said}")
        if code == WRONG_ADDRESS:
            return Unauthorized(f"{name} lets the app be used from other addresses only: {said}")
        if code == BLOCKED:
            return Unauthorized(f"{name} has blocked us for its policy: {said}", "permission")
        if code == 10 or 200 <= code <= 299:
            return Unauthorized(f"{name} does not permit this: {said}", "permission")
        if code in TEMPORARY and "reduce the amount of data" in said:
            return TooMuch(f"{name} finds that too much is asked at once.")
        if code in TEMPORARY or error.get("is_transient") is True:
            return Unavailable(f"{name} has a passing fault (code {code}).")
        if code == 100 and subcode == 33:
            return Gone(f"{name} does not show this to us (any more): {said}")
        if code in (100, 2500, 3):
            return MissingField(f"{name} does not know what was asked: {said}")
        problem = http.failure(answer, self.now, name)
        if isinstance(problem, Rejected) and said:
            return Rejected(f"{name} does not accept the request (code {code}): {said}")
        return problem or Unavailable(f"{name} failed (code {code}): {said}")

    def _note_usage(self, headers: Mapping[str, str]) -> None:
        for name in USAGE:
            for share, minutes in usage_of(headers.get(name, "")):
                self.usage = max(self.usage, share)
                if minutes:
                    until = self.now + timedelta(minutes=minutes)
                    self.regain = max(self.regain or until, until)


list_page = tuple[list[Any], str]
"""Rows, and the ``after`` of the next page ("" where there is none)."""


SECRET = ("access_token", "appsecret_proof")


def after_of(told: Mapping[str, Any], limit: int | None = None) -> str:
    """The mark of the next page; "" where no next page is named. Some lists name no cursor, only
    the address of the next page: then its path and what it asks are the mark (``/path?query``),
    for our own host. The address holds the token: it is neither followed nor kept as it is.

    ``limit``: how many rows were asked for. The last page names no next one; but where there is no
    ``paging`` at all, only a page that is not full is known to be the last.
    https://developers.facebook.com/docs/graph-api/results"""
    paging = told.get("paging")
    if not isinstance(paging, dict):
        full = limit is not None and len(rows_in(told)) >= limit
        return UNTOLD if full or paging else ""
    if not paging.get("next"):
        return ""
    cursors = paging.get("cursors")
    if isinstance(cursors, dict) and cursors.get("after"):
        return mark_of(cursors["after"])
    parts = urlsplit(str(paging["next"]))
    asked = [(name, value) for name, value in parse_qsl(parts.query) if name not in SECRET]
    if (after := dict(asked).get("after")) is not None:
        return after
    path = re.sub(r"^/v\d{1,3}\.\d(?=/)", "", parts.path)
    return f"{path}?{urlencode(asked)}" if path.startswith("/") and len(path) > 1 else NOWHERE


def _continued(path: str, after: str) -> tuple[str, dict[str, str]]:
    """Where the page is that a mark names, and what is asked there."""
    if not after.startswith("/"):
        return path, {"after": after} if after else {}
    parts = urlsplit(after)
    return parts.path.removeprefix("/"), dict(parse_qsl(parts.query))


def usage_of(header: str) -> Iterator[tuple[float, float]]:
    """The shares in percent that a usage header tells, each with the minutes until access is
    regained (0: not said). Unreadable headers tell nothing."""
    try:
        told = orjson.loads(header) if header else {}
        rows = (
            [told]
            if "call_count" in told or "acc_id_util_pct" in told
            else [row for rows in told.values() for row in rows]
        )
        for row in rows:
            shares = [float(row[name]) for name in PERCENT if name in row]
            if shares:
                minutes = float(row.get("estimated_time_to_regain_access") or 0)
                yield max(shares), minutes if 0 < minutes <= MAX_REGAIN else 0
    except UNREADABLE:
        return


@cache
def _note_version(platform: str, asked: str, told: str) -> None:
    """Said once a process: an outdated version is raised silently by the platform."""
    if told and told != asked:
        log.warning(
            "%s answers by its version %s, asked for %s: raise `version`", platform, told, asked
        )


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return str(int(value.timestamp()))
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _int(value: Any) -> int:
    """A code, also where it is told as text."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,15}", value):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
