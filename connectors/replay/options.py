"""What may be said of a file that is replayed; what is not said is found."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from connectors.base import Options
from connectors.kit.charset import name_of
from connectors.kit.times import zone_named
from connectors.replay.columns import platform_named
from connectors.replay.names import COLUMNS


class ReplayOptions(Options):
    """Options of a replay. ``columns`` maps our field to the file's column: ``text: body``."""

    path: Path = Field(description="CSV, JSON or Excel; plain, .gz or .zip.")
    format: Literal["auto", "jsonl", "csv"] = "auto"
    encoding: str = Field("auto", description="Encoding of the file; found if not said.")
    delimiter: str = Field("", description="What separates a table's columns; found if not said.")
    skip_rows: int | None = Field(
        None, ge=0, description="Lines above a table's header; found if not said."
    )
    columns: dict[str, str] = Field(default_factory=dict)
    platform: str = Field(
        "", description="Platform of every row; else the file's column, else file."
    )
    time_zone: str = Field(
        "", description="Zone of times that name none; else what the file says, else UTC."
    )
    time_format: str = Field("", description="strptime format of unusual times: %d/%m/%Y %H:%M")
    skip_unreadable: bool = Field(
        False, description="Play a file although many of its rows cannot be read."
    )

    @field_validator("columns")
    @classmethod
    def _known(cls, columns: dict[str, str]) -> dict[str, str]:
        if strange := sorted(set(columns) - set(COLUMNS)):
            raise ValueError(
                f"no such field: {', '.join(strange)}; there are: {', '.join(COLUMNS)}"
            )
        return columns

    @field_validator("platform")
    @classmethod
    def _platform(cls, name: str) -> str:
        return platform_named(name)

    @field_validator("encoding")
    @classmethod
    def _encoding(cls, name: str) -> str:
        if name == "auto":
            return name
        if not (found := name_of(name)):
            raise ValueError(f"no such encoding: {name}")
        return found

    @field_validator("delimiter")
    @classmethod
    def _delimiter(cls, sign: str) -> str:
        sign = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}.get(
            sign.lower(), sign
        )
        if len(sign) > 1 or sign in ('"', "\n", "\r"):
            raise ValueError("one character, such as , ; | or tab")
        return sign

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        if name:
            zone_named(name)
        return name

    @field_validator("time_format")
    @classmethod
    def _format(cls, form: str) -> str:
        if form and "%" not in form:
            raise ValueError("write it like %d/%m/%Y %H:%M (docs.python.org, strftime)")
        return form
