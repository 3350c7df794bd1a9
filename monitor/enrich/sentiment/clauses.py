"""Sentiment toward a brand: the clauses that speak of it, where a text speaks of several things.

"Love the coffee at A, but B was a disaster" is praise for A and blame for B. A text is cut at
sentence ends, contrasts, commas and "and"; a clause that names a brand speaks of it, one that names
none goes on about the last one named. What stands behind "than" is blamed by what praises the rest.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.enrich.sentiment.base import UNSURE_BELOW
from monitor.model import Sentiment

WEIGHT = 0.85
"""How much of a reading is its clauses', the rest the whole text's."""

MAX_CHARS = 2_000
"""Longer texts are read as a whole: an article's clauses are not about one thing each."""

_CONTRAST = (
    "but|however|whereas|while|although|though|meanwhile|instead|tapi|tp|tetapi|namun|"
    "sedangkan|sedang|sementara|padahal|malah|nanging|ananging|dene|sebaliknya"
)
_AND = "and|dan|lan|sareng|jeung|&"
_CUT = re.compile(
    rf"(?<=[.!?;:…,])\s+|\n+|\s+[–—-]+\s+|\s+(?=(?:{_CONTRAST})\b)|\s+(?=(?:{_AND})\s)",
    re.IGNORECASE,
)
_CONTRASTS = re.compile(rf"\b(?:{_CONTRAST})\b", re.IGNORECASE)
_THAN = re.compile(
    r"\b(?:than|unlike|compared (?:to|with)|rather than|instead of|daripada|dari ?pada|"
    r"di ?banding(?:kan)?|ketimbang|timbang|tinimbang|tidak seperti|(?:ng+|g|e?ng)?ga?k kayak|"
    r"be[dr]a (?:sama|dengan|dari)|(?P<dari>dari))"
    r"(?:\W+(?:the|this|that|my|our|your|si|sama|dengan|di))?\W+",
    re.IGNORECASE,
)
_MORE = re.compile(r"\blebih\b", re.IGNORECASE)
_BEST = re.compile(
    r"\b(?:nothing|no ?one|nobody|none|(?:ng+|g|e?ng)?ga?k?(?:da| ada)|tidak ada|tiada|tak ada)\b",
    re.IGNORECASE,
)
_BOTH = re.compile(
    r"\b(?:both|neither|all of them|sama[- ]sama|kedua(?:nya)?|dua[- ]?duanya|semuanya)\b",
    re.IGNORECASE,
)
_AND_FIRST = re.compile(rf"(?:{_AND})\s", re.IGNORECASE)
_HOOKS = frozenset(
    f"{_CONTRAST}|than|unlike|seperti|kayak|beda|bera|dari|daripada|dibanding|dibandingkan|banding|"
    "ketimbang|timbang|tinimbang|compared|instead|rather".split("|")
)
"""Words without which a text that names one brand is not worth cutting."""

_WORDS = re.compile(r"[^\W_]+|[^\w\s,.]")
_FIELDS = ("lang:", "platform:", "author:")


@dataclass(frozen=True, slots=True)
class Part:
    """What of a text is about one brand. ``turned``: praise of the rest is blame of it."""

    text: str
    turned: bool = False


def parts(text: str, named: Mapping[str, Sequence[str]]) -> dict[str, Part]:
    """For each brand of ``named`` (brand -> the terms that matched) that only a part of the text
    speaks of: that part. Brands the whole text is about are not in the result."""
    if len(named) < 2 and (not named or _HOOKS.isdisjoint(text.lower().split())):
        return {}
    if len(text) > MAX_CHARS:
        return {}
    terms = _patterns(named)
    if not terms or (len(terms) == 1 and not _hooked(text, *terms.values())):
        return {}
    if _BOTH.search(text):
        return {}
    clauses = _clauses(text, list(terms.values()))
    found = _compared(clauses, terms)
    spoken = _spoken_of(clauses, terms)
    for brand in terms:
        own = [clause for clause, brands in zip(clauses, spoken, strict=True) if brand in brands]
        if brand not in found and own and len(own) < len(clauses):
            found[brand] = Part(" ".join(own))
    return found


