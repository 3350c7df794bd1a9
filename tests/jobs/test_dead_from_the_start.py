"""A source that was never there keeps nobody's crisis waiting."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from fakes.feed import HOUR, Feed, calm, run, signals
from fakes.lines import INFO, MINUTE, T0, Script, make_app, mention

from connectors.base import Unauthorized
from monitor.detect.factory import detectors_for
from monitor.model import ANY
from monitor.settings.model import BrandSettings, Rules, SourceSettings


def test_a_crisis_in_the_minutes_after_the_first_start_is_told(tmp_path):
    start = T0 + timedelta(days=5)
    told = [mention(f"s{n}", start + n * timedelta(seconds=2), "-kopi ☠") for n in range(60)]
    feeds = {"good": Feed(calm(start, every=HOUR) + told), "dead": Feed([])}
    feeds["dead"].error = Unauthorized("Refused.")
    sources = [
        SourceSettings(connector="fake", name=name, covered_from=T0, options={"platform": "x"})
        for name in feeds
    ]
    app = make_app(
        f"sqlite:///{tmp_path / 'siaga.db'}",
        Script(
            lambda source, cursor: feeds[source.name](source, cursor), replace(INFO, platform=ANY)
        ),
        brands=[BrandSettings(slug="kopi", name="Kopi", query="kopi", sources=tuple(sources))],
        detectors=detectors_for(Rules()),
    )
    run(app, start, start + 6 * MINUTE, every=3 * MINUTE)
    assert {s.detector for s in signals(app)} & {"volume", "first_days"}
    app.db.close()
