"""``siaga playbook``: check, test and simulate playbooks before they are needed."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from alerting.playbook.load import Playbook, check_playbook, load_playbook
from monitor.app import App
from monitor.cli.language import _, mark, told
from monitor.cli.opened import opened
from monitor.cli.options import config_option, count_of, utc
from monitor.detect.registry import declared_facts
from monitor.jobs.views.playbooks import Rung, ladder, remarks, tried
from monitor.model import SEVERITIES
from monitor.problems import Problem, no_brand
from monitor.settings.yaml import Document, NotYaml, parse_yaml, read_text, read_yaml


@click.group()
def playbook() -> None:
    """Check, test and simulate playbooks. Each exits non-zero on a failure, for a git hook."""


@playbook.command()
@config_option
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
def check(config: Path | None, files: tuple[Path, ...]) -> None:
    """Check FILES, or every playbook there is: that it can be read, that every severity reaches a
    human at every hour of the next 14 days, that words have not expired, that no question leads in
    a circle, and that every rule can hold here."""
    wrong = 0
    with opened(config, reads=True, brandless=True) as app:
        books = _all(app, files)
    for name, found in books:
        errors = [line for _number, line in found if not line.startswith("warning")]
        wrong += len(errors)
        click.echo(f"{name}: {'ok' if not errors else count_of(len(errors), 'mistake')}")
        for number, line in found:
            if len(_with(books, line)) == 1:
                click.echo(f"  line {number}: {line}" if number else f"  {line}")
    for line in dict.fromkeys(line for _name, found in books for _number, line in found):
        if len(names := _with(books, line)) > 1:
            click.echo(f"{line} (in {count_of(len(names), 'playbook')}: {', '.join(names)})")
    sys.exit(1 if wrong else 0)


Found = Sequence[tuple[int, str]]
"""What is to be said of a playbook, each with its line in the file; 0: it says where itself."""


def _with(books: Sequence[tuple[str, Found]], line: str) -> list[str]:
    """The playbooks of which the same is to be said."""
    return [name for name, found in books if any(line == said for _number, said in found)]


def _all(app: App, files: tuple[Path, ...]) -> list[tuple[str, Found]]:
    if files:
        return [(str(path), _of_file(app, path)) for path in files]
    return [(name, _reviewed(app, book)) for name, book in app.playbooks.items()]


def _of_file(app: App, path: Path) -> Found:
    try:
        text = read_text(path)
    except NotYaml as error:
        return [(0, str(error))]
    mistakes = check_playbook(text, str(path), facts=declared_facts())
    if mistakes:
        return [(0, f"line {line}: {message}") for line, message in mistakes]
    return _reviewed(app, _loaded(path))


def _reviewed(app: App, book: Playbook) -> Found:
    document = read_yaml(book.file) if book.file else Document()
    found = remarks(app, book, app.now())
    return [(remark.line_in(document), str(remark)) for remark in found]


@playbook.command()
@config_option
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
def test(config: Path | None, files: tuple[Path, ...]) -> None:
    """Run test FILES: given signals, expected severity, pages and words.

    \b
    playbook: data-leak          # a name, or a file beside this one
    tests:
      - name: any leak pages legal and communications
        signals: [{score: 4}]
        expect: {severity: SEV1, pages: [[social, comms], [legal, exec], ["@channel"]]}
    """
    failed = ran = 0
    with opened(config, reads=True, brandless=True) as app:
        for path in files:
            book, tests = _tests(app, path)
            for outcome in tried(book, tests):
                ran += 1
                failed += bool(outcome.wrong)
                click.echo(f"{mark(well=not outcome.wrong)}{outcome.name}")
                for line in outcome.wrong:
                    click.echo(f"     {told(line)}")
    click.echo(_("{passed} passed, {failed} failed", passed=ran - failed, failed=failed))
    sys.exit(1 if failed or not ran else 0)


@playbook.command()
@config_option
@click.argument("name")
@click.option("--severity", default="SEV1", type=click.Choice(SEVERITIES), show_default=True)
@click.option("--from", "start", default=None, metavar="TIME", help="UTC; default: now.")
@click.option("--brand", default="", help="Whose hours count; default: the first brand's.")
def simulate(config: Path | None, name: str, severity: str, start: str | None, brand: str) -> None:
    """Print the ladder of playbook NAME (or a file) as it would go if nobody acknowledged, with
    what waits for business hours, for quiet hours of the brand or of a person, or for a budget."""
    with opened(config, reads=True, brandless=True) as app:
        if brand and brand not in app.brands:
            raise Problem(no_brand(brand, app.brands))
        book = _named(app, name, Path())
        begin = _moment(start) if start else app.now()
        rungs = ladder(app, book, severity, begin, brand)
        click.echo(f"{book.policy.title or book.slug}, {severity}, from {utc(begin)}")
        if not rungs:
            click.echo("  nobody is told; it is kept and listed")
        for rung in rungs:
            click.echo(f"  {_rung(rung)}")
        if len({rung.until for rung in rungs if rung.until}) < sum(bool(r.until) for r in rungs):
            click.echo("  what waits for the same moment comes once then, as the highest step")
        if rungs and (pause := book.level(severity).repeat):
            minutes = pause.total_seconds() / 60
            click.echo(f"  then again every {minutes:g} min, until somebody acknowledges")
        for item in book.policy.checklist:
            click.echo(f"  {item.owner}: {item.do}")
        if any(not rung.people for rung in rungs[-1:]):
            sys.exit(1)


def _rung(rung: Rung) -> str:
    """A step in a line: when, whom, and what waits for what."""
    names = ", ".join(rung.names) or "nobody"
    if rung.people != rung.names:
        names += f" ({', '.join(rung.people) or 'nobody now'})"
    parts = [names]
    parts += ["shown in the channel"] if rung.broadcast else []
    parts += ["counted in business hours"] if rung.office else []
    parts += [f"told at {rung.until:%a %H:%M} ({rung.held})"] if rung.until else []
    why = {"quiet": "their quiet hours", "budget": "page budget"}
    parts += [
        f"{one.name}'s page waits until {one.until:%a %H:%M} ({why[one.why]})"
        for one in rung.waiting
    ]
    again = f", round {rung.loop + 1}" if rung.loop else ""
    return f"{rung.at:%a %H:%M}  step {rung.step}{again}: {', '.join(parts)}"


def _tests(app: App, path: Path) -> tuple[Playbook, list[Mapping[str, Any]]]:
    try:
        data = parse_yaml(read_text(path), "a test file has `playbook:` and `tests:`").data
    except NotYaml as error:
        raise Problem(f"{path}: {error}") from None
    if not isinstance(data, Mapping) or not isinstance(data.get("tests"), list):
        raise Problem(f"{path}: a test file has `playbook:` and `tests:`")
    tests = [test for test in data["tests"] if isinstance(test, Mapping)]
    return _named(app, str(data.get("playbook") or "default"), path.parent), tests


def _named(app: App, name: str, folder: Path) -> Playbook:
    if name.endswith((".yaml", ".yml")):
        return _loaded(folder / name)
    if name not in app.playbooks:
        known = ", ".join(sorted(app.playbooks))
        raise Problem(f"there is no playbook {name}; there are: {known}")
    return app.playbooks[name]


def _loaded(path: Path) -> Playbook:
    try:
        return replace(load_playbook(read_text(path), path.stem, declared_facts()), file=path)
    except NotYaml as error:
        raise Problem(str(error)) from None


def _moment(told: str) -> datetime:
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        raise Problem(f"{told!r} is no time; write 2026-03-02T03:00") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
