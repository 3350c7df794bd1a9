"""The commands: each is one module of ``monitor.cli``, imported only when it is called."""

from __future__ import annotations

import gc
import importlib
import os
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from monitor.cli.named import named
from monitor.cli.terminal import fit
from monitor.problems import NotHere, Problem

if TYPE_CHECKING:
    from monitor.runtime.control import Answer

COMMANDS = {
    "demo": "Two quiet weeks and then a crisis of a made-up brand.",
    "check": "Check the config: every error at once, and what is still needed.",
    "config": "The config's schema and an example.",
    "query": "The query language, tried on texts.",
    "connect": "Connect an account of a platform, or show which are connected.",
    "slack": "Set Slack up: the app's manifest, and whether everything works.",
    "run": "The daemon: listen, notice, tell.",
    "status": "Sources and their health, and what waits to be sent.",
    "mentions": "What was heard: text, mood, why, where.",
    "test-alert": "Send a marked test and wait until it has arrived.",
    "incident": "What is going on, and what you do about it.",
    "playbook": "Check, test and simulate playbooks.",
    "drill": "Play a storm to the people on call, and see how they did.",
    "risks": "The risk register: the matrix, what was observed, overdue reviews.",
    "oncall": "Who is on call, and taking, giving and swapping shifts.",
    "explain": "The numbers behind an incident, and why it paged or did not.",
    "connectors": "What can be listened to, and what each still needs.",
    "poll": "Ask one source now, or only look at what it would bring.",
    "backfill": "Read the past, so that what is ordinary is known from the first day.",
    "record": "Keep what a platform answers, without secrets, for tests.",
    "new-connector": "The files of a new connector, green at once.",
    "digest": "The weekly digest: send what is due, or show it.",
    "exclusions": "Words that are not about a brand, and what they leave out.",
    "prune": "Apply retention now.",
    "erase": "Erase posts for good, wherever they are kept or quoted.",
    "replay": "Play a file of mentions the way live ones go.",
    "sentiment": "The mood of texts, and corrections of it.",
    "backtest": "What would have fired on your own history.",
    "tune": "Propose the threshold that keeps an alert budget.",
}
"""Command -> what it does. It is the function of its name in the module of its name; the help
lists all of them without importing any (``siaga --help``: 0.06 s, with every import 0.3 s)."""


COLLECTIONS = (50_000, 20, 20)
"""Objects between two looks for garbage, and how many of these go deeper (``gc.set_threshold``):
rows come and go by thousands and are seldom garbage in circles; Python's default is 700."""


def _may_be_asked_in_another_language() -> bool:
    """Whether a language is named at all; who is spoken to in English waits for no catalog."""
    return (
        not (named() or "C").startswith(("C", "POSIX", "en"))
        or "monitor.cli.spoken_help" in sys.modules
    )


def _speak(command: click.Command) -> None:
    from monitor.cli.spoken_help import speak  # with its catalog a tenth of a second

    speak(command)


def _said(text: str) -> str:
    if not _may_be_asked_in_another_language():
        return text
    from monitor.cli.spoken_help import in_words  # as above

    return in_words(text)


class LazyGroup(click.Group):
    """A group that imports a command only when it is named: ``siaga check`` loads no web server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        gc.disable()  # modules are no garbage: looking for some in them takes a tenth of the import
        try:
            module = importlib.import_module(f"monitor.cli.{name}")
        finally:
            gc.freeze()
            gc.set_threshold(*COLLECTIONS)
            gc.enable()
        command: click.Command = getattr(module, name)
        if _may_be_asked_in_another_language():
            _speak(command)
        return command

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        if _may_be_asked_in_another_language():
            _speak(self)
        return super().make_context(info_name, args, parent, **extra)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _said(what)) for name, what in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="siaga")
def main_group() -> None:
    """Siaga watches what people write about a brand and gets somebody to look before it burns."""


def one_place() -> None:
    """Raise ``Problem`` unless Siaga's three packages are its own: their names are plain, and
    another program's ``connectors`` beside them would be imported in their stead."""
    places = {}
    for name in ("monitor", "connectors", "alerting"):
        spec = find_spec(name)
        origin = spec.origin if spec else None
        places[name] = str(Path(origin).parent.parent) if origin else "nowhere"
    if len(set(places.values())) > 1:
        found = ", ".join(f"{name}: {place}" for name, place in places.items())
        raise Problem(
            f"Siaga's packages are not in one place ({found}): another program has a package of "
            f"the same name; install Siaga into an environment of its own (venv, pipx, container)."
        )


