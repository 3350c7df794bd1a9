"""What a platform answered can be kept without its secrets, and answered again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.platform_server import XPlatform, YouTubePlatform

from connectors.kit.loopback import LoopbackServer
from connectors.kit.recording import recording, replayed, scrub
from connectors.testing import drain, source_spec
from connectors.x.connector import X, XOptions
from connectors.youtube.connector import YouTube, YouTubeOptions

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_known_secrets_and_what_looks_like_one_are_scrubbed() -> None:
    text = (
        'GET /v1?key=AIzaSyA-1234567&q=kopi {"access_token": "EAAB12345678"} '
        "Authorization: Bearer AAAAAAAA%3Dxyz and our-own-secret"
    )
    assert scrub(text, {"token": "our-own-secret"}) == (
        'GET /v1?key=REDACTED&q=kopi {"access_token": "REDACTED"} '
        "Authorization: Bearer REDACTED and ***"
    )


def test_a_recording_answers_as_the_platform_did(tmp_path: Path) -> None:
    path, secrets = tmp_path / "x.json", {"token": "x-secret-of-the-test"}
    posts = [(NOW - timedelta(minutes=n), f"senja {n}") for n in range(25)]
    with LoopbackServer(XPlatform(posts, NOW)) as server, recording(path, secrets):
        live = drain(X(XOptions(posts=True, base_url=server.url), secrets), source_spec(now=NOW))
    assert "secret" not in path.read_text("utf-8")
    with LoopbackServer(replayed(path)) as server:
        again = drain(X(XOptions(posts=True, base_url=server.url), secrets), source_spec(now=NOW))
    assert again == live


def test_google_s_client_is_recorded_too(tmp_path: Path) -> None:
    path, secrets = tmp_path / "yt.json", {"key": "yt-secret-of-the-test"}
    threads: list[Any] = [(NOW - timedelta(hours=n), f"k{n}", []) for n in range(8)]
    with LoopbackServer(YouTubePlatform(threads)) as server, recording(path, secrets):
        options = YouTubeOptions(channel="UC" + "a" * 22, base_url=server.url)
        live = drain(YouTube(options, secrets), source_spec(now=NOW))
    assert "yt-secret" not in path.read_text("utf-8")
    with LoopbackServer(replayed(path)) as server:
        options = YouTubeOptions(channel="UC" + "a" * 22, base_url=server.url)
        assert drain(YouTube(options, secrets), source_spec(now=NOW)) == live


@pytest.mark.parametrize(
    "planted",
    [
        '{"access_token":"EAABsecret0123456789"}',
        r'{"content":"{\"access_token\":\"EAABsecret0123456789\"}"}',
        r'{"next":"https:\/\/graph.facebook.com\/v1\/x?access_token=EAABsecret\u0026after=1"}',
        r'{"url":"https:\/\/p16-sign.example\/a.webp?x-expires=1&x-signature=EAABsecret%3D"}',
        '{"src":"https://scontent.example/x.jpg?oh=EAABsecret&oe=5E706DB7"}',
        '{"refresh_token": "rft.EAABsecret"}',
        '{"note":"mine is EAABsecret0123456789012345"}',
        '{"note":"act.EAABsecret0123456789012345!4"}',
        '{"note":"Authorization: Bearer EAABsecret.x"}',
        '{"note":"write to EAABsecret@kopisenja.co.id"}',
        "authorization=EAABsecret&x=1",
    ],
)
def test_no_secret_and_no_address_of_anybody_is_kept(planted: str) -> None:
    assert "EAABsecret" not in scrub(planted, {})


@pytest.mark.parametrize("kept", ["Kopi @senja enak", "monyet: lucu", "a@b", "12:30 @ kafe"])
def test_what_people_say_is_kept_as_it_is(kept: str) -> None:
    assert scrub(kept, {}) == kept
