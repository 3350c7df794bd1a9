"""vaderSentiment's scoring, several times as fast and with the same result to the last digit.

The rules, the lexicon and the constants are the installed package's (Hutto & Gilbert 2014); here
is only another loop over them: only tokens that a rule asks about are visited, found by one look
in a small table; what a word is worth after given ones is remembered, since the rules tell few
tokens apart; phrases, capitals, contractions and emoji are gone into only where a text has any. A
test holds it to ``polarity_scores`` on every text there is.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import compress, repeat

from monitor.enrich.sentiment.vader_lexicon import (
    DULL,
    EDGE,
    NEGATION,
    PUNCTUATION,
    SHORT,
    Lexicon,
    Token,
    lexicon,
)

Tokens = list[Token | None]
"""The tokens of a text; None where no rule asks about one. Three EDGEs end it, so that places
before the first token, being negative, have one too."""

MAX_CONTEXTS = 20_000
"""Valences of words after given ones that are remembered; some 4 MB."""

_EDGES = (EDGE, EDGE, EDGE)
_ALL_PUNCTUATION = repeat(PUNCTUATION)
_FOREIGN = re.compile(r"[^\x00-\x7f]")


def polarity_scores(text: str) -> dict[str, float]:
    """What ``SentimentIntensityAnalyzer().polarity_scores(text)`` returns."""
    known = lexicon()
    if not text.isascii() and not known.emoji.isdisjoint(_FOREIGN.findall(text)):
        text = _described(text, known.emojis)
    lower = text.lower()
    words = lower.split()
    felt = _sentiments(text, lower, words, known)
    if not felt:
        return {"neg": 0.0, "neu": 1.0 if words else 0.0, "pos": 0.0, "compound": 0.0}
    neg, neu, pos, compound = _totals(text, felt, len(words) - len(felt))
    return {
        "neg": round(neg, 3) if neg else 0.0,
        "neu": round(neu, 3) if neu else 0.0,
        "pos": round(pos, 3) if pos else 0.0,
        "compound": round(compound, 4) if compound else 0.0,
    }


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


def _sentiments(text: str, lower: str, words: list[str], known: Lexicon) -> list[float]:
    """The sentiments of the tokens that have one, in order."""
    found = map(known.live.get, map(str.strip, words, _ALL_PUNCTUATION))
    tokens: Tokens = [*found, *_EDGES]
    live = list(compress(range(len(words)), tokens))
    felt = []
    but = -1
    for at in live:
        token = tokens[at] or DULL
        if token is SHORT:
            token = tokens[at] = known.short.get(words[at], DULL)
        if token.felt:
            felt.append(at)
        if token.rare:
            if token.word == "but":
                but = at if but < 0 else but
            elif known.has_phrase(words[max(at - 2, 0) : at + 3]):
                return _sentiments_with_phrases(text.split(), known)
    if not felt:
        return []
    if "n't" in lower:
        for at, word in enumerate(words):
            if tokens[at] is None and "n't" in word:
                tokens[at] = NEGATION
    if text != lower:
        _raise_voices(text.split(), tokens, live, known)
    return _weighed(but, felt, _valences(felt, tokens))


def _raise_voices(raw: list[str], tokens: Tokens, live: list[int], known: Lexicon) -> None:
    """Mark the tokens in capitals, which count only where some are not."""
    loud = [at for at in live if raw[at].isupper()]
    if loud and not all(map(str.isupper, raw)):
        for at in loud:
            tokens[at] = known.loud(tokens[at] or DULL)


def _valences(felt: list[int], tokens: Tokens) -> list[float]:
    values = []
    for at in felt:
        token = tokens[at] or DULL
        context = tokens[at - 3], tokens[at - 2], tokens[at - 1], token
        if token.word == "no" and _is_of_lexicon(tokens[at + 1]):
            values.append(_valence(*context, start=0.0))
        else:
            values.append(_remembered(*context))
    return values


def _is_of_lexicon(token: Token | None) -> bool:
    return token is not None and token is not EDGE and token.value is not None


def _valence(
    third: Token | None,
    second: Token | None,
    before: Token | None,
    token: Token,
    start: float | None = None,
    idioms: Callable[[float], float] | None = None,
) -> float:
    """The value of ``token`` after the three before it; ``start``: the 0 of a "no" that negates."""
    known = lexicon()
    third, second, before = third or DULL, second or DULL, before or DULL
    value = token.value or 0.0
    one, two, three = before.word, second.word, third.word
    valence = value if start is None else start
    if one == "no" or two == "no" or (three == "no" and one in ("or", "nor")):
        valence = value * known.negation
    if token.upper:
        valence += known.capitals if valence > 0 else -known.capitals
    if before.value is None:
        valence = _moved(valence, before, 1.0, known)
        if before.negates:
            valence *= known.negation
    if second.value is None:
        valence = _moved(valence, second, 0.95, known)
        if two == "never" and one in ("so", "this"):
            valence *= 1.25
        elif second.negates and not (two == "without" and one == "doubt"):
            valence *= known.negation
    if third.value is None:
        valence = _after_third(_moved(valence, third, 0.9, known), third, one, two, known)
        if idioms:
            valence = idioms(valence)
    if one == "least" and before.value is None and two not in ("at", "very"):
        valence *= known.negation
    return valence


def _after_third(valence: float, third: Token, one: str, two: str, known: Lexicon) -> float:
    """What a negation three tokens before does. "so" or "this" just before counts as if "never"
    stood there too: so the package has it."""
    if (third.word == "never" and two in ("so", "this")) or one in ("so", "this"):
        return valence * 1.25
    if third.negates and not (third.word == "without" and "doubt" in (one, two)):
        return valence * known.negation
    return valence


_remembered = functools.lru_cache(maxsize=MAX_CONTEXTS)(_valence)


def _moved(valence: float, before: Token, fade: float, known: Lexicon) -> float:
    """The valence behind a booster or dampener, the less the further away that is."""
    if before.booster is None:
        return valence
    scalar = -before.booster if valence < 0 else before.booster
    if before.upper:
        scalar += known.capitals if valence > 0 else -known.capitals
    return valence + scalar * fade


def _sentiments_with_phrases(raw: list[str], known: Lexicon) -> list[float]:
    """The same for the few texts with a phrase that has a rule of its own: all spelled out."""
    spelled = list(map(known.spelled, raw))
    if all(token.upper for token in spelled):
        spelled = [replace(token, upper=False) for token in spelled]
    tokens = [*spelled, *_EDGES]
    felt, values = [], []
    for at, token in enumerate(spelled):
        if not token.felt or (token.word == "kind" and tokens[at + 1].word == "of"):
            continue
        start = 0.0 if token.word == "no" and _is_of_lexicon(tokens[at + 1]) else None
        idioms = functools.partial(_with_idioms, tokens=tokens, at=at, known=known)
        third, second, before = tokens[at - 3], tokens[at - 2], tokens[at - 1]
        felt.append(at)
        values.append(_valence(third, second, before, token, start, idioms))
    but = next((at for at, token in enumerate(spelled) if token.word == "but"), -1)
    return _weighed(but, felt, values)


def _with_idioms(valence: float, tokens: list[Token], at: int, known: Lexicon) -> float:
    three, two, one, zero = (token.word for token in tokens[at - 3 : at + 1])
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
    following, last = tokens[at + 1].word, tokens[at + 2].word
    valence = special.get(f"{zero} {following}", valence)
    valence = special.get(f"{zero} {following} {last}", valence)
    for phrase in (f"{three} {two} {one}", f"{three} {two}", f"{two} {one}"):
        valence += known.boosters.get(phrase, 0.0)
    return valence


def _weighed(but: int, places: list[int], values: list[float]) -> list[float]:
    """The values that are not zero. What stands before the place of "but" (-1: there is none)
    counts half, what follows half as much again. The package looks each sentiment up by its value,
    and so must we: of two equal ones it may weigh the first twice."""
    weighed = list(filter(None, values))
    if but < 0:
        return weighed
    places = list(compress(places, values))
    for at in range(len(weighed)):
        value = weighed[at]
        first = weighed.index(value)
        if places[first] != but:
            weighed[first] = value * (0.5 if places[first] < but else 1.5)
    return weighed


def _normal(score: float) -> float:
    return score / math.sqrt(score * score + 15)


def _emphasis(text: str) -> float:
    questions = text.count("?")
    asked = 0.0 if questions <= 1 else questions * 0.18 if questions <= 3 else 0.96
    return min(text.count("!"), 4) * 0.292 + asked


def _totals(text: str, felt: list[float], neutral: int) -> tuple[float, float, float, float]:
    """Shares of negative, neutral and positive, and the compound score, unrounded."""
    emphasis = _emphasis(text) if "!" in text or "?" in text else 0.0
    total = float(sum(felt))
    positive = negative = 0.0
    for value in felt:
        if value > 0:
            positive += value + 1
        else:
            negative -= value - 1
    if emphasis:
        if total:
            total += emphasis if total > 0 else -emphasis
        if positive > negative:
            positive += emphasis
        elif positive < negative:
            negative += emphasis
    whole = positive + negative + neutral
    return negative / whole, neutral / whole, positive / whole, _normal(total)
