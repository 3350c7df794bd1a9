"""A week in one e-mail: what it says, and that a gap is never calm."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from fakes.weeks import CRISIS, START, WEEK, days

from alerting.channels.base import Delivery
from alerting.channels.email.digest import notice, verdict
from alerting.channels.email.text import text_body
from alerting.channels.email.week import Totals
from alerting.channels.testing import HOSTILE
from alerting.i18n import Localizer
from alerting.model import Quote


def test_it_says_what_the_week_was_in_numbers_and_words():
    made = notice(WEEK)
    assert made.headline == "Kopi Senja: week of 9 Mar 2026 – 15 Mar 2026"
    for shown in (
        "A week with 1 incident, now over.",
        "Mentions: 1,160",
        "+93% on the week before",
        "usual: 600",
        "Negative: 30%",
        "#42 SEV2 Reputation",
        "acknowledged after 12 min",
        "100% of the sources' time was seen.",
        "X: 900 (78%)",
        "> Kopi basi lagi!",
    ):
        assert shown in made.summary, shown
    for shown in ("1,160", "Thu 12 Mar", "SEV2", "12 min", "Kopi basi lagi!", "x.com"):
        assert shown in made.html, shown


def test_every_day_is_there_and_the_loudest_is_the_widest():
    rows = re.findall(r"white-space:nowrap;\">(.*?)</td>", notice(WEEK).html)
    assert rows == [
        f"{name} {n} Mar"
        for n, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), start=9)
    ]
    assert "30%" in notice(WEEK).html


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"incidents": ()}, "Louder than usual"),
        ({"incidents": (), "totals": Totals(610, 610, 153)}, "A calm week."),
        ({"incidents": (), "totals": Totals(610, 610, 305)}, "The mood was worse"),
        ({"incidents": (), "totals": Totals(100, 100, 25)}, "Quieter than usual."),
        ({"incidents": (), "before": ()}, "The first week"),
        ({"incidents": (replace(CRISIS, state="open"),)}, "1 incident is still going on."),
    ],
)
def test_the_verdict_fits_the_week(changes, said):
    assert said in verdict(replace(WEEK, **changes))


HALF: dict[str, Any] = {"incidents": (), "totals": Totals(330, 330, 83, seen=0.55), "seen": 0.55}
HARDLY = Totals(3, 3, 1, seen=0.01)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (HALF, "A calm week. Parts of it were not seen."),
        (HALF | {"totals": Totals(600, 600, 150, seen=0.55)}, "Louder than usual"),
        ({"incidents": (), "before": (HARDLY,) * 4}, "The weeks before were hardly seen"),
        (
            {
                "incidents": (),
                "totals": Totals(610, 610, 153),
                "before": (HARDLY, Totals(600, 600, 150), HARDLY, HARDLY),
            },
            "A calm week.",
        ),
    ],
)
def test_a_week_is_compared_by_what_was_seen_of_it_and_of_those_before(changes, said):
    assert said in verdict(replace(WEEK, **changes))


def test_no_change_is_told_on_a_week_that_was_hardly_seen():
    told = notice(replace(WEEK, before=(HARDLY, *WEEK.before[1:]))).summary
    assert "Mentions: 1,160 (usual: 600)" in told
    told = notice(replace(WEEK, **HALF)).summary
    assert "on the week before" not in told.partition("Negative")[0]


def test_watches_are_listed_after_the_incidents_and_count_as_none():
    watch = replace(CRISIS, number=41, severity="SEV3", acknowledged_at=None, watch=True)
    made = notice(replace(WEEK, incidents=(watch, CRISIS)))
    assert "A week with 1 incident, now over." in made.summary
    assert "Incidents: 1 (acknowledged after 12 min (median); and 1 watch, which named nobody)" in (
        made.summary
    )
    listed = [line for line in made.summary.splitlines() if line.startswith("  #")]
    assert [line.split()[0] for line in listed] == ["#42", "#41"]
    assert "a watch: nobody was named" in listed[1]
    assert "not acknowledged" not in made.summary
    only = replace(WEEK, incidents=(watch,), totals=Totals(610, 610, 153))
    assert verdict(only) == "A calm week."
    indonesian = notice(replace(only, localizer=Localizer("id", "Asia/Jakarta"))).summary
    assert "hanya diamati: tidak ada yang dipanggil" in indonesian


@pytest.mark.parametrize("changes", [{"seen": 0.4}, {"sources": 0}])
def test_a_week_that_was_hardly_seen_gets_no_verdict(changes):
    quiet = replace(WEEK, incidents=(), totals=Totals(), days=days((0,) * 7), **changes)
    assert verdict(quiet) == (
        "Less than half of this week was seen; nobody can say how calm it was."
    )


def test_a_gap_is_shown_on_its_day_and_never_rounded_away():
    gappy = replace(
        WEEK, days=days(gaps=(5,)), seen=0.9996, silent=(("youtube/own-videos", START),)
    )
    made = notice(gappy)
    for body in (made.summary, made.html):
        assert "6 h not seen" in body
        assert "99% of the sources" in body
        assert "youtube/own-videos is missing in parts" in body
    assert "Parts of it were not seen." in made.summary


def test_a_week_without_a_mention_is_told():
    empty = replace(
        WEEK, incidents=(), totals=Totals(), days=days((0,) * 7), platforms=(), quotes=()
    )
    assert "Mentions: 0" in notice(empty).summary
    assert "No incident." in notice(empty).summary


def test_it_speaks_indonesian():
    made = notice(replace(WEEK, localizer=Localizer("id", "Asia/Jakarta")))
    assert "1.160" in made.summary
    assert "Kam" in made.summary
    assert "Mentions" not in made.html
    assert "Negative" not in made.summary


def test_what_strangers_write_is_no_markup():
    hostile = Quote(HOSTILE, url="javascript:alert(1)", platform=HOSTILE)
    html = notice(replace(WEEK, quotes=(hostile,), platforms=((HOSTILE, 3.0),))).html
    assert "<script>" not in html
    assert "javascript:" not in html
    assert "\x1b" not in html


def test_it_is_small_enough_not_to_be_clipped():
    big = replace(
        WEEK,
        incidents=(CRISIS,) * 20,
        quotes=(Quote("kopi " * 2000),) * 5,
        days=days(gaps=range(7)),
    )
    assert len(notice(big).html.encode()) < 100_000


def test_a_week_of_many_incidents_lists_the_worst_and_says_how_many_it_does_not():
    mild = [replace(CRISIS, number=n, severity="SEV3") for n in range(100, 360)]
    made = notice(replace(WEEK, incidents=(*mild, replace(CRISIS, number=7, severity="SEV1"))))
    mail = text_body(Delivery("k", "tim@example.com", made))
    for text in (mail, made.html):
        assert text.count("SEV3") == 39
        assert "#7" in text
        assert "… and 221 more; see" in text
    assert "What was seen" in mail
    assert "siaga incident list" in mail


def test_the_platforms_add_up_to_the_week_though_only_five_rows_are_shown():
    counts = {
        "x": 50.0,
        "tiktok": 20.0,
        "youtube": 15.0,
        "news": 9.0,
        "threads": 4.0,
        "linkedin": 2.0,
    }
    told = notice(replace(WEEK, platforms=tuple(counts.items()))).summary
    assert "News: 9 (9%)\n  2 other platforms: 6 (6%)\n" in told
    assert "LinkedIn" not in told
