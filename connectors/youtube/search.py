"""Everybody's videos that match a brand's query, within the searches that YouTube gives a day.

https://developers.google.com/youtube/v3/docs/search/list. A page is one of the project's 100
searches a day, whatever it brings; the index lags minutes to hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import ceil, inf
from typing import Any

from connectors.base import Page, Rejected, SourceSpec
from connectors.kit.endless import NOWHERE, mark_of
from connectors.kit.search_terms import search_terms
from connectors.youtube.api import YouTubeApi
from connectors.youtube.options import YouTubeOptions
from connectors.youtube.videos import found_video

OVERLAP = timedelta(hours=6)
"""Searched again each time: videos turn up in the index late."""

MAX_PAGES = 10
"""YouTube gives 500 videos of a search at most."""

MAX_TERMS = 20

GIVEN_UP = timedelta(days=1)
"""A search that was broken off so long ago begins anew."""


def every(options: YouTubeOptions) -> timedelta:
    """How often the searches of a day let us ask, with some left for days with many pages."""
    return timedelta(seconds=ceil(86_400 / max(1, options.max_searches_per_day - 2)))


class Search:
    """One poll of a search. ``state`` keeps until when it has been made, and found videos."""

    def __init__(
        self, api: YouTubeApi, options: YouTubeOptions, source: SourceSpec, state: dict[str, Any]
    ) -> None:
        self.api, self.source, self.state = api, source, state
        self.words = _words(options, source)
        self.left = source.budget.get("searches", inf)
        self.kept = options.comments_of

    def pages(self) -> Iterator[Page]:
        """Videos since the last search, newest first. One that was broken off goes on with the
        page it had come to: each is paid for once. One search of the day is never made: a budget
        that is spent would make the source blind."""
        walk, resumed = self._begun()
        start = datetime.fromisoformat(walk["start"])
        asked = self._asked(start, walk["token"])
        while self.left > 1:
            try:
                told = next(asked)
            except Rejected:
                if not resumed:
                    raise
                del self.state["searching"]  # its mark is not known any more
                yield from self.pages()
                return
            self.left, resumed = self.left - 1, False
            page = self._page(told, walk, start)
            yield page
            if "searching" not in self.state:
                return

    def _begun(self) -> tuple[dict[str, Any], bool]:
        """The search that is under way, or a new one; whether it was."""
        walk, now = dict(self.state.get("searching") or {}), self.source.now
        young = walk and now - datetime.fromisoformat(walk["began"]) < GIVEN_UP
        if young and walk["words"] == self.words:
            return walk, True
        known = self.state.get("searched")
        start = datetime.fromisoformat(known) - OVERLAP if known else self.source.since
        walk = {
            "words": self.words,
            "began": now.isoformat(),
            "start": start.isoformat(),
            "oldest": now.isoformat(),
            "token": "",
            "pages": 0,
        }
        return walk, False

    def _asked(self, start: datetime, token: str) -> Iterator[dict[str, Any]]:
        return self.api.pages(
            self.api.service.search().list,
            units=0,
            token=token,
            part="snippet",
            q=self.words,
            type="video",
            order="date",
            publishedAfter=start.strftime("%Y-%m-%dT%H:%M:%SZ"),
            maxResults=50,
            **_where(self.source.languages),
        )

    def _page(self, told: dict[str, Any], walk: dict[str, Any], start: datetime) -> Page:
        """A page of videos, and the cursor behind it."""
        known = self.state.get("searched")
        found = [found_video(item) for item in told["items"]]
        new = [m for m in found if m is not None]
        oldest = min([datetime.fromisoformat(walk["oldest"]), *(m.published_at for m in new)])
        self._keep({m.external_id: int(m.published_at.timestamp()) for m in new})
        walk |= {"token": mark_of(told.get("nextPageToken")), "oldest": oldest.isoformat()}
        walk["pages"] += 1
        last = not walk["token"] or walk["pages"] >= MAX_PAGES
        if last:
            self.state.pop("searching", None)
            self.state["searched"] = walk["began"]
        else:
            mark = "" if walk["token"] == NOWHERE else walk["token"]
            self.state["searching"] = {**walk, "token": mark}
        cut = last and bool(walk["token"])
        return Page(
            tuple(m for m in new if m.published_at >= start),
            cost={"searches": 1},
            skipped=found.count(None),
            covered_from=None if known or not last else (oldest if cut else start),
            missed=(start, max(start, oldest)) if known and cut else None,
            cursor=dict(self.state),
        )

    def _keep(self, videos: dict[str, int]) -> None:
        """The newest videos, of which comments are read."""
        both = {**self.state.get("found", {}), **videos}
        newest = sorted(both.items(), key=lambda one: -one[1])[: self.kept]
        self.state["found"] = dict(newest)


def _words(options: YouTubeOptions, source: SourceSpec) -> str:
    terms = options.terms
    if not terms:
        if source.query is None:
            raise Rejected("a YouTube search needs a brand's query, or `terms` of its own.")
        terms = search_terms(source.query, "youtube", MAX_TERMS)
    return "|".join(f'"{term}"' if " " in term else term for term in terms)


def _where(languages: tuple[str, ...]) -> dict[str, str]:
    return {"regionCode": "ID", "relevanceLanguage": "id"} if "id" in languages else {}
