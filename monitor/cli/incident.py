"""``siaga incident``: what people do by command goes through the same job as Slack's buttons."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from alerting.decide.actions import Kind
from alerting.i18n import languages
from alerting.messages.context import MessageContext
from alerting.model import Incident
from monitor.app import App
from monitor.cli.explain import print_incident
from monitor.cli.fixture import write_fixture
from monitor.cli.incident_text import listed, shown
from monitor.cli.language import _, language, person, told
from monitor.cli.opened import opened_at
from monitor.cli.options import NUMBER, config_option, database_option
from monitor.cli.person import who_is, who_option
from monitor.cli.remote import SERVED, echo, is_watched, raise_unless_silent, unattended
from monitor.jobs.respond.act import Action, act, waiting
from monitor.jobs.respond.context import message_context
from monitor.jobs.respond.paging import Paging
from monitor.jobs.respond.routing import brand_name, localizer_for
from monitor.jobs.views.export import exported
from monitor.jobs.views.look_back import as_markdown
from monitor.jobs.views.overview import overview
from monitor.jobs.views.troubles import troubles
from monitor.model import is_drill
from monitor.problems import Problem, no_brand
from monitor.settings.durations import parse_duration
from monitor.store.engine import Transaction
from monitor.store.incidents import list_incidents

COUNTED = 20
"""Of so many incidents a list says how many mentions they are and what about: that is counted and
read anew for each."""

Command = TypeVar("Command", bound=Callable[..., Any])


class Duration(click.ParamType[timedelta]):
    """``90s``, ``2h`` …"""

    name = "duration"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta:
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(told(error), param, ctx)


def of_one_incident(command: Command) -> Command:
    """The options of a command that does something to one incident, named by its number."""
    number = click.argument("number", type=NUMBER, metavar="INCIDENT")
    return database_option(config_option(who_option(number(command))))


@click.group()
def incident() -> None:
    """What is going on, and what you do about it."""


@incident.command("list")
@database_option
@config_option
@click.option("--all", "every", is_flag=True, help="Those that are over, too.")
@click.option("--brand", default=None, metavar="SLUG", help="Of one brand only.")
@click.option("--limit", type=NUMBER, default=200, show_default=True, help="How many.")
def list_(
    config: Path | None, database: str | None, every: bool, brand: str | None, limit: int
) -> None:
    """Incidents that are not over, most severe first."""
    with opened_at(config, database) as (app, now):
        if brand is not None and brand not in app.brands:
            raise Problem(no_brand(brand, app.brands))
        with app.db.read() as tx:
            found = list_incidents(tx, brand=brand, every=every, limit=None)
            rows = [_in_line(app, tx, one, now, n < COUNTED) for n, one in enumerate(found[:limit])]
        for line in listed(rows):
            echo(line)
        if len(found) > limit:
            shown_of = _(
                "{limit} of {count} are shown; --limit shows more, --brand only its own.",
                limit=person().number(limit),
                count=person().number(len(found)),
            )
            echo(shown_of)
        unwatched = unattended(app) if rows else []
        if not (rows or every or database or app.replay):
            unwatched = [f"! {trouble}" for trouble in _unwatched(app, config, now)]
    if not rows:
        echo(_("No incident is known.") if every else _("No incident is open."))
    for trouble in unwatched:
        echo(trouble)


def _unwatched(app: App, config: Path | None, now: datetime) -> list[str]:
    """What keeps Siaga from seeing an incident: that none is open says nothing then. Raises
    ``NotHere`` where the daemon itself knows more."""
    served, view = SERVED.get(), overview(app, now, app.wall())
    if not is_watched(app, view.alive):
        raise_unless_silent(config)
        return [_("no daemon runs, so nothing is watched; see `siaga status`")]
    reported = served.status() if served else view.heartbeat.status if view.heartbeat else {}
    return troubles(view, reported, person())[0]


def _in_line(
    app: App, tx: Transaction, incident: Incident, now: datetime, counted: bool
) -> MessageContext:
    """What a line about an incident says of it; ``counted``: with its figures and words."""
    say = person(localizer_for(app, incident.brand).zone)
    if counted:
        return message_context(app, tx, incident, now, paged=Paging(), say=say)
    return MessageContext(incident, brand_name(app, incident.brand), say, now)


@incident.command()
@database_option
@config_option
@click.argument("number", type=NUMBER, metavar="INCIDENT")
def show(config: Path | None, database: str | None, number: int) -> None:
    """The facts, the evidence, and everything that was decided, with reasons."""
    print_incident(config, database, number, shown)


@incident.command()
@database_option
@config_option
@who_option
@click.argument("numbers", type=NUMBER, nargs=-1, metavar="[INCIDENT]...")
@click.option("--all", "every", is_flag=True, help="Every incident nobody has acknowledged.")
@click.option("--brand", default=None, metavar="SLUG", help="Those of one brand.")
@click.option("--reason", default="", help="Put into the thread.")
def ack(
    config: Path | None,
    database: str | None,
    who: str | None,
    numbers: tuple[int, ...],
    every: bool,
    brand: str | None,
    reason: str,
) -> None:
    """Take it on: the ladder stops, and everybody sees who has it."""
    if bool(numbers) + every + (brand is not None) != 1:
        raise click.UsageError(_("Name incidents by their numbers, or say --all, or --brand SLUG."))
    who = who_is(who)
    answers: list[str] = []
    refusals: list[str] = []
    with opened_at(config, database) as (app, now):
        if brand is not None and brand not in app.brands:
            raise Problem(no_brand(brand, app.brands))
        for number in numbers or waiting(app, brand):
            acted = act(app, Action("ack", who, number, reason=reason), now, language=language())
            (answers if acted.done else refusals).append(acted.answer)
        answers += unattended(app) if answers else []
    for answer in answers:
        echo(answer)
    if refusals:
        raise Problem(" ".join(refusals))
    if not answers:
        echo(_("No incident is waiting for anybody."))


@incident.command()
@of_one_incident
@click.option("--reason", default="", help="Put into the thread.")
@click.option("--not-a-crisis", is_flag=True, help="A false alarm: kept as such for tuning.")
def resolve(
    config: Path | None,
    database: str | None,
    who: str | None,
    number: int,
    reason: str,
    not_a_crisis: bool,
) -> None:
    """Close it. What is still going on of it is not told again unless it gets worse."""
    kind: Kind = "not_a_crisis" if not_a_crisis else "resolve"
    _act(config, database, kind, number, who, reason=reason)


@incident.command()
@of_one_incident
@click.option("--for", "duration", type=Duration(), required=True, help="30m, 2h; at most 24h.")
@click.option("--reason", required=True, help="Put into the thread.")
def snooze(
    config: Path | None,
    database: str | None,
    who: str | None,
    number: int,
    duration: timedelta,
    reason: str,
) -> None:
    """Mute it for a while. It wakes when it gets worse, or at the end if it still goes on."""
    _act(config, database, "snooze", number, who, reason=reason, duration=duration)


@incident.command()
@of_one_incident
@click.option("--reason", default="", help="Put into the thread.")
def reopen(
    config: Path | None, database: str | None, who: str | None, number: int, reason: str
) -> None:
    """Open it again: it was closed too early."""
    _act(config, database, "reopen", number, who, reason=reason)


@incident.command()
@of_one_incident
@click.argument("text")
def note(
    config: Path | None, database: str | None, who: str | None, number: int, text: str
) -> None:
    """Write something down in its timeline and thread, also of what is over."""
    _act(config, database, "note", number, who, reason=text)


@incident.command()
@of_one_incident
@click.argument("item")
def check(
    config: Path | None, database: str | None, who: str | None, number: int, item: str
) -> None:
    """Tick off an ITEM of its playbook's checklist, by its id: `capture`, `publish` …"""
    _act(config, database, "check", number, who, label=item)


