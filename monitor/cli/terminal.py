"""Terminals and pipes that are not UTF-8: what they cannot show is written with what they can."""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata

_WRITTEN = """\
·-  –-  —-  −-  “"  ”"  ‘'  ’'  ×x  █#  ┃|  │|  ▾v  •*  ┼+  └+  ┘+  ┴+  ┬+  ├+  ┤+  ─-
…...  →->  ±+/-  ≥>=  ≤<=  ☐[ ]  ☑[x]  °deg
"""
PLAIN = {pair[0]: pair[1:] for line in _WRITTEN.splitlines() for pair in line.split("  ")}
"""What Siaga itself writes beyond ASCII, in ASCII."""

HANDLER = "siaga-plain"


def in_plain(error: UnicodeError) -> tuple[str, int]:
    """A codec's error handler: the same in ASCII, letters without their accents, else ``?``."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_plain, error.object[error.start : error.end])), error.end


def _plain(char: str) -> str:
    if char in PLAIN:
        return PLAIN[char]
    bare = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    return bare or ("" if unicodedata.combining(char) else "?")


class AsciiWriter(io.TextIOWrapper):
    """Writes ASCII only. click would write UTF-8 to a stream that says it is ASCII, so this one
    does not say it."""

    def write(self, text: str) -> int:
        super().write(text.encode("ascii", HANDLER).decode("ascii"))
        return len(text)


def fit() -> None:
    """Have standard output and error show whatever is written to them."""
    codecs.register_error(HANDLER, in_plain)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if codecs.lookup(stream.encoding).name == "ascii":
            setattr(sys, name, _ascii(stream))
        elif not stream.encoding.lower().startswith("utf"):
            stream.reconfigure(errors=HANDLER)


def _ascii(stream: io.TextIOWrapper) -> AsciiWriter:
    stream.flush()
    lines = stream.line_buffering
    return AsciiWriter(stream.detach(), encoding="utf-8", line_buffering=lines)
