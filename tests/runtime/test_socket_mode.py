"""Socket Mode over a real WebSocket: clicks are heard, connections renewed, deafness noticed."""

from __future__ import annotations

import logging
from datetime import timedelta
from threading import Event, Thread, current_thread

import pytest
from fakes.slack_emulator import free_port
from fakes.slack_socket import click, slack_socket

from alerting.channels.base import DeliveryError
from alerting.channels.slack import socket as sockets
from alerting.channels.slack.socket import Socket
from monitor.clock import monotonic, wait
from monitor.runtime.socket_mode import SocketMode
from monitor.settings.model import SlackSettings

APP_TOKEN = "xapp-1-planted-0123456789"


@pytest.fixture
def server():
    with slack_socket() as server:
        yield server


@pytest.fixture
def settings(server, slack_proxy):
    slack_proxy.answers["apps.connections.open"] = lambda body: {"ok": True, "url": server.url}
    return SlackSettings(enabled=True, base_url=slack_proxy.base_url, timeout=timedelta(seconds=5))


@pytest.fixture
def heard():
    return []


@pytest.fixture
def deaf_s():
    """Long: on a busy machine a connection that is well may be still for a while."""
    return 60.0


@pytest.fixture
def mode(settings, heard, deaf_s):
    def hear(kind, payload):
        heard.append((kind, payload))

    def connect():
        return Socket(settings, APP_TOKEN, hear, ping_s=0.1)

    mode = SocketMode(connect, deaf_s=deaf_s)
    mode.start()
    yield mode
    assert mode.stop(20)


def until(condition, seconds=15.0):
    ends = monotonic() + seconds
    while not condition():
        assert monotonic() < ends, "it did not happen"
        wait(Event(), 0.02)


def test_a_click_is_heard_and_acknowledged_within_slacks_three_seconds(server, mode, heard):
    server.wait_for(1)
    envelope = server.send("interactive", click("ack", 1, 1))
    assert not envelope.late
    assert heard == [("interactive", click("ack", 1, 1))]


def test_another_connection_is_open_before_the_old_one_ends(server, mode, heard):
    server.wait_for(1)
    server.warn(0)
    server.wait_for(2)
    assert len(server.connections) == 2
    assert not server.send("interactive", click("ack", 1, 1, at="1"), connection=0).late
    assert not server.send("interactive", click("ack", 1, 1, at="2"), connection=1).late
    assert len(heard) == 2


@pytest.mark.parametrize("deaf_s", [1.0])
def test_a_connection_that_went_deaf_is_given_up_whatever_it_says_of_itself(server, mode):
    server.wait_for(1)
    until(lambda: mode.status()["heard_s"] is not None)
    server.go_deaf(0)
    server.wait_for(2)
    assert not server.send("interactive", click("ack", 1, 1)).late


def test_a_connection_that_is_closed_is_opened_again(server, mode):
    server.wait_for(1)
    server.close(0)
    server.wait_for(2)
    assert not server.send("interactive", click("ack", 1, 1)).late


def test_what_cannot_be_connected_is_tried_again_and_says_why_without_a_token(
    settings, server, slack_proxy, caplog
):
    caplog.set_level(logging.DEBUG)
    slack_proxy.fault("error", "apps.connections.open", code="invalid_auth")
    mode = SocketMode(lambda: Socket(settings, APP_TOKEN, lambda kind, payload: None, ping_s=0.1))
    mode.start()
    server.wait_for(1)
    assert mode.stop(20)
    ours = [record for record in caplog.records if not record.name.startswith("websockets")]
    for text in (*(record.getMessage() for record in ours), repr(mode.status())):
        assert APP_TOKEN not in text
        assert "secret-ticket" not in text
    assert "check SLACK_APP_TOKEN" in caplog.text


def test_where_nobody_listens_the_error_says_so():
    settings = SlackSettings(
        enabled=True, base_url=f"http://127.0.0.1:{free_port()}/api/", timeout=timedelta(seconds=1)
    )
    socket = Socket(settings, APP_TOKEN, lambda kind, payload: None)
    with pytest.raises(DeliveryError) as raised:
        socket.open()
    socket.close()
    assert APP_TOKEN not in str(raised.value)


def test_what_cannot_be_taken_is_not_acknowledged(settings, server, caplog):
    def hear(kind, payload):
        raise RuntimeError("the database is gone")

    socket = Socket(settings, APP_TOKEN, hear)
    socket.open()
    server.wait_for(1)
    assert server.send("interactive", click("ack", 1, 1)).late
    socket.close()


def test_a_connection_that_is_closed_as_it_begins_to_read_ends_all_the_same(
    settings, server, monkeypatch
):
    begun = Event()

    def late(client):
        """Its reader has begun, and gets no further until somebody has begun to close it."""
        if current_thread() is client.current_session_runner.thread:
            begun.set()
            until(lambda: client.closed and client.current_session_state.terminated)
        return ""

    monkeypatch.setattr(sockets._Client, "session_id", late)
    monkeypatch.setattr(sockets, "CLOSE_S", 0.3, raising=False)
    socket = Socket(settings, APP_TOKEN, lambda kind, payload: None, ping_s=0.1)
    socket.open()
    assert begun.wait(20)
    closing = Thread(target=socket.close, daemon=True)
    closing.start()
    closing.join(20)
    assert not closing.is_alive()
