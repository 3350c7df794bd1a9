"""Config file -> ``Settings``. Strict: every error at once, each with file, line and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from monitor.clock import utc_now
from monitor.problems import Problem
from monitor.settings.calendars import CalendarProblem, planned
from monitor.settings.checks import Finding, cross_checks, playbook_checks
from monitor.settings.errors import in_words
from monitor.settings.model import Settings
from monitor.settings.yaml import Document, NotYaml, read_yaml

CheckSource = Callable[[str, Mapping[str, Any]], list[tuple[str, str]]]
"""(connector, options) -> every (path, message)."""

CheckPlaybook = Callable[[str, str], list[tuple[int, str]]]
"""(text, file name) -> every (line, message)."""


@dataclass(frozen=True, slots=True)
class ConfigError:
    """One thing to mend. ``line`` counts from 1; 0 means the file as a whole."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class ConfigProblem(Problem):
    """The config cannot be used. Its text is every error, a line each."""

    def __init__(self, errors: tuple[ConfigError, ...]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Loaded:
    """A valid config. ``warnings``: what is allowed but probably not meant."""

    settings: Settings
    path: Path | None = None
    warnings: tuple[ConfigError, ...] = ()


def load(path: Path | None, *, check_source: CheckSource, check_playbook: CheckPlaybook) -> Loaded:
    """Read and check the config and the playbooks it names. No path: the defaults.

    Raises ConfigProblem with every error there is. Opens nothing but these files.
    """
    if path is None:
        return Loaded(Settings.model_validate({}))
    try:
        document = read_yaml(path)
    except NotYaml as error:
        raise ConfigProblem((ConfigError(str(path), error.line, "", str(error)),)) from None
    settings: Settings | None = None
    found: list[Finding] = []
    try:
        settings = Settings.model_validate(document.data)
    except ValidationError as error:
        found += [Finding(loc, message) for loc, message in in_words(error)]
    known = {finding.loc for finding in found}
    for extra in cross_checks(document.data, check_source):
        if extra.loc not in known:
            found.append(extra)
    errors = _errors(path, document, [f for f in found if not f.warning])
    errors += [
        ConfigError(str(file), line, "", message)
        for file, line, message in playbook_checks(document.data, path.parent, check_playbook)
    ]
    if settings is not None:
        settings, bad = _with_calendars(settings, path.parent)
        errors += bad
    if errors or settings is None:
        raise ConfigProblem(tuple(errors))
    return Loaded(settings, path, tuple(_errors(path, document, [f for f in found if f.warning])))


def _with_calendars(settings: Settings, folder: Path) -> tuple[Settings, list[ConfigError]]:
    """The same with every calendar's entries among the planned events, and what is wrong there."""
    rules, errors = settings.rules, []
    events = list(rules.events)
    for asked in rules.calendars:
        try:
            events += planned(folder / asked.file, asked, utc_now())
        except CalendarProblem as problem:
            errors.append(ConfigError(str(folder / asked.file), 0, "", str(problem)))
    rules = rules.model_copy(update={"events": tuple(events)})
    return settings.model_copy(update={"rules": rules}), errors


def _errors(path: Path, document: Document, found: list[Finding]) -> list[ConfigError]:
    """Findings with their lines, in the order of the file."""
    warning = bool(found) and found[0].warning
    errors = [
        ConfigError(str(path), document.line(f.loc), document.title(f.loc), f.message)
        for f in found
    ]
    if not warning:
        errors += [
            ConfigError(str(path), line, document.title(loc), message)
            for line, loc, message in document.faults
        ]
    return sorted(dict.fromkeys(errors), key=lambda error: error.line)
