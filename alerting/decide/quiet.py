"""The end of quiet hours, decided without a database: what was held is told once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from alerting.decide.reasons import Reason
from alerting.decide.response import Response, Tell
from alerting.model import Incident
from monitor.model import IncidentState


def quiet_over(
    incident: Incident, meanwhile: Sequence[str], now: datetime, *, alone: bool
) -> Response:
    """What was held of an incident, ``meanwhile`` in headlines, is told now, as the highest step
    that was due, to whom that names; nobody is named where somebody has it or it is over.
    ``alone``: only its own message was held, which says it all."""
    waits = incident.state == IncidentState.OPEN and not incident.snoozed(now)
    facts = {**incident.facts, **({"named_at": now.isoformat()} if waits else {})}
    incident = replace(incident, revision=incident.revision + 1, facts=facts)
    names = incident.step if waits else None
    tell = Tell(Reason.QUIET_OVER, names=names, broadcast=True)
    told = () if alone else (tell,)
    return Response(incident, told, (), Reason.QUIET_OVER, {"meanwhile": list(meanwhile)})
