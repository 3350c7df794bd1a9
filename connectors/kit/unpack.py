"""Bodies as they were before they were packed, piece by piece, so that a limit can be kept."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Protocol

MAX_MEMBERS = 10_000
"""Gzip members in one body; some servers make one for each piece they send."""

_GZIP, _ZLIB, _RAW = zlib.MAX_WBITS | 16, zlib.MAX_WBITS, -zlib.MAX_WBITS


class BadPacking(Exception):
    """It is not packed as it says."""


class NestedPacking(BadPacking):
    """Packed twice, a few hundred bytes become gigabytes; nobody honest does it."""


class UnknownPacking(BadPacking):
    """It is packed in a way that nobody had asked for."""


class Unpacker(Protocol):
    """Turns pieces into what was packed, at most ``most`` bytes at a time."""

    def feed(self, piece: bytes) -> Iterator[bytes]: ...


def unpacker(encodings: Sequence[str]) -> Unpacker:
    """The one for a ``Content-Encoding``. Raises ``BadPacking``."""
    named = [name for name in (one.strip().lower() for one in encodings) if name]
    named = [name for name in named if name != "identity"]
    if len(named) > 1:
        raise NestedPacking
    if not named:
        return _Plain()
    if named[0] not in ("gzip", "x-gzip", "deflate"):
        raise UnknownPacking
    return _Zipped(_ZLIB if named[0] == "deflate" else _GZIP)


class _Plain:
    def feed(self, piece: bytes) -> Iterator[bytes]:
        yield piece


class _Zipped:
    """One stream of deflate, with or without zlib's header, or gzip members one after another.
    What stands behind a stream and is none is left: browsers do so."""

    def __init__(self, bits: int) -> None:
        self._bits, self._members = bits, 0
        self._between = self._over = False
        self._stream, self._head = zlib.decompressobj(bits), b""

    def feed(self, piece: bytes, most: int = 1 << 18) -> Iterator[bytes]:
        if self._bits == _ZLIB:
            piece = self._with_head(piece)
        elif self._between:
            piece = self._next_member(piece)
        more = bool(piece)  # zlib may hold back what is more than it may give
        while more and not self._over:
            try:
                made = self._stream.decompress(piece, most)
            except zlib.error as error:
                raise BadPacking from error
            if made:
                yield made
            piece = self._stream.unconsumed_tail
            more = bool(piece) or len(made) == most
            if self._stream.eof:
                self._between = True
                piece = self._next_member(self._stream.unused_data)
                more = bool(piece)

    def _with_head(self, piece: bytes) -> bytes:
        """What is called deflate is sent without zlib's header too: its first two bytes say so."""
        if len(self._head) >= 2:
            return piece
        self._head += piece
        if len(self._head) < 2:
            return b""
        if self._head[0] & 15 != 8 or int.from_bytes(self._head[:2]) % 31:
            self._stream = zlib.decompressobj(_RAW)
        return self._head

    def _next_member(self, rest: bytes) -> bytes:
        if not rest:
            return b""
        if self._bits != _GZIP or not rest.startswith(b"\x1f"):
            self._over = True
            return b""
        self._between = False
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise BadPacking
        self._stream = zlib.decompressobj(self._bits)
        return rest
