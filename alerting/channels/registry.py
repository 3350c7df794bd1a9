"""Which channels there are. Built in, or installed beside (entry points ``siaga.channels``).

A new channel of ours is one module and one line in ``BUILT_IN``. Modules load when first asked
for: an SDK that nobody uses costs no start-up time.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from pydantic import ValidationError

from alerting.channels.base import ChannelType
from monitor.problems import Problem
from monitor.settings.errors import in_words
from monitor.settings.secrets import redacted

BUILT_IN = {
    "apprise": "alerting.channels.apprise:APPRISE",
    "console": "alerting.channels.console:CONSOLE",
    "email": "alerting.channels.email.channel:EMAIL",
    "slack": "alerting.channels.slack.channel:SLACK",
    "slack_home": "alerting.channels.slack.home:SLACK_HOME",
    "slack_reply": "alerting.channels.slack.reply:SLACK_REPLY",
    "webhook": "alerting.channels.webhook:WEBHOOK",
}

GROUP = "siaga.channels"


class UnknownChannel(Problem):
    """No channel of that name, or an installed one that cannot be loaded."""


def names() -> list[str]:
    """The names of all channels, built in and installed."""
    return sorted({*BUILT_IN, *_installed()})


@cache
def get(name: str) -> ChannelType:
    """The channel of that name. Raises ``UnknownChannel`` with the closest name there is."""
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        return cast(ChannelType, getattr(import_module(module), attribute))
    if name in _installed():
        return _load(_installed()[name])
    close = get_close_matches(name.lower(), names(), n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(names())}."
    raise UnknownChannel(f"there is no channel {name!r}; {hint}")


def check_options(channel: str, options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every error in a channel's options, as (option, message); empty if all is well. What was
    written is not repeated: it may be a secret."""
    try:
        get(channel).options.model_validate(options)
    except UnknownChannel as error:
        return [("", str(error))]
    except ValidationError as error:
        found = in_words(error, get(channel).options)
        return [(".".join(map(str, loc)), redacted(message)) for loc, message in found]
    return []


@cache
def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _load(point: EntryPoint) -> ChannelType:
    try:
        return cast(ChannelType, point.load())
    except Exception as error:
        raise UnknownChannel(
            f"the channel {point.name!r} is installed ({point.value}) but cannot be loaded: "
            f"{type(error).__name__}: {error}"
        ) from error
