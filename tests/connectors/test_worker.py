"""What may never end is ended, and nothing else waits for it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from connectors.kit import worker

HERE = "tests_worker_functions"


@pytest.fixture(autouse=True)
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions of a module that only the worker imports; no process is left from before."""
    (tmp_path / f"{HERE}.py").write_text(
        "import os, re, sys\n"
        "def echo(data): return data\n"
        "def pid(data): return str(os.getpid()).encode()\n"
        "def environment(data): return repr(dict(os.environ)).encode()\n"
        "def wild(data): re.match(r'(a+)+$', 'a' * 60 + 'b'); return b''\n"
        "def greedy(data): return bytes(2 << 30)\n"
        "def broken(data): raise KeyError('a secret of the data')\n"
        "def leaves(data): os._exit(3)\n"
        "def prints(data): print('noise'); return b'said'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(worker, "_idle", [])


def call(name: str, data: bytes = b"", deadline_s: float = 30.0) -> bytes:
    return worker.call(f"{HERE}:{name}", data, deadline_s=deadline_s)


def test_work_is_done_by_a_process_that_is_kept_for_the_next_call() -> None:
    big = os.urandom(5 << 20)
    assert call("echo", big) == big
    assert call("pid") == call("pid") != str(os.getpid()).encode()


def test_a_call_that_does_not_end_is_ended_and_the_next_one_works() -> None:
    with pytest.raises(worker.WorkerFailed, match="took too long"):
        call("wild", deadline_s=0.3)
    assert call("echo", b"next") == b"next"


def test_others_go_on_while_a_call_runs_wild() -> None:
    failed: list[str] = []

    def wild() -> None:
        try:
            call("wild", deadline_s=1.0)
        except worker.WorkerFailed as error:
            failed.append(str(error))

    thread = Thread(target=wild)
    thread.start()
    counted = 0
    while thread.is_alive():  # with the interpreter's lock held, this thread would stand still
        counted += 1
        thread.join(0.01)
    assert failed == ["it took too long"]
    assert counted > 10


@pytest.mark.parametrize(
    ("name", "why"),
    [("greedy", "too much memory"), ("broken", "^KeyError$"), ("leaves", "ended in the middle")],
)
def test_what_goes_wrong_is_said_without_the_data(name: str, why: str) -> None:
    with pytest.raises(worker.WorkerFailed, match=why):
        call(name)
    assert call("echo", b"next") == b"next"


def test_the_process_knows_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    told = call("environment").decode()
    assert "xoxb" not in told
    assert set(re.findall(r"'(\w+)':", told)) <= {
        "PYTHONPATH",
        "LC_CTYPE",
        "LD_LIBRARY_PATH",
        "PYTHONHOME",
    }


def test_what_the_work_prints_is_no_answer() -> None:
    assert call("prints") == b"said"


def test_a_process_that_ended_in_the_meantime_is_replaced() -> None:
    call("echo")
    (kept,) = worker._idle
    kept.process.kill()
    kept.process.wait()
    assert call("echo", b"next") == b"next"


def test_a_process_that_goes_idle_in_that_moment_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call("echo")
    (kept,) = worker._idle
    assert kept.process.stdin is not None
    kept.process.stdin.close()
    kept.process.wait()
    monkeypatch.setattr(kept, "is_alive", lambda: True)  # as it was a moment ago
    assert call("echo", b"next") == b"next"


def test_a_process_ends_by_itself_when_we_are_gone() -> None:
    call("echo")
    (kept,) = worker._idle
    assert kept.process.stdin is not None
    kept.process.stdin.close()
    assert kept.process.wait(20) == 0


def test_our_end_is_the_end_of_what_is_still_at_work(tmp_path: Path) -> None:
    script = (
        "import sys, threading; from connectors.kit import worker\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        f"work = lambda: worker.call('{HERE}:wild', b'', deadline_s=60)\n"
        "threading.Thread(target=work, daemon=True).start()\n"
        "while not worker._alive: pass\n"
        "print(next(iter(worker._alive)).pid)\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60)
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.stdout), 0)


def test_no_process_is_an_error_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(worker.WorkerFailed, match="no process could be started"):
        call("echo")
