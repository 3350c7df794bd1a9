"""Brands' names in texts, so that a name carries no sentiment: of the same complaints "Zorvex" must
not read worse than "Best Buy", and a neutral text about "Bank Sampah" is neutral.

A brand is named by what of its query names it, its name in the config and its own accounts. Each
occurrence becomes one sign that stands for the brands named there; before a model reads the text,
the sign becomes the model's stand-in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.enrich.crisis.find import shipped
from monitor.enrich.disguise import plain
from monitor.query.ast import And, Field, Node, Not, Or, Phrase, Prefix, Query, TextLeaf, leaves
from monitor.query.text import is_word, normalise

FIRST_SIGN = 0x10600
"""Signs are letters of Linear A, which nobody writes in."""

MAX_SIGNS = 0x130
_SIGN = re.compile(f"[{chr(FIRST_SIGN)}-{chr(FIRST_SIGN + MAX_SIGNS - 1)}]")

_VARIANTS = {
    "a": "aàáâãäåāăą", "c": "cçćč", "d": "dđď", "e": "eèéêëēėęě", "g": "gğ", "i": "iìíîïīıİ",
    "l": "lł", "n": "nñńň", "o": "oòóôõöøōő", "r": "rř", "s": "sśšş", "t": "tťţ", "u": "uùúûüūůű",
    "y": "yýÿ", "z": "zźżž", "'": "'’‘`´", "-": "-–—‐‑",
}  # fmt: skip
_BETWEEN, _BETWEEN_SHORT = r"[\s\-_.!]*", r"[\s\-_]+"
_CLITICS = r"(?=(?:nya|ku|mu|['’]?s)?(?!\w))"
_MIN_COMPACT = 5
"""Letters of a name that is also found written in one word."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with signs for names. ``read``: with the model's stand-in in their place, as it is
    read; ``named``: brand -> its signs, as terms of ``clauses.parts``."""

    text: str
    read: str
    named: Mapping[str, tuple[str, ...]]


def read_as(text: str, stand_in: str) -> str:
    """A part of a masked text with the model's stand-in for each sign."""
    return _SIGN.sub(stand_in, text)


def without_names(text: str, names: Sequence[str], stand_in: str) -> str:
    """``text`` (in plain letters) with the stand-in for each of a few names."""
    for name in names:
        if any(map(is_word, normalise(name))):
            text = re.sub(_pattern(normalise(name)), stand_in, text, flags=re.IGNORECASE)
    return text


