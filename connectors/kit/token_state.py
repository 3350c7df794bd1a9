"""How a token of Meta's platforms stands: valid until when, and what it permits.

https://developers.facebook.com/docs/graph-api/reference/debug_token,
https://developers.facebook.com/documentation/threads/troubleshooting/debug-access-token
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.base import Unavailable
from connectors.kit import http
from connectors.kit.oauth import Client, Provider, TokenState, asked_for, secrets_of


def page_token_state(provider: Provider, client: Client, token: str, _now: datetime) -> TokenState:
    """How a token of a Page or of its Instagram account stands. Raises ``Unavailable`` where that
    is not told."""
    base = provider.token_url.removesuffix("/oauth/access_token")
    return _state(provider, client, token, _told_of_page(provider, client, base, token))


def page_token_ends(provider: Provider, client: Client, base: str, token: str) -> datetime | None:
    """When the right to read lapses; None: not told."""
    return _ends(_told_of_page(provider, client, base, token).get("data"))


def threads_token_state(
    provider: Provider, client: Client, token: str, _now: datetime
) -> TokenState:
    """How a token of Threads stands: it asks of itself, which Threads may grant to testers of the
    app alone. Raises a ``ConnectorError`` where it is not told."""
    params = {"input_token": token, "access_token": token}
    url = f"{provider.more_url}/v1.0/debug_token"
    told = asked_for(provider, url, secrets_of(client, token), params=params)
    return _state(provider, client, token, told)


def _told_of_page(provider: Provider, client: Client, base: str, token: str) -> dict[str, Any]:
    params = {"input_token": token, "access_token": f"{client.id}|{client.secret}"}
    return asked_for(provider, f"{base}/debug_token", secrets_of(client, token), params=params)


def _state(provider: Provider, client: Client, token: str, told: Mapping[str, Any]) -> TokenState:
    data = told.get("data", told)  # older versions tell it bare
    if not isinstance(data, dict) or not isinstance(data.get("is_valid"), bool):
        raise Unavailable(f"{provider.title} does not tell how the token stands.")
    error = data.get("error")
    said = str(error.get("message") or "") if isinstance(error, dict) else ""
    said = " ".join(http.redact(said, secrets_of(client, token)).split())[:200]
    scopes = data.get("scopes")
    known = {one for one in scopes if isinstance(one, str)} if isinstance(scopes, list) else set()
    return TokenState(data["is_valid"], _ends(data), frozenset(known), said)


def _ends(data: Any) -> datetime | None:
    """The first end that an answer names."""
    if not isinstance(data, dict):
        return None
    ends = [data.get("expires_at"), data.get("data_access_expires_at")]
    known = [end for end in ends if isinstance(end, int) and not isinstance(end, bool) and end > 0]
    return datetime.fromtimestamp(min(known), UTC) if known else None
