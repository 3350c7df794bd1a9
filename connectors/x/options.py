"""What an X source may be told."""

from __future__ import annotations

from pydantic import Field, field_validator

from connectors.base import Options
from connectors.kit.http import safe_base
from connectors.x.query import LONGEST


class XOptions(Options):
    """Options of an X source."""

    posts: bool = Field(False, description="Buy the posts too, not only their counts.")
    max_usd_per_day: float = Field(
        3.0, ge=0, description="Money this source may spend a day (UTC)."
    )
    query: str = Field(
        "", max_length=LONGEST, description="In X's own words, for this source only."
    )
    usd_per_count: float = Field(0.005, ge=0)
    usd_per_post: float = Field(0.005, ge=0)
    base_url: str = "https://api.x.com"

    _base = field_validator("base_url")(safe_base)
