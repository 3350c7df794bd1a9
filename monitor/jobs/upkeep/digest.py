"""The weekly digest: due by the brand's own calendar, once a recipient and week.

A week is an ISO week of the brand's time zone. After a downtime the last week that is due is sent,
and no older one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from alerting.channels.email.digest import judged, notice, verdict
from alerting.channels.email.readiness import Readiness
from alerting.channels.email.week import Day, DigestIncident, Week
from alerting.i18n import Localizer
from alerting.messages.codec import pack
from alerting.model import Incident, Notice, Quote
from monitor.app import App
from monitor.jobs import readiness
from monitor.jobs.respond.subject import subject_words
from monitor.jobs.upkeep.compared import compared, totals
from monitor.jobs.upkeep.heard import Heard, heard
from monitor.jobs.views.risks import risk_view
from monitor.model import ALL, BLINDNESS, Bucket, Health
from monitor.settings.model import BrandSettings, DigestSettings
from monitor.store import digests, series
from monitor.store.engine import Transaction
from monitor.store.incidents import incidents_in
from monitor.store.mentions import StoredMention, evidence
from monitor.store.meta import get_meta, put_meta
from monitor.store.outbox import keys
from monitor.store.outbox.write import enqueue
from monitor.store.sources import source_states

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
QUOTES = 5
WEEKS_BEFORE = 4

GRACE = timedelta(hours=12)
"""How long a digest waits for its sources; then it says what is missing."""

CORRECTED_FOR, MAX_CORRECTIONS = timedelta(days=3), 2
"""So long after it was due, and so often, a digest is corrected."""


def run_digests(app: App, now: datetime) -> int:
    """Promise every digest that is due and not promised yet; how many e-mails that makes.

    A brand in shadow gets none, nor does one that began after the week that is due. One whose
    sources have not all told the week to its end waits for them, at most for ``GRACE``. What comes
    in later and changes the verdict is mailed as a correction.
    """
    if "email" not in app.channels:
        return 0
    return sum(_run(app, brand, now) + _correct(app, brand, now) for brand in app.brands.values())


def _run(app: App, brand: BrandSettings, now: datetime) -> int:
    recipients = {address.strip() for address in brand.digest.to}
    if not recipients or brand.mode == "shadow":
        return 0
    zone = ZoneInfo(brand.time_zone)
    week = last_due(brand.digest, zone, now)
    with app.db.read() as tx:
        begun = series.progress(tx, brand.slug)
        missing = recipients - digests.told_already(tx, brand.slug, week, recipients)
    if not missing or begun is None or begun.first_bucket is None:
        return 0
    if begun.first_bucket >= span(week, zone)[1]:
        return 0
    if now < due_at(week, brand.digest, zone) + GRACE and _is_unread(app, brand.slug, week, zone):
        return 0
    made = _read(app, brand.slug, week)
    payload = pack(notice(replace(made, ready=_ready(app))))
    promised = 0
    with app.db.write() as tx:
        if get_meta(tx, _told_key(brand.slug, week)) is None:
            put_meta(tx, _told_key(brand.slug, week), _as_told(made, 0))
        for recipient in sorted(missing):
            if digests.enter(tx, brand.slug, week, recipient, now):
                _promise(app, tx, keys.digest(brand.slug, week, recipient), recipient, payload, now)
                promised += 1
    app.wake()
    return promised


def _correct(app: App, brand: BrandSettings, now: datetime) -> int:
    """Mail again what of the last digest does not hold any more; how many e-mails that makes."""
    recipients = {address.strip() for address in brand.digest.to}
    zone = ZoneInfo(brand.time_zone)
    week = last_due(brand.digest, zone, now)
    if not recipients or now > due_at(week, brand.digest, zone) + CORRECTED_FOR:
        return 0
    with app.db.read() as tx:
        told = get_meta(tx, _told_key(brand.slug, week))
        recipients = digests.told_already(tx, brand.slug, week, recipients)
    if told is None or told["corrections"] >= MAX_CORRECTIONS or not recipients:
        return 0
    made = _read(app, brand.slug, week)
    if judged(made) == told["judged"] or _is_unread(app, brand.slug, week, zone):
        return 0
    number = told["corrections"] + 1
    payload = pack(notice(replace(made, corrects=told["verdict"], ready=_ready(app))))
    with app.db.write() as tx:
        put_meta(tx, _told_key(brand.slug, week), _as_told(made, number))
        for recipient in sorted(recipients):
            key = keys.digest_correction(brand.slug, week, recipient, number)
            _promise(app, tx, key, recipient, payload, now)
    app.wake()
    return len(recipients)


def _promise(
    app: App, tx: Transaction, key: str, recipient: str, payload: dict[str, Any], now: datetime
) -> None:
    enqueue(
        tx,
        key=key,
        channel="email",
        destination=recipient,
        payload=payload,
        severity="SEV4",
        created_at=now,
        due_at=app.wall(),
    )


def _is_unread(app: App, brand: str, week: str, zone: ZoneInfo) -> bool:
    """Whether a source that can be read has not told the week to its end yet."""
    end = span(week, zone)[1]
    with app.db.read() as tx:
        sources = source_states(tx, brand)
    return any(
        source.health != Health.BLIND
        and (source.complete_until is None or source.complete_until < end)
        for source in sources
    )


def _told_key(brand: str, week: str) -> str:
    return f"digest:{brand}:{week}"


def _as_told(week: Week, corrections: int) -> dict[str, object]:
    return {"judged": judged(week), "verdict": verdict(week), "corrections": corrections}


# -- the calendar -------------------------------------------------------------------------------


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When the zone's clocks show this: the first such moment; where they skip it, the first
    moment after the skip."""
    wanted = datetime.combine(day, at)
    found = wanted.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wanted:
        return found
    found = wanted.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while found.astimezone(zone).replace(tzinfo=None) < wanted:
        found += timedelta(minutes=1)
    return found


