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
from alerting.i18n import Localizer, languages
from connectors.registry import declared
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
    default="en",
    show_default=True,
    help="Language of the messages.",
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
        click.echo("Kopi Senja is a made-up coffee brand; so is every word said about it here.")
        click.echo(
            f"Playing {made.scenario.start:%-d %B} to {made.scenario.end:%-d %B %Y}: "
            f"{', '.join(made.scenario.platforms)}.\n"
        )
        progress = Progress(made, sys.stdout.isatty())
        played = made.play(progress.tick)
        progress.end(played)
        _tell(made.messages(), made)
        _next_steps(folder if keep else None)
        if page or (page is None and sys.stdin.isatty() and sys.stdout.isatty()):
            _serve(made)
        else:
            click.echo("The demo's page: siaga demo --page serves it until Ctrl-C.")
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
        here = played.position.astimezone(scenario.start.tzinfo)
        told = self.demo.said.tell()
        line = f"{here:%a %-d %b %H:%M}  {played.new:>6,} mentions"
        if told > self.told:
            self._print(f"{line}  -> a message for Slack", lasting=True)
            self.told = told
        if self.is_terminal:
            bar = "█" * round(share * 30)
            self._print(f"[{bar:·<30}] {line}", lasting=False)
        elif day > self.day:
            self._print(f"{line}  day {day} of {scenario.days:.0f}", lasting=True)
        self.day = max(self.day, day)

    def end(self, played: Played) -> None:
        self._print(f"{played.new:,} mentions played.", lasting=True)

    def _print(self, line: str, *, lasting: bool) -> None:
        clear = "\r\x1b[K" if self.is_terminal else ""
        click.echo(clear + line, nl=lasting)


STEPS = 2
"""Steps of the ladder that are shown in full; those after them differ in their figures alone."""


def _tell(messages: list[Shown], demo: Demo) -> None:
    say = Localizer("en", demo.scenario.time_zone)
    if not messages:
        click.echo("\nNothing happened that anybody should be woken for: no message.")
    repeated = [m for m in messages if keys.kind(m.key) == "step"][STEPS:]
    for message in messages:
        if message in repeated:
            continue
        when = f"{say.date(message.at)}, {say.time(message.at)}"
        click.secho(f"\n{when}: {_what(message)}", bold=True)
        click.echo(f"(read back from the outbox, key {message.key})\n")
        click.echo(rendered(message.delivery, colour=sys.stdout.isatty()), nl=False)
    if repeated:
        click.secho(
            f"\n{len(repeated)} more of the kind followed, the last at "
            f"{say.time(repeated[-1].at)}: the ladder goes on until somebody acknowledges.",
            bold=True,
        )


def _what(message: Shown) -> str:
    kind = keys.kind(message.key)
    if kind == "card":
        return "the message Slack would get"
    if kind == "step":
        return "nobody has acknowledged it, so the next step of the playbook follows"
    return "a line in the message's thread"


def _next_steps(kept: Path | None) -> None:
    click.secho("\nNothing was sent anywhere. Next, your own brand:", bold=True)
    click.echo("  siaga config example > siaga.yaml    # then cut it down to your brand")
    click.echo("  siaga check                          # every mistake at once, with what to do")
    click.echo("  siaga run                            # listens, and serves its page")
    without, with_key = _to_listen_to()
    click.echo(f"Sources that need no key: {without}. With a key of yours: {with_key}.")
    click.echo("What each reads and who grants it: siaga connectors")
    click.echo(
        'Slack: put slack: {enabled: true, channel: "#…"} into siaga.yaml and the bot\'s '
        "token into SLACK_BOT_TOKEN."
    )
    if kept:
        click.echo(f"\nKept in {kept}/. Look at it: siaga incident list --config {kept}/siaga.yaml")


def _to_listen_to() -> tuple[str, str]:
    """The connectors that need no key, and those that do, as each calls itself."""
    live = [info for name, info in declared().items() if name != "simulated" and not info.recorded]
    names = {info.title or info.name: bool(info.secrets or info.oauth) for info in live}
    needing = sorted(name for name, key in names.items() if key)
    return ", ".join(sorted(set(names) - set(needing))), ", ".join(needing)


def _serve(demo: Demo) -> None:
    """The demo's page, until Ctrl-C."""
    served = serve(lambda: demo.app, dict, any_port=True)
    click.echo(f"\nThe demo's page: {served.url}  (Ctrl-C ends it)")
    with contextlib.suppress(KeyboardInterrupt):
        wait(Event(), 86400.0)
    served.close()
