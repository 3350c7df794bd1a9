"""Headlines to learn from: those written for Siaga, and the crisis lexicon's terms in short frames.

None of them is one of ``handmade/headlines.tsv``, which only judges.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace

from sentiment_data import Row
from sentiment_handmade import phrases

from monitor.enrich.crisis.lexicon import FOLDER, affixed, sections

SURFACES = 4
"""Ways of saying a term that are learned from, drawn by chance."""

MIN_WEIGHT = 0.8

CRISIS = ("{} di @user", "@user {}", "kasus {} @user", "{}, @user disorot", "@user diduga {}")
DENIED = (
    "@user bantah {}", "tidak ada {} di @user", "{} di @user tidak terbukti",
    "cara mencegah {} ala @user", "hoaks {} di @user",
)  # fmt: skip


def news(seed: int) -> list[Row]:
    """Indonesian headlines: crises, ordinary news, crises denied. Without a name: the models'
    stand-in for one must not learn to mean news."""
    rows = [*phrases("news-id", seed), *_framed(seed)]
    return [replace(row, text=" ".join(row.text.replace("@user", "").split())) for row in rows]


def _framed(seed: int) -> list[Row]:
    dice = random.Random(seed)
    rows = []
    for section, lines in sections(FOLDER / "id.txt"):
        for line in lines if float(section.split()[0]) >= MIN_WEIGHT else ():
            for _ in range(SURFACES):
                said = _said(line, dice)
                rows.append(_row(dice.choice(CRISIS).format(said), "negative"))
                if dice.random() < 0.4:
                    rows.append(_row(dice.choice(DENIED).format(said), "neutral"))
    return rows


def _said(line: str, dice: random.Random) -> str:
    """One way of saying a line of a list."""
    parts = re.split(r"\s+(?:\.\.\.|&)\s+", line)
    chosen = " ".join(dice.choice(part.split("|")) for part in parts)
    return " ".join(_form(word, dice) for word in chosen.split())


def _form(word: str, dice: random.Random) -> str:
    if word.startswith("+"):
        root = word[1:]
        return dice.choice(sorted(w for w in affixed(root) if not w.endswith(("nya", "h", "pun"))))
    return word


def _row(text: str, gold: str) -> Row:
    return Row(text, gold, "id", "handmade-terms-id")
