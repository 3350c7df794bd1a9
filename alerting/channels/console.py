"""The console: what Slack would show, for a terminal or a service's log. Needs nothing set up."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator
from datetime import datetime
from typing import TextIO

from alerting.channels.base import ChannelInfo, ChannelType, Delivery, DeliveryError
from alerting.channels.labels import MAX_FIELDS, MAX_QUOTES, byline, labels, localizer, quoted
from alerting.channels.sanitize import clean, one_line, safe_url
from alerting.model import Receipt
from monitor.settings.sections import Section

WIDTH = 96

_COLOURS = {"SEV1": "1;97;41", "SEV2": "1;31", "SEV3": "1;33", "SEV4": "1;36"}


class ConsoleOptions(Section):
    """It has none."""


class ConsoleChannel:
    """Prints to ``stream`` (None: standard output at that time). Colours only on a terminal."""

    def __init__(self, stream: TextIO | None = None, *, colour: bool | None = None) -> None:
        self.info = ChannelInfo("console", max_in_flight_s=5.0, repeatable=True)
        self._stream, self._colour = stream, colour

    def send(self, delivery: Delivery) -> Receipt:
        """Print it."""
        stream = self._stream or sys.stdout
        try:
            colour = stream.isatty() if self._colour is None else self._colour
            width = min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)
            stream.write(rendered(delivery, width=width, colour=colour))
            stream.flush()
        except (OSError, ValueError) as error:  # a closed pipe, a closed file
            raise DeliveryError(f"cannot print ({type(error).__name__})", "unknown") from None
        return {"printed": delivery.key}

    def update(self, receipt: Receipt, delivery: Delivery) -> Receipt:
        """What was printed stays as it is; what changed is told in lines of its own."""
        raise DeliveryError("the console cannot change what it printed", "not_sent", permanent=True)

    def find(self, delivery: Delivery, since: datetime) -> Receipt | None:
        """Nobody knows what was read on a terminal."""
        raise DeliveryError("the console does not remember", "unknown")


def rendered(delivery: Delivery, *, width: int = WIDTH, colour: bool = False) -> str:
    """The notice as text, ended by a line end. Strangers' words cannot move the cursor."""
    notice = delivery.notice
    bar = "│ " if notice.kind == "update" else "┃ "
    tint = _COLOURS.get(notice.severity, "1")
    lines = []
    for style, text in _lines(delivery):
        indent = "  " if style == "quote" else ""
        wrapped = textwrap.wrap(
            text, max(20, width - 4), initial_indent=indent, subsequent_indent=indent
        )
        for line in wrapped or [""]:
            code = tint if style == "head" else _STYLES.get(style, "")
            lines.append(f"\x1b[{code}m{line}\x1b[0m" if colour and code else line)
    edge = f"\x1b[{tint}m{bar}\x1b[0m" if colour else bar
    return "".join(f"{edge}{line}".rstrip() + "\n" for line in lines) + "\n"


_STYLES = {"label": "7", "quote": "3", "faint": "2", "target": "1;35"}


def _lines(delivery: Delivery) -> Iterator[tuple[str, str]]:
    notice = delivery.notice
    yield "head", one_line(notice.headline)
    for label in labels(delivery):
        yield "label", label
    if notice.targets:
        yield "target", " ".join(map(str, notice.targets))
    for line in clean(notice.summary).strip().splitlines():
        yield "", line
    if notice.fields:
        yield "", ""
    for label, value in notice.fields[:MAX_FIELDS]:
        yield "", f"{one_line(label)}: {one_line(value)}"
    for quote in notice.quotes[:MAX_QUOTES] if notice.kind != "digest" else ():
        yield "", ""
        yield "quote", f"“{quoted(quote)}”"
        yield (
            "faint",
            "  "
            + " · ".join(p for p in (byline(quote, localizer(notice)), safe_url(quote.url)) if p),
        )
    if notice.why or notice.how_to or notice.link:
        yield "", ""
    for style, text in (
        ("faint", notice.why),
        ("", notice.how_to),
        ("", safe_url(notice.link)),
        ("faint", notice.footer),
    ):
        for line in clean(text).strip().splitlines():
            yield style, line


CONSOLE = ChannelType("console", ConsoleOptions, lambda _options, _secrets: ConsoleChannel())
