"""Which detectors there are: ours by the rules, and those installed beside (entry points
``siaga.detectors``, each a ``SeriesDetectorFactory``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from importlib.metadata import entry_points
from typing import cast

from monitor.detect.base import SeriesDetector, SeriesDetectorFactory
from monitor.detect.factory import detectors_for as built_in
from monitor.detect.late import FACTS as LATE_FACTS
from monitor.model import ALL, BUCKET, FactSpec, SeriesKey
from monitor.problems import Problem
from monitor.settings.model import Rules

GROUP = "siaga.detectors"

MEASURES = ("volume", "negative")
"""What series count: mentions, or how negative they are."""


@cache
def installed() -> Mapping[str, SeriesDetectorFactory]:
    """The factories installed beside ours. Raises Problem for one that cannot be loaded."""
    found = {}
    for point in entry_points(group=GROUP):
        try:
            found[point.name] = cast(SeriesDetectorFactory, point.load())
        except Exception as error:
            raise Problem(
                f"the detector {point.name!r} is installed ({point.value}) but cannot be loaded: "
                f"{type(error).__name__}: {error}"
            ) from error
    return found


def detectors_for(
    rules: Rules, span: timedelta = BUCKET
) -> Callable[[SeriesKey], Sequence[SeriesDetector]]:
    """What makes the detectors of a series, ours first. ``span``: length of their buckets."""
    ours, others = built_in(rules, span), installed().values()

    def make(key: SeriesKey) -> Sequence[SeriesDetector]:
        return [*ours(key), *(detector for other in others for detector in other(key, span))]

    return make


def declared_facts() -> Mapping[str, FactSpec]:
    """The facts that detectors declare, whatever is switched off, by name: what a playbook's
    conditions may ask for. Raises Problem where two detectors mean two things by one name."""
    make = detectors_for(Rules())
    found: dict[str, FactSpec] = {fact.name: fact for fact in LATE_FACTS}
    for platform in (ALL, "x"):
        for measure in MEASURES:
            for detector in make(SeriesKey("", platform, measure)):
                for fact in detector.facts:
                    if found.setdefault(fact.name, fact).type != fact.type:
                        raise Problem(f"two detectors declare the fact {fact.name} differently")
    return found
