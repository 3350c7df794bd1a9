"""The installed vaderSentiment's lexicon, and what its rules ask about each token, remembered."""

from __future__ import annotations

import functools
import importlib
import string
from dataclasses import dataclass

PUNCTUATION = string.punctuation

MAX_LENGTH = 40
"""Letters of the longest token that is remembered."""

MAX_TOKENS = 60_000
"""Tokens remembered before the memory is emptied; some 15 MB."""


@dataclass(slots=True, eq=False)  # not frozen: that would make each three times as dear
class Token:
    """What VADER's rules ask about a token. ``value`` None: not in the lexicon. ``phrase``: may be
    part of an idiom, whose other words are then to be spelled out too."""

    lower: str
    value: float | None
    booster: float | None
    upper: bool
    negates: bool
    phrase: bool
    ahead: bool
    marked: bool


DULL = Token("", None, None, False, False, False, False, False)
"""Stands for every token that no rule asks about, five in six, where one is asked about."""


class Lexicon(dict[str, Token | None]):
    """Raw token -> Token, None for a dull one; filled as tokens are met."""

    def __init__(self) -> None:
        package = importlib.import_module("vaderSentiment.vaderSentiment")
        super().__init__()
        analyzer = package.SentimentIntensityAnalyzer()
        self.words: dict[str, float] = analyzer.lexicon
        self.emojis: dict[str, str] = analyzer.emojis
        self.emoji = frozenset(self.emojis)
        self.boosters: dict[str, float] = package.BOOSTER_DICT
        self.special: dict[str, float] = package.SPECIAL_CASES
        self.negations = frozenset(package.NEGATE)
        self.capitals: float = package.C_INCR
        self.negation: float = package.N_SCALAR
        phrases = [*self.special, *(key for key in self.boosters if " " in key)]
        self.anchors = {"least", *(self._anchor(phrase.split()) for phrase in phrases)}
        rules = {"no", "or", "nor", "this", "but"}
        self.full = Full(self)
        self.acting = self.negations.union(self.words, self.boosters, self.anchors, rules)

    def _anchor(self, words: list[str]) -> str:
        """The word of a phrase that is looked out for: one of the lexicon, or the longest."""
        return max(words, key=lambda word: (word in self.words, len(word)))

    def __missing__(self, raw: str) -> Token | None:
        word = raw.strip(PUNCTUATION)
        if len(word) <= 2:
            word = raw
        lower = word.lower()
        acts = lower in self.acting or word.isupper() or "n't" in lower
        token = self._token(word, lower) if acts else None
        if len(raw) <= MAX_LENGTH:
            if len(self) >= MAX_TOKENS:
                self.clear()
            self[raw] = token
        return token

    def spelled(self, raw: str) -> Token:
        """The token, dull or not. Two letters without their punctuation may be an emoticon."""
        stripped = raw.strip(PUNCTUATION)
        word = raw if len(stripped) <= 2 else stripped
        return self._token(word, word.lower())

    def _token(self, word: str, lower: str) -> Token:
        upper, phrase = word.isupper(), lower in self.anchors
        return Token(
            lower,
            self.words.get(lower),
            self.boosters.get(lower),
            upper,
            lower in self.negations or "n't" in lower,
            phrase,
            phrase or lower == "no",
            upper or phrase or lower == "but",
        )


class Full(dict[str, Token]):
    """The same with no token dull, for the few texts that may hold an idiom."""

    def __init__(self, known: Lexicon) -> None:
        super().__init__()
        self._spelled = known.spelled

    def __missing__(self, raw: str) -> Token:
        token = self._spelled(raw)
        if len(raw) <= MAX_LENGTH:
            if len(self) >= MAX_TOKENS:
                self.clear()
            self[raw] = token
        return token


@functools.cache
def lexicon() -> Lexicon:
    """The installed package's lexicon, read once."""
    return Lexicon()
