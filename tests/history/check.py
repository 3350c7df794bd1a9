"""The history checker: proves twelve invariants of whatever has happened, or says which is broken.

A history is what three witnesses say (``reading.read_history``) and what was done to Siaga
meanwhile. Each invariant is a function that yields a sentence for each time it is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from history.record import History
from history.responding import (
    a_press_is_done_once,
    catching_up_calls_once,
    every_signal_is_answered,
    timers_fire_in_time,
    who_has_answered_is_left_alone,
    who_sleeps_is_woken_by_rule,
)
from history.secrecy import nothing_secret_is_told
from history.sending import (
    a_digest_comes_once,
    a_restart_says_nothing,
    each_message_is_there_once,
    outages_are_made_up_for,
    pages_are_prompt,
    the_pace_is_kept,
    threads_are_in_order,
)

Invariant = Callable[[History], Iterator[str]]

INVARIANTS: Mapping[str, tuple[Invariant, ...]] = {
    "I1": (every_signal_is_answered,),
    "I2": (each_message_is_there_once,),
    "I3": (who_has_answered_is_left_alone,),
    "I4": (threads_are_in_order,),
    "I5": (pages_are_prompt, timers_fire_in_time),
    "I6": (outages_are_made_up_for,),
    "I7": (the_pace_is_kept,),
    "I8": (who_sleeps_is_woken_by_rule,),
    "I9": (a_digest_comes_once,),
    "I10": (catching_up_calls_once,),
    "I11": (nothing_secret_is_told,),
    "I12": (a_restart_says_nothing,),
    "presses": (a_press_is_done_once,),
}


def broken(history: History) -> list[str]:
    """Every break of an invariant, a sentence each, its name before it."""
    return [
        f"{name}: {sentence}"
        for name, parts in INVARIANTS.items()
        for part in parts
        for sentence in part(history)
    ]


def prove(history: History) -> None:
    """Raises AssertionError with everything that is broken."""
    found = broken(history)
    assert not found, "\n" + "\n".join(found)
