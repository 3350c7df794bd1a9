"""Which connectors there are. Built in, or installed beside (entry points ``siaga.connectors``).

A new connector of ours is one file and one line in ``BUILT_IN``. Modules load when first asked
for: an SDK that nobody uses costs no start-up time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol, cast

from pydantic import ValidationError

from connectors.base import Connector, Info, Options
from monitor.problems import Problem
from monitor.settings.errors import in_words

BUILT_IN = {
    "facebook": "connectors.facebook.connector:Facebook",
    "instagram": "connectors.instagram.connector:Instagram",
    "linkedin": "connectors.linkedin.connector:LinkedInConnector",
    "replay": "connectors.replay.connector:Replay",
    "rss": "connectors.rss.connector:Rss",
    "simulated": "connectors.simulated.connector:Simulated",
    "threads": "connectors.threads.connector:Threads",
    "tiktok": "connectors.tiktok.connector:TikTokConnector",
    "x": "connectors.x.connector:X",
    "youtube": "connectors.youtube.connector:YouTube",
}

GROUP = "siaga.connectors"


class ConnectorType(Protocol):
    """A connector's class: what it declares, and how one is made for a poll."""

    info: Info

    def __call__(self, options: Options, secrets: Mapping[str, str]) -> Connector: ...


class UnknownConnector(Problem):
    """No connector of that name, or an installed one that cannot be loaded."""


def names() -> list[str]:
    """The names of all connectors, built in and installed."""
    return sorted({*BUILT_IN, *_installed()})


@cache
def get(name: str) -> ConnectorType:
    """The connector of that name. Raises ``UnknownConnector`` with the closest name there is."""
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        return cast(ConnectorType, getattr(import_module(module), attribute))
    if name in _installed():
        return _load(_installed()[name])
    close = get_close_matches(name.lower(), names(), n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(names())}."
    raise UnknownConnector(f"there is no connector {name!r}; {hint}")


@cache
def declared() -> Mapping[str, Info]:
    """What every connector declares of itself, by name. One that cannot be loaded is left out:
    whoever uses it is told so by ``get``."""
    found = {}
    for name in names():
        try:
            found[name] = get(name).info
        except (UnknownConnector, ImportError):
            continue
    return found


def titles() -> Mapping[str, str]:
    """What platforms and connectors are called, by their names in data and config."""
    of_connectors = {name: info.title for name, info in declared().items() if info.title}
    of_platforms = {info.platform: info.title for info in declared().values() if info.title}
    return of_platforms | of_connectors


def retention(platform: str) -> timedelta | None:
    """How long that platform's terms let texts and authors be kept; None: they do not say."""
    terms = [
        info.retention
        for info in declared().values()
        if info.platform == platform and info.retention is not None
    ]
    return min(terms, default=None)


def check_options(connector: str, options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every error in a source's options, as (path, message); empty if all is well.

    Path ``connector`` is the connector's own name, ``options.…`` one of its options.
    """
    try:
        made = get(connector)
    except UnknownConnector as error:
        return [("connector", str(error))]
    try:
        made.info.options.model_validate(options)
    except ValidationError as error:
        return [(_path(loc), message) for loc, message in in_words(error, made.info.options)]
    return []


@cache
def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _load(point: EntryPoint) -> ConnectorType:
    try:
        return cast(ConnectorType, point.load())
    except Exception as error:
        raise UnknownConnector(
            f"the connector {point.name!r} is installed ({point.value}) but cannot be loaded: "
            f"{type(error).__name__}: {error}"
        ) from error


def _path(where: tuple[int | str, ...]) -> str:
    return ".".join(["options", *(str(part) for part in where)])
