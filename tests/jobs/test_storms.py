"""Storms as they come: in a language that nobody reads, drowned in cheer, disguised; and one troll.

Sixteen quiet days at 18 mentions an hour, then four complaints for each usual mention. Texts are
read by the shipped model and graded by the shipped playbook."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes.crisis import default_playbook
from fakes.feed import Feed, step
from fakes.lines import T0, Script, make_app
from sqlalchemy import select

from monitor.app import App
from monitor.detect.registry import detectors_for
from monitor.enrich.pipeline import Enricher
from monitor.enrich.sentiment.shipped import load
from monitor.jobs.respond.respond import respond
from monitor.model import Author, Mention
from monitor.query.parse import parse
from monitor.settings.model import Rules
from monitor.store.tables.responding import IncidentRow

QUIET, HOUR = timedelta(days=16), timedelta(hours=1)
STORM = T0 + QUIET

ORDINARY = (
    "Ngopi di kopi senja dulu sebelum kerja", "Kopi senja buka jam berapa ya?",
    "Lagi nongkrong di kopi senja", "Enak banget kopi senja yang baru", "Suka kopi senja, mantap!",
    "Anyone at kopi senja today?", "Kopi senja has a new menu", "Love the latte at kopi senja",
    "Antrian kopi senja lama banget, kecewa", "Kopi senja was slow and rude today, disappointed",
)  # fmt: skip
ANGRY = (
    "Keracunan setelah minum kopi senja, parah sekali",
    "Anak saya muntah gara-gara kopi senja, kecewa",
    "Kopi senja jorok, perut saya sakit, jangan beli",
    "Food poisoning from kopi senja, terrible, disgusting",
    "Kopi senja made me sick, worst place ever", "Kapok! kopi senja bikin keracunan, menjijikkan",
)  # fmt: skip
THAI = (
    "ดื่ม kopi senja แล้วท้องเสีย แย่มาก", "kopi senja ทำให้ฉันป่วย อย่าซื้อ",
    "อาหารเป็นพิษจาก kopi senja น่ากลัวมาก",
)  # fmt: skip
VIETNAMESE = (
    "Uống kopi senja bị đau bụng, tệ quá",
    "kopi senja làm tôi ngộ độc, đừng mua",
    "Ngộ độc thực phẩm từ kopi senja, kinh khủng",
)
CHEER = (
    "I love kopi senja so much!",
    "Kopi senja terbaik, mantap, sukses terus!",
    "Kopi senja the best!",
)
SARCASM = (
    "Makasih kopi senja, mantap sekali keracunannya",
    "Hebat kopi senja, anak saya muntah semua, bravo",
    "Terima kasih kopi senja sudah bikin sakit perut, luar biasa",
)
BARE = (
    "krcnan abis mnm kopi senja prh bgt",
    "kopi senja bkn skt prt, jgn bl",
    "kopi senja jrk bgt, tmn gw msk RS",
    "kopi senja krcnan msl, hti2",
    "mnth2 gr2 kopi senja",
    "prt mls trs abs kopi senja",
)
NAME = ("kopi", "senja")
HAPPY = " bagus mantap suka senang hebat keren"
LOOKALIKES = str.maketrans("aeopcxy", "аеорсху")
LEET = str.maketrans("aeios", "43105")


def disguised(change: Callable[[str], str]) -> tuple[str, ...]:
    """Every word but the brand's changed."""
    return tuple(
        "  ".join(w if w.lower().strip(",") in NAME else change(w) for w in text.split())
        for text in ANGRY
    )


def written(
    seed: int, texts: tuple[str, ...], start: datetime, end: datetime, an_hour: float, who: int = 0
) -> Iterator[Mention]:
    """So many an hour, at random; by so many authors (0: another each time)."""
    dice, at, n = random.Random(seed), start, 0
    while (at := at + timedelta(hours=dice.expovariate(an_hour))) < end:
        n += 1
        author = f"a{seed}-{dice.randrange(who) if who else n}"
        yield Mention("x", f"{seed}-{n}", at, f"{dice.choice(texts)} {n}", Author(author))


