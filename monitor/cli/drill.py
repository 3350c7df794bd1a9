"""``siaga drill``: a storm that is played to the people on call, and the scorecard of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import click

from monitor.app import App
from monitor.cli.incident import Duration
from monitor.cli.opened import opened_at
from monitor.cli.options import NUMBER, config_option
from monitor.cli.person import who_is, who_option
from monitor.cli.remote import echo
from monitor.jobs.drill.follow import stop_drill
from monitor.jobs.drill.scorecard import lines, scorecard, title
from monitor.jobs.drill.start import LASTS, Wish, about, begun, start_drill
from monitor.problems import Problem
from monitor.store.drills import Drill, find_drill


@click.command()
@config_option
@who_option
@click.argument("scenario", required=False)
@click.option("--brand", default=None, metavar="SLUG", help="Whose people; default: the only one.")
@click.option(
    "--since", "age", type=Duration(), default="0s", help="The storm is so old already: 20m."
)
@click.option(
    "--for", "lasts", type=Duration(), default=LASTS, help="When it ends by itself; default 2h."
)
@click.option("--yes", is_flag=True, help="Do it; without this it is only said what would be.")
@click.option("--stop", is_flag=True, help="End the drill that runs.")
@click.option(
    "--number", type=NUMBER, default=None, help="Which drill's scorecard; default: latest."
)
@click.option("--json", "as_json", is_flag=True, help="The scorecard for programs.")
def drill(
    config: Path | None,
    who: str | None,
    scenario: str | None,
    brand: str | None,
    age: timedelta,
    lasts: timedelta,
    yes: bool,
    stop: bool,
    number: int | None,
    as_json: bool,
) -> None:
    """Play SCENARIO, a shipped one or a file, to the people on call; without one: the scorecard.

    The running daemon plays it. They are really paged; every message says DRILL, and afterwards
    nothing of it is left in what Siaga knows to be usual.
    """
    who = who_is(who)
    with opened_at(config, None) as (app, now):
        if scenario is None:
            found = _found(app, number)
            if stop and found.ended_at is not None:
                raise Problem(f"Drill {found.id} has ended already.")
            if stop:
                stop_drill(app, found, now, who)
            _show(app, _found(app, found.id), now, as_json)
            return
        wish = Wish(_brand(app, brand), _named(scenario), who, age, lasts)
        if not yes:
            echo(about(app, wish))
            raise Problem("Nothing was begun. If you mean it, say it again with --yes.")
        echo(begun(app, start_drill(app, wish, now)))


def _brand(app: App, named: str | None) -> str:
    known = [brand.slug for brand in app.settings.brands]
    if named is None and len(known) != 1:
        raise Problem(f"Say whose people by --brand; there are: {', '.join(known) or 'none'}.")
    return named or known[0]


def _named(scenario: str) -> str:
    """A file by its whole path: the daemon may run elsewhere."""
    return str(Path(scenario).resolve()) if scenario.endswith((".yaml", ".yml")) else scenario


def _found(app: App, number: int | None) -> Drill:
    with app.db.read() as tx:
        found = find_drill(tx, number)
    if found is None:
        raise Problem("No drill was ever held; `siaga drill kopi-senja` says what one would do.")
    return found


def _show(app: App, drill: Drill, now: datetime, as_json: bool) -> None:
    card = scorecard(app, drill, now)
    if as_json:
        echo(json.dumps(card.as_json(), indent=1, ensure_ascii=False))
        return
    echo(title(app, drill))
    for line in lines(app, card):
        echo(f"  {line}")
