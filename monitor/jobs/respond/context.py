"""What a message needs beyond the incident: evidence, figures by platform, coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from alerting.i18n import Localizer
from alerting.messages.codec import targets_of
from alerting.messages.context import MessageContext
from alerting.messages.wording import SHARES, share_of
from alerting.model import Incident, Quote
from monitor.app import App, Opened, command_of
from monitor.detect.first_days import FirstDays
from monitor.detect.scan import LEAST_ORDINARY
from monitor.jobs.respond.history import history
from monitor.jobs.respond.paging import Paging, paging
from monitor.jobs.respond.routing import brand_name, localizer_for
from monitor.jobs.respond.subject import subject_words
from monitor.jobs.rota import called
from monitor.model import ALL, BLINDNESS, TOLD_LATE, IncidentState, Interval, Signal
from monitor.store.engine import Transaction
from monitor.store.incidents import notifications
from monitor.store.late import late_by_platform
from monitor.store.mentions import StoredMention, evidence, quotable
from monitor.store.opinions import opinions
from monitor.store.outbox import keys
from monitor.store.outbox.write import FAILED
from monitor.store.series import platforms
from monitor.store.sources import coverage
from monitor.store.volumes import volumes

QUOTES, QUOTES_OF = 3, 12
GLAD = 0.4
"""A mention that is probably so positive shows nothing of what goes wrong, where others do."""

EVIDENCE_FROM = timedelta(hours=24)
"""Evidence of a long incident is looked for in its last day."""

INSTANT = timedelta(microseconds=1)

USUAL = timedelta(days=14)
"""The usual share of negative mentions is told from so long before it began."""

MIN_SCORED = 8
"""Below so many readings a share says nothing."""


def message_context(
    app: App | Opened,
    tx: Transaction,
    incident: Incident,
    now: datetime,
    *,
    who: str = "",
    detail: Mapping[str, Any] | None = None,
    paged: Paging | None = None,
    say: Localizer | None = None,
) -> MessageContext:
    """Everything a message about this incident may say now. ``paged``: who may be, where that has
    been looked up; ``say``: how its reader is spoken to, where not as its brand is."""
    if paged is None:
        assert isinstance(app, App)
        paged = paging(app, tx, incident, now)
    common: dict[str, Any] = {
        "incident": incident,
        "brand": _brand(app, incident),
        "brands": [brand_name(app, slug) for slug in _brands(incident)],
        "localizer": say or localizer_for(app, incident.brand),
        "now": now,
        "pages": pages_sent(tx, incident.id),
        "link": _link(app, incident),
        "command": command_of(app.settings),
        "holders": paged.holders,
        "waiting": paged.waiting,
        "names": called(app.settings),
        "replay": app.replay,
        "who": who,
        "detail": detail or {},
    }
    if incident.risk_class == BLINDNESS or not incident.spoken():
        return MessageContext(**common)
    return MessageContext(**common, **_figures(app, tx, incident, now))


def standing_context(
    app: App, tx: Transaction, incident: Incident, now: datetime, say: Localizer | None = None
) -> MessageContext:
    """What a line about how an incident stands needs: no figures, no evidence."""
    paged = paging(app, tx, incident, now)
    return MessageContext(
        incident,
        brand_name(app, incident.brand),
        say or localizer_for(app, incident.brand),
        now,
        holders=paged.holders,
        waiting=paged.waiting,
        names=called(app.settings),
    )


def _figures(
    app: App | Opened, tx: Transaction, incident: Incident, now: datetime
) -> dict[str, Any]:
    """What was counted and said, for an incident that speaks of mentions."""
    spoken = incident.spoken()
    lead = spoken[0]
    until = min(now, incident.resolved_at or now)
    covered = coverage(tx, incident.brand, max(incident.since, until - EVIDENCE_FROM), until)
    negative = shares(spoken)
    since = incident.since
    if lead.detector == TOLD_LATE:  # it speaks of a time that is over, and of what came late of it
        since, until = lead.start, lead.start + lead.window + INSTANT
        counted = late_by_platform(tx, incident.brand, since, until)
    else:
        counted = by_platform(tx, incident.brand, since, until)
    words = subject_words(app, tx, lead, since, until)
    return {
        "lead": within(tx, incident, lead),
        "total": sum(n for name, n in counted if lead.platform in (ALL, name)),
        "words": words,
        "history": history(tx, incident, lead, now),
        "quotes": quotes(tx, incident, lead, until, negative, words),
        "second": _second(incident),
        "negative": negative,
        "platforms": counted,
        "coverage": (covered.sources, covered.seen, covered.silent) if covered.sources else None,
    }


def within(tx: Transaction, incident: Incident, lead: Signal) -> Signal:
    """A count's signal without what its stretch has from before the incident began, where it knows
    when that was: else it would be more than all that is counted since. What is usual is taken for
    as much of the stretch."""
    cut, since, expected = lead.at - lead.window, incident.since, lead.expected
    knows = "onset_minutes" in lead.facts or lead.detector == FirstDays.name
    if lead.detector in SHARES or not knows or not cut < since < lead.at:
        return lead
    count = float(sum(volumes(tx, incident.brand, lead.platform, since, lead.at).values()))
    shown = replace(lead, observed=count, window=lead.at - since)
    if expected is None:
        return shown
    part = shown.window / lead.window
    usual = Interval(expected.low * part, expected.middle * part, expected.high * part)
    ratio = round(count / max(usual.middle, LEAST_ORDINARY), 3)
    return replace(shown, expected=usual, facts={**lead.facts, "ratio": ratio})


def _brands(incident: Incident) -> list[str]:
    return sorted({signal.brand for signal in incident.spoken()} or {incident.brand})


def _brand(app: App | Opened, incident: Incident) -> str:
    """The brand as people call it; where sources of several are blind, how many these are."""
    brands = _brands(incident)
    if len(brands) == 1:
        return brand_name(app, brands[0])
    return localizer_for(app, incident.brand).n_("one brand", "{n} brands", len(brands))


def pages_sent(tx: Transaction, incident_id: int) -> int:
    """How many of an incident's messages named somebody."""
    return sum(
        bool(targets_of(row.payload))
        for row in notifications(tx, incident_id)
        if row.state not in (*FAILED, "withdrawn")
        and keys.kind(row.delivery_key) not in keys.COPIES
    )


