"""A process that forks plays of a file, to be killed: ``python kill_worker.py PLAN``.

The parent has everything loaded, so that a life costs a fork and not two seconds of imports. It
forks one life for each line on its standard input, and says its number; a life says ``begin``,
``tick`` and ``end``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any

PACE_S = 0.05
"""Seconds between two posts here; Slack's own pace is a test of its own. The quiet period is the
plan's, and shorter than a call may take: a call that takes longer is one whose caller is killed."""


def life(plan: dict[str, Any]) -> None:
    """Play the file into the database and send what comes of it, to the end."""
    from monitor.app import assemble
    from monitor.clock import ManualClock, utc_now, wait
    from monitor.jobs.deliver.deliver import deliver
    from monitor.runtime.simulate import play
    from monitor.settings.model import Settings, SourceSettings

    clock = ManualClock(datetime.fromisoformat(plan["begin"]))
    app = assemble(
        Settings.model_validate(plan["settings"]),
        database_url=plan["database"],
        now=clock,
        wall=utc_now,
        replay=True,
        folder=Path(plan["folder"]),
        sources=(SourceSettings.model_validate(plan["source"]),),
    )
    slack: Any = app.channels["slack"]
    slack.info = replace(
        slack.info,
        pace_s=PACE_S,
        update_pace_s=1.2 * PACE_S,
        max_in_flight_s=plan["max_in_flight_s"],
    )
    print(f"begin {os.getpid()}", flush=True)
    play(app, clock, on_tick=lambda played: print(f"tick {played.pages}", flush=True))
    while (due := deliver(app, utc_now()).next_due) is not None:
        wait(Event(), min(0.2, (due - utc_now()).total_seconds()))
    print(f"end {os.getpid()}", flush=True)


def main() -> None:
    """Fork a life for each line read."""
    with open(sys.argv[1]) as file:
        plan = json.load(file)
    _load_everything(plan)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready 0", flush=True)
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                life(plan)
            except BaseException:
                traceback.print_exc()
                print(f"error {os.getpid()}", flush=True)
            os._exit(0)
        print(f"life {pid}", flush=True)


def _load_everything(plan: dict[str, Any]) -> None:
    """Modules, weights and playbooks, which a life then need not read again."""
    for name in (
        "slack_sdk",
        "alerting.channels.slack.channel",
        "connectors.replay.connector",
        "monitor.app",
        "monitor.detect.factory",
        "monitor.runtime.simulate",
    ):
        import_module(name)
    import_module("monitor.enrich.sentiment.shipped").load()
    from alerting.playbook import load as playbooks
    from monitor.settings.shipped import shipped

    playbooks.load_playbook = cache(playbooks.load_playbook)
    own = (Path(plan["folder"]) / name for name in plan["settings"]["playbooks"])
    for path in (shipped("playbooks") / "default.yaml", *own):
        playbooks.load_playbook(path.read_text("utf-8"), path.stem)


if __name__ == "__main__":
    main()
