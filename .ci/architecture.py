"""ARCHITECTURE.md says who may import whom for people, pyproject.toml for the linter: the same."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WALK = "a mention travels one way"
INSIDE = "every module of monitor has its layer"
ALERTING = "alerting: render what was decided, send what was rendered"


def problems() -> list[str]:
    """Where the paper and the contracts differ."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    contracts: list[dict[str, Any]] = tools["importlinter"]["contracts"]
    paper = (ROOT / "ARCHITECTURE.md").read_text()
    found = [*_layers(paper, contracts), *_libraries(paper, contracts)]
    excepted = {line for c in contracts for line in c.get("ignore_imports", ())}
    said = set(re.findall(r"`([\w.*]+ -> [\w.*]+)`", paper))
    found += [f"ARCHITECTURE.md does not name the exception {line}" for line in excepted - said]
    found += [f"no contract makes the exception {line}" for line in said - excepted]
    return sorted(found)


def _layers(paper: str, contracts: list[dict[str, Any]]) -> Iterator[str]:
    made = {c["name"]: _modules(c) for c in contracts if c["type"] == "layers"}
    walk = made[WALK]
    if _column(paper, "layer") != walk:
        yield "the layers of ARCHITECTURE.md are not those of the contract"
    if _column(paper, "room of alerting") != [
        [f"alerting.{module}" for module in layer] for layer in made[ALERTING]
    ]:
        yield "the rooms of alerting in ARCHITECTURE.md are not those of the contract"
    inside = [[m.removeprefix("monitor.") for m in layer if "monitor." in m] for layer in walk]
    if inside != made[INSIDE]:
        yield f"the contracts `{WALK}` and `{INSIDE}` differ"


def _libraries(paper: str, contracts: list[dict[str, Any]]) -> Iterator[str]:
    said = {
        library: {_module(place) for place in _quoted(row[1])}
        for row in _table(paper, "library")
        for library in _quoted(row[0])
    }
    made = {
        library: set(contract["allowed_importers"])
        for contract in contracts
        if contract["type"] == "protected"
        for library in contract["protected_modules"]
    }
    for library in sorted(said.keys() | made.keys()):
        if said.get(library) != made.get(library):
            here = ", ".join(sorted(said.get(library, ()))) or "nowhere"
            there = ", ".join(sorted(made.get(library, ()))) or "nowhere"
            yield f"{library}: ARCHITECTURE.md allows it in {here}, the contract in {there}"


def _modules(contract: dict[str, Any]) -> list[list[str]]:
    """The modules of each layer, from the top."""
    return [re.findall(r"[\w.]+", layer) for layer in contract["layers"]]


def _table(paper: str, heading: str) -> list[list[str]]:
    """The rows of the table whose first heading is this."""
    lines = iter(paper.splitlines())
    next(line for line in lines if line.startswith(f"| {heading} |"))
    next(lines)
    rows = []
    while (line := next(lines, "")).startswith("|"):
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return rows


def _column(paper: str, heading: str) -> list[list[str]]:
    return [[_module(name) for name in _quoted(row[0])] for row in _table(paper, heading)]


def _quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def _module(path: str) -> str:
    return path.strip("/").removesuffix(".py").replace("/", ".")
