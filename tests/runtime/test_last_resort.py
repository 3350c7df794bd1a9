"""The last resort: what keeps Siaga from its work is told past its database, each cause once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import repeat
from typing import Any

import pytest
from fakes.crisis import BRAND, watching
from fakes.rooms import Room
from fakes.smtp_relay import mail_relay

from alerting.channels.email.channel import EmailChannel
from monitor.runtime import guard, places
from monitor.runtime.guard import Guard, cry_once
from monitor.settings.model import (
    DigestSettings,
    EmailSettings,
    Settings,
    SlackSettings,
    SourceSettings,
)


@pytest.fixture(autouse=True)
def _own_runtime_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SIAGA_RUNTIME_DIR", str(tmp_path / "run"))


DATABASE = "sqlite:///siaga.db"
FULL, LOCKED = "The disk is full.", "The database is locked."


def brand_of(**values):
    return BRAND.model_copy(update=values)


def settings_of(*brands):
    return Settings(brands=brands, slack=SlackSettings(enabled=True, channel="#crisis"))


def test_the_last_resort_is_said_once_to_everybody_and_not_again_after_a_restart():
    two = brand_of(slug="two", slack_channel="#two", digest=DigestSettings(to=("a@example.com",)))
    settings = settings_of(brand_of(language="id"), two, brand_of(slug="three", language="id"))
    slack, mail = Room(), Room("email")
    for _life in range(3):
        rooms: dict[str, Any] = {"slack": slack, "email": mail}
        cry_once(DATABASE, settings, rooms, lambda _: [FULL], [FULL])
    assert [d.destination for d in slack.sent] == ["#crisis", "#two"]
    assert [d.destination for d in mail.sent] == ["a@example.com"]
    first, second = (delivery.notice for delivery in slack.sent)
    assert "Siaga sekarang tidak memantau apa pun: The disk is full" in first.headline
    assert second.headline == f"SEV1 · {two.name}: Siaga watches nothing now: The disk is full"
    assert "last resort" in second.why
    assert "The disk is full." in second.summary
    assert len({d.key for d in slack.sent}) == 2


def test_the_last_resort_is_said_once_where_not_even_that_can_be_written_down(
    tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("no folder")
    for name in ("SIAGA_RUNTIME_DIR", "RUNTIME_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path / "file" / "run"))
    slack: Any = Room()
    for _look in range(3):
        cry_once(DATABASE, settings_of(BRAND), {"slack": slack}, lambda _: [FULL], [FULL])
    assert len(slack.sent) == 1


def test_the_last_resort_is_said_once_where_its_mark_cannot_be_written(tmp_path, monkeypatch):
    mark = places.cries_of(DATABASE)
    assert mark is not None
    mark.mkdir(parents=True)
    slack: Any = Room()
    for _look in range(3):
        cry_once(DATABASE, settings_of(BRAND), {"slack": slack}, lambda _: [FULL], [FULL])
    assert len(slack.sent) == 1


def test_what_one_installation_cries_is_neither_hushed_nor_ended_by_another_beside_it(
    tmp_path, monkeypatch
):
    """Two daemons of one user share a folder for what they keep beside their databases."""
    clock, lives = {"s": 50_000.0}, []
    monkeypatch.setattr(guard, "monotonic", lambda: clock["s"])
    for name in ("ill", "well"):
        room = Room()
        url = f"sqlite:///{tmp_path / name}.db"
        app = watching(url, settings=settings_of(BRAND), channels={"slack": room})
        told = dict[str, Any]()
        lives.append((room, told, Guard(partial(next, repeat(app)), partial(next, repeat(told)))))
    ill, well = lives

    def look(seconds):
        clock["s"] += seconds
        for _room, _told, watch in lives:
            watch.look()

    stuck = {"stuck": ["poll"]}
    ill[1].update(stuck)
    for seconds in (0, guard.CRY_AFTER_S, guard.WELL_S, guard.CRY_OTHER_S):
        look(seconds)
    assert [len(room.sent) for room, _, _ in lives] == [1, 0], "it works again, says the other"
    well[1].update(stuck)
    look(0)
    look(guard.CRY_AFTER_S)
    assert [len(room.sent) for room, _, _ in lives] == [1, 1]


def test_the_last_resort_goes_by_mail_where_slack_does_not_take_it():
    with mail_relay() as relay:
        brand = brand_of(digest=DigestSettings(to=("rina@example.com",)))
        email = EmailSettings(enabled=True, host="127.0.0.1", port=relay.port, security="none")
        channels: dict[str, Any] = {"slack": Room(refuses=True), "email": EmailChannel(email, "")}
        cry_once(DATABASE, settings_of(brand), channels, lambda _: [LOCKED], [LOCKED])
        assert relay.to == ["rina@example.com"]


HELD = (
    "The database sqlite:///siaga.db is locked by another program; stop that one, then try again."
)


@pytest.mark.parametrize(
    ("language", "why", "well"),
    [
        ("en", HELD, "Siaga works again"),
        (
            "id",
            "Basis data sqlite:///siaga.db dikunci oleh program lain; hentikan program itu, "
            "lalu coba lagi.",
            "Siaga bekerja lagi",
        ),
    ],
)
def test_the_guard_cries_when_a_loop_stays_ill_and_tells_the_end(
    tmp_path, monkeypatch, language, why, well
):
    brand = brand_of(language=language)
    clock = {"s": 50_000.0}
    monkeypatch.setattr(guard, "monotonic", lambda: clock["s"])
    room = Room()
    app = watching(
        f"sqlite:///{tmp_path / 'siaga.db'}", settings=settings_of(brand), channels={"slack": room}
    )
    status = {"failing": ["poll"], "loops": {"poll": {"last_error": HELD}}}
    told = {"status": status}
    watch = Guard(lambda: app, lambda: told["status"])
    watch.look()
    assert room.sent == []
    clock["s"] += guard.CRY_AFTER_S
    watch.look()
    watch.look()
    assert len(room.sent) == 1
    assert why in room.sent[0].notice.summary
    assert why[:60] in room.sent[0].notice.headline  # a phone shows no more
    told["status"] = {}
    watch.look()
    clock["s"] += guard.WELL_S
    watch.look()
    watch.look()
    assert [d.notice.headline for d in room.sent[1:]] == [f"{BRAND.name}: {well}"]
    app.db.close()


def test_what_comes_and_goes_is_not_cried_and_called_well_each_time(tmp_path, monkeypatch):
    """A program that locks the database for a minute, every five minutes, for three hours."""
    clock, room = {"s": 50_000.0}, Room()
    monkeypatch.setattr(guard, "monotonic", lambda: clock["s"])
    app = watching(
        f"sqlite:///{tmp_path / 'siaga.db'}",
        settings=settings_of(BRAND),
        channels={"slack": room},
    )
    held = {"failing": ["poll"], "loops": {"poll": {"last_error": HELD}}}
    status = dict[str, Any]()
    watch = Guard(partial(next, repeat(app)), partial(next, repeat(status)))
    for minute in range(180):
        status.clear()
        status.update(held if minute % 5 == 0 else {})
        for _ in range(6):
            clock["s"] += 10
            watch.look()
    assert ["works again" in d.notice.headline for d in room.sent] == [False, True, False]
    status.clear()
    for _ in range(4):
        clock["s"] += 600
        watch.look()
    assert ["works again" in d.notice.headline for d in room.sent[3:]] == [True]
    app.db.close()


def test_another_cause_is_told_too_and_the_same_one_not_again(monkeypatch):
    clock, slack = {"s": 50_000.0}, Room()
    monkeypatch.setattr(guard, "monotonic", lambda: clock["s"])

    def cries(after_s, *causes):
        clock["s"] += after_s
        before: int = len(slack.sent)
        rooms: dict[str, Any] = {"slack": slack}
        cry_once(DATABASE, settings_of(BRAND), rooms, lambda _: causes, causes)
        return len(slack.sent) > before

    assert cries(0, "5 polls hang")
    assert not cries(60, "6 polls hang", LOCKED)  # one ill brings others in its train
    assert cries(guard.CRY_OTHER_S, "6 polls hang", LOCKED)
    assert LOCKED in slack.sent[-1].notice.summary
    assert not cries(guard.CRY_OTHER_S, LOCKED)
    assert cries(guard.CRY_AGAIN_S, LOCKED)


def test_an_alert_that_would_not_arrive_is_told_by_the_ways_that_work(tmp_path, monkeypatch):
    clock, mail = {"s": 50_000.0}, Room("email")
    monkeypatch.setattr(guard, "monotonic", lambda: clock["s"])
    refused = ["#crisis: Slack refuses the bot token (token_revoked)"]
    found = {"now": refused}
    monkeypatch.setattr(guard, "try_out", lambda app: found["now"])
    brand = brand_of(digest=DigestSettings(to=("a@example.com",)))
    app = watching(
        f"sqlite:///{tmp_path / 'siaga.db'}",
        settings=settings_of(brand),
        channels={"slack": Room(refuses=True), "email": mail},
    )
    watch = Guard(lambda: app, dict)

    def looks(seconds):
        for _ in range(int(seconds / 60)):
            clock["s"] += 60
            watch.look()

    looks(300)
    assert mail.sent == [], "it may be a passing outage"
    looks(600)
    found["now"] = []
    looks(900)
    told = [delivery.notice for delivery in mail.sent]
    assert [notice.headline for notice in told] == [
        f"SEV1 · {brand.name}: an alert would not arrive: {refused[0]}",
        f"{brand.name}: Siaga works again",
    ]
    assert refused[0] in told[0].summary
    app.db.close()


def test_a_reload_that_leaves_nothing_to_listen_to_is_told_by_the_ways_before_it(
    tmp_path, monkeypatch
):
    clock, room = {"s": 50_000.0}, Room()
    monkeypatch.setattr(guard, "monotonic", lambda: clock["s"])
    monkeypatch.setattr(guard, "try_out", lambda app: [])
    heard = brand_of(sources=(SourceSettings(connector="rss", name="news"),))
    full = watching(
        f"sqlite:///{tmp_path / 'siaga.db'}", settings=settings_of(heard), channels={"slack": room}
    )
    empty = replace(full, settings=Settings(), brands={}, channels={})
    running = {"app": empty}
    watch = Guard(lambda: running["app"], dict)

    def looks(seconds):
        for _ in range(int(seconds / 5)):
            clock["s"] += 5
            watch.look()

    looks(60)  # nothing was ever listened to: who begins is not told so at night
    running["app"] = full
    looks(60)
    assert room.sent == []
    running["app"] = empty
    looks(60)
    (told,) = room.sent
    assert "names no source, so nothing is heard" in told.notice.summary
    running["app"] = full
    looks(guard.WELL_S + 10)
    assert [d.notice.headline for d in room.sent[1:]] == [f"{BRAND.name}: Siaga works again"]
    full.db.close()
