"""``siaga oncall``: who is on call, and taking, giving and swapping shifts without an editor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from alerting.hours import instant
from alerting.oncall import Schedule, gaps, shifts
from monitor.cli.language import _, person, told
from monitor.cli.opened import opened
from monitor.cli.options import config_option, utc
from monitor.cli.person import who_is, who_option
from monitor.jobs import oncall as job
from monitor.jobs import readiness
from monitor.jobs.rota import rota
from monitor.problems import Problem
from monitor.settings.durations import parse_duration
from monitor.settings.people import ScheduleSettings

AHEAD = timedelta(days=14)


@click.group(invoke_without_command=True)
@config_option
@click.pass_context
def oncall(context: click.Context, config: Path | None) -> None:
    """Who is on call now and next, and the gaps of the next 14 days."""
    if context.invoked_subcommand is None:
        _show(config)


def _show(config: Path | None) -> None:
    with opened(config, reads=True) as app:
        now = app.now()
        with app.db.read() as tx:
            whole = rota(app, tx, now)
        if not whole.schedules:
            click.echo(
                _("No schedule is in the config yet: see `schedules` in siaga.example.yaml.")
            )
        for schedule in whole.schedules.values():
            names = {slug: person.name for slug, person in whole.people.items()}
            click.echo(f"{schedule.slug} ({schedule.zone.key})")
            for line in lines_of(schedule, names, now):
                click.echo(f"  {line}")


def lines_of(schedule: Schedule, names: dict[str, str], now: datetime) -> list[str]:
    """Now, the next two, and the gaps."""
    found = [s for s in shifts(schedule, now - AHEAD, now + AHEAD) if s.end > now]

    say = person(schedule.zone.key)
    how = {
        "override": ", " + _("covering"),
        "fallback": ", " + _("the fallback: the rota has nobody"),
    }
    said = []
    for at, shift in enumerate(found[:3]):
        label = (_("now"), _("next"), _("then"))[at]
        who = names.get(shift.person, shift.person) or _("NOBODY")
        start = " " + _("from {time}", time=say.weekday(shift.start)) if at else ""
        until = ""
        if shift.end < now + AHEAD:
            until = " " + _("until {time}", time=say.weekday(shift.end))
        said.append(f"{label:<5} {who}{start}{until}{how.get(shift.why, '')}")
    for gap in gaps(schedule, now, now + AHEAD):
        start, end = say.weekday(gap.start), say.weekday(gap.end)
        label = _("gap")
        said.append(f"{label:<5} " + _("{start} to {end}: nobody", start=start, end=end))
    return said


def _schedule(app_schedules: list[str], named: str | None) -> str:
    if named:
        return named
    if len(app_schedules) != 1:
        known = ", ".join(app_schedules) or "none yet"
        raise Problem(f"say which schedule by --schedule; there are: {known}")
    return app_schedules[0]


def moment(told: str, schedules: Sequence[ScheduleSettings], slug: str, now: datetime) -> datetime:
    """A time as people say it: ``18:00`` (the next one, in the rota's zone), ``2h`` from now, or
    ``2026-03-02T18:00``. Raises Problem."""
    zone = next((ZoneInfo(s.time_zone) for s in schedules if s.slug == slug), ZoneInfo("UTC"))
    try:
        if len(told) == 5 and told[2] == ":":
            today = now.astimezone(zone).date()
            at = instant(today, time.fromisoformat(told), zone)
            return (
                at
                if at > now
                else instant(today + timedelta(days=1), time.fromisoformat(told), zone)
            )
        if "T" in told or " " in told:
            at = datetime.fromisoformat(told)
            local = at if at.tzinfo else instant(at.date(), at.time(), zone)
            return local.astimezone(UTC)
        return now + parse_duration(told)
    except ValueError:
        raise Problem(f"{told!r} is no time; write 18:00, 2h or 2026-03-02T18:00") from None


schedule_option = click.option("--schedule", help="Which rota, where there are several.")
reason_option = click.option("--reason", default="", help="Why; it is shown to the others.")


@oncall.command()
@config_option
@schedule_option
@who_option
@reason_option
@click.argument("name")
@click.argument("until", metavar="TIME")
def cover(
    config: Path | None, schedule: str | None, who: str | None, reason: str, name: str, until: str
) -> None:
    """Put NAME on call from now until TIME (18:00, 2h, or 2026-03-02T18:00)."""
    with opened(config, create=True) as app:
        now = app.now()
        slug = _schedule([s.slug for s in app.settings.schedules], schedule)
        end = moment(until, app.settings.schedules, slug, now)
        done = job.cover(app, name, slug, now, end, who=who_is(who), now=now, reason=reason)
        named = {"name": name, "schedule": slug, "time": utc(end)}
        click.echo(
            _(
                "{name} is on call in {schedule} in place of {other} until {time}.",
                other=done.instead_of,
                **named,
            )
            if done.instead_of
            else _("{name} is on call in {schedule} until {time}.", **named)
        )


@oncall.command()
@config_option
@schedule_option
@who_option
@reason_option
@click.argument("name")
def take(
    config: Path | None, schedule: str | None, who: str | None, reason: str, name: str
) -> None:
    """NAME takes the running shift, to its end."""
    with opened(config, create=True) as app:
        now = app.now()
        slug = _schedule([s.slug for s in app.settings.schedules], schedule)
        end = job.running_shift(app, slug, now).end
        job.cover(app, name, slug, now, end, who=who_is(who), now=now, reason=reason)
        click.echo(
            _(
                "{name} has the shift of {schedule} until {time}.",
                name=name,
                schedule=slug,
                time=utc(end),
            )
        )


@oncall.command()
@config_option
@schedule_option
@who_option
@click.argument("name")
def untake(config: Path | None, schedule: str | None, who: str | None, name: str) -> None:
    """NAME gives back the running shift they took."""
    with opened(config, create=True) as app:
        slug = _schedule([s.slug for s in app.settings.schedules], schedule)
        back = job.uncover(app, name, slug, app.now(), who=who_is(who))
        who_now = back or _("Nobody")
        click.echo(_("{name} is on call in {schedule} again.", name=who_now, schedule=slug))


@oncall.command()
@config_option
@schedule_option
@who_option
@reason_option
@click.argument("name")
@click.argument("other")
@click.argument("start", metavar="FROM")
@click.argument("until", metavar="TIME")
def swap(
    config: Path | None,
    schedule: str | None,
    who: str | None,
    reason: str,
    name: str,
    other: str,
    start: str,
    until: str,
) -> None:
    """OTHER is on call in place of NAME between FROM and TIME."""
    with opened(config, create=True) as app:
        now = app.now()
        slug = _schedule([s.slug for s in app.settings.schedules], schedule)
        begin = moment(start, app.settings.schedules, slug, now)
        end = moment(until, app.settings.schedules, slug, now)
        job.swap(app, name, other, slug, begin, end, who=who_is(who), now=now, reason=reason)
        click.echo(
            _(
                "{other} is on call in {schedule} in place of {name} for that time.",
                other=other,
                schedule=slug,
                name=name,
            )
        )


@oncall.command()
@config_option
def check(config: Path | None) -> None:
    """Who cannot be reached: no verified way, a role that names nobody, a test page unanswered.

    Exit code 0 where everybody can be reached, else 1.
    """
    with opened(config, reads=True) as app:
        found = readiness.check(app, app.now())
        named = bool(app.settings.people)
    for line in found:
        click.echo(f"! {told(line)}")
    if found:
        raise SystemExit(1)
    if not named:
        click.echo(
            _("The config names no `people`: pages go to whole channels, and nobody was checked.")
        )
        return
    click.echo(_("Everybody who can be paged can be reached."))


@oncall.command("test-page")
@config_option
@click.argument("name")
def test_page(config: Path | None, name: str) -> None:
    """Send NAME a page that is marked as a test, and keep what comes of it."""
    with opened(config, create=True) as app:
        sent = readiness.test_page(app, name, app.now())
        for page in sent:
            click.echo(
                _(
                    "A test goes to {name} by {way}; it is sent by the daemon.",
                    name=name,
                    way=page.way,
                )
            )
        click.echo(_("When it arrives: siaga oncall confirm {name}", name=name))


@oncall.command()
@config_option
@click.argument("name")
def confirm(config: Path | None, name: str) -> None:
    """NAME says that the test page has arrived: their way counts as verified."""
    with opened(config, create=True) as app:
        ways = readiness.confirm(app, name, app.now())
        click.echo(_("{name} can be reached by {ways}.", name=name, ways=", ".join(ways)))
