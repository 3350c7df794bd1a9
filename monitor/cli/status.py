"""``siaga status``: how the daemon and its sources are doing."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click
import orjson

from alerting.channels.sanitize import one_line, safe_url
from alerting.messages.wording import platform_name
from monitor.cli.language import _
from monitor.cli.opened import opened_at
from monitor.cli.options import config_option, count_of
from monitor.cli.remote import SERVED, echo, is_watched, raise_unless_silent
from monitor.jobs.budgets import Budget
from monitor.jobs.views.overview import Overview, overview
from monitor.jobs.views.troubles import advice, troubles
from monitor.store.exclusions import Exclusion
from monitor.store.outbox.write import OPEN
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
        echo(_as_json(view, alive, grave, mild))
    else:
        for line in _status_lines(view, alive, [*grave, *mild, *advice(view)]):
            echo(line)
    sys.exit(0 if alive and not grave and not mild else 1)


def _as_json(view: Overview, alive: bool, grave: list[str], mild: list[str]) -> str:
    body = {"alive": alive, "reasons": grave, "attention": mild, "overview": view}
    return orjson.dumps(body, default=str, option=orjson.OPT_INDENT_2).decode()


def _status_lines(view: Overview, alive: bool, troubles: list[str]) -> list[str]:
    lines = [_alive(view, alive), ""]
    if not view.brands:
        lines.append("No brand is configured yet.")
    for brand in view.brands:
        heard = (
            f"heard until {_at(brand.closed_until)}"
            if brand.closed_until
            else "its first five minutes are not over yet"
        )
        learning = f", learning until {_at(brand.learning_until)}" if brand.learning_until else ""
        shadow = ", shadow" if brand.mode == "shadow" else ""
        lines.append(f"{brand.name} ({brand.slug}): {heard}{learning}{shadow}")
        lines += [f"  {_source(s, view)}" for s in view.sources if s.brand == brand.slug]
        lines += [f"  {_budget(b)}" for b in view.budgets if b.brand == brand.slug]
        lines += [f"  {_standing(s)}" for s in view.standings if s.brand == brand.slug]
        lines += [f"  {_left_out(one, n)}" for one, n in view.left_out if one.brand == brand.slug]
    shared = [s for s in view.sources if s.brand not in {b.slug for b in view.brands}]
    lines += ["every brand:", *(f"  {_source(s, view)}" for s in shared)] if shared else []
    lines.append("")
    lines += [
        f"incident {i.id}: {i.severity} {i.brand}, {i.state} since {_at(i.opened_at)}"
        for i in view.open
    ] or ["No incident is open."]
    if view.not_shown:
        lines.append(f"… and {view.not_shown:,} more; see `siaga incident list`")
    lines.append(_waiting(view))
    lines += _held(view)
    return lines + [f"! {trouble}" for trouble in troubles]


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
        return "No daemon has run on this database yet; start one with `siaga run`."
    if not alive:
        return f"The daemon is NOT running: its last sign of life was {_at(view.heartbeat.at)}."
    ago = (view.wall - view.heartbeat.at).total_seconds()
    return f"The daemon is running (last sign of life {max(0, round(ago))} s ago)."


def _source(source: SourceState, view: Overview) -> str:
    title = f"{source.title:<28}"
    share = view.unseen.get(source.id)
    unseen = f"; {share:.0%} of the last 24 h was not seen" if share else ""
    if source.health != "ok":
        since = f" since {_at(source.health_since)}" if source.health_since else ""
        return f"{title} {source.health}{since}: {source.health_reason}{unseen}"
    if source.recorded:
        return f"{title} a file: its mentions are listed and count for nothing"
    asked = f"asked up to {_at(source.polled_until)}" if source.polled_until else "not asked yet"
    told = f"{title} ok, {asked}{unseen}"
    if source.skipped:
        told += f"; {source.skipped:,} could not be read"
    if source.undated:
        told += f"; {source.undated:,} had no time that can be believed"
    if source.empty_since:
        told += f"; {_empty(source)}"
    return told


def _budget(budget: Budget) -> str:
    told = f"{budget.source:<28} {budget.spent:.2f} of {budget.limit:g} {budget.unit} spent today"
    if budget.spent >= budget.limit:
        return f"{told}: all of it, until 00:00 UTC"
    if budget.gone_at is None:
        return told
    return f"{told}; all of it by {budget.gone_at:%H:%M} UTC at this rate"


def _standing(standing: ShownStanding) -> str:
    what = f"{standing.subject_kind} {one_line(standing.title)[:60] or standing.subject}"
    reason = f": {one_line(standing.reason)}" if standing.reason else ""
    url = safe_url(standing.url)
    return (
        f"{platform_name(standing.platform)} {what} {standing.state} "
        f"since {_at(standing.since)}{reason}{f' {url}' if url else ''}"
    )


def _left_out(one: Exclusion, count: int) -> str:
    told = f"{one.words!r} is left out since {_at(one.at)} ({one.who})"
    return f"{told}: {count:,} in 7 days; see `siaga exclusions show {one.id}`"


def _held(view: Overview) -> list[str]:
    """What quiet hours and page budgets hold: it is not late, it waits."""
    found = []
    if view.held:
        until = _at(view.held.until)
        found.append(f"{view.held.count} message(s) wait for quiet hours to end at {until}.")
    for person in dict.fromkeys(page.person for page in view.late):
        mine = [page for page in view.late if page.person == person]
        why = {"quiet": "quiet hours", "budget": "page budget"}[mine[-1].why]
        incidents = ", ".join(f"incident {n}" for n in dict.fromkeys(p.incident for p in mine))
        found.append(
            f"{len(mine)} page(s) wait for {person} until {_at(mine[-1].held_until)} ({why}): "
            f"{incidents}."
        )
    return found


def _waiting(view: Overview) -> str:
    count = sum(view.outbox.counts.get(state, 0) for state in OPEN)
    count -= view.held.count if view.held else 0
    if not count:
        return "No message waits to be sent."
    since = view.outbox.waiting_since
    late = f", the oldest since {_at(since)}" if since else ""
    why = f" ({view.outbox.last_error})" if view.outbox.last_error else ""
    return (
        f"{count_of(count, 'message')} {'waits' if count == 1 else 'wait'} to be sent{late}{why}."
    )


def _at(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "?"
