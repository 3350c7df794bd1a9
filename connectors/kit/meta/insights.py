"""Insights: measured values of a post or an account, as the three Meta platforms answer them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from math import nan
from typing import Any

from connectors.base import Page
from connectors.kit.apart import each
from connectors.kit.json_values import UNREADABLE
from connectors.kit.measures import fraction
from connectors.kit.meta.graph import Gone, Graph, MissingField
from connectors.kit.times import parse_time
from monitor.model import Metric, SubjectKind

NAMES = {
    "post_media_view": "views",
    "page_media_view": "views",
    "post_total_media_view_unique": "reach",
    "page_total_media_view_unique": "reach",
    "page_follows": "followers",
    "followers_count": "followers",
    "saved": "saves",
    "reposts": "shares",
}
"""The platforms' names of a metric -> ours; other names stay as they are."""

LONG_PERIODS = {"week", "days_28", "month", "lifetime"}
"""https://developers.facebook.com/docs/graph-api/reference/insights#period"""


def insights(
    graph: Graph,
    platform: str,
    subject: str,
    names: Sequence[str],
    kind: SubjectKind = "post",
    edge: str = "insights",
    **asked: Any,
) -> tuple[Metric, ...]:
    """The values of ``names`` for a post or an account.

    One retired name fails a whole call (code 100), so they are then asked one by one and the
    retired ones left out. An empty answer means that nothing is known, not zero.
    https://developers.facebook.com/docs/graph-api/reference/insights
    """
    try:
        return _asked(graph, platform, subject, names, kind, edge, asked)
    except MissingField:
        if len(names) == 1:
            return ()
    found: list[Metric] = []
    for name in names:
        try:
            found += _asked(graph, platform, subject, [name], kind, edge, asked)
        except MissingField:
            continue
    return tuple(found)


def of_posts(
    graph: Graph, platform: str, posts: Sequence[str], names: Sequence[str]
) -> Iterator[Page]:
    """The values of each post, while the allowance lasts; posts that are gone are left out."""
    return each(_of_post(graph, platform, post, names) for post in posts)


def _of_post(graph: Graph, platform: str, post: str, names: Sequence[str]) -> Iterator[Page]:
    if graph.pressed:
        return
    with suppress(Gone):
        yield Page(metrics=insights(graph, platform, post, names))


def _asked(
    graph: Graph,
    platform: str,
    subject: str,
    names: Sequence[str],
    kind: SubjectKind,
    edge: str,
    asked: dict[str, Any],
) -> tuple[Metric, ...]:
    told = graph.get(f"{subject}/{edge}", metric=tuple(names), **asked)
    data = told.get("data") or []
    rows = data if isinstance(data, list) else [data]
    return tuple(measured(rows, platform, subject, graph.now, kind))


def measured(
    rows: Sequence[Any], platform: str, subject: str, now: datetime, kind: SubjectKind = "post"
) -> Iterator[Metric]:
    """The metrics of an insights answer: each point of a series, the total where there is one;
    a value by parts (reactions by kind) is added up. What is unreadable is NaN. One name over
    several periods is several metrics: the longer periods are told in their names."""
    told = Counter(str(row.get("name")) for row in rows if isinstance(row, dict))
    for row in rows:
        try:
            name = str(row["name"])
            ours, period = NAMES.get(name, name), str(row.get("period") or "")
            if told[name] > 1 and period in LONG_PERIODS:
                ours = f"{ours}_{period}"
            for value, at in _values(row):
                yield Metric(platform, subject, ours, value, "count", at or now, kind)
        except UNREADABLE:
            yield Metric(platform, subject, "unreadable", nan, "count", now, kind)


def _values(row: Any) -> Iterator[tuple[float, datetime | None]]:
    total, series = row.get("total_value"), row.get("values") or []
    if isinstance(total, dict):
        series = [total]
    elif not all(one.get("end_time") for one in series):
        series = series[-1:]
    for one in series:
        value = _number(one.get("value"))
        if value is not None:
            yield value, parse_time(str(one.get("end_time") or ""))


def _number(value: Any) -> float | None:
    if isinstance(value, dict):
        parts = [part for part in map(_number, value.values()) if part is not None]
        return sum(parts) if parts else None
    return fraction(value)
