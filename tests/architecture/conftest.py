"""A checkout that a test may spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CARRIED = {".py", ".po", ".html", ".txt", ".md", ".yaml", ".toml"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's code and papers, without weights and tests, in a folder of their own."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("monitor", "connectors", "alerting", "config", "docs", ".ci"):
        shutil.copytree(ROOT / name, folder / name, ignore=_weights)
    for path in ROOT.glob("*"):
        if path.is_file() and path.suffix in CARRIED:
            shutil.copy(path, folder)
    return folder


def _weights(place: str, names: list[str]) -> list[str]:
    """What no check of the house reads."""
    paths = [Path(place, name) for name in names]
    return [p.name for p in paths if p.is_file() and p.suffix not in CARRIED]
