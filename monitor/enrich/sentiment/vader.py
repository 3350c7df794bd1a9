"""vaderSentiment's scoring, several times as fast and with the same result to the last digit.

The rules, the lexicon and the constants are the installed package's (Hutto & Gilbert 2014); here
is only another loop over them: what a token is (its value, its booster, whether it negates) is
looked up once and remembered, only words of the lexicon are visited, and the emoji are looked for
only where a text has any. A test holds it to ``polarity_scores`` on every text there is.
"""

from __future__ import annotations

import math
from itertools import compress

from monitor.enrich.sentiment.vader_lexicon import DULL, Lexicon, Token, lexicon

Tokens = list[Token | None]
"""The tokens of a text; None where no rule asks about one."""


def polarity_scores(text: str) -> dict[str, float]:
    """What ``SentimentIntensityAnalyzer().polarity_scores(text)`` returns."""
    known = lexicon()
    if not text.isascii() and not known.emoji.isdisjoint(text):
        text = _described(text, known.emojis)
    words = text.split()
    tokens = list(map(known.__getitem__, words))
    live = list(compress(range(len(words)), tokens))
    if not live:
        return {"neg": 0.0, "neu": 1.0 if words else 0.0, "pos": 0.0, "compound": 0.0}
    neg, neu, pos, compound = _totals(text, _sentiments(words, tokens, live, known))
    return {
        "neg": round(neg, 3) if neg else 0.0,
        "neu": round(neu, 3),
        "pos": round(pos, 3) if pos else 0.0,
        "compound": round(compound, 4) if compound else 0.0,
    }


def _sentiments(words: list[str], tokens: Tokens, live: list[int], known: Lexicon) -> list[float]:
    """Each token's sentiment; ``live`` are the places of those that any rule asks about."""
    sentiments: list[float] = [0.0] * len(tokens)
    phrase = but = False
    capitals = 0
    for at in live:
        token = tokens[at] or DULL
        if token.marked:
            capitals += token.upper
            phrase |= token.phrase
            but |= token.lower == "but"
    if phrase:
        tokens = list(map(known.full.__getitem__, words))
    some = 0 < capitals < len(tokens)
    last = -9
    for at in live:
        token = tokens[at] or DULL
        if token.value is not None and token.booster is None:
            if at - last <= 3 or token.ahead or phrase:
                sentiments[at] = _valence(token.value, tokens, at, some, known)
            elif some and token.upper:
                capital = known.capitals if token.value > 0 else -known.capitals
                sentiments[at] = token.value + capital
            else:
                sentiments[at] = token.value
        last = at
    if but:
        _weigh_but(tokens, sentiments)
    return sentiments


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


def _valence(value: float, tokens: Tokens, at: int, some: bool, known: Lexicon) -> float:
    """The value of the token at ``at`` after what stands around it."""
    token = tokens[at] or DULL
    before = (at > 0 and tokens[at - 1]) or DULL
    second = (at > 1 and tokens[at - 2]) or DULL
    third = (at > 2 and tokens[at - 3]) or DULL
    one, two = before.lower, second.lower
    valence = value
    if token.ahead and at < len(tokens) - 1:
        following = tokens[at + 1] or DULL
        if token.lower == "kind" and following.lower == "of":
            return 0.0
        if token.lower == "no" and following.value is not None:
            valence = 0.0
    if one == "no" or two == "no" or (third.lower == "no" and one in ("or", "nor")):
        valence = value * known.negation
    if some and token.upper:
        valence += known.capitals if valence > 0 else -known.capitals
    if before is not DULL and before.value is None:
        valence = _moved(valence, before, 1.0, some, known)
        if before.negates:
            valence *= known.negation
    if second is not DULL and second.value is None:
        valence = _moved(valence, second, 0.95, some, known)
        if two == "never" and one in ("so", "this"):
            valence *= 1.25
        elif second.negates and not (two == "without" and one == "doubt"):
            valence *= known.negation
    if at > 2 and third.value is None:
        valence = _third(valence, tokens, at, some, known)
    if one == "least" and before.value is None and (at == 1 or two not in ("at", "very")):
        valence *= known.negation
    return valence


def _moved(valence: float, before: Token, fade: float, some: bool, known: Lexicon) -> float:
    """The valence behind a booster or dampener, the less the further away that is."""
    if before.booster is None:
        return valence
    scalar = -before.booster if valence < 0 else before.booster
    if some and before.upper:
        scalar += known.capitals if valence > 0 else -known.capitals
    return valence + scalar * fade


def _third(valence: float, tokens: Tokens, at: int, some: bool, known: Lexicon) -> float:
    """The same for the third token before, and idioms. "so" or "this" just before counts as if
    "never" stood there too: so the package has it."""
    before, second, first = (token or DULL for token in tokens[at - 3 : at])
    third, two, one = before.lower, second.lower, first.lower
    if before is not DULL:
        valence = _moved(valence, before, 0.9, some, known)
    if (third == "never" and two in ("so", "this")) or one in ("so", "this"):
        valence *= 1.25
    elif before.negates and not (third == "without" and "doubt" in (one, two)):
        valence *= known.negation
    if any(token and token.phrase for token in tokens[at - 3 : at + 3]):
        return _idioms(valence, tokens, at, known)
    return valence


def _idioms(valence: float, tokens: Tokens, at: int, known: Lexicon) -> float:
    three, two, one, zero = ((token or DULL).lower for token in tokens[at - 3 : at + 1])
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
    following = [(token or DULL).lower for token in tokens[at + 1 : at + 3]]
    if following:
        valence = special.get(f"{zero} {following[0]}", valence)
    if len(following) > 1:
        valence = special.get(f"{zero} {following[0]} {following[1]}", valence)
    for phrase in (f"{three} {two} {one}", f"{three} {two}", f"{two} {one}"):
        if phrase in known.boosters:
            valence += known.boosters[phrase]
    return valence


def _weigh_but(tokens: Tokens, sentiments: list[float]) -> None:
    """What stands before "but" counts half, what follows half as much again. The package looks
    each sentiment up by its value, and so must we: of two equal ones it may weigh the first
    twice."""
    but = next(at for at, token in enumerate(tokens) if token and token.lower == "but")
    for at in [at for at, value in enumerate(sentiments) if value]:
        value = sentiments[at]
        place = sentiments.index(value)
        if place != but:
            sentiments[place] = value * (0.5 if place < but else 1.5)


def _normal(score: float) -> float:
    return score / math.sqrt(score * score + 15)


def _emphasis(text: str) -> float:
    questions = text.count("?")
    asked = 0.0 if questions <= 1 else questions * 0.18 if questions <= 3 else 0.96
    return min(text.count("!"), 4) * 0.292 + asked


def _totals(text: str, sentiments: list[float]) -> tuple[float, float, float, float]:
    """Shares of negative, neutral and positive, and the compound score, unrounded."""
    emphasis = _emphasis(text) if "!" in text or "?" in text else 0.0
    felt = list(filter(None, sentiments))
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
    neutral = len(sentiments) - len(felt)
    whole = positive + negative + neutral
    return negative / whole, neutral / whole, positive / whole, _normal(total)
