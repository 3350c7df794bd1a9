"""What the brand itself published, what was measured of it, and how platforms judge it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import and_, func, select, tuple_, update
from sqlalchemy.orm import Session

from monitor.model import Metric, OwnPost, OwnPostKind, Removal, Standing, SubjectKind
from monitor.store.bulk import insert, stamp, table_of
from monitor.store.engine import Transaction
from monitor.store.tables.listening import MentionRow, ReadingRow
from monitor.store.tables.own_content import MetricRow, OwnPostRow, StandingRow
from monitor.store.text import clean, clean_key

_ONCE = {"synchronize_session": False}
_POST = (
    "brand",
    "platform",
    "external_id",
    "kind",
    "published_at",
    "seen_at",
    "title",
    "text",
    "url",
    "gone",
)
_METRIC = (
    "brand",
    "platform",
    "subject_kind",
    "subject",
    "name",
    "since",
    "unit",
    "value",
    "measured_at",
)
_SUBJECT = ("brand", "platform", "subject_kind", "subject")
_STANDING = (*_SUBJECT, "state", "reason", "since", "seen_at")

_Subject = tuple[str, SubjectKind, str]
"""Platform, kind and id of what a standing speaks of."""

GOOD = ("live", "pending")
"""States that nobody need look at."""


@dataclass(frozen=True, slots=True)
class ShownStanding:
    """How an own post, ad or account stands, with what is known of the post. Texts are hostile."""

    brand: str
    platform: str
    subject_kind: str
    subject: str
    state: str
    reason: str
    since: datetime
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class StoredMetric:
    """A metric's latest value: so since ``since``, last measured at ``measured_at``."""

    brand: str
    platform: str
    subject_kind: str
    subject: str
    name: str
    unit: str
    value: float
    since: datetime
    measured_at: datetime


def storable_post(post: OwnPost) -> OwnPost:
    """The post with texts that every database takes."""
    return replace(
        post,
        platform=clean_key(post.platform),
        external_id=clean_key(post.external_id),
        text=clean(post.text),
        title=clean(post.title),
        url=clean(post.url),
    )


def storable_metric(metric: Metric) -> Metric:
    """The metric with texts that every database takes."""
    return replace(
        metric,
        platform=clean_key(metric.platform),
        subject=clean_key(metric.subject),
        name=clean_key(metric.name),
    )


def storable_standing(standing: Standing) -> Standing:
    """The standing with texts that every database takes."""
    return replace(
        standing,
        platform=clean_key(standing.platform),
        subject=clean_key(standing.subject),
        reason=clean(standing.reason),
    )


def put_own_posts(tx: Session, brand: str, posts: Sequence[OwnPost], now: datetime) -> None:
    """Store a brand's own posts; what is known takes what is told now."""
    at = stamp(tx)
    latest = {(p.platform, p.external_id): p for p in posts}
    rows = [
        (
            brand,
            p.platform,
            p.external_id,
            p.kind,
            at(p.published_at),
            at(now),
            p.title,
            p.text,
            p.url,
            "",
        )
        for _, p in sorted(latest.items())
    ]
    changed = ", ".join(f"{name} = excluded.{name}" for name in _POST[3:])
    insert(
        tx,
        table_of(OwnPostRow),
        _POST,
        rows,
        f"on conflict (brand, platform, external_id) do update set {changed}, gone_at = null",
    )


