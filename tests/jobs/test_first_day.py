"""On its first day a brand's crisis is told, however short a warm-up was set by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.feed import HOUR, Feed, run, signals
from fakes.lines import INFO, MINUTE, T0, Script, make_app, mention

from monitor.detect.factory import detectors_for
from monitor.model import ANY, Author
from monitor.settings.model import BrandSettings, Rules, SourceSettings

PAPER = Author("paper")


@pytest.mark.parametrize("warm_up", [HOUR, 6 * HOUR])
def test_a_storm_of_one_publisher_is_told_after_a_few_hours_of_history(tmp_path, warm_up):
    start = T0 + 10 * HOUR
    calm = [mention(n, T0 + 4 * n * MINUTE, "=kopi", author=PAPER) for n in range(150)]
    storm = [
        mention(f"s{n}", start + n * timedelta(seconds=10), "-kopi ☠", author=PAPER)
        for n in range(60)
    ]
    feed = Feed(calm + storm)
    source = SourceSettings(
        connector="fake", name="feed", covered_from=T0, options={"platform": "x"}
    )
    app = make_app(
        f"sqlite:///{tmp_path / 'siaga.db'}",
        Script(lambda source, cursor: feed(source, cursor), replace(INFO, platform=ANY)),
        brands=[BrandSettings(slug="kopi", name="Kopi", query="kopi", sources=(source,))],
        detectors=detectors_for(Rules(warm_up=warm_up)),
    )
    run(app, start, start + 15 * MINUTE)
    assert [s.detector for s in signals(app, platform="all")] == ["first_days"]
    app.db.close()


@pytest.mark.parametrize("seconds", [40, 400])
def test_a_storm_right_after_the_first_poll_does_not_wait_for_the_lag_of_a_feed(tmp_path, seconds):
    begin = T0 + timedelta(minutes=7)
    calm = [mention(n, T0 - n * HOUR, "=kopi", author=PAPER) for n in range(5)]
    storm = [
        mention(f"s{n}", begin + timedelta(seconds=seconds), "-kopi ☠", author=PAPER)
        for n in range(30)
    ]
    feed = Feed(calm + storm)

    def fetch(source, cursor):
        return (replace(page, covered_from=None) for page in feed(source, cursor))

    app = make_app(
        f"sqlite:///{tmp_path / 'siaga.db'}",
        Script(fetch, replace(INFO, platform=ANY, lag=HOUR)),
        detectors=detectors_for(Rules()),
        now=begin,
    )
    run(app, begin, begin + 10 * MINUTE, MINUTE)
    assert [(s.detector, s.over) for s in signals(app, platform="all")] == [("first_days", False)]
    run(app, begin + 11 * MINUTE, begin + 90 * MINUTE, 5 * MINUTE)  # and it stays one
    assert [s.detector for s in signals(app, platform="all")] == ["first_days"]
    app.db.close()


def test_a_storm_that_grows_slowly_in_a_feed_does_not_wait_for_its_lag(tmp_path):
    """Three articles in five minutes are nothing by themselves; thirty in an hour are a crisis."""
    storm = [
        mention(f"s{n}", T0 + n * timedelta(seconds=100), "-kopi ☠", author=Author(f"p{n % 9}"))
        for n in range(36)
    ]
    calm = [mention(n, T0 - n * HOUR, "=kopi", author=PAPER) for n in range(1, 6)]
    app = make_app(
        f"sqlite:///{tmp_path / 'siaga.db'}",
        Script(Feed(calm + storm), replace(INFO, platform=ANY, lag=HOUR)),
        detectors=detectors_for(Rules()),
    )
    run(app, T0, T0 + 30 * MINUTE)
    assert [(s.detector, s.final) for s in signals(app, platform="all")] == [("first_days", False)]
    run(app, T0 + 35 * MINUTE, T0 + 3 * HOUR)
    assert [(s.detector, s.final) for s in signals(app, platform="all")] == [("first_days", True)]
    app.db.close()
