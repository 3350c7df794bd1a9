"""Slack and mail are tried before the crisis, and a marked test goes the way an alert goes."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from fakes.crisis import BRAND, watching
from fakes.slack_emulator import TOKEN
from fakes.smtp_relay import mail_relay

from alerting.channels.email.channel import EmailChannel
from alerting.channels.slack.channel import SlackChannel
from alerting.channels.webhook import WebhookChannel
from alerting.playbook.load import load_playbook
from monitor.cli.main import main_group
from monitor.jobs.deliver import test_alert as job
from monitor.jobs.deliver.deliver import deliver
from monitor.jobs.deliver.test_alert import outcomes, send_tests
from monitor.jobs.deliver.tryout import try_out
from monitor.jobs.views.overview import overview
from monitor.jobs.views.troubles import troubles
from monitor.runtime.guard import Guard
from monitor.settings.model import EmailSettings, Settings, SlackSettings
from monitor.settings.shipped import shipped


def slack_app(tmp_path, proxy, channel, token=TOKEN):
    """An app whose alerts go to that channel of the emulated Slack."""
    slack = SlackSettings(
        enabled=True, channel=channel, base_url=proxy.base_url, timeout=timedelta(seconds=2)
    )
    settings = Settings(brands=(BRAND,), slack=slack)
    channels: dict[str, Any] = {"slack": SlackChannel(slack, token)}
    return watching(f"sqlite:///{tmp_path / 'siaga.db'}", settings=settings, channels=channels)


def test_where_all_is_well_nothing_is_said_and_nothing_sent(tmp_path, slack_proxy, room):
    app = slack_app(tmp_path, slack_proxy, room.id)
    assert try_out(app) == []
    assert room.messages() == []
    app.db.close()


@pytest.mark.parametrize(
    ("channel", "code"), [("#no-such-room", ""), ("", "invalid_auth"), ("", "not_in_channel")]
)
def test_a_wrong_token_and_an_unknown_channel_are_found_before_the_crisis(
    tmp_path, slack_proxy, room, channel, code
):
    if code:
        method = "auth.test" if code == "invalid_auth" else "conversations.info"
        slack_proxy.fault("error", method=method, code=code)
    app = slack_app(tmp_path, slack_proxy, channel or room.id)
    (trouble,) = try_out(app)
    assert (channel or room.id) in trouble
    assert TOKEN not in trouble
    app.db.close()


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("xapp-1-A1-2-abc", "holds the app-level token"),
        ("xoxp-1-2-abc", "holds a person's token"),
        ("xoxe-1-abc", "holds a refresh token"),
        ("", "put it into SLACK_BOT_TOKEN"),
    ],
)
def test_a_token_of_another_kind_is_told_as_that_and_not_shown(
    tmp_path, slack_proxy, room, token, told
):
    app = slack_app(tmp_path, slack_proxy, room.id, token)
    (trouble,) = try_out(app)
    assert told in trouble
    assert not token or token not in trouble
    app.db.close()


@pytest.mark.parametrize("missing", ["chat:write", "channels:history"])
def test_a_scope_without_which_alerts_do_not_arrive_once_is_missed_before_the_crisis(
    tmp_path, slack_proxy, room, missing
):
    granted = {"chat:write", "channels:read", "channels:history"} - {missing}
    slack_proxy.scopes = ",".join(sorted(granted))
    app = slack_app(tmp_path, slack_proxy, room.id)
    (trouble,) = try_out(app)
    assert f"the bot lacks the scope {missing}; paste `siaga slack manifest`" in trouble
    app.db.close()


def test_a_scope_that_slack_asks_for_is_named(tmp_path, slack_proxy, room):
    slack_proxy.answers["conversations.info"] = lambda _: {
        "ok": False,
        "error": "missing_scope",
        "needed": "groups:read",
        "provided": "chat:write",
    }
    app = slack_app(tmp_path, slack_proxy, room.id)
    (trouble,) = try_out(app)
    assert "the bot lacks the scope groups:read" in trouble
    app.db.close()


@pytest.mark.parametrize("person", ["U0123456789", "W0123456789", "D0123456789"])
def test_a_person_can_be_where_a_brands_alerts_go(tmp_path, slack_proxy, person):
    app = slack_app(tmp_path, slack_proxy, person)
    assert try_out(app) == []
    app.db.close()


def test_a_channel_that_was_renamed_is_missed_before_a_restart_looks_for_it(
    tmp_path, slack_proxy, room
):
    app = slack_app(tmp_path, slack_proxy, f"#{room.name}")
    assert try_out(app) == []
    room.client.conversations_rename(channel=room.id, name=f"{room.name}-old")
    (trouble,) = try_out(app)
    assert trouble.startswith(f"#{room.name}: Slack does not let us post to this channel")
    app.db.close()


def test_the_channel_of_a_step_is_tried_before_its_step_comes(tmp_path, slack_proxy, room):
    app = slack_app(tmp_path, slack_proxy, room.id)
    book = (shipped("playbooks") / "default.yaml").read_text("utf-8")
    step = "notify: ["
    assert step in book
    changed = book.replace(step, "channel: '#board', notify: [", 1)
    app = replace(app, playbooks={"default": load_playbook(changed, "default")})
    (trouble,) = try_out(app)
    assert trouble.startswith(
        "#board: Slack does not let us post to this channel (channel_not_found)"
    )
    app.db.close()


def test_a_way_that_does_not_work_is_told_at_the_start_and_makes_it_ill(
    tmp_path, slack_proxy, monkeypatch
):
    monkeypatch.setenv("SIAGA_RUNTIME_DIR", str(tmp_path / "run"))
    app = slack_app(tmp_path, slack_proxy, "#no-such-room")
    guard = Guard(lambda: app, dict)
    guard.look()
    reasons, _ = troubles(overview(app, app.now(), app.wall()), {"unready": guard.unready})
    assert any("#no-such-room" in reason for reason in reasons)
    app.db.close()


def test_what_waited_for_a_token_goes_out_when_a_try_finds_that_it_works_by_now(
    tmp_path, slack_proxy, room
):
    app = slack_app(tmp_path, slack_proxy, room.id)
    slack_proxy.fault("error", method="*", code="account_inactive", times=2)
    send_tests(app)
    deliver(app, app.wall())
    assert any("account_inactive" in trouble for trouble in try_out(app))
    soon = app.wall() + timedelta(seconds=5)
    deliver(app, soon)
    assert room.messages() == []  # paused: it would be asked again in two minutes
    assert try_out(app) == []
    deliver(app, soon)
    assert len(room.messages()) == 1
    app.db.close()


def test_a_relay_that_lets_nobody_in_or_takes_no_mail_for_one_is_found_before_the_digest(tmp_path):
    with mail_relay() as relay:
        email = EmailSettings(enabled=True, host="127.0.0.1", port=relay.port, security="none")
        app = mailing(tmp_path, email)
        assert try_out(app) == []
        relay.answers["RCPT"] = ["450 later", "550 no such user"]  # greylisting passes by itself
        (trouble,) = try_out(app)
        assert trouble == "budi@example.com: the mail relay takes no mail for this address (550)"
        assert relay.took == []
    (trouble,) = try_out(app)  # the relay is gone: told once, not for each recipient
    assert trouble.startswith("email: ")
    app.db.close()


def mailing(tmp_path, email):
    digest = BRAND.digest.model_copy(update={"to": ("rina@example.com", "budi@example.com")})
    brand = BRAND.model_copy(update={"digest": digest})
    return watching(
        f"sqlite:///{tmp_path / 'siaga.db'}",
        brand,
        settings=Settings(brands=(brand,), email=email),
        channels={"email": EmailChannel(email, "")},
    )


def test_a_test_alert_goes_through_the_outbox_and_brings_back_its_receipt(
    tmp_path, slack_proxy, room
):
    app = slack_app(tmp_path, slack_proxy, room.id)
    (tested,) = outcomes(app, send_tests(app))
    assert tested.arrived
    (message,) = room.messages()
    assert "Test: an alert of Siaga would arrive here" in str(message)
    app.db.close()


def test_a_test_alert_that_cannot_arrive_says_why(tmp_path, slack_proxy, room, monkeypatch):
    clock = iter(range(0, 10_000, 40))
    monkeypatch.setattr(job, "monotonic", lambda: float(next(clock)))
    app = slack_app(tmp_path, slack_proxy, "#no-such-room")
    app = replace(app, brands={BRAND.slug: BRAND})
    (tested,) = outcomes(app, send_tests(app))
    assert not tested.arrived
    assert tested.error
    app.db.close()


CONFIG = """\
version: 1
brands:
  - slug: kopi
    name: Kopi
    query: kopi
    digest: {{to: [rina@example.com]}}
