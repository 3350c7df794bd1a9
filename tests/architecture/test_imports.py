"""Who may import whom is enforced: what is forbidden is caught, and the papers say the same."""

from __future__ import annotations

import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("monitor", "connectors", "alerting")
LINTER = Path(sys.executable).with_name("lint-imports")

FORBIDDEN = [
    ("alerting/decide/incidents.py", "import sqlalchemy"),
    ("alerting/channels/email/digest.py", "from sqlalchemy.orm import Session"),
    ("alerting/decide/escalation.py", "import monitor.store.timers"),
    ("alerting/playbook/load.py", "import httpx"),
    ("alerting/decide/actions.py", "import alerting.messages.incident"),
    ("alerting/messages/incident.py", "import alerting.channels.labels"),
    ("alerting/channels/console.py", "import slack_sdk"),
    ("connectors/rss/parse.py", "import monitor.enrich.language"),
    ("connectors/rss/connector.py", "import connectors.youtube.parse"),
    ("connectors/kit/times.py", "from monitor.clock import Clock"),
    ("monitor/enrich/pipeline.py", "import httpx2"),
    ("monitor/enrich/language.py", "import connectors.base"),
    ("monitor/detect/volume.py", "import monitor.store.series"),
    ("monitor/store/mentions.py", "import alerting.decide.incidents"),
    ("monitor/store/timers.py", "import monitor.enrich.language"),
    ("monitor/jobs/evaluate.py", "import monitor.cli.main"),
    ("monitor/jobs/evaluate.py", "import monitor.web.pages"),
    ("monitor/jobs/poll/ingest.py", "import apscheduler"),
    ("monitor/jobs/upkeep/retention.py", "from sqlalchemy import text"),
    ("monitor/web/pages.py", "import monitor.runtime.daemon"),
    ("monitor/settings/model.py", "import monitor.store.engine"),
    ("monitor/model.py", "import monitor.clock"),
    ("monitor/cli/run.py", "import fastapi"),
    # modules that nobody has heard of yet
    ("monitor/rumours.py", "import monitor.model"),
    ("monitor/enrich/rumours.py", "import requests"),
    ("alerting/rumours.py", "import monitor.model"),
    ("connectors/rumours.py", "import monitor.store.engine"),
    ("alerting/channels/rumours.py", "import aiohttp"),
    ("monitor/jobs/rumours.py", "import monitor.runtime.worker_loop"),
    # for types alone, and inside a function: an import all the same
    (
        "monitor/detect/base.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import sqlalchemy",
    ),
    ("monitor/query/text.py", "def later():\n    import monitor.settings.model"),
]


LINT = [str(LINTER), "--no-logo", "--no-cache"]
GATES = [sys.executable, ".ci/gates.py"]


def complaints(folder: Path, *commands: list[str]) -> str:
    """What the import checks of ``make check``, or these of them, have to say about a checkout; ""
    if nothing."""
    said = ""
    for command in commands or (LINT, [*GATES, "imports", "architecture"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
        if done.returncode:
            said += done.stdout + done.stderr
    return said


def test_nothing_is_complained_of_as_it_is(checkout: Path) -> None:
    assert complaints(checkout) == ""


@pytest.fixture(scope="module")
def complained(checkout: Path) -> list[str]:
    """What is said, line by line, where every forbidden import has been inserted."""
    paths = {checkout / place for place, _ in FORBIDDEN}
    before = {path: path.read_text() if path.exists() else None for path in paths}
    try:
        for place, line in FORBIDDEN:
            with (checkout / place).open("a") as file:
                file.write(f"\n{line}\n")
        return complaints(checkout).splitlines()
    finally:
        for path, text in before.items():
            path.unlink() if text is None else path.write_text(text)


@pytest.mark.parametrize(("place", "line"), FORBIDDEN, ids=lambda value: value.split("\n")[-1])
def test_a_forbidden_import_is_caught(complained: list[str], place: str, line: str) -> None:
    module = place.removesuffix(".py").replace("/", ".")
    imported = re.findall(r"^\s*(?:import|from) ([\w.]+)", line, re.MULTILINE)[-1]
    if (package := imported.partition(".")[0]) not in PACKAGES:
        imported = package  # others' modules are one thing
    named = [said for said in complained if re.search(rf"\b{re.escape(module)}\b", said)]
    unheard_of = f"- {module}"
    assert any(imported in said or said == unheard_of for said in named), named


def test_an_import_inside_a_function_needs_its_reason(checkout: Path) -> None:
    command = [*GATES, "deferred"]
    path = checkout / "monitor/clock.py"
    before = path.read_text()
    said = []
    for comment in ("", "  # 0.5 s, only where it is asked for"):
        path.write_text(f"{before}\n\ndef later() -> None:\n    import scipy{comment}\n")
        done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=120)
        said.append((done.returncode, "monitor/clock.py" in done.stdout))
    path.write_text(before)
    assert said == [(1, True), (0, False)]


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    """Circles of packages are a contract; this looks at single modules, imports for types too."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    imported = {m: graph.find_modules_directly_imported_by(m) for m in graph.modules}
    TopologicalSorter(imported).prepare()


PAPER_ONLY = [
    ("| `monitor/runtime/` |", "| `monitor/jobs/` |", "the layers"),
    ("| `monitor/cli/` | the", "| `monitor/cli/` · `monitor/mcp/` | the", "the layers"),
    ("| `alerting/decide/` |", "| `alerting/messages/` |", "the rooms of alerting"),
    ("| `slack_sdk` |", "| `slack_bolt` |", "slack_bolt"),
    ("| `monitor/cli/` |\n| `jinja2`", "| `monitor/web/` |\n| `jinja2`", "click"),
    ("`monitor.store.** -> alerting.model`", "nothing", "monitor.store.** -> alerting.model"),
    ("\n## Glossary", "\n`monitor.jobs.** -> sqlalchemy` too.\n## Glossary", "monitor.jobs.**"),
]


@pytest.mark.parametrize(("written", "instead", "named"), PAPER_ONLY)
def test_a_paper_that_says_something_else_than_the_contracts_is_found(
    checkout: Path, written: str, instead: str, named: str
) -> None:
    path = checkout / "ARCHITECTURE.md"
    before = path.read_text()
    assert written in before
    path.write_text(before.replace(written, instead, 1))
    try:
        assert named in complaints(checkout, [*GATES, "architecture"])
    finally:
        path.write_text(before)


def test_a_contract_that_no_paper_speaks_of_is_found(checkout: Path) -> None:
    path = checkout / "pyproject.toml"
    before = path.read_text()
    path.write_text(before.replace('["slack_sdk"]', '["httplib2", "slack_sdk"]'))
    assert path.read_text() != before
    try:
        assert "httplib2" in complaints(checkout, [*GATES, "architecture"])
    finally:
        path.write_text(before)
