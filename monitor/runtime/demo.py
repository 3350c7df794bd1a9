"""The demo: the bundled scenario through everything, into a database that may be thrown away."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerting.channels.base import Delivery
from alerting.channels.console import ConsoleChannel
from alerting.messages.codec import unpack
from connectors.simulated.scenario import Scenario, load_scenario
from monitor.app import App, assemble, load_config
from monitor.clock import ManualClock
from monitor.model import BUCKET
from monitor.runtime.simulate import Played, play
from monitor.store.overview import StoredMessage, messages

SCENARIO = "kopi-senja"
BLIND_PLATFORM = "x"
BLIND_AFTER, BLIND_FOR = timedelta(days=9, hours=10), timedelta(hours=3)

COARSE = timedelta(hours=2)
LAST = timedelta(hours=8)
"""The quiet weeks are played two hours at a time; what happens in the end, five minutes."""

FILES = ("siaga.yaml", "siaga-demo.db", "siaga-demo.db-wal", "siaga-demo.db-shm")


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be played. ``language`` is that of the messages."""

    seed: int | None = None
    crisis: bool = True
    blind: bool = False
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the outbox: when it was decided, and what Slack would have been told."""

    key: str
    at: datetime
    delivery: Delivery


@dataclass(slots=True)
class Demo:
    """A demo in a folder of its own: config, database, and the app at the scenario's clock."""

    scenario: Scenario
    clock: ManualClock
    app: App
    said: io.StringIO

    def play(self, on_tick: Callable[[Played], None]) -> Played:
        """Play it to its end; about half a minute."""
        last = self.scenario.end - LAST
        return play(
            self.app,
            self.clock,
            on_tick=on_tick,
            step=lambda at: COARSE if at + COARSE <= last else BUCKET,
        )

    def messages(self) -> list[Shown]:
        """What would have been told, read back from the outbox, oldest first."""
        with self.app.db.read() as tx:
            return [_shown(row) for row in messages(tx)]


def _shown(row: StoredMessage) -> Shown:
    notice = unpack(row.payload)
    return Shown(row.key, row.created_at, Delivery(row.key, row.destination, notice))


def prepare(folder: Path, wish: Wish) -> Demo:
    """Write the demo's config into ``folder``, in place of an earlier demo's, and open the app."""
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
    scenario = load_scenario(SCENARIO)
    config = folder / "siaga.yaml"
    config.write_text(config_text(scenario, wish), "utf-8")
    clock = ManualClock(scenario.start.astimezone(UTC))
    said = io.StringIO()
    app = assemble(load_config(config).settings, folder=folder, now=clock, wall=clock)
    app = replace(app, channels={"console": ConsoleChannel(said, colour=False)})
    return Demo(scenario, clock, app, said)


def config_text(scenario: Scenario, wish: Wish) -> str:
    """The demo's config, as a person might have written it."""
    sources = "".join(_source(platform, scenario, wish) for platform in scenario.platforms)
    return f"""\
# Written by `siaga demo`. The brand and everything said about it are made up.
version: 1
brands:
  - slug: {SCENARIO}
    name: Kopi Senja
    query: '"kopi senja" OR @contoh_kopisenja OR #kopisenja'
    own_accounts: ["instagram:contoh_kopisenja", "x:contoh_kopisenja"]
    language: {wish.language}
    time_zone: {scenario.time_zone}
    sources:
{sources}storage: {{url: "sqlite:///siaga-demo.db"}}
"""


def _source(platform: str, scenario: Scenario, wish: Wish) -> str:
    options = [f"scenario: {SCENARIO}", f"platform: {platform}", "page: 2h"]
    if wish.seed is not None:
        options.append(f"seed: {wish.seed}")
    if not wish.crisis:
        options.append("crisis: false")
    if wish.blind and platform == BLIND_PLATFORM:
        start = scenario.start + BLIND_AFTER
        window = f'from: "{start.isoformat()}", to: "{(start + BLIND_FOR).isoformat()}"'
        options.append(f"blind: {{{window}}}")
    return f"""\
      - connector: simulated
        name: {platform}
        options: {{{", ".join(options)}}}
"""
