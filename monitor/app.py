"""The composition root: ``Settings`` -> ``App``. The only place that wires parts together."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alerting.channels import registry as channels
from alerting.channels.base import Channel
from alerting.messages.wording import use_titles
from alerting.playbook.load import Playbook, Playbooks, check_playbook, load_playbook
from alerting.register import RegisterProblem, RiskEntry, read_register
from connectors import registry as connectors
from connectors.base import Connector, Info, Options, Unauthorized, Unavailable
from monitor.clock import Clock, utc_now
from monitor.detect.base import SeriesDetector
from monitor.detect.registry import declared_facts, detectors_for
from monitor.drills import drill_brands
from monitor.model import SeriesKey
from monitor.problems import NotHere, Problem
from monitor.query.ast import Query
from monitor.query.parse import parse
from monitor.settings.errors import Finding, located
from monitor.settings.load import ConfigProblem, Loaded, load
from monitor.settings.model import BrandSettings, Settings, SourceSettings
from monitor.settings.places import state_folder, storage_url
from monitor.settings.secrets import secret
from monitor.settings.shipped import shipped
from monitor.settings.vault import Vault, has_key, vault
from monitor.settings.yaml import read_yaml
from monitor.store.drills import Drill, running
from monitor.store.engine import Database, DatabaseProblem
from monitor.store.schema import prepare
from monitor.store.tokens import tokens

if TYPE_CHECKING:  # numpy is behind these: 0.1 s that the first /healthz does not wait for
    from monitor.enrich.pipeline import Enricher
    from monitor.enrich.sentiment.base import SentimentModel

log = logging.getLogger(__name__)

DEFAULT_CONFIG = Path("siaga.yaml")
"""Read where no config is named, if it is there."""


class NoConfig(NotHere):
    """There is no config where it was looked for."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A config that was read and its database, ready for use: all that the page needs. ``folder``
    is what the config's relative paths are relative to."""

    settings: Settings
    folder: Path
    db: Database
    now: Clock = utc_now
    wall: Clock = utc_now
    replay: bool = False

    @property
    def brands(self) -> Mapping[str, BrandSettings]:
        """The brands by their slugs."""
        return {brand.slug: brand for brand in self.settings.brands}


def no_vault() -> Vault:
    """For an app without a place for a key."""
    raise Problem("stored tokens cannot be opened here")


@dataclass(frozen=True, slots=True)
class App:
    """Everything a job needs. ``now`` is the domain's clock, ``wall`` the present.

    ``connector_for`` makes a connector for one poll; ``detectors_for`` the detectors of one
    (brand, platform); ``wake`` is called after a commit so that the next step need not wait for
    a tick. ``replay``: the time spoken of is not the present, and notices are stamped so;
    ``at_will``: it goes on as fast as it can. ``sources``: those read for every brand at once
    (ANY), beside the brands' own: a replayed file. ``second``: the transformer asked for a second
    opinion, where one is configured. ``vault`` opens stored tokens; raises ``Problem`` where their
    key is not there. ``risks``: the register. ``drills``: those that run; ``brands`` has theirs.
    """

    settings: Settings
    db: Database
    now: Clock
    wall: Clock
    brands: Mapping[str, BrandSettings]
    queries: Mapping[str, Query]
    playbooks: Mapping[str, Playbook]
    channels: Mapping[str, Channel]
    enricher: Enricher
    connector_for: Callable[[SourceSettings], Connector]
    detectors_for: Callable[[SeriesKey], Sequence[SeriesDetector]]
    wake: Callable[[], None] = lambda: None
    replay: bool = False
    at_will: bool = False
    sources: tuple[SourceSettings, ...] = ()
    second: SentimentModel | None = None
    vault: Callable[[], Vault] = no_vault
    risks: Callable[[], tuple[RiskEntry, ...]] = tuple
    drills: tuple[Drill, ...] = ()


def config_path(config: Path | None) -> Path | None:
    """The config that is meant: the one named, else ``siaga.yaml`` here, else none at all."""
    if config is None and os.access(DEFAULT_CONFIG, os.F_OK):  # no error where we may not look
        return DEFAULT_CONFIG
    return config


def needed_config(config: Path | None) -> Path:
    """The config that is meant, which must be there. Raises ``NoConfig`` and creates nothing."""
    found = config_path(config)
    if found is None:
        raise NoConfig(
            f"There is no {DEFAULT_CONFIG} in this folder ({Path.cwd()}), so it is not known what "
            "is watched. Go where it is, or name it with --config or SIAGA_CONFIG. A new one: "
            "siaga config example > siaga.yaml"
        )
    return found


def command_of(settings: Settings) -> str:
    """How `siaga` is called where people acknowledge, for alerts and the page: SIAGA_COMMAND, else
    what the config says."""
    return os.environ.get("SIAGA_COMMAND", "").strip() or settings.command


