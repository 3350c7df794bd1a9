"""What signals make of an incident, decided without a database.

``respond`` is told of one group's signals that are new or have changed, and answers with the
incident as it should be, whom to tell, what happens later, and the reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from alerting.decide import blindness
from alerting.decide.reasons import Reason
from alerting.decide.response import (
    Policy,
    Response,
    Timer,
    announce,
    playbook_of,
    thread,
    worse,
)
from alerting.decide.signals import severity_facts
from alerting.model import Incident, pack_signal, short_key, signal_key
from alerting.playbook.load import Playbook
from monitor.model import BLINDNESS, SEVERITIES, TOLD_LATE, Fact, IncidentState, Signal

RESOLVED = IncidentState.RESOLVED.value

LAG = timedelta(hours=6)
"""A signal that goes on but was last looked at longer ago speaks of the past: the backlog of a
source is still being read. No source is expected to lag more."""

SAID_FOR = timedelta(days=7)
"""What was over for longer before anybody looked is listed, and not told."""

LEAST_ORDINARY = 0.1
"""A usual count is taken for no less than this."""

SETTLED = timedelta(hours=1)
"""So long after it was first noticed it is known when an incident began."""

MAX_SIGNALS = 50
"""How many signals an incident remembers; the ones that ended first are forgotten first."""


def respond(
    incident: Incident | None, signals: Sequence[Signal], policy: Policy, now: datetime
) -> Response:
    """Decide about ``signals`` (at least one; all of one brand, class and subject).

    ``incident`` is the group's latest, if there ever was one. Where a new one is to be opened the
    answer's incident has ``id`` 0.
    """
    if incident is None:
        return _open(signals, policy, now)
    if incident.state != RESOLVED:
        return _go_on(incident, signals, policy, now)
    return _after(incident, signals, policy, now)


def _open(signals: Sequence[Signal], policy: Policy, now: datetime) -> Response:
    """A new incident. One that was over before it was noticed is told as over, and names nobody."""
    first = signals[0]
    incident = Incident(
        id=0,
        brand=first.brand,
        risk_class=first.risk_class,
        subject=first.subject,
        severity=SEVERITIES[-1],
        since=min(signal.start for signal in signals),
        opened_at=now,
        last_signal_at=max(signal.at for signal in signals),
        playbook=policy.playbook.snapshot(),
        shadow=policy.shadow,
        facts={"class": policy.about} if policy.about else {},
    )
    incident = _heard(incident, signals)
    severity, rule, _ = _severity(incident)
    incident = _graded(incident, severity, rule)
    if _is_past(incident.risk_class, signals, policy.playbook, now):
        return _past(incident, rule, now)
    return _clearing(announce(incident, Reason.OPENED, now, _detail(incident, rule)))


def _is_past(risk_class: str, signals: Sequence[Signal], playbook: Playbook, now: datetime) -> bool:
    """Whether signals are only about a time before anybody looked: a first read, a backfill."""
    quiet = playbook.clear_after(risk_class)
    late = (now - signal.at >= (quiet if signal.over else max(quiet, LAG)) for signal in signals)
    return risk_class != BLINDNESS and all(late)


def _past(incident: Incident, rule: str, now: datetime) -> Response:
    """It is listed; once it is over that is said, unless it is long ago. It never names anybody."""
    detail, ended = _detail(incident, rule), _last(incident)
    incident = replace(incident, facts={**incident.facts, "past": True})
    if not _all_over(incident):
        first = not incident.id
        return Response(incident, (), (), Reason.PAST, detail, recorded=first)
    if now - ended >= SAID_FOR:
        quiet = playbook_of(incident).clear_after(incident.risk_class)
        over = replace(incident, state=RESOLVED, resolved_at=ended + quiet)
        return Response(over, (), (), Reason.PAST, detail, ("clear",))
    return _clearing(announce(incident, Reason.OPENED, now, detail, names=False))


def _go_on(
    incident: Incident, signals: Sequence[Signal], policy: Policy, now: datetime
) -> Response:
    """An incident that is not over: worse, over, told at last, or just still going on."""
    before, incident = incident, _heard(incident, signals)
    severity, rule, facts = _severity(incident)
    if incident.facts.get("past") and not incident.told:
        return _past_or_present(_graded(incident, severity, rule), rule, policy, now)
    if worse(severity, incident.severity):
        return _worsened(incident, severity, rule, now)
    if times := _grown(incident, now):
        why = {"why": "grown", "times": round(times, 1)}
        return _clearing(announce(_reopened(incident), Reason.WOKEN, now, why))
    if incident.shadow and not policy.shadow:
        incident = replace(
            incident, shadow=False, loop=incident.loop + 1, revision=incident.revision + 1
        )
        return _clearing(announce(incident, Reason.OPENED, now, _detail(incident, rule)))
    if incident.risk_class == BLINDNESS and _all_over(incident):
        return _seen_again(incident, policy, now)
    told_at = incident.facts.get("told_at")
    due = told_at is None or now - datetime.fromisoformat(told_at) >= _every(incident)
    if incident.risk_class == BLINDNESS:
        due = due or blindness.live_sources(incident) != blindness.live_sources(before)
    detail: dict[str, Any] = {}
    if due:
        incident = replace(incident, facts={**incident.facts, "told_at": now.isoformat()})
        detail = {**_detail(incident, rule), "now": severity, "score": facts.get("score", 0.0)}
    return _clearing(Response(incident, (), (), Reason.STILL_GOING, detail, recorded=due))


def _grown(incident: Incident, now: datetime) -> float:
    """How many times what it was when it was snoozed, where that is reason to wake; else 0."""
    wakes_at = playbook_of(incident).policy.snooze.grown
    muted = incident.facts.get("muted", {})
    if wakes_at is None or not incident.snoozed(now):
        return 0.0
    times = (
        signal.observed / before
        for signal in incident.signals()
        if not signal.over and (before := muted.get(signal_key(signal), 0.0)) > 0
    )
    most = max(times, default=0.0)
    return most if most >= wakes_at else 0.0


def _past_or_present(incident: Incident, rule: str, policy: Policy, now: datetime) -> Response:
    """What was past so far may have reached the present: then it is told as any other."""
    if _is_past(incident.risk_class, incident.signals(), playbook_of(incident), now):
        return _past(incident, rule, now)
    facts = {name: value for name, value in incident.facts.items() if name != "past"}
    incident = replace(incident, facts=facts, shadow=policy.shadow)
    return _clearing(announce(incident, Reason.OPENED, now, _detail(incident, rule)))


def _seen_again(incident: Incident, policy: Policy, now: datetime) -> Response:
    """Every source is read again. One that comes and goes is told so only once it stays."""
    until = _last(incident)
    detail = {"until": until.isoformat(), "since": blindness.since(incident).isoformat()}
    if not policy.watched:
        return resolved(incident, Reason.UNWATCHED, now, detail)
    incident = blindness.with_gap(incident, until)
    if incident.facts.get("flapping"):
        stays = until + blindness.steady_after(incident)
        waits = Timer("clear", stays)
        return Response(incident, (), (waits,), Reason.STILL_GOING, detail, ("clear",))
    return recovered(incident, now, detail)


def recovered(incident: Incident, now: datetime, detail: Mapping[str, Any]) -> Response:
    """The end of a blindness, told to whom its step has named."""
    ended = resolved(incident, Reason.RECOVERED, now, detail)
    named = incident.step if incident.facts.get("named_at") else None
    return replace(ended, notices=tuple(replace(tell, names=named) for tell in ended.notices))


def _worsened(incident: Incident, severity: str, rule: str, now: datetime) -> Response:
    """Worse than it was told: told again and from the first step, whoever had acknowledged."""
    detail = {"from": incident.severity, **_detail(incident, rule)}
    if incident.acknowledged_by:
        detail["acknowledged_by"] = incident.acknowledged_by
    incident = _graded(_reopened(incident), severity, rule)
    return _clearing(announce(incident, Reason.WORSENED, now, detail))


def _after(
    incident: Incident, signals: Sequence[Signal], policy: Policy, now: datetime
) -> Response:
    """Signals after the end: late news of the same event is silenced; a new event within the
    reopening time opens the same incident again, and another one after it."""
    ended = incident.resolved_at or now
    fresh = [signal for signal in signals if _is_news(incident, signal, ended)]
    if not fresh:
        return _suppressed(incident, signals)
    window = playbook_of(incident).policy.reopen.within
    again = min(signal.at for signal in fresh) <= ended + window
    past = _is_past(incident.risk_class, fresh, policy.playbook, now)
    if incident.not_a_crisis or not again or past:
        return _open(fresh, policy, now)
    incident = _heard(replace(incident, facts={**incident.facts, "suppressed": []}), fresh)
    severity, rule, _ = _severity(incident)
    incident = replace(_graded(_reopened(incident), severity, rule), shadow=policy.shadow)
    reason, detail = Reason.REOPENED, _detail(incident, rule)
    if incident.risk_class == BLINDNESS and blindness.flapping(incident, now, window):
        reason = Reason.FLAPPING
        incident = replace(incident, facts={**incident.facts, "flapping": True})
    return _clearing(announce(incident, reason, now, detail))


def _is_news(incident: Incident, signal: Signal, ended: datetime) -> bool:
    """Whether a signal says more than what the incident's end already answered."""
    known = signal_key(signal) in incident.facts.get("signals", {})
    unseen = signal.detector == TOLD_LATE and not known  # by whoever closed the incident
    by_hand = not unseen and (bool(incident.resolved_by) or incident.not_a_crisis)
    if not by_hand:
        return not signal.over or (not known and signal.at > ended)
    if not known and signal.start > ended:
        return True
    if incident.not_a_crisis or signal.over:
        return False
    facts = severity_facts(signal, [signal])
    severity, _ = playbook_of(incident).severity(signal.risk_class, facts)
    return worse(severity, incident.severity)


