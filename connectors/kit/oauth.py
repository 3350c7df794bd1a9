"""OAuth as the platforms speak it: an address to consent at, a code exchanged, a grant renewed.

RFC 6749 (authorization code), RFC 7636 (PKCE), RFC 8252 (redirect to this machine). Each provider
is a few facts; where a platform has a dialect of its own, its two functions say so.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from connectors.base import ConnectorError, Rejected, Unauthorized, Unavailable
from connectors.kit import http
from connectors.kit.json_values import read_json


@dataclass(frozen=True, slots=True)
class Client:
    """Our app at a platform, and where it sends people back to."""

    id: str
    secret: str
    redirect: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a platform granted for one account.

    ``account``    the account's id at the platform; "default" where it tells none
    ``title``      its name, for people
    ``expires_at`` end of ``access``; None: it does not expire
    ``ends_at``    when a person must connect anew; None: not known
    """

    access: str
    refresh: str = ""
    expires_at: datetime | None = None
    ends_at: datetime | None = None
    scopes: str = ""
    account: str = "default"
    title: str = ""

    def __repr__(self) -> str:
        return f"Grant({self.account!r}, expires_at={self.expires_at})"


@dataclass(frozen=True, slots=True)
class TokenState:
    """What a platform says of a token. ``why`` it is not valid, in its words."""

    valid: bool
    ends_at: datetime | None = None
    scopes: frozenset[str] = frozenset()
    why: str = ""


Look = Callable[["Provider", Client, str, datetime], TokenState]
Exchange = Callable[["Provider", Client, str, str, datetime], list[Grant]]
Renew = Callable[["Provider", Client, Grant, datetime], Grant]


@dataclass(frozen=True, slots=True)
class Provider:
    """A platform's OAuth. ``id_variable`` and ``secret_variable`` name our app's credentials in the
    environment; ``id_parameter`` is what the platform calls the first of them. ``more``: further
    parameters of the consent; ``basic``: the token endpoint takes our app's secret in a header
    alone (RFC 6749, 2.3.1); ``more_url``: where whose token it is and longer lives are asked;
    ``look``: asks how a token stands, where the platform tells that."""

    name: str
    title: str
    authorize_url: str
    token_url: str
    scopes: tuple[str, ...]
    id_variable: str
    secret_variable: str
    exchange: Exchange
    renew: Renew | None
    scope_separator: str = " "
    id_parameter: str = "client_id"
    pkce: bool = True
    basic: bool = False
    more: Mapping[str, str] = field(default_factory=dict)
    more_url: str = ""
    look: Look | None = None
    docs: str = ""

    def consent(self, client: Client, state: str, verifier: str) -> str:
        """Where a person consents."""
        asked = {
            self.id_parameter: client.id,
            "redirect_uri": client.redirect,
            "response_type": "code",
            "scope": self.scope_separator.join(self.scopes),
            "state": state,
            **self.more,
        }
        if self.pkce:
            asked |= {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
        return f"{self.authorize_url}?{urlencode(asked)}"


def challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def asked_for(
    provider: Provider,
    url: str,
    secrets: Mapping[str, str],
    *,
    form: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    json: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """One request to a token endpoint, its answer as a dict.

    Raises ``Unauthorized`` where the grant is refused for good (``invalid_grant`` and its kin),
    ``Rejected`` where our app is, ``Unavailable`` for what may pass. No text holds a secret.
    """
    answer = http.fetch(url, params=params, headers=headers, form=form, json=json)
    try:
        told = read_json(answer.body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Unavailable(f"{provider.title} answered something else than a token.")
    error = told.get("error")
    if answer.status < 300 and not error:
        return told
    raise _refused(provider, answer.status, told, secrets)


def _refused(
    provider: Provider, status: int, told: Mapping[str, Any], secrets: Mapping[str, str]
) -> ConnectorError:
    """``error`` may be a code, a sentence, or an object with a message."""
    error = told.get("error")
    if isinstance(error, dict):
        code, said = str(error.get("code") or error.get("type") or ""), str(error.get("message"))
    else:
        code, said = (
            str(error or ""),
            str(told.get("error_description") or told.get("message") or ""),
        )
    said = " ".join(http.redact(said or code, secrets).split())[:200]
    if status == 429 or status >= 500:
        return Unavailable(f"{provider.title} cannot renew tokens now ({status}).")
    if code in ("invalid_client", "unauthorized_client"):
        return Rejected(
            f"{provider.title} does not know our app: check {provider.id_variable} and "
            f"{provider.secret_variable} ({said})."
        )
    return Unauthorized(f"{provider.title} refuses the grant ({said}): run `siaga connect` anew.")


def granted(told: Mapping[str, Any], now: datetime, before: Grant | None = None) -> Grant:
    """A token answer as RFC 6749 words it (5.1). A refresh token that is not told again stays."""
    access = told.get("access_token")
    if not isinstance(access, str) or not access:
        raise Unavailable("The platform answered without a token.")
    base = before or Grant("")
    refresh_life = _seconds(told, "refresh_token_expires_in", "refresh_expires_in")
    return replace(
        base,
        access=access,
        refresh=str(told.get("refresh_token") or base.refresh),
        expires_at=_after(now, _seconds(told, "expires_in")),
        ends_at=_after(now, refresh_life) or base.ends_at,
        scopes=str(told.get("scope") or base.scopes),
    )


def exchange_code(
    provider: Provider, client: Client, code: str, verifier: str, now: datetime
) -> list[Grant]:
    """The plain exchange of a code (RFC 6749, 4.1.3)."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect,
        "client_id": client.id,
    }
    form |= {"code_verifier": verifier} if provider.pkce else {}
    return [granted(_token(provider, client, secrets_of(client, code), form), now)]


def renew_grant(provider: Provider, client: Client, grant: Grant, now: datetime) -> Grant:
    """The plain renewal (RFC 6749, 6)."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": grant.refresh,
        "client_id": client.id,
    }
    secrets = secrets_of(client, grant.refresh, grant.access)
    return granted(_token(provider, client, secrets, form), now, grant)


def _token(
    provider: Provider, client: Client, secrets: Mapping[str, str], form: Mapping[str, str]
) -> dict[str, Any]:
    """What the token endpoint answers. An app without a secret proves itself by PKCE alone."""
    if client.secret and provider.basic:
        pair = f"{quote(client.id, safe='')}:{quote(client.secret, safe='')}"
        headers = {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        return asked_for(provider, provider.token_url, secrets, form=form, headers=headers)
    proof = {"client_secret": client.secret} if client.secret else {}
    return asked_for(provider, provider.token_url, secrets, form={**form, **proof})


def secrets_of(client: Client, *more: str) -> dict[str, str]:
    """What must not be in any text."""
    return {str(n): value for n, value in enumerate((client.secret, *more)) if value}


def _seconds(told: Mapping[str, Any], *names: str) -> float | None:
    for name in names:
        value = told.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return float(value)
    return None


def _after(now: datetime, seconds: float | None) -> datetime | None:
    return None if seconds is None else now + timedelta(seconds=min(seconds, 10 * 365 * 86400))
