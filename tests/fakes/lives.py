"""Lives of a process that plays and sends, each of which may be ended by SIGKILL."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fakes.slack_emulator import TOKEN

WORKER = Path(__file__).resolve().parent / "kill_worker.py"


class Lives:
    """The worker: starts a life, follows it, kills it."""

    def __init__(self, plan_file: Path, log: Any) -> None:
        env = {**os.environ, "SLACK_BOT_TOKEN": TOKEN}
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), str(plan_file)],
            env=env,
            text=True,
            bufsize=1,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        self.said: queue.Queue[tuple[str, ...]] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.expect("ready", 120)

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self.said.put(tuple(line.split()))
        self.said.put(("error", "0"))  # the worker itself has ended

    def _next(self, seconds: float) -> tuple[str, ...]:
        said = self.said.get(timeout=max(0.001, seconds))
        assert said[0] != "error", "a life ended with an error; see the log"
        return said

    def expect(self, word: str, seconds: float) -> int:
        """The number that comes with this word; other words but an error are passed over."""
        until = time.monotonic() + seconds
        while True:
            said = self._next(until - time.monotonic())
            if said[0] == word:
                return int(said[1])

    def follow(self, ticks: float, enough: Callable[[], bool]) -> bool:
        """Let it live until it is ``enough``, so many ticks are over, or it has come to its end.
        False: it came to its end."""
        until = time.monotonic() + 300
        while ticks > 0 and not enough():
            assert time.monotonic() < until, "a life does not come to its end; see the log"
            try:
                word = self._next(0.002)[0]
            except queue.Empty:
                continue
            if word == "end":
                return False
            ticks -= word == "tick"
        return True

    def start(self) -> int:
        """A new life; its process id."""
        assert self.process.stdin
        self.process.stdin.write("\n")
        pid = self.expect("life", 30)
        self.expect("begin", 60)
        return pid

    def kill(self, pid: int) -> None:
        """End it, and wait until it is gone."""
        try:
            os.kill(pid, signal.SIGKILL)
            while True:
                time.sleep(0.005)
                os.kill(pid, 0)
        except ProcessLookupError:
            return


@contextmanager
def lives(folder: Path, plan: dict[str, Any]) -> Iterator[Lives]:
    """A worker that plays ``plan``; see ``kill_worker``."""
    plan_file = folder / "plan.json"
    plan_file.write_text(json.dumps(plan))
    with (folder / "log").open("w") as log:
        worker = Lives(plan_file, log)
        try:
            yield worker
        finally:
            worker.process.kill()
            worker.process.wait()
