"""The daemon watches itself: pings somebody outside while it is well, and cries for help, past its
database, where it is not."""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from alerting.channels.base import Channel
from alerting.i18n import Localizer
from connectors.base import ConnectorError
from connectors.kit.http import fetch, host_of
from monitor.app import App
from monitor.clock import monotonic
from monitor.jobs.deliver.last_resort import cry_for_help, tell_recovery
from monitor.jobs.deliver.tryout import try_out
from monitor.jobs.views.overview import overview
from monitor.jobs.views.troubles import (
    ENGLISH,
    muteness,
    process_causes,
    process_troubles,
    troubles,
)
from monitor.problems import Problem
from monitor.runtime.places import cries_of
from monitor.runtime.spare_files import SpareFiles
from monitor.settings.model import Settings
from monitor.settings.secrets import secret

log = logging.getLogger(__name__)

CRY_AFTER_S = 10.0
"""Seconds a loop may be ill (see ``FAILING_S``) before people are told past the database. With
those it is sooner than the watchdog of the unit ends the process, and within a minute: a deafness
that the database does not take when it is to be told is told in its fifteen minutes."""

CRY_AGAIN_S = 6 * 3600.0
"""Somebody who was told is not told of the same so soon again, not even after a restart."""

CRY_OTHER_S = 300.0
"""Nor of another cause: one ill often brings others in its train."""

MUTE_S = 600.0
"""So long an alert would not have arrived before people are told by the ways that work."""

WELL_S, WELL_AGAIN_S = 120.0, 1800.0
"""So long all must be well before the end is told, and where one was told in the last hours: what
comes and goes every few minutes is one ill, not one page each time."""

LATELY_S = 3 * 3600.0

PING_S = 10.0

TRY_EVERY_S, TRY_FAILED_EVERY_S = 3600.0, 120.0
"""How often the ways that alerts take are tried, and while one of them does not work."""


class Guard:
    """``look()`` is called every few seconds, in a thread of its own: it may wait for a network."""

    def __init__(self, app: Callable[[], App], status: Callable[[], Mapping[str, Any]]) -> None:
        self._app, self._status = app, status
        self._pinged_at: float | None = None
        self._tried_at: float | None = None
        self._tried: App | None = None
        self.unready: list[str] = []
        self._spoke: App | None = None
        self.spare = SpareFiles()
        self._mute_since: float | None = None
        self._ill_since: float | None = None
        self._well_since: float | None = None
        self._ended_at: float | None = None

    def look(self) -> None:
        """Ping where it is time, and tell where something is wrong."""
        status = dict(self._status())  # of its own run, which goes on, it knows better
        status["stuck"] = [name for name in status.get("stuck", ()) if name != "guard"]
        status["idle"] = self._hears_no_more()
        status["starved"] = self.spare.are_needed()
        ill, mute = bool(process_troubles(status)), self._is_mute()
        if ill or mute:
            self._well_since = None
        if ill:
            self._ill_since = monotonic() if self._ill_since is None else self._ill_since
            if monotonic() - self._ill_since >= CRY_AFTER_S:
                with self.spare.lent():
                    self._cry(status)
        else:
            self._ill_since = None
        if mute:
            self._cry_of_muteness()
        if not ill and not mute:
            self._well_since = monotonic() if self._well_since is None else self._well_since
            if monotonic() - self._well_since >= self._well_after_s():
                self._recovered()
        self._try_out()
        self._ping()

    def _hears_no_more(self) -> bool:
        """Whether a reload has left nothing to listen to, as an emptied file does."""
        app = self._app()
        if any(brand.sources for brand in app.settings.brands):
            self._spoke = app
        return self._spoke is not None and self._spoke is not app

    def _speaker(self) -> App:
        """Whose ways lead to people: those of the config before one that names nobody."""
        return self._spoke or self._app()

    def _try_out(self) -> None:
        """Try every way alerts take: at the start, after a change of the config, and now and
        then; sooner while one does not work."""
        app, now = self._app(), monotonic()
        every = TRY_FAILED_EVERY_S if self.unready else TRY_EVERY_S
        if app is self._tried and self._tried_at is not None and now - self._tried_at < every:
            return
        self._tried, self._tried_at = app, now
        before, self.unready = self.unready, try_out(app)
        for trouble in self.unready:
            log.error("an alert would not arrive: %s", trouble)
        if before and not self.unready:
            log.warning("alerts would arrive again")

    def _is_mute(self) -> bool:
        """Whether some alert would not arrive, and that has lasted."""
        if not self.unready:
            self._mute_since = None
            return False
        self._mute_since = monotonic() if self._mute_since is None else self._mute_since
        return monotonic() - self._mute_since >= MUTE_S

    def _cry(self, status: Mapping[str, Any]) -> None:
        app = self._speaker()
        cry_once(
            app.db.name,
            app.settings,
            app.channels,
            lambda localizer: process_troubles(status, localizer),
            process_causes(status),
        )

    def _cry_of_muteness(self) -> None:
        app, told = self._app(), list(self.unready)
        cry_once(app.db.name, app.settings, app.channels, partial(muteness, told), told, mute=True)

    def _well_after_s(self) -> float:
        """For how many seconds all must have been well before the end is told."""
        lately = self._ended_at is not None and monotonic() - self._ended_at < LATELY_S
        return WELL_AGAIN_S if lately else WELL_S

    def _recovered(self) -> None:
        app = self._speaker()
        if _cried(app.db.name) and _forget_cry(app.db.name):
            self._ended_at = monotonic()
            tell_recovery(app.settings, app.channels)
            log.warning("all is well again")

    def _ping(self) -> None:
        app = self._app()
        url = secret("SIAGA_HEARTBEAT_URL") or app.settings.heartbeat.url
        every = app.settings.heartbeat.every.total_seconds()
        now = monotonic()
        if not url or (self._pinged_at is not None and now - self._pinged_at < every):
            return
        self._pinged_at = now
        address = url if self._well() else _failing(url)
        try:
            answer = fetch(address, redirects=2, total_s=PING_S)
        except ConnectorError as error:
            log.warning("the heartbeat does not get out: %s", error)
            return
        if answer.status >= 300:
            log.warning("the heartbeat is refused by %s: %d", host_of(url), answer.status)

    def _well(self) -> bool:
        app = self._app()
        try:
            grave, _ = troubles(overview(app, app.now(), app.wall()), self._status())
        except Problem:
            return False
        return not grave


