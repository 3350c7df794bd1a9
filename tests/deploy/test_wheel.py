"""What people install: a wheel in an environment of its own, outside any checkout."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"monitor", "connectors", "alerting"}


def run(*command, **options):
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=280, **options
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--wheel-dir",
        folder,
        ROOT,
    )
    (made,) = folder.glob("siaga-*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A fresh environment with the wheel; the libraries are borrowed from the tests' own."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home / "env", with_pip=False)
    python = home / "env" / "bin" / "python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--disable-pip-version-check",
        wheel,
    )
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    (Path(site) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (home / "elsewhere").mkdir()
    return home / "env" / "bin", home / "elsewhere"


def test_the_wheel_holds_three_packages_and_the_shipped_config(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    for needed in (
        "monitor/_shipped/scenarios/kopi-senja.yaml",
        "monitor/_shipped/playbooks/default.yaml",
        "monitor/_shipped/siaga.example.yaml",
        "monitor/web/templates/page.html",
        "monitor/web/templates/style.css",
        "alerting/locale/id/LC_MESSAGES/siaga.po",
        "monitor/enrich/sentiment/weights/LICENSE",
        *(f"{package}/py.typed" for package in PACKAGES),
    ):
        assert needed in names


def test_the_wheel_says_who_made_it_and_under_which_licences(wheel):
    archive = zipfile.ZipFile(wheel)
    (info,) = {n.split("/")[0] for n in archive.namelist() if ".dist-info/" in n}
    metadata = archive.read(f"{info}/METADATA").decode()
    assert "License-Expression: Apache-2.0 AND CC-BY-SA-4.0" in metadata
    assert "Author: Siaga contributors" in metadata
    assert "Classifier: Typing :: Typed" in metadata
    assert archive.read(f"{info}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    weights = "monitor/enrich/sentiment/weights/LICENSE"
    assert archive.read(f"{info}/licenses/{weights}") == (ROOT / weights).read_bytes()


def test_the_installed_packages_are_the_wheels_own(installed):
    bin_, elsewhere = installed
    code = "import monitor, connectors, alerting; print(monitor.__file__, connectors.__file__)"
    out = run(bin_ / "python", "-c", code, cwd=elsewhere)
    assert str(ROOT) + "/monitor" not in out
    assert str(bin_.parent) in out


@pytest.mark.soak
def test_the_installed_demo_shows_a_crisis_and_its_second_step(installed):
    bin_, elsewhere = installed
    out = run(bin_ / "siaga", "demo", "--seed", "2", cwd=elsewhere, stdin=subprocess.DEVNULL)
    assert "(read back from the outbox, key i1:root)" in out
    assert "Kopi Senja: " in out
    assert re.search(r"mentions since 08:(35|40) WIB", out)  # it begins at 08:39:55
    assert out.count("nobody has acknowledged it, so the next step of the playbook follows") == 2
    assert "the ladder goes on until somebody acknowledges" in out
    assert "siaga run" in out
    assert list(elsewhere.iterdir()) == []


def test_the_example_config_of_the_wheel_is_a_valid_one(installed):
    bin_, elsewhere = installed
    (elsewhere / "siaga.yaml").write_text(run(bin_ / "siaga", "config", "example", cwd=elsewhere))
    try:
        assert "the config is fine" in run(bin_ / "siaga", "check", cwd=elsewhere)
    finally:
        (elsewhere / "siaga.yaml").unlink()
