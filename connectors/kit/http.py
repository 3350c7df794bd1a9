"""The one way connectors reach the network. Deadlines, a size limit, and failures with our names.

No retries, no sleeps, no state: the poller decides when to ask again. No URL and no header ever
gets into an error text, for tokens live in both; only the host does.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from socket import gaierror
from ssl import SSLCertVerificationError, SSLContext
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from connectors.base import (
    ConnectorError,
    RateLimited,
    Rejected,
    Unanswered,
    Unauthorized,
    Unavailable,
)
from connectors.kit.inside import LedInside, check_redirect
from connectors.kit.unpack import BadPacking, NestedPacking, UnknownPacking, unpacker

for _name in ("httpx2", "httpcore2"):  # they log addresses and headers, tokens included
    logging.getLogger(_name).setLevel(logging.WARNING)

CONNECT_S = 10.0
READ_S = 20.0
TOTAL_S = 45.0
"""A whole request, however slowly it drips."""

MAX_BYTES = 16 << 20
REDIRECTS = 5
_ASKED = re.compile(r"(https?:(?:\\?/){2}[^\s?\"'<>]{1,300})\?[^\s\"'<>]+")
"""An address that asks something; in JSON its slashes may be escaped."""

EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}")

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Response:
    """What a server said. Header names are lower case; ``moved_to`` is the new address if it
    moved for good; ``url`` the address that answered (never for a text: tokens live in it)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    host: str
    moved_to: str = ""
    url: str = ""


on_answer: list[Callable[[Response], None]] = []
"""Who wants to know of every answer, whatever it says: the daemon, for what time it is there."""


def fetch(
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    redirects: int = 0,
    total_s: float | None = None,
    max_bytes: int | None = None,
    form: Mapping[str, str] | None = None,
    json: Mapping[str, Any] | None = None,
    put: bytes | None = None,
) -> Response:
    """GET, POST where there is a ``form`` or ``json`` to send, PUT of some bytes. Any status is an
    answer (see ``failure``). The limits are ``TOTAL_S`` and ``MAX_BYTES`` unless said otherwise.

    Raises ``Unavailable`` for what the network did, ``Rejected`` for an address that is none and
    ``Unauthorized`` for a token that cannot be sent.
    """
    host = host_of(url)
    total_s = TOTAL_S if total_s is None else total_s
    max_bytes = MAX_BYTES if max_bytes is None else max_bytes
    told = {"params": params or None, "data": form, "json": json}
    asked: dict[str, Any] = {n: dict(value) for n, value in told.items() if value is not None}
    asked |= {} if put is None else {"content": put}
    try:
        return asyncio.run(_ask(url, asked, dict(headers or {}), redirects, total_s, max_bytes))
    except (TimeoutError, httpx2.TimeoutException):
        raise Unanswered(f"{host} did not answer in time (at most {total_s:g} s).") from None
    except (httpx2.LocalProtocolError, UnicodeEncodeError):
        raise Unauthorized("the token has characters that no token has: copy it again.") from None
    except (httpx2.UnsupportedProtocol, httpx2.InvalidURL):
        raise Rejected(f"{host} sends us to an address that is not http or https.") from None
    except _TooLarge:
        reason = f"sent more than {max_bytes >> 20} MiB"
    except (ValueError, OverflowError, ExceptionGroup):  # what asyncio says of a port of 99999
        raise Rejected(f"{host} sends us to an address that is none.") from None
    except (httpx2.HTTPError, OSError, BadPacking) as error:
        reason = _went_wrong(error, by_proxy=_has_proxy(url, host))
    raise Unavailable(f"{host} {reason}.") from None


def _went_wrong(error: Exception, *, by_proxy: bool) -> str:
    """What the network or the server did, for people."""
    match error:
        case LedInside():
            return "sends us to an address inside our own network"
        case httpx2.TooManyRedirects():
            return "redirects in a circle"
        case httpx2.ProxyError():
            return "cannot be reached: the proxy on the way refuses"
        case httpx2.ConnectError():
            return _unreached(error, by_proxy=by_proxy)
        case NestedPacking():
            return "sent a body that is packed more than once"
        case UnknownPacking():
            return "sent a body that is packed in a way we had not asked for"
        case BadPacking():
            return "sent a body that cannot be unpacked"
        case _:
            return f"broke off ({type(error).__name__})"


def _unreached(error: BaseException | None, *, by_proxy: bool) -> str:
    """Why there is no connection: each is mended by somebody else."""
    while error is not None:
        if isinstance(error, SSLCertVerificationError):
            return f"shows a certificate that is not valid ({error.verify_message})"
        if by_proxy and isinstance(error, OSError):
            return "cannot be reached: the proxy on the way does not answer"
        if isinstance(error, gaierror):
            return "cannot be reached: its name is not found (DNS)"
        error = error.__cause__ or error.__context__
    return "cannot be reached"


