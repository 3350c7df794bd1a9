"""The conditions of a playbook: ``score >= 8 and (ratio >= 4 or detectors >= 2)``.

A small closed grammar over declared facts, checked when the playbook is loaded: comparisons
(``< <= > >= == !=``) of facts, numbers and texts, ``*`` for "1.5 times", ``and``, ``or``, ``not``
and parentheses. Python's parser reads it; nothing of it is ever executed.

A comparison with a fact that is not there (no sentiment was read, say) is false.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from monitor.model import Fact, FactSpec

OF_EVERY_SIGNAL = (
    FactSpec("score", "number", "", "-log10 of how rare this is"),
    FactSpec("observed", "number", "", "what was counted"),
    FactSpec("expected", "number", "", "the middle of what was expected"),
    FactSpec("ratio", "number", "", "observed over expected"),
    FactSpec("crisis_terms", "number", "mentions", "mentions since it began that name a crisis"),
    FactSpec("detectors", "number", "", "how many detectors say so"),
    FactSpec("platforms", "number", "", "on how many platforms it is seen"),
    FactSpec("detector", "text", "", "the name of the one that says so"),
    FactSpec("platform", "text", "", "where; `all` is everywhere together"),
)
"""What a condition may ask of any signal, beside what its detector declares."""

_KINDS: Mapping[str, type] = {"number": float, "flag": float, "text": str}

_COMPARE: Mapping[type[ast.cmpop], Callable[[Fact, Fact], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class ConditionError(ValueError):
    """A condition that cannot be read: one sentence, saying what would do."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition. ``text`` is as it was written."""

    text: str
    tree: ast.expr = field(compare=False, repr=False)

    @property
    def names(self) -> frozenset[str]:
        """The facts it asks for."""
        nodes = ast.walk(self.tree)
        return frozenset(node.id for node in nodes if isinstance(node, ast.Name))

    def holds(self, facts: Mapping[str, Fact]) -> bool:
        """Whether it is true of these facts."""
        return _truth(self.tree, facts)


def parse_condition(text: str, facts: Mapping[str, FactSpec] | None = None) -> Condition:
    """Read and check. ``facts``: what the detectors declare; None: the condition was checked when
    its playbook was loaded, by what was declared then. Raises ConditionError."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ConditionError(
            f"`{text}` is not a condition; write one such as `score >= 8 and ratio >= 4`"
        ) from None
    kinds = None if facts is None else _kinds(facts)
    _check_truth(tree, kinds)
    return Condition(text, tree)


Kinds = Mapping[str, type] | None
"""The type of each fact there is; None: any name goes, of any type."""


def _kinds(declared: Mapping[str, FactSpec]) -> Mapping[str, type]:
    known = {spec.name: spec for spec in OF_EVERY_SIGNAL} | dict(declared)
    return {name: _KINDS[spec.type] for name, spec in known.items()}


def _check_truth(node: ast.expr, facts: Kinds) -> None:
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                _check_truth(value, facts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check_truth(operand, facts)
        case ast.Compare(left=left, ops=ops, comparators=right):
            _check_comparison(left, ops, right, facts)
        case _:
            raise ConditionError(
                f"`{ast.unparse(node)}` compares nothing; write one such as `score >= 8`"
            )


def _check_comparison(
    left: ast.expr, ops: list[ast.cmpop], right: list[ast.expr], facts: Kinds
) -> None:
    kinds = {_kind(value, facts) for value in (left, *right)} - {object}
    whole = ast.unparse(ast.Compare(left, ops, right))
    if not all(type(op) in _COMPARE for op in ops):
        raise ConditionError(f"`{whole}`: compare with < <= > >= == or !=")
    if len(kinds) > 1:
        raise ConditionError(f"`{whole}` compares a number with a text")
    if kinds == {str} and not all(isinstance(op, ast.Eq | ast.NotEq) for op in ops):
        raise ConditionError(f"`{whole}`: texts can only be compared with == or !=")


def _kind(node: ast.expr, facts: Kinds) -> type:
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float()):
            return float
        case ast.Constant(value=str()):
            return str
        case ast.Name(id=name):
            if facts is None:
                return object
            if name in facts:
                return facts[name]
            near = get_close_matches(name, facts, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(facts)}"
            raise ConditionError(f"there is no fact {name}; {hint}")
        case ast.BinOp(left=left, op=ast.Mult(), right=right) if {
            _kind(left, facts),
            _kind(right, facts),
        } <= {float, object}:
            return float
    raise ConditionError(f"`{ast.unparse(node)}` is not a fact, a number or a text")


def _truth(node: ast.expr, facts: Mapping[str, Fact]) -> bool:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_truth(value, facts) for value in values)
        case ast.BoolOp(values=values):
            return any(_truth(value, facts) for value in values)
        case ast.UnaryOp(operand=operand):
            return not _truth(operand, facts)
        case ast.Compare(left=left, ops=ops, comparators=right):
            sides = [_value(side, facts) for side in (left, *right)]
            pairs = zip(sides, ops, sides[1:], strict=False)
            return all(
                a is not None and b is not None and _alike(a, b) and _COMPARE[type(op)](a, b)
                for a, op, b in pairs
            )
    raise AssertionError(node)  # parse_condition lets nothing else through


def _alike(a: Fact, b: Fact) -> bool:
    return isinstance(a, str) == isinstance(b, str)


def _value(node: ast.expr, facts: Mapping[str, Fact]) -> Fact | None:
    match node:
        case ast.Constant(value=int() | float() | str() as value):
            return value
        case ast.Name(id=name):
            return facts.get(name)
        case ast.BinOp(left=left, right=right):
            a, b = _value(left, facts), _value(right, facts)
            both = isinstance(a, int | float) and isinstance(b, int | float)
            return a * b if both else None  # type: ignore[operator]
    raise AssertionError(node)  # parse_condition lets nothing else through
