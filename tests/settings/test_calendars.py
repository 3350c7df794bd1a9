"""Planned events from a calendar as ICS: what calendars export, read as people mean it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.detect.planned import factor_for
from monitor.settings.calendars import AHEAD, CalendarProblem, planned
from monitor.settings.load import ConfigProblem, Loaded, load
from monitor.settings.model import CalendarFile, PlannedEvent

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ASKED = CalendarFile(file="plan.ics", volume=4, brands=("kopi",))


def calendar(*events: str) -> str:
    body = "".join(
        f"BEGIN:VEVENT\nUID:{n}\n{event}\nEND:VEVENT\n" for n, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//\n{body}END:VCALENDAR\n"


def read(tmp_path: Path, text: str, asked: CalendarFile = ASKED) -> list[PlannedEvent]:
    file = tmp_path / "plan.ics"
    file.write_text(text)
    return list(planned(file, asked, NOW))


def test_a_day_without_hours_is_that_day_where_the_brand_lives(tmp_path: Path) -> None:
    [event] = read(tmp_path, calendar("SUMMARY:11.11\nDTSTART;VALUE=DATE:20261111"))
    assert (event.name, event.volume, event.brands) == ("11.11", 4, ("kopi",))
    assert event.start == datetime(2026, 11, 10, 17, tzinfo=UTC)
    assert event.end - event.start == timedelta(days=1)


def test_an_hour_keeps_its_own_zone_and_one_without_a_zone_is_the_brands(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        calendar(
            "SUMMARY:b\nDTSTART;TZID=Asia/Makassar:20260401T100000\nDTEND;TZID=Asia/Makassar:20260401T120000",
            "SUMMARY:c\nDTSTART:20260401T100000\nDURATION:PT1H",
            "SUMMARY:a\nDTSTART:20260401T010000Z\nDTEND:20260401T020000Z",
        ),
    )
    assert [(e.name, e.start.hour) for e in events] == [("a", 1), ("b", 2), ("c", 3)]


def test_what_repeats_is_written_out_without_its_exceptions(tmp_path: Path) -> None:
    payday = "SUMMARY:Gajian\nDTSTART;VALUE=DATE:20260125\nRRULE:FREQ=MONTHLY"
    events = read(tmp_path, calendar(f"{payday}\nEXDATE;VALUE=DATE:20260225"))
    months = [(e.start + timedelta(hours=7)).month for e in events[:3]]
    assert months == [1, 3, 4]
    assert NOW + AHEAD - timedelta(days=31) < events[-1].start <= NOW + AHEAD


def test_a_line_in_the_description_is_the_entrys_own_volume(tmp_path: Path) -> None:
    day = "DTSTART;VALUE=DATE:20260401"
    events = read(
        tmp_path,
        calendar(
            f"SUMMARY:a\n{day}\nDESCRIPTION:The big one.\\nVolume: 7.5\\nSee the wiki",
            f"SUMMARY:b\n{day}\nDESCRIPTION:the volume: 9 of something else",
        ),
    )
    assert [event.volume for event in events] == [7.5, 4]


def test_what_is_cancelled_or_takes_no_time_raises_nothing(tmp_path: Path) -> None:
    assert not read(
        tmp_path,
        calendar(
            "SUMMARY:off\nDTSTART;VALUE=DATE:20260401\nSTATUS:CANCELLED",
            "SUMMARY:moment\nDTSTART:20260401T100000Z",
        ),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "no calendar that can be read"),
        ("", "no calendar that can be read"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "no calendar that can be read"),
        (calendar("SUMMARY:x\nDTSTART:tomorrow"), "no calendar that can be read"),
        (calendar("SUMMARY:x\nDTSTART:20260101T000000Z\nRRULE:FREQ=SECONDLY"), "repeats secondly"),
        (calendar("DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY;INTERVAL=0"), "repeats every 0"),
        (calendar("SUMMARY:x\nDTSTART;VALUE=DATE:20260101\nDESCRIPTION:volume: 900"), "100"),
    ],
)
def test_a_bad_calendar_is_refused_whole_in_one_sentence(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(CalendarProblem) as problem:
        read(tmp_path, text)
    assert said in str(problem.value)
    assert "\n" not in str(problem.value)


def config(tmp_path: Path, rules: str) -> Loaded:
    file = tmp_path / "siaga.yaml"
    file.write_text(f"brands: [{{slug: kopi, name: Kopi, query: kopi}}]\nrules:\n{rules}")
    return load(file, check_source=lambda *_: [], check_playbook=lambda *_: [])


def test_the_configs_calendars_join_its_own_events(tmp_path: Path) -> None:
    (tmp_path / "plan.ics").write_text(calendar("SUMMARY:b\nDTSTART;VALUE=DATE:20260401"))
    found = config(
        tmp_path,
        "  events: [{name: a, start: 2026-01-01T00:00Z, end: 2026-01-02T00:00Z}]\n"
        "  calendars: [{file: plan.ics}]\n",
    )
    assert [event.name for event in found.settings.rules.events] == ["a", "b"]


def test_every_mistake_about_planned_events_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblem) as problem:
        config(
            tmp_path,
            "  events: [{name: a, start: 2026-01-03T00:00Z, end: 2026-01-02T00:00Z}]\n"
            "  calendars: [{file: gone.ics, brands: [teh]}]\n",
        )
    text = str(problem.value)
    assert "ends before it begins" in text
    assert "there is no brand `teh`" in text
    with pytest.raises(ConfigProblem) as problem:
        config(tmp_path, "  calendars: [{file: gone.ics}, {file: z.ics, time_zone: Jakarta}]\n")
    assert str(problem.value).count("there is no such file") == 2


def test_an_unknown_zone_of_a_calendar_is_told(tmp_path: Path) -> None:
    asked = CalendarFile(file="plan.ics", time_zone="Jakarta")
    with pytest.raises(CalendarProblem, match="unknown time zone `Jakarta`"):
        read(tmp_path, calendar("SUMMARY:b\nDTSTART;VALUE=DATE:20260401"), asked)


def test_where_plans_overlap_the_largest_counts() -> None:
    def event(day: int, days: int, volume: float, *brands: str) -> PlannedEvent:
        start = NOW + timedelta(days=day)
        end = start + timedelta(days=days)
        return PlannedEvent(name="x", start=start, end=end, volume=volume, brands=brands)

    events = [event(2, 1, 6), event(1, 3, 2), event(5, 1, 3), event(1, 9, 50, "teh")]
    factor = factor_for(events, "kopi")
    assert factor is not None
    told = [factor(NOW + timedelta(days=half / 2)) for half in range(14)]
    assert told == [1, 1, 2, 2, 6, 6, 2, 2, 1, 1, 3, 3, 1, 1]
    assert factor_for(events[3:], "kopi") is None
