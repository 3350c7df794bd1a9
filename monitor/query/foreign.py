"""Operators of other search tools: what they are called, and what to write here instead.

A query is often pasted from the tool used before. What means something there and is only a
character here would be searched for as text, and match nothing, in silence.
"""

from __future__ import annotations

import re

_AND = "write AND between the words: `kopi AND basi`"
_OR = "write the alternatives in parentheses with OR: `(kopi OR kopy)`"
_SPELLINGS = f"{_OR}, or a beginning as `kop*`"
_CLOSE = "words near each other"
_QUOTE = 'write double quotes: "kopi senja"'

_WORDS: tuple[tuple[str, str, str], ...] = (
    (r"(?:O?NEAR|ADJ|WITHIN|W|PRE|BEFORE|AFTER|AROUND|PROX)[/:~]\d+[a-z]?", _CLOSE, _AND),
    (r"(?:O?NEAR|ADJ|WITHIN|AROUND|PROX)\d*", _CLOSE, _AND),
    (r"/(?:\d+|s|p|sent|para)", _CLOSE, _AND),
    (r"ANDNOT|AND_NOT|BUTNOT|AND-NOT|BUKAN|KECUALI", "an exclusion", "write NOT: `kopi NOT basi`"),
    (r"DAN", "AND", "write AND: `kopi AND basi`"),
    (r"ATAU|XOR|AND/OR|DAN/ATAU", "OR", "write OR: `kopi OR teh`"),
)
"""Whole words in capitals: pattern, what it asks for elsewhere, what to write."""

_PARTS: tuple[tuple[str, str, str], ...] = (
    (r"^~\d*$|^[~/@]\d+$", _CLOSE, _AND),
    (r".~\d*(?:\.\d+)?$", "similar spellings", _OR),
    (r"\w\^\d+(?:\.\d+)?$", "a weight", "leave it out: every term counts alike"),
    (r"^/.+/[a-z]*$|\\|\[[^\]]*\]|\.\*|\.\+|^\^\w|\w\{\d", "a regular expression", _SPELLINGS),
    (r"[^\W\d_]%$", "any ending", "write a star: `kopi*`"),
    (r"\?\w|\w\?", "any single character", _OR),
    (r"\w&&|&&\w", "AND", "write AND with spaces around it: `kopi AND basi`"),
    (r"\w\||\|\w", "OR", "write OR with spaces around it: `kopi OR teh`"),
    (r"^[{}\[\]<>]|[{}\[\]<>]$", "a group", "write parentheses: `(kopi OR teh)`"),
    (r"\w[,;]$|^[,;]\w", "a list", "write OR between the terms: `kopi OR teh`"),
)
"""Signs within a word: where they stand, what they ask for elsewhere, what to write."""

_SINGLE_QUOTES = "'‘’‚‛`´′"
_CALLS = frozenset(["near", "onear", "around", "adj", "within", "prox", "proximity"])

FIELDS = {
    "site": "`platform:` names a platform; for a site's address write it in quotes",
    "domain": "`platform:` names a platform; for a site's address write it in quotes",
    "url": "write the address in quotes",
    "link": "write the address in quotes",
    "inurl": "write the address in quotes",
    "title": "title and text are searched together: leave it out",
    "intitle": "title and text are searched together: leave it out",
    "allintitle": "title and text are searched together: leave it out",
    "headline": "title and text are searched together: leave it out",
    "text": "title and text are searched together: leave it out",
    "intext": "title and text are searched together: leave it out",
    "content": "title and text are searched together: leave it out",
    "body": "title and text are searched together: leave it out",
    "from": "write `author:name`",
    "user": "write `author:name`",
    "username": "write `author:name`",
    "by": "write `author:name`",
    "to": "write `@name`",
    "mention": "write `@name`",
    "mentions": "write `@name`",
    "hashtag": "write `#tag`",
    "hashtags": "write `#tag`",
    "tag": "write `#tag`",
    "language": "write `lang:id`",
    "source": "write `platform:name`",
    "sourcetype": "write `platform:name`",
    "network": "write `platform:name`",
    "channel": "write `platform:name`",
    "regex": _SPELLINGS,
    "exact": _QUOTE,
    "raw": _QUOTE,
    "near": _AND,
}
"""Fields of other tools, and what there is here instead."""

_UNKNOWN_HERE = frozenset(
    [
        "since",
        "until",
        "before",
        "after",
        "date",
        "filter",
        "min_faves",
        "min_retweets",
        "min_replies",
        "is",
        "has",
        "country",
        "location",
        "place",
        "geocode",
        "point_radius",
        "within",
        "sentiment",
        "engagement",
        "reach",
        "followers",
        "filetype",
        "retweets_of",
        "conversation_id",
        "cache",
        "related",
    ]
)
"""Fields of other tools that have nothing here to take their place."""


def foreign_word(word: str, following: str) -> str | None:
    """What to say of a word that is an operator elsewhere; None: it is a word like any other.

    ``following`` is the character right behind it in the query, ``""`` at the end.
    """
    if word.casefold() in _CALLS and following == "(":
        return _sentence(f"{word}(…)", _CLOSE, _AND)
    if word[0] in _SINGLE_QUOTES or (word[-1] in "‘’‚‛`´′'" and word[0] in _SINGLE_QUOTES):
        return f"`{word[0]}` is no quote here; {_QUOTE}"
    for pattern, meaning, remedy in _WORDS:
        if re.fullmatch(pattern, word) or (
            re.search(r"[/:~]\d", word) and re.fullmatch(pattern, word, re.IGNORECASE)
        ):
            return f'{_sentence(word, meaning, remedy)} (or "{word}" in quotes for the word itself)'
    for pattern, meaning, remedy in _PARTS:
        if re.search(pattern, word):
            return f"{_sentence(word, meaning, remedy)} (or in quotes for the sign itself)"
    return None


def foreign_field(name: str) -> str | None:
    """What to write instead of a field of another tool; None where it is not known as one."""
    known = name.casefold()
    if known in _UNKNOWN_HERE:
        return "there is nothing like it here: leave it out"
    return FIELDS.get(known)


def _sentence(word: str, meaning: str, remedy: str) -> str:
    shown = word if len(word) <= 40 else f"{word[:39]}…"
    return f"`{shown}` asks for {meaning} in other tools and is no operator here; {remedy}"
