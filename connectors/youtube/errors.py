"""How YouTube refuses, in our failures. https://developers.google.com/youtube/v3/docs/errors,
https://developers.google.com/youtube/v3/docs/core_errors, and the reasons of Google's newer bodies:
https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import ConnectorError, RateLimited, Rejected, Unauthorized, Unavailable
from connectors.kit.http import Response, failure, redact
from connectors.kit.json_values import UNREADABLE, read_json
from connectors.kit.times import midnight_after

PACIFIC = ZoneInfo("America/Los_Angeles")

SLOWER = timedelta(seconds=60)

SPENT = (
    "quotaExceeded",
    "quotaExceeded402",
    "dailyLimitExceeded",
    "dailyLimitExceeded402",
    "dailyLimitExceededUnreg",
    "variableTermExpiredDailyExceeded",
    "variableTermLimitExceeded",
)
"""What is given a day is used up."""

TOO_FAST = (
    "rateLimitExceeded",
    "rateLimitExceededUnreg",
    "userRateLimitExceeded",
    "userRateLimitExceededUnreg",
    "concurrentLimitExceeded",
    "servingLimitExceeded",
    "limitExceeded",
    "RATE_LIMIT_EXCEEDED",
    "RESOURCE_QUOTA_EXCEEDED",
)

EMPTY = ("liveChatEnded", "liveChatDisabled", "liveChatNotFound", "playlistNotFound")

ENDED = ("invalid_grant", "invalid_token", "ACCESS_TOKEN_EXPIRED")
"""A person's consent that is not taken (any more), whatever status it comes with.
https://developers.google.com/identity/protocols/oauth2#expiration"""

NO_KEY = ("keyInvalid", "API_KEY_INVALID")
UNPAID = ("BILLING_DISABLED", "user402")

CLOSED = (
    "accountClosed",
    "accountSuspended",
    "accountTerminated",
    "channelClosed",
    "channelSuspended",
)
"""What YouTube says of a channel that it shows nobody any more."""

SWITCHED_OFF = "its API is not switched on in the key's project: enable YouTube Data API v3 there"
ELSEWHERE = "the key may be used from other addresses only: change its restrictions"
OTHER_APIS = "the key may be used for other APIs only: change its restrictions"
NARROW = "the consent does not go that far: run `siaga connect youtube` and allow all of it"
SUSPENDED = "Google has suspended the key's project or the account"

WHY = {
    "accessNotConfigured": SWITCHED_OFF,
    "SERVICE_DISABLED": SWITCHED_OFF,
    "ipRefererBlocked": ELSEWHERE,
    "refererBlocked": ELSEWHERE,
    "API_KEY_HTTP_REFERRER_BLOCKED": ELSEWHERE,
    "API_KEY_IP_ADDRESS_BLOCKED": ELSEWHERE,
    "API_KEY_SERVICE_BLOCKED": OTHER_APIS,
    "insufficientPermissions": NARROW,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": NARROW,
    "CONSUMER_SUSPENDED": SUSPENDED,
    "accountDeleted": SUSPENDED,
    "accountDisabled": SUSPENDED,
}
"""Refusals that a person can end, and how."""


class CommentsClosed(ConnectorError):
    """A video without comments: nothing is wrong."""


class NothingThere(Rejected):
    """A live chat that has ended, or a channel that has published nothing: nothing is wrong."""


def failed(answer: Response, now: datetime, secrets: Mapping[str, str]) -> ConnectorError:
    """The failure that an error answer stands for."""
    status, (reasons, said) = answer.status, _words(answer.body)
    said = redact(said, secrets)[:200]
    refused = (
        _waits(status, reasons, answer.body, now)
        or _of_the_key(status, reasons)
        or _of_what_was_asked(status, reasons, said)
    )
    return refused or failure(answer, now, "YouTube") or Unavailable(f"YouTube answered {status}.")


def _waits(status: int, reasons: list[str], body: bytes, now: datetime) -> ConnectorError | None:
    """What passes by itself. The bucket of searches is a day's too, and says so in the name of its
    limit alone (``defaultSearchListPerDayPerProject``)."""
    limited = status == 429 or any(one in TOO_FAST for one in reasons)
    a_day = limited and b"perday" in body.lower().replace(b" ", b"")
    if a_day or any(one in SPENT for one in reasons):
        return RateLimited("YouTube's quota is spent for today.", midnight_after(now, PACIFIC))
    if limited:
        return RateLimited("YouTube asks us to slow down.", now + SLOWER)
    if "processingFailure" in reasons:
        return Unavailable("YouTube could not process the request.")
    return None


def _of_the_key(status: int, reasons: list[str]) -> ConnectorError | None:
    """What is wrong with who asks, whatever is asked."""
    if status == 402 or any(one in UNPAID for one in reasons):
        return Unauthorized("Google wants billing to be enabled for the key's project.", "credits")
    if "keyExpired" in reasons:
        return Unauthorized("YouTube's key has expired: make a new one, and set YOUTUBE_API_KEY.")
    if any(one in NO_KEY for one in reasons):
        return Unauthorized("YouTube does not know the key: check YOUTUBE_API_KEY.")
    if ended := next((one for one in reasons if one in ENDED), ""):
        return Unauthorized(f"YouTube refuses the token ({ended}): run `siaga connect youtube`.")
    if "youtubeSignupRequired" in reasons:
        return Unauthorized(
            "the Google account that consented has no channel on YouTube: run `siaga connect "
            "youtube` with the one that owns it."
        )
    return None


def _of_what_was_asked(status: int, reasons: list[str], said: str) -> ConnectorError | None:
    """What is wrong with what was asked for, or with asking for it."""
    told = said or next(iter(reasons), "")
    if "commentsDisabled" in reasons:
        return CommentsClosed("comments are closed")
    if any(one in EMPTY for one in reasons):
        return NothingThere("YouTube has nothing there.")
    if any(one in CLOSED for one in reasons):
        return Rejected(f"YouTube shows the channel to nobody any more: {told}")
    if status == 403:
        known = next((one for one in reasons if one in WHY), "")
        why = WHY[known] if known else told or status
        return Unauthorized(f"YouTube does not permit this: {why}", "permission")
    if status == 404:
        return Rejected(f"YouTube does not know the channel or video: {told or status}")
    if status == 400:
        return Rejected(f"YouTube does not accept the request: {told or status}")
    return None


def _words(content: bytes) -> tuple[list[str], str]:
    """The reasons and the message of an error body, empty if it is none of theirs."""
    try:
        error = read_json(content)["error"]
        if isinstance(error, str):
            return [error], error
        return list(_reasons(error)), str(error.get("message") or "")
    except UNREADABLE:
        return [], ""


def _reasons(error: Mapping[str, Any]) -> Iterator[str]:
    for row in [*(error.get("details") or []), *(error.get("errors") or [])]:
        if isinstance(row, dict) and isinstance(row.get("reason"), str):
            yield row["reason"]
