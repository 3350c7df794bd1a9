"""What a connector yields, checked before anything of it is believed or stored.

A connector is a plugin that reads what a stranger's server says: a page with one wrong type in it
is refused as a whole, so that nothing is stored half and its cursor is not saved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from math import isfinite
from typing import Any, TypeVar, get_args

import orjson

from connectors.base import Page
from monitor.model import (
    ALL,
    ANY,
    Author,
    Count,
    Mention,
    Metric,
    OwnPost,
    OwnPostKind,
    Removal,
    Standing,
    StandingState,
    SubjectKind,
)
from monitor.store.mentions import storable
from monitor.store.own_content import storable_metric, storable_post, storable_standing
from monitor.store.text import clean, clean_key

T = TypeVar("T")

AHEAD = timedelta(days=1)
"""A post may say it is from this far in the future (clocks and zones go wrong); no further."""

MAX_CURSOR = 100_000
"""Bytes. A cursor is a bookmark; one that grows for ever would be written with every page."""

MAX_COUNT = 2**53

_KINDS = ("post", "comment", "reply", "review", "article")
_MEDIA = ("", "image", "video", "sticker", "gif", "audio", "other")
_UNITS = ("count", "share", "seconds", "usd")
_REMOVED = ("deleted", "private", "edited")

MAX_REASON = 1000
"""Characters of what a platform says of a standing."""


class InvalidPage(Exception):
    """What a connector yielded cannot be believed. Its text is shown to people."""


@dataclass(frozen=True, slots=True)
class ValidatedPage:
    """A page that can be stored. ``cursor`` is None where the page has none to save."""

    mentions: tuple[Mention, ...]
    counts: tuple[Count, ...]
    covered_from: datetime | None
    missed: tuple[datetime, datetime] | None
    cursor: dict[str, Any] | None
    cost: dict[str, float]
    position: datetime | None
    skipped: int
    undated: int
    own_posts: tuple[OwnPost, ...] = ()
    metrics: tuple[Metric, ...] = ()
    standings: tuple[Standing, ...] = ()
    removals: tuple[Removal, ...] = ()
    missed_why: str = ""
    unseen: str = ""
    hooks_left: bool = False
    recheck_left: bool = False
    empty: str = ""


def validate_page(page: object, now: datetime) -> ValidatedPage:
    """The page, checked, with texts that can be stored and times in UTC. Mentions from an absurd
    future are left out and counted as skipped. Raises ``InvalidPage``."""
    if not isinstance(page, Page):
        raise InvalidPage(f"the connector yielded {type(page).__name__} in place of a page")
    try:
        position = _maybe(page.position, "position")
        horizon = max(now, position or now) + AHEAD
        mentions = _each(page.mentions, "mentions", _mention)
        sane = tuple(mention for mention in mentions if mention.published_at <= horizon)
        if mentions and not sane:
            raise InvalidPage("every mention of the page is from the future")
        return ValidatedPage(
            mentions=sane,
            counts=_each(page.counts, "counts", _count),
            covered_from=_maybe(page.covered_from, "covered_from"),
            missed=_missed(page.missed),
            cursor=_cursor(page.cursor),
            cost=_cost(page.cost),
            position=position,
            skipped=_number(page.skipped, "skipped") + len(mentions) - len(sane),
            undated=_number(page.undated, "undated"),
            own_posts=_each(page.own_posts, "own posts", _own_post),
            metrics=_each(page.metrics, "metrics", partial(_metric, horizon=horizon)),
            standings=_each(page.standings, "standings", partial(_standing, horizon=horizon)),
            removals=_each(page.removals, "removals", _removal),
            missed_why=clean(str(page.missed_why))[:MAX_REASON],
            unseen=clean(str(page.unseen))[:MAX_REASON],
            hooks_left=bool(page.hooks_left),
            recheck_left=bool(page.recheck_left),
            empty=page.empty if page.empty in ("list", "search") else "",
        )
    except InvalidPage:
        raise
    except Exception as error:  # a field of a type nobody thought of
        raise InvalidPage(f"a page cannot be read ({type(error).__name__})") from error


def _each(value: object, what: str, checked: Callable[[Any], T]) -> tuple[T, ...]:
    """All of them, checked."""
    if not isinstance(value, tuple | list):
        raise InvalidPage(f"a page's {what} are {type(value).__name__} in place of a tuple")
    return tuple(map(checked, value)) if value else ()


def _mention(mention: object) -> Mention:
    if not isinstance(mention, Mention):
        raise InvalidPage(f"a mention is of the type {type(mention).__name__}")
    _texts(mention, "a mention", "platform", "external_id", "text", "url", "title", "lang_hint")
    _named(mention.platform, mention.external_id, "a mention")
    if mention.kind not in _KINDS:
        raise InvalidPage(f"a mention is of the unknown kind {str(mention.kind)[:40]!r}")
    if not isinstance(mention.reply_to, str | None) or not isinstance(mention.root_id, str | None):
        raise InvalidPage("a mention's reply_to or root_id is no text")
    if not isinstance(mention.own, bool) or mention.media not in _MEDIA:
        raise InvalidPage("a mention's own or media is of a wrong type")
    _author(mention.author)
    reach = mention.reach
    return storable(
        replace(
            mention,
            published_at=_moment(mention.published_at, "published_at"),
            reach=None if reach is None else _number(reach, "reach"),
            likes=None if mention.likes is None else _number(mention.likes, "likes"),
            replies=None if mention.replies is None else _number(mention.replies, "replies"),
        )
    )


def _author(author: object) -> None:
    if author is None:
        return
    if not isinstance(author, Author) or not isinstance(author.handle, str):
        raise InvalidPage("a mention's author is no author")
    if not isinstance(author.name, str) or not isinstance(author.verified, bool):
        raise InvalidPage("a mention's author is of wrong types")
    if author.followers is not None:
        _number(author.followers, "followers")


def _own_post(post: object) -> OwnPost:
    if not isinstance(post, OwnPost):
        raise InvalidPage(f"an own post is of the type {type(post).__name__}")
    _texts(post, "an own post", "platform", "external_id", "text", "url", "title")
    _named(post.platform, post.external_id, "an own post")
    if post.kind not in get_args(OwnPostKind):
        raise InvalidPage(f"an own post is of the unknown kind {str(post.kind)[:40]!r}")
    return storable_post(replace(post, published_at=_moment(post.published_at, "published_at")))


def _metric(metric: object, horizon: datetime) -> Metric:
    if not isinstance(metric, Metric):
        raise InvalidPage(f"a metric is of the type {type(metric).__name__}")
    _texts(metric, "a metric", "platform", "subject", "name")
    _named(metric.platform, metric.subject and metric.name, "a metric")
    value = metric.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise InvalidPage("a metric's value is no number")
    if metric.unit not in _UNITS or metric.subject_kind not in get_args(SubjectKind):
        raise InvalidPage("a metric's unit or subject_kind is unknown")
    at = min(_moment(metric.measured_at, "measured_at"), horizon)
    return storable_metric(replace(metric, value=float(value), measured_at=at))


def _standing(standing: object, horizon: datetime) -> Standing:
    if not isinstance(standing, Standing):
        raise InvalidPage(f"a standing is of the type {type(standing).__name__}")
    _texts(standing, "a standing", "platform", "subject", "reason")
    _named(standing.platform, standing.subject, "a standing")
    if standing.state not in get_args(StandingState):
        raise InvalidPage(f"a standing has the unknown state {str(standing.state)[:40]!r}")
    if standing.subject_kind not in get_args(SubjectKind):
        raise InvalidPage("a standing's subject_kind is unknown")
    since = _maybe(standing.since, "since")
    reason = standing.reason[:MAX_REASON]
    return storable_standing(replace(standing, reason=reason, since=since and min(since, horizon)))


def _removal(removal: object) -> Removal:
    if not isinstance(removal, Removal):
        raise InvalidPage(f"a removal is of the type {type(removal).__name__}")
    _texts(removal, "a removal", "platform", "external_id", "text")
    if not isinstance(removal.title, str | None):
        raise InvalidPage("a removal's title is no text")
    _named(removal.platform, removal.external_id, "a removal")
    if removal.kind not in _REMOVED:
        raise InvalidPage(f"a removal is of the unknown kind {str(removal.kind)[:40]!r}")
    return replace(
        removal,
        platform=clean_key(removal.platform),
        external_id=clean_key(removal.external_id),
        text=clean(removal.text),
        title=removal.title and clean(removal.title),
        at=_moment(removal.at, "at"),
    )


def _texts(told: object, what: str, *names: str) -> None:
    for name in names:
        if not isinstance(getattr(told, name), str):
            raise InvalidPage(
                f"{what}'s {name} is of the type {type(getattr(told, name)).__name__}"
            )


def _named(platform: str, identity: str, what: str) -> None:
    if not identity or platform in ("", ALL, ANY):
        raise InvalidPage(f"{what} has no id or no platform")


def _count(count: object) -> Count:
    if not isinstance(count, Count) or not isinstance(count.platform, str):
        raise InvalidPage("a count is no count")
    start, end = _moment(count.start, "start"), _moment(count.end, "end")
    if end <= start or end - start > timedelta(days=366):
        raise InvalidPage("a count's interval is empty or endless")
    return Count(count.platform, start, end, _number(count.value, "count"))


def _moment(value: object, what: str) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InvalidPage(f"{what} is not a time with a zone")
    try:
        return value.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise InvalidPage(f"{what} is no possible time") from error


def _maybe(value: object, what: str) -> datetime | None:
    return None if value is None else _moment(value, what)


def _missed(value: object) -> tuple[datetime, datetime] | None:
    if value is None:
        return None
    if not isinstance(value, tuple) or len(value) != 2:
        raise InvalidPage("missed is no pair of times")
    start, end = _moment(value[0], "missed"), _moment(value[1], "missed")
    return (start, end) if start < end else None


def _cursor(value: object) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise InvalidPage("a cursor is no mapping")
    try:
        packed = orjson.dumps(dict(value))
    except (TypeError, ValueError) as error:
        raise InvalidPage("a cursor cannot be written as JSON") from error
    if len(packed) > MAX_CURSOR:
        raise InvalidPage(f"a cursor has {len(packed)} bytes")
    kept: dict[str, Any] = orjson.loads(packed)
    return kept


def _cost(value: object) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise InvalidPage("a cost is no mapping")
    found = {}
    for unit, amount in value.items():
        if not isinstance(unit, str) or isinstance(amount, bool):
            raise InvalidPage("a cost is of wrong types")
        if not isinstance(amount, int | float) or not isfinite(amount) or amount < 0:
            raise InvalidPage("a cost is no amount")
        found[clean(unit)] = float(amount)
    return found


def _number(value: object, what: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_COUNT:
        raise InvalidPage(f"{what} is no number of things")
    return value
