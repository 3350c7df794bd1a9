"""Texts from outside made storable: no NUL, no lone surrogates, keys of bounded length."""

from __future__ import annotations

from hashlib import sha256

MAX_KEY = 400
"""Characters of an id or a handle. PostgreSQL refuses index entries beyond 2,704 bytes."""


def clean(text: str) -> str:
    """The text without NUL, which PostgreSQL refuses, and with lone surrogates, which no database
    takes, replaced by U+FFFD. Halves of a pair that belong together are joined."""
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def clean_key(text: str) -> str:
    """A storable id: one too long for an index keeps its beginning and a hash of the whole."""
    text = clean(text)
    if len(text) <= MAX_KEY:
        return text
    return f"{text[: MAX_KEY - 65]}…{sha256(text.encode()).hexdigest()}"
