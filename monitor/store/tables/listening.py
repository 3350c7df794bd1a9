"""The tables of what is heard: sources, mentions, series, signals. SQLAlchemy 2.1 typed ORM; with
``responding`` what ``migrations/`` must describe exactly (tested)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.store.tables.base import Base, Id


class SourceRow(Base):
    """A source: one query or own account of a brand x one connector, and how it is doing.

    ``polled_until``: everything up to there has been asked for (domain time). ``next_poll_at`` is
    wall time. ``cursor`` moves only in the transaction that stores its page. ``recheck_after``:
    the number of the mention that was last given to be looked up again. ``missed_polls``: how many
    polls in a row could not tell everything; ``pace_s``: how often it is asked because of that.
    ``recorded``: a file beside live sources, which counts for nothing. ``hook_after``: the number
    of the webhook's telling that was last read. ``empty``: "list" or "search" where it
    has not shown anything at all since ``empty_since``. ``access``: a hash of where and with
    which credentials it is asked; "" where that is not known.
    """

    __tablename__ = "source"
    __table_args__ = (UniqueConstraint("brand", "connector", "name"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    brand: Mapped[str]
    connector: Mapped[str]
    name: Mapped[str]
    platform: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    cursor: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    lag_s: Mapped[int] = mapped_column(default=120)
    every_s: Mapped[int] = mapped_column(default=300)
    next_poll_at: Mapped[datetime]
    covered_from: Mapped[datetime | None]
    polled_until: Mapped[datetime | None]
    health: Mapped[str] = mapped_column(default="ok")
    health_since: Mapped[datetime | None]
    health_kind: Mapped[str] = mapped_column(default="")
    health_reason: Mapped[str] = mapped_column(default="")
    last_ok_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    undated: Mapped[int] = mapped_column(default=0)
    late: Mapped[int] = mapped_column(default=0)
    recheck_after: Mapped[int] = mapped_column(Id, default=0)
    missed_polls: Mapped[int] = mapped_column(default=0)
    pace_s: Mapped[int | None]
    recorded: Mapped[bool] = mapped_column(default=False)
    hook_after: Mapped[int] = mapped_column(Id, default=0)
    empty: Mapped[str] = mapped_column(default="")
    empty_since: Mapped[datetime | None]
    access: Mapped[str] = mapped_column(default="")
    lease_token: Mapped[str | None]
    lease_until: Mapped[datetime | None]


class GapRow(Base):
    """An interval a source could not or cannot tell us about; ``end`` None: still going on."""

    __tablename__ = "gap"
    __table_args__ = (Index(None, "source_id", "start"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    start: Mapped[datetime]
    end: Mapped[datetime | None]
    reason: Mapped[str]


class SpendRow(Base):
    """What a source has spent on one UTC day, by unit ("usd", "units")."""

    __tablename__ = "spend"
    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[float]


class AuthorRow(Base):
    """An author: personal data kept apart from the text, so that it can go first."""

    __tablename__ = "author"
    __table_args__ = (UniqueConstraint("platform", "handle"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    platform: Mapped[str]
    handle: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    followers: Mapped[int | None] = mapped_column(BigInteger)
    verified: Mapped[bool] = mapped_column(default=False)


class MentionRow(Base):
    """A mention. The dedup key begins with time so that random ids do not scatter over the index
    (a fifth of the rate at 600,000 rows otherwise); ``dedup_at`` is the epoch where the platform
    may change a post's time. ``undated``: ``published_at`` is not what the platform stated, which
    was missing or could not be believed. Removals and replies name a mention by its id alone."""

    __tablename__ = "mention"
    __table_args__ = (
        UniqueConstraint("dedup_at", "platform", "external_id"),
        Index(None, "external_id", "platform"),
        Index(
            None,
            "published_at",
            sqlite_where=text("removed = 0"),
            postgresql_where=text("not removed"),
        ),  # what retention has yet to look at
        Index(None, "author_id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    dedup_at: Mapped[datetime]
    platform: Mapped[str]
    external_id: Mapped[str]
    published_at: Mapped[datetime]
    stored_at: Mapped[datetime]
    text: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="post")
    reply_to: Mapped[str | None]
    root_id: Mapped[str | None]
    own: Mapped[bool] = mapped_column(default=False)
    media: Mapped[str] = mapped_column(default="")
    reach: Mapped[int | None] = mapped_column(BigInteger)
    likes: Mapped[int | None] = mapped_column(BigInteger)
    replies: Mapped[int | None] = mapped_column(BigInteger)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("author.id", ondelete="SET NULL"))
    removed: Mapped[bool] = mapped_column(default=False)
    undated: Mapped[bool] = mapped_column(default=False)


class ReadingRow(Base):
    """A mention read for one brand. Probabilities in thousandths, so that sums are exact.
    ``late``: it came when its bucket was closed already, whose ``at_close`` knows nothing of it;
    ``late_at``: when a platform that was listened to told it so late (domain time), else None."""

    __tablename__ = "reading"
    __table_args__ = (
        Index(None, "brand", "published_at"),
        Index(
            None,
            "late_at",
            sqlite_where=text("late_at is not null"),
            postgresql_where=text("late_at is not null"),
        ),  # hardly any is
    )
    mention_id: Mapped[int] = mapped_column(
        Id, ForeignKey("mention.id", ondelete="CASCADE"), primary_key=True
    )
    brand: Mapped[str] = mapped_column(primary_key=True)
    published_at: Mapped[datetime]
    platform: Mapped[str]
    language: Mapped[str]
    negative: Mapped[int]
    neutral: Mapped[int]
    positive: Mapped[int]
    abstain: Mapped[bool] = mapped_column(default=False)
    matched: Mapped[list[str]] = mapped_column(JSON)
    crisis_terms: Mapped[list[str]] = mapped_column(JSON)
    model_version: Mapped[str]
    late: Mapped[bool] = mapped_column(default=False)
    uncounted: Mapped[bool] = mapped_column(default=False)
    late_at: Mapped[datetime | None]


class CorrectionRow(Base):
    """A person's word on a mention's sentiment for one brand; it outlives the mention's text."""

    __tablename__ = "correction"
    __table_args__ = (UniqueConstraint("brand", "text_hash"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    brand: Mapped[str]
    text_hash: Mapped[str]
    platform: Mapped[str] = mapped_column(default="")
    external_id: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    language: Mapped[str]
    gold: Mapped[str]
    who: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


class ExclusionRow(Base):
    """Words that a person has said are not about a brand. ``ended_at`` None: it holds."""

    __tablename__ = "exclusion"
    __table_args__ = (Index(None, "brand"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    brand: Mapped[str]
    words: Mapped[str]
    who: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    incident_id: Mapped[int | None] = mapped_column(Id)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(default="")


class ExcludedRow(Base):
    """A mention that an exclusion has left out: kept, so that it can be looked at, and not read."""

    __tablename__ = "excluded"
    exclusion_id: Mapped[int] = mapped_column(
        Id, ForeignKey("exclusion.id", ondelete="CASCADE"), primary_key=True
    )
    mention_id: Mapped[int] = mapped_column(
        Id, ForeignKey("mention.id", ondelete="CASCADE"), primary_key=True
    )


class RollupRow(Base):
    """A series' bucket. ``measure``: mentions, scored, negative and positive (sums of
    probabilities in thousandths), crisis (readings that name one), reported (what the platform
    itself counted).

    ``value`` is what is known now, ``at_close`` what was known when the bucket became final
    (None: not final yet); detectors learn and are replayed on the latter.
    """

    __tablename__ = "rollup"
    __table_args__ = (Index(None, "brand", "start"),)
    brand: Mapped[str] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
    at_close: Mapped[int | None] = mapped_column(BigInteger)


class ReportedRow(Base):
    """A count the platform reported to one source; the rollup moves by its change."""

    __tablename__ = "reported"
    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), primary_key=True
    )
    platform: Mapped[str] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    end: Mapped[datetime]
    value: Mapped[int] = mapped_column(BigInteger)


class VoiceRow(Base):
    """What an author (a number that nobody is found by) wrote of a brand in a bucket, while its
    hour may still be told of: readings with a sentiment, the sum of their p_neg in thousandths."""

    __tablename__ = "voice"
    __table_args__ = (Index(None, "brand", "hour"),)
    brand: Mapped[str] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    author: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    scored: Mapped[int]
    negative: Mapped[int]


class BrandRow(Base):
    """How far a brand's buckets are final. ``voices_from``: since when their voices are known."""

    __tablename__ = "brand"
    slug: Mapped[str] = mapped_column(primary_key=True)
    first_bucket: Mapped[datetime | None]
    closed_until: Mapped[datetime | None]
    voices_from: Mapped[datetime | None]


class UncoveredRow(Base):
    """An interval of a brand's platform (or ANY) that was closed without being covered."""

    __tablename__ = "uncovered"
    __table_args__ = (Index(None, "brand", "start"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    brand: Mapped[str]
    platform: Mapped[str]
    start: Mapped[datetime]
    end: Mapped[datetime]
    reason: Mapped[str]


class DetectorRow(Base):
    """A detector's state: the fold over all final buckets before ``folded_until``."""

    __tablename__ = "detector"
    brand: Mapped[str] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    folded_until: Mapped[datetime]
    learning_until: Mapped[datetime | None]
    state: Mapped[dict[str, Any]] = mapped_column(JSON)


class SignalRow(Base):
    """A detector's claim. ``revision`` moves with each update; ``responded`` is the last one that
    respond has seen."""

    __tablename__ = "signal"
    __table_args__ = (
        UniqueConstraint("brand", "platform", "subject", "detector", "start"),
        Index(None, "brand", "at"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    brand: Mapped[str]
    platform: Mapped[str]
    subject: Mapped[str]
    detector: Mapped[str]
    risk_class: Mapped[str]
    start: Mapped[datetime]
    at: Mapped[datetime]
    first_at: Mapped[datetime]
    score: Mapped[float]
    peak_score: Mapped[float]
    observed: Mapped[float]
    low: Mapped[float | None]
    middle: Mapped[float | None]
    high: Mapped[float | None]
    window_s: Mapped[int]
    final: Mapped[bool]
    over: Mapped[bool] = mapped_column(default=False)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    mention_ids: Mapped[list[str]] = mapped_column(JSON)
    revision: Mapped[int] = mapped_column(default=1)
    responded: Mapped[int] = mapped_column(default=0)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id", ondelete="SET NULL"))


class MetaRow(Base):
    """Single facts by name: a replay's position, the daemon's heartbeat, the last config error."""

    __tablename__ = "meta"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(JSON)
