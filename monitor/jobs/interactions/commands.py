"""``/siaga …`` in Slack, in English and Indonesian: what is asked is answered at once, to whoever
asked; what changes something is a press like any other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerting.i18n import Localizer
from alerting.messages.buttons import action_label
from alerting.messages.card import standing
from alerting.messages.context import MessageContext
from alerting.messages.incident import headline_of
from alerting.model import Form, Incident, Press
from alerting.oncall import shifts
from alerting.register import DAYS
from monitor.app import App
from monitor.jobs.interactions.forms import drill_form, swap_form
from monitor.jobs.respond.context import standing_context
from monitor.jobs.respond.routing import localizer_for
from monitor.jobs.rota import called, rota
from monitor.jobs.views.risks import risk_view
from monitor.model import ANY, is_drill
from monitor.settings.durations import parse_duration
from monitor.store.engine import Transaction
from monitor.store.incidents import list_incidents, read_incident
from monitor.store.sources import source_states

AHEAD = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Said:
    """The answer, a line each; ``press``: what is to be done besides; ``form``: what is asked."""

    lines: tuple[str, ...]
    press: Press | None = None
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A command: who asked, what after the command's name, how they are spoken to, and when."""

    app: App
    press: Press
    rest: str
    say: Localizer
    now: datetime


NAMES: Mapping[str, tuple[str, str]] = {
    "status": ("status", "en"),
    "who": ("who", "en"),
    "siapa": ("who", "id"),
    "oncall": ("oncall", "en"),
    "jaga": ("oncall", "id"),
    "cover": ("cover", "en"),
    "gantikan": ("cover", "id"),
    "swap": ("swap", "en"),
    "tukar": ("swap", "id"),
    "drill": ("drill", "en"),
    "latihan": ("drill", "id"),
    "risks": ("risks", "en"),
    "risiko": ("risks", "id"),
    "mute": ("mute", "en"),
    "bisukan": ("mute", "id"),
    "page-me": ("page_me", "en"),
    "panggil-saya": ("page_me", "id"),
    "help": ("help", "en"),
    "bantuan": ("help", "id"),
}
"""What people write, what it is, and the language it is written in."""


def command(app: App, press: Press, now: datetime) -> Said:
    """Answer a command; one that is not known is told what there is."""
    word, _, rest = press.value.strip().partition(" ")
    name, language = NAMES.get(word.lower(), ("help", ""))
    say = localizer_for(app, ANY)
    if language == "id":
        say = replace(say, locale="id")
    return _COMMANDS[name](Asked(app, press, rest.strip(), say, now))


def _help(asked: Asked) -> Said:
    say = asked.say
    return Said(
        (
            say._("/siaga status: the open incidents and the sources"),
            say._("/siaga who: who has what, and who may do what"),
            say._("/siaga oncall: who is on call, now and next"),
            say._("/siaga cover 2h: I am on call for two hours"),
            say._("/siaga swap: somebody else takes somebody's shifts"),
            say._("/siaga drill: play a storm to the people on call"),
            say._("/siaga risks: what of the register was seen, and which reviews are due"),
            say._("/siaga mute 42 1h: snooze incident 42 for an hour"),
            say._("/siaga page-me: send me a test page"),
        )
    )


def _status(asked: Asked) -> Said:
    say = asked.say
    with asked.app.db.read() as tx:
        sources = source_states(tx)
        lines = [_line(asked, tx, incident) for incident in list_incidents(tx, limit=20)]
    lines = lines or [say._("No incident is open.")]
    sources = [source for source in sources if not is_drill(source.brand)]
    ill = [source.name for source in sources if source.health != "ok"]
    if not sources:
        lines.append(say._("No source is read yet."))
    elif ill:
        lines.append(say._("These sources are not well: {names}", names=", ".join(ill[:10])))
    else:
        lines.append(say.n_("The only source is read.", "All {n} sources are read.", len(sources)))
    return Said(tuple(lines))


def _who(asked: Asked) -> Said:
    say, lines = asked.say, []
    with asked.app.db.read() as tx:
        found = [_context(asked, tx, incident) for incident in list_incidents(tx, limit=20)]
    for context in found:
        parts = standing(context)
        words = "".join(p if isinstance(p, str) else say.moment(p, asked.now) for p in parts)
        lines.append(f"{context.incident.id} · {context.brand}: {words}")
    lines += _allowed(asked)
    return Said(tuple(lines) or (say._("No incident is open."),))


def _allowed(asked: Asked) -> Iterator[str]:
    """Who alone may do what, by the playbooks that the brands use."""
    say, names = asked.say, called(asked.app.settings)
    used = (name for b in asked.app.settings.brands for name in (*b.playbooks, b.playbook))
    for slug in dict.fromkeys(name for name in used if name in asked.app.playbooks):
        for action, people in asked.app.playbooks[slug].policy.may.items():
            whom = ", ".join(names.get(str(who), str(who)) for who in people)
            done = action_label(say, action)
            yield say._(
                "{playbook}: “{action}” only by {whom}", playbook=slug, action=done, whom=whom
            )


