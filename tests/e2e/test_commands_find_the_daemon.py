"""Whoever is on call can always acknowledge: from any folder, also with a broken config."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import PosixPath

import pytest
from fakes.crisis import BRAND, detected, loud, minutes, watching
from fakes.daemon import SIAGA, running

from monitor.cli.main import main
from monitor.jobs.respond.respond import respond

CONFIG = """\
version: 1
brands:
  - slug: kopi-senja
    name: Kopi Senja
    query: '"kopi senja"'
    sources:
      - {connector: rss, name: news, options: {url: "http://127.0.0.1:9/feed"}}
web: {port: 0}
"""


@pytest.fixture
def places(tmp_path):
    """A folder with a config and an open incident, an empty one, and one for sockets."""
    home, empty = tmp_path / "home", tmp_path / "empty"
    home.mkdir()
    empty.mkdir()
    (home / "siaga.yaml").write_text(CONFIG)
    app = watching(f"sqlite:///{home / 'siaga.db'}")
    detected(app, loud())
    respond(app, BRAND.slug, minutes(6))
    app.db.close()
    return home, empty, {"SIAGA_RUNTIME_DIR": str(tmp_path / "run"), "SIAGA_COMMAND": "in-the-box"}


def siaga(folder, variables, *words):
    env = {**os.environ, **variables}
    env.pop("SIAGA_CONFIG", None)
    done = subprocess.run(
        [*SIAGA, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def here(monkeypatch, capfd):
    """``siaga`` without a process of its own, for what ends before anything begins."""

    def run(folder, variables, *words):
        monkeypatch.chdir(folder)
        monkeypatch.setenv("SIAGA_CONFIG", "")  # so that what a command makes of it is undone
        monkeypatch.delenv("SIAGA_CONFIG")
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.argv", ["siaga", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capfd.readouterr()

    return run


@pytest.mark.parametrize(
    "words",
    [
        ("incident", "list"),
        ("incident", "ack", "1"),
        ("explain", "1"),
        ("status",),
        ("run",),
        ("check",),
        ("digest", "--dry-run"),
        ("prune", "--dry-run"),
        ("sentiment", "export"),
        ("connect",),
        ("backfill",),
        ("poll", "kopi/feed", "--dry-run"),
        ("tune",),
        ("backtest",),
        ("backtest", "--shadow"),
    ],
)
def test_where_there_is_no_config_a_command_says_so_and_creates_nothing(places, here, words):
    _, empty, variables = places
    code, out, err = here(empty, variables, *words)
    assert code == 1
    assert "There is no siaga.yaml in this folder" in out + err
    assert "siaga config example" in out + err
    assert "No incident is open" not in out
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize("config", ["", "version: 1\n", "brands: []\n"])
def test_a_config_without_brands_watches_nothing_and_says_so(places, here, config):
    _, empty, variables = places
    (empty / "siaga.yaml").write_text(config)
    for words in (
        ("run",),
        ("check",),
        ("backfill",),
        ("oncall", "check"),
        ("sentiment", "export"),
    ):
        code, out, err = here(empty, variables, *words)
        assert code == 1
        assert "no brand" in out + err
    assert [path.name for path in empty.iterdir()] == ["siaga.yaml"]


def test_a_command_makes_no_database_where_there_is_none(places, here):
    _, empty, variables = places
    (empty / "siaga.yaml").write_text(CONFIG)
    for words in (("incident", "list"), ("tune",), ("backtest", "--shadow")):
        code, _, err = here(empty, variables, *words)
        assert (code, "There is no database" in err) == (1, True)
    assert [path.name for path in empty.iterdir()] == ["siaga.yaml"]


def test_commands_reach_the_daemon_from_any_folder_and_with_a_broken_config(places, here):
    home, empty, variables = places
    with running(home / "siaga.yaml", **variables) as daemon:
        daemon.until("commands reach it at")
        (socket,) = (home.parent / "run").glob("*.sock")
        assert stat.S_IMODE(socket.stat().st_mode) == 0o660

        code, out, err = here(empty, variables, "incident", "list", "--all")
        assert (code, err) == (0, "")
        assert "Kopi Senja" in out

        (home / "siaga.yaml").write_text("version: 1\nbrandz: []\n")
        ack = ("incident", "ack", "1", "--who", "rina")
        code, out, err = siaga(home, variables, *ack)
        assert code == 0, err
        assert "Incident 1 is yours" in out
        assert "the running daemon answers instead" in err
        code, out, err = here(empty, variables, *ack[:-1], "budi")
        assert code == 1
        assert "Already acknowledged by rina" in err
        shown = here(empty, variables, "incident", "show", "1")[1]
        assert "acknowledged by rina" in shown
        assert here(empty, variables, "incident", "show", "nine")[0] == 2

        code, out, _ = here(empty, variables, "status")
        assert "The daemon is running" in out
        assert "in-the-box incident ack" in daemon.get("") or "acknowledged" in daemon.get("")

        (empty / "siaga.yaml").write_text(CONFIG)
        named = ("--config", str(empty / "siaga.yaml"))
        for words in (("test-alert",), ("status",), (*ack, *named), ("test-alert", *named)):
            code, out, err = here(empty, variables, *words)
            assert (code, out) == (1, ""), words  # never another's answer for what this one says
            assert "There is no database" in err
            assert f"add --config {home / 'siaga.yaml'}" in err
        code, _, err = here(empty, variables, "incident", "list", "--all")
        assert (code, f"answers instead: {home / 'siaga.yaml'}" in err) == (0, True)
        (empty / "siaga.yaml").unlink()
    assert here(empty, variables, "incident", "list")[0] == 1  # it was killed: nobody answers


@pytest.fixture
def service(monkeypatch):
    """A service of this machine, its config apart from its data."""

    def laid(etc, state):
        monkeypatch.setattr("monitor.settings.places.SYSTEM_CONFIG", etc / "siaga.yaml")
        monkeypatch.setattr("monitor.settings.places.SYSTEM_STATE", state)

    return laid


def test_every_command_works_on_the_services_own_database(places, here, service):
    """Those too that no daemon carries out for others: systemd's variables are not theirs."""
    home, empty, variables = places
    etc, state = home.parent / "etc", home.parent / "lib"
    etc.mkdir()
    home.rename(state)
    (state / "siaga.yaml").rename(etc / "siaga.yaml")
    service(etc, state)
    assert here(empty, variables, "backfill")[0] == 1  # its only feed does not answer
    assert "Kopi Senja" in here(empty, variables, "incident", "list")[1]
    assert [path.name for path in etc.iterdir()] == ["siaga.yaml"]
    (etc / "siaga.yaml").write_text("brands: [")
    error = here(empty, variables, "incident", "ack", "1")[2]
    assert f"siaga incident ack 1 --database {state / 'siaga.db'}" in error


