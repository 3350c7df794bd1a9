"""Covers as rows, announced; shift starts and gaps told once; pages that reach their person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from alerting.model import Target, target
from monitor.app import App, assemble, load_config
from monitor.cli.oncall import oncall
from monitor.clock import ManualClock
from monitor.jobs import oncall as job
from monitor.jobs import readiness, rota
from monitor.problems import Problem
from monitor.settings.load import ConfigProblem
from monitor.store.overview import messages

NOW = datetime(2026, 11, 3, 5, tzinfo=UTC)  # Tuesday noon in Jakarta
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

CONFIG = """\
version: 1
people:
  - {slug: ana, name: Ana, slack: U0ANA01}
  - {slug: bo, name: Bo, email: bo@example.com}
  - {slug: cy, name: Cy, slack: U0CY001}
roles:
  social: {schedule: primary, backup: [cy]}
  legal: {people: [bo]}
schedules:
  - slug: primary
    time_zone: Asia/Jakarta
    layers:
      - {people: [ana, bo], start: 2026-11-02, turn_days: 7, handoff: "09:00"}
    fallback: cy
brands:
  - {slug: kopi, name: Kopi Senja, query: kopi}
"""


@pytest.fixture
def app(tmp_path: Path, database_url: str) -> Iterator[App]:
    (tmp_path / "siaga.yaml").write_text(CONFIG)
    settings = load_config(tmp_path / "siaga.yaml").settings
    clock = ManualClock(NOW)
    made = assemble(settings, folder=tmp_path, database_url=database_url, now=clock, wall=clock)
    yield made
    made.db.close()


def said(app: App) -> list[str]:
    with app.db.read() as tx:
        return [message.payload["headline"] for message in messages(tx)]


def holders(app: App, at: datetime) -> dict[str, tuple[Target, ...]]:
    with app.db.read() as tx:
        return rota.holders(app, tx, at)


def test_a_cover_is_a_row_that_is_announced_and_counts_at_once(app: App) -> None:
    done = job.cover(app, "cy", "primary", NOW, NOW + 6 * HOUR, who="rina", now=NOW, reason="ill")
    assert done.instead_of == "ana"
    assert holders(app, NOW + HOUR)["social"] == (Target("person", "U0CY001"),)
    assert holders(app, NOW + 7 * HOUR)["social"] == (Target("person", "U0ANA01"),)
    assert said(app) == ["Cy is on call in primary until 18:00 WIB, in place of Ana"]


def test_a_shift_that_was_taken_can_be_given_back_and_swapped(app: App) -> None:
    end = job.running_shift(app, "primary", NOW).end
    assert end == datetime(2026, 11, 9, 2, tzinfo=UTC)
    job.cover(app, "cy", "primary", NOW, end, who="cy", now=NOW)
    assert job.uncover(app, "cy", "primary", NOW + HOUR, who="cy") == "ana"
    with pytest.raises(Problem, match="not taken over"):
        job.uncover(app, "cy", "primary", NOW + HOUR, who="cy")
    done = job.swap(app, "bo", "cy", "primary", NOW, NOW + 14 * DAY, who="bo", now=NOW)
    assert [(c.cover.start, c.cover.end) for c in done] == [(end, NOW + 13 * DAY - 3 * HOUR)]
    with pytest.raises(Problem, match="not on call"):
        job.swap(app, "bo", "cy", "primary", NOW, NOW + DAY, who="bo", now=NOW)


@pytest.mark.parametrize(
    ("person", "schedule", "hours", "words"),
    [
        ("dee", "primary", 1, "not one of"),
        ("cy", "second", 1, "no schedule"),
        ("cy", "primary", -1, "over"),
    ],
)
def test_what_cannot_be_covered_is_one_sentence(
    app: App, person: str, schedule: str, hours: int, words: str
) -> None:
    with pytest.raises(Problem, match=words):
        job.cover(app, person, schedule, NOW, NOW + hours * HOUR, who="x", now=NOW)
    assert said(app) == []


def test_a_shifts_start_and_the_next_gap_are_told_once(app: App) -> None:
    change = datetime(2026, 11, 9, 2, tzinfo=UTC)
    assert job.tell_shifts(app, change - HOUR) == 0
    assert job.tell_shifts(app, change + timedelta(minutes=1)) == 1
    assert job.tell_shifts(app, change + timedelta(minutes=2)) == 0
    assert said(app)[-1].startswith("Bo is on call now (primary), until")
    early = replace(app, now=lambda: NOW - 2 * DAY)
    assert job.tell_shifts(early, NOW - 2 * DAY) == 1
    assert job.tell_shifts(early, NOW - 2 * DAY + HOUR) == 0
    assert "Nobody is on call in primary" in said(app)[-1]


def test_a_role_names_its_holder_else_its_backup_and_a_page_never_goes_nowhere(app: App) -> None:
    assert holders(app, NOW)["social"] == (Target("person", "U0ANA01"),)
    # Bo has no Slack: the backup is named there, and Bo's page goes by mail
    assert holders(app, NOW + 7 * DAY)["social"] == (Target("person", "U0CY001"),)
    assert holders(app, NOW)["legal"] == ()
    assert target("social") == Target("role", "social")


def test_readiness_says_who_cannot_be_reached_and_a_confirmed_test_mends_it(app: App) -> None:
    app = replace(app, channels={**app.channels, "slack": app.channels["console"]})
    found = readiness.check(app, NOW)
    assert any("Bo cannot be reached" in line for line in found)
    assert any("Ana has no verified way" in line for line in found)
    readiness.test_page(app, "ana", NOW)
    assert any("never answered" in line for line in readiness.check(app, NOW + 2 * DAY))
    assert readiness.confirm(app, "ana", NOW + HOUR) == ["slack"]
    assert not any("Ana" in line for line in readiness.check(app, NOW + 2 * DAY))
    with pytest.raises(Problem, match="no way"):
        readiness.test_page(app, "bo", NOW)
    with pytest.raises(Problem, match="no test page"):
        readiness.confirm(app, "cy", NOW)
    headline = said(app)[0]
    assert headline.startswith("TEST")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("people: [bo]", "people: [bi]"), "is not one of `people`"),
        (("fallback: cy", "fallback: nobody"), "is not one of `people`"),
        (("schedule: primary", "schedule: second"), "there is no schedule `second`"),
        (("social: {schedule: primary, backup: [cy]}", "social: {}"), "names nobody"),
        (('handoff: "09:00"', 'handoff: "9 am"'), "time of day"),
        (("time_zone: Asia/Jakarta", "time_zone: Asia/Djakarta"), "unknown time zone"),
        (("slack: U0ANA01", "slack: ana"), "slack"),
    ],
)
def test_a_rota_that_cannot_work_is_refused_with_its_line(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    path = tmp_path / "siaga.yaml"
    path.write_text(CONFIG.replace(*change))
    with pytest.raises(ConfigProblem) as caught:
        load_config(path)
    assert words in str(caught.value)
    assert all(error.line for error in caught.value.errors)


CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//x//EN
BEGIN:VEVENT
UID:1
DTSTART;TZID=Asia/Jakarta:20261103T080000
DTEND;TZID=Asia/Jakarta:20261103T200000
SUMMARY:On call: Bo
RRULE:FREQ=WEEKLY;COUNT=3
END:VEVENT
END:VCALENDAR
"""


