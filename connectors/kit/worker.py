"""Work on a stranger's data that may never end, done in a process that can be ended.

A regular expression or a parser that runs wild holds the interpreter's lock: in a thread it takes
the whole daemon with it, health page and signals included. Here it runs in a process of its own
that knows no secret (its environment says where Python is and no more), may use ``MAX_MEMORY``
bytes, and is killed at its deadline by the kernel. Processes are kept for the next call and end by
themselves when nobody needs them for ``IDLE_S`` seconds, or when we are gone.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import resource
import select
import struct
import subprocess
import sys
from importlib import import_module
from signal import ITIMER_PROF, SIG_DFL, SIGKILL, SIGPROF, setitimer, signal
from threading import BoundedSemaphore, Lock, Timer
from typing import IO
from weakref import WeakSet

DEADLINE_S = 10.0
"""Seconds of work (of processor time: a busy machine makes nobody's data hostile)."""

PATIENCE = 3
"""So many times its deadline we wait, by the clock, before we kill a worker ourselves."""

IDLE_S = 60.0
MAX_MEMORY = 1 << 30
MAX_WORKERS = 2
MAX_ANSWER = 256 << 20

_CALL = struct.Struct("!IQd")
_ANSWER = struct.Struct("!BQ")


class WorkerFailed(Exception):
    """The work could not be done. Its text is a reason in a few words, without the data."""


def call(function: str, data: bytes, *, deadline_s: float = DEADLINE_S) -> bytes:
    """What ``function`` (``package.module:name``, bytes to bytes) makes of ``data``.

    Raises ``WorkerFailed`` if it raises, takes longer than ``deadline_s``, or cannot be started.
    """
    with _free:
        done, answer = _asked(function, data, deadline_s)
    if not done:
        raise WorkerFailed(answer.decode("utf-8", "replace"))
    return answer


def _asked(function: str, data: bytes, deadline_s: float) -> tuple[bool, bytes]:
    while True:
        worker = _take()
        try:
            answer = worker.ask(function, data, deadline_s)
        except (OSError, EOFError, ValueError) as error:
            ended = worker.end()
            if ended == 0 and worker.calls:  # it had been idle too long just then
                continue
            overdue = ended in (-SIGPROF, -SIGKILL)
            why = "it took too long" if overdue else "it ended in the middle"
            raise WorkerFailed(why) from error
        worker.calls += 1
        _put(worker)
        return answer


class _Worker:
    """One process, one call at a time."""

    def __init__(self) -> None:
        self.calls = 0
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-X", "utf8", "-m", "connectors.kit.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": paths, **_where_python_is()},
                start_new_session=True,
            )
        except OSError as error:
            raise WorkerFailed(f"no process could be started ({error.strerror})") from error

        _alive.add(self.process)

    def ask(self, function: str, data: bytes, deadline_s: float) -> tuple[bool, bytes]:
        to, back = self.process.stdin, self.process.stdout
        assert to is not None
        assert back is not None
        guard = Timer(PATIENCE * deadline_s + 1.0, self.process.kill)
        guard.daemon = True
        guard.start()
        try:
            name = function.encode()
            to.write(_CALL.pack(len(name), len(data), deadline_s) + name)
            to.write(data)
            to.flush()
            done, length = _ANSWER.unpack(_exactly(back, _ANSWER.size))
            if length > MAX_ANSWER:
                raise ValueError("an answer of that size")
            return bool(done), _exactly(back, length)
        finally:
            guard.cancel()

    def end(self) -> int:
        """End the process. How it ended: negative is the signal that killed it."""
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(0.2)
        self.process.kill()
        return self.process.wait()

    def is_alive(self) -> bool:
        return self.process.poll() is None


_free = BoundedSemaphore(MAX_WORKERS)
_lock = Lock()
_idle: list[_Worker] = []
_alive: WeakSet[subprocess.Popen[bytes]] = WeakSet()


@atexit.register
def _kill_all() -> None:
    """Nobody waits for an answer any more: leave no process behind that is still at work."""
    for process in list(_alive):
        if process.poll() is None:
            process.kill()
            process.wait()


def _where_python_is() -> dict[str, str]:
    names = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME")
    return {name: os.environ[name] for name in names if name in os.environ}


def _take() -> _Worker:
    with _lock:
        while _idle:
            worker = _idle.pop()
            if worker.is_alive():
                return worker
            worker.end()
    return _Worker()


def _put(worker: _Worker) -> None:
    with _lock:
        _idle.append(worker)


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data


def serve() -> None:
    """The process's own side: do one call after the other until nobody needs it."""
    signal(SIGPROF, SIG_DFL)  # the kernel ends us, whatever is running
    _limit_memory()
    to, back = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # nobody else may write there
    while select.select([to], [], [], IDLE_S)[0]:
        try:
            name_length, length, deadline_s = _CALL.unpack(_exactly(to, _CALL.size))
            name, data = _exactly(to, name_length).decode(), _exactly(to, length)
        except EOFError:
            return
        setitimer(ITIMER_PROF, deadline_s)
        done, answer = _done(name, data)
        setitimer(ITIMER_PROF, 0)
        back.write(_ANSWER.pack(done, len(answer)))
        back.write(answer)
        back.flush()


def _done(function: str, data: bytes) -> tuple[bool, bytes]:
    module, _, name = function.partition(":")
    try:
        answer: bytes = getattr(import_module(module), name)(data)
        return True, answer
    except MemoryError:
        return False, b"it needs too much memory"
    except RecursionError:
        return False, b"it is nested too deeply"
    except Exception as error:  # a stranger's data makes parsers raise anything
        return False, type(error).__name__.encode()


def _limit_memory() -> None:
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    serve()