def config_files(config: Path | None, settings: Settings) -> list[Path]:
    """The files whose change means a reload: the config, and the playbooks and the register that it
    names."""
    if config is None:
        return []
    named = [*settings.playbooks, *filter(None, [settings.risks])]
    return [config, *(config.parent / name for name in named)]


def load_config(config: Path | None) -> Loaded:
    """Read and validate the whole tree. Raises ``ConfigProblem`` with every error at once."""
    check = partial(check_playbook, facts=declared_facts())
    loaded = load(config, check_source=connectors.check_options, check_playbook=check)
    _check_channels(loaded)
    return loaded


def _check_channels(loaded: Loaded) -> None:
    known = loaded.settings.channels
    found = [
        Finding(("channels", name, *filter(None, option.split("."))), message)
        for name, options in known.items()
        for option, message in channels.check_options(name, options)
    ]
    found += [
        Finding(("brands", n, "alerts"), f"there is no channel of this name; {_nameable(known)}")
        for n, brand in enumerate(loaded.settings.brands)
        if brand.alerts and brand.alerts.partition(":")[0] not in known
    ]
    found += [
        Finding(("next_ways", n), "there is no channel of this name; add it under `channels`")
        for n, way in enumerate(loaded.settings.next_ways)
        if way.partition(":")[0] not in known
    ]
    if found and loaded.path:
        raise ConfigProblem(tuple(located(str(loaded.path), read_yaml(loaded.path), found)))


def _nameable(known: Collection[str]) -> str:
    if not known:
        return "add it under `channels`, or use `slack_channel`"
    return f"write such as `{min(known)}:room` (there are: {', '.join(sorted(known))})"


def open_config(config: Path | None = None, *, create: bool = True) -> Opened:
    """A config's settings and its database, brought up to this version. ``complete`` makes an app
    of it, which takes longer.

    Raises ``NoConfig``, ``ConfigProblem`` or ``DatabaseProblem``, each a sentence for a person.
    """
    found = needed_config(config)
    return open_settings(load_config(found).settings, found.parent, create=create)


def open_settings(
    settings: Settings, folder: Path, url: str = "", *, create: bool = True
) -> Opened:
    """Settings and their database, or that at ``url``. Raises ``DatabaseProblem``, also where
    there is no SQLite file yet and ``create`` is off."""
    use_titles(connectors.titles)
    db = Database(url or storage_url(settings, folder))
    try:
        if not create and db.is_missing():
            raise DatabaseProblem(
                f"There is no database {db.url.database} yet; `siaga run` makes it and fills it."
            )
        prepare(db)
    except BaseException:
        db.close()
        raise
    return Opened(settings, folder, db)


def assemble(
    settings: Settings,
    *,
    folder: Path = Path(),
    database_url: str = "",
    now: Clock = utc_now,
    wall: Clock = utc_now,
    replay: bool = False,
    sources: Sequence[SourceSettings] = (),
) -> App:
    """Settings -> App. ``folder`` is what relative paths are relative to; ``sources`` are read
    for every brand at once."""
    opened = open_settings(settings, folder, database_url)
    app = complete(replace(opened, now=now, wall=wall, replay=replay))
    return replace(app, sources=tuple(sources))


def complete(opened: Opened) -> App:
    """The app, its models loaded. Raises a ``Problem`` where they cannot be; then the database is
    closed."""
    try:
        return _with_parts(opened)
    except BaseException:
        opened.db.close()
        raise


def reload_app(app: App, config: Path | None) -> App:
    """The same app by a changed config; the database stays open as it is.

    Raises ``ConfigProblem`` and ``RegisterProblem``; then the old app is as good as before.
    """
    config = config_path(config)
    folder = config.parent if config else Path()
    settings = load_config(config).settings
    if settings.storage != app.settings.storage:
        log.warning("storage changed in the config; that takes a restart")
    changed = _with_parts(Opened(settings, folder, app.db, app.now, app.wall, app.replay))
    changed.risks()  # what incidents are opened by is read now, or the old one stays
    return replace(changed, wake=app.wake, sources=app.sources)


def _with_parts(opened: Opened) -> App:
    settings, folder = opened.settings, opened.folder
    with opened.db.read() as tx:
        drills = running(tx)
    brands = {**opened.brands, **drill_brands(drills, opened.brands)}
    queries = {slug: parse(brand.query) for slug, brand in brands.items()}
    return App(
        settings=settings,
        db=opened.db,
        now=opened.now,
        wall=opened.wall,
        brands=brands,
        queries=queries,
        playbooks=playbooks_of(settings, folder),
        channels=channels_of(settings),
        enricher=_enricher(brands, queries, opened.db),
        connector_for=lambda source: _connector_for(source, opened),
        detectors_for=detectors_for(settings.rules),
        replay=opened.replay,
        second=_second(settings, folder),
        vault=lambda: vault(key_folder(opened)),
        risks=cache(lambda: read_risks(settings, folder)),
        drills=drills,
    )


