"""``--help`` in the language of whoever asks: click's headings, and what our commands say of
themselves, which is written in English where they are declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from inspect import cleandoc
from weakref import WeakKeyDictionary

import click

from alerting.i18n import translator
from monitor.cli.language import _, language

_english: WeakKeyDictionary[click.Command | click.Option, str | None] = WeakKeyDictionary()
"""What was written where it is declared: one process may be asked in several languages."""


def in_words(text: str) -> str:
    """A help text in the person's language; its braces are its own."""
    return translator(language()).gettext(cleandoc(text)) if text else text


def speak(command: click.Command) -> None:
    """Have a command, its options and all below it say what they do in the person's language."""
    command.context_class = Spoken
    for one in (command, *command.params):
        if isinstance(one, click.Command | click.Option):
            one.help = in_words(_english.setdefault(one, one.help) or "") or None
    if type(command) is click.Group:
        for below in command.commands.values():
            speak(below)


class Formatter(click.HelpFormatter):
    """Click's own words, which it would ask a catalog of its own for."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or _("Usage:") + " ")

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        headings = {"Options": _("Options"), "Commands": _("Commands")}
        with super().section(headings.get(name, name)):
            yield

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        said = {
            "Show this message and exit.": _("Show this message and exit."),
            "Show the version and exit.": _("Show the version and exit."),
        }
        default = _("default")
        spoken = [
            (name, said.get(text, text).replace("[default: ", f"[{default}: "))
            for name, text in rows
        ]
        super().write_dl(spoken, col_max, col_spacing)


class Spoken(click.Context):
    """A command being carried out for somebody who speaks another language than English."""

    formatter_class = Formatter
