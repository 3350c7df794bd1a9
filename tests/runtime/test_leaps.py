"""A replay leaps over what nothing happens in, and ends as the step-by-step run, to the bit."""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import count
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
from fakes.lines import Steps
from sqlalchemy import select

from monitor.app import App, assemble
from monitor.clock import ManualClock
from monitor.detect.base import SeriesDetector
from monitor.detect.registry import detectors_for
from monitor.detect.slow_burn import SlowBurn
from monitor.jobs.detect.detect import remembered
from monitor.jobs.respond.act import Action, act
from monitor.jobs.upkeep.erasure import Demand, carry_out
from monitor.model import BUCKET, SeriesKey, Signal
from monitor.runtime.simulate import Pace, play
from monitor.settings.hours import QuietHours
from monitor.settings.model import BrandSettings, Rules, Settings, SourceSettings
from monitor.store import installation
from monitor.store.engine import Database
from monitor.store.incidents import read_incident
from monitor.store.outbox import keys
from monitor.store.outbox.write import read_key
from monitor.store.schema import prepare
from monitor.store.tables.base import Base
from monitor.store.tables.responding import IncidentEventRow, IncidentRow

BEGIN = datetime(2025, 3, 3, 0, 5, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CALM = ("Kopi senja enak", "good coffee at senja", "teh poci and kopi senja", "antri di senja lagi")
ANGRY = ("senja bikin keracunan, parah", "food poisoning from senja coffee", "senja basi, jijik")
BOTH = ("senja dan teh poci bikin keracunan", "food poisoning, senja and teh poci alike")

SENJA = BrandSettings(slug="senja", name="Senja", query="senja")
TEH = BrandSettings(slug="teh", name="Teh Poci", query='"teh poci"')
SOON = Rules(warm_up=HOUR / 2)


@dataclass(frozen=True)
class Past:
    """What a file tells: so many hours, storms at these that say what is ``angry``, and from
    ``sour`` hours on the like in most of the others. ``every``: the mean time between two mentions;
    ``still``: from when to when nobody says anything; ``alone``: all of it on one platform.
    """

    hours: float = 3
    storms: tuple[float, ...] = ()
    angry: tuple[str, ...] = ANGRY
    sour: float | None = None
    every: timedelta = timedelta(minutes=12)
    seed: int = 1
    still: tuple[float, float] = (0, 0)
    alone: bool = False


class Lasting(Steps):
    """Speaks after half an hour, and of an event for three quarters of an hour after its cause."""

    def __init__(self, key):
        super().__init__(key)
        self.name, self.left = f"soon_{self.name}", 0

    def score(self, bucket):
        said, value = super().score(bucket), self._value(bucket)
        if said or not self.left or not bucket.covered or self.since is None:
            return said
        of, since = self.key, datetime.fromisoformat(self.since)
        return Signal(
            of.brand,
            of.platform,
            self.name,
            "reputation",
            since,
            bucket.end,
            1.0,
            value,
            final=bucket.final,
            facts={"mentions": value},
        )

    def learn(self, bucket):
        loud, said = super().score(bucket), self.score(bucket)
        self.left = 9 if loud else max(0, self.left - 1)
        self.since = said.start.isoformat() if said and self.left else None
        if bucket.covered and not said and not bucket.acknowledged:
            self.n, self.total = self.n + 1, self.total + self._value(bucket)

    def dump(self):
        return {**super().dump(), "left": self.left}

    def load(self, state):
        super().load(state)
        self.left = state["left"]


def soon(key):
    """A detector that speaks soon, beside the shipped ones."""
    return [Lasting(key)]


def slowly(key):
    """A slow burn that is noticed within hours."""
    if key.measure != "negative":
        return []
    made = SlowBurn(key, threshold=0.4, min_mentions=5, warm_up=HOUR / 2)
    made.name = "soon_slow_burn"
    return [made]


@dataclass(frozen=True)
class Scene:
    """A past, and by which settings it is played."""

    past: Past
    brands: tuple[BrandSettings, ...] = (SENJA, TEH)
    rules: Rules = SOON
    detectors: Callable[[SeriesKey], Sequence[SeriesDetector]] = soon
    incidents: int = 1


@pytest.fixture(autouse=True)
def _nothing_of_chance(monkeypatch):
    monkeypatch.setattr(installation, "_new_name", lambda: "here")
    monkeypatch.setattr("monitor.clock.time", SimpleNamespace(monotonic=lambda: 0.0))
    monkeypatch.setattr("monitor.jobs.detect.run.SNAPSHOT_EVERY", HOUR / 2)  # within a leap, too


def written(folder, past):
    """The file. Some rows are told twice, one author is renamed, and a third platform comes
    late."""
    dice, rows = random.Random(past.seed), []
    at, end = BEGIN, BEGIN + past.hours * HOUR
    while at < end:
        late = at > BEGIN + past.hours * HOUR / 2 and dice.random() < 0.1
        platform = "youtube" if late else dice.choice(("x", "x", "instagram"))
        sour = past.sour is not None and at > BEGIN + past.sour * HOUR and dice.random() < 0.8
        rows.append((at, dice.choice(ANGRY if sour else CALM), platform))
        at += past.every * dice.expovariate(1.0)
    for storm in past.storms:
        for _ in range(50):
            at = BEGIN + storm * HOUR + timedelta(seconds=dice.expovariate(1 / 1500))
            rows.append((at, dice.choice(past.angry), dice.choice(("x", "instagram"))))
    still, loud = (BEGIN + hours * HOUR for hours in past.still)
    rows = sorted(
        (at, text, "x" if past.alone else platform)
        for at, text, platform in rows
        if not still <= at < loud
    )
    path = folder / "past.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(("id", "published_at", "author", "text", "platform", "followers"))
        for n, (at, text, platform) in enumerate(rows):
            row = (n, f"{at:%Y-%m-%d %H:%M:%S}", f"u{dice.randrange(90)}", text, platform, n % 7)
            out.writerow(row)
            if n % 23 == 0:
                out.writerow((*row[:2], "another", *row[3:]))  # the same mention again
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> tuple[App, Path]:
    """An app whose parts the others share, and its database as it is made."""
    folder = tmp_path_factory.mktemp("model")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(installation, "_new_name", lambda: "here")
        app = assemble(
            Settings(brands=(SENJA, TEH)),
            folder=folder,
            database_url=f"sqlite:///{folder}/new.db",
            replay=True,
        )
    app.db.close()
    return app, folder / "new.db"


@pytest.fixture
def opened(model, tmp_path):
    """Opens the app of a replay of a file; its wall clock moves with it. They end with the test."""
    app, empty = model
    made, numbers = [], count()

    def open_app(file, scene=None, *, url="", again=""):
        scene = scene or Scene(Past())
        path = again or f"{tmp_path}/{next(numbers)}.db"
        if not url and not again:
            shutil.copy(empty, path)
        db = Database(url or f"sqlite:///{path}")
        prepare(db)
        source = SourceSettings(connector="replay", name="file", options={"path": str(file)})
        clock, shipped = ManualClock(BEGIN - BUCKET), detectors_for(scene.rules)
        made.append(
            replace(
                app,
                settings=Settings(brands=scene.brands, rules=scene.rules),
                brands={brand.slug: brand for brand in scene.brands},
                db=db,
                now=clock,
                wall=clock,
                sources=(source,),
                detectors_for=lambda key: [*shipped(key), *scene.detectors(key)],
            )
        )
        return made[-1]

    yield open_app
    for one in made:
        one.db.close()


class Count:
    """Counts the rounds of a play, and ends it after some, or when time has come to ``at``."""

    def __init__(self, until: int | None = None, at: datetime | None = None) -> None:
        self.rounds, self.until, self.at, self.stop = 0, until, at, Event()
        self.position: datetime | None = None

    def __call__(self, played) -> None:
        self.rounds, self.position = self.rounds + 1, played.position
        rounds = self.until is not None and self.rounds >= self.until
        if rounds or (self.at is not None and played.position >= self.at):
            self.stop.set()


def played(app: App, count: Count, **how) -> bool:
    assert isinstance(app.now, ManualClock)
    return play(app, app.now, on_tick=count, pace=Pace(None, count.stop), **how).ended


def tables(app: App) -> dict[str, list[str]]:
    """Every row of every table, as the driver reads it."""
    found = {}
    with app.db.read() as tx:
        for table in Base.metadata.sorted_tables:
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            rows = tx.connection().exec_driver_sql(f'select {columns} from "{table.name}"')
            found[table.name] = sorted(map(repr, rows))
    return found


def held_equal(leapt, stepped, *, but=frozenset()):
    """Whether two runs have ended in the same rows; those of the first."""
    rows, others = tables(leapt), tables(stepped)
    for name in others.keys() - but:
        assert rows[name] == others[name], name
    return rows


NIGHT = QuietHours.model_validate({"from": time(0), "to": time(23)})

SCENES = {
    "two storms over two brands, one in its quiet hours, one only watched and that since later": (
        Scene(
            Past(2.7, storms=(1, 1.9), angry=BOTH),
            (
                SENJA.model_copy(update={"quiet_hours": NIGHT}),
                TEH.model_copy(update={"covered_from": BEGIN + HOUR / 2, "mode": "shadow"}),
            ),
            incidents=2,
        )
    ),
    "a mood that turns, after an hour of calm": Scene(
        Past(sour=1, every=timedelta(minutes=2)), (SENJA,), detectors=slowly
    ),
    "one platform, whose series is the brand's, with bursts and nothing in between": Scene(
        Past(3, storms=(1, 2.2), alone=True, still=(1.6, 2.1)),
        (SENJA,),
        detectors=lambda key: [*soon(key), *slowly(key)],
    ),
    "first days in which nothing is known": Scene(
        Past(1.5, storms=(0.3,)), (SENJA,), Rules(warm_up=4 * HOUR)
    ),
}


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_leaps_end_in_the_same_rows_as_steps_in_every_table(opened, tmp_path, scene):
    file = written(tmp_path, scene.past)
    (leapt, few), (stepped, many) = ((opened(file, scene), Count()), (opened(file, scene), Count()))
    assert played(leapt, few)
    assert played(stepped, many, leaps=False)
    rows = held_equal(leapt, stepped)
    assert len(rows["incident"]) >= scene.incidents
    assert few.rounds < many.rounds * 0.7


def test_what_people_do_meanwhile_is_heeded_alike(opened, tmp_path):
    """A crisis in hand teaches nothing, and what was erased is quoted no more."""
    file = written(tmp_path, Past(2.5, storms=(1, 1.8)))
    pair = []
    at = None
    for leaps in (True, False):
        app = opened(file)
        first = Count(until=9) if leaps else Count(at=at)
        assert not played(app, first, leaps=leaps)
        at = first.position
        assert act(app, Action("ack", "rina", 1), app.now()).done
        assert carry_out(app, Demand("rina", "asked to", authors=[("x", "u1"), ("x", "u2")]))
        assert played(app, Count(), leaps=leaps)
        pair.append(app)
    rows = held_equal(*pair)
    assert len(rows["incident"]) >= 1


def test_a_card_shows_in_the_end_how_its_incident_stands(opened, tmp_path):
    """Figures alone are not shown at every turn of a replay that goes as fast as it can."""
    turning = SCENES["a mood that turns, after an hour of calm"]
    app = opened(written(tmp_path, turning.past), turning)
    assert played(app, Count())
    with app.db.read() as tx:
        incident, message = read_incident(tx, 1), read_key(tx, keys.card(1))
        told = tx.scalars(select(IncidentEventRow.reason)).all()
    assert incident is not None
    assert message.desired is not None
    assert incident.state == "open"
    assert told.count("still_going") > message.desired_rev > 0
    assert message.desired["card"]["state"] == "open"
    assert message.desired["summary"] != message.payload["summary"]


def test_leaps_leave_no_holes_in_the_numbers_of_postgresql(opened, postgres_url, tmp_path):
    """Its numbers come from sequences, which a transaction that is undone uses up."""
    file = written(tmp_path, Past(2, storms=(1,)))
    app = opened(file, url=postgres_url)
    assert played(app, Count())
    with app.db.read() as tx:
        numbers = sorted(tx.scalars(select(Base.metadata.tables["mention"].c.id)))
        events = sorted(tx.scalars(select(IncidentEventRow.id)))
        assert tx.scalars(select(IncidentRow.id)).all() == [1]
    assert numbers == list(range(1, len(numbers) + 1))
    assert events == list(range(1, len(events) + 1))


def test_a_replay_that_is_stopped_and_goes_on_tells_the_same_story(opened, tmp_path):
    file = written(tmp_path, Past(2, storms=(1,)))
    whole = opened(file)
    assert played(whole, Count())
    first = opened(file)
    assert not played(first, Count(7))
    second = opened(file, again=first.db.path)
    assert not remembered(second)
    assert played(second, Count())
    held_equal(second, whole, but={"detector", "meta"})  # states are kept at times of its own


def test_a_file_that_cannot_be_read_further_is_said_by_its_poll(opened, tmp_path):
    file = written(tmp_path, Past())
    app = opened(file)
    assert not played(app, Count(3))
    file.write_text(file.read_text() + "x,2025-03-09 00:00:00,u,senja,x,1\n")
    with pytest.raises(Exception, match="is not the file it was"):
        played(app, Count())


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3))
def test_weeks_with_storms_end_in_the_same_rows(opened, tmp_path, seed):
    past = Past(
        24 * 17, (110, 111.5, 300, 380), sour=330, seed=seed, still=(130, 250), alone=seed == 1
    )
    away = SENJA.model_copy(update={"time_zone": "America/New_York", "quiet_hours": NIGHT})
    brands = (away, TEH) if seed else (SENJA, TEH)  # their clocks change on the seventh day
    file, scene = written(tmp_path, past), Scene(past, brands, Rules(warm_up=3 * DAY))
    leapt, stepped = opened(file, scene), opened(file, scene)
    assert played(leapt, Count())
    assert played(stepped, Count(), leaps=False)
    assert len(held_equal(leapt, stepped)["incident"]) >= 2


@pytest.mark.soak
def test_leaps_and_steps_are_one_on_postgresql(opened, postgres_url, tmp_path):
    file = written(tmp_path, Past(40, (20,)))
    app = opened(file, url=postgres_url)
    assert played(app, Count())
    leapt = tables(app)
    with app.db.write() as tx:
        for table in reversed(Base.metadata.sorted_tables):
            tx.connection().exec_driver_sql(f'truncate "{table.name}" restart identity cascade')
        installation.found(tx)
    app.db.close()
    again = opened(file, url=postgres_url)
    assert played(again, Count(), leaps=False)
    assert tables(again) == leapt
    with again.db.read() as tx:
        assert tx.scalars(select(IncidentEventRow.id)).all()
