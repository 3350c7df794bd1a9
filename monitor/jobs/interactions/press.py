"""What people press in a channel, done: kept first, so that nothing is lost and nothing is done
twice, then decided like any other action, in the transaction that marks it done."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from alerting.decide.response import playbook_of
from alerting.messages.codec import pack
from alerting.model import Incident, Notice, Press, Target
from monitor.app import App
from monitor.jobs.drill.start import Wish, begun, start_in
from monitor.jobs.exclusions import ExclusionProblem, leave_out
from monitor.jobs.interactions.commands import may_not_drill, person_of
from monitor.jobs.interactions.home import show_home
from monitor.jobs.oncall import cover_in, running_shift, swap_in
from monitor.jobs.readiness import confirm, test_page
from monitor.jobs.respond.act import Acted, Action, act
from monitor.jobs.respond.apply import ConcurrentUpdate
from monitor.jobs.respond.routing import localizer_for
from monitor.jobs.rota import called, holders, roles_of
from monitor.jobs.upkeep.corrections import CorrectionProblem, correct
from monitor.model import ANY
from monitor.problems import Problem
from monitor.settings.durations import parse_duration
from monitor.store import interactions
from monitor.store.engine import Transaction
from monitor.store.incidents import incident_of_message, read_incident
from monitor.store.interactions import Interaction
from monitor.store.outbox import keys
from monitor.store.outbox.write import enqueue

log = logging.getLogger(__name__)

Belongs = Callable[[str, Target], bool | None]
"""Whether a person is in a group; None where that cannot be found out."""

TextOf = Callable[[str, str], tuple[str, str]]
"""Channel and ts -> a message's words and the ts of the one its thread began with."""

REPLY = "slack_reply"
"""The channel that only the person who pressed sees."""

ACTIONS = ("ack", "not_a_crisis", "snooze", "escalate", "resolve", "note", "check", "reopen")


class DoneElsewhere(Exception):
    """Another process has done this press; nothing of ours may be kept."""


def keep(app: App, channel: str, press: Press, wall: datetime) -> bool:
    """Keep a press, to be done soon. False: it was kept before."""
    with app.db.write() as tx:
        return interactions.keep(
            tx, press.key, channel, press.who, press.action, asdict(press), wall
        )


def answer_presses(
    app: App, now: datetime, wall: datetime, belongs: Belongs, text_of: TextOf | None = None
) -> int:
    """Do what was pressed, in the order in which it came. How many were answered."""
    with app.db.read() as tx:
        waiting = interactions.pending(tx)
    answered = 0
    for one in waiting:
        try:
            _answer(app, one, now, wall, belongs, text_of)
            answered += 1
        except DoneElsewhere:
            log.info("press %d was done by another process", one.id)
        except ConcurrentUpdate:
            log.info("press %d meets a change; it is done in the next turn", one.id)
        except Exception:
            log.exception("press %d cannot be done", one.id)
            _refuse(app, one, _press(one), _failed(app), now, wall)
    if answered:
        app.wake()
    return answered


def _answer(
    app: App,
    one: Interaction,
    now: datetime,
    wall: datetime,
    belongs: Belongs,
    text_of: TextOf | None,
) -> None:
    press = _pinned(app, _filled_in(_press(one)), text_of)
    if press.action in _OTHERS:
        _OTHERS[press.action](app, one, press, now, wall)
        return
    with app.db.read() as tx:
        incident = read_incident(tx, press.incident)
    if incident is None or press.action not in ACTIONS:
        _refuse(app, one, press, _gone(app), now, wall)
    elif refusal := not_allowed(app, incident, press, belongs, now):
        _refuse(app, one, press, refusal, now, wall)
    else:
        _do(app, one, press, now, wall)


def _filled_in(press: Press) -> Press:
    """The form that names what an incident was about instead, as the press that opened it."""
    if press.action != "not_about_us":
        return press
    return replace(press, action="not_a_crisis", value="not_about_us")


def _pinned(app: App, press: Press, text_of: TextOf | None) -> Press:
    """A pinned message of an incident's thread as a note; any other pin is about no incident."""
    if press.action != "pin":
        return press
    words, root = text_of(press.place, press.value) if text_of else ("", "")
    with app.db.read() as tx:
        number = incident_of_message(tx, press.place, root) if root else None
    quoted = " ".join(words.split())[:1000]
    return replace(press, action="note", incident=number or 0, fields={"text": f"“{quoted}”"})


def _show_home(app: App, one: Interaction, press: Press, now: datetime, wall: datetime) -> None:
    with app.db.write() as tx:
        if interactions.settle(tx, one.id, "done", "", wall):
            show_home(app, tx, press.who, now, wall)


