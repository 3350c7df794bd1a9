"""What a playbook that can be read may still get wrong is told, with where and what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerting.hours import BusinessHours, Window
from alerting.model import Target
from alerting.playbook.load import Playbook, check_playbook, load_playbook
from alerting.playbook.review import Audience, Reaches, World, review
from monitor.detect.registry import declared_facts
from monitor.model import RISK_CLASSES
from monitor.settings.shipped import shipped

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
FACTS = declared_facts()
SHIPPED = sorted(path.name for path in shipped("playbooks").glob("*.yaml"))
ROLES = frozenset({"social", "comms", "legal", "exec", "support"})


def text_of(name: str) -> str:
    return (shipped("playbooks") / name).read_text("utf-8")


def books() -> dict[str, Playbook]:
    return {name[:-5]: load_playbook(text_of(name), name[:-5], FACTS) for name in SHIPPED}


OFFICE = BusinessHours(
    Window(("mon", "tue", "wed", "thu", "fri"), time(9), time(17)), ZoneInfo("Asia/Jakarta")
)


def audience(reaches: Reaches) -> tuple[Audience, ...]:
    return (Audience(reaches, OFFICE),)


def world(roles: frozenset[str] = ROLES) -> World:
    return World(
        audience(lambda who, at, severity: at),
        roles,
        frozenset({"x", "instagram"}),
        frozenset({"volume", "negative_share", "slow_burn"}),
        books(),
    )


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_playbook_stands_up_to_the_review(name: str) -> None:
    assert check_playbook(text_of(name), name, facts=FACTS) == []
    book = load_playbook(text_of(name), name[:-5], FACTS)
    assert review(book, world(), NOW) == []


def test_the_shipped_ones_cover_every_risk_class_in_both_languages_and_say_the_same() -> None:
    found = books()
    classes = {c for book in found.values() for c in book.policy.match.classes}
    assert classes == set(RISK_CLASSES)
    for name, book in found.items():
        if name.endswith(".id"):
            other = found[name.removesuffix(".id")]
            assert book.policy.levels == other.policy.levels
            assert book.policy.severity == other.policy.severity
            assert [i.id for i in book.policy.checklist] == [i.id for i in other.policy.checklist]
            assert set(book.policy.statements) == set(other.policy.statements)


GOOD = text_of("data-leak.yaml")

BROKEN = {
    "a rule of a platform nobody listens to": (
        ('if: "score >= 3"', "if: \"score >= 3 and platform == 'tiktok'\""),
        "can never hold",
    ),
    "a role nobody has": (("owner: legal", "owner: lawyer"), "nobody has the role lawyer"),
    "words that have expired": (("expires: 2027-12-31", "expires: 2026-11-01"), "has expired"),
    "a question that leads nowhere": (("goto viral-negativity", "goto storm"), "no such playbook"),
    "a question that leads in a circle": (("goto viral-negativity", "goto data-leak"), "circle"),
}

UNREADABLE = {
    "an item that needs none": (("needs: [approve]", "needs: [approval]"), "which is no item"),
    "items that wait for each other": (
        ("approves: true}", "approves: true, needs: [notice]}"),
        "none of them can ever be done",
    ),
    "a place that cannot be filled": (("{{help_url}}", "{{website}}"), "cannot be filled in"),
    "rounds without a pause": (("    every: 15m\n", ""), "need `every`"),
    "a class that is none": (("[data_privacy]", "[privacy]"), "there is no risk class privacy"),
    "a statement that is not there": (("holding: notice", "holding: words"), "no statement"),
    "a slip of the pen": (("checklist:", "checklists:"), "did you mean `checklist`?"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_work_here_is_told(case: str) -> None:
    change, words = BROKEN[case]
    changed = GOOD.replace(*change)
    assert changed != GOOD
    book = load_playbook(changed, "data-leak", FACTS)
    there = replace(world(), playbooks={**books(), "data-leak": book})
    remarks = review(book, there, NOW)
    assert any(words in remark.said for remark in remarks), remarks
    assert not all(remark.warning for remark in remarks)


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_contradicts_itself_is_refused_with_its_line(case: str) -> None:
    change, words = UNREADABLE[case]
    changed = GOOD.replace(*change)
    assert changed != GOOD
    mistakes = check_playbook(changed, "mine", facts=FACTS)
    assert any(words in message and line > 0 for line, message in mistakes), mistakes


def test_an_hour_at_which_nobody_is_reached_is_named() -> None:
    night = NOW.replace(hour=3) + timedelta(days=2)
    there = world()
    deaf = World(
        audience(
            lambda who, at, severity: (
                None if who.kind == "channel" or at.replace(minute=0) == night else at
            )
        ),
        there.roles,
        there.platforms,
        there.detectors,
        there.playbooks,
    )
    remarks = review(load_playbook(GOOD, "data-leak", FACTS), deaf, NOW)
    assert any("2026-11-28 03:00 UTC" in remark.said for remark in remarks)


def test_what_waits_for_the_office_or_the_end_of_quiet_hours_says_how_long() -> None:
    weekdays = GOOD.replace("  SEV2:\n", "  SEV2:\n    hours: business\n")
    (said,) = review(load_playbook(weekdays, "data-leak", FACTS), world(), NOW)
    assert (said.where, said.warning) == ("levels, SEV2", True)
    assert "at most 64 h: what comes at Fri 10:00 UTC reaches somebody at Mon 02:00" in said.said

    def quiet(who: Target, at: datetime, severity: str) -> datetime | None:
        return at if severity == "SEV1" or at.hour < 22 else at.replace(hour=0) + timedelta(days=1)

    held = replace(world(), audiences=audience(quiet))
    (said,) = review(load_playbook(GOOD, "data-leak", FACTS), held, NOW)
    assert "at most 2 h: what comes at Thu 22:00 UTC" in said.said


def test_words_that_expire_soon_are_a_warning_and_no_roles_at_all_is_one() -> None:
    soon = GOOD.replace("2027-12-31", str(date(2026, 12, 1)))
    remarks = review(load_playbook(soon, "x", FACTS), world(roles=frozenset()), NOW)
    assert [remark.warning for remark in remarks] == [True, True]


def test_statements_differ_by_platform_and_fall_back_to_the_default() -> None:
    statement = load_playbook(GOOD, "x", FACTS).policy.statements["notice"]
    assert "link in bio" in statement.on("instagram")
    assert "{{help_url}}" in statement.on("x")


def test_a_playbook_is_read_when_it_is_first_asked_for(tmp_path: Path) -> None:
    from alerting.playbook.load import Playbooks

    read: list[str] = []

    def later() -> Playbook:
        read.append("x")
        return load_playbook(GOOD, "x", FACTS)

    found = Playbooks({}, {"x": later})
    assert list(found) == ["x"]
    assert read == []
    assert found["x"] is found["x"]
    assert read == ["x"]


def test_the_register_raises_what_the_rules_leave_low_and_never_lowers() -> None:
    book = load_playbook(GOOD, "x", FACTS)
    assert book.severity("data_privacy", {"score": 1})[0] == "SEV2"
    raised = book.based_on("SEV1")
    assert raised.severity("data_privacy", {"score": 1}) == ("SEV1", "risk register")
    assert book.based_on("SEV4").severity("data_privacy", {"score": 1})[0] == "SEV2"
    assert Target("role", "legal") in raised.level("SEV1").steps[1].notify