def _oncall(asked: Asked) -> Said:
    """Now and next of every schedule."""
    say, lines = asked.say, []
    with asked.app.db.read() as tx:
        whole = rota(asked.app, tx, asked.now)
    for schedule in whole.schedules.values():
        found = shifts(schedule, asked.now, asked.now + AHEAD)
        names = [
            whole.people[s.person].name if s.person in whole.people else say._("nobody")
            for s in found
        ]
        until = say.moment(found[0].end, asked.now)
        lines.append(
            say._(
                "{schedule}: {who} until {when}", schedule=schedule.slug, who=names[0], when=until
            )
        )
        if len(found) > 1:
            lines.append(say._("then {who}", who=names[1]))
    return Said(tuple(lines) or (say._("This config has no on-call schedule."),))


def _cover(asked: Asked) -> Said:
    """``2h``: the person who writes it takes the running shift for so long."""
    person = person_of(asked.app, asked.press.who)
    schedules = asked.app.settings.schedules
    if not person or not schedules:
        return Said((asked.say._("You are in no rota of this config."),))
    if not _is_duration(asked.rest):
        return Said((asked.say._("Write for how long: /siaga cover 2h"),))
    done = replace(asked.press, action="cover", value=asked.rest)
    return Said((asked.say._("You are taking the shift for {span}.", span=asked.rest),), done)


def _swap(asked: Asked) -> Said:
    """A form: whose shifts, who takes them, for how long."""
    form = swap_form(asked.app, asked.press)
    if form is None:
        return Said((asked.say._("There is no rota with two people in this config."),))
    return Said((asked.say._("Say in the form who takes whose shifts."),), form=form)


def _drill(asked: Asked) -> Said:
    """A form that says what a drill does, and asks; only for the people of the config."""
    if refusal := may_not_drill(asked.app, asked.press.who, asked.say):
        return Said((refusal,))
    form = drill_form(asked.app, asked.press, asked.say)
    return Said((asked.say._("Say in the form which storm, and that you mean it."),), form=form)


def may_not_drill(app: App, who: str, say: Localizer) -> str:
    """Why somebody may not begin a drill by Slack; "" where they may."""
    if person_of(app, who):
        return ""
    names = ", ".join(p.name for p in app.settings.people if p.slack) or say._("nobody")
    return say._("Only people of this config may begin a drill: {names}.", names=names)


def _risks(asked: Asked) -> Said:
    """What of the register was seen in 90 days beside what it says, and reviews that are due."""
    say, view = asked.say, risk_view(asked.app, asked.now)
    lines = [
        say.n_(
            "{risk}: {n} incident in {days} days; likelihood {stated} stated, {seen} seen",
            "{risk}: {n} incidents in {days} days; likelihood {stated} stated, {seen} seen",
            len(seen.incidents),
            risk=f"{seen.risk.severity} · {seen.risk.name(say.locale)}",
            days=DAYS,
            stated=seen.risk.likelihood,
            seen=seen.likelihood,
        )
        for seen in view.observed
        if seen.incidents
    ]
    lines = lines or [say._("Nothing of the register was seen in {days} days.", days=DAYS)]
    for risk in view.overdue:
        name, day = risk.name(say.locale), risk.review.isoformat()
        lines.append(say._("The review of “{risk}” was due on {day}.", risk=name, day=day))
    return Said(tuple(lines[:40]))


def _mute(asked: Asked) -> Said:
    """``42 1h``. It is decided like a snooze from the card, by the same rules."""
    say = asked.say
    matched = re.fullmatch(r"#?(\d{1,9})\s+(\S+)", asked.rest)
    if not matched or not _is_duration(matched[2]):
        return Said((say._("Write which incident and how long: /siaga mute 42 1h"),))
    number = int(matched[1])
    with asked.app.db.read() as tx:
        incident = read_incident(tx, number)
    if incident is None:
        return Said((say._("There is no incident {id}.", id=number),))
    done = replace(asked.press, action="snooze", incident=number, value=matched[2])
    return Said((say._("Incident {id} is being snoozed.", id=number),), done)


def _page_me(asked: Asked) -> Said:
    sent = asked.say._("A test page is on its way to you. Did your phone ring?")
    return Said((sent,), replace(asked.press, action="page_me", value=""))


def person_of(app: App, who: str) -> str:
    """The slug of the person with this id in Slack; "" where the config knows none."""
    return next((p.slug for p in app.settings.people if p.slack and p.slack == who), "")


def _is_duration(text: str) -> bool:
    try:
        return bool(parse_duration(text))
    except ValueError:
        return False


def _line(asked: Asked, tx: Transaction, incident: Incident) -> str:
    since = asked.say.moment(incident.since, asked.now)
    return f"{incident.id} · {headline_of(_context(asked, tx, incident))} · {since}"


def _context(asked: Asked, tx: Transaction, incident: Incident) -> MessageContext:
    return standing_context(asked.app, tx, incident, asked.now, asked.say)


_COMMANDS: Mapping[str, Callable[[Asked], Said]] = {
    "help": _help,
    "status": _status,
    "who": _who,
    "oncall": _oncall,
    "cover": _cover,
    "swap": _swap,
    "drill": _drill,
    "risks": _risks,
    "mute": _mute,
    "page_me": _page_me,
}
