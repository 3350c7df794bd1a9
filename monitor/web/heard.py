"""What is heard, for the page: counts by source, a day in bars, the latest mentions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerting.channels.sanitize import clean, cut, host_of, one_line, safe_url
from alerting.i18n import Localizer
from alerting.messages.wording import platform_name
from monitor.jobs.views.listening import HOURS, Listening
from monitor.jobs.views.overview import Overview
from monitor.model import ANY, Sentiment
from monitor.store.latest import Heard
from monitor.store.source_state import SourceState

WIDE, HIGH, GAP = 240, 36, 2
"""Of the bars, in units of the drawing."""

TEXT = 240


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the drawing."""

    x: float
    y: float
    width: float
    height: float


def bars(hours: Sequence[int]) -> list[Bar]:
    """An hour each; none where nothing was heard."""
    top, step = max(hours, default=0), WIDE / max(1, len(hours))
    tall = [HIGH * count / top if top else 0.0 for count in hours]
    return [
        Bar(round(n * step, 2), round(HIGH - high, 2), round(step - GAP, 2), round(high, 2))
        for n, high in enumerate(tall)
    ]


def day(hours: Sequence[int], say: Localizer) -> dict[str, Any]:
    """A brand's last 24 hours: how many, and the bars with the same in words."""
    total, most = sum(hours), max(hours, default=0)
    counted = say.n_("{n} mention in 24 h", "{n} mentions in 24 h", total)
    alt = say._("Mentions by hour of the last {n} h, {most} at most", n=HOURS, most=most)
    return {"counted": counted, "bars": bars(hours) if total else [], "alt": alt}


def by_source(view: Overview, found: Listening, say: Localizer) -> Mapping[int, str]:
    """How many mentions each source brought in 7 days; sources of one platform are told as one."""
    alike = Counter((one.brand, one.platform) for one in view.sources if one.active)
    return {one.id: _of_source(one, found, alike, say) for one in view.sources}


def _of_source(
    source: SourceState, found: Listening, alike: Mapping[tuple[str, str], int], say: Localizer
) -> str:
    key = (source.brand, source.platform)
    if source.polled_until is None or source.recorded or key not in alike:
        return ""
    if ANY in key and len(alike) > 1:
        return ""  # a file of many brands or platforms: what it brought is counted under theirs
    count = sum(
        volume
        for (brand, platform), volume in found.week.items()
        if source.brand in (ANY, brand) and source.platform in (ANY, platform)
    )
    if alike[key] == 1:
        return say.n_("{n} mention in 7 days", "{n} mentions in 7 days", count)
    return say.n_(
        "{n} mention in 7 days, with the others of {platform}",
        "{n} mentions in 7 days, with the others of {platform}",
        count,
        platform=platform_name(source.platform),
    )


def latest(
    found: Listening, names: Mapping[str, str], say: Localizer, now: datetime
) -> list[dict[str, str]]:
    """The latest mentions; what strangers wrote is text."""
    return [_mention(one, names, say, now) for one in found.latest]


def _mention(one: Heard, names: Mapping[str, str], say: Localizer, now: datetime) -> dict[str, str]:
    url = safe_url(one.url)
    mood = Sentiment(one.negative, one.neutral, one.positive).label if one.scored else "unknown"
    words = {
        "negative": say._("negative"),
        "neutral": say._("neutral"),
        "positive": say._("positive"),
        "unknown": say._("mood unknown"),
    }
    return {
        "text": one_line(cut(clean(one.said), TEXT)) or say._("(its text is not kept any more)"),
        "mood": mood,
        "word": words[mood],
        "by": " · ".join(
            part
            for part in (
                one_line(one.author),
                one_line(platform_name(one.platform)),
                say.moment(one.published_at, now),
                names.get(one.brand, one.brand),
            )
            if part
        ),
        "url": url,
        "host": host_of(url),
    }
