"""The picture of a card: mentions of the last day against the usual, drawn as SVG, sent as PNG.

Letters come from a Latin part of DejaVu Sans that is shipped (a container has no fonts), so that
the same figures are the same picture everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

from resvg_py import svg_to_bytes

from alerting.channels.sanitize import cut, one_line
from alerting.i18n import Localizer
from alerting.model import Picture

FONT = Path(__file__).parent / "fonts" / "DejaVuSans-latin.ttf"

WIDTH, HEIGHT, ZOOM = 760, 250, 2.0
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 40, 30

NOW, USUAL, ONSET, INK, FAINT = "#1264a3", "#98a2b3", "#d92d20", "#1d1c1d", "#e4e7ec"


def png(picture: Picture, say: Localizer) -> bytes:
    """The picture's bytes: 1520 by 500 pixels."""
    drawn = svg_to_bytes(
        svg_string=svg(picture, say),
        zoom=ZOOM,
        skip_system_fonts=True,
        font_files=[str(FONT)],
        font_family="DejaVu Sans",
    )
    return bytes(drawn)


def svg(picture: Picture, say: Localizer) -> str:
    """The picture as SVG. Everything that is text is escaped."""
    top = max([1.0, *picture.counts, *picture.usual])
    scale = _Scale(len(picture.counts), top)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="DejaVu Sans" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *_grid(scale, say),
        *_hours(picture, scale, say),
    ]
    if picture.usual:
        line = _line(picture.usual, scale)
        parts.append(f'<path d="{line}" fill="none" stroke="{USUAL}" stroke-width="2.5"/>')
    area = f"{_line(picture.counts, scale)} L{scale.x(len(picture.counts) - 1):.1f},{scale.base} "
    parts += [
        f'<path d="{area}L{scale.x(0):.1f},{scale.base} Z" fill="{NOW}" fill-opacity="0.12"/>',
        f'<path d="{_line(picture.counts, scale)}" fill="none" stroke="{NOW}" stroke-width="3" '
        'stroke-linejoin="round"/>',
        *_onset(picture, scale, say),
        *_legend(picture),
        "</svg>",
    ]
    return "".join(parts)


class _Scale:
    """Where an interval and a count are drawn."""

    base = HEIGHT - BOTTOM

    def __init__(self, intervals: int, top: float) -> None:
        self.top = top
        self._step = (WIDTH - LEFT - RIGHT) / max(1, intervals - 1)

    def x(self, interval: float) -> float:
        return LEFT + interval * self._step

    def y(self, count: float) -> float:
        return self.base - count / self.top * (self.base - TOP)


def _line(values: Sequence[float], scale: _Scale) -> str:
    points = (f"{scale.x(n):.1f},{scale.y(value):.1f}" for n, value in enumerate(values))
    return "M" + " L".join(points)


def _grid(scale: _Scale, say: Localizer) -> list[str]:
    found = []
    for count in (0.0, scale.top / 2, scale.top):
        y = scale.y(count)
        found.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{FAINT}"/>'
        )
        found.append(_text(LEFT - 8, y + 4, say.number(round(count)), anchor="end"))
    return found


def _hours(picture: Picture, scale: _Scale, say: Localizer) -> list[str]:
    """A mark every six hours of the reader's clock."""
    found, step = [], timedelta(seconds=picture.step_s)
    before = None
    for n in range(len(picture.counts)):
        at = say.local(picture.start + n * step)
        quarter = at.hour // 6
        if before is not None and quarter != before:
            found.append(_text(scale.x(n), scale.base + 20, f"{quarter * 6:02d}:00"))
        before = quarter
    return found


def _onset(picture: Picture, scale: _Scale, say: Localizer) -> list[str]:
    if picture.onset is None:
        return []
    at = (picture.onset - picture.start) / timedelta(seconds=picture.step_s)
    if not 0 <= at <= len(picture.counts) - 1:
        return []
    x = scale.x(at)
    label = f"{picture.names[2]} {_clock(picture.onset, say)}"
    anchor, shift = ("end", -6) if x > WIDTH / 2 else ("start", 6)
    return [
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{scale.base}" stroke="{ONSET}" '
        'stroke-width="2" stroke-dasharray="5 4"/>',
        _text(x + shift, TOP + 8, label, anchor=anchor, colour=ONSET),
    ]


def _clock(at: datetime, say: Localizer) -> str:
    return f"{say.local(at):%H:%M}"


def _legend(picture: Picture) -> list[str]:
    found = [_text(LEFT, 20, picture.title, anchor="start", weight="bold")]
    x = WIDTH - RIGHT
    named = [(picture.names[0], NOW)]
    named += [(picture.names[1], USUAL)] if picture.usual else []
    for name, colour in reversed(named):
        found.append(_text(x, 20, name, anchor="end"))
        x -= 9 * len(name) + 12
        found.append(f'<rect x="{x - 14}" y="9" width="14" height="11" rx="3" fill="{colour}"/>')
        x -= 30
    return found


def _text(
    x: float, y: float, words: str, *, anchor: str = "middle", colour: str = INK, weight: str = ""
) -> str:
    shown = escape(cut(one_line(words), 80))
    bold = f' font-weight="{weight}"' if weight else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} fill="{colour}"{bold}>{shown}</text>'
