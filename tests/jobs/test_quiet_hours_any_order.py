"""Whatever quiet hours and budgets there are, and whatever comes in them: SEV1 and blindness wait
for nobody, nobody is paged beyond a budget or in their night, and nothing held is forgotten."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes.crisis import BRAND, NOON, blind, detected, loud, minutes, outbox, watching
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from alerting.hours import Window, within
from alerting.playbook.load import load_playbook
from monitor.app import App
from monitor.jobs.respond.act import Action, act
from monitor.jobs.respond.escalate import audit, run_timers
from monitor.jobs.respond.held import release_messages, release_pages
from monitor.jobs.respond.respond import respond
from monitor.model import BLINDNESS
from monitor.settings.hours import PageBudget, QuietHours
from monitor.settings.model import Settings, SlackSettings
from monitor.settings.people import PersonSettings, RoleSettings
from monitor.store.incidents import pending_signals, read_incident
from monitor.store.outbox.held import held
from monitor.store.outbox.write import OPEN
from monitor.store.pages import held_pages
from monitor.store.tables.oncall import PageRow

BOOK = load_playbook(
    """\
version: 1
severity: [{if: "score >= 9", then: SEV1}]
levels:
  SEV1: {steps: [{at: 0m, notify: [social]}, {at: 10m, notify: [legal]}], repeat: 20m}
  SEV2: {steps: [{at: 0m, notify: [social]}, {at: 20m, notify: [legal]}], repeat: 30m}
  SEV3: {}
  SEV4: {}