def test_who_may_not_look_where_the_data_is_is_told_so(places, here, service, monkeypatch):
    home, empty, variables = places

    def refused(path):
        raise PermissionError(13, "Permission denied", str(path))

    service(home, home)
    monkeypatch.setattr("pathlib.Path.is_file", refused)
    for words in (("status",), ("incident", "ack", "1", "--database", str(home / "siaga.db"))):
        code, _, err = here(empty, variables, *words)
        assert (code, len(err.splitlines())) == (1, 1), err
        assert "You may not look where the database" in err


class Closed(PosixPath):
    """The service's folder of sockets, for somebody who is not of its group."""

    def iterdir(self):
        raise PermissionError(13, "Permission denied", str(self))


@pytest.mark.parametrize("words", [("incident", "ack", "3"), ("status",)])
def test_who_may_not_reach_the_service_is_told_how_to_and_of_no_other_trouble(
    places, here, monkeypatch, tmp_path, words
):
    _, empty, env = places
    monkeypatch.setattr("monitor.runtime.places.SYSTEM", Closed(tmp_path))
    code, _, err = here(empty, env, *words)
    assert code == 1
    assert f"write `sudo siaga {' '.join(words)}`" in err
    assert tmp_path.group() in err
    assert len(err.splitlines()) == 1


def test_with_a_broken_config_and_no_daemon_one_line_says_how_to_acknowledge(places, here):
    home, _, variables = places
    (home / "siaga.yaml").write_text(CONFIG.replace("brands:", "brands: ["))
    code, out, error = here(home, variables, "incident", "ack", "1")
    assert (code, out) == (1, "")
    assert "not valid YAML" in error
    words = error.rpartition("Without the config: siaga ")[2].split()
    assert words[:3] == ["incident", "ack", "1"]
    code, out, error = here(home, variables, *words)
    assert (code, out) == (0, "Incident 1 is yours; the ladder stops.\n")
    assert "done without the config" in error


def test_other_commands_and_folders_without_a_database_are_told_no_such_line(places, here):
    home, empty, variables = places
    for folder, words in ((home, ("status",)), (empty, ("incident", "ack", "1"))):
        (folder / "siaga.yaml").write_text("brands: [")
        assert "Without the config" not in here(folder, variables, *words)[2]


def test_who_acts_on_a_copy_is_told_that_no_daemon_works_on_it(places, here, service):
    """A copy has the original's sign of life, and its lock as a file that nobody holds."""
    home, empty, variables = places
    with running(home / "siaga.yaml", **variables) as daemon:
        daemon.until("commands reach it")
        shutil.copytree(home, home.parent / "copy")
        code, out, _ = siaga(home.parent / "copy", variables, "incident", "ack", "1")
        copied = here(home.parent / "copy", variables, "status")
        assert "nobody is told" not in here(home, variables, "incident", "list")[1]
        service(home.parent / "copy", home.parent / "copy")  # it is meant where nothing is named
        assert "nobody is told" in here(empty, variables, "incident", "list")[1]
    assert code == 0
    first, *rest = out.splitlines()
    assert first == "Incident 1 is yours; the ladder stops."
    assert rest == [
        f"! No daemon works on {home.parent / 'copy' / 'siaga.db'}: nobody is told before one is "
        "started.",
        f"! One runs with {home / 'siaga.yaml'}; if that is meant, add --config "
        f"{home / 'siaga.yaml'}",
    ]
    assert "The daemon is NOT running" in copied[1]
