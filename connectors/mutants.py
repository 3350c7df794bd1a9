"""Mutants: a connector with one mistake in it, to show that the contract suite notices.

A test module names the mistakes that people make::

    MUTANTS = [
        Mutant("the cursor goes out with the first page", "connectors.kicau.connector",
               "cursor=None if told.next else cursor", "cursor=cursor"),
        ...
    ]

    @pytest.mark.parametrize("mutant", MUTANTS, ids=str)
    def test_the_suite_notices(mutant: Mutant) -> None:
        assert caught(mutant, TestKicau)

The suite runs in this process, without pytest, until its first failure.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any

import pytest

from connectors.platform_testing import PlatformContract

SUITE = frozenset(
    f"connectors.kit.{name}"
    for name in ("http", "loopback", "refusals", "fake_platform", "json_changes")
)
"""What the suite itself uses of the kit, and patches: these stay as they are."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """``module`` with the one place where it says ``old`` saying ``new``; ``by`` is the test that
    is there to notice, which is tried before the others."""

    name: str
    module: str
    old: str
    new: str
    by: str = ""

    def __str__(self) -> str:
        return self.name


def caught(mutant: Mutant, suite: type[PlatformContract]) -> str:
    """The name of the first test that fails on the mutant; "" if none does. Raises ``ValueError``
    where the module does not say ``old`` exactly once: then it is no mutant of it any more."""
    with mutated(mutant, suite.connector):
        return first_failure(suite, mutant.by)


def first_failure(suite: type[PlatformContract], before_all: str = "") -> str:
    """The name of the first test of a suite that fails, "" if all pass. The one that is named comes
    first, slow ones last: those that wait for a platform that hangs, and megabytes."""
    tests = sorted(
        _tests(suite),
        key=lambda test: (test[0] != before_all, "what" in test[1], "megabytes" in test[0]),
    )
    for name, arguments in tests:
        with pytest.MonkeyPatch.context() as patch:
            instance = suite()
            given = dict(arguments)
            wanted = inspect.signature(getattr(instance, name)).parameters
            if "monkeypatch" in wanted:
                given["monkeypatch"] = patch
            try:
                if "server" in wanted:
                    with instance.serving(patch) as server:
                        getattr(instance, name)(server=server, **given)
                else:
                    getattr(instance, name)(**given)
            except (Exception, pytest.fail.Exception):
                return name
    return ""


@contextmanager
def mutated(mutant: Mutant, connector: str) -> Iterator[None]:
    """Within this block a connector is made of the mutant's code."""
    source = _source(mutant)
    families = {_family(mutant.module), _family(connector.split(":")[0])}

    def belongs(name: str) -> bool:
        return _family(name) in families and (name not in SUITE or name == mutant.module)

    kept = {name: module for name, module in sys.modules.items() if belongs(name)}
    finder = _Finder(mutant.module, source)
    for name in kept:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if belongs(name)]:
            del sys.modules[name]
        sys.modules.update(kept)
        for name, module in kept.items():  # a package has its modules as attributes, too
            package, _, name_there = name.rpartition(".")
            setattr(sys.modules[package], name_there, module)


def _family(module: str) -> str:
    return ".".join(module.split(".")[:2])


def _source(mutant: Mutant) -> str:
    spec = importlib.util.find_spec(mutant.module)
    if spec is None or spec.origin is None:
        raise ValueError(f"there is no module {mutant.module}")
    with open(spec.origin, encoding="utf-8") as file:
        source = file.read()
    if source.count(mutant.old) != 1:
        raise ValueError(f"{mutant.module} says {mutant.old!r} {source.count(mutant.old)} times")
    return source.replace(mutant.old, mutant.new)


def _tests(suite: type[PlatformContract]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every test with every set of its parameters."""
    for name in dir(suite):
        if not name.startswith("test_"):
            continue
        marks = [
            m for m in getattr(getattr(suite, name), "pytestmark", ()) if m.name == "parametrize"
        ]
        if not marks:
            yield name, {}
            continue
        parameter, values = marks[0].args
        for value in values:
            yield name, {parameter: value}


class _Finder(MetaPathFinder, Loader):
    """Finds one module, with other code than its file has."""

    def __init__(self, name: str, source: str) -> None:
        self.name, self.source = name, source

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=f"<mutant of {fullname}>")

    def exec_module(self, module: ModuleType) -> None:
        code: CodeType = compile(self.source, f"<mutant of {self.name}>", "exec")
        exec(code, module.__dict__)  # noqa: S102
