"""What one person sees in Slack: ephemeral messages, modals, a Home. The emulator does not know
them, or takes whatever it is given.

https://docs.slack.dev/reference/methods/chat.postEphemeral, /views.open and /views.publish
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fakes.slack_limits import problems, view_problems

TRIGGER_S = 3.0
"""How long a trigger may be exchanged for a modal."""


@dataclass
class Surfaces:
    """``members``: who is in the rooms (None: everybody); ``triggers``: when each was given out, by
    the monotonic clock (None: they do not run out)."""

    members: set[str] | None = None
    triggers: dict[str, float] | None = None
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    exchanged: set[str] = field(default_factory=set)

    def answer(self, method: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """What Slack would answer; None where this is not about one person."""
        known: dict[str, Callable[[dict[str, Any]], str]] = {
            "chat.postEphemeral": self._ephemeral,
            "views.open": self._open,
            "views.publish": self._publish,
        }
        if method not in known:
            return None
        if error := known[method](body):
            code, _, why = error.partition(": ")
            return {"ok": False, "error": code, "response_metadata": {"messages": [why]}}
        return {"ok": True, "message_ts": f"{time.time():.6f}"}

    def _ephemeral(self, body: dict[str, Any]) -> str:
        """It reaches only somebody who is in that channel; nobody can change or look it up."""
        if self.members is not None and body.get("user") not in self.members:
            return "user_not_in_channel"
        return next(iter(problems(body)), "")

    def _open(self, body: dict[str, Any]) -> str:
        trigger, now = str(body.get("trigger_id") or ""), time.monotonic()
        if not trigger:
            return "invalid_trigger_id"
        if trigger in self.exchanged:
            return "exchanged_trigger_id"
        if self.triggers is not None and now - self.triggers.get(trigger, -1e9) > TRIGGER_S:
            return "expired_trigger_id"
        self.exchanged.add(trigger)
        return self._refused(body, "modal")

    def _publish(self, body: dict[str, Any]) -> str:
        if refused := self._refused(body, "home"):
            return refused
        self.homes[str(body.get("user_id"))] = body["view"]
        return ""

    @staticmethod
    def _refused(body: dict[str, Any], kind: str) -> str:
        view = body.get("view") or {}
        found = view_problems(view)
        if view.get("type") != kind:
            found.append(f"a view of type {view.get('type')}")
        if not found:
            return ""
        return found[0] if found[0] == "view_too_large" else f"invalid_arguments: {found[0]}"
