"""What Instagram tells by webhook alone: @mentions in other people's captions and comments, and
comments of live videos.

https://developers.facebook.com/docs/instagram-platform/webhooks,
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login/mentions
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from connectors.base import Hook, Page, Rejected, Unauthorized, Unavailable
from connectors.instagram import parse
from connectors.kit.apart import Apart
from connectors.kit.json_values import UNREADABLE, identity
from connectors.kit.meta.graph import Gone, Graph
from connectors.kit.meta.hooks import named
from monitor.model import Mention, OwnPost

RETRIED = timedelta(hours=1)
"""So long what a webhook told is asked for again where it is not shown."""


def heard(
    graph: Graph, hooks: Sequence[Hook], account: str, own: frozenset[str], apart: Apart
) -> Iterator[Page]:
    """Each with what can be read of it. What is gone since is left out; what we may not read is
    given again, for the permission may come."""
    for hook in hooks:
        try:
            mention = (
                _live(hook, own)
                if hook.field == "live_comments"
                else _mention(graph, hook, account)
            )
            yield Page(mentions=(mention,) if mention else (), skipped=int(mention is None))
        except Gone:
            continue
        except (Rejected, Unauthorized, Unavailable) as error:
            apart.refuse(error, unseen="@mentions")
            young, told = graph.now - hook.at < RETRIED, isinstance(error, Rejected)
            yield Page(hooks_left=young or not told, skipped=int(told and not young))
            if not told:
                return
        except (*UNREADABLE, StopIteration):
            yield Page(skipped=1)


def _live(hook: Hook, own: frozenset[str]) -> Mention | None:
    media = identity(hook.value["media"]["id"])
    live = OwnPost(parse.PLATFORM, media, hook.at, "live")
    told: dict[str, Any] = {"timestamp": hook.at.isoformat(), **hook.value}
    found = parse.comment(told, live, None, own, hook.at)
    return found and replace(found, stable_time=False)


def _mention(graph: Graph, hook: Hook, account: str) -> Mention | None:
    """A caption or a comment that names the account, asked for by its id."""
    media = named(hook, "media_id")
    if not hook.value.get("comment_id"):
        fields = ",".join(parse.TAG_FIELDS)
        asked = f"mentioned_media.media_id({media}){{{fields}}}"
        return parse.tagged(graph.get(account, fields=(asked,))["mentioned_media"], hook.at)
    comment = named(hook, "comment_id")
    fields = "id,text,timestamp,username,like_count,media{id,permalink}"
    asked = f"mentioned_comment.comment_id({comment}){{{fields}}}"
    row = graph.get(account, fields=(asked,))["mentioned_comment"]
    shown = row.get("media") if isinstance(row.get("media"), dict) else {}
    under = OwnPost(parse.PLATFORM, media, hook.at, "image", url=str(shown.get("permalink") or ""))
    return parse.comment(row, under, None, frozenset(), hook.at)
