"""The labelled sets: reading, keeping validation out of training, slang and typo copies."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

CLASSES = ("negative", "neutral", "positive")
REGIONAL = ("jv", "su", "min", "ban", "bjn", "ace", "bbc", "bug", "mad", "nij")

LICENCES = {
    "smsa": ("CC BY-SA 4.0", "Purwarianti & Crisdayanti 2019; IndoNLU, Wilie et al. 2020"),
    "nusax": ("CC BY-SA 4.0", "Winata et al. 2023"),
    "prdect": ("CC BY 4.0", "Sutoyo et al. 2022"),
    "tweeteval": ("CC BY 3.0", "SemEval-2017 task 4, Rosenthal et al. 2017; Barbieri et al. 2020"),
    "vader-tweets": ("MIT", "Hutto & Gilbert 2014"),
    "vader-amazon": ("MIT", "Hutto & Gilbert 2014"),
    "handmade": ("this project's", "written for Siaga"),
}
"""Licence and source of each family of sets that training may use. Nothing else is read."""


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled text. ``lang`` as in the data: id, en, id-en, jv …"""

    text: str
    gold: str
    lang: str
    set: str


def read(path: Path) -> list[Row]:
    """The rows of one ``<set>.<part>.jsonl.gz``."""
    name = path.name.split(".")[0]
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    return [Row(row["text"], row["gold"], row.get("lang", "en"), name) for row in found]


def part(data: Path, name: str) -> dict[str, list[Row]]:
    """Every set's ``train`` or ``valid`` part."""
    files = sorted(data.glob(f"*.{name}.jsonl.gz"))
    return {path.name.split(".")[0]: read(path) for path in files}


def family(name: str) -> str:
    """The set's family, as in ``LICENCES``."""
    return "nusax" if name.startswith("nusax-") else name


_NOT_LETTERS = re.compile(r"[\W_]+")


def near(text: str) -> str:
    """What near copies of a text have in common."""
    return _NOT_LETTERS.sub(" ", text.lower()).strip()


def without_leaks(rows: Iterable[Row], held_out: Iterable[Row]) -> list[Row]:
    """``rows`` less those that nearly copy a held-out one: the same words, or all but a few of its
    runs of five."""
    exact = {near(row.text) for row in held_out}
    runs: dict[tuple[str, ...], int] = {}
    sizes: list[int] = []
    for number, text in enumerate(sorted(exact)):
        words = text.split()
        found = {tuple(words[at : at + 5]) for at in range(len(words) - 4)}
        sizes.append(len(found))
        for run in found:
            runs.setdefault(run, number)
    kept = []
    for row in rows:
        text = near(row.text)
        if text in exact:
            continue
        words = text.split()
        hits: dict[int, int] = {}
        for run in {tuple(words[at : at + 5]) for at in range(len(words) - 4)}:
            if run in runs:
                hits[runs[run]] = hits.get(runs[run], 0) + 1
        if not any(count > 0.6 * sizes[number] for number, count in hits.items()):
            kept.append(row)
    return kept


SLANG = {
    "tidak": "ga gak nggak ngga gk tdk enggak kaga",
    "tak": "ga gak",
    "sudah": "udah udh sdh",
    "yang": "yg",
    "dengan": "dgn sama dg",
    "untuk": "buat utk untk",
    "saya": "gue gw aku sy gua",
    "banget": "bgt bngt bgtt",
    "sekali": "bgt banget skali",
    "sangat": "bgt sgt",
    "juga": "jg",
    "kamu": "lu lo km elu",
    "karena": "krn karna soalnya",
    "kalau": "kalo klo kl",
    "belum": "blm belom blum",
    "bagus": "bgs baguss",
    "jangan": "jgn jngn",
    "saja": "aja doang",
    "dari": "dr",
    "dalam": "dlm",
    "dapat": "dpt",
    "bisa": "bs bisaa",
    "lagi": "lg",
    "orang": "org",
    "barang": "brg brang",
    "tempat": "tmpt",
    "makan": "mkn",
    "harga": "hrg",
    "sampai": "smpe nyampe",
    "seperti": "kayak kyk",
    "memang": "emang emg",
    "tetapi": "tapi tp",
    "tapi": "tp tpi",
    "terima kasih": "makasih mksh tengkyu thx",
    "kurang": "krg krang",
    "hanya": "cuma cuman",
    "mengecewakan": "ngecewain",
    "menyebalkan": "nyebelin",
    "memuaskan": "muasin",
    "enak": "enakk",
    "jelek": "jlek jelekk",
    "parah": "prh parahh",
    "lama": "lamaa lma",
    "lambat": "lemot lelet",
    "pelayanan": "pelayanannya servisnya",
    "pelayan": "pelayannya",
    "cepat": "cepet cpt",
    "benar": "bener bnr",
    "malas": "males mls",
    "habis": "abis",
    "hilang": "ilang",
    "pakai": "pake",
    "mau": "mo mw",
    "teman": "temen tmn",
    "bapak": "bpk",
    "semua": "smua",
    "masih": "msh",
    "sama": "sm",
    "tahu": "tau",
    "begitu": "gitu gt",
    "begini": "gini gn",
    "bagaimana": "gimana gmn",
    "kenapa": "knp napa",
    "membuat": "bikin buat",
    "ingin": "pengen pgn",
    "setiap": "tiap",
    "kecewa": "kecewaa kcewa",
    "mahal": "mhl mahall",
    "murah": "mrh murahh",
    "rusak": "rsk rusakk",
}
"""Formal Indonesian -> how it is written in haste."""

_SLANG = re.compile(r"\b(" + "|".join(sorted(SLANG, key=len, reverse=True)) + r")\b")


def slangy(row: Row, dice: random.Random) -> Row:
    """A copy as it would be typed on a phone: slang, lost vowels, swapped or doubled letters."""

    def pick(found: re.Match[str]) -> str:
        if dice.random() < 0.3:
            return found.group(0)
        return dice.choice(SLANG[found.group(0)].split())

    words = _SLANG.sub(pick, row.text.lower()).split()
    return replace(row, text=" ".join(_mistyped(word, dice) for word in words))


def _mistyped(word: str, dice: random.Random) -> str:
    if len(word) < 4 or dice.random() > 0.12:
        return word
    at = dice.randrange(1, len(word) - 1)
    kind = dice.randrange(4)
    if kind == 0:
        return word[0] + re.sub("[aiueo]", "", word[1:-1]) + word[-1]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word + word[-1] * dice.randrange(1, 4)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def copies(rows: Sequence[Row], seed: int) -> list[Row]:
    """One slangy copy of each row."""
    dice = random.Random(seed)
    return [slangy(row, dice) for row in rows]
