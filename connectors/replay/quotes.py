"""Cells in quotes other than ``"``: single ones, and a word processor's curly ones."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

PLAIN = '""'
OTHERS = ("''", "“”", "„“", "‘’", "«»", "””")
"""Opening and closing quotes that tables were seen with beside the standard's."""


def quotes_of(rows: Sequence[str], delimiter: str) -> str:
    """The quotes around cells in most of some rows: an opening and a closing one."""
    there = [row for row in rows if row.strip()]
    for quotes in OTHERS:
        opening, closing = (re.escape(quote) for quote in quotes)
        end = re.escape(delimiter)
        inside = rf"(?:^|{end})\s*{opening}[^{opening}{closing}]*"
        cell = re.compile(rf"{inside}{closing}\s*(?={end}|$)")
        open_end = re.compile(rf"{inside}$")  # the first line of several
        begins = [row for row in there if row.lstrip().startswith(quotes[0])]
        of = begins if len(begins) > 1 else there
        quoted = sum(len(cell.findall(row)) + bool(open_end.search(row)) > 1 for row in of)
        if quoted * 2 > len(of):
            return quotes
    return PLAIN


def requoted(line: str, quotes: str, delimiter: str) -> str:
    """A line whose cells are in the standard's quotes instead of these."""
    if quotes == PLAIN:
        return line
    opens, closes = _borders(quotes, delimiter)
    return closes.sub('"', opens.sub('"', line.replace('"', '""')))


@functools.cache
def _borders(quotes: str, delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Where a quote opens a cell, and where one closes it."""
    opening, closing = (re.escape(quote) for quote in quotes)
    end = re.escape(delimiter)
    return re.compile(rf"(?:^|(?<={end}))\s*{opening}"), re.compile(rf"{closing}\s*(?={end}|$)")
