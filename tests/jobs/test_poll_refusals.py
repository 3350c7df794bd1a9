"""A refusal among good polls may be a slip of the platform; one that lasts is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fakes.lines import MINUTE, T0, Script, counts, mention, only_source, poll_due

from connectors.base import (
    Cursor,
    Page,
    RateLimited,
    Rejected,
    SourceSpec,
    Unauthorized,
    Unavailable,
)
from monitor.jobs.detect.sources import watch_sources
from monitor.store.tables.listening import SignalRow

PASSING: list[Exception] = [
    Rejected("There is nothing at this address (404)."),
    Unauthorized("It refuses us (403).", "permission"),
    Rejected("It does not accept the request: invalidPageToken."),
]
SLIPS: list[Exception] = [
    Unavailable("It is out of order (503)."),
    RateLimited("Too fast."),
    RateLimited("Too fast.", T0 - timedelta(days=9)),
    RateLimited("Too fast.", T0 + timedelta(seconds=310)),
    RateLimited("Too fast.", T0 + timedelta(days=400)),
    ValueError("an answer that its connector stumbles over"),
]
"""They pass too; the times are when a platform says to ask again."""


def answers(*rounds: Page | Exception) -> Script:
    """A connector that at each poll tells a page, or raises; the last one for ever."""
    left = list(rounds)

    def fetch(source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        told = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(told, Exception):
            raise told
        yield told

    return Script(fetch)


@pytest.mark.parametrize("error", PASSING + SLIPS)
def test_a_refusal_among_good_polls_is_not_blindness_and_is_asked_again_within_a_minute(
    line, error
):
    app = line(answers(Page((mention(1, T0),)), error, Page((mention(2, T0),))))
    poll_due(app)
    app.now.advance_to(only_source(app).next_poll_at)
    poll_due(app)
    source = only_source(app)
    assert source.health == "degraded"
    assert app.now() < source.next_poll_at <= app.now() + MINUTE
    watch_sources(app, app.now())
    assert counts(app, SignalRow) == 0
    app.now.advance_to(source.next_poll_at)
    poll_due(app)
    assert only_source(app).health == "ok"


def test_what_a_platform_asks_for_is_honoured(line):
    at = T0 + timedelta(minutes=40)
    app = line(answers(Page((mention(1, T0),)), RateLimited("Too fast.", at)))
    poll_due(app)
    app.now.advance_to(only_source(app).next_poll_at)
    poll_due(app)
    assert at <= only_source(app).next_poll_at <= at + MINUTE


@pytest.mark.parametrize("error", PASSING)
def test_a_refusal_that_lasts_is_blindness_from_its_begin(line, error):
    app = line(answers(Page((mention(1, T0),)), error))
    poll_due(app)
    app.now.advance_to(only_source(app).next_poll_at)
    began = app.now()
    while app.now() < T0 + timedelta(minutes=14):
        poll_due(app)
        source = only_source(app)
        assert source.health == "degraded"
        app.now.advance_to(source.next_poll_at)
    poll_due(app)
    source = only_source(app)
    assert (source.health, source.health_since) == ("blind", began)
    assert source.next_poll_at >= app.now() + timedelta(minutes=15)


@pytest.mark.parametrize(
    "error",
    [
        Unauthorized("The token is refused (401)."),
        Unauthorized("No money left (402).", "credits"),
        Rejected("It is gone for good (410).", gone=True),
    ],
)
def test_what_cannot_pass_by_itself_is_blindness_at_once(line, error):
    app = line(answers(Page((mention(1, T0),)), error))
    poll_due(app)
    app.now.advance_to(only_source(app).next_poll_at)
    poll_due(app)
    assert only_source(app).health == "blind"
