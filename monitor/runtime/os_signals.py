"""Signals of the operating system, answered in a thread of their own.

A handler interrupts the main thread anywhere, also inside ``Event.wait`` while it holds the event's
lock; ``Event.set`` there would wait for that lock for ever. ``SimpleQueue.put`` may interrupt
anything (https://docs.python.org/3/library/queue.html#queue.SimpleQueue.put).
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread


@contextmanager
def answering(answers: Mapping[signal.Signals, Callable[[], None]]) -> Iterator[None]:
    """While inside, each of these signals calls its answer; afterwards they do what they did."""
    arrived: SimpleQueue[int] = SimpleQueue()

    def answer() -> None:
        while number := arrived.get():
            answers[signal.Signals(number)]()

    thread = Thread(target=answer, name="siaga-signals", daemon=True)
    thread.start()
    before = {
        number: signal.signal(number, lambda number, _: arrived.put(number)) for number in answers
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        arrived.put(0)
        thread.join()
