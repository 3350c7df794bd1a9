"""Which channel or video a person means: an id, an @handle, or any address of YouTube's."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

CHANNEL = re.compile(r"UC[\w-]{22}")
VIDEO = re.compile(r"[\w-]{11}")
HANDLE = re.compile(r"@?[\w.·-]{3,30}")


def channel_of(text: str) -> tuple[Literal["id", "forHandle", "forUsername"], str]:
    """How a channel is asked for, and by what. Raises ValueError for what names none."""
    parts = _path(text)
    if len(parts) > 1 and parts[0] in ("channel", "user", "c"):
        kind, name = parts[0], parts[1]
    else:
        kind, name = "", parts[0] if parts else ""
    if CHANNEL.fullmatch(name):
        return "id", name
    if kind == "channel" or not HANDLE.fullmatch(name):
        raise ValueError("name the channel by its id (UC…), its @handle, or its address")
    if kind == "user":
        return "forUsername", name
    return "forHandle", f"@{name.removeprefix('@')}"


def video_of(text: str) -> str:
    """A video's id, out of it or an address. Raises ValueError for what names none."""
    if VIDEO.fullmatch(text.strip()):
        return text.strip()
    parts = _path(text)
    asked = parse_qs(urlsplit(_whole(text)).query).get("v", [])
    for name in [*asked, *parts[-1:]]:
        if VIDEO.fullmatch(name):
            return name
    raise ValueError("name a video by its id of 11 signs, or its address")


def _whole(text: str) -> str:
    text = text.strip()
    return text if "://" in text or "/" not in text else f"https://{text}"


def _path(text: str) -> list[str]:
    text = _whole(text)
    if "://" not in text:
        return [text]
    host = (urlsplit(text).hostname or "").removeprefix("www.").removeprefix("m.")
    if host not in ("youtube.com", "youtu.be", "youtube-nocookie.com"):
        raise ValueError("that is no address of YouTube's")
    return [unquote(part) for part in urlsplit(text).path.split("/") if part]
