"""The platforms a person can connect, each with its dialect of OAuth.

Addresses and lifetimes as documented in 2026-11:
Meta https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived,
Instagram https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login,
Threads https://developers.facebook.com/docs/threads/get-started/long-lived-tokens,
Google https://developers.google.com/identity/protocols/oauth2/native-app,
LinkedIn https://learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow,
TikTok https://business-api.tiktok.com/portal/docs?id=1738373164380162,
X https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from connectors.base import ConnectorError, Unauthorized
from connectors.kit.oauth import (
    Client,
    Grant,
    Provider,
    asked_for,
    exchange_code,
    granted,
    renew_grant,
    secrets_of,
)
from connectors.kit.token_state import page_token_ends, page_token_state, threads_token_state


def _meta(
    provider: Provider, client: Client, code: str, _verifier: str, now: datetime
) -> list[Grant]:
    """A code -> a short token -> a long one -> the tokens of the Pages, which do not expire; each
    serves the Instagram account that hangs on its Page too."""
    app = {"client_id": client.id, "client_secret": client.secret}
    params = {**app, "redirect_uri": client.redirect, "code": code}
    secrets = secrets_of(client, code)
    short = granted(asked_for(provider, provider.token_url, secrets, params=params), now)
    params = {**app, "grant_type": "fb_exchange_token", "fb_exchange_token": short.access}
    secrets = secrets_of(client, short.access)
    person = granted(asked_for(provider, provider.token_url, secrets, params=params), now)
    base = provider.token_url.removesuffix("/oauth/access_token")
    fields = "id,name,access_token,instagram_business_account{id,username}"
    params = {"fields": fields, "limit": "100", "access_token": person.access}
    secrets = secrets_of(client, person.access)
    told = asked_for(provider, f"{base}/me/accounts", secrets, params=params)
    grants: list[Grant] = []
    for row in told.get("data") or []:
        if isinstance(row, dict) and row.get("access_token") and row.get("id"):
            ends_at = _data_access_ends(provider, client, base, str(row["access_token"]))
            grants += _page_grants(row, ends_at)
    if not grants:
        raise Unauthorized("this person has no Page, or did not choose one: connect again.")
    return grants


def _page_grants(row: Mapping[str, Any], ends_at: datetime | None) -> list[Grant]:
    token, title = str(row["access_token"]), str(row.get("name") or "")
    page = Grant(token, account=str(row["id"]), title=title, ends_at=ends_at)
    linked = row.get("instagram_business_account")
    if not isinstance(linked, dict) or not linked.get("id"):
        return [page]
    title = f"@{linked.get('username') or title}"
    return [page, replace(page, account=str(linked["id"]), title=title)]


def _data_access_ends(provider: Provider, client: Client, base: str, token: str) -> datetime | None:
    """When the right to read lapses (90 days, unless the person comes back); None: not told."""
    try:
        return page_token_ends(provider, client, base, token)
    except ConnectorError:
        return None


def _exchanged_long(kind: str) -> Any:
    """Instagram's and Threads' way: a code by POST, then a long-lived token (60 days) by GET."""

    def exchange(
        provider: Provider, client: Client, code: str, _verifier: str, now: datetime
    ) -> list[Grant]:
        form = {
            "client_id": client.id,
            "client_secret": client.secret,
            "grant_type": "authorization_code",
            "redirect_uri": client.redirect,
            "code": code,
        }
        told = asked_for(provider, provider.token_url, secrets_of(client, code), form=form)
        short = granted(told, now)
        params = {
            "grant_type": f"{kind}_exchange_token",
            "client_secret": client.secret,
            "access_token": short.access,
        }
        secrets = secrets_of(client, short.access)
        long = asked_for(provider, f"{provider.more_url}/access_token", secrets, params=params)
        account = str(told.get("user_id") or "default")
        return [_self_renewing(replace(granted(long, now), account=account, title=account))]

    return exchange


def _renewed_long(kind: str) -> Any:
    def renew(provider: Provider, client: Client, grant: Grant, now: datetime) -> Grant:
        params = {"grant_type": f"{kind}_refresh_token", "access_token": grant.access}
        url = f"{provider.more_url}/refresh_access_token"
        told = asked_for(provider, url, secrets_of(client, grant.access), params=params)
        return _self_renewing(granted(told, now, grant))

    return renew


def _self_renewing(grant: Grant) -> Grant:
    """A token that is renewed by itself has no other to be renewed by."""
    return replace(grant, refresh=grant.access)


def _google(
    provider: Provider, client: Client, code: str, verifier: str, now: datetime
) -> list[Grant]:
    (grant,) = exchange_code(provider, client, code, verifier, now)
    url = f"{provider.more_url}/youtube/v3/channels"
    params = {"part": "id,snippet", "mine": "true"}
    told = _whose(provider, client, grant, url, params)
    items = told.get("items")
    if isinstance(items, list) and items and isinstance(items[0], dict):
        title = str((items[0].get("snippet") or {}).get("title") or "")
        return [replace(grant, account=str(items[0].get("id") or "default"), title=title)]
    return [grant]


def _linkedin(
    provider: Provider, client: Client, code: str, verifier: str, now: datetime
) -> list[Grant]:
    """One grant for each organization that the person administers."""
    (grant,) = exchange_code(provider, client, code, verifier, now)
    url = f"{provider.more_url}/rest/organizationAcls?q=roleAssignee&role=ADMINISTRATOR"
    told = _whose(provider, client, grant, url, None)
    found = [
        str(row.get("organization") or "").rpartition(":")[2]
        for row in told.get("elements") or []
        if isinstance(row, dict)
    ]
    return [replace(grant, account=name, title=name) for name in found if name] or [grant]


def _x(provider: Provider, client: Client, code: str, verifier: str, now: datetime) -> list[Grant]:
    (grant,) = exchange_code(provider, client, code, verifier, now)
    data = _whose(provider, client, grant, f"{provider.more_url}/2/users/me", None).get("data")
    if isinstance(data, dict) and data.get("id"):
        return [replace(grant, account=str(data["id"]), title=f"@{data.get('username')}")]
    return [grant]


def _whose(
    provider: Provider, client: Client, grant: Grant, url: str, params: Mapping[str, str] | None
) -> dict[str, Any]:
    """What the platform says of whom a token belongs to; nothing where it will not say."""
    headers = {"Authorization": f"Bearer {grant.access}"}
    secrets = secrets_of(client, grant.access, grant.refresh)
    try:
        return asked_for(provider, url, secrets, params=params, headers=headers)
    except ConnectorError:
        return {}


def _tiktok(
    provider: Provider, client: Client, code: str, _verifier: str, now: datetime
) -> list[Grant]:
    body = {
        "client_id": client.id,
        "client_secret": client.secret,
        "grant_type": "authorization_code",
        "auth_code": code,
        "redirect_uri": client.redirect,
    }
    told = _tiktok_data(provider, client, f"{provider.token_url}/token/", body, code)
    return [_tiktok_grant(told, now, None)]


def _tiktok_renewed(provider: Provider, client: Client, grant: Grant, now: datetime) -> Grant:
    body = {
        "client_id": client.id,
        "client_secret": client.secret,
        "grant_type": "refresh_token",
        "refresh_token": grant.refresh,
    }
    url = f"{provider.token_url}/refresh_token/"
    return _tiktok_grant(_tiktok_data(provider, client, url, body, grant.refresh), now, grant)


def _tiktok_data(
    provider: Provider, client: Client, url: str, body: Mapping[str, str], secret: str
) -> dict[str, Any]:
    """The ``data`` of an answer: TikTok says how it went by ``code``, under HTTP 200."""
    told = asked_for(provider, url, secrets_of(client, secret), json=body)
    data = told.get("data")
    if told.get("code") != 0 or not isinstance(data, dict):
        raise Unauthorized(
            f"TikTok refuses the grant ({told.get('code')}): run `siaga connect tiktok` anew."
        )
    return data


def _tiktok_grant(told: Mapping[str, Any], now: datetime, before: Grant | None) -> Grant:
    grant = granted(told, now, before)
    account = str(told.get("open_id") or grant.account)
    return replace(grant, account=account, title=grant.title or account)


META_SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_read_user_content",
    "read_insights",
    "ads_read",
    "instagram_basic",
    "instagram_manage_comments",
    "instagram_manage_insights",
    "business_management",
)

PROVIDERS: dict[str, Provider] = {
    provider.name: provider
    for provider in (
        Provider(
            name="meta",
            title="Meta",
            authorize_url="https://www.facebook.com/v26.0/dialog/oauth",
            token_url="https://graph.facebook.com/v26.0/oauth/access_token",  # noqa: S106  (an address)
            scopes=META_SCOPES,
            id_variable="META_APP_ID",
            secret_variable="META_APP_SECRET",  # noqa: S106  (a name)
            exchange=_meta,
            renew=None,
            scope_separator=",",
            pkce=False,
            look=page_token_state,
            docs="docs/connectors/facebook.md",
        ),
        Provider(
            name="instagram",
            title="Instagram",
            authorize_url="https://www.instagram.com/oauth/authorize",
            token_url="https://api.instagram.com/oauth/access_token",  # noqa: S106  (an address)
            more_url="https://graph.instagram.com",
            scopes=(
                "instagram_business_basic",
                "instagram_business_manage_comments",
                "instagram_business_manage_insights",
            ),
            id_variable="INSTAGRAM_APP_ID",
            secret_variable="INSTAGRAM_APP_SECRET",  # noqa: S106  (a name)
            exchange=_exchanged_long("ig"),
            renew=_renewed_long("ig"),
            scope_separator=",",
            pkce=False,
            docs="docs/connectors/instagram.md",
        ),
        Provider(
            name="threads",
            title="Threads",
            authorize_url="https://threads.net/oauth/authorize",
            token_url="https://graph.threads.net/oauth/access_token",  # noqa: S106  (an address)
            more_url="https://graph.threads.net",
            scopes=(
                "threads_basic",
                "threads_read_replies",
                "threads_keyword_search",
                "threads_manage_mentions",
                "threads_manage_insights",
            ),
            id_variable="META_THREADS_APP_ID",
            secret_variable="META_THREADS_APP_SECRET",  # noqa: S106  (a name)
            exchange=_exchanged_long("th"),
            renew=_renewed_long("th"),
            scope_separator=",",
            pkce=False,
            look=threads_token_state,
            docs="docs/connectors/threads.md",
        ),
        Provider(
            name="youtube",
            title="YouTube",
            authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
            token_url="https://oauth2.googleapis.com/token",  # noqa: S106  (an address)
            more_url="https://youtube.googleapis.com",
            scopes=(
                "https://www.googleapis.com/auth/youtube.readonly",
                "https://www.googleapis.com/auth/yt-analytics.readonly",
            ),
            id_variable="YOUTUBE_CLIENT_ID",
            secret_variable="YOUTUBE_CLIENT_SECRET",  # noqa: S106  (a name)
            exchange=_google,
            renew=renew_grant,
            more={"access_type": "offline", "prompt": "consent"},
            docs="docs/connectors/youtube.md",
        ),
        Provider(
            name="linkedin",
            title="LinkedIn",
            authorize_url="https://www.linkedin.com/oauth/v2/authorization",
            token_url="https://www.linkedin.com/oauth/v2/accessToken",  # noqa: S106  (an address)
            more_url="https://api.linkedin.com",
            scopes=("r_organization_social", "rw_organization_admin"),
            id_variable="LINKEDIN_CLIENT_ID",
            secret_variable="LINKEDIN_CLIENT_SECRET",  # noqa: S106  (a name)
            exchange=_linkedin,
            renew=renew_grant,
            pkce=False,
            docs="docs/connectors/linkedin.md",
        ),
        Provider(
            name="tiktok",
            title="TikTok",
            authorize_url="https://www.tiktok.com/v2/auth/authorize",
            token_url="https://business-api.tiktok.com/open_api/v1.3/tt_user/oauth2",  # noqa: S106  (an address)
            scopes=("user.info.basic", "video.list", "comment.list", "biz.brand.insights"),
            id_variable="TIKTOK_CLIENT_KEY",
            secret_variable="TIKTOK_CLIENT_SECRET",  # noqa: S106  (a name)
            exchange=_tiktok,
            renew=_tiktok_renewed,
            scope_separator=",",
            id_parameter="client_key",
            pkce=False,
            docs="docs/connectors/tiktok.md",
        ),
        Provider(
            name="x",
            title="X",
            authorize_url="https://x.com/i/oauth2/authorize",
            token_url="https://api.x.com/2/oauth2/token",  # noqa: S106  (an address)
            more_url="https://api.x.com",
            scopes=("tweet.read", "users.read", "offline.access"),
            id_variable="X_CLIENT_ID",
            secret_variable="X_CLIENT_SECRET",  # noqa: S106  (a name)
            exchange=_x,
            renew=renew_grant,
            # https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token
            basic=True,
            docs="docs/connectors/x.md",
        ),
    )
}
"""Name -> provider, in the order people are shown."""


def moved(provider: Provider, base: str) -> Provider:
    """The provider with every address on another host, for a platform on this machine."""

    def there(url: str) -> str:
        return f"{base}{urlsplit(url).path}" if url else base

    return replace(
        provider,
        authorize_url=there(provider.authorize_url),
        token_url=there(provider.token_url),
        more_url=there(provider.more_url),
    )
