"""Many queries over a stream: one automaton over every term of every query, then the AST of the
few queries that have a term in the text. The result is that of asking each query alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any

from ahocorasick_rs import AhoCorasick

from monitor.model import Mention
from monitor.query.ast import (
    And,
    Field,
    Leaf,
    Node,
    Not,
    Or,
    Query,
    TextLeaf,
    anchored,
    compiled,
    field_holds,
    leaves,
    pattern_of,
)
from monitor.query.text import Pattern

_Facts = tuple[Set[int], Mention, str | None]
"""Terms found, the mention, its language."""


class Matcher:
    """Which of these queries match a text. Made once for a set of queries; never changes."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self._order = {brand: place for place, brand in enumerate(queries)}
        self._number: dict[TextLeaf, int] = {}
        self._asked: dict[str, Callable[[_Facts], tuple[str, ...] | None]] = {}
        self._always: list[str] = []
        numbers: dict[Pattern, int] = {}
        brands: dict[int, list[str]] = defaultdict(list)
        for brand, query in queries.items():
            root = query.root
            for leaf in leaves(root):
                if not isinstance(leaf, Field):
                    self._number[leaf] = numbers.setdefault(pattern_of(leaf), len(numbers))
            self._asked[brand] = compiled(root, self._test)
            if not anchored(root, lambda leaf: not isinstance(leaf, Field)):
                self._always.append(brand)
                continue
            for number in {self._number[leaf] for leaf in wanted_terms(root)}:
                brands[number].append(brand)
        self._brands = {number: tuple(found) for number, found in brands.items()}
        by_text: dict[str, list[tuple[int, Pattern]]] = defaultdict(list)
        for pattern, number in numbers.items():
            for written in (pattern.text, *pattern.others):
                by_text[written].append((number, pattern))
        self._patterns = list(by_text.values())
        self._automaton: Any = AhoCorasick(list(by_text)) if by_text else None

    def hits(self, text: str) -> frozenset[int]:
        """Numbers of the terms that stand in a normalised text, on word boundaries."""
        if self._automaton is None:
            return frozenset()
        found: set[int] = set()
        for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            for number, pattern in self._patterns[index]:
                if number not in found and pattern.fits(text, start, end):
                    found.add(number)
        return frozenset(found)

    def candidates(
        self, hits: Set[int], wanted: Set[str] | None = None, asked: Set[str] = frozenset()
    ) -> list[str]:
        """The brands whose query may match a text with these terms, in the order of the config.

        ``wanted`` limits them (None: every brand); ``asked`` are candidates whatever the text.
        """
        if not hits and not asked and not self._always:
            return []
        found = {brand for number in hits for brand in self._brands.get(number, ())}
        found.update(self._always, asked)
        if wanted is not None:
            found &= wanted
        return sorted(found, key=self._order.__getitem__)

    def matched(
        self, brand: str, hits: Set[int], mention: Mention, language: str | None
    ) -> tuple[str, ...] | None:
        """What ``Query.matches`` would say, from the terms already found."""
        return self._asked[brand]((hits, mention, language))

    def _test(self, leaf: Leaf) -> Callable[[_Facts], bool]:
        if isinstance(leaf, Field):
            return lambda facts: field_holds(leaf, facts[1], facts[2])
        number = self._number[leaf]
        return lambda facts: number in facts[0]


def wanted_terms(node: Node, *, negated: bool = False) -> Iterator[TextLeaf]:
    """The terms that help a query to match; those behind NOT do not."""
    if isinstance(node, Not):
        yield from wanted_terms(node.part, negated=not negated)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from wanted_terms(part, negated=negated)
    elif not negated and not isinstance(node, Field):
        yield node