def test_shifts_come_from_a_calendar_and_a_title_that_names_nobody_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "siaga.yaml"
    path.write_text(CONFIG.replace("    fallback: cy", "    fallback: cy\n    calendar: rota.ics"))
    (tmp_path / "rota.ics").write_text(CALENDAR)
    (schedule,) = rota.rota_of(load_config(path).settings, []).schedules.values()
    assert [event.person for event in schedule.events] == ["bo"] * 3
    (tmp_path / "rota.ics").write_text(CALENDAR.replace("Bo", "Zed"))
    with pytest.raises(ConfigProblem, match="names nobody"):
        load_config(path)


ROTA = """\
BEGIN:VTIMEZONE
TZID:Custom
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:2
DTSTART;TZID=Custom:20270326T060000
DTEND;TZID=Custom:20270326T100000
SUMMARY:Bo
RRULE:FREQ=DAILY;COUNT=4
EXDATE;TZID=Custom:20270327T060000
RDATE;TZID=Custom:20270402T060000
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART;VALUE=DATE:20270405
DTEND;VALUE=DATE:20270407
SUMMARY:Jürgen (backup: Bo)
END:VEVENT
"""


def calendar(*events: str) -> str:
    return (
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//x//EN\n" + "".join(events) + "END:VCALENDAR\n"
    )


