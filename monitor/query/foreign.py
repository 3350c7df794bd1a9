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

_NOT = "write NOT: `kopi NOT basi`"
_NEAR = (
    "O?NEAR|ADJ|WITHIN|W|N|F|PRE|BEFORE|AFTER|AROUND|PROX|SAME|DEKAT|NOT|ATLEAST|NEXT|NEARBY|FNEAR"
    "|FOLLOWED_?BY|PRECEDED_?BY|CLOSE|FAR|FREQ|THEN|PHRASE|PARA|SENT"
)

_WORDS: tuple[tuple[str, str, str], ...] = (
    (rf"(?:NOT_?)?(?:{_NEAR})[/:~](?:-?\d+[a-z]?)?|(?:W|PRE|NEAR)/[SP]", _CLOSE, _AND),
    (
        r"(?:NOT_?)?(?:O?NEAR|ADJ|WITHIN|AROUND|PROX)\d*[a-z]?|(?:PRE|ATLEAST|BEFORE|AFTER|SAME)\d+",
        _CLOSE,
        _AND,
    ),
    (r"/(?:[nfw]?\d+/?|s|p|sent|para)", _CLOSE, _AND),
    (r"%\d+", _CLOSE, _AND),
    (r"(?:NOT_?)?(?:SAME|WITHIN)_?(?:SENTENCE|PARAGRAPH)", _CLOSE, _AND),
    (r"ANDNOT|AND_NOT|BUTNOT|AND-NOT|NOTIN|BUKAN|KECUALI", "an exclusion", _NOT),
    (r"DAN", "AND", "write AND: `kopi AND basi`"),
    (r"ATAU|ATAUPUN|XOR|AND/OR|DAN/ATAU", "OR", "write OR: `kopi OR teh`"),
    (r"ＡＮＤ", "AND", "write AND in letters of ordinary width: `kopi AND basi`"),
    (r"ＯＲ", "OR", "write OR in letters of ordinary width: `kopi OR teh`"),
    (r"ＮＯＴ", "an exclusion", "write NOT in letters of ordinary width: `kopi NOT basi`"),
)
"""Whole words in capitals: pattern, what it asks for elsewhere, what to write."""

_ANY_CASE = re.compile(
    r"(?:W|PRE|NEAR)/[SP]|(?:O?NEAR|ADJ|PRE|PROX|ATLEAST)\d+[a-z]?|/[nfw]\d+/?|.*[/:~]\d.*|and/or|dan/atau",
    re.IGNORECASE,
)
"""Words that are such operators in small letters too."""

_DOUBTFUL: tuple[tuple[str, str], ...] = (
    (r"and|And|dan|Dan", "the operator is AND"),
    (r"or|Or|atau|Atau", "the operator is OR"),
    (
        r"not|Not|bukan|Bukan|TIDAK|TANPA|SELAIN|UNLIKE|WITHOUT|EXCEPT|EXCLUDE|EXCL|MINUS|NOR|NAND"
        r"|NICHT|NIET|SANS|SAUF|SIN|NON",
        "the operator is NOT",
    ),
    (r"ET|SERTA|BESERTA|TETAPI|PERO", "the operator is AND"),
    (r"OU", "the operator is OR"),
    (r"UND|ODER|und|oder|veya|或|和|または|และ|หรือ", "the operators are AND and OR"),
    (r"MUST|SHOULD|CONTAINS?|INCLUDES?|EQUALS?", "leave it out"),
    (
        r"SAME|SENTENCE|PARAGRAPH|NEXT|THEN|ATLEAST|BEFORE|AFTER|SEBELUM|SESUDAH|DEKAT|[WNFwnf]\d+",
        f"to find {_CLOSE}, {_AND}",
    ),
    (r"TO", "there are no ranges"),
)
"""Words that are operators elsewhere, and words too."""

