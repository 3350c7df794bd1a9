"""Kill -9 at random moments of a replay with sending: nothing lost, nothing doubled, and every
invariant of the history checker holds.

Half of the lives are ended in the act: the proxy keeps their next post until they are dead. The
others are ended after a random number of ticks, and get to send so many posts at most before the
proxy keeps one. So neither how many kills fall between ``sending`` and ``sent`` nor whether there
is still something to send for each of them depends on how fast the machine is.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from fakes.kill_worker import PACE_S
from fakes.lives import lives
from fakes.slack_emulator import TOKEN, key_of
from history.check import prove
from history.reading import read_history
from history.record import Circumstances, Window
from sqlalchemy import func, select

from monitor.clock import utc_now
from monitor.store.engine import Database
from monitor.store.outbox.keys import on_the_wire
from monitor.store.tables.listening import MentionRow, ReadingRow, RollupRow, SignalRow
from monitor.store.tables.responding import IncidentEventRow, IncidentRow, NotificationRow

BEGIN = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
BRANDS, OTHERS = ("alpha", "bravo"), ("charlie", "delta")
CALM_MIN, STORM_MIN, APART_MIN = 75, 25, 20
"""Minutes before the first brand's storm, of each storm, and between their beginnings."""

STEP_MIN = 10
"""The ladder pages again and again: the more is sent, the more can go wrong."""

MAX_IN_FLIGHT_S, LATE_S, SLOW_S = 2.0, 1.5, 0.1
"""The outbox's quiet period; how long after its call's start a post may still get to Slack; and how
long one takes."""

FATES = ("hang_before", "hang_after", "hang_late")
"""A post whose sender dies was lost on its way, is there already, or gets there afterwards."""


@dataclass(frozen=True)
class Play:
    """How much is played, and how often it is killed: every other time in the act."""

    hours: int
    kills: int
    seed: int

    @property
    def ticks(self):
        return self.hours * 12


def mentions(hours, brands):
    """Calm brands, and a storm over each."""
    chance = random.Random(7)
    for n in range(hours * 60):
        at = BEGIN + timedelta(minutes=n)
        for k, brand in enumerate(brands):
            storm = 0 <= n - (CALM_MIN + APART_MIN * k) < STORM_MIN
            for _ in range(6 if storm else chance.random() < 0.3):
                words = "is terrible, worst service ever" if storm else "opened a shop today"
                yield {
                    "platform": "x", "external_id": f"{n}-{k}-{chance.random()}",
                    "published_at": at.isoformat(), "text": f"{brand}coffee {words}",
                }  # fmt: skip


def playbook(hours):
    """A ladder that goes on to the end."""
    steps = [{"at": f"{at}m", "broadcast": at > 0} for at in range(0, hours * 60, STEP_MIN)]
    levels = {f"SEV{n}": {"steps": steps} for n in range(1, 5)}
    return {"version": 1, "otherwise": "SEV2", "levels": levels, "clear": {"for": "1000h"}}


def plan_for(folder, database, base_url, rooms, hours, brands=BRANDS):
    """What the worker is told: the config, the file, the database."""
    folder.mkdir()
    (folder / "ladder.yaml").write_text(json.dumps(playbook(hours)))
    data = folder / "mentions.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in mentions(hours, brands)))
    brands = [
        {
            "slug": brand, "name": brand.title(), "query": f"{brand}coffee",
            "slack_channel": room.id, "playbook": "ladder",
        }
        for brand, room in zip(brands, rooms, strict=True)
    ]  # fmt: skip
    options = {"path": str(data)}
    return {
        "database": database,
        "begin": (BEGIN - timedelta(minutes=5)).isoformat(),
        "max_in_flight_s": MAX_IN_FLIGHT_S,
        "folder": str(folder),
        "settings": {
            "playbooks": ["ladder.yaml"],
            "brands": brands,
            "rules": {"warm_up": "1h"},
            "slack": {
                "enabled": True, "channel": rooms[0].id, "base_url": base_url, "timeout": "20s",
            },
        },
        "source": {"connector": "replay", "name": "file", "options": options},
    }  # fmt: skip


def outcome(database):
    """All that must not depend on how often the process died; and what Slack must have."""
    db = Database(database)
    try:
        with db.read() as tx:
            return {
                "mentions": tx.scalar(select(func.count()).select_from(MentionRow)),
                "readings": tx.scalar(select(func.count()).select_from(ReadingRow)),
                "rollups": table(tx, RollupRow.measure, func.sum(RollupRow.value),
                                 func.sum(RollupRow.at_close), group=RollupRow.measure),
                "signals": table(tx, SignalRow.brand, SignalRow.detector, SignalRow.start,
                                 SignalRow.over, SignalRow.peak_score),
                "incidents": table(tx, IncidentRow.brand, IncidentRow.severity, IncidentRow.since,
                                   IncidentRow.opened_at, IncidentRow.state),
                "timeline": table(tx, IncidentEventRow.incident_id, IncidentEventRow.at,
                                  IncidentEventRow.reason),
                "messages": sorted(  # a page's key names its room, which differs
                    (row.delivery_key.replace(row.destination, ""), row.severity)
                    for row in tx.scalars(select(NotificationRow))
                ),
            }, promised(tx)  # fmt: skip
    finally:
        db.close()


