"""Does a brand's name carry a sentiment? The same texts about fifty names.

Twenty complaints and ten plain texts, each with every name in it, read for a brand of that name.
Spread: the most complaints read as negative of any name less the fewest. "Unmasked" is the model
given the texts as they are.

    python bench/name_bias.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from monitor.enrich.language import identify
from monitor.enrich.pipeline import Enricher
from monitor.enrich.sentiment.shipped import load
from monitor.model import Mention
from monitor.query.parse import parse

NEGATIVE_FROM = 0.5

Read = Callable[[str, Sequence[str]], list[float]]
"""p_neg of texts, for a brand of a name."""

NAMES = (
    "Zorvex",
    "Good Day",
    "Best Buy",
    "Bank Sampah",
    "Kopi Senja",
    "Happy Tummy",
    "Sour Sally",
    "Lucky Strike",
    "Mister Bad",
    "Warung Setan",
    "Mie Setan",
    "Ayam Gila",
    "Bakso Neraka",
    "Sambal Mampus",
    "Rawon Setan",
    "Kedai Bahagia",
    "Toko Sial",
    "Cinta Rasa",
    "Sehat Selalu",
    "Bank Rakyat",
    "Burger Monster",
    "Poison Perfume",
    "Death Wish Coffee",
    "Fat Burger",
    "Dirty Fries",
    "Ugly Delicious",
    "Love Bonito",
    "Joy Kitchen",
    "Perfect Clean",
    "Free Fire",
    "Crash Airways",
    "Fail Army",
    "Hate Copy",
    "Broken Egg",
    "Panic Room",
    "Nightmare Cafe",
    "Virgin Air",
    "Angry Bird",
    "Mad Dog",
    "Super Indo",
    "Mantap Jaya",
    "Ramah Tamah",
    "Lemot Net",
    "Gagal Move On",
    "Mulia Abadi",
    "Indah Permai",
    "Sakit Hati",
    "Rumah Hantu",
    "Sedap Malam",
    "Surga Rasa",
    "H&M",
    "7-Eleven",
)

COMPLAINTS = (
    "{} basi lagi, kecewa berat",
    "uang saya hilang di {} dan tidak kembali",
    "pelayanan {} lambat dan kasar",
    "{} penipu, jangan percaya",
    "sudah seminggu paket dari {} belum sampai",
    "aplikasi {} error terus",
    "pesanan saya di {} rusak semua",
    "nunggu dua jam di {} tidak dipanggil",
    "{} menaikkan harga diam-diam, parah",
    "kapok belanja di {}",
    "{} lost my luggage and nobody answers",
    "worst service ever from {}",
    "my {} order arrived broken",
    "{} charged me twice and refuses a refund",
    "never buying from {} again",
    "{} app keeps crashing",
    "still waiting for {} to reply after two weeks, useless",
    "the food at {} made me sick",
    "{} staff was so rude to my mother",
    "{} is overpriced and slow",
)

PLAIN = (
    "{} buka cabang baru di Bandung",
    "jam berapa {} buka hari ini?",
    "saya beli dua kotak dari {} kemarin",
    "lowongan kerja di {}",
    "daftar harga {} terbaru",
    "what time does {} open?",
    "i bought two tickets from {} yesterday",
    "{} is on the second floor",
    "anyone knows the address of {}?",
    "{} announces new schedule",
)


@dataclass(frozen=True, slots=True)
class Bias:
    """``found``: name -> of its complaints and of its plain texts, how many read as negative."""

    found: dict[str, tuple[int, int]]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.found)

    @property
    def spread(self) -> int:
        """Of twenty complaints: the most found of any name less the fewest."""
        counts = [complaints for complaints, _ in self.found.values()]
        return max(counts) - min(counts)

    @property
    def complaints_found(self) -> int:
        """Of twenty, for the name with the fewest."""
        return min(complaints for complaints, _ in self.found.values())

    @property
    def worst_neutral(self) -> int:
        """Of ten plain texts read as negative, for the name with the most."""
        return max(plain for _, plain in self.found.values())


def measure(*, masked: bool = True) -> Bias:
    """The figures over ``NAMES``."""
    read = _for_brand if masked else _as_they_are
    return Bias({n: (_count(read, n, COMPLAINTS), _count(read, n, PLAIN)) for n in NAMES})


def _count(read: Read, name: str, texts: Sequence[str]) -> int:
    scores = read(name, [text.format(name) for text in texts])
    return sum(score >= NEGATIVE_FROM for score in scores)


def _for_brand(name: str, texts: Sequence[str]) -> list[float]:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    enricher = Enricher({"brand": parse(f'"{name}"')}, {}, load(), called={"brand": (name,)})
    read = enricher.read([Mention("x", str(n), at, text) for n, text in enumerate(texts)])
    return [readings[0].sentiment.negative for readings in read]


def _as_they_are(_: str, texts: Sequence[str]) -> list[float]:
    found: list[float] = load().score(texts, identify(texts)).probabilities[:, 0].tolist()
    return found


def main() -> None:
    for title, masked in (("for a brand of the name", True), ("unmasked", False)):
        found = measure(masked=masked)
        print(
            f"{title:26}{len(found.names)} names  spread {found.spread} of 20  "
            f"fewest complaints {found.complaints_found} of 20  "
            f"most plain texts {found.worst_neutral} of 10"
        )


if __name__ == "__main__":
    main()
