"""Many lines told as one, for a thread that could not be written to for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from alerting.model import Notice


def merge(notices: Sequence[Notice]) -> Notice:
    """The newest notice, with what the earlier ones said listed before its own words."""
    *older, newest = notices
    lines = [f"• {notice.headline}" for notice in older]
    return replace(newest, summary="\n".join([*lines, newest.summary]).strip())
