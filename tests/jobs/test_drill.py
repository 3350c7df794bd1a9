"""A drill: a storm through the whole way, stamped, and afterwards as if it had never been."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.crisis import detected, loud, outbox
from sqlalchemy import select

from alerting.channels.console import ConsoleChannel
from alerting.messages.codec import unpack
from monitor.app import App, assemble
from monitor.clock import ManualClock
from monitor.jobs.deliver.deliver import deliver
from monitor.jobs.drill.follow import follow_drills, stop_drill
from monitor.jobs.drill.scorecard import lines, scorecard
from monitor.jobs.drill.start import Wish, start_drill
from monitor.jobs.evaluate import evaluate
from monitor.jobs.poll.poll import claim_due, poll, sync_sources
from monitor.jobs.respond.act import Action, act
from monitor.jobs.respond.respond import respond
from monitor.jobs.views.risks import risk_view
from monitor.problems import Problem
from monitor.settings.model import BrandSettings, Rules, Settings, SourceSettings
from monitor.settings.people import PersonSettings
from monitor.store.drills import find_drill
from monitor.store.incidents import list_incidents
from monitor.store.meta import put_meta
from monitor.store.tables import listening, own_content

NOW = datetime(2026, 11, 20, 3, 2, tzinfo=UTC)

SCENARIO = """\
version: 1
title: A small storm (made up)
start: 2026-03-01T00:00:00+07:00
days: 3
called: [Kopi Senja]
platforms:
  x: {per_day: 60, hours: [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}
texts:
  - {language: id, mood: positive, texts: ["Kopi Senja enak banget"]}
events:
  - kind: crisis
    at: 2026-03-03T09:00:00+07:00
    ramp: 5m
    peak: 140
    texts:
      - {language: id, mood: negative, texts: ["Kecewa, Kopi Senja bikin sakit perut parah"]}
"""

HEARD = [
    table
    for module in (listening, own_content)
    for name, table in vars(module).items()
    if name.endswith("Row")
]
"""Every table of what is heard, baselines included."""


@dataclass
class World:
    """A brand under watch with a quiet source of its own, its clock, and what was told."""

    app: App
    clock: ManualClock
    scenario: str

    def minutes(self, count: int, step: int = 5) -> None:
        """Let so much time go by as the daemon would."""
        for _ in range(count // step):
            self.turn()
            self.clock.advance_to(self.clock() + timedelta(minutes=step))
        self.turn()

    def turn(self) -> None:
        self.app = app = follow_drills(self.app, self.clock())
        for claim in claim_due(app, self.clock(), 8):
            assert not poll(app, claim.source_id, claim.token, self.clock(), self.clock()).error
        evaluate(app, self.clock(), strict=True)
        deliver(app, self.clock())
        with app.db.write() as tx:
            put_meta(tx, "heartbeat", {"at": self.clock().isoformat()})

    def begin(self, **how: Any) -> Any:
        return start_drill(self.app, Wish("teh", self.scenario, "rina", **how), self.clock())

    def baselines(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of what was heard, but the sign of life and the incidents' numbers."""
        with self.app.db.read() as tx:
            rows = {
                table.__tablename__: sorted(
                    map(repr, tx.execute(select(*table.__table__.columns)).all())
                )
                for table in HEARD
            }
        own = ("('heartbeat'", "('incident_number'")
        rows["meta"] = [row for row in rows["meta"] if not row.startswith(own)]
        return rows  # type: ignore[return-value]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    path = tmp_path / "small.yaml"
    path.write_text(SCENARIO)
    with ExitStack() as opened:

        def make(url: str = "", **brand: Any) -> World:
            quiet = {
                "scenario": str(path),
                "platform": "x",
                "called": "Teh Pagi",
                "storm_at": NOW + timedelta(hours=8),
                "page": "1d",
            }
            source = SourceSettings(connector="simulated", name="x", options=quiet)
            teh = BrandSettings(
                slug="teh", name="Teh Pagi", query='"teh pagi"', sources=(source,), **brand
            )
            people = (PersonSettings(slug="rina", name="Rina", email="rina@example.org"),)
            clock = ManualClock(NOW)
            url = url or f"sqlite:///{tmp_path / 'teh.db'}"
            app = assemble(
                Settings(brands=(teh,), people=people, rules=Rules(warm_up=timedelta(days=1))),
                database_url=url,
                now=clock,
                wall=clock,
            )
            opened.callback(app.db.close)
            console = {"console": ConsoleChannel(io.StringIO(), colour=False)}
            made = World(replace(app, channels=console), clock, str(path))
            sync_sources(made.app, NOW)
            made.turn()
            return made

        yield make


def told_of(world: World) -> list[Any]:
    return [unpack(row.payload) for row in outbox(world.app)]


def test_a_drill_pages_like_a_storm_and_says_so_in_every_message(world):
    it = world()
    it.begin()
    it.minutes(25)
    with it.app.db.read() as tx:
        [incident] = list_incidents(tx)
    act(it.app, Action("ack", "Rina", incident.id), it.clock())
    it.minutes(5)
    assert act(it.app, Action("resolve", "Rina", incident.id), it.clock()).done
    it.minutes(5)
    notices = told_of(it)
    assert len(notices) >= 4
    assert {notice.stamp for notice in notices} == {"DRILL · an exercise: nothing of this is real"}
    assert "DRILL Teh Pagi" in notices[0].headline
    assert "Teh Pagi bikin sakit perut" in notices[0].quotes[0].text
    with it.app.db.read() as tx:
        drill = find_drill(tx)
    assert drill is not None
    assert drill.why == "the incident is resolved"
    card = scorecard(it.app, drill, it.clock())
    assert card.took["detected"] <= timedelta(minutes=20)  # type: ignore[operator]
    assert list(card.took) == ["detected", "paged", "acknowledged", "first statement", "resolved"]
    assert card.took["resolved"] == incident.opened_at + timedelta(0) - card.since + (
        it.clock() - timedelta(minutes=5) - incident.opened_at
    )
    assert notices[-1].headline == "Drill 1 of Teh Pagi: the scorecard"
    assert notices[-1].summary.splitlines() == list(
        lines(it.app, replace(card, drill=replace(drill, ended_at=None)))
    )


def test_after_a_drill_the_baselines_are_byte_for_byte_what_they_would_have_been(world, tmp_path):
    drilled, plain = world(), world(f"sqlite:///{tmp_path / 'plain.db'}")
    drilled.begin(lasts=timedelta(minutes=30))
    for it in (drilled, plain):
        it.minutes(40)
    assert [row.delivery_key for row in outbox(drilled.app)]
    after, never = drilled.baselines(), plain.baselines()
    for table in ("rollup", "detector", "voice", "brand", "uncovered", "signal", "source", "gap"):
        assert after[table] == never[table]
    for table in ("mention", "reading", "author"):  # later ones have later numbers, nothing else
        assert len(after[table]) == len(never[table])
    assert not any("drill" in row for rows in after.values() for row in rows)


def test_between_its_beginning_and_its_end_no_row_of_the_real_brand_changes(world, database_url):
    it = world(database_url)
    before = it.baselines()
    drill = it.begin(age=timedelta(minutes=20))
    it.turn()
    assert any(drill.slug in row for rows in it.baselines().values() for row in rows)
    stop_drill(it.app, drill, it.clock(), "rina")
    assert it.baselines() == before


def test_a_process_that_dies_in_the_middle_leaves_nothing_behind(world, tmp_path):
    it = world()
    before = it.baselines()
    drill = it.begin(age=timedelta(minutes=20))
    it.turn()
    settings = it.app.settings
    it.app.db.close()  # and nothing else: as if the machine had gone
    url = f"sqlite:///{tmp_path / 'teh.db'}"
    app = assemble(settings, database_url=url, now=it.clock, wall=it.clock)
    assert [one.id for one in app.drills] == [drill.id]
    app = follow_drills(app, drill.until)
    assert app.drills == ()
    assert list(app.brands) == ["teh"]
    again = World(app, it.clock, it.scenario)
    assert again.baselines() == before
    with app.db.read() as tx:
        assert all(one.resolved_at for one in list_incidents(tx, every=True))
    app.db.close()


def test_a_real_incident_ends_the_drill_and_is_told_unstamped(world):
    it = world()
    drill = it.begin(age=timedelta(minutes=20))
    it.turn()
    real = replace(loud(brand="teh"), start=it.clock(), at=it.clock())
    detected(it.app, real)
    respond(it.app, "teh", it.clock())
    it.minutes(5)
    with it.app.db.read() as tx:
        ended = find_drill(tx, drill.id)
        [left] = list_incidents(tx)
    assert ended is not None
    assert ended.why == f"incident {left.id} is real"
    assert left.brand == "teh"
    own = [unpack(row.payload) for row in outbox(it.app) if row.incident_id == left.id]
    assert own
    assert all(not notice.stamp and "DRILL" not in notice.headline for notice in own)


def test_what_cannot_be_drilled_is_said(world):
    it = world()
    for how, why in (
        ({"brand": "kopi"}, "There is no brand kopi; there are: teh."),
        ({"scenario": "nothing"}, "There is no scenario nothing"),
        ({"lasts": timedelta(hours=9)}, "A drill lasts at most 4 h"),
        ({"age": timedelta(hours=9)}, "its storm is at most 2 h old"),
    ):
        with pytest.raises(Problem, match=why):
            start_drill(it.app, replace(Wish("teh", it.scenario, "rina"), **how), it.clock())


def test_nobody_is_drilled_twice_at_once_nor_in_a_real_crisis_nor_without_a_daemon(world):
    it = world()
    drill = it.begin()
    with pytest.raises(Problem, match="Drill 1 of this brand is still running"):
        it.begin()
    stop_drill(it.app, drill, it.clock(), "rina")
    detected(it.app, replace(loud(brand="teh"), start=it.clock(), at=it.clock()))
    respond(it.app, "teh", it.clock())
    with pytest.raises(Problem, match="is open and real: no drill now"):
        it.begin()
    act(it.app, Action("resolve", "rina", 1), it.clock())
    it.clock.advance_to(it.clock() + timedelta(minutes=10))
    with pytest.raises(Problem, match="No daemon is running that could play it"):
        it.begin()


def test_in_indonesian_a_drill_says_that_it_is_one_and_it_counts_for_no_risk(world):
    it = world(language="id")
    it.begin(age=timedelta(minutes=20))
    it.turn()
    [notice] = told_of(it)[:1]
    assert notice.stamp == "DRILL · latihan: tidak satu pun dari ini nyata"
    assert "DRILL (latihan) Teh Pagi" in notice.headline
    assert not any(one.incidents for one in risk_view(it.app, it.clock()).observed)
