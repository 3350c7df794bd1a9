"""What alerting's halves hand to each other, in no channel's own words: a notice, its evidence,
whom it pages, and where it went."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Receipt = Mapping[str, Any]
"""Where the message went, JSON-serialisable (Slack: channel and ts): enough to find it again."""

EVERYBODY = ("channel", "here", "everyone")
"""Targets without an id: all members of the room, those present, everybody there is."""

_PERSON, _GROUP = re.compile(r"[UW][A-Z0-9]{4,}"), re.compile(r"S[A-Z0-9]{4,}")


@dataclass(frozen=True, slots=True)
class Target:
    """Who is paged. ``id``: of a person or a group, as the workspace's directory writes it; ""
    for the others. ``str()`` is how a person reads it: ``@channel``, ``@U0123ABCD``."""

    kind: Literal["person", "group", "channel", "here", "everyone"]
    id: str = ""

    def __str__(self) -> str:
        return f"@{self.id or self.kind}"


def target(text: str) -> Target:
    """The target that ``text`` names: ``@channel``, ``@here``, ``@everyone``, or the id of a user
    or a user group, with or without the signs around it that a message shows. Raises ValueError."""
    name = text.strip().removeprefix("<").removesuffix(">").lstrip("@!").removeprefix("subteam^")
    if name in EVERYBODY:
        return Target(name)  # type: ignore[arg-type]
    if _PERSON.fullmatch(name):
        return Target("person", name)
    if _GROUP.fullmatch(name):
        return Target("group", name)
    raise ValueError(
        f'{text!r} names nobody; write "@channel", "@here", or the id of a Slack user or user '
        "group such as U0123ABCD or S0123ABCD"
    )


@dataclass(frozen=True, slots=True)
class Quote:
    """A mention shown as evidence. ``text`` is hostile: a channel must never let it be markup."""

    text: str
    author: str = ""
    url: str = ""
    platform: str = ""
    at: datetime | None = None
    sentiment: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Channel-neutral content, already in the reader's language, plain text throughout.

    ``headline``  one line: severity, brand, what                        (<= 150 characters)
    ``summary``   what happened, how far from normal, since when
    ``fields``    label and value pairs
    ``quotes``    at most three mentions as evidence
    ``why``       why this fired and why it pages now
    ``how_to``    how to acknowledge, in words that work without buttons
    ``stamp``     set where the notice does not speak of the present: "REPLAY · 22 Feb 2015"
    ``targets``   who is paged by it
    ``html``      e-mail only: the HTML alternative of ``summary``
    ``locale``    the reader's language, for the few words that are the channel's own
    ``zone``      the reader's time zone, an IANA name, for when the quotes were written
    """

    kind: Literal["incident", "update", "digest", "test"]
    headline: str
    summary: str
    severity: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    quotes: tuple[Quote, ...] = ()
    why: str = ""
    how_to: str = ""
    link: str = ""
    stamp: str = ""
    targets: tuple[Target, ...] = ()
    html: str = ""
    footer: str = ""
    locale: str = "en"
    zone: str = "UTC"
