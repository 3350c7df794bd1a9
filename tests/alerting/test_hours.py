"""Business hours and quiet hours, through nights, weekends, holidays and changes of clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from alerting.decide.actions import Action, decide
from alerting.decide.escalation import fire
from alerting.decide.incidents import respond
from alerting.decide.response import Policy, Response, next_step
from alerting.hours import BusinessHours, Window, quiet_until, unpack_hours, within
from alerting.playbook.load import Playbook, check_playbook, from_snapshot, load_playbook
from monitor.model import Signal

JAKARTA, BERLIN = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
WEEK = ("mon", "tue", "wed", "thu", "fri")
OFFICE = BusinessHours(Window(WEEK, time(9), time(17)), JAKARTA, frozenset({date(2026, 12, 25)}))

TEXT = """\
version: 1
otherwise: SEV3
levels:
  SEV1: {steps: [{at: 0m, notify: [social]}]}
  SEV2:
    steps:
      - {at: 0m, notify: [social]}
      - {at: 1h, notify: [comms], hours: business}
      - {at: 2h, notify: [legal]}
  SEV3:
    hours: business
    steps: [{at: 0m, notify: [social]}, {at: 4h, notify: [comms]}]
  SEV4: {steps: []}
"""


def at(text: str, zone: ZoneInfo = JAKARTA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def book() -> Playbook:
    return load_playbook(TEXT, "p").in_hours(OFFICE)


def opened(now: datetime, severity: str = "SEV3") -> Response:
    playbook = load_playbook(TEXT.replace("otherwise: SEV3", f"otherwise: {severity}"), "p")
    signal = Signal("kopi", "all", "volume", "reputation", now, now, 9.0, 90.0)
    made = respond(None, [signal], Policy(playbook.in_hours(OFFICE)), now)
    return replace(made, incident=replace(made.incident, id=1))


def test_time_counts_only_while_the_office_is_open_and_passes_over_weekends_and_holidays() -> None:
    thursday = at("2026-12-24T16:00")
    assert OFFICE.after(thursday, HOUR / 2) == at("2026-12-24T16:30")
    assert OFFICE.after(thursday, HOUR) == at("2026-12-28T09:00"), "the 25th is a holiday"
    assert OFFICE.after(at("2026-12-26T03:00"), timedelta(0)) == at("2026-12-28T09:00")
    assert OFFICE.after(at("2026-12-22T10:00"), 9 * HOUR) == at("2026-12-23T11:00")


def test_an_office_that_never_opens_keeps_nobody_waiting() -> None:
    days = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(1000))
    shut = replace(OFFICE, closed=days)
    assert shut.after(at("2026-03-02T10:00"), HOUR) == at("2026-03-02T11:00")


def test_a_night_of_business_hours_belongs_to_the_day_it_begins_and_survives_a_jump() -> None:
    nights = BusinessHours(Window(("sat",), time(22), time(6)), BERLIN)
    opening = at("2026-03-28T22:00", BERLIN)
    # clocks jump an hour ahead in that night: it is seven hours long
    assert nights.after(opening, 6 * HOUR) == at("2026-03-29T05:00", BERLIN)
    assert nights.after(opening, 7 * HOUR) == at("2026-04-04T22:00", BERLIN)


def test_out_of_hours_it_is_told_at_once_and_names_its_people_at_the_opening() -> None:
    saturday = at("2026-12-05T14:00")
    response = opened(saturday)
    (tell,) = response.notices
    assert (tell.root, tell.step) == (True, None), "the card stands there and names nobody"
    assert [t.due_at for t in response.timers] == [at("2026-12-07T09:00"), at("2026-12-07T13:00")]
    waiting = next_step(response.incident, saturday)
    assert waiting is not None
    assert (waiting[0], [str(who) for who in waiting[1]]) == (at("2026-12-07T09:00"), ["social"])
    monday = fire(response.incident, response.timers[:1], at("2026-12-07T09:00"))
    assert monday is not None
    assert (monday.notices[0].step, monday.notices[0].broadcast) == (0, True)
    later = fire(monday.incident, response.timers[1:], at("2026-12-07T13:00"))
    assert later is not None
    assert later.detail["notify"] == ["comms"]


def test_in_hours_it_names_its_people_with_the_message_and_counts_from_there() -> None:
    friday = at("2026-12-04T15:00")
    response = opened(friday)
    assert response.notices[0].step == 0
    assert [timer.due_at for timer in response.timers] == [at("2026-12-07T11:00")]


def test_who_acknowledges_before_the_opening_is_not_paged_at_it() -> None:
    response = opened(at("2026-12-05T14:00"))
    done = decide(response.incident, Action("ack", "rina", 1), at("2026-12-05T15:00"))
    assert isinstance(done, Response)
    assert "step" in done.cancel
    assert fire(done.incident, response.timers, at("2026-12-07T09:00")) is None


def test_after_a_weekend_of_being_down_only_the_highest_step_is_told() -> None:
    response = opened(at("2026-12-05T14:00"))
    fired = fire(response.incident, response.timers, at("2026-12-08T12:00"))
    assert fired is not None
    assert (fired.notices[0].step, fired.detail["skipped"]) == (1, [0])


def test_a_step_may_wait_for_the_office_alone_and_none_overtakes_it() -> None:
    response = opened(at("2026-12-05T14:00"), "SEV2")
    assert response.notices[0].step == 0, "the first step counts always"
    assert [t.due_at for t in response.timers] == [at("2026-12-07T10:00"), at("2026-12-07T11:00")]


def test_sev1_never_waits() -> None:
    saturday = at("2026-12-05T14:00")
    assert opened(saturday, "SEV1").notices[0].step == 0
    for wrong in ("{hours: business, steps: [{at: 0m", "{steps: [{hours: business, at: 0m"):
        found = check_playbook(TEXT.replace("SEV1: {steps: [{at: 0m", f"SEV1: {wrong}"))
        assert "SEV1 never waits for an office to open" in found[0][1]


def test_an_incident_keeps_the_hours_it_was_opened_under() -> None:
    assert unpack_hours(OFFICE.pack()) == OFFICE
    assert from_snapshot(book().snapshot()) == book()
    plain = load_playbook(TEXT.replace("hours: business", "hours: always"), "p")
    assert plain.in_hours(OFFICE).office is None, "where nothing counts in them none are kept"


def test_quiet_hours_end_in_the_morning_and_meet_across_days() -> None:
    nights = Window((), time(22), time(6))
    assert quiet_until(nights, JAKARTA, at("2026-12-05T23:00")) == at("2026-12-06T06:00")
    assert quiet_until(nights, JAKARTA, at("2026-12-06T06:00")) is None
    weekend = Window(("sat", "sun"), time(0), None)
    assert quiet_until(weekend, JAKARTA, at("2026-12-05T03:00")) == at("2026-12-07T00:00")
    for_ever = Window((), time(0), None)
    assert quiet_until(for_ever, JAKARTA, at("2026-12-05T03:00")) is None


clocks = st.times().map(lambda t: t.replace(second=0, microsecond=0))
moments = st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 5)).map(
    lambda t: t.replace(tzinfo=UTC, microsecond=0)
)


@given(clocks, clocks, moments, st.sets(st.sampled_from((*WEEK, "sat", "sun"))))
def test_whatever_the_hours_quiet_ends_where_it_is_not_quiet(start, end, moment, days) -> None:
    window = Window(tuple(days), start, end)
    until = quiet_until(window, BERLIN, moment)
    if until is None:
        assert start == end or not within(window, moment, BERLIN)
    else:
        assert until > moment
        assert not within(window, until, BERLIN)


@given(clocks, clocks, moments, st.integers(0, 60 * 100))
def test_whatever_the_hours_what_counts_in_them_falls_into_them_and_never_back(
    start, end, moment, minutes
) -> None:
    office = BusinessHours(Window(WEEK, start, end), BERLIN)
    due = office.after(moment, timedelta(minutes=minutes))
    assert due >= moment + timedelta(minutes=minutes)
    assert within(office.window, due, BERLIN)
    assert office.after(moment, timedelta(minutes=minutes + 1)) > due
