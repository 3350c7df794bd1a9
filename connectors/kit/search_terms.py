"""A brand's query as plain search terms, for platforms that search one word or phrase at a time."""

from __future__ import annotations

from connectors.base import Rejected
from monitor.query.ast import Account, And, Hashtag, Node, Or, Phrase, Query, Term


def search_terms(query: Query, platform: str, limit: int) -> tuple[str, ...]:
    """Words and phrases that together find at least what the query matches; every result is
    matched again locally. Raises ``Rejected`` where the platform cannot be asked so: an
    alternative without a whole word, or more than ``limit`` of them."""
    found = tuple(dict.fromkeys(_terms(query.root, platform)))
    if len(found) > limit:
        raise Rejected(
            f"the query needs {len(found)} searches on {platform} and {limit} are made at most: "
            f"shorten it, or give this source its own `terms`."
        )
    return found


def _terms(node: Node, platform: str) -> list[str]:
    if isinstance(node, Or):
        return [term for part in node.parts for term in _terms(part, platform)]
    if isinstance(node, And):
        options = [terms for part in node.parts if (terms := _maybe(part, platform))]
        if options:  # the fewest searches, then the longest words: the rarest
            return min(options, key=lambda terms: (len(terms), -len(terms[0])))
    if isinstance(node, Phrase):
        return [" ".join(node.words)]
    if isinstance(node, Term | Hashtag | Account):
        return [node.text]
    raise Rejected(
        f"{platform} needs a whole word, phrase, #tag or @account in every alternative of the "
        f"query; beginnings of words (kopi*), lang: and NOT alone are not enough for it."
    )


def _maybe(node: Node, platform: str) -> list[str]:
    try:
        return _terms(node, platform)
    except Rejected:
        return []