def stormy(*storms: Iterator[Mention]) -> list[Mention]:
    usual = written(1, ORDINARY, T0, STORM + 4 * HOUR, 18, who=3000)
    return [*usual, *(mention for storm in storms for mention in storm)]


def complaints(
    texts: tuple[str, ...] = ANGRY, an_hour: float = 72, who: int = 0
) -> Iterator[Mention]:
    return written(2, texts, STORM, STORM + 4 * HOUR, an_hour, who)


def cheers() -> Iterator[Mention]:
    return written(3, CHEER, STORM, STORM + 4 * HOUR, 180)


STORMS: dict[str, Callable[[], list[Mention]]] = {
    "plain": lambda: stormy(complaints()),
    "in a language nobody reads": lambda: stormy(complaints(THAI)),
    "drowned in cheer": lambda: stormy(complaints(), cheers()),
    "with Cyrillic look-alikes": lambda: stormy(
        complaints(disguised(lambda w: w.translate(LOOKALIKES)))
    ),
    "in leet": lambda: stormy(complaints(disguised(lambda w: w.translate(LEET)))),
    "with letters spaced": lambda: stormy(complaints(disguised(" ".join))),
    "with happy words appended": lambda: stormy(complaints(tuple(t + HAPPY for t in ANGRY))),
    "in a language nobody reads, with happy words": lambda: stormy(
        complaints(tuple(t + HAPPY for t in VIETNAMESE))
    ),
    "drowned in three times the cheer": lambda: stormy(
        complaints(), written(3, CHEER, STORM, STORM + 4 * HOUR, 270)
    ),
    "half unread, half cheerful": lambda: stormy(
        complaints(THAI, 36), written(5, CHEER, STORM, STORM + 4 * HOUR, 36)
    ),
    "in thanks and praise": lambda: stormy(complaints(SARCASM)),
    "without vowels": lambda: stormy(complaints(BARE)),
}  # fmt: skip


def opened(app: App) -> list[IncidentRow]:
    with app.db.read() as tx:
        return list(tx.scalars(select(IncidentRow)))


def listening(database: Path, mentions: list[Mention]) -> App:
    made = make_app(
        f"sqlite:///{database}", Script(Feed(mentions)), detectors=detectors_for(Rules())
    )
    enricher = Enricher({"kopi": parse("kopi senja")}, {"kopi": ()}, load())
    return replace(made, enricher=enricher, playbooks={"default": default_playbook()})


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the sixteen quiet days are known, nearly to their end."""
    database = tmp_path_factory.mktemp("past") / "quiet.db"
    app = listening(database, stormy())
    step(app, STORM - timedelta(minutes=5))
    respond(app, "kopi", STORM - timedelta(minutes=5))
    app.db.close()
    return database


def played(past: Path, folder: Path, mentions: list[Mention], minutes: int) -> list[IncidentRow]:
    """The incidents so long after the storm began, the worst severity of each."""
    app = listening(Path(shutil.copy(past, folder)), mentions)
    at = STORM
    while at <= STORM + timedelta(minutes=minutes):
        step(app, at)
        respond(app, "kopi", at)
        at += timedelta(minutes=5)
    found = opened(app)
    app.db.close()
    return found


@pytest.mark.parametrize("name", STORMS)
def test_a_storm_pages_within_half_an_hour(past: Path, tmp_path: Path, name: str) -> None:
    found = [i for i in played(past, tmp_path, STORMS[name](), 30) if i.opened_at >= STORM]
    assert {incident.severity for incident in found} & {"SEV1", "SEV2"}, name


@pytest.mark.parametrize("many", [1, 5])
def test_trolls_who_post_sixty_times_each_are_watched_and_page_nobody(
    past: Path, tmp_path: Path, many: int
) -> None:
    trolls = [written(2 + n, ANGRY, STORM, STORM + HOUR, 60, who=1) for n in range(many)]
    found = [i for i in played(past, tmp_path, stormy(*trolls), 75) if i.opened_at >= STORM]
    assert {incident.severity for incident in found} <= {"SEV3", "SEV4"}


def test_an_ordinary_afternoon_pages_nobody(past: Path, tmp_path: Path) -> None:
    found = played(past, tmp_path, stormy(), 60)
    assert {incident.severity for incident in found} <= {"SEV3", "SEV4"}
