"""What happened to an incident, as a line of the log: who reads logs by machine reads these."""

from __future__ import annotations

import logging

from monitor.jobs.respond.render import Rendered

log = logging.getLogger(__name__)


def tell_log(rendered: Rendered) -> None:
    """Log a decision that was written: opened, worsened, escalated, acknowledged, resolved …"""
    response, incident = rendered.response, rendered.incident
    if not response.recorded:
        return
    reason = response.reason.value
    told = {
        "event": f"incident.{reason}",
        "incident": incident.id,
        "brand": incident.brand,
        "risk_class": incident.about,
        "severity": incident.severity,
        "state": incident.state,
        "shadow": incident.shadow,
    }
    if response.who:
        told["who"] = response.who
    log.info("incident %d is %s", incident.id, reason.replace("_", " "), extra=told)
