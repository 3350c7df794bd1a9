"""A storm under the brand's own content, from the platform to Slack: comments that do not name it,
read by the real connectors, are one escalation in the channel, with three quotes and their links;
and what the platform holds against its content is in ``siaga status``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fakes.crisis import default_playbook
from fakes.feed import Feed, step
from fakes.lines import INFO, T0, Script, make_app
from fakes.meta import TOKEN, Meta, when
from fakes.real_sources import Real
from fakes.slack_emulator import TOKEN as BOT
from fakes.slack_emulator import Room
from fakes.tiktok import TOKEN as TIKTOK
from fakes.tiktok import TikTokPlatform
from test_storms import HOUR, ORDINARY, written

from alerting.channels.slack.channel import SlackChannel
from connectors.base import Connector
from connectors.kit.loopback import LoopbackServer, Request
from monitor.app import App
from monitor.cli.main import main_group
from monitor.detect.registry import detectors_for
from monitor.enrich.pipeline import Enricher
from monitor.enrich.sentiment.shipped import load
from monitor.jobs.deliver.deliver import deliver
from monitor.jobs.respond.respond import respond
from monitor.query.parse import parse
from monitor.settings.model import BrandSettings, Rules, SlackSettings, SourceSettings

STORM = T0 + timedelta(days=4)
ANGRY = (
    "Keracunan setelah minum ini, parah sekali",
    "Anak saya muntah gara-gara ini, kecewa",
    "Jorok, perut saya sakit, jangan beli",
    "Food poisoning, terrible, disgusting",
    "This made me sick, worst place ever",
    "Kapok! bikin keracunan, menjijikkan",
)
LINKS = {
    "instagram": "https://www.instagram.com/p/menu/",
    "tiktok": "https://www.tiktok.com/@kopisenja/video/73",
}


def comments(until: datetime) -> Iterator[tuple[int, datetime, str]]:
    """Two a minute since the storm began, newest first."""
    count = max(0, int((until - STORM) / timedelta(seconds=30)))
    for n in reversed(range(count)):
        yield n, STORM + n * timedelta(seconds=30), f"{ANGRY[n % len(ANGRY)]} {n}"


def instagram(now: Callable[[], datetime]) -> Meta:
    told = Meta(page=50)

    def refresh(_: Request) -> None:
        rows = [
            {"id": f"1{n:06}", "text": text, "timestamp": when(at), "username": f"warga{n}"}
            for n, at, text in comments(now())
        ]
        check = {"status": {"status": "completed", "matches_found": True}}
        post = {
            "id": "17",
            "caption": "Menu baru",
            "media_type": "IMAGE",
            "timestamp": when(STORM - HOUR),
            "permalink": LINKS["instagram"],
            "comments_count": len(rows),
            "copyright_check_information": check,
        }
        told.lists.update({"1784/media": [post], "17/comments": rows})

    told.on_page = refresh
    return told


def tiktok(now: Callable[[], datetime]) -> TikTokPlatform:
    told = TikTokPlatform(page=50)

    def refresh(_: Request) -> None:
        rows = [
            {
                "comment_id": f"1{n:06}",
                "username": f"warga{n}",
                "create_time": str(int(at.timestamp())),
                "text": text,
            }
            for n, at, text in comments(now())
        ]
        video = {
            "item_id": "73",
            "create_time": str(int((STORM - HOUR).timestamp())),
            "caption": "Menu baru",
            "share_url": LINKS["tiktok"],
            "comments": len(rows),
        }
        ad = {"ad_id": "9001", "secondary_status": "AD_STATUS_AUDIT_DENY"}
        told.lists.update(
            {
                "business/video/list/": ("videos", [video]),
                "business/comment/list/?73": ("comments", rows),
                "ad/get/": ("list", [ad]),
            }
        )

    told.on_page = refresh
    return told


@dataclass
class Both(Script):
    """The usual comments of days, from a script; and the real connector beside it."""

    real: Real | None = None

    def connector(self, source: SourceSettings) -> Connector:
        if source.connector != "fake" and self.real:
            return self.real.connector(source)
        return super().connector(source)


OPTIONS: dict[str, dict[str, Any]] = {
    "instagram": {"account": "1784", "read": []},
    "tiktok": {"business": "b1", "advertiser": "88", "read": []},
}


@contextmanager
def playing(platform: str, folder: Path, room: Room) -> Iterator[App]:
    """Half an hour of the storm, five minutes at a time, each told in a Slack channel."""
    at = [STORM]
    fake = {"instagram": instagram, "tiktok": tiktok}[platform](lambda: at[0])
    usual = [
        replace(m, platform=platform) for m in written(1, ORDINARY, T0, STORM + HOUR, 18, who=3000)
    ]
    with LoopbackServer(fake) as server:  # type: ignore[arg-type]
        options = {**OPTIONS[platform], "base_url": server.url}
        own = SourceSettings(connector=platform, name="own", options=options, covered_from=T0)
        feed = SourceSettings(connector="fake", name="feed")
        brand = BrandSettings(
            slug="kopi", name="Kopi Senja", query="kopi senja", sources=(feed, own)
        )
        script = Both(Feed(usual), replace(INFO, platform=platform))
        script.real = Real({"own": {"instagram": TOKEN, "tiktok": TIKTOK}[platform]})
        slack = SlackSettings(enabled=True, channel=room.id, base_url=room.client.base_url)
        made = make_app(
            f"sqlite:///{folder}/storm.db",
            script,
            brands=[brand],
            detectors=detectors_for(Rules()),
            slack=slack,
        )
        enricher = Enricher({"kopi": parse("kopi senja")}, {"kopi": ()}, load())
        app = replace(made, enricher=enricher, playbooks={"default": default_playbook()})
        app = replace(app, channels={"slack": SlackChannel(slack, BOT)})
        while at[0] <= STORM + HOUR / 2:
            step(app, at[0])
            respond(app, "kopi", at[0])
            for second in range(30):  # at most one message a second
                if deliver(app, at[0] + timedelta(seconds=second)).next_due is None:
                    break
            at[0] += timedelta(minutes=5)
        yield app
        app.db.close()


@pytest.mark.parametrize("platform", LINKS)
def test_a_storm_of_comments_is_one_escalation_with_three_quotes_and_their_links(
    platform: str, tmp_path: Path, room: Room
) -> None:
    with playing(platform, tmp_path, room):
        pass
    (card,) = (told for told in map(json.dumps, room.messages()) if "<!channel>" in told)
    assert len(set(room.whole_keys())) == len(room.whole_keys())
    assert card.count(LINKS[platform]) == 3
    assert sum(card.count(f"\\u201c{text}") for text in ANGRY) == 3
    config = tmp_path / "siaga.yaml"
    brand = {"slug": "kopi", "name": "Kopi Senja", "query": "kopi senja"}
    storage = {"url": f"sqlite:///{tmp_path}/storm.db"}
    config.write_text(json.dumps({"version": 1, "storage": storage, "brands": [brand]}))
    told = CliRunner().invoke(main_group, ["status", "--config", str(config)]).output
    held = {"instagram": "claimed", "tiktok": "ad 9001 disapproved"}[platform]
    assert held in told
