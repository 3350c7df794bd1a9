"""Bytes as text, whatever they are encoded in, where they leave one answer."""

from __future__ import annotations

import codecs
import re

from connectors.kit.alphabets import likeliest

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

SAMPLE = 1 << 18
"""Bytes that a guess looks at."""

CJK = ("cp932", "euc_jp", "gb18030", "cp949", "big5", "johab")
WIDE = ("utf-16", "utf-32", "iso2022")
"""Encodings that show in the bytes themselves, and that ASCII is none of."""

_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
"""Bytes that text has none of."""

_RUN = re.compile(rb"[\x80-\xff]+")
_MIXED = re.compile(rb"[A-Za-z][\x80-\xff]+|[\x80-\xff]+[A-Za-z]")
"""Letters beyond ASCII beside plain ones, as only Latin alphabets have them in a word."""

_KANA = re.compile(r"[\u3041-\u30fc]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ODD = re.compile(r"[\x80-\x9f\ue000-\uf8ff\uff61-\uff9f\ufffd]|[^\x00-\uffff]")


def name_of(encoding: str) -> str:
    """Python's name of a codec that turns bytes into text; "" where there is none."""
    try:
        found = codecs.lookup(encoding.strip().strip("\"'"))
    except (LookupError, ValueError):
        return ""
    if not getattr(found, "_is_text_encoding", True):
        return ""  # rot13, zip: not encodings of text, and a bomb's way in
    return {
        "gb2312": "gb18030",
        "gbk": "gb18030",
        "shift_jis": "cp932",
        "ascii": "utf-8",
        "iso8859-1": "cp1252",
        "euc_kr": "cp949",
    }.get(found.name, found.name)


def byte_order_mark(data: bytes) -> tuple[str, int]:
    """The encoding that a byte order mark names, and the mark's length; ("", 0) without one."""
    return next(((name, len(mark)) for mark, name in BOMS if data.startswith(mark)), ("", 0))


def guess(data: bytes) -> str:
    """The encoding of text that does not say which it has; "" where it is no text."""
    name, _ = byte_order_mark(data)
    if name:
        return name
    sample = data[:SAMPLE]
    if b"\x00" in sample:
        wide = _wide(sample)
        if wide or len(_CONTROL.findall(sample)) > len(sample) / 200:
            return wide
        sample = sample.replace(b"\x00", b"")  # a few lost bytes in what is text all the same
    if b"\x1b$B" in sample or b"\x1b$@" in sample:
        return "iso2022_jp"
    if _decoded(sample, "utf-8", whole=len(data) <= SAMPLE) is not None:
        return "utf-8"
    if _mostly_utf8(sample):
        return "utf-8"
    whole = len(data) <= SAMPLE
    runs = [run[0] for run in _RUN.finditer(sample)]
    lone = sum(len(run) == 1 for run in runs)
    if lone > len(runs) / 2:  # single accented letters and curly quotes among plain ones, or half
        found = _half_in_ascii(sample, whole)  # of each letter
    else:
        found = _double_byte(sample, whole) or _half_in_ascii(sample, whole)
    mixed = len(_MIXED.findall(sample)) > len(runs) / 2
    return found or likeliest(sample, latin=mixed) or likeliest(sample, latin=not mixed) or "cp1252"


MIXED = "siaga.mixed"
"""How to take what is not UTF-8 in a text that is: as Western, as where a file was put together
from several. A name for ``errors``."""


def _as_western(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(MIXED, _as_western)

_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
MIN_UTF8 = 0.6
"""Share of the bytes beyond ASCII that are letters of UTF-8 in a text that is mostly that: of a
text in another encoding a quarter may look so."""


def _mostly_utf8(sample: bytes) -> bool:
    letters = sum(len(found[0]) for found in _UTF8.finditer(sample))
    return letters > MIN_UTF8 * sum(len(found[0]) for found in _RUN.finditer(sample))


def decode(data: bytes, declared: tuple[str, ...] = ()) -> str:
    """The text of ``data``: by its byte order mark, as UTF-8 where it is that, by what was
    ``declared`` where that is possible, else by a guess. Never fails: what fits no encoding is
    replaced."""
    name, length = byte_order_mark(data)
    if name:
        return data[length:].decode(name, "replace")
    guessed = guess(data)
    if guessed.startswith(WIDE):
        return data.decode(guessed, "replace")
    known = [found for found in map(name_of, declared) if found and not found.startswith(WIDE)]
    for encoding in ("utf-8", *known):
        try:
            return data.decode(encoding)
        except (UnicodeError, ValueError):
            continue
    return data.decode(guessed or "cp1252", MIXED if guessed == "utf-8" else "replace")


def _wide(sample: bytes) -> str:
    """UTF-16 or UTF-32 by where the zeros are; "" for anything else with zeros in it."""
    zeros = [sample[n::4].count(0) for n in range(4)]
    quarter = max(1, len(sample) // 4)
    share = [zero / quarter for zero in zeros]
    for name, high, low, least in (
        ("utf-32-le", (2, 3), (0,), 0.9),
        ("utf-32-be", (0, 1), (3,), 0.9),
        ("utf-16-le", (1, 3), (0, 2), 0.4),
        ("utf-16-be", (0, 2), (1, 3), 0.4),
    ):
        if min(share[n] for n in high) > least and max(share[n] for n in low) < 0.35:
            width = 4 if "32" in name else 2
            letters = sample[: len(sample) // width * width]
            return "" if _decoded(letters, name, True) is None else name
    return ""


def _decoded(sample: bytes, encoding: str, whole: bool) -> str | None:
    """What the sample says in an encoding; None: it is not written in that. Where it is not the
    ``whole`` text it may end within a letter."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(sample, final=whole)
    except (UnicodeError, ValueError):
        return None


def _half_in_ascii(sample: bytes, whole: bool) -> str:
    """An East Asian encoding in which the second byte of a letter may be one of ASCII's; "" for
    none. Any text can be read in some of them, so nearly all of it must be their letters."""
    for encoding, letters, least in (
        ("cp932", _KANA, 0.35),
        ("big5", _HAN, 0.7),
        ("johab", _HANGUL, 0.8),
    ):
        text = _decoded(sample, encoding, whole)
        if text is None:
            continue
        beyond = sum(character > "\x7f" for character in text) or 1
        there = len(letters.findall(text))
        common = encoding != "big5" or _common(text) >= MIN_COMMON * beyond
        if common and there > least * beyond:
            return encoding
    return ""


def _double_byte(sample: bytes, whole: bool) -> str:
    """The East Asian encoding that reads as the most ordinary text; "" for none."""
    scores: dict[str, float] = {}
    for encoding in CJK:
        text = _decoded(sample, encoding, whole)
        if text is None:
            continue
        letters = sum(character > "\x7f" for character in text) or 1
        kana, hangul, han = (len(p.findall(text)) for p in (_KANA, _HANGUL, _HAN))
        common = _common(text)
        if encoding in ("cp949", "johab") and letters > FEW / 2 and not common:
            continue  # Japanese and Arabic make syllables too, though none that Koreans use
        if letters > FEW and kana + hangul + common < MIN_COMMON * letters:
            continue  # any letters of another alphabet make rare characters
        good = 1.2 * kana + 1.1 * hangul + common + 0.5 * han - 3 * len(_ODD.findall(text))
        scores[encoding] = good / letters
    best = max(scores, key=lambda name: scores[name], default="")
    return best if best and scores[best] > 0.3 else ""


FEW = 20
MIN_COMMON = 0.12
"""Share of the commonest characters that a text of more than ``FEW`` letters has."""

_COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年"
    "過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心"
    "이다에는가을의고를지한하은서기로도사자리어해인있대과"
    "这发会说为来时对过后种经学现当没动还进样新闻市民食品安全公司消费者日本月社店客員問題調査報道"
)


def _common(text: str) -> float:
    return sum(character in _COMMON for character in text)
