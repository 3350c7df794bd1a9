"""``siaga demo``: two quiet weeks and a crisis of a made-up brand, in about a minute."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event

import click

from alerting.channels.console import rendered
from alerting.i18n import languages
from connectors.registry import declared
from monitor.cli.language import _, n_, person
from monitor.cli.language import language as language_of
from monitor.clock import wait
from monitor.runtime.demo import Demo, Shown, Wish, prepare
from monitor.runtime.logs import quiet_logging
from monitor.runtime.simulate import Played
from monitor.store.outbox import keys
from monitor.web.serve import serve

FOLDER = Path("siaga-demo")


@click.command()
@click.option("--seed", type=int, help="Other times and counts; the same seed plays the same.")
@click.option("--no-crisis", is_flag=True, help="The same weeks without their crisis.")
@click.option("--blind", is_flag=True, help="Let one source go blind for three hours on the way.")
@click.option(
    "--language",
    type=click.Choice(languages()),
    default=language_of,
    help="Language of the messages; default: that of whoever types.",
)
@click.option(
    "--page/--no-page",
    default=None,
    help="Serve the page afterwards; default: where this is a terminal.",
)
@click.option("--keep", is_flag=True, help="Keep the config and the database in ./siaga-demo.")
def demo(
    seed: int | None, no_crisis: bool, blind: bool, language: str, page: bool | None, keep: bool
) -> None:
    """Two quiet weeks and then a crisis of a made-up brand. Sends nothing, needs no key."""
    quiet_logging()
    with _folder(keep) as folder:
        made = prepare(folder, Wish(seed, not no_crisis, blind, language))
        click.echo(_("Kopi Senja is a made-up coffee brand; so is every word said about it here."))
        say = person(made.scenario.time_zone)
        click.echo(
            _(
                "Playing {start} to {end}: {platforms}.",
                start=say.date(made.scenario.start),
                end=say.date(made.scenario.end),
                platforms=", ".join(made.scenario.platforms),
            )
            + "\n"
        )
        progress = Progress(made, sys.stdout.isatty())
        played = made.play(progress.tick)
        progress.end(played)
        _tell(made.messages(), made)
        _next_steps(folder if keep else None)
        if page or (page is None and sys.stdin.isatty() and sys.stdout.isatty()):
            _serve(made)
        else:
            click.echo(_("The demo's page: siaga demo --page serves it until Ctrl-C."))
        made.app.db.close()


@contextlib.contextmanager
def _folder(keep: bool) -> Iterator[Path]:
    if keep:
        FOLDER.mkdir(exist_ok=True)
        yield FOLDER
        return
    with tempfile.TemporaryDirectory(prefix="siaga-demo-") as name:
        yield Path(name)


@dataclass(slots=True)
class Progress:
    """A bar that moves on a terminal; elsewhere a line a day."""

    demo: Demo
    is_terminal: bool
    day: int = 0
    told: int = 0

    def tick(self, played: Played) -> None:
        scenario = self.demo.scenario
        share = min(1.0, (played.position - scenario.start) / (scenario.end - scenario.start))
        day = (played.position - scenario.start) // timedelta(days=1)
        say = person(scenario.time_zone)
        told = self.demo.said.tell()
        heard = n_("{n} mention", "{n} mentions", played.new)
        line = f"{say.weekday(played.position)}  {heard}"
        if told > self.told:
            message = _("a message for Slack")
            self._print(f"{line}  -> {message}", lasting=True)
            self.told = told
        if self.is_terminal:
            bar = "█" * round(share * 30)
            self._print(f"[{bar:·<30}] {line}", lasting=False)
        elif day > self.day:
            done = _("day {day} of {days}", day=day, days=f"{scenario.days:.0f}")
            self._print(f"{line}  {done}", lasting=True)
        self.day = max(self.day, day)

    def end(self, played: Played) -> None:
        self._print(n_("{n} mention played.", "{n} mentions played.", played.new), lasting=True)

    def _print(self, line: str, *, lasting: bool) -> None:
        clear = "\r\x1b[K" if self.is_terminal else ""
        click.echo(clear + line, nl=lasting)


STEPS = 2
"""Steps of the ladder that are shown in full; those after them differ in their figures alone."""


def _tell(messages: list[Shown], demo: Demo) -> None:
    say = person(demo.scenario.time_zone)
    if not messages:
        click.echo("\n" + _("Nothing happened that anybody should be woken for: no message."))
    repeated = [m for m in messages if keys.kind(m.key) == "step"][STEPS:]
    for message in messages:
        if message in repeated:
            continue
        when = f"{say.date(message.at)}, {say.time(message.at)}"
        click.secho(f"\n{when}: {_what(message)}", bold=True)
        click.echo(_("(read back from the outbox, key {key})", key=message.key) + "\n")
        click.echo(rendered(message.delivery, colour=sys.stdout.isatty()), nl=False)
    if repeated:
        click.secho(
            "\n"
            + _(
                "{count} more of the kind followed, the last at {time}: the ladder goes on until "
                "somebody acknowledges.",
                count=len(repeated),
                time=say.time(repeated[-1].at),
            ),
            bold=True,
        )


def _what(message: Shown) -> str:
    kind = keys.kind(message.key)
    if kind == "card":
        return _("the message Slack would get")
    if kind == "step":
        return _("nobody has acknowledged it, so the next step of the playbook follows")
    return _("a line in the message's thread")


def _next_steps(kept: Path | None) -> None:
    click.secho("\n" + _("Nothing was sent anywhere. Next, your own brand:"), bold=True)
    for command, what in (
        ("siaga config example > siaga.yaml", _("then cut it down to your brand")),
        ("siaga check", _("every mistake at once, with what to do")),
        ("siaga run", _("listens, and serves its page")),
    ):
        click.echo(f"  {command:<36} # {what}")
    without, with_key = _to_listen_to()
    click.echo(
        _(
            "Sources that need no key: {without}. With a key of yours: {with_key}.",
            without=without,
            with_key=with_key,
        )
    )
    click.echo(_("What each reads and who grants it: {command}", command="siaga connectors"))
    click.echo(
        _(
            "Slack: put {setting} into siaga.yaml and the bot's token into SLACK_BOT_TOKEN.",
            setting='slack: {enabled: true, channel: "#…"}',
        )
    )
    if kept:
        command = f"siaga incident list --config {kept}/siaga.yaml"
        kept_in = _("Kept in {folder}. Look at it: {command}", folder=f"{kept}/", command=command)
        click.echo(f"\n{kept_in}")


def _to_listen_to() -> tuple[str, str]:
    """The connectors that need no key, and those that do, as each calls itself."""
    live = [info for name, info in declared().items() if name != "simulated" and not info.recorded]
    names = {info.title or info.name: bool(info.secrets or info.oauth) for info in live}
    needing = sorted(name for name, key in names.items() if key)
    return ", ".join(sorted(set(names) - set(needing))), ", ".join(needing)


def _serve(demo: Demo) -> None:
    """The demo's page, until Ctrl-C."""
    served = serve(lambda: demo.app, dict, any_port=True)
    click.echo("\n" + _("The demo's page: {url}  (Ctrl-C ends it)", url=served.url))
    with contextlib.suppress(KeyboardInterrupt):
        wait(Event(), 86400.0)
    served.close()
