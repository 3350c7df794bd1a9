"""What an event is about: the words that are new in it, against the brand's own past.

Each word is counted once a text and held against how often it stood in texts of before by the
log-likelihood ratio. What is always said of a brand is not news; its name, accounts' names,
platforms and what people write around any event (``subject_stop.txt``) say nothing of this one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from monitor.enrich.crisis import concepts
from monitor.enrich.crisis.find import shipped
from monitor.enrich.likelihood import ONE_IN_A_THOUSAND, log_likelihood
from monitor.query.text import ADDRESSES, marks

MAX_WORDS = 3
LEAST_TEXTS, LEAST_SHARE = 3, 0.1
"""A word of the subject stands in so many texts of the event, and in so large a share of them."""

CRISIS_WEIGHT = 2.0
"""What a word that tells of a crisis counts for: it names what a reader must know first."""

TOGETHER = 0.6
"""Two words are told as one where they stand side by side so often: "sakit perut"."""

ITS_OWN = 0.5
"""A word is an account's name where so many of its texts are by accounts that have it in theirs,
and another brand's where so many have the whole name."""

LONGEST, LONGEST_ACRONYM = 24, 5

_NOISE = re.compile(
    rf"{ADDRESSES}|(?<![\w-])[\w-]+\.(?:com|net|org|id|co|ly|me|tv|news|info|my|sg)\b\S*"
)
"""What is no word of a subject."""
_CLAUSE_END = re.compile(r"[,.;:!?…()\[\]\n\u2013\u2014|\"“”。、，！？]+")
_ENDINGS = ("-nya", "nya", "an", "'s", "’s", "es", "s")
"""Of a word that is also written without: "botolnya", "botolan", "bottles"."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text (hostile), which of its words tell of a crisis, and its author's names."""

    text: str
    crisis: tuple[str, ...] = ()
    author: str = ""


@cache
def stop_words() -> frozenset[str]:
    """What people write around any event, in Indonesian and English."""
    lines = (Path(__file__).parent / "subject_stop.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def new_words(
    said: Sequence[Said],
    before: Sequence[str],
    known: Collection[str],
    others: Collection[str] = (),
) -> list[str]:
    """At most ``MAX_WORDS`` words, or pairs of words, that stand out in ``said``, the most telling
    first, as they are mostly written there. ``before``: texts of the past; ``known``: names that
    say nothing: the brand's, what its query matched, its accounts, platforms; ``others``: names of
    other brands, whose words say nothing where they stand as the name."""
    return list(_new_words(tuple(said), tuple(before), frozenset(known), frozenset(others)))


@lru_cache(maxsize=8)
def _new_words(
    said: tuple[Said, ...],
    before: tuple[str, ...],
    known: frozenset[str],
    others: frozenset[str],
) -> tuple[str, ...]:
    """As ``new_words``. A page that is repeated until somebody answers asks the same again."""
    now = _Counted([one.text for one in said])
    past = now.texts_of(before)
    urgent = Counter(stem for one in said for stem in {*_alone(one.crisis, now)})
    dull = _Dull(known, others, said, now)
    ranked = sorted(
        (-ratio * (CRISIS_WEIGHT if word in urgent else 1.0), place, word)
        for place, (word, count) in enumerate(now.texts.items())
        if count >= max(LEAST_TEXTS, LEAST_SHARE * len(said))
        if (ratio := _likelihood(count, len(said), past[word], len(before))) > 0
        if (ratio >= ONE_IN_A_THOUSAND or not before) and not dull.says_nothing(word)
    )
    chosen = _joined([word for *_, word in ranked], now)
    chosen.sort(key=lambda term: urgent.keys().isdisjoint(term))  # what tells of a crisis first
    named = {part for term in chosen[:MAX_WORDS] for part in term}
    if not named & urgent.keys() and (one := _crisis(said, urgent, past, dull)):
        chosen.insert(0 if _are_enough(said) else min(1, len(chosen)), (one,))
    return tuple(now.written(term) for term in chosen[:MAX_WORDS])


def _are_enough(said: Sequence[Said]) -> bool:
    """Whether so many texts tell of a crisis that it is what all is about."""
    return sum(bool(one.crisis) for one in said) >= max(LEAST_TEXTS, LEAST_SHARE * len(said))


def _crisis(said: Sequence[Said], urgent: Counter[str], past: Counter[str], dull: _Dull) -> str:
    """The word most used for a crisis that several texts tell of, each in its own words; of those
    used as often the one that names a harm, and the surest; or ""."""
    if sum(bool(one.crisis) for one in said) < max(2, LEAST_SHARE * len(said) / 2):
        return ""
    fresh = [word for word in urgent if not past[word] and not dull.says_nothing(word)]
    sure = {word: shipped().find(word, news=False).evidence for word in fresh}
    harm = {word: concepts.of(word)[0] for word in fresh}
    order = sorted(fresh, key=lambda word: (-urgent[word], -harm[word], -sure[word], word))
    return next(iter(order), "")


def _joined(words: Sequence[str], now: _Counted) -> list[tuple[str, ...]]:
    """The first words, each with the one that mostly stands beside it."""
    left: list[str] = list(words)
    found: list[tuple[str, ...]] = []
    while left and len(found) < MAX_WORDS:
        word = left.pop(0)
        beside = [pair for other in left for pair in ((word, other), (other, word))]
        pair = max(beside, key=lambda two: now.pairs[two], default=(word, word))
        least = min(now.texts[one] for one in pair)
        if pair != (word, word) and now.told[pair] >= TOGETHER * least:
            left = [other for other in left if other not in pair]
            found.append(pair)
        else:
            found.append((word,))
    return found


