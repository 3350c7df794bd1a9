"""How Slack writes who is paged: https://docs.slack.dev/messaging/formatting-message-text"""

from __future__ import annotations

import re
from collections.abc import Iterable

from alerting.model import EVERYBODY, Target

_ID = re.compile(r"[A-Z0-9]{2,30}")

MAX_MENTIONS = 40
"""More than any ladder names, and far within what one message may hold."""


def mention(target: Target) -> str:
    """``<!channel>``, ``<@U…>``, ``<!subteam^S…>``; "" for an id Slack could not have given."""
    if target.kind in EVERYBODY:
        return f"<!{target.kind}>"
    if not _ID.fullmatch(target.id):
        return ""
    if target.kind == "role":  # nobody can be named by one: they are people by now
        return ""
    return f"<@{target.id}>" if target.kind == "person" else f"<!subteam^{target.id}>"


def mentions(targets: Iterable[Target]) -> str:
    """Them in order, in one line."""
    return " ".join(list(filter(None, map(mention, targets)))[:MAX_MENTIONS])
