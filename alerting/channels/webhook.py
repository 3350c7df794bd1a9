"""A signed webhook: each notice as JSON to an address of yours, by Standard Webhooks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md. The
``webhook-id`` is the delivery key: whoever has seen it drops the second copy, so that a call whose
outcome is unknown is simply made again. The signature is HMAC-SHA256 over id, time and body.
"""

from __future__ import annotations

import base64
import hmac
import json
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import gaierror
from typing import Any
from urllib.parse import urlsplit

from pydantic import field_validator

from alerting.channels.base import ChannelInfo, ChannelType, Delivery, DeliveryError
from alerting.channels.deadline import call_with_deadline
from alerting.channels.labels import labels
from alerting.channels.sanitize import clean, safe_url
from alerting.messages.codec import pack
from alerting.model import Receipt
from monitor.clock import utc_now
from monitor.problems import Problem
from monitor.settings.sections import Duration, Section

LOOPBACK = ("localhost", "127.0.0.1", "::1")
MAX_WAIT_S, DEFAULT_WAIT_S = 3600.0, 30.0


class WebhookOptions(Section):
    """``url``: https, or http on this machine. The key comes from SIAGA_WEBHOOK_SECRET: as
    ``whsec_…`` in base64, or words."""

    url: str
    timeout: Duration = timedelta(seconds=15)

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
            return url
        raise ValueError("must begin with https:// (http:// only on this machine)")


class WebhookChannel:
    """Posts each notice once. What changes is told as a notice of its own."""

    def __init__(self, url: str, secret: str, timeout_s: float = 15.0) -> None:
        self.info = ChannelInfo(
            "webhook", max_in_flight_s=timeout_s + 5.0, pace_s=0.2, repeatable=True
        )
        self._parts, self._timeout = urlsplit(url), timeout_s
        self._key = _key(secret)

    def __repr__(self) -> str:
        return f"WebhookChannel({self._parts.hostname})"

    def send(self, delivery: Delivery) -> Receipt:
        """Post it. A 2xx is taken, 410 means that nobody wants it any more."""
        body = json.dumps(self._content(delivery), ensure_ascii=False).encode()
        headers = signed(self._key, delivery.key, utc_now(), body)
        try:
            status, wait = call_with_deadline(self._timeout, lambda: self._post(body, headers))
        except (gaierror, ConnectionRefusedError, ssl.SSLCertVerificationError) as error:
            raise DeliveryError(
                f"the webhook cannot be reached ({type(error).__name__})", "not_sent"
            ) from None
        except (OSError, HTTPException, TimeoutError) as error:
            raise DeliveryError(
                f"the webhook broke off ({type(error).__name__})", "unknown"
            ) from None
        if 200 <= status < 300:
            return {"webhook": delivery.key}
        raise _refused(status, wait)

    def try_out(self, destination: str) -> None:
        """Whether there is a key, and somebody there; nothing is posted. Raises DeliveryError."""
        if not self._key:
            raise DeliveryError(
                "nothing can be signed: SIAGA_WEBHOOK_SECRET is not set",
                "not_sent",
                permanent=True,
                scope="credentials",
            )
        made = self._connection()
        try:
            call_with_deadline(self._timeout, made.connect)
        except (OSError, HTTPException) as error:
            raise DeliveryError(
                f"the webhook cannot be reached ({type(error).__name__})", "not_sent"
            ) from None
        finally:
            made.close()

    def update(self, receipt: Receipt, delivery: Delivery) -> Receipt:
        """What was said stays said."""
        raise DeliveryError("a webhook cannot take back what it said", "not_sent", permanent=True)

    def find(self, delivery: Delivery, since: datetime) -> Receipt | None:
        """Nobody keeps what was posted."""
        raise DeliveryError("a webhook does not remember", "unknown")

    def _connection(self) -> HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            context = ssl.create_default_context()
            return HTTPSConnection(host, port, timeout=self._timeout, context=context)
        return HTTPConnection(host, port, timeout=self._timeout)

    def _post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        made = self._connection()
        path = self._parts.path or "/"
        try:
            query = f"?{self._parts.query}" if self._parts.query else ""
            made.request("POST", path + query, body, dict(headers))
            answer = made.getresponse()
            answer.read(1 << 16)
            return answer.status, answer.headers.get("Retry-After", "")
        finally:
            made.close()

    def _content(self, delivery: Delivery) -> dict[str, object]:
        return {
            "type": f"siaga.{delivery.notice.kind}",
            "timestamp": utc_now().isoformat(timespec="seconds"),
            "data": {
                "key": delivery.key,
                "destination": delivery.destination,
                "labels": labels(delivery),
                "possible_repeat": delivery.possible_repeat,
                "notice": _plain(_without_bad_links(pack(delivery.notice))),
            },
        }


def _without_bad_links(notice: dict[str, Any]) -> dict[str, Any]:
    quotes = notice.get("quotes", [])
    notice["quotes"] = [{**quote, "url": safe_url(quote.get("url", ""))} for quote in quotes]
    return notice


def _plain(told: Any) -> Any:
    """Every text in it without what moves a cursor, hides, or is no character."""
    if isinstance(told, str):
        return clean(told).encode("utf-8", "replace").decode()
    if isinstance(told, dict):
        return {name: _plain(value) for name, value in told.items()}
    return [_plain(value) for value in told] if isinstance(told, list | tuple) else told


def signed(key: bytes, identity: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a signed call."""
    stamp = str(int(at.timestamp()))
    message = b".".join((identity.encode(), stamp.encode(), body))
    signature = base64.b64encode(hmac.new(key, message, sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "user-agent": "siaga",
        "webhook-id": identity,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{signature}",
    }


def _key(secret: str) -> bytes:
    """The key to sign with. Raises Problem, which shows none of it."""
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        raise Problem(
            "What follows whsec_ in SIAGA_WEBHOOK_SECRET is no base64; copy it again as a whole."
        ) from None


def _refused(status: int, wait: str) -> DeliveryError:
    said = f"the webhook answered {status}"
    if status == 429:
        seconds = float(wait) if wait.isdigit() else DEFAULT_WAIT_S
        return DeliveryError(said, "not_sent", retry_after=min(max(seconds, 1.0), MAX_WAIT_S))
    if status >= 500 or status == 408:
        return DeliveryError(said, "unknown")
    if status in (401, 403):
        return DeliveryError(f"{said}: check SIAGA_WEBHOOK_SECRET", "not_sent", permanent=True,
                             scope="credentials")  # fmt: skip
    return DeliveryError(said, "not_sent", permanent=True, scope="destination")


def _made(options: WebhookOptions, secrets: Mapping[str, str]) -> WebhookChannel:
    return WebhookChannel(options.url, secrets["secret"], options.timeout.total_seconds())


WEBHOOK = ChannelType("webhook", WebhookOptions, _made, {"secret": "SIAGA_WEBHOOK_SECRET"})
