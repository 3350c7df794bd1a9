"""Half an hour without Slack: nothing is lost, nothing doubled, and one call makes up for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from history.check import prove
from history.stories import MINUTE, storm_that_goes_on
from history.world import World

Worlds = Callable[..., World]


def test_half_an_hour_without_slack_is_made_up_for_with_one_call(world: Worlds) -> None:
    made = world()
    storm_that_goes_on(made, 14)
    made.run(2 * MINUTE)
    with made.outage():
        made.run(32 * MINUTE)
    made.run(36 * MINUTE)
    made.rest()
    prove(made.history())


@pytest.mark.soak
def test_a_storm_that_begins_in_an_outage_is_told_when_it_is_over(world: Worlds) -> None:
    made = world()
    made.run(1 * MINUTE)
    with made.outage():
        storm_that_goes_on(made, 12)
        made.run(31 * MINUTE)
    made.run(50 * MINUTE)
    made.rest()
    prove(made.history())
