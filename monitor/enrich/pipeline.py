"""Mentions -> readings: whom a mention concerns, in which language, in what mood.

Pure: the same mentions give the same readings, whatever the page's size or order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

from monitor.enrich.language import identify
from monitor.enrich.matching import Matcher
from monitor.model import ANY, Language, Mention, Reading, Sentiment
from monitor.query import Query, searched
from monitor.query_text import normalise

if TYPE_CHECKING:
    from monitor.enrich.sentiment.base import SentimentModel


class Enricher:
    """Reads mentions for brands. Holds no state but its queries' automaton.

    ``own_accounts``  by brand: ``platform:handle`` or ``handle`` (on any platform), in any case
    """

    def __init__(
        self,
        queries: Mapping[str, Query],
        own_accounts: Mapping[str, tuple[str, ...]],
        model: SentimentModel,
    ) -> None:
        self.model = model
        self._matcher = Matcher(queries)
        self._own = {
            brand: frozenset(map(_account, own_accounts.get(brand, ()))) for brand in queries
        }

    def read(
        self, mentions: Sequence[Mention], brands: Sequence[str] = (), *, own_content: bool = False
    ) -> list[tuple[Reading, ...]]:
        """The readings of each mention, in the order of the config's brands; none where it
        concerns nobody.

        ``brands`` limits whom it may concern; empty, or ``*`` in it, means every brand.
        ``own_content`` says that the mentions stand under the named brands' own content: they
        concern them whether or not they name them.
        """
        wanted = None if not brands or ANY in brands else frozenset(brands)
        asked = (wanted or frozenset()) & self._own.keys() if own_content else frozenset()
        hits = [self._matcher.hits(searched(mention)) for mention in mentions]
        candidates = [self._matcher.candidates(found, wanted, asked) for found in hits]
        chosen = [number for number, found in enumerate(candidates) if found]
        languages = dict(zip(chosen, _languages([mentions[n] for n in chosen]), strict=True))
        matched = {
            number: concerned
            for number in chosen
            if (
                concerned := self._concerned(
                    mentions[number], hits[number], candidates[number], languages[number], asked
                )
            )
        }
        moods = self._moods([mentions[n] for n in matched], [languages[n] for n in matched])
        read: list[tuple[Reading, ...]] = [()] * len(mentions)
        for (number, concerned), mood in zip(matched.items(), moods, strict=True):
            read[number] = tuple(
                Reading(
                    mentions[number],
                    brand,
                    terms,
                    languages[number],
                    mood,
                    self.model_version(brand),
                )
                for brand, terms in concerned
            )
        return read

    def model_version(self, brand: str) -> str:
        """Of the model that reads this brand's mentions."""
        return self.model.version

    def _concerned(
        self,
        mention: Mention,
        hits: Set[int],
        candidates: Sequence[str],
        language: Language,
        asked: Set[str],
    ) -> list[tuple[str, tuple[str, ...]]]:
        """The brands concerned, each with the parts of its query that matched."""
        found = []
        for brand in candidates:
            terms = self._matcher.matched(brand, hits, mention, language)
            if terms is None and brand in asked:
                terms = ()
            if terms is not None and not self._is_own(mention, brand):
                found.append((brand, terms))
        return found

    def _is_own(self, mention: Mention, brand: str) -> bool:
        own = self._own[brand]
        if not own or mention.author is None:
            return False
        handle = _handle(mention.author.handle)
        return (normalise(mention.platform), handle) in own or ("", handle) in own

    def _moods(self, mentions: Sequence[Mention], languages: Sequence[Language]) -> list[Sentiment]:
        if not mentions:
            return []
        scores = self.model.score([read_text(mention) for mention in mentions], languages)
        return [
            Sentiment(negative, neutral, positive, abstain)
            for (negative, neutral, positive), abstain in zip(
                scores.probabilities.tolist(), scores.abstain.tolist(), strict=True
            )
        ]


def read_text(mention: Mention) -> str:
    """What a person would read: the title, unless the text begins with it, and the text."""
    if not mention.title or mention.text.startswith(mention.title):
        return mention.text
    return f"{mention.title}\n{mention.text}"


def _languages(mentions: Sequence[Mention]) -> list[Language]:
    if not mentions:
        return []
    hints = [mention.lang_hint for mention in mentions]
    return identify([read_text(mention) for mention in mentions], hints)


def _account(written: str) -> tuple[str, str]:
    """``platform:handle`` -> (platform, handle); a bare handle is of any platform."""
    platform, colon, handle = written.partition(":")
    return (normalise(platform), _handle(handle)) if colon else ("", _handle(written))


def _handle(handle: str) -> str:
    return normalise(handle).removeprefix("@")