def _page(app: App, one: Interaction, press: Press, now: datetime, wall: datetime) -> None:
    """A test page to whoever asked: by every way that is known of them, else in Slack."""
    if person := person_of(app, press.who):
        with app.db.write() as tx:
            if not interactions.settle(tx, one.id, "done", "", wall):
                return
        test_page(app, person, now)
        return
    say = localizer_for(app, ANY)
    notice = Notice(
        "test",
        say._("TEST: this is how Siaga pages you"),
        say._("Nothing has happened. If you read this on your phone, a page reaches you."),
        targets=(Target("person", press.who),),
        locale=say.locale,
        zone=say.zone,
    )
    with app.db.write() as tx:
        if interactions.settle(tx, one.id, "done", "", wall):
            enqueue(
                tx,
                key=keys.asked_page(one.id),
                channel="slack",
                destination=press.who,
                payload=pack(notice),
                severity="SEV2",
                created_at=now,
                due_at=wall,
            )


def _confirm(app: App, one: Interaction, press: Press, now: datetime, wall: datetime) -> None:
    """The test page has arrived: whoever it went to says so. Said twice it is the same."""
    try:
        confirm(app, person_of(app, press.who) or press.who, now)
    except Problem as problem:
        _refuse(app, one, press, str(problem), now, wall)
        return
    thanks = localizer_for(app, ANY)._("Noted: a page reaches you.")
    with app.db.write() as tx:
        if interactions.settle(tx, one.id, "done", thanks, wall):
            _tell(tx, one, press, thanks, now, wall)


def _cover(app: App, one: Interaction, press: Press, now: datetime, wall: datetime) -> None:
    """Take the running shift of the first schedule, for so long or to its end."""
    try:
        person, schedule = person_of(app, press.who), app.settings.schedules[0].slug
        span = _span(press.value)
        end = now + span if span else running_shift(app, schedule, now).end
        with app.db.write() as tx:
            if interactions.settle(tx, one.id, "done", "", wall):
                who = _name(app, press)
                cover_in(app, tx, person, schedule, now, end, who=who, now=now)
    except (Problem, IndexError) as problem:
        _refuse(app, one, press, str(problem) or _gone(app), now, wall)


def _swap(app: App, one: Interaction, press: Press, now: datetime, wall: datetime) -> None:
    """Somebody takes somebody's shifts of a rota, from now on and for so long."""
    said = press.fields
    try:
        with app.db.write() as tx:
            if interactions.settle(tx, one.id, "done", "", wall):
                swap_in(
                    app,
                    tx,
                    said.get("whose", ""),
                    said.get("other", ""),
                    said.get("schedule", ""),
                    now,
                    now + _span(said.get("span", "")),
                    who=_name(app, press),
                    now=now,
                    reason=said.get("text", ""),
                )
    except Problem as problem:
        _refuse(app, one, press, str(problem), now, wall)


def _drill(app: App, one: Interaction, press: Press, now: datetime, wall: datetime) -> None:
    """Begin a drill, as the form says; whoever began it is told how it ends."""
    said, say = press.fields, localizer_for(app, ANY)
    brand, storm = said.get("brand", ""), said.get("scenario", "")
    wish = Wish(brand, storm, _name(app, press), lasts=_span(said.get("span", "")))
    try:
        if refusal := may_not_drill(app, press.who, say):
            raise Problem(refusal)
        if not storm.replace("-", "").isalnum():  # a file is for whoever is at the machine
            raise Problem(_gone(app))
        with app.db.write() as tx:
            drill = start_in(app, tx, wish, now)
            told = begun(app, drill)
            if not interactions.settle(tx, one.id, "done", told, wall):
                raise DoneElsewhere
            _tell(tx, one, press, told, now, wall)
    except Problem as problem:
        _refuse(app, one, press, str(problem), now, wall)


def _misread(app: App, one: Interaction, press: Press, now: datetime, wall: datetime) -> None:
    """A person's word on how a quoted mention was read. Said twice it is the same word."""
    with app.db.read() as tx:
        incident = read_incident(tx, press.incident)
    try:
        if incident is None:
            raise CorrectionProblem(_gone(app))
        who = _name(app, press)
        correct(app, incident.brand, "neutral", wall, mention=press.value, who=who)
    except CorrectionProblem as problem:
        _refuse(app, one, press, str(problem), now, wall)
        return
    thanks = localizer_for(app, incident.brand)._("Noted as not negative; it is learned from.")
    with app.db.write() as tx:
        if interactions.settle(tx, one.id, "done", thanks, wall):
            _tell(tx, one, press, thanks, now, wall)


_OTHERS = {
    "home": _show_home,
    "page_me": _page,
    "confirm": _confirm,
    "cover": _cover,
    "swap": _swap,
    "drill": _drill,
    "misread": _misread,
}
"""What is about no incident's course."""


