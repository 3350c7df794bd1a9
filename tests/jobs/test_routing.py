"""Where a brand's messages go, by the config."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import BaseModel

from alerting.channels import registry
from alerting.channels.base import ChannelType
from alerting.channels.console import ConsoleChannel
from monitor.cli.main import main_group
from monitor.jobs.respond.routing import mute, place_for
from monitor.settings.model import BrandSettings, Settings, SlackSettings


class PagerOptions(BaseModel, extra="forbid"):
    """Options of a channel that somebody else wrote."""

    volume: int = 3


def made(options: PagerOptions, secrets: Mapping[str, str]) -> ConsoleChannel:
    return ConsoleChannel()


PAGER = ChannelType("pager", PagerOptions, made, {"token": "PAGER_TOKEN"})


@pytest.fixture
def installed(monkeypatch):
    """A channel installed beside Siaga."""
    point = EntryPoint("pager", f"{__name__}:PAGER", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    registry._installed.cache_clear()
    registry.get.cache_clear()
    yield
    registry._installed.cache_clear()
    registry.get.cache_clear()


def brand(**values) -> BrandSettings:
    return BrandSettings(slug="kopi", name="Kopi", query="kopi", **values)


SLACK = SlackSettings(enabled=True, channel="#crisis")


@pytest.mark.parametrize(
    ("settings", "own", "override", "place"),
    [
        (Settings(), brand(), "", None),
        (Settings(slack=SLACK), brand(), "", ("slack", "#crisis")),
        (Settings(slack=SLACK), brand(slack_channel="#kopi"), "", ("slack", "#kopi")),
        (Settings(slack=SLACK), brand(slack_channel="#kopi"), "#room", ("slack", "#room")),
        (Settings(channels={"pager": {}}), brand(alerts="pager:night"), "", ("pager", "night")),
        (Settings(channels={"pager": {}}), brand(alerts="pager"), "", ("pager", "pager")),
        (Settings(slack=SLACK, channels={"pager": {}}), brand(), "", ("slack", "#crisis")),
        (
            Settings(slack=SLACK, channels={"pager": {}}),
            brand(slack_channel="#kopi"),
            "pager:night",
            ("pager", "night"),
        ),
        (Settings(slack=SLACK, channels={"pager": {}}), None, "", ("slack", "#crisis")),
    ],
)
def test_an_installed_channel_is_reached_by_its_name_and_slack_by_the_room(
    settings, own, override, place
):
    assert place_for(settings, own, override) == place


def checked(folder: Path, more: str) -> str:
    config = folder / "siaga.yaml"
    config.write_text(
        "version: 1\nbrands:\n  - {slug: kopi, name: Kopi, query: kopi, alerts: 'pager:night'}\n"
        + more
    )
    return CliRunner().invoke(main_group, ["check", str(config)]).output


def test_the_check_names_what_an_installed_channel_needs(installed, tmp_path):
    said = checked(tmp_path, "channels: {pager: {volume: 5}}\n")
    assert "the config is fine" in said
    assert "pager:" in said
    assert "PAGER_TOKEN" in said


def test_the_check_names_the_brand_whose_alerts_lead_to_no_channel_that_is_on(tmp_path, installed):
    said = checked(
        tmp_path, "  - {slug: teh, name: Teh, query: teh}\nchannels: {pager: {volume: 5}}\n"
    )
    assert "warning: no alert about teh reaches anybody" in said


def test_alerts_that_go_nowhere_are_an_error_that_says_what_to_write(tmp_path):
    said = checked(tmp_path, "")
    assert "siaga.yaml:3: brands[kopi].alerts: " in said
    assert "there is no channel of this name; add it under `channels`" in said


def test_a_brand_that_pages_by_another_channel_is_not_called_mute():
    loud, quiet = brand(alerts="pager:night"), brand()
    settings = Settings(channels={"pager": {}}, brands=(loud, quiet))
    assert mute(settings) == [quiet]
    assert mute(settings.model_copy(update={"slack": SLACK})) == []
