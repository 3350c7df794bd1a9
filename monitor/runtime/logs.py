"""How the daemon's log reads: a line a record, as text or as JSON, and the same trouble only once.

A locked database fails every loop, every second. Told each time, with a traceback, nothing else
is found in the log any more: so a record that repeats is counted, and the count is told later.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any

from alerting.channels.sanitize import clean
from monitor.clock import monotonic
from monitor.problems import Problem

CHATTY = (
    "alembic",
    "googleapiclient",
    "httpcore",
    "httpcore2",
    "httpx",
    "httpx2",
    "slack_sdk",
    "tweepy",
    "urllib3",
)
"""Libraries that log every step or request, some with its URL and so with a key in it."""

REPEAT_S = 600.0
"""A warning or error that repeats is told again after so long, with how often it came meanwhile."""

MAX_KNOWN = 500
"""So many different ones are kept apart."""


class Repeats(logging.Filter):
    """Lets a warning or an error through once in ``REPEAT_S`` and counts the others.

    The same is what has the same text, and, where it carries an exception, the same exception. The
    traceback of one that is a sentence for a person (``Problem``) is left out: it says nothing
    more.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """False for what was told lately."""
        error = record.exc_info[1] if record.exc_info else None
        said = record.getMessage() + (f": {error}" if isinstance(error, Problem) else "")
        if isinstance(error, Problem):
            record.msg, record.args, record.exc_info, record.exc_text = said, (), None, None
        if record.levelno < logging.WARNING:
            return True
        key = (said, repr(error))
        now = monotonic()
        at, count = self._told.get(key, (None, 0))
        if at is not None and now - at < REPEAT_S:
            self._told[key] = (at, count + 1)
            return False
        if count:
            record.msg, record.args = f"{said} (and {count} times more since it was told last)", ()
        if len(self._told) >= MAX_KNOWN:
            self._told.clear()
        self._told[key] = (now, 0)
        return True


_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _OWN}


class TextFormatter(logging.Formatter):
    """``2026-03-02 09:00:00 INFO    incident 42 opened event=incident.opened incident=42``; without
    the time where the journal adds it. Line breaks of a text do not make lines of the log, and
    nothing in it steers the terminal of whoever reads it."""

    def format(self, record: logging.LogRecord) -> str:
        moment = "" if os.environ.get("JOURNAL_STREAM") else f"{_at(record):%Y-%m-%d %H:%M:%S} "
        said = record.getMessage().replace("\n", "; ")
        extras = "".join(f" {k}={_short(v)}" for k, v in _extras(record).items())
        line = f"{moment}{record.levelname:<7} {said}{extras}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return clean(line)


class JsonFormatter(logging.Formatter):
    """A JSON object a line: ``at`` (ISO 8601, UTC), ``level``, ``logger``, ``message``, what the
    record carries besides (``event``, ``incident``, ``brand`` …), ``error`` with a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": _at(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_extras(record),
        }
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return clean(json.dumps(told, ensure_ascii=False, default=str))


def _at(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _short(value: object) -> str:
    text = str(value).replace("\n", " ")
    return json.dumps(text, ensure_ascii=False) if " " in text or not text else text


def show_logging(*, verbose: bool = False, form: str = "text") -> None:
    """Log to standard error. ``form``: ``text`` or ``json``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    handler.addFilter(Repeats())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # a tick missed in a sleep, by a clock that jumped or on a busy machine: the loops wake anyway
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def quiet_logging() -> None:
    """Only what is wrong, for commands whose output is their answer."""
    show_logging()
    logging.getLogger().setLevel(logging.WARNING)
