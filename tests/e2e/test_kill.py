"""Kill -9 at random moments of a replay with sending: nothing lost, nothing doubled."""

from __future__ import annotations

import json
import os
import queue
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.slack_emulator import TOKEN
from sqlalchemy import func, select

from monitor.store.engine import Database
from monitor.tables import (
    IncidentEventRow,
    IncidentRow,
    MentionRow,
    NotificationRow,
    ReadingRow,
    RollupRow,
    SignalRow,
)

WORKER = Path(__file__).resolve().parent.parent / "fakes" / "kill_worker.py"
BEGIN = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
HOURS = 5
BRANDS = ("alpha", "bravo")
TICKS = HOURS * 12
QUIET_S, COMMIT_S = 1.2, 0.6


def mentions(seed):
    """A morning of two calm brands, and a storm over each, half an hour apart."""
    chance = random.Random(seed)
    for n in range(HOURS * 60):
        at = BEGIN + timedelta(minutes=n)
        for k, brand in enumerate(BRANDS):
            storm = 0 <= n - (180 + 30 * k) < 25
            for _ in range(6 if storm else chance.random() < 0.3):
                words = "is terrible, worst service ever" if storm else "opened a shop today"
                yield {
                    "platform": "x", "external_id": f"{len(brand)}-{n}-{k}-{chance.random()}",
                    "published_at": at.isoformat(), "text": f"{brand}coffee {words}",
                }  # fmt: skip


def plan_for(folder, database, base_url, rooms):
    """What the worker is told: the config, the file, the database."""
    folder.mkdir()
    data = folder / "mentions.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in mentions(7)))
    brands = [
        {"slug": brand, "name": brand.title(), "query": f"{brand}coffee", "slack_channel": room.id}
        for brand, room in zip(BRANDS, rooms, strict=True)
    ]
    options = {"path": str(data)}
    return {
        "database": database,
        "begin": (BEGIN - timedelta(minutes=5)).isoformat(),
        "settings": {
            "brands": brands,
            "rules": {"warm_up": "2h"},
            "slack": {
                "enabled": True, "channel": rooms[0].id, "base_url": base_url, "timeout": "1s",
                "quiet_period": f"{QUIET_S}s",
            },
        },
        "source": {"connector": "replay", "name": "file", "options": options},
    }  # fmt: skip


