"""The words that tell some texts from others: what a storm is about, or what of it is not about us.

Pure. A word counts once a text. How much it tells is the log-likelihood ratio of the texts that
have it inside and outside; what is as common outside tells nothing, so function words need no list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from monitor.enrich.likelihood import ONE_IN_A_THOUSAND, log_likelihood
from monitor.query.text import normalise, unescaped

_NOISE = re.compile(r"https?://\S+|www\.\S+|@[\w.]+")
_WORD = re.compile(r"[^\W\d_]{3,40}")


@dataclass(frozen=True, slots=True)
class Telling:
    """A word or two neighbours, as queries see them; in how many texts inside and outside."""

    words: str
    inside: int
    outside: int
    surprise: float


def telling(
    inside: Sequence[str], outside: Sequence[str], but: Collection[str] = ()
) -> list[Telling]:
    """Words and pairs of neighbours that are more common inside, the most telling first. ``but``:
    words that are none, as the brand's own name. A pair stands before a word it tells as much as.
    """
    here, there = _counted(inside, but), _counted(outside, but)
    found = []
    for words, count in here.items():
        elsewhere = there.get(words, 0)
        if count < 2 or count * len(outside) <= elsewhere * len(inside):
            continue
        surprise = log_likelihood(count, len(inside), elsewhere, len(outside))
        if surprise >= ONE_IN_A_THOUSAND:
            found.append(Telling(words, count, elsewhere, surprise))
    return sorted(found, key=lambda one: (-one.surprise, -len(one.words), one.words))


def _counted(texts: Iterable[str], but: Collection[str]) -> Counter[str]:
    return Counter(words for text in texts for words in _words(text, but))


def _words(text: str, but: Collection[str]) -> set[str]:
    """A text's words and pairs, each once. A pair does not reach over what is no word."""
    seen = _NOISE.sub(" | ", normalise(unescaped(text)))
    found, last, end = set(), "", 0
    for match in _WORD.finditer(seen):
        word = match[0]
        if word in but:
            last = ""
            continue
        found.add(word)
        if last and seen[end : match.start()] == " ":
            found.add(f"{last} {word}")
        last, end = word, match.end()
    return found
