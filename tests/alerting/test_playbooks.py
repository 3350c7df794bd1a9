"""Playbooks: what is written is checked before it is trusted, and means what it says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.crisis import default_playbook
from hypothesis import given
from hypothesis import strategies as st

from alerting.model import Target
from alerting.playbook.conditions import ConditionError, parse_condition
from alerting.playbook.load import PlaybookProblem, check_playbook, from_snapshot, load_playbook
from monitor.detect.registry import declared_facts
from monitor.model import BLINDNESS, Fact

FACTS = declared_facts()

GOOD = """\
version: 1
severity:
  - {if: "score >= 8 and ratio >= 4", then: SEV1}
otherwise: SEV3
levels:
  SEV1: {steps: [{at: 0m, notify: ["@channel"]}, {at: 15m, notify: [S0SUPPORT], broadcast: true}]}
  SEV2: {steps: [{at: 0m}]}
  SEV3: {steps: [{at: 0m}]}
  SEV4: {steps: []}
"""


def test_the_shipped_playbook_has_a_two_step_ladder_that_repeats_after_fifteen_minutes():
    for severity in ("SEV1", "SEV2"):
        first, second = default_playbook().level(severity).steps
        assert first.notify
        assert (second.at, second.broadcast) == (timedelta(minutes=15), True)
        assert second.notify == (Target("channel"),)
    for severity in ("SEV3", "SEV4"):
        assert not any(step.notify for step in default_playbook().level(severity).steps)


def test_the_first_rule_that_holds_decides_and_is_named():
    playbook = load_playbook(GOOD, "mine")
    assert playbook.severity("reputation", {"score": 9, "ratio": 4}) == (
        "SEV1",
        "score >= 8 and ratio >= 4",
    )
    assert playbook.severity("reputation", {"score": 9}) == ("SEV3", "otherwise")
    assert playbook.severity(BLINDNESS, {"score": 9, "ratio": 9})[0] == "SEV2"


def test_people_and_groups_are_named_as_slack_writes_them():
    first, second = load_playbook(GOOD, "mine").level("SEV1").steps
    assert (first.notify, second.notify) == ((Target("channel"),), (Target("group", "S0SUPPORT"),))


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("ratio >= 4", "ratoi >= 4"), 3, "did you mean ratio"),
        (("score >= 8", "score"), 3, "compares nothing"),
        (("score >= 8", "score >= 'high'"), 3, "a number with a text"),
        (("score >= 8", "detector >= 'volume'"), 3, "== or !="),
        (("score >= 8", "__import__('os') == 1"), 3, "not a fact"),
        (("score >= 8", "score >="), 3, "not a condition"),
        (("then: SEV1", "then: SEV9"), 3, "SEV4"),
        (("otherwise:", "otherwize:"), 4, "did you mean `otherwise`?"),
        (("@channel", "@ana"), 6, "names nobody"),
        (("{at: 0m, notify", "{at: 1m, notify"), 6, "at: 0m"),
        (("at: 15m", "at: 0m"), 6, "later than the one before"),
        (("at: 15m", "at: 15"), 6, "90s, 5m"),
        (("  SEV4: {steps: []}\n", ""), 5, "SEV4 missing"),
        (("  SEV4:", "  SEV3:"), 9, "stands twice (first in line 8)"),
        (("version: 1", "version: 2"), 1, "1"),
        (("otherwise: SEV3", "otherwise: [SEV3"), 5, ""),
    ],
)
def test_every_mistake_is_told_with_its_line(change, line, words):
    wrong = GOOD.replace(*change)
    assert wrong != GOOD
    mistakes = check_playbook(wrong, "mine.yaml", facts=FACTS)
    assert mistakes
    assert any(at == line and words in message for at, message in mistakes), mistakes
    with pytest.raises(PlaybookProblem, match=f"playbook mine, line {mistakes[0][0]}"):
        load_playbook(wrong, "mine", FACTS)


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b", "\t", "a: *nobody", "\0"])
def test_what_is_no_playbook_at_all_is_one_sentence(text):
    [(line, message)] = check_playbook(text, "mine.yaml")
    assert line == 1
    assert message


def test_several_mistakes_are_told_at_once():
    wrong = (
        GOOD.replace("ratio", "ratoi")
        .replace("at: 15m", "at: 15")
        .replace("SEV2: {", "SEV2: {x: 1, ")
    )
    assert len(check_playbook(wrong, facts=FACTS)) == 3


def test_the_version_follows_the_meaning_and_not_the_comments():
    one = load_playbook(GOOD, "mine")
    assert load_playbook("# why\n" + GOOD, "mine").version == one.version
    assert load_playbook(GOOD.replace("15m", "16m"), "mine").version != one.version


def test_a_snapshot_is_the_playbook():
    for playbook in (default_playbook(), load_playbook(GOOD, "mine")):
        assert from_snapshot(playbook.snapshot()) == playbook


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("score >= 8", True),
        ("score > 8 or ratio == 4", True),
        ("not score >= 8", False),
        ("4 <= score <= 8 and (ratio > 5 or detectors >= 2)", True),
        ("negative_share >= 0.1", False),
        ("negative_share < 0.1", False),
        ("score >= 2 * ratio", True),
        ("detector == 'volume' and platform != \"x\"", True),
    ],
)
def test_conditions_mean_what_they_say_and_a_missing_fact_holds_nothing(text, holds):
    facts: dict[str, Fact] = {"score": 8, "ratio": 4, "detectors": 2}
    facts |= {"detector": "volume", "platform": "all"}
    assert parse_condition(text).holds(facts) is holds


@given(st.text(alphabet="score<>=! and or not()8.5'ratio*-[]{}:\n\\#lambda", max_size=40))
def test_whatever_is_written_is_a_condition_or_one_clear_error(text):
    try:
        condition = parse_condition(text)
    except ConditionError:
        return
    assert condition.holds({}) in (True, False)
