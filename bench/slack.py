"""How soon Slack is called after a signal was committed, and how soon a press is acknowledged while
the database is busy writing. Loopback, SQLite, the daemon's own loops.

    python bench/slack.py [--signals 60] [--presses 200]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import perf_counter, sleep

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from fakes.crisis import detected, loud, watching  # noqa: E402
from fakes.slack_socket import click  # noqa: E402

from alerting.channels.slack.channel import SlackChannel  # noqa: E402
from alerting.channels.testing import FarSide  # noqa: E402
from monitor.app import App  # noqa: E402
from monitor.clock import utc_now  # noqa: E402
from monitor.jobs.deliver.deliver import deliver  # noqa: E402
from monitor.jobs.interactions.inbox import Inbox  # noqa: E402
from monitor.jobs.respond.respond import respond  # noqa: E402
from monitor.runtime.worker_loop import WorkerLoop  # noqa: E402
from monitor.settings.model import BrandSettings, Settings, SlackSettings  # noqa: E402

CALL_S, ACK_S = 1.0, 0.5


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def app_in(folder: Path, base_url: str, brands: int) -> App:
    """An app that watches so many brands, each told in a channel of its own."""
    watched = tuple(
        BrandSettings(slug=f"b{n}", name=f"B{n}", query="x", slack_channel=f"C{n:09d}")
        for n in range(brands)
    )
    slack = SlackSettings(enabled=True, channel="C0", base_url=base_url)
    settings = Settings(brands=watched, slack=slack)
    channels = {"slack": SlackChannel(slack, "xoxb-bench")}
    app = watching(
        f"sqlite:///{folder / 'bench.db'}", *watched, settings=settings, channels=channels
    )
    return replace(app, now=utc_now, wall=utc_now)


def calls(folder: Path, signals: int) -> list[float]:
    """Seconds from a signal's commit to the first byte of Slack's call, for each."""
    took: list[float] = []
    with FarSide() as slack:
        slack.answers(200, '{"ok": true, "channel": "C1", "ts": "1.1"}')
        app = app_in(folder, f"{slack.url}/api/", signals)
        brand: list[str] = []

        def tell_all() -> None:
            deliver(app, utc_now())

        tell = WorkerLoop("deliver", tell_all)

        def think() -> None:
            while brand:
                respond(app, brand.pop(), utc_now())
            tell.wake()

        think_loop = WorkerLoop("evaluate", think)
        for loop in (tell, think_loop):
            loop.start()
        for n in range(signals):
            now = utc_now()
            before = slack.calls
            signal = replace(loud(brand=f"b{n}"), start=now - timedelta(minutes=9), at=now)
            detected(app, signal)
            committed = perf_counter()
            brand.append(f"b{n}")
            think_loop.wake()
            while slack.calls == before:
                sleep(0.001)
            took.append(perf_counter() - committed)
        for loop in (think_loop, tell):
            loop.stop(5)
        app.db.close()
    return took


def acknowledgements(folder: Path, presses: int) -> list[float]:
    """Seconds until a press is acknowledged, while somebody writes all the time."""
    app = app_in(folder, "http://127.0.0.1:1/api/", 1)
    over = threading.Event()

    def write() -> None:
        n = 0
        while not over.is_set():
            with app.db.write() as tx:
                n += 1
                tx.connection().exec_driver_sql(
                    "insert into meta (key, value) values (?, '{}')", (f"bench{n}",)
                )
                sleep(0.05)  # a long transaction: the longest of ours is shorter

    writer = threading.Thread(target=write)
    writer.start()
    inbox = Inbox(lambda: app, object(), lambda: None)  # type: ignore[arg-type]
    took = []
    for n in range(presses):
        began = perf_counter()
        inbox.hear("interactive", click("ack", 1, 1, at=str(n)))
        took.append(perf_counter() - began)
    over.set()
    writer.join()
    app.db.close()
    return took


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signals", type=int, default=60)
    parser.add_argument("--presses", type=int, default=200)
    parser.add_argument("--shared", help="not needed here")
    arguments = parser.parse_args()
    failed = 0
    for what, limit, measure, count in (
        ("a signal's commit to the first byte of Slack's call", CALL_S, calls, arguments.signals),
        (
            "a press to its acknowledgement, database busy",
            ACK_S,
            acknowledgements,
            arguments.presses,
        ),
    ):
        with tempfile.TemporaryDirectory() as folder:
            took = measure(Path(folder), count)
        p50, p99 = percentile(took, 0.5), percentile(took, 0.99)
        ok = p99 <= limit
        failed += not ok
        print(
            f"{what}: p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms "
            f"(limit {limit * 1000:.0f}, n {count}) {'ok' if ok else 'TOO SLOW'}"
        )
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
