"""Events that people knew of beforehand: a launch, Lebaran, 11.11, payday.

They raise the volume that is expected and nothing else: a launch that goes wrong must still fire
by its negative share.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime

from monitor.settings.model import PlannedEvent


def factor_for(events: Sequence[PlannedEvent], brand: str) -> Callable[[datetime], float] | None:
    """How many times the ordinary volume is expected of a brand at a moment; None: no event ever.

    Where events overlap the largest counts, not their product. A calendar of years costs a bucket
    no more than one event does.
    """
    own = [event for event in events if not event.brands or brand in event.brands]
    if not own:
        return None
    edges = sorted({at for event in own for at in (event.start, event.end)})
    heights = [1.0] * len(edges)
    for event in sorted(own, key=lambda event: event.volume):
        first, last = bisect_left(edges, event.start), bisect_left(edges, event.end)
        heights[first:last] = [event.volume] * (last - first)

    def factor(at: datetime) -> float:
        place = bisect_right(edges, at) - 1
        return heights[place] if place >= 0 else 1.0

    return factor