class Names:
    """What names each brand. Made once for a set of brands; never changes."""

    def __init__(
        self, queries: Mapping[str, Query], called: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        """``called``: names of a brand beside its query: its name, its accounts."""
        given = called or {}
        names = {b: _names(b, query, tuple(given.get(b, ()))) for b, query in queries.items()}
        self._in_one_word = {
            brand: frozenset(_compact(name.rstrip("*")) for name in written)
            for brand, written in names.items()
        }
        self._patterns = {
            brand: re.compile("|".join(map(_pattern, sorted(written))), re.IGNORECASE)
            for brand, written in names.items()
            if written
        }
        self._plain = {
            brand: re.compile("|".join(_plain_pattern(name) for name in sorted(written)))
            for brand, written in names.items()
            if written and all(map(str.isascii, written))
        }

    def mask(self, text: str, brands: Sequence[str], stand_in: str) -> Masked:
        """``text`` (in plain letters) with a sign where one of ``brands`` is named."""
        if not text.isascii():
            text = _SIGN.sub(" ", text)
        found = [
            (start, end, brand)
            for brand in brands
            if brand in self._patterns
            for start, end in self._found(text, brand)
        ]
        return _signed(text, sorted(found), stand_in) if found else Masked(text, text, {})

    def in_one_word(self, brands: Iterable[str]) -> Iterator[str]:
        """The names of these brands in lower case, without what is between their words; nothing is
        done before one is asked for, since most texts have no hashtag."""
        return (name for brand in brands for name in self._in_one_word[brand])

    def _found(self, text: str, brand: str) -> Iterator[tuple[int, int]]:
        if brand not in self._plain or not text.isascii():
            for match in self._patterns[brand].finditer(text):
                yield match.span()
            return
        for match in self._plain[brand].finditer(text.lower()):  # several times as fast
            start, end = match.span()
            before = text[start - 1 : start]
            if before in ("#", "@") and start:
                start, before = start - 1, text[max(0, start - 2) : start - 1]
            if not (before and is_word(before)) or not is_word(match[0][0]):
                yield start, end


def _signed(text: str, found: Sequence[tuple[int, int, str]], stand_in: str) -> Masked:
    """Occurrences that overlap are one name, of all of their brands."""
    spans: list[tuple[int, int, frozenset[str]]] = []
    for start, end, brand in found:
        if spans and start < spans[-1][1]:
            before = spans.pop()
            spans.append((before[0], max(end, before[1]), before[2] | {brand}))
        else:
            spans.append((start, end, frozenset([brand])))
    signs: dict[frozenset[str], str] = {}
    pieces, last = [], 0
    for start, end, brands in spans:
        sign = signs.setdefault(brands, chr(FIRST_SIGN + len(signs) % MAX_SIGNS))
        pieces += [text[last:start], sign]
        last = end
    pieces.append(text[last:])
    named: dict[str, tuple[str, ...]] = {}
    for brands, sign in signs.items():
        for brand in brands:
            named[brand] = (*named.get(brand, ()), sign)
    masked = "".join(pieces)
    return Masked(masked, read_as(masked, stand_in), named)


def _names(brand: str, query: Query, called: Sequence[str]) -> frozenset[str]:
    """How a brand is written: normalised terms; ``*`` behind a beginning of a word."""
    given = {normalise(name).removeprefix("@") for name in (*called, brand.replace("-", " "))}
    given = {name for name in given if name}
    like = {_compact(name) for name in given}
    found = {_written(leaf) for leaf in naming(query.root, like)}
    called_so = {normalise(name).removeprefix("@") for name in called}
    return frozenset(name for name in found | called_so if any(map(is_word, name)))


def _written(leaf: TextLeaf) -> str:
    if isinstance(leaf, Phrase):
        return normalise(" ".join(leaf.words)) + ("*" if leaf.prefix else "")
    return normalise(str(leaf) if isinstance(leaf, Prefix) else leaf.text)


def _compact(name: str) -> str:
    return "".join(filter(str.isalnum, name))


def naming(node: Node, like: Iterable[str]) -> set[TextLeaf]:
    """The terms of a query that name the brand. Of several that must all be there, those that
    resemble a name in ``like``; where none does, those that tell of nothing bad."""
    if isinstance(node, Not | Field):
        return set()
    if isinstance(node, Or):
        return {leaf for part in node.parts for leaf in naming(part, like)}
    if not isinstance(node, And):
        return {node}
    parts = [part for part in node.parts if not isinstance(part, Not | Field)]
    alike = [part for part in parts if any(_resembles(leaf, like) for leaf in _terms(part))]
    if not alike:
        alike = [part for part in parts if len(parts) == 1 or not _tells(part)]
    return {leaf for part in alike for leaf in naming(part, like)}


def _terms(node: Node) -> list[TextLeaf]:
    return [leaf for leaf in leaves(node) if not isinstance(leaf, Field)]


def _resembles(leaf: TextLeaf, like: Iterable[str]) -> bool:
    compact = _compact(_written(leaf))
    return any(
        (compact in name and len(compact) > 1) or (name in compact and len(name) > 2)
        for name in like
    )


def _tells(node: Node) -> bool:
    return any(shipped().find(_written(leaf)).evidence > 0 for leaf in _terms(node))


def _pattern(name: str) -> str:
    """A regular expression for a name however it is written: case, accents, white space."""
    prefix = name.endswith("*")
    name = name.rstrip("*")
    ways = {name, plain(name)}
    words = sorted(_words(way) for way in ways)
    left = r"(?<!\w)[#@]?" if is_word(name[:1]) and name[:1] < "\u0e00" else ""
    right = "" if prefix or not is_word(name[-1:]) or name[-1:] >= "\u0e00" else _CLITICS
    return f"{left}(?:{'|'.join(words)}){right}"


def _plain_pattern(name: str) -> str:
    """The same for texts of ASCII in lower case, less what is before the name."""
    prefix, name = name.endswith("*"), name.rstrip("*")
    between = _BETWEEN if len(_compact(name)) >= _MIN_COMPACT else _BETWEEN_SHORT
    ways = {between.join(map(re.escape, _parts(way.lower()))) for way in (name, plain(name))}
    right = "" if prefix or not is_word(name[-1:]) else _CLITICS
    return f"(?:{'|'.join(sorted(ways))}){right}"


def _words(name: str) -> str:
    between = _BETWEEN if len(_compact(name)) >= _MIN_COMPACT else _BETWEEN_SHORT
    return between.join("".join(map(_letter, part)) for part in _parts(name))


def _parts(name: str) -> list[str]:
    """The words of a name; a dash parts them too, and a cry behind one is not written by most."""
    return [part for word in re.split(r"[\s\-]+", name) if (part := word.rstrip("!"))]


def _letter(char: str) -> str:
    variants = _VARIANTS.get(char)
    return f"[{re.escape(variants)}]" if variants else re.escape(char)
