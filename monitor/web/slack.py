"""Clicks as signed requests, where Slack cannot be connected to: ``POST /slack/events``.

https://docs.slack.dev/authentication/verifying-requests-from-slack: HMAC-SHA256 of the raw body and
a time that is at most five minutes old. Whatever is wrong with a request, its answer is 403.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from monitor.web.body import body_of

if TYPE_CHECKING:  # numpy is behind it: the first /healthz does not wait for that
    from monitor.jobs.interactions.inbox import Inbox

MAX_BODY = 200_000
MAX_AGE = timedelta(minutes=5)


class Hears(Protocol):
    """Who takes what comes in, and the secret it is signed with."""

    @property
    def signing_secret(self) -> str: ...

    @property
    def inbox(self) -> Inbox: ...


def verified(headers: Mapping[str, str], body: bytes, signing_secret: str, wall: datetime) -> bool:
    """Whether Slack has sent this, lately. Never raises, whatever the headers hold."""
    stamp, signature = (
        headers.get("x-slack-request-timestamp", ""),
        headers.get("x-slack-signature", ""),
    )
    if not signing_secret or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        return False
    if abs(wall.timestamp() - int(stamp)) > MAX_AGE.total_seconds():
        return False
    signed = b"v0:" + stamp.encode() + b":" + body
    wanted = "v0=" + hmac.new(signing_secret.encode(), signed, sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "replace"))


async def receive(request: Request, clicks: Hears | None, wall: Callable[[], datetime]) -> Response:
    """One request of Slack's."""
    body = await body_of(request, MAX_BODY)
    if body is None:
        return Response(status_code=403)
    if clicks is None or not verified(request.headers, body, clicks.signing_secret, wall()):
        return Response(status_code=403)
    try:
        kind, payload = understood(body)
    except (ValueError, KeyError, TypeError, RecursionError):
        return Response(status_code=403)
    if kind == "url_verification":
        return JSONResponse({"challenge": str(payload.get("challenge") or "")})
    answer = await run_in_threadpool(clicks.inbox.hear, kind, payload)
    return JSONResponse(answer) if answer else Response(status_code=200)


def understood(body: bytes) -> tuple[str, Mapping[str, Any]]:
    """What the body is, in Socket Mode's words, and its payload. Raises ValueError, KeyError."""
    text = body.decode("utf-8")
    if text.startswith("{"):
        payload = json.loads(text)
        kind = "url_verification" if payload["type"] == "url_verification" else "events_api"
        return kind, payload
    fields = {name: values[0] for name, values in parse_qs(text, max_num_fields=50).items()}
    if "payload" in fields:
        payload = json.loads(fields["payload"])
        if not isinstance(payload, dict):
            raise ValueError("no payload")
        return "interactive", payload
    fields["command"]
    return "slash_commands", fields
