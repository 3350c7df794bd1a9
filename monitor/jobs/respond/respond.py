"""Respond: signals that have changed become incidents, timers and messages.

Read, decide, render, and one short write: nobody waits for a message to be worded. What somebody
else has changed meanwhile is decided anew in the next turn.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from alerting.decide.blindness import SOURCE_DETECTOR, source_of
from alerting.decide.incidents import respond as decide
from alerting.decide.response import Policy, Response
from alerting.model import Incident, signal_key
from alerting.playbook.load import Playbook
from alerting.register import base_severity
from monitor.app import App
from monitor.jobs.hours import in_office
from monitor.jobs.respond.about import UNKNOWN, About, about
from monitor.jobs.respond.apply import ConcurrentUpdate, apply
from monitor.jobs.respond.batches import batches
from monitor.jobs.respond.context import USUAL, share
from monitor.jobs.respond.journal import tell_log
from monitor.jobs.respond.render import render
from monitor.jobs.respond.second_opinion import add_second_opinion
from monitor.model import ALL, BLINDNESS, IncidentState, Signal
from monitor.store import incidents as store
from monitor.store.engine import Transaction
from monitor.store.sources import source_states

log = logging.getLogger(__name__)

Share = Callable[[str, str, datetime, datetime], float | None]
"""The share of negative readings of (brand, platform) in ``[start, end)``."""


def respond(app: App, brand: str, now: datetime) -> int:
    """Answer a brand's signals (``ANY``: those of sources that serve every brand). Each group is
    one transaction. How many groups were answered."""
    with app.db.read() as tx:
        found = batches(app, tx, brand, now)
    done, failed = [], []
    for group, pending in found:
        try:
            done.append(_answer(app, group, pending, now))
        except ConcurrentUpdate:
            log.info("%s was changed meanwhile; its signals are answered in the next turn", group)
        except Exception as error:  # one group must not keep the others waiting
            failed.append(error)
    if done:
        app.wake()
    for incident_id in done:
        add_second_opinion(app, incident_id, now)
    if failed:
        raise failed[0]
    return len(done)


def _answer(
    app: App, group: store.Group, pending: Sequence[store.PendingSignal], now: datetime
) -> int:
    """The incident that the signals are part of from now on."""
    with app.db.read() as tx:
        before = store.latest_incident(tx, group)
        signals = [item.signal for item in pending]
        watched = _watched(tx, before, signals)
        seen = _about(app, tx, before, signals, now)
        counted = partial(share, tx)
        response = decided(app, before, signals, now, group, counted, watched=watched, seen=seen)
    rendered = render(app, before, response, now)
    with app.db.write() as tx:
        apply(tx, rendered, app.wall())
        if not store.answered(tx, pending, rendered.incident.id):
            raise ConcurrentUpdate(f"the signals of {group}")
    tell_log(rendered)
    return rendered.incident.id


def decided(
    app: App,
    before: Incident | None,
    signals: Sequence[Signal],
    now: datetime,
    group: store.Group,
    share: Share,
    *,
    watched: bool,
    seen: About = UNKNOWN,
) -> Response:
    """What signals make of their group's latest incident. ``share``: of negative readings, of a
    brand's platform in a stretch; ``watched``: the config names what they are about; ``seen``: what
    a new one would be about."""
    told = [_with_shares(signal, before, share) for signal in signals]
    platforms = {signal.platform for signal in told}
    return decide(before, told, _policy(app, group, watched, now, platforms, seen), now)


def _about(
    app: App,
    tx: Transaction,
    before: Incident | None,
    signals: Sequence[Signal],
    now: datetime,
) -> About:
    """What a new incident would be about. It is looked for only where a brand has playbooks to
    choose from, of a class only where one of them is for it; an open incident keeps what it was
    opened as."""
    settings = app.brands.get(signals[0].brand)
    if settings is None or not settings.playbooks or signals[0].risk_class != "reputation":
        return UNKNOWN
    if before is not None and before.state != IncidentState.RESOLVED:
        return UNKNOWN
    own = [app.playbooks[name].policy.match for name in settings.playbooks if name in app.playbooks]
    found = about(tx, signals, now)
    known = any(found.risk_class in match.classes for match in own)
    return found if known else replace(found, risk_class="")


def playbook_for(
    app: App,
    brand: str,
    risk_class: str,
    platforms: Collection[str] = (),
    content: Collection[str] = (),
) -> Playbook:
    """The playbook of a brand for a class: the first of its ``playbooks`` that matches it (and the
    ``platforms`` it is seen on and the own ``content`` it stands under, where it asks for any),
    else its ``playbook``; a shipped one for a class that ``default`` is not about. In the brand's
    language where there is such a one; with the risk register's severity where it asks for it."""
    settings = app.brands.get(brand)
    own = (*settings.playbooks, settings.playbook) if settings else ("default",)
    fits = [name for name in own if _matches(app, name, risk_class, platforms, content)]
    chosen = fits[0] if fits else "default"
    if chosen == "default" and risk_class not in ("reputation", BLINDNESS):
        known = app.playbooks
        named = [n for n in known if risk_class in known[n].policy.match.classes]
        chosen = named[0].partition(".")[0] if named else chosen
    local = f"{chosen}.{settings.language.partition('_')[0]}" if settings else chosen
    found = app.playbooks.get(local) or app.playbooks.get(chosen) or app.playbooks["default"]
    matrix = found.policy.base == "matrix"
    seen_on = set(platforms) - {ALL}
    return (
        found.based_on(base_severity(app.risks(), risk_class, seen_on, content))
        if matrix
        else found
    )


