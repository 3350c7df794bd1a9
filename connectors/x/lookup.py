"""Posts looked up again by their ids: which are gone, hidden from us, or written anew.

https://docs.x.com/x-api/posts/lookup. X asks that what is deleted, made private or edited be so
here too, at the latest a day after it was asked. A post that X names as missing is not billed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.base import Page
from connectors.kit.json_values import UNREADABLE
from connectors.x.api import XApi
from connectors.x.parse import edits_of, is_hidden, lost, posts_of
from monitor.model import Removal


def looked_up(api: XApi, ids: tuple[str, ...]) -> dict[str, Any]:
    """The posts of some ids (100 at most), and in ``errors`` those that cannot be seen."""
    return api.told(api.client.get_tweets, list(ids), shape=_is_lookup, **api.fields())


def recheck(api: XApi, ids: tuple[str, ...]) -> Iterator[Page]:
    """Stored mentions looked up again, as many as there is money for."""
    asked = tuple(name for name in ids if name.isdecimal())[: api.affordable(after_counts=True)]
    if not asked:
        return
    told, now = looked_up(api, asked), api.source.now
    removals = [Removal("x", name, kind, now) for name, kind in lost(told, asked).items()]
    newer = dict[str, str]()
    for row in told.get("data") or []:
        try:
            versions = edits_of(row)
            if is_hidden(row):
                removals.append(Removal("x", versions[0], "private", now))
            elif versions[-1] != row["id"]:
                newer[versions[-1]] = versions[0]
        except UNREADABLE:
            continue
    yield Page(removals=tuple(removals), cost={"usd": api.pay(told)})
    if newer and api.affordable(after_counts=True):
        told = looked_up(api, tuple(newer)[: api.affordable(after_counts=True)])
        edits = posts_of(told, now, api.account, retweets=True).edits
        yield Page(removals=tuple(edits), cost={"usd": api.pay(told)})


def _is_lookup(told: Any) -> bool:
    """Only what holds posts, or says which of them it does not hold, is an answer."""
    if not isinstance(told, dict) or not ("data" in told or "errors" in told):
        return False
    includes = told.get("includes") or {}
    lists = [told.get("data"), told.get("errors")]
    if not isinstance(includes, dict):
        return False
    lists += [includes.get(kind) for kind in ("users", "tweets", "posts")]
    return all(isinstance(one or [], list) for one in lists)
