"""What `make messages` and `make migration` write is right as it is written."""

from __future__ import annotations

import importlib
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
TABLES = "monitor/store/tables/listening.py"
POLISH = "alerting/locale/pl/LC_MESSAGES"
GOES = "This page tries again every 30 seconds."
CATALOGS = ("siaga.po", "reasons.po", "problems.po")


def run(checkout: Path, *arguments: str, fails: bool = False) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=checkout, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout


def gate(checkout: Path, *, fails: bool) -> str:
    return run(checkout, ".ci/gates.py", "languages", fails=fails)


@pytest.fixture
def problems(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What the gate `languages` finds of the checkout, in this process: what is said is gathered
    from the code once."""
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))
    messages = importlib.import_module("messages")
    monkeypatch.setattr(messages, "ROOT", checkout)
    monkeypatch.setattr(messages, "FOLDER", checkout / "alerting" / "locale")
    found: Callable[[], list[str]] = messages.problems
    return found


def test_a_language_that_was_only_begun_is_found(
    checkout: Path, problems: Callable[[], list[str]]
) -> None:
    try:
        assert "new, 0 gone" in run(checkout, ".ci/messages.py", "pl")
        paths = [checkout / POLISH / name for name in CATALOGS]
        begun = {path: path.read_text().split("\n\n", 1) for path in paths}
        assert begun[paths[0]][1].count('msgstr[2] ""') > 3, "Polish has three forms of a plural"
        copied = {path: "\n".join(_as_in_english(said)) for path, (_, said) in begun.items()}
        said_of(paths, problems(), "texts are not translated")
        for path in paths:
            path.write_text(f"{begun[path][0]}\n")
        said_of(paths, problems(), "texts are not translated")
        for path in paths:
            path.write_text(f"{begun[path][0]}\n\n{copied[path]}\n")
        said_of(paths, problems(), "translations are the English text itself")
        for path in paths:
            translated = copied[path].replace('msgstr "', 'msgstr "po polsku: ')
            path.write_text(f"{begun[path][0]}\n\n{translated}\n")
        assert problems() == []

        paths[0].unlink()
        assert any(f"{POLISH}/{CATALOGS[0]} is not there" in line for line in problems())
    finally:
        shutil.rmtree((checkout / POLISH).parent, ignore_errors=True)


def said_of(paths: list[Path], lines: list[str], what: str) -> None:
    """Of each of these catalogs just this one thing is told."""
    assert len(lines) == len(paths), lines
    for path in paths:
        assert any(f"{POLISH}/{path.name}: " in line and what in line for line in lines), lines


def _as_in_english(entries: str) -> list[str]:
    """Every entry "translated" by its own original."""
    lines, one, many = [], "", ""
    for line in entries.splitlines():
        if line.startswith("msgid_plural "):
            many = line.removeprefix("msgid_plural ")
        elif line.startswith("msgid "):
            one = line.removeprefix("msgid ")
        elif line.startswith("msgstr["):
            line = line.removesuffix(' ""') + " " + (one if "[0]" in line else many)
        elif line.startswith("msgstr "):
            line = f"msgstr {one}"
        lines.append(line)
    return lines


def test_catalogs_that_say_everything_are_left_as_they_are(checkout: Path) -> None:
    path = checkout / "alerting/locale/id/LC_MESSAGES/siaga.po"
    before = path.read_text()
    assert "0 new, 0 gone" in run(checkout, ".ci/messages.py")
    assert path.read_text() == before


def test_a_text_that_is_said_anew_comes_in_and_one_that_is_not_goes(checkout: Path) -> None:
    path = checkout / "alerting/locale/id/LC_MESSAGES/siaga.po"
    page = checkout / "monitor/web/templates/problem.html"
    before, template = path.read_text(), page.read_text()
    entries = said_in(path)
    assert entries.pop(GOES)
    assert template.count(f'_("{GOES}")') == 1
    try:
        page.write_text(template.replace(GOES, "A rumour has wings"))
        assert "1 new, 1 gone" in run(checkout, ".ci/messages.py", "id")
        assert said_in(path) == {**entries, "A rumour has wings": ""}
        assert "1 of " in gate(checkout, fails=True)
    finally:
        page.write_text(template)
        path.write_text(before)


def said_in(path: Path) -> dict[object, object]:
    """The entries of a catalog."""
    with path.open("rb") as source:
        return {message.id: message.string for message in read_po(source) if message.id}


def test_without_a_change_of_the_tables_there_is_nothing_to_migrate(checkout: Path) -> None:
    said = run(checkout, ".ci/migration.py", "nothing_changed", fails=True)
    assert "change them in monitor/store/tables first" in said


CHECK = """
import sys
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from monitor.store.engine import Database
from monitor.store.schema import HEAD, migrate, prepare
from monitor.store.tables import listening, responding
from monitor.store.tables.base import Base

db = Database(sys.argv[1])
with db.write() as tx:
    migrate(tx.connection(), f"{int(HEAD) - 1:04}")
    tx.execute(text("insert into author (platform, handle, name, verified)"
                    " values ('x', 'a', '', false)"))
prepare(db)
with db.write() as tx:
    context = MigrationContext.configure(tx.connection(), opts={"compare_type": True})
    print(compare_metadata(context, Base.metadata))
    print(tx.execute(text("select nickname, rumours from author")).one())
"""


@pytest.fixture(scope="module")
def widened(checkout: Path) -> str:
    """A table got three columns more, and `make migration` wrote its revision; what it said."""
    path, place = checkout / TABLES, "    verified: Mapped[bool] = mapped_column(default=False)\n"
    more = (
        '    nickname: Mapped[str] = mapped_column(default="it\'s nobody")\n'
        "    rumours: Mapped[int] = mapped_column(default=3)\n"
        "    seen_at: Mapped[datetime | None]\n"
    )
    before = path.read_text()
    path.write_text(before.replace(place, place + more))
    assert path.read_text() != before
    return run(checkout, ".ci/migration.py", "rumours_of_authors")


def test_a_migration_is_written_from_the_tables_and_keeps_old_rows(
    checkout: Path, widened: str, empty_database_url: str
) -> None:
    assert "_rumours_of_authors.py is written" in widened
    assert "may not be null" not in widened
    assert run(checkout, "-c", CHECK, empty_database_url) == '[]\n("it\'s nobody", 3)\n'


@pytest.mark.parametrize("name", ["", "With Space", "../out", "é"])
def test_a_migration_needs_a_name_that_a_file_may_have(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert runpy.run_path(str(ROOT / ".ci/migration.py"))["main"](name) == 1
    assert "make migration NAME=" in capsys.readouterr().out


def test_two_revisions_of_one_number_are_found(checkout: Path) -> None:
    """As when two branches meet that each added a table."""
    versions = checkout / "monitor/store/migrations/versions"
    twin = versions / "0003_twin.py"
    twin.write_text((versions / "0003_series.py").read_text())
    try:
        assert "should be revision 0004" in run(checkout, ".ci/gates.py", "migrations", fails=True)
    finally:
        twin.unlink()
