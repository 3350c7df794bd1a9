"""How platforms refuse, and which failure each refusal must become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.base import ConnectorError, RateLimited, Rejected, Unauthorized, Unavailable
from connectors.kit.loopback import Reply


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a platform refuses, and what that must be: the kind of failure, and its ``reason`` or
    in how many seconds it says to ask again."""

    reply: Reply
    failure: type[ConnectorError]
    reason: str = ""
    retry_s: float | None = None


FAILURES: Mapping[str, Refusal] = {
    "the token is not accepted": Refusal(Reply({}, 401), Unauthorized, "token"),
    "it wants to be paid": Refusal(Reply({}, 402), Unauthorized, "credits"),
    "we may not read it": Refusal(Reply({}, 403), Unauthorized, "permission"),
    "there is nothing there": Refusal(Reply({}, 404), Rejected),
    "too fast": Refusal(Reply({}, 429, {"retry-after": "90"}), RateLimited, retry_s=90),
    "it is out of order": Refusal(Reply({}, 500), Unavailable),
    "it is being mended": Refusal(Reply("<h1>503</h1>", 503), Unavailable),
}
