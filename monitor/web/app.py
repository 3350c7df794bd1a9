"""The read-only page and ``/healthz``. Plain functions: Starlette runs them in its own threads."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from monitor.app import App, Opened
from monitor.jobs.views.overview import overview
from monitor.jobs.views.troubles import advice, troubles
from monitor.problems import Problem
from monitor.settings.model import WebSettings
from monitor.web.connections import host_of
from monitor.web.meta import webhook
from monitor.web.slack import Hears, receive

log = logging.getLogger(__name__)

STYLE = Path(__file__).parent / "templates" / "style.css"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""What is shown was written by strangers: nothing of it may run, load or be sent anywhere."""


NOT_OURS = "This page is not known by that name; name its host in web.public_url.\n"


def make_web(
    app: Callable[[], App | Opened],
    status: Callable[[], Mapping[str, Any]],
    clicks: Callable[[], Hears | None] = lambda: None,
) -> Starlette:
    """The web application of whatever ``app()`` is at the time of a request. ``clicks``: who takes
    what people press in Slack, where it comes as requests."""

    def page(request: Request) -> Response:
        return _page(request, app(), status())

    def healthz(_: Request) -> Response:
        return _health(app(), status())

    async def slack(request: Request) -> Response:
        return await receive(request, clicks(), app().wall)

    routes = [
        Route("/", page),
        Route("/style.css", _style),
        Route("/healthz", healthz),
        Route("/slack/events", slack, methods=["POST"]),
        Route("/hooks/meta", webhook(app), methods=["GET", "POST"]),
    ]

    async def only_ours(request: Request, call_next: RequestResponseEndpoint) -> Response:
        host = request.headers.get("host")
        if host is not None and not is_ours(host, app().settings.web):
            return Response(NOT_OURS, 421, media_type="text/plain")
        return await call_next(request)

    guards = [Middleware(BaseHTTPMiddleware, dispatch=each) for each in (_harden, only_ours)]
    return Starlette(routes=routes, middleware=guards)


def _page(request: Request, app: App | Opened, status: Mapping[str, Any]) -> Response:
    # templates, calendars and cards: 55 ms for which the first /healthz need not wait
    from monitor.jobs.views.cards import cards
    from monitor.jobs.views.listening import listening
    from monitor.web.pages import language_of, render, render_problem

    language = language_of(request.headers.get("accept-language", ""))
    try:
        view = overview(app, app.now(), app.wall())
        found = listening(app, app.now())
        fresh = cards(app, view.open, language, app.now())
    except Problem as problem:
        return HTMLResponse(render_problem(str(problem), language), status_code=503)
    return HTMLResponse(render(view, found, fresh, status, language, replay=app.replay))


def _style(_: Request) -> Response:
    return Response(STYLE.read_bytes(), media_type="text/css")


def is_ours(header: str, web: WebSettings) -> bool:
    """Whether a ``Host`` header names this page: an address, this machine, ``web.host`` or the host
    of ``web.public_url``. Another name is somebody's page that has its name point here, in order to
    read this one with the eyes of whoever looks at it (DNS rebinding). A request that names no host
    comes from no browser: health checks by HTTP/1.0 do so."""
    host = host_of(header)
    public = urlsplit(web.public_url).hostname if web.public_url else None
    if host in {"localhost", web.host.lower(), public}:
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def _harden(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    response.headers.update(HEADERS)
    return response


def _health(app: App | Opened, status: Mapping[str, Any]) -> JSONResponse:
    """200 while everything goes on, 503 where a loop is stuck or the database does not answer.
    What people should see to besides (blind sources, lost messages) is told with either."""
    try:
        view = overview(app, app.now(), app.wall())
    except Problem as problem:
        return JSONResponse({"ok": False, "reasons": [str(problem)], "attention": []}, 503)
    grave, mild = troubles(view, status)
    body = {
        "ok": not grave,
        "reasons": grave,
        "attention": [*mild, *advice(view)],
        "open_incidents": view.open_count,
        "sources": {
            health: sum(source.health == health for source in view.sources)
            for health in ("ok", "degraded", "blind")
        },
        "outbox": dict(view.outbox.counts),
        "loops": status.get("loops", {}),
        "abandoned_polls": status.get("abandoned_polls", 0),
    }
    return JSONResponse(body, 503 if grave else 200)
