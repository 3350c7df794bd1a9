"""Most mutants are tried by `make soak` alone: that each still stands in the code is looked at each
time, since a line that was changed leaves its mutant behind."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from connectors.mutants import Mutant, mutated

MODULES = sorted(
    file.stem
    for file in Path(__file__).parent.glob("test_*.py")
    if "some_of(" in file.read_text(encoding="utf-8") and file.stem != Path(__file__).stem
)


@pytest.mark.parametrize("name", MODULES)
def test_every_mutant_changes_a_line_that_is_there(name: str) -> None:
    lists = [kept for kept in vars(importlib.import_module(name)).values() if type(kept) is list]
    mutants = [one for kept in lists for one in kept if isinstance(one, Mutant)]
    assert mutants
    for mutant in mutants:
        with mutated(mutant, mutant.module):
            pass