def _do(app: App, one: Interaction, press: Press, now: datetime, wall: datetime) -> None:
    def settle(tx: Transaction, acted: Acted) -> None:
        state = "done" if acted.done else "refused"
        if not interactions.settle(tx, one.id, state, acted.answer, wall):
            raise DoneElsewhere
        if not acted.done:
            _tell(tx, one, press, acted.answer, now, wall)
        elif acted.incident and press.fields.get("exclude"):
            _leave_out(app, tx, acted.incident, press, wall)

    act(app, action_of(app, press), now, also=settle)


def _leave_out(app: App, tx: Transaction, incident: Incident, press: Press, wall: datetime) -> None:
    """What was chosen in the form. Where the config has made the words the brand's own meanwhile,
    only the incident is closed."""
    try:
        words, who = press.fields["exclude"], _name(app, press)
        leave_out(app, tx, incident.brand, words, who, wall, incident.id)
    except ExclusionProblem as problem:
        log.warning("nothing is left out after incident %d: %s", incident.id, problem)


def action_of(app: App, press: Press) -> Action:
    """What is to be decided. An acknowledgement holds whatever the card showed; what ends or calls
    somebody must not be done to what has changed meanwhile."""
    reason = " ".join(
        part for part in (press.fields.get("reason"), press.fields.get("text")) if part
    )
    made = Action(
        press.action,  # type: ignore[arg-type]
        _name(app, press),
        press.incident,
        revision=press.revision
        if press.action in ("escalate", "resolve", "not_a_crisis")
        else None,
        reason=reason,
        roles=roles_of(app, (press.who,), app.now()),
    )
    if press.action == "snooze":
        span = _span(press.value)
        words = localizer_for(app, ANY)
        return replace(
            made, duration=span, reason=reason or words._("for {span}", span=words.duration(span))
        )
    if left_out := press.fields.get("exclude"):
        say = localizer_for(app, ANY)
        made = replace(made, reason=say._("“{words}” is left out from now on", words=left_out))
    if press.action in ("not_a_crisis", "check"):
        return replace(made, label=press.value)
    return made


def _name(app: App, press: Press) -> str:
    """What the others call who pressed: by the config, else as they call themselves there."""
    return called(app.settings).get(f"@{press.who}") or press.name or press.who


def _span(value: str) -> timedelta:
    try:
        return parse_duration(value)
    except ValueError:
        return timedelta(0)


def not_allowed(app: App, incident: Incident, press: Press, belongs: Belongs, now: datetime) -> str:
    """Why this person may not, and who may; "" where they may. Where a group's members cannot be
    looked up, an acknowledgement is taken all the same: somebody must be able to."""
    allowed = playbook_of(incident).may(press.action)
    if not allowed:
        return ""
    with app.db.read() as tx:
        held = holders(app, tx, now)
    named: list[Target] = []
    for who in allowed:
        named += held.get(who.id) or [who] if who.kind == "role" else [who]
    answers = [_is(press.who, target, belongs) for target in named]
    if any(answers) or (press.action == "ack" and None in answers):
        return ""
    localizer = localizer_for(app, incident.brand)
    names = called(app.settings)
    whom = ", ".join(names.get(str(who), str(who)) for who in allowed)
    return localizer._("You may not do that here. These may: {who}.", who=whom)


def _is(who: str, target: Target, belongs: Belongs) -> bool | None:
    """Whether this is the person, or one of the group; everybody is everybody."""
    if target.kind == "person":
        return target.id == who
    return belongs(who, target) if target.kind == "group" else True


def _refuse(
    app: App, one: Interaction, press: Press, answer: str, now: datetime, wall: datetime
) -> None:
    with app.db.write() as tx:
        if interactions.settle(tx, one.id, "refused", answer, wall):
            _tell(tx, one, press, answer, now, wall)


def _tell(
    tx: Transaction, one: Interaction, press: Press, answer: str, now: datetime, wall: datetime
) -> None:
    """Promise the answer to them alone. Said twice it does no harm."""
    if one.channel != "slack" or not press.place:
        return
    notice = Notice("update", answer, "")
    enqueue(
        tx,
        key=keys.answer(one.id),
        channel=REPLY,
        destination=f"{press.place}:{press.who}",
        payload=pack(notice),
        severity="SEV1",
        created_at=now,
        due_at=wall,
    )


def _press(one: Interaction) -> Press:
    return Press(**one.press)


def _gone(app: App) -> str:
    return localizer_for(app, ANY)._("That is no longer there.")


def _failed(app: App) -> str:
    return localizer_for(app, ANY)._("That went wrong, and nothing was done. The log says why.")
