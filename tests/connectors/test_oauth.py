"""Each platform's way to grant access: what is asked, what is kept, and what a refusal says."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from fakes.oauth_platform import OAuthPlatform

from connectors.base import Rejected, Unauthorized, Unavailable
from connectors.kit.loopback import LoopbackServer, Reply
from connectors.kit.oauth import Client, Grant, Provider, challenge
from connectors.kit.providers import PROVIDERS, moved
from connectors.testing import said

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CLIENT = Client("app-id", "app-secret-of-the-test", "http://localhost:8765/callback")
SECRETS = ("app-secret-of-the-test", "code-of-the-test", "refresh-of-the-test", "tok-of-the-test")


@pytest.fixture
def platform() -> OAuthPlatform:
    return OAuthPlatform()


@pytest.fixture
def server(platform: OAuthPlatform) -> Iterator[LoopbackServer]:
    with LoopbackServer(platform) as server:
        yield server


def there(name: str, server: LoopbackServer) -> Provider:
    return moved(PROVIDERS[name], server.url)


def exchanged(provider: Provider) -> list[Grant]:
    return provider.exchange(provider, CLIENT, "code-of-the-test", "v" * 64, NOW)


TOKEN = {"access_token": "tok-of-the-test", "expires_in": 3600, "refresh_token": "r1"}


def test_consent_asks_for_the_scopes_and_carries_state_and_where_it_is_known_pkce() -> None:
    for provider in PROVIDERS.values():
        asked = parse_qs(urlsplit(provider.consent(CLIENT, "the-state", "v" * 64)).query)
        assert asked["state"] == ["the-state"]
        assert asked[provider.id_parameter] == ["app-id"]
        assert set(asked["scope"][0].split(provider.scope_separator)) == set(provider.scopes)
        assert ("code_challenge" in asked) == provider.pkce
        assert "app-secret" not in str(asked)
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == (
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )  # RFC 7636, appendix B


def test_a_meta_code_becomes_a_token_for_each_page_and_its_instagram_account(
    server: LoopbackServer, platform: OAuthPlatform
) -> None:
    ends = NOW + timedelta(days=90)
    page = {"id": "1001", "name": "Kopi Senja", "access_token": "page-token"}
    linked = {"instagram_business_account": {"id": "178", "username": "kopisenja"}}
    platform.answers = {
        "/v26.0/oauth/access_token": [
            {"access_token": "short", "expires_in": 3600},
            {"access_token": "long", "expires_in": 5184000},
        ],
        "/v26.0/me/accounts": {"data": [page | linked, page | {"id": "1002"}]},
        "/v26.0/debug_token": {"data": {"expires_at": 0, "data_access_expires_at": epoch(ends)}},
    }
    grants = exchanged(there("meta", server))
    assert [(g.account, g.title) for g in grants] == [
        ("1001", "Kopi Senja"),
        ("178", "@kopisenja"),
        ("1002", "Kopi Senja"),
    ]
    assert all(g.access == "page-token" and g.expires_at is None for g in grants)
    assert all(g.ends_at == ends for g in grants)
    assert platform.asked[1].params["fb_exchange_token"] == "short"


def epoch(at: datetime) -> int:
    return int(at.timestamp())


def test_youtube_x_and_linkedin_exchange_by_post_and_learn_whose_token_it_is(
    server: LoopbackServer, platform: OAuthPlatform
) -> None:
    platform.answers = {
        "/token": dict(TOKEN),
        "/youtube/v3/channels": {"items": [{"id": "UC1", "snippet": {"title": "Kopi Senja"}}]},
        "/2/oauth2/token": dict(TOKEN),
        "/2/users/me": {"data": {"id": "42", "username": "kopisenja"}},
        "/oauth/v2/accessToken": TOKEN | {"refresh_token_expires_in": 31536000},
        "/rest/organizationAcls": {"elements": [{"organization": "urn:li:organization:7"}]},
    }
    for name, account in (("youtube", "UC1"), ("x", "42"), ("linkedin", "7")):
        platform.asked.clear()
        (grant,) = exchanged(there(name, server))
        assert (grant.account, grant.access, grant.refresh) == (account, "tok-of-the-test", "r1")
        assert grant.expires_at == NOW + timedelta(hours=1)
        first = platform.asked[0]
        assert (first.method, first.form["code"]) == ("POST", "code-of-the-test")
        assert ("code_verifier" in first.form) == PROVIDERS[name].pkce
    assert grant.ends_at == NOW + timedelta(days=365)


def test_x_takes_the_secret_of_a_confidential_app_in_a_header_alone(
    server: LoopbackServer, platform: OAuthPlatform
) -> None:
    platform.answers = {"/2/oauth2/token": [dict(TOKEN), dict(TOKEN), dict(TOKEN)]}
    provider = there("x", server)
    (grant,) = exchanged(provider)
    renew = provider.renew
    assert renew is not None
    renew(provider, CLIENT, grant, NOW)
    asked = [one for one in platform.asked if one.path == "/2/oauth2/token"]
    for one in asked:
        kind, _, told = one.headers["authorization"].partition(" ")
        assert kind == "Basic"
        assert base64.b64decode(told) == b"app-id:app-secret-of-the-test"
        assert one.form["client_id"] == "app-id"
        assert "client_secret" not in one.form
    assert len(asked) == 2
    public = replace(CLIENT, secret="")
    provider.exchange(provider, public, "code-of-the-test", "v" * 64, NOW)
    last = [one for one in platform.asked if one.path == "/2/oauth2/token"][-1]
    assert "authorization" not in last.headers, "a native app has none"


def test_instagram_and_threads_make_it_long_lived_and_renew_it_by_itself(
    server: LoopbackServer, platform: OAuthPlatform
) -> None:
    platform.answers = {
        "/oauth/access_token": {"access_token": "short", "user_id": 55},
        "/access_token": {"access_token": "long", "expires_in": 5184000},
        "/refresh_access_token": {"access_token": "longer", "expires_in": 5184000},
    }
    for name, kind in (("instagram", "ig"), ("threads", "th")):
        provider = there(name, server)
        (grant,) = exchanged(provider)
        assert (grant.account, grant.access, grant.refresh) == ("55", "long", "long")
        assert provider.renew is not None
        renewed = provider.renew(provider, CLIENT, grant, NOW + timedelta(days=30))
        assert renewed.access == "longer"
        assert renewed.expires_at == NOW + timedelta(days=90)
        assert platform.asked[-1].params["grant_type"] == f"{kind}_refresh_token"


def test_tiktoks_recorded_tokens_are_kept_and_renewed(
    server: LoopbackServer, platform: OAuthPlatform, shared: Path
) -> None:
    folder = shared / "data/recorded/tiktok/python-tiktok/business/access_token"
    told = orjson.loads((folder / "token_resp.json").read_bytes())
    base = "/open_api/v1.3/tt_user/oauth2"
    platform.answers = {f"{base}/token/": told, f"{base}/refresh_token/": told}
    provider = there("tiktok", server)
    (grant,) = exchanged(provider)
    assert (grant.account, grant.access, grant.refresh) == ("openid", "act.token", "rft.token")
    assert grant.expires_at == NOW + timedelta(days=1)
    assert provider.renew is not None
    renewed = provider.renew(provider, CLIENT, grant, NOW + timedelta(hours=20))
    assert renewed.expires_at == NOW + timedelta(hours=44)
    assert orjson.loads(platform.asked[-1].body)["refresh_token"] == "rft.token"


def test_a_refresh_token_that_is_not_told_again_stays(
    server: LoopbackServer, platform: OAuthPlatform
) -> None:
    platform.answers = {"/token": {"access_token": "new", "expires_in": 3600}}
    provider = there("youtube", server)
    assert provider.renew is not None
    renewed = provider.renew(provider, CLIENT, Grant("old", "refresh-of-the-test"), NOW)
    assert (renewed.access, renewed.refresh) == ("new", "refresh-of-the-test")


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (
            {"error": "invalid_grant", "error_description": "Token has been revoked."},
            400,
            Unauthorized,
        ),
        ({"error": "error message"}, 400, Unauthorized),
        ({"error": {"message": "Bad code", "code": 100}}, 400, Unauthorized),
        ({"error": "invalid_client"}, 401, Rejected),
        ({"error": "server_error"}, 503, Unavailable),
        ({"error": "slow"}, 429, Unavailable),
    ],
)
def test_a_refusal_says_what_to_do_and_holds_no_secret(
    server: LoopbackServer,
    platform: OAuthPlatform,
    body: dict[str, Any],
    status: int,
    kind: type[Exception],
) -> None:
    platform.answers = {"/token": body | {"status": status, "echo": "refresh-of-the-test"}}
    provider = there("youtube", server)
    assert provider.renew is not None
    _, _, refresh, access = SECRETS
    with pytest.raises(kind) as caught:
        provider.renew(provider, CLIENT, Grant(access, refresh), NOW)
    assert not [secret for secret in SECRETS if secret in said(caught.value)]


def test_a_token_endpoint_that_answers_a_web_page_is_unavailable(server: LoopbackServer) -> None:
    server.answer = lambda _: Reply("<html>maintenance</html>")
    provider = there("youtube", server)
    with pytest.raises(Unavailable):
        exchanged(provider)


def test_a_grant_shows_no_token_of_its_own() -> None:
    assert "tok-of-the-test" not in repr(Grant("tok-of-the-test", "refresh-of-the-test"))
