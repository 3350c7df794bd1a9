"""Praise appended to a complaint: six happy words, hashtags or emoji behind "basi, uang tidak
kembali" change nothing.

A run of words that only praise, none of which says what, tells little of what stands beside it. The
rest of the text is read without it, and where that is a complaint, the text is one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from pathlib import Path

from monitor.enrich.crisis.lexicon import words_of
from monitor.enrich.sentiment.vader_lexicon import lexicon

MIN_RUN = 4
"""Words of praise in a row that are taken for appended: people who mean it say what they praise."""

MIN_REST = 2
"""Words that must be left to be read: a name and what is said of it."""

MIN_VALUE = 1.0
"""What an English word is worth to vaderSentiment to be one of praise."""

_HAPPY = (
    "😀😃😄😁😆😊🙂😇🥰😍🤩😘😗😚😙😋🤗🥳😎😻👍👏🙌👌🎉🎊✨🌟⭐💯🔥💪💖💕💗💓💞💝💘❤"
    "🧡💛💚💙💜🩷🤍🤎💐🌹🏆🥇"
)
"""Emoji that praise and mean nothing else."""

_WORD = re.compile(rf"#?[^\W_]+|[{_HAPPY}]")
_LINKS = frozenset(["dan", "and", "banget", "bgt", "sekali", "so", "very", "sangat", "n", "lan"])
"""Words that may stand in a run and count for nothing, as any hashtag may."""


@functools.cache
def words_of_praise() -> frozenset[str]:
    """The words, in lower case."""
    lines = (Path(__file__).parent / "praise.txt").read_text("utf-8").splitlines()
    ours = {word for line in lines if not line.startswith("#") for word in line.split()}
    ours.update(_HAPPY)
    english = {word for word, value in lexicon().words.items() if value >= MIN_VALUE}
    ours |= {word for word in english if word.isalpha()}
    return frozenset(ours | {f"#{word}" for word in ours})


def without_praise(text: str) -> str | None:
    """The text without its runs of praise; None where it has none, or hardly anything else."""
    praise = words_of_praise()
    words = words_of(text.lower()) if text.isascii() else _WORD.findall(text.lower())
    if sum(map(praise.__contains__, words)) < MIN_RUN:
        return None
    found = list(_WORD.finditer(text))
    words = [match.group().lower() for match in found]
    runs = _runs(words, praise)
    left = len(words) - sum(end - start for start, end in runs)
    if not runs or left < MIN_REST:
        return None
    pieces, last = [], 0
    for start, end in runs:
        pieces.append(text[last : found[start].start()])
        last = found[end - 1].end()
    return " ".join([*pieces, text[last:]]).strip()


def _runs(words: Sequence[str], praise: frozenset[str]) -> list[tuple[int, int]]:
    """Begin and end of each run."""
    runs: list[tuple[int, int]] = []
    start = counted = 0
    for at, word in enumerate([*words, ""]):
        if word in praise:
            counted += 1
        elif not counted or (word not in _LINKS and not word.startswith("#")):
            if counted >= MIN_RUN:
                runs.append((start, at))
            start, counted = at + 1, 0
    return runs
