"""``siaga status``: how the daemon and its sources are doing."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click
import orjson

from alerting.channels.sanitize import one_line, safe_url
from alerting.messages.wording import platform_name, state_word
from monitor.cli.language import _, n_, person, told
from monitor.cli.opened import opened_at
from monitor.cli.options import config_option, utc
from monitor.cli.remote import SERVED, echo, is_watched, raise_unless_silent
from monitor.jobs.budgets import Budget
from monitor.jobs.views.overview import BrandView, Overview, overview
from monitor.jobs.views.troubles import advice, troubles
from monitor.store.exclusions import Exclusion
from monitor.store.outbox.write import OPEN
from monitor.store.overview import ShownIncident
from monitor.store.own_content import ShownStanding
from monitor.store.source_state import SourceState


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(config: Path | None, as_json: bool) -> None:
    """Sources and their health, what is being learned, what waits to be sent.

    Exit code 0 if a daemon runs and nothing is blind or undelivered, else 1.
    """
    served = SERVED.get()
    with opened_at(config, None) as (app, now):
        view = overview(app, now, app.wall())
    reported = served.status() if served else view.heartbeat.status if view.heartbeat else {}
    alive = is_watched(app, view.alive)
    if not alive:  # it may run, and only be unable to say so in its database
        raise_unless_silent(config)
    grave, mild = troubles(view, reported)
    if as_json:
        echo(in_json(view, alive, grave, mild))
    else:
        said = person()
        wrong = [trouble for kind in troubles(view, reported, said) for trouble in kind]
        for line in _status_lines(view, alive, [*wrong, *advice(view, said)]):
            echo(line)
    sys.exit(0 if alive and not grave and not mild else 1)


def in_json(view: Overview, alive: bool, grave: list[str], mild: list[str]) -> str:
    """How everything stands, for programs; ``unseen`` is by the number of a source."""
    body = {"alive": alive, "reasons": grave, "attention": mild, "overview": view}
    how = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(body, default=str, option=how).decode()


def _status_lines(view: Overview, alive: bool, troubles: list[str]) -> list[str]:
    lines = [_alive(view, alive), ""]
    if not view.brands:
        lines.append(_("No brand is configured yet."))
    for brand in view.brands:
        lines.append(f"{brand.name} ({brand.slug}): {_heard(brand)}")
        lines += [f"  {_source(s, view)}" for s in view.sources if s.brand == brand.slug]
        lines += [f"  {_budget(b)}" for b in view.budgets if b.brand == brand.slug]
        lines += [f"  {_standing(s)}" for s in view.standings if s.brand == brand.slug]
        lines += [f"  {_left_out(one, n)}" for one, n in view.left_out if one.brand == brand.slug]
    shared = [s for s in view.sources if s.brand not in {b.slug for b in view.brands}]
    every = _("every brand")
    lines += [f"{every}:", *(f"  {_source(s, view)}" for s in shared)] if shared else []
    lines.append("")
    lines += [_incident(one) for one in view.open] or [_("No incident is open.")]
    if view.not_shown:
        more = person().number(view.not_shown)
        lines.append(_("… and {count} more; see `siaga incident list`", count=more))
    lines.append(_waiting(view))
    lines += _held(view)
    return lines + [f"! {trouble}" for trouble in troubles]


def _heard(brand: BrandView) -> str:
    heard = [_("what is heard is not complete yet")]
    if brand.closed_until:
        heard = [_("heard until {when}", when=_at(brand.closed_until))]
    if brand.learning_until:
        heard.append(_("learning until {when}", when=_at(brand.learning_until)))
    if brand.mode == "shadow":
        heard.append(_("shadow"))
    return ", ".join(heard)


def _incident(one: ShownIncident) -> str:
    return _(
        "incident {id}: {severity} {brand}, {state} since {time}",
        id=one.id,
        severity=one.severity,
        brand=one.brand,
        state=state_word(person(), one.state),
        time=_at(one.opened_at),
    )


def so_far(empty: str) -> str:
    """What a source that was never anything but empty has shown."""
    if empty == "list":
        return _("it has not shown a single entry so far")
    return _("its search has found nothing so far")


def _empty(source: SourceState) -> str:
    since = _at(source.empty_since)
    if source.empty == "list":
        return _("it has not shown a single entry since {time}", time=since)
    return _("its search has found nothing since {time}", time=since)


def _alive(view: Overview, alive: bool) -> str:
    if view.heartbeat is None:
        return _("No daemon has run on this database yet; start one with `siaga run`.")
    last = _at(view.heartbeat.at)
    if not alive:
        return _("The daemon is NOT running: its last sign of life was {time}.", time=last)
    ago = max(0, round((view.wall - view.heartbeat.at).total_seconds()))
    return _("The daemon is running (last sign of life {seconds} s ago).", seconds=ago)


def _source(source: SourceState, view: Overview) -> str:
    title, say = f"{source.title:<28}", person()
    share = view.unseen.get(source.id)
    missed = _("{share} of the last 24 h was not seen", share=f"{share or 0:.0%}")
    unseen = f"; {missed}" if share else ""
    if source.health != "ok":
        return f"{title} {_health(source)}: {told(source.health_reason)}{unseen}"
    if source.recorded:
        listed = _("a file: its mentions are listed and count for nothing")
        return f"{title} {listed}"
    asked = _("not asked yet")
    if source.polled_until:
        asked = _("asked up to {time}", time=_at(source.polled_until))
    found = [f"{title} ok, {asked}{unseen}"]
    if source.skipped:
        found.append(_("{count} could not be read", count=say.number(source.skipped)))
    if source.undated:
        undated = say.number(source.undated)
        found.append(_("{count} had no time that can be believed", count=undated))
    if source.empty_since:
        found.append(_empty(source))
    return "; ".join(found)


def _health(source: SourceState) -> str:
    words = {"blind": _("blind"), "degraded": _("degraded")}
    health = words.get(source.health, source.health)
    if source.health_since is None:
        return health
    return _("{health} since {time}", health=health, time=_at(source.health_since))


def _budget(budget: Budget) -> str:
    today = _(
        "{spent} of {limit} {unit} spent today",
        spent=f"{budget.spent:.2f}",
        limit=f"{budget.limit:g}",
        unit=budget.unit,
    )
    line = f"{budget.source:<28} {today}"
    if budget.spent >= budget.limit:
        return line + ": " + _("all of it, until 00:00 UTC")
    if budget.gone_at is None:
        return line
    by = f"{budget.gone_at:%H:%M} UTC"
    return line + "; " + _("all of it by {time} at this rate", time=by)


def _standing(standing: ShownStanding) -> str:
    what = f"{standing.subject_kind} {one_line(standing.title)[:60] or standing.subject}"
    reason = f": {one_line(standing.reason)}" if standing.reason else ""
    url = safe_url(standing.url)
    since = _(
        "{platform} {what} {state} since {time}",
        platform=platform_name(standing.platform),
        what=what,
        state=standing.state,
        time=_at(standing.since),
    )
    return f"{since}{reason}{f' {url}' if url else ''}"


def _left_out(one: Exclusion, count: int) -> str:
    return _(
        "{words} is left out since {time} ({who}): {count} in 7 days; "
        "see `siaga exclusions show {id}`",
        words=repr(one.words),
        time=_at(one.at),
        who=one.who,
        count=person().number(count),
        id=one.id,
    )


def _held(view: Overview) -> list[str]:
    """What quiet hours and page budgets hold: it is not late, it waits."""
    found = []
    if view.held:
        quiet = _(
            "{count} message(s) wait for quiet hours to end at {time}.",
            count=view.held.count,
            time=_at(view.held.until),
        )
        found.append(quiet)
    for whose in dict.fromkeys(page.person for page in view.late):
        mine = [page for page in view.late if page.person == whose]
        why = {"quiet": _("quiet hours"), "budget": _("page budget")}[mine[-1].why]
        numbers = dict.fromkeys(page.incident for page in mine)
        incidents = [_("incident {id}", id=number) for number in numbers]
        late = _(
            "{count} page(s) wait for {person} until {time} ({why}): {incidents}.",
            count=len(mine),
            person=whose,
            time=_at(mine[-1].held_until),
            why=why,
            incidents=", ".join(incidents),
        )
        found.append(late)
    return found


def _waiting(view: Overview) -> str:
    count = sum(view.outbox.counts.get(state, 0) for state in OPEN)
    count -= view.held.count if view.held else 0
    if not count:
        return _("No message waits to be sent.")
    since = view.outbox.waiting_since
    late = ", " + _("the oldest since {time}", time=_at(since)) if since else ""
    why = f" ({told(view.outbox.last_error)})" if view.outbox.last_error else ""
    waits = n_("{n} message waits to be sent", "{n} messages wait to be sent", count)
    return f"{waits}{late}{why}."


def _at(moment: datetime | None) -> str:
    return utc(moment) if moment else "?"
