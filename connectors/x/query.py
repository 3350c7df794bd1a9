"""A brand's query in the words of X's search.

https://docs.x.com/x-api/posts/search/integrate/build-a-query. X joins by spaces and OR, negates
single terms only, knows no beginnings of words, and has its own code for Indonesian. Where it is
weaker we ask for more: every post is matched again here.
"""

from __future__ import annotations

import re

from connectors.base import Rejected
from monitor.query.ast import (
    Account,
    And,
    Field,
    Hashtag,
    Leaf,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Term,
    anchored,
)

LONGEST = 512
LANGUAGES = {"id": "in", "en": "en"}

ANYTHING, NOTHING = "*", ""
"""Compiled forms of what X need not, or can not, be asked."""


def compile_x(query: Query) -> str:
    """What to ask X, matching at least what the query does.

    Raises ``Rejected`` with one sentence where X cannot be asked at all.
    """
    asked = _compile(query.root, negated=False)
    if asked == NOTHING:
        raise Rejected("the query excludes every post on X: remove this source or `platform:`.")
    if asked == ANYTHING or not anchored(query.root, _stands_alone):
        raise Rejected(
            "X needs a word, phrase, #tag or @account in every alternative of the query; "
            "beginnings of words (garuda*), lang: and NOT alone are not enough for it."
        )
    if len(asked) > LONGEST:
        raise Rejected(
            f"the query has {len(asked)} characters in X's words and X takes {LONGEST}: shorten "
            f"it, or give this source a shorter one by its option `query`."
        )
    return asked


def _stands_alone(leaf: Leaf) -> bool:
    if isinstance(leaf, Field):
        return leaf.name == "author" and _handle(leaf.value) is not None
    return not isinstance(leaf, Prefix)


def _compile(node: Node, *, negated: bool) -> str:
    if isinstance(node, Not):
        return _compile(node.part, negated=not negated)
    if isinstance(node, And | Or):
        parts = [_compile(part, negated=negated) for part in node.parts]
        return _all(parts) if isinstance(node, And) != negated else _any(parts, negated=negated)
    if isinstance(node, Field):
        return _field(node, negated=negated)
    if isinstance(node, Prefix):
        return ANYTHING
    if isinstance(node, Phrase) and node.prefix:
        return ANYTHING if negated else _words(Phrase(node.words[:-1]))
    return f"-{_words(node)}" if negated else _words(node)


def _all(parts: list[str]) -> str:
    if NOTHING in parts:
        return NOTHING
    asked = [part for part in parts if part != ANYTHING]
    return " ".join(asked) or ANYTHING


def _any(parts: list[str], *, negated: bool) -> str:
    asked = [part for part in parts if part != NOTHING]
    if not asked:
        return NOTHING
    if ANYTHING in asked or (negated and len(asked) > 1):
        return ANYTHING  # X cannot say "without a, or without b"
    return f"({' OR '.join(asked)})" if len(asked) > 1 else asked[0]


def _words(leaf: Term | Phrase | Hashtag | Account) -> str:
    if isinstance(leaf, Hashtag | Account):
        return str(leaf)
    words = " ".join(leaf.words) if isinstance(leaf, Phrase) else leaf.text
    plain = re.fullmatch(r"\w+", words) and words.lower() not in ("or", "and", "not")
    return words if plain else '"' + words.replace('"', " ") + '"'


def _field(field: Field, *, negated: bool) -> str:
    value = field.value.lower()
    if field.name == "platform":
        return ANYTHING if (value == "x") != negated else NOTHING
    if negated:
        return ANYTHING  # what X calls a language or a name is not quite what we do
    if field.name == "author":
        handle = _handle(value)
        return f"from:{handle}" if handle else ANYTHING
    return f"lang:{LANGUAGES[value]}" if value in LANGUAGES else ANYTHING


def _handle(author: str) -> str | None:
    found = re.fullmatch(r"@?(\w{1,15})", author)
    return found[1] if found else None
