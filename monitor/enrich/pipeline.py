"""Mentions -> readings: whom a mention concerns, in which language, with what sentiment.

Pure: the same mentions give the same readings, whatever the batch's size or order.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from monitor.enrich.crisis.find import NONE, Crisis, CrisisFinder, bad_words, is_opinion, shipped
from monitor.enrich.disguise import plain
from monitor.enrich.hashtags import opened
from monitor.enrich.language import identify
from monitor.enrich.matching import Matcher
from monitor.enrich.names import Masked, Names, read_as
from monitor.enrich.sentiment.base import CLASSES, SentimentModel
from monitor.enrich.sentiment.clauses import parts, toward
from monitor.enrich.sentiment.reading import UNKNOWN, Text, read, told
from monitor.enrich.sentiment.shipped import load
from monitor.model import ANY, Language, Mention, Reading, Sentiment
from monitor.query.ast import Query, searched
from monitor.query.text import normalise, unescaped

Named = list[tuple[str, tuple[str, ...]]]
"""Brands that a mention names, each with the terms that matched."""

Sentiments = dict[tuple[int, str], Sentiment]
"""By mention and brand; brand "" is the text as such."""

SURE, SURER = 0.5, 0.7
"""p_neg of news from which on it tells of a crisis even where no term of the lists names it, and
even where it has no word of harm either."""

CERTAIN = 0.98
"""How sure we are of what a person has said."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What a brand's corrections have taught. ``model``: None while they are too few for one;
    ``said``: a text as queries see it -> what a person says it is; ``mark`` tells when there is
    more to learn."""

    model: SentimentModel | None = None
    said: Mapping[str, str] = field(default_factory=dict)
    mark: tuple[int, int] | None = None


class Enricher:
    """Reads mentions for brands. Holds no state but its queries' automaton and what the brands'
    own corrections have taught, which is only ever replaced as a whole, as threads may be reading.

    ``own_accounts``  by brand: ``platform:handle`` or ``handle`` (on any platform), in any case
    ``called``        by brand: its names, which carry no sentiment
    ``crisis_terms``  by brand: its own terms of a crisis, beside the shipped ones
    """

    def __init__(
        self,
        queries: Mapping[str, Query],
        own_accounts: Mapping[str, tuple[str, ...]],
        model: SentimentModel,
        called: Mapping[str, Iterable[str]] | None = None,
        crisis_terms: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.model = model
        self._stand_in = _stand_in(model)
        self.learned: Mapping[str, Learned] = {}
        self._matcher = Matcher(queries)
        self._own = {
            brand: frozenset(map(_account, own_accounts.get(brand, ()))) for brand in queries
        }
        handles = {brand: [handle for _, handle in self._own[brand]] for brand in queries}
        names = called or {}
        self._names = Names(queries, {b: (*names.get(b, ()), *handles[b]) for b in queries})
        terms = {brand: tuple(own) for brand, own in (crisis_terms or {}).items() if own}
        self._crisis = {"": shipped(), **{b: CrisisFinder(own) for b, own in terms.items()}}
        self._versions = {brand: f"+t{_hash(own)}" for brand, own in terms.items()}

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
        named = candidates if wanted is None else list(map(self._matcher.candidates, hits))
        masked = {
            n: self._masked(read_text(mentions[n]), {*candidates[n], *named[n]}) for n in chosen
        }
        languages = self._languages(mentions, masked)
        concerned = {
            n: self._concerned(mentions[n], hits[n], candidates[n], languages[n], asked)
            for n in chosen
        }
        matched = {n: found for n, found in concerned.items() if found}
        known = {
            n: found + self._others(mentions[n], hits[n], languages[n], wanted)
            for n, found in matched.items()
        }
        crises, learned = self._crises(mentions, masked, matched), self.learned
        sentiments = self._sentiments(mentions, masked, languages, matched, known, crises, learned)
        return [
            tuple(
                Reading(mentions[n], brand, terms, _read_as(languages[n], sentiments[n, brand]),
                        sentiments[n, brand], self._version(brand, learned),
                        _told_by(mentions[n], masked[n], crises[n, brand], sentiments[n, brand]))
                for brand, terms in matched.get(n, ())
            )
            for n in range(len(mentions))
        ]  # fmt: skip

    def model_version(self, brand: str) -> str:
        """Of the model that reads this brand's mentions."""
        return self._version(brand, self.learned)

    def as_read(self, brand: str, text: str) -> str:
        """A text as the brand's model is given it: in plain letters, without the brand's names."""
        return self._masked(text, [brand]).read

    def learn(self, brand: str, learned: Learned) -> None:
        """Read the brand's mentions by this from now on."""
        self.learned = {**self.learned, brand: learned}

    def _model(self, brand: str, learned: Mapping[str, Learned]) -> SentimentModel:
        own = learned.get(brand)
        return own.model if own and own.model else self.model

    def _version(self, brand: str, learned: Mapping[str, Learned]) -> str:
        return self._model(brand, learned).version + self._versions.get(brand, "")

    def _masked(self, text: str, brands: Iterable[str]) -> Masked:
        """A text in plain letters, its hashtags in words, with signs for these brands' names."""
        concerned = sorted(brands)
        text = opened(plain(unescaped(text)), self._names.in_one_word(concerned))
        if self._stand_in is None:
            return Masked(text, text, {})
        return self._names.mask(text, concerned, self._stand_in)

    def _languages(
        self, mentions: Sequence[Mention], masked: Mapping[int, Masked]
    ) -> dict[int, Language]:
        """The language of each, by its text without names, which are of no language."""
        texts = [text.read for text in masked.values()]
        hints = [mentions[number].lang_hint for number in masked]
        return dict(zip(masked, identify(texts, hints) if texts else (), strict=True))

    def _crises(
        self,
        mentions: Sequence[Mention],
        masked: Mapping[int, Masked],
        matched: Mapping[int, Named],
    ) -> dict[tuple[int, str], Crisis]:
        """What each mention tells each brand of a crisis, and by the shipped terms alone (brand
        "")."""
        found = {}
        for number, concerned in matched.items():
            text, news = masked[number].read, mentions[number].kind == "article"
            common = found[number, ""] = self._crisis[""].find(text, news=news)
            for brand, _ in concerned:
                own = self._crisis.get(brand)
                found[number, brand] = own.find(text, news=news) if own else common
        return found

    def _concerned(
        self,
        mention: Mention,
        hits: Set[int],
        candidates: Sequence[str],
        language: Language,
        asked: Set[str],
    ) -> Named:
        """The brands concerned, each with the parts of its query that matched."""
        found = []
        for brand in candidates:
            terms = self._matcher.matched(brand, hits, mention, language)
            if terms is None and brand in asked:
                terms = ()
            if terms is not None and not self.is_own(mention, brand):
                found.append((brand, terms))
        return found

    def is_own(self, mention: Mention, brand: str) -> bool:
        """Whether one of the brand's own accounts wrote it."""
        own = self._own.get(brand)
        if not own or mention.author is None:
            return False
        handle = _handle(mention.author.handle)
        return (normalise(mention.platform), handle) in own or ("", handle) in own

    def _others(
        self, mention: Mention, hits: Set[int], language: Language, wanted: Set[str] | None
    ) -> Named:
        """Brands it names that nobody asks about now: they tell what of it is about whom."""
        if wanted is None:
            return []
        others = [brand for brand in self._matcher.candidates(hits) if brand not in wanted]
        found = [(brand, self._matcher.matched(brand, hits, mention, language)) for brand in others]
        return [(brand, terms) for brand, terms in found if terms]

    def _sentiments(
        self,
        mentions: Sequence[Mention],
        masked: Mapping[int, Masked],
        languages: Mapping[int, Language],
        matched: Mapping[int, Named],
        named: Mapping[int, Named],
        crises: Mapping[tuple[int, str], Crisis],
        learned: Mapping[str, Learned],
    ) -> Sentiments:
        """The sentiment of each mention toward each brand it concerns."""
        texts = {number: masked[number].text for number in matched}
        common = self._scored({(number, ""): texts[number] for number in matched}, languages, {})
        whole = {
            (number, brand): common[number, ""]
            for number, concerned in matched.items()
            for brand, _ in concerned
        }
        models = {brand for brand, own in learned.items() if own.model}
        own = {key: texts[key[0]] for key in whole if key[1] in models}
        whole |= self._scored(own, languages, learned)
        about = {
            (number, brand): part
            for number, brands in named.items()
            for brand, part in parts(texts[number], _terms(brands, masked[number])).items()
            if (number, brand) in whole and whole[number, brand] != UNKNOWN
        }
        clauses = {key: part.text for key, part in about.items()}
        of_clauses = self._scored(clauses, languages, learned)
        for key, part in about.items():
            whole[key] = toward(whole[key], of_clauses[key], turned=part.turned)
        whole |= self._of_news(mentions, masked, whole, crises)
        for number, brand in whole:
            if brand in learned and learned[brand].said:
                gold = learned[brand].said.get(normalise(read_text(mentions[number])))
                if gold:
                    whole[number, brand] = _as_said(gold)
        return whole

    def _of_news(
        self,
        mentions: Sequence[Mention],
        masked: Mapping[int, Masked],
        whole: Sentiments,
        crises: Mapping[tuple[int, str], Crisis],
    ) -> Sentiments:
        """The sentiment of articles, which tell of a crisis in sober words."""
        articles = [
            key
            for key, sentiment in whole.items()
            if mentions[key[0]].kind == "article" and sentiment != UNKNOWN
        ]
        if not articles:
            return {}
        numbers = sorted({number for number, _ in articles})
        news = load().news
        seen = dict(zip(numbers, news.look([masked[n].read for n in numbers]), strict=True))
        found = {}
        for key in articles:
            own = crises[key] if key[1] in self._versions else NONE
            probability = news.probability(seen[key[0]], whole[key], crises[key[0], ""])
            found[key] = told(whole[key], probability, own)
        return found

    def _scored(
        self,
        texts: Mapping[tuple[int, str], str],
        languages: Mapping[int, Language],
        learned: Mapping[str, Learned],
    ) -> Sentiments:
        """Sentiment by (mention, brand), each by the brand's model."""
        groups: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for key in texts:
            groups[key[1] if key[1] in learned and learned[key[1]].model else ""].append(key)
        sentiments: Sentiments = {}
        for brand, keys in groups.items():
            given = [Text(self._as_given(texts[key]), languages[key[0]]) for key in keys]
            found = read(self._model(brand, learned), given)
            sentiments |= dict(zip(keys, found, strict=True))
        return sentiments

    def _as_given(self, text: str) -> str:
        return text if self._stand_in is None else read_as(text, self._stand_in)


