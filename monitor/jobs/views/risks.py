"""The risk register beside what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.register import DAYS, Observed, RiskEntry, observed, overdue
from monitor.app import App
from monitor.model import is_drill
from monitor.store.incidents import list_incidents


@dataclass(frozen=True, slots=True)
class RiskView:
    """The register: its risks, what was observed of them, and those whose review is due."""

    risks: Sequence[RiskEntry]
    observed: Sequence[Observed]
    overdue: Sequence[RiskEntry]

    @property
    def proposals(self) -> list[Observed]:
        """Risks that were seen more often than their likelihood says; a person decides. That one
        was seen less often proposes nothing: what was not listened to was not seen either."""
        return [seen for seen in self.observed if seen.likelihood > seen.risk.likelihood]


def risk_view(app: App, now: datetime) -> RiskView:
    """Incidents of the last 90 days, without those that people called no crisis, and drills."""
    since = now - timedelta(days=DAYS)
    with app.db.read() as tx:
        found = list_incidents(tx, every=True)
    counted = [
        {
            "id": incident.id,
            "risk_class": incident.about,
            "platforms": sorted({s.platform for s in incident.signals()} - {"all"}),
        }
        for incident in found
        if incident.opened_at >= since
        and not (incident.not_a_crisis or incident.shadow or is_drill(incident.brand))
    ]
    risks = app.risks()
    return RiskView(risks, observed(risks, counted), overdue(risks, now.date()))
