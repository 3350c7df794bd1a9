"""Rule sets by name: ours, a config's, the peers'."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from monitor.app import load_config
from monitor.backtest.run import Maker
from monitor.backtest.tune import Tuned
from monitor.detect.base import SeriesDetector
from monitor.detect.peers import PEERS
from monitor.detect.registry import detectors_for
from monitor.model import SeriesKey
from monitor.problems import Problem
from monitor.settings.model import Rules

OURS = "siaga"


def ours(rules: Rules) -> Maker:
    """The detectors these rules make."""

    def make(key: SeriesKey, span: timedelta) -> Sequence[SeriesDetector]:
        return detectors_for(rules, span)(key)

    return make


def named(name: str, rules: Rules) -> Maker:
    """A rule set by what the command line calls it: ``siaga`` (the rules of the config in use), a
    peer's name, or a config file whose ``rules`` are meant. Raises Problem."""
    if name == OURS:
        return ours(rules)
    if name in PEERS:
        peer = PEERS[name]

        def make(key: SeriesKey, span: timedelta) -> Sequence[SeriesDetector]:
            return (peer(key, span),) if key.measure == "volume" else ()

        return make
    if Path(name).is_file():
        return ours(load_config(Path(name)).settings.rules)
    known = ", ".join([OURS, *PEERS])
    raise Problem(f"no rule set {name!r}: write one of {known}, or a config file")


def tunable(rules: Rules) -> Tuned:
    """Our volume rule by its threshold, for ``siaga tune``."""

    def at(threshold: float) -> Maker:
        volume = rules.volume.model_copy(update={"threshold": threshold})
        off = rules.negative.model_copy(update={"enabled": False})
        return ours(rules.model_copy(update={"volume": volume, "negative": off}))

    return at
