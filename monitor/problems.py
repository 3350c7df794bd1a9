"""The base of every error that is a sentence for a person, shown without a traceback."""

from __future__ import annotations

from collections.abc import Iterable


class Problem(Exception):
    """Something a person can mend. Its text says what is wrong and what to do; never a secret."""


class NotHere(Problem):
    """What a command needs is not here, or cannot be used; a running daemon may have it."""


def no_brand(name: str, known: Iterable[str]) -> str:
    """The one sentence for a brand that the config does not have."""
    return f"There is no brand {name}; there are: {', '.join(known) or 'none'}."


def sentence_of(error: Exception) -> str:
    """An error in one line: a Problem's own sentence, else with the name of its kind."""
    said = str(error) if isinstance(error, Problem) else f"{type(error).__name__}: {error}"
    return (said.strip(": ").splitlines() or [type(error).__name__])[0][:300]
