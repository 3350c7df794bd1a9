"""The connector contract: platform -> ``Page``. Connectors know nothing of storage or alerting.

A connector is a generator function's object::

    class Rss:
        info = Info(...)
        def __init__(self, options: RssOptions, secrets: Mapping[str, str]) -> None: ...
        def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]: ...

Laziness is the budget: the poller stops asking on page budget, deadline or shutdown. No sleeps,
retries, rate limiting, environment reads or state inside. A newest-first API hands out a cursor
only with its last page, so that an interruption means fetching again and never a hole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from monitor.model import Count, Mention, Metric, OwnPost, Removal, Standing
from monitor.query.ast import Query

Cursor = Mapping[str, Any]
"""Opaque to everybody but its connector; JSON-serialisable. None means "never polled"."""


class ConnectorError(Exception):
    """A failure named for what the caller should do next. Its text is shown to people.

    The text is one sentence, with what to do where a person can; it never holds a secret.
    """


class Unavailable(ConnectorError):
    """The platform or the way to it is down: back off and try again."""


class Unanswered(Unavailable):
    """It took all the time that a request may take, and so much of a poll's."""


class RateLimited(ConnectorError):
    """Too fast or the quota is spent: try again at ``retry_at`` (UTC; None: back off)."""

    def __init__(self, message: str, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class BudgetSpent(RateLimited):
    """What the source's own options allow a day (``max_…_per_day``) is spent, whatever the platform
    would still give: raising it ends the wait."""


REFUSALS = ("token", "credits", "permission", "missing")
"""Why a platform refuses us; ``missing`` where no token was given, so that none was refused."""


class Unauthorized(ConnectorError):
    """The platform refuses us: stop and tell a human. ``reason`` is one of ``REFUSALS``."""

    def __init__(self, message: str, reason: str = "token") -> None:
        super().__init__(message)
        self.reason = reason


class Rejected(ConnectorError):
    """This query or object will never work as it stands: tell a human. ``gone``: the platform says
    that it is gone for good (410). Else a source that worked until now is asked again first: what
    is not found once among good answers is mostly the platform's own trouble."""

    def __init__(self, message: str, *, gone: bool = False) -> None:
        super().__init__(message)
        self.gone = gone


def concerns_all(error: ConnectorError) -> bool:
    """Whether nothing else can be read either: it is the token that is not accepted, not what was
    asked for that is not permitted."""
    return isinstance(error, Unauthorized) and error.reason != "permission"


@dataclass(frozen=True, slots=True)
class Page:
    """What one request brought, and the cursor that is safe to save once it is stored.

    ``mentions``     what people wrote; the brand's own replies too, marked ``own``
    ``counts``       how much was written, as the platform itself counts
    ``own_posts``    what the brand published; told again, the newest wins
    ``metrics``      measured values of own posts, ads and the account
    ``standings``    how the platform judges them
    ``removals``     mentions and own posts that were deleted, made private or edited
    ``covered_from`` the platform gave everything since then (a first poll that reaches back)
    ``missed``       an interval the platform no longer gives: its buckets become uncovered. At
                     every poll anew it makes the source degraded, then blind
    ``missed_why``   one sentence why, where it is not that the list had rolled over since the last
                     poll: then the source is not asked any sooner
    ``cost``         what the platform bills, by unit: ``{"usd": 0.005}``, ``{"units": 1}``
    ``position``     the domain time up to which this page has told everything (a replay's clock);
                     None means "until the poll began"
    ``skipped``      entries that could not be read, counted and shown
    ``undated``      entries whose time was missing or could not be believed, counted and shown
    ``unseen``       a part of what the source should read that the platform refuses or cannot tell
                     for now: what people do not see, and why, in one sentence. Told at every poll
                     anew it makes the source degraded, never blind: raise where it is the main part
    ``hooks_left``   some of ``SourceSpec.hooks`` could not be read for now: give them again
    ``recheck_left`` likewise of ``SourceSpec.recheck``: they were not looked up in this poll
    ``empty``        it has never shown anything, be it old: "list" where that is strange (a feed
                     without an entry), "search" where nothing may have been found

    All of a page is stored in one transaction, with its cursor.
    """

    mentions: tuple[Mention, ...] = ()
    counts: tuple[Count, ...] = ()
    covered_from: datetime | None = None
    missed: tuple[datetime, datetime] | None = None
    cursor: Cursor | None = None
    cost: Mapping[str, float] = field(default_factory=dict)
    position: datetime | None = None
    skipped: int = 0
    undated: int = 0
    missed_why: str = ""
    unseen: str = ""
    hooks_left: bool = False
    recheck_left: bool = False
    empty: Literal["", "list", "search"] = ""
    own_posts: tuple[OwnPost, ...] = ()
    metrics: tuple[Metric, ...] = ()
    standings: tuple[Standing, ...] = ()
    removals: tuple[Removal, ...] = ()


@dataclass(frozen=True, slots=True)
class Hook:
    """What a platform told us by itself, by webhook, and we have kept.

    ``key``      the same however often it is delivered
    ``account``  id of the account that it is told to
    ``field``    what was subscribed to: ``feed``, ``mentions`` …
    ``value``    as the platform told it, as far as it is needed
    ``at``       when the platform says it happened
    """

    key: str
    platform: str
    account: str
    field: str
    value: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """What a connector is asked to read: one query or own account of one brand (or of ANY).

    ``since`` is how far back a first poll goes; ``now`` the poll's time (the domain's clock);
    ``budget`` what may still be spent today, by unit (absent: no limit); ``recheck`` ids of stored
    mentions that the connector may look up again to learn of deletions and edits, at most
    ``Info.recheck`` of them, others at each poll; ``hooks`` what came by webhook for its account
    since the last poll that ended well; ``whole``: all of it or nothing, for a poll that is not
    made anew in some minutes (a backfill): what fails in passing ends it, and it goes on there.
    """

    brand: str
    name: str
    query: Query | None
    languages: tuple[str, ...]
    since: datetime
    now: datetime
    budget: Mapping[str, float] = field(default_factory=dict)
    recheck: tuple[str, ...] = ()
    hooks: tuple[Hook, ...] = ()
    whole: bool = False


CAPABILITIES = frozenset(
    {
        "mentions",
        "own_comments",
        "own_posts",
        "own_metrics",
        "own_standing",
        "counts",
        "deletions",
    }
)
"""What a connector can bring: ``mentions`` by keyword or tag, ``own_comments`` under the brand's
own content (they concern the brand whether or not they name it), ``own_posts``, ``own_metrics``
and ``own_standing`` of the brand's own content, ``counts`` without texts, and ``deletions`` (edits
and what became private included)."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something without which a connector cannot read, or not all of it.

    ``what``  a scope, a review or an account in the platform's own words
    ``who``   who grants it: ``you`` (a setting of your own account), ``admin`` (of the page or
              organization), ``platform`` (a review or contract by the platform)
    ``why``   what it opens
    """

    what: str
    who: Literal["you", "admin", "platform"]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Info:
    """What a connector declares about itself. What people read of it (titles, limits) is asked
    here and kept in no list elsewhere.

    ``title``     the platform's name as people write it: ``YouTube``; "" is ``name``
    ``retention`` how long the platform's terms let texts and authors be kept; None: no term
    ``quota``     what the platform gives or sells, in one sentence
    ``terms``     address of the terms that say so
    ``needs``     what must be granted before it can read
    ``optional``  settings of ``secrets`` without which it reads too
    ``oauth``     providers whose stored tokens serve it (``siaga connect``), the first that has one
    ``account``   its option that names the account whose token is meant
    ``recorded``  what it brings was said long ago (a file): beside live sources it is listed, but
                  counts for nothing, covers nothing and pages nobody
    ``recheck``   how many ids of stored mentions it wants at each poll (see ``SourceSpec``)
    ``hooked``    what only a webhook tells it, in words for people; "": nothing
    ``platform``  platform of its mentions, or ANY where the data says
    ``can``       some of ``CAPABILITIES``
    ``secrets``   setting name -> environment variable (``NAME`` or ``NAME_FILE``)
    ``lag``       how late a post may still appear in the platform's answers
    ``every``     default polling interval; ``page_budget`` pages at most in one poll
    """

    name: str
    platform: str
    can: frozenset[str]
    options: type[Options]
    secrets: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    lag: timedelta = timedelta(minutes=2)
    every: timedelta = timedelta(minutes=5)
    page_budget: int = 50
    docs: str = ""
    title: str = ""
    retention: timedelta | None = None
    quota: str = ""
    terms: str = ""
    needs: tuple[Need, ...] = ()
    recheck: int = 0
    oauth: tuple[str, ...] = ()
    account: str = ""
    recorded: bool = False
    hooked: str = ""


class Options(BaseModel):
    """Base of every connector's options: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Connector(Protocol):
    """One platform. Made anew for every poll; not shared between threads."""

    info: Info

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """Yield pages until there is nothing more for now. Raises a ``ConnectorError``."""
        ...
