"""The read-only page and ``/healthz``. Plain functions: FastAPI runs them in its own threads."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.middleware.base import RequestResponseEndpoint

from monitor.app import App
from monitor.jobs.views.overview import overview, troubles
from monitor.problems import Problem
from monitor.web.pages import language_of, render, render_problem

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


def make_web(app: Callable[[], App], status: Callable[[], Mapping[str, Any]]) -> FastAPI:
    """The web application of whatever ``app()`` is at the time of a request."""
    web = FastAPI(title="Siaga", docs_url=None, redoc_url=None, openapi_url=None)

    @web.middleware("http")
    async def harden(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers.update(HEADERS)
        return response

    @web.get("/", response_class=HTMLResponse)
    def page(request: Request) -> HTMLResponse:
        now = app()
        language = language_of(request.headers.get("accept-language", ""))
        try:
            view = overview(now, now.now(), now.wall())
        except Problem as problem:
            return HTMLResponse(render_problem(str(problem), language), status_code=503)
        return HTMLResponse(render(view, status(), language, replay=now.replay))

    @web.get("/style.css")
    def style() -> Response:
        return Response(STYLE.read_bytes(), media_type="text/css")

    @web.get("/healthz")
    def healthz() -> JSONResponse:
        return _health(app(), status())

    return web


def _health(app: App, status: Mapping[str, Any]) -> JSONResponse:
    """200 while everything goes on, 503 where a step is stuck or the database does not answer.
    What people should see to besides (blind sources, lost messages) is told with either."""
    try:
        view = overview(app, app.now(), app.wall())
    except Problem as problem:
        return JSONResponse({"ok": False, "reasons": [str(problem)], "attention": []}, 503)
    grave, mild = troubles(view, status)
    body = {
        "ok": not grave,
        "reasons": grave,
        "attention": mild,
        "open_incidents": len(view.open),
        "sources": {
            health: sum(source.health == health for source in view.sources)
            for health in ("ok", "degraded", "blind")
        },
        "outbox": dict(view.outbox.counts),
        "steps": status.get("steps", {}),
        "abandoned_polls": status.get("abandoned_polls", 0),
    }
    return JSONResponse(body, 503 if grave else 200)