def week_of(day: date) -> str:
    """``2026-W11``."""
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02d}"


def monday_of(week: str) -> date:
    """A week's first day. Raises ValueError for what is no ISO week."""
    year, _, number = week.partition("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def span(week: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A week's beginning and end in this zone."""
    monday = monday_of(week)
    return (
        instant(monday, time(), zone),
        instant(monday + timedelta(days=7), time(), zone),
    )


def due_at(week: str, digest: DigestSettings, zone: ZoneInfo) -> datetime:
    """When a week's digest is due: on the configured day after its end."""
    day = monday_of(week) + timedelta(days=7 + DAYS.index(digest.day))
    return instant(day, time.fromisoformat(digest.at), zone)


def last_due(digest: DigestSettings, zone: ZoneInfo, now: datetime) -> str:
    """The latest week whose digest is due by ``now``."""
    monday = now.astimezone(zone).date()
    while True:
        monday -= timedelta(days=7)
        week = week_of(monday)
        if due_at(week, digest, zone) <= now:
            return week


# -- the content --------------------------------------------------------------------------------


def render(app: App, brand: str, week: str) -> Notice:
    """A brand's week as it would be mailed; writes nothing. Raises ValueError for what is no ISO
    week, KeyError for an unknown brand."""
    return notice(replace(_read(app, brand, week), ready=_ready(app)))


def _read(app: App, brand: str, week: str) -> Week:
    with app.db.read() as tx:
        made = _week(tx, app.brands[brand], week, app.settings.web.public_url.rstrip("/"))
        found = incidents_in(tx, brand, made.start, made.end)
        return replace(made, incidents=tuple(_told(app, tx, one, made.end) for one in found))


def _ready(app: App) -> Readiness:
    """How the response stands now, not as it stood in that week: it is what can be mended."""
    now = app.wall()
    risks = risk_view(app, now)
    return Readiness(len(readiness.check(app, now)), len(risks.overdue), len(risks.proposals))


def _week(tx: Transaction, brand: BrandSettings, week: str, link: str) -> Week:
    zone = ZoneInfo(brand.time_zone)
    monday = monday_of(week)
    start, end = span(week, zone)
    buckets = series.series(tx, brand.slug, ALL, start, end)
    told = heard(tx, brand.slug, start, end)
    against = compared(tx, brand.slug, told, _before(tx, brand.slug, monday, zone))
    return Week(
        brand=brand.name,
        key=week,
        start=start,
        end=end,
        localizer=Localizer(brand.language, brand.time_zone),
        days=tuple(_day(monday + timedelta(days=n), zone, buckets, told) for n in range(7)),
        totals=totals(buckets),
        compared=against.week,
        before=against.before,
        left_out=against.left_out,
        incidents=(),
        sources=len(told.sources),
        silent=told.silent,
        joined=told.joined,
        seen=told.share,
        platforms=_platforms(tx, brand.slug, start, end),
        quotes=tuple(_quote(m) for m in evidence(tx, brand.slug, ALL, start, end, QUOTES)),
        link=link,
    )


def _day(day: date, zone: ZoneInfo, buckets: list[Bucket], told: Heard) -> Day:
    start, end = instant(day, time(), zone), instant(day + timedelta(days=1), time(), zone)
    own = [bucket for bucket in buckets if start <= bucket.start < end]
    return Day(day, totals(own), *told.missing(own))


def _before(tx: Transaction, brand: str, monday: date, zone: ZoneInfo) -> list[Heard]:
    """The weeks before that were wholly after the brand's beginning, the latest first."""
    begun = series.progress(tx, brand)
    found: list[Heard] = []
    for n in range(1, WEEKS_BEFORE + 1):
        start, end = span(week_of(monday - timedelta(days=7 * n)), zone)
        if begun is None or begun.first_bucket is None or begun.first_bucket > start:
            break
        found.append(heard(tx, brand, start, end))
    return found


def _platforms(
    tx: Transaction, brand: str, start: datetime, end: datetime
) -> tuple[tuple[str, float], ...]:
    counted = (
        (name, totals(series.series(tx, brand, name, start, end)).mentions)
        for name in series.platforms(tx, brand)
    )
    return tuple((name, count) for name, count in counted if count)


def _told(app: App, tx: Transaction, incident: Incident, end: datetime) -> DigestIncident:
    peaks = incident.peaks()
    words: tuple[str, ...] = ()
    if peaks and incident.risk_class != BLINDNESS:
        until = min(incident.resolved_at or end, end)
        words = subject_words(app, tx, peaks[0], incident.since, until)
    return DigestIncident(
        number=incident.id,
        severity=incident.severity,
        risk_class=incident.about,
        subject=incident.subject,
        state=incident.state,
        opened_at=incident.opened_at,
        acknowledged_at=incident.acknowledged_at,
        resolved_at=incident.resolved_at,
        shadow=incident.shadow,
        watch=_was_watch(incident),
        since=incident.since,
        words=words,
        peak=peaks[0] if peaks else None,
    )


def _was_watch(incident: Incident) -> bool:
    """Whether nothing it heard was ever more than a watch. An event keeps the highest level it
    had, so what it heard last says it."""
    heard = incident.signals()
    return bool(heard) and all(signal.facts.get("level") == "watch" for signal in heard)


def _quote(mention: StoredMention) -> Quote:
    """Without its author: digests travel further than alerts."""
    return Quote(
        mention.text or mention.title,
        url=mention.url,
        platform=mention.platform,
        at=mention.published_at,
        mention=f"{mention.platform}:{mention.external_id}",
        doubtful=mention.undated,
    )
