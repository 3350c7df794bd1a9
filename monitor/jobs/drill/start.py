"""Beginning a drill: a row, which whoever plays finds. Nothing is played here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.i18n import Localizer
from connectors.base import Rejected
from connectors.simulated.scenario import load_scenario
from monitor.app import App, command_of
from monitor.jobs.respond.routing import brand_name, destinations, localizer_for
from monitor.jobs.views.overview import SILENT
from monitor.model import BUCKET, URGENT
from monitor.problems import Problem
from monitor.store.drills import Drill, add_drill, running
from monitor.store.engine import Transaction
from monitor.store.incidents import list_incidents
from monitor.store.overview import heartbeat

LASTS = timedelta(hours=2)
"""How long a drill may go on where nobody ends it."""

LONGEST = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be played to whom. ``age``: how old the storm is at the start, so that it need not
    be waited for; ``lasts``: when it ends by itself."""

    brand: str
    scenario: str
    who: str
    age: timedelta = timedelta(0)
    lasts: timedelta = LASTS


def start_drill(app: App, wish: Wish, now: datetime) -> Drill:
    """Begin it. Raises Problem with one sentence, in the brand's language, where it cannot be."""
    with app.db.write() as tx:
        drill = start_in(app, tx, wish, now)
    app.wake()
    return drill


def start_in(app: App, tx: Transaction, wish: Wish, now: datetime) -> Drill:
    """The same within a transaction."""
    check_drill(app, wish)
    if refusal := _not_now(app, tx, wish.brand, localizer_for(app, wish.brand)):
        raise Problem(refusal)
    start, end = now - wish.age, now + wish.lasts
    brand, scenario = wish.brand, wish.scenario
    return add_drill(tx, brand, scenario, wish.who, now=now, storm_at=start, until=end)


def check_drill(app: App, wish: Wish) -> None:
    """Raises Problem where such a drill can never be."""
    say = localizer_for(app, wish.brand)
    known = {brand.slug for brand in app.settings.brands}
    if wish.brand not in known:
        names = ", ".join(sorted(known)) or say._("none")
        there = {"name": wish.brand, "names": names}
        raise Problem(say._("There is no brand {name}; there are: {names}.", **there))
    try:
        scenario = load_scenario(wish.scenario)
    except Rejected as error:
        raise Problem(str(error)[:1].upper() + str(error)[1:]) from None
    crisis = next((event for event in scenario.events if event.kind == "crisis"), None)
    if crisis is None:
        raise Problem(say._("The scenario {name} has no crisis to drill.", name=wish.scenario))
    if not BUCKET <= wish.lasts <= LONGEST or not timedelta(0) <= wish.age <= crisis.hold:
        raise Problem(
            say._(
                "A drill lasts at most {longest}, and its storm is at most {age} old at the start.",
                longest=say.duration(LONGEST),
                age=say.duration(crisis.hold),
            )
        )


def about(app: App, wish: Wish) -> str:
    """What would happen, for whoever is asked whether it shall. Raises Problem as ``check``."""
    check_drill(app, wish)
    say = localizer_for(app, wish.brand)
    channel, place = destinations(app, wish.brand)
    return say._(
        "This plays “{title}” to the people of {brand} for at most {span}: they are really paged "
        "({channel} {place}), every message says DRILL, and nothing of it stays in what is usual.",
        title=load_scenario(wish.scenario).title,
        brand=brand_name(app, wish.brand),
        span=say.duration(wish.lasts),
        channel=channel,
        place=place,
    )


def begun(app: App, drill: Drill) -> str:
    """What is told to whoever began it."""
    say = localizer_for(app, drill.brand)
    return say._(
        "Drill {id} has begun; it ends at {when} at the latest, when its incident is resolved, or "
        "by `{command} drill --stop`.",
        id=drill.id,
        when=say.moment(drill.until, drill.started_at),
        command=command_of(app.settings),
    )


def _not_now(app: App, tx: Transaction, brand: str, say: Localizer) -> str:
    """Why it cannot be now; "" where it can. While something urgent is real nobody is drilled."""
    if going := next((d for d in running(tx) if d.brand == brand), None):
        return say._("Drill {id} of this brand is still running.", id=going.id)
    real = [one for one in list_incidents(tx, brand=brand) if one.severity in URGENT and one.told]
    if real:
        return say._("Incident {id} is open and real: no drill now.", id=real[0].id)
    alive = heartbeat(tx)
    if alive is None or app.wall() - alive.at > SILENT:
        return say._("No daemon is running that could play it: start `siaga run` first.")
    return ""
