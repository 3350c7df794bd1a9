"""vaderSentiment's scoring, several times as fast and with the same result to the last digit.

The rules, the lexicon and the constants are the installed package's (Hutto & Gilbert 2014); here
is only another loop over them: what a token is (its value, its booster, whether it negates) is
looked up once and remembered, only words of the lexicon are visited, and the emoji are looked for
only where a text has any. A test holds it to ``polarity_scores`` on every text there is.
"""

from __future__ import annotations

import functools
import importlib
import math
import string
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_TOKENS = 60_000
"""Tokens remembered before the memory is emptied; some 15 MB."""

MAX_CHARS = 8_000
"""How much of a text ``features`` reads."""

FEATURES = ("pos", "neg", "compound", "positive", "negative", "first half", "second half")


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


DULL = Token("", None, None, False, False, False)
"""Every token that no rule asks about: three quarters of them."""


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
        self.anchors = {"no", "least", *(self._anchor(phrase.split()) for phrase in phrases)}

    def _anchor(self, words: list[str]) -> str:
        """The word of a phrase that is looked out for: one of the lexicon, or the longest."""
        return max(words, key=lambda word: (word in self.words, len(word)))

    def __missing__(self, raw: str) -> Token:
        token = self.spelled(raw)
        acts = token.upper or token.negates or token.phrase or token.lower in ("this", "but")
        if token.value is None and token.booster is None and not acts:
            token = DULL
        if len(raw) <= 40:
            if len(self) >= MAX_TOKENS:
                self.clear()
            self[raw] = token
        return token

    def spelled(self, raw: str) -> Token:
        """The token, dull or not."""
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
        )


@functools.cache
def lexicon() -> Lexicon:
    """The installed package's lexicon, read once."""
    return Lexicon()


def polarity_scores(text: str) -> dict[str, float]:
    """What ``SentimentIntensityAnalyzer().polarity_scores(text)`` returns."""
    text, sentiments = _sentiments(text, lexicon())
    if not any(sentiments):
        return {"neg": 0.0, "neu": 1.0 if sentiments else 0.0, "pos": 0.0, "compound": 0.0}
    neg, neu, pos, compound = _totals(text, sentiments)
    return {
        "neg": round(neg, 3),
        "neu": round(neu, 3),
        "pos": round(pos, 3),
        "compound": round(compound, 4),
    }


def features(texts: Sequence[str]) -> NDArray[np.float64]:
    """``FEATURES`` of each text, shape (texts, 7): shares of positive and negative words, the
    compound score, whether it is plainly positive or negative, the compound of each half."""
    known = lexicon()
    rows = [_features(*_sentiments(text[:MAX_CHARS], known)) for text in texts]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))


def _features(text: str, sentiments: list[float]) -> tuple[float, ...]:
    if not any(sentiments):
        return (0.0,) * len(FEATURES)
    neg, _, pos, compound = _totals(text, sentiments)
    half = len(sentiments) // 2
    halves = [_normal(float(sum(part))) for part in (sentiments[:half], sentiments[half:])]
    return (pos, neg, compound, float(compound >= 0.05), float(compound <= -0.05), *halves)


def _sentiments(text: str, known: Lexicon) -> tuple[str, list[float]]:
    """The text as VADER reads it, and each token's sentiment."""
    if not text.isascii() and not known.emoji.isdisjoint(text):
        text = _described(text, known.emojis)
    text = text.strip()
    tokens = [known[raw] for raw in text.split()]
    sentiments: list[float] = [0.0] * len(tokens)
    live = [at for at, token in enumerate(tokens) if token is not DULL]
    phrase = but = False
    capitals = 0
    for at in live:
        token = tokens[at]
        capitals += token.upper
        phrase |= token.phrase
        but |= token.lower == "but"
    if phrase:
        tokens = [known.spelled(raw) for raw in text.split()]
    some = 0 < capitals < len(tokens)
    for at in live:
        token = tokens[at]
        if token.value is not None and token.booster is None:
            near = tokens[at - 3 if at > 3 else 0 : at]
            if token.phrase or near.count(DULL) != len(near):
                sentiments[at] = _valence(token.value, tokens, at, some, known)
            elif some and token.upper:
                sentiments[at] = _shouted(token.value, token, some, known)
            else:
                sentiments[at] = token.value
    if but:
        _weigh_but(tokens, sentiments)
    return text, sentiments


def _described(text: str, emojis: dict[str, str]) -> str:
    parts = []
    space = True
    for char in text:
        description = emojis.get(char)
        if description is None:
            parts.append(char)
            space = char == " "
        else:
            parts.append(description if space else " " + description)
            space = False
    return "".join(parts)


def _shouted(valence: float, token: Token, some: bool, known: Lexicon) -> float:
    if some and token.upper:
        return valence + (known.capitals if valence > 0 else -known.capitals)
    return valence


