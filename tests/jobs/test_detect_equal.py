"""However detection ran, batches and restarts included, it ends in the same signals."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.feed import HOUR, calm, facts, signals, step
from fakes.lines import INFO, MINUTE, T0, Script, make_app, mention, steps

from connectors.base import Page
from monitor.detect.factory import detectors_for
from monitor.settings.model import BrandSettings, Rules, SourceSettings
from monitor.store.series import series

LAG = 10 * MINUTE
SECOND = timedelta(seconds=1)

SHIPPED = detectors_for(Rules(warm_up=24 * HOUR))
"""The shipped detectors, ready as soon as they can be."""


def story(dice, hours):
    """Some hours with a storm or two in the last five, as (when the platform shows it, mention):
    up to its lag late, so that hardly anything comes in order."""
    found = calm(T0 + hours * HOUR, dice.choice((40, 90, 200)) * SECOND)
    for n in range(dice.randrange(1, 4)):
        at = T0 + (hours - 6) * HOUR + dice.randrange(60, 330) * MINUTE
        found += [
            mention(f"s{n}-{i}", at + dice.randrange(1200) * SECOND, "-kopi")
            for i in range(dice.randrange(20, 120))
        ]
    shown = [(m.published_at + dice.random() * LAG, m) for m in found]
    return sorted(shown, key=lambda pair: pair[0])


def telling(told):
    """A platform that shows a mention when its moment has come."""

    def fetch(source, cursor):
        since = cursor["n"] if cursor else 0
        new = [m for at, m in told[since:] if at < source.now]
        yield Page(tuple(new), cursor={"n": since + len(new)}, covered_from=T0)

    return Script(fetch, replace(INFO, lag=LAG))


def played(folder, name, told, dice, *, hours, detectors, restart, step_s):
    """The story polled at moments of this run's own, with restarts."""
    feed = SourceSettings(connector="fake", name="feed", every=MINUTE)
    brand = BrandSettings(slug="kopi", name="Kopi", query="kopi", sources=(feed,))
    how = {"brands": [brand], "detectors": detectors}
    app = make_app(f"sqlite:///{folder}/{name}.db", telling(told), **how)
    at, end = T0, T0 + hours * HOUR
    while True:
        step(app, at)
        if at == end:
            break
        if dice.random() < restart:
            app.db.close()
            app = make_app(f"sqlite:///{folder}/{name}.db", telling(told), now=at, **how)
        at = min(end, at + dice.randrange(*step_s) * SECOND)
    rows = facts([row for row in signals(app) if row.final])
    with app.db.read() as tx:
        closed = series(tx, "kopi", "x", T0, end - LAG, at_close=True)
    app.db.close()
    return rows, closed


@pytest.mark.parametrize(
    ("seed", "hours", "detectors"),
    [(0, 6, steps), (3, 6, steps), pytest.param(4, 32, SHIPPED, marks=pytest.mark.soak)],
    ids=["simple-0", "simple-3", "shipped"],
)
def test_any_batching_and_any_restarts_end_in_the_same_signals(tmp_path, seed, hours, detectors):
    told = story(random.Random(seed), hours)
    dice = random.Random(seed + 100)
    ways = {
        "steady": (0.0, (300, 301) if hours < 12 else (600, 601)),
        "batches": (0.0, (60, 5000) if hours < 12 else (60, 9000)),
        "restarts": (0.3, (60, 1500) if hours < 12 else (1200, 5000)),
        "once": (0.0, (hours * 3600, hours * 3600 + 1)),
    }
    ended = {
        name: played(
            tmp_path,
            name,
            told,
            dice,
            hours=hours,
            detectors=detectors,
            restart=restart,
            step_s=span,
        )
        for name, (restart, span) in ways.items()
    }
    assert ended["steady"][0]
    for name in ways:
        assert ended[name] == ended["steady"], name
