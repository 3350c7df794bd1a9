"""How TikTok refuses, in our failures. The Business API answers HTTP 200 with a number:
https://business-api.tiktok.com/portal/docs?id=1737172488964097. TikTok's other API answers with a
word, under a status or under HTTP 200: https://developers.tiktok.com/doc/tiktok-api-v2-error-handling
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.base import ConnectorError, RateLimited, Rejected, Unauthorized, Unavailable
from connectors.kit import http
from connectors.kit.http import Response
from connectors.kit.json_values import number, part_of

OK = (0, "ok")

THROTTLED = (40016, 40100, 40133, 51021, "rate_limit_exceeded")
THROTTLE_WAIT = timedelta(seconds=60)
"""https://business-api.tiktok.com/portal/docs?id=1740029171730433"""

NO_TOKEN = (
    *range(40101, 40120),
    "access_token_invalid",
    "access_token_expired",
    "access_token_has_been_revoked",
)
NOT_PERMITTED = (40001, "scope_not_authorized", "scope_permission_missed")
NOT_ACCEPTED = (
    *range(40002, 40016),
    *range(40300, 40600),
    40900,
    "invalid_params",
    "invalid_param",
    "invalid_request",
)
"""Asked so, it is refused whenever it is asked. All other codes (40200 to 40202: a task that is not
done; 40700; 50000 to 60001) are faults of TikTok's own, and pass."""

NAMED = (*THROTTLED, *NO_TOKEN, *NOT_PERMITTED, *NOT_ACCEPTED)


def failed(
    answer: Response, told: Any, now: datetime, secrets: Mapping[str, str]
) -> ConnectorError | None:
    """The failure that an answer stands for (``told``: its JSON, None where it is none); None where
    it is none."""
    error = part_of(told, "error")
    words = error if error else told if isinstance(told, dict) else {}
    code = words.get("code")
    code = code if (numbered := number(code)) is None else numbered
    message = http.redact(str(words.get("message") or ""), secrets)
    if answer.status in (401, 403) and code not in NAMED:
        code = None  # then the status says more
    if code not in OK and isinstance(code, int | str) and code:
        until = http.retry_after(answer, now) or now + THROTTLE_WAIT
        return _refused(code, " ".join(message.split())[:200], until)
    if problem := http.failure(answer, now, "TikTok"):
        return problem
    return None if code in OK else Unavailable("TikTok answered something else than was asked.")


def _refused(code: int | str, said: str, until: datetime) -> ConnectorError:
    if code in THROTTLED:
        return RateLimited(f"TikTok asks us to slow down ({code}).", until)
    if code in NO_TOKEN:
        return Unauthorized(f"TikTok refuses the token ({code}: {said}): connect it anew.")
    if code in NOT_PERMITTED:
        return Unauthorized(f"TikTok does not permit this: {said or code}", "permission")
    if code in NOT_ACCEPTED:
        return Rejected(f"TikTok does not accept the request ({code}): {said}")
    return Unavailable(f"TikTok has a fault ({code}): {said}")
