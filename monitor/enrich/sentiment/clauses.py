"""Sentiment toward a brand: the clauses that speak of it, where a text speaks of several things.

"Love the coffee at A, but B was a disaster" is praise for A and blame for B. A text is cut at
sentence ends, contrasts and commas; a clause that names a brand speaks of it, one that names none
goes on about the last one named. What stands behind "than" is praised by what blames the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WEIGHT = 0.85
"""How much of a reading is its clauses', the rest the whole text's."""

MAX_CHARS = 2_000
"""Longer texts are read as a whole: an article's clauses are not about one thing each."""

_CONTRAST = (
    r"but|however|whereas|while|although|though|unlike|meanwhile|instead|tapi|tp|tetapi|namun|"
    r"sedangkan|sedang|sementara|padahal|malah|beda|nanging|ananging|dene"
)
_CUT = re.compile(
    rf"(?:[.!?;:…]+\s+|\n+|\s*[,–—]\s*|\s+-+\s+)|\s+(?=(?:{_CONTRAST})\b)|\s+(?=(?:and|dan|lan)\s)",
    re.IGNORECASE,
)
_CONTRASTS = re.compile(rf"\b(?:{_CONTRAST})\b", re.IGNORECASE)
_THAN = re.compile(
    r"\b(?:than|daripada|dari pada|dibanding(?:kan)?|ketimbang|timbang|(?<=lebih )\w+ dari)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """What of a text is about one brand. ``turned``: praise of the rest is blame of it."""

    text: str
    turned: bool = False


def parts(text: str, named: Mapping[str, Sequence[str]]) -> dict[str, Part]:
    """For each brand of ``named`` (brand -> the terms that matched) that only a part of the text
    speaks of: that part. Brands the whole text is about are not in the result."""
    if len(text) > MAX_CHARS or not named or (len(named) == 1 and not _CONTRASTS.search(text)):
        return {}
    terms = {brand: _pattern(found) for brand, found in named.items()}
    clauses = _clauses(text, [pattern for pattern in terms.values() if pattern])
    found = _compared(clauses, terms)
    if len(clauses) < 2:
        return found
    spoken = _spoken_of(clauses, terms)
    for brand in terms:
        own = [clause for clause, brands in zip(clauses, spoken, strict=True) if brand in brands]
        if brand not in found and own and len(own) < len(clauses):
            found[brand] = Part(" ".join(own))
    return found


def _pattern(found: Sequence[str]) -> re.Pattern[str] | None:
    words = {term.strip("\"'*#@ ") for term in found}
    parts = [r"\s+".join(map(re.escape, word.split())) for word in sorted(words, key=len) if word]
    return re.compile(rf"(?<!\w)(?:{'|'.join(reversed(parts))})", re.IGNORECASE) if parts else None


def _clauses(text: str, terms: Sequence[re.Pattern[str]]) -> list[str]:
    """The clauses, pieces of one word joined to a neighbour; a list of names is one clause."""
    clauses: list[str] = []
    for piece in _CUT.split(text):
        if not piece.strip():
            continue
        if clauses and (_short(piece, terms) or _short(clauses[-1], terms)):
            clauses[-1] = f"{clauses[-1]}, {piece}"
        else:
            clauses.append(piece)
    return clauses


def _short(piece: str, terms: Sequence[re.Pattern[str]]) -> bool:
    """Whether the piece is a name and hardly more, which says nothing by itself."""
    for pattern in terms:
        piece = pattern.sub(" ", piece)
    words = re.findall(r"[^\W_]+|[^\w\s,.]", piece)
    return len([word for word in words if word.lower() not in ("and", "dan", "lan")]) == 0


def _spoken_of(
    clauses: Sequence[str], terms: Mapping[str, re.Pattern[str] | None]
) -> list[set[str]]:
    """The brands each clause speaks of. What comes before any name speaks of the first one named,
    unless a contrast stands between."""
    naming = [
        {brand for brand, pattern in terms.items() if pattern and pattern.search(clause)}
        for clause in clauses
    ]
    spoken: list[set[str]] = []
    for brands in naming:
        spoken.append(brands or (spoken[-1] if spoken else set()))
    first = next((at for at, brands in enumerate(naming) if brands), 0)
    for at in reversed(range(first)):
        if _CONTRASTS.match(clauses[at + 1]):
            break
        spoken[at] = spoken[at + 1]
    return spoken


def _compared(
    clauses: Sequence[str], terms: Mapping[str, re.Pattern[str] | None]
) -> dict[str, Part]:
    """Brands that a text names only behind "than"."""
    found = {}
    for brand, pattern in terms.items():
        naming = [clause for clause in clauses if pattern and pattern.search(clause)]
        if pattern and len(naming) == 1 and len(terms) > 1:
            than = _THAN.search(naming[0])
            if than and not pattern.search(naming[0], 0, than.start()):
                found[brand] = Part(naming[0], turned=True)
    return found