def put_metrics(tx: Session, brand: str, metrics: Sequence[Metric]) -> None:
    """Store measured values. One that is as before makes its row longer; one that was measured
    before the newest known is history and stays out."""
    at = stamp(tx)
    ordered = {
        (m.platform, m.subject_kind, m.subject, m.name, m.measured_at): m
        for m in sorted(metrics, key=lambda m: m.measured_at)
    }
    known = _latest_metrics(tx, brand, [m.subject for m in ordered.values()])
    fresh: dict[tuple[Any, ...], list[Any]] = {}
    for metric in ordered.values():
        key = (metric.platform, metric.subject_kind, metric.subject, metric.name)
        last = known.get(key)
        if last is not None and metric.measured_at <= last.measured_at:
            continue
        if last is None or (last.value, last.unit) != (metric.value, metric.unit):
            since = metric.measured_at
        else:
            since = last.since
        known[key] = StoredMetric(brand, *key, metric.unit, metric.value, since, metric.measured_at)
        fresh[(*key, since)] = [metric.unit, metric.value, metric.measured_at]
    rows = [
        (brand, *key[:4], at(key[4]), unit, value, at(measured))
        for key, (unit, value, measured) in sorted(fresh.items())
    ]
    insert(
        tx,
        table_of(MetricRow),
        _METRIC,
        rows,
        "on conflict (brand, platform, subject_kind, subject, name, since) do update set"
        " unit = excluded.unit, value = excluded.value, measured_at = excluded.measured_at",
    )


def put_standings(
    tx: Session, brand: str, standings: Sequence[Standing], now: datetime
) -> list[Standing]:
    """Store how things stand; those that are news: another state, or another reason."""
    latest = {(s.platform, s.subject_kind, s.subject): s for s in standings}
    at, table = stamp(tx), table_of(StandingRow)
    current = _current_standings(tx, brand, list(latest))
    same = [row.id for key, row in current.items() if _as_before(row, latest[key])]
    news = [s for key, s in latest.items() if key not in current or current[key].id not in same]
    over = [row.id for row in current.values() if row.id not in same]
    for ids, values in ((same, {"seen_at": now}), (over, {"seen_at": now, "ended_at": now})):
        if ids:
            changed = update(StandingRow).where(StandingRow.id.in_(ids)).values(**values)
            tx.execute(changed.execution_options(**_ONCE))
    rows = [
        (
            brand,
            s.platform,
            s.subject_kind,
            s.subject,
            s.state,
            s.reason,
            at(s.since or now),
            at(now),
        )
        for s in sorted(news, key=lambda s: (s.platform, s.subject_kind, s.subject))
    ]
    unique = "on conflict (brand, platform, subject_kind, subject) where ended_at is null"
    insert(tx, table, _STANDING, rows, f"{unique} do nothing")
    return news


def change_own_posts(tx: Session, brand: str, removals: Sequence[Removal], now: datetime) -> None:
    """What became of own posts: deleted or private ones lose their text, edited ones have a new
    one. Ids that are no own posts of the brand change nothing."""
    for removal in removals:
        post = update(OwnPostRow).where(
            OwnPostRow.brand == brand,
            OwnPostRow.platform == removal.platform,
            OwnPostRow.external_id == removal.external_id,
            OwnPostRow.gone == "",
        )
        values: dict[str, Any] = {"text": removal.text, "seen_at": now}
        if removal.kind != "edited":
            values = {"gone": removal.kind, "gone_at": removal.at, "seen_at": now}
            values |= dict.fromkeys(("text", "title", "url"), "")
        tx.execute(post.values(**values).execution_options(**_ONCE))


def standings(tx: Session, brand: str | None = None, limit: int = 100) -> list[ShownStanding]:
    """What is not as it should be, newest first (``GOOD`` states are left out)."""
    query = (
        select(StandingRow, OwnPostRow.title, OwnPostRow.text, OwnPostRow.url)
        .join(
            OwnPostRow,
            (OwnPostRow.brand == StandingRow.brand)
            & (OwnPostRow.platform == StandingRow.platform)
            & (OwnPostRow.external_id == StandingRow.subject),
            isouter=True,
        )
        .where(StandingRow.ended_at.is_(None), StandingRow.state.not_in(GOOD))
        .order_by(StandingRow.since.desc(), StandingRow.id.desc())
        .limit(limit)
    )
    if brand is not None:
        query = query.where(StandingRow.brand == brand)
    return [
        ShownStanding(
            row.brand,
            row.platform,
            row.subject_kind,
            row.subject,
            row.state,
            row.reason,
            row.since,
            title or text or "",
            url or "",
        )
        for row, title, text, url in tx.execute(query)
    ]


