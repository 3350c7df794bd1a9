"""When two texts say the same, but for links, handles, punctuation and a word or two."""

from __future__ import annotations

import re
from functools import lru_cache

_NOISE = re.compile(r"https?://\S+|www\.\S+|[@#]\w+|\brt\b")
_WORD = re.compile(r"\w+")

SAME = 0.75
"""Share of their words two texts have in common from which they count as the same."""


@lru_cache(maxsize=1024)
def words_of(text: str) -> frozenset[str]:
    """The words that carry a text; where there is nothing but links and handles, those. A card that
    is shown anew asks of the same texts again."""
    low = text.casefold()
    return frozenset(_WORD.findall(_NOISE.sub(" ", low)) or _WORD.findall(low) or [low])


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two texts' words are nearly the same."""
    return len(one & other) >= SAME * len(one | other)
