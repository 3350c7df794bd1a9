"""Mentions -> readings: whom a mention concerns, in which language, in what mood.

Pure: the same mentions give the same readings, whatever the page's size or order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

from monitor.enrich.language import identify
from monitor.enrich.matching import Matcher
from monitor.enrich.sentiment.clauses import parts
from monitor.enrich.sentiment.mood import toward
from monitor.model import ANY, Language, Mention, Reading, Sentiment
from monitor.query import Query, searched
from monitor.query_text import normalise

if TYPE_CHECKING:
    from monitor.enrich.sentiment.base import SentimentModel


Concerned = Mapping[int, list[tuple[str, tuple[str, ...]]]]
"""Mention -> the brands it concerns, each with the terms that matched."""


class Enricher:
    """Reads mentions for brands. Holds no state but its queries' automaton and the models that
    brands' own corrections have made.

    ``own_accounts``  by brand: ``platform:handle`` or ``handle`` (on any platform), in any case
    """

    def __init__(
        self,
        queries: Mapping[str, Query],
        own_accounts: Mapping[str, tuple[str, ...]],
        model: SentimentModel,
    ) -> None:
        self.model = model
        self.learned: dict[str, tuple[int, int] | None] = {}
        self._models: dict[str, SentimentModel] = {}
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
        moods = self._moods(mentions, languages, matched)
        read: list[tuple[Reading, ...]] = [()] * len(mentions)
        for number, concerned in matched.items():
            read[number] = tuple(
                Reading(
                    mentions[number],
                    brand,
                    terms,
                    languages[number],
                    moods[number, brand],
                    self.model_version(brand),
                )
                for brand, terms in concerned
            )
        return read

    def model_version(self, brand: str) -> str:
        """Of the model that reads this brand's mentions."""
        return self._models.get(brand, self.model).version

    def learn(
        self, brand: str, model: SentimentModel | None, mark: tuple[int, int] | None = None
    ) -> None:
        """Read the brand's mentions by ``model`` from now on (None: by the one for all). ``mark``
        is kept in ``learned``, to tell when there is something new to learn."""
        models = {slug: own for slug, own in self._models.items() if slug != brand}
        self._models = models if model is None else models | {brand: model}
        self.learned[brand] = mark

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

    def _moods(
        self, mentions: Sequence[Mention], languages: Mapping[int, Language], matched: Concerned
    ) -> dict[tuple[int, str], Sentiment]:
        """The sentiment of each mention toward each brand it concerns."""
        texts = {number: read_text(mentions[number]) for number in matched}
        moods = self._scored({(number, ""): texts[number] for number in matched}, languages)
        whole = {
            (number, brand): moods[number, ""]
            for number, concerned in matched.items()
            for brand, _ in concerned
        }
        own = {key: texts[key[0]] for key in whole if key[1] in self._models}
        whole |= self._scored(own, languages)
        about = {
            (number, brand): part
            for number, concerned in matched.items()
            for brand, part in parts(texts[number], dict(concerned)).items()
        }
        heard = self._scored({key: part.text for key, part in about.items()}, languages)
        return whole | {
            key: toward(whole[key], heard[key], turned=part.turned) for key, part in about.items()
        }

    def _scored(
        self, texts: Mapping[tuple[int, str], str], languages: Mapping[int, Language]
    ) -> dict[tuple[int, str], Sentiment]:
        """Sentiment by (mention, brand), each by the brand's model; brand "" by the one for all."""
        moods: dict[tuple[int, str], Sentiment] = {}
        own = {brand for _, brand in texts} & self._models.keys()
        for brand in ["", *sorted(own)]:
            keys = [key for key in texts if (key[1] if key[1] in own else "") == brand]
            if not keys:
                continue
            scores = self._models.get(brand, self.model).score(
                [texts[key] for key in keys], [languages[key[0]] for key in keys]
            )
            rows = zip(keys, scores.probabilities.tolist(), scores.abstain.tolist(), strict=True)
            moods |= {key: Sentiment(p[0], p[1], p[2], unsure) for key, p, unsure in rows}
        return moods


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
