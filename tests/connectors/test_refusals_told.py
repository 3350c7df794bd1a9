"""The platforms' own lists of errors: each passes by itself, cannot pass, wants money, or concerns
only what was asked for; and each is said in a sentence that tells what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.platform_server import google_error

from connectors.base import (
    ConnectorError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    concerns_all,
)
from connectors.kit.http import Response
from connectors.kit.loopback import JSON, LoopbackServer, Reply, Request
from connectors.registry import get
from connectors.testing import drain, source_spec
from connectors.x.errors import refused
from connectors.youtube.errors import NothingThere

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = datetime(2026, 3, 3, 8, tzinfo=UTC)
"""The end of today in California."""

SOON = NOW + timedelta(seconds=60)
PROBLEMS = "https://api.twitter.com/2/problems/"
OPTIONS: Mapping[str, Any] = {
    "youtube": {"videos": ["dQw4w9WgXcQ"], "read": []},
    "tiktok": {"business": "1", "read": []},
    "linkedin": {"organization": "1"},
    "facebook": {"page": "1", "read": []},
}


@dataclass(frozen=True, slots=True)
class Case:
    """``name``: what is refused; ``why``: the reason of an ``Unauthorized``; ``until``: when it is
    asked again; ``words``: some of what people read."""

    name: str
    reply: Reply
    failure: type[ConnectorError]
    why: str = ""
    until: datetime | None = None
    words: str = ""

    def holds(self, error: ConnectorError) -> None:
        assert isinstance(error, self.failure), error
        assert str(error).endswith((".", "!")) or ": " in str(error)
        assert self.words in str(error)
        assert "127.0.0.1" not in str(error), "people know the platform by its name"
        if isinstance(error, Unauthorized):
            assert error.reason == self.why
        if isinstance(error, RateLimited):
            assert error.retry_at == self.until


def asked(platform: str, reply: Reply) -> ConnectorError:
    """The failure of a poll that is answered so, whatever it asks for."""
    kind = get(platform)
    secrets = dict.fromkeys(kind.info.secrets, "a-secret-of-the-test")
    with LoopbackServer(lambda _: reply) as server:
        options = kind.info.options.model_validate({**OPTIONS[platform], "base_url": server.url})
        with pytest.raises(ConnectorError) as caught:
            drain(kind(options, secrets), source_spec(now=NOW, since=NOW - timedelta(days=2)), None)
    return caught.value


def google(reason: str, status: int, failure: type[ConnectorError], *more: Any) -> Case:
    return Case(reason, google_error(status, reason, "as YouTube says it"), failure, *more)


def newer(reason: str, status: int, failure: type[ConnectorError], *more: Any, **said: Any) -> Case:
    """A body whose reason is among its details, as Google's newer services answer."""
    detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
    error = {"code": status, "message": "as YouTube says it", "details": [detail | said]}
    return Case(reason, Reply({"error": error}, status, dict(JSON)), failure, *more)


TOKEN, MAY_NOT, MONEY = (Unauthorized, "token"), (Unauthorized, "permission"), "credits"
DAY = (RateLimited, "", TODAY)
MINUTE = (RateLimited, "", SOON)
SWITCHED_OFF = (*MAY_NOT, None, "enable YouTube Data API v3")
ELSEWHERE = (*MAY_NOT, None, "change its restrictions")
NARROW = (*MAY_NOT, None, "siaga connect youtube")
SEARCHES: Mapping[str, Any] = {"metadata": {"quota_limit": "defaultSearchListPerDayPerProject"}}

