"""What Slack sends, taken in: acknowledged at once, kept as a row, or answered with a form.

Slack shows a person an error after three seconds and repeats no press. A press is acknowledged when
it is kept: in the database, or where that is busy for longer than ``PATIENCE_S``, in a file beside
it. What neither takes within ``LAST_S`` more is not acknowledged, so that whoever pressed sees it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from threading import Thread
from typing import Any, Protocol

from alerting.channels.slack.presses import read_press, trigger_of
from alerting.channels.slack.views import told
from alerting.messages.codec import pack
from alerting.model import Form, Notice, Press
from monitor.app import App
from monitor.jobs.interactions.commands import command
from monitor.jobs.interactions.forms import form_for
from monitor.jobs.interactions.press import REPLY, keep
from monitor.jobs.interactions.spool import Spool
from monitor.jobs.respond.routing import localizer_for
from monitor.model import ANY
from monitor.store.engine import DatabaseProblem
from monitor.store.outbox import keys
from monitor.store.outbox.write import enqueue

log = logging.getLogger(__name__)

PATIENCE_S, LAST_S = 0.3, 1.7


class Opens(Protocol):
    """Where forms are shown."""

    def open(self, trigger: str, form: Form) -> None: ...


class Inbox:
    """``app()`` is the app at the time; ``wake`` is called after a press was kept; ``spool`` keeps
    what the database is too busy for."""

    def __init__(
        self,
        app: Callable[[], App],
        surface: Opens,
        wake: Callable[[], None],
        spool: Spool | None = None,
    ) -> None:
        self._app, self._surface, self._wake = app, surface, wake
        self._spool = spool or Spool(None)

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
                self._show(trigger_of(payload), said.form, press)
            return told(said.lines)
        if form := form_for(app, press):
            self._show(trigger_of(payload), form, press)
            return None
        self._keep(app, press)
        return None

    def _keep(self, app: App, press: Press) -> None:
        """Raises what keeps it from being kept anywhere."""
        at, kept = app.wall(), Future[None]()

        def work() -> None:
            try:
                if keep(app, "slack", press, at):
                    self._wake()
                kept.set_result(None)
            except BaseException as error:
                kept.set_exception(error)

        Thread(target=work, name="siaga-keep", daemon=True).start()
        try:
            kept.result(PATIENCE_S)
        except (TimeoutError, DatabaseProblem) as busy:
            try:
                self._spool.put(press, at)
                log.info("a press waits for the database in a file")
            except OSError:
                if kept.done():
                    raise busy from None
                kept.result(LAST_S)

    def _show(self, trigger: str, form: Form, press: Press) -> None:
        """Beside the acknowledgement, not before it. Slack takes a form for three seconds; whoever
        asked for one that it did not take is told so, for they see nothing happen."""

        def show() -> None:
            try:
                self._surface.open(trigger, form)
            except Exception as error:
                log.warning("a form could not be shown: %s", error)
                self._tell(press)

        Thread(target=show, name="siaga-form", daemon=True).start()

    def _tell(self, press: Press) -> None:
        if not press.place:  # their Home, where nothing can be said to them alone
            return
        app = self._app()
        say = localizer_for(app, ANY)
        words = say._("Slack did not take the form in time. Nothing was done: press once more.")
        with app.db.write() as tx:
            enqueue(
                tx,
                key=keys.no_form(press.key),
                channel=REPLY,
                destination=f"{press.place}:{press.who}",
                payload=pack(Notice("update", words, "")),
                severity="SEV1",
                created_at=app.now(),
                due_at=app.wall(),
            )
        self._wake()
