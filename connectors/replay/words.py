"""The words of a cell: without markup, escapes and what programs print around them."""

from __future__ import annotations

import ast
import re
from html import unescape
from typing import Any

import orjson

from connectors.kit.html_text import text_from_html

_EMPHASIS = re.compile(
    r"</?(?:b|em|strong|mark|i|u|span|font)(?:\s[^<>]*)?>|<br\s*/?>", re.IGNORECASE
)


_MARKUP = re.compile(r"</(?:p|div|a|li|span)>", re.IGNORECASE)


def _once_encoded(text: str) -> str:
    """A text that was written in UTF-8 and read as Western, as Facebook's exports and many a
    spreadsheet hold it: ``cafÃ©``. Nothing else can be read back so."""
    for encoding in ("latin-1", "cp1252"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text


_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,31});")


def unmarked(text: str) -> str:
    """A text without the marks that tools set around what they had looked for, and with what the
    platform had escaped as it was written."""
    if not text.isascii():
        text = _once_encoded(text)
    if _MARKUP.search(text):
        return text_from_html(text)
    if "<" in text:
        text = _EMPHASIS.sub(lambda tag: " " if tag[0][:3].lower() == "<br" else "", text)
    if "&" in text:
        text = _ENTITY.sub(lambda found: unescape(found[0]).replace("\xa0", " "), text)
    return text


def of_bytes(value: str) -> str:
    """The text in what Python prints of bytes: ``b'kopi \\xe2\\x98\\x95'``."""
    try:
        found = ast.literal_eval(value)
    except (ValueError, SyntaxError, MemoryError):
        return value
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else value


def said(value: str) -> str:
    """The text in YouTube Takeout's pieces: ``{"text":"one"},{"text":"two"}``."""
    try:
        pieces: Any = orjson.loads(f"[{value}]")
    except orjson.JSONDecodeError:
        return value
    if len(pieces) == 1 and isinstance(inner := pieces[0].get("takeoutSegments"), list):
        pieces = inner
    texts = [piece.get("text") for piece in pieces if isinstance(piece, dict)]
    words = "".join(text for text in texts if isinstance(text, str)).strip()
    return words or value
