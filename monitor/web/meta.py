"""What Meta's platforms tell by webhook: ``/hooks/meta``, off unless ``web.meta_webhooks`` is on.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started. GET is Meta asking whether
the address is ours; POST is signed over its raw body. Whatever is wrong with a request, its answer
is 403. It is acknowledged when it is kept; what cannot be kept soon is answered 503, and Meta
delivers it again for 36 hours.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from alerting.channels.deadline import call_with_deadline
from monitor.app import App, Opened
from monitor.problems import Problem
from monitor.settings.secrets import secret
from monitor.web.body import body_of

log = logging.getLogger(__name__)

MAX_BODY = 1 << 20
"""Meta batches up to 1,000 changes."""

PATIENCE_S = 2.0
"""How long an answer waits for the database. Meta wants one within seconds."""

VERIFY = "META_VERIFY_TOKEN"
APP_SECRETS = ("META_APP_SECRET", "INSTAGRAM_APP_SECRET", "META_THREADS_APP_SECRET")
"""Whose signatures are taken: the three kinds of app that may be subscribed."""

FORBIDDEN = 403


def webhook(app: Callable[[], App | Opened]) -> Callable[[Request], Awaitable[Response]]:
    """What answers at ``/hooks/meta``, for whatever ``app()`` is at the time."""

    async def answer(request: Request) -> Response:
        if request.method == "POST":
            return await hear(request, app())
        return handshake(request, app())

    return answer


def handshake(request: Request, app: App | Opened) -> Response:
    """Meta asks whether the address is ours: the token that was set there must be ours."""
    asked, wanted = request.query_params, _secret(VERIFY)
    given = asked.get("hub.verify_token", "")
    right = hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
    if not (_is_on(app) and wanted and right and asked.get("hub.mode") == "subscribe"):
        return Response(status_code=FORBIDDEN)
    return PlainTextResponse(asked.get("hub.challenge", "")[:200])


async def hear(request: Request, app: App | Opened) -> Response:
    """One delivery."""
    body = await body_of(request, MAX_BODY)
    if body is None:
        return Response(status_code=FORBIDDEN)
    return await run_in_threadpool(_take, body, request.headers.get("x-hub-signature-256", ""), app)


def _take(body: bytes, signature: str, app: App | Opened) -> Response:
    # the poller's part of the house is heavy: the first /healthz does not wait for it
    from connectors.kit.meta.hooks import understood, verified
    from monitor.jobs.poll.hooks import keep

    secrets = {name: value for name in APP_SECRETS if (value := _secret(name))}
    if not _is_on(app) or not verified(body, signature, secrets):
        return Response(status_code=FORBIDDEN)
    received_at: datetime = app.wall()
    try:
        hooks = understood(body, received_at)
    except (ValueError, RecursionError):
        return Response(status_code=FORBIDDEN)
    if not hooks:
        return Response(status_code=200)
    try:
        call_with_deadline(PATIENCE_S, lambda: keep(app, hooks))
    except (TimeoutError, Problem):
        log.warning("a webhook of Meta's could not be kept soon; Meta delivers it again")
        return Response(status_code=503)
    return Response(status_code=200)


def _is_on(app: App | Opened) -> bool:
    return app.settings.web.meta_webhooks


def _secret(name: str) -> str:
    try:
        return secret(name)
    except Problem as problem:
        log.warning("%s", problem)
        return ""