def promised(tx):
    """The messages of each room that must be there: all but those that a worse one overtook."""
    rooms: dict[str, Counter[str]] = {}
    for row in tx.scalars(select(NotificationRow)):
        assert row.state in ("sent", "withdrawn"), (row.delivery_key, row.state, row.last_error)
        if row.state == "sent":
            key = on_the_wire(row.origin, row.delivery_key)
            rooms.setdefault(row.destination, Counter())[key] += 1
    return rooms


def table(tx, *columns, group=None):
    asked = select(*columns)
    if group is not None:
        asked = asked.group_by(group)
    return sorted(tuple(str(value) for value in row) for row in tx.execute(asked))


def calls_in_flight(db):
    """The messages that are between ``sending`` and ``sent`` now, and since when."""
    with db.read() as tx:
        rows = tx.execute(
            select(NotificationRow.id, NotificationRow.call_started_at).where(
                NotificationRow.state == "sending"
            )
        )
        return {tuple(row) for row in rows}


def undisturbed(folder, database, emulator, play):
    """One life from begin to end."""
    rooms = [emulator.room() for _ in BRANDS]
    with lives(folder, plan_for(folder, database, emulator.base_url, rooms, play.hours)) as worker:
        worker.start()
        worker.expect("end", 60 * play.hours)
    result, expected = outcome(database)
    return result, expected, {room.id: Counter(room.whole_keys()) for room in rooms}


def killed(folder, database, emulator, proxy, play):
    """As many lives as it takes, ``play.kills`` of them ended by SIGKILL."""
    chance, slow = random.Random(play.seed), random.Random(play.seed)
    proxy.delay = lambda: slow.uniform(0, SLOW_S)
    rooms = [emulator.room() for _ in BRANDS]
    caught = [n % 2 == 0 for n in range(play.kills)]
    chance.shuffle(caught)
    db, in_flight, began = None, set(), utc_now()
    with lives(folder, plan_for(folder, database, proxy.base_url, rooms, play.hours)) as worker:
        for in_the_act in caught:
            pid = worker.start()
            db = db or Database(database)
            kill = kill_in_the_act if in_the_act else kill_somewhere
            in_flight |= kill(worker, pid, chance, proxy, db, play)
        worker.start()
        worker.expect("end", 60 * play.hours)
        wait_until_idle(proxy)
        again = utc_now()
        worker.start()  # once more, with nothing left to do
        worker.expect("end", 300)
    idle = Window(again, utc_now())
    log = (folder / "log").read_text()
    prove_invariants(Window(began, again), idle, proxy, rooms, db, log)
    result, expected = outcome(database)
    return result, expected, {room.id: Counter(room.whole_keys()) for room in rooms}, len(in_flight)


def prove_invariants(killing, idle, proxy, rooms, db, log):
    """The twelve, of what Slack, the database and the log say. How late something is depends on the
    machine as long as processes die: that is not judged here."""
    amid = Circumstances(
        ended_at=idle.end, live=False, pace_s=PACE_S, down=(killing,), idle=(idle,),
        secrets=(TOKEN,), strangers=("terrible, worst service ever",),
    )  # fmt: skip
    prove(read_history(amid, proxy, rooms, db, log=log))
    db.close()


def kill_somewhere(worker, pid, chance, proxy, db, play):
    """Kill it after some ticks, wherever it then is: at the latest when a post of it is kept."""
    fault = proxy.fault("hang_before", first=chance.randint(0, 1))
    worker.follow(chance.uniform(-1, play.ticks / play.kills), fault.reached.is_set)
    time.sleep(chance.uniform(0, 0.3))
    worker.kill(pid)
    calls = calls_in_flight(db)
    proxy.faults.remove(fault)
    fault.released.set()
    return calls


def kill_in_the_act(worker, pid, chance, proxy, db, play):
    """Let it live until its next post is in the proxy's hands, kill it, and let the post meet its
    fate: in time, where it still gets to Slack."""
    fault = proxy.fault(chance.choice(FATES))
    assert worker.follow(10**6, fault.reached.is_set), "there was nothing left to send"
    time.sleep(chance.uniform(0, 0.05))
    worker.kill(pid)
    calls = calls_in_flight(db)
    assert calls, "the post was not written down before it was made"
    ages = [(utc_now() - started).total_seconds() for _, started in calls]
    left = LATE_S - min(ages, default=0.0)
    fault.later = chance.uniform(0.7, 1) * max(0.0, left)
    fault.lost = left < 0
    proxy.faults.remove(fault)
    fault.released.set()
    return calls


