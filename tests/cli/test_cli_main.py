"""``siaga`` itself: what it lists, and that listing costs nothing."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from monitor.app import config_path, open_config
from monitor.cli import terminal
from monitor.cli.main import COMMANDS, _is_here, _somewhere, main, main_group
from monitor.problems import Problem


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_is_listed_is_there_under_its_name(name: str) -> None:
    command = main_group.get_command(click.Context(main_group), name)
    assert command is not None
    assert command.name == name
    assert command.callback is not None
    assert command.callback.__module__ == f"monitor.cli.{name.replace('-', '_')}"


def test_the_help_lists_every_command_and_imports_none() -> None:
    code = (
        "import sys; from monitor.cli.main import COMMANDS, main_group\n"
        "try: main_group(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {f'monitor.cli.{name}' for name in COMMANDS} | {'pydantic', 'sqlalchemy'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name, told in COMMANDS.items():
        assert f"{name} " in done.stdout
        assert told in " ".join(done.stdout.split())  # a terminal's width wraps it


def test_an_unknown_command_is_one_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from monitor.cli.main import main; main()", "lissen"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "No such command 'lissen'" in done.stderr


def test_the_first_health_check_waits_for_no_model_and_no_sdk() -> None:
    code = (
        "import sys, monitor.cli.run\n"
        "heavy = {'numpy', 'scipy', 'slack_sdk', 'httpx2', 'alembic', 'icalendar', 'apscheduler',\n"
        "         'jinja2', 'connectors.simulated.scenario'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("said", "used"), [(None, "1"), ("3", "3")])
def test_numpy_reckons_in_one_thread_unless_somebody_says_otherwise(
    said: str | None, used: str
) -> None:
    name = "OPENBLAS_NUM_THREADS"
    env = {key: value for key, value in os.environ.items() if key != name}
    env |= {name: said} if said else {}
    code = (
        "import os; from monitor.cli.main import main\n"
        "try: main()\n"
        f"except SystemExit: print(os.environ[{name!r}])"
    )
    command = [sys.executable, "-c", code, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    assert done.stdout.splitlines()[-1] == used


def test_a_folder_that_may_not_be_looked_into_is_one_without_a_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "siaga.yaml").touch()
    assert _is_here()
    tmp_path.chmod(0)
    if (child := os.fork()) == 0:
        code = 1
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            code = int(_is_here() or config_path(None) is not None)
        finally:
            os._exit(code)
    tmp_path.chmod(0o700)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_folder_that_is_gone_keeps_nobody_from_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    _somewhere()
    assert Path.cwd() == Path("/")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_what_a_terminal_cannot_show_is_written_with_what_it_can(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    terminal.fit()
    click.echo("Kopi Senja · 40–75 … █ ☐ 咖啡 café")
    sys.stdout.flush()
    shown = written.getvalue().decode(encoding)
    assert shown.startswith("Kopi Senja ")
    assert shown.rstrip().endswith("cafe" if encoding == "ascii" else "café")
    if encoding == "ascii":
        assert shown == "Kopi Senja - 40-75 ... # [ ] ?? cafe\n"


def test_what_a_platform_said_of_a_mistake_steers_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused() -> None:
        raise Problem("YouTube says: \x1b[2J\x1b]0;pwn\x07no\x9b")

    monkeypatch.setattr("monitor.cli.main.main_group", refused)
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().err == "siaga: YouTube says: no\n"


@pytest.mark.parametrize(
    "words",
    [
        ("incident", "ack", "99999999999999999999"),
        ("incident", "list", "--limit", "99999999999999999999"),
        ("explain", "99999999999999999999"),
        ("exclusions", "show", "99999999999999999999"),
        ("backtest", "--shadow", "--days", "1e300"),
        ("backtest", "--shadow", "--days", "nan"),
        ("backfill", "--since", "99999999d"),
    ],
)
def test_a_number_that_nothing_can_hold_is_a_sentence(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = "{connector: rss, name: news, options: {url: 'http://127.0.0.1:9/feed'}}"
    Path("siaga.yaml").write_text(
        f"brands: [{{slug: kopi, name: Kopi, query: kopi, sources: [{source}]}}]\n"
    )
    open_config(Path("siaga.yaml")).db.close()
    told = CliRunner().invoke(main_group, words)
    assert told.exit_code in (1, 2)
    assert isinstance(told.exception, SystemExit | Problem)