@incident.command()
@of_one_incident
@click.option("--for", "duration", type=Duration(), required=True, help="How long: 90d, 52w.")
@click.option("--reason", required=True, help="Why; put into the timeline and thread.")
def hold(
    config: Path | None,
    database: str | None,
    who: str | None,
    number: int,
    duration: timedelta,
    reason: str,
) -> None:
    """Legal hold: keep what was said of it beyond its retention. A removal still takes it away."""
    _act(config, database, "hold", number, who, reason=reason, duration=duration)


@incident.command()
@of_one_incident
@click.option("--reason", default="", help="Put into the timeline and thread.")
def release(
    config: Path | None, database: str | None, who: str | None, number: int, reason: str
) -> None:
    """End its legal hold; retention goes on as if there had been none."""
    _act(config, database, "release", number, who, reason=reason)


@incident.command()
@database_option
@config_option
@click.argument("number", type=NUMBER, metavar="INCIDENT")
@click.option("--json", "as_json", is_flag=True, help="For programs, in place of Markdown.")
@click.option(
    "--fixture",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also keep its counts in this folder, for `siaga backtest --counts`.",
)
@click.option(
    "--language", type=click.Choice(languages()), help="Of the words; default: the brand's."
)
def export(
    config: Path | None,
    database: str | None,
    number: int,
    as_json: bool,
    fixture: Path | None,
    language: str | None,
) -> None:
    """Timeline, who did what when, how long it took, what was missed, evidence."""
    with opened_at(config, database) as (app, now):
        found = exported(app, number, now, language)
        if found is None:
            raise Problem(f"There is no incident {number}.")
        if fixture is not None and is_drill(found.incident.brand):
            raise Problem("A drill is no history: its counts are not kept.")
        if fixture is not None:
            write_fixture(fixture, app, found.incident)
    if as_json:
        echo(json.dumps(found.as_json(), indent=1, ensure_ascii=False))
        return
    for line in as_markdown(found):
        echo(line)


def _act(
    config: Path | None, database: str | None, kind: Kind, number: int, who: str | None, **more: Any
) -> None:
    """Do it, say what was done. What cannot be done is one sentence and exit code 1."""
    who = who_is(who)
    with opened_at(config, database) as (app, now):
        acted = act(app, Action(kind, who, number, **more), now, language=language())
        besides = unattended(app)
    if not acted.done:
        raise Problem(acted.answer)
    for line in (acted.answer, *besides):
        echo(line)
