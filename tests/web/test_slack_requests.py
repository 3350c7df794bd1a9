"""Clicks as signed requests: Slack's are taken, everything else is 403, and none waits for long."""

from __future__ import annotations

import json
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from fakes.crisis import BRAND, detected, loud, minutes, watching
from fakes.slack_socket import click
from slack_sdk.signature import SignatureVerifier
from starlette.testclient import TestClient

from monitor.clock import monotonic
from monitor.jobs.interactions.inbox import Inbox
from monitor.jobs.interactions.press import answer_presses
from monitor.jobs.interactions.spool import Spool
from monitor.jobs.respond.respond import respond
from monitor.settings.model import Settings, SlackSettings
from monitor.store.incidents import read_incident
from monitor.web.app import make_web

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = minutes(8)


@pytest.fixture
def app(tmp_path):
    settings = Settings(slack=SlackSettings(enabled=True, channel="#crisis"))
    app = watching(f"sqlite:///{tmp_path / 'siaga.db'}", settings=settings)
    detected(app, loud())
    respond(app, BRAND.slug, minutes(6))
    yield app
    app.db.close()


@pytest.fixture
def client(app, tmp_path):
    spool = Spool(tmp_path / "presses")
    inbox = Inbox(lambda: app, SimpleNamespace(), lambda: None, spool)
    clicks = SimpleNamespace(signing_secret=SECRET, inbox=inbox)
    web = make_web(lambda: app, dict, lambda: clicks)
    return TestClient(web, base_url="http://127.0.0.1")


def signed(body: str, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(at if at is not None else minutes(0).timestamp()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": str(signature),
        "Content-Type": "application/x-www-form-urlencoded",
    }


def pressed(payload) -> str:
    return urlencode({"payload": json.dumps(payload)})


def test_a_signed_click_is_taken_and_done(client, app):
    body = pressed(click("ack", 1, 1))
    answer = client.post("/slack/events", content=body, headers=signed(body))
    assert answer.status_code == 200
    answer_presses(app, NOW, NOW, lambda who, group: False)
    with app.db.read() as tx:
        incident = read_incident(tx, 1)
    assert incident is not None
    assert incident.acknowledged_by == "rina"


def test_slack_may_verify_the_address(client):
    body = json.dumps({"type": "url_verification", "challenge": "abc"})
    answer = client.post("/slack/events", content=body, headers=signed(body))
    assert answer.json() == {"challenge": "abc"}


@pytest.mark.parametrize("away", [-301, 301, -86_400])
def test_a_request_that_is_not_of_now_is_refused(client, away):
    body = pressed(click("ack", 1, 1))
    old = signed(body, minutes(0).timestamp() + away)
    assert client.post("/slack/events", content=body, headers=old).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Request-Timestamp": "now"},
        {"X-Slack-Request-Timestamp": "9" * 40},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Signature": "v0=00"},
        {"X-Slack-Signature": "v0=\xe9"},
        {"X-Slack-Signature": ""},
    ],
)
def test_headers_that_are_garbage_are_refused(client, headers):
    body = pressed(click("ack", 1, 1))
    sent = {**signed(body), **headers} if headers else {}
    encoded = {name: value.encode("latin-1") for name, value in sent.items()}
    assert client.post("/slack/events", content=body, headers=encoded).status_code == 403


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"{", b"payload=", b"payload=7", b"[" * 9000, b"x=1", b"{}"]
)
def test_a_signed_body_that_is_garbage_is_refused(client, body):
    text = body.decode("latin-1")
    headers = signed(text)
    if not body.isascii():
        stamp = headers["X-Slack-Request-Timestamp"]
        import hmac
        from hashlib import sha256

        whole = b"v0:" + stamp.encode() + b":" + body
        headers["X-Slack-Signature"] = "v0=" + hmac.new(SECRET.encode(), whole, sha256).hexdigest()
    assert client.post("/slack/events", content=body, headers=headers).status_code == 403


def test_another_secret_and_a_changed_body_are_refused(client):
    body = pressed(click("ack", 1, 1))
    other = signed(body, secret="another")
    assert client.post("/slack/events", content=body, headers=other).status_code == 403
    changed = body.replace("rina", "tom0")
    assert client.post("/slack/events", content=changed, headers=signed(body)).status_code == 403


def test_a_body_without_end_is_refused(client):
    body = "payload=" + "a" * 300_000
    assert client.post("/slack/events", content=body, headers=signed(body)).status_code == 403


def test_where_clicks_do_not_come_as_requests_everything_is_refused(app):
    client = TestClient(make_web(lambda: app, dict), base_url="http://127.0.0.1")
    body = pressed(click("ack", 1, 1))
    assert client.post("/slack/events", content=body, headers=signed(body)).status_code == 403


def test_the_acknowledgement_does_not_wait_for_a_busy_database(client, app):
    body = pressed(click("ack", 1, 1))
    with app.db.write():  # somebody writes, and goes on writing
        began = monotonic()
        answer = client.post("/slack/events", content=body, headers=signed(body))
        took = monotonic() - began
    assert answer.status_code == 200
    assert took < 1.0