def metrics(
    tx: Session, brand: str, platform: str, subject: str, subject_kind: str = "post"
) -> list[StoredMetric]:
    """All that was measured of one subject, oldest first."""
    query = (
        select(MetricRow)
        .where(
            MetricRow.brand == brand,
            MetricRow.platform == platform,
            MetricRow.subject_kind == subject_kind,
            MetricRow.subject == clean_key(subject),
        )
        .order_by(MetricRow.since, MetricRow.name)
    )
    return [_stored_metric(row) for row in tx.scalars(query)]


def own_posts(tx: Session, brand: str, limit: int = 100) -> list[OwnPost]:
    """A brand's own posts that are still there, newest first."""
    query = (
        select(OwnPostRow)
        .where(OwnPostRow.brand == brand, OwnPostRow.gone == "")
        .order_by(OwnPostRow.published_at.desc(), OwnPostRow.id.desc())
        .limit(limit)
    )
    return [
        OwnPost(
            row.platform,
            row.external_id,
            row.published_at,
            cast(OwnPostKind, row.kind),
            row.text,
            row.url,
            row.title,
        )
        for row in tx.scalars(query)
    ]


def _latest_metrics(
    tx: Session, brand: str, subjects: Sequence[str]
) -> dict[tuple[str, str, str, str], StoredMetric]:
    if not subjects:
        return {}
    key = (MetricRow.platform, MetricRow.subject_kind, MetricRow.subject, MetricRow.name)
    newest = (
        select(*key, func.max(MetricRow.since))
        .where(MetricRow.brand == brand, MetricRow.subject.in_(sorted(set(subjects))))
        .group_by(*key)
    )
    query = select(MetricRow).where(
        MetricRow.brand == brand, tuple_(*key, MetricRow.since).in_(newest)
    )
    return {
        (row.platform, row.subject_kind, row.subject, row.name): _stored_metric(row)
        for row in tx.scalars(query)
    }


def _stored_metric(row: MetricRow) -> StoredMetric:
    return StoredMetric(
        row.brand,
        row.platform,
        row.subject_kind,
        row.subject,
        row.name,
        row.unit,
        row.value,
        row.since,
        row.measured_at,
    )


def _current_standings(
    tx: Session, brand: str, keys: Sequence[_Subject]
) -> dict[_Subject, StandingRow]:
    if not keys:
        return {}
    subject = tuple_(StandingRow.platform, StandingRow.subject_kind, StandingRow.subject)
    query = select(StandingRow).where(
        StandingRow.brand == brand, StandingRow.ended_at.is_(None), subject.in_(keys)
    )
    return {
        (row.platform, cast(SubjectKind, row.subject_kind), row.subject): row
        for row in tx.scalars(query)
    }


def _as_before(row: StandingRow, standing: Standing) -> bool:
    return (row.state, row.reason) == (standing.state, standing.reason)


def said_under(
    tx: Transaction, brand: str, start: datetime, end: datetime
) -> tuple[int, Mapping[str, int]]:
    """How many counted mentions of ``[start, end)`` there are, and how many of them stand under own
    content of each kind."""
    mention, reading, post = MentionRow, ReadingRow, OwnPostRow
    under = and_(
        post.brand == reading.brand,
        post.platform == mention.platform,
        post.external_id == mention.root_id,
    )
    query = (
        select(post.kind, func.count())
        .select_from(reading)
        .join(mention, mention.id == reading.mention_id)
        .join(post, under, isouter=True)
        .where(
            reading.brand == brand,
            reading.published_at >= start,
            reading.published_at < end,
            ~reading.uncounted,
        )
        .group_by(post.kind)
    )
    counted = [(kind, int(n)) for kind, n in tx.execute(query)]  # None: under nothing of our own
    return sum(n for _, n in counted), {kind: n for kind, n in counted if kind is not None}
