"""How X refuses, in our failures. https://docs.x.com/x-api/fundamentals/response-codes-and-errors"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.base import ConnectorError, RateLimited, Rejected, Unauthorized, Unavailable
from connectors.kit.http import Response, failure, redact
from connectors.kit.json_values import read_json
from connectors.kit.times import midnight_after

NOT_SHOWN = ("not-authorized-for-resource", "disallowed-resource")
"""Refusals that concern what was asked for, not who asks."""


def refused(answer: Response, now: datetime, secrets: Mapping[str, str]) -> ConnectorError:
    """The failure that an error answer stands for."""
    try:
        body = read_json(answer.body)
    except ValueError:
        body = {}
    body = body if isinstance(body, dict) else {}
    title, kind = str(body.get("title", "")), str(body.get("type", ""))
    said = redact(_said(body) or title, secrets)[:300]
    status = answer.status
    if status == 402 or "/problems/credits" in kind:
        return _money(body, title)
    if status == 403 and any(one in kind for one in NOT_SHOWN):
        return Rejected(f"X does not show this to us: {said}")
    if status == 403:
        why = f" ({said})" if said else ""
        return Unauthorized(f"X refuses the app{why}: check its access and limits.", "permission")
    if status == 429 and (title == "UsageCapExceeded" or "usage-capped" in kind):
        return RateLimited("X's cap on posts is reached for its period.", midnight_after(now))
    if status == 400:
        return Rejected(f"X does not accept the query: {said}")
    if status in (404, 410) and said:
        return Rejected(f"X does not know this: {said}", gone=status == 410)
    return failure(answer, now, "X") or Unavailable(f"X answered {status}.")


def _money(body: Mapping[str, Any], title: str) -> Unauthorized:
    """Credits are used up, or what the account may spend in a month is (told under 403)."""
    if title != "SpendCapReached":
        return Unauthorized("X wants credits: top up the account in its console.", "credits")
    day = str(body.get("reset_date") or "")
    until = f" until {day}" if re.fullmatch(r"\d{4}-\d\d-\d\d", day) else ""
    return Unauthorized(
        f"X gives nothing more{until}: the account's spending limit is reached. Raise it in its "
        f"console.",
        "credits",
    )


def _said(body: Mapping[str, Any]) -> str:
    """What is wrong in X's words: of its first error, which says more, else of the whole."""
    errors = body.get("errors")
    named = [e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
    told = (named[0].get("message") or named[0].get("detail")) if named else None
    return str(told or body.get("detail") or "")
