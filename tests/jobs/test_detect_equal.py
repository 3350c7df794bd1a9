"""However detection ran, batches and restarts included, it ends in the same signals."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from fakes.feed import HOUR, Feed, calm, facts, signals, step
from fakes.lines import MINUTE, T0, Script, make_app, mention

from monitor.settings import BrandSettings, SourceSettings
from monitor.store.series import series


def story(dice):
    """Some hours with a storm or two, and a few mentions that come late but within the lag."""
    found = calm(T0 + 6 * HOUR, timedelta(seconds=dice.choice((40, 90, 200))))
    for n in range(dice.randrange(1, 4)):
        at = T0 + dice.randrange(60, 330) * MINUTE
        found += [
            mention(f"s{n}-{i}", at + dice.randrange(1200) * timedelta(seconds=1), "-kopi")
            for i in range(dice.randrange(20, 120))
        ]
    return found


def played(folder, name, told, dice, *, restart, step_s):
    """The story polled at moments of this run's own, with restarts."""
    brand = BrandSettings(slug="kopi", name="Kopi", query="kopi",
                          sources=(SourceSettings(connector="fake", name="feed",
                                                  every=MINUTE),))  # fmt: skip
    how = {"brands": [brand]}
    app = make_app(f"sqlite:///{folder}/{name}.db", Script(Feed(told)), **how)
    at, end = T0, T0 + 6 * HOUR
    while True:
        step(app, at)
        if at == end:
            break
        if dice.random() < restart:
            app.db.close()
            app = make_app(f"sqlite:///{folder}/{name}.db", Script(Feed(told)), now=at, **how)
        at = min(end, at + dice.randrange(*step_s) * timedelta(seconds=1))
    rows = facts(row for row in signals(app) if row.final)
    with app.db.read() as tx:
        closed = series(tx, "kopi", "x", T0, end, at_close=True)
    app.db.close()
    return rows, closed


@pytest.mark.parametrize("seed", range(4))
def test_any_batching_and_any_restarts_end_in_the_same_signals(tmp_path, seed):
    told = story(random.Random(seed))
    dice = random.Random(seed + 100)
    one = played(tmp_path, "steady", told, dice, restart=0.0, step_s=(300, 301))
    batches = played(tmp_path, "batches", told, dice, restart=0.0, step_s=(60, 5000))
    restarts = played(tmp_path, "restarts", told, dice, restart=0.3, step_s=(60, 1500))
    at_once = played(tmp_path, "once", told, dice, restart=0.0, step_s=(21600, 21601))
    assert one[0]
    assert batches == restarts == one
    assert at_once == one
