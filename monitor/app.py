"""The composition root: ``Settings`` -> ``App``. The only place that wires parts together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from alerting.channels.base import Channel
from alerting.playbooks import Playbook
from connectors.base import Connector
from monitor.clock import Clock
from monitor.detect.base import SeriesDetector
from monitor.enrich.pipeline import Enricher
from monitor.model import SeriesKey
from monitor.query import Query
from monitor.settings import BrandSettings, Settings, SourceSettings
from monitor.store.engine import Database


@dataclass(frozen=True, slots=True)
class App:
    """Everything a job needs. ``now`` is the domain's clock, ``wall`` the present.

    ``connector_for`` makes a connector for one poll; ``detectors_for`` the detectors of one
    (brand, platform); ``wake`` is called after a commit so that the next step need not wait for
    a tick. ``replay``: the time spoken of is not the present, and notices are stamped so.
    """

    settings: Settings
    db: Database
    now: Clock
    wall: Clock
    brands: Mapping[str, BrandSettings]
    queries: Mapping[str, Query]
    playbooks: Mapping[str, Playbook]
    channels: Mapping[str, Channel]
    enricher: Enricher
    connector_for: Callable[[SourceSettings], Connector]
    detectors_for: Callable[[SeriesKey], Sequence[SeriesDetector]]
    wake: Callable[[], None] = lambda: None
    replay: bool = False
