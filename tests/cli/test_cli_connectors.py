"""``siaga connectors``, ``record`` and ``new-connector``, as somebody who adds a platform meets
them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fakes.platform_server import YouTubePlatform

from connectors.kit.loopback import LoopbackServer, Reply
from connectors.kit.recording import replayed
from connectors.registry import BUILT_IN
from monitor.cli.main import main_group
from monitor.clock import utc_now
from monitor.problems import Problem

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
version: 1
brands:
  - slug: senja
    name: Kopi Senja
    query: senja
    sources:
      - {{connector: youtube, name: video, options: {{channel: {channel}, base_url: "{base}"}}}}
"""


def siaga(*words: str) -> Result:
    return CliRunner().invoke(main_group, list(words))


def test_every_connector_is_listed_with_what_it_brings_and_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YOUTUBE_API_KEY", "a-key")
    monkeypatch.delenv("X_BEARER_TOKEN", raising=False)
    told = siaga("connectors").output
    assert all(f"\n{name}" in f"\n{told}" for name in BUILT_IN)
    assert "has YOUTUBE_API_KEY in the environment" in told
    assert "needs X_BEARER_TOKEN in the environment" in told
    assert "a-key" not in told
    rows = {row["name"]: row for row in json.loads(siaga("connectors", "--json").output)}
    assert rows.keys() >= BUILT_IN.keys()
    assert rows["youtube"]["secrets"] == {"YOUTUBE_API_KEY": True}
    assert rows["youtube"]["title"] == "YouTube"
    assert "own_comments" in rows["youtube"]["can"]
    assert set(rows["x"]["bodies"]) == {"recorded", "from_documentation"}


def test_what_is_needed_is_told_with_what_does_as_well_and_what_need_not_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("META_INSTAGRAM_TOKEN", "META_APP_SECRET"):
        monkeypatch.delenv(name, raising=False)
    told = siaga("connectors").output
    asked = "needs META_INSTAGRAM_TOKEN in the environment, or `siaga connect meta|instagram`"
    assert f"{asked}\n  may have META_APP_SECRET in the environment\n" in told
    (row,) = [
        row
        for row in json.loads(siaga("connectors", "--json").output)
        if row["name"] == "instagram"
    ]
    assert (row["optional"], row["connect"]) == (["META_APP_SECRET"], ["meta", "instagram"])
    monkeypatch.setenv("SIAGA_LANGUAGE", "id")
    told = siaga("connectors").output
    assert "memerlukan ads_read (iklan dan alasan penolakannya): diberikan oleh platform" in told
    assert not re.search(r"needs|granted|tested|limits", told)


def test_a_recording_has_no_secret_and_answers_as_the_platform_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YOUTUBE_API_KEY", "yt-secret-of-the-test")
    platform = YouTubePlatform([(utc_now(), "senja enak", [])])
    with LoopbackServer(platform) as server:
        Path("siaga.yaml").write_text(CONFIG.format(base=server.url, channel="UC" + "a" * 22))
        told = siaga("record", "senja/video", "kept.json")
    assert "1 answer in kept.json." in told.output
    kept = Path("kept.json").read_text()
    assert "yt-secret" not in kept
    assert json.loads(kept)["origin"].startswith("recorded 20")
    with LoopbackServer(replayed(Path("kept.json"))) as server:
        Path("siaga.yaml").write_text(CONFIG.format(base=server.url, channel="UC" + "a" * 22))
        again = siaga("poll", "senja/video", "--dry-run", "--json")
    assert json.loads(again.stdout)["text"] == "senja enak"


def test_a_refusal_is_recorded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YOUTUBE_API_KEY", "yt-secret-of-the-test")
    with LoopbackServer(lambda _: Reply({"error": {"code": 500}}, 500)) as server:
        Path("siaga.yaml").write_text(CONFIG.format(base=server.url, channel="UC" + "a" * 22))
        told = siaga("record", "senja/video", "kept.json")
    assert "It ended in a failure, which is kept too" in told.output
    assert json.loads(Path("kept.json").read_text())["exchanges"][0]["status"] == 500


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a new connector needs of a checkout, where it may be changed."""
    for name in ("monitor", "connectors", "alerting", "config", ".ci"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "tests" / "connectors").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["aaa", "kicau_kita", "zzz"])
def test_a_new_connector_is_in_the_registry_and_green_at_once(checkout: Path, name: str) -> None:
    told = siaga("new-connector", name)
    assert told.exit_code == 0, told.output
    assert f'"{name}": "connectors.{name}.connector:' in Path("connectors/registry.py").read_text()
    assert "caffold" not in "".join(
        path.read_text()
        for path in [Path(f"docs/connectors/{name}.md"), *Path("connectors", name).rglob("*.*")]
        if path.suffix != ".pyc"
    )
    run = [sys.executable, "-m"]
    if name == "kicau_kita":  # one stands for all: the suite takes seconds
        test = [f"tests/connectors/test_{name}.py", "-x", "-q", "-k", "not notices"]
        subprocess.run([*run, "pytest", *test], check=True, env={"PYTHONPATH": str(checkout)})
        messages = [sys.executable, ".ci/messages.py"]
        told_in = subprocess.run(messages, check=True, capture_output=True, text=True).stdout
        assert told_in.count(": 0 new, 0 gone") == 3, f"it speaks Indonesian too: {told_in}"
        assert "`base_url`" in Path(f"docs/connectors/{name}.md").read_text()
    made = [f"connectors/{name}", f"tests/connectors/test_{name}.py", "connectors/registry.py"]
    subprocess.run([*run, "ruff", "check", "--no-cache", *made], check=True)
    subprocess.run([*run, "ruff", "format", "--check", "--no-cache", *made], check=True)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("youtube", "There is a connector youtube already"), ("Kicau!", "is no name for a connector")],
)
def test_a_name_that_cannot_be_is_refused(checkout: Path, name: str, sentence: str) -> None:
    assert sentence in str(siaga("new-connector", name).exception)


def test_outside_a_checkout_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = siaga("new-connector", "kicau")
    assert isinstance(told.exception, Problem)
    assert list(tmp_path.iterdir()) == []
