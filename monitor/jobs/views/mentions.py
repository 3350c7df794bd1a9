"""What was heard, mention by mention, and why each was read as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.app import App
from monitor.model import Author, Language, Mention, Sentiment
from monitor.problems import Problem, no_brand
from monitor.query.ast import Query
from monitor.store.latest import Heard, heard

PAGE = 500
"""Mentions read at a time while some are looked for."""

LOOKED_THROUGH = 20_000
"""Stored mentions a query is held against at most, the latest ones."""


@dataclass(frozen=True, slots=True)
class Shown:
    """``mood``: ``negative``, ``neutral``, ``positive``, or ``unknown`` in a language nobody reads.
    ``why``: the words that moved it most."""

    heard: Heard
    mood: str
    why: tuple[str, ...]


def brands_of(app: App, brand: str | None) -> list[str]:
    """The brand, or all of them. Raises Problem for one the config does not have."""
    if brand is not None and brand not in app.brands:
        raise Problem(no_brand(brand, app.brands))
    return [brand] if brand else list(app.brands)


def latest(app: App, brands: Sequence[str], query: Query | None, limit: int) -> list[Heard]:
    """The last ``limit`` mentions that match, in the order they were stored."""
    most = limit if query is None else LOOKED_THROUGH
    with app.db.read() as tx:
        found = heard(tx, brands, limit=most, newest=True)
    return [one for one in found if query is None or _matches(query, one)][-limit:]


def following(app: App, brands: Sequence[str], query: Query | None, after: int) -> Iterator[Heard]:
    """What was stored since the mention of that number, and matches."""
    while True:
        with app.db.read() as tx:
            found = heard(tx, brands, after=after, limit=PAGE)
        yield from (one for one in found if query is None or _matches(query, one))
        if len(found) < PAGE:
            return
        after = found[-1].id


def shown(app: App, one: Heard) -> Shown:
    """With the words that moved its mood, by the model that reads it now."""
    if not one.scored or not one.text:
        return Shown(one, "unknown", ())
    sentiment = Sentiment(one.negative, one.neutral, one.positive)
    text = app.enricher.as_read(one.brand, f"{one.title}\n{one.text}" if one.title else one.text)
    return Shown(one, sentiment.label, app.enricher.model.why(text, Language(one.language)))


def _matches(query: Query, one: Heard) -> bool:
    author = Author(one.author) if one.author else None
    mention = Mention(
        one.platform, one.external_id, one.published_at, one.text, author=author, title=one.title
    )
    return query.matches(mention, one.language) is not None
