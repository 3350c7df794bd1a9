"""What was found in a file, for the person who has it: before anything is played."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connectors.replay.names import COLUMNS
from connectors.replay.options import ReplayOptions
from connectors.replay.reader import Reader, counted, getter, read_file, reader_of
from connectors.replay.records import printable

SHOWN, MAX_SHOWN = 3, 150
"""Rows as they were read, and characters of each text."""

NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def preview(options: ReplayOptions) -> Iterator[str]:
    """Lines that say how the file was read. Raises ``Rejected`` with the one sentence why it
    cannot be."""
    reader = read_file(options.model_copy(update={"skip_unreadable": True}))
    yield from _form(reader)
    yield from _columns(reader)
    yield from _times(reader)
    yield from _counts(reader)
    yield from reader.notes
    yield from _rows(reader)


def read_of(options: ReplayOptions) -> Iterator[str]:
    """Lines that say how much of the file is played, and what of it is not."""
    reader = reader_of(options)
    yield from _counts(reader)
    yield from reader.notes


def end_of(options: ReplayOptions) -> datetime:
    """When the last row of the file was."""
    rows = reader_of(options).rows
    return rows.time(len(rows) - 1)


def _form(reader: Reader) -> Iterator[str]:
    yield f"{reader.options.path.name}: {reader.content.form}, {reader.content.encoding}"
    if tool := reader.fields.tool:
        yield f"by its columns an export of {tool.name}"
    if header := reader.header:
        sign = NAMES.get(header.delimiter, repr(header.delimiter))
        above = counted(len(header.above), "line")
        if header.above:
            yield f"header in line {header.line}, {above} above it; columns separated by {sign}"
        else:
            yield f"header in line {header.line}; columns separated by {sign}"


def _columns(reader: Reader) -> Iterator[str]:
    found = reader.fields.columns
    yield "columns: " + ", ".join(
        f"{ours} = {printable(theirs)}"
        + (" (by what is in it)" if ours in reader.fields.guessed else "")
        for ours, theirs in found.items()
    )
    if lacking := [ours for ours in COLUMNS if ours not in found and ours not in ("clock", "zone")]:
        yield f"not found (say it by --column): {', '.join(lacking)}"


def _times(reader: Reader) -> Iterator[str]:
    moments, options = reader.moments, reader.options
    if options.time_format:
        yield f"times: as {options.time_format}"
    elif moments.day_first is not None:
        shown = printable(moments.shown[moments.day_first])
        if moments.day_first:
            yield f"dates: the day first, as in “{shown}”"
        else:
            yield f"dates: the month first, as in “{shown}”"
    zone = reader.zone_from or "say another by --time-zone Asia/Jakarta"
    yield f"times that name no zone: {reader.zone} ({zone})"


def _counts(reader: Reader) -> Iterator[str]:
    tally = reader.rows.tally
    yield (
        f"read: {counted(tally.rows, 'row')} in {tally.lines_read:,} of {tally.lines:,} lines, "
        f"from {reader.rows.time(0):%Y-%m-%d %H:%M} to "
        f"{reader.rows.time(len(reader.rows) - 1):%Y-%m-%d %H:%M} UTC"
    )
    for why, left in tally.left.items():
        example = f": “{printable(left.example)}”" if left.example else ""
        yield f"left out: {counted(left.count, 'row')} with {why} (line {left.line}{example})"


def _rows(reader: Reader) -> Iterator[str]:
    yield f"the first {counted(min(SHOWN, len(reader.rows)), 'row')} as read:"
    for i in range(min(SHOWN, len(reader.rows))):
        mention = reader.mention(i)
        said = getter(reader.fields, reader.rows.row(i))
        author = f" {printable(mention.author.handle)}" if mention.author else ""
        own = printable(mention.external_id) if reader.own_id(said("id")) else "no id"
        yield f"  {mention.published_at:%Y-%m-%d %H:%M:%S} UTC  {mention.platform}{author}  ({own})"
        if mention.title:
            yield f"    {printable(mention.title, MAX_SHOWN)}"
        yield f"    {printable(mention.text, MAX_SHOWN)}"
