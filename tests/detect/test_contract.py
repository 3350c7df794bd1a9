"""Ours and the peers' detectors keep the contract that plug-ins are held to; a plug-in is found."""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import EntryPoint

import pytest

from monitor.detect import registry
from monitor.detect.first_days import FirstDays
from monitor.detect.peers import PEERS
from monitor.detect.registry import declared_facts, detectors_for
from monitor.detect.testing import BEGIN, DetectorContract
from monitor.model import ALL, BUCKET, SeriesKey
from monitor.problems import Problem
from monitor.settings.model import Rules


def ours(name):
    measure = "volume" if name in ("volume", "silence") else "negative"
    found = detectors_for(Rules())(SeriesKey("kopi", "x", measure))
    return next(detector for detector in found if detector.name == name)


class TestOurs(DetectorContract):
    one_alarm = True

    @pytest.fixture(params=["volume", "negative_share", "slow_burn"])
    def make(self, request):
        return lambda: ours(request.param)


class TestSilence(DetectorContract):
    warm_up = None

    @pytest.fixture
    def make(self):
        return lambda: ours("silence")


class TestFirstDays(DetectorContract):
    warm_up = None

    @pytest.fixture
    def make(self):
        return lambda: FirstDays(SeriesKey("kopi", ALL, "volume"), warm_up=timedelta(days=60))

    def test_nothing_is_said_while_learning_and_it_says_until_when(self, make):
        """This one speaks while the others learn, and learns nothing that it would wait for."""
        assert make().learning_until(BEGIN) is None


class TestPeers(DetectorContract):
    @pytest.fixture(params=PEERS)
    def make(self, request):
        return lambda: PEERS[request.param](SeriesKey("kopi", "x", "volume"), BUCKET)


def plug_in(key, span):
    """A detector of somebody else: the peers' rule under the name its entry point has."""
    return [PEERS["three_sigma_14d"](key, span)] if key.measure == "volume" else []


@pytest.fixture
def installed(monkeypatch):
    def install(value):
        point = EntryPoint("sigma", value, registry.GROUP)
        monkeypatch.setattr(registry, "entry_points", lambda group: [point])
        registry.installed.cache_clear()

    yield install
    registry.installed.cache_clear()


def test_an_installed_detector_runs_beside_ours_and_its_facts_may_be_asked_for(installed):
    key = SeriesKey("kopi", "all", "volume")
    built_in = [d.name for d in detectors_for(Rules())(key)]
    assert {"volume", "first_days"} <= set(built_in)
    installed(f"{__name__}:plug_in")
    assert [d.name for d in detectors_for(Rules())(key)] == [*built_in, "three_sigma_14d"]
    assert "ratio" in declared_facts()


def test_one_that_cannot_be_loaded_is_named_with_its_reason(installed):
    installed("no.such.module:factory")
    with pytest.raises(Problem, match=r"'sigma' is installed .* cannot be loaded: ModuleNotFound"):
        detectors_for(Rules())
