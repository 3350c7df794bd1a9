"""What kinds of words a text is made of: harm, crime, relief, sport … (``terms/concepts.txt``)."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from monitor.enrich.crisis.lexicon import FOLDER, affixed, inflected, sections, words_of
from monitor.query.text import normalise

FILE = FOLDER / "concepts.txt"

BAD = ("harm", "crime", "abuse", "anger", "loss")
"""The kinds that may be a crisis."""

_BAD = frozenset(BAD)

TURNS = ("relief", "sport", "fiction", "benign", "victim", "authority")
"""The kinds that say what a bad word beside them is about."""

NAMES = (*BAD, "victim", "authority", "benign", "relief", "sport", "fiction", "personal")
PERSONAL = NAMES.index("personal")
"""Which of the numbers of ``of`` counts words of somebody who speaks of himself."""

COUNT = len(NAMES) + 2 + len(TURNS)
"""How many numbers ``of`` gives."""


def of(text: str) -> list[float]:
    """The words of each kind in a text, each once and up to two; whether there is a bad one, and a
    second; whether there is one beside each of ``TURNS``."""
    kinds = _kinds()
    words = words_of(text.lower() if text.isascii() else normalise(text))
    found = dict.fromkeys(NAMES, 0)
    for word in kinds.keys() & words:
        for kind in kinds[word]:
            found[kind] += 1
    bad = sum(min(found[name], 2) for name in BAD)
    return [
        *(float(min(found[name], 2)) for name in NAMES),
        float(bad > 0),
        float(bad > 1),
        *(float(bad > 0 and found[name] > 0) for name in TURNS),
    ]


def is_bad(word: str) -> bool:
    """Whether a word is of a kind that may be a crisis."""
    return not _BAD.isdisjoint(_kinds().get(word, ()))


def is_personal(word: str) -> bool:
    """Whether it is a word of somebody who speaks of himself."""
    return "personal" in _kinds().get(word, ())


@functools.cache
def _kinds() -> Mapping[str, tuple[str, ...]]:
    """The kinds of each word in each of its forms."""
    found: dict[str, list[str]] = {}
    for name, lines in sections(FILE):
        forms = {form for line in lines for word in line.split() for form in _forms(word)}
        for form in forms:
            found.setdefault(form, []).append(name)
    return {word: tuple(names) for word, names in found.items()}


def _forms(written: str) -> set[str]:
    if written.startswith("+"):
        return affixed(written[1:])
    if written.endswith("~"):
        return inflected(written[:-1])
    return {written, f"{written}nya"}
