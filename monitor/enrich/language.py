"""Which language a text is written in, at some microseconds a text.

eldc tells sixty languages apart and knows neither Indonesian, Javanese nor Sundanese: what it
calls Malay (``ms``, in doubt ``tl``) is Indonesia's family here, and lists of the little words
tell Indonesian from the regional languages and from the mix with English. Two words and a row of
emoji carry too little to guess from: unless they are words that only one language has, or the
platform has said so (``hints``), they are ``OTHER``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import eldc

from monitor.model import Language

MAX_CHARS = 1_000
"""How much of a text is looked at."""

ENOUGH_WORDS = 3
"""Words below which a statistical guess is not believed."""

FOREIGN = 2
"""Letters of another script that are a word of it: two are one in Chinese and Japanese."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


INDONESIAN = _words(
    """
    yang dan di ke dari untuk dengan ini itu tidak tak ada akan sudah udah udh sdh belum blm juga
    saya aku kami kita kalian anda dia mereka nya bukan kalau kalo klo karena krn bisa lagi lg sama
    saja aja banget bgt bngt sekali tapi tp tetapi namun jadi pada atau oleh dalam sangat lebih
    yg dgn utk dr dlm dpt gak ga nggak ngga enggak engga gk kagak gue gw gua lu loh lho sih kok dong
    deh kan nih tuh mau pengen harus hrus lama cepat cepet bagus jelek parah mahal murah enak kecewa
    terima kasih makasih mantap mantul keren tolong mohon gimana kenapa knp apa siapa kapan mana
    baru masih bikin buat pakai pake beli bayar kirim barang harga layanan pelayanan aplikasi
    kayak kaya emang memang malah terus trus padahal ternyata jangan jgn semua sampai nyampe besok
    kemarin hari bulan tahun orang banyak sedikit pernah selalu tiap setiap satu dua tiga min kak
    wkwk wkwkwk gila gokil anjir bener benar salah rusak hilang sakit hati senang suka cinta benci
    bodoh tolol penipu penipuan sampah nunggu menunggu dulu sekarang skrg nanti ntar
    """
)
"""Words of Indonesian, written and colloquial, that English does not have."""

REGIONAL = (
    _words(
        """
    ora iki kuwi iku sing wis durung ning nang karo lan kang ingkang boten mboten niki niku saged
    sampun kulo kula sampeyan nggih inggih iso isa arep pengin nganggo kanggo dinggo nggawe apik
    elek banget piye opo ana ono neng kabeh wong awake awakdewe aku kowe koe lagek rek maneh mesti
    teu henteu moal anu jeung nyaeta abdi urang anjeun maneh pisan mah teh téh keur kanggo nuju
    tiasa tos geus acan naon kumaha saha dimana alus goreng sareng ti ka éta eta ieu sok loba
    indak ndak indaak alun jo untuak nan iko itu awak urang dek dari sabana rancak lamak elok
    manga baa bana ambo denai kito lah kayo sajo bilo ado
    tusing ten nenten ane ane sane niki punika titiang tiang antuk ring wenten sampun becik
    kada nang gasan wan lawan ulun pian kami inya sudah labih kaya balum haja banar
    nyan hana nyang ngon keu bak lon droeneuh jih that bandum
    do ni tu dohot hami hamu ndang boi denggan
    """
    )
    - INDONESIAN
)
"""Little words of Javanese, Sundanese, Minangkabau, Balinese, Banjarese, Acehnese and Batak."""

ENGLISH = _words(
    """
    the and is are was were be been this that these those it its to of for on with at by from you
    your they their them we our my me he she his her not no don't dont can't cant won't isn't
    have has had do does did will would could should just so very really too but because if when
    what why how who where there here out up down off over again never always still even more most
    get got go going make made want need know think love hate like good great best bad worst nice
    awesome amazing terrible horrible awful thanks thank please sorry wtf lol omg worth waste
    service customer delivery overpriced disappointed happy sad angry slow fast cheap broken rude
    literally honestly actually seriously day time money new first last ever
    """
)
"""Frequent words of English that Indonesian does not have ("an" or "dan" are not among them)."""

ARTICLE = "-nya"
"""The Indonesian article behind a word of English: ``service-nya``."""

