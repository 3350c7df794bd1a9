"""Who holds a source: the process that asks it, named in the token of its lease.

A process that was killed gives nothing back. Whoever wants the source next on the same machine sees
that it is gone and need not wait for the end of the lease.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import uuid4

from monitor.problems import Problem

PROC = Path("/proc")
BOOT_ID = PROC / "sys/kernel/random/boot_id"
START = 19
"""Of a process, behind its name and in clock ticks since the machine began: with it a number that
was given again is told apart. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""

ENDED = ("Z", "X", "x")
"""States of a process that is over and not yet taken away."""


class SourceHeld(Problem):
    """Somebody asks this source just now."""


def held_by(token: str, until: datetime) -> SourceHeld:
    """Says who holds a source, and until when at the latest."""
    at, pid = f"{until:%Y-%m-%d %H:%M:%S}", holder(token)
    if pid is None:
        return SourceHeld(
            f"Another process is asking this source just now, until {at} UTC at the latest."
        )
    return SourceHeld(
        f"Process {pid} is asking this source just now, until {at} UTC at the latest."
    )


def new_token() -> str:
    """A token that nobody had before, with who holds it where the system can tell."""
    pid = os.getpid()
    made = [uuid4().hex, _here(), str(pid), _begun(pid)]
    return " ".join(made) if all(made) else made[0]


def holder(token: str) -> int | None:
    """The process that holds it, by its number; None where it is not known."""
    _, *named = token.split(" ")
    return int(named[1]) if len(named) == 3 and named[1].isdecimal() else None


def is_dead(token: str) -> bool:
    """Whether the process that held it is surely gone: it ran here, and does not any more. One on
    another machine, in another container or before the machine's last start is not known of."""
    pid, (*_, begun) = holder(token), token.split(" ")
    if pid is None or token.split(" ")[1] != _here():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # somebody else's: it is there
    now = _begun(pid)
    return bool(now) and now != begun


@cache
def _here() -> str:
    """This run of this machine, and which processes are seen by their numbers (a container has its
    own); "" where the system does not tell."""
    try:
        return f"{BOOT_ID.read_text().strip()}/{os.stat(PROC / 'self/ns/pid').st_ino}"
    except OSError:
        return ""


def _begun(pid: int) -> str:
    """When a process began; "over" for one that has ended, "" where that is not shown."""
    with suppress(OSError, IndexError):
        told = (PROC / str(pid) / "stat").read_text(errors="replace")
        state, *rest = told.rpartition(")")[2].split()
        return "over" if state in ENDED else rest[START - 1]
    return ""