def with_drills(app: App, drills: tuple[Drill, ...]) -> App:
    """The same app, playing these drills."""
    real = {brand.slug: brand for brand in app.settings.brands}
    brands = {**real, **drill_brands(drills, real)}
    queries = {slug: parse(brand.query) for slug, brand in brands.items()}
    read = _enricher(brands, queries, app.db)
    return replace(app, brands=brands, queries=queries, enricher=read, drills=drills)


def _second(settings: Settings, folder: Path) -> SentimentModel | None:
    if not settings.sentiment.transformer:
        return None
    from monitor.enrich.sentiment.transformer import Transformer  # numpy, as above

    return Transformer(folder / settings.sentiment.transformer)


def key_folder(opened: Opened) -> Path:
    """Where the key of stored tokens is kept: beside an SQLite database; else where a service's own
    data is, unless one is beside the config already."""
    if path := opened.db.path:
        return path.parent
    return opened.folder if has_key(opened.folder) else state_folder(opened.folder)


def _connector_for(source: SourceSettings, opened: Opened) -> Connector:
    made = connectors.get(source.connector)
    options = made.info.options.model_validate(source.options)
    secrets = {name: secret(variable) for name, variable in made.info.secrets.items()}
    if made.info.oauth:
        secrets["token"] = _token(made.info, options, opened, secrets.get("token", ""))
    return made(options, secrets)


def _token(info: Info, options: Options, opened: Opened, static: str) -> str:
    """The account's stored token, else the environment's, else the only one that is stored."""
    account = str(getattr(options, info.account, "") or "").rpartition(":")[2]
    with opened.db.read() as tx:
        stored = [token for token in tokens(tx) if token.provider in info.oauth]
    exact = [token for token in stored if account and token.account == account]
    if static and not exact:
        return static
    found = exact or [token for token in stored if token.account == "default"] or stored
    if len(found) != 1:
        return static
    (token,) = found
    if token.expires_at is not None and token.expires_at <= opened.wall():
        if token.renewable:
            raise Unavailable(f"The token of {token.title} is being renewed.")
        raise Unauthorized(
            f"The access of {token.title} has ended: run `siaga connect {token.provider}`."
        )
    opened_token = json.loads(vault(key_folder(opened)).open(token.sealed))
    return str(opened_token["access"])


def playbooks_of(settings: Settings, folder: Path) -> Playbooks:
    """The playbooks of a config, by their names: the default and its own at once, the other shipped
    ones when they are asked for. ``folder``: where its files are."""
    facts = declared_facts()

    def read(path: Path, slug: str) -> Playbook:
        return replace(load_playbook(path.read_text("utf-8"), slug, facts), file=path)

    home = shipped("playbooks")
    files = {"default": home / "default.yaml"}
    files |= {Path(name).stem: folder / name for name in settings.playbooks}
    now = {slug: read(path, slug) for slug, path in files.items()}
    rest = {path.stem: partial(read, path, path.stem) for path in sorted(home.glob("*.yaml"))}
    return Playbooks(now, rest)


def read_risks(settings: Settings, folder: Path) -> tuple[RiskEntry, ...]:
    """The register that the config names, or the shipped one. Raises ``RegisterProblem``."""
    path = folder / settings.risks if settings.risks else shipped("risks.yaml")
    try:
        return read_register(path.read_text("utf-8"), str(path))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not a UTF-8 text"
        raise RegisterProblem(f"cannot read the risk register {path}: {why}") from None


def channels_of(settings: Settings) -> dict[str, Channel]:
    """The console always, the others where they are switched on."""
    wanted: dict[str, Any] = {"console": {}, **settings.channels}
    if settings.slack.enabled:
        wanted |= {
            "slack": settings.slack,
            "slack_reply": settings.slack,
            "slack_home": settings.slack,
        }
    wanted |= {"email": settings.email} if settings.email.enabled else {}
    made = {}
    for name, options in wanted.items():
        channel = channels.get(name)
        secrets = {key: secret(variable) for key, variable in channel.secrets.items()}
        made[name] = channel.make(channel.options.model_validate(options), secrets)
    return made


def _enricher(
    brands: Mapping[str, BrandSettings], queries: Mapping[str, Query], db: Database
) -> Enricher:
    from monitor.brand_models import learn  # numpy, as above
    from monitor.enrich.pipeline import Enricher
    from monitor.enrich.sentiment.shipped import load as load_model

    enricher = Enricher(
        queries,
        {slug: brand.own_accounts for slug, brand in brands.items()},
        load_model(),
        called={slug: (brand.name,) for slug, brand in brands.items()},
        crisis_terms={slug: brand.crisis_terms for slug, brand in brands.items()},
    )
    learn(enricher, db, list(queries))
    return enricher
