"""How X refuses, in our failures. https://docs.x.com/x-api/fundamentals/response-codes-and-errors"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import orjson

from connectors.base import ConnectorError, RateLimited, Rejected, Unauthorized, Unavailable
from connectors.kit.http import Response, failure, redact
from connectors.kit.times import midnight_after

if TYPE_CHECKING:
    import requests


def failed(
    response: requests.Response, now: datetime, secrets: Mapping[str, str]
) -> ConnectorError:
    """The failure that an error answer of the SDK's stands for."""
    headers = {name.lower(): str(value) for name, value in response.headers.items()}
    return refused(Response(response.status_code, headers, response.content, "X"), now, secrets)


def refused(answer: Response, now: datetime, secrets: Mapping[str, str]) -> ConnectorError:
    """The failure that an error answer stands for."""
    try:
        body = orjson.loads(answer.body)
    except ValueError:
        body = {}
    body = body if isinstance(body, dict) else {}
    title, kind = str(body.get("title", "")), str(body.get("type", ""))
    detail = redact(str(body.get("detail", ""))[:300], secrets)
    status = answer.status
    if status == 402:
        return Unauthorized("X wants credits: top up the account in its console.", "credits")
    if status == 403 and "not-authorized-for-resource" in kind:
        return Rejected(f"X does not show this to us: {detail or title}")
    if status == 403:
        said = f" ({detail or title})" if detail or title else ""
        return Unauthorized(f"X refuses the app{said}: check its access and limits.", "permission")
    if status == 429 and (title == "UsageCapExceeded" or "usage-capped" in kind):
        return RateLimited("X's cap on posts is reached for its period.", midnight_after(now))
    if status == 400:
        errors = body.get("errors")
        named = [e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
        said = str(named[0].get("message")) if named else detail
        return Rejected(f"X does not accept the query: {redact(said, secrets)[:300]}")
    return failure(replace(answer, host="X"), now) or Unavailable(f"X answered {status}.")
