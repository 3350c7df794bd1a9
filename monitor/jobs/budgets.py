"""What sources spend of their days: how far each is, when it will be spent, and who is told.

A budget is a connector's option ``max_<unit>_per_day``; its day is UTC's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors import registry as connectors
from monitor.app import App, Opened
from monitor.jobs.announce import announce
from monitor.jobs.respond.routing import localizer_for
from monitor.jobs.spending import day_of, remaining_budget
from monitor.settings.model import SourceSettings
from monitor.store import sources as store
from monitor.store.outbox import keys
from monitor.store.source_state import SourceState

TOLD_AT = 0.8
"""Share of a day's budget from which people are told, once a day."""

AT_LEAST = timedelta(minutes=30)
"""A rate over less than that is none."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a source has spent of a day. ``gone_at``: when it will be spent at the rate since
    midnight; None where that is not today."""

    source_id: int
    brand: str
    source: str
    unit: str
    spent: float
    limit: float
    gone_at: datetime | None


def budgets(
    app: App | Opened,
    sources: tuple[SourceState, ...],
    spent: Mapping[int, Mapping[str, float]],
    wall: datetime,
) -> Iterator[Budget]:
    """The budgets of which something is spent. ``spent``: today's, by the source's number."""
    named = {
        (slug, source.connector, source.name): source
        for slug, brand in app.brands.items()
        for source in brand.sources
    }
    for source in sources:
        settings = named.get((source.brand, source.connector, source.name))
        amounts = spent.get(source.id, {})
        if settings is None or not amounts:
            continue
        for unit, limit in _limits(settings).items():
            if limit > 0 and (amount := amounts.get(unit, 0.0)) > 0:
                gone = gone_at(amount, limit, wall)
                yield Budget(source.id, source.brand, source.title, unit, amount, limit, gone)


def gone_at(spent: float, limit: float, wall: datetime) -> datetime | None:
    """When a day's budget is spent at the rate since midnight (UTC); None: not today."""
    now = wall.astimezone(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if spent >= limit:
        return now
    seconds = (limit - spent) * max(now - midnight, AT_LEAST).total_seconds() / spent
    if seconds >= (midnight + timedelta(days=1) - now).total_seconds():
        return None
    return now + timedelta(seconds=seconds)


def tell_budgets(app: App, now: datetime, wall: datetime) -> int:
    """Promise a message for each budget of which four fifths are spent, once a day. How many."""
    with app.db.read() as tx:
        sources = tuple(store.source_states(tx))
        spent = store.spent_by_source(tx, day_of(wall))
    told = 0
    for budget in budgets(app, sources, spent, wall):
        if budget.spent >= TOLD_AT * budget.limit:
            told += _tell(app, budget, now, wall)
    if told:
        app.wake()
    return told


def _tell(app: App, budget: Budget, now: datetime, wall: datetime) -> bool:
    say = localizer_for(app, budget.brand)
    share = f"{budget.spent / budget.limit:.0%}"
    headline = say._(
        "{source}: {share} of today's budget is spent", source=budget.source, share=share
    )
    summary = say._(
        "{spent} of {limit} {unit}. When it is spent, {source} hears nothing until 00:00 UTC: "
        "raise `max_{unit}_per_day`, or let it ask less often.",
        spent=f"{budget.spent:.2f}",
        limit=f"{budget.limit:g}",
        unit=budget.unit,
        source=budget.source,
    )
    if budget.gone_at and budget.gone_at > wall:
        forecast = say._(
            "At this rate it is spent by {when}.", when=say.moment(budget.gone_at, wall)
        )
        summary = f"{forecast} {summary}"
    key = keys.budget_spent(budget.source_id, budget.unit, day_of(wall))
    with app.db.write() as tx:
        return announce(app, tx, key, headline, summary, now, brand=budget.brand, severity="SEV4")


def _limits(settings: SourceSettings) -> dict[str, float]:
    """The day's budgets that a source's options name; none where they cannot be read."""
    try:
        model = connectors.get(settings.connector).info.options
        return remaining_budget(model.model_validate(settings.options), {})
    except Exception:  # its poll fails likewise, and says so where people look
        return {}
