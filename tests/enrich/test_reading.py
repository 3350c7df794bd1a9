"""Storms in disguise: what is angry reads as angry whatever is done to its letters and words."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from monitor.enrich.language import identify, readable
from monitor.enrich.pipeline import Enricher
from monitor.enrich.sentiment.praise import without_praise
from monitor.enrich.sentiment.shipped import load
from monitor.model import Language, Mention, Reading
from monitor.query.parse import parse

AT = datetime(2026, 3, 1, tzinfo=UTC)
READER = Enricher({"kopi": parse('"kopi senja"')}, {}, load(), {"kopi": ("Kopi Senja",)})

WHAT = [
    "anak saya keracunan setelah minum",
    "saya muntah muntah habis minum",
    "basi dan bau di",
    "ada kecoak di gelas saya di",
    "pelayanan paling parah ada di",
    "kecewa berat sama",
    "penipuan, uang saya tidak kembali dari",
    "kapok, jorok banget tempatnya",
    "sakit perut semua sekeluarga gara gara",
    "jangan beli, busuk rasanya di",
    "got food poisoning from",
    "the worst and dirtiest place is",
    "never again, rude staff at",
]
END = [
    "",
    ", tolong ditindak",
    ", parah banget",
    " hari ini",
    " cabang kota",
    "!!",
    " lagi",
    ", kecewa",
]
HAPPY = [
    "bagus",
    "mantap",
    "keren",
    "senang",
    "suka",
    "puas",
    "enak",
    "hebat",
    "indah",
    "cinta",
    "bahagia",
    "juara",
    "great",
    "love",
    "happy",
    "awesome",
    "amazing",
    "best",
    "wonderful",
]
LOOKALIKE = str.maketrans("aceopxyik", "асеорхуік")
LEET = str.maketrans("aieo", "4130")


def storm(seed: int, number: int = 60) -> list[str]:
    """Complaints about the brand, made by chance."""
    dice = random.Random(seed)
    return [f"{dice.choice(WHAT)} kopi senja{dice.choice(END)}" for _ in range(number)]


def read(texts: list[str]) -> list[Reading]:
    found = READER.read([Mention("x", str(n), AT, text) for n, text in enumerate(texts)])
    return [readings[0] for readings in found]


def negatives(texts: list[str]) -> float:
    """The mean of p_neg."""
    return float(np.mean([reading.sentiment.negative for reading in read(texts)]))


@pytest.mark.parametrize("seed", range(3))
def test_look_alike_letters_hide_nothing(seed: int) -> None:
    texts = storm(seed)
    hidden = [text.replace("kopi senja", "@").translate(LOOKALIKE) for text in texts]
    hidden = [text.replace("@", "kopi senja") for text in hidden]
    assert hidden != texts
    assert negatives(hidden) == pytest.approx(negatives(texts), abs=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_digits_for_letters_hide_little(seed: int) -> None:
    texts = storm(seed)
    hidden = [
        " ".join(
            word if len(word) < 4 else word[0] + word[1:].translate(LEET)
            for word in text.replace("kopi senja", "#").split()
        ).replace("#", "kopi senja")
        for text in texts
    ]
    assert negatives(hidden) >= negatives(texts) - 0.1


@pytest.mark.parametrize("seed", range(3))
def test_spaced_letters_hide_little(seed: int) -> None:
    dice = random.Random(seed)
    texts = storm(seed)
    hidden = []
    for text in texts:
        words = text.split()
        long = [at for at, w in enumerate(words) if len(w) > 4 and w.isalpha() and w != "senja"]
        for at in dice.sample(long, min(2, len(long))):
            words[at] = dice.choice((" ", ".", "-", "*")).join(words[at])
        hidden.append("  ".join(words).replace("kopi  senja", "kopi senja"))
    assert negatives(hidden) >= negatives(texts) - 0.1


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("by", [" ", ", ", "! "])
@pytest.mark.parametrize("before", [False, True])
def test_six_happy_words_turn_no_complaint(seed: int, by: str, before: bool) -> None:
    dice = random.Random(seed)
    texts = storm(seed)
    happy = [by.join(dice.choices(HAPPY, k=6)) for _ in texts]
    cheered = [f"{h}{by}{t}" if before else f"{t} {h}" for t, h in zip(texts, happy, strict=True)]
    assert negatives(cheered) >= 0.9 * negatives(texts)


@pytest.mark.parametrize(
    "text",
    [
        "kopi senja enak banget, tempat nyaman, bagus mantap keren puas senang",
        "kopi senja is lovely, great coffee, awesome amazing wonderful best happy",
        "kopi senja bagus mantap keren enak juara",
        "suka kopi senja, top mantap keren hebat puas",
    ],
)
def test_people_who_mean_it_are_read_as_happy(text: str) -> None:
    (found,) = read([text])
    assert found.sentiment.label == "positive"


@pytest.mark.parametrize(
    "praise",
    [
        "😍😍🥰👍🎉😊",
        "❤️❤️❤️❤️❤️❤️",
        "👍🏽👏🏽🙌🏽💯🔥",
        "#love #happy #instagood #fun #blessed #best",
        "#mantap #bagus #keren #enak",
        "#love 😍 mantap #happy 🥰",
    ],
)
def test_hashtags_and_emoji_of_praise_turn_no_complaint(praise: str) -> None:
    found = read([f"{what} kopi senja {praise}" for what in WHAT])
    assert sum(reading.sentiment.label == "negative" for reading in found) >= len(WHAT) - 1


def test_one_word_of_blame_outlives_praise_in_another_language() -> None:
    (found,) = read(["kopi senja keracunan good happy love great nice best"])
    assert found.sentiment.label == "negative"


def test_runs_of_praise_are_taken_out_and_nothing_else() -> None:
    assert without_praise("barang rusak semua, bagus mantap keren puas") == "barang rusak semua,"
    assert without_praise("barang rusak semua, bagus mantap keren") is None
    assert without_praise("bagus mantap keren puas senang") is None
    assert without_praise("") is None
    assert without_praise("barang rusak semua 😍👍🏽 #love keren") == "barang rusak semua"
    assert without_praise("barang rusak semua #kapok #kecewa #boikot #keracunan") is None


# --- what cannot be read --------------------------------------------------------------------------

UNREAD = [
    "กาแฟที่นี่แย่มาก กินแล้วท้องเสีย kopi senja",
    "この店のコーヒーは最悪です kopi senja",
    "Это ужасный кофе, я отравился в kopi senja",
    "Der Kaffee bei kopi senja war furchtbar und ich wurde krank",
    "Cà phê ở kopi senja rất tệ, tôi bị đau bụng cả ngày",
    "kopi senja で食中毒、買わないで 12",
    "kopi senja 역겹다 3",
    "kopi senja 拉肚子 7",
    "kopi senja تسمم",
]


@pytest.mark.parametrize("text", UNREAD)
def test_a_language_nobody_reads_has_no_sentiment(text: str) -> None:
    (found,) = read([text])
    assert found.language == Language.OTHER
    assert found.sentiment.abstain
    assert not found.is_scored
    assert found.sentiment.negative == pytest.approx(1 / 3)


@pytest.mark.parametrize("text", ["kopi senja 👎👎", "kecewa kopi senja"])
def test_a_few_words_and_emoji_are_read(text: str) -> None:
    (found,) = read([text])
    assert found.is_scored


def test_real_texts_of_the_languages_we_read_are_readable(shared: Path) -> None:
    import gzip
    import json

    for name in ("smsa", "prdect", "nusax-id", "nusax-jv", "nusax-su", "tweeteval", "own"):
        path = shared / "data" / "sentiment" / f"{name}.valid.jsonl.gz"
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            texts = [json.loads(line)["text"] for line in lines]
        known = [readable(t, lang) for t, lang in zip(texts, identify(texts), strict=True)]
        assert np.mean(known) >= 0.98, name
