"""A playbook's condition in a reader's words: ``ratio >= 4`` is "at least 4 times as many as
usual"."""

from __future__ import annotations

import ast
from collections.abc import Callable

from alerting.i18n import Localizer
from alerting.messages.wording import platform_name
from alerting.playbook.conditions import ConditionError, parse_condition

WHAT = "{what}"
SHARE_FACTS = ("negative_share", "expected_negative_share")


def rule_in_words(localizer: Localizer, condition: str) -> str:
    """The condition in words; its own text where it cannot be read any more."""
    if condition == "risk register":
        return localizer._("the risk register asks for no less")
    try:
        return _said(localizer, parse_condition(condition).tree)
    except ConditionError:
        return condition


def _said(say: Localizer, node: ast.expr, inside: bool = False) -> str:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            joined = say._(" and ").join(_said(say, value, True) for value in values)
            return f"({joined})" if inside else joined
        case ast.BoolOp(values=values):
            joined = say._(" or ").join(_said(say, value, True) for value in values)
            return f"({joined})" if inside else joined
        case ast.UnaryOp(operand=operand):
            return say._("not ({what})", what=_said(say, operand))
        case ast.Compare(left=left, ops=ops, comparators=right):
            sides = [left, *right]
            pairs = zip(sides, ops, right, strict=False)
            return say._(" and ").join(_compared(say, a, op, b) for a, op, b in pairs)
    return ast.unparse(node)


_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}


def _compared(say: Localizer, left: ast.expr, op: ast.cmpop, right: ast.expr) -> str:
    kind = type(op)
    if isinstance(left, ast.Constant):
        left, right, kind = right, left, _TURNED.get(kind, kind)
    if isinstance(left, ast.Name) and isinstance(right, ast.Constant):
        if isinstance(right.value, str):
            return _is(say, left.id, right.value, kind is ast.NotEq)
        if isinstance(right.value, int | float):
            return _measured(say, left.id, kind, float(right.value))
    return _bound(say, kind, _operand(say, right)).replace(WHAT, _operand(say, left))


def _operand(say: Localizer, node: ast.expr) -> str:
    match node:
        case ast.Constant(value=value):
            return say.number(value) if isinstance(value, int | float) else str(value)
        case ast.Name(id=name):
            return _fact(say, name)
        case ast.BinOp(left=left, right=right):
            return f"{_operand(say, left)} × {_operand(say, right)}"
    return ast.unparse(node)


def _bound(say: Localizer, kind: type[ast.cmpop], value: str) -> str:
    """``WHAT`` stands for what is bounded."""
    words: dict[type[ast.cmpop], str] = {
        ast.GtE: say._("{what} is at least {value}", what=WHAT, value=value),
        ast.Gt: say._("{what} is more than {value}", what=WHAT, value=value),
        ast.LtE: say._("{what} is at most {value}", what=WHAT, value=value),
        ast.Lt: say._("{what} is less than {value}", what=WHAT, value=value),
        ast.NotEq: say._("{what} is not {value}", what=WHAT, value=value),
    }
    return words.get(kind, say._("{what} is {value}", what=WHAT, value=value))


def _measured(say: Localizer, name: str, kind: type[ast.cmpop], value: float) -> str:
    if name == "score" and kind in (ast.GtE, ast.Gt):
        return say._(
            "it is rarer than one in {n} ordinary intervals", n=say.number(float(10.0**value))
        )
    written = say.percent(value) if name in SHARE_FACTS else say.number(value)
    if name == "ratio":
        written = say._("{n} times the usual", n=written)
    return _bound(say, kind, written).replace(WHAT, _fact(say, name))


def _is(say: Localizer, name: str, value: str, unlike: bool) -> str:
    words: dict[tuple[str, str], Callable[[], str]] = {
        ("level", "watch"): lambda: say._("it is a watch"),
        ("level", "page"): lambda: say._("it is more than a watch"),
        ("platform", "all"): lambda: say._("it is seen on all platforms together"),
        ("detector", "slow_burn"): lambda: say._("the mood has been turning for some time"),
        ("detector", "volume"): lambda: say._("there are many more mentions than usual"),
        ("detector", "negative_share"): lambda: say._("it is far more negative than usual"),
        ("detector", "told_late"): lambda: say._("a platform told of it late"),
    }
    known = words.get((name, value))
    if known:
        return say._("not ({what})", what=known()) if unlike else known()
    if name == "platform":
        value = platform_name(value)
    kind: type[ast.cmpop] = ast.NotEq if unlike else ast.Eq
    return _bound(say, kind, value.replace("_", " ")).replace(WHAT, _fact(say, name))


def _fact(say: Localizer, name: str) -> str:
    words = {
        "score": say._("its rarity"),
        "observed": say._("what was counted"),
        "expected": say._("what is usual"),
        "ratio": say._("what came"),
        "crisis_terms": say._("the number of mentions that name a crisis"),
        "detectors": say._("the number of measures that say so"),
        "platforms": say._("the number of platforms it is seen on"),
        "platform": say._("the platform"),
        "detector": say._("the measure"),
        "mentions": say._("the number of mentions"),
        "negative_share": say._("the negative share"),
        "expected_negative_share": say._("the usual negative share"),
        "persistence_buckets": say._("the number of five-minute intervals it has lasted"),
        "onset_minutes": say._("the minutes since it began"),
    }
    return words.get(name, name.replace("_", " "))
