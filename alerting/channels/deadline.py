"""An end to calls that no socket's timeout ends: one byte now and then is never a timeout."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def call_with_deadline(seconds: float, call: Callable[[], T]) -> T:
    """What ``call`` returns or raises. After ``seconds`` raises TimeoutError; what the call still
    does then is not known, and it is left to itself on a thread that keeps nobody from ending."""
    done: SimpleQueue[tuple[T, None] | tuple[None, BaseException]] = SimpleQueue()

    def run() -> None:
        try:
            done.put((call(), None))
        except BaseException as error:
            done.put((None, error))

    Thread(target=run, daemon=True, name="call with a deadline").start()
    try:
        value, error = done.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]
