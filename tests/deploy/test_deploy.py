"""The deployment files: systemd accepts the unit, and container and compose file hold together."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def verify(folder, unit):
    """What ``systemd-analyze verify`` says about a unit's text."""
    if not (analyze := shutil.which("systemd-analyze")):
        pytest.skip("systemd-analyze is not here")
    file = folder / "siaga.service"
    file.write_text(unit)
    return subprocess.run(
        [analyze, "verify", "--man=no", str(file)], capture_output=True, text=True, timeout=60
    )


def unit_here():
    """The unit with a program that is on this machine, as it will be on theirs."""
    siaga = Path(sys.executable).with_name("siaga")
    text = (DEPLOY / "siaga.service").read_text()
    assert "/opt/siaga/venv/bin/siaga run" in text
    return text.replace("/opt/siaga/venv/bin/siaga", str(siaga))


def test_systemd_accepts_the_unit(tmp_path):
    done = verify(tmp_path, unit_here())
    assert done.returncode == 0, done.stderr
    assert "siaga.service" not in done.stderr


def test_systemd_would_have_complained_about_a_misspelt_unit(tmp_path):
    done = verify(tmp_path, unit_here().replace("WatchdogSec=60", "WatchdogSecs=60"))
    assert "WatchdogSecs" in done.stderr


def test_the_unit_waits_longer_than_the_daemon_takes_to_end():
    from monitor.runtime.work import GRACE_S, STUCK_S

    unit = (DEPLOY / "siaga.service").read_text()
    assert int(re.findall(r"TimeoutStopSec=(\d+)", unit)[0]) > GRACE_S
    assert int(re.findall(r"WatchdogSec=(\d+)", unit)[0]) < STUCK_S


def compose():
    return YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text())


def test_compose_names_only_files_and_volumes_it_has():
    told = compose()
    for service in told["services"].values():
        assert set(service.get("secrets", ())) <= set(told["secrets"])
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source.startswith("./") or source in told["volumes"]
    siaga = told["services"]["siaga"]
    assert (DEPLOY / siaga["build"]["context"] / siaga["build"]["dockerfile"]).is_file()
    for variable in ("SIAGA_DATABASE_URL_FILE", "SLACK_BOT_TOKEN_FILE"):
        assert Path(siaga["environment"][variable]).name in siaga["secrets"]


def test_the_page_stays_on_this_machine():
    for service in compose()["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_the_image_runs_as_nobody_in_particular_and_copies_what_is_there():
    text = (DEPLOY / "Dockerfile").read_text()
    assert re.search(r"^USER \d+:\d+$", text, re.MULTILINE)
    ignored = {line.strip() for line in (ROOT / ".dockerignore").read_text().splitlines()}
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists()
            assert source not in ignored
    # the wheel is built from the copy, so what it needs must not be ignored
    assert not {"monitor", "connectors", "alerting", "config", "README.md"} & ignored


def test_the_readme_names_only_files_there_are():
    text = (DEPLOY / "README.md").read_text()
    for name in re.findall(r"(?:deploy|config)/[\w.-]+\.(?:yaml|service)", text):
        if not name.startswith("deploy/etc"):
            assert (ROOT / name).is_file(), name
