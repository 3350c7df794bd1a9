"""Apps whose sources are read by the real connectors, from platforms on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from fakes.lines import Script, make_app

from connectors.base import Connector
from connectors.registry import get
from monitor.app import App
from monitor.query.parse import parse
from monitor.settings.model import BrandSettings, SourceSettings


class Real(Script):
    """The connectors that the sources name, each with its token. ``tokens``: source -> its."""

    def __init__(self, tokens: Mapping[str, str], **secrets: str) -> None:
        super().__init__(lambda source, cursor: iter(()))
        self.tokens, self.secrets = tokens, secrets

    def connector(self, source: SourceSettings) -> Connector:
        made = get(source.connector)
        token = self.tokens[source.name]
        secrets = {name: token for name in made.info.secrets if name in ("token", "key")}
        return made(made.info.options.model_validate(source.options), {**secrets, **self.secrets})


def source(connector: str, name: str, base: str, **options: Any) -> SourceSettings:
    """A source that is read from ``base``."""
    return SourceSettings(connector=connector, name=name, options={**options, "base_url": base})


def app_of(
    database_url: str,
    brands: Mapping[str, list[SourceSettings]],
    tokens: Mapping[str, str],
    now: datetime,
    settings: Mapping[str, Any] | None = None,
    **secrets: str,
) -> App:
    """Brands with their sources; both clocks stand at ``now``."""
    made = [
        BrandSettings(slug=slug, name=slug.title(), query=slug, sources=tuple(sources))
        for slug, sources in brands.items()
    ]
    real = Real(tokens, **secrets)
    app = make_app(database_url, real, brands=made, now=now, **(settings or {}))
    return replace(app, queries={slug: parse(slug) for slug in brands})