email: {{enabled: true, host: 127.0.0.1, port: {port}, security: none, timeout: 1s}}
"""


def test_the_command_tests_every_way_and_says_what_came_of_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SIAGA_RUNTIME_DIR", str(tmp_path / "run"))
    config = tmp_path / "siaga.yaml"
    with mail_relay() as relay:
        config.write_text(CONFIG.format(port=relay.port))
        watching(f"sqlite:///{tmp_path / 'siaga.db'}").db.close()
        done = CliRunner().invoke(main_group, ["test-alert", "--config", str(config)])
        assert done.exit_code == 0, done.output
        assert "ok    email rina@example.com: it has arrived" in done.output
        assert relay.to == ["rina@example.com"]
        online = CliRunner().invoke(main_group, ["check", "--online", "--config", str(config)])
        assert "ok    email rina@example.com" in online.output
        assert relay.to == ["rina@example.com"]
    online = CliRunner().invoke(main_group, ["check", "--online", "--config", str(config)])
    assert online.exit_code == 1
    assert "FAIL  email rina@example.com: " in online.output


def test_a_check_online_asks_each_source_and_stores_nothing(tmp_path, monkeypatch):
    config = tmp_path / "siaga.yaml"
    config.write_text(
        "version: 1\nbrands:\n  - slug: kopi\n    name: Kopi\n    query: kopi\n    sources:\n"
        '      - {connector: rss, name: news, options: {url: "http://127.0.0.1:9/feed"}}\n'
    )
    done = CliRunner().invoke(main_group, ["check", "--online", "--config", str(config)])
    assert done.exit_code == 1
    assert "FAIL  kopi rss/news: 127.0.0.1 cannot be reached" in done.output
    assert "warning: no alert reaches anybody" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["siaga.yaml"]


def relay_app(tmp_path, settings, password=""):
    """An app whose digests go by that relay."""
    digest = BRAND.digest.model_copy(update={"to": ("rina@example.com", "budi@example.com")})
    brand = BRAND.model_copy(update={"digest": digest})
    return watching(
        f"sqlite:///{tmp_path / 'siaga.db'}",
        brand,
        settings=Settings(brands=(brand,), email=settings),
        channels={"email": EmailChannel(settings, password)},
    )


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"AUTH": ["535 no"] * 5}, "does not let us in (535); check email.user"),
        ({"MAIL": ["550 no"]}, "takes no mail from this sender (550); check email.sender"),
        ({"MAIL": ["451 later"]}, "takes no mail from this sender (451)"),
        ({}, ""),
    ],
)
def test_a_relay_that_refuses_login_or_sender_is_told_before_the_digest(tmp_path, answers, told):
    with mail_relay(login=True) as relay:
        relay.answers = answers
        app = relay_app(tmp_path, relay.settings(user="siaga"), "geheim")
        troubles = try_out(app)
        assert [told in trouble for trouble in troubles] == ([True] if told else [])
        assert "geheim" not in str(troubles)
        assert relay.took == []
        app.db.close()


@pytest.mark.parametrize(
    ("security", "told"),
    [("tls", "speaks no TLS at this port"), ("starttls", "offers no STARTTLS")],
)
def test_a_relay_whose_security_is_another_is_told_with_the_setting(tmp_path, security, told):
    with mail_relay() as relay:
        app = relay_app(tmp_path, relay.settings(security=security))
        (trouble,) = try_out(app)
        assert told in trouble
        assert "email.security" in trouble
        app.db.close()


def test_a_relay_that_never_greets_is_waited_for_once_for_all_recipients(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        settings = EmailSettings(
            enabled=True,
            host="127.0.0.1",
            port=port,
            security="none",
            timeout=timedelta(milliseconds=100),
        )
        app = relay_app(tmp_path, settings)
        (trouble,) = try_out(app)
        assert "did not answer in time; check email.port and email.security" in trouble
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
        app.db.close()


def test_a_relay_that_only_pages_to_people_take_is_tried_too(tmp_path):
    with mail_relay() as relay:
        email = relay.settings()
    people = ({"slug": "rina", "name": "Rina", "email": "rina@example.com"},)
    settings = Settings.model_validate(
        {"brands": [BRAND.model_dump()], "email": email.model_dump(), "people": people}
    )
    app = watching(
        f"sqlite:///{tmp_path / 'siaga.db'}",
        settings=settings,
        channels={"email": EmailChannel(email, "")},
    )
    (trouble,) = try_out(app)
    assert trouble.startswith("email: nothing listens at the mail relay's port")
    app.db.close()


def test_a_test_alert_by_a_channel_that_is_off_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("SIAGA_RUNTIME_DIR", str(tmp_path / "run"))
    config = tmp_path / "siaga.yaml"
    config.write_text(CONFIG.format(port=25))
    watching(f"sqlite:///{tmp_path / 'siaga.db'}").db.close()
    asked = ["test-alert", "--config", str(config), "--to", "webhook:room"]
    done = CliRunner().invoke(main_group, asked)
    assert done.exit_code == 1
    assert "webhook is off in this config" in str(done.output) + str(done.exception)


def test_a_webhook_where_nobody_listens_is_told_before_the_crisis(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as there:
        port = there.getsockname()[1]
        brand = BRAND.model_copy(update={"alerts": "webhook:room"})
        url = f"http://127.0.0.1:{port}/hook"
        settings = Settings(brands=(brand,), channels={"webhook": {"url": url}})
        channels: dict[str, Any] = {"webhook": WebhookChannel(url, "secret")}
        app = watching(
            f"sqlite:///{tmp_path / 'siaga.db'}", brand, settings=settings, channels=channels
        )
        assert try_out(app) == []
    (trouble,) = try_out(app)
    assert trouble == "room: the webhook cannot be reached (ConnectionRefusedError)"
    app.db.close()