def wait_until_idle(proxy):
    """What was in the proxy's hands when its sender died has arrived."""
    until = time.monotonic() + 10
    while proxy.busy and time.monotonic() < until:
        time.sleep(0.01)


def check(tmp_path, databases, other_url, slack_emulator, slack_proxy, play):
    """Play it once undisturbed, and once into each of these databases, each time with other kills:
    all of them end alike."""
    calm, expected, rooms = undisturbed(tmp_path / "calm", other_url, slack_emulator, play)
    assert len(calm["incidents"]) == len(BRANDS)
    assert rooms == expected
    for number, database in enumerate(databases):
        again = replace(play, seed=play.seed + number)
        folder = tmp_path / f"killed{number}"
        result, expected, rooms, in_flight = killed(
            folder, database, slack_emulator, slack_proxy, again
        )
        print(f"{play.kills} kills, {in_flight} of them between sending and sent", flush=True)
        for what, value in calm.items():
            assert result[what] == value, what
        assert rooms == expected
        assert in_flight >= play.kills // 2, "too few kills fell between sending and sent"


def sqlite_in(folder, *names):
    return [f"sqlite:///{folder / name}.db" for name in names]


def test_ten_kills_lose_and_double_nothing(tmp_path, slack_emulator, slack_proxy):
    databases, (calm,) = sqlite_in(tmp_path, "killed"), sqlite_in(tmp_path, "calm")
    play = Play(hours=2, kills=10, seed=11)
    check(tmp_path, databases, calm, slack_emulator, slack_proxy, play)


@pytest.mark.soak
def test_a_thousand_kills_lose_and_double_nothing(tmp_path, slack_emulator, slack_proxy):
    databases, (calm,) = sqlite_in(tmp_path, *"abcde"), sqlite_in(tmp_path, "calm")
    play = Play(hours=20, kills=200, seed=12)
    check(tmp_path, databases, calm, slack_emulator, slack_proxy, play)


@pytest.mark.soak
def test_two_hundred_kills_on_postgresql_lose_and_double_nothing(
    tmp_path, postgres_url, slack_emulator, slack_proxy
):
    (calm,), play = sqlite_in(tmp_path, "calm"), Play(hours=20, kills=200, seed=17)
    check(tmp_path, [postgres_url], calm, slack_emulator, slack_proxy, play)


def together(tmp_path, urls, emulator, proxy, play):
    """Two installations with one bot in the same rooms, each killed ``play.kills`` times in the
    act, in turn."""
    chance, rooms = random.Random(play.seed), [emulator.room() for _ in BRANDS]
    plans = [
        plan_for(tmp_path / brands[0], url, proxy.base_url, rooms, play.hours, brands)
        for brands, url in zip((BRANDS, OTHERS), urls, strict=True)
    ]
    with ExitStack() as stack:
        workers = [stack.enter_context(lives(tmp_path / n, p)) for n, p in named(plans)]
        for _ in range(play.kills):
            for worker, url in zip(workers, urls, strict=True):
                pid, db = worker.start(), Database(url)
                kill_in_the_act(worker, pid, chance, proxy, db, play)
                db.close()
        for worker in workers:
            worker.start()
            worker.expect("end", 300)
    wait_until_idle(proxy)
    return rooms


def named(plans):
    return [(plan["settings"]["brands"][0]["slug"], plan) for plan in plans]


def check_together(tmp_path, urls, emulator, proxy, play):
    rooms = together(tmp_path, urls, emulator, proxy, play)
    expected: dict[str, Counter[str]] = {room.id: Counter() for room in rooms}
    for url in urls:
        for room, keys in outcome(url)[1].items():
            expected[room] += keys
    assert {room.id: Counter(room.whole_keys()) for room in rooms} == expected
    for room, *brands in zip(rooms, BRANDS, OTHERS, strict=True):
        cards = [m["text"] for m in room.messages() if key_of(m).endswith(":root")]
        assert (
            sorted(brand for card in cards for brand in brands if brand.title() in card) == brands
        )


def test_two_installations_with_one_bot_post_each_crisis_once_under_its_own_name(
    tmp_path, slack_emulator, slack_proxy
):
    urls = [f"sqlite:///{tmp_path / name}.db" for name in ("ours", "theirs")]
    check_together(tmp_path, urls, slack_emulator, slack_proxy, Play(hours=2, kills=2, seed=13))


@pytest.mark.soak
def test_two_installations_killed_fifty_times_each_post_each_crisis_once(
    tmp_path, slack_emulator, slack_proxy
):
    urls = [f"sqlite:///{tmp_path / name}.db" for name in ("ours", "theirs")]
    check_together(tmp_path, urls, slack_emulator, slack_proxy, Play(hours=12, kills=50, seed=14))
