"""What is wrong with a file, in the words of somebody who has to mend it: file, line, what to do.

One translator for the config, the options of sources, playbooks and scenarios: the same slip is
the same sentence everywhere.
"""

from __future__ import annotations

import difflib
import re
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.settings.secrets import redacted
from monitor.settings.yaml import Document, Loc

Model = TypeVar("Model", bound=BaseModel)

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
    "date_from_datetime_parsing": "must be a day such as 2027-12-31",
    "date_parsing": "must be a day such as 2027-12-31",
    "date_type": "must be a day such as 2027-12-31",
    "model_attributes_type": "must be `key: value` lines",
}

_PATTERNS = {
    "slug": "must be small letters, digits and dashes, such as kopi-senja",
    "name": "must be small letters, digits and dashes, such as google-news",
    "playbook": "must be a playbook's name: small letters, digits and dashes",
    "language": "must be a language such as en, id or pt_BR",
    "at": 'must be a time of day in quotes, such as "08:00"',
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend, or (``warning``) to think about. ``line``: where that is not the line
    of ``loc``."""

    loc: Loc
    message: str
    warning: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class ConfigError:
    """One thing to mend. ``line`` counts from 1; 0 means the file as a whole."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        told = f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"
        return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in told)


def validated(
    document: Document, model: type[Model], context: Mapping[str, Any] | None = None
) -> tuple[Model | None, list[Finding]]:
    """The document as ``model``, or None and everything that keeps it from being one.
    ``context``: what the model's own validators need to know."""
    try:
        return model.model_validate(document.data, context=dict(context or {})), []
    except ValidationError as error:
        return None, [Finding(loc, message) for loc, message in in_words(error, model)]


def located(file: str, document: Document, found: Iterable[Finding]) -> list[ConfigError]:
    """Findings with their lines, in the order of the file. What looks like a secret is not
    repeated, wherever it stands."""
    errors = {
        ConfigError(
            file,
            f.line or document.line(f.loc),
            redacted(document.title(f.loc)),
            redacted(f.message),
        )
        for f in found
    }
    return sorted(errors, key=lambda error: (error.line, error.path, error.message))


_MISSING = "`{name}` is missing here; it is needed"


def is_missing(found: Finding) -> bool:
    """Whether it says that a key is not there."""
    return found.message.endswith(_MISSING.removeprefix("`{name}`"))


def faults(document: Document) -> list[Finding]:
    """What the document itself has wrong: keys that stand twice, values that a # cuts off."""
    return [Finding(loc, message, line=line) for line, loc, message in document.faults]


def in_words(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[Loc, str]]:
    """Every error of validating ``model`` as its place and what to do."""
    for detail in error.errors(include_url=False):
        loc = tuple(part for part in detail["loc"] if part != "[key]")
        last = str(loc[-1]) if loc else ""
        if SECRET_KEY.search(last) and detail["type"] == "extra_forbidden":
            yield loc, _secret_key(last)
        elif last == "covered_from" or detail["type"].startswith(("datetime", "timezone")):
            yield loc, "must be a time with its zone, such as 2026-03-01T00:00Z"
        else:
            yield loc, _message(detail, model)


def _message(detail: ErrorDetails, model: type[BaseModel]) -> str:
    kind, loc, context = detail["type"], detail["loc"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown_key(str(loc[-1]), known_keys(loc[:-1], model))
    if kind == "missing":
        return _MISSING.format(name=loc[-1])
    if kind == "value_error":
        return detail["msg"].removeprefix("Value error, ")
    if kind == "literal_error":
        return f"must be {context['expected'].replace(chr(39), '`')}{_meant(detail)}"
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(str(loc[-1]) if loc else "", f"must look like {context['pattern']}")
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


def known_keys(loc: Loc, model: type[BaseModel]) -> list[str]:
    """The keys that a place of a file of that model may have."""
    for part in loc:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if isinstance(part, str) and part in fields:
            model = _model_in(fields[part].annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


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
