"""What happens in the worlds: a storm, people who answer it, and what they press."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from fakes.slack_socket import click, filled_in
from history.world import World

from monitor.model import Signal

MINUTE = 60.0


def storm_that_goes_on(world: World, minutes: int = 12) -> None:
    """A signal whose figures move every minute: the card changes, and the thread goes on."""
    first = world.storm(0)
    for minute in range(minutes):
        at = world.moment(minute * MINUTE)
        world.at(minute * MINUTE, partial(_heard, replace(first, at=at, observed=212.0 + minute)))


def _heard(signal: Signal, world: World) -> None:
    world.signal(signal)


def pressed(world: World, second: float, action: str, number: int = 0, **how: Any) -> None:
    """Somebody presses a button of incident 1 then."""
    payload = click(action, 1, 1, channel=world.room.id, at=f"{second}.{number}", **how)
    world.at(second, lambda w: w.press(payload))


def filled(world: World, second: float, action: str, **fields: str) -> None:
    """Somebody sends a form about incident 1 then, as it stands."""

    def send(w: World) -> None:
        shown = w.revision(1)
        form = filled_in(action, 1, shown, channel=w.room.id, view=f"V{second}", **fields)
        w.press(form)

    world.at(second, send)


def an_evening(world: World) -> None:
    """A storm that pages twice; two people at once; a snooze that ends; a reason at the end."""
    storm_that_goes_on(world)
    pressed(world, 720, "ack")
    pressed(world, 720, "ack", 1, user="U0TOM", name="tom")
    filled(world, 725, "note", text="Toko Kemang sudah ditelepon.")
    pressed(world, 760, "snooze", value="10m")
    pressed(world, 1400, "ack", 2)
    filled(world, 1500, "resolve", reason="Sudah dijawab.")


def a_busy_evening(world: World) -> None:
    """The same, with fingers that press twice, clicks that Slack delivers again, a press of
    somebody who comes too late, and buttons of a card as it was before."""
    an_evening(world)
    for second in (720, 722):
        pressed(world, second, "ack", 1, user="U0TOM", name="tom")
    pressed(world, 721, "ack", 3)
    pressed(world, 900, "ack", 4, user="U0TOM", name="tom")
    pressed(world, 1405, "escalate", 5)
    filled(world, 1520, "note", text="Terlambat.")


EVENING_S = 1600.0
