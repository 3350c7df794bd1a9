"""Commands that the running daemon carries out where they cannot be carried out here: in another
folder, without the right to read its database, with a config that is broken by now.

So that whoever is on call can always acknowledge.
"""

from __future__ import annotations

import getpass
import io
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from alerting.channels.sanitize import clean
from monitor.app import App
from monitor.cli.language import ASKED_IN, _, language, told
from monitor.problems import NotHere, Problem
from monitor.runtime.control import Answer, Request, ask, config_at
from monitor.runtime.only_one import is_at_work
from monitor.runtime.places import closed_to_us, sockets

REMOTE = ("incident", "explain", "status", "test-alert", "drill", "erase", "risks")
"""What a daemon does for others: to look, and to say who takes care of it."""

FOR_ANY = (["incident"], ["explain"])
"""What the only daemon there is does also for a folder with another config, broken perhaps: whoever
is on call acknowledges. The others would tell of one config what is true of another."""

OWN = ("--config", "-c")
"""Options that mean nothing to the daemon, which has its own."""


@dataclass(frozen=True, slots=True)
class Served:
    """Within the daemon: its app, what it says of itself, and for whom the command runs."""

    app: App
    status: Callable[[], Mapping[str, Any]]
    who: str
    out: io.StringIO


SERVED: ContextVar[Served | None] = ContextVar("served", default=None)


def echo(line: str) -> None:
    """Print a line of a command's answer, wherever it runs. What strangers wrote, a platform's name
    included, cannot steer the terminal."""
    served = SERVED.get()
    click.echo(clean(line), file=served.out if served else None)


def current_user() -> str:
    """Who gives the command: a login name."""
    served = SERVED.get()
    if served:
        return served.who or "somebody"
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user has a number and no name
        return "somebody"


def carried_out(
    group: click.Command, app: App, status: Callable[[], Mapping[str, Any]], request: Request
) -> Answer:
    """What a command answers, run by the daemon with its own app."""
    if request.argv[0] not in REMOTE:
        return Answer(2, f"The daemon does not run `siaga {request.argv[0]}` for others.\n")
    asked_in = ASKED_IN.set(request.language or "en")
    served = Served(app, status, request.who, io.StringIO())
    token = SERVED.set(served)
    try:
        code = group.main(list(request.argv), prog_name="siaga", standalone_mode=False)
        return Answer(code if isinstance(code, int) else 0, served.out.getvalue())
    except SystemExit as end:
        return Answer(int(end.code or 0), served.out.getvalue())
    except Problem as problem:
        return Answer(1, f"siaga: {told(problem)}\n")
    except click.ClickException as error:
        return Answer(error.exit_code, f"{error.format_message()}\n")
    except click.exceptions.Exit as end:
        return Answer(end.exit_code, served.out.getvalue())
    finally:
        SERVED.reset(token)
        ASKED_IN.reset(asked_in)


def asked_for(argv: Sequence[str]) -> str:
    """The config that a command line names; "" for none."""
    for place, word in enumerate(argv):
        if word in OWN and place + 1 < len(argv):
            return argv[place + 1]
        for option in OWN:
            if word.startswith(f"{option}="):
                return word.partition("=")[2]
    return ""


def daemon_for(argv: Sequence[str], config: str, *, only: bool = False) -> Path | None:
    """The socket of the daemon that runs with this config, or of the only one there is unless
    ``only`` this one will do; None where there is none. Raises Problem where it is not clear which
    of several is meant."""
    if not argv or argv[0] not in REMOTE:
        return None
    running = {path: found for path in sockets() if (found := config_at(path)) is not None}
    wanted = str(Path(config).resolve())
    chosen = [path for path, found in running.items() if found == wanted]
    chosen = chosen or ([] if only else list(running))
    if len(chosen) > 1:
        known = ", ".join(sorted(running.values()))
        raise Problem(f"Several daemons run here ({known}); name the one by --config.")
    return chosen[0] if chosen else None


def by_daemon(socket: Path, argv: Sequence[str]) -> Answer | None:
    """What the daemon behind a socket answers; None where it does not."""
    return ask(socket, _without_config(argv), current_user(), language())


def raise_if_closed(argv: Sequence[str]) -> None:
    """Raise Problem where the machine's daemon runs and whoever asks may not reach it: any other
    answer, that there is no database for instance, would send them the wrong way."""
    folder = closed_to_us()
    if folder is None or not argv or argv[0] not in REMOTE:
        return
    try:
        group = folder.group()
    except (KeyError, OSError):  # a group that has a number and no name
        group = "siaga"
    asked = shlex.join(argv)
    raise Problem(
        f"Siaga runs on this machine as a service, and you may not reach it: write "
        f"`sudo siaga {asked}`, or have yourself added to the group {group}."
    )


def raise_unless_silent(config: Path | None) -> None:
    """Raise ``NotHere``, which asks the daemon itself, where one runs with this config."""
    wanted = str(config.resolve()) if config else str(Path("siaga.yaml").resolve())
    if any(config_at(path) == wanted for path in sockets()):
        raise NotHere("the daemon runs, and has left no sign of life in its database")


def is_watched(app: App, heard_from: bool) -> bool:
    """Whether a daemon works on a command's database. ``heard_from``: it has left a sign of life
    lately, which a copy of a database has too, and one whose daemon was just killed."""
    return SERVED.get() is not None or (heard_from and is_at_work(app.db) is not False)


def unattended(app: App) -> list[str]:
    """What somebody should know who has acted on a database that no daemon works on: a copy, or
    one whose daemon has ended."""
    if SERVED.get() or app.replay or is_at_work(app.db) is not False:
        return []
    nobody = _("No daemon works on {path}: nobody is told before one is started.", path=app.db.path)
    return [f"! {line}" for line in (nobody, *others(["incident"]))]


def others(argv: Sequence[str]) -> list[str]:
    """The daemons that would run this command under their own config, a sentence each."""
    if not argv or argv[0] not in REMOTE:
        return []
    return [
        _("One runs with {config}; if that is meant, add --config {config}", config=config)
        for path in sockets()
        if (config := config_at(path))
    ]


def _without_config(argv: Sequence[str]) -> list[str]:
    left, skip = [], False
    for word in argv:
        if skip or word in OWN:
            skip = not skip
        elif not word.startswith(tuple(f"{option}=" for option in OWN)):
            left.append(word)
    return left
