"""Which readings are left out, because people have said that these words are not about a brand.

Only what a query has found is left out, never what stands under a brand's own content, and never
what tells of a crisis: a word that was harmless yesterday must not hide a poisoning today.
"""

from __future__ import annotations

from collections.abc import Iterable

from monitor.model import Reading
from monitor.query.ast import searched
from monitor.query.text import Pattern, pattern


class Exclusions:
    """``given``: number, brand and words of each exclusion that holds."""

    def __init__(self, given: Iterable[tuple[int, str, str]]) -> None:
        self._by_brand: dict[str, list[tuple[int, Pattern]]] = {}
        for number, brand, words in given:
            self._by_brand.setdefault(brand, []).append((number, pattern(words)))

    def of(self, reading: Reading) -> int | None:
        """The number of the first exclusion that leaves this reading out; None: it counts."""
        held = self._by_brand.get(reading.brand)
        if not held or not reading.matched or reading.crisis_terms:
            return None
        text = searched(reading.mention)
        return next((number for number, words in held if stands_in(words, text)), None)


def stands_in(words: Pattern, text: str) -> bool:
    """Whether the words stand in a normalised text, on word boundaries."""
    start = text.find(words.text) if words.text else -1
    while start >= 0:
        if words.fits(text, start, start + len(words.text)):
            return True
        start = text.find(words.text, start + 1)
    return False
