"""What is kept of platforms beside their connectors: marked for what it is, without secrets, and
read as it was told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_contract_facebook import TestFacebookContract as FacebookSuite
from test_contract_instagram import TestInstagramContract as InstagramSuite
from test_contract_linkedin import TestLinkedInContract as LinkedInSuite
from test_contract_threads import TestThreadsContract as ThreadsSuite
from test_contract_tiktok import TestTikTokContract as TikTokSuite
from test_contract_x import TestXContract as XSuite
from test_contract_youtube import TestYouTubeContract as YouTubeSuite

from connectors.kit.loopback import LoopbackServer
from connectors.kit.recording import UNPROVEN, Bodies, bodies_of, replayed
from connectors.platform_testing import PlatformContract
from connectors.testing import drain

CONNECTORS = Path(__file__).resolve().parents[2] / "connectors"
KEPT = sorted(CONNECTORS.glob("*/recordings/*.json"))
SUITES: dict[str, type[PlatformContract]] = {
    "facebook": FacebookSuite,
    "instagram": InstagramSuite,
    "linkedin": LinkedInSuite,
    "threads": ThreadsSuite,
    "tiktok": TikTokSuite,
    "x": XSuite,
    "youtube": YouTubeSuite,
}


def name_of(path: Path) -> str:
    return path.parent.parent.name


@pytest.mark.parametrize("path", KEPT, ids=name_of)
def test_a_kept_body_says_where_it_is_from_and_holds_no_secret(path: Path) -> None:
    kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
    assert kept["origin"] == UNPROVEN or kept["origin"].startswith("recorded 20")
    assert kept["exchanges"]
    text = path.read_text("utf-8")
    for suite in SUITES.values():
        assert all(secret not in text for secret in suite.secrets.values())
    assert "appsecret_proof" not in text


@pytest.mark.parametrize("name", SUITES)
def test_what_is_kept_is_read_by_its_connector(name: str) -> None:
    """It asks what is kept, else it asks otherwise than before: `make bodies` keeps that."""
    suite = SUITES[name]()
    path = CONNECTORS / name / "recordings" / "documentation.json"
    with LoopbackServer(replayed(path)) as server:
        pages = drain(suite.make(server.url), suite.source())
    told = suite.found(pages)
    wanted = suite.platform().items[:2]
    assert set(told) == {suite.expected(item)["external_id"] for item in wanted}


def test_bodies_are_counted_by_their_origin() -> None:
    told = bodies_of("connectors.tiktok.connector")
    assert told == Bodies(0, told.made)
    assert told.made > 5
    assert bodies_of("connectors.rss.connector") == Bodies()
