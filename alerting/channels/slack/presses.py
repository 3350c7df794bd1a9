"""What Slack says people did, read into a ``Press``. Pure. Everything in it is hostile: what is not
as documented is no press.

https://docs.slack.dev/reference/interaction-payloads and /reference/events/reaction_added
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from alerting.channels.sanitize import cut, one_line
from alerting.model import Press

OURS = "siaga:"
PIN = "pushpin"
MAX_FIELD = 3000


def read_press(kind: str, payload: Mapping[str, Any]) -> Press | None:
    """The press of an envelope (``kind``: interactive, slash_commands, events_api); None where
    there is none for us."""
    readers = {"interactive": _interactive, "slash_commands": _command, "events_api": _event}
    reader = readers.get(kind)
    try:
        return reader(payload) if reader else None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return None


def trigger_of(payload: Mapping[str, Any]) -> str:
    """What lets a form be opened, for three seconds; it is not kept."""
    return str(payload.get("trigger_id") or "")


def _interactive(payload: Mapping[str, Any]) -> Press | None:
    if payload["type"] == "block_actions":
        return _action(payload)
    return _form(payload) if payload["type"] == "view_submission" else None


def _action(payload: Mapping[str, Any]) -> Press | None:
    did = payload["actions"][0]
    action = str(did["action_id"])
    if not action.startswith(OURS):
        return None
    chosen = did.get("selected_option") or {}
    incident, revision, value = _value(str(chosen.get("value") or did.get("value") or ""))
    container = payload.get("container") or {}
    place = str(container.get("channel_id") or "")
    key = _key(
        _team(payload),
        place,
        container.get("message_ts") or container.get("view_id"),
        action,
        payload["user"]["id"],
        did["action_ts"],
    )
    return Press(
        key,
        str(payload["user"]["id"]),
        action.removeprefix(OURS),
        _name(payload["user"]),
        incident,
        revision,
        value,
        place=place,
    )


def _form(payload: Mapping[str, Any]) -> Press | None:
    view = payload["view"]
    action = str(view["callback_id"])
    if not action.startswith(OURS):
        return None
    incident, revision, place = _value(str(view.get("private_metadata") or ""))
    return Press(
        _key("view", _team(payload), view["id"]),
        str(payload["user"]["id"]),
        action.removeprefix(OURS),
        _name(payload["user"]),
        incident,
        revision,
        "form",
        _filled_in(view["state"]["values"]),
        place,
    )


def _filled_in(values: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, str]:
    found = {}
    for name, elements in values.items():
        for element in elements.values():
            chosen = element.get("selected_option") or {}
            text = str(chosen.get("value") or element.get("value") or "")
            found[str(name)] = cut(text, MAX_FIELD)
    return found


def _command(payload: Mapping[str, Any]) -> Press | None:
    return Press(
        _key("command", _team(payload), payload["trigger_id"]),
        str(payload["user_id"]),
        "command",
        _clean(payload.get("user_name")),
        value=cut(one_line(str(payload.get("text") or "")), 500),
        place=str(payload["channel_id"]),
    )


def _event(payload: Mapping[str, Any]) -> Press | None:
    event, key = payload["event"], _key("event", payload["event_id"])
    if event["type"] == "app_home_opened" and event.get("tab", "home") == "home":
        return Press(key, str(event["user"]), "home")
    if event["type"] == "reaction_added" and event["reaction"] == PIN:
        item = event["item"]
        if item["type"] == "message":
            place = str(item["channel"])
            return Press(key, str(event["user"]), "pin", value=str(item["ts"]), place=place)
    return None


def _team(payload: Mapping[str, Any]) -> str:
    team = payload.get("team") or {}
    return str(payload.get("team_id") or (team.get("id") if isinstance(team, Mapping) else ""))


def _name(user: Mapping[str, Any]) -> str:
    return _clean(user.get("name") or user.get("username"))


def _clean(name: object) -> str:
    return cut(one_line(str(name or "")), 80)


def _value(value: str) -> tuple[int, int, str]:
    """``42:3:30m``: the incident, its revision, what was chosen."""
    if not value:
        return 0, 0, ""
    incident, _, rest = value.partition(":")
    revision, _, chosen = rest.partition(":")
    return int(incident or 0), int(revision or 0), chosen


def _key(*parts: object) -> str:
    return sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:40]
