"""Hours of twelve with a word for the part of the day: ``5.30 sore``, ``下午5:30``, ``8.05 PG``.

Indonesian, Malay, Chinese, Japanese and Korean. They become hours of twenty-four, since what the
words mean is not a.m. and p.m.: 11 siang is before noon, 12 malam is midnight, 1 malam after it.
"""

from __future__ import annotations

import re

_MORNING = "pagi subuh dini pg 上午 凌晨 早上 午前 오전"
_NOON = "siang tengahari tgh 中午"
_MIDDLE = re.compile(r"\btengah\s+(hari|malam)\b", re.IGNORECASE)
_AFTERNOON = "sore petang ptg 下午 午後 오후"
_NIGHT = "malam mlm 晚上"

_SECOND_HALF = {
    **dict.fromkeys(_MORNING.split(), range(0)),
    **dict.fromkeys(_NOON.split(), range(1, 7)),
    **dict.fromkeys(_AFTERNOON.split(), range(1, 12)),
    **dict.fromkeys(_NIGHT.split(), range(4, 12)),
}
"""By the word, the hours that are in the second half of the day."""

_AT_NOON = frozenset((*_NOON.split(), *_AFTERNOON.split()))
_BEHIND = "|".join(word for word in _SECOND_HALF if word.isascii())
_BEFORE = "|".join(word for word in _SECOND_HALF if not word.isascii())
_CLOCK = re.compile(
    rf"(?<![\d.:])(?:(?P<before>{_BEFORE})\s*)?(?P<hour>\d{{1,2}})"
    r"(?:[:.：時时點点시]\s?(?P<minute>\d{2})[分분]?(?:[:.]?(?P<second>\d{2})[秒초]?)?)?"
    rf"(?:\s*(?P<zone>\b(?:WIB|WITA|WIT)\s)?\s*(?P<behind>{_BEHIND})\b(?:\s+hari\b)?)?",
    re.IGNORECASE,
)
_SIGN = re.compile(
    rf"(?:\d|\bWI?[BT]A?)\s*(?:{_BEHIND})\b|{_BEFORE}|\d[時时點点시：]", re.IGNORECASE
)


def of_twenty_four_hours(text: str) -> str:
    """The text with such a clock as ``HH:MM[:SS]``; as it is where there is none."""
    text = _MIDDLE.sub(lambda found: "tgh" if found[1].lower() == "hari" else "malam", text)
    if _SIGN.search(text) is None:
        return text
    found = next(
        (c for c in _CLOCK.finditer(text) if c["before"] or c["behind"] or not c[0].isascii()), None
    )
    if found is None or int(found["hour"]) > 24:
        return text
    hour, word = int(found["hour"]), (found["before"] or found["behind"] or "").lower()
    if word and hour == 12:
        hour = 12 if word in _AT_NOON else 0
    elif hour in _SECOND_HALF.get(word, ()):
        hour += 12
    clock = ":".join(filter(None, (f"{hour:02d}", found["minute"] or "00", found["second"])))
    clock = f"{clock} {found['zone'] or ''}".strip()
    return f"{text[: found.start()]} {clock} {text[found.end() :]}"
