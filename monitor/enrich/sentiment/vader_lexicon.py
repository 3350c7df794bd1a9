"""The installed vaderSentiment's lexicon, and what its rules ask about each token of it."""

from __future__ import annotations

import functools
import importlib
import string
from collections.abc import Sequence
from dataclasses import dataclass, replace

PUNCTUATION = string.punctuation

NAMED = frozenset(["no", "or", "nor", "never", "so", "this", "without", "doubt", "but"])
"""The words that the package's rules name."""

LEAST = "least"
"""It names this one too, for what may stand before it; being rare, it is taken for a phrase."""


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """What VADER's rules ask about a token. Those that the rules cannot tell apart are one object,
    so that what was found for one holds for all; so ``word`` is empty unless a rule names it.

    ``value`` None: not in the lexicon. ``felt``: has a sentiment, as boosters have none. ``rare``:
    it is "but", or a phrase may stand around it."""

    word: str = ""
    value: float | None = None
    booster: float | None = None
    negates: bool = False
    rare: bool = False
    felt: bool = False
    upper: bool = False


DULL = Token()
"""Stands for every token that no rule asks about, five in six, where one is asked about."""

EDGE = Token(value=0.0)
"""Stands where the text has ended; as if of the lexicon, for such a token moves no other."""

SHORT = Token()
"""At most two letters in punctuation, which may be an emoticon: to be looked up as written."""

NEGATION = Token(negates=True)
"""Any "n't" that the package does not list."""


class Lexicon:
    """``live``: the tokens that a rule asks about, by the lower-case word without its punctuation.
    ``short``: those of SHORT ones, by the lower-case word as written."""

    def __init__(self) -> None:
        package = importlib.import_module("vaderSentiment.vaderSentiment")
        analyzer = package.SentimentIntensityAnalyzer()
        self.words: dict[str, float] = analyzer.lexicon
        self.emojis: dict[str, str] = analyzer.emojis
        self.emoji = frozenset(self.emojis)
        self.boosters: dict[str, float] = package.BOOSTER_DICT
        self.special: dict[str, float] = package.SPECIAL_CASES
        self.negations = frozenset(package.NEGATE)
        self.capitals: float = package.C_INCR
        self.negation: float = package.N_SCALAR
        phrases = [key for key in (*self.special, *self.boosters) if " " in key]
        self._phrases = [f" {phrase} " for phrase in (LEAST, *phrases)]
        self._anchors = {LEAST, *(self._anchor(phrase.split()) for phrase in phrases)}
        self._one = functools.cache(Token)
        self.loud = functools.cache(functools.partial(replace, upper=True))
        self.live: dict[str, Token] = {}
        self.short: dict[str, Token] = {}
        for word in self.negations.union(self.words, self.boosters, self._anchors, NAMED):
            stripped = word.strip(PUNCTUATION)
            if len(stripped) <= 2:
                self.live[stripped] = SHORT
                self.short[word] = self._token(word, word if word in NAMED else "")
            elif stripped == word:
                self.live[word] = self._token(word, word if word in NAMED else "")

    def _anchor(self, words: list[str]) -> str:
        """The word of a phrase that is looked out for: one of the lexicon, or the longest."""
        return max(words, key=lambda word: (word in self.words, len(word)))

    def _token(self, word: str, name: str) -> Token:
        value, booster = self.words.get(word), self.boosters.get(word)
        negates = word in self.negations or "n't" in word
        rare = word == "but" or word in self._anchors
        felt = value is not None and booster is None
        return self._one(name, value, booster, negates, rare, felt)

    def has_phrase(self, words: Sequence[str]) -> bool:
        """Whether a phrase with a rule of its own is among these lower-case words."""
        text = f" {' '.join(word.strip(PUNCTUATION) for word in words)} "
        return any(phrase in text for phrase in self._phrases)

    def spelled(self, raw: str) -> Token:
        """The token with its word and capitals, as the rules for phrases ask for them."""
        word = raw.strip(PUNCTUATION)
        if len(word) <= 2:
            word = raw
        lower = word.lower()
        return replace(self._token(lower, ""), word=lower, upper=word.isupper())


@functools.cache
def lexicon() -> Lexicon:
    """The installed package's lexicon, read once."""
    return Lexicon()