def _failing(url: str) -> str:
    """The heartbeat's address with ``/fail`` behind its path. What says in its query that all is
    well (``?status=up``) must not be said."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + "/fail", query=""))


def cry_once(
    database: str,
    settings: Settings,
    channels: Mapping[str, Channel],
    reasons: Callable[[Localizer], Sequence[str]],
    causes: Sequence[str],
    *,
    mute: bool = False,
) -> None:
    """Tell people past the database that Siaga cannot work (``mute``: that alerts would not
    arrive), unless they were told of all these ``causes`` lately, by this life of the daemon or by
    one before it: a daemon is known by its ``database``, as that may be shown."""
    now, known = monotonic(), _cried(database)
    lately = {cause: at for cause, at in known.items() if 0 <= now - at < CRY_AGAIN_S}
    is_new = any(_kind_of(cause) not in lately for cause in causes)
    if not is_new or now - max(lately.values(), default=-math.inf) < CRY_OTHER_S:
        return
    _remember(database, {**lately, **dict.fromkeys(map(_kind_of, causes), now)})
    told = ", ".join(cry_for_help(settings, channels, reasons, mute=mute))
    told = told or "nobody: no channel took it"
    what = "alerts would not arrive" if mute else "cannot work"
    log.error("%s (%s); told past the database by %s", what, "; ".join(reasons(ENGLISH)), told)


def _kind_of(cause: str) -> str:
    """A cause without its figures, which may change while it stays the same."""
    return re.sub(r"\d+", "#", cause)[:300]


_told: dict[Path | None, dict[str, float]] = {}
"""The same in this process' memory: on a full disk nothing may be remembered elsewhere."""


def _cried(database: str) -> dict[str, float]:
    """Of which causes people were told, the end of which was not; and when: by the clock that
    never jumps, which begins anew with the machine."""
    marker = cries_of(database)
    try:
        found = dict(json.loads(marker.read_text())) if marker else _told[marker]
        return {str(cause): float(at) for cause, at in found.items()}
    except (OSError, ValueError, TypeError, KeyError):
        return _told.get(marker, {})


def _remember(database: str, told: Mapping[str, float]) -> None:
    marker = cries_of(database)
    _told[marker] = dict(told)
    try:
        if marker is not None:
            marker.write_text(json.dumps(told))
    except OSError:
        log.debug("the cry for help cannot be remembered beyond this process")


def _forget_cry(database: str) -> bool:
    """True where it could be forgotten: then its end is told, once."""
    marker = cries_of(database)
    _told.pop(marker, None)
    try:
        if marker is not None:
            marker.unlink(missing_ok=True)
    except OSError:
        return False
    return True
