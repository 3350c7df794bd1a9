"""Config file -> ``Settings``. Strict: every error at once, each with file, line and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.clock import utc_now
from monitor.problems import Problem
from monitor.settings.calendars import CalendarProblem, planned, shifts_in
from monitor.settings.checks import cross_checks, playbook_checks
from monitor.settings.errors import ConfigError, faults, is_missing, located, validated
from monitor.settings.model import Settings
from monitor.settings.secrets import redacted
from monitor.settings.yaml import NotYaml, read_yaml

CheckSource = Callable[[str, Mapping[str, Any]], list[tuple[str, str]]]
"""(connector, options) -> every (path, message)."""

CheckPlaybook = Callable[[str, str], list[tuple[int, str]]]
"""(text, file name) -> every (line, message)."""


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
    settings, found = validated(document, Settings)
    known = {finding.loc for finding in found}
    crossed = cross_checks(document.data, check_source, utc_now())
    found += [extra for extra in crossed if extra.loc not in known]
    cut = faults(document)
    places = {fault.loc for fault in cut}
    wrong = [f for f in found if not f.warning and not (is_missing(f) and f.loc in places)]
    wrong += cut
    errors = located(str(path), document, wrong)
    errors += [
        ConfigError(_shown(path.parent, file), line, "", message)
        for file, line, message in playbook_checks(document.data, path.parent, check_playbook)
    ]
    if settings is not None:
        settings, bad = _with_calendars(settings, path.parent)
        settings, worse = _with_shifts(settings, path.parent)
        errors += [*bad, *worse]
    if errors or settings is None:
        raise ConfigProblem(tuple(errors))
    warnings = located(str(path), document, [f for f in found if f.warning])
    return Loaded(settings, path, tuple(warnings))


def _shown(folder: Path, file: Path) -> str:
    """A file that the config names, as it may be told: somebody may have pasted a token there."""
    if not file.is_relative_to(folder):
        return redacted(str(file))
    return str(folder / redacted(str(file.relative_to(folder))))


def _with_calendars(settings: Settings, folder: Path) -> tuple[Settings, list[ConfigError]]:
    """The same with every calendar's entries among the planned events, and what is wrong there."""
    rules, errors = settings.rules, []
    events = list(rules.events)
    for asked in rules.calendars:
        try:
            events += planned(folder / asked.file, asked, utc_now())
        except CalendarProblem as problem:
            errors.append(ConfigError(_shown(folder, folder / asked.file), 0, "", str(problem)))
    rules = rules.model_copy(update={"events": tuple(events)})
    return settings.model_copy(update={"rules": rules}), errors


def _with_shifts(settings: Settings, folder: Path) -> tuple[Settings, list[ConfigError]]:
    """The same with the entries of every schedule's calendar among its shifts."""
    schedules, errors = [], []
    for schedule in settings.schedules:
        shifts = schedule.shifts
        if schedule.calendar:
            file = folder / schedule.calendar
            try:
                shifts += shifts_in(file, settings.people, schedule.time_zone, utc_now())
            except CalendarProblem as problem:
                errors.append(ConfigError(_shown(folder, file), 0, "", str(problem)))
        schedules.append(schedule.model_copy(update={"shifts": shifts}))
    return settings.model_copy(update={"schedules": tuple(schedules)}), errors
