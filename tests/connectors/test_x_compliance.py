"""X's batch compliance: what became of stored posts, by jobs that go over several polls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from fakes.shared_mutants import some_of
from fakes.x import SIGNED, TOKEN, XFake
from pydantic import ValidationError
from test_contract_x import TestXContract as Contract

from connectors.base import ConnectorError, Cursor, Page
from connectors.kit.loopback import Reply, Request
from connectors.mutants import Mutant, caught
from connectors.x.options import XOptions

CODE = "connectors.x.compliance"
HOUR = timedelta(hours=1)


class WithCompliance(Contract):
    """Keywords, with batch compliance. Only what concerns it is tried so."""

    __test__ = False
    options: ClassVar[Mapping[str, Any]] = {**Contract.options, "compliance": True}

    def checked(self, request: Request) -> None:
        if not request.path.startswith("/2/signed/"):
            super().checked(request)

    def test_a_job_goes_over_several_polls_and_is_broken_off_anywhere(self) -> None:
        for number in range(1, 9):
            fake = self.platform()
            assert isinstance(fake, XFake)
            with self.running(fake) as base:
                first = self.polled(base, fake)
                cursor, ids, told = self.cursor(first), tuple(self.found(first)), list[str]()
                gone = fake.items[1].id
                fake.delete(gone)
                fake.requests.clear()
                fake.faults = {number: Reply("<h1>502</h1>", 502)}
                for _ in range(10):
                    fake.now += timedelta(minutes=20)
                    got, error = self.tried(base, fake, cursor, recheck=ids)
                    cursor = self.cursor(got, none=True) or cursor
                    assert SIGNED not in json.dumps(cursor), "signed addresses are not kept"
                    told += [r.external_id for page in got for r in page.removals]
                    ids = ids if error or any(page.recheck_left for page in got) else ()
            assert told == [gone], f"broken off at {number}"
            assert fake.jobs == 1

    def test_results_that_are_none_are_no_calm(self) -> None:
        fake = self.platform()
        assert isinstance(fake, XFake)
        answered = fake.respond
        page = Reply("<html>\nno results\n</html>")

        def respond(request: Request) -> Reply:
            return page if request.path.endswith("/down") else answered(request)

        fake.respond = respond  # type: ignore[method-assign]
        with self.running(fake) as base:
            _, cursor = self.interrupted(base, fake, recheck=("1",))
            fake.now += HOUR
            pages, _ = self.interrupted(base, fake, cursor, recheck=("1",))
        assert any("deletions unseen: " in page.unseen for page in pages)


def looked(
    suite: WithCompliance, base: str, fake: XFake, cursor: Cursor | None, ids: tuple[str, ...]
) -> tuple[list[Page], Cursor | None]:
    fake.now += HOUR
    return suite.interrupted(base, fake, cursor, recheck=ids)


def test_a_job_that_is_broken_off_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    suite = WithCompliance()
    suite.test_a_job_goes_over_several_polls_and_is_broken_off_anywhere()
    suite.test_deletions_and_edits_are_told_and_no_others()
    suite.test_results_that_are_none_are_no_calm()
    suite.test_an_outage_is_never_taken_for_a_deletion()
    suite.test_what_fails_in_passing_in_part_is_told_read_later_and_costs_nothing_else(monkeypatch)


def test_ids_are_given_again_until_a_job_took_them() -> None:
    suite, ids = WithCompliance(), ("1", "2")
    fake = XFake([], suite.platform().now)
    left = []
    with suite.running(fake) as base:
        cursor: Cursor | None = None
        for _ in range(8):
            pages, cursor = looked(suite, base, fake, cursor, ids)
            left.append(any(page.recheck_left for page in pages))
    assert left == [False, True, True, True, True, True, False, True], "a job in six hours"


def test_all_that_was_edited_is_read_anew_over_several_polls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    suite = WithCompliance()
    fake = XFake([], suite.platform().now)
    edited = [str(2**60 + n) for n in range(230)]
    told = [{"id": name, "action": "rehydrate", "reason": "tweet_edited"} for name in edited]
    monkeypatch.setattr(XFake, "_results", lambda _: told)
    with suite.running(fake) as base:
        cursor: Cursor | None = None
        for _ in range(6):
            _, cursor = looked(suite, base, fake, cursor, ("1",))
    asked = [name for r in fake.requests for name in r.params.get("ids", "").split(",")]
    assert [name for name in asked if name in edited] == edited, "each once"
    assert cursor is not None
    assert not cursor["edited"]


def test_another_job_of_the_app_is_waited_for_and_told() -> None:
    suite = WithCompliance()
    fake = XFake([], suite.platform().now)
    fake.job = {"id": "5", "status": "in_progress"}
    with suite.running(fake) as base:
        pages, _ = looked(suite, base, fake, None, ("1",))
    (unseen,) = [page.unseen for page in pages if page.unseen]
    assert unseen == "deletions unseen: X is busy with another compliance job of this app."
    assert any(page.recheck_left for page in pages)


def test_an_app_that_may_not_ask_is_told_and_all_else_is_read() -> None:
    suite = WithCompliance()
    fake = suite.platform()
    answered = fake.respond
    problem = {"title": "Client Forbidden", "detail": "This app is not enrolled.", "status": 403}

    def respond(request: Request) -> Reply:
        refused = request.path.startswith("/2/compliance")
        return Reply(problem, 403) if refused else answered(request)

    fake.respond = respond
    with suite.running(fake) as base:
        pages = suite.polled(base, fake, recheck=("1",))
    suite.complete(fake, suite.found(pages))
    assert any("deletions unseen: X refuses the app (This app" in page.unseen for page in pages)


def test_the_token_goes_to_no_other_host_and_plain_http_is_not_asked() -> None:
    suite = WithCompliance()
    fake = XFake([], suite.platform().now)
    with suite.running(fake) as base:
        _, cursor = looked(suite, base, fake, None, ("1",))
        fake.job = {**fake.job, "download_url": f"http://other.example/?{SIGNED}"}
        fake.now += HOUR
        pages, error = suite.tried(base, fake, cursor)
    assert error is None
    assert any("not https" in page.unseen for page in pages)
    assert not any(SIGNED in str(page) or TOKEN in str(page) for page in pages)


def test_what_a_job_costs_is_counted_and_kept_within_the_money_of_the_day() -> None:
    class Priced(WithCompliance):
        options: ClassVar[Mapping[str, Any]] = {**WithCompliance.options, "usd_per_job": 0.5}

    suite = Priced()
    fake = XFake([], suite.platform().now)
    with suite.running(fake) as base:
        pages = suite.polled(base, fake, recheck=("1",))
        assert sum(page.cost.get("usd", 0) for page in pages) == pytest.approx(0.5 + 0.005)
        broke = replace(suite.source(), budget={"usd": 0.2}, recheck=("1",), now=fake.now)
        with pytest.raises(ConnectorError, match="spent for today"):
            list(suite.make(base).fetch(broke, None))


def test_it_needs_posts() -> None:
    with pytest.raises(ValidationError, match="compliance"):
        XOptions(compliance=True)


BROKEN_OFF = "test_a_job_goes_over_several_polls_and_is_broken_off_anywhere"
DELETIONS = "test_deletions_and_edits_are_told_and_no_others"
MUTANTS = [
    Mutant(
        "signed addresses are kept",
        CODE,
        '"sent": False}',
        '"sent": False, **told}',
        BROKEN_OFF,
    ),
    Mutant(
        "what took no ids is taken for done",
        "connectors.x.connector",
        "yield Page(recheck_left=True)\n            raise",
        "raise",
        BROKEN_OFF,
    ),
    Mutant(
        "a job is forgotten",
        CODE,
        '{"job": job, "job_at": job["at"]} if job else {}',
        "{}",
        BROKEN_OFF,
    ),
    Mutant(
        "a place that is taken back is a deletion",
        CODE,
        'if action == "delete" and why not in NOT_GONE',
        'if action == "delete" or why in NOT_GONE',
        DELETIONS,
    ),
    Mutant(
        "results that are none are empty",
        CODE,
        "if lines and not read:",
        "if False:",
        "test_results_that_are_none_are_no_calm",
    ),
]


@pytest.mark.parametrize("mutant", some_of(MUTANTS), ids=str)
def test_the_suite_notices(mutant: Mutant) -> None:
    assert caught(mutant, WithCompliance)
