"""Who is called by what Slack got: mentions that are live, wherever in a message they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_LIVE = re.compile(r"<([!@#](?!date\^)[^>]*)>")
_RICH = {"user": "user_id", "usergroup": "usergroup_id", "broadcast": "range"}


def live_mentions(body: Mapping[str, Any]) -> set[str]:
    """As playbooks write them: ``@channel``, a person's or a group's id. A channel's is one too."""
    return {_named(found) for found in _found(body, mrkdwn=True)}


def _found(part: Any, *, mrkdwn: bool = False) -> Iterator[str]:
    if isinstance(part, Mapping):
        kind = part.get("type")
        if kind in _RICH:
            yield str(part.get(_RICH[kind], ""))
        text = part.get("text")
        if isinstance(text, str) and (mrkdwn or kind == "mrkdwn"):
            yield from _LIVE.findall(text)
        for value in part.values():
            if not isinstance(value, str):
                yield from _found(value)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from _found(one)


def _named(found: str) -> str:
    name = found.partition("|")[0].lstrip("!@").removeprefix("subteam^")
    return f"@{name}" if name in ("channel", "here", "everyone") else name
