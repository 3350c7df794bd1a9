"""What a new incident is about, for the choice of its playbook: the class of risk that most of what
is said tells of, and the kind of own content under which most of it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.enrich.crisis.find import kinds_of
from monitor.model import ALL, Signal
from monitor.store.engine import Transaction
from monitor.store.own_content import said_under
from monitor.store.wording import written

KINDS: Mapping[str, str] = {
    "poisoning": "product_safety",
    "recall": "product_safety",
    "data breach": "data_privacy",
}
"""What the crisis words of a section of the lists tell of; the others tell of reputation."""

READ = 300
"""Texts of the event that are read for what they tell of, the latest first."""

AT_LEAST = 5
"""So few texts tell of nothing but themselves."""

MOSTLY = 0.3
"""The share of texts that must name it: most of a storm is talk about the talk."""

UNDER = 0.5
"""The share of mentions that must stand under own content of a kind."""


@dataclass(frozen=True, slots=True)
class About:
    """``risk_class``: "" where the signals' own is all that is known; ``content``: the kinds of own
    content under which most of it stands, () where that is none."""

    risk_class: str = ""
    content: tuple[str, ...] = ()


UNKNOWN = About()


def about(tx: Transaction, signals: Sequence[Signal], now: datetime) -> About:
    """What signals of mentions are about, by what was said since they began."""
    first = signals[0]
    since = min(signal.onset for signal in signals)
    texts = written(tx, first.brand, ALL, since, now, READ)
    told: Counter[str] = Counter()
    for one in texts:
        told.update({KINDS[kind] for kind in kinds_of(one.crisis_terms, KINDS)})
    named, count = next(iter(told.most_common(1)), ("", 0))
    clear = count >= AT_LEAST and count >= MOSTLY * len(texts)
    said, under = said_under(tx, first.brand, since, now)
    content = tuple(sorted(kind for kind, n in under.items() if n >= max(1, UNDER * said)))
    return About(named if clear else "", content)
