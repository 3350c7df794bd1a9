"""The installed vaderSentiment's lexicon, and what its rules ask about each token, remembered."""

from __future__ import annotations

import functools
import importlib
import string
from dataclasses import dataclass

MAX_LENGTH = 40
"""Letters of the longest token that is remembered."""

MAX_TOKENS = 60_000
"""Tokens remembered before the memory is emptied; some 15 MB."""


@dataclass(frozen=True, slots=True, eq=False)
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


DULL = Token("", None, None, False, False, False, False)
"""Every token that no rule asks about: five in six of them."""


class Lexicon(dict[str, Token]):
    """Raw token -> Token, filled as tokens are met."""

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

    def __missing__(self, raw: str) -> Token:
        word = raw.strip(string.punctuation)
        lower = (raw if len(word) <= 2 else word).lower()
        if lower in self.acting or "n't" in lower or (raw if len(word) <= 2 else word).isupper():
            token = self.spelled(raw)
        else:
            token = DULL
        if len(raw) <= MAX_LENGTH:
            if len(self) >= MAX_TOKENS:
                self.clear()
            self[raw] = token
        return token

    def spelled(self, raw: str) -> Token:
        """The token, dull or not. Two letters without their punctuation may be an emoticon."""
        stripped = raw.strip(string.punctuation)
        word = raw if len(stripped) <= 2 else stripped
        lower = word.lower()
        return Token(
            lower,
            self.words.get(lower),
            self.boosters.get(lower),
            word.isupper(),
            lower in self.negations or "n't" in lower,
            lower in self.anchors,
            lower in self.anchors or lower == "no",
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
