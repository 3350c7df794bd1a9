"""What people read: natural, complete, in their language, and within every limit."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.crisis import NOON, angry, blind, default_playbook, loud, minutes
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.decide.actions import Action, decide
from alerting.decide.escalation import fire
from alerting.decide.incidents import respond
from alerting.decide.response import Policy, Response, Timer
from alerting.i18n import Localizer
from alerting.messages.codec import pack, unpack
from alerting.messages.context import History, MessageContext
from alerting.messages.incident import root
from alerting.messages.thread import line
from alerting.model import Incident, Quote, Target, target

GOLDEN = Path(__file__).parent / "golden"
POLICY = Policy(default_playbook())
HISTORY = History(
    minutes(-1320),
    timedelta(minutes=30),
    (*(float(5 + n % 3) for n in range(44)), 9.0, 120.0, 90.0, 60.0),
    (6.0,) * 48,
)
QUOTES = (
    Quote(
        "Es kopi susunya basi, dua kali!! @kopisenja kok diam aja?",
        "rasa_pahit",
        "https://x.com/rasa_pahit/status/1",
        "x",
        minutes(3),
    ),
    Quote(
        "My order took two hours and came cold. Never again.",
        "cold.brew",
        "https://www.youtube.com/watch?v=a&lc=b",
        "youtube",
        minutes(1),
    ),
)


def context(response, language="en", *, at, who="", **more) -> MessageContext:
    brand = more.pop("brand", "Kopi Senja")
    common = {
        "quotes": QUOTES,
        "negative": (0.61, 0.3),
        "total": 212.0,
        "words": ("keracunan", "basi", "Semarang"),
        "platforms": (("x", 150.0), ("youtube", 62.0)),
        "coverage": (6, 5, (("tiktok/brand", minutes(at - 180)),)),
        "link": "https://siaga.example/#incident-42",
        "history": HISTORY,
        "pages": 2,
    }
    incident = replace(response.incident, id=42)
    if incident.risk_class == "blindness":
        common = {"link": common["link"]}
    return MessageContext(
        incident,
        brand,
        Localizer(language, "Asia/Jakarta"),
        minutes(at),
        who=who,
        detail=response.detail,
        **{**common, **more},
    )


def fired(incident: Incident, timers: Sequence[Timer], at: datetime) -> Response:
    """What the timers make of it."""
    response = fire(incident, timers, at)
    assert response
    return response


def go(response, *signals, at):
    return respond(response.incident, signals, POLICY, minutes(at))


def did(response, kind, at, **more):
    return decide(response.incident, Action(kind, "Rina", 42, **more), minutes(at))


OPENED = respond(None, [loud(score=6.1), angry()], POLICY, minutes(6))
SLOW = respond(
    None,
    [replace(angry(-4000, 5, share=0.38), detector="slow_burn", window=timedelta(days=3))],
    POLICY,
    minutes(6),
)
WORSE = go(OPENED, loud(at=20, score=14, observed=1412, negative_share=0.7), at=21)
ESCALATED = fired(OPENED.incident, [t for t in OPENED.timers if t.kind == "step"], minutes(21))
ACKED = did(OPENED, "ack", 12, reason="Saya hubungi toko Kemang.")
SNOOZED = did(
    OPENED, "snooze", 12, reason="Pernyataan menunggu persetujuan.", duration=timedelta(hours=2)
)
WOKEN = fired(SNOOZED.incident, SNOOZED.timers, minutes(132))
CLOSED = did(ACKED, "resolve", 95, reason="Pernyataan sudah terbit.")
FALSE = did(OPENED, "not_a_crisis", 30)
QUIET = go(ACKED, loud(at=60, over=True), angry(at=60, over=True), at=60)
RESOLVED = fired(QUIET.incident, [t for t in QUIET.timers if t.kind == "clear"], minutes(90))
REOPENED = go(RESOLVED, loud(start=120, at=125), at=126)
BLIND = respond(None, [blind()], POLICY, minutes(2))
SEES = go(BLIND, blind(at=43, over=True), at=43)
SILENT = respond(None, [blind(kind="silent")], POLICY, minutes(200))
HEARS = go(SILENT, blind(at=260, over=True, kind="silent"), at=260)


def messages(language):
    """Every message there is, by name."""
    here, everybody = [target("@here")], [target("@channel")]
    return {
        "opened": root(context(OPENED, language, at=6), here),
        "opened_without_figures": root(
            context(
                OPENED,
                language,
                at=6,
                quotes=(),
                negative=None,
                platforms=(),
                coverage=None,
                link="",
            ),
            here,
        ),
        "opened_slow_burn": root(context(SLOW, language, at=6), ()),
        "opened_replay": root(context(OPENED, language, at=6, replay=True), here),
        "root_acknowledged": root(context(ACKED, language, at=12)),
        "root_snoozed": root(context(SNOOZED, language, at=12)),
        "root_resolved": root(context(RESOLVED, language, at=90)),
        "worsened": line(context(WORSE, language, at=21), WORSE.reason, everybody),
        "escalated": line(context(ESCALATED, language, at=21), ESCALATED.reason, everybody),
        "acknowledged": line(context(ACKED, language, at=12, who="Rina"), ACKED.reason),
        "snoozed": line(context(SNOOZED, language, at=12, who="Rina"), SNOOZED.reason),
        "woken": line(context(WOKEN, language, at=132), WOKEN.reason, here),
        "resolved": line(context(RESOLVED, language, at=90), RESOLVED.reason),
        "closed": line(context(CLOSED, language, at=95, who="Rina", pages=1), CLOSED.reason),
        "not_a_crisis": line(context(FALSE, language, at=30, who="Rina", pages=0), FALSE.reason),
        "reopened": line(context(REOPENED, language, at=126), REOPENED.reason, here),
        "blind": root(context(BLIND, language, at=2), here),
        "root_recovered": root(context(SEES, language, at=43)),
        "recovered": line(context(SEES, language, at=43), SEES.reason),
        "silent": root(context(SILENT, language, at=200), here),
        "root_heard_again": root(context(HEARS, language, at=260)),
    }


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_message_is_as_in_the_golden_file(language):
    made = {name: pack(notice) for name, notice in messages(language).items()}
    text = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
    golden = GOLDEN / f"messages_{language}.json"
    if os.environ.get("SIAGA_GOLDEN") == "write":
        golden.write_text(text)
    assert text == golden.read_text()


def test_the_opening_message_answers_what_a_manager_asks():
    said = messages("en")["opened"]
    whole = " ".join(
        [
            said.headline,
            said.summary,
            said.why,
            said.how_to,
            *(f"{label}: {value}" for label, value in said.fields),
        ]
    )
    for part in (
        "SEV2 · Kopi Senja: keracunan, basi, Semarang · 212 mentions since 12:00 WIB, "
        "far more than usual, mostly negative",
        "212 mentions in 1 h, normally 40–75",
        "about 4 times as many as usual",
        "61% of them are negative, normally 30%",
        "Since 12:00 WIB",
        "By platform: X 150 · YouTube 62",
        "saw 5 of 6 sources; TikTok (brand) silent for 3 h",
        "one in 1,000,000 ordinary intervals",
        "siaga incident ack 42",
        "12:21 WIB, unless somebody acknowledges: @channel",
    ):
        assert part in whole
    assert said.quotes == QUOTES
    assert said.targets == (Target("here"),)


def test_one_storm_has_one_figure_and_its_platforms_are_named_beside_it():
    both = [loud(), loud(platform="x", observed=150), angry()]
    incident = respond(None, both, POLICY, minutes(6))
    fields = dict(root(context(incident, at=6)).fields)
    assert "Also" not in fields
    assert fields["By platform"] == "X 150 · YouTube 62"
    alone = root(context(incident, at=6, platforms=(("x", 212.0),)))
    assert "By platform" not in dict(alone.fields)
    assert "212 mentions on X since" in alone.headline


def test_nothing_is_left_in_english_in_an_indonesian_message():
    for name, said in messages("id").items():
        english = messages("en")[name]
        assert said.headline != english.headline or name.startswith("closed"), name
        for text in (said.summary, said.why, said.footer):
            assert not {" the ", " is ", " of "} & {f" {w} " for w in text.split()}, (name, text)


def test_a_replay_says_so_and_of_which_day():
    said = line(context(ACKED, at=12, replay=True, who="Rina"), ACKED.reason)
    assert said.stamp == "REPLAY · 4 Mar 2026" or said.stamp == "REPLAY · Mar 4, 2026"
    assert messages("en")["opened"].stamp == ""


def test_what_is_over_no_longer_calls_anybody():
    for name in ("root_acknowledged", "root_resolved", "root_recovered", "resolved"):
        assert messages("en")[name].targets == (), name


hostile = st.text(max_size=300) | st.sampled_from(
    ["K" * 500, "<!channel> *bold* `x`", "{0.__class__}", "%s %(x)s", "\u202eevil\u202c", "\n\n\t"]
)


@settings(max_examples=60, deadline=None)
@given(hostile, hostile, st.sampled_from(["en", "id"]))
def test_whatever_a_brand_or_a_person_is_called_the_limits_hold(brand, who, language):
    reason = who.strip()[:200] or "x"
    acked = did(OPENED, "ack", 12, reason=reason)
    for said in (
        root(context(OPENED, language, at=6, brand=brand, quotes=(Quote(who, who, who, who),))),
        line(context(acked, language, at=12, who=who, brand=brand), acked.reason),
        line(context(ESCALATED, language, at=21, brand=brand), ESCALATED.reason),
        root(context(BLIND, language, at=2, brand=brand)),
    ):
        assert len(said.headline) <= 150
        assert "\n" not in said.headline
        assert len(said.fields) <= 10
        assert unpack(json.loads(json.dumps(pack(said)))) == said


def test_a_long_brand_name_gives_way_and_not_what_happened():
    said = root(context(OPENED, at=6, brand="Kopi Senja Nusantara " * 12))
    assert said.headline.startswith("SEV2 · Kopi Senja Nusantara")
    assert said.headline.endswith(", far more than usual, mostly negative")


def test_a_packed_notice_is_the_same_notice():
    for language in ("en", "id"):
        for said in messages(language).values():
            assert unpack(json.loads(json.dumps(pack(said)))) == said
    assert messages("en")["opened"].quotes[0].at == NOON + timedelta(minutes=3)


def test_a_notice_kept_by_siaga_0_1_still_names_whom_it_named():
    kept = {"kind": "incident", "headline": "SEV1", "summary": "", "mention": "<!here> <@U0BOSS1>"}
    assert unpack(kept).targets == (Target("here"), Target("person", "U0BOSS1"))


def card_facts(said: MessageContext) -> dict[str, str]:
    card = root(said).card
    assert card
    return dict(card.facts)


def test_every_figure_of_an_old_card_has_its_time_beside_it() -> None:
    later = card_facts(context(OPENED, at=95))
    assert later["How many"].startswith("As of 12:05 WIB: 212 mentions in 1 h")
    assert later["Negative"] == "As of 12:05 WIB: 61%, normally 30%"
    fresh = card_facts(context(OPENED, at=6))
    assert fresh["Negative"] == "61%, normally 30%"
    over = card_facts(context(RESOLVED, at=90))
    assert over["How many"].startswith("At its height, 12:05 WIB: 212 mentions in 1 h")
    assert over["Negative"].startswith("At its height, 12:05 WIB: 61%")


def test_what_is_over_is_counted_up_to_its_end() -> None:
    assert "212 mentions from 12:00 WIB to " in root(context(RESOLVED, at=95)).headline


@pytest.mark.parametrize(
    ("language", "cut"),
    [
        ("en", "X 50 · TikTok 40 · YouTube 30 · News 20 · 3 other platforms 6"),
        ("id", "X 50 · TikTok 40 · YouTube 30 · News 20 · 3 platform lain 6"),
    ],
)
def test_platforms_that_are_not_named_are_counted(language: str, cut: str) -> None:
    heard = [("x", 50), ("tiktok", 40), ("youtube", 30), ("news", 20)]
    heard += [("facebook", 3), ("threads", 2), ("linkedin", 1)]
    said = root(context(OPENED, language, at=6, platforms=heard))
    assert said.card
    where = said.card.facts[-1][1]
    assert where == cut
    listed = next(value for _, value in said.fields if value.startswith("X 50"))
    assert listed.endswith("Facebook 3 · Threads 2 · LinkedIn 1")  # the last is told, not counted


def test_sources_that_are_not_named_are_counted() -> None:
    silent = [(f"rss/feed{n}", minutes(-60)) for n in range(7)]
    said = root(context(OPENED, at=6, coverage=(9, 2, silent)))
    assert dict(said.fields)["Coverage"].endswith("; 3 others silent")


def test_a_share_is_not_called_a_number_of_mentions() -> None:
    facts = card_facts(context(SLOW, at=6))
    assert "How many" not in facts
    assert facts["Negative"].startswith("38% negative over 3 days")


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("brand", ["Kopi Senja", "Kedai Kopi Senja Utama Nusantara Sejahtera"])
def test_a_headline_that_is_too_long_has_fewer_words_and_no_half_ones(
    language: str, brand: str
) -> None:
    words = ("pelecehan seksual", "keracunan makanan", "pencemaran lingkungan")
    new_year = datetime(2027, 1, 1, tzinfo=UTC)
    incident = replace(OPENED.incident, since=datetime(2026, 12, 31, 16, 50, tzinfo=UTC))
    said = replace(context(OPENED, language, at=6, brand=brand, words=words), now=new_year)
    line = root(replace(said, incident=incident)).headline
    assert len(line) <= 150
    assert words[0] in line
    assert "31 De" in line
    assert line.endswith(
        {"en": "far more than usual, mostly negative", "id": "sebagian besar negatif"}[language]
    )
    assert "…" not in line or brand not in line.replace("…", "")
