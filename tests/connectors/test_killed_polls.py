"""A process that polls a platform is killed (kill -9) while it waits for an answer: the next one
goes on, without a hole and with nothing twice. One platform here, the others in ``make soak``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from test_contract_facebook import TestFacebookContract as Facebook
from test_contract_instagram import TestInstagramContract as Instagram
from test_contract_linkedin import TestLinkedInContract as LinkedIn
from test_contract_threads import TestThreadsContract as Threads
from test_contract_tiktok import TestTikTokContract as TikTok
from test_contract_x import TestXContract as X
from test_contract_youtube import TestYouTubeContract as YouTube

from connectors.kit.loopback import LoopbackServer, Reply, Request
from connectors.platform_testing import PlatformContract
from connectors.registry import get
from monitor.jobs.poll.poll import LEASE

ROOT = Path(__file__).resolve().parents[2]
WORKER = ROOT / "tests/fakes/poll_worker.py"
PATIENCE_S = 300
"""Only so that nothing hangs for ever: a process that loads all models takes seconds of its own,
and many times as long on a machine that is busy."""

OTHERS = (Facebook, LinkedIn, Threads, TikTok, X, YouTube)


class Lives:
    """A platform's suite with its fake as a server, and processes that poll it."""

    def __init__(self, suite: type[PlatformContract], folder: Path) -> None:
        self.suite, self.folder = suite(), folder
        self.fake = self.suite.platform()
        self.fake.page_size = 1  # so many requests that none of them ends the poll before its time
        self.now = self.fake.now
        self.asked = self.kill_at = 0
        self.process: subprocess.Popen[str] | None = None

    def __call__(self, request: Request) -> Reply:
        self.asked += 1
        if self.asked == self.kill_at and self.process:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
        return self.fake(request)

    def life(self, base: str) -> tuple[int, list[str]]:
        """How a process ended, and what it said was stored."""
        name = self.suite.connector.split(".")[1]
        options: dict[str, Any] = {**self.suite.options, self.suite.base_option: base}
        source = {"connector": name, "name": "one", "options": options}
        brand = {"slug": "senja", "name": "Senja", "query": "senja", "sources": [source]}
        plan = {
            "now": self.now.isoformat(),
            "settings": {"brands": [brand]},
            "folder": str(self.folder),
            "database": f"sqlite:///{self.folder / 'siaga.db'}",
        }
        names = get(name).info.secrets
        secrets = {names[one]: value for one, value in self.suite.secrets.items()}
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), json.dumps(plan)],
            cwd=ROOT,
            env={**os.environ, **secrets, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        said, _ = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, json.loads(said) if said else []


def lived_through(suite: type[PlatformContract], folder: Path, requests: tuple[int, ...]) -> None:
    """Killed at each of these requests, one process after the other; the last one lives."""
    lives = Lives(suite, folder)
    with LoopbackServer(lives) as server:
        for number in requests:
            lives.asked, lives.kill_at = 0, number
            assert lives.life(server.url)[0] == -signal.SIGKILL
            lives.now += LEASE + timedelta(seconds=1)
        lives.asked = lives.kill_at = 0
        ended, stored = lives.life(server.url)
    assert ended == 0
    wanted = [str(lives.suite.expected(item)["external_id"]) for item in lives.fake.items]
    assert sorted(stored) == sorted(wanted)


def test_a_poll_that_is_killed_leaves_no_hole_and_nothing_twice(tmp_path: Path) -> None:
    lived_through(Instagram, tmp_path, (3,))


@pytest.mark.soak
@pytest.mark.parametrize("suite", [Instagram, *OTHERS])
def test_a_poll_of_each_platform_may_be_killed_at_any_request(
    suite: type[PlatformContract], tmp_path: Path
) -> None:
    lived_through(suite, tmp_path, (1, 2, 3, 4))
