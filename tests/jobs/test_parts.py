"""A source that is refused a part of what it should read: degraded with the reason, never blind,
and what it does read counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from fakes.databases import ON_SQLITE
from fakes.lines import INFO, MINUTE, T0, Script, mention, only_source, poll_due
from sqlalchemy import select

from alerting.messages.codec import unpack
from connectors.base import (
    Cursor,
    Page,
    Rejected,
    SourceSpec,
    Unanswered,
    Unauthorized,
    Unavailable,
)
from connectors.kit.apart import AGAIN, Apart, each
from monitor.app import App
from monitor.jobs.detect.close import close_buckets
from monitor.jobs.detect.sources import watch_sources
from monitor.jobs.seen_in_part import tell_seen_in_part
from monitor.jobs.views.overview import overview
from monitor.jobs.views.troubles import troubles
from monitor.model import ALL
from monitor.store.series import series
from monitor.store.tables.responding import NotificationRow

Line = Callable[..., App]
WHY = "tags unseen: it does not permit this: scope"


@dataclass
class Half:
    """Tells a mention a minute; ``unseen`` is what it is refused besides."""

    unseen: str = WHY
    broken: bool = False
    asked: int = 0

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        self.asked += 1
        if self.broken:
            raise Unavailable("It does not answer.")
        yield Page(
            (mention(self.asked, source.now),),
            cursor={"n": self.asked},
            covered_from=None if cursor else T0,
        )
        if self.unseen:
            yield Page(unseen=self.unseen)


def watch(app: App, minutes: int) -> None:
    for _ in range(minutes):
        app.now.advance_to(app.now() + MINUTE)  # type: ignore[attr-defined]
        poll_due(app)
        watch_sources(app, app.now())


@ON_SQLITE
def test_it_is_degraded_with_the_reason_for_as_long_as_it_lasts_and_never_blind(line: Line) -> None:
    half = Half()
    app = line(Script(half.fetch, replace(INFO, every=MINUTE)))
    for _ in range(3):
        watch(app, 25)
        source = only_source(app)
        assert (source.health, source.health_kind) == ("degraded", "part")
        assert source.health_reason == WHY
        assert source.polled_until is not None
        assert source.polled_until >= app.now() - MINUTE, "what it does tell is not waited for"
    since = source.health_since
    assert since is not None
    assert since <= T0 + 2 * MINUTE
    view = overview(app, app.now(), app.now())
    assert not view.blind
    _, attention = troubles(view, {})
    assert any(WHY in one for one in attention), "somebody should know"
    half.unseen = ""
    watch(app, 2)
    assert only_source(app).health == "ok"


@ON_SQLITE
def test_what_it_tells_counts_meanwhile(line: Line) -> None:
    app = line(Script(Half().fetch, replace(INFO, every=MINUTE)))
    watch(app, 30)
    close_buckets(app, app.now())
    with app.db.read() as tx:
        told = series(tx, "kopi", ALL, T0 + 5 * MINUTE, T0 + 20 * MINUTE)
    assert [bucket.volume for bucket in told] == [5, 5, 5]
    assert all(bucket.covered for bucket in told)


@ON_SQLITE
def test_one_that_fails_besides_is_blind_as_any_other(line: Line) -> None:
    half = Half()
    app = line(Script(half.fetch, replace(INFO, every=MINUTE)))
    watch(app, 30)
    half.broken = True
    watch(app, 20)
    source = only_source(app)
    assert (source.health, source.health_kind) == ("blind", "unavailable")
    half.broken = False
    watch(app, 40)
    assert only_source(app).health_kind == "part"


def messages(app: App) -> list[str]:
    with app.db.read() as tx:
        rows = tx.scalars(select(NotificationRow).order_by(NotificationRow.id))
        return [unpack(row.payload).summary for row in rows]


@ON_SQLITE
def test_people_are_told_once_in_the_brands_channel_and_again_after_it_was_well(line: Line) -> None:
    half = Half()
    app = line(Script(half.fetch, replace(INFO, every=MINUTE)))
    watch(app, 20)
    assert tell_seen_in_part(app, app.now()) == 0, "it may be a slip"
    watch(app, 20)
    assert [tell_seen_in_part(app, app.now()) for _ in range(3)] == [1, 0, 0]
    (told,) = messages(app)
    assert told.startswith(WHY)
    half.broken = True
    watch(app, 20)
    half.broken = False
    watch(app, 90)
    assert tell_seen_in_part(app, app.now()) == 0, "an outage in between is told for itself"
    half.unseen = ""
    watch(app, 2)
    assert tell_seen_in_part(app, app.now()) == 0
    half.unseen = WHY
    watch(app, 40)
    assert tell_seen_in_part(app, app.now()) == 1


@dataclass
class Heard:
    """Is told by webhook, and may not look it up."""

    refused: bool = True
    seen: list[int] = field(default_factory=list)

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        yield Page(cursor={"n": 1}, hooks_left=self.refused)


@ON_SQLITE
@pytest.mark.parametrize("refused", [True, False])
def test_what_came_by_webhook_and_may_not_be_read_is_given_again(
    line: Line, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.jobs.poll.poll.with_hooks", lambda a, c, spec, after: (spec, 7))
    app = line(Script(Heard(refused).fetch, INFO))
    watch(app, 1)
    assert only_source(app).hook_after == (0 if refused else 7)


def parts(apart: Apart, *refused: str) -> None:
    for name in refused:
        apart.refuse(Rejected(f"no {name}."), unseen=name)


def test_a_part_is_asked_again_at_once_and_then_by_the_hour() -> None:
    cursor: dict[str, object] = {}
    asked = []
    for minute in range(0, 130, 5):
        apart = Apart(T0 + minute * MINUTE, cursor)

        def part(now: int = minute) -> Iterator[Page]:
            asked.append(now)
            yield Page()
            raise Rejected("it is not there.")

        assert len(list(apart.read(part(), unseen="#kopi"))) <= 1
        (page,) = apart.end()
        assert page.unseen == "#kopi unseen: it is not there."
        cursor = apart.kept()
    assert asked == [0, 5, 65, 125]
    assert timedelta(minutes=60) == AGAIN
    later = Apart(T0 + 200 * MINUTE, cursor)
    assert list(later.read(iter([Page()]), unseen="#kopi")) == [Page()]
    assert (list(later.end()), later.kept()) == ([], {})


def test_many_parts_are_told_in_one_sentence_each_up_to_three() -> None:
    apart = Apart(T0)
    parts(apart, "tags", "reels", "#a", "#b", "#c")
    (page,) = apart.end()
    assert page.unseen == (
        "tags unseen: no tags. — also: reels unseen: no reels. — also: #a unseen: no #a. "
        "— also: 2 more parts are unseen"
    )


def test_what_concerns_all_is_raised_at_once() -> None:
    apart = Apart(T0)
    parts(apart, "tags")
    with pytest.raises(Unauthorized):
        apart.refuse(Unauthorized("it is not accepted.", "token"), unseen="reels")
    apart.refuse(Unauthorized("scope.", "permission"), unseen="posts", main=True)
    with pytest.raises(Unauthorized, match="scope"):
        list(apart.end())


def part(error: Exception | None, log: list[str], name: str) -> Iterator[Page]:
    log.append(name)
    yield Page(skipped=1)
    if error:
        raise error


def test_what_fails_in_passing_is_asked_for_at_every_poll_and_told_meanwhile() -> None:
    cursor: dict[str, object] = {}
    log: list[str] = []
    for minute in range(0, 40, 5):
        apart = Apart(T0 + minute * MINUTE, cursor)
        down = Unavailable("it is out of order (500).") if minute < 35 else None
        told = list(apart.read(part(down, log, "tags"), unseen="tags"))
        assert told == [Page(skipped=1)], "what it did tell is kept"
        seen = [page.unseen for page in apart.end()]
        assert seen == (["tags unseen: it is out of order (500)."] if down else [])
        cursor = apart.kept()
    assert (len(log), cursor) == (8, {})


def test_a_main_part_that_fails_in_passing_is_the_polls_failure() -> None:
    with pytest.raises(Unavailable):
        list(Apart(T0).read(part(Unavailable("down."), [], "posts"), unseen="posts", main=True))
    with pytest.raises(Unavailable):  # a backfill is not asked anew in some minutes
        list(Apart(T0, whole=True).read(part(Unavailable("down."), [], "tags"), unseen="tags"))


def test_parts_that_give_no_answer_do_not_take_all_of_a_polls_time() -> None:
    cursor: dict[str, object] = {}
    asked: list[list[str]] = []
    for minute in (0, 5, 10, 15, 20):
        apart, log = Apart(T0 + minute * MINUTE, cursor), list[str]()
        for name in ("a", "b", "c"):
            slow = Unanswered("it did not answer in time.") if name != "c" else None
            list(apart.read(part(slow, log, name), unseen=name))
        assert "a unseen: it did not answer" in apart.told()
        cursor = apart.kept()
        asked.append(log)
    assert asked == [["a", "b"], ["a", "b"], ["c"], ["a", "b"], ["c"]]


def test_of_several_alike_one_that_fails_costs_no_other() -> None:
    log: list[str] = []
    down = {"a": Unavailable("down."), "c": Unanswered("late.")}
    alike = each(part(down.get(name), log, name) for name in "abcd")
    with pytest.raises(Unavailable, match="down"):
        list(alike)
    assert log == ["a", "b", "c"]


def test_what_goes_by_a_part_that_failed_in_passing_waits_for_it() -> None:
    apart = Apart(T0)
    apart.refuse(Rejected("no such list."), unseen="own posts")
    assert not apart.must_wait("own posts", unseen="replies"), "it would wait for ever"
    apart.refuse(Unavailable("down."), unseen="own posts")
    assert apart.must_wait("own posts", unseen="replies")
    assert apart.told() == "own posts unseen: down. — also: replies unseen for the same reason"
    assert not apart.must_wait("reels", unseen="comments")
