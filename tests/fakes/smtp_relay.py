"""A mail relay on loopback (aiosmtpd) that keeps what it takes and fails as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from fakes.slack_emulator import free_port

from monitor.settings.model import EmailSettings


@dataclass
class Relay:
    """``answers``: what the next of AUTH, MAIL, RCPT and DATA are answered, by verb; "drop" hangs
    up, "drip" never comes to its end (both after DATA only)."""

    port: int
    took: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)

    def settings(self, **values: object) -> EmailSettings:
        return EmailSettings.model_validate(
            {
                "enabled": True,
                "host": "127.0.0.1",
                "port": self.port,
                "security": "none",
                "sender": "Siaga <siaga@example.org>",
                "timeout": "2s",
                **values,
            }
        )

    def _next(self, verb: str) -> str:
        waiting = self.answers.get(verb)
        return waiting.pop(0) if waiting else ""

    # aiosmtpd's hooks

    def authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        """Whoever comes is let in, unless told otherwise."""
        answer = self._next("AUTH")
        return AuthResult(success=not answer, handled=False, message=answer or None)

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if answer := self._next("MAIL"):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if answer := self._next("RCPT"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self._next("DATA")
        if answer in ("", "drop", "drip"):
            parsed = message_from_bytes(envelope.content, policy=policy.default)
            self.took.append(parsed)
            self.to += envelope.rcpt_tos
        if answer == "drop":
            server.transport.abort()
        while answer == "drip" and not server.transport.is_closing():
            server.transport.write(b"250-and\r\n")
            await asyncio.sleep(0.05)
        return answer or "250 taken"


@contextmanager
def mail_relay(*, login: bool = False) -> Iterator[Relay]:
    """A relay on a port of its own. ``login``: it offers one, without TLS."""
    relay = Relay(free_port())
    asks: dict[str, Any] = (
        {"authenticator": relay.authenticate, "auth_require_tls": False} if login else {}
    )
    controller = Controller(relay, hostname="127.0.0.1", port=relay.port, **asks)
    controller.start()
    try:
        yield relay
    finally:
        controller.stop()


@contextmanager
def greeting_for_ever() -> Iterator[int]:
    """The port of a relay whose greeting goes on and on."""

    class Greeter(StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                while not over.wait(0.05):
                    self.wfile.write(b"220-welcome\r\n")

    over = Event()
    with ThreadingTCPServer(("127.0.0.1", 0), Greeter) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            over.set()
            server.shutdown()