def _valence(value: float, tokens: list[Token], at: int, some: bool, known: Lexicon) -> float:
    """The value of the token at ``at`` after what stands around it."""
    token = tokens[at]
    following = tokens[at + 1] if at < len(tokens) - 1 else DULL
    one = tokens[at - 1].lower if at > 0 else ""
    if token.lower == "kind" and following.lower == "of":
        return 0.0
    valence = value
    if token.lower == "no" and following.value is not None:
        valence = 0.0
    if (
        one == "no"
        or (at > 1 and tokens[at - 2].lower == "no")
        or (at > 2 and tokens[at - 3].lower == "no" and one in ("or", "nor"))
    ):
        valence = value * known.negation
    valence = _shouted(valence, token, some, known)
    for back in range(1, min(at, 3) + 1):
        before = tokens[at - back]
        if before.value is None and (before is not DULL or back == 3):
            valence = _modified(valence, tokens, at, back, some, known)
    least = one == "least" and tokens[at - 1].value is None
    if least and (at == 1 or tokens[at - 2].lower not in ("at", "very")):
        valence *= known.negation
    return valence


_FADE = (0.0, 1.0, 0.95, 0.9)


def _modified(
    valence: float, tokens: list[Token], at: int, back: int, some: bool, known: Lexicon
) -> float:
    """The valence after what the token ``back`` places before it does to it."""
    before = tokens[at - back]
    if before.booster is not None:
        scalar = -before.booster if valence < 0 else before.booster
        if some and before.upper:
            scalar += known.capitals if valence > 0 else -known.capitals
        valence += scalar * _FADE[back] if back > 1 and scalar != 0 else scalar
    if back == 1:
        return valence * known.negation if before.negates else valence
    one, two = tokens[at - 1].lower, tokens[at - 2].lower
    if back == 2:
        if two == "never" and one in ("so", "this"):
            return valence * 1.25
        if two == "without" and one == "doubt":
            return valence
        return valence * known.negation if before.negates else valence
    valence = _third(valence, before, one, two, known)
    if any(token.phrase for token in tokens[at - 3 : at + 3]):
        return _idioms(valence, tokens, at, known)
    return valence


def _third(valence: float, before: Token, one: str, two: str, known: Lexicon) -> float:
    if (before.lower == "never" and two in ("so", "this")) or one in ("so", "this"):
        return valence * 1.25
    if before.lower == "without" and "doubt" in (one, two):
        return valence
    return valence * known.negation if before.negates else valence


def _idioms(valence: float, tokens: list[Token], at: int, known: Lexicon) -> float:
    three, two, one, zero = (token.lower for token in tokens[at - 3 : at + 1])
    special = known.special
    for phrase in (
        f"{one} {zero}",
        f"{two} {one} {zero}",
        f"{two} {one}",
        f"{three} {two} {one}",
        f"{three} {two}",
    ):
        if phrase in special:
            valence = special[phrase]
            break
    following = [token.lower for token in tokens[at + 1 : at + 3]]
    if following:
        valence = special.get(f"{zero} {following[0]}", valence)
    if len(following) > 1:
        valence = special.get(f"{zero} {following[0]} {following[1]}", valence)
    for phrase in (f"{three} {two} {one}", f"{three} {two}", f"{two} {one}"):
        if phrase in known.boosters:
            valence += known.boosters[phrase]
    return valence


def _weigh_but(tokens: list[Token], sentiments: list[float]) -> None:
    """What stands before "but" counts half, what follows half as much again. The package looks
    each sentiment up by its value, and so must we: of two equal ones it may weigh the first
    twice."""
    but = next((at for at, token in enumerate(tokens) if token.lower == "but"), -1)
    if but < 0:
        return
    for at in range(len(sentiments)):
        value = sentiments[at]
        if value:
            place = sentiments.index(value)
            if place != but:
                sentiments[place] = value * (0.5 if place < but else 1.5)


def _normal(score: float) -> float:
    norm = score / math.sqrt(score * score + 15)
    return max(-1.0, min(1.0, norm))


def _emphasis(text: str) -> float:
    questions = text.count("?")
    asked = 0.0 if questions <= 1 else questions * 0.18 if questions <= 3 else 0.96
    return min(text.count("!"), 4) * 0.292 + asked


def _totals(text: str, sentiments: list[float]) -> tuple[float, float, float, float]:
    """Shares of negative, neutral and positive, and the compound score, unrounded."""
    emphasis = _emphasis(text)
    total = float(sum(sentiments))
    if total > 0:
        total += emphasis
    elif total < 0:
        total -= emphasis
    positive = negative = 0.0
    felt = [value for value in sentiments if value]
    for value in felt:
        if value > 0:
            positive += value + 1
        else:
            negative += value - 1
    neutral = len(sentiments) - len(felt)
    if positive > abs(negative):
        positive += emphasis
    elif positive < abs(negative):
        negative -= emphasis
    whole = positive + abs(negative) + neutral
    return abs(negative / whole), abs(neutral / whole), abs(positive / whole), _normal(total)
