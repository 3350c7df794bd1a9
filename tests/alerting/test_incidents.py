"""What signals make of an incident: one crisis is one incident, told once, and again only when
it is worse."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from fakes.crisis import angry, blind, default_playbook, loud, minutes

from alerting.decide.actions import Action, decide
from alerting.decide.escalation import fire
from alerting.decide.incidents import MAX_SIGNALS, respond
from alerting.decide.reasons import Reason
from alerting.decide.response import Policy, Response, Timer, playbook_of
from alerting.model import Incident
from monitor.model import Interval

POLICY = Policy(default_playbook())
SHADOW = Policy(default_playbook(), shadow=True)


def opened(*signals, policy=POLICY, at=6) -> Response:
    response = respond(None, signals or (loud(),), policy, minutes(at))
    assert response
    return replace(response, incident=replace(response.incident, id=1))


def after(response: Response | Incident, *signals, at, policy=POLICY) -> Response:
    incident = response.incident if isinstance(response, Response) else response
    return respond(incident, signals, policy, minutes(at))


def ended(response: Response, at: float, policy=POLICY) -> Response:
    """Over by itself: every signal over, and quiet for long enough."""
    response = after(
        response,
        *[replace(s, over=True) for s in response.incident.signals()],
        at=at,
        policy=policy,
    )
    [timer] = [timer for timer in response.timers if timer.kind == "clear"]
    return fired(response.incident, [timer], timer.due_at)


def fired(incident: Incident, timers: list[Timer], at: datetime) -> Response:
    """What the timers make of it."""
    response = fire(incident, timers, at)
    assert response
    return response


def by_hand(response: Response, kind="resolve", at=30.0) -> Response:
    decided = decide(response.incident, Action(kind, "ana", 1), minutes(at))
    assert isinstance(decided, Response)
    return decided


def test_a_signal_opens_an_incident_and_its_message_is_the_first_step():
    response = opened()
    assert response.reason is Reason.OPENED
    [tell] = response.notices
    assert (tell.root, tell.step) == (True, 0)
    [timer] = response.timers
    assert (timer.kind, timer.due_at) == ("step", minutes(6 + 15))
    assert response.incident.since == minutes(0)


def test_many_signals_of_one_group_are_one_incident():
    response = opened(loud(), loud(platform="x", score=9), angry(start=-20))
    assert len(response.notices) == 1
    assert response.incident.since == minutes(0)  # as the signal that leads says, not the earliest
    assert len(response.incident.signals()) == 3
    assert [s.platform for s in response.incident.signals()] == ["x", "all", "all"]


def test_one_storm_is_told_by_one_figure_of_each_kind():
    everywhere = opened(loud(score=6), loud(platform="x", score=6.5, observed=150), angry())
    assert [(s.platform, s.detector) for s in everywhere.incident.spoken()] == [
        ("all", "volume"),
        ("all", "negative_share"),
    ]


def test_one_platform_speaks_for_a_storm_that_stands_out_there():
    there = opened(loud(score=4), loud(platform="x", score=9, observed=40), angry(score=3))
    assert [(s.platform, s.detector) for s in there.incident.spoken()] == [
        ("x", "volume"),
        ("all", "negative_share"),
    ]


def test_a_watch_leads_by_its_figures_and_what_pages_says_why():
    heard = [loud(score=9, level="watch"), loud(platform="x", score=5, level="page")]
    incident = opened(*heard).incident
    assert incident.spoken()[0].platform == "all"
    assert incident.paging().platform == "x"


def test_what_joins_it_later_tells_nobody_unless_it_is_worse():
    response = after(opened(), angry(), at=10)
    assert response.reason is Reason.STILL_GOING
    assert not response.notices


def test_severity_is_by_the_playbooks_rules_over_all_signals_together():
    quiet = opened(loud(score=9, negative_share=0.7, mentions=50))
    assert quiet.incident.severity == "SEV2"
    beside = opened(loud(score=9, negative_share=0.7), angry())
    assert beside.incident.severity == "SEV1"
    assert "detectors >= 2" in beside.detail["rule"]


def test_getting_worse_tells_again_and_starts_the_ladder_even_if_acknowledged():
    acknowledged = by_hand(opened(), "ack", 8).incident
    response = after(acknowledged, loud(at=20, score=14, observed=400, negative_share=0.8), at=21)
    assert response.reason is Reason.WORSENED
    assert response.incident.state == "open"
    assert response.incident.severity == "SEV1"
    [tell] = response.notices
    assert (tell.root, tell.step, tell.broadcast) == (False, 0, True)
    assert [t.due_at for t in response.timers] == [minutes(21 + 15)]
    assert response.incident.loop == 1


def test_it_is_never_called_less_severe_while_it_is_open():
    worst = after(opened(), loud(at=10, score=14, observed=400, negative_share=0.8), at=11)
    calmer = after(worst, loud(at=15, score=4, observed=100, negative_share=0.3), at=16)
    assert calmer.incident.severity == "SEV1"
    assert calmer.reason is Reason.STILL_GOING


def test_going_on_brings_the_figures_up_to_date_at_most_every_quarter_of_an_hour():
    response, recorded = opened(at=6), []
    for minute in range(7, 67):
        response = after(response, loud(at=minute - 1, observed=200 + minute), at=minute)
        assert not response.notices
        if response.recorded:
            recorded.append(minute)
    assert recorded == [21, 36, 51, 66]


def test_figures_do_not_move_the_revision_that_a_button_carries():
    response = after(opened(), loud(at=30), at=31)
    assert response.recorded
    assert response.incident.revision == opened().incident.revision


def test_it_is_over_when_every_signal_is_and_stays_so_for_half_an_hour():
    response = after(opened(loud(), angry()), loud(at=60, over=True), at=60)
    assert not [t for t in response.timers if t.kind == "clear"]
    response = after(response, angry(at=70, over=True), at=70)
    [clear] = [t for t in response.timers if t.kind == "clear"]
    assert clear.due_at == minutes(100)
    resolved = fired(response.incident, [clear], minutes(100))
    assert resolved.reason is Reason.RESOLVED
    assert resolved.incident.state == "resolved"


def test_a_new_signal_before_that_keeps_it_open():
    response = after(opened(), loud(at=60, over=True), at=60)
    response = after(response, loud(start=80, at=85), at=86)
    assert "clear" in response.cancel
    assert not [t for t in response.timers if t.kind == "clear"]


def test_what_comes_back_soon_is_the_same_incident_and_later_another():
    over = ended(opened(), at=60)
    again = after(over, loud(start=150, at=155), at=156)
    assert again.reason is Reason.REOPENED
    assert again.incident.id == 1
    assert [t.kind for t in again.timers] == ["step"]
    other = after(over, loud(start=300, at=305), at=306)
    assert other.reason is Reason.OPENED
    assert other.incident.id == 0


def test_what_was_over_before_anybody_looked_is_told_all_the_same():
    response = opened(loud(at=20, over=True), at=200)
    assert response.reason is Reason.OPENED
    assert response.notices
    assert ("clear", minutes(50)) in [(t.kind, t.due_at) for t in response.timers]


@pytest.mark.parametrize("kind", ["resolve", "not_a_crisis"])
def test_late_news_of_what_a_person_closed_is_silenced_and_said_so_once(kind):
    closed = by_hand(opened(), kind)
    late = after(closed, loud(at=40), at=41)
    assert (late.reason, late.notices, late.recorded) == (Reason.SUPPRESSED, (), True)
    again = after(late, loud(at=45), at=46)
    assert (again.reason, again.recorded) == (Reason.SUPPRESSED, False)
    sibling = after(again, angry(start=10, at=50), at=51)
    assert sibling.reason is Reason.SUPPRESSED


def test_what_a_person_closed_too_early_is_opened_again_when_it_gets_worse():
    worse_now = loud(at=40, score=14, observed=500, negative_share=0.8)
    assert after(by_hand(opened()), worse_now, at=41).reason is Reason.REOPENED
    labelled = by_hand(opened(), "not_a_crisis")
    assert after(labelled, worse_now, at=41).reason is Reason.SUPPRESSED


def test_after_a_false_alarm_a_new_event_is_an_incident_of_its_own():
    labelled = by_hand(opened(), "not_a_crisis")
    response = after(labelled, loud(start=60, at=65), at=66)
    assert (response.reason, response.incident.id) == (Reason.OPENED, 0)


def test_in_shadow_everything_is_kept_and_nobody_is_told():
    response = opened(policy=SHADOW)
    assert response.reason is Reason.SHADOWED
    assert not response.notices
    assert not response.timers
    assert response.detail["would"] == "opened"
    assert response.detail["pages"] == [["@here"], ["@channel"]]
    worsened = after(response, loud(at=10, score=14, observed=400, negative_share=0.8), at=11,
                     policy=SHADOW)  # fmt: skip
    assert (worsened.reason, worsened.notices) == (Reason.SHADOWED, ())
    over = ended(worsened, at=60, policy=SHADOW)
    assert (over.reason, over.notices) == (Reason.RESOLVED, ())


def test_a_brand_that_goes_live_is_told_of_what_is_still_going_on():
    response = after(opened(policy=SHADOW), loud(at=10), at=11, policy=POLICY)
    assert response.reason is Reason.OPENED
    assert response.notices[0].root


def test_blindness_is_told_once_and_its_end_at_once():
    response = opened(blind(), at=2)
    assert response.incident.severity == "SEV2"
    assert response.notices[0].root
    same = after(response, blind(at=6), at=6)
    assert not same.notices
    seen = after(same, blind(at=43, over=True), at=43)
    assert seen.reason is Reason.RECOVERED
    assert seen.incident.state == "resolved"
    assert len(seen.notices) == 1


def test_a_source_that_comes_and_goes_names_nobody_each_time():
    response = after(opened(blind(), at=2), blind(at=10, over=True), at=10)
    again = after(response, blind(start=15, at=16), at=16)
    assert again.reason is Reason.REOPENED
    assert [tell.step for tell in again.notices] == [None]
    assert [t.kind for t in again.timers] == ["step"]
    later = after(after(again, blind(start=15, at=50, over=True), at=50), blind(60, 61), at=61)
    assert [tell.step for tell in later.notices] == [0]


def test_a_level_without_steps_is_kept_and_told_as_soon_as_it_is_worse():
    quiet = load_quiet()
    response = opened(policy=quiet)
    assert (response.notices, response.detail["told"]) == ((), False)
    louder = after(response, loud(at=10, score=14), at=11, policy=quiet)
    assert louder.reason is Reason.WORSENED
    assert louder.notices[0].root


def load_quiet() -> Policy:
    from alerting.playbook.load import load_playbook

    return Policy(load_playbook(
        "version: 1\n"
        "severity: [{if: 'score > 10', then: SEV2}]\n"
        "otherwise: SEV4\n"
        "levels: {SEV1: {}, SEV2: {steps: [{at: 0m, notify: ['@here']}]}, SEV3: {}, SEV4: {}}\n",
        "quiet",
    ))  # fmt: skip


def test_a_running_incident_keeps_the_playbook_it_was_opened_under():
    response = after(opened(), loud(at=10, score=14), at=11, policy=load_quiet())
    assert playbook_of(response.incident).slug == "default"


def test_memory_is_bounded_however_often_it_comes_back():
    response = opened()
    for n in range(10, 30 * MAX_SIGNALS, 10):
        response = after(response, loud(n, n + 5, over=True), loud(at=n), at=n + 6)
    assert len(response.incident.facts["signals"]) <= MAX_SIGNALS
    assert response.incident.since == minutes(0)


def test_an_outage_that_an_earlier_version_wrote_down_ends_as_any_other():
    response = opened(blind(), at=2)
    facts = {
        name: {key.rsplit("|", 2)[0]: kept for key, kept in response.incident.facts[name].items()}
        for name in ("signals", "peaks")
    }
    earlier = replace(response.incident, facts={**response.incident.facts, **facts})
    seen = after(earlier, blind(at=43, over=True), at=43)
    assert (seen.reason, len(seen.incident.signals())) == (Reason.RECOVERED, 1)


def at_onset(at: float, onset: float, **more):
    """A volume's signal that has found by then since when the count runs above the ordinary."""
    return loud(at=at, onset_minutes=at - onset, **{"level": "page", **more})


