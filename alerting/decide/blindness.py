"""Sources that cannot be read, decided without a database: which of them failed together, and which
come and go. One cause is one incident, and flapping is told once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from alerting.decide.response import playbook_of
from alerting.model import Incident
from monitor.model import Signal

SOURCE_DETECTOR = "blindness"
"""The detector of a source's own health; the other kinds of blindness stand for themselves."""

TOGETHER = timedelta(minutes=30)
"""What fails within this time of each other for want of an answer failed together."""

FLAPS = 3
"""So many times not seen within the reopening time is flapping."""

NO_ANSWER = frozenset({"unavailable", "hang", "garbage", "overdue"})
"""Kinds of failure that a network, a host or this machine has, and so many sources at once."""

MAY_PASS = NO_ANSWER | {"query", "permission"}
"""Those, and how a sign-in page or a proxy that answers in a host's place reads."""

_ACCOUNT = frozenset({"token", "missing", "credits", "permission", "budget", "rate_limit"})
"""Kinds that all sources of a platform's account share."""


def same_cause(one: Signal, other: Signal) -> bool:
    """Whether two sources are blind for the same reason: no answer, or a stranger's, at about the
    same time, or one account of a platform."""
    if one.detector != SOURCE_DETECTOR or other.detector != SOURCE_DETECTOR:
        return False
    kinds = {str(one.facts.get("kind")), str(other.facts.get("kind"))}
    if kinds <= MAY_PASS and abs(one.start - other.start) <= TOGETHER:
        return True
    same_account = one.facts.get("connector") == other.facts.get("connector")
    return len(kinds) == 1 and kinds <= _ACCOUNT and same_account


def home_of(signal: Signal, incidents: Iterable[Incident], now: datetime) -> Incident | None:
    """The incident a newly blind source belongs to: one that goes on and has the same cause, else
    one that may still be opened again and was about this source too."""
    ended = None
    for incident in incidents:
        heard = incident.signals()
        if incident.resolved_at is None:
            if any(same_cause(signal, other) for other in heard if not other.over):
                return incident
        elif now - incident.resolved_at <= playbook_of(incident).policy.reopen.within:
            about = {source_of(other) for other in heard}
            ended = incident if source_of(signal) in about else ended
    return ended


def source_of(signal: Signal) -> tuple[str, str]:
    """Which source a signal is about: its brand and title."""
    return signal.brand, signal.subject


def live_sources(incident: Incident) -> list[tuple[str, str]]:
    """The sources that are blind now, in order of name."""
    return sorted({source_of(signal) for signal in incident.signals() if not signal.over})


def since(incident: Incident) -> datetime:
    """Since when nothing was seen in the outage that goes on, or went on last."""
    seen = [datetime.fromisoformat(until) for _, until in incident.facts.get("gaps", ())]
    last = max(seen, default=datetime.min.replace(tzinfo=incident.since.tzinfo))
    current = [signal for signal in incident.signals() if signal.start >= last]
    return min((blind_from(signal) for signal in current or incident.signals()), default=last)


def blind_from(signal: Signal) -> datetime:
    """Since when the source of a signal was not read."""
    told = signal.facts.get("since")
    return datetime.fromisoformat(told) if isinstance(told, str) and told else signal.start


def with_gap(incident: Incident, until: datetime) -> Incident:
    """Everything is seen again: the outage is written down as a gap. ``until``: its end."""
    gap = [since(incident).isoformat(), until.isoformat()]
    return replace(incident, facts={**incident.facts, "gaps": [*gaps(incident), gap]})


def gaps(incident: Incident) -> Sequence[Any]:
    """The outages so far that are over: begin and end of each, ISO 8601."""
    found: Sequence[Any] = incident.facts.get("gaps", ())
    return found


def flapping(incident: Incident, now: datetime, within: timedelta) -> bool:
    """Whether a source that is blind again was so too often within this time."""
    ends = [datetime.fromisoformat(end) for _, end in gaps(incident)]
    return sum(now - end <= within for end in ends) + 1 >= FLAPS


def steady_after(incident: Incident) -> timedelta:
    """How long what comes and goes must be seen to be steady again: twice as long as it was seen
    between two gaps, else each time it is there would be told as the end of it. Not longer than
    the reopening time."""
    policy = playbook_of(incident).policy
    times = [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in gaps(incident)]
    seen = [begin - end for (_, end), (begin, _) in pairwise(times)]
    longest = max((span for span in seen if span <= policy.reopen.within), default=timedelta(0))
    return max(policy.clear.quiet, min(2 * longest, policy.reopen.within))


def unseen(incident: Incident) -> timedelta:
    """For how long nothing was seen in all, in the outages that are over."""
    total = timedelta(0)
    for begin, end in gaps(incident):
        total += datetime.fromisoformat(end) - datetime.fromisoformat(begin)
    return total
