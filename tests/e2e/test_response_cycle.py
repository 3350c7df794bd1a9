"""The whole cycle of a response once, by command, as docs/response.md prints it.

``SIAGA_GOLDEN=write`` writes it there anew.
"""

from __future__ import annotations

import io
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fakes.crisis import outbox

from alerting.channels.console import ConsoleChannel
from alerting.messages.codec import unpack
from monitor.app import App, assemble, load_config
from monitor.cli.main import main_group
from monitor.cli.remote import carried_out
from monitor.clock import ManualClock
from monitor.jobs.deliver.deliver import deliver
from monitor.jobs.evaluate import evaluate
from monitor.jobs.poll.poll import claim_due, poll, sync_sources
from monitor.runtime.control import Request
from monitor.settings.shipped import shipped

DOC = Path(__file__).parent.parent.parent / "docs" / "response.md"
BEGIN, END = "<!-- the cycle: made by tests/e2e/test_response_cycle.py -->", "<!-- its end -->"

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""09:00 in Jakarta."""

SCENARIO = """\
version: 1
title: Ill after a drink (made up)
start: 2026-03-01T00:00:00+07:00
days: 3
called: [Kopi Senja]
platforms:
  x: {per_day: 60, hours: [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}
texts:
  - {language: id, mood: positive, texts: ["Kopi Senja enak banget", "Antre di Kopi Senja cepat"]}
events:
  - kind: crisis
    at: 2026-03-03T09:00:00+07:00
    ramp: 5m
    hold: 3h
    peak: 140
    texts:
      - language: id
        mood: negative
        texts: ["Kecewa, habis minum dari Kopi Senja perut sakit parah"]
"""

RISKS = """\
version: 1
risks:
  - slug: ill-after-a-drink
    title: People say that our drinks made them ill
    class: reputation
    platforms: [x]
    likelihood: 4
    impact: 5
    owner: social
    prevention: [holding statements approved, a drill every quarter]
    early_signs: ["the same complaint twice in an hour"]
    playbook: storm
    review: 2027-03-31
"""

CONFIG = """\
version: 1
risks: risks.yaml
playbooks: [storm.yaml]
rules: {warm_up: 1d}
people:
  - {slug: sari, name: Sari, slack: U0SARI1}
  - {slug: citra, name: Citra, slack: U0CITRA1}
  - {slug: lina, name: Lina, slack: U0LINA1}
roles:
  social: {people: [sari]}
  comms: {people: [citra]}
  legal: {people: [lina]}
  exec: {people: [citra]}
brands:
  - slug: kopi-senja
    name: Kopi Senja
    query: '"kopi senja"'
    playbooks: [storm]
    sources:
      - connector: simulated
        name: x
        options: {scenario: SCENARIO, platform: x, page: 1d, storm_at: "2026-11-20T02:00:00Z"}
"""


class Day:
    """A daemon's day in virtual time, and what somebody sees of it who gives commands."""

    def __init__(self, folder: Path) -> None:
        (folder / "ill.yaml").write_text(SCENARIO)
        (folder / "risks.yaml").write_text(RISKS)
        book = (shipped("playbooks") / "viral-negativity.yaml").read_text()
        (folder / "storm.yaml").write_text(book.replace("ack_by: []", "ack_by: [legal, comms]"))
        config = folder / "siaga.yaml"
        config.write_text(CONFIG.replace("SCENARIO", str(folder / "ill.yaml")))
        self.clock = ManualClock(NOW)
        url = f"sqlite:///{folder / 'siaga.db'}"
        settings = load_config(config).settings
        app = assemble(settings, folder=folder, database_url=url, now=self.clock, wall=self.clock)
        self.app: App = replace(app, channels={"console": ConsoleChannel(io.StringIO())})
        sync_sources(self.app, NOW)
        self.said: list[str] = []
        self.told = 0

    def until(self, minutes: int) -> None:
        """Let time go by to so many minutes after the storm began, and note what was told."""
        while True:
            for claim in claim_due(self.app, self.clock(), 4):
                poll(self.app, claim.source_id, claim.token, self.clock(), self.clock())
            evaluate(self.app, self.clock(), strict=True)
            deliver(self.app, self.clock())
            self._note_messages()
            if self.clock() >= NOW + timedelta(minutes=minutes):
                return
            self.clock.advance_to(self.clock() + timedelta(minutes=5))

    def _note_messages(self) -> None:
        rows = outbox(self.app)
        for row in rows[self.told :]:
            notice = unpack(row.payload)
            named = f"  (pages {' '.join(map(str, notice.targets))})" if notice.targets else ""
            self.said.append(f"{self._time()}  told: {notice.headline}{named}")
        self.told = len(rows)

    def _time(self) -> str:
        return f"{self.clock() + timedelta(hours=7):%H:%M}"

    def does(self, who: str, *argv: str, first: int | None = None) -> None:
        """Somebody gives a command to the daemon. ``first``: only so many lines of its answer."""
        answer = carried_out(main_group, self.app, dict, Request(argv, who))
        assert answer.code == 0, answer.out
        words = " ".join(f'"{word}"' if " " in word else word for word in argv)
        self.said.append(f"{self._time()}  {who}$ siaga {words}")
        lines = answer.out.rstrip().splitlines()
        self.said += [f"    {line}".rstrip() for line in lines[:first]]
        self.said += ["    …"] if first is not None and len(lines) > first else []
        deliver(self.app, self.clock())
        self._note_messages()


def the_cycle(folder: Path) -> str:
    day = Day(folder)
    day.until(0)
    day.does("sari", "risks")
    day.until(20)
    day.does("sari", "incident", "show", "1", first=5)
    day.does("lina", "incident", "ack", "1")
    day.does("citra", "incident", "ack", "1", "--reason", "I take the press")
    day.does("citra", "incident", "snooze", "1", "--for", "30m", "--reason", "asking the kitchen")
    day.until(55)
    day.does("citra", "incident", "ack", "1")
    day.does("lina", "incident", "ack", "1")
    day.does("sari", "incident", "check", "1", "verify")
    day.does("lina", "incident", "check", "1", "approve")
    day.does("sari", "incident", "check", "1", "publish")
    day.until(120)
    day.does("citra", "incident", "resolve", "1", "--reason", "answered, and it dies down")
    day.does("citra", "incident", "export", "1")
    day.does("sari", "risks")
    day.app.db.close()
    return "\n".join(day.said)


def test_the_cycle_in_the_documentation_is_what_the_commands_print(tmp_path: Path) -> None:
    made = f"{BEGIN}\n```\n{the_cycle(tmp_path)}\n```\n{END}"
    text = DOC.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    if os.environ.get("SIAGA_GOLDEN") == "write":
        DOC.write_text(f"{before}{made}{after}", "utf-8")
    assert f"{before}{made}{after}" == text
