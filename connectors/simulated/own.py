"""What a scenario's brand publishes itself, how that does, and what becomes of mentions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import exp
from typing import Any, Protocol

from connectors.kit.times import bucket_of
from connectors.simulated.scenario import OwnContent, Scenario
from monitor.model import BUCKET, Mention, Metric, OwnPost, Removal, Standing, SubjectKind

HOUR = timedelta(hours=1)
GROWS = timedelta(hours=48)
"""So long a post's metrics go on growing."""


class Platform(Protocol):
    """One platform of a scenario."""

    scenario: Scenario
    platform: str

    def mentions(self, at: datetime) -> tuple[Mention, ...]:
        """What is said in the bucket that starts at ``at``."""
        ...


def own_content(platform: Platform, starts: Sequence[datetime]) -> dict[str, Any]:
    """The fields of a page that tells these buckets."""
    low, high = starts[0], starts[-1] + BUCKET
    own = [one for one in platform.scenario.own if one.platform == platform.platform]
    return {
        "own_posts": tuple(_post(one) for one in own if low <= one.at < high),
        "metrics": tuple(metric for one in own for metric in _measured(one, low, high)),
        "standings": tuple(standing for one in own for standing in _judged(one, low, high)),
        "removals": tuple(_removals(platform, low, high)),
    }


def _post(one: OwnContent) -> OwnPost:
    at = one.at.astimezone(UTC)
    return OwnPost(one.platform, one.id, at, one.kind, one.text, one.url, one.title)


def _measured(one: OwnContent, low: datetime, high: datetime) -> Iterator[Metric]:
    """What is measured within ``[low, high)``: at each full hour of the post's age."""
    at = one.at.astimezone(UTC)
    for age in range(1, GROWS // HOUR + 1):
        moment = at + age * HOUR
        if low <= moment < high:
            grown = 1 - exp(-age / 8)
            for name, value in one.metrics.items():
                yield Metric(one.platform, one.id, name, round(value * grown), "count", moment)


def _judged(one: OwnContent, low: datetime, high: datetime) -> Iterator[Standing]:
    kind: SubjectKind = "ad" if one.kind == "ad" else "post"
    at = one.at.astimezone(UTC)
    if low <= at < high:
        yield Standing(one.platform, one.id, kind, "live", "", at)
    if one.standing != "live" and low <= at + one.after < high:
        yield Standing(one.platform, one.id, kind, one.standing, one.reason, at + one.after)


def _removals(platform: Platform, low: datetime, high: datetime) -> Iterator[Removal]:
    for one in platform.scenario.removals:
        at = one.at.astimezone(UTC)
        if one.platform == platform.platform and low <= at < high:
            said = platform.mentions(bucket_of(one.of.astimezone(UTC)))
            if said:
                yield Removal(one.platform, said[0].external_id, one.kind, at, one.text)
