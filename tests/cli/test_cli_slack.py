"""``siaga slack``: the app to make, and whether everything works, before the crisis."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.slack_emulator import TOKEN
from fakes.slack_socket import slack_socket

from alerting.channels.slack.check import samples
from alerting.channels.slack.manifest import manifest, scopes
from monitor.cli.slack import manifest_text, slack
from monitor.settings.model import Settings, SlackSettings
from monitor.settings.yaml import read_yaml

ROOT = Path(__file__).resolve().parents[2]
NEEDED = set(scopes(SlackSettings(), groups=False))


def test_the_manifest_beside_the_deployment_is_what_the_command_prints():
    kept = (ROOT / "deploy" / "slack-manifest.yaml").read_text()
    assert kept.partition("\n")[2] == manifest_text(Settings())


def test_people_can_be_written_to_alone():
    """A test page goes to a person: Slack refuses that where an app has no messages tab."""
    home = manifest(SlackSettings(enabled=True))["features"]["app_home"]
    assert (home["messages_tab_enabled"], home["messages_tab_read_only_enabled"]) == (True, True)


def test_the_manifest_is_yaml_and_says_what_was_meant(tmp_path):
    file = tmp_path / "manifest.yaml"
    file.write_text(manifest_text(Settings()))
    assert read_yaml(file).data == manifest(SlackSettings())


def test_the_scopes_are_those_the_config_needs_and_no_more():
    off = manifest(SlackSettings(interactions="off"))
    assert "commands" not in off["oauth_config"]["scopes"]["bot"]
    assert "slash_commands" not in off["features"]
    http = manifest(SlackSettings(interactions="http"), public_url="https://siaga.example.com/")
    assert (
        http["settings"]["interactivity"]["request_url"] == "https://siaga.example.com/slack/events"
    )
    assert not http["settings"]["socket_mode_enabled"]
    groups = manifest(SlackSettings(), groups=True)["oauth_config"]["scopes"]["bot"]
    assert set(groups) - NEEDED == {"usergroups:read"}


@pytest.fixture
def tried(tmp_path, monkeypatch, slack_proxy, room):
    """The command's answer in a workspace where the bot may do everything."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1-planted")
    slack_proxy.scopes = ",".join(NEEDED)
    slack_proxy.answers["blocks.validate"] = lambda body: {"ok": True}
    config = tmp_path / "siaga.yaml"
    config.write_text(
        f"slack: {{enabled: true, channel: '{room.id}', base_url: '{slack_proxy.base_url}',\n"
        "  timeout: 2s}\n"
    )

    def run(**more):
        with slack_socket() as server:
            slack_proxy.answers["apps.connections.open"] = lambda body: {
                "ok": True,
                "url": server.url,
            }
            slack_proxy.answers |= more
            return CliRunner().invoke(slack, ["check", "--config", str(config)])

    return run


def test_where_everything_works_it_says_so_and_leaves_nothing_behind(tried, room):
    done = tried()
    assert done.exit_code == 0, done.output
    assert "FAIL" not in done.output
    assert "all 8 scopes" in done.output
    assert room.messages() == []


def test_a_missing_scope_is_named_with_what_it_is_for(tried, slack_proxy):
    slack_proxy.scopes = ",".join(NEEDED - {"files:write"})
    done = tried()
    assert done.exit_code == 1
    assert "files:write" in done.output


def test_a_wrong_token_a_channel_not_joined_and_a_dead_socket_say_what_to_do(
    tried, slack_proxy, monkeypatch
):
    not_in = {"chat.postMessage": lambda body: {"ok": False, "error": "not_in_channel"}}
    no = {"apps.connections.open": lambda body: {"ok": False, "error": "invalid_auth"}}
    done = tried(**not_in, **no)
    assert done.exit_code == 1
    assert "/invite @siaga" in done.output
    assert "SLACK_APP_TOKEN" in done.output
    slack_proxy.answers["auth.test"] = lambda body: {"ok": False, "error": "invalid_auth"}
    done = tried()
    assert "check SLACK_BOT_TOKEN" in done.output
    for secret in (TOKEN, "xapp-1-planted"):
        assert secret not in done.output


def test_a_message_that_slack_would_refuse_is_named(tried):
    done = tried(**{"blocks.validate": lambda body: {"ok": False, "error": "invalid_blocks"}})
    assert "Slack would refuse a card (charted)" in done.output


def test_every_kind_of_message_is_tried():
    assert len(samples()) == 4
