"""A press is acknowledged when it is kept, in the database or beside it; never before."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from fakes.crisis import BRAND, detected, loud, minutes, watching
from fakes.slack_socket import click
from sqlalchemy import select, text

from monitor.jobs.interactions.inbox import Inbox
from monitor.jobs.interactions.press import answer_presses
from monitor.jobs.interactions.spool import Spool, take_in
from monitor.jobs.respond.respond import respond
from monitor.settings.model import Settings, SlackSettings
from monitor.store.engine import Database, DatabaseProblem
from monitor.store.incidents import read_incident
from monitor.store.tables.responding import InteractionRow

SETTINGS = Settings(slack=SlackSettings(enabled=True, channel="#crisis"))


@pytest.fixture
def app(tmp_path):
    url = f"sqlite:///{tmp_path / 'siaga.db'}"
    app = watching(url, settings=SETTINGS, channels={"slack": object()})
    detected(app, loud())
    respond(app, BRAND.slug, minutes(6))
    yield app
    app.db.close()


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "siaga.db.presses")


def inbox(app, spool):
    return Inbox(lambda: app, SimpleNamespace(), lambda: None, spool)


def rows(app):
    with app.db.read() as tx:
        return [row.state for row in tx.scalars(select(InteractionRow))]


@contextmanager
def another_writes(app):
    """Another program holds the database."""
    other = Database(str(app.db.url))
    with other.write() as tx:
        tx.execute(text("select 1"))  # it begins with its first statement
        yield
    other.close()


def test_while_the_database_is_busy_a_press_waits_in_a_file_and_outlives_the_process(app, spool):
    with another_writes(app):
        inbox(app, spool).hear("interactive", click("ack", 1, 1))
        (waiting,) = spool.waiting()
    assert (waiting.press.action, waiting.press.incident) == ("ack", 1)
    again = Spool(waiting.file.parent)  # as the next process finds it
    take_in(app, again)
    answer_presses(app, minutes(9), minutes(9), lambda who, group: False)
    assert list(again.waiting()) == []
    assert rows(app) == ["done"]
    with app.db.read() as tx:
        incident = read_incident(tx, 1)
    assert incident is not None
    assert incident.acknowledged_by == "rina"


def test_a_press_that_is_in_both_is_done_once(app, spool):
    inbox(app, spool).hear("interactive", click("ack", 1, 1))
    with another_writes(app):
        inbox(app, spool).hear("interactive", click("ack", 1, 1))
    assert take_in(app, spool) == 0
    assert rows(app) == ["pending"]


def test_what_can_be_kept_nowhere_is_not_acknowledged(app):
    with another_writes(app), pytest.raises((TimeoutError, DatabaseProblem)):
        inbox(app, Spool(None)).hear("interactive", click("ack", 1, 1))


def test_a_press_half_written_was_never_acknowledged_and_is_left_out(app, spool, tmp_path):
    folder = Path(tmp_path / "siaga.db.presses")
    folder.mkdir()
    (folder / "abc.part").write_text('{"press": {"key": "abc"')
    (folder / "def.json").write_text("[]")
    assert take_in(app, spool) == 0
    assert rows(app) == []
