"""The hard half of the contract suite: a connector against a fake of its platform.

A platform's own test is a subclass that names the connector, its options, and its fake::

    class TestKicau(PlatformContract):
        connector = "connectors.kicau.connector:Kicau"
        options = {"channel": "kopisenja"}
        secrets = {"token": "kicau-secret-of-the-test"}

        def platform(self) -> FakePlatform:
            return KicauFake(comments(11, NOW), NOW)

The suite turns the fake's knobs and holds what the connector brings against what the fake has:
no hole, nothing twice under two ids, nothing invented, the right failure each time. ``FAILURES``
are a platform's refusals in general terms; a subclass overrides ``failures`` with the platform's
own bodies and headers. What a connector declares in ``Info.can`` is demanded of it here.
``connectors.mutants`` shows that the suite notices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from connectors.base import (
    ConnectorError,
    Page,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from connectors.kit import http
from connectors.kit.fake_platform import STRANGE
from connectors.kit.json_changes import fields_of, padded, with_unknown_fields, without
from connectors.kit.loopback import HOSTILE, Reply, Request
from connectors.kit.refusals import FAILURES, Refusal
from connectors.testing import LivePlatform

PASSING = ("is out of order", "is a web page", "is half a JSON", "is other JSON", "hangs")
"""How a part fails that may be well at the next poll, each tried at another part."""


class PlatformContract(LivePlatform):
    """What a connector owes its poller against a platform that is alive."""

    def test_everything_the_platform_has_is_found_as_it_was_written(self) -> None:
        fake = self.platform()
        with self.running(fake) as base:
            self.complete(fake, self.found(self.polled(base, fake)))
            assert len(fake.requests) > 2, "the fake has too few pages to show anything"

    @pytest.mark.parametrize("paging", ["offset", "after"])
    def test_pages_that_overlap_or_come_twice_leave_no_hole(self, paging: Any) -> None:
        for overlap, repeats in ((1, 0), (2, 0), (0, 1), (1, 1)):
            fake = self.platform()
            fake.paging, fake.overlap, fake.repeats = paging, overlap, repeats
            with self.running(fake) as base:
                self.complete(fake, self.found(self.polled(base, fake)))

    @pytest.mark.parametrize("paging", ["offset", "after"])
    def test_what_arrives_between_two_pages_is_found_at_the_next_poll(self, paging: Any) -> None:
        fake = self.platform()
        fake.paging = paging
        fake.arrivals = {n: [self.new_item(fake, n)] for n in (1, 2)}
        with self.running(fake) as base:
            first = self.polled(base, fake)
            fake.now += self.make(base).info.every
            second = self.polled(base, fake, self.cursor(first))
        assert not fake.arrivals
        self.complete(fake, self.found(first, second))

    def test_what_is_new_or_turns_up_late_is_found_at_the_next_poll(self) -> None:
        fake = self.platform()
        with self.running(fake) as base:
            info = self.make(base).info
            late_by = info.lag / 2 if self.lateness is None else self.lateness
            first = self.polled(base, fake)
            late = replace(self.new_item(fake, 7), at=fake.now - late_by)
            fake.now += info.every
            fake.items += [late, self.new_item(fake, 9)]
            second = self.polled(base, fake, self.cursor(first))
        self.complete(fake, self.found(first, second))

    def test_times_out_of_order_leave_no_hole(self) -> None:
        fake = self.platform()
        fake.items = sorted(fake.items, key=lambda item: item.id[-1] + item.id)
        if not self.sorted_by_the_platform(fake):
            fake.order = "given"
        with self.running(fake) as base:
            self.complete(fake, self.found(self.polled(base, fake)))

    def test_the_beginning_that_is_asked_for_belongs_to_it(self) -> None:
        fake = self.platform()
        oldest = min(item.at for item in fake.items)
        with self.running(fake) as base:
            self.complete(fake, self.found(self.polled(base, fake, since=oldest)))

    def test_strange_texts_come_through_as_they_are(self) -> None:
        fake = self.platform()
        fake.items = [
            replace(item, text=STRANGE[n % len(STRANGE)]) for n, item in enumerate(fake.items)
        ]
        with self.running(fake) as base:
            self.complete(fake, self.found(self.polled(base, fake)))

    def test_fields_that_nobody_knows_change_nothing(self) -> None:
        fake = self.platform()
        fake.change = with_unknown_fields
        with self.running(fake) as base:
            self.complete(fake, self.found(self.polled(base, fake)))

    def test_a_reply_of_ten_megabytes_is_read(self) -> None:
        fake = self.platform()
        with self.running(fake) as base:
            whole = self.found(self.polled(base, fake))
            fake.change = lambda body: padded(body, 10 << 20 if len(fake.requests) == 1 else 0)
            fake.requests.clear()
            assert self.found(self.polled(base, fake)) == whole

    def test_an_entry_that_lacks_something_costs_no_other_entry(self) -> None:
        plain = self.platform()
        with self.running(plain) as base:
            whole = set(self.found(self.polled(base, plain)))
        victim = self.victim(plain)
        bodies = [plain.respond(request).body for request in plain.requests]
        for field in fields_of(bodies, victim.id):
            fake = self.platform()
            fake.change = partial(without, entry_id=victim.id, path=field)
            with self.running(fake) as base:
                pages = self.polled(base, fake)
            lost = whole - set(self.found(pages))
            assert len(lost) <= 1, f"without {field}: {len(lost)} entries are lost"

    def test_each_refusal_is_the_failure_it_stands_for(self) -> None:
        for name, refusal in self.failures.items():
            if refusal is None:
                continue
            for number in (1, 2):
                fake = self.platform()
                fake.faults = dict.fromkeys(range(number, number + 50), refusal.reply)
                with self.running(fake) as base:
                    got, error = self.tried(base, fake)
                    if error is None:  # a part of it was refused: that is told
                        assert number > 1, name
                        assert self.may_be_a_part(refusal), name
                        assert any(page.unseen for page in got), name
                    else:
                        self.is_failure(name, error, refusal, fake.now)

    def may_be_a_part(self, refusal: Refusal) -> bool:
        """Whether a refusal may concern a part alone; a bad token concerns all."""
        return refusal.failure in (Rejected, Unavailable) or refusal.reason == "permission"

    def test_what_is_refused_in_part_is_told_and_costs_nothing_else(self) -> None:
        whole = self.platform()
        with self.running(whole) as base:
            everything = set(self.found(self.polled(base, whole)))
        paths = list(dict.fromkeys(self.part_of(request) for request in whole.requests))
        refusal = self.failures.get("we may not read it") or FAILURES["we may not read it"]
        heard = set[str]()
        for path in paths:
            fake = self.platform()
            answered = fake.respond
            fake.respond = partial(self._refused_at, path, refusal.reply, answered)  # type: ignore[method-assign]
            with self.running(fake) as base:
                got, error = self.tried(base, fake)
            if error is None and path not in self.not_missed:
                assert any(page.unseen for page in got), f"{path}: its silence is taken for calm"
            heard |= set(self.found(got)) if error is None else set()
        assert heard in (everything, set()), "what is there is found whatever else is refused"

    def test_what_fails_in_passing_in_part_is_told_read_later_and_costs_nothing_else(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(http, "TOTAL_S", 0.4)
        whole = self.platform()
        with self.running(whole) as base:
            self.polled(base, whole)
        paths = list(dict.fromkeys(self.part_of(request) for request in whole.requests))
        for number, path in enumerate(paths):
            fake = self.platform()
            answered, passing = fake.respond, PASSING[number % len(PASSING)]
            fake.respond = partial(self._refused_at, path, HOSTILE[passing], answered)  # type: ignore[method-assign]
            with self.running(fake) as base:
                got, error = self.tried(base, fake)
                assert not isinstance(error, Rejected | Unauthorized), f"{path} {passing}: {error}"
                if error is not None:  # as it is where that part is refused
                    refused = partial(self._refused_at, path, Reply({}, 403), answered)
                    fake.respond = refused  # type: ignore[method-assign]
                    assert self.tried(base, fake)[1] is not None, f"{path} {passing}: all is lost"
                elif path not in self.not_missed:
                    assert any(p.unseen for p in got), f"{path}: its silence is taken for calm"
                fake.respond = answered  # type: ignore[method-assign]
                fake.now += self.make(base).info.every
                fake.items.append(self.new_item(fake, 3))
                again = self.polled(base, fake, self.cursor(got, none=True))
            assert not any(page.unseen for page in again), f"{path}: it is not asked for again"
            self.complete(fake, self.found(got, again))

    def _refused_at(
        self, path: str, refused: Reply, answered: Callable[[Request], Reply], request: Request
    ) -> Reply:
        return refused if self.part_of(request) == path else answered(request)

    def is_failure(self, name: str, error: ConnectorError, refusal: Refusal, now: datetime) -> None:
        """The failure is of the right kind, reason and time, and keeps the secrets."""
        assert isinstance(error, refusal.failure), f"{name}: {error!r}"
        if isinstance(error, Unauthorized) and refusal.reason:
            assert error.reason == refusal.reason, name
        if refusal.retry_s is not None:
            assert isinstance(error, RateLimited)
            assert error.retry_at is not None, name
            wait = (error.retry_at - now).total_seconds()
            assert abs(wait - refusal.retry_s) <= 5, f"{name}: asks again in {wait} s"
        self.keeps_secrets(error)

    def test_a_failure_at_any_request_leaves_no_hole(self) -> None:
        whole = self.platform()
        with self.running(whole) as base:
            self.polled(base, whole)
        for number in range(1, len(whole.requests) + 1):
            fake = self.platform()
            fake.faults = {number: Reply("<h1>502</h1>", 502)}
            with self.running(fake) as base:
                got, cursor = self.interrupted(base, fake)
                fake.faults = {}
                again = self.polled(base, fake, cursor)
            self.complete(fake, self.found(got, again))

    def test_a_failure_at_any_request_of_a_later_poll_leaves_no_hole(self) -> None:
        number = asked = 1
        while number <= asked:
            fake = self.platform()
            with self.running(fake) as base:
                first = self.polled(base, fake)
                fake.now += self.make(base).info.every
                fake.items += [self.new_item(fake, n) for n in range(7)]
                fake.requests.clear()
                fake.faults = {number: Reply("<h1>502</h1>", 502)}
                got, cursor = self.interrupted(base, fake, self.cursor(first))
                asked = max(asked, len(fake.requests))
                fake.faults = {}
                again = self.polled(base, fake, cursor)
            self.complete(fake, self.found(first, got, again))
            asked, number = max(asked, min(6, len(fake.requests))), number + 1

    @pytest.mark.parametrize("what", HOSTILE)
    def test_an_answer_that_is_none_in_mid_poll_is_a_named_failure(
        self, what: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(http, "TOTAL_S", 0.4)
        monkeypatch.setattr(http, "MAX_BYTES", 4 << 20)
        fake = self.platform()
        fake.faults = dict.fromkeys(range(2, 60), HOSTILE[what])
        with self.running(fake) as base:
            got, error = self.tried(base, fake)
        if error is None:
            assert any(page.unseen for page in got), "a part that cannot be read is told"
        else:
            self.keeps_secrets(error)

    def test_a_budget_is_kept_and_what_it_left_out_is_told(self) -> None:
        fake = self.platform()
        with self.running(fake) as base:
            info, pages = self.make(base).info, self.polled(base, fake)
            spent = _spent(pages)
            limits = {u for u in spent if f"max_{u}_per_day" in info.options.model_fields}
            for unit in limits:
                allowed = spent[unit] / 2
                dearest = max(page.cost.get(unit, 0) for page in pages)
                few, cursor = self.interrupted(base, fake, budget={unit: allowed})
                assert _spent(few).get(unit, 0) <= allowed + dearest
                rest = self.polled(base, fake, cursor)
                told = any(page.missed or page.counts for page in few + rest)
                assert told or set(self.found(few, rest)) == set(self.found(pages))

    def test_deletions_and_edits_are_told_and_no_others(self) -> None:
        fake = self.platform()
        with self.running(fake) as base:
            info = self.make(base).info
            if "deletions" not in info.can:
                return
            first = self.polled(base, fake)
            ids = tuple(self.found(first))
            deleted, edited = fake.items[1], fake.items[2]
            fake.delete(deleted.id)
            fake.edit(edited.id, "sudah diganti")
            told = self.removals(base, fake, self.cursor(first), ids)
        names = {i.id: self.expected(i)["external_id"] for i in (deleted, edited)}
        kinds = {r.external_id: r.kind for r in told if r.kind != "edited"}
        texts = {r.external_id: r.text for r in told if r.kind == "edited"}
        assert kinds.keys() == {names[deleted.id]}
        assert texts.get(names[edited.id]) == "sudah diganti"

    @pytest.mark.parametrize("paging", ["offset", "after"])
    def test_what_is_deleted_between_two_pages_takes_no_other_with_it(self, paging: Any) -> None:
        for number in (1, 2, 3, 4):
            fake = self.platform()
            fake.paging = paging
            with self.running(fake) as base:
                first = self.polled(base, fake)
                ids = tuple(self.found(first))
                fake.requests.clear()
                fake.departures = {number: [max(fake.items, key=lambda item: item.at).id]}
                told = self.removals(base, fake, self.cursor(first), ids, hours=3)
            gone = {self.expected(i)["external_id"] for i in fake.items if i.id in fake.gone}
            assert {r.external_id for r in told if r.kind != "edited"} <= gone

    def test_an_outage_is_never_taken_for_a_deletion(self) -> None:
        fake = self.platform()
        with self.running(fake) as base:
            first = self.polled(base, fake)
            ids = tuple(self.found(first))
            fake.now += timedelta(hours=1)
            for status in (200, 404, 500):
                for number in range(1, 9):
                    fake.requests.clear()
                    fake.faults = {number: Reply({}, status)}
                    got, _ = self.interrupted(base, fake, self.cursor(first), recheck=ids)
                    for page in got:
                        assert {r.kind for r in page.removals} <= {"edited"}, (status, number)

    def test_own_content_is_told_as_far_as_it_is_declared(self) -> None:
        fake = self.platform()
        with self.running(fake) as base:
            info, pages = self.make(base).info, self.polled(base, fake)
        wanted = dict(
            zip(("own_posts", "metrics", "standings"), self.own_content(fake), strict=True)
        )
        declared = {"own_posts": "own_posts", "metrics": "own_metrics", "standings": "own_standing"}
        for field, ability in declared.items():
            told = [one for page in pages for one in getattr(page, field)]
            if ability not in self.elsewhere:
                assert (ability in info.can) == bool(wanted[field]), f"own_content(): no {field}"
            assert ability in info.can or not told
            for one in wanted[field]:
                assert one in told, f"not among {field}: {one}"


def _spent(pages: list[Page]) -> dict[str, float]:
    total: dict[str, float] = {}
    for page in pages:
        for unit, amount in page.cost.items():
            total[unit] = total.get(unit, 0) + amount
    return total
