"""Slack in this process, in a test's own time: channels that are renamed, archived and made anew,
posts that are taken and never answered, and everything that stands in them.

For runs of days: the emulator and the proxy before it (``slack_emulator``, ``slack_proxy``) are
nearer to Slack, and live in the real time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.error import URLError

from fakes.slack_limits import problems
from slack_sdk.errors import SlackApiError

from alerting.channels.slack.channel import SlackChannel
from monitor.settings.model import SlackSettings

LOST, UNHEARD = "lost", "unheard"
"""What may become of a call whose caller hears nothing: it never arrived, or it is done."""


@dataclass
class Conversation:
    """A channel and what stands in it, by ``ts``."""

    id: str
    name: str
    archived: bool = False
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Told:
    """A post or an update that was taken. ``at``: by Slack's clock."""

    at: datetime
    method: str
    channel: str
    ts: str
    key: str
    body: dict[str, Any]


class Answer:
    """What slack_sdk returns."""

    def __init__(self, data: dict[str, Any], status: int, headers: dict[str, str]) -> None:
        self.data, self.status_code, self.headers = data, status, headers


class MemorySlack:
    """The workspace and a client of it. ``clock``: Slack's; ``fate()``: of the next post or update,
    ``LOST``, ``UNHEARD`` or "". ``away``: nothing gets there."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.conversations: dict[str, Conversation] = {}
        self.told: list[Told] = []
        self.deleted: list[str] = []
        self.away = False
        self.fate: Callable[[], str] = lambda: ""
        self._last_post: dict[str, datetime] = {}
        self._serial = 0

    # -- what people do -----------------------------------------------------------------------

    def make(self, name: str) -> Conversation:
        """A new channel of that name, which no other that is in use has."""
        assert not any(c.name == name and not c.archived for c in self.conversations.values())
        made = Conversation(f"C{len(self.conversations):09d}", name)
        self.conversations[made.id] = made
        return made

    def named(self, name: str) -> Conversation:
        """The channel in use of that name."""
        return next(c for c in self.conversations.values() if c.name == name and not c.archived)

    # -- what the bot may call ----------------------------------------------------------------

    def auth_test(self) -> Answer:
        return self._answer({"user_id": "U0SIAGA"})

    def conversations_list(self, **_: Any) -> Answer:
        listed = [
            {"id": c.id, "name": c.name} for c in self.conversations.values() if not c.archived
        ]
        return self._answer({"channels": listed})

    def conversations_info(self, *, channel: str) -> Answer:
        found = self._find(channel)
        told = {"id": found.id, "is_archived": found.archived, "is_member": True}
        return self._answer({"channel": told})

    def conversations_history(self, *, channel: str, oldest: str, **_: Any) -> Answer:
        found = self._find(channel)
        top = (m for m in found.messages.values() if m["thread_ts"] in ("", m["ts"]))
        return self._answer({"messages": [m for m in top if m["ts"] >= oldest]})

    def conversations_replies(self, *, channel: str, ts: str, oldest: str, **_: Any) -> Answer:
        found = self._find(channel)
        below = (m for m in found.messages.values() if ts in (m["ts"], m["thread_ts"]))
        return self._answer({"messages": [m for m in below if m["ts"] >= oldest]})

    def chat_postMessage(self, *, channel: str, **body: Any) -> Answer:  # noqa: N802 (slack_sdk's)
        found = self._usable(channel)
        last = self._last_post.get(found.id)
        if last is not None and timedelta(0) <= self.clock() - last < timedelta(seconds=1):
            raise self._error("ratelimited", 429, {"Retry-After": "1"})
        self._last_post[found.id] = self.clock()
        fate = self.fate()
        if fate == LOST:
            raise TimeoutError
        self._serial += 1
        ts = f"{self.clock().timestamp():.0f}.{self._serial:06d}"
        found.messages[ts] = {"thread_ts": "", **body, "ts": ts}
        return self._taken("chat.postMessage", found, ts, body, fate)

    def chat_update(self, *, channel: str, ts: str, **body: Any) -> Answer:
        found = self._usable(channel)
        if ts not in found.messages:
            raise self._error("message_not_found")
        fate = self.fate()
        if fate == LOST:
            raise TimeoutError
        found.messages[ts] |= body
        return self._taken("chat.update", found, ts, body, fate)

    def chat_delete(self, *, channel: str, ts: str) -> Answer:
        self._usable(channel).messages.pop(ts)
        self.deleted.append(ts)
        return self._answer({})

    def __getattr__(self, method: str) -> Any:
        """What else a bot may ask, files for instance, this one may not."""
        if method.startswith("_"):
            raise AttributeError(method)

        def refused(**_: Any) -> Answer:
            raise self._error("missing_scope")

        return refused

    # -- inside -------------------------------------------------------------------------------

    def _find(self, channel: str) -> Conversation:
        self._reach()
        if channel not in self.conversations:
            raise self._error("channel_not_found")
        return self.conversations[channel]

    def _usable(self, channel: str) -> Conversation:
        found = self._find(channel)
        if found.archived:
            raise self._error("is_archived")
        return found

    def _taken(
        self, method: str, where: Conversation, ts: str, body: dict[str, Any], fate: str
    ) -> Answer:
        if refused := problems({"channel": where.id, **body}):
            raise self._error(refused[0].partition(":")[0])
        self.told.append(Told(self.clock(), method, where.id, ts, key_in(body), body))
        if fate == UNHEARD:
            raise TimeoutError
        return self._answer({"channel": where.id, "ts": ts})

    def _reach(self) -> None:
        if self.away:
            raise URLError(ConnectionRefusedError())

    def _answer(self, told: dict[str, Any]) -> Answer:
        self._reach()
        return Answer({"ok": True, **told}, 200, {"Date": f"{self.clock():%a, %d %b %Y %T} GMT"})

    def _error(
        self, code: str, status: int = 200, headers: dict[str, str] | None = None
    ) -> SlackApiError:
        return SlackApiError(code, Answer({"ok": False, "error": code}, status, headers or {}))


def key_in(body: dict[str, Any]) -> str:
    """The delivery key in a message's metadata."""
    payload = (body.get("metadata") or {}).get("event_payload") or {}
    return str(payload.get("delivery_key", ""))


def channel_to(slack: MemorySlack, settings: SlackSettings) -> SlackChannel:
    """Siaga's own channel, with this workspace behind it."""
    made = SlackChannel(settings, "xoxb-siaga-test")
    made._caller._made = slack  # type: ignore[assignment]
    return made