def _matches(
    app: App, name: str, risk_class: str, platforms: Collection[str], content: Collection[str]
) -> bool:
    found = app.playbooks.get(name)
    if found is None:
        return False
    match = found.policy.match
    of_class = not match.classes or risk_class in match.classes
    on = not match.platforms or not set(match.platforms).isdisjoint(platforms)
    under = not match.content or not set(match.content).isdisjoint(content)
    return of_class and on and under


def _policy(
    app: App,
    group: store.Group,
    watched: bool,
    now: datetime,
    platforms: Collection[str],
    seen: About,
) -> Policy:
    """The playbook for a new incident, and whether the brand is only watched."""
    brand, risk_class, _ = group
    risk_class = seen.risk_class or risk_class
    settings = app.brands.get(brand)
    shadow = bool(settings and settings.mode == "shadow") and risk_class != BLINDNESS
    chosen = playbook_for(app, brand, risk_class, platforms, seen.content)
    return Policy(in_office(app, chosen, brand, now), shadow, watched, seen.risk_class)


def _watched(tx: Transaction, before: Incident | None, signals: Sequence[Signal]) -> bool:
    """Whether the config still names some source that the signals are about."""
    about = {source_of(s) for s in signals if s.detector == SOURCE_DETECTOR}
    if before is not None and about:
        about |= {source_of(s) for s in before.signals() if s.detector == SOURCE_DETECTOR}
    if not about:
        return True
    states = source_states(tx, inactive=True)
    return not about <= {(s.brand, s.title) for s in states if not s.active}


def _with_shares(signal: Signal, before: Incident | None, share: Share) -> Signal:
    """With the share of negative mentions in its window, and what that is usually, where the
    detector does not say: playbooks ask about them. What is usual is counted once an event."""
    if signal.risk_class == BLINDNESS or "negative_share" in signal.facts:
        return signal
    now = share(signal.brand, signal.platform, signal.at - signal.window, signal.at)
    if now is None:
        return signal
    heard = before.facts.get("signals", {}).get(signal_key(signal), {}) if before else {}
    usual = heard.get("facts", {}).get("expected_negative_share")
    if usual is None:
        usual = share(signal.brand, signal.platform, signal.start - USUAL, signal.start)
    facts = {**signal.facts, "negative_share": round(now, 4)}
    if usual is not None:
        facts["expected_negative_share"] = round(usual, 4)
    return replace(signal, facts=facts)
