"""What a poll would bring, without storing anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from connectors.base import Connector, SourceSpec
from monitor.app import App
from monitor.jobs.poll.validate import ValidatedPage, validate_page
from monitor.jobs.spending import remaining_budget
from monitor.settings.model import SourceSettings


def preview(
    app: App, brand: str, source: SourceSettings, since: datetime, max_pages: int | None = None
) -> Iterator[ValidatedPage]:
    """The pages of a first poll that reaches back to ``since``, checked as those of a real one,
    within the whole of a day's budget. Raises what a connector raises, and ``InvalidPage``."""
    connector: Connector = app.connector_for(source)
    asked = SourceSpec(
        brand=brand,
        name=source.name,
        query=app.queries.get(brand),
        languages=app.brands[brand].languages,
        since=since,
        now=app.now(),
        budget=remaining_budget(getattr(connector, "options", None), {}),
    )
    budget = max_pages or connector.info.page_budget
    for page in islice(connector.fetch(asked, None), budget):
        yield validate_page(page, asked.now)
