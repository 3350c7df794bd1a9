"""How a name of several words is written: "kopi senja", kopi-senja, kopi/senja, kopi_senja.

Search engines, and the listening tools built on them, cut a text at such signs (UAX #29), so that
a phrase finds all of these there. Signs that make a name what it is (``c++``, ``.net``, ``AT&T``)
are kept, but for a cry behind a word, which hardly anybody writes: "Yahoo!" is yahoo.
"""

from __future__ import annotations

import functools
import itertools
import re
from math import prod

from monitor.query.text import marks

_JOINTS = (" ", "-", "/", "_")
_JOINTS_ABROAD = (*_JOINTS, "·", "・")
"""Japanese and Chinese put a dot between the words of a foreign name."""

_MAX = 64
"""Ways to write one phrase; each is one more text to be looked for."""

_MIN_PART = 3
"""Letters or digits of one part at least for a dash to be left out: "7-Eleven" is "7 eleven" too,
and "I-Am" is not every "I am"."""


def spellings(text: str) -> tuple[str, ...]:
    """The ways to write a normalised term or phrase; the first has plain spaces."""
    words, gaps = [""], list[tuple[str, ...]]()
    for word in text.split(" "):
        parts = _dash().split(word)
        if max(map(len, parts)) < _MIN_PART:
            parts = [word]
        for number, part in enumerate(parts):
            between = _between(words[-1], part, text, spaced=number == 0)
            if not between:
                words[-1] += f" {part}" if words[-1] else part
                continue
            words.append(part)
            gaps.append(between)
    if prod(map(len, gaps)) > _MAX:
        gaps = [ways[:2] if 2 ** len(gaps) <= _MAX else ways[:1] for ways in gaps]
    quiet = [_cry().sub("", word) for word in words]
    joined = (
        quiet[0] + "".join(itertools.chain(*zip(joints, quiet[1:], strict=True)))
        for joints in itertools.product(*gaps)
    )
    return tuple(dict.fromkeys(joined))


def _between(before: str, behind: str, text: str, *, spaced: bool) -> tuple[str, ...]:
    """What may stand between two words; nothing: they are left as they are written."""
    if spaced and not _edges().search(f"{_cry().sub('', before)} {behind}"):
        return ()
    joints = _JOINTS if text.isascii() else _JOINTS_ABROAD
    return (*joints[:2], "! ", *joints[2:]) if _cry().search(before) else joints


@functools.cache
def _dash() -> re.Pattern[str]:
    """A dash within a word."""
    return re.compile(rf"(?<=[\w{marks()}])-(?=\w)")


@functools.cache
def _edges() -> re.Pattern[str]:
    """A space between two words, and not beside a sign."""
    return re.compile(rf"[\w{marks()}] \w")


@functools.cache
def _cry() -> re.Pattern[str]:
    return re.compile(rf"(?<=[\w{marks()}])!+$")
