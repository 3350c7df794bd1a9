"""A replay leaps over what nothing happens in, and ends as the step-by-step run, to the bit."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from types import SimpleNamespace

import pytest
from fakes.lines import steps
from sqlalchemy import select

from monitor.app import App, assemble
from monitor.clock import ManualClock
from monitor.jobs.detect.detect import remembered
from monitor.model import BUCKET
from monitor.runtime.simulate import Pace, play
from monitor.settings.model import BrandSettings, Rules, Settings, SourceSettings
from monitor.store import installation
from monitor.store.tables.base import Base
from monitor.store.tables.responding import IncidentEventRow, IncidentRow

BEGIN = datetime(2025, 3, 3, 0, 5, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CALM = ["Kopi senja enak", "good coffee at senja", "teh poci and kopi senja", "antri di senja lagi"]
ANGRY = ["senja bikin keracunan, parah", "food poisoning from senja coffee", "senja basi, jijik"]


@pytest.fixture(autouse=True)
def _nothing_of_chance(monkeypatch):
    monkeypatch.setattr(installation, "_new_name", lambda: "here")
    monkeypatch.setattr("monitor.clock.time", SimpleNamespace(monotonic=lambda: 0.0))


def written(folder, hours, storms, *, every=timedelta(minutes=12), seed=1):
    """A file of so many hours with storms at these hours; some rows are told twice, one author is
    renamed, and a third platform comes late."""
    dice, rows = random.Random(seed), []
    at, end = BEGIN, BEGIN + hours * HOUR
    while at < end:
        late = at > BEGIN + hours * HOUR / 2 and dice.random() < 0.1
        platform = "youtube" if late else dice.choice(("x", "x", "instagram"))
        rows.append((at, dice.choice(CALM), platform))
        at += every * dice.expovariate(1.0)
    for storm in storms:
        for _ in range(50):
            at = BEGIN + storm * HOUR + timedelta(seconds=dice.expovariate(1 / 1500))
            rows.append((at, dice.choice(ANGRY), dice.choice(("x", "instagram"))))
    rows.sort()
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


def opened(url, file, *, covered_from=None, warm_up=3 * HOUR):
    """The app of a replay of this file; its wall clock moves with it."""
    brands = (
        BrandSettings(slug="senja", name="Senja", query="senja"),
        BrandSettings(slug="teh", name="Teh Poci", query='"teh poci"', covered_from=covered_from),
    )
    source = SourceSettings(connector="replay", name="file", options={"path": str(file)})
    clock = ManualClock(BEGIN - BUCKET)
    app = assemble(
        Settings(brands=brands, rules=Rules(warm_up=warm_up)),
        folder=file.parent,
        database_url=url,
        now=clock,
        wall=clock,
        replay=True,
        sources=(source,),
    )
    shipped = app.detectors_for
    return replace(app, detectors_for=lambda key: [*shipped(key), *soon(key)])


def soon(key):
    """A detector that speaks after half an hour, beside the shipped ones, which need a day."""
    (made,) = steps(key)
    made.name = f"soon_{made.name}"
    return [made]


class Count:
    """Counts the rounds of a play, and ends it after some."""

    def __init__(self, until: int | None = None) -> None:
        self.rounds, self.until, self.stop = 0, until, Event()

    def __call__(self, _played: object) -> None:
        self.rounds += 1
        if self.until is not None and self.rounds >= self.until:
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


def both(url_of, file, **how):
    """The tables and the rounds of a run with leaps, and of one without."""
    ends = []
    for leaps in (True, False):
        app, count = opened(url_of(leaps), file, **how), Count()
        assert played(app, count, leaps=leaps)
        ends.append((tables(app), count.rounds))
        app.db.close()
    return ends


def held_equal(url_of, file, **how):
    (leapt, few), (stepped, many) = both(url_of, file, **how)
    for name, rows in stepped.items():
        assert leapt[name] == rows, name
    return leapt, few, many


def in_files(folder):
    return lambda leaps: f"sqlite:///{folder}/{'leapt' if leaps else 'stepped'}.db"


def test_leaps_end_in_the_same_rows_as_steps_in_every_table(tmp_path):
    file = written(tmp_path, 10, [5])
    rows, few, many = held_equal(in_files(tmp_path), file, covered_from=BEGIN + 2 * HOUR)
    assert rows["incident"]
    assert rows["notification"]
    assert few < many * 0.7


def test_leaps_leave_no_holes_in_the_numbers_of_postgresql(postgres_url, tmp_path):
    """Its numbers come from sequences, which a transaction that is undone uses up."""
    file = written(tmp_path, 5, [3], every=timedelta(minutes=4))
    app = opened(postgres_url, file)
    assert played(app, Count())
    with app.db.read() as tx:
        numbers = sorted(tx.scalars(select(Base.metadata.tables["mention"].c.id)))
        assert tx.scalars(select(IncidentRow.id)).all() == [1]
    app.db.close()
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_replay_that_is_stopped_and_goes_on_tells_the_same_story(tmp_path):
    file = written(tmp_path, 7, [3])
    whole = opened(f"sqlite:///{tmp_path}/whole.db", file)
    assert played(whole, Count())
    first = opened(f"sqlite:///{tmp_path}/parts.db", file)
    assert not played(first, Count(7))
    first.db.close()
    second = opened(f"sqlite:///{tmp_path}/parts.db", file)
    assert not remembered(second)
    assert played(second, Count())
    ends = tables(whole), tables(second)
    whole.db.close()
    second.db.close()
    for name in ends[0].keys() - {"detector", "meta"}:  # a restart keeps states at times of its own
        assert ends[1][name] == ends[0][name], name


def test_a_file_that_cannot_be_read_further_is_said_by_its_poll(tmp_path):
    file = written(tmp_path, 6, [])
    app = opened(f"sqlite:///{tmp_path}/a.db", file)
    assert not played(app, Count(3))
    file.write_text(file.read_text() + "x,2025-03-09 00:00:00,u,senja,x,1\n")
    with pytest.raises(Exception, match="is not the file it was"):
        played(app, Count())
    app.db.close()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3))
def test_weeks_with_storms_end_in_the_same_rows(tmp_path, seed):
    file = written(tmp_path, 24 * 17, [110, 111.5, 300, 380], seed=seed)
    rows, _, _ = held_equal(in_files(tmp_path), file, warm_up=3 * DAY)
    assert len(rows["incident"]) >= 2


@pytest.mark.soak
def test_leaps_and_steps_are_one_on_postgresql(postgres_url, tmp_path):
    file = written(tmp_path, 40, [20])
    app = opened(postgres_url, file)
    assert played(app, Count())
    leapt = tables(app)
    with app.db.write() as tx:
        for table in reversed(Base.metadata.sorted_tables):
            tx.connection().exec_driver_sql(f'truncate "{table.name}" restart identity cascade')
        installation.found(tx)
    app.db.close()
    again = opened(postgres_url, file)
    assert played(again, Count(), leaps=False)
    assert tables(again) == leapt
    with again.db.read() as tx:
        assert tx.scalars(select(IncidentEventRow.id)).all()
    again.db.close()