def _suppressed(incident: Incident, signals: Sequence[Signal]) -> Response:
    """Nobody is told; the timeline says so once for each signal."""
    before = incident.facts.get("suppressed", [])
    new = [key for key in map(signal_key, signals) if key not in before]
    facts = {**incident.facts, "suppressed": [*before, *new]}
    why = "not_a_crisis" if incident.not_a_crisis else "resolved"
    detail = {"signals": new, "why": why, "resolved_by": incident.resolved_by or ""}
    return Response(
        replace(incident, facts=facts), (), (), Reason.SUPPRESSED, detail, recorded=bool(new)
    )


def resolved(
    incident: Incident, reason: Reason, now: datetime, detail: Mapping[str, Any], who: str = ""
) -> Response:
    """The end of an incident: every timer goes, the thread is told."""
    incident = replace(
        incident,
        state=RESOLVED,
        resolved_at=now,
        resolved_by=who or None,
        snoozed_until=None,
        not_a_crisis=reason is Reason.NOT_A_CRISIS,
        revision=incident.revision + 1,
    )
    return Response(
        incident,
        thread(incident, reason),
        (),
        reason,
        detail,
        ("step", "clear", "wake", "ack_timeout"),
        who=who,
    )


def _graded(incident: Incident, severity: str, rule: str) -> Incident:
    return replace(incident, severity=severity, facts={**incident.facts, "rule": rule})


