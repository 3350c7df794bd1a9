"""What a playbook that can be read may still get wrong is told, with where and what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerting.hours import BusinessHours, Window
from alerting.model import Target
from alerting.playbook.conditions import OF_EVERY_SIGNAL
from alerting.playbook.load import Playbook, check_playbook, from_snapshot, load_playbook
from alerting.playbook.review import Audience, Reaches, World, review
from alerting.playbook.rules import LEVELS, Heard
from monitor.detect.registry import declared_facts
from monitor.model import RISK_CLASSES
from monitor.settings.shipped import shipped

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
FACTS = declared_facts()
SHIPPED = sorted(path.name for path in shipped("playbooks").glob("*.yaml"))
ROLES = frozenset({"social", "comms", "legal", "exec", "support"})


def text_of(name: str) -> str:
    return (shipped("playbooks") / name).read_text("utf-8")


@cache
def books() -> Mapping[str, Playbook]:
    return {name[:-5]: load_playbook(text_of(name), name[:-5], FACTS) for name in SHIPPED}


OFFICE = BusinessHours(
    Window(("mon", "tue", "wed", "thu", "fri"), time(9), time(17)), ZoneInfo("Asia/Jakarta")
)


def audience(reaches: Reaches) -> tuple[Audience, ...]:
    return (Audience(reaches, OFFICE),)


HEARD = Heard(
    {spec.name for spec in (*OF_EVERY_SIGNAL, *FACTS.values())} - {"kind"},
    {
        "platform": {"x", "instagram", "all"},
        "detector": {"volume", "negative_share", "slow_burn"},
        "level": LEVELS,
    },
)


def world(roles: frozenset[str] = ROLES) -> World:
    return World(
        audience(lambda who, at, severity: at),
        roles,
        HEARD,
        books(),
        platforms=frozenset({"x", "instagram", "tiktok"}),
        listened=frozenset({"x", "instagram"}),
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

SEV2 = GOOD[GOOD.index("  SEV2:") : GOOD.index("  SEV3:")]

BROKEN = {
    "a rule of a platform nobody listens to": (
        ('if: "score >= 3"', "if: \"score >= 3 and platform == 'tiktok'\""),
        "can never hold",
    ),
    "a role nobody has": (("owner: legal", "owner: lawyer"), "nobody has the role lawyer"),
    "a role nobody has, nearly": (("[legal, exec]", "[legl, exec]"), "did you mean `legal`?"),
    "nobody's word": (("approver: legal", "approver: boss"), "nobody has the role boss"),
    "a fact that nothing tells": (
        ('if: "score >= 3"', "if: \"kind == 'silent'\""),
        "can never hold: nothing that runs here tells kind",
    ),
    "a level that is none": (
        ('if: "score >= 3"', "if: \"level == 'pages'\""),
        "there is no level 'pages' here, only page, watch",
    ),
    "a rule against itself": (('score >= 3"', 'score >= 3 and score < 3"'), "no score is all that"),
    "a share in per cent": (('score >= 3"', 'negative_share >= 50"'), "a share is 0 to 1"),
    "a rule behind one that always comes first": (
        ("then: SEV1}", 'then: SEV1}\n  - {if: "score > 3 and ratio >= 2", then: SEV2}'),
        "rule 1 (`score >= 3`) has decided before it",
    ),
    "a platform that is none": (
        ("[data_privacy]}", "[data_privacy], platforms: [instagrm]}"),
        "did you mean `instagram`?",
    ),
    "words for a platform that is none": (("      instagram:", "      tiktokk:"), "`tiktok`?"),
    "a channel that is not on": (
        ("[legal, exec]}", "[legal, exec], channel: 'webhook:crisis'}"),
        "webhook is not on",
    ),
    "a channel that cannot be": (
        ("[legal, exec]}", "[legal, exec], channel: crisis room}"),
        "can be no channel of Slack",
    ),
    "a severity that nobody gets": (
        (SEV2, "  SEV2:\n    steps: [{at: 0m}]\n"),
        "names nobody: nobody is paged by it; give a step `notify`",
    ),
    "an answer that leads nowhere": (
        ("goto viral-negativity", "goto"),
        "there is no such playbook",
    ),
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
    "a ladder out of order": (("at: 20m", "at: 5m"), "step 3 comes after 5 min"),
    "a ladder without a breath": (("repeat: 30m", "repeat: 0m"), "must be 1m at least"),
    "an answer in no time": (("ack_timeout: 2h", "ack_timeout: 10s"), "must be 1m at least"),
    "no time to do it": (("within: 15m", "within: 0m"), "must be longer than nothing"),
    "a warning after the term": (("24h, 48h, 66h", "24h, 96h"), "`warn` comes after `due`"),
    "a kind of content that is none": (
        ("[data_privacy]}", "[data_privacy], content: [vidio]}"),
        "did you mean `video`?",
    ),
    "two items of one name": (("id: mask", "id: security"), "two items have the id `security`"),
    "a day in another order": (("2027-12-31", "31-12-2027"), "must be a day such as 2027-12-31"),
    "a press that is none": (("holding: notice", "may: {acknowledge: [legal]}"), "must be `ack`"),
    "a bracket left open": (("[legal, exec]", "[legal, exec"), "a [ that is not closed"),
    "a colon without quotes": (('do: "Open a', "do: Open: a"), "put a value that has a colon in"),
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
    assert any(words in remark.said and remark.where for remark in remarks), remarks
    assert not all(remark.warning for remark in remarks)


HARMLESS = {
    "words that look like a way": (("goto viral", "go to viral"), "write `goto NAME`"),
    "a platform nobody reads": (
        ("[data_privacy]}", "[data_privacy], platforms: [tiktok]}"),
        "which no source here reads",
    ),
}


@pytest.mark.parametrize("case", HARMLESS)
def test_what_is_probably_not_meant_is_a_warning(case: str) -> None:
    change, words = HARMLESS[case]
    changed = GOOD.replace(*change)
    assert changed != GOOD
    remarks = review(load_playbook(changed, "data-leak", FACTS), world(), NOW)
    assert [words in remark.said and remark.warning for remark in remarks] == [True]


def test_what_an_open_incident_keeps_is_read_whatever_is_demanded_of_files_by_now() -> None:
    kept = load_playbook(GOOD, "data-leak", FACTS).snapshot()
    source = json.loads(json.dumps(kept["source"]))
    source["levels"]["SEV1"]["repeat"] = "1s"
    source["match"]["content"] = ["vidio"]
    assert from_snapshot({**kept, "source": source}).level("SEV1").repeat == timedelta(seconds=1)


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
    deaf = replace(
        there,
        audiences=audience(
            lambda who, at, severity: (
                None if who.kind == "channel" or at.replace(minute=0) == night else at
            )
        ),
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
