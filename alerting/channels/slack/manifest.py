"""The app manifest: what Slack is asked for, and why, by what the config needs. Pure.

Fields: https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from monitor.settings.model import SlackSettings

COMMAND = "/siaga"
EVENTS = ("app_home_opened", "reaction_added")


def scopes(settings: SlackSettings, *, groups: bool) -> dict[str, str]:
    """The bot's scopes, each with what it is for. ``groups``: a playbook says by user groups who
    may do what."""
    needed = {
        "chat:write": "to post, update and take back its own messages",
        "channels:read": "to find a channel by its name",
        "groups:read": "the same for private channels",
        "channels:history": "to look up whether a post arrived when Slack did not say",
        "groups:history": "the same for private channels",
        "files:write": "for the picture of the day in a card",
    }
    if settings.interactions != "off":
        needed["commands"] = f"for {COMMAND}"
        needed["reactions:read"] = "so that a pinned message becomes a note"
    if groups:
        needed["usergroups:read"] = "to know who is in the groups the playbooks name"
    return needed


def manifest(
    settings: SlackSettings, *, public_url: str = "", groups: bool = False
) -> dict[str, Any]:
    """The manifest for this config."""
    socket, heard = settings.interactions == "socket", settings.interactions != "off"
    address = {} if socket else {"request_url": f"{public_url.rstrip('/')}/slack/events"}
    features: dict[str, Any] = {"bot_user": {"display_name": "Siaga", "always_online": True}}
    behaviour: dict[str, Any] = {
        "org_deploy_enabled": False,
        "socket_mode_enabled": socket,
        "token_rotation_enabled": False,
    }
    if heard:
        # without the messages tab nobody can be written to alone: a test page would be refused
        features["app_home"] = {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": True,
        }
        command = {
            "command": COMMAND,
            "description": "Incidents, and what you do about them",
            "usage_hint": "status | who | oncall | cover | swap | risks | drill | mute | help",
            "should_escape": False,
        }
        features["slash_commands"] = [command | ({} if socket else {"url": address["request_url"]})]
        behaviour["event_subscriptions"] = {**address, "bot_events": list(EVENTS)}
        behaviour["interactivity"] = {"is_enabled": True, **address}
    return {
        "display_information": {
            "name": "Siaga",
            "description": "Notices a reputation crisis and gets somebody to look.",
            "background_color": "#7a1f1a",
        },
        "features": features,
        "oauth_config": {"scopes": {"bot": sorted(scopes(settings, groups=groups))}},
        "settings": behaviour,
    }


def as_yaml(value: Mapping[str, Any]) -> str:
    """Plain YAML: mappings, lists and quoted texts, no anchors, nothing clever."""
    return "\n".join(_lines(value, 0)) + "\n"


def _lines(value: Any, depth: int) -> Iterator[str]:
    pad = "  " * depth
    for key, part in value.items():
        if isinstance(part, Mapping):
            yield f"{pad}{key}:"
            yield from _lines(part, depth + 1)
        elif isinstance(part, list):
            yield f"{pad}{key}:"
            for item in part:
                if isinstance(item, Mapping):
                    first, *rest = _lines(item, depth + 2)
                    yield f"{pad}  - {first.lstrip()}"
                    yield from rest
                else:
                    yield f"{pad}  - {json.dumps(item, ensure_ascii=False)}"
        else:
            yield f"{pad}{key}: {json.dumps(part, ensure_ascii=False)}"
