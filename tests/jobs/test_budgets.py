"""A day's budget: how far it is, when it will be spent, and that people are told in time, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.app import App, assemble
from monitor.clock import ManualClock
from monitor.jobs.budgets import gone_at, tell_budgets
from monitor.jobs.poll.poll import sync_sources
from monitor.jobs.views.overview import overview
from monitor.settings.model import BrandSettings, Settings, SourceSettings
from monitor.store import sources as store
from monitor.store.overview import messages as told

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def app(tmp_path: Path, database_url: str) -> Iterator[App]:
    source = SourceSettings(connector="x", name="volume", options={"max_usd_per_day": 2.0})
    brand = BrandSettings(slug="senja", name="Kopi Senja", query="senja", sources=(source,))
    clock = ManualClock(NOW)
    settings = Settings(brands=(brand,))
    app = assemble(settings, folder=tmp_path, database_url=database_url, now=clock, wall=clock)
    sync_sources(app, NOW)
    yield app
    app.db.close()


def spend(app: App, usd: float, day: str = "2026-03-02") -> None:
    with app.db.write() as tx:
        (source,) = store.source_states(tx)
        store.spend(tx, source.id, day, {"usd": usd})


@pytest.mark.parametrize(
    ("spent", "hour", "gone"),
    [(1.0, 12, None), (1.2, 12, (20, 0)), (2.0, 12, (12, 0)), (1.0, 0, (0, 30)), (0.1, 12, None)],
)
def test_the_rate_since_midnight_says_when_it_is_spent(
    spent: float, hour: int, gone: tuple[int, int] | None
) -> None:
    found = gone_at(spent, 2.0, NOW.replace(hour=hour))
    assert found == (None if gone is None else NOW.replace(hour=gone[0], minute=gone[1]))


def test_what_is_spent_is_shown_with_a_forecast(app: App) -> None:
    assert overview(app, NOW, NOW).budgets == ()
    spend(app, 1.2)
    (budget,) = overview(app, NOW, NOW).budgets
    assert (budget.source, budget.unit, budget.spent, budget.limit) == ("x/volume", "usd", 1.2, 2)
    assert budget.gone_at == NOW.replace(hour=20)


def test_people_are_told_once_a_day_at_four_fifths(app: App) -> None:
    spend(app, 1.59)
    assert tell_budgets(app, NOW, NOW) == 0
    spend(app, 0.02)
    assert tell_budgets(app, NOW, NOW) == 1
    assert tell_budgets(app, NOW, NOW + timedelta(hours=1)) == 0
    with app.db.read() as tx:
        (message,) = told(tx)
    assert "budget:" in message.key
    spend(app, 1.9, "2026-03-03")
    assert tell_budgets(app, NOW, NOW + timedelta(days=1)) == 1