def _reopened(incident: Incident) -> Incident:
    return replace(
        incident,
        state=IncidentState.OPEN.value,
        loop=incident.loop + 1,
        revision=incident.revision + 1,
        facts={**incident.facts, "acks": {}},
        acknowledged_at=None,
        acknowledged_by=None,
        snoozed_until=None,
        resolved_at=None,
        resolved_by=None,
        not_a_crisis=False,
    )


def _heard(incident: Incident, signals: Sequence[Signal]) -> Incident:
    known = {key: incident.facts.get(key, {}) for key in ("signals", "peaks")}
    renamed = {short_key(s): signal_key(s) for s in signals if incident.subject == s.subject}
    kept, peaks = (
        {renamed.get(key, key): packed for key, packed in part.items()} for part in known.values()
    )
    kept |= {signal_key(signal): pack_signal(signal) for signal in signals}
    peaks |= {
        key: packed
        for key, packed in kept.items()
        if key not in peaks or _height(packed) > _height(peaks[key])
    }
    over = sorted((s["at"], key) for key, s in kept.items() if s["over"])
    for _, key in over[: max(0, len(kept) - MAX_SIGNALS)]:
        del kept[key], peaks[key]
    incident = replace(incident, facts={**incident.facts, "signals": kept, "peaks": peaks})
    last = max(incident.last_signal_at, *(signal.at for signal in signals))
    return replace(_begun(incident, signals), last_signal_at=last)


