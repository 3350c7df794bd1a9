"""A signal is answered whatever the main thread holds at that moment."""

from __future__ import annotations

import os
import signal
from threading import Event

from monitor.runtime.os_signals import answering


def test_a_signal_in_the_middle_of_the_events_own_lock_is_answered():
    stop = Event()
    with answering({signal.SIGUSR1: stop.set}):
        with vars(stop)["_cond"]:  # where the main thread is while it goes to wait and comes back
            os.kill(os.getpid(), signal.SIGUSR1)
        assert stop.wait(10)


def test_afterwards_a_signal_does_what_it_did():
    before = signal.getsignal(signal.SIGUSR1)
    with answering({signal.SIGUSR1: lambda: None}):
        assert signal.getsignal(signal.SIGUSR1) is not before
    assert signal.getsignal(signal.SIGUSR1) is before
