"""Texts that strangers wrote, made safe to show: no control characters, nothing invisible."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
"""Bidirectional controls, zero-width and other invisible characters: they reorder or hide text."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
"""A terminal's escape sequences, whole: colours, cursor moves, window titles."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def clean(text: str) -> str:
    """The text without control characters (tabs and line ends stay) and invisible ones."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _INVISIBLE.sub("", _CONTROL.sub("", _ESCAPES.sub("", text)))


def one_line(text: str) -> str:
    """Clean, and on one line."""
    return " ".join(clean(text).split())


def cut(text: str, limit: int) -> str:
    """At most ``limit`` UTF-16 units (what Slack and mail clients count), with an ellipsis."""
    if units(text) <= limit:
        return text
    if limit <= 0:
        return ""
    encoded = text.encode("utf-16-le", "surrogatepass")[: 2 * (limit - 1)]
    return encoded.decode("utf-16-le", "ignore").rstrip() + "…"


def units(text: str) -> int:
    """Length in UTF-16 units: an emoji is two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def safe_url(url: str) -> str:
    """The URL if it is an ordinary web address, else ""."""
    if len(url) > 2000 or clean(url) != url or re.search(r"[\s<>|\"'\\^`{}]", url):
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return ""
    return url


def host_of(url: str) -> str:
    """The host a safe URL leads to, as people know it."""
    return (urlsplit(url).hostname or "").removeprefix("www.")
