"""Every way alerts take, tried before the crisis: token, channel, membership, the relay's login."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from alerting.channels.base import CanTry, DeliveryError
from alerting.channels.sanitize import one_line
from monitor.app import App
from monitor.jobs.respond.routing import place_for
from monitor.model import SEVERITIES
from monitor.settings.model import BrandSettings
from monitor.store.outbox.limits import pauses, resume

log = logging.getLogger(__name__)


def ways(app: App) -> list[tuple[str, str]]:
    """Each channel and destination that an alert, a step of its playbook or a digest may go to,
    once each, of the channels that are on. People have test pages of their own."""
    found: dict[tuple[str, str], None] = {}
    for brand in app.settings.brands:
        found |= dict.fromkeys(_places(app, brand))
        found |= {("email", recipient.strip()): None for recipient in brand.digest.to}
    for way in app.settings.next_ways:
        name, _, place = way.partition(":")
        found[name, place or name] = None
    return [way for way in found if way[0] in app.channels]


def _places(app: App, brand: BrandSettings) -> Iterator[tuple[str, str]]:
    """Where a brand's cards go, and the steps that have a channel of their own."""
    if place := place_for(app.settings, brand):
        yield place
    for slug in (brand.playbook, *brand.playbooks):
        for severity in SEVERITIES if slug in app.playbooks else ():
            for step in app.playbooks[slug].level(severity).steps:
                if step.channel and (place := place_for(app.settings, brand, step.channel)):
                    yield place


@dataclass(frozen=True, slots=True)
class Tried:
    """What would keep an alert from arriving at ``destination``, "" for nothing; ``shared``: it is
    the same for each destination of its channel."""

    channel: str
    destination: str
    trouble: str
    shared: bool = False


def tried(app: App) -> Iterator[Tried]:
    """Every way, tried. Sends nothing."""
    of_the_relay = ""
    for name, destination in (*ways(app), *_only_for_people(app)):
        if name == "email" and of_the_relay:  # each would wait for the same
            yield Tried(name, destination, of_the_relay, shared=True)
            continue
        scope, trouble = _trouble(app, name, destination)
        shared = name == "email" and scope != "destination"
        of_the_relay = trouble if shared else ""
        yield Tried(name, destination, trouble, shared)


def _only_for_people(app: App) -> list[tuple[str, str]]:
    """One way by each channel that only people's own pages take, for its token or login."""
    known = {name for name, _ in ways(app)}
    found: dict[str, str] = {}
    for person in app.settings.people:
        for name, address in (("slack", person.slack), ("email", person.email)):
            if address and name in app.channels and name not in known:
                found.setdefault(name, address)
    return list(found.items())


def _trouble(app: App, name: str, destination: str) -> tuple[str, str]:
    """What is wrong, and with what."""
    channel = app.channels[name]
    if not isinstance(channel, CanTry):
        return "", ""
    try:
        channel.try_out(destination)
    except DeliveryError as error:
        return error.scope, one_line(str(error))
    except Exception as error:
        log.exception("%s cannot be tried", name)
        return "", f"{type(error).__name__} in the channel"
    return "", ""


def try_out(app: App) -> list[str]:
    """What would keep an alert from arriving, a sentence each; sends nothing. What waited for
    credentials that work by now goes out at once."""
    failed: dict[str, None] = {}
    works = set()
    for one in tried(app):
        if one.trouble:
            where = one.channel if one.shared else one.destination
            failed[f"{where}: {one.trouble}"] = None
        elif isinstance(app.channels[one.channel], CanTry):
            works.add(one.channel)
    _resume(app, works)
    return list(failed)


def _resume(app: App, works: Collection[str]) -> None:
    with app.db.read() as tx:
        refused = {one.channel for one in pauses(tx) if one.kind == "credentials"}
    if not (paused := sorted(refused.intersection(works))):
        return
    with app.db.write() as tx:
        for channel in paused:
            resume(tx, channel, app.wall())
    app.wake()
