"""Events that people knew of beforehand: a launch, Lebaran, 11.11, payday.

They raise the volume that is expected and nothing else: a launch that goes wrong must still fire
by its mood.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from monitor.settings import PlannedEvent


def factor_for(events: Sequence[PlannedEvent], brand: str) -> Callable[[datetime], float] | None:
    """How many times the ordinary volume is expected of a brand at a moment; None: no event ever.

    Where events overlap the largest counts, not their product.
    """
    own = [event for event in events if not event.brands or brand in event.brands]
    if not own:
        return None
    times = [(event.start, event.end, event.volume) for event in own]

    def factor(at: datetime) -> float:
        return max([by for start, end, by in times if start <= at < end], default=1.0)

    return factor
