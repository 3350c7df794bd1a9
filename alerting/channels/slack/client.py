"""Slack's own client, as Siaga needs it: it calls once, follows no redirect and logs nothing.

slack_sdk's retries post twice after a dropped connection (measured: docs/channels.md); urllib sends
the token on to wherever a redirect points; the SDK's logger repeats whole messages.
"""

from __future__ import annotations

import logging
from http.client import HTTPMessage
from typing import IO, Any
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

from slack_sdk import WebClient


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


class Client(WebClient):
    """One token at one Slack. Raises what slack_sdk raises."""

    def __init__(self, token: str, base_url: str, timeout_s: float) -> None:
        quiet = logging.getLogger("alerting.channels.slack.sdk")
        quiet.setLevel(logging.CRITICAL)
        quiet.propagate = False
        super().__init__(
            token=token,
            base_url=base_url,
            timeout=timeout_s,  # type: ignore[arg-type]
            retry_handlers=[],
            logger=quiet,
        )
        self._opener: OpenerDirector = build_opener(_NoRedirect, HTTPSHandler(context=self.ssl))

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        with self._opener.open(req, timeout=self.timeout) as answer:
            charset = answer.headers.get_content_charset() or "utf-8"
            body = answer.read().decode(charset)
            return {"status": answer.status, "headers": answer.headers, "body": body}