def shares(spoken: Sequence[Signal]) -> tuple[float, float | None] | None:
    """The share of negative mentions now and usually: of those that the first signal counts, else
    by the detector that measures it. That one looks at hours of its own, so its share is of others
    than the figure that a message tells beside it."""
    lead = spoken[0]
    measured = [s for s in spoken if s.detector in SHARES and s.platform == lead.platform]
    for signal in (lead, *measured):
        if "negative_share" in signal.facts:
            usual = signal.facts.get("expected_negative_share")
            return share_of(signal), None if usual is None else float(usual)
    return None


def share(
    tx: Transaction, brand: str, platform: str, start: datetime, end: datetime
) -> float | None:
    """The share of negative readings in ``[start, end)``; None where there are too few."""
    return share_in(*opinions(tx, brand, platform, start, end))


def share_in(scored: int, negative: int) -> float | None:
    """The share of so many readings with so many thousandths of p_neg."""
    return negative / 1000 / scored if scored >= MIN_SCORED else None


def by_platform(
    tx: Transaction, brand: str, since: datetime, until: datetime
) -> list[tuple[str, float]]:
    """Mentions by platform, most first; platforms without any are left out."""
    counted = [
        (name, float(sum(volumes(tx, brand, name, since, until).values())))
        for name in platforms(tx, brand)
    ]
    return sorted([c for c in counted if c[1] > 0], key=lambda c: (-c[1], c[0]))


def _second(incident: Incident) -> tuple[float, int] | None:
    """What the transformer has said of it, while it goes on."""
    said = incident.facts.get("second_opinion")
    if not said or incident.state == IncidentState.RESOLVED:
        return None
    return float(said[0]), int(said[1])


def quotes(
    tx: Transaction,
    incident: Incident,
    lead: Signal,
    until: datetime,
    negative: tuple[float, float | None] | None,
    subject: Sequence[str] = (),
) -> list[Quote]:
    """Mentions that show what it is about: those with words of its ``subject`` first, of these and
    of the others the negative ones and no glad ones, unless it is hardly negative. None is from
    after its end."""
    calm = negative is not None and negative[0] < 0.2
    late = lead.detector == TOLD_LATE
    since = max(lead.start if late else incident.since, until - EVIDENCE_FROM)
    prefer = "latest" if calm else "negative"
    found = evidence(tx, lead.brand, lead.platform, since, until, QUOTES_OF, prefer, late=late)
    if not calm:
        found = [mention for mention in found if mention.positive < GLAD] or found
    own = [word.casefold() for words in subject for word in words.split()]
    found.sort(key=lambda mention: not any(word in mention.text.casefold() for word in own))
    return [_quote(mention) for mention in found[:QUOTES]]


def _quote(mention: StoredMention) -> Quote:
    return Quote(
        text=quotable(mention),
        author=mention.author,
        url=mention.url,
        platform=mention.platform,
        at=mention.published_at,
        mention=f"{mention.platform}:{mention.external_id}",
        doubtful=mention.undated,
    )


def _link(app: App | Opened, incident: Incident) -> str:
    base = app.settings.web.public_url.rstrip("/")
    return f"{base}/#incident-{incident.id}" if base else ""
