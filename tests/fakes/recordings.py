"""Recorded answers played to a connector as somebody would: ``siaga poll --dry-run --json``."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner

from connectors.kit.loopback import JSON, LoopbackServer, Reply, Request
from connectors.registry import get
from monitor.cli.main import main_group

NOTHING: Mapping[str, Any] = {
    "facebook": {"data": []},
    "instagram": {"data": []},
    "threads": {"data": []},
    "tiktok": {"code": 0, "message": "OK", "data": {}},
    "linkedin": {"elements": []},
    "x": {"meta": {"result_count": 0}},
    "youtube": {"items": []},
}
"""What each platform answers where it has nothing."""

Routes = Mapping[str, Any]
"""Pattern of a path -> the body, or the bodies of its pages in turn (the last one again)."""


def tape(path: Path) -> list[Any]:
    """The JSON bodies of a cassette."""
    told = yaml.safe_load(path.read_text("utf-8"))
    bodies = [one["response"]["body"]["string"] for one in told["interactions"]]
    return [json.loads(gzip.decompress(body)) for body in bodies]


class Stage:
    """A folder with a config, in which recordings are played. ``secret`` is every token."""

    secret = "secret-of-the-recordings"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[Request] = []

    def play(
        self,
        connector: str,
        options: Mapping[str, Any],
        routes: Routes,
        otherwise: Reply | None = None,
    ) -> list[dict[str, Any]]:
        """What ``siaga poll`` prints of a source whose platform answers so."""
        self.asked.clear()
        with self._served(connector, routes, otherwise) as url:
            source = {
                "connector": connector,
                "name": "page",
                "options": {**options, "base_url": url},
            }
            brand = {"slug": "senja", "name": "Senja", "query": "senja", "sources": [source]}
            config = self.folder / "siaga.yaml"
            config.write_text(json.dumps({"version": 1, "brands": [brand]}))  # JSON is YAML
            told = CliRunner().invoke(
                main_group,
                ["poll", "senja/page", "--dry-run", "--json", "--config", str(config)],
                env=dict.fromkeys(get(connector).info.secrets.values(), self.secret),
            )
        self.said = f"{told.output}{told.exception or ''}"
        return [json.loads(line) for line in told.stdout.splitlines() if line.startswith("{")]

    @contextmanager
    def _served(self, connector: str, routes: Routes, otherwise: Reply | None) -> Iterator[str]:
        pages = {pattern: _in_turn(bodies) for pattern, bodies in routes.items()}

        def answer(asked: Request) -> Reply:
            self.asked.append(asked)
            for pattern, told in pages.items():
                if re.search(pattern, asked.path):
                    return Reply(told(), headers=dict(JSON))
            return otherwise or Reply(NOTHING[connector], headers=dict(JSON))

        with LoopbackServer(answer) as server:
            yield server.url


def _in_turn(told: Any) -> Callable[[], Any]:
    bodies: Sequence[Any] = told if isinstance(told, list) else [told]
    left = list(bodies)
    return lambda: left.pop(0) if len(left) > 1 else left[0]
