"""What must never be read: secrets anywhere, strangers' words in a log, calls nobody has made."""

from __future__ import annotations

import json
from collections.abc import Iterator

from history.mentions import live_mentions
from history.record import Call, History

EVERYBODY = ("@channel", "@here", "@everyone")


def nothing_secret_is_told(history: History) -> Iterator[str]:
    """I11: no secret and no raw post in a log; in Slack no secret, and only our own mentions."""
    circumstances = history.circumstances
    for place, secret in enumerate(circumstances.secrets, 1):
        if secret in history.log:
            yield f"secret {place} stands in the log"
        for call in history.calls:
            if secret in json.dumps(call.body, ensure_ascii=False, default=str):
                yield f"secret {place} was sent to Slack by {call.method}"
    for words in circumstances.strangers:
        if words in history.log:
            yield "a stranger's words stand in the log"
    for call in history.calls:
        for name in sorted(live_mentions(call.body) - _ours(history, call)):
            yield f"{call.method} {call.key} calls {name}, whom nobody has meant to call"


def _ours(history: History, call: Call) -> set[str]:
    """Whom the message was to call: an update is known by the post that it changes."""
    posted = {post.ts: post.key for post in history.posts}
    promise = history.by_wire.get(call.key or posted.get(call.ts, ""))
    contents = (promise.payload, promise.desired) if promise else ()
    named = (name for content in contents for name in (content or {}).get("targets", ()))
    return {name if name in EVERYBODY else str(name).lstrip("@") for name in named}
