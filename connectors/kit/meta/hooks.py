"""What Meta's platforms tell by webhook, as far as polling does not bring it better.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started,
https://developers.facebook.com/documentation/threads/webhooks. Delivered at least once, in
batches. Comments under own content come by polling, a hundred a request; by webhook come mentions
that no list shows, comments of live videos, and deletions.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from connectors.base import Hook
from connectors.kit.json_values import UNREADABLE, identity, read_json
from connectors.kit.undated import stated

OBJECTS = {"page": "facebook", "instagram": "instagram"}
FIELDS = {
    "facebook": {"feed", "mention"},
    "instagram": {"mentions", "live_comments"},
    "threads": {"delete"},
}

WRITTEN = frozenset(
    ("album", "comment", "link", "note", "photo", "post", "share", "status", "video")
)
"""Items of a feed that somebody writes; reactions, likes and tags are none."""


def verified(body: bytes, signature: str, secrets: Mapping[str, str]) -> bool:
    """Whether one of our apps' secrets has signed the raw body (``X-Hub-Signature-256``). Takes the
    same time whatever is wrong, and never raises."""
    given = signature.encode("utf-8", "replace")
    right = False
    for secret in secrets.values():
        wanted = "sha256=" + hmac.new(secret.encode(), body, sha256).hexdigest()
        right |= hmac.compare_digest(wanted.encode(), given) and bool(secret)
    return right


def understood(body: bytes, received_at: datetime) -> list[Hook]:
    """What of a body is worth keeping: nothing of what an app hears for other products, nor of a
    sample without an account. Raises ValueError where it is none of Meta's."""
    told = read_json(body)
    if not isinstance(told, dict):
        raise ValueError("no object")
    found = []
    for platform, account, at, change in _changes(told):
        try:
            field, value = str(change["field"]), change["value"]
            if field not in FIELDS[platform] or not isinstance(value, dict):
                continue
            if platform == "facebook" and field == "feed" and not _takes_back(value):
                continue  # polling brings it, with its counts
            when = stated(at) or received_at
            found.append(
                Hook(_key(platform, account, at, change), platform, account, field, value, when)
            )
        except UNREADABLE:
            continue
    return found


def _takes_back(value: Mapping[str, Any]) -> bool:
    """Whether something that was written is deleted: not who takes a like back, which is told with
    the same verb and the id of what was liked."""
    return value.get("verb") == "remove" and value.get("item") in WRITTEN


def _changes(told: Mapping[str, Any]) -> Iterator[tuple[str, str, Any, Any]]:
    """Platform, account, time and change: Threads tells one at a time, the others by account."""
    if "values" in told and "target_id" in told:
        value = told["values"]
        owner = value.get("value", {}) if isinstance(value, dict) else {}
        account = owner.get("owner_id") if isinstance(owner, dict) else None
        yield "threads", str(account or told["target_id"]), told.get("time"), value
        return
    platform, entries = OBJECTS.get(str(told.get("object"))), told.get("entry")
    if {"field", "value"} <= told.keys() or "sample" in told:
        return
    if "object" not in told or not isinstance(entries, list):
        raise ValueError("none of Meta's")
    if platform is None:
        return
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("changes"), list):
            continue
        for change in entry["changes"]:
            yield platform, str(entry.get("id") or ""), entry.get("time"), change


def _key(*told: Any) -> str:
    return sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def named(hook: Hook, *names: str) -> str:
    """The first id that a hook tells under these names. Raises ``UNREADABLE``."""
    return next(identity(hook.value[name]) for name in names if hook.value.get(name))
