"""The composition root: ``Settings`` -> ``App``. The only place that wires parts together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alerting.channels.base import Channel
from alerting.playbook.load import Playbook
from connectors.base import Connector
from monitor.clock import Clock, utc_now
from monitor.detect.base import SeriesDetector
from monitor.enrich.pipeline import Enricher
from monitor.model import SeriesKey
from monitor.query.ast import Query
from monitor.settings.model import BrandSettings, Settings, SourceSettings
from monitor.store.engine import Database

if TYPE_CHECKING:
    from monitor.enrich.sentiment.base import SentimentModel
    from monitor.settings.load import Loaded

log = logging.getLogger(__name__)

DEFAULT_CONFIG = Path("siaga.yaml")
"""Read where no config is named, if it is there."""


@dataclass(frozen=True, slots=True)
class App:
    """Everything a job needs. ``now`` is the domain's clock, ``wall`` the present.

    ``connector_for`` makes a connector for one poll; ``detectors_for`` the detectors of one
    (brand, platform); ``wake`` is called after a commit so that the next step need not wait for
    a tick. ``replay``: the time spoken of is not the present, and notices are stamped so.
    ``sources``: those read for every brand at once (ANY), beside the brands' own: a replayed file.
    ``second``: the transformer asked for a second opinion, where one is configured.
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
    sources: tuple[SourceSettings, ...] = ()
    second: SentimentModel | None = None


def config_path(config: Path | None) -> Path | None:
    """The config that is meant: the one named, else ``siaga.yaml`` here, else none at all."""
    if config is None and DEFAULT_CONFIG.exists():
        return DEFAULT_CONFIG
    return config


def config_files(config: Path | None, settings: Settings) -> list[Path]:
    """The files whose change means a reload: the config and the playbooks it names."""
    if config is None:
        return []
    return [config, *(config.parent / name for name in settings.playbooks)]


def load_config(config: Path | None) -> Loaded:
    """Read and validate the whole tree. Raises ``ConfigProblem`` with every error at once."""
    from alerting.playbook.load import check_playbook
    from connectors.registry import check_options
    from monitor.settings.load import load

    loaded = load(config, check_source=check_options, check_playbook=check_playbook)
    _check_channels(loaded)
    return loaded


def _check_channels(loaded: Loaded) -> None:
    if not loaded.settings.channels:
        return
    from alerting.channels.registry import check_options
    from monitor.settings.errors import ConfigError
    from monitor.settings.load import ConfigProblem

    wrong = [
        ConfigError(
            str(loaded.path), 0, ".".join(filter(None, ("channels", name, option))), message
        )
        for name, options in loaded.settings.channels.items()
        for option, message in check_options(name, options)
    ]
    if wrong:
        raise ConfigProblem(tuple(wrong))


def open_app(config: Path | None = None) -> App:
    """The app that a config describes, its database ready.

    Raises ``ConfigProblem`` or ``DatabaseProblem``, each a sentence for a person.
    """
    config = config_path(config)
    folder = config.parent if config else Path()
    return assemble(load_config(config).settings, folder=folder)


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
    from monitor.store.schema import prepare

    db = Database(database_url or storage_url(settings, folder))
    try:
        prepare(db)
        app = _wire(settings, folder, db, now, wall, replay)
        return replace(app, sources=tuple(sources))
    except BaseException:
        db.close()
        raise


def reload_app(app: App, config: Path | None) -> App:
    """The same app by a changed config; the database stays open as it is.

    Raises ``ConfigProblem``; then the old app is as good as before.
    """
    config = config_path(config)
    folder = config.parent if config else Path()
    settings = load_config(config).settings
    if settings.storage != app.settings.storage:
        log.warning("storage changed in the config; that takes a restart")
    changed = _wire(settings, folder, app.db, app.now, app.wall, app.replay)
    return replace(changed, wake=app.wake, sources=app.sources)


def storage_url(settings: Settings, folder: Path) -> str:
    """Where the data is. A relative SQLite path is relative to ``folder``."""
    from monitor.settings.secrets import secret

    url = secret("SIAGA_DATABASE_URL") or settings.storage.url
    prefix = "sqlite:///"
    path = url.removeprefix(prefix)
    if path == url or path.startswith(("/", ":", "file:")):
        return url
    return prefix + str((folder / path).resolve())


def _wire(
    settings: Settings, folder: Path, db: Database, now: Clock, wall: Clock, replay: bool
) -> App:
    from monitor.detect.factory import detectors_for
    from monitor.query.parse import parse

    brands = {brand.slug: brand for brand in settings.brands}
    queries = {slug: parse(brand.query) for slug, brand in brands.items()}
    return App(
        settings=settings,
        db=db,
        now=now,
        wall=wall,
        brands=brands,
        queries=queries,
        playbooks=_playbooks(settings, folder),
        channels=_channels(settings),
        enricher=_enricher(settings, queries, db),
        connector_for=_connector_for,
        detectors_for=detectors_for(settings.rules),
        replay=replay,
        second=_second(settings, folder),
    )


def _second(settings: Settings, folder: Path) -> SentimentModel | None:
    if not settings.sentiment.transformer:
        return None
    from monitor.enrich.sentiment.transformer import Transformer

    return Transformer(folder / settings.sentiment.transformer)


def _connector_for(source: SourceSettings) -> Connector:
    from connectors.registry import get
    from monitor.settings.secrets import secret

    made = get(source.connector)
    secrets = {name: secret(variable) for name, variable in made.info.secrets.items()}
    return made(made.info.options.model_validate(source.options), secrets)


def _playbooks(settings: Settings, folder: Path) -> dict[str, Playbook]:
    from alerting.playbook.load import load_playbook
    from monitor.settings.shipped import shipped

    files = {"default": shipped("playbooks") / "default.yaml"}
    files |= {Path(name).stem: folder / name for name in settings.playbooks}
    return {slug: load_playbook(path.read_text("utf-8"), slug) for slug, path in files.items()}


def _channels(settings: Settings) -> dict[str, Channel]:
    """The console always, the others where they are switched on."""
    from alerting.channels.registry import get
    from monitor.settings.secrets import secret

    wanted: dict[str, Any] = {"console": {}, **settings.channels}
    wanted |= {"slack": settings.slack} if settings.slack.enabled else {}
    wanted |= {"email": settings.email} if settings.email.enabled else {}
    made = {}
    for name, options in wanted.items():
        channel = get(name)
        secrets = {key: secret(variable) for key, variable in channel.secrets.items()}
        made[name] = channel.make(channel.options.model_validate(options), secrets)
    return made


def _enricher(settings: Settings, queries: Mapping[str, Query], db: Database) -> Enricher:
    from monitor.brand_models import learn
    from monitor.enrich.sentiment.shipped import load

    own_accounts = {brand.slug: brand.own_accounts for brand in settings.brands}
    enricher = Enricher(queries, own_accounts, load())
    learn(enricher, db, list(queries))
    return enricher
