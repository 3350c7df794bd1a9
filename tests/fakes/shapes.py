"""What platforms answer in the shapes of other versions and other libraries' tests, and the lines
that must come of it. Made by hand: the words and the people are not real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

AT = "2019-12-16T12:09:40+0000"
STAMP = 1_576_498_180
"""The same moment, as LinkedIn and TikTok tell it."""

UTC = "2019-12-16T12:09:40Z"
"""As it must come out."""

Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a platform answers under patterns of its paths, and lines that must come of it."""

    name: str
    connector: str
    options: Mapping[str, Any]
    answers: Mapping[str, Any]
    lines: Sequence[Line] = field(default=())

    def __str__(self) -> str:
        return self.name


def mention(name: str, **told: Any) -> Line:
    return {"type": "mention", "external_id": name, **told}


def own_post(name: str, **told: Any) -> Line:
    return {"type": "own_post", "external_id": name, **told}


def metric(subject: str, name: str, value: float, **told: Any) -> Line:
    return {"type": "metric", "subject": subject, "name": name, "value": value, **told}


def ok(**data: Any) -> Mapping[str, Any]:
    return {"code": 0, "message": "OK", "data": data}


def word_ok(**data: Any) -> Mapping[str, Any]:
    """As TikTok's other API says that all went well."""
    return {"data": data, "error": {"code": "ok", "message": "", "log_id": "2026"}}


def without(row: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def rows(*told: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"data": list(told)}
