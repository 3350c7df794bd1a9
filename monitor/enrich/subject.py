"""What an event is about: the words that are new in it, against the brand's own past.

Each word is counted once a text and held against how often it stood in texts of before by the
log-likelihood ratio. What is always said of a brand is not news, and neither is its
name; a list of stop words is only needed where the past is short.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from monitor.enrich.likelihood import ONE_IN_A_THOUSAND, log_likelihood

MAX_WORDS = 3
LEAST_TEXTS, LEAST_SHARE = 3, 0.12
"""A word of the subject stands in so many texts of the event, and in so large a share of them."""

CRISIS_WEIGHT = 2.0
"""What a word that tells of a crisis counts for: it names what a reader must know first."""

_NOISE = re.compile(r"https?://\S+|www\.\S+|(?<!\S)\S+@\S+|@[\w.]+")
"""What is no word of a subject. An address begins where nothing stands before it: to look for one
at every letter takes time that grows with the square of a text's length."""
_WORD = re.compile(r"[^\W\d_][\w'’-]*[^\W_]|[^\W\d_]{2}")

_STOP = """
yang dan di ke dari ini itu untuk dengan pada juga tidak ada akan bisa sudah saya aku kamu kita kami
dia mereka anda nya lagi udah aja gak nggak ga enggak tak tapi atau karena jadi kalau kalo buat sama
dalam lebih oleh para saat masih belum baru banyak sangat banget semua harus mau yg dgn utk dlm krn
jgn tdk gue gw lu lo kok sih dong deh nih ya kan pun lah apa siapa kenapa gimana bagaimana mana
pernah setelah sebelum hari tahun kali seperti adalah hanya saja satu dua padahal
the and for that this with you are was were have has had not but from they their them his her she
him our your its it's is it to of in on at as be by an or if so we my me he do does did just about
what when who how why which there here been being will would can could should all any more some than
then too very out over after before again into one two get got says said say new now amp via rt com
www http https
"""
STOP_WORDS = frozenset(_STOP.split())


def new_words(
    texts: Sequence[str],
    before: Sequence[str],
    known: Collection[str],
    crisis: Collection[str] = (),
) -> list[str]:
    """At most ``MAX_WORDS`` words that stand out in ``texts``, the most telling first, as they are
    mostly written there. ``before``: texts of the past; ``known``: the brand's name and what its
    query matched; ``crisis``: terms found in the texts that tell of a crisis."""
    counted, written = _count(texts)
    past, _ = _count(before)
    own = {part for name in known for part in _words(name.casefold())}
    urgent = {part for term in crisis for part in _words(term.casefold())}
    ranked = []
    for word, count in counted.items():
        enough = count >= max(LEAST_TEXTS, LEAST_SHARE * len(texts))
        if enough and word not in own and word not in STOP_WORDS and len(word) <= 24:
            ratio = _likelihood(count, len(texts), past[word], len(before))
            if ratio >= ONE_IN_A_THOUSAND or not before:
                ranked.append((-ratio * (CRISIS_WEIGHT if word in urgent else 1.0), word))
    return [written[word].most_common(1)[0][0] for _, word in sorted(ranked)[:MAX_WORDS]]


def _words(text: str) -> list[str]:
    return _WORD.findall(_NOISE.sub(" ", text))


def _count(texts: Sequence[str]) -> tuple[Counter[str], dict[str, Counter[str]]]:
    """In how many texts each word stands, and how it is written there."""
    counted: Counter[str] = Counter()
    written: dict[str, Counter[str]] = {}
    for text in texts:
        seen = {word.casefold(): word for word in reversed(_words(text))}
        counted.update(seen.keys())
        for low, word in seen.items():
            written.setdefault(low, Counter())[word] += 1
    return counted, written


def _likelihood(now: int, texts: int, past: int, before: int) -> float:
    """The log-likelihood ratio of a word that is more frequent now than it was; 0 where not."""
    if now / texts <= (past + 0.5) / (before + 1.0):
        return 0.0
    return log_likelihood(now, texts, past, before)
