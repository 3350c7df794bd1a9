"""What hashtags say: ``#BoikotKopiSenja`` and ``#boikotkopisenja`` as "Boikot Kopi Senja", for
reading only. A boycott begins as a hashtag, and a word that is written together with others is
neither a word of the crisis lists nor one that the model has seen.

Capitals, digits and ``_`` tell where words end. Where all is in one case, a name of the brand at
either end is cut off, and the rest is split where it is made of known words alone. A tag that is
not split stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from monitor.enrich.disguise import known_words

MIN_LETTERS = 4
"""Of a word that is cut out of others: by shorter ones ``#therapist`` would fall apart."""

MIN_NAME = 3
"""Of a brand's name that is cut out of known words."""

MAX_LETTERS = 60
"""Of a tag that is looked at; the work grows with the square of it."""

_TAG = re.compile(rf"(?<![\w/&])#([^\W\d_]\w{{3,{MAX_LETTERS}}})(?!\w)")
_WORD = re.compile(r"(?:[A-Z]+(?![a-z])|[A-Z]?[a-z]+)\d*|\d+")
"""A number belongs to the word before it: MH370."""


def opened(text: str, names: Iterable[str]) -> str:
    """``text`` with its hashtags as words. ``names``: of the brands it may concern, in lower case
    and one word each (``kopisenja``)."""
    if "#" not in text:
        return text
    known = sorted((name for name in names if len(name) >= MIN_NAME), key=len, reverse=True)
    return _TAG.sub(lambda found: _in_words(found, known), text)


def _in_words(found: re.Match[str], names: Sequence[str]) -> str:
    tag = found[1]
    if tag.lower() in names:
        return found[0]
    written = _WORD.findall(tag) if tag.isascii() else [tag]
    words = _named(written, names) if len(written) > 1 else _apart(tag, names)
    return " ".join(words) if len(words) > 1 else found[0]


def _named(words: Sequence[str], names: Sequence[str]) -> list[str]:
    """The words of a tag, those that are a name together (Mc, D) as one."""
    joined: list[str] = []
    at = 0
    while at < len(words):
        ends = range(len(words), at + 1, -1)
        end = next((e for e in ends if "".join(words[at:e]).lower() in names), at + 1)
        joined.append("".join(words[at:end]))
        at = end
    return joined


def _apart(tag: str, names: Sequence[str]) -> list[str]:
    """The words of a tag in one case: a name at an end and the rest, or known words."""
    low = tag.lower()
    for name in names:
        rest = len(low) - len(name)
        if len(name) < MIN_LETTERS or rest < MIN_LETTERS - 1:
            continue
        if low.startswith(name):
            return [tag[: len(name)], *_known_parts(tag[len(name) :], names)]
        if low.endswith(name):
            return [*_known_parts(tag[:rest], names), tag[rest:]]
    return _known_parts(tag, names)


def _known_parts(tag: str, names: Sequence[str]) -> list[str]:
    """The fewest known words and names that a tag is made of, or the tag alone."""
    low, known = tag.lower(), known_words()
    if low in known or low in names:
        return [tag]
    best: list[list[str] | None] = [[], *[None] * len(tag)]
    for start in range(len(tag) - MIN_NAME + 1):
        before = best[start]
        if before is None:
            continue
        for end in range(start + MIN_NAME, len(tag) + 1):
            word = low[start:end]
            if word not in names and (len(word) < MIN_LETTERS or word not in known):
                continue
            now = best[end]
            if now is None or len(before) + 1 < len(now):
                best[end] = [*before, tag[start:end]]
    return best[len(tag)] or [tag]