HINTS = {
    "id": Language.INDONESIAN,
    "in": Language.INDONESIAN,  # what X calls it
    "ms": Language.INDONESIAN,
    "en": Language.ENGLISH,
    "jv": Language.REGIONAL,
    "su": Language.REGIONAL,
    "min": Language.REGIONAL,
}

_MALAY, _ENGLISH, _DOUBT = 1, 2, 3
# what eldc answers for the regional languages it does not know
_FAMILY = dict.fromkeys(("tl", "sq", "ro", "et", "eu", "lv", "lt", "hr", "sl", "az"), _DOUBT)
_FAMILY |= {"ms": _MALAY, "en": _ENGLISH}

_MARKS = {ord(mark): " " for mark in '!"$%&()*+,./:;<=>?[\\]^_`{|}~…“”‘«»—–'} | {0x2019: "'"}
_NO_WORD = ("@", "#", "http", "www.")


def identify(texts: Sequence[str], hints: Sequence[str] | None = None) -> list[Language]:
    """The language of each text. ``hints``: what the platform says (``Mention.lang_hint``), used
    only where the text itself tells too little. Never raises; each text is read for itself."""
    detect = _detector()
    given = hints if hints is not None else [""] * len(texts)
    return [_one(text[:MAX_CHARS], hint, detect) for text, hint in zip(texts, given, strict=True)]


@functools.cache
def _detector() -> Callable[[str], str]:
    eldc.init()
    detect: Callable[[str], str] = eldc.instance().detect  # ours: nobody else sets its languages
    return detect


def _one(text: str, hint: str, detect: Callable[[str], str]) -> Language:
    low = text.lower()
    if "@" in low or "#" in low or "://" in low or "www." in low:
        low = " ".join([word for word in low.split() if not word.startswith(_NO_WORD)])
    words = set(low.translate(_MARKS).split())
    indonesian = len(words & INDONESIAN)
    english = len(words & ENGLISH)
    if len(words) < ENOUGH_WORDS + 2 and sum(map(str.isalpha, words)) < ENOUGH_WORDS:
        return _short(indonesian, english, hint)
    family = _FAMILY.get(_asked(low, detect), 0)
    regional = len(words & REGIONAL)
    if indonesian + regional == 0 and family in (0, _DOUBT):
        return Language.ENGLISH if english >= 2 else HINTS.get(hint, Language.OTHER)
    if family == _ENGLISH:
        return _english(indonesian, english, low)
    return _indonesian(indonesian, regional, english, low)


def _asked(low: str, detect: Callable[[str], str]) -> str:
    try:
        return detect(low)
    except UnicodeEncodeError:  # a lone surrogate
        return detect(low.encode("utf-8", "replace").decode())


def _short(indonesian: int, english: int, hint: str) -> Language:
    if indonesian and english:
        return Language.MIXED
    if indonesian or english:
        return Language.INDONESIAN if indonesian else Language.ENGLISH
    return HINTS.get(hint, Language.OTHER)


def _english(indonesian: int, english: int, low: str) -> Language:
    if indonesian >= 2 or (indonesian and indonesian * 4 > english) or ARTICLE in low:
        return Language.MIXED
    return Language.ENGLISH


def _indonesian(indonesian: int, regional: int, english: int, low: str) -> Language:
    if regional >= 2 and regional > indonesian:
        return Language.REGIONAL
    if english >= 3 or (english and ARTICLE in low):
        return Language.ENGLISH if indonesian + regional == 0 else Language.MIXED
    return Language.MIXED if ARTICLE in low else Language.INDONESIAN


def readable(text: str, language: Language) -> bool:
    """Whether the sentiment of a text can be read: not where it is in a language that no model
    here knows. A few words too short to tell their language, and emoji, can be; not where any of
    them is in another script, whatever a name in Latin letters stands beside it."""
    if language != Language.OTHER:
        return True
    others = sum(char.isalpha() and not _is_latin(char) for char in text[:MAX_CHARS])
    return others < FOREIGN and len(_words_of(text)) < ENOUGH_WORDS


def _is_latin(letter: str) -> bool:
    return letter < "\u0250" or "\u1e00" <= letter <= "\u1eff"


def _words_of(text: str) -> set[str]:
    low = text[:MAX_CHARS].lower()
    kept = " ".join([word for word in low.split() if not word.startswith(_NO_WORD)])
    return {word for word in kept.translate(_MARKS).split() if word.isalpha()}