@dataclass(slots=True)
class _Counted:
    """In how many texts each word stands, and each pair of neighbours (``told``: in one clause),
    and how they are written."""

    given: Sequence[str]
    texts: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    words: set[str] = field(default_factory=set)
    forms: dict[tuple[str, ...], Counter[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        split = [_split(text) for text in self.given]
        self.words = {word.casefold() for words in split for word in words}
        stem_of = {word: self.stem(word) for word in self.words}
        for text, words in zip(self.given, split, strict=True):
            stems = [stem_of[word.casefold()] for word in words]
            self.texts.update(list(dict.fromkeys(stems)))
            for stem, word in dict(zip(reversed(stems), reversed(words), strict=True)).items():
                self.forms.setdefault((stem,), Counter())[_as_shown(word)] += 1
            self.pairs.update(set(pairwise(stems)))
            beside = {
                (stem_of[one.casefold()], stem_of[other.casefold()]): (one, other)
                for one, other in _neighbours(text)
            }
            self.told.update(beside.keys())
            for pair, (one, other) in beside.items():
                self.forms.setdefault(pair, Counter())[f"{_as_shown(one)} {_as_shown(other)}"] += 1

    def texts_of(self, others: Sequence[str]) -> Counter[str]:
        """In how many of other texts each word stands. Where a word is written without its ending
        in either, both have the same stem of it."""
        split = [{word.casefold() for word in _split(text)} for text in others]
        words = {word for one in split for word in one}
        stems = {word: self.stem(word, words) for word in words}
        return Counter(stem for one in split for stem in {stems[word] for word in one})

    def stem(self, word: str, also: Collection[str] = ()) -> str:
        """The word without its ending, where it is also written so, here or ``also``."""
        bare = (word.removesuffix(end) for end in _ENDINGS if word.endswith(end))
        known = (one for one in bare if len(one) > 2 and (one in self.words or one in also))
        return next(known, word)

    def written(self, term: tuple[str, ...]) -> str:
        """As it mostly stands in the texts."""
        forms = self.forms.get(term)
        return forms.most_common(1)[0][0] if forms else " ".join(term)


class _Dull:
    """Words that say nothing of an event."""

    def __init__(
        self,
        known: Collection[str],
        others: Collection[str],
        said: Sequence[Said],
        now: _Counted,
    ) -> None:
        self._own = {part for name in known for part in _split(name.casefold())}
        self._own |= {now.stem(part) for part in self._own}
        self._compact = {c for name in known if len(c := _compact(name)) > 3}
        named: Counter[str] = Counter()
        for one in said:
            names = set(_split(one.author.casefold().replace("_", " ").replace(".", " ")))
            named.update({now.stem(w) for w in names} & {*_stems_of((one.text,), now)})
        for name in others:
            words = [now.stem(part) for part in _split(name.casefold())]
            whole = sum(_compact(name) in _compact(one.text) for one in said)
            named.update(dict.fromkeys(set(words) - named.keys(), whole))
        self._accounts = {w for w, n in named.items() if n >= ITS_OWN * max(1, now.texts[w])}

    def says_nothing(self, word: str) -> bool:
        """Whether a word (a stem) is no subject."""
        if len(word) > LONGEST or word in self._own or word in self._accounts:
            return True
        bare = word.removesuffix("nya").removesuffix("-")
        if {word, bare} & stop_words():
            return True
        left = _compact(word)
        for name in self._compact:
            left = left.replace(name, "")
        return not left or left in stop_words()


def _alone(crisis: Collection[str], now: _Counted) -> Iterator[str]:
    """The stems of crisis terms that are one word: of several, each alone may be harmless."""
    return (now.stem(term.casefold()) for term in crisis if " " not in term)


def _stems_of(texts: Collection[str], now: _Counted) -> Iterator[str]:
    return (now.stem(word.casefold()) for text in texts for word in _split(text))


@cache
def _word() -> re.Pattern[str]:
    """A word of at least two letters. Marks go on with the letter before them: a vowel of Thai or
    Tamil is no gap between words."""
    return re.compile(rf"[^\W\d_][\w'’{marks()}-]*(?:[^\W_]|[{marks()}])|[^\W\d_]{{2}}")


@lru_cache(maxsize=2048)
def _split(text: str) -> tuple[str, ...]:
    """Its words. A page that is repeated reads the texts of the one before it again."""
    return tuple(_word().findall(_NOISE.sub(" ", text)))


@lru_cache(maxsize=2048)
def _neighbours(text: str) -> tuple[tuple[str, str], ...]:
    """Words side by side with nothing between them that ends a clause: in "keracunan, anak saya
    muntah" nobody has poisoned a child."""
    clauses = (_word().findall(part) for part in _CLAUSE_END.split(_NOISE.sub(" ", text)))
    return tuple(pair for words in clauses for pair in pairwise(words))


def _compact(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _as_shown(word: str) -> str:
    """What is shouted is written as words are; acronyms stay."""
    return word.lower() if word.isupper() and len(word) > LONGEST_ACRONYM else word


def _likelihood(now: int, texts: int, past: int, before: int) -> float:
    """The log-likelihood ratio of a word that is more frequent now than it was; 0 where not. With
    no past to hold it against, how often it is there."""
    if not before:
        return float(now)
    if now / texts <= (past + 0.5) / (before + 1.0):
        return 0.0
    return log_likelihood(now, texts, past, before)