_PARTS: tuple[tuple[str, str, str], ...] = (
    (r"^~\d*$|^[~/@]\d+$", _CLOSE, _AND),
    (r".~\d*(?:\.\d+)?$", "similar spellings", _OR),
    (r"^~\w{2}", "words of like meaning", _OR),
    (r"(?:^|\w)\^+\d+(?:\.\d+)?$", "a weight", "leave it out: every term counts alike"),
    (r"^/.+/[a-z]*$|\\|\[[^\]]*\]|\.\*|\.\+|^\^\w|\w\{\d", "a regular expression", _SPELLINGS),
    (r"[^\W\d_]%+$", "any ending", "write a star: `kopi*`"),
    (r"\?\w|\w\?", "any single character", _OR),
    (r"\w&&|&&\w", "AND", "write AND with spaces around it: `kopi AND basi`"),
    (r"\w\||\|\w", "OR", "write OR with spaces around it: `kopi OR teh`"),
    (r"^[{}\[\]<>]|[{}\[\]<>]$", "a group", "write parentheses: `(kopi OR teh)`"),
    (r"\w[,;]$|^[,;]\w|[^\W\d][,;][^\W\d]", "a list", "write OR between the terms: `kopi OR teh`"),
    (r"[^\W\d]\+[^\W\d]", "AND", "write AND between the words: `kopi AND basi`"),
    (
        r"^[^\W\d]\w*[=<>]|^[^\W\d][\w.]*\.\w*:$|^[^\W\d]\w*(?:\.[^\W\d]\w*)+:\w+$",
        "a field",
        "there are lang:, platform: and author:",
    ),
    (r"\d\.\.+\$?\d", "a range", "leave it out"),
    (r"^[^\W\d]\w*\.(?:ti|ab|tw|mp|kw|hw|ot|all)\.$", "a field", "leave it out: all is searched"),
)
"""Signs within a word: where they stand, what they ask for elsewhere, what to write."""

_SINGLE_QUOTES = "'‘’‚‛`´′"
_CALLS = re.compile(r"(?:o?near|around|adj|within|prox|proximity|atleast)\d*", re.IGNORECASE)

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


_IN_QUOTES = re.compile(
    rf"\s(?:AND|OR|NOT|(?i:{_NEAR})[/~]\d+)\s|(?<=\w)\?(?=\s*[\w\"])",
)
_BEHIND = re.compile(r"[~/:^.?][\w.]*")


def doubtful_phrase(phrase: str) -> str | None:
    """What to say of a phrase, with its quotes, that holds an operator of ours or of other tools;
    None: it holds none."""
    found = _IN_QUOTES.search(phrase)
    if found is None:
        return None
    return f"`{found[0].strip()}` within quotes is searched for as it stands there"


def behind_a_phrase(word: str) -> str | None:
    """What to say of what stands right behind a phrase's quotes; None: nothing."""
    if not _BEHIND.fullmatch(word) or foreign_word(word, ""):
        return None  # or it has a sentence of its own
    return _sentence(word, "something of the phrase before it", "leave it out")


def doubtful_call(word: str) -> str:
    """What to say of a word right before a parenthesis, as a function in other tools."""
    return f"`{word}(` is searched for as a word; leave it out, or write AND behind it"


def doubtful_word(word: str) -> str | None:
    """What to say of a word that was perhaps meant as an operator, where other terms stand beside
    it; None: it was not."""
    found = (remedy for pattern, remedy in _DOUBTFUL if re.fullmatch(pattern, word))
    remedy = next(found, None)
    return f"`{word}` is searched for as a word; {remedy}" if remedy else None


def foreign_word(word: str, following: str) -> str | None:
    """What to say of a word that is an operator elsewhere; None: it is a word like any other.

    ``following`` is the character right behind it in the query, ``""`` at the end.
    """
    if _CALLS.fullmatch(word) and following == "(":
        return _sentence(f"{word}(…)", _CLOSE, _AND)
    if word[0] in _SINGLE_QUOTES or (word[-1] in "‘’‚‛`´′'" and word[0] in _SINGLE_QUOTES):
        return f"`{word[0]}` is no quote here; {_QUOTE}"
    known = re.IGNORECASE if _ANY_CASE.fullmatch(word) else re.RegexFlag(0)
    for pattern, meaning, remedy in _WORDS:
        if re.fullmatch(pattern, word, known):
            return f'{_sentence(word, meaning, remedy)} (or "{word}" in quotes for the word itself)'
    for pattern, meaning, remedy in _PARTS:
        if re.search(pattern, word):
            return f"{_sentence(word, meaning, remedy)} (or in quotes for the sign itself)"
    return None


PLATFORMS = {
    "twitter": "x",
    "twitter.com": "x",
    "x.com": "x",
    "x (twitter)": "x",
    "ig": "instagram",
    "insta": "instagram",
    "fb": "facebook",
    "yt": "youtube",
    "tt": "tiktok",
    "berita": "news",
    "media online": "news",
    "online news": "news",
    "google news": "news",
    "rss": "news",
}
"""What platforms are called elsewhere, and here."""


def foreign_field(name: str) -> str | None:
    """What to write instead of a field of another tool; None where it is not known as one."""
    known = name.casefold()
    if known in _UNKNOWN_HERE:
        return "there is nothing like it here: leave it out"
    return FIELDS.get(known)


def _sentence(word: str, meaning: str, remedy: str) -> str:
    shown = word if len(word) <= 40 else f"{word[:39]}…"
    return f"`{shown}` asks for {meaning} in other tools and is no operator here; {remedy}"