def _height(packed: Mapping[str, Any]) -> tuple[float, float]:
    """How high a signal is: by its score, and where nothing is known to score it against, by what
    it counts."""
    return packed["score"], 0.0 if packed["expected"] else packed["observed"]


def _begun(incident: Incident, signals: Sequence[Signal]) -> Incident:
    """With when it began: the onset of the series that departs most from its ordinary (a restless
    part may page before the whole does), clearer within the first hour as long as it grows. What is
    more than a watch says it anew; nothing else does while it ebbs, and reaches into the quiet."""
    if incident.risk_class == BLINDNESS:
        return replace(incident, since=min(incident.since, *(signal.start for signal in signals)))
    own = [s for s in incident.signals() if s.detector != TOLD_LATE] or incident.signals()
    heard = [signal for signal in own if not signal.over] or own
    lead = max(heard, key=lambda one: _clarity(one) and _excess(one))  # else the most telling
    clear = max(map(_clarity, heard))
    clarity, noticed, excess = incident.facts.get("begun", (-1, "", 0.0))
    if incident.id and clear <= clarity:
        young = lead.at - datetime.fromisoformat(noticed) <= SETTLED
        if not young or clear < clarity or _excess(lead) <= excess:
            return incident
    else:
        noticed = lead.at.isoformat()
    facts = {**incident.facts, "begun": (clear, noticed, _excess(lead))}
    return replace(incident, facts=facts, since=lead.onset)


def _clarity(signal: Signal) -> int:
    """How well a signal knows when its event began: 2 a page of the count's, 1 a watch, 0 others,
    which say it of hours at once."""
    known = "onset_minutes" in signal.facts
    return {"page": 2, "watch": 1}.get(str(signal.facts.get("level")), 0) if known else 0


def _excess(signal: Signal) -> float:
    """How much more a signal counts than is usual, as the stretch it speaks of is chosen: by the
    likelihood of a Poisson count (``monitor.detect.scan``)."""
    usual = max(signal.expected.middle, LEAST_ORDINARY) if signal.expected else LEAST_ORDINARY
    count = signal.observed
    return count * math.log(count / usual) - (count - usual) if count > usual else 0.0


def _clearing(response: Response) -> Response:
    """With the timer of the end: set when every signal is over, gone when one is not."""
    incident = response.incident
    if not _all_over(incident):
        return replace(response, cancel=(*response.cancel, "clear"))
    quiet = playbook_of(incident).clear_after(incident.risk_class)
    timer = Timer("clear", _last(incident) + quiet)
    return replace(response, timers=(*response.timers, timer), cancel=(*response.cancel, "clear"))


def _all_over(incident: Incident) -> bool:
    return all(signal.over for signal in incident.signals())


def _last(incident: Incident) -> datetime:
    return max(signal.at for signal in incident.signals())


def _every(incident: Incident) -> Any:
    return playbook_of(incident).policy.update.every


def _severity(incident: Incident) -> tuple[str, str, dict[str, Fact]]:
    """The worst answer of the rules about the live signals (about all, where none is live), the
    rule that gave it, and the facts it was asked about."""
    heard = incident.signals()
    live = [signal for signal in heard if not signal.over] or heard
    rules = playbook_of(incident)
    answers = []
    for signal in live:
        facts = severity_facts(signal, live)
        answers.append((*rules.severity(signal.risk_class, facts), facts))
    return min(answers, key=lambda answer: SEVERITIES.index(answer[0]))


def _detail(incident: Incident, rule: str) -> dict[str, Any]:
    lead = incident.signals()[0]
    return {
        "rule": rule,
        "detector": lead.detector,
        "platform": lead.platform,
        "score": round(lead.score, 2),
        "observed": round(lead.observed, 4),
        "expected": [round(edge, 4) for edge in (lead.expected.low, lead.expected.high)]
        if lead.expected
        else None,
        "signals": len(incident.facts["signals"]),
    }
