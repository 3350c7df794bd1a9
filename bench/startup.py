"""How long `siaga --help` and `siaga run` take to answer: whole processes, on an existing database.

The best of several runs is the figure: what else the machine does only ever adds to it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

SIAGA = str(Path(sys.executable).with_name("siaga"))
LIMITS_S = {"siaga --help": 0.1, "siaga run, first /healthz": 0.8}
CONFIG = """\
version: 1
brands:
  - slug: kopi-senja
    name: Kopi Senja
    query: '"kopi senja" OR #kopisenja'
    sources:
      - {connector: rss, name: news, options: {url: "http://127.0.0.1:9/feed"}}
web: {port: 0}
"""


COMPILED = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""The environment of an installed Siaga, whose modules pip has compiled; with that variable set, a
checkout is compiled anew at each start, which costs as much as the start itself."""


def help_s() -> float:
    """Seconds of `siaga --help`."""
    began = time.perf_counter()
    subprocess.run([SIAGA, "--help"], capture_output=True, check=True, env=COMPILED)
    return time.perf_counter() - began


def run_s(config: Path) -> tuple[float, float]:
    """Seconds from `siaga run` to the first answer of /healthz, and to that of working loops."""
    began = time.perf_counter()
    command = [SIAGA, "run", "--config", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=COMPILED) as process:
        try:
            first = loops = 0.0
            url = _page_of(process)
            while not loops:
                if health := _health(url):
                    first = first or time.perf_counter() - began
                    if health.get("loops"):
                        loops = time.perf_counter() - began
                time.sleep(0.002)
            return first, loops
        finally:
            process.terminate()
            process.communicate(timeout=60)


def _page_of(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"the page is at (\S+)", line):
            return found[1]
    raise SystemExit("the daemon ended before its page was there")


def _health(url: str) -> dict[str, object]:
    try:
        with urlopen(url + "healthz", timeout=5) as answer:
            return dict(json.load(answer))
    except HTTPError as error:
        return dict(json.load(error))
    except URLError:
        return {}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    arguments, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "siaga.yaml"
        config.write_text(CONFIG)
        run_s(config)  # makes the database, and the compiled files
        starts = [run_s(config) for _ in range(arguments.runs)]
    found = {
        "siaga --help": min(help_s() for _ in range(arguments.runs)),
        "siaga run, first /healthz": min(first for first, _ in starts),
        "siaga run, all loops at work": min(loops for _, loops in starts),
    }
    for name, seconds in found.items():
        limit = LIMITS_S.get(name)
        told = f"  (at most {limit:g} s)" if limit else ""
        print(f"{name:<30}{seconds:8.3f} s{told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
