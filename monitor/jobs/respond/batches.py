"""Which signals are answered together: those of one brand, class and subject; and of the sources
that are blind, those that failed together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerting.decide.blindness import home_of, same_cause
from alerting.model import Incident
from monitor.app import App
from monitor.jobs.respond.routing import destinations, localizer_for
from monitor.model import BLINDNESS
from monitor.store.engine import Transaction
from monitor.store.incidents import Group, PendingSignal, pending_signals, recent_incidents

Batch = tuple[Group, list[PendingSignal]]

REMEMBERED = timedelta(days=1)
"""A blindness that ended longer ago is not opened again."""


def batches(app: App, tx: Transaction, brand: str, now: datetime) -> list[Batch]:
    """A brand's signals that are to be answered, in the order of their beginning, each batch with
    the group its incident is found by."""
    pending = pending_signals(tx, brand)
    near: Sequence[Incident] = ()
    if any(item.signal.risk_class == BLINDNESS and item.home is None for item in pending):
        found = recent_incidents(tx, BLINDNESS, now - REMEMBERED)
        near = [one for one in found if _same_people(app, one.brand, brand)]
    made: dict[Group, list[PendingSignal]] = {}
    for item in pending:
        made.setdefault(_group(item, near, made, now), []).append(item)
    return list(made.items())


def _group(
    item: PendingSignal,
    near: Sequence[Incident],
    made: dict[Group, list[PendingSignal]],
    now: datetime,
) -> Group:
    signal = item.signal
    if item.home is not None:
        return item.home
    if signal.risk_class == BLINDNESS:
        if (incident := home_of(signal, near, now)) is not None:
            return incident.brand, incident.risk_class, incident.subject
        for group, others in made.items():
            if any(same_cause(signal, other.signal) for other in others):
                return group
    return signal.brand, signal.risk_class, signal.subject


def _same_people(app: App, brand: str, other: str) -> bool:
    """Whether two brands' messages go to the same place, in the same language."""
    if brand == other:
        return True
    same = destinations(app, brand) == destinations(app, other)
    return same and localizer_for(app, brand) == localizer_for(app, other)
