"""A backtest as one HTML file: each series with its labelled cases and every rule set's alarms.

Plain SVG, no script, nothing fetched: it can be mailed and opened anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from math import log1p

from monitor.backtest.run import Alarm, History, series_of

WIDTH, HEIGHT, LANE = 1100, 120, 14
COLOURS = ("#b3261e", "#1f5fa8", "#2e7d32", "#8a4fad", "#a35b00", "#455a64")
STYLE = """body{font:14px/1.5 system-ui,sans-serif;max-width:1180px;margin:2em auto;color:#1b1b1b}
svg{display:block;margin:.4em 0 1.6em}h2{font-size:1.05em;margin:1.2em 0 0}
.l{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em}"""


def page(histories: Sequence[History], alarms: Mapping[str, Sequence[Alarm]]) -> str:
    """The whole page."""
    legend = "".join(
        f'<span class="l" style="background:{_colour(n)}"></span>{escape(name)}'
        for n, name in enumerate(alarms)
    )
    drawn = "\n".join(
        _drawing(history, alarms) for history in series_of(histories) if history.buckets
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Backtest</title>'
        f"<style>{STYLE}</style></head><body><h1>Backtest</h1><p>Mentions (logarithmic), "
        "labelled cases shaded, a mark for each alarm a rule set would have raised; where nothing "
        f"was seen the line is broken.{legend}</p>\n{drawn}</body></html>\n"
    )


def _colour(n: int) -> str:
    return COLOURS[n % len(COLOURS)]


def _drawing(history: History, alarms: Mapping[str, Sequence[Alarm]]) -> str:
    first, end = history.buckets[0].start, history.buckets[-1].end

    def x(at: datetime) -> float:
        return round(WIDTH * ((at - first) / (end - first)), 1)

    height = HEIGHT + LANE * len(alarms) + 20
    parts = [f'<h2>{escape(history.name)}</h2><svg viewBox="0 0 {WIDTH} {height}" role="img">']
    for start, stop in history.cases:
        width = max(1.0, x(stop) - x(start))
        parts.append(
            f'<rect x="{x(start)}" y="0" width="{width}" height="{HEIGHT}" fill="#f3d9a4"/>'
        )
    parts.append(f'<path d="{_line(history)}" fill="none" stroke="#333" stroke-width="1"/>')
    for n, found in enumerate(alarms.values()):
        y = HEIGHT + LANE * n + 4
        for alarm in found:
            if alarm.series == history.name:
                tip = f"{alarm.detector} {alarm.told:%d %b %Y %H:%M}, score {alarm.score:.1f}"
                parts.append(
                    f'<rect x="{x(alarm.told) - 1.5}" y="{y}" width="3" height="{LANE - 4}" '
                    f'fill="{_colour(n)}"><title>{escape(tip)}</title></rect>'
                )
    parts.append(
        f'<text x="0" y="{height - 4}" font-size="11">{first:%d %b %Y %H:%M}</text>'
        f'<text x="{WIDTH}" y="{height - 4}" font-size="11" text-anchor="end">'
        f"{end:%d %b %Y %H:%M} UTC</text></svg>"
    )
    return "".join(parts)


def _line(history: History) -> str:
    """The highest bucket under each pixel: a spike must not vanish between two pixels."""
    buckets = history.buckets
    each = max(1, len(buckets) // WIDTH)
    top = log1p(max((b.volume for b in buckets), default=0.0)) or 1.0
    path, pen = [], "M"
    for at in range(0, len(buckets), each):
        group = [b.volume for b in buckets[at : at + each] if b.covered]
        if not group:
            pen = "M"
            continue
        x = round(WIDTH * at / len(buckets), 1)
        path.append(f"{pen}{x} {round(HEIGHT - 4 - (HEIGHT - 10) * log1p(max(group)) / top, 1)}")
        pen = "L"
    return "".join(path)
