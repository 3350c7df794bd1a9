"""Who is on call, through changes of clocks, overrides and swaps."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from alerting.hours import Window, instant
from alerting.oncall import (
    Event,
    Layer,
    Override,
    Person,
    Role,
    Rota,
    Schedule,
    gaps,
    on_call,
    shifts,
)

JAKARTA, BERLIN = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


def at(text: str, zone: ZoneInfo = JAKARTA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def weekly(*people: str, zone: ZoneInfo = JAKARTA, handoff: time = time(9)) -> Schedule:
    layer = Layer(people, date(2026, 11, 2), 7, handoff)
    return Schedule("social", zone, (layer,), fallback="head")


def test_people_take_turns_and_hand_over_at_the_hour() -> None:
    rota = weekly("ana", "bo", "cy")
    assert on_call(rota, at("2026-11-02T09:00"))[0] == "ana"
    assert on_call(rota, at("2026-11-09T08:59"))[0] == "ana"
    assert on_call(rota, at("2026-11-09T09:00"))[0] == "bo"
    assert on_call(rota, at("2026-11-23T09:00"))[0] == "ana"


def test_before_the_first_turn_the_fallback_is_paged_and_it_counts_as_a_gap() -> None:
    rota = weekly("ana")
    assert on_call(rota, at("2026-11-02T08:00")) == ("head", "fallback")
    (gap,) = gaps(rota, at("2026-11-01T00:00"), at("2026-11-05T00:00"))
    assert (gap.start, gap.end) == (at("2026-11-01T00:00"), at("2026-11-02T09:00"))


def test_a_later_layer_wins_where_it_covers_and_a_night_belongs_to_the_day_it_begins() -> None:
    nights = Window(("sat",), time(22), time(6))
    rota = Schedule(
        "s",
        JAKARTA,
        (
            Layer(("ana",), date(2026, 11, 2)),
            Layer(("dee",), date(2026, 11, 2), only=nights),
        ),
    )
    assert on_call(rota, at("2026-11-07T21:59"))[0] == "ana"
    assert on_call(rota, at("2026-11-07T22:00"))[0] == "dee"
    assert on_call(rota, at("2026-11-08T05:59"))[0] == "dee"
    assert on_call(rota, at("2026-11-08T06:00"))[0] == "ana"
    assert on_call(rota, at("2026-11-08T22:30"))[0] == "ana"


def test_where_clocks_jump_over_the_hand_off_it_is_the_first_instant_after() -> None:
    jump = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 02:00 becomes 03:00 in Berlin
    assert instant(date(2026, 3, 29), time(2, 30), BERLIN) == jump
    rota = Schedule("s", BERLIN, (Layer(("ana", "bo"), date(2026, 3, 28), 1, time(2, 30)),))
    assert on_call(rota, jump - timedelta(seconds=1))[0] == "ana"
    assert on_call(rota, jump)[0] == "bo"


def test_where_clocks_repeat_the_hand_off_it_is_the_first_of_the_two() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 comes twice in Berlin
    assert instant(date(2026, 10, 25), time(2, 30), BERLIN) == first
    rota = Schedule("s", BERLIN, (Layer(("ana", "bo"), date(2026, 10, 24), 1, time(2, 30)),))
    during = [on_call(rota, first + timedelta(minutes=m))[0] for m in range(-30, 120, 10)]
    assert during == ["ana"] * 3 + ["bo"] * 12, "a hand-off is not taken back"


def test_hand_offs_through_a_change_of_clocks_in_new_york_leave_nobody_out_and_nobody_twice() -> (
    None
):
    york = ZoneInfo("America/New_York")
    rota = Schedule("s", york, (Layer(("ana", "bo"), date(2026, 3, 1), 1, time(2, 30)),))
    for change in (date(2026, 3, 8), date(2026, 11, 1)):  # 02:00 jumps; 01:00 comes twice
        start = instant(change - 2 * DAY, time(12), york)
        found = shifts(rota, start, start + 4 * DAY)
        assert all(a.person != b.person and a.end == b.start for a, b in pairwise(found))
        assert len(found) == 5
        assert {at.astimezone(york).time() for at in (s.start for s in found[1:])} <= {
            time(2, 30),
            time(3),
        }


def test_an_override_wins_over_every_layer_and_the_later_made_over_the_earlier() -> None:
    start, end = at("2026-11-03T00:00"), at("2026-11-04T00:00")
    early = Override("bo", start, end, at("2026-11-01T00:00"))
    late = Override("cy", start, start + timedelta(hours=6), at("2026-11-02T00:00"))
    rota = Schedule("s", JAKARTA, (Layer(("ana",), date(2026, 11, 2)),), (), (late, early))
    told = [(s.person, s.why) for s in shifts(rota, start - DAY, end + DAY)]
    assert told == [
        ("", "nobody"),
        ("ana", "layer"),
        ("cy", "override"),
        ("bo", "override"),
        ("ana", "layer"),
    ]


def test_a_calendars_shift_counts_where_no_override_is() -> None:
    event = Event("cy", at("2026-11-03T00:00"), at("2026-11-04T00:00"))
    rota = Schedule("s", JAKARTA, (Layer(("ana",), date(2026, 11, 2)),), (event,))
    assert on_call(rota, at("2026-11-03T12:00")) == ("cy", "calendar")


def test_a_role_stands_for_who_is_on_call_then_its_people_and_its_backup_is_apart() -> None:
    people = {name: Person(name, name.title(), f"U0{name.upper()}") for name in ("ana", "bo", "cy")}
    roles = {"social": Role("social", "s", ("bo",), backup=("cy",))}
    rota = Rota(people, roles, {"s": Schedule("s", JAKARTA, (Layer(("ana",), date(2026, 1, 1)),))})
    now = at("2026-11-03T12:00")
    assert [p.slug for p in rota.holders("social", now)] == ["ana", "bo"]
    assert [p.slug for p in rota.backups("social")] == ["cy"]
    assert rota.holders("legal", now) == []


zones = st.sampled_from([JAKARTA, BERLIN, ZoneInfo("America/St_Johns"), ZoneInfo("UTC")])


@given(
    zones,
    st.times().map(lambda t: t.replace(microsecond=0)),
    st.dates(date(2025, 1, 1), date(2027, 1, 1)),
)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_every_wall_time_of_every_day_is_one_instant_in_order(
    zone: ZoneInfo, clock: time, day: date
) -> None:
    instants = [instant(day + n * DAY, clock, zone) for n in range(-2, 3)]
    assert instants == sorted(set(instants))
    local = instants[2].astimezone(zone)
    assert local.date() == day or local.time() < clock
    if local.time().replace(microsecond=0) != clock.replace(fold=0):
        before = instants[2] - timedelta(seconds=2)
        assert before.astimezone(zone).utcoffset() != local.utcoffset(), "no jump, yet moved"


class RotaMachine(RuleBasedStateMachine):
    """Layers stay; people take, cover and swap at will, through a change of clocks."""

    start = datetime(2026, 10, 20, tzinfo=UTC)

    def __init__(self) -> None:
        super().__init__()
        self.overrides: list[Override] = []
        self.made = 0

    @property
    def rota(self) -> Schedule:
        layers = (
            Layer(("ana", "bo"), date(2026, 10, 19), 1, time(2, 30)),
            Layer(("dee",), date(2026, 10, 19), 7, time(9), Window(("sat", "sun"))),
        )
        return Schedule("s", BERLIN, layers, (), tuple(self.overrides), "head")

    @rule(
        person=st.sampled_from(["ana", "bo", "cy"]),
        begin=st.integers(0, 400),
        hours=st.integers(1, 90),
    )
    def cover(self, person: str, begin: int, hours: int) -> None:
        self.made += 1
        start = self.start + timedelta(hours=begin)
        made = Override(
            person,
            start,
            start + timedelta(hours=hours),
            self.start + timedelta(seconds=self.made),
            id=self.made,
        )
        self.overrides.append(made)
        assert on_call(self.rota, start)[0] == person, "the one made last counts"

    @rule(index=st.integers(0, 20))
    def untake(self, index: int) -> None:
        if self.overrides:
            self.overrides.pop(index % len(self.overrides))

    @invariant()
    def shifts_fill_the_time_and_agree_with_every_instant(self) -> None:
        end = self.start + 20 * DAY
        told = shifts(self.rota, self.start, end)
        assert told[0].start == self.start
        assert told[-1].end == end
        for one, other in pairwise(told):
            assert one.end == other.start
            assert (one.person, one.why) != (other.person, other.why)
        for shift in told:
            middle = shift.start + (shift.end - shift.start) / 2
            for moment in (shift.start, middle, shift.end - timedelta(seconds=1)):
                assert on_call(self.rota, moment) == (shift.person, shift.why)
        assert not [s for s in told if s.gap], "two layers leave no gap"


TestRotaMachine = RotaMachine.TestCase
TestRotaMachine.settings = settings(max_examples=15, stateful_step_count=8, deadline=None)
