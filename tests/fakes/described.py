"""Requests held against a platform's own description of its API: what is sent must be in it."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from connectors.kit.loopback import Request

ROOT = Path(__file__).resolve().parents[2]


def shared_folder() -> Path:
    """Where the shared research data would be."""
    return Path(os.environ.get("SIAGA_SHARED", ROOT.parent / "shared"))


@cache
def x_description(dialect: str) -> Mapping[str, Any] | None:
    """X's OpenAPI document in one of its dialects; None where the shared data is not there."""
    folder = shared_folder() / "data/recorded/x"
    found = list(folder.glob(f"spec-openapi-*-{dialect}-dialect/*.json.gz"))
    return json.loads(gzip.decompress(found[0].read_bytes())) if found else None


@cache
def google_description(name: str) -> Mapping[str, Any]:
    """A discovery document out of Google's client, as ``youtube.v3``."""
    folder = files("googleapiclient.discovery_cache") / "documents"
    told: Mapping[str, Any] = json.loads((folder / f"{name}.json").read_text("utf-8"))
    return told


def conforms_to_openapi(request: Request, told: Mapping[str, Any]) -> None:
    """The path and every parameter are described, and each value is one that is allowed."""
    known: dict[str, Any] = {}
    for path, methods in told["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", path)
        method = request.method.lower()
        if method in methods and re.fullmatch(pattern, request.path):
            known = methods[method]
            if "{" not in path:
                break
    assert known, f"{request.path} is not described"
    described = {}
    for row in known.get("parameters", ()):
        one = _resolved(row, told)
        described[one["name"]] = one
    for name, value in request.params.items():
        assert name in described, f"{request.path} takes no {name}"
        _allowed(value, _resolved(described[name]["schema"], told), told, name)
    for name, one in described.items():
        if one.get("required") and one["in"] == "query":
            assert name in request.params, f"{request.path} needs {name}"
    if "requestBody" in known:
        schema = _resolved(known["requestBody"]["content"]["application/json"]["schema"], told)
        body = json.loads(request.body)
        assert {*schema.get("required", ())} <= body.keys(), f"{request.path}: {body}"
        for name, value in body.items():
            _allowed(str(value), _resolved(schema["properties"][name], told), told, name)


def conforms_to_discovery(request: Request, told: Mapping[str, Any]) -> None:
    """The same for a discovery document."""
    path = request.path.removeprefix("/" + told["servicePath"]).lstrip("/")
    methods = [m for m in _methods(told) if m["path"] == path and m["httpMethod"] == "GET"]
    assert methods, f"{request.path} is not described"
    described = {**told["parameters"], **methods[0].get("parameters", {})}
    for name, value in request.params.items():
        assert name in described, f"{path} takes no {name}"
        one = described[name]
        values = value.split(",") if one.get("repeated") else [value]
        for each in values:
            assert "enum" not in one or each in one["enum"], f"{name}={each}"
        if one["type"] == "integer":
            low, high = int(one.get("minimum", 0)), int(one.get("maximum", 2**32))
            assert low <= int(value) <= high, f"{name}={value}"
    needed = {name for name, one in described.items() if one.get("required")}
    assert needed <= request.params.keys()


def _methods(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = list(told.get("methods", {}).values())
    for resource in told.get("resources", {}).values():
        found += _methods(resource)
    return found


def _resolved(row: Mapping[str, Any], told: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in row:
        _, *steps = row["$ref"].split("/")
        row = told
        for step in steps:
            row = row[step]
    return row


def _allowed(value: str, schema: Mapping[str, Any], told: Mapping[str, Any], name: str) -> None:
    if schema.get("type") == "array":
        each = _resolved(schema["items"], told)
        parts = value.split(",")
        assert len(parts) <= schema.get("maxItems", len(parts)), f"too many {name}"
        for part in parts:
            _allowed(part, each, told, name)
        return
    if schema.get("type") == "integer":
        low, high = schema.get("minimum", 0), schema.get("maximum", 2**31)
        assert low <= int(value) <= high, f"{name}={value}"
    assert value in schema.get("enum", [value]), f"{name}={value}"
    assert re.search(schema.get("pattern", ""), value), f"{name}={value}"
    assert len(value) <= schema.get("maxLength", len(value)), f"{name} is too long"