def main() -> None:
    """Run a command. A mistake of the user's or the world's is one sentence and exit code 1; what
    of it a platform said steers no terminal."""
    # numpy's vectors are small here: threads that wait for each other at each of them take 12 times
    # the processor to learn a brand's corrections
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    fit()
    try:
        one_place()
        _somewhere()
        try:
            main_group()
        except NotHere as problem:
            _elsewhere(sys.argv[1:], problem)
    except Problem as problem:
        from alerting.channels.sanitize import clean  # only where something is wrong
        from monitor.cli.language import told

        click.echo(clean(f"siaga: {told(problem)}"), err=True)
        sys.exit(1)


def _is_here() -> bool:
    return os.access("siaga.yaml", os.F_OK)


def _somewhere() -> None:
    """A folder that is gone, or may not be entered, is no reason not to acknowledge."""
    try:
        Path.cwd()
    except OSError:
        os.chdir("/")


def _all_the_same(argv: list[str], config: Path) -> str:
    """What to type where only the config is in the way of saying who takes care of it."""
    if (
        argv[:1] != ["incident"]
        or not os.access(config, os.F_OK)
        or any("--database" in w for w in argv)
    ):
        return ""
    from monitor.cli.language import _  # these only where a command has failed
    from monitor.settings.model import Settings
    from monitor.settings.places import storage_url

    url = storage_url(Settings(), config.parent)
    file = Path(url.removeprefix("sqlite:///"))
    if not url.startswith("sqlite:") or not os.access(file, os.F_OK):
        return ""
    command = shlex.join(["siaga", *argv, "--database", str(file)])
    return "\n" + _("Without the config: {command}", command=command)


def _elsewhere(argv: list[str], problem: NotHere) -> None:
    """Have the running daemon do what cannot be done here. Raises the problem where none is."""
    from monitor.cli import remote  # sockets: only where a command has failed
    from monitor.cli.language import _, told
    from monitor.runtime.control import config_at
    from monitor.settings.places import SYSTEM_CONFIG

    named = remote.asked_for(argv) or os.environ.get("SIAGA_CONFIG", "")
    nowhere = not named and not _is_here()
    config = Path(named or "siaga.yaml")
    if nowhere and os.access(SYSTEM_CONFIG, os.F_OK):
        config = SYSTEM_CONFIG
        problem = _by_service(argv, config)
    only = bool(named) or (not nowhere and argv[:1] not in remote.FOR_ANY)
    daemon = remote.daemon_for(argv, named or "siaga.yaml", only=only)
    if daemon and (answer := remote.by_daemon(daemon, argv)):
        if not nowhere:
            instead = _("the running daemon answers instead: {config}", config=config_at(daemon))
            click.echo(f"siaga: {told(problem)} ({instead})", err=True)
        _say(answer)
    if nowhere or config == SYSTEM_CONFIG:
        remote.raise_if_closed(argv)
    same = _all_the_same(argv, config)
    raise Problem("\n".join([told(problem) + same, *remote.others(argv)])) from problem


def _by_service(argv: list[str], config: Path) -> NotHere:
    """Have this machine's service do it, which is meant where nothing is named: its daemon, else
    its config is taken. Returns why that cannot be; does not return otherwise."""
    from monitor.cli import remote  # as above

    daemon = remote.daemon_for(argv, str(config), only=True)
    if daemon and (answer := remote.by_daemon(daemon, argv)):
        _say(answer)
    remote.raise_if_closed(argv)
    os.environ["SIAGA_CONFIG"] = str(config)
    try:
        main_group()
    except NotHere as problem:
        return problem
    sys.exit()


def _say(answer: Answer) -> NoReturn:
    click.echo(answer.out, nl=False, err=answer.code == 1 and answer.out.startswith("siaga: "))
    sys.exit(answer.code)
