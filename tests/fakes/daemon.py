"""``siaga run`` in a process of its own, as a service manager starts it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

SIAGA = [str(Path(sys.executable).with_name("siaga"))]


class Running:
    """A daemon in a process of its own."""

    def __init__(self, config: Path, env: dict[str, str]) -> None:
        self.log = config.with_suffix(".log").open("w+")
        self.process = subprocess.Popen(
            [*SIAGA, "run", "--config", str(config)],
            env=env,
            cwd=config.parent,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.url = self.until(r"the page is at (\S+)")[1]

    def said(self) -> str:
        with open(self.log.name) as log:
            return log.read()

    def until(self, pattern: str, seconds: float = 60) -> Any:
        return eventually(lambda: re.search(pattern, self.said()), seconds, self.said)

    def get(self, path: str) -> str:
        with urlopen(Request(self.url + path), timeout=10) as answer:
            return str(answer.read().decode())

    def health(self) -> Any:
        try:
            return json.loads(self.get("healthz"))
        except HTTPError as error:
            return json.loads(error.read())


def eventually(found: Callable[[], Any], seconds: float, else_say: Callable[[], str]) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if result := found():
            return result
        time.sleep(0.1)
    raise AssertionError(else_say())


@contextmanager
def running(config: Path, **variables: str) -> Iterator[Running]:
    env = {**os.environ, **variables}
    daemon = Running(config, env)
    try:
        yield daemon
    finally:
        daemon.process.kill()
        daemon.process.wait()
        daemon.log.close()
