"""The base of every error that is a sentence for a person, shown without a traceback."""

from __future__ import annotations


class Problem(Exception):
    """Something a person can mend. Its text says what is wrong and what to do; never a secret."""
