"""The language of a command: that of the person who types it, whatever the brands speak.

As gettext reads it: SIAGA_LANGUAGE, else LANGUAGE, LC_ALL, LC_MESSAGES, LANG; the first that is
set counts. What there is no catalog for, and C, is English. For programs there is ``--json``.
"""

from __future__ import annotations

from contextvars import ContextVar

from alerting.i18n import Localizer, languages
from monitor.cli.named import named

ASKED_IN: ContextVar[str] = ContextVar("asked_in", default="")
"""Within the daemon: the language of whoever has it carry out a command."""


def language() -> str:
    """``id`` for LANG=id_ID.UTF-8; English for a language there is no catalog for."""
    if asked := ASKED_IN.get():
        return asked if asked in languages() else "en"
    for locale in named().split(":"):
        code = locale.partition(".")[0].partition("@")[0].partition("_")[0].lower()
        if code in ("c", "posix") or code in languages():
            return code if code in languages() else "en"
    return "en"


def person(zone: str = "UTC") -> Localizer:
    """How the person at the terminal is spoken to."""
    return Localizer(language(), zone)


def _(text: str, **values: object) -> str:
    """The text in the person's language."""
    return person()._(text, **values)


def n_(one: str, many: str, count: float, **values: object) -> str:
    """The form for ``count`` in the person's language; ``{n}`` is the count."""
    return person().n_(one, many, count, **values)


def state_of(state: str) -> str:
    """How a message stands, in a word or two."""
    words = {
        "pending": _("pending"),
        "leased": _("leased"),
        "sending": _("sending"),
        "sent": _("sent"),
        "retry": _("retry"),
        "ambiguous": _("ambiguous"),
        "dead_letter": _("dead letter"),
        "withdrawn": _("withdrawn"),
        "merged": _("merged"),
    }
    return words.get(state, state)


def mark(*, well: bool) -> str:
    """How a try came out, in front of its line."""
    word = _("ok") if well else _("FAIL")
    return f"{word:<5}"


def told(problem: object) -> str:
    """A problem's or a reason's own sentences in the person's language."""
    return person().problem(str(problem))