def events(folder: Path, ics: str) -> list[tuple[str, str, str]]:
    """Whose shifts a calendar has, from when to when (UTC)."""
    path = folder / "siaga.yaml"
    people = "{slug: bo, name: Bo, email: bo@example.com}"
    also = "{slug: j, name: Jürgen, slack: U0J0001}"
    config = CONFIG.replace(people, f"{people}\n  - {also}")
    path.write_text(config.replace("    fallback: cy", "    fallback: cy\n    calendar: rota.ics"))
    (folder / "rota.ics").write_text(ics)
    (schedule,) = rota.rota_of(load_config(path).settings, []).schedules.values()
    return [(e.person, f"{e.start:%m-%d %H:%M}", f"{e.end:%m-%d %H:%M}") for e in schedule.events]


def test_a_calendars_rules_exceptions_zones_and_days_without_hours_are_shifts(
    tmp_path: Path,
) -> None:
    """Mornings of a zone of its own, through a change of clocks; days of the rota's zone."""
    assert sorted(events(tmp_path, calendar(ROTA)), key=lambda event: event[1]) == [
        ("bo", "03-26 05:00", "03-26 09:00"),
        ("bo", "03-28 04:00", "03-28 08:00"),
        ("bo", "03-29 04:00", "03-29 08:00"),
        ("bo", "04-02 04:00", "04-02 08:00"),
        ("j", "04-04 17:00", "04-06 17:00"),
    ]
    assert events(tmp_path, calendar()) == []


def test_two_people_of_one_name_are_told_apart_and_a_calendar_must_name_one_of_them(
    tmp_path: Path,
) -> None:
    path = tmp_path / "siaga.yaml"
    path.write_text(CONFIG.replace("name: Cy", "name: Ana"))
    people = rota.rota_of(load_config(path).settings, []).people
    assert [people[slug].name for slug in ("ana", "cy")] == ["Ana (ana)", "Ana (cy)"]
    twins = CONFIG.replace("name: Cy", "name: Ana")
    path.write_text(twins.replace("    fallback: cy", "    fallback: cy\n    calendar: rota.ics"))
    (tmp_path / "rota.ics").write_text(CALENDAR.replace("Bo", "Ana"))
    with pytest.raises(ConfigProblem, match="may name ana or cy: write the slug or the address"):
        load_config(path)


def test_the_cover_of_somebody_who_is_gone_from_the_config_counts_no_longer(app: App) -> None:
    job.cover(app, "cy", "primary", NOW, NOW + 6 * HOUR, who="cy", now=NOW)
    left = tuple(p for p in app.settings.people if p.slug != "cy")
    without = replace(app, settings=app.settings.model_copy(update={"people": left}))
    assert holders(without, NOW + HOUR)["social"] == (Target("person", "U0ANA01"),)


def test_a_shift_that_was_swapped_taken_and_given_back_is_whose_it_was(app: App) -> None:
    end = job.running_shift(app, "primary", NOW).end
    job.swap(app, "ana", "bo", "primary", NOW, end, who="ana", now=NOW)
    job.cover(app, "cy", "primary", NOW + HOUR, end, who="cy", now=NOW + HOUR)
    assert job.uncover(app, "cy", "primary", NOW + 2 * HOUR, who="cy") == "bo"
    assert job.uncover(app, "bo", "primary", NOW + 3 * HOUR, who="bo") == "ana"


def run(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(
        oncall, [*words[:1], "--config", str(folder / "siaga.yaml"), *words[1:]]
    )


def test_the_commands_show_cover_take_and_give_back(tmp_path: Path) -> None:
    (tmp_path / "siaga.yaml").write_text(CONFIG.replace("2026-11-02", "2020-01-06"))
    shown = run(tmp_path)
    assert shown.exit_code == 0, shown.output
    assert "primary (Asia/Jakarta)" in shown.output
    assert "now " in shown.output
    assert "next" in shown.output
    covered = run(tmp_path, "cover", "cy", "2h", "--who", "rina")
    assert "cy is on call in primary" in covered.output
    assert (
        ", covering"
        in CliRunner().invoke(oncall, ["--config", str(tmp_path / "siaga.yaml")]).output
    )
    assert "on call in primary again" in run(tmp_path, "untake", "cy").output
    assert run(tmp_path, "take", "cy").exit_code == 0
    assert run(tmp_path, "cover", "cy", "yesterday").exit_code != 0
    assert run(tmp_path, "check").exit_code == 1


def test_the_check_of_nobody_does_not_say_that_everybody_can_be_reached(tmp_path: Path) -> None:
    config = "version: 1\nbrands: [{slug: kopi, name: Kopi Senja, query: kopi}]\n"
    (tmp_path / "siaga.yaml").write_text(config)
    checked = run(tmp_path, "check")
    assert "names no `people`" in checked.output
    assert "can be reached" not in checked.output
