"""What Slack sends, taken in: acknowledged at once, kept as a row, or answered with a form.

Slack shows a person an error after three seconds and repeats no press. A press is acknowledged when
it is kept; where the database is busy for longer than ``PATIENCE_S`` it is acknowledged before, and
kept as soon as that can be done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from threading import Thread
from typing import Any, Protocol

from alerting.channels.deadline import call_with_deadline
from alerting.channels.slack.presses import read_press, trigger_of
from alerting.channels.slack.views import told
from alerting.model import Form, Press
from monitor.app import App
from monitor.jobs.interactions.commands import command
from monitor.jobs.interactions.forms import form_for
from monitor.jobs.interactions.press import keep

log = logging.getLogger(__name__)

PATIENCE_S = 0.4


class Opens(Protocol):
    """Where forms are shown."""

    def open(self, trigger: str, form: Form) -> None: ...


class Inbox:
    """``app()`` is the app at the time; ``wake`` is called after a press was kept."""

    def __init__(self, app: Callable[[], App], surface: Opens, wake: Callable[[], None]) -> None:
        self._app, self._surface, self._wake = app, surface, wake

    def hear(self, kind: str, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Take what came in; what is answered with the acknowledgement."""
        press = read_press(kind, payload)
        if press is None:
            return None
        app = self._app()
        if press.action == "command":
            said = command(app, press, app.now())
            if said.press:
                self._keep(app, said.press)
            if said.form:
                self._show(trigger_of(payload), said.form)
            return told(said.lines)
        if form := form_for(app, press):
            self._show(trigger_of(payload), form)
            return None
        self._keep(app, press)
        return None

    def _keep(self, app: App, press: Press) -> None:
        def kept() -> None:
            if keep(app, "slack", press, app.wall()):
                self._wake()

        try:
            call_with_deadline(PATIENCE_S, kept)
        except TimeoutError:
            log.warning("a press is acknowledged before it is kept: the database is busy")

    def _show(self, trigger: str, form: Form) -> None:
        """Beside the acknowledgement, not before it."""

        def show() -> None:
            try:
                self._surface.open(trigger, form)
            except Exception as error:
                log.warning("a form could not be shown: %s", error)

        Thread(target=show, name="siaga-form", daemon=True).start()
