"""The brand query language: what a query is made of, and matching it locally.

``AND OR NOT`` in capitals (neighbours are joined by AND, which binds tighter than OR), parentheses,
``"phrases"``, ``#tag``, ``@account``, ``lang:id``, ``platform:x``, ``author:name``, ``garuda*``,
``"kopi senja*"``.
Compared without case and accents, on word boundaries, over title and text.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from monitor.model import Language, Mention
from monitor.problems import Problem
from monitor.query.spellings import spellings
from monitor.query.text import Pattern, hinted, normalise, pattern, unescaped

MAX_LENGTH = 10_000
"""Characters of a query. Platforms take 512 to 4,096; what is longer was pasted by mistake."""

MAX_DEPTH = 50
"""Levels of nesting. Nobody reads more, and evaluation recurses over them."""


class QueryProblem(Problem):
    """A bad query, in one line, with the place where a person finds it."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or anything without spaces: ``garuda``, ``c++``, ``example.com``."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in this order with white space between them, or joined as ``kopi-senja``. ``prefix``:
    the last one is the beginning of a word, ``"kopi senja*"``; ``words`` are without the star."""

    words: tuple[str, ...]
    prefix: bool = False

    def __str__(self) -> str:
        return f'"{" ".join(self.words)}{"*" if self.prefix else ""}"'


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a word: ``garuda*``. ``text`` is without the star."""

    text: str

    def __str__(self) -> str:
        return f"{self.text}*"


@dataclass(frozen=True, slots=True)
class Hashtag:
    """A whole hashtag in the text. ``text`` is without the ``#``."""

    text: str

    def __str__(self) -> str:
        return f"#{self.text}"


@dataclass(frozen=True, slots=True)
class Account:
    """An account named in the text. ``text`` is without the ``@``."""

    text: str

    def __str__(self) -> str:
        return f"@{self.text}"


@dataclass(frozen=True, slots=True)
class Field:
    """A property of the mention. ``name``: ``lang``, ``platform`` or ``author``."""

    name: str
    value: str

    def __str__(self) -> str:
        return f'{self.name}:"{self.value}"' if " " in self.value else f"{self.name}:{self.value}"


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be there."""

    part: Node

    def __str__(self) -> str:
        return f"NOT {_nested(self.part)}"


@dataclass(frozen=True, slots=True)
class And:
    """Everything must be there."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " AND ".join(map(_nested, self.parts))