blindness: {severity: SEV2}
""",
    "book",
)
ROLES = {
    "social": RoleSettings(people=("ana",), backup=("bo",)),
    "legal": RoleSettings(people=("lea",)),
}
STEP = timedelta(minutes=30)
DAY = timedelta(days=1)

quiet = st.none() | st.tuples(st.integers(0, 23), st.integers(1, 12)).map(
    lambda of: (of[0], (of[0] + of[1]) % 24)
)
events = st.lists(
    st.tuples(
        st.integers(0, 8),
        st.sampled_from(["storm", "worse", "blind", "seen", "ack", "escalate", "resolve"]),
        st.integers(1, 3),
    ),
    max_size=8,
)


def hours(of: tuple[int, int] | None) -> QuietHours | None:
    if of is None:
        return None
    return QuietHours.model_validate({"from": f"{of[0]:02}:00", "to": f"{of[1]:02}:00"})


class Hours:
    """A brand with people, and a clock that is set by hand."""

    def __init__(self, file: Path, brand: QuietHours | None, ana: QuietHours | None, most: int):
        self.brand, self.ana, self.most, self.now = brand, ana, most, NOON
        people = tuple(
            PersonSettings(
                slug=slug,
                name=slug.title(),
                slack=f"U0000{slug.upper()}",
                time_zone="UTC",
                quiet_hours=ana if slug == "ana" else None,
            )
            for slug in ("ana", "bo", "lea")
        )
        one = BRAND.model_copy(update={"quiet_hours": brand, "time_zone": "UTC"})
        made = Settings(
            brands=(one,),
            people=people,
            roles=ROLES,
            slack=SlackSettings(enabled=True, channel="#crisis"),
            page_budget=PageBudget(per_hour=most, per_day=2 * most),
        )
        app = watching(
            f"sqlite:///{file}", one, playbook=BOOK, settings=made, channels={"slack": object()}
        )
        self.app: App = replace(app, now=lambda: self.now, wall=lambda: self.now)

    @property
    def minute(self) -> float:
        return (self.now - NOON) / timedelta(minutes=1)

    def turn(self) -> None:
        """What the daemon does again and again."""
        respond(self.app, BRAND.slug, self.now)
        with self.app.db.read() as tx:
            assert not pending_signals(tx, BRAND.slug), "something waits to be evaluated"
        run_timers(self.app, self.now)
        audit(self.app, self.now)
        release_messages(self.app, self.now)
        release_pages(self.app, self.now)

    def do(self, what: str, number: int) -> None:
        since = 60.0 * number - 600
        if what in ("storm", "worse"):
            of = loud(since, self.minute, score=9.5 if what == "worse" else 6.1)
            detected(self.app, replace(of, subject=f"s{number}"))
        elif what in ("blind", "seen"):
            detected(self.app, blind(0, max(1.0, self.minute), over=what == "seen"))
        else:
            act(self.app, Action(what, "Bo", number), self.now)  # type: ignore[arg-type]

    def is_quiet(self, of: QuietHours | None, at: datetime) -> bool:
        if of is None:
            return False
        return within(Window((), of.start, of.end), at, minutes(0).tzinfo)  # type: ignore[arg-type]


def check_held(made: Hours) -> None:
    """What is held now may be."""
    with made.app.db.read() as tx:
        pages = held_pages(tx)
        for row in outbox(made.app):
            if row.held_until is None or row.incident_id is None or row.state not in OPEN:
                continue
            incident = read_incident(tx, row.incident_id)
            assert incident is not None
            assert made.is_quiet(made.brand, row.created_at), "held, and it is not quiet"
            assert row.held_until - row.created_at <= DAY
            assert incident.risk_class != BLINDNESS, "held that nothing can be seen"
            assert incident.severity != "SEV1", "held what is SEV1 now"
    assert all(page.severity != "SEV1" for page in pages), "a page of SEV1 waits"


def check_pages(made: Hours) -> None:
    """Nobody was paged beyond what they may be, other than of SEV1."""
    with made.app.db.read() as tx:
        rows = list(tx.scalars(select(PageRow).order_by(PageRow.at, PageRow.id)))
    named = [row for row in rows if row.held_until is None]
    for place, row in enumerate(named):
        if row.severity == "SEV1":
            continue
        assert not (row.person == "ana" and made.is_quiet(made.ana, row.at)), "woken"
        before = [one.at for one in named[:place] if one.person == row.person]
        assert sum(at > row.at - timedelta(hours=1) for at in before) < made.most
        assert sum(at > row.at - DAY for at in before) < 2 * made.most
    assert all(row.key for row in rows), "a page that waited was forgotten"


NUMBERS = itertools.count()


def play(
    folder: Path,
    brand: tuple[int, int] | None,
    ana: tuple[int, int] | None,
    most: int,
    coming: list[tuple[int, str, int]],
) -> None:
    made = Hours(folder / f"{next(NUMBERS)}.db", hours(brand), hours(ana), most)
    for steps, what, number in coming:
        for _ in range(steps):
            made.now += STEP
            made.turn()
        made.do(what, number)
        made.turn()
        check_held(made)
    for number in range(1, 6):
        act(made.app, Action("resolve", "Bo", number), made.now)
    for _ in range(14):
        made.now += 8 * STEP
        made.turn()
    with made.app.db.read() as tx:
        assert held_pages(tx) == []
        assert held(tx) is None
    check_pages(made)
    made.app.db.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hours")


NIGHT = [(0, "blind", 1), (0, "storm", 1), (0, "worse", 2), (8, "storm", 3), (3, "escalate", 3)]
"""It begins at five in the morning (UTC)."""


@settings(max_examples=1, deadline=None)
@example((22, 6), (23, 9), 1, NIGHT)
@given(quiet, quiet, st.integers(1, 3), events)
def test_whatever_the_hours_and_budgets_nothing_urgent_waits_and_nothing_is_forgotten(
    folder: Path,
    brand: tuple[int, int] | None,
    ana: tuple[int, int] | None,
    most: int,
    coming: list[tuple[int, str, int]],
) -> None:
    play(folder, brand, ana, most, coming)


@pytest.mark.soak
@settings(max_examples=150, deadline=None)
@given(quiet, quiet, st.integers(1, 3), events)
def test_the_same_of_many_more(
    folder: Path,
    brand: tuple[int, int] | None,
    ana: tuple[int, int] | None,
    most: int,
    coming: list[tuple[int, str, int]],
) -> None:
    play(folder, brand, ana, most, coming)
