"""Files as ``siaga replay`` reads them, and what of their rows a test compares."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.replay.options import ReplayOptions
from connectors.replay.reader import Reader, read_file
from monitor.model import Mention

T0 = datetime(2026, 3, 2, 7, 1, tzinfo=UTC)
X = "https://x.com/akun/status/1"
IG = "https://www.instagram.com/p/1/"
FB = "https://www.facebook.com/9/posts/1"
TT = "https://www.tiktok.com/@akun/video/1"


def read(path: Path, content: str | bytes) -> Reader:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(ReplayOptions(path=path))


def mentions(path: Path, content: str | bytes) -> list[Mention]:
    reader = read(path, content)
    return [reader.mention(i) for i in range(len(reader.rows))]


def told(mention: Mention) -> tuple[Any, ...]:
    author = mention.author.handle if mention.author else ""
    return mention.published_at, mention.text, author, mention.platform, mention.url