def toward(whole: Sentiment, clauses: Sentiment, *, turned: bool) -> Sentiment:
    """The sentiment toward a brand whose clauses read as ``clauses``; ``turned`` where they praise
    another at its cost."""
    negative, positive = clauses.negative, clauses.positive
    if turned:
        negative, positive = positive, negative
    rest = 1 - WEIGHT
    negative = WEIGHT * negative + rest * whole.negative
    neutral = WEIGHT * clauses.neutral + rest * whole.neutral
    positive = WEIGHT * positive + rest * whole.positive
    unsure = max(negative, neutral, positive) < UNSURE_BELOW
    return Sentiment(negative, neutral, positive, unsure)


def _hooked(text: str, pattern: re.Pattern[str]) -> bool:
    """Whether something stands before the only brand's first name that may cut the text there."""
    first = pattern.search(text)
    return first is not None and not _HOOKS.isdisjoint(text[: first.start()].lower().split())


def _patterns(named: Mapping[str, Sequence[str]]) -> dict[str, re.Pattern[str]]:
    """What names each brand in a text: its terms, without those that another brand shares."""
    shared = Counter(term for terms in named.values() for term in set(terms))
    found = {}
    for brand, terms in named.items():
        words = [term for term in terms if not term.startswith(_FIELDS)]
        own = [term for term in words if shared[term] == 1] or words
        if own:
            found[brand] = _pattern(tuple(own))
    return found


@functools.lru_cache(maxsize=10_000)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    words = {term.strip("\"'*#@ ") for term in terms}
    parts = [r"\s+".join(map(re.escape, word.split())) for word in sorted(words, key=len) if word]
    return re.compile(rf"(?<!\w)(?:{'|'.join(reversed(parts)) or '(?!)'})", re.IGNORECASE)


def _clauses(text: str, terms: Sequence[re.Pattern[str]]) -> list[str]:
    """The clauses. A piece that is a name and hardly more is joined to a neighbour, so that a list
    of names is one clause, and so is what stands between a name and "and" another name."""
    clauses: list[str] = []
    name_only = False
    for piece in _CUT.split(text):
        if not piece.strip():
            continue
        rest = piece
        for pattern in terms:
            rest = pattern.sub(" ", rest)
        says = [word for word in _WORDS.findall(rest) if not _AND_FIRST.match(f"{word} ")]
        listed = bool(clauses) and bool(_AND_FIRST.match(piece)) and _ends_named(clauses[-1], terms)
        if clauses and (name_only or not says or listed):
            clauses[-1] = f"{clauses[-1]} {piece}"
            name_only = name_only and not says
        else:
            clauses.append(piece)
            name_only = not says
    return clauses


def _ends_named(clause: str, terms: Sequence[re.Pattern[str]]) -> bool:
    """Whether the clause's last word is a name."""
    end = len(clause.rstrip(" ,"))
    return any(match.end() == end for pattern in terms for match in pattern.finditer(clause))


def _spoken_of(
    clauses: Sequence[str], terms: Mapping[str, re.Pattern[str]]
) -> list[frozenset[str]]:
    """The brands each clause speaks of. What comes before any name speaks of the first one named,
    unless a contrast stands between."""
    naming = [
        frozenset(brand for brand, pattern in terms.items() if pattern.search(clause))
        for clause in clauses
    ]
    spoken: list[frozenset[str]] = []
    for brands in naming:
        spoken.append(brands or (spoken[-1] if spoken else frozenset()))
    first = next((at for at, brands in enumerate(naming) if brands), 0)
    for at in reversed(range(first)):
        if _CONTRASTS.match(clauses[at + 1]):
            break
        spoken[at] = spoken[at + 1]
    return spoken


def _compared(clauses: Sequence[str], terms: Mapping[str, re.Pattern[str]]) -> dict[str, Part]:
    """Brands that a text names only behind "than" or "unlike"."""
    found = {}
    for brand, pattern in terms.items():
        naming = [at for at, clause in enumerate(clauses) if pattern.search(clause)]
        if len(naming) != 1:
            continue
        clause = clauses[naming[0]]
        for than in _THAN.finditer(clause):
            before = clause[: than.start()]
            if not pattern.match(clause, than.end()):
                continue
            if than["dari"] and not _MORE.search(" ".join([*clauses[: naming[0]], before])):
                continue  # "from", not "than"
            if not pattern.search(before) and not _BEST.search(before):
                rest = " ".join([c for at, c in enumerate(clauses) if at != naming[0]])
                text = clause if len(_WORDS.findall(before)) > 1 else rest
                if text:
                    found[brand] = Part(text, turned=True)
            break
    return found
