"""How new what is said is: how far the term has jumped that has jumped most.

Pure. A term counts once a voice: a word, three letters of a script that is written without spaces,
or a sign such as an emoji. How rare such a jump is a brand's own past says, not a table of
chi-squared (``monitor.corroboration``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from math import log

from monitor.enrich.likelihood import log_likelihood
from monitor.query.text import ADDRESSES, SPACELESS, marks, normalise, unescaped

LEAST_VOICES, LEAST_SHARE = 3, 0.1
"""So many use a term that has jumped, and so large a share of those who speak."""

_NOISE = re.compile(ADDRESSES)
_LETTER = rf"(?:[^\W\d_][{marks()}]*)"
"""With what is written over, below and beside it: vowels of Hindi are no gap between words."""

_TERM = re.compile(rf"{SPACELESS.pattern}+|{_LETTER}{{3,40}}|[\u2600-\u27bf\U0001f300-\U0001faff]")

Terms = frozenset[str]


def terms(text: str, but: Collection[str] = ()) -> Terms:
    """A text's terms, each once. ``but``: words that are none, as the brand's own name."""
    found: set[str] = set()
    for match in _TERM.findall(_NOISE.sub(" ", normalise(unescaped(text)))):
        if SPACELESS.match(match):
            found.update(match[n : n + 3] for n in range(max(1, len(match) - 2)))
        elif match not in but:
            found.add(match)
    return frozenset(found)


def counted(voices: Iterable[Terms]) -> Counter[str]:
    """How many voices use each term."""
    return Counter(term for voice in voices for term in voice)


def newest(now: Mapping[str, int], of_now: int, past: Mapping[str, int], of_past: int) -> float:
    """How far that term of ``of_now`` voices has jumped that has jumped most, against ``of_past``
    voices of the past: log10 of its likelihood ratio (Dunning's G² in those units), 0 where none
    has."""
    least = max(LEAST_VOICES, LEAST_SHARE * of_now)
    jumps = [
        log_likelihood(count, of_now, past.get(term, 0), of_past)
        for term, count in now.items()
        if count >= least and count * of_past > past.get(term, 0) * of_now
    ]
    return max(jumps, default=0.0) / (2.0 * log(10.0))
