"""How fast the past is played: domain days per second, and how many times as fast as step by step.

The files are made here: a daily rhythm on one platform and one storm of some hours. Nothing is
sent. Two months and a year of one brand are played with leaps; the first days of the two months
step by step, too, and how many times as fast leaps are is told by the days that pass in a second
of the processor (``--steps``: all of the two months; it takes minutes).
"""

from __future__ import annotations

import argparse
import csv
import gc
import io
import random
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from alerting.channels.console import ConsoleChannel
from monitor.app import assemble
from monitor.clock import ManualClock
from monitor.model import BUCKET
from monitor.runtime.simulate import Pace, Played, drain, play
from monitor.settings.model import BrandSettings, Settings, SourceSettings

BEGIN = datetime(2025, 1, 6, tzinfo=UTC)
CALM = ("Zorvex enak", "my zorvex order is here", "antri di zorvex", "zorvex opens in Bandung")
ANGRY = ("keracunan setelah makan di zorvex", "zorvex food poisoning, disgusting")
FIRST = 5
"""So many days of the first file are stepped through."""

FILES = ((60, 2_000), (365, 20_000))
"""Days, and mentions in them."""


def written(path: Path, days: int, mentions: int) -> None:
    """A made-up past of a brand."""
    dice, rows = random.Random(days), []
    for _ in range(mentions * 9 // 10):
        at = BEGIN + timedelta(days=days * dice.random())
        rows.append((at + timedelta(hours=9 if at.hour < 6 else 0), dice.choice(CALM)))
    storm = BEGIN + timedelta(days=0.8 * days)
    for _ in range(mentions // 10):
        rows.append((storm + timedelta(hours=dice.expovariate(0.7)), dice.choice(ANGRY)))
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(("id", "published_at", "author", "text"))
        for n, (at, text) in enumerate(sorted(rows)):
            out.writerow((n, at.isoformat(timespec="seconds"), f"u{dice.randrange(999)}", text))


def played(
    folder: Path, days: int, mentions: int, *, leaps: bool = True, until: int | None = None
) -> tuple[float, float]:
    """Seconds of the clock and of the processor that a replay takes (``until``: of so many
    days)."""
    file = folder / f"{days}.csv"
    written(file, days, mentions)
    source = SourceSettings(
        connector="replay", name="file", options={"path": str(file), "platform": "x"}
    )
    clock = ManualClock(BEGIN - BUCKET)
    app = assemble(
        Settings(brands=(BrandSettings(slug="zorvex", name="Zorvex", query="zorvex"),)),
        folder=folder,
        database_url=f"sqlite:///{folder}/{days}-{leaps}.db",
        now=clock,
        wall=lambda: datetime.now(UTC),
        replay=True,
        sources=(source,),
    )
    app = replace(app, channels={"console": ConsoleChannel(io.StringIO(), colour=False)})
    began, used = time.perf_counter(), time.process_time()
    patience, stop = timedelta(seconds=5), Event()

    def on_tick(done: Played) -> None:
        if until is not None and done.position >= BEGIN + timedelta(days=until):
            stop.set()

    tell = partial(drain, app, Event(), patience)
    gc.freeze()  # as the command does
    play(app, clock, on_tick=on_tick, pace=Pace(None, stop), tell=tell, leaps=leaps)
    app.db.close()
    return time.perf_counter() - began, time.process_time() - used


def main() -> None:
    """Play the files and print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", action="store_true", help="All of two months step by step.")
    parser.add_argument("--shared", help="Not needed; taken by the other benches.")
    args = parser.parse_args()
    print(f"{'days':>6}{'mentions':>10}{'s':>8}{'cpu s':>8}{'days/s':>9}{'days/cpu s':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for of in FILES:
            leapt = measured(Path(folder), of)
            if of == FILES[0]:
                until = None if args.steps else FIRST
                stepped = measured(Path(folder), of, leaps=False, until=until)
                print(f"        {leapt / stepped:.1f} times as fast as step by step, by cpu")


def measured(
    folder: Path, of: tuple[int, int], *, leaps: bool = True, until: int | None = None
) -> float:
    """Play a file of so many days and mentions, and print how fast; days a second of the
    processor."""
    days, mentions = of
    spent, used = played(folder, days, mentions, leaps=leaps, until=until)
    days = until or days
    what = "" if leaps else "   step by step" + (f", the first {until} days of it" if until else "")
    print(
        f"{days:>6}{mentions:>10,}{spent:>8.1f}{used:>8.1f}{days / spent:>9.1f}"
        f"{days / used:>12.1f}{what}"
    )
    return days / used


if __name__ == "__main__":
    main()
