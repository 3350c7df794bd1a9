"""What a changed config makes of an open incident, decided without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from alerting.decide.incidents import resolved
from alerting.decide.reasons import Reason
from alerting.decide.response import Response, thread
from alerting.model import Incident


def brand_gone(incident: Incident, now: datetime) -> Response:
    """The config does not name the brand any more: it is closed, and its thread told so."""
    return resolved(incident, Reason.UNWATCHED, now, {"brand": incident.brand})


def only_watched(incident: Incident) -> Response:
    """The brand is in shadow from now on: figures are kept, nobody is named any more."""
    notices = thread(incident, Reason.SHADOWED)
    incident = replace(incident, shadow=True, revision=incident.revision + 1)
    return Response(
        incident, notices, (), Reason.SHADOWED, {"would": ""}, ("step", "wake", "ack_timeout")
    )


def moved(incident: Incident, destination: str) -> Response:
    """The config has its brand's messages go elsewhere: its card follows."""
    return Response(incident, (), (), Reason.MOVED, {"to": destination})
