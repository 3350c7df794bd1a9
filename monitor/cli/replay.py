"""``siaga replay``: a file of mentions through everything, in its own time and database."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGINT, SIGTERM
from threading import Event
from typing import Any

import click

from alerting.messages.wording import state_word
from connectors.base import ConnectorError, SourceSpec
from connectors.registry import check_options, get
from connectors.replay.options import ReplayOptions
from connectors.replay.preview import end_of, read_of
from connectors.replay.preview import preview as preview_lines
from monitor.app import App, assemble, config_path, load_config
from monitor.cli.language import _, n_, person, told
from monitor.cli.options import config_option
from monitor.clock import ManualClock, monotonic, utc_now
from monitor.jobs.views.overview import overview
from monitor.model import ANY, BUCKET
from monitor.problems import Problem
from monitor.runtime.logs import quiet_logging
from monitor.runtime.os_signals import answering
from monitor.runtime.simulate import Pace, Played, drain, play
from monitor.settings.model import Settings, SourceSettings
from monitor.store.overview import ShownIncident

DATABASE = "siaga-replay.db"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _speed(_context: object, _param: object, value: str) -> float | None:
    """``max`` (None), ``realtime``, or so many times real time: ``60x``."""
    text = value.lower()
    if text == "max":
        return None
    if text == "realtime":
        return 1.0
    try:
        if (speed := float(text.removesuffix("x"))) > 0:
            return speed
    except ValueError:
        pass
    raise click.BadParameter(f"{value!r} is no speed; write max, realtime or 60x")


def _columns(_context: object, _param: object, values: tuple[str, ...]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    if wrong := [value for value, (_, equals, _) in zip(values, pairs, strict=True) if not equals]:
        raise click.BadParameter(f"{wrong[0]!r}: write OUR_FIELD=YOUR_COLUMN, such as text=body")
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@config_option
@click.option(
    "--speed",
    callback=_speed,
    default="max",
    show_default=True,
    help="max, realtime, or 60x for a minute in a second.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    callback=_columns,
    metavar="OURS=THEIRS",
    help="Which column is which: text=body, published_at=date …",
)
@click.option("--platform", default="", help="Platform of every row; default: the file's column.")
@click.option("--encoding", default="auto", show_default=True, help="Encoding of the file.")
@click.option("--delimiter", default="", metavar="SIGN", help="Between columns: , ; | or tab.")
@click.option("--skip-rows", type=int, metavar="N", help="Lines above the header of a table.")
@click.option("--time-format", default="", metavar="FORM", help="Such as %d/%m/%Y %H:%M.")
@click.option(
    "--time-zone", default="", help="Of times that name none; default: the file's, else UTC."
)
@click.option("--skip-unreadable", is_flag=True, help="Play it although much cannot be read.")
@click.option("--preview", is_flag=True, help="Say how the file is read, and play nothing.")
@click.option(
    "--database",
    default="",
    metavar="FILE|URL",
    help="Default: siaga-replay.db beside the config.",
)
@click.option(
    "--send", is_flag=True, help="Send to Slack as configured, stamped REPLAY; default: print."
)
def replay(
    file: Path,
    config: Path | None,
    speed: float | None,
    database: str,
    send: bool,
    preview: bool,
    **rows: Any,
) -> None:
    """Play a file of mentions (CSV, JSON or Excel, plain or packed) the way live ones go.

    What the file is and what its columns are is found; --preview shows it.

    Stopped in the middle, the same command goes on where it was.
    """
    quiet_logging()
    options = {"path": str(file.resolve()), **rows}
    if preview:
        click.echo("\n".join(map(told, said_of(replay_options(options)))))
        return
    stop = Event()
    with _opened(config, database, options, send) as (app, clock, first):
        click.echo(_("database: {name}", name=app.db.name))
        click.echo("\n".join(map(told, read_of(replay_options(options)))))
        ended = _play(app, clock, first, Pace(speed, stop), end_of(replay_options(options)))
    if not ended:
        sys.exit(130)


def _play(app: App, clock: ManualClock, first: datetime, pace: Pace, end: datetime) -> bool:
    """Play the file and say what came of it. False if it was stopped before the end."""
    began, stop = utc_now(), pace.stop
    progress = _Progress(sys.stderr.isatty(), end)
    gc.freeze()  # the models are no garbage: to look for some in them over and over takes a tenth
    with answering({SIGINT: stop.set, SIGTERM: stop.set}):
        # an hour of the file may pass in a second, and Slack takes a message a second: what is to
        # be told is told before time goes on, as long as Slack answers
        played = play(
            app,
            clock,
            on_tick=progress.tick,
            pace=pace,
            tell=lambda: drain(app, stop, timedelta(seconds=5)),
        )
        sent = not played.ended or drain(app, stop)
    progress.clear()
    seconds = (utc_now() - began).total_seconds()
    for line in (*summary_lines(app, played, first), *_ending(played, seconds, sent)):
        click.echo(line)
    return played.ended


def _ending(played: Played, seconds: float, sent: bool) -> Iterator[str]:
    new = n_("{n} new mention", "{n} new mentions", played.new)
    yield _("{what} in {seconds} s.", what=new, seconds=f"{seconds:.1f}")
    if not sent:
        yield _("Some messages could not be sent yet; the same command tries them again.")
    if not played.ended:
        yield _("Stopped before the end; the same command goes on from here.")


@contextmanager
def _opened(
    config: Path | None, database: str, options: Mapping[str, object], send: bool
) -> Iterator[tuple[App, ManualClock, datetime]]:
    """The app of a replay: the config's brands without their live sources, and the file."""
    path = config_path(config)
    folder = path.parent if path else Path()
    loaded = load_config(path).settings
    source = SourceSettings.model_validate(
        {"connector": "replay", "name": "file", "options": dict(options)}
    )
    begin = _beginning(source)
    settings = _for_replay(loaded, send, end_of(replay_options(options)))
    clock = ManualClock(begin)
    url = database if "://" in database else _of_file(Path(database or folder / DATABASE))
    app = assemble(
        settings,
        folder=folder,
        database_url=url,
        now=clock,
        wall=utc_now,
        replay=True,
        sources=(source,),
    )
    try:
        yield app, clock, begin
    finally:
        app.db.close()


