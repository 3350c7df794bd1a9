"""Secrets: from the environment, or from a file that the environment names. Never from config,
and never shown."""

from __future__ import annotations

import os
import re
from pathlib import Path

from monitor.problems import Problem

_TOKEN = re.compile(
    r"(xox[a-z]|xapp)-|\bAIza[\w-]{30}|\bA{10,}[\w%]{20}|\bEAA[A-Za-z0-9]{40}|-----BEGIN"
    r"|\bghp_\w{30}|\bSG\.[\w-]{16}|\b\d{8,10}:[\w-]{30}"
)
"""What the platforms' tokens look like (Slack, Google, X, Meta, PEM keys, GitHub, SendGrid,
Telegram)."""

_SHOWN_TOKEN = re.compile(rf"(?:{_TOKEN.pattern})[\w%.:+/=-]*")
_MIXED = r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]"
_RANDOM = re.compile(
    rf"{_MIXED}{{20,}}|(?<![\w-])(?=(?:[A-Za-z0-9]*[_-]){{0,9}}{_MIXED}{{6,}})[\w-]{{20,}}"
)
"""A long run of letters and digits, or of such pieces joined by _ and -, of which one of the first
ten is a mixture: a key, or a part of one, of whatever service."""

MAX_SHOWN = 2_000
"""Characters of a text that are shown; the patterns take time that grows with their square."""

_LOGIN = re.compile(r"(:/{1,2}[^\s/@:]{0,200}:)[^\s/@]+@")
"""The password in an address."""


def is_token(text: str) -> bool:
    """Whether a text holds what is certainly a platform's token."""
    return bool(_TOKEN.search(text))


def redacted(text: str) -> str:
    """The text without what looks like a secret: its first four characters and an ellipsis."""
    if len(text) > MAX_SHOWN:  # at the end of a word: half a secret is not found to be one
        text = (text[:MAX_SHOWN].rpartition(" ")[0] or text[:4]) + "…"
    text = _LOGIN.sub(r"\1…@", text)
    text = _SHOWN_TOKEN.sub(lambda found: found[0][:4] + "…", text)
    return _RANDOM.sub(lambda found: found[0][:4] + "…", text)


def secret(name: str) -> str:
    """The secret ``NAME``, else the content of the file that ``NAME_FILE`` names, else ``""``.

    White space around it is dropped: a file usually ends with a line break, which is in no token.
    Raises Problem where the named file cannot be read; the text says which, never what is in it.
    """
    if value := os.environ.get(name, "").strip():
        return value
    file = os.environ.get(f"{name}_FILE", "").strip()
    if not file:
        return ""
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a NUL in the name
        why = error.strerror if isinstance(error, OSError) else "it is not a UTF-8 text"
        raise Problem(f"cannot read {name} from {file}, which {name}_FILE names: {why}") from None
