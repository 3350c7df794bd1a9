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
        return next((number for number, words in held if words.found_in(text)), None)
