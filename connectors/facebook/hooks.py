"""What Facebook tells by webhook: mentions of the Page in comments and posts of others, and what is
deleted under its own posts.

https://developers.facebook.com/docs/graph-api/webhooks/reference/page
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from connectors.base import (
    Hook,
    Page,
    Rejected,
    Unanswered,
    Unauthorized,
    Unavailable,
    concerns_all,
)
from connectors.facebook import parse
from connectors.kit.json_values import UNREADABLE
from connectors.kit.meta.graph import Graph
from connectors.kit.meta.hooks import named
from monitor.model import Mention, Removal

EDITED = frozenset(("edited", "edit", "update"))
NOT_WRITTEN = frozenset(("hide", "unhide", "mute", "block", "unblock", "follow"))
"""What the Page does with it, or somebody with the Page: nobody has written anything."""


def heard(graph: Graph, hooks: Sequence[Hook], page_id: str) -> Iterator[Page]:
    """Each with what can be read of it. Where the platform gives no answer, the rest is told as it
    was told to us."""
    answers: Graph | None = graph
    for hook in hooks:
        try:
            if hook.field == "feed" or hook.value.get("verb") == "remove":
                gone = named(hook, "comment_id", "post_id")
                yield Page(removals=(Removal(parse.PLATFORM, gone, "deleted", hook.at),))
            elif hook.value.get("verb") in NOT_WRITTEN:
                continue
            else:
                try:
                    mention = _mention(answers, hook, page_id)
                except Unanswered:
                    answers, mention = None, _mention(None, hook, page_id)
                if mention is not None:
                    yield Page(mentions=(mention,), removals=tuple(_edits(hook, mention)))
        except (*UNREADABLE, StopIteration):
            yield Page(skipped=1)


def _edits(hook: Hook, mention: Mention) -> Iterator[Removal]:
    """That it reads otherwise now, where its writer has changed it."""
    if hook.value.get("verb") in EDITED and mention.text:
        name = mention.external_id
        yield Removal(parse.PLATFORM, name, "edited", hook.at, mention.text)


def _mention(graph: Graph | None, hook: Hook, page_id: str) -> Mention | None:
    """The post or comment that names the Page: as it reads there, else as the webhook told it
    (what strangers write can mostly not be looked up). None where polling brings it. Raises
    ``Unanswered``, and what concerns the token."""
    value = hook.value
    is_comment = value.get("item") == "comment"
    post = named(hook, "post_id") if value.get("post_id") else None
    if is_comment and post and post.startswith(f"{page_id}_"):
        return None
    name = named(hook, "comment_id") if is_comment else named(hook, "post_id")
    told: dict[str, Any] = {
        "id": name,
        "message": value.get("message"),
        "created_time": value.get("created_time") or hook.at.isoformat(),
        "from": value.get("from") or _sender(hook),
    }
    try:
        told |= graph.get(name, fields=parse.MENTION_FIELDS) if graph else {}
    except (Rejected, Unauthorized, Unavailable) as error:
        if concerns_all(error) or isinstance(error, Unanswered):
            raise
    found = parse.visitor_post(told, page_id, hook.at)
    if found is None or not is_comment:
        return found
    return replace(found, kind="comment", reply_to=post, root_id=post)


def _sender(hook: Hook) -> dict[str, Any]:
    value = hook.value
    return {"id": str(value.get("sender_id") or ""), "name": value.get("sender_name")}
