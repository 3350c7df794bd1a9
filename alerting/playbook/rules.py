"""Which rules of a playbook can never decide anything: about what nobody hears or tells here,
against themselves, or behind a rule that always comes first. Pure."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from alerting.playbook.conditions import Condition

LEVELS = frozenset({"watch", "page"})
"""What the fact ``level`` says."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What signals can say here: the ``facts`` that are told at all, and the values of those that
    are texts out of a few (a fact that is not in ``texts`` may say anything)."""

    facts: Set[str]
    texts: Mapping[str, Set[str]]


@dataclass(slots=True)
class _Bounds:
    """What a condition demands of a number, and of a text. ``open``: the bound itself is not in."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    texts: set[str] = field(default_factory=set)

    def tighten(self, op: ast.cmpop, value: float) -> None:
        strict = isinstance(op, ast.Lt | ast.Gt)
        if isinstance(op, ast.Gt | ast.GtE | ast.Eq) and (value, strict) > (
            self.low,
            self.low_open,
        ):
            self.low, self.low_open = value, strict
        if isinstance(op, ast.Lt | ast.LtE | ast.Eq) and (-value, strict) > (
            -self.high,
            self.high_open,
        ):
            self.high, self.high_open = value, strict

    @property
    def empty(self) -> bool:
        met = self.low == self.high and (self.low_open or self.high_open)
        return self.low > self.high or met or len(self.texts) > 1

    def within(self, other: _Bounds) -> bool:
        """Whether whatever meets these meets the other's too."""
        return (
            (self.low, self.low_open) >= (other.low, other.low_open)
            and (-self.high, self.high_open) >= (-other.high, other.high_open)
            and other.texts <= self.texts
        )


Demands = Mapping[str, _Bounds]


def never(condition: Condition, heard: Heard) -> str:
    """Why a condition can never hold here; "" where it can."""
    demands, _ = _demands(condition.tree)
    for name, bounds in demands.items():
        if name not in heard.facts:
            return f"nothing that runs here tells {name}"
        known = heard.texts.get(name)
        for value in sorted(bounds.texts):
            if known is not None and value not in known:
                there = ", ".join(sorted(known))
                return f"there is no {name} {value!r} here, only {there}"
        if bounds.empty:
            share = " (a share is 0 to 1)" if name.endswith("share") else ""
            return f"no {name} is all that{share}"
    return ""


def behind(conditions: Sequence[Condition]) -> Iterator[tuple[int, int]]:
    """The rules, by their places from 0, that never decide because an earlier one always holds
    where they do, and that one's place."""
    demanded = [_demands(condition.tree) for condition in conditions]
    for place, (mine, _) in enumerate(demanded):
        for earlier, (theirs, plain) in enumerate(demanded[:place]):
            covered = all(name in mine and mine[name].within(b) for name, b in theirs.items())
            if plain and covered:
                yield place, earlier
                break


def _demands(tree: ast.expr) -> tuple[Demands, bool]:
    """What must hold of each fact for the whole to hold, and whether that is all it asks."""
    found: dict[str, _Bounds] = {}
    plain = True
    for node in _conjuncts(tree):
        plain = _demand(node, found) and plain
    return found, plain


def _conjuncts(tree: ast.expr) -> Iterator[ast.expr]:
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        for value in tree.values:
            yield from _conjuncts(value)
    else:
        yield tree


def _demand(node: ast.expr, found: dict[str, _Bounds]) -> bool:
    """Note what one comparison of a fact with a number or a text demands; False: it is another."""
    match node:
        case ast.Compare(
            left=ast.Name(id=name), ops=[op], comparators=[ast.Constant(value=value)]
        ) if not isinstance(op, ast.NotEq):
            bounds = found.setdefault(name, _first(name))
            if isinstance(value, str):
                bounds.texts.add(value)
            elif isinstance(value, int | float):
                bounds.tighten(op, float(value))
            return True
    return False


def _first(name: str) -> _Bounds:
    return _Bounds(0.0, 1.0) if name.endswith("share") else _Bounds()