class Lives:
    """The worker: starts a life, kills it, waits for its end."""

    def __init__(self, plan_file, log):
        env = {
            **os.environ, "SLACK_BOT_TOKEN": TOKEN, "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), str(plan_file)], env=env, text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip
        self.said = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.expect("ready", 120)

    def _listen(self):
        for line in self.process.stdout:
            self.said.put(tuple(line.split()))
        self.said.put(("error", 0))  # the worker itself has ended

    def expect(self, word, seconds):
        """The number that comes with this word; other words but an error are passed over."""
        until = time.monotonic() + seconds
        while True:
            said = self.said.get(timeout=max(0.01, until - time.monotonic()))
            assert said[0] != "error", "a life ended with an error; see the log"
            if said[0] == word:
                return int(said[1])

    def hear(self, seconds):
        """The next word, or "" after so long."""
        try:
            return self.said.get(timeout=seconds)[0]
        except queue.Empty:
            return ""

    def start(self):
        self.process.stdin.write("\n")
        pid = self.expect("life", 30)
        self.expect("begin", 60)
        return pid

    def alive(self, pid):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self, pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        while self.alive(pid):
            time.sleep(0.005)
        return True


@contextmanager
def lives(folder, plan):
    plan_file = folder / "plan.json"
    plan_file.write_text(json.dumps(plan))
    with (folder / "log").open("w") as log:
        worker = Lives(plan_file, log)
        try:
            yield worker
        finally:
            worker.process.kill()
            worker.process.wait()


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
    rooms = {}
    for row in tx.scalars(select(NotificationRow)):
        assert row.state in ("sent", "withdrawn"), (row.delivery_key, row.state, row.last_error)
        if row.state == "sent":
            rooms.setdefault(row.destination, Counter())[row.delivery_key] += 1
    return rooms


def table(tx, *columns, group=None):
    asked = select(*columns)
    if group is not None:
        asked = asked.group_by(group)
    return sorted(tuple(str(value) for value in row) for row in tx.execute(asked))


def calls_in_flight(db):
    """The messages that are between ``sending`` and ``sent`` now."""
    with db.read() as tx:
        rows = tx.execute(
            select(NotificationRow.id, NotificationRow.call_started_at).where(
                NotificationRow.state == "sending"
            )
        )
        return {tuple(row) for row in rows}


def undisturbed(folder, database, emulator):
    """One life from begin to end."""
    rooms = [emulator.room() for _ in BRANDS]
    with lives(folder, plan_for(folder, database, emulator.base_url, rooms)) as worker:
        worker.start()
        worker.expect("end", 120)
    result, expected = outcome(database)
    return result, expected, {room.id: Counter(room.keys()) for room in rooms}


def killed(folder, database, emulator, proxy, kills, seed):
    """As many lives as it takes, ``kills`` of them ended by SIGKILL."""
    chance = random.Random(seed)
    proxy.delay = lambda: chance.uniform(COMMIT_S / 2, COMMIT_S)
    rooms = [emulator.room() for _ in BRANDS]
    db, in_flight = None, set()
    with lives(folder, plan_for(folder, database, proxy.base_url, rooms)) as worker:
        for _ in range(kills):
            pid = worker.start()
            db = db or Database(database)
            wait_for_a_moment(worker, chance, proxy, kills)
            worker.kill(pid)
            in_flight |= calls_in_flight(db)
        worker.start()
        worker.expect("end", 120)
        db.close()
    wait_until_idle(proxy)
    result, expected = outcome(database)
    return result, expected, {room.id: Counter(room.keys()) for room in rooms}, len(in_flight)


def wait_for_a_moment(worker, chance, proxy, kills):
    """A random moment: some ticks on, or while a post is in the proxy's hands."""
    seen, ticks = len(proxy.calls), chance.uniform(0, 2 * TICKS / kills)
    keen = chance.random() < 0.9
    while True:
        said = worker.hear(0.002)
        assert said != "error", "a life ended with an error; see the log"
        if said == "end":
            return
        ticks -= said == "tick"
        if keen and any(call.method == "chat.postMessage" for call in proxy.calls[seen:]):
            time.sleep(chance.uniform(0, COMMIT_S / 4))
            return
        if ticks < 0:
            time.sleep(chance.uniform(0, 0.1))
            return


def wait_until_idle(proxy):
    """What was in the proxy's hands when its sender died has arrived."""
    until = time.monotonic() + 10
    while proxy.busy and time.monotonic() < until:
        time.sleep(0.01)


def check(tmp_path, database_url, other_url, slack_emulator, slack_proxy, kills, seed):
    calm, expected, rooms = undisturbed(tmp_path / "calm", other_url, slack_emulator)
    assert len(calm["incidents"]) == len(BRANDS)
    assert rooms == expected
    result, expected, rooms, in_flight = killed(
        tmp_path / "killed", database_url, slack_emulator, slack_proxy, kills, seed
    )
    print(f"{kills} kills, {in_flight} of them between sending and sent")
    assert in_flight >= 3, "too few kills fell between sending and sent to prove anything"
    for what, value in calm.items():
        assert result[what] == value, what
    assert rooms == expected


def test_twenty_kills_lose_and_double_nothing(tmp_path, slack_emulator, slack_proxy):
    urls = [f"sqlite:///{tmp_path / name}.db" for name in ("killed", "calm")]
    check(tmp_path, *urls, slack_emulator, slack_proxy, kills=20, seed=11)


@pytest.mark.soak
def test_two_hundred_kills_lose_and_double_nothing(
    tmp_path, database_url, slack_emulator, slack_proxy
):
    check(
        tmp_path, database_url, f"sqlite:///{tmp_path / 'calm.db'}", slack_emulator, slack_proxy,
        kills=200, seed=12,
    )  # fmt: skip