def _of_file(path: Path) -> str:
    return f"sqlite:///{path.resolve()}"


def _for_replay(settings: Settings, send: bool, end: datetime) -> Settings:
    """The settings without live sources, and without what is said of them alone: a brand that is
    listened to since after the file's ``end`` would be heard in none of it."""
    if not settings.brands:
        raise Problem(
            "the config has no brand, so nothing of the file would be anybody's; "
            "name one with --config, or begin with `siaga config example`."
        )
    if send and not (settings.slack.enabled or settings.channels):
        raise Problem("--send needs Slack: say slack: {enabled: true, channel: …} in the config.")
    changed: dict[str, object] = {
        "brands": tuple(
            b.model_copy(update={"sources": (), "covered_from": _stated(b.covered_from, end)})
            for b in settings.brands
        )
    }
    if not send:
        changed |= {
            "slack": settings.slack.model_copy(update={"enabled": False}),
            "email": settings.email.model_copy(update={"enabled": False}),
            "channels": {},
        }
    return settings.model_copy(update=changed)


def _stated(covered_from: datetime | None, end: datetime) -> datetime | None:
    return covered_from if covered_from is not None and covered_from <= end else None


def replay_options(options: Mapping[str, object]) -> ReplayOptions:
    """The options, checked. Raises ``Problem`` with every error in them."""
    if errors := check_options("replay", options):
        raise Problem("; ".join(f"{path.removeprefix('options.')}: {why}" for path, why in errors))
    return ReplayOptions.model_validate(options)


def said_of(options: ReplayOptions) -> list[str]:
    """How the file is read, for ``--preview``. Raises ``Problem``."""
    try:
        return list(preview_lines(options))
    except ConnectorError as error:
        raise Problem(str(error)) from error


def _beginning(source: SourceSettings) -> datetime:
    """When the file begins. Raises ``Problem`` with the one sentence why it cannot be played."""
    connector = get(source.connector)(replay_options(source.options), {})
    spec = SourceSpec(ANY, source.name, None, (), EPOCH, EPOCH)
    try:
        page = next(iter(connector.fetch(spec, None)))
    except ConnectorError as error:
        raise Problem(str(error)) from error
    return (page.position or EPOCH) - BUCKET


class _Progress:
    """One moving line on a terminal; elsewhere nothing, the messages are the output."""

    def __init__(self, is_terminal: bool, end: datetime) -> None:
        self.is_terminal = is_terminal
        self.end, self.began = end, monotonic()
        self.first: datetime | None = None
        """Where time stood after the first round: a replay may go on in the middle."""
        self.shown = ""

    def tick(self, played: Played) -> None:
        heard = n_("{n} mention", "{n} mentions", played.new)
        shown = f"{person().day(played.position)} {played.position:%H}h UTC  {heard}"
        shown += self._left(played)
        if self.is_terminal and shown != self.shown:
            click.echo(f"\r\x1b[K{shown}", nl=False, err=True)
            self.shown = shown

    def _left(self, played: Played) -> str:
        """How much is done, how fast it goes, and how long the rest takes at that rate."""
        self.first = self.first or played.position
        spent, passed = monotonic() - self.began, played.position - self.first
        if spent < 1.0 or passed <= timedelta(0):
            return ""
        share = min(1.0, passed / max(self.end - self.first, passed))
        days = passed / timedelta(days=1) / spent
        left = timedelta(seconds=round(spent * (1.0 - share) / share))
        rest = _("{days} days a second, {left} left", days=f"{days:.1f}", left=left)
        return f"  {share:.0%}, {rest}"

    def clear(self) -> None:
        if self.shown:
            click.echo("\r\x1b[K", nl=False, err=True)


def summary_lines(app: App, played: Played, begin: datetime) -> list[str]:
    """What came of it: mentions, incidents, who is still being learned, where to look."""
    view = overview(app, app.now(), app.wall())
    say = person()
    first, last = (f"{say.date(at)} {at:%H:%M}" for at in (begin, played.position))
    lines = [_("{start} to {end} UTC", start=first, end=last)]
    for source in view.sources:
        if source.late:
            late = say.number(source.late)
            lines.append(_("{count} readings came later than their time allowed.", count=late))
    for brand in view.brands:
        found = [i for i in (*view.open, *view.over) if i.brand == brand.slug]
        said_of_it = [] if found else [_("no incident")]
        if brand.learning_until:
            said_of_it.append(_("learning until {when}", when=_at(brand.learning_until)))
        said = ", ".join(said_of_it)
        lines.append(f"{brand.name}: {said}".rstrip())
        lines += [f"  {_in_line(one)}" for one in sorted(found, key=lambda i: i.opened_at)]
    command = f"SIAGA_DATABASE_URL={app.db.url.render_as_string()} siaga incident list"
    lines.append(_("Look closer: {command}", command=command))
    return lines


def _in_line(one: ShownIncident) -> str:
    return _(
        "incident {id} {severity} {risk}: since {since}, noticed {noticed}, now {state}",
        id=one.id,
        severity=one.severity,
        risk=one.risk_class,
        since=_at(one.since),
        noticed=_at(one.opened_at),
        state=state_word(person(), one.state),
    )


def _at(moment: datetime) -> str:
    return f"{person().day(moment)} {moment:%H:%M} UTC"
