"""The brands that running drills play: a real brand's people and rules, a scenario's storm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from connectors.base import Rejected
from monitor.settings.model import BrandSettings, DigestSettings, SourceSettings
from monitor.store.drills import Drill

EVERY = timedelta(seconds=30)
"""How often a drill's sources are asked."""

PAGE = "1d"
"""What came before the storm is told a day at a time."""


def drill_brands(
    drills: Sequence[Drill], brands: Mapping[str, BrandSettings]
) -> dict[str, BrandSettings]:
    """The drills' brands by their slugs. One whose brand or scenario is gone is left out."""
    found = {}
    for drill in drills:
        real = brands.get(drill.brand)
        if real is not None and (made := _brand(drill, real)) is not None:
            found[drill.slug] = made
    return found


def _brand(drill: Drill, real: BrandSettings) -> BrandSettings | None:
    from connectors.simulated.scenario import load_scenario  # 8 ms, only where a drill runs

    try:
        platforms = load_scenario(drill.scenario).platforms
    except Rejected:
        return None
    options = {"scenario": drill.scenario, "storm_at": drill.storm_at, "called": real.name}
    sources = tuple(
        SourceSettings(
            connector="simulated",
            name=platform,
            every=EVERY,
            options={**options, "platform": platform, "page": PAGE},
        )
        for platform in platforms
    )
    name = real.name.replace('"', " ")
    return real.model_copy(
        update={
            "slug": drill.slug,
            "query": f'"{name}"',
            "mode": "live",
            "covered_from": None,
            "digest": DigestSettings(),
            "sources": sources,
        }
    )