def _stand_in(model: SentimentModel) -> str | None:
    """What the model takes for a name that says nothing; None: it reads names as they are."""
    found: str | None = getattr(model, "stand_in", None)
    return found


def _read_as(language: Language, sentiment: Sentiment) -> Language:
    """Not what a text seems to be in where only praise put to it is in that language."""
    return Language.OTHER if sentiment == UNKNOWN else language


def _told_by(
    mention: Mention, masked: Masked, crisis: Crisis, sentiment: Sentiment
) -> tuple[str, ...]:
    """The words that tell of a crisis. In news that tells of one in none of the lists' words these
    are its words of harm, crime, abuse, anger or loss, or else the one that says so most; not in
    an opinion, which has its mood."""
    p = sentiment.negative
    if crisis.terms or crisis.denied or mention.kind != "article" or p < SURE:
        return crisis.terms
    if is_opinion(masked.read):
        return ()
    said = bad_words(masked.read)
    if not said and p >= SURER and (word := load().news.loudest(masked.read)):
        return (word,)
    return said


def _terms(brands: Named, masked: Masked) -> dict[str, tuple[str, ...]]:
    """What names each brand in a masked text."""
    return {brand: (*masked.named.get(brand, ()), *terms) for brand, terms in brands}


def _hash(terms: Iterable[str]) -> str:
    return hashlib.sha256(repr(sorted(terms)).encode("utf-8", "replace")).hexdigest()[:8]


def _as_said(gold: str) -> Sentiment:
    rest = (1 - CERTAIN) / 2
    negative, neutral, positive = (CERTAIN if name == gold else rest for name in CLASSES)
    return Sentiment(negative, neutral, positive)


def read_text(mention: Mention) -> str:
    """What a person would read: the title, unless the text begins with it, and the text."""
    if not mention.title or mention.text.startswith(mention.title):
        return mention.text
    return f"{mention.title}\n{mention.text}"


def _account(written: str) -> tuple[str, str]:
    """``platform:handle`` -> (platform, handle); a bare handle is of any platform."""
    platform, colon, handle = written.partition(":")
    return (normalise(platform), _handle(handle)) if colon else ("", _handle(written))


def _handle(handle: str) -> str:
    return normalise(handle).removeprefix("@")