YOUTUBE = [
    google("commentsDisabled", 403, Rejected, "", None, "comments are closed"),
    google("videoNotFound", 404, Rejected, "", None, "does not know"),
    google("channelNotFound", 404, Rejected, "", None, "does not know"),
    google("forbidden", 403, *MAY_NOT),
    *(google(why, 403, *DAY) for why in ("quotaExceeded", "dailyLimitExceeded")),
    *(google(why, 403, *DAY) for why in ("dailyLimitExceededUnreg", "variableTermLimitExceeded")),
    *(google(why, 403, *MINUTE) for why in ("rateLimitExceeded", "userRateLimitExceeded")),
    *(google(why, 403, *MINUTE) for why in ("concurrentLimitExceeded", "servingLimitExceeded")),
    google("rateLimitExceeded", 429, *MINUTE),
    newer("RATE_LIMIT_EXCEEDED", 429, *MINUTE),
    newer("RATE_LIMIT_EXCEEDED", 429, *DAY, **SEARCHES),
    google("quotaExceeded402", 402, *DAY),
    google("user402", 402, Unauthorized, MONEY),
    newer("BILLING_DISABLED", 403, Unauthorized, MONEY),
    google("processingFailure", 400, Unavailable),
    google("backendError", 500, Unavailable),
    google("backendError", 503, Unavailable),
    google("keyInvalid", 400, *TOKEN, None, "YOUTUBE_API_KEY"),
    google("keyExpired", 400, *TOKEN, None, "make a new one"),
    newer("API_KEY_INVALID", 400, *TOKEN, None, "YOUTUBE_API_KEY"),
    google("accessNotConfigured", 403, *SWITCHED_OFF),
    newer("SERVICE_DISABLED", 403, *SWITCHED_OFF),
    google("ipRefererBlocked", 403, *ELSEWHERE),
    newer("API_KEY_IP_ADDRESS_BLOCKED", 403, *ELSEWHERE),
    newer("API_KEY_SERVICE_BLOCKED", 403, *ELSEWHERE),
    google("insufficientPermissions", 403, *NARROW),
    newer("ACCESS_TOKEN_SCOPE_INSUFFICIENT", 403, *NARROW),
    newer("CONSUMER_SUSPENDED", 403, *MAY_NOT, None, "suspended"),
    google("authError", 401, *TOKEN),
    google("youtubeSignupRequired", 401, *TOKEN, None, "no channel"),
    *(google(why, 403, Rejected) for why in ("accountClosed", "accountTerminated")),
    *(google(why, 403, Rejected) for why in ("channelClosed", "channelSuspended")),
    google("subscriptionForbidden", 403, *MAY_NOT),
    google("invalidPageToken", 400, Rejected, "", None, "does not accept the request"),
]


@pytest.mark.parametrize("case", YOUTUBE, ids=lambda case: f"{case.reply.status} {case.name}")
def test_youtube(case: Case) -> None:
    case.holds(asked("youtube", case.reply))


@pytest.mark.parametrize("why", ["liveChatEnded", "liveChatDisabled", "liveChatNotFound"])
def test_a_live_chat_that_is_over_is_no_failure(why: str) -> None:
    assert isinstance(asked("youtube", google_error(403, why, "over")), NothingThere)


def problem(kind: str, status: int, failure: type[ConnectorError], *more: Any) -> Case:
    told = {"title": "A problem", "detail": "as X says it", "type": f"{PROBLEMS}{kind}"}
    return Case(kind, Reply(told, status), failure, *more)


def numbered(code: int, status: int, failure: type[ConnectorError], *more: Any) -> Case:
    """An error as X's older API tells it, and its newer one of what is in front of it."""
    told = {"errors": [{"code": code, "message": "as X says it"}]}
    return Case(str(code), Reply(told, status), failure, *more)


CAPPED = {"title": "UsageCapExceeded", "period": "Monthly", "type": f"{PROBLEMS}usage-capped"}
SPENT = {"title": "SpendCapReached", "reset_date": "2026-03-14", "type": f"{PROBLEMS}credits"}
MISTAKE = {"type": f"{PROBLEMS}invalid-request", "detail": "One or more parameters were invalid."}
NEXT_DAY = datetime(2026, 3, 3, tzinfo=UTC)
AT_NINE = {"x-rate-limit-reset": str(int((NOW + timedelta(minutes=9)).timestamp()))}
SAID = "as X says it"

