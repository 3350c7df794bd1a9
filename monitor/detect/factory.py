"""The detectors of a series, by the rules. A series' measure says which kind it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from monitor.detect.base import SeriesDetector
from monitor.detect.evidence import PAGE, WATCH
from monitor.detect.first_days import FirstDays
from monitor.detect.negative import THRESHOLD as NEGATIVE_THRESHOLD
from monitor.detect.negative import NegativeShare
from monitor.detect.planned import factor_for
from monitor.detect.silence import Silence
from monitor.detect.slow_burn import SlowBurn
from monitor.detect.volume import Volume
from monitor.model import ALL, BUCKET, SeriesKey
from monitor.settings.model import Rules


def detectors_for(
    rules: Rules, span: timedelta = BUCKET
) -> Callable[[SeriesKey], Sequence[SeriesDetector]]:
    """What makes the detectors of a series: of its volume, or of its negative share (``negative``).

    ``span``: length of the buckets they will see (a backtest may have others than the base).
    """

    def make(key: SeriesKey) -> Sequence[SeriesDetector]:
        if key.measure == "volume":
            return _volume(rules, key, span)
        if key.measure == "negative":
            return _negative(rules, key, span)
        return ()

    return make


def _volume(rules: Rules, key: SeriesKey, span: timedelta) -> Sequence[SeriesDetector]:
    found: list[SeriesDetector] = []
    if rules.volume.enabled:
        found.append(_volume_detector(rules, key, span))
    if rules.first_days.enabled and key.platform == ALL:
        found.append(FirstDays(key, warm_up=rules.warm_up, span=span))
    if rules.silence.enabled and key.platform != ALL:
        found.append(Silence(key, min_mentions=rules.silence.min_mentions, span=span))
    return found


def _volume_detector(rules: Rules, key: SeriesKey, span: timedelta) -> Volume:
    rule = rules.volume
    threshold = rule.threshold or PAGE
    # a watch speaks of the brand as a whole; its platforms are in the card
    watches = rule.watch and key.platform == ALL
    return Volume(
        key,
        threshold=threshold,
        watch=WATCH * threshold / PAGE if watches else None,
        min_mentions=rule.min_mentions,
        warm_up=rules.warm_up,
        planned=factor_for(rules.events, key.brand),
        span=span,
    )


def _negative(rules: Rules, key: SeriesKey, span: timedelta) -> Sequence[SeriesDetector]:
    rule = rules.negative
    if not rule.enabled:
        return ()
    few, warm_up = rule.min_mentions, rules.warm_up
    threshold = rule.threshold or NEGATIVE_THRESHOLD
    return (
        NegativeShare(key, threshold=threshold, min_mentions=few, warm_up=warm_up, span=span),
        SlowBurn(key, min_mentions=few, warm_up=warm_up, span=span),
    )
