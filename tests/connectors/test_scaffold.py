"""What ``siaga new-connector`` makes keeps the contract before anybody has touched it, and the
suite that says so can tell a mistake from none."""

from __future__ import annotations

import importlib
import sys

import pytest

from connectors.mutants import Mutant, caught, mutated
from connectors.scaffold.contract_test import (
    CODE,
    TestScaffold,
    test_pages_that_go_round_in_a_circle_are_left,
    test_the_suite_notices,
    test_what_is_kept_of_the_platform_is_read,
)

__all__ = [
    "TestScaffold",
    "test_pages_that_go_round_in_a_circle_are_left",
    "test_the_suite_notices",
    "test_what_is_kept_of_the_platform_is_read",
]


def test_behind_a_mutant_every_module_is_the_one_that_was_there() -> None:
    package, _, name = CODE.rpartition(".")
    module, before = importlib.import_module(CODE), sys.modules[package]
    line = "from __future__ import annotations"
    with mutated(Mutant("none", CODE, line, line), CODE):
        assert importlib.import_module(CODE) is not module
    assert sys.modules[CODE] is module
    assert vars(before)[name] is module
    assert vars(sys.modules[package.rpartition(".")[0]])["scaffold"] is before


def test_the_suite_finds_nothing_wrong_where_nothing_is() -> None:
    with pytest.raises(ValueError, match="0 times"):
        caught(Mutant("gone", CODE, "a line that is not there", ""), TestScaffold)
    equal = Mutant(
        "no mistake", CODE, "mention.published_at >= until", "not mention.published_at < until"
    )
    assert caught(equal, TestScaffold) == ""
