"""The clock guard: the machine's clock is believed as far as what was written before agrees.

A clock that went back leaves times to come that would keep everything waiting: they are healed. A
clock that went forward may be wrong, and what it would take away does not come back: retention and
digests wait until it has agreed with itself for an hour. So they do after a rest of some minutes,
since a clock that was set wrong at a boot looks like a rest. What a clock says that nobody mends
agrees with itself for ever: there the hosts that answer us are asked, which say the time too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerting.i18n import Localizer
from monitor.app import App
from monitor.clock import ELSEWHERE, monotonic
from monitor.jobs.clock_off import how_wrong
from monitor.store.clock import heal, latest_written
from monitor.store.installation import noted
from monitor.store.meta import get_meta, put_meta

log = logging.getLogger(__name__)

ENGLISH = Localizer("en", "UTC")

WENT_BACK = timedelta(seconds=60)
"""A present so much before what was written last is a clock that was ahead; less is NTP at work."""

WENT_AHEAD = timedelta(minutes=5)
"""A jump between two looks by so much more than has passed by the clock that never jumps."""

LONG_SILENCE = timedelta(days=2)
"""From one life of the daemon to the next nobody can tell a jump from a rest; a longer rest is
looked at like a jump."""

HOLD, LONG_HOLD = timedelta(hours=1), timedelta(days=1)
"""How long a clock that has jumped forward must agree with itself before it may take away; the
long one after a jump by more than ``LONG_JUMP``, which hardly any machine has slept through."""

LONG_JUMP = timedelta(days=30)

REST = timedelta(hours=1)
"""From one life to the next a clock may have gone ahead by less than a rest is long; NTP mends that
within minutes of a boot. So long after a rest no week is called over and no text taken, and it is
no trouble to tell of."""

OFF = timedelta(minutes=5)
"""So far from the time elsewhere a clock is wrong; by less, posts are found where they are."""

FAR_AHEAD = timedelta(hours=1)
"""So far ahead of the time elsewhere a clock takes nothing away and calls no week over."""

UNHEARD = timedelta(hours=1)
"""So long after nobody could say the time any more it is as it was said last."""


def _shown(at: datetime) -> str:
    """A moment as the log's reader has it."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


@dataclass(slots=True)
class Seen:
    """The last look of this process: the wall's time and the monotonic one, in seconds."""

    wall: datetime
    monotonic_s: float


class ClockGuard:
    """``look`` writes the sign of life and judges the clock by the last one. ``healed`` is called
    after what a clock ahead left was healed: what the process remembers of it goes too."""

    def __init__(
        self,
        healed: Callable[[App], None] = lambda _: None,
        ahead: Callable[[], timedelta | None] = ELSEWHERE.ahead,
    ) -> None:
        self._healed, self._ahead = healed, ahead
        self._seen: Seen | None = None
        self._unheard_since_s: float | None = None

    def look(self, app: App, wall: datetime, status: Mapping[str, Any]) -> None:
        """One look, in one transaction. Raises ``DatabaseProblem`` where nothing can be written."""
        now_s = monotonic()
        with app.db.write() as tx:
            last = latest_written(tx)
            back = last is not None and last - wall > WENT_BACK
            if back and last is not None:
                heal(tx, wall, last)
            kept = get_meta(tx, "clock") or {}
            left_s = self._left_s(wall, now_s, last, kept)
            rest_s = self._rest_s(wall, now_s, last, kept)
            off = {} if back else self._off(now_s, kept)
            waits = {} if back else {"hold_s": left_s, "rest_s": rest_s}
            put_meta(tx, "clock", {**waits, **off})
            told = {**status, "hold_s": left_s, "off_s": off.get("off_s", 0.0)}
            put_meta(tx, "heartbeat", {"at": wall.isoformat(), **told})
        if back and last is not None:
            self._healed(app)
            log.warning("the clock was ahead until %s; what it left behind is healed", _shown(last))
            app.wake()
        noted(app.db)
        self._seen = Seen(wall, now_s)

    def _left_s(
        self, wall: datetime, now_s: float, last: datetime | None, kept: Mapping[str, Any]
    ) -> float:
        """For how many seconds retention and digests have to wait still."""
        left = float(kept.get("hold_s", 0.0))
        if self._seen is None:
            by = wall - last if last is not None else timedelta()
            jumped = by > LONG_SILENCE
        else:
            passed = timedelta(seconds=now_s - self._seen.monotonic_s)
            left = max(0.0, left - passed.total_seconds())
            by = (wall - self._seen.wall) - passed
            jumped = by > WENT_AHEAD
        if jumped:
            hold = LONG_HOLD if by > LONG_JUMP else HOLD
            log.warning(
                "the clock jumped forward to %s; until it has agreed with itself for %s, retention "
                "and digests wait",
                _shown(wall),
                ENGLISH.duration(hold),
            )
            return max(left, hold.total_seconds())
        return left

    def _off(self, now_s: float, kept: Mapping[str, Any]) -> dict[str, Any]:
        """By how many seconds the clock is ahead of the time elsewhere (negative: behind), and for
        how long it has been; {} where it is right."""
        ahead = self._ahead()
        if ahead is not None:
            self._unheard_since_s = None
            off_s = ahead.total_seconds()
        else:
            since_s = self._unheard_since_s = self._unheard_since_s or now_s
            off_s = kept.get("off_s", 0.0) if now_s - since_s < UNHEARD.total_seconds() else 0.0
        if abs(off_s) < OFF.total_seconds():
            return {}
        if not kept.get("off_s"):
            log.warning("%s, say the hosts that are read", how_wrong(off_s, ENGLISH))
        passed_s = now_s - self._seen.monotonic_s if self._seen else 0.0
        off_for_s = float(kept.get("off_for_s", 0.0)) + (passed_s if kept.get("off_s") else 0.0)
        return {"off_s": off_s, "off_for_s": off_for_s, "told": bool(kept.get("told"))}

    def _rest_s(
        self, wall: datetime, now_s: float, last: datetime | None, kept: Mapping[str, Any]
    ) -> float:
        """For how many seconds a clock that came out of a rest is still looked at."""
        left = float(kept.get("rest_s", 0.0))
        if self._seen is not None:
            return max(0.0, left - (now_s - self._seen.monotonic_s))
        rested = last is not None and wall - last > WENT_AHEAD
        return REST.total_seconds() if rested else left


def has_rested(app: App) -> bool:
    """Whether the clock has come out of a rest lately: what it calls over may not be."""
    with app.db.read() as tx:
        return float((get_meta(tx, "clock") or {}).get("rest_s", 0.0)) > 0


def is_held(app: App, wall: datetime) -> bool:
    """Whether retention and digests have to wait for the clock: it has jumped, or has so since the
    last look, which is yet to be judged, or is far ahead of the time elsewhere."""
    with app.db.read() as tx:
        known = get_meta(tx, "clock") or {}
        if float(known.get("hold_s", 0.0)) > 0:
            return True
        if float(known.get("off_s", 0.0)) > FAR_AHEAD.total_seconds():
            return True
        seen = get_meta(tx, "heartbeat")
    return seen is not None and wall - datetime.fromisoformat(seen["at"]) > WENT_AHEAD