def began(incident: Incident) -> float:
    return (incident.since - minutes(0)).total_seconds() / 60


def test_when_it_began_becomes_clearer_in_its_first_hour_and_stays_while_it_ebbs_away():
    response = opened(at_onset(5, -25))
    assert began(response.incident) == -25
    response = after(response, at_onset(35, 0, observed=400), at=36)
    assert began(response.incident) == 0
    # few buckets are abnormal, and hours later the steepest stretch reaches back into the quiet
    response = after(response, at_onset(110, -5, persistence_buckets=9), at=111)
    response = after(response, at_onset(225, -40, persistence_buckets=9), at=226)
    assert began(response.incident) == 0
    response = after(response, at_onset(225, -40, over=True), angry(at=230), at=231)
    assert began(response.incident) == 0


def test_a_storm_that_follows_a_watch_or_a_turning_mood_began_when_it_came():
    response = opened(angry(start=-600, at=5))
    assert began(response.incident) == -600
    response = after(response, at_onset(125, 60, level="watch"), angry(-600, at=125), at=126)
    assert began(response.incident) == 60
    response = after(response, at_onset(305, 300, level="page"), angry(-600, at=305), at=306)
    assert began(response.incident) == 300
    response = after(response, at_onset(500, 480, level="watch"), at=501)
    assert began(response.incident) == 300


