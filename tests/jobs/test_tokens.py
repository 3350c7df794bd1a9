"""Tokens at rest: sealed, renewed before they end, told a week before only a person can help."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner
from fakes.oauth_platform import OAuthPlatform

from alerting.messages.codec import unpack
from connectors.kit import http
from connectors.kit.loopback import LoopbackServer
from connectors.kit.oauth import Grant
from connectors.kit.providers import PROVIDERS, moved
from monitor.app import App, assemble
from monitor.cli.connect import code_of, connect
from monitor.clock import ManualClock
from monitor.jobs import tokens as job
from monitor.jobs.token_watch import watch_tokens
from monitor.problems import Problem
from monitor.settings.model import BrandSettings, Settings, SourceSettings
from monitor.settings.vault import FILE, Vault, vault
from monitor.store.overview import messages as told
from monitor.store.tokens import tokens

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ACCESS, REFRESH = "act-access-of-the-test", "rft-refresh-of-the-test"


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[OAuthPlatform]:
    platform = OAuthPlatform()
    with LoopbackServer(platform) as server:
        for name in list(PROVIDERS):
            monkeypatch.setitem(PROVIDERS, name, moved(PROVIDERS[name], server.url))
        monkeypatch.setenv("TIKTOK_CLIENT_KEY", "key")
        monkeypatch.setenv("TIKTOK_CLIENT_SECRET", "secret-of-the-test")
        yield platform


def source(connector: str, **options: Any) -> SourceSettings:
    return SourceSettings(connector=connector, name="s", options=options)


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[App]:
    clock = ManualClock(NOW)
    brand = BrandSettings(slug="kopi", name="Kopi Senja", query="kopi", sources=())
    settings = Settings(brands=(brand,))
    made = assemble(settings, folder=tmp_path, database_url=database_url, now=clock, wall=clock)
    box = vault(tmp_path, create=True)
    yield replace(made, vault=lambda: box)
    made.db.close()


def keep(app: App, provider: str = "tiktok", **values: Any) -> None:
    grant = Grant(ACCESS, REFRESH, NOW + DAY, account="b1", title="Kopi Senja")
    job.keep(app, PROVIDERS[provider], replace(grant, **values), NOW, app.vault())


def answer(access: str = "act-new", **more: Any) -> dict[str, Any]:
    data = {
        "access_token": access,
        "refresh_token": "rft-new",
        "expires_in": 86400,
        "open_id": "b1",
    }
    return {"code": 0, "message": "OK", "data": data} | more


PATH = "/open_api/v1.3/tt_user/oauth2/refresh_token/"


def test_a_days_token_is_renewed_when_a_quarter_of_it_is_left(
    app: App, platform: OAuthPlatform
) -> None:
    platform.answers = {PATH: answer()}
    keep(app)
    assert job.keep_fresh(app, NOW + 17 * HOUR) == 0
    assert job.keep_fresh(app, NOW + 18 * HOUR) == 1
    assert job.keep_fresh(app, NOW + 18 * HOUR) == 0
    with app.db.read() as tx:
        (stored,) = tokens(tx)
    assert stored.expires_at == NOW + 42 * HOUR
    assert '"act-new"' in app.vault().open(stored.sealed)
    assert '"rft-new"' in app.vault().open(stored.sealed)


def test_of_two_daemons_one_renews(app: App, platform: OAuthPlatform) -> None:
    keep(app)

    def at_the_same_time(asked: object) -> dict[str, Any]:
        assert job.keep_fresh(app, NOW + 20 * HOUR) == 0, "a second one renewed it as well"
        return answer()

    class Answers(dict[str, Any]):
        def get(self, path: str, default: Any = None) -> Any:
            return at_the_same_time(path) if path == PATH else default

    platform.answers = Answers()
    assert job.keep_fresh(app, NOW + 20 * HOUR) == 1
    assert len(platform.asked) == 1


def test_a_platform_that_is_down_is_asked_again_and_a_refused_grant_is_told(
    app: App, platform: OAuthPlatform
) -> None:
    keep(app)
    platform.answers = {PATH: {"error": "down", "status": 503}}
    assert job.keep_fresh(app, NOW + 18 * HOUR) == 0
    platform.answers = {PATH: {"code": 40105, "message": "revoked", "data": {}}}
    assert job.keep_fresh(app, NOW + 19 * HOUR) == 0
    with app.db.read() as tx:
        (stored,) = tokens(tx)
    assert not stored.renewable
    assert "connect" in stored.failure
    assert job.tell_ends(app, NOW + 19 * HOUR, NOW + 19 * HOUR) == 1
    assert job.tell_ends(app, NOW + 20 * HOUR, NOW + 20 * HOUR) == 0
    with app.db.read() as tx:
        (message,) = told(tx)
    assert "siaga connect tiktok" in message.payload["summary"]
    assert ACCESS not in str(message.payload)


def test_a_token_that_only_a_person_can_renew_is_told_a_week_and_a_day_ahead(app: App) -> None:
    keep(app, "meta", refresh="", expires_at=None, ends_at=NOW + 30 * DAY)
    moments = [NOW, NOW + 23 * DAY, NOW + 24 * DAY, NOW + 29 * DAY, NOW + 29 * DAY + HOUR]
    assert [job.tell_ends(app, at, at) for at in moments] == [0, 1, 0, 1, 0]


def test_a_connector_gets_the_token_of_its_own_account(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in ("1", "2"):
        keep(app, "meta", access=f"page-{number}", account=number, refresh="", expires_at=None)

    def token_for(page: str) -> str:
        made = app.connector_for(source("facebook", page=page))
        return str(made.secrets["token"])  # type: ignore[attr-defined]

    monkeypatch.delenv("META_PAGE_TOKEN", raising=False)
    assert [token_for("1"), token_for("2"), token_for("3")] == ["page-1", "page-2", ""]
    monkeypatch.setenv("META_PAGE_TOKEN", "static")
    assert [token_for("1"), token_for("3")] == ["page-1", "static"]


def test_no_token_lies_in_the_database_in_the_clear(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    app = assemble(Settings(), folder=tmp_path, now=clock, wall=clock)
    keep(replace(app, vault=lambda: vault(tmp_path, create=True)))
    app.db.close()
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    for path in tmp_path.iterdir():
        assert ACCESS.encode() not in path.read_bytes()
        assert REFRESH.encode() not in path.read_bytes()


def test_a_key_that_others_may_read_or_that_is_another_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = vault(tmp_path, create=True).seal("x")
    (tmp_path / FILE).chmod(0o640)
    with pytest.raises(Problem, match="chmod 600"):
        vault(tmp_path)
    monkeypatch.setenv("SIAGA_TOKEN_KEY", "words that somebody made up")
    again = vault(tmp_path)
    assert again.open(again.seal("x")) == "x"
    with pytest.raises(Problem, match="another key"):
        again.open(sealed)
    monkeypatch.setenv("SIAGA_TOKEN_KEY", "short")
    with pytest.raises(Problem, match="16"):
        vault(tmp_path)
    monkeypatch.delenv("SIAGA_TOKEN_KEY")
    with pytest.raises(Problem, match="no key"):
        vault(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://localhost:8765/callback?error=access_denied&state=s", "refused"),
        ("http://localhost:8765/callback?code=c&state=another", "not an answer"),
        ("http://localhost:8765/callback?code=c", "not an answer"),
        ("http://localhost:8765/callback?state=s", "no code"),
        ("", "not an answer"),
    ],
)
def test_an_address_that_is_no_answer_to_our_question_is_refused(address: str, words: str) -> None:
    with pytest.raises(Problem, match=words):
        code_of(address, "s")


def test_connecting_by_a_pasted_address_stores_the_grant_and_shows_it(
    platform: OAuthPlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("monitor.cli.connect.random.token_urlsafe", lambda _: "the-state")
    platform.answers = {"/open_api/v1.3/tt_user/oauth2/token/": answer(ACCESS)}
    (tmp_path / "siaga.yaml").write_text("version: 1\n")
    done = CliRunner().invoke(
        connect, ["tiktok", "--paste"], input="https://x.example/cb?auth_code=c&state=the-state\n"
    )
    assert done.exit_code == 0, done.output
    assert "b1 (b1) is connected until" in done.output
    shown = CliRunner().invoke(connect, [])
    assert "renewed by itself" in shown.output
    assert ACCESS not in done.output + shown.output
    assert os.listdir(tmp_path).count(FILE) == 1
    gone = CliRunner().invoke(connect, ["tiktok", "--forget", "b1"])
    assert "forgotten" in gone.output


def test_a_browser_that_opens_a_connection_ahead_and_says_nothing_is_heard(
    platform: OAuthPlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    platform.answers = {"/open_api/v1.3/tt_user/oauth2/token/": answer(ACCESS)}
    (tmp_path / "siaga.yaml").write_text("version: 1\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ahead, heard = list[socket.socket](), list[int]()

    def come_back(address: str) -> None:
        back = f"http://127.0.0.1:{port}/callback?"
        asked = parse_qs(urlsplit(address).query)
        heard.append(http.fetch(f"{back}code=c&state={asked['state'][0]}", total_s=20).status)

    def opened(address: str) -> None:
        ahead.append(socket.create_connection(("127.0.0.1", port)))
        Thread(target=come_back, args=(address,), daemon=True).start()

    monkeypatch.setattr("monitor.cli.connect.webbrowser.open", opened)
    done = CliRunner().invoke(connect, ["tiktok", "--port", str(port)])
    ahead[0].close()
    assert done.exit_code == 0, done.output
    assert "b1 (b1) is connected until" in done.output
    assert heard == [200]


def test_a_key_that_others_may_read_is_told_before_a_code_is_used_up(
    platform: OAuthPlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "siaga.yaml").write_text("version: 1\n")
    vault(tmp_path, create=True)
    (tmp_path / FILE).chmod(0o644)
    done = CliRunner().invoke(
        connect, ["tiktok", "--paste"], input="https://x.example/cb?auth_code=c&state=s\n"
    )
    assert "others may read" in str(done.exception)
    assert (platform.asked, "auth_code" in done.output) == ([], False)


def test_a_vault_opens_only_what_it_sealed() -> None:
    with pytest.raises(Problem):
        Vault("a" * 20).open("nonsense")


def debugged(**said: Any) -> dict[str, Any]:
    """An answer of ``debug_token``, as recorded; contents ours."""
    scopes = ["pages_read_engagement", "read_insights"]
    return {"data": {"app_id": "1", "type": "PAGE", "is_valid": True, "scopes": scopes, **said}}


@pytest.fixture
def debug(platform: OAuthPlatform, monkeypatch: pytest.MonkeyPatch) -> OAuthPlatform:
    monkeypatch.setenv("META_APP_ID", "1")
    monkeypatch.setenv("META_APP_SECRET", "app-secret-of-the-test")
    return platform


def look(app: App, debug: OAuthPlatform, days: float, **said: Any) -> list[str]:
    """What is told when the token is looked at so many days later."""
    debug.answers["/v26.0/debug_token"] = debugged(**said)
    at = NOW + days * DAY
    with app.db.read() as tx:
        before = {one.key for one in told(tx)}
    watch_tokens(app, at, at)
    job.tell_ends(app, at, at)
    with app.db.read() as tx:
        return [unpack(one.payload).headline for one in told(tx) if one.key not in before]


@pytest.fixture
def connected(app: App, debug: OAuthPlatform) -> App:
    job.keep(app, PROVIDERS["meta"], Grant(ACCESS, account="77", title="Kopi"), NOW, app.vault())
    return app


def test_a_token_is_looked_at_once_a_day_and_its_end_told_a_week_ahead(
    connected: App, debug: OAuthPlatform
) -> None:
    ends = int((NOW + 20 * DAY).timestamp())
    assert look(connected, debug, 0, data_access_expires_at=ends) == []
    asked = len(debug.asked)
    assert look(connected, debug, 0.5, data_access_expires_at=ends) == []
    assert len(debug.asked) == asked
    (headline,) = look(connected, debug, 14, data_access_expires_at=ends)
    assert "Kopi" in headline
    assert "ends" in headline


def test_a_token_that_is_not_valid_any_more_is_told_at_once(
    connected: App, debug: OAuthPlatform
) -> None:
    error = {"code": 190, "message": f"The session of {ACCESS} has been invalidated"}
    assert len(look(connected, debug, 1, is_valid=False, error=error)) == 1
    with connected.db.read() as tx:
        (token,) = tokens(tx)
    assert "not valid any more" in token.failure
    assert ACCESS not in token.failure
    assert token.ends_at is not None
    assert token.ends_at <= NOW + DAY


def test_a_permission_that_was_taken_away_is_told(connected: App, debug: OAuthPlatform) -> None:
    assert look(connected, debug, 0) == []
    (headline,) = look(connected, debug, 1, scopes=["pages_read_engagement"])
    assert "permissions" in headline
    assert look(connected, debug, 2, scopes=["pages_read_engagement"]) == []


def test_a_token_from_the_environment_is_looked_at_too(
    app: App, debug: OAuthPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("META_PAGE_TOKEN", ACCESS)
    brand = app.settings.brands[0].model_copy(update={"sources": (source("facebook", page="77"),)})
    with_page = replace(app, settings=app.settings.model_copy(update={"brands": (brand,)}))
    ends = int((NOW + 3 * DAY).timestamp())
    (headline,) = look(with_page, debug, 0, expires_at=ends)
    assert "META_PAGE_TOKEN" in headline
    assert look(with_page, debug, 0.5, expires_at=ends) == []


def test_a_token_of_threads_is_looked_at_by_itself(
    app: App, debug: OAuthPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("META_THREADS_APP_ID", "1")
    monkeypatch.setenv("META_THREADS_APP_SECRET", "threads-secret-of-the-test")
    monkeypatch.setenv("META_THREADS_TOKEN", ACCESS)
    brand = app.settings.brands[0].model_copy(update={"sources": (source("threads"),)})
    with_threads = replace(app, settings=app.settings.model_copy(update={"brands": (brand,)}))
    refused = {"error": {"code": 10, "message": "not a tester of the app"}}
    debug.answers["/v1.0/debug_token"] = refused
    assert look(with_threads, debug, 0) == []
    ends = int((NOW + 3 * DAY).timestamp())
    debug.answers["/v1.0/debug_token"] = debugged(expires_at=ends)
    (headline,) = look(with_threads, debug, 1)
    assert "META_THREADS_TOKEN" in headline
