"""Slack's end of Socket Mode: a real WebSocket on loopback that hands each envelope to one of its
connections, waits three seconds for the acknowledgement, and can warn, close, or go deaf."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic
from typing import Any

from fakes.slack_limits import problems
from websockets.asyncio.server import ServerConnection, serve

ACK_WITHIN_S = 3.0


@dataclass
class Envelope:
    """What was sent, and what came back for it. ``late``: not acknowledged within three seconds."""

    id: str
    kind: str
    payload: dict[str, Any]
    answered: Event = field(default_factory=Event)
    answer: dict[str, Any] | None = None
    late: bool = True


class SlackSocket:
    """The server. ``opened`` counts connections, ``triggers`` says when each trigger was given out;
    every method may be called from any thread."""

    def __init__(self) -> None:
        self.url = ""
        self.connections: list[ServerConnection] = []
        self.opened = 0
        self.envelopes: dict[str, Envelope] = {}
        self.triggers: dict[str, float] = {}
        self.refused: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._serial = itertools.count(1)
        self._changed = Event()

    def send(self, kind: str, payload: dict[str, Any], connection: int = -1) -> Envelope:
        """Hand it to one connection (the newest) and wait for the acknowledgement."""
        envelope = Envelope(f"envelope-{next(self._serial)}", kind, payload)
        self.envelopes[envelope.id] = envelope
        self.triggers[str(payload.get("trigger_id"))] = monotonic()
        told = {
            "envelope_id": envelope.id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": True,
        }
        self._do(self.connections[connection].send(json.dumps(told)))
        envelope.late = not envelope.answered.wait(ACK_WITHIN_S)
        return envelope

    def warn(self, connection: int = -1) -> None:
        """Say that the connection will be closed soon."""
        told = {"type": "disconnect", "reason": "warning", "debug_info": {"host": "fake"}}
        self._do(self.connections[connection].send(json.dumps(told)))

    def go_deaf(self, connection: int = -1) -> None:
        """Read nothing of it any more, pings included; it stays open."""
        self._loop.call_soon_threadsafe(self.connections[connection].transport.pause_reading)

    def close(self, connection: int = -1) -> None:
        self._do(self.connections[connection].close())

    def wait_for(self, count: int, timeout: float = 15.0) -> None:
        """Until so many connections were opened in all."""
        while self.opened < count:
            self._changed.clear()
            if self.opened < count and not self._changed.wait(timeout):
                raise AssertionError(f"{self.opened} connections, wanted {count}")

    async def _serve(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        self.opened += 1
        self._changed.set()
        await connection.send(json.dumps({"type": "hello", "num_connections": self.opened}))
        try:
            async for message in connection:
                answer = json.loads(message)
                envelope = self.envelopes[answer["envelope_id"]]
                envelope.answer = answer.get("payload")
                if envelope.answer and "response_type" in envelope.answer:
                    self.refused += problems(envelope.answer)
                envelope.answered.set()
        finally:
            self.connections.remove(connection)

    def _do(self, doing: Any) -> None:
        asyncio.run_coroutine_threadsafe(doing, self._loop).result(10)

    async def _run(self, ready: Event, over: asyncio.Event) -> None:
        async with serve(
            self._serve, "127.0.0.1", 0, ping_interval=None, close_timeout=0.5
        ) as server:
            port = server.sockets[0].getsockname()[1]
            self.url = f"ws://127.0.0.1:{port}/link/?ticket=secret-ticket"
            ready.set()
            await over.wait()


@contextmanager
def slack_socket() -> Iterator[SlackSocket]:
    """A server on a port of its own."""
    server, ready, over = SlackSocket(), Event(), asyncio.Event()

    def run() -> None:
        asyncio.set_event_loop(server._loop)
        server._loop.run_until_complete(server._run(ready, over))

    thread = Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield server
        assert not server.refused, f"Slack would not show what it was answered: {server.refused}"
    finally:
        server._loop.call_soon_threadsafe(over.set)
        thread.join(15)


def click(
    action: str,
    incident: int,
    revision: int,
    *,
    value: str = "",
    user: str = "U0RINA",
    name: str = "rina",
    channel: str = "C0CRISIS",
    at: str = "1772600000.000100",
) -> dict[str, Any]:
    """A button that was pressed, or with ``value`` an option that was chosen."""
    whole = f"{incident}:{revision}"
    did: dict[str, Any] = {
        "action_id": f"siaga:{action}",
        "action_ts": at,
        "type": "button",
        "block_id": f"siaga:{whole}",
        "value": whole,
    }
    if value:
        did |= {"type": "static_select", "selected_option": {"value": f"{whole}:{value}"}}
    return {
        "type": "block_actions",
        "team": {"id": "T0SIAGA"},
        "trigger_id": f"trigger-{at}",
        "user": {"id": user, "name": name, "username": name},
        "container": {
            "type": "message_attachment",
            "channel_id": channel,
            "message_ts": "1772600000.000001",
        },
        "actions": [did],
    }


def filled_in(
    action: str,
    incident: int,
    revision: int,
    *,
    user: str = "U0RINA",
    name: str = "rina",
    channel: str = "C0CRISIS",
    view: str = "V1",
    **fields: str,
) -> dict[str, Any]:
    """A form that was sent."""
    values = {
        field: {"said": {"type": "plain_text_input", "value": text}}
        for field, text in fields.items()
    }
    return {
        "type": "view_submission",
        "team": {"id": "T0SIAGA"},
        "user": {"id": user, "name": name},
        "view": {
            "id": view,
            "callback_id": f"siaga:{action}",
            "private_metadata": f"{incident}:{revision}:{channel}",
            "state": {"values": values},
        },
    }