X = [
    problem("client-forbidden", 403, *MAY_NOT, None, SAID),
    problem("unsupported-authentication", 403, *MAY_NOT, None, SAID),
    problem("not-authorized-for-resource", 403, Rejected, "", None, SAID),
    problem("disallowed-resource", 403, Rejected, "", None, SAID),
    problem("resource-not-found", 404, Rejected, "", None, SAID),
    problem("credits", 402, Unauthorized, MONEY),
    Case("credits", Reply({"title": "Payment Required"}, 402), Unauthorized, MONEY),
    Case("spending limit", Reply(SPENT, 403), Unauthorized, MONEY, None, "until 2026-03-14"),
    Case("usage-capped", Reply(CAPPED, 429), RateLimited, "", NEXT_DAY),
    Case(
        "a rate limit with its end",
        Reply({"title": "Too Many Requests"}, 429, AT_NINE),
        RateLimited,
        "",
        NOW + timedelta(minutes=9),
    ),
    Case(
        "invalid-request",
        Reply(MISTAKE | {"errors": [{"message": "no viable alternative at character '|'"}]}, 400),
        Rejected,
        "",
        None,
        "no viable alternative",
    ),
    numbered(88, 429, RateLimited),
    numbered(89, 401, *TOKEN),
    numbered(32, 401, *TOKEN),
    numbered(64, 403, *MAY_NOT, None, SAID),
    numbered(326, 403, *MAY_NOT, None, SAID),
    numbered(453, 403, *MAY_NOT, None, SAID),
    numbered(130, 503, Unavailable),
    numbered(131, 500, Unavailable),
]


@pytest.mark.parametrize("case", X, ids=lambda case: f"{case.reply.status} {case.name}")
def test_x(case: Case) -> None:
    reply = case.reply
    answer = Response(reply.status, dict(reply.headers), reply.raw(), "api.twitter.com")
    case.holds(refused(answer, NOW, {}))


def business(code: Any, failure: type[ConnectorError], *more: Any) -> Case:
    """TikTok's Business API: HTTP 200 whatever happens."""
    told = {"code": code, "message": "as TikTok says it", "request_id": "1", "data": {}}
    return Case(str(code), Reply(told, headers=dict(JSON)), failure, *more)


def word(code: str, status: int, failure: type[ConnectorError], *more: Any) -> Case:
    """TikTok's other API, whose codes are words."""
    told = {"data": {}, "error": {"code": code, "message": "as TikTok says it", "log_id": "2"}}
    return Case(code, Reply(told, status, dict(JSON)), failure, *more)


TIKTOK = [
    *(business(code, *TOKEN) for code in (40101, 40102, 40103, 40104, 40105, "40105", 40118)),
    *(business(code, *MINUTE) for code in (40100, "40100", 40016, 40133, 51021)),
    business(40001, *MAY_NOT, None, "as TikTok says it"),
    *(business(code, Rejected) for code in (40002, 40006, 40007, 40300, 40502, 40900)),
    *(business(code, Unavailable) for code in (40200, 40201, 40202, 40700)),
    *(business(code, Unavailable) for code in (50000, 50002, 51002, 51305, 60001, "no_such_word")),
    *(word(code, 401, *TOKEN) for code in ("access_token_invalid", "access_token_expired")),
    word("access_token_invalid", 200, *TOKEN),
    word("scope_not_authorized", 401, *MAY_NOT, None, "as TikTok says it"),
    word("scope_permission_missed", 400, *MAY_NOT),
    word("invalid_params", 400, Rejected),
    word("rate_limit_exceeded", 429, *MINUTE),
    word("rate_limit_exceeded", 200, *MINUTE),
    word("internal_error", 500, Unavailable),
]


@pytest.mark.parametrize("case", TIKTOK, ids=lambda case: f"{case.reply.status} {case.name}")
def test_tiktok(case: Case) -> None:
    case.holds(asked("tiktok", case.reply))


def linkedin(
    code: str, status: int, service: int, said: str, failure: type[ConnectorError], *more: Any
) -> Case:
    told = {"status": status, "serviceErrorCode": service, "code": code, "message": said}
    return Case(f"{service} {code}", Reply(told, status, dict(JSON)), failure, *more)


A_DAY = "Resource level throttle APPLICATION DAY limit for calls to this resource is reached."
TOKENS = {65600: "INVALID", 65601: "REVOKED", 65602: "EXPIRED", 65604: "EMPTY"}

