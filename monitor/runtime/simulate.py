"""Playing: the daemon's own jobs in virtual time, as fast as they can go or as slow as is asked.

One loop for the demo, replays and tests: poll every source up to the same moment, move the clock
there, evaluate, deliver. The position is stored with each page, so that a play that was killed goes
on where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Event
from uuid import uuid4

from monitor.app import App
from monitor.clock import ManualClock, monotonic, wait
from monitor.jobs.deliver.deliver import deliver
from monitor.jobs.evaluate import evaluate
from monitor.jobs.poll.poll import Polled, poll, sync_sources
from monitor.jobs.respond.figures import show_figures
from monitor.model import BUCKET
from monitor.problems import Problem
from monitor.runtime.leap import Leaper
from monitor.store.meta import get_meta, put_meta
from monitor.store.sources import change, claim, source_states

LEASE = timedelta(minutes=5)


class PlayProblem(Problem):
    """What is played cannot be read, in the connector's own words."""


@dataclass(slots=True)
class Played:
    """What a play has done so far. ``position``: the domain's time; ``new``: mentions stored;
    ``ended``: every source was told to its end."""

    position: datetime
    new: int = 0
    pages: int = 0
    ended: bool = False

    def add(self, pages: int, new: int) -> None:
        """So much more was read."""
        self.pages, self.new = self.pages + pages, self.new + new


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast domain time may go: ``speed`` 1 is real time, 60 a minute in a second, None as
    fast as it can. ``stop`` ends the play after the round under way."""

    speed: float | None
    stop: Event


def play(
    app: App,
    clock: ManualClock,
    *,
    on_tick: Callable[[Played], None] = lambda _: None,
    step: Callable[[datetime], timedelta] = lambda _: BUCKET,
    pace: Pace | None = None,
    tell: Callable[[], object] | None = None,
    leaps: bool = True,
) -> Played:
    """Play every source of ``app`` to its end, or until ``pace.stop``. ``app.now`` is ``clock``.

    ``step`` is how far a round goes, given where it begins: longer is quicker, and sees an event
    that much later. Where a replay goes as fast as can be, a card shows how its incident stood when
    something was last told of it, and in the end how it stands; what nothing new happens in is
    leapt over, where one file alone is played, to the same end (``leaps`` False: step by step). A
    source that cannot be read is asked again in each round. ``tell`` delivers after each step
    (default: what is due). Raises ``PlayProblem`` where none can be read.
    """
    app = replace(app, at_will=app.replay and (pace is None or pace.speed is None))
    tell = tell or (lambda: deliver(app, app.wall()))
    waiting, at = _begin(app, clock)
    played, began, beginning = Played(clock()), monotonic(), clock()
    leaper = Leaper(app, waiting[0]) if leaps and len(waiting) == 1 else None
    while waiting:
        if leaper and step(at) == BUCKET and (leapt := leaper.leap(at)):
            clock.advance_to(at := leapt.until)  # with nothing to tell, before it and after it
            played.add(leapt.pages, leapt.new)
        else:
            waiting, at = _step(app, clock, waiting, at + step(at), played)
            if app.at_will and not waiting:
                show_figures(app, clock())
            tell()
        played.position, played.ended = clock(), not waiting
        on_tick(played)
        if pace and _held_back(pace, monotonic() - began, clock() - beginning):
            break
    return played


def _step(
    app: App, clock: ManualClock, sources: list[int], target: datetime, played: Played
) -> tuple[list[int], datetime]:
    """One round of polls and an evaluation; the sources that have more, and up to when all of
    them have told."""
    rounds = {source: _advance(app, source, target, played) for source in sources}
    clock.advance_to(at := _reached(rounds, target))
    _remember(app, clock())
    evaluate(app, clock(), strict=True)
    return [source for source in sources if not rounds[source].done], at


def drain(app: App, stop: Event, patience: timedelta = timedelta(minutes=2)) -> bool:
    """Deliver until nothing is left to be told, in real time; True if nothing is. Gives up when
    stopped, and when the next try is further away than ``patience``."""
    while True:
        due = deliver(app, app.wall()).next_due
        if due is None:
            return True
        ahead = due - app.wall()
        if ahead > patience or wait(stop, ahead.total_seconds()):
            return False


def _remember(app: App, reached: datetime) -> None:
    """Keep how far time has come, before it is evaluated: a play that was killed must not
    evaluate at an earlier time than it had."""
    with app.db.write(durable=False) as tx:
        put_meta(tx, "thought", {"at": reached.isoformat()})


def _begin(app: App, clock: ManualClock) -> tuple[list[int], datetime]:
    """The sources to play, and from when. A play that was killed goes on at its position: the
    leases it held are free again, and what was stored but not evaluated is evaluated."""
    with app.db.read() as tx:
        position, thought = get_meta(tx, "position"), get_meta(tx, "thought")
    at = datetime.fromisoformat(position["at"]) if position else clock()
    clock.advance_to(datetime.fromisoformat(thought["at"]) if thought else at)
    clock.advance_to(at)
    sync_sources(app, app.wall())
    with app.db.write() as tx:
        found = [source.id for source in source_states(tx)]
        for source in found:
            change(tx, source, None, {"lease_token": None, "lease_until": None})
    if position:
        evaluate(app, clock(), strict=True)
        deliver(app, app.wall())
    return found, at


def _advance(app: App, source: int, target: datetime, played: Played) -> Polled:
    """Poll one source until it has told everything up to ``target``, or can tell no more."""
    while True:
        token, wall = uuid4().hex, app.wall()
        with app.db.write(durable=False) as tx:
            if not claim(tx, source, token, wall, wall + LEASE):
                raise PlayProblem("another process plays into this database; stop that one first.")
        done = poll(app, source, token, target, wall, max_pages=1)
        played.add(done.pages, done.new)
        if done.done or done.error or (done.position and done.position >= target):
            return done


def _reached(rounds: dict[int, Polled], target: datetime) -> datetime:
    """Up to when everything that is still told has been told. A source that cannot be read, and
    one that has ended, holds nobody back."""
    if all(polled.error for polled in rounds.values()):
        raise PlayProblem(next(polled.error for polled in rounds.values()))
    told = [p.position for p in rounds.values() if p.position and not p.error and not p.done]
    ended = [p.position for p in rounds.values() if p.position and p.done]
    return min(told, default=max(ended, default=target))


def _held_back(pace: Pace, spent_s: float, played: timedelta) -> bool:
    """Wait until the domain's time is due at this pace; True if the play shall end."""
    if pace.speed is None:
        return pace.stop.is_set()
    return wait(pace.stop, played.total_seconds() / pace.speed - spent_s)
