"""A process that can be made to die wherever it touches the world: at a commit, at a call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from alerting.channels.base import Delivery, DeliveryError, RemovesDuplicates
from alerting.model import Receipt
from monitor.store.engine import Database, DatabaseProblem

POINTS = ("before commit", "after commit", "before call", "in call", "after call")
"""Where a process may die. What is committed by then stays; what is asked of Slack may arrive."""


class Killed(BaseException):
    """The process dies here. It is no Exception, so that nobody can mistake it for a failure."""


@dataclass
class Fate:
    """When the process dies: at the ``nth`` time that it comes to ``point``; never, as it is.
    ``full``: nothing more can be committed, and the process lives."""

    point: str = ""
    nth: int = 0
    full: bool = False
    passed: Counter[str] = field(default_factory=Counter)

    def at(self, point: str) -> None:
        """The process has come to a point. Raises Killed where that is its end."""
        self.passed[point] += 1
        if (point, self.passed[point]) == (self.point, self.nth):
            raise Killed(point)


@dataclass
class Doom(Fate):
    """Dies anywhere, now and then, until it is ``over``."""

    chance: Random = field(default_factory=Random)
    often: float = 0.05
    over: bool = False

    def at(self, point: str) -> None:
        super().at(point)
        if not self.over and self.chance.random() < self.often:
            raise Killed(point)


class MortalDatabase(Database):
    """A database whose user may die before or after each commit."""

    def __init__(self, url: str, fate: Fate) -> None:
        super().__init__(url)
        self.fate = fate

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Session]:
        with super().write(durable=durable) as tx:
            yield tx
            if self.fate.full:
                raise DatabaseProblem("The database cannot grow, its disk is full.")
            self.fate.at("before commit")
        self.fate.at("after commit")


class MortalChannel:
    """A channel whose user may die before, in or after each call. Who dies in a call has made it
    and never hears of its end."""

    def __init__(self, inner: Any, fate: Fate) -> None:
        self.inner, self.info, self.fate = inner, inner.info, fate
        if isinstance(inner, RemovesDuplicates):
            self.remove_duplicates = inner.remove_duplicates

    def send(self, delivery: Delivery) -> Receipt:
        return self._call(lambda: self.inner.send(delivery))

    def update(self, receipt: Receipt, delivery: Delivery) -> Receipt:
        return self._call(lambda: self.inner.update(receipt, delivery))

    def find(self, delivery: Delivery, since: datetime) -> Receipt | None:
        found: Receipt | None = self.inner.find(delivery, since)
        return found

    def _call(self, ask: Any) -> Receipt:
        self.fate.at("before call")
        try:
            receipt: Receipt = ask()
        except DeliveryError:
            self.fate.at("in call")
            raise
        self.fate.at("after call")
        return receipt
