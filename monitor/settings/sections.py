"""What every section of a config is made of."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from monitor.settings.durations import parse_duration

Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
"""``90s``, ``5m``, ``2h``, ``1d``, ``1w``; a bare number is an error."""

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
PlaybookName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")]
"""A playbook file's name without its ending: ``data-leak``, ``data-leak.id``."""

Locale = Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")]


class Section(BaseModel):
    """Base of every section: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
