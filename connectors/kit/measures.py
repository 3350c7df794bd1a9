"""Measured values from a stranger's JSON. One that is told and cannot be read is no value, and not
nothing either: it is NaN until ``readable`` takes it out of its page and counts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import isnan, nan
from typing import Any

from connectors.base import Page
from connectors.kit.json_values import number


def measure(*told: Any) -> float | None:
    """How many: the first of these that can be read; None where none is told."""
    found = (number(one) for one in told)
    readable = next((n for n in found if n is not None), None)
    if readable is not None:
        return float(readable)
    return nan if any(one is not None for one in told) else None


def fraction(told: Any) -> float | None:
    """The same of what may have digits behind its point: a share, a mean."""
    return told if isinstance(told, float) else measure(told)


def measures_in(told: Any, names: Mapping[str, str]) -> dict[str, float]:
    """What an object counts, by our names."""
    if not isinstance(told, dict):
        return {} if told is None else {"": nan}
    found = dict[str, float]()
    for theirs, ours in names.items():
        value = measure(told.get(theirs))
        if value is not None and isnan(found.get(ours, nan)):  # two names may mean the same
            found[ours] = value
    return found


def readable(page: Page) -> Page:
    """A page with the values that could be read; the others are counted."""
    metrics = tuple(one for one in page.metrics if not isnan(one.value))
    lost = len(page.metrics) - len(metrics)
    return replace(page, metrics=metrics, skipped=page.skipped + lost) if lost else page