@dataclass(frozen=True, slots=True)
class Or:
    """One of these must be there."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(map(_nested, self.parts))


TextLeaf = Term | Phrase | Prefix | Hashtag | Account
Leaf = TextLeaf | Field
Node = And | Or | Not | Term | Phrase | Prefix | Hashtag | Account | Field


Facts = TypeVar("Facts")
_Parts = list[Callable[[Facts], tuple[str, ...] | None]]


def _nested(node: Node) -> str:
    return f"({node})" if isinstance(node, And | Or) else str(node)


@dataclass(frozen=True)
class Query:
    """A parsed query. ``text`` is as a person wrote it; ``root`` what connectors compile."""

    text: str
    root: Node

    def matches(self, mention: Mention, language: str | None = None) -> tuple[str, ...] | None:
        """The parts that matched, as written; None where the query does not match.

        ``language`` is the identified one for ``lang:``; without it the platform's hint counts.
        """
        return evaluate(self.root, _on(mention, language))

    def explain(self, mention: Mention, language: str | None = None) -> list[str]:
        """Why it matches or not, a line for each part of the query."""
        matched = self.matches(mention, language)
        head = "no match" if matched is None else f"match: {', '.join(matched)}"
        return [head, *_explained(self.root, _on(mention, language), 1)]


def evaluate(node: Node, holds: Callable[[Leaf], bool]) -> tuple[str, ...] | None:
    """The parts that make the query true, each once; None where it is false."""

    def test(leaf: Leaf) -> Callable[[None], bool]:
        return lambda _: holds(leaf)

    return compiled(node, test)(None)


def compiled(
    node: Node, test: Callable[[Leaf], Callable[[Facts], bool]]
) -> Callable[[Facts], tuple[str, ...] | None]:
    """``evaluate`` made ready to be asked often. ``test`` gives the question for each leaf."""
    if isinstance(node, And | Or):
        parts = [compiled(part, test) for part in node.parts]
        return _all_of(parts) if isinstance(node, And) else _one_of(parts)
    if isinstance(node, Not):
        part = compiled(node.part, test)
        return lambda facts: () if part(facts) is None else None
    holds, name = test(node), (str(node),)
    return lambda facts: name if holds(facts) else None


def _all_of(parts: _Parts[Facts]) -> Callable[[Facts], tuple[str, ...] | None]:
    def matched(facts: Facts) -> tuple[str, ...] | None:
        found: tuple[str, ...] = ()
        for part in parts:
            more = part(facts)
            if more is None:
                return None
            found += more
        return tuple(dict.fromkeys(found))

    return matched


def _one_of(parts: _Parts[Facts]) -> Callable[[Facts], tuple[str, ...] | None]:
    def matched(facts: Facts) -> tuple[str, ...] | None:
        found: tuple[str, ...] | None = None
        for part in parts:
            more = part(facts)
            if more is not None:
                found = more if found is None else found + more
        return found if found is None else tuple(dict.fromkeys(found))

    return matched


@functools.lru_cache(maxsize=50_000)
def pattern_of(leaf: TextLeaf) -> Pattern:
    """What to look for in a normalised text."""
    if isinstance(leaf, Phrase):
        return _spelled(" ".join(leaf.words), prefix=leaf.prefix)
    if isinstance(leaf, Prefix):
        return _spelled(leaf.text, prefix=True)
    if isinstance(leaf, Term):
        return _spelled(leaf.text)
    return pattern(str(leaf), account=isinstance(leaf, Account))


def _spelled(written: str, *, prefix: bool = False) -> Pattern:
    first, *others = spellings(normalise(written))
    return replace(pattern(first, prefix=prefix), others=tuple(others))


def searched(mention: Mention) -> str:
    """The normalised text in which a query looks: title and text. Some platforms give text as
    HTML has it, so that "H&M" comes as ``H&amp;M``."""
    text = f"{mention.title}\n{mention.text}" if mention.title else mention.text
    return normalise(unescaped(text) if "&" in text else text)


def field_holds(field: Field, mention: Mention, language: str | None) -> bool:
    """Whether the mention has this property. Text mixed of Indonesian and English is both."""
    if field.name == "platform":
        return _folded(mention.platform) == _folded(field.value)
    if field.name == "author":
        if mention.author is None:
            return False
        wanted = _folded(field.value).removeprefix("@")
        handle, name = normalise(mention.author.handle), normalise(mention.author.name)
        return wanted in (handle.removeprefix("@"), name)
    spoken = language if language is not None else hinted(mention.lang_hint)
    return spoken == field.value or (spoken == Language.MIXED and field.value in ("id", "en"))


_folded = functools.lru_cache(maxsize=4096)(normalise)


def leaves(node: Node) -> Iterator[Leaf]:
    """Every leaf of a query, negated ones too."""
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from leaves(part)
    elif isinstance(node, Not):
        yield from leaves(node.part)
    else:
        yield node


def anchored(node: Node, is_anchor: Callable[[Leaf], bool], *, negated: bool = False) -> bool:
    """Whether nothing can match without at least one (not negated) anchor being there."""
    if isinstance(node, Not):
        return anchored(node.part, is_anchor, negated=not negated)
    if isinstance(node, And | Or):
        some = (anchored(part, is_anchor, negated=negated) for part in node.parts)
        return any(some) if isinstance(node, And) != negated else all(some)
    return not negated and is_anchor(node)


def _on(mention: Mention, language: str | None) -> Callable[[Leaf], bool]:
    text = searched(mention)

    def holds(leaf: Leaf) -> bool:
        if isinstance(leaf, Field):
            return field_holds(leaf, mention, language)
        return pattern_of(leaf).found_in(text)

    return holds


def _explained(node: Node, holds: Callable[[Leaf], bool], depth: int) -> list[str]:
    true = evaluate(node, holds) is not None
    indent = "  " * depth
    if isinstance(node, And | Or):
        head = "all of:" if isinstance(node, And) else "one of:"
        lines = [line for part in node.parts for line in _explained(part, holds, depth + 1)]
        return [f"{indent}{'yes' if true else 'no '} {head}", *lines]
    if isinstance(node, Not):
        if isinstance(node.part, And | Or):
            return [
                f"{indent}{'yes' if true else 'no '} none of this:",
                *_explained(node.part, holds, depth + 1),
            ]
        return [
            f"{indent}{'yes' if true else 'no '} without {node.part}"
            + ("" if true else ": it is there")
        ]
    return [f"{indent}{'yes' if true else 'no '} {node}" + ("" if true else ": not found")]
