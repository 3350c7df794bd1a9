"""What only looks leaves nothing behind: in a folder with a config, no command but those that keep
something makes a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from monitor.cli.main import main, main_group

CONFIG = """\
brands:
  - slug: kopi
    name: Kopi
    query: kopi
    sources:
      - {connector: rss, name: feed, options: {url: "http://127.0.0.1:9/feed"}}
"""

KEEPS = {
    "backfill",
    "demo",
    "new-connector",
    "oncall confirm",
    "oncall cover",
    "oncall swap",
    "oncall take",
    "oncall test-page",
    "oncall untake",
    "replay",
    "run",
    "sentiment correct",
    "sentiment import",
}
"""Commands that have something to keep."""

CALLS = {
    "backtest": ["backtest", "backtest --shadow"],
    "check": ["check", "check --online"],
    "config example": ["config example"],
    "config schema": ["config schema"],
    "connect": ["connect", "connect x --forget nobody"],
    "connectors": ["connectors"],
    "digest": ["digest", "digest --dry-run"],
    "drill": ["drill"],
    "erase": ["erase --reason asked --brand kopi --mention x:1"],
    "exclusions": ["exclusions"],
    "exclusions add": ["exclusions add kopi darat"],
    "exclusions end": ["exclusions end 1"],
    "exclusions show": ["exclusions show 1"],
    "explain": ["explain 1"],
    "incident ack": ["incident ack 1"],
    "incident check": ["incident check 1 1"],
    "incident export": ["incident export 1"],
    "incident hold": ["incident hold 1 1d why"],
    "incident list": ["incident list"],
    "incident note": ["incident note 1 seen"],
    "incident release": ["incident release 1"],
    "incident reopen": ["incident reopen 1"],
    "incident resolve": ["incident resolve 1"],
    "incident show": ["incident show 1"],
    "incident snooze": ["incident snooze 1 1h why"],
    "mentions": ["mentions"],
    "oncall": ["oncall"],
    "oncall check": ["oncall check"],
    "playbook check": ["playbook check"],
    "playbook simulate": ["playbook simulate default"],
    "playbook test": ["playbook test no-such.yaml"],
    "poll": ["poll kopi/feed --dry-run"],
    "prune": ["prune", "prune --dry-run"],
    "query test": ["query test kopi siaga.yaml"],
    "record": ["record kopi/feed no/such/folder"],
    "risks": ["risks", "risks --list"],
    "sentiment": ["sentiment bagus"],
    "sentiment eval": ["sentiment eval --brand kopi siaga.yaml"],
    "sentiment export": ["sentiment export"],
    "slack check": ["slack check"],
    "slack manifest": ["slack manifest"],
    "status": ["status", "status --json"],
    "test-alert": ["test-alert"],
    "tune": ["tune"],
}
"""Every other command -> how it is called."""


def commands(group: click.Group, before: str = "") -> Iterator[str]:
    """Every command there is, by its words; a group that does something is one too."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        words = f"{before} {name}".strip()
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield words
        if isinstance(command, click.Group):
            yield from commands(command, words)


def test_every_command_is_one_that_keeps_something_or_is_tried_here() -> None:
    assert sorted(commands(main_group)) == sorted({*KEEPS, *CALLS})


@pytest.mark.parametrize("line", [line for lines in CALLS.values() for line in lines])
def test_a_command_that_keeps_nothing_makes_no_file(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "siaga.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    for name in ("SIAGA_CONFIG", "SIAGA_DATABASE_URL", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SIAGA_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setattr("sys.argv", ["siaga", *line.split()])
    with pytest.raises(SystemExit):
        main()
    assert "Traceback" not in capfd.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["siaga.yaml"]
