"""Threads: public posts by word, mentions of the account, replies to its posts, their reach.

https://developers.facebook.com/docs/threads. The only surface of Meta that searches public posts:
2,200 searches in 24 hours and user over all apps, where those without a result are not counted.
Lag: minutes. Words that Threads calls sensitive find nothing: such a word is asked for over a month
once a day, and if that is empty too, the source says that it cannot see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Literal

from pydantic import Field

from connectors.base import Cursor, Info, Need, Page, SourceSpec
from connectors.kit.apart import Apart
from connectors.kit.meta.graph import Graph
from connectors.kit.meta.options import MetaOptions
from connectors.kit.own_content import Reading
from connectors.kit.schedule import Schedule
from connectors.kit.search_terms import search_terms
from connectors.kit.undated import judged
from connectors.threads.api import ThreadsContent
from connectors.threads.hooks import heard
from monitor.model import ANY

OVERLAP = timedelta(minutes=30)
DAY = timedelta(days=1)
MEASURED = 25
MAX_TERMS = 7
"""Searches in one poll: 7 every five minutes are 2,016 of the 2,200 a day."""

Part = Literal["search", "mentions", "own_posts", "metrics"]


class ThreadsOptions(MetaOptions):
    """Options of a Threads source."""

    account: str = Field("", description="Whose token, where several accounts are connected.")
    terms: tuple[str, ...] = Field(
        (), max_length=MAX_TERMS, description="What to search for, in place of the brand's query."
    )
    read: tuple[Part, ...] = Field(
        ("search", "mentions", "own_posts", "metrics"), description="What is read."
    )
    version: str = Field("v1.0", pattern=r"^v\d{1,3}\.\d$", description="Of the Threads API.")
    base_url: str = "https://graph.threads.net"


class Threads:
    """Searches and mentions first, then own conversations, then reach."""

    info = Info(
        name="threads",
        platform="threads",
        title="Threads",
        can=frozenset({"mentions", "own_comments", "own_posts", "own_metrics", "deletions"}),
        options=ThreadsOptions,
        secrets={"token": "META_THREADS_TOKEN", "app_secret": "META_THREADS_APP_SECRET"},
        optional=frozenset({"app_secret"}),
        lag=timedelta(minutes=5),
        every=timedelta(minutes=5),
        page_budget=300,
        docs="docs/connectors/threads.md",
        oauth=("threads",),
        account="account",
        hooked="deletions, until the next hourly look,",
        quota="2,200 searches in 24 hours a user; 4,800 requests a day for each impression.",
        terms="https://developers.facebook.com/terms",
        needs=(
            Need("threads_basic, threads_read_replies", "platform", "own posts and their replies"),
            Need("threads_keyword_search", "platform", "public posts; before it only own ones"),
            Need("threads_manage_mentions", "platform", "mentions"),
            Need("threads_manage_insights", "platform", "reach"),
        ),
    )

    def __init__(self, options: ThreadsOptions, secrets: Mapping[str, str]) -> None:
        self.options = options
        self.secrets = secrets

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """Each conversation ends with a cursor to go on from; the last page with the whole.
        Parts that are refused are told with it."""
        return judged(self._pages(source, cursor), source, first=cursor is None)

    def _pages(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        options, told = self.options, dict(cursor or {})
        graph = Graph("Threads", options.base_url, options.version, self.secrets, source.now)
        content = ThreadsContent(graph, str(told.get("name") or ""))
        content.own = told["name"] = content.own or content.name()
        schedule = Schedule(cursor, source.now)
        told["deaf"] = list(told.get("deaf") or [])
        apart = Apart(source.now, cursor, whole=source.whole)
        terms = self._terms(source) if "search" in options.read else ()
        yield from heard(source.hooks)
        if terms:
            found = self._searches(content, schedule, source, told["deaf"], terms, apart)
            yield from apart.read(found, unseen="searches", main=True)
        if "mentions" in options.read:
            naming = content.mentions(schedule.since("mentions", source.since, OVERLAP))
            heard_of = schedule.then_done("mentions", naming)
            main = not terms and "own_posts" not in options.read
            yield from apart.read(heard_of, unseen="mentions", main=main)
        reading = Reading.of(content, source, told)
        if "own_posts" in options.read:
            own = reading.pages(options.posts_for, options.comments_for, apart)
            yield from apart.read(own, unseen="replies to own posts", main=not terms)
        wanted = "metrics" in options.read and schedule.due("metrics", options.metrics_every)
        if wanted and not graph.pressed:
            measured = content.metrics(list(reading.posts)[:MEASURED])
            yield from apart.read(schedule.then_done("metrics", measured), unseen="reach")
        yield from reading.end(schedule, apart, None if cursor else source.since)

    def _searches(
        self,
        content: ThreadsContent,
        schedule: Schedule,
        source: SourceSpec,
        deaf: list[str],
        terms: tuple[str, ...],
        apart: Apart,
    ) -> Iterator[Page]:
        """Each word for itself. Raises where none can be searched for."""
        each = Apart(source.now, whole=source.whole)
        for term in terms:
            found = self._search(content, schedule, source, deaf, term)
            yield from each.read(found, unseen=f"“{term}”")
        if each.first and len(each.refused) == len(terms):
            raise each.first
        apart.one_of(each)

    def _search(
        self,
        content: ThreadsContent,
        schedule: Schedule,
        source: SourceSpec,
        deaf: list[str],
        term: str,
    ) -> Iterator[Page]:
        since = schedule.since(f"?{term}", source.since, OVERLAP)
        found = 0
        for page in content.search(term, since):
            found += len(page.mentions)
            yield page
        if found:
            deaf[:] = [one for one in deaf if one != term]
        elif schedule.due(f"!{term}", DAY):
            answered = content.answers(term)
            deaf[:] = [one for one in deaf if one != term] + ([] if answered else [term])
            schedule.done(f"!{term}")
        if term in deaf:  # an empty answer to a sensitive word is not calm
            why = f"Threads answers nothing to “{term}”: it may count it as a sensitive word."
            yield Page(missed=(since, source.now), missed_why=why)
        schedule.done(f"?{term}")

    def _terms(self, source: SourceSpec) -> tuple[str, ...]:
        if self.options.terms:
            return self.options.terms
        if source.query is None or source.brand == ANY:
            return ()
        return search_terms(source.query, "Threads", MAX_TERMS)
