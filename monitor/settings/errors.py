"""pydantic's errors in the words of somebody who has a file to mend."""

from __future__ import annotations

import difflib
import re
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.settings.model import Settings
from monitor.settings.yaml import Loc

SECRET_KEY = re.compile(r"token|password|passwd|secret|api_?key|credential", re.IGNORECASE)

_TYPES = {
    "string_type": "must be text; put it in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "tuple_type": "must be a list: a line `- …` for each, or [one, two]",
    "dict_type": "must be `key: value` lines",
    "model_type": "must be `key: value` lines",
    "model_attributes_type": "must be `key: value` lines",
}

_PATTERNS = {
    "slug": "must be small letters, digits and dashes, such as kopi-senja",
    "name": "must be small letters, digits and dashes, such as google-news",
    "playbook": "must be a playbook's name: small letters, digits and dashes",
    "language": "must be a language such as en, id or pt_BR",
    "at": 'must be a time of day in quotes, such as "08:00"',
}


def in_words(error: ValidationError) -> Iterator[tuple[Loc, str]]:
    """Every error as its place and what to do."""
    for detail in error.errors(include_url=False):
        loc = detail["loc"]
        if SECRET_KEY.search(str(loc[-1])) and detail["type"] == "extra_forbidden":
            yield loc, _secret_key(str(loc[-1]))
        elif str(loc[-1]) == "covered_from" or detail["type"].startswith(("datetime", "timezone")):
            yield loc, "must be a time with its zone, such as 2026-03-01T00:00Z"
        else:
            yield loc, _message(detail)


def _message(detail: ErrorDetails) -> str:
    kind, loc, context = detail["type"], detail["loc"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown_key(str(loc[-1]), known_keys(loc[:-1]))
    if kind == "missing":
        return f"`{loc[-1]}` is missing here; it is needed"
    if kind == "value_error":
        return detail["msg"].removeprefix("Value error, ")
    if kind == "literal_error":
        return f"must be {context['expected'].replace(chr(39), '`')}{_meant(detail)}"
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(str(loc[-1]), f"must look like {context['pattern']}")
    if kind in _TYPES:
        return _TYPES[kind]
    message = detail["msg"].removeprefix("Input should be ")
    return f"must be {message}" if message != detail["msg"] else message


def _meant(detail: ErrorDetails) -> str:
    """For a text that is nearly one of the allowed ones."""
    allowed = re.findall(r"'([^']+)'", detail.get("ctx", {}).get("expected", ""))
    close = difflib.get_close_matches(str(detail["input"]).lower(), allowed, 1)
    return f"; did you mean `{close[0]}`?" if close else ""


def unknown_key(key: str, known: list[str]) -> str:
    """What to say of a key that nobody reads."""
    close = difflib.get_close_matches(key.lower(), known, 1, cutoff=0.5)
    if close:
        return f"unknown key `{key}`; did you mean `{close[0]}`?"
    return f"unknown key `{key}`; there are {', '.join(f'`{name}`' for name in known)}"


def known_keys(loc: Loc) -> list[str]:
    """The keys that a place of the config may have."""
    model: type[BaseModel] = Settings
    for part in loc:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in typing.get_args(annotation):
        if found := _model_in(part):
            return found
    return None


def _secret_key(key: str) -> str:
    return (
        f"`{key}` looks like a secret, and secrets never stand in the config: take it out and set "
        "the environment variable (SLACK_BOT_TOKEN, SIAGA_SMTP_PASSWORD, …) or its _FILE; "
        "`siaga check` names those that are needed"
    )