def _has_proxy(url: str, host: str) -> bool:
    """Whether the environment sends this request by a proxy."""
    return host not in LOOPBACK and urlsplit(url).scheme in getproxies() and not proxy_bypass(host)


def host_of(url: str) -> str:
    """The host of an http(s) address, for texts. Raises ``Rejected`` if it is no such address."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https"):
        raise Rejected("the address must begin with http:// or https:// and name a host.")
    return host


def safe_base(url: str) -> str:
    """An API's base address for a setting: https, or http on this machine. Raises ValueError."""
    try:
        host = host_of(url)
    except Rejected as error:
        raise ValueError(str(error)) from error
    if not url.startswith("https:") and host not in LOOPBACK:
        raise ValueError("a token may only go over https (plain http: only on this machine)")
    return url.rstrip("/")


class _TooLarge(Exception):
    pass


@lru_cache(maxsize=1)
def _trust() -> SSLContext:
    return httpx2.create_ssl_context()


async def _ask(
    url: str,
    asked: dict[str, Any],
    headers: dict[str, str],
    redirects: int,
    total_s: float,
    max_bytes: int,
) -> Response:
    headers.setdefault("user-agent", "siaga")
    headers.setdefault("accept-encoding", "gzip, deflate")
    client = httpx2.AsyncClient(
        timeout=httpx2.Timeout(READ_S, connect=CONNECT_S),
        verify=_trust(),
        trust_env=host_of(url) not in LOOPBACK,  # a proxy knows nothing of this machine
    )
    async with asyncio.timeout(total_s), client:
        posts = "data" in asked or "json" in asked
        method = "POST" if posts else "PUT" if "content" in asked else "GET"
        request = client.build_request(method, url, headers=headers, **asked)
        statuses: list[int] = []
        while True:
            response = await client.send(request, stream=True)
            try:
                if response.next_request is None or not redirects:
                    return await _read(response, statuses, max_bytes)
            finally:
                await response.aclose()  # the body of a redirect is never read
            if len(statuses) >= redirects:
                raise httpx2.TooManyRedirects("too many", request=request)
            statuses.append(response.status_code)
            request = response.next_request
            await check_redirect(host_of(url), request.url.host)


async def _read(response: httpx2.Response, moved: list[int], max_bytes: int) -> Response:
    """The response with its body, unpacked piece by piece up to ``max_bytes``."""
    unpack = unpacker(response.headers.get("content-encoding", "").split(","))
    body = bytearray()
    async for packed in response.aiter_raw(1 << 16):
        for piece in unpack.feed(packed):
            body += piece
            if len(body) > max_bytes:
                raise _TooLarge
    url = str(response.url)
    answer = Response(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=bytes(body),
        host=host_of(url),
        moved_to=url if moved and set(moved) <= {301, 308} else "",
        url=url,
    )
    for tell in on_answer:
        tell(answer)
    return answer


def failure(answer: Response, now: datetime, name: str = "") -> ConnectorError | None:
    """The failure a status stands for where the platform has no words of its own; None: none.
    ``name``: what people call it; else by its host."""
    status, host = answer.status, name or answer.host
    if status < 300 or status == 304:
        return None
    if status == 429 or (status == 503 and "retry-after" in answer.headers):
        return RateLimited(f"{host} asks us to slow down ({status}).", retry_after(answer, now))
    if status == 401:
        return Unauthorized(f"{host} does not accept the token (401): renew it.")
    if status == 402:
        return Unauthorized(f"{host} wants to be paid (402): add credits.", "credits")
    if status == 403:
        return Unauthorized(f"{host} refuses us (403): check what we may read.", "permission")
    if status in (404, 410):
        told = f"{host} has nothing at this address ({status}): correct or remove it."
        return Rejected(told, gone=status == 410)
    if 400 <= status < 500 and status not in (407, 408, 425):
        return Rejected(f"{host} does not accept the request ({status}).")
    return Unavailable(f"{host} is out of order ({status}).")


def retry_after(answer: Response, now: datetime) -> datetime | None:
    """When ``Retry-After`` (seconds or a date) or ``x-rate-limit-reset`` (epoch seconds) allows
    the next request; None if neither can be read."""
    told = answer.headers.get("retry-after", "").strip()
    reset = answer.headers.get("x-rate-limit-reset", "").strip()
    try:
        if told.isdigit():
            return now + timedelta(seconds=int(told))
        if told:
            at = parsedate_to_datetime(told)
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        return datetime.fromtimestamp(int(reset), UTC) if reset else None
    except (ValueError, OverflowError):
        return None


def redact(text: str, secrets: Mapping[str, str]) -> str:
    """``text`` with every secret and every e-mail address replaced, and what addresses ask cut
    off: some are signed, and whoever has one may use it. For words that a platform said."""
    for secret in secrets.values():
        if len(secret) >= 4:
            text = text.replace(secret, "***")
    return EMAIL.sub("***", _ASKED.sub(r"\1?…", text))