LINKEDIN = [
    *(linkedin(f"{w}_ACCESS_TOKEN", 401, n, "", *TOKEN, None, w) for n, w in TOKENS.items()),
    linkedin("", 401, 65603, "", *TOKEN),
    linkedin("ACCESS_DENIED", 403, 100, "Not enough permissions", *MAY_NOT, None, "Not enough"),
    linkedin("NONEXISTENT_VERSION", 426, 0, "not active", Rejected, "", None, "raise `version`"),
    linkedin("TOO_MANY_REQUESTS", 429, 101, A_DAY, RateLimited, "", NEXT_DAY),
    linkedin("", 429, 0, "Too many requests", RateLimited),
    linkedin("RESOURCE_NOT_FOUND", 404, 0, "no such thing", Rejected),
    linkedin("ILLEGAL_ARGUMENT", 400, 0, "no such urn", Rejected, "", None, "no such urn"),
    linkedin("INTERNAL_SERVER_ERROR", 500, 0, "", Unavailable),
    linkedin("GATEWAY_TIMEOUT", 504, 0, "", Unavailable),
]


@pytest.mark.parametrize("case", LINKEDIN, ids=lambda case: f"{case.reply.status} {case.name}")
def test_linkedin(case: Case) -> None:
    case.holds(asked("linkedin", case.reply))


def graph(code: Any, failure: type[ConnectorError], *more: Any, **said: Any) -> Case:
    error = {"message": "as Meta says it", "type": "OAuthException", "code": code} | said
    return Case(f"{code} {said}", Reply({"error": error}, 400, dict(JSON)), failure, *more)


HOUR = (RateLimited, "", NOW + timedelta(hours=1))
PROOF: Mapping[str, Any] = {"message": "Invalid appsecret_proof provided in the API argument"}

META = [
    *(graph(code, Unavailable) for code in (1, 2, -1, -2)),
    graph(100, Unavailable, is_transient=True),
    *(graph(code, *HOUR) for code in (4, 17, 32, 341, 613, 80001, 80014)),
    *(graph(code, *TOKEN) for code in (102, 190, "190")),
    graph(190, *TOKEN, None, "password", error_subcode=460),
    graph(104, *TOKEN, None, "app secret"),
    graph(100, *TOKEN, None, "app secret", **PROOF),
    graph(5, *TOKEN, None, "other addresses"),
    *(graph(code, *MAY_NOT, None, "as Meta says it") for code in (10, 200, 298, 368)),
    *(graph(code, Rejected, "", None, "as Meta says it") for code in (3, 100, 803, 2500, 12)),
    graph(100, Rejected, "", None, "does not show this", error_subcode=33),
]


@pytest.mark.parametrize("case", META, ids=lambda case: case.name)
def test_meta(case: Case) -> None:
    case.holds(asked("facebook", case.reply))


def test_what_is_wrong_with_who_asks_concerns_all_that_is_asked() -> None:
    assert concerns_all(asked("facebook", graph(104, *TOKEN).reply))
    assert concerns_all(asked("youtube", newer("BILLING_DISABLED", 403, Unauthorized).reply))


def test_a_page_that_is_too_large_for_meta_is_asked_for_in_smaller_ones() -> None:
    said = "Please reduce the amount of data you're asking for, then retry your request"
    large = Reply({"error": {"code": 1, "message": said}}, 500, dict(JSON))
    limits: list[int] = []

    def answer(asked: Request) -> Reply:
        limits.append(int(asked.params.get("limit", 0)))
        return large if limits[-1] > 20 else Reply({"data": []}, headers=dict(JSON))

    kind = get("facebook")
    with LoopbackServer(answer) as server:
        options = kind.info.options.model_validate({**OPTIONS["facebook"], "base_url": server.url})
        drain(kind(options, {"token": "a-secret"}), source_spec(now=NOW, since=NOW), None)
    assert limits[:2] == [50, 16]
    assert isinstance(asked("facebook", large), Unavailable), "it is not asked for endlessly"
