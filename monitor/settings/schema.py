"""The config's JSON Schema: what an editor needs to complete and check ``siaga.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from monitor.settings.model import Settings

_UNITS = (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def json_schema(options: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The schema. ``options``: the schema of each connector's own options, by its name."""
    schema = Settings.model_json_schema()
    definitions = schema["$defs"]
    source = definitions["SourceSettings"]
    source["properties"]["connector"]["examples"] = sorted(options)
    source["allOf"] = [
        {
            "if": {"properties": {"connector": {"const": name}}},
            "then": {"properties": {"options": {"$ref": f"#/$defs/{name} options"}}},
        }
        for name in sorted(options)
    ]
    for name, own in options.items():
        inner = dict(own)
        definitions |= inner.pop("$defs", {})
        definitions[f"{name} options"] = inner
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_as_written(schema)}


def _as_written(part: Any) -> Any:
    """Durations as people write them: pydantic describes them by ISO 8601 (``PT5M``)."""
    if isinstance(part, list):
        return [_as_written(item) for item in part]
    if not isinstance(part, dict):
        return _short(part) if isinstance(part, str) and part.startswith("P") else part
    if part.get("format") == "duration":
        part = {k: v for k, v in part.items() if k != "format"}
        part |= {"pattern": r"^\s*\d+(\.\d+)?\s*[smhdw]\s*$", "examples": ["90s", "5m", "2h", "1d"]}
    return {key: _as_written(value) for key, value in part.items()}


def _short(text: str) -> str:
    try:
        seconds = TypeAdapter(timedelta).validate_python(text).total_seconds()
    except ValueError:
        return text
    for unit, length in _UNITS:
        if seconds % length == 0 and (seconds >= length or unit == "s"):
            return f"{seconds / length:g}{unit}"
    return text
