"""What Meta tells by webhook: taken where it is signed, kept once, read by the next poll; all else
is 403."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fakes.lines import counts, poll_due
from fakes.meta import APP_SECRET, TOKEN, Meta, when
from fakes.real_sources import app_of, source
from sqlalchemy import select
from starlette.testclient import TestClient

from connectors.kit.loopback import LoopbackServer
from connectors.kit.meta.hooks import understood
from monitor.app import App
from monitor.jobs.upkeep.retention import prune
from monitor.settings.model import WebSettings
from monitor.store.tables.hooks import HookRow
from monitor.store.tables.listening import MentionRow
from monitor.web import meta
from monitor.web.app import make_web

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
IG, PAGE = "17841400000000001", "1001"
AT = NOW - timedelta(minutes=3)
COMMENT = {"id": "18001", "text": "senja basi", "timestamp": when(AT), "username": "sari"}
CAPTION = {**COMMENT, "id": "17999", "caption": "senja basi", "permalink": "https://ig.example/p"}


@pytest.fixture
def platform() -> Iterator[LoopbackServer]:
    told = Meta(objects={IG: {"mentioned_comment": COMMENT, "mentioned_media": CAPTION}})
    told.lists = {f"{IG}/media": [], f"{PAGE}/published_posts": []}
    with LoopbackServer(told) as server:
        yield server


@pytest.fixture
def app(tmp_path: Path, platform: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.setenv("META_APP_SECRET", APP_SECRET)
    monkeypatch.setenv("META_VERIFY_TOKEN", "ours")
    sources = [
        source("instagram", "ig", platform.url, account=IG, read=[]),
        source("facebook", "fb", platform.url, page=PAGE, read=[]),
    ]
    made = app_of(
        f"sqlite:///{tmp_path / 'siaga.db'}",
        {"senja": sources},
        {"ig": TOKEN, "fb": TOKEN},
        NOW,
        {"web": WebSettings(meta_webhooks=True)},
    )
    yield made
    made.db.close()


def client(app: App) -> TestClient:
    return TestClient(make_web(lambda: app, dict), base_url="http://127.0.0.1")


def told(field: str, object: str = "instagram", account: str = IG, **value: Any) -> bytes:
    change = {"field": field, "value": value}
    entry = {"id": account, "time": int(AT.timestamp()), "changes": [change]}
    return json.dumps({"object": object, "entry": [entry]}).encode()


def deliver(app: App, body: bytes, secret: str = APP_SECRET, **headers: str) -> int:
    signature = "sha256=" + hmac.new(secret.encode(), body, sha256).hexdigest()
    sent = {"X-Hub-Signature-256": signature, **headers}
    return client(app).post("/hooks/meta", content=body, headers=sent).status_code


def mentions(app: App) -> list[tuple[str, str, datetime, str | None]]:
    with app.db.read() as tx:
        rows = tx.scalars(select(MentionRow).order_by(MentionRow.id))
        return [(m.external_id, m.kind, m.published_at, m.root_id) for m in rows]


def test_a_mention_by_webhook_is_read_once_however_often_it_is_delivered(app: App) -> None:
    body = told("mentions", media_id="17999", comment_id="18001")
    assert [deliver(app, body) for _ in range(3)] == [200, 200, 200]
    assert counts(app, HookRow) == 1
    assert {p.error for p in poll_due(app)} == {""}
    assert mentions(app) == [("18001", "comment", AT, "17999")]
    assert deliver(app, told("mentions", media_id="17999")) == 200
    app.now.advance_to(NOW + timedelta(minutes=6))  # type: ignore[attr-defined]
    poll_due(app)
    assert [m[0] for m in mentions(app)] == ["18001", "17999"]


def test_the_same_mention_by_webhook_and_by_poll_is_one(app: App, platform: LoopbackServer) -> None:
    row = {
        "id": "77_1",
        "message": "senja basi",
        "created_time": when(AT),
        "tagged_time": when(NOW),
    }
    platform.answer.lists[f"{PAGE}/tagged"] = [row]  # type: ignore[attr-defined]
    body = told("mention", "page", PAGE, item="post", verb="add", post_id="77_1", message="senja")
    assert deliver(app, body) == 200
    poll_due(app)
    tagged = source("facebook", "fb", platform.url, page=PAGE, read=["tagged"])
    changed = app.brands["senja"].model_copy(update={"sources": (tagged,)})
    app.now.advance_to(NOW + timedelta(minutes=6))  # type: ignore[attr-defined]
    poll_due(replace(app, brands={"senja": changed}))
    assert [m[0] for m in mentions(app)] == ["77_1"]


def test_what_is_deleted_on_facebook_is_redacted_at_the_next_poll(app: App) -> None:
    body = told("mention", "page", PAGE, item="post", verb="add", post_id="77_1", message="senja")
    assert deliver(app, body) == 200
    poll_due(app)
    assert (
        deliver(app, told("feed", "page", PAGE, item="post", verb="remove", post_id="77_1")) == 200
    )
    app.now.advance_to(NOW + timedelta(minutes=6))  # type: ignore[attr-defined]
    poll_due(app)
    with app.db.read() as tx:
        (row,) = tx.scalars(select(MentionRow))
    assert (row.text, row.removed) == ("", True)


def removed(app: App) -> list[tuple[str, bool]]:
    with app.db.read() as tx:
        return [(row.text, row.removed) for row in tx.scalars(select(MentionRow))]


@pytest.mark.parametrize("item", ["reaction", "like"])
def test_who_takes_a_like_back_deletes_nothing(app: App, item: str) -> None:
    """Shape from the documentation, unproven."""
    for place in ("post", "comment"):
        name = f"{place}_id"
        body = told(
            "mention", "page", PAGE, item=place, verb="add", message="senja", **{name: "7_1"}
        )
        assert deliver(app, body) == 200
        poll_due(app)
        taken = {"item": item, "verb": "remove", "reaction_type": "love", "parent_id": "7_1"}
        assert deliver(app, told("feed", "page", PAGE, **taken, **{name: "7_1"})) == 200
        app.now.advance_to(app.now() + timedelta(minutes=6))  # type: ignore[attr-defined]
        poll_due(app)
        assert removed(app) == [("senja", False)]


@pytest.mark.parametrize("item", ["post", "comment"])
def test_a_mention_that_is_taken_back_is_redacted(app: App, item: str) -> None:
    """Shape from the documentation, unproven."""
    value = {"item": item, "message": "senja", f"{item}_id": "77_1"}
    assert deliver(app, told("mention", "page", PAGE, verb="add", **value)) == 200
    poll_due(app)
    assert removed(app) == [("senja", False)]
    assert deliver(app, told("mention", "page", PAGE, verb="remove", **value)) == 200
    app.now.advance_to(NOW + timedelta(minutes=6))  # type: ignore[attr-defined]
    poll_due(app)
    assert removed(app) == [("", True)]


def test_what_every_source_has_read_is_forgotten(app: App) -> None:
    assert deliver(app, told("mentions", media_id="17999")) == 200
    prune(app, NOW)
    assert counts(app, HookRow) == 1
    poll_due(app)
    prune(app, NOW)
    assert counts(app, HookRow) == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"object": "user"}', b"\xff" * 9])
def test_what_is_none_of_metas_is_refused_though_it_is_signed(app: App, body: bytes) -> None:
    assert deliver(app, body) == 403


def test_what_is_not_signed_by_our_app_is_refused_and_not_kept(app: App) -> None:
    body = told("mentions", media_id="17999")
    assert deliver(app, body, "another secret") == 403
    for signature in ("", "sha256=", "sha1=00", "é" * 70):
        sent = {b"X-Hub-Signature-256": signature.encode()}
        assert client(app).post("/hooks/meta", content=body, headers=sent).status_code == 403
    assert deliver(app, body + b" " * meta.MAX_BODY) == 403
    assert counts(app, HookRow) == 0


def test_no_signature_is_right_where_no_secret_is_set(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("META_APP_SECRET")
    assert deliver(app, told("mentions", media_id="17999"), "") == 403


def test_the_handshake_answers_the_challenge_only_to_whom_knows_our_token(app: App) -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "ours"}
    answer = client(app).get("/hooks/meta", params=asked)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    for wrong in ({"hub.verify_token": "theirs"}, {"hub.verify_token": ""}, {"hub.mode": "x"}):
        assert client(app).get("/hooks/meta", params=asked | wrong).status_code == 403


def test_it_is_off_unless_it_is_switched_on(app: App) -> None:
    web = WebSettings()
    off = replace(app, settings=app.settings.model_copy(update={"web": web}))
    assert deliver(off, told("mentions", media_id="17999")) == 403
    asked = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "ours"}
    assert client(off).get("/hooks/meta", params=asked).status_code == 403
    attention = client(off).get("/healthz").json()["attention"]
    assert any("@mentions" in line and "unseen" in line for line in attention)
    assert not any("unseen" in line for line in client(app).get("/healthz").json()["attention"])


def test_what_cannot_be_kept_soon_is_to_be_delivered_again(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meta, "PATIENCE_S", 0.05)
    body = told("mentions", media_id="17999")
    with app.db.write():  # somebody holds the database
        assert deliver(app, body) == 503
    assert deliver(app, body) == 200
    assert counts(app, HookRow) == 1


def test_recorded_webhooks_are_read(shared: Path) -> None:
    folder = shared / "data/recorded"
    paths = [*folder.glob("facebook/restfb/webhooks/*.json"), *folder.glob("instagram/restfb/wh-*")]
    kept = {p.stem: [(h.field, h.account) for h in understood(p.read_bytes(), NOW)] for p in paths}
    assert kept.pop("feed-comment-remove-25") == [("feed", "1234567890321")]
    assert kept.pop("mention-post-add") == [("mention", "1234567890321")]
    assert kept.pop("wh-mentions") == [("mentions", "0")]
    assert not any(kept.values()), "polling brings these"


def test_threads_tells_what_was_deleted() -> None:
    """Shape from the documentation, unproven."""
    value = {"id": "8901", "owner_id": "78", "deleted_at": "2026-03-02T11:00:00+0000"}
    body = {"app_id": "1", "target_id": "78", "time": 1772449200}
    body |= {"values": {"field": "delete", "value": value}}
    (hook,) = understood(json.dumps(body).encode(), NOW)
    assert (hook.platform, hook.account, hook.field) == ("threads", "78", "delete")