def test_a_restless_part_that_pages_before_the_whole_does_not_say_when_it_began():
    whole = at_onset(15, 0, level="watch", observed=23)
    whole = replace(whole, expected=Interval(2, 5, 9))
    part = replace(at_onset(15, -120, observed=15, score=9.0), platform="x")
    part = replace(part, expected=Interval(1, 5, 9))
    assert began(opened(part, whole).incident) == 0
    response = opened(part)
    response = after(response, part, whole, at=21)
    assert began(response.incident) == 0


def test_its_beginning_is_that_of_the_stretch_that_stood_out_most():
    response = opened(at_onset(5, -5, observed=8))
    response = after(response, at_onset(25, 0, observed=60), at=26)
    assert began(response.incident) == 0
    response = after(response, at_onset(50, -15, observed=60), at=51)  # it ebbs away
    assert began(response.incident) == 0


def test_the_height_of_a_storm_before_anything_is_learned_is_where_most_was_counted():
    def counted(at: float, n: int, *, over: bool = False):
        first = loud(at=at, score=0.0, observed=n, over=over, unlearned=True)
        return replace(first, detector="first_days", expected=None)

    response = opened(counted(5, 16))
    response = after(response, counted(60, 40), at=61)
    response = after(response, counted(180, 9), at=181)
    response = after(response, counted(200, 9, over=True), at=201)
    [peak] = response.incident.peaks()
    assert peak.observed == 40
    assert peak.at == minutes(60)
