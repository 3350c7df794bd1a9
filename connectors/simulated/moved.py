"""A scenario moved to the present, for a drill: other times, other ids, another brand's name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from connectors.base import Page, Rejected
from connectors.kit.times import bucket_of
from connectors.simulated.scenario import Scenario
from monitor.model import Author, Mention


class Options(Protocol):
    """What a source says of it."""

    @property
    def storm_at(self) -> datetime | None:
        """When the first crisis begins."""

    @property
    def called(self) -> str:
        """What the brand is called; "": as the scenario calls it."""


class Platform(Protocol):
    """One platform of a scenario, its events settled."""

    scenario: Scenario

    @property
    def storm(self) -> datetime | None:
        """When its first crisis begins."""


class Moved:
    """``by``: how much later everything is, whole buckets. Ids and authors are the drill's own:
    ``brand``, which is that of no other, is part of them. What the brand publishes is left out."""

    def __init__(self, played: Platform, options: Options, brand: str) -> None:
        if options.storm_at is None or played.storm is None:
            raise Rejected("the scenario has no crisis that could begin now.")
        self.by: timedelta = bucket_of(options.storm_at.astimezone(UTC)) - bucket_of(played.storm)
        self.brand, self.called = brand, options.called
        self.names = sorted(played.scenario.called, key=len, reverse=True)

    def page(self, page: Page) -> Page:
        """The same page, later."""
        by = self.by
        return replace(
            page,
            mentions=tuple(self._mention(mention) for mention in page.mentions),
            covered_from=page.covered_from and page.covered_from + by,
            missed=page.missed and (page.missed[0] + by, page.missed[1] + by),
            position=page.position and page.position + by,
        )

    def _mention(self, mention: Mention) -> Mention:
        text = mention.text
        for name in self.names if self.called else ():
            text = text.replace(name, self.called)
        author = mention.author and Author(
            f"{self.brand}-{mention.author.handle}", followers=mention.author.followers
        )
        return replace(
            mention,
            external_id=f"{self.brand}-{mention.external_id}",
            published_at=mention.published_at + self.by,
            text=text,
            author=author,
        )
