"""The rows written for Siaga (``bench/handmade``): phrases expanded, emoji put behind plain ones.

They say what the labelled sets hardly know: crisis words, complaints to a service, negated praise
and blame, sarcasm, slang, the mix of two languages, what an emoji means by itself.
"""

from __future__ import annotations

import itertools
import random
import re
from pathlib import Path

from sentiment_data import Row

FOLDER = Path(__file__).parent / "handmade"
MAX_EXPANSIONS = 24
"""Expansions taken of one phrase."""

SLOT = re.compile(r"\{([^}]*)\}")


def sections(name: str) -> list[tuple[str, str]]:
    """(class, phrase) for each line of ``handmade/<name>.txt``."""
    found, gold = [], ""
    for line in (FOLDER / f"{name}.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            gold = line.strip("[]")
        elif line and not line.startswith("#"):
            found.append((gold, line))
    return found


def expanded(phrase: str, dice: random.Random) -> list[str]:
    """At most ``MAX_EXPANSIONS`` of the phrase's readings, each once."""
    parts = SLOT.split(phrase)
    choices = [part.split("|") if at % 2 else [part] for at, part in enumerate(parts)]
    every = ["".join(chosen) for chosen in itertools.islice(itertools.product(*choices), 5_000)]
    return every if len(every) <= MAX_EXPANSIONS else dice.sample(every, MAX_EXPANSIONS)


def phrases(name: str, seed: int) -> list[Row]:
    """The rows of one file."""
    dice = random.Random(seed)
    return [
        Row(text, gold, name, f"handmade-{name}")
        for gold, phrase in sections(name)
        for text in expanded(phrase, dice)
    ]


def composed(plain: list[Row], seed: int, number: int) -> list[Row]:
    """Rows as long as what people write: one to three phrases of a class, now and then a neutral
    one among them, half of them addressed to an account."""
    dice = random.Random(seed)
    classes: dict[str, list[str]] = {}
    for row in plain:
        classes.setdefault(row.gold, []).append(row.text)
    rows = []
    for gold, texts in classes.items():
        for _ in range(number):
            chosen = dice.sample(texts, dice.choice((1, 2, 2, 3)))
            if gold != "neutral" and dice.random() < 0.5:
                chosen.insert(dice.randrange(len(chosen) + 1), dice.choice(classes["neutral"]))
            text = dice.choice((". ", ", ", " ", "! ", "... ")).join(chosen)
            text = f"@user {text}" if dice.random() < 0.5 else text
            text += dice.choice(("", "", ".", "!", "!!"))
            rows.append(Row(text, gold, plain[0].lang, f"handmade-long-{plain[0].lang}"))
    return rows


def with_emoji(plain: list[Row], seed: int, times: int) -> list[Row]:
    """Emoji alone, and behind plain phrases, whose tone they then set."""
    dice = random.Random(seed)
    neutral = [row.text for row in plain if row.gold == "neutral"]
    lang = plain[0].lang
    rows = []
    for gold, line in sections("emoji"):
        for emoji in line.split():
            texts = [emoji, emoji * 2, f"{emoji} {emoji}"]
            for _ in range(times):
                end = " " + emoji * dice.choice((1, 1, 2, 3))
                texts.append(dice.choice(neutral) + end)
            rows += [Row(text, gold, lang, f"handmade-emoji-{lang}") for text in texts]
    return rows
