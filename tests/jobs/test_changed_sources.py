"""What a person corrects in the config ends the wait it was the reason of, and no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from fakes.lines import INFO, MINUTE, T0, Script, clock_of, mention, only_source, poll_due

from connectors.base import BudgetSpent, Cursor, Page, RateLimited, SourceSpec
from monitor.app import App
from monitor.jobs.poll.poll import claim_due, poll, sync_sources
from monitor.settings.model import BrandSettings, SourceSettings
from monitor.store.sources import change

Line = Callable[..., App]
TOKEN = "SIAGA_TEST_TOKEN"
HELD = replace(INFO, secrets={"token": TOKEN}, account="account")


def source(**changes: Any) -> list[BrandSettings]:
    """A brand with one source of these settings."""
    every = changes.pop("every", None)
    one = SourceSettings(connector="fake", name="feed", every=every, options=changes)
    return [BrandSettings(slug="kopi", name="Kopi", query="kopi", sources=(one,))]


def held(error: Exception) -> Script:
    """A platform that says when it wants to be asked again."""

    def fetch(source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        raise error
        yield

    return Script(fetch, HELD)


def limited() -> Script:
    return held(RateLimited("It asks us to slow down (429).", T0 + timedelta(days=2)))


def restarted(line: Line, script: Script, now: datetime, **changes: Any) -> App:
    """The same database under another config."""
    return line(script, brands=source(**changes), now=now)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"url": "https://old.example/feed"}, {"url": "https://new.example/feed"}),
        ({"account": "111"}, {"account": "222"}),
    ],
)
def test_another_address_or_account_is_asked_at_once_however_long_the_old_one_wanted_to_be_left(
    line: Line, before: dict[str, str], after: dict[str, str]
) -> None:
    poll_due(restarted(line, limited(), T0, **before))
    app = restarted(line, limited(), T0 + MINUTE, **after)
    assert only_source(app).next_poll_at == T0 + MINUTE


def test_another_token_is_asked_with_at_once(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "spent")
    poll_due(restarted(line, limited(), T0))
    monkeypatch.setenv(TOKEN, "fresh")
    app = restarted(line, limited(), T0 + MINUTE)
    assert only_source(app).next_poll_at == T0 + MINUTE


@pytest.mark.parametrize(
    "change", [{}, {"every": MINUTE}, {"max_usd_per_day": 9.0}, {"platform": "x"}]
)
def test_who_is_asked_with_the_same_credentials_is_not_asked_before_it_wants_to_be(
    line: Line, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    monkeypatch.setenv(TOKEN, "spent")
    poll_due(restarted(line, limited(), T0, url="https://a.example"))
    app = restarted(line, limited(), T0 + MINUTE, url="https://a.example", **change)
    assert only_source(app).next_poll_at >= T0 + timedelta(days=2)


def test_a_limit_of_the_sources_own_is_looked_at_anew_when_it_is_raised(line: Line) -> None:
    spent = held(BudgetSpent("The source's units are spent.", T0 + timedelta(hours=16)))
    before = restarted(line, spent, T0, max_usd_per_day=1.0)
    poll_due(before)
    assert only_source(before).next_poll_at >= T0 + timedelta(hours=16)
    app = restarted(line, spent, T0 + MINUTE, max_usd_per_day=2.0)
    assert (only_source(app).health_kind, only_source(app).next_poll_at) == ("budget", T0 + MINUTE)


def test_a_source_that_cannot_be_made_for_now_is_the_same_as_before(line: Line) -> None:
    def unmade(source: SourceSettings) -> Any:
        raise OSError("cannot be made")

    app = restarted(line, limited(), T0, url="https://a.example")
    poll_due(app)
    sync_sources(replace(app, connector_for=unmade), T0)
    sync_sources(app, T0)
    assert only_source(app).next_poll_at >= T0 + timedelta(days=2)


def test_what_a_database_of_before_does_not_know_is_no_change(line: Line) -> None:
    app = restarted(line, limited(), T0, url="https://a.example")
    poll_due(app)
    with app.db.write() as tx:
        change(tx, only_source(app).id, None, {"access": ""})
    for url, waits in (("https://a.example", True), ("https://b.example", False)):
        app = restarted(line, limited(), T0, url=url)
        assert (only_source(app).next_poll_at > T0) is waits


def test_a_source_asked_seldom_that_shall_be_asked_often_is_asked_in_that_time(line: Line) -> None:
    well = Script(lambda source, cursor: iter([Page((mention(1, T0),))]), HELD)
    poll_due(restarted(line, well, T0, every=timedelta(hours=6)))
    app = restarted(line, well, T0 + MINUTE, every=timedelta(minutes=5))
    assert only_source(app).next_poll_at == T0 + 6 * MINUTE


def test_a_poll_of_the_old_address_that_is_under_way_writes_no_wait_for_the_new_one(
    line: Line,
) -> None:
    app = restarted(line, limited(), T0, url="https://old.example")
    (claim,) = claim_due(app, T0, 1)
    restarted(line, limited(), T0, url="https://new.example")
    poll(app, claim.source_id, claim.token, T0, T0)
    clock_of(app).advance_to(T0 + MINUTE)
    assert only_source(app).next_poll_at == T0


def test_what_the_old_address_never_showed_is_not_held_against_the_new_one(line: Line) -> None:
    empty = Script(lambda source, cursor: iter([Page((), empty="list")]), HELD)
    poll_due(restarted(line, empty, T0, url="https://old.example"))
    assert only_source(restarted(line, empty, T0, url="https://old.example")).empty_since == T0
    app = restarted(line, empty, T0 + MINUTE, url="https://new.example")
    assert only_source(app).empty_since is None
