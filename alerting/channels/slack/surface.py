"""What Slack is asked for beside messages: forms, a person's Home, who is in a group, what was
pinned. Nothing here is promised: who does not see it asks again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from alerting.channels.base import DeliveryError
from alerting.channels.slack.caller import Caller
from alerting.channels.slack.views import modal
from alerting.model import Form, Target
from monitor.clock import monotonic
from monitor.settings.model import SlackSettings

KNOWN_FOR = timedelta(minutes=5).total_seconds()
"""How long a group's members are remembered."""


class Surface:
    """One workspace, as one bot sees it."""

    def __init__(
        self, settings: SlackSettings, token: str, clock: Callable[[], float] = monotonic
    ) -> None:
        self._caller, self._clock = Caller(settings, token), clock
        self._groups: dict[str, tuple[float, frozenset[str]]] = {}

    def open(self, trigger: str, form: Form) -> None:
        """Show a form, within three seconds of the press. Raises DeliveryError."""
        view = modal(form)
        self._caller.call(lambda client: client.views_open(trigger_id=trigger, view=view))

    def belongs(self, who: str, group: Target) -> bool | None:
        """Whether a person is in a group (scope ``usergroups:read``); None: that is not known."""
        known = self._groups.get(group.id)
        if known is None or self._clock() - known[0] > KNOWN_FOR:
            try:
                answer = self._caller.call(
                    lambda client: client.usergroups_users_list(usergroup=group.id)
                )
            except DeliveryError:
                return None if known is None else who in known[1]
            known = self._clock(), frozenset(map(str, answer.get("users") or ()))
            self._groups[group.id] = known
        return who in known[1]

    def text_of(self, channel: str, ts: str) -> tuple[str, str]:
        """A message's words and the thread it is in (its own ``ts`` where it began one). Raises
        DeliveryError; "" where there is none."""
        answer = self._caller.call(
            lambda client: client.conversations_replies(channel=channel, ts=ts, limit=1)
        )
        found = [m for m in answer.get("messages") or () if m.get("ts") == ts]
        if not found:
            return "", ""
        return str(found[0].get("text") or ""), str(found[0].get("thread_ts") or ts)
